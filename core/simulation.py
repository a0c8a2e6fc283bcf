"""Rows drawn from a fitted mixture, seen in the way that the data were: what a parametric bootstrap refits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data
from core.errors import InputError
from core.mixture import Mixture
from core.rounding import rounded, units_of

LEAST_RECORDED = 1e-3
"""Share of the population below which drawing until enough values could be recorded would take too long."""
NEARLY = 1e-6
"""Probability outside of all bins that is taken to be none."""


def why_not(data: Data, mixture: Mixture) -> str:
    """Why rows like these cannot be drawn from a mixture, in a sentence; "" where they can."""
    form = data.form
    if form.labels:
        return "Rows with known components cannot be simulated, since nothing says which rows would have been labelled."
    if form.groups:
        return "Groups that share their components cannot be simulated: pick one of them with --where."
    if form.intervals and data.counts is not None and not data.is_weighted and form.all_hidden:
        probability = _of_bins(data, mixture).sum()
        if probability < 1.0 - NEARLY:
            return (
                f"The bins hold only {100 * probability:.4g} % of what the mixture gives, so it cannot be simulated "
                "what would have been recorded: add open bins at the ends, or say what could be recorded by --truncate."
            )
    elif form.intervals and _limits(data) is None:
        return (
            "Intervals and censored values can be simulated where they are the bins of a histogram, or where all are "
            "censored at the same value and none was seen beyond it."
        )
    if form.truncate is not None and _recorded(data, mixture) < LEAST_RECORDED:
        return "Of this mixture so little could have been recorded that it cannot be simulated."
    return ""


def simulated(data: Data, mixture: Mixture, rng: np.random.Generator, units: Array | None = None) -> Data:
    """As many rows as the data have, drawn from a mixture and seen in the same way.

    Values are rounded as those of the data are, since ties alone make distances larger, and what a rounded optimum is
    held for depends on them; units (d,): what to, where that is known, of `core.rounding.units_of`. Frequencies become
    rows of their own, one each (equal whole numbers together); reliabilities and the sds of measurement errors stay
    with their rows; truncation, a limit of detection and the bins of a histogram are applied to what was drawn. Raises
    InputError, saying why, where rows of this form cannot be drawn.
    """
    reason = why_not(data, mixture)
    if reason:
        raise InputError(reason)
    form, family = data.form, mixture.plain.family
    if form.intervals and _limits(data) is None:
        probabilities = _of_bins(data, mixture)
        counts = rng.multinomial(round(data.n_samples), probabilities / probabilities.sum()).astype(np.float64)
        return _of(data, data.values, counts, data.seen)
    n = len(data) if data.counts is None or data.is_weighted else round(data.n_samples)
    values, kept = _drawn(data, mixture, n, rng), data.counts if data.is_weighted else None
    sds: Array | None = None
    if form.errors:
        assert data.seen is not None
        sds = data.seen[:, 0] if kept is not None or data.counts is None else np.repeat(data.seen[:, 0], _times(data))
        values = values + sds * rng.standard_normal(n)
    if not family.discrete:
        values = rounded(values, units_of(data) if units is None else units, data, family)
    if sds is not None:
        return _of(data, values, kept, sds[:, np.newaxis])
    if form.intervals:
        return _censored(data, values, kept)
    if family.discrete and kept is None:
        values, times = np.unique(values, return_counts=True)
        return _of(data, values, times.astype(np.float64), None)
    return _of(data, values, kept, None)


def _drawn(data: Data, mixture: Mixture, n: int, rng: np.random.Generator) -> Array:
    """n values of the population, of those that could have been recorded."""
    population = mixture.plain
    if data.form.truncate is None:
        return population.sample(n, rng)[0]
    low, high = data.form.truncate
    parts: list[Array] = []
    while sum(map(len, parts)) < n:
        some = population.sample(n, rng)[0]
        parts.append(some[(some > low) & (some < high)])
    return np.concatenate(parts)[:n]


def _recorded(data: Data, mixture: Mixture) -> float:
    """The share of the population that could have been recorded."""
    low, high = data.form.truncate or (-np.inf, np.inf)
    below, above = mixture.plain.cdf(np.array([low, high]))
    return float(above - below)


def _of_bins(data: Data, mixture: Mixture) -> Array:
    """The probability of each bin (n,), among what could have been recorded."""
    return np.exp(mixture.log_density(data.observations(slice(None))))


def _limits(data: Data) -> tuple[float, float] | None:
    """Where all values below and above are censored, ±∞ where none are; None where each has a limit of its own."""
    if data.seen is None:
        return None
    low, high = data.seen[:, 0], data.seen[:, 1]
    exact = low == high
    left, right = high[~exact & np.isneginf(low)], low[~exact & np.isposinf(high)]
    if not exact.any() or len(left) + len(right) < (~exact).sum():
        return None
    below, above = left.max(initial=-np.inf), right.min(initial=np.inf)
    alike = (left == below).all() and (right == above).all()
    return (float(below), float(above)) if alike and ((low[exact] >= below) & (low[exact] <= above)).all() else None


def _censored(data: Data, values: Array, counts: Array | None) -> Data:
    limits = _limits(data)
    assert limits is not None
    below, above = limits
    low = np.where(values < below, -np.inf, np.minimum(values, above))
    high = np.where(values > above, np.inf, np.maximum(values, below))
    return _of(data, np.clip(values, below, above), counts, np.column_stack([low, high]))


def _of(data: Data, values: Array, counts: Array | None, seen: Array | None) -> Data:
    """These rows in the form of the data."""
    return replace(
        data, values=values, counts=counts, seen=seen, rows=None, labels=None, groups=None, n_left_out=0, left_out=()
    )


def _times(data: Data) -> NDArray[np.int64]:
    assert data.counts is not None
    return np.rint(data.counts).astype(np.int64)
