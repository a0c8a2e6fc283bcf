"""The thresholds of a fit as a table, a line each, rising: CSV or Parquet."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.io.rows import TEXT, WHOLE, Block, Heading, write_rows
from core.thresholds.beside import rows_beside
from core.transforms import transforms_of

if TYPE_CHECKING:
    from core.fit import Fit


def write_thresholds(path: Path | str, fit: Fit) -> None:
    """Saves the thresholds that a fit has, every number to its last digit, in the unit of the values as fitted.

    Of transformed values each stands a second time in the file's unit. Raises InputError for an ending that is not
    known, and OutputError; the old file is whole then.
    """
    assert fit.thresholds is not None
    placed, data = fit.thresholds.thresholds, fit.data
    rows = [rows_beside(data, one.value, fit.mixture.plain.family.discrete) for one in placed]
    ends = [one.interval or (nan, nan) for one in placed]
    columns: dict[Heading, list[float] | list[str]] = {
        Heading("below", WHOLE): [float(one.below) for one in placed],
        Heading("above", WHOLE): [float(one.above) for one in placed],
        Heading("kind", TEXT): [one.rule.words for one in placed],
        Heading("value"): [one.value for one in placed],
    }
    if data.transform:
        with np.errstate(all="ignore"):
            before = transforms_of(data)[0].backward(np.array([one.value for one in placed], dtype=np.float64))
        columns[Heading("original")] = before.tolist()
    columns |= {
        Heading("standard_error"): [nan if one.standard_error is None else one.standard_error for one in placed],
        Heading("low"): [low for low, _ in ends],
        Heading("high"): [high for _, high in ends],
        Heading("rows_below"): [below for below, _ in rows],
        Heading("rows_above"): [above for _, above in rows],
        Heading("misclassified_below"): [one.wrong.below for one in placed],
        Heading("misclassified_above"): [one.wrong.above for one in placed],
        Heading("sensitivity"): [one.sensitivity for one in placed],
        Heading("specificity"): [one.specificity for one in placed],
    }
    write_rows(path, [*columns], [Block([*columns.values()], 1.0)])
