"""NumPy's .npy files: one column, or rows of several."""

from __future__ import annotations

import warnings
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from tokenize import TokenError
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io.arrays import marked
from core.io.mapping import mapped
from core.io.opening import fingerprinting
from core.io.reader import Progress, Reader
from core.io.typed import of_array, table_of
from core.table import Dialect, Table

MAGIC = b"\x93NUMPY"
MOST_COLUMNS = 10_000
_DAMAGE = (ValueError, TypeError, EOFError, SyntaxError, TokenError, ArithmeticError, MemoryError, RecursionError)
"""What NumPy raises over a header that makes no sense."""

_WORDS = {"b": "true/false values", "c": "complex numbers", "O": "pickled objects, which are never opened"}
_WORDS |= {"U": "texts", "S": "texts", "M": "dates", "m": "durations", "V": "records"}


def _recognises(head: bytes) -> bool:
    return head.startswith(MAGIC)


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        return replace(_table(path, dialect, progress), sha256=digest())


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    memory = mapped(path)
    array = _array(path, memory)
    columns = []
    for i in range(array.shape[1]):
        cells = array[:, i]
        # A mere view of the file would change, or kill us, when the file is written to.
        columns.append(
            of_array(f"column {i + 1}", cells if memory is not None else cells.copy(), marked(cells, dialect.missing))
        )
        progress((i + 1) / array.shape[1])
    return table_of(path, "npy", columns, Dialect(missing=dialect.missing))


READER = Reader("npy", "a NumPy array (.npy) of one or two dimensions", (".npy",), _recognises, _read)


def _array(path: Path, memory: mmap | None) -> NDArray[Any]:
    """The array in the file as (n, d), in memory that holds its bytes, or mapped into some.

    Raises InputError where it is not one of numbers.
    """
    name = shown(path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a header in Python 2's spelling, which is read all the same
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except _DAMAGE as error:
        words = _WORDS["O"] if "allow_pickle" in str(error) or "Python objects" in str(error) else ""
        raise InputError(f"{name} holds {words}." if words else f"{name} is a damaged .npy file.") from error
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} holds {_WORDS.get(array.dtype.kind, 'no numbers')}, so there is nothing to fit.")
    if array.ndim not in (1, 2):
        raise InputError(f"{name} has {array.ndim} dimensions; it must have one, or two with a row for each sample.")
    if array.size == 0:
        raise InputError(f"{name} holds an array without rows.")
    if array.ndim == 2 and array.shape[1] > MOST_COLUMNS:
        raise InputError(f"{name} has {array.shape[1]:,} columns; turn it so that each sample is a row.")
    if memory is not None:
        order: Literal["C", "F"] = "C" if array.flags.c_contiguous else "F"
        array = np.ndarray(array.shape, array.dtype, memory, array.offset, order=order)
    rows: NDArray[Any] = array.reshape(len(array), -1)
    return rows
