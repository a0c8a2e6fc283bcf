"""What rows say of a distribution by themselves: the share of them up to each value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.binning import has_own_bins
from core.data import Array, Data
from core.errors import InputError


@dataclass(frozen=True, eq=False)
class Empirical:
    """The empirical distribution of a column: shares (m,) of the rows up to and with each of its values, places (m,).

    middles (m,): half of the rows at a value counted below it, which is where a fitted distribution is compared. n:
    how many rows that is worth; of rows of unequal weight their effective number. end: how far something is known of
    the rows, infinite where all of them say their value. is_binned: places are the ends of bins.
    """

    places: Array
    shares: Array
    middles: Array
    n: float
    end: float = np.inf
    is_binned: bool = False


def effective(data: Data) -> float:
    """How many rows of equal weight are worth these: (Σw)² / Σw²; with frequencies their sum."""
    if data.counts is None or not data.is_weighted:
        return data.n_samples
    return float(data.counts.sum() ** 2 / np.square(data.counts).sum())


def empirical(data: Data) -> Empirical:
    """The empirical distribution of one column; of values only known to be larger Kaplan and Meier's (1958).

    Raises InputError where rows do not say enough for one.
    """
    if data.n_features > 1:
        raise InputError("Several columns have no one distribution of values: look at each of them.")
    if not data.form.intervals or data.seen is None:
        return _of_values(data)
    if has_own_bins(data):
        return _of_bins(data)
    low, high = data.seen[:, 0], data.seen[:, 1]
    top = data.form.truncate[1] if data.form.truncate is not None else np.inf
    if ((low < high) & (high < top)).any():
        raise InputError("Intervals that overlap leave open what share of the rows is below a value.")
    return _kaplan_meier(data, low, low == high)


def _of_values(data: Data) -> Empirical:
    counts = data.counts
    if counts is None:
        values = np.sort(data.column)
        last = np.flatnonzero(np.append(values[1:] != values[:-1], True))
        places, up_to = values[last], (last + 1.0)
    else:
        order = np.argsort(data.column, kind="stable")
        values, up_to = data.column[order], np.cumsum(counts[order])
        last = np.flatnonzero(np.append(values[1:] != values[:-1], True))
        places, up_to = values[last], up_to[last]
    shares = up_to / up_to[-1]
    return Empirical(places, shares, 0.5 * (shares + np.append(0.0, shares[:-1])), effective(data))


def _of_bins(data: Data) -> Empirical:
    """At the upper ends of bins, but for an open one."""
    _, high, counts = bins(data)
    up_to = np.cumsum(counts)
    shares = up_to / up_to[-1]
    inner = np.isfinite(high) & (shares < 1.0)
    return Empirical(high[inner], shares[inner], shares[inner], data.n_samples, is_binned=True)


def bins(data: Data) -> tuple[Array, Array, Array]:
    """Lower and upper ends of the bins that rows are, and how many rows are in each, (B,) each, rising."""
    assert data.seen is not None
    pairs, at = np.unique(data.seen[:, :2], axis=0, return_inverse=True)
    counts = np.bincount(at.ravel(), data.counts, len(pairs)).astype(np.float64)
    return pairs[:, 0], pairs[:, 1], counts


def _kaplan_meier(data: Data, times: Array, is_event: NDArray[np.bool_]) -> Empirical:
    places, shares = product_limit(times, is_event, data.counts)
    end = np.inf if len(shares) and shares[-1] >= 1.0 else float(times.max())
    middles = 0.5 * (shares + np.append(0.0, shares[:-1]))
    return Empirical(places, shares, middles, effective(data), end)


def product_limit(times: Array, is_event: NDArray[np.bool_], counts: Array | None) -> tuple[Array, Array]:
    """Times of events, and the share of rows whose event has come by then, by the product-limit estimate."""
    counts = np.ones(len(times)) if counts is None else counts
    distinct, at = np.unique(times, return_inverse=True)
    events = np.bincount(at.ravel(), counts * is_event, len(distinct))
    held = np.bincount(at.ravel(), counts, len(distinct))
    at_risk = np.cumsum(held[::-1])[::-1]
    left = np.cumprod(np.maximum(1.0 - events / at_risk, 0.0))
    left[left < 1e-14] = 0.0
    some = events > 0
    return distinct[some], np.asarray(1.0 - left[some])
