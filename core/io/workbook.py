"""Workbooks of spreadsheet programs: one sheet as a table."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

from core.errors import InputError, listed, shown
from core.io import workbook_cells
from core.io.dialects import is_header, unique_names
from core.io.numbers import is_number, missing_texts
from core.io.opening import fingerprinting, opened, regular_file
from core.io.reader import Progress, Reader
from core.io.typed import of_objects, table_of, text_of
from core.io.workbook_cells import ONE_SHEET, ONLY_NAMES
from core.table import Dialect, Table

MOST_UNPACKED = 1 << 30
"""Bytes that the parts of a workbook may have once unpacked."""
MOST_CELLS = 30_000_000
MOST_COLUMNS = 10_000
SAMPLED_ROWS = 1000
SCRAMBLED_WITHIN = 1 << 26
"""Bytes that are searched for the mark of a scrambled workbook."""
SECONDS_FOR_NAMES = 60.0
POLL_SECONDS = 0.05

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_INSIDE = (b"xl/", b"[Content_Types].xml", b"_rels/.rels", b"application/vnd.oasis.opendocument.spreadsheet")
_ELSE = (b"word/", b"ppt/", b".npy")
_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")

Row = list[Any]
"""The number of a row in its sheet, from 1, and the list of its cells."""


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
    with _lines(file, ONLY_NAMES, "", not_for_ever) as lines:
        return tuple(lines.next("sheets"))


def _recognises(head: bytes) -> bool:
    if head.startswith(_COMPOUND):
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
    """The table, without its fingerprint."""
    _refuse_bombs(path)
    with _lines(path, ONE_SHEET, dialect.sheet or "", progress) as lines:
        names: list[str] = lines.next("sheets")
        found = lines.next("name")
        sheet = found["name"]
        rows = list(lines.rows(found["height"]))
    where = f"sheet “{shown(sheet)}” of {shown(path.name)}"
    missing = missing_texts((*dialect.missing, *_ERRORS))
    decimal = dialect.decimal or "."
    header, body, passed = _divided(rows, where, dialect, decimal, missing)
    columns = _columns(header, body)
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
    return table_of(path, "workbook", typed, told, filter(None, notes))


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


def _columns(header: Row | None, body: list[Row]) -> Iterator[tuple[str, list[Any]]]:
    """Names and cells of the columns; blank columns on the left are none."""
    names = [text_of(cell) for cell in header[1]] if header else []
    width = max(len(names), *(len(cells) for _, cells in body))
    if width > MOST_COLUMNS:
        raise InputError(f"The sheet has {width:,} columns; turn it so that each sample is a row.")
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


def _is_protected(path: Path) -> bool:
    """Whether it is the container of a workbook that a password has scrambled, which is no workbook to look at."""
    with opened(path) as stream:
        head = stream.read(SCRAMBLED_WITHIN)
    return head.startswith(_COMPOUND) and "EncryptedPackage".encode("utf-16-le") in head


class _Lines:
    """What the program of `workbook_cells` says of a file, line by line. Raises InputError where it complains."""

    def __init__(
        self, path: Path, process: subprocess.Popen[str], asker: ThreadPoolExecutor, sheet: str, progress: Progress
    ) -> None:
        self._path, self._process, self._asker, self._sheet = path, process, asker, sheet
        self._progress, self._done = progress, 0.0
        self._names: list[str] = []

    def next(self, key: str) -> Any:
        """The next line, which has this key: the names under "sheets", else the whole line."""
        line = self._line()
        if not isinstance(line, dict) or key not in line:
            raise InputError(self._complaint(line))
        if key == "sheets":
            self._names = line[key]
            return self._names
        return line

    def rows(self, height: int) -> Iterator[Row]:
        """The rows that are not blank; to be asked for after the sheet's name."""
        n_cells = 0
        for line in iter(self._line, None):
            if not isinstance(line, list):
                raise InputError(self._complaint(line))
            n_cells += sum(len(cells) for _, cells in line)
            if n_cells > MOST_CELLS:
                raise InputError(
                    f"{shown(self._path.name)} has more than {MOST_CELLS:,} cells; save the sheet as CSV or Parquet."
                )
            if line:
                self._done = line[-1][0] / max(height, line[-1][0])
                self._progress(self._done)
            yield from line
        if self._process.wait() != 0:
            raise InputError(self._complaint(None))

    def _line(self) -> Any:
        """What the next line says, None after the last; while it is waited for, progress may end the waiting."""
        assert self._process.stdout is not None
        answer = self._asker.submit(self._process.stdout.readline)
        while not answer.done():
            wait([answer], POLL_SECONDS)
            self._progress(self._done)
        line = answer.result()
        return _DECODER.decode(line) if line.endswith("\n") else None

    def _complaint(self, line: Any) -> str:
        name, kind = shown(self._path.name), line.get("error") if isinstance(line, dict) else ""
        if kind == "password" or (kind == "damaged" and _is_protected(self._path)):
            return f"{name} is protected by a password; save it without one."
        if kind == "sheet":
            return f"{name} has no sheet “{shown(self._sheet)}”; its sheets are: {listed(self._names)}."
        if kind == "blank":
            return f"{name} is a workbook without any cell that is filled."
        if kind == "damaged":
            return (
                f"{name} is a damaged workbook, or none that can be read; open it in its own program and save it anew."
            )
        return (
            f"{name} is damaged, or needs more memory than a workbook may have; delete what stands far from the data, "
            "or save the sheet as CSV."
        )


@contextmanager
def _lines(path: Path, wanted: str, sheet: str, progress: Progress) -> Iterator[_Lines]:
    """The program of `workbook_cells` at work on a file; it is ended on leaving."""
    program = [sys.executable, "-I", workbook_cells.__file__, _library(), str(path), wanted, sheet]
    with (
        subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process,
        ThreadPoolExecutor(1) as asker,
    ):
        try:
            yield _Lines(path, process, asker, sheet, progress)
        finally:
            process.kill()


def _library() -> str:
    """The folder that the library lies in, which the program, apart from everything else, would not find."""
    found = find_spec("python_calamine")
    if found is None or found.origin is None:
        raise InputError("Workbooks are read by the package python-calamine, which is missing: install it with pip.")
    return str(Path(found.origin).parents[1])


def _untagged(found: dict[str, Any]) -> Any:
    """Cells that JSON has no word for, as Python knows them; anything else as it is."""
    if len(found) == 1:
        tag, value = next(iter(found.items()))
        if tag in _TAGGED:
            return _TAGGED[tag](value)
    return found


_TAGGED: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
    "other": str,
}
_DECODER = json.JSONDecoder(object_hook=_untagged)
