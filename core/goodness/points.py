"""QQ and PP plots and their envelopes: at most a few hundred points, however many rows there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.goodness.empirical import Empirical
from core.goodness.fitted import Fitted

MOST = 500
SETS = 1000
"""Sets of uniform numbers drawn for an envelope before any set is refitted."""
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Points:
    """Where rows and fit are compared, each (m,): the share of the rows p, the fitted probability u at the same value.

    values: the values themselves; quantiles: where the fit would have the share p. n: rows that stand behind it.
    """

    p: Array
    u: Array
    values: Array
    quantiles: Array
    n: float
    is_censored: bool = False

    @property
    def z(self) -> Array:
        """How many sds of a share the rows are above what the fit expects, were its parameters known, (m,)."""
        return np.asarray((self.p - self.u) / np.sqrt(np.maximum(self.p * (1.0 - self.p), 0.25 / self.n) / self.n))


@dataclass(frozen=True, eq=False)
class Envelope:
    """Between which numbers u lies at each p in 95 % of sets drawn from the fit: at each p alone, and at all at once.

    Each (2, m). n_sets were drawn; refitted: whether each was fitted again, as the parameters of the data were.
    """

    pointwise: Array
    simultaneous: Array
    n_sets: int
    refitted: bool

    def outside(self, points: Points) -> NDArray[np.bool_]:
        """Which points (m,) are outside of what holds all at once."""
        lower, upper = self.simultaneous
        return np.asarray((points.u < lower) | (points.u > upper))


def points(fitted: Fitted, found: Empirical) -> Points:
    """The points of the plots: evenly spread shares, and more of them at both ends."""
    kept = _kept(found.middles, found.n)
    p, values = found.middles[kept], found.places[kept]
    u = fitted.below(values) if found.is_binned else fitted.middles(values)[0]
    return Points(p, u, values, fitted.quantiles(p), found.n, bool(np.isfinite(found.end)))


def _kept(middles: Array, n: float) -> NDArray[np.intp]:
    if len(middles) <= MOST:
        return np.arange(len(middles))
    tail = np.geomspace(0.5 / n, 0.05, MOST // 5)
    wanted = np.concatenate([tail, np.linspace(0.05, 0.95, MOST - 2 * len(tail)), 1.0 - tail])
    at = np.searchsorted(middles, wanted).clip(0, len(middles) - 1)
    return np.unique(np.concatenate([at, [0, len(middles) - 1]]))


def drawn_envelope(at: Points, rng: np.random.Generator) -> Envelope:
    """The envelope of sets drawn from the fit as it stands, not refitted.

    Sorted uniform numbers have gaps like gamma variates (Devroye 1986, chapter V.2): a set of any size costs as much as
    the points.
    """
    ranks = at.p * at.n + 0.5
    gaps = np.diff(np.concatenate([[0.0], ranks, [at.n + 1.0]]))
    sums = np.cumsum(rng.standard_gamma(np.maximum(gaps, 1e-9), (SETS, len(gaps))), axis=1)
    return envelope(sums[:, :-1] / sums[:, -1:], refitted=False)


def envelope(sets: Array, refitted: bool) -> Envelope:
    """The envelope of sets (S, m): quantiles at each point, widened alike until 95 % of sets are within everywhere.

    Each side is measured in its own half-width (Myllymäki et al. 2017, directional quantiles), since shares near 0 and
    1 vary to one side more than to the other.
    """
    middle = sets.mean(axis=0)
    low, high = np.quantile(sets, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    down, up = np.maximum(middle - low, 1e-300), np.maximum(high - middle, 1e-300)
    away = np.maximum((middle - sets) / down, (sets - middle) / up).max(axis=1)
    wide = float(np.quantile(away, LEVEL))
    at_once = np.stack([middle - wide * down, middle + wide * up])
    return Envelope(np.stack([low, high]), np.clip(at_once, 0.0, 1.0), len(sets), refitted)
