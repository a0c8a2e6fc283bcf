"""MATLAB's files, versions 5 to 7.3: variables, and the fields of structures by their dotted names."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io import hdf5
from core.io.arrays import Held, chosen, columns_of, passed_over, refuse_inflated
from core.io.opening import CHUNK_BYTES, fingerprinting, opened
from core.io.reader import Progress, Reader
from core.io.typed import Typed, table_of
from core.table import Dialect, Table

DEEPEST = 20
"""How far structures within structures are looked into."""
_HEADER_BYTES = 128
_COMPRESSED = 15
_CLASSES = (
    "double",
    "single",
    "logical",
    "char",
    "struct",
    *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)),
)
"""What is read of a file; cells, functions and objects are not."""
_CLOSED = "an object or a function, which is never opened; save its numbers as a vector"
_DAMAGE = (
    *(ValueError, TypeError, EOFError, KeyError, IndexError, AttributeError, ArithmeticError, RuntimeError),
    *(NotImplementedError, RecursionError, OSError, zlib.error, struct.error, UnicodeError, AssertionError),
)
"""What SciPy raises over what makes no sense."""


def _recognises(head: bytes) -> bool:
    return head.startswith(b"MATLAB") and head[126:128] in (b"IM", b"MI")


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest, opened(path) as stream:
        major = stream.read(_HEADER_BYTES)[124:128]
        read = _from_hdf5 if major in (b"\x00\x02IM", b"\x02\x00MI") else _from_version_5
        every, table, columns = read(path, dialect, progress)
        told = Dialect(missing=dialect.missing, sheet=table[0].name)
        return replace(table_of(path, "matlab", columns, told, passed_over(every, table)), sha256=digest())


READER = Reader("matlab", "a MATLAB file", (".mat",), _recognises, _read)

Contents = tuple[list[Held], list[Held], list[Typed]]
"""All arrays of a file, those that make the table, and their columns."""


def _from_version_5(path: Path, dialect: Dialect, progress: Progress) -> Contents:
    from scipy.io import loadmat, whosmat
    from scipy.io.matlab import MatReadError

    name = shown(path.name)
    refuse_inflated(path, _unpacked(path, progress))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two variables of one name, and of what is not read
            kinds = {variable: kind for variable, _, kind in whosmat(path)}
            wanted = [variable for variable, kind in kinds.items() if kind in _CLASSES and variable[:2] != "__"]
            found = loadmat(path, variable_names=wanted, chars_as_strings=True) if wanted else {}
    except MemoryError as error:
        raise InputError(f"{name} does not fit into memory, or is damaged.") from error
    except (*_DAMAGE, MatReadError) as error:
        raise InputError(f"{name} is a damaged MATLAB file.") from error
    every = [held for variable in wanted for held in _parts(variable, found.get(variable), DEEPEST)]
    every += [_closed(variable, kind) for variable, kind in kinds.items() if variable not in wanted]
    table = chosen(path, every, dialect.sheet)
    return every, table, columns_of(path, table, dialect.missing)


def _parts(name: str, value: Any, deepest: int) -> Iterator[Held]:
    """The arrays of a variable: itself, or those of its fields and theirs."""
    if not isinstance(value, np.ndarray) or not (value.dtype.names or not value.dtype.hasobject) or not deepest:
        yield _closed(name, "cell")
    elif not value.dtype.names:
        yield Held(name, value.shape, value.dtype, value.view)
    else:
        for field in value.dtype.names:
            cells = value[field].ravel()
            if len(cells) == 1:
                yield from _parts(f"{name}.{field}", cells[0], deepest - 1)
            elif len(cells) and all(isinstance(cell, np.ndarray) and _is_single(cell) for cell in cells):
                column = np.array([cell.flat[0] for cell in cells])
                yield Held(f"{name}.{field}", column.shape, column.dtype, column.view)
            else:
                yield _closed(f"{name}.{field}", "cell")


def _is_single(cell: NDArray[Any]) -> bool:
    return cell.size == 1 and cell.dtype.kind in "iufbU"


def _closed(name: str, kind: str) -> Held:
    """What is no array of numbers or texts, in MATLAB's own words for it."""
    what = {"cell": "a cell array; save its numbers as a vector", "sparse": "a sparse matrix; save it with full()"}
    return Held(name, (1,), np.dtype(object), lambda: np.empty(1, object), why_not=what.get(kind, _CLOSED))


def _unpacked(path: Path, progress: Progress) -> int:
    """Bytes that the compressed variables of a file have in all, or more than a file may have.

    Raises InputError where they are damaged.
    """
    size, total = path.stat().st_size, 0
    with opened(path) as stream:
        order = "<" if stream.read(_HEADER_BYTES)[126:128] == b"IM" else ">"
        while len(tag := stream.read(8)) == 8:
            kind, length = struct.unpack(f"{order}II", tag)
            end = stream.tell() + length
            if end > size:
                raise InputError(f"{shown(path.name)} is a damaged MATLAB file: it ends in the middle of a variable.")
            if kind == _COMPRESSED:
                for n in _inflated(path, stream, length):
                    total += n
                    refuse_inflated(path, total)
                    progress(0.5 * stream.tell() / size)
            stream.seek(end)
    return total


def _inflated(path: Path, stream: BinaryIO, length: int) -> Iterator[int]:
    """The sizes of the pieces that the next bytes of a file unpack to."""
    unpacking = zlib.decompressobj()
    while length > 0 and not unpacking.eof:
        packed = stream.read(min(length, CHUNK_BYTES))
        length -= len(packed)
        try:
            while packed and not unpacking.eof:
                yield len(unpacking.decompress(packed, CHUNK_BYTES))
                packed = unpacking.unconsumed_tail
        except zlib.error as error:
            raise InputError(f"{shown(path.name)} is a damaged MATLAB file: it cannot be unpacked.") from error


def _from_hdf5(path: Path, dialect: Dialect, progress: Progress) -> Contents:
    with hdf5.opened_file(path) as file:
        every = [_turned(held) for held in hdf5.datasets(path, file, progress) if _is_variable(file, held)]
        table = chosen(path, every, dialect.sheet)
        return every, table, columns_of(path, table, dialect.missing)


def _is_variable(file: Any, held: Held) -> bool:
    """Whether a dataset is one of numbers that a person saved; MATLAB keeps cells and objects in places of its own."""
    kept = file[held.name].attrs
    has_class = "MATLAB_class" in kept and kept.get_id("MATLAB_class").dtype.kind == "S"
    is_text = has_class and kept["MATLAB_class"] == b"char"
    return not held.name.startswith("#") and not is_text and "MATLAB_empty" not in kept


def _turned(held: Held) -> Held:
    """The array as MATLAB shows it, which it writes column by column; and its name with dots."""
    return Held(held.name.replace("/", "."), held.shape[::-1], held.dtype, lambda: held.read().T)
