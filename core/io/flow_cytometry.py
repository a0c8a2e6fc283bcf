"""FCS files of flow cytometers, versions 2.0 to 3.2: a row for each event, a column for each parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io.arrays import marked
from core.io.dialects import unique_names
from core.io.opening import fingerprinting, opened
from core.io.reader import Progress, Reader
from core.io.typed import of_array, table_of
from core.table import Dialect, Table

Order = Literal["<", ">"]

MOST_PARAMETERS = 10_000
MOST_TEXT_BYTES = 1 << 26
BLOCK_BYTES = 1 << 22
WIDEST_INTEGER = 64
_HEADER_BYTES = 58
_VERSION = re.compile(rb"FCS[23]\.\d")
_REFUSED_TYPES = {"A": "numbers written as text"}
_REFUSED_MODES = {"C": "a histogram of several parameters", "U": "histograms of single parameters"}


@dataclass(frozen=True)
class _Parameter:
    """What the file says of a column: its name, the bits of a cell, and which of them count (0: all)."""

    name: str
    bits: int
    mask: int
    amplified: bool


@dataclass(frozen=True)
class _Layout:
    """How events are stored: their number, where they begin, and the type and byte order of each parameter's cells."""

    n_rows: int
    begin: int
    kind: str
    order: Order
    parameters: tuple[_Parameter, ...]

    @property
    def row_bits(self) -> int:
        """Bits of an event."""
        return sum(parameter.bits for parameter in self.parameters)


