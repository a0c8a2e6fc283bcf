"""Compressed text: unpacked into a temporary file, and read by the reader of what is inside."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

from core.errors import InputError, shown
from core.io.delimited import READER as DELIMITED
from core.io.delimited import texts
from core.io.opening import CHUNK_BYTES, fingerprinting, opened
from core.io.reader import Progress, Reader
from core.table import Column, Dialect, Table

ReadText = Callable[[Path, Dialect, Progress], Table]

SUSPICIOUS_RATIO = 200
"""Text of numbers packs to a tenth of its size, hardly ever to a hundredth."""
SUSPICIOUS_BYTES = 1 << 28
SPARED = 10
"""One part of so many of the disk's free space is left free."""
_UNPACKED = 0.3


def _zstd(stream: BinaryIO) -> IO[bytes]:
    import pyarrow as pa

    return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


def _gzip(stream: BinaryIO) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream))


_FORMATS: dict[str, tuple[re.Pattern[bytes], Callable[[BinaryIO], IO[bytes]]]] = {
    "gzip": (re.compile(rb"\x1f\x8b"), _gzip),
    "zstd": (re.compile(rb"\x28\xb5\x2f\xfd"), _zstd),
    # A column may be called “BZh1”; what follows in a file are the first digits of π, or of its root where it is empty.
    "bzip2": (re.compile(rb"BZh[1-9](1AY|\x17rE)"), bz2.BZ2File),
    "xz": (re.compile(rb"\xfd7zXZ\0"), lzma.LZMAFile),
}


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is compressed in one of the ways known here."""
    return any(magic.match(head) for magic, _ in _FORMATS.values())


def reader(read: ReadText) -> Reader:
    """The reader of compressed text; read: how the text is read once it is unpacked."""
    return Reader(
        name="compressed",
        description="text compressed by gzip, zstd, bzip2 or xz",
        extensions=(".gz", ".zst", ".bz2", ".xz"),
        recognises=recognises,
        read=partial(_read, read),
    )


def _read(read: ReadText, path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest, _unpacked(path, progress) as text:
        table = read(text, dialect, lambda done: progress(_UNPACKED + (1 - _UNPACKED) * done))
        if table.format == DELIMITED.name:
            table = replace(table, columns=tuple(_column(path, table, i) for i in range(len(table.columns))))
        return replace(table, path=str(path), format="compressed", sha256=digest())


def _column(path: Path, table: Table, place: int) -> Column:
    """A column whose texts, if they are not kept, are read from the compressed file again."""
    column = table.columns[place]
    if column.values is not None or column.levels is not None or column.texts is not None:
        return column
    return replace(column, texts=partial(_texts, path, table, place))


def _texts(path: Path, table: Table, column: int) -> Sequence[str | None]:
    """Each row's text of a column, None where missing: the file is unpacked again."""
    with _unpacked(path, _unwatched) as text:
        cells: list[str | None] = texts(replace(table, path=str(text)), [column], _unwatched)[column].to_pylist()
        return cells


@contextmanager
def _unpacked(path: Path, progress: Progress) -> Iterator[Path]:
    """The text in a temporary file of the same name, so that messages name it; removed on leaving, whatever happens.

    Raises InputError where the file is damaged, or larger inside than can be meant.
    """
    with tempfile.TemporaryDirectory(prefix="emgui-") as folder:
        text = Path(folder).resolve() / path.name
        with opened(path) as packed, text.open("wb") as unpacked:
            _unpack(path, packed, unpacked, shutil.disk_usage(folder).free, progress)
        yield text


def _unpack(path: Path, packed: BinaryIO, unpacked: BinaryIO, free: int, progress: Progress) -> None:
    name, size = shown(path.name), max(path.stat().st_size, 1)
    head = packed.read(16)
    packed.seek(0)
    kind, open_ = next((kind, open_) for kind, (magic, open_) in _FORMATS.items() if magic.match(head))
    n_bytes = 0
    try:
        with open_(packed) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                n_bytes += len(chunk)
                if n_bytes > SUSPICIOUS_BYTES and n_bytes > SUSPICIOUS_RATIO * size:
                    raise InputError(
                        f"{name} unpacks to more than {SUSPICIOUS_RATIO} times its size, so it is hardly a table; "
                        "if it is one, unpack it first."
                    )
                if n_bytes > free - free // SPARED:
                    raise InputError(f"{name} needs more room to be unpacked than the disk has: free some first.")
                unpacked.write(chunk)
                progress(_UNPACKED * min(packed.tell() / size, 1.0))
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is a damaged {kind} file: perhaps only part of it was copied.") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise InputError(f"{name} is a damaged {kind} file: perhaps only part of it was copied.") from error
    if not n_bytes:
        raise InputError(f"{name} is empty once it is unpacked.")


def _unwatched(fraction: float) -> None:
    pass
