"""Trying each delimiter on the first records of a text file, and choosing the one that explains them best."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from core.errors import InputError, shown
from core.io.numbers import has_point, is_number
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
        """The share of the body's cells, blank ones apart, that are numbers."""
        cells = [cell for row in self.body for cell in row if cell.strip()]
        return sum(is_number(cell, self.decimal) for cell in cells) / max(len(cells), 1)

    @property
    def plausible(self) -> bool:
        """Whether the delimiter separates anything at all; blanks also stand inside words and units."""
        return self.width > 1 and (
            self.delimiter != " " or self.numbers > 0.5 or (self.consistent and self.numbers > 0)
        )

    @property
    def rank(self) -> tuple[bool, bool, float, int]:
        """Greater is better."""
        return self.consistent, self.numbers > 0, self.numbers, -CANDIDATES.index(self.delimiter)


def choose(path: Path, encoding: str, dialect: Dialect) -> Sample:
    """The first records of a file, cut by the delimiter that `dialect` names or else by the most plausible one.

    Raises InputError where there are no records, none can be parsed, or a comma may be a decimal sign or a delimiter.
    """
    if dialect.delimiter is not None:
        return _sample(path, encoding, dialect, dialect.delimiter)
    samples = _samples(path, encoding, dialect)
    separated = [sample for sample in samples if sample.delimiter and sample.plausible]
    chosen = max(separated, key=lambda sample: sample.rank, default=None)
    chosen = chosen or next((sample for sample in samples if not sample.delimiter), samples[0])
    if dialect.decimal is None:
        _refuse_commas_of_two_meanings(path, chosen, samples)
    return chosen


def _samples(path: Path, encoding: str, dialect: Dialect) -> list[Sample]:
    """What each delimiter makes of the file, those left out that cannot be parsed; at least one."""
    samples: list[Sample] = []
    complaints: dict[str, InputError] = {}
    for delimiter in ("", *CANDIDATES):
        if delimiter != dialect.decimal:
            try:
                samples.append(_sample(path, encoding, dialect, delimiter))
            except InputError as error:
                complaints[delimiter] = error
    if not samples:
        raise complaints.get(",") or next(iter(complaints.values()))
    return samples


def _sample(path: Path, encoding: str, dialect: Dialect, delimiter: str) -> Sample:
    records = tuple(islice(Records(path, encoding, delimiter, dialect.header or 0), SAMPLED_RECORDS))
    if not records:
        raise InputError(f"{shown(path.name)} has no rows, only blank lines or comments.")
    cells = [cell for _, row in records for cell in row]
    return Sample(delimiter, dialect.decimal or _decimal(cells, delimiter), records)


def _decimal(cells: list[str], delimiter: str) -> str:
    if delimiter == "," or any(has_point(cell, ".") for cell in cells):
        return "."
    return "," if any(has_point(cell, ",") for cell in cells) else "."


def _refuse_commas_of_two_meanings(path: Path, chosen: Sample, samples: list[Sample]) -> None:
    """A single column of "1,5" is 1.5, or 1 and 5 under one name too few: both readings are guesses."""
    bare = next((sample for sample in samples if not sample.delimiter), None)
    commas = next((sample for sample in samples if sample.delimiter == ","), None)
    if bare is None or commas is None or bare.decimal != "," or chosen not in (bare, commas):
        return
    if commas.consistent or max(len(cells) for _, cells in commas.records) < 2:
        return
    if len(commas.records[0][1]) > 1 and not is_number(bare.records[0][1][0], ","):
        return
    cell = next(row[0] for _, row in bare.records if has_point(row[0], ","))
    raise InputError(
        f"“{shown(cell)}” in {shown(path.name)} may be one number with a decimal comma or two cells; "
        "say --decimal , or --delimiter , to choose."
    )
