"""Text that was copied elsewhere: cells of a spreadsheet, a column of numbers, or a piece of a CSV file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.io import DETECTED, Progress, delimited, read_table
from core.table import Column, Dialect, Table

SOURCE = "clipboard"
"""What messages and results call it."""


def read_text(text: str, dialect: Dialect = DETECTED, progress: Progress | None = None) -> Table:
    """A text as a table, by the rules of text files; its path is "", since no file has it.

    Raises InputError, one sentence that names the clipboard, where it cannot be read.
    """
    with _filed(text) as file:
        table = read_table(file, dialect, progress)
    table = replace(table, path="")
    if table.format != delimited.READER.name:
        return table
    return replace(table, columns=tuple(_column(text, table, i) for i in range(len(table.columns))))


def _column(text: str, table: Table, place: int) -> Column:
    """A column whose texts, if they are not kept, are found in the text again."""
    column = table.columns[place]
    if column.is_numeric or column.levels is not None:
        return column
    return replace(column, texts=partial(_texts, text, table, place))


def _texts(text: str, table: Table, column: int) -> Sequence[str | None]:
    """Each row's text of a column, None where missing."""
    with _filed(text) as file:
        again = delimited.texts(replace(table, path=str(file)), [column], lambda fraction: None)
        cells: list[str | None] = again[column].to_pylist()
        return cells


@contextmanager
def _filed(text: str) -> Iterator[Path]:
    """The text in a temporary file, since readers go over their file more than once."""
    with tempfile.TemporaryDirectory(prefix="emgui-") as folder:
        file = Path(folder).resolve() / SOURCE
        file.write_bytes(text.encode("utf-8", "replace"))
        yield file
