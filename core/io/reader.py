"""What a reader is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.table import Dialect, Table

Progress = Callable[[float], None]
"""Told the fraction done, 0 to 1; may raise Cancelled."""


@dataclass(frozen=True)
class Reader:
    """A file format: its name, what it is in a few words, the usual extensions, and how it is recognised and read.

    recognises(head) looks at the first bytes of a file, never at its name. read(path, dialect, progress) returns a
    Table with every row accounted for, or raises InputError.
    """

    name: str
    description: str
    extensions: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Callable[[Path, Dialect, Progress], Table]
