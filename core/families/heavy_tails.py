"""What an E step under t distributions leaves of the data: sums that know the expected log-density for any ν nearby."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb, log, pi
from typing import NamedTuple

import numpy as np

from core.data import Array

LEAST_INVERSE, MOST_INVERSE = 1e-10, 10.0
"""1/ν is kept within these. At the least a t cannot be told from the normal distribution; with more than the most, any
value that a tenth of the rows share would have a likelihood without upper bound."""
ORDER = 20
"""Highest power of the expansions."""
REMAINDER = 1e-12
"""What the expansions leave out may be as large as this for each row."""
BEYOND = 1.1
"""How much farther the bound is told than the M step goes, where the expansions leave out 7 times as much."""
FARTHEST = 1e150
"""Largest standardised distance: its square is still a number."""
MOST_CENTRES = 64
"""That a variant which forgets remembers."""
CHUNK = 4096
NEAR_NORMAL = 1.0 / 40.0
"""Largest 1/ν at which the series of the normalising constant has all digits."""
SERIES = (-1 / 4, 1 / 24, -1 / 20, 17 / 112, -31 / 36)
"""Of 1/ν, 1/ν³, …, 1/ν⁹."""
POWERS = np.arange(ORDER + 1)[:, np.newaxis]
BINOMIALS = np.array([[float(comb(j, i)) for i in range(ORDER + 1)] for j in range(ORDER + 1)])


@dataclass(frozen=True, eq=False)
class Expansions:
    """Power series in 1/ν about the parameters of the E steps that made them, the centres: C of them, mostly one.

    With z the standardised value, h = 1/ν, u = 1/(1 + h z²) and w = z² u at a centre, another h + d has
    1/(1 + (h + d) z²) = u/(1 + w d): a power series in d whose coefficients add over rows. locations, scales, inverses
    (1/ν) and counts are (C, K); logs (C, K): Σ r log(1 + h z²)/h; sums (C, 3, J + 1, K): Σ r u z^p w^j.
    """

    locations: Array
    scales: Array
    inverses: Array
    counts: Array
    logs: Array
    sums: Array

    @classmethod
    def of(cls, centre: tuple[Array, Array, Array], counts: Array, z: Array, responsibilities: Array) -> Expansions:
        """The sums of one block: location, scale and 1/ν (K,), counts (K,), standardised values and shares (K, m)."""
        inverses = centre[2][:, np.newaxis]
        k, m = z.shape
        logs, sums = np.zeros(k), np.zeros((k, ORDER + 1, 3))
        chunk = max(64, CHUNK // k)  # so that all powers of a chunk stay in the cache
        for first in range(0, m, chunk):
            here = z[:, first : first + chunk]
            shares = responsibilities[:, first : first + chunk]
            bases = np.stack([np.ones_like(here), here, np.square(here)], axis=2)
            raised = inverses * bases[:, :, 2]
            logs += np.einsum("km,km->k", shares, np.log1p(raised))
            raised += 1.0
            w = bases[:, :, 2] / raised
            powers = np.empty((k, ORDER + 1, here.shape[1]))
            np.divide(shares, raised, out=powers[:, 0])
            for j in range(ORDER):
                np.multiply(powers[:, j], w, out=powers[:, j + 1])
            sums += powers @ bases
        logs /= centre[2]
        return cls(*(np.array(one)[np.newaxis] for one in (*centre, counts, logs, sums.transpose(2, 1, 0))))

    def pooled(self, counts: Array, other: Expansions, other_counts: Array) -> Expansions:
        """Those of both sets of rows: added where centres are the same, else side by side."""
        centres = (self.locations, self.scales, self.inverses)
        totals = tuple(one.copy() for one in (self.counts, self.logs, self.sums))
        theirs = (other.locations, other.scales, other.inverses, other.counts, other.logs, other.sums)
        equal = [(mine[:, np.newaxis] == at).all(axis=2) for mine, at in zip(centres, theirs[:3], strict=True)]
        same = equal[0] & equal[1] & equal[2]
        seen = same.any(axis=0)
        for total, one in zip(totals, theirs[3:], strict=True):
            np.add.at(total, same.argmax(axis=0)[seen], one[seen])
        if seen.all():
            return Expansions(*centres, *totals)
        joined = [np.concatenate([mine, one[~seen]]) for mine, one in zip((*centres, *totals), theirs, strict=True)]
        return Expansions(*joined)

    def scaled(self, factor: float) -> Expansions:
        """Those of rows that each count `factor` times, as a variant that forgets has them.

        Beyond 64 centres the lightest are left out and the others stand for their rows.
        """
        kept = np.sort(np.argsort(self.counts.sum(axis=1), kind="stable")[-MOST_CENTRES:])
        before, after = self.counts.sum(axis=0), self.counts[kept].sum(axis=0)
        factors = factor * np.divide(before, after, out=np.ones_like(after), where=after > 0.0)
        centres = (self.locations[kept], self.scales[kept], self.inverses[kept])
        return Expansions(*centres, *(one[kept] * factors for one in (self.counts, self.logs, self.sums)))

    @cached_property
    def range(self) -> tuple[Array, Array]:
        """From where to where in 1/ν (K,) all expansions hold; one point where they do not meet."""
        return self._reach(1.0)

    @cached_property
    def told(self) -> tuple[Array, Array]:
        """From where to where the bound is told: of several centres a little more, as rows may have been seen anew."""
        return self._reach(BEYOND if len(self.inverses) > 1 else 1.0)

    def _reach(self, beyond: float) -> tuple[Array, Array]:
        """Where expansions leave out no more than is allowed.

        What is left out of w/(1 + w d) is no larger than w (w d)^(J+1), here below the last term; but for a factor at
        d < 0 that is at most 4 when 1/ν does not fall below a quarter. It may fall to 0 where the series reach beyond.
        """
        last_terms = self.sums[:, 2, -1]
        allowed = REMAINDER * np.maximum(self.counts, self.sums[:, 2, 0]).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            radius = beyond * np.where(last_terms > 0.0, (allowed / last_terms) ** (1.0 / ORDER), np.inf)
        most = (1.0 - 0.25 / beyond) * self.inverses
        falls = np.where(radius >= 2.0 * self.inverses, self.inverses, np.minimum(radius, most))
        low, high = (self.inverses - falls).max(axis=0), (self.inverses + radius).min(axis=0)
        apart = low > high
        middle = 0.5 * (low + np.where(np.isfinite(high), high, low))
        low, high = np.where(apart, middle, low), np.where(apart, middle, high)
        return np.clip(low, LEAST_INVERSE, MOST_INVERSE), np.clip(high, LEAST_INVERSE, MOST_INVERSE)

    def bound(self, locations: Array, scales: Array, inverse: Array) -> Array:
        """The lower bound of Σ r log f (K,) at these parameters; −∞ where 1/ν is out of range."""
        low, high = self.told
        inside = (inverse >= low * (1.0 - 1e-9)) & (inverse <= high * (1.0 + 1e-9))
        frame, total = self.frame, self.counts.sum(axis=0)
        at = np.where(inside, inverse, frame.inverse)
        values, _ = frame.series(at)
        away = frame.offsets(locations)
        height = total * (log_constant(at)[0] - np.log(scales))
        height -= 0.5 * (1.0 + at) * (values[3] + np.square(frame.unit / scales) * squares_about(values, away))
        return np.where(inside | (total == 0.0), height, -np.inf)

    @cached_property
    def frame(self) -> Frame:
        """All centres in one: polynomials are moved to another centre without loss, and squares to another mean."""
        inverse, unit, location = self.inverses[-1], self.scales[-1], self.locations[-1]
        ratio, apart = self.scales / unit, (self.locations - location) / unit
        ratio, apart = ratio[:, np.newaxis], apart[:, np.newaxis]
        held = self.sums[:, 0, 0].sum(axis=0)
        mean = (apart[:, 0] * self.sums[:, 0, 0] + ratio[:, 0] * self.sums[:, 1, 0]).sum(axis=0)
        mean = np.divide(mean, held, out=np.zeros_like(mean), where=held > 0.0)
        apart = apart - mean
        zeroth, first, second = self.sums[:, 0], self.sums[:, 1], self.sums[:, 2]
        moved = np.stack(
            [
                zeroth,
                apart * zeroth + ratio * first,
                np.square(apart) * zeroth + ratio * (2.0 * apart * first + ratio * second),
                self._logarithms - second,
            ],
            axis=1,
        )
        if len(moved) > 1:
            k, shifts = len(unit), _shifts((self.inverses - inverse).T)
            joined = moved.transpose(3, 1, 0, 2).reshape(k, 4, -1) @ shifts.reshape(k, -1, ORDER + 1)
        else:
            joined = moved[0].transpose(2, 0, 1)
        derived = np.zeros_like(joined)
        derived[:, :, :-1] = -POWERS[1:, 0] * joined[:, :, 1:]
        return Frame(location, unit, inverse, mean, np.concatenate([joined, derived], axis=1))

    @cached_property
    def _logarithms(self) -> Array:
        """Coefficients (C, J + 1, K) of Σ r log(1 + z²/ν)·ν in h − 1/ν.

        By a recursion that only adds: a series of the logarithm itself would lose all digits in the division by 1/ν
        near the normal limit.
        """
        parts = self.sums[:, 2] / (POWERS + 1)
        rest = self.logs - (parts * self.inverses[:, np.newaxis] ** POWERS).sum(axis=1)
        rest = np.where(rest > 1e-14 * self.logs, rest, 0.0) / self.inverses ** (ORDER + 1)
        series = np.empty_like(parts)
        for j in range(ORDER, -1, -1):
            rest = parts[:, j] + self.inverses * rest
            series[:, j] = rest
        return series


class Frame(NamedTuple):
    """One centre in place of all: where and how wide (unit) it is, 1/ν, where the mean is from it, and coefficients.

    Those are (K, 8, J + 1): of Σ r u z^p, p = 0, 1, 2, with z about the mean, and of Σ r (log(1 + z²/ν)·ν − u z²), with
    z as it was where the rows were seen; then of their derivatives by 1/ν. The others are (K,).
    """

    location: Array
    unit: Array
    inverse: Array
    offset: Array
    coefficients: Array

    def series(self, inverse: Array) -> tuple[Array, Array]:
        """The four sums at 1/ν (K,), and their derivatives, (4, K) each."""
        powers = (self.inverse - inverse)[:, np.newaxis] ** POWERS[:, 0]
        values = (self.coefficients @ powers[:, :, np.newaxis])[:, :, 0].T
        return values[:4], values[4:]

    def offsets(self, locations: Array) -> Array:
        """How far the mean is from locations, in units."""
        return np.asarray((self.location - locations) / self.unit + self.offset)


def log_constant(inverse: Array) -> tuple[Array, Array, Array]:
    """log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log νπ, and its first and second derivative by 1/ν.

    Near the normal limit by Stirling's series of the ratio (Tricomi and Erdélyi 1951): the gammas would cancel.
    """
    near = inverse <= NEAR_NORMAL
    if near.all():
        return _near_normal(inverse)
    found = _by_gammas(1.0 / np.where(near, NEAR_NORMAL, inverse))
    if near.any():
        series = _near_normal(np.where(near, inverse, 0.0))
        value, first, second = (np.where(near, one, other) for one, other in zip(series, found, strict=True))
        return value, first, second
    return found


def _near_normal(inverse: Array) -> tuple[Array, Array, Array]:
    square = inverse * inverse
    value, first, second = np.zeros_like(inverse), np.zeros_like(inverse), np.zeros_like(inverse)
    for power, coefficient in zip(range(9, 0, -2), reversed(SERIES), strict=True):
        value = value * square + coefficient
        first = first * square + power * coefficient
        if power > 1:
            second = second * square + power * (power - 1) * coefficient
    return value * inverse - 0.5 * log(2.0 * pi), first, second * inverse


def _by_gammas(degrees: Array) -> tuple[Array, Array, Array]:
    from scipy.special import digamma, gammaln, zeta

    upper, lower = 0.5 * (degrees + 1.0), 0.5 * degrees
    slope = 0.5 * (digamma(upper) - digamma(lower) - 1.0 / degrees)
    bend = 0.25 * (zeta(2.0, upper) - zeta(2.0, lower)) + 0.5 / degrees**2
    value = gammaln(upper) - gammaln(lower) - 0.5 * np.log(degrees * pi)
    return value, -(degrees**2) * slope, degrees**3 * (degrees * bend + 2.0 * slope)


def squares_about(values: Array, away: Array) -> Array:
    """Σ r u (z + away)² (C, K), as what is about the weighted mean and the mean's own: neither is a difference."""
    held = np.where(values[0] > 0.0, values[0], 1.0)
    means = values[1] / held
    within = np.maximum(values[2] - means * values[1], 0.0)
    return np.asarray(within + values[0] * np.square(away + means))


def _shifts(base: Array) -> Array:
    """What moves coefficients (J + 1) of powers of x + base, base (K, C), to those of x: (K, C, J + 1, J + 1)."""
    raised = base[:, :, np.newaxis] ** POWERS[:, 0]
    padded = np.concatenate([np.zeros((*base.shape, ORDER)), raised], axis=2)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, ORDER + 1, axis=2)[:, :, :, ::-1] * BINOMIALS)
