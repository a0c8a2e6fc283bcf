"""Finding out how the rows of a text file are written: what separates cells, the decimal sign, where the names are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from core.errors import InputError, shown
from core.io.numbers import BLANKS, has_point, is_number, may_be_thousands, missing_texts
from core.io.records import Record, Records
from core.table import Dialect

SAMPLED_RECORDS = 1000
CANDIDATES = ("\t", ";", "|", ",", " ")
"""Delimiters in order of trust: the rarer a sign is inside cells, the more it means between them."""


@dataclass(frozen=True)
class Sample:
    """The first records of a file as one delimiter cuts them, and how well that delimiter explains them."""

    delimiter: str
    decimal: str
    records: tuple[Record, ...]

    @cached_property
    def body(self) -> list[list[str]]:
        """The records after the first, which may be names; of a single record, itself."""
        return [cells for _, cells in self.records[1:]] or [cells for _, cells in self.records]

    @cached_property
    def width(self) -> int:
        """The most common number of cells in the body."""
        return Counter(len(cells) for cells in self.body).most_common(1)[0][0]

    @cached_property
    def consistent(self) -> bool:
        """Whether every record has that many cells."""
        return all(len(cells) == self.width for _, cells in self.records)

    @cached_property
    def numbers(self) -> float:
        """The share of the body's cells that are numbers."""
        cells = [cell for row in self.body for cell in row]
        return sum(is_number(cell, self.decimal) for cell in cells) / max(len(cells), 1)

    @property
    def plausible(self) -> bool:
        """Whether the delimiter separates anything at all; blanks also stand inside words and units."""
        return self.width > 1 and (self.delimiter != " " or self.numbers > 0.5 or (self.consistent and self.numbers > 0))

    @property
    def rank(self) -> tuple[bool, bool, float, int]:
        """Greater is better."""
        return self.numbers > 0, self.consistent, self.numbers, -CANDIDATES.index(self.delimiter)


@dataclass(frozen=True)
class Layout:
    """How a file is laid out.

    header: line of the names, 0 for none. names: one for each column, unique. first: line the data begin in. rows: the
    first rows of data as text.
    """

    delimiter: str
    decimal: str
    header: int
    names: tuple[str, ...]
    first: int
    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)


def find_layout(path: Path, encoding: str, dialect: Dialect) -> Layout:
    """The layout of a text file, by its first records; what `dialect` sets is taken as said.

    Raises InputError where there are no rows, or where they can be read in two ways.
    """
    sample = _chosen(path, encoding, dialect)
    _refuse_shifted(path, sample, dialect)
    _refuse_thousands(path, sample, dialect)
    rows = [cells for _, cells in sample.records]
    width = _width(rows)
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
    )


def unique_names(cells: list[str]) -> tuple[str, ...]:
    """Names for columns: an empty one is called by its place, and equal ones are numbered."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        base = cell.strip() or f"column {place}"
        name, copy = base, 1
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        names.append(name)
    return tuple(names)


def _chosen(path: Path, encoding: str, dialect: Dialect) -> Sample:
    if dialect.delimiter is not None:
        return _sample(path, encoding, dialect, dialect.delimiter)
    samples, complaint = [], None
    for delimiter in ("", *CANDIDATES):
        if delimiter != dialect.decimal:
            try:
                samples.append(_sample(path, encoding, dialect, delimiter))
            except InputError as error:
                complaint = complaint if delimiter == " " and complaint else error
    if complaint and not samples:
        raise complaint
    separated = [sample for sample in samples if sample.delimiter and sample.plausible]
    best = max((sample for sample in separated if sample.numbers or sample.consistent), key=_rank, default=None)
    bare = next((sample for sample in samples if not sample.delimiter), None)
    chosen = best or bare
    if chosen is None:
        raise complaint or InputError(f"{shown(path.name)} is not a table of rows.")
    if chosen is bare and chosen.decimal == "," and dialect.decimal is None:
        _refuse_unquoted_commas(path, samples)
    return chosen


def _rank(sample: Sample) -> tuple[bool, bool, float, int]:
    return sample.rank


def _sample(path: Path, encoding: str, dialect: Dialect, delimiter: str) -> Sample:
    records = tuple(islice(Records(path, encoding, delimiter, max(dialect.header or 1, 1)), SAMPLED_RECORDS))
    if not records:
        raise InputError(f"{shown(path.name)} has no rows, only blank lines or comments.")
    cells = [cell for _, row in records for cell in row]
    return Sample(delimiter, dialect.decimal or _decimal(cells, delimiter), records)


def _decimal(cells: list[str], delimiter: str) -> str:
    if delimiter == "," or any(has_point(cell, ".") for cell in cells):
        return "."
    return "," if any(has_point(cell, ",") for cell in cells) else "."


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
    return sample.records[0][0] if _is_header(rows, sample.decimal, missing_texts(dialect.missing)) else 0


def _is_header(rows: list[list[str]], decimal: str, missing: frozenset[str]) -> bool:
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


def _refuse_shifted(path: Path, sample: Sample, dialect: Dialect) -> None:
    """A first line with fewer or more cells than the rest is no header of theirs; which cell is whose would be guessed."""
    line, first = sample.records[0]
    rest = [len([*cells]) for cells in sample.body if _width([first, cells]) != len(cells)]
    if len(first) == sample.width or _fits(first, sample):
        return
    del rest
    name = shown(path.name)
    if sample.delimiter == "," and len(first) == 1 and dialect.delimiter is None:
        _refuse_decimal_commas(path, sample)
    where = next(number for number, cells in sample.records if len(cells) == sample.width)
    text = f"Line {line} of {name} has {_cells(len(first))} but most others have {sample.width}; "
    text += f"if the names stand in a later line, say --header {where}"
    if len(first) == sample.width - 1:
        text += ", and if each row begins with a row name, as R writes them, save the file without row names"
    raise InputError(text + ".")


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"
