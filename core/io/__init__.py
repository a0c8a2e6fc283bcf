"""Reading files: one format a file, and the one door through which all of them are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.errors import InputError, shown
from core.io import (
    compressed,
    delimited,
    feather,
    flow_cytometry,
    hdf5,
    json_table,
    matlab,
    numpy_archive,
    numpy_array,
    parquet,
    workbook,
)
from core.io.opening import opened, reason, regular_file
from core.io.reader import Progress, Reader
from core.io.signatures import foreign_format
from core.table import Dialect, Table

__all__ = ["READERS", "Progress", "Reader", "read_table"]

HEAD_BYTES = 4096

DETECTED = Dialect()
"""Nothing said: everything about a text file is found out."""

TEXTS = ("json", "delimited")
"""What may be compressed, by the names of its readers."""


def _read_text(text: Path, dialect: Dialect, progress: Progress) -> Table:
    """A text that was unpacked. Raises InputError where it is something else."""
    with opened(text) as stream:
        head = stream.read(HEAD_BYTES)
    name, reader = next(((name, reader) for name, reader in READERS.items() if reader.recognises(head)), ("", None))
    if reader and name in TEXTS:
        return reader.read(text, dialect, progress)
    if reader and name == "compressed":
        raise InputError(f"{shown(text.name)} is compressed twice; unpack it first.")
    inside = reader.description if reader else foreign_format(head)
    raise InputError(f"{shown(text.name)} holds {inside}, compressed; unpack it first.")


READERS: dict[str, Reader] = {
    "npy": numpy_array.READER,
    "workbook": workbook.READER,
    "parquet": parquet.READER,
    "feather": feather.READER,
    "npz": numpy_archive.READER,
    "fcs": flow_cytometry.READER,
    "hdf5": hdf5.READER,
    "matlab": matlab.READER,
    "json": json_table.READER,
    "compressed": compressed.reader(_read_text),
    "delimited": delimited.READER,
}


def read_table(path: Path | str, dialect: Dialect = DETECTED, progress: Progress | None = None) -> Table:
    """A file as a table, whatever its name says it is: the format is recognised by content.

    Fields of `dialect` that are set override what would be detected. `progress` is told the fraction done and may
    raise Cancelled. Raises InputError, one sentence that names the file, where it cannot be read.
    """
    _refuse_nonsense(dialect)
    file = regular_file(path)
    try:
        before = _stand(file)
        table = _read(file, dialect, _rising(progress) if progress else _unwatched)
        after = _stand(file)
    except OSError as error:
        raise InputError(f"{shown(file.name)} cannot be read: {reason(error)}.") from error
    if after != before:
        raise InputError(f"{shown(file.name)} changed while it was read: open it again when nothing writes to it.")
    return replace(table, asked=dialect)


def _refuse_nonsense(dialect: Dialect) -> None:
    if dialect.decimal not in (None, ".", ","):
        raise InputError(f"“{shown(str(dialect.decimal))}” cannot be the decimal sign; it must be . or ,.")
    if dialect.header is not None and dialect.header < 0:
        raise InputError("The line of the names is counted from 1, with 0 for none.")


def _stand(file: Path) -> tuple[int, int, int]:
    """What tells one state of a file from another: which file it is, its size, and when it was written."""
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _read(file: Path, dialect: Dialect, progress: Progress) -> Table:
    with opened(file) as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise InputError(f"{shown(file.name)} is empty.")
    for reader in READERS.values():
        if reader.recognises(head):
            table = reader.read(file, dialect, progress)
            progress(1.0)
            return table
    raise InputError(f"{shown(file.name)} looks like {foreign_format(head)}; {supported()}.")


def supported() -> str:
    """What can be read, as half a sentence."""
    *most, last = (reader.extensions[0] for reader in reversed(READERS.values()))
    return f"files such as {', '.join(most)} and {last} can be read"


def _rising(progress: Progress) -> Progress:
    """The same, but never told less than before: a reader may pass over a file more than once."""
    highest = 0.0

    def rising(fraction: float) -> None:
        nonlocal highest
        highest = max(highest, fraction)
        progress(highest)

    return rising


def _unwatched(fraction: float) -> None:
    pass
