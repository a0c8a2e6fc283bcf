"""MATLAB's files, versions 5 to 7.3: variables, and the fields of structures by their dotted names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import InputError, shown
from core.io import hdf5
from core.io.arrays import Held, chosen, columns_of, most_unpacked, passed_over, refuse_inflated
from core.io.matlab_elements import CLASSES, HEADER_BYTES, STRUCTURE, TEXT, Matrix, variables
from core.io.opening import fingerprinting, opened
from core.io.reader import Progress, Reader
from core.io.typed import Typed, table_of
from core.table import Dialect, Table

DEEPEST = 20
"""How far structures within structures are looked into."""
MOST_ARRAYS = 10_000
_CLOSED = {
    "cell": "a cell array; save its numbers as a vector",
    "sparse": "a sparse matrix; save it with full()",
    "object": "an object, which is never opened; save its numbers as a vector",
    "function": "a function, which is never opened",
}

Contents = tuple[list[Held], list[Held], list[Typed]]
"""All arrays of a file, those that make the table, and their columns."""


def _recognises(head: bytes) -> bool:
    return head.startswith(b"MATLAB") and head[126:128] in (b"IM", b"MI")


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        with opened(path) as stream:
            version = stream.read(HEADER_BYTES)[124:128]
        read = _from_hdf5 if version in (b"\x00\x02IM", b"\x02\x00MI") else _from_elements
        every, table, columns = read(path, dialect, progress)
        told = Dialect(missing=dialect.missing, sheet=table[0].name)
        return replace(table_of(path, "matlab", columns, told, passed_over(every, table)), sha256=digest())


READER = Reader("matlab", "a MATLAB file", (".mat",), _recognises, _read)


def _from_elements(path: Path, dialect: Dialect, progress: Progress) -> Contents:
    """What a file of version 5 to 7 holds."""
    size, most = path.stat().st_size, most_unpacked(path)
    every: list[Held] = []
    try:
        with opened(path) as stream:
            for variable in variables(stream, most):
                progress(stream.tell() / size)
                if variable.name and not variable.name.startswith("__"):
                    every += _parts(variable.name, variable, DEEPEST)
                if len(every) > MOST_ARRAYS:
                    raise InputError(
                        f"{shown(path.name)} holds more than {MOST_ARRAYS:,} arrays; save some by themselves."
                    )
    except OverflowError:
        refuse_inflated(path, most + 1)
        raise
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{shown(path.name)} is a damaged MATLAB file: it holds {error}.") from error
    table = chosen(path, every, dialect.sheet)
    return every, table, columns_of(path, table, dialect.missing)


def _parts(name: str, variable: Matrix, deepest: int) -> Iterator[Held]:
    """The arrays of a variable: itself, or those of its fields and theirs."""
    if variable.is_array:
        array = variable.array()
        yield Held(name, array.shape, array.dtype, array.view)
    elif variable.kind != STRUCTURE or not deepest:
        yield _closed(name, CLASSES.get(variable.kind, "cell"))
    else:
        for field, cells in variable.fields():
            if len(cells) == 1:
                yield from _parts(f"{name}.{field}", cells[0], deepest - 1)
            elif cells and all(cell.kind == TEXT or (cell.is_array and cell.shape == (1, 1)) for cell in cells):
                column = np.array([cell.array().flat[0] for cell in cells])
                yield Held(f"{name}.{field}", column.shape, column.dtype, column.view)
            else:
                yield _closed(f"{name}.{field}", "cell")


def _closed(name: str, kind: str) -> Held:
    """What is no array of numbers or texts."""
    return Held(name, (1,), np.dtype(object), lambda: np.empty(1, object), why_not=_CLOSED[kind])


def _from_hdf5(path: Path, dialect: Dialect, progress: Progress) -> Contents:
    """What a file of version 7.3 holds."""
    with hdf5.opened_file(path, progress) as file:
        every = []
        for held in hdf5.datasets(path, file, progress):
            kept = file[held.name].attrs
            has_class = "MATLAB_class" in kept and kept.get_id("MATLAB_class").dtype.kind == "S"
            is_text = has_class and kept["MATLAB_class"] == b"char"
            # What begins so is where MATLAB keeps the content of cells and objects.
            if not held.name.startswith("#") and not is_text and "MATLAB_empty" not in kept:
                every.append(_turned(held))
        table = chosen(path, every, dialect.sheet)
        return every, table, columns_of(path, table, dialect.missing)


def _turned(held: Held) -> Held:
    """The array as MATLAB shows it, which it writes column by column; and its name with dots."""
    return Held(held.name.replace("/", "."), held.shape[::-1], held.dtype, lambda: held.read().T)
