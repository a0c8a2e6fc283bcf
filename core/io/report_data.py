"""What a report says of the data: where the rows are from, what they are, and which were left out."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from core import formatting
from core.errors import shown
from core.io.page import Markup, Part, element, facts, joined, name, table

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit

ROLES = {
    "counts": "rows counted by",
    "weights": "rows weighted by",
    "lower": "lower ends",
    "upper": "upper ends",
    "observed": "seen (1) or only known to be larger (0)",
    "errors": "measurement errors",
    "labels": "known components",
    "labels_for": "used for",
    "group": "groups",
    "share": "shared by the groups",
    "truncate": "nothing recorded outside of",
    "where": "rows where",
    "transform": "transform",
}
"""What the result calls a role → what a report does."""


def data_part(fit: Fit, unit: str) -> Iterator[Markup]:
    """The heading, where the rows are from, where their values lie, and those that were left out."""
    data = fit.data
    yield element("h2", "Data")
    rows: list[tuple[Part, Part]] = []
    if data.source:
        rows.append(("File", name(data.source)))
    if data.sha256:
        rows.append(("SHA-256", data.sha256))
    several = len(data.columns) > 1
    rows.append(("Columns" if several else "Column", joined([name(one) for one in data.columns], ", ")))
    if unit and not several:
        rows.append(("Unit", shown(unit)))
    for role, value in data.roles.said.items():
        rows.append((_capital(ROLES.get(role, role)), _said(value)))
    rows.append(("Rows", formatting.count(data.n_samples)))
    if data.roles.where or data.n_filtered:
        rows.append(("Filtered out", formatting.count(data.n_filtered)))
    rows.append(("Left out", formatting.count(data.n_left_out)))
    yield facts(rows)
    yield from _range(data) if data.form.intervals and not data.exact.all() else _spread(data)
    yield from _left_out(fit)


def _spread(data: Data) -> Iterator[Markup]:
    """Where the values lie."""
    digits = formatting.digits
    spread = zip(data.minimum, data.maximum, data.mean, data.sd, strict=True)
    figures: list[list[Part]] = [
        [name(one), *(digits(float(value)) for value in values)]
        for one, values in zip(data.columns, spread, strict=True)
    ]
    yield element("div", table(("Values", "smallest", "largest", "mean", "sd"), figures), class_="scroll")


def _range(data: Data) -> Iterator[Markup]:
    """Where the values lie as far as it is known, of rows some of which say only between which ends theirs is."""
    assert data.seen is not None
    counts = np.ones(len(data)) if data.counts is None else data.counts
    exact, ends = data.exact, data.seen[:, :2]
    known = (float(ends[:, 0].min()), float(ends[:, 1].max()))
    lowest, highest = (formatting.digits(end) if isfinite(end) else "open" for end in known)
    held = (formatting.count(float(counts[rows].sum())) for rows in (exact, ~exact))
    head = ("Values", "lowest end", "highest end", "rows with their value", "rows with ends only")
    yield element("div", table(head, [[name(data.columns[0]), lowest, highest, *held]]), class_="scroll")
    words = "Mean and sd of the values are not known, where rows say only between which ends theirs is; those of the "
    yield element("p", f"{words}components are estimated with that taken into account.", class_="note")


def _left_out(fit: Fit) -> Iterator[Markup]:
    data = fit.data
    if not data.left_out:
        return
    yield element("h2", "Rows left out")
    rest = data.n_left_out - len(data.left_out)
    if rest > 0:
        yield element("p", f"The first {len(data.left_out)} of {formatting.count(data.n_left_out)}.", class_="note")
    rows = ((f"{cell.row:,}", name(cell.column), cell.reason, name(cell.text)) for cell in data.left_out)
    yield table(("Row", "Column", "Why", "What stands there"), rows, class_="words")


def _said(value: object) -> Part:
    if isinstance(value, tuple):
        ends = (formatting.digits(end) if isfinite(end) else "open" for end in value)
        return " to ".join(ends)
    return name(str(value))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
