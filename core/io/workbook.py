"""Workbooks of spreadsheet programs: one sheet as a table."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from core.errors import InputError, listed, shown
from core.io.dialects import is_header, unique_names
from core.io.numbers import is_number, missing_texts
from core.io.opening import fingerprinting, opened, regular_file
from core.io.reader import Progress, Reader
from core.io.typed import of_objects, table_of, text_of
from core.io.workbook_cells import ONE_SHEET, ONLY_NAMES
from core.io.workbook_lines import COMPOUND, Row, lines_of
from core.table import Dialect, Table

MOST_UNPACKED = 1 << 30
"""Bytes that the parts of a workbook may have once unpacked."""
MOST_COLUMNS = 10_000
SAMPLED_ROWS = 1000
SECONDS_FOR_NAMES = 60.0

_ZIP = b"PK\x03\x04"
_INSIDE = (b"xl/", b"[Content_Types].xml", b"_rels/.rels", b"application/vnd.oasis.opendocument.spreadsheet")
_ELSE = (b"word/", b"ppt/", b".npy")
_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


def sheets(path: Path | str) -> tuple[str, ...]:
    """The names of a workbook's sheets, in its order; those that hold charts only are no sheets here.

    Raises InputError where the file is no workbook that can be read.
    """
    file = regular_file(path)
    end = monotonic() + SECONDS_FOR_NAMES

    def not_for_ever(fraction: float) -> None:
        if monotonic() > end:
            raise InputError(f"{shown(file.name)} takes too long to be opened; save the sheet as CSV.")

    _refuse_bombs(file)
    with lines_of(file, ONLY_NAMES, "", not_for_ever) as lines:
        return tuple(lines.next("sheets"))


def _recognises(head: bytes) -> bool:
    if head.startswith(COMPOUND):
        return True
    return head.startswith(_ZIP) and any(sign in head for sign in _INSIDE) and not any(sign in head for sign in _ELSE)


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader(
    name="workbook",
    description="a sheet of a workbook (Excel, LibreOffice)",
    extensions=(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    recognises=_recognises,
    read=_read,
)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint: of the sheet that is named, else of the first with a column of numbers."""
    _refuse_bombs(path)
    table, names = _of_sheet(path, dialect, dialect.sheet or "", progress)
    if not dialect.sheet and not table.numeric:
        for name in names:
            with suppress(InputError):  # a sheet of notes need be no table
                other, _ = _of_sheet(path, dialect, name, progress)
                if other.numeric:
                    return other
    return table


def _of_sheet(path: Path, dialect: Dialect, name: str, progress: Progress) -> tuple[Table, list[str]]:
    """The table of a sheet, "" for the first that holds anything; and the names of all sheets."""
    with lines_of(path, ONE_SHEET, name, progress) as lines:
        names: list[str] = lines.next("sheets")
        found = lines.next("name")
        sheet = found["name"]
        rows = list(lines.rows(found["height"]))
    where = f"sheet “{shown(sheet)}” of {shown(path.name)}"
    missing = missing_texts((*dialect.missing, *_ERRORS))
    decimal = dialect.decimal or "."
    header, body, passed = _divided(rows, where, dialect, decimal, missing)
    columns = _columns(header, body, where)
    typed = [of_objects(name, cells, missing, decimal) for name, cells in columns]
    notes = [
        f"Sheet “{shown(sheet)}” was read, one of {len(names)}: {listed(names)}."
        if len(names) > 1 and not dialect.sheet
        else "",
        f"What stands before row {header[0]} was passed over." if header and passed else "",
        "There is no row of names, so the columns are called by their place."
        if header is None and dialect.header is None
        else "",
    ]
    told = Dialect(None, dialect.decimal, None, header[0] if header else 0, dialect.missing, sheet)
    return table_of(path, "workbook", typed, told, filter(None, notes)), names


def _divided(
    rows: list[Row], where: str, dialect: Dialect, decimal: str, missing: frozenset[str]
) -> tuple[Row | None, list[Row], bool]:
    """The row of names, if there is one, those of data, and whether anything was passed over before them."""
    if not rows:
        raise InputError(f"There are no rows in {where}.")
    header, body, passed = None, rows, False
    if dialect.header:
        place = next((i for i, (number, _) in enumerate(rows) if number == dialect.header), None)
        if place is None:
            raise InputError(f"Row {dialect.header} holds no names: it is blank, or past the end of {where}.")
        header, body, passed = rows[place], rows[place + 1 :], place > 0
    elif dialect.header is None:
        texts = [list(map(text_of, cells)) for _, cells in rows[:SAMPLED_ROWS]]
        _refuse_title(rows, texts, where, decimal)
        if is_header(texts, decimal, missing):
            header, body = rows[0], rows[1:]
    if not body:
        raise InputError(f"There is a row of names but no other in {where}.")
    return header, body, passed


def _refuse_title(rows: list[Row], texts: list[list[str]], where: str, decimal: str) -> None:
    """A first row of fewer cells than the rest is hardly one of names; which row is, would be a guess."""
    if len(texts) < 2 or any(is_number(text, decimal) for text in texts[0]):
        return
    usual, _ = Counter(map(len, texts[1:])).most_common(1)[0]
    if len(texts[0]) < usual:
        n = "1 cell" if len(texts[0]) == 1 else f"{len(texts[0])} cells"
        named = next(number for number, cells in rows[1:] if len(cells) == usual)
        raise InputError(
            f"Row {rows[0][0]} of {where} has {n} but most others have {usual}; "
            f"if it is a title and the names stand in a later row, say --header {named}."
        )


def _columns(header: Row | None, body: list[Row], where: str) -> Iterator[tuple[str, list[Any]]]:
    """Names and cells of the columns; blank columns on the left are none."""
    names = [text_of(cell) for cell in header[1]] if header else []
    width = max(len(names), *(len(cells) for _, cells in body))
    if width > MOST_COLUMNS:
        raise InputError(f"There are {width:,} columns in {where}; turn it so that each sample is a row.")
    names += [""] * (width - len(names))
    columns = ([cells[i] if i < len(cells) else None for _, cells in body] for i in range(width))
    first, cells = next((i, cells) for i, cells in enumerate(columns) if names[i].strip() or not _is_blank(cells))
    every = unique_names(names[first:])
    yield every[0], cells
    yield from zip(every[1:], columns, strict=True)


def _is_blank(cells: Sequence[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _refuse_bombs(path: Path) -> None:
    """A workbook says in front how large its parts are; the rest is for the limit of the program that unpacks them."""
    with opened(path) as stream:
        if stream.read(4) != _ZIP:
            return
        try:
            unpacked = sum(part.file_size for part in zipfile.ZipFile(stream).infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError) as error:
            raise InputError(
                f"{shown(path.name)} is a damaged workbook: perhaps only part of it was copied."
            ) from error
    if unpacked > MOST_UNPACKED:
        raise InputError(
            f"{shown(path.name)} unpacks to {unpacked / 1e9:,.1f} GB, more than a workbook of numbers needs; "
            "save the sheet as CSV."
        )
