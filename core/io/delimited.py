"""Text with one row a line: CSV, TSV, semicolons, bars, aligned columns, or one bare column of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InputError, shown
from core.io import compiled
from core.io.columns import Texts, columns_of, counted, notes_on
from core.io.dialects import Layout, find_layout
from core.io.encoding import Survey, survey
from core.io.numbers import is_number, missing_texts
from core.io.opening import fingerprinting, regular_file
from core.io.reader import Progress, Reader
from core.io.records import BARE, Records
from core.io.scan import Layer, MisfitError, scanning
from core.io.signatures import foreign_format
from core.io.tidy import tidied
from core.table import Column, Dialect, Table

Seen = TypeVar("Seen")

PREVIEW_ROWS = 8
TRIED = 100
"""Rows that tell whether a column is one of words."""
MOST_COLUMNS = 10_000
_SPELLED = {"\\t": "\t", "tab": "\t", "space": " ", "none": ""}
_PATTERN_SIGNS = set("*?[]{}")
_SURVEYED, _TIDIED = 0.3, 0.6


@dataclass(frozen=True)
class _Contents:
    columns: tuple[Column, ...]
    n_rows: int
    notes: tuple[str, ...]


def _recognises(head: bytes) -> bool:
    return not foreign_format(head)


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    dialect = _checked(dialect)
    with fingerprinting(path) as digest:
        return replace(_surveyed(path, dialect, progress), sha256=digest())


def _surveyed(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    found = survey(path, dialect.encoding, progress, _SURVEYED)
    layout = find_layout(path, found.encoding, dialect)
    if layout.width > MOST_COLUMNS:
        raise InputError(f"{shown(path.name)} has {layout.width:,} columns; turn it so that each sample is a row.")
    contents = _contents(path, found, layout, missing_texts(dialect.missing), progress)
    return Table(
        source=path.name,
        path=str(path),
        sha256="",
        n_rows=contents.n_rows,
        columns=contents.columns,
        dialect=Dialect(layout.delimiter, layout.decimal, found.encoding, layout.header, dialect.missing),
        format="delimited",
        preview=layout.rows[:PREVIEW_ROWS],
        notes=tuple(filter(None, (found.note, *_notes_on_names(layout, dialect), *contents.notes))),
    )


READER = Reader(
    name="delimited",
    description="text with a row on each line (CSV, TSV and their kin)",
    extensions=(".csv", ".tsv", ".txt", ".dat", ".tab", ".prn", ".asc"),
    recognises=_recognises,
    read=_read,
)


def texts(table: Table, columns: Sequence[int], progress: Progress) -> dict[int, Any]:
    """The cells of some columns as Arrow's arrays of text, missing ones null: read again from the file of the table.

    Raises InputError where the file is no longer the one that was read.
    """
    path, dialect = regular_file(table.path), table.dialect
    found = survey(path, dialect.encoding, progress, _SURVEYED)
    layout = find_layout(path, found.encoding, dialect)

    def look(layer: Layer, n_rows: int) -> dict[int, Any]:
        with scanning(layer, progress) as scan:
            cells = scan.cells(columns)
        if {len(column) for column in cells.values()} != {n_rows}:
            raise MisfitError(f"other than {n_rows} rows were parsed")
        return cells

    cells, _ = _looked(path, found, layout, missing_texts(dialect.missing), progress, look)
    if {len(column) for column in cells.values()} != {table.n_rows}:
        raise InputError(f"{shown(table.source)} changed after it was read: open it again.")
    return cells


def _contents(path: Path, found: Survey, layout: Layout, missing: frozenset[str], progress: Progress) -> _Contents:
    """The columns, and a note on comments."""

    def look(layer: Layer, n_rows: int) -> _Contents:
        return _scanned(layer, layout, n_rows, progress)

    contents, n_comments = _looked(path, found, layout, missing, progress, look)
    if not n_comments:
        return contents
    lines = "1 comment line was" if n_comments == 1 else f"{n_comments:,} comment lines were"
    return replace(contents, notes=(f"{lines} passed over.", *contents.notes))


def _looked(
    path: Path,
    found: Survey,
    layout: Layout,
    missing: frozenset[str],
    progress: Progress,
    look: Callable[[Layer, int], Seen],
) -> tuple[Seen, int]:
    """What a look at a tidy file of so many rows gives, and how many comments were passed over.

    The file itself is looked at where it is tidy and keeps its promise, else a tidied copy.
    """
    layer = Layer(
        path, layout.delimiter or BARE, found.line_end, layout.first - 1, layout.width, layout.decimal, missing
    )
    if _is_tidy(path, found, layout):
        with suppress(MisfitError):
            return look(layer, found.n_lines - layout.first + 1), 0
    records = Records(path, found.encoding, layout.delimiter, layout.named_by_person)
    with tidied(records, layout.width, layout.first, progress) as tidy:
        try:
            layer = replace(layer, path=tidy.path, delimiter=",", line_end="\n", skip=0)
            return look(layer, tidy.n_rows), tidy.n_comments
        except MisfitError as error:
            raise InputError(f"{shown(path.name)} cannot be read row by row: {shown(str(error))}.") from error


def _is_tidy(path: Path, found: Survey, layout: Layout) -> bool:
    """Whether the fast parser may have the file as it is: one row each line, and nothing before them but the names."""
    return (
        found.plain
        and layout.delimiter != " "
        and layout.header in (0, 1)
        and layout.first == layout.header + 1
        and not _PATTERN_SIGNS & set(str(path))
    )


def _scanned(layer: Layer, layout: Layout, n_rows: int, progress: Progress) -> _Contents:
    """The columns of a tidy file. Raises MisfitError unless it has exactly `n_rows` rows: none may get lost unseen."""

    def told(done: float) -> None:
        progress(_TIDIED + (1 - _TIDIED) * done)

    with scanning(layer, told) as scan:
        wordy = {i for i in range(layout.width) if _is_wordy(layout, i)}
        found = compiled.numbers(layer, n_rows, wordy, told)
        asked = wordy if found else set(range(layout.width))
        values, kinds = scan.numbers(sorted(asked))
        texts: dict[int, Texts] = dict.fromkeys(asked, scan)
        if found:
            values, kinds = values | found.values, kinds | found.kinds
            texts |= dict.fromkeys(found.values, found)
        for cells in kinds.values():
            if len(cells) != n_rows:
                raise MisfitError(f"{len(cells)} rows were parsed where {n_rows} were counted")
        counts = {i: counted(cells) for i, cells in kinds.items()}
        columns = columns_of(scan, texts, layout, values, kinds, counts, layer.missing)
        return _Contents(columns, n_rows, tuple(notes_on(columns, counts)))


def _is_wordy(layout: Layout, column: int) -> bool:
    """Whether hardly a cell of a column is a number, by the first rows."""
    cells = [row[column] for row in layout.rows[:TRIED] if row[column:]]
    return 2 * sum(is_number(cell, layout.decimal) for cell in cells) < len([cell for cell in cells if cell.strip()])


def _notes_on_names(layout: Layout, dialect: Dialect) -> list[str]:
    if layout.header > 1 and dialect.header:
        return [f"What stands before line {layout.header} was passed over."]
    if layout.header == 0 and dialect.header is None:
        return ["There is no line of names, so the columns are called by their place."]
    return []


def _checked(dialect: Dialect) -> Dialect:
    """The dialect with a delimiter in words made a sign. Raises InputError where a setting can mean nothing."""
    delimiter = dialect.delimiter if dialect.delimiter is None else _SPELLED.get(dialect.delimiter, dialect.delimiter)
    if delimiter and (len(delimiter) > 1 or delimiter.isalnum() or delimiter in '"\r\n\0.+-'):
        raise InputError(f"“{shown(delimiter)}” cannot be a delimiter; it must be a single sign such as , ; or |.")
    if delimiter == "," == dialect.decimal:
        raise InputError("A comma cannot be both the delimiter and the decimal sign.")
    return replace(dialect, delimiter=delimiter)
