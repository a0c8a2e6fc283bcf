"""Means of powers of positive rows for all exponents within a range, from finitely many sums: a Taylor series."""

from __future__ import annotations

from math import factorial, inf, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.ratios import log_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

ORDER = 18
"""Highest order of the series, an even one, so that its sum has no negative terms and can bound what is left out."""
EXACT = 1e-14
"""The last term of the series at the end of its range, beside the first."""
FARTHEST = 0.4
"""The exponent is never asked farther from its centre than this, relatively."""
BEYOND = 1.1
"""How much farther the mean powers are told than the M step goes, so that they are where some rows were seen anew."""
MOST_CENTRES = 64
"""That a variant which forgets remembers."""
STEPS = 60
SMALL_STEP = 1e-9
"""A step of Newton's method after which the next would be lost in rounding, relatively."""
INVERSE_FACTORIALS = np.array([1.0 / factorial(j) for j in range(ORDER + 1)])[:, np.newaxis, np.newaxis]


class Shared(NamedTuple):
    """Exponents that are equal in groups, (K,) each: the first one of its group, counts of rows, ends of the range."""

    group: NDArray[np.intp]
    counts: Array
    low: Array
    high: Array

    def summed(self, values: Array) -> Array:
        """Values of a row of each component (K,), summed up over the rows of its group (K,)."""
        return np.asarray(np.bincount(self.group, self.counts * values, len(values))[self.group], dtype=np.float64)

    def common(self, low: Array, high: Array) -> tuple[Array, Array]:
        """What of the range of each component (K,) all of its group have, within the ends."""
        highest, lowest = np.full_like(low, -inf), np.full_like(high, inf)
        np.maximum.at(highest, self.group, np.maximum(low, self.low))
        np.minimum.at(lowest, self.group, np.minimum(high, self.high))
        return highest[self.group], lowest[self.group]


