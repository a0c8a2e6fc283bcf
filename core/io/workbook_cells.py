"""A program of its own: the cells of one sheet of a workbook as lines of JSON on standard output.

The library that takes workbooks apart ends its whole process where memory is short, as it is when a damaged or hostile
sheet claims a cell in its last corner. So it runs apart from the window, with a limit, and can be stopped at any time.

The lines: {"sheets": names}, then {"name": sheet, "height": rows}, then some rows at a time as [[row, cells], …], row
counted from 1, cells without the blank ones at its end, blank rows left out; or instead of any {"error": kind}.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_MEMORY = 3 << 30
"""Bytes of memory that this program may have."""

ROWS_AT_ONCE = 500

ONLY_NAMES = "names"
ONE_SHEET = "sheet"


def main(library: str, path: str, wanted: str, sheet: str, out: TextIO) -> None:
    """Writes what the module says.

    library: the folder of python_calamine. sheet: its name or its number from 1, "" for the first that has a cell.
    """
    sys.path.append(library)
    import python_calamine

    _limit_memory()
    try:
        with Path(path).open("rb") as stream:  # as a stream, the format is told by content and not by the name
            workbook = python_calamine.CalamineWorkbook.from_object(stream)
            names = _names(workbook)
            _say(out, {"sheets": names})
            if wanted == ONE_SHEET:
                _tell_sheet(out, workbook, names, sheet)
    except python_calamine.PasswordError:
        _say(out, {"error": "password"})
    except (python_calamine.CalamineError, OSError, ValueError, IndexError):
        _say(out, {"error": "damaged"})
    except MemoryError:
        _say(out, {"error": "memory"})
    out.flush()


def _tell_sheet(out: TextIO, workbook: CalamineWorkbook, names: list[str], wanted: str) -> None:
    chosen = _chosen(workbook, names, wanted)
    if chosen is None:
        _say(out, {"error": "sheet" if wanted else "blank"})
        return
    _say(out, {"name": chosen.name, "height": chosen.total_height})
    rows: list[tuple[int, list[object]]] = []
    for number, cells in enumerate(chosen.iter_rows(), 1):
        while cells and (cells[-1] == "" or (isinstance(cells[-1], str) and not cells[-1].strip())):
            cells.pop()
        if cells:
            rows.append((number, [None if cell == "" else cell for cell in cells]))
        if len(rows) == ROWS_AT_ONCE:
            _say(out, rows)
            rows = []
    _say(out, rows)


def _chosen(workbook: CalamineWorkbook, names: list[str], wanted: str) -> CalamineSheet | None:
    if not wanted:
        sheets = map(workbook.get_sheet_by_name, names)
        return next((sheet for sheet in sheets if sheet.start is not None), None)
    if wanted not in names and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return workbook.get_sheet_by_name(names[int(wanted) - 1])
    return workbook.get_sheet_by_name(wanted) if wanted in names else None


def _names(workbook: CalamineWorkbook) -> list[str]:
    """The sheets that have cells: no charts, and no programs."""
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _say(out: TextIO, line: object) -> None:
    out.write(json.dumps(line, default=_tagged))
    out.write("\n")


def _tagged(cell: object) -> dict[str, str | float]:
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, (date, time)):
        return {type(cell).__name__: cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"timedelta": cell.total_seconds()}
    return {"other": str(cell)}


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system knows such limits
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.stdout)
