"""Long tables, written a block of rows at a time, so that any number of rows fits in memory: CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.io.atomic import replacing, replacing_text
from core.io.endings import ending_of
from core.io.numbers import is_number
from core.io.reader import Progress

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyarrow.parquet import ParquetWriter

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins with one of these for a formula and would run it."""
ENDINGS = (".csv", ".parquet")
WHOLE, NUMBER, TEXT = "whole", "number", "text"
ROWS_AT_ONCE = 1 << 17
"""Rows in a group of a Parquet file."""


@dataclass(frozen=True)
class Heading:
    """A column of a long table: its name, and whether it holds whole numbers, numbers or texts."""

    name: str
    kind: str = NUMBER


Cells = Sequence[float] | Sequence[str] | NDArray[Any]


@dataclass(frozen=True)
class Block:
    """Some rows: the cells of each column, NaN where there is no number; done: the part of all rows with these."""

    columns: Sequence[Cells]
    done: float


def write_rows(
    path: Path | str, headings: Sequence[Heading], blocks: Iterable[Block], progress: Progress | None = None
) -> None:
    """Saves a table as the ending of its name says: CSV (.csv, or none), or Parquet (.parquet).

    progress is told the fraction done after each block and may raise Cancelled. Raises InputError for any other ending,
    and OutputError; the old file is whole then.
    """
    write = {".csv": _write_csv, ".parquet": _write_parquet}[ending_of(path, ENDINGS)]
    write(path, headings, _told(blocks, progress))


def header(*names: str) -> str:
    """The first line of a CSV file; a name that a spreadsheet would take for a formula gets an apostrophe before it."""
    return ",".join(_quoted(harmless(name)) for name in names) + "\n"


def harmless(text: str) -> str:
    """A text as a spreadsheet may have it in CSV: with an apostrophe before what it would run; numbers stay numbers."""
    runs = text.startswith(FORMULA_SIGNS) and not (is_number(text, ".") or is_number(text, ","))
    return f"'{text}" if runs else text


def cell(number: float) -> str:
    """The shortest digits that read back as the same number, whole numbers without a point; empty for no number."""
    return repr(number).removesuffix(".0") if isfinite(number) else ""


def _told(blocks: Iterable[Block], progress: Progress | None) -> Iterator[Sequence[Cells]]:
    """The blocks' columns, progress told after each is written."""
    for block in blocks:
        yield block.columns
        if progress is not None:
            progress(block.done)


def _write_csv(path: Path | str, headings: Sequence[Heading], blocks: Iterable[Sequence[Cells]]) -> None:
    with replacing_text(path) as file:
        file.write(header(*(heading.name for heading in headings)))
        for columns in blocks:
            texts = [_texts(of, heading.kind) for of, heading in zip(columns, headings, strict=True)]
            file.write("".join([",".join(line) + "\n" for line in zip(*texts, strict=True)]))


def _texts(column: Cells, kind: str) -> list[str]:
    """The cells of a column as they stand in CSV."""
    plain: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    if kind != TEXT:
        return [cell(number) for number in plain]
    return [_quoted(harmless(text)) for text in plain]


def _quoted(text: str) -> str:
    """A text as it stands in CSV: in quotes where anything in it, or blanks around it, would be taken for something."""
    if any(sign in text for sign in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _write_parquet(path: Path | str, headings: Sequence[Heading], blocks: Iterable[Sequence[Cells]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {WHOLE: pa.int64(), NUMBER: pa.float64(), TEXT: pa.string()}
    schema = pa.schema([(_storable(heading.name), types[heading.kind]) for heading in headings])
    with replacing(path) as stream, pq.ParquetWriter(_Counted(stream), schema) as writer:
        held: list[Sequence[Cells]] = []
        n = 0
        for columns in blocks:
            held.append(columns)
            n += len(columns[0])
            if n >= ROWS_AT_ONCE:
                _write_group(writer, schema, held)
                held, n = [], 0
        if held:
            _write_group(writer, schema, held)


def _write_group(writer: ParquetWriter, schema: Schema, blocks: Sequence[Sequence[Cells]]) -> None:
    import pyarrow as pa

    arrays = []
    for place, field in enumerate(schema):
        parts = [np.asarray(columns[place], dtype=object if field.type == pa.string() else None) for columns in blocks]
        together = np.concatenate(parts)
        if field.type == pa.string():
            arrays.append(pa.array([_storable(text) for text in together], field.type))
        else:
            arrays.append(pa.array(together, mask=~np.isfinite(together)).cast(field.type))
    writer.write_table(pa.Table.from_arrays(arrays, schema=schema), ROWS_AT_ONCE * 2)


def _storable(text: str) -> str:
    """Text that UTF-8 can hold: a file's name may have bytes that are none."""
    return text.encode("utf-8", "backslashreplace").decode()


class _Counted:
    """A stream that knows how much was written to it, as pipes do not."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._written = stream, 0

    def write(self, content: bytes) -> int:
        """Passes the bytes on."""
        self._stream.write(content)
        self._written += len(content)
        return len(content)

    def tell(self) -> int:
        """Bytes written."""
        return self._written

    def flush(self) -> None:
        """Passes on what is held back."""
        self._stream.flush()

    def close(self) -> None:
        """Nothing: whoever opened the stream closes it."""

    def readable(self) -> bool:
        """No."""
        return False

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """No."""
        return False