class Powers(NamedTuple):
    """The mean of log x and of x^b of K sets of rows, for exponents b near some centres.

    The rows of a component were seen from one or more centres (C of them), each a shape and a scale, (C, K). With
    t = shape · log(x / scale) for the rows seen from a centre: mean_t their mean, log_size the logarithm of the mean of
    e^t, and tilted (J + 1, C, K) the means of t^j, j = 0 … J, in which row x counts e^t times. So the mean of
    (x / scale)^b is e^log_size Σ_j (b / shape − 1)^j tilted_j / j!. shares (C, K) add up to 1: which part of the rows
    was seen from where.
    """

    shapes: Array
    scales: Array
    shares: Array
    mean_t: Array
    log_size: Array
    tilted: Array

    @staticmethod
    def about(shapes: Array, scales: Array, t: Array, responsibilities: Array, counts: Array) -> Powers:
        """Those of one block seen from one centre (K,): t and responsibilities (K, m), which add up to counts (K,)."""
        some = counts > 0
        held = np.where(some, counts, 1.0)
        mean_t = np.einsum("km,km->k", responsibilities, t) / held
        top = np.where(some, t.max(axis=1, where=responsibilities > 0, initial=-inf), 0.0)
        # A row of no share may lie beyond the top, but adds 0 all the same.
        powers = responsibilities * np.exp(np.minimum(t - top[:, np.newaxis], 0.0))
        sums = np.empty((ORDER + 1, len(counts)))
        for j in range(ORDER + 1):
            powers.sum(axis=1, out=sums[j])
            powers *= t
        size = np.where(some, sums[0], 1.0)
        tilted = sums / size
        tilted[0] = 1.0
        log_size = np.where(some, top + np.log(size / held), 0.0)
        rows = (shapes, scales, np.ones_like(held), mean_t, log_size)
        return Powers._make([*(row[np.newaxis] for row in rows), tilted[:, np.newaxis]])

    def pooled(self, counts: Array, other: Powers, other_counts: Array) -> Powers:
        """Those of both sets of rows together; where both were seen from the same centre, sums are added."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        mine = self._replace(shares=self.shares * (1.0 - share))
        theirs = other._replace(shares=other.shares * share)
        places = (mine.shapes[:, np.newaxis] == theirs.shapes) & (mine.scales[:, np.newaxis] == theirs.scales)
        same = places.all(axis=2)
        seen = same.any(axis=0)
        for place in np.flatnonzero(seen):
            mine = mine._with(theirs._only([int(place)]), int(same[:, place].argmax()))
        return mine if seen.all() else mine._beside(theirs._only(np.flatnonzero(~seen)))

    def scaled(self, factor: float) -> Powers:
        """The same: means do not depend on how often every row counts.

        What is scaled is to be forgotten by and by: beyond 64 centres the lightest are left out, and the others stand
        for all rows.
        """
        if len(self.shapes) <= MOST_CENTRES:
            return self
        kept = self._only(np.sort(np.argsort(self.shares.sum(axis=1), kind="stable")[-MOST_CENTRES:]))
        total = kept.shares.sum(axis=0)
        return kept._replace(shares=kept.shares / np.where(total > 0, total, 1.0))

    def reaches(self, exponents: Array) -> NDArray[np.bool_]:
        """Whether the series hold for these exponents (K,)."""
        low, high = self._range(BEYOND if len(self.shapes) > 1 else 1.0)
        return np.asarray((exponents >= low) & (exponents <= high))

    def mean_logs(self, scales: Array) -> Array:
        """Mean of log(x / scale), (K,)."""
        return np.asarray((self.shares * (self.mean_t / self.shapes + self._apart(scales))).sum(axis=0))

    def log_mean_powers(self, exponents: Array, scales: Array) -> Array:
        """Log of the mean of (x / scale)^exponent, (K,)."""
        return self._log_mean(exponents, scales)[0]

    def best(self, held: Shared | None = None) -> tuple[Array, Array] | None:
        """Exponents b (K,) that maximise log b + E log f with f = (x / scale)^b, each with its best scale (K,).

        The best scale is the power mean, (E x^b)^(1/b). What is left, log b + b E log x − log E x^b, is concave in b:
        Newton's method in a bracket that shrinks. held: which exponents are equal, and between which ends; None where
        the series do not reach there.
        """
        heaviest = self.shares.argmax(axis=0)
        every = np.arange(len(heaviest))
        centres, beside = self.shapes[heaviest, every], self.scales[heaviest, every]
        logs = self.mean_logs(beside)

        low, high = self._range()
        if held is not None:
            low, high = held.common(low, high)
            centres = centres[held.group]
            if (low > high * (1.0 + SMALL_STEP)).any():
                return None
            low = np.minimum(low, high)
        exponents = np.clip(centres, low, high)
        for number in range(STEPS):
            _, first, second = self._log_mean(exponents, beside)
            rise = 1.0 / exponents + logs - first
            with np.errstate(over="ignore"):
                bend = np.square(1.0 / exponents) + np.maximum(second, 0.0)
            if held is not None:
                rise, bend = held.summed(rise), held.summed(bend)
            low, high = np.where(rise > 0, exponents, low), np.where(rise > 0, high, exponents)
            moved = exponents + rise / bend
            # The first step may lead to an end of the range; one that overshoots later is halved instead.
            inside = np.clip(moved, low, high) if number == 0 else 0.5 * (low + high)
            moved = np.where((moved < low) | (moved > high), inside, moved)
            still = np.abs(moved - exponents) <= SMALL_STEP * exponents
            exponents = moved
            if still.all():
                break
        return exponents, beside * np.exp(self._log_mean(exponents, beside)[0] / exponents)

    def _log_mean(self, exponents: Array, scales: Array) -> tuple[Array, Array, Array]:
        """Log of the mean of (x / scale)^b and its first two derivatives by b, (K,)."""
        steps = exponents / self.shapes - 1.0
        powers = steps ** np.arange(ORDER + 1)[:, np.newaxis, np.newaxis] * INVERSE_FACTORIALS
        series = (self.tilted * powers).sum(axis=0)
        first = (self.tilted[1:] * powers[:-1]).sum(axis=0)
        second = (self.tilted[2:] * powers[:-2]).sum(axis=0)
        apart = self._apart(scales)
        series = np.maximum(series, 1e-300)  # outside its range it may be anything
        with np.errstate(divide="ignore"):
            logs = self.log_size + np.log(series) + exponents * apart + np.log(self.shares)
        top = logs.max(axis=0)
        parts = np.exp(logs - top)
        total = parts.sum(axis=0)
        parts /= total
        slopes = first / series / self.shapes + apart
        bends = second / series / self.shapes / self.shapes - np.square(first / series / self.shapes)
        mean_slope = (parts * slopes).sum(axis=0)
        mean_bend = (parts * (bends + np.square(slopes - mean_slope))).sum(axis=0)
        return top + np.log(total), mean_slope, mean_bend

    def _apart(self, scales: Array) -> Array:
        """log(centre's scale / scale), (C, K)."""
        with np.errstate(over="ignore", under="ignore"):
            return log_ratio(self.scales / scales, (self.scales - scales) / scales)

    def _range(self, beyond: float = 1.0) -> tuple[Array, Array]:
        """Exponents from and up to which all series hold, (K,); one point where they do not meet.

        A centre whose rows are a small part of the mean power may leave out as much more of them.
        """
        heaviest = self.shares.argmax(axis=0)
        beside = self.scales[heaviest, np.arange(len(heaviest))]
        with np.errstate(divide="ignore"):
            parts = np.log(self.shares) + self.log_size + self.shapes * self._apart(beside)
            parts -= np.logaddexp.reduce(parts, axis=0)
            last_terms = np.log(np.maximum(self.tilted[ORDER], 0.0)) + parts
            farthest = beyond * np.exp((log(EXACT * factorial(ORDER)) - last_terms) / ORDER)
        farthest = np.minimum(farthest, beyond * FARTHEST)
        seen = self.shares > 0
        low = np.where(seen, self.shapes * (1.0 - farthest), 0.0).max(axis=0)
        high = np.where(seen, self.shapes * (1.0 + farthest), inf).min(axis=0)
        nowhere = low > high
        middle = 0.5 * (low + high)
        return np.where(nowhere, middle, low), np.where(nowhere, middle, high)

    def _only(self, places: list[int] | NDArray[np.int64]) -> Powers:
        """What was seen from some of the centres."""
        return Powers._make([*(part[places] for part in self[:-1]), self.tilted[:, places]])

    def _beside(self, other: Powers) -> Powers:
        """This and what was seen from other centres."""
        parts = [np.concatenate([mine, more]) for mine, more in zip(self[:-1], other[:-1], strict=True)]
        return Powers._make([*parts, np.concatenate([self.tilted, other.tilted], axis=1)])

    def _with(self, one: Powers, at: int) -> Powers:
        """This and what was seen from one centre more, which is that at this place: added up."""
        shares = self.shares[at] + one.shares[0]
        part = np.divide(one.shares[0], shares, out=np.zeros_like(shares), where=shares > 0)
        with np.errstate(divide="ignore"):
            logs = np.stack([np.log1p(-part) + self.log_size[at], np.log(part) + one.log_size[0]])
        log_size = np.logaddexp(*logs)
        tilt = np.exp(logs - log_size)
        parts = [array.copy() for array in self]
        parts[2][at] = shares
        parts[3][at] = (1.0 - part) * self.mean_t[at] + part * one.mean_t[0]
        parts[4][at] = log_size
        parts[5][:, at] = tilt[0] * self.tilted[:, at] + tilt[1] * one.tilted[:, 0]
        return Powers._make(parts)
