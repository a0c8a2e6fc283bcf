"""NumPy's .npz archives: named arrays in a zip file."""

from __future__ import annotations

import warnings
import zlib
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io.arrays import Held, chosen, columns_of, passed_over, refuse_inflated
from core.io.opening import CHUNK_BYTES, fingerprinting
from core.io.reader import Progress, Reader
from core.io.signatures import SESSION
from core.io.typed import table_of
from core.table import Dialect, Table

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST_ARRAYS = 10_000
_DAMAGE = (
    *(ValueError, TypeError, EOFError, SyntaxError, TokenError, ArithmeticError, RecursionError),
    *(KeyError, IndexError, AttributeError, RuntimeError, NotImplementedError, zlib.error),
)
"""What NumPy and zipfile raise over what makes no sense."""


def _recognises(head: bytes) -> bool:
    is_session = head[30:].startswith(SESSION)
    return head.startswith(b"PK\x03\x04") and b".npy" in head and not is_session


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader("npz", "a NumPy archive of named arrays", (".npz",), _recognises, _read)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    from zipfile import BadZipFile, ZipFile

    try:
        with warnings.catch_warnings(), ZipFile(path) as archive:
            warnings.simplefilter("ignore")  # of two arrays of one name, and of headers in Python 2's spelling
            every = [_held(archive, member, progress) for member in _members(path, archive)]
            table = chosen(path, every, dialect.sheet)
            columns = columns_of(path, table, dialect.missing)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{shown(path.name)} does not fit into memory.") from error
    except (*_DAMAGE, BadZipFile) as error:
        raise InputError(f"{shown(path.name)} is a damaged .npz file.") from error
    return table_of(
        path, "npz", columns, Dialect(missing=dialect.missing, sheet=table[0].name), passed_over(every, table)
    )


def _members(path: Path, archive: ZipFile) -> list[ZipInfo]:
    """The arrays by the archive's directory. Raises InputError where unpacking would not end well."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
    if not members:
        raise InputError(f"{shown(path.name)} is a zip archive without an array in it; unpack it first.")
    if len(members) > MOST_ARRAYS:
        raise InputError(f"{shown(path.name)} holds {len(members):,} arrays; save those to be fitted by themselves.")
    refuse_inflated(path, sum(member.file_size for member in members))
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1 for member in members):
        raise InputError(f"{shown(path.name)} is packed in a way that NumPy does not write; unpack it first.")
    return members


def _held(archive: ZipFile, member: ZipInfo, progress: Progress) -> Held:
    """What the header of an array says of it. Raises one of `_DAMAGE`."""
    with archive.open(member) as stream:
        shape, _, dtype = _header(stream)
        held = member.file_size - stream.tell()
    if not dtype.hasobject and prod(shape) * dtype.itemsize != held:
        raise ValueError("its header promises another size")
    return Held(member.filename.removesuffix(".npy"), shape, dtype, partial(_array, archive, member, progress))


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    from numpy.lib import format as npy

    version = npy.read_magic(stream)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"version {version}")
    shape, is_fortran, dtype = readers[version](stream)
    return tuple(map(int, shape)), bool(is_fortran), dtype


def _array(archive: ZipFile, member: ZipInfo, progress: Progress) -> NDArray[Any]:
    with archive.open(member) as stream:
        shape, is_fortran, dtype = _header(stream)
        cells = np.empty(prod(shape), dtype)
        content = cells.view(np.uint8)
        for first in range(0, len(content), CHUNK_BYTES):
            chunk = stream.read(min(CHUNK_BYTES, len(content) - first))
            content[first : first + len(chunk)] = np.frombuffer(chunk, np.uint8)
            if len(chunk) < min(CHUNK_BYTES, len(content) - first):
                raise EOFError
            progress((first + len(chunk)) / len(content))
    return cells.reshape(shape[::-1]).T if is_fortran else cells.reshape(shape)
