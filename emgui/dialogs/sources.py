"""Where a table comes from, so that it can be read again in another way: a file, or text that was pasted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.io.arrays import SeveralTablesError
from core.table import Dialect, Table
from emgui.dialogs.column_facts import Sketch, sketches
from emgui.dialogs.roles import Given, suggested

READING = 0.9
"""Share of the work that is reading; the rest is sketching."""
WORKBOOK = "workbook"
Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Look:
    """A table as the open dialog shows it: a sketch of each column of numbers, and the roles that are certain.

    sheets: names of the tables in its file, where there may be several. is_one_of: nobody has said yet which of them.
    """

    table: Table
    sketches: Mapping[str, Sketch]
    given: Given
    sheets: tuple[str, ...] = ()
    is_one_of: bool = False


@dataclass(frozen=True, eq=False)
class Source:
    """Something that can be read: its name, and how."""

    name: str
    read: Callable[[Dialect, Report], Table]

    def look(self, dialect: Dialect, report: Report) -> Look:
        """Reads it: of several tables the first, if none is named.

        Raises InputError where it cannot be read so, and Cancelled through `report`.
        """
        try:
            table = self.read(dialect, lambda fraction: report(READING * fraction))
        except SeveralTablesError as error:
            first = self.look(replace(dialect, sheet=error.names[0]), report)
            return replace(first, sheets=error.names, is_one_of=True)
        return looked_at(table, lambda fraction: report(READING + (1.0 - READING) * fraction))


def looked_at(table: Table, report: Report) -> Look:
    """A table that is there, with its sketches; `report` may raise to stop."""
    made = sketches(table, report)
    return Look(table, made, suggested(table, made), _sheets(table))


def _sheets(table: Table) -> tuple[str, ...]:
    if table.format != WORKBOOK or not table.path:
        return ()
    from core.io.workbook import sheets

    return sheets(table.path)


def of_file(path: Path) -> Source:
    """A file of any format."""

    def read(dialect: Dialect, report: Report) -> Table:
        from core.io import read_table

        return read_table(path, dialect, report)

    return Source(path.name, read)


def of_text(text: str, name: str) -> Source:
    """Text that was pasted: cells of a spreadsheet, or lines of a file."""

    def read(dialect: Dialect, report: Report) -> Table:
        from core.io.pasted import read_text

        return read_text(text, dialect, report)

    return Source(name, read)
