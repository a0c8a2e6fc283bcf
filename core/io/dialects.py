"""Finding out how the rows of a text file are written: what separates cells, the decimal sign, where the names are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from core.errors import InputError, shown
from core.io.numbers import BLANKS, has_point, is_number, may_be_thousands, missing_texts
from core.io.samples import Sample, choose
from core.table import Dialect


@dataclass(frozen=True)
class Layout:
    """How a file is laid out.

    header: line of the names, 0 for none; named_by_person: that line if a person named it, else 0. names: one for each
    column, unique. first: line the data begin in. rows: the first rows of data as text.
    """

    delimiter: str
    decimal: str
    header: int
    names: tuple[str, ...]
    first: int
    rows: tuple[tuple[str, ...], ...]
    named_by_person: int = 0

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)


def find_layout(path: Path, encoding: str, dialect: Dialect) -> Layout:
    """The layout of a text file, by its first records; what `dialect` sets is taken as said.

    Raises InputError where there are no rows, or where they can be read in two ways.
    """
    sample = choose(path, encoding, dialect)
    rows = [cells for _, cells in sample.records]
    width = _width(rows)
    _refuse_shifted(path, sample, width)
    _refuse_thousands(path, sample, dialect)
    rows = [cells[:width] for cells in rows]
    header = _header_line(sample, rows, dialect)
    body = rows[1:] if header else rows
    if not body:
        raise InputError(f"{shown(path.name)} has a line of names but no rows.")
    return Layout(
        delimiter=sample.delimiter,
        decimal=sample.decimal,
        header=header,
        names=unique_names(rows[0] if header else [""] * width),
        first=sample.records[1 if header else 0][0],
        rows=tuple(map(tuple, body)),
        named_by_person=dialect.header or 0,
    )


def unique_names(cells: list[str]) -> tuple[str, ...]:
    """Names for columns: an empty one is called by its place, and equal ones are numbered."""
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, 1):
        base = cell.strip() or f"column {place}"
        copies = (f"{base} ({copy})" for copy in count(2))
        names[next(name for name in chain([base], copies) if name not in names)] = None
    return tuple(names)


def _width(rows: list[list[str]]) -> int:
    """Number of columns: the cells of the first record, less those at its end that are blank in every record."""
    width = len(rows[0])
    while width > 1 and not any(cell.strip() for row in rows for cell in row[width - 1 : width]):
        width -= 1
    return width


def _header_line(sample: Sample, rows: list[list[str]], dialect: Dialect) -> int:
    if dialect.header is not None:
        if dialect.header and sample.records[0][0] != dialect.header:
            raise InputError(f"Line {dialect.header} holds no names: it is blank, a comment or past the end.")
        return dialect.header
    return sample.records[0][0] if is_header(rows, sample.decimal, missing_texts(dialect.missing)) else 0


def is_header(rows: list[list[str]], decimal: str, missing: frozenset[str]) -> bool:
    """Whether the first row holds names: text above a column of numbers, or text above nothing but text."""
    first = [_kind(cell, decimal, missing) for cell in rows[0]]
    columns = [[_kind(row[i], decimal, missing) for row in rows[1:] if i < len(row)] for i in range(len(first))]
    numeric = [kinds.count("number") > 0 and kinds.count("number") >= kinds.count("text") for kinds in columns]
    if any(kind == "text" and below for kind, below in zip(first, numeric, strict=True)):
        return True
    return "text" in first and "number" not in first and not any(numeric)


def _kind(cell: str, decimal: str, missing: frozenset[str]) -> str:
    if is_number(cell, decimal):
        return "number"
    return "missing" if cell.strip(BLANKS).lower() in missing else "text"


def _refuse_shifted(path: Path, sample: Sample, width: int) -> None:
    """A first line with fewer or more cells than the rest is no header of theirs: which name is whose is a guess."""
    widths = [_filled(cells, width) for cells in sample.body]
    usual, _ = Counter(widths).most_common(1)[0]
    if usual == width:
        return
    line = sample.records[0][0]
    where = next(number for number, cells in sample.records[1:] if _filled(cells, width) == usual)
    text = f"Line {line} of {shown(path.name)} has {_cells(width)} but most others have {usual}; "
    text += f"if it is a title and the names stand in a later line, say --header {where}"
    if width == usual - 1:
        text += ", and if each row begins with a name of its own, as R writes them, save the file without row names"
    raise InputError(text + ".")


def _filled(cells: list[str], width: int) -> int:
    """Number of cells, blank ones past `width` not counted: they come from delimiters at the end of the line."""
    return width if len(cells) > width and not any(map(str.strip, cells[width:])) else len(cells)


def _refuse_thousands(path: Path, sample: Sample, dialect: Dialect) -> None:
    """Where a comma is always followed by three digits, 1,234 may be 1.234 or 1234."""
    if sample.decimal != "," or dialect.decimal is not None:
        return
    cells = [cell for row in sample.body for cell in row if has_point(cell, ",")]
    if cells and all(map(may_be_thousands, cells)):
        raise InputError(
            f"“{shown(cells[0])}” in {shown(path.name)} may have a decimal comma or a comma between thousands; "
            "say --decimal , if it is the decimal sign, else write the numbers without separators."
        )


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"