def _recognises(head: bytes) -> bool:
    return _VERSION.match(head) is not None


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader("fcs", "a flow cytometry file (FCS)", (".fcs", ".lmd"), _recognises, _read)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The first data set of the file, without its fingerprint."""
    with opened(path) as stream:
        size = path.stat().st_size
        segments = _header(path, stream)
        keywords = _keywords(path, stream, segments, size)
        layout = _layout(path, keywords, segments, size)
        stream.seek(layout.begin)
        cells = _cells(path, stream, layout, progress)
    names = unique_names([parameter.name for parameter in layout.parameters])
    columns = [of_array(name, array, marked(array, dialect.missing)) for name, array in zip(names, cells, strict=True)]
    return table_of(path, "fcs", columns, Dialect(missing=dialect.missing), _notes(keywords, layout, names))


def _header(path: Path, stream: BinaryIO) -> tuple[int, ...]:
    """First and last byte of TEXT, and of DATA, as the fixed header says; 0 where it leaves that to TEXT."""
    fields = stream.read(_HEADER_BYTES)[10:42]
    try:
        return tuple(_whole(fields[i : i + 8].decode("ascii").strip() or "0") for i in range(0, 32, 8))
    except ValueError as error:
        raise _damaged(path, "its header does not say where the parts of the file are") from error


def _keywords(path: Path, stream: BinaryIO, segments: tuple[int, ...], size: int) -> dict[str, str]:
    """What TEXT says, and the supplement to it that some files have; keywords in capitals."""
    keywords = _parsed(_segment(path, stream, segments[0], segments[1], size))
    begin, end = (_number(path, keywords, name, 0) for name in ("$BEGINSTEXT", "$ENDSTEXT"))
    if 0 < begin < end and (begin, end) != segments[:2]:
        keywords = _parsed(_segment(path, stream, begin, end, size)) | keywords
    return keywords


def _segment(path: Path, stream: BinaryIO, begin: int, end: int, size: int) -> str:
    if not 0 < begin < end or end - begin >= MOST_TEXT_BYTES:
        raise _damaged(path, "its header does not say where its text is")
    if end >= size:
        raise _damaged(path, "it ends before its text does")
    stream.seek(begin)
    content = stream.read(end - begin + 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _parsed(text: str) -> dict[str, str]:
    """Keywords and values of a TEXT segment, which begins with the sign that separates them.

    That sign doubled stands for itself. But some programs write an empty value so, which the standard forbids: then two
    keywords seem to be one, though none has that sign in it.
    """
    delimiter, rest = text[0], text[1:].rstrip("\0 \r\n")
    parts = [""]
    for place, chunk in enumerate(rest.removesuffix(delimiter).split(delimiter * 2)):
        first, *others = chunk.split(delimiter)
        parts[-1] += delimiter + first if place else first
        parts += others
    found: dict[str, str] = {}
    for keys, value in zip(parts[::2], parts[1::2], strict=False):
        *empty, last = keys.strip().upper().split(delimiter)
        found |= dict.fromkeys(empty, "") | {last: value}
    return found


def _layout(path: Path, keywords: Mapping[str, str], segments: tuple[int, ...], size: int) -> _Layout:
    """How the events are stored. Raises InputError where that is damaged or of a kind that is not read."""
    mode, kind = (keywords.get(name, usual).strip().upper() for name, usual in (("$MODE", "L"), ("$DATATYPE", "")))
    if mode != "L":
        what = _REFUSED_MODES.get(mode, f"data of mode “{shown(mode)}”")
        raise InputError(f"{shown(path.name)} holds {what}; only lists of events can be read.")
    if kind not in ("I", "F", "D"):
        what = _REFUSED_TYPES.get(kind, f"data of type “{shown(kind)}”")
        raise InputError(f"{shown(path.name)} holds {what}; export it with binary numbers (data type I, F or D).")
    count = _number(path, keywords, "$PAR")
    if not 0 < count <= MOST_PARAMETERS:
        raise _damaged(path, f"it says that it has {count:,} parameters")
    parameters = tuple(_parameter(path, keywords, i, kind) for i in range(1, count + 1))
    order = _byte_order(path, keywords)
    layout = _Layout(0, 0, kind, order, parameters)
    if order == "<" and any(parameter.bits % 8 for parameter in parameters):
        raise InputError(
            f"{shown(path.name)} packs its numbers into odd numbers of bits, the last byte first, and what that means "
            "is not settled; export it with 16 or 32 bits."
        )
    begin, end = segments[2:]
    if not 0 < begin <= end:
        begin, end = (_number(path, keywords, name, 0) for name in ("$BEGINDATA", "$ENDDATA"))
    if begin <= 0:
        raise _damaged(path, "it does not say where its data begin")
    held = max(min(end + 1, size) - begin, 0) * 8 // layout.row_bits
    n_rows = _number(path, keywords, "$TOT", held)
    if n_rows <= 0:
        raise InputError(f"{shown(path.name)} holds no events.")
    if begin + (n_rows * layout.row_bits + 7) // 8 > size:
        raise _damaged(path, f"it says that it has {n_rows:,} events, but ends before the last of them")
    return replace(layout, n_rows=n_rows, begin=begin)


def _parameter(path: Path, keywords: Mapping[str, str], i: int, kind: str) -> _Parameter:
    bits = _number(path, keywords, f"$P{i}B")
    if bits != {"F": 32, "D": 64}.get(kind, bits) or not 0 < bits <= WIDEST_INTEGER:
        raise _damaged(path, f"it says that numbers of type {kind} have {bits:,} bits")
    name, stain = (keywords.get(f"$P{i}{letter}", "").strip() for letter in "NS")
    amplification = keywords.get(f"$P{i}E", "0,0").partition(",")[0].strip()
    return _Parameter(
        name=f"{name} ({stain})" if name and stain and stain != name else name or stain,
        bits=bits,
        mask=_mask(keywords.get(f"$P{i}R", ""), bits) if kind == "I" else 0,
        amplified=amplification.strip("0.") != "",
    )


def _mask(largest: str, bits: int) -> int:
    """The bits that hold a number below `largest`, where a cell has more of them: the others may be anything."""
    try:
        used = (max(_whole(largest), 1) - 1).bit_length()
    except ValueError:
        return 0
    return (1 << used) - 1 if 0 < used < bits else 0


def _byte_order(path: Path, keywords: Mapping[str, str]) -> Order:
    places = [place.strip() for place in keywords.get("$BYTEORD", "").split(",")]
    rising = [str(i) for i in range(1, len(places) + 1)]
    if places == rising and len(places) > 1:
        return "<"
    if places == rising[::-1]:
        return ">"
    words = f"has the byte order “{shown(','.join(places))}”" if places != [""] else "does not say its byte order"
    raise InputError(f"{shown(path.name)} {words}; only 1,2,3,4 and 4,3,2,1 can be read.")


def _cells(path: Path, stream: BinaryIO, layout: _Layout, progress: Progress) -> list[NDArray[Any]]:
    """The column of each parameter as numbers of the file's own type, (n_rows,) each."""
    rows_at_once = max(BLOCK_BYTES * 8 // layout.row_bits, 8) // 8 * 8  # so that each block ends with a whole byte
    columns = [np.empty(layout.n_rows, _stored(layout, parameter)) for parameter in layout.parameters]
    for first in range(0, layout.n_rows, rows_at_once):
        rows = min(rows_at_once, layout.n_rows - first)
        content = stream.read((rows * layout.row_bits + 7) // 8)
        if len(content) * 8 < rows * layout.row_bits:
            raise _damaged(path, "it became shorter while it was read")
        block = _block(np.frombuffer(content, np.uint8), rows, layout)
        for column, parameter, cells in zip(columns, layout.parameters, block, strict=True):
            column[first : first + rows] = cells & column.dtype.type(parameter.mask) if parameter.mask else cells
        progress((first + rows) / layout.n_rows)
    return columns


def _stored(layout: _Layout, parameter: _Parameter) -> str:
    if layout.kind != "I":
        return "f4" if layout.kind == "F" else "f8"
    return next(f"u{n}" for n in (1, 2, 4, 8) if parameter.bits <= 8 * n)


def _block(content: NDArray[np.uint8], rows: int, layout: _Layout) -> list[NDArray[Any]]:
    """The cells of some rows, a column for each parameter."""
    if any(parameter.bits % 8 for parameter in layout.parameters):
        bits = np.unpackbits(content, count=rows * layout.row_bits).reshape(rows, layout.row_bits)
        return [_whole_numbers(part, 1, layout, p) for part, p in _parts(bits, layout, 1)]
    table = content.reshape(rows, layout.row_bits // 8)
    return [_typed(part, layout, parameter) for part, parameter in _parts(table, layout, 8)]


def _parts(table: NDArray[np.uint8], layout: _Layout, unit: int) -> list[tuple[NDArray[np.uint8], _Parameter]]:
    """The bytes (or bits) of each parameter, (rows, how many) each."""
    ends = np.cumsum([parameter.bits // unit for parameter in layout.parameters])[:-1]
    return list(zip(np.split(table, ends, axis=1), layout.parameters, strict=True))


def _typed(part: NDArray[np.uint8], layout: _Layout, parameter: _Parameter) -> NDArray[Any]:
    dtype = np.dtype(_stored(layout, parameter)).newbyteorder(layout.order)
    if 8 * dtype.itemsize != parameter.bits:
        return _whole_numbers(part if layout.order == ">" else part[:, ::-1], 8, layout, parameter)
    cells: NDArray[Any] = np.ascontiguousarray(part).view(dtype)[:, 0]
    return cells


def _whole_numbers(part: NDArray[np.uint8], unit: int, layout: _Layout, parameter: _Parameter) -> NDArray[Any]:
    """Numbers from their digits of `unit` bits, the highest first."""
    dtype = np.dtype(_stored(layout, parameter))
    cells: NDArray[Any] = np.zeros(len(part), dtype)
    for digit in part.T:
        cells <<= dtype.type(unit)
        cells |= digit.astype(dtype)
    return cells


def _notes(keywords: Mapping[str, str], layout: _Layout, names: tuple[str, ...]) -> tuple[str, ...]:
    notes = []
    amplified = [shown(name) for name, p in zip(names, layout.parameters, strict=True) if p.amplified]
    if amplified and layout.kind == "I":
        more = f" and {len(amplified) - 3} more" if len(amplified) > 3 else ""
        notes.append(
            f"Channel numbers of a logarithmic amplifier are taken as stored in {', '.join(amplified[:3])}{more}."
        )
    if {"$SPILLOVER", "SPILL", "$COMP", "SPILLOVER"} & keywords.keys():
        notes.append("The numbers are as stored: the compensation that the file brings is not applied.")
    if keywords.get("$NEXTDATA", "0").strip().strip("0"):
        notes.append("The file holds more than one data set; this is the first.")
    return tuple(notes)


def _number(path: Path, keywords: Mapping[str, str], name: str, missing: int | None = None) -> int:
    """A keyword's whole number, or `missing` where there is none. Raises InputError where it is no such number."""
    text = keywords.get(name, "").strip()
    if not text and missing is not None:
        return missing
    try:
        return _whole(text)
    except ValueError as error:
        said = f"says “{shown(text)}”" if text else "is missing"
        raise _damaged(path, f"its keyword {name} {said} where a whole number is expected") from error


def _whole(text: str) -> int:
    """A whole number in at most 20 plain digits. Raises ValueError."""
    if re.fullmatch(r"\s*\+?[0-9]{1,20}(\.0*)?\s*", text) is None:
        raise ValueError(text)
    return int(text.strip().partition(".")[0])


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{shown(path.name)} is a damaged FCS file: {what}.")
