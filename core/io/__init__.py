"""Reading files: one format a file, and the one door through which all of them are read."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputError, shown
from core.io import delimited, numpy_array
from core.io.opening import opened, regular_file
from core.io.reader import Progress, Reader
from core.io.signatures import foreign_format
from core.table import Dialect, Table

__all__ = ["READERS", "Progress", "Reader", "read_table"]

HEAD_BYTES = 4096

READERS: dict[str, Reader] = {
    "npy": numpy_array.READER,
    "delimited": delimited.READER,
}


def read_table(path: Path | str, dialect: Dialect = Dialect(), progress: Progress | None = None) -> Table:
    """A file as a table, whatever its name says it is: the format is recognised by content.

    Fields of `dialect` that are set override what would be detected. `progress` is told the fraction done and may
    raise Cancelled. Raises InputError, one sentence that names the file, where it cannot be read.
    """
    file = regular_file(path)
    with opened(file) as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise InputError(f"{shown(file.name)} is empty.")
    foreign = foreign_format(head)
    for reader in READERS.values():
        if reader.recognises(head):
            return reader.read(file, dialect, progress or _unwatched)
    raise InputError(f"{shown(file.name)} looks like {foreign or 'a binary file'}; {supported()}.")


def supported() -> str:
    """What can be read, as half a sentence."""
    return "what can be read is " + " or ".join(reader.description for reader in READERS.values())


def _unwatched(fraction: float) -> None:
    pass
