"""A clean copy of an untidy text file, for the parser that is fast but wants its input just so."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, shown
from core.io.reader import Progress
from core.io.records import Records

REPORT_EVERY = 20_000


@dataclass(frozen=True)
class Tidy:
    """A temporary file of rows only, comma-separated UTF-8, and how many rows and comments went by in making it."""

    path: Path
    n_rows: int
    n_comments: int


@contextmanager
def tidied(records: Records, width: int, first: int, progress: Progress) -> Iterator[Tidy]:
    """A copy of the records from line `first` on, each of `width` cells; deleted on leaving, whatever happens.

    Raises InputError that names the line where a row has too few or too many cells.
    """
    with tempfile.TemporaryDirectory(prefix="emgui-") as folder:
        copy = Path(folder).resolve() / "rows.csv"
        n_rows = 0
        with copy.open("w", encoding="utf-8", newline="") as stream:
            write = csv.writer(stream, lineterminator="\n").writerow
            for cells in _rows(records, width, first):
                write(cells)
                n_rows += 1
                if n_rows % REPORT_EVERY == 0:
                    progress(0.0)
        yield Tidy(copy, n_rows, records.n_comments)


def _rows(records: Records, width: int, first: int) -> Iterator[list[str]]:
    for line, cells in records:
        if line >= first:
            yield cells if len(cells) == width else _cut(records.path, line, cells, width)


def _cut(path: Path, line: int, cells: list[str], width: int) -> list[str]:
    """The row without blank cells past the last column, which come from delimiters at the end of a line."""
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    hint = " (if the file was cut off, get it anew)" if len(cells) < width else ""
    raise InputError(
        f"Line {line} of {shown(path.name)} has {len(cells)} cell{'s' * (len(cells) != 1)} where {width} "
        f"{'is' if width == 1 else 'are'} expected, so it is not clear which column each belongs to{hint}."
    )
