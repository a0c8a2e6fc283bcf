"""What is known of a value of which only an interval is: its probability, and where in the interval it may be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from core.data import Array
from core.errors import InputError
from core.families.family import Family, Parameters

REACH = 39.0
"""Fall of the log-density from its peak in an interval beyond which nothing of it is left to be summed."""
FINEST, COARSEST, PER_OCTAVE = -60, 16, 8
"""Powers of 2, in widths of the density, between which its reach is looked for, and how finely."""
STEP, ENDS = 0.07, 3.1
"""Of the double exponential rule: to 1e-13 of a probability (tests compare it with distribution functions)."""
LOG_SQRT_2PI = 0.5 * np.log(2.0 * np.pi)
NODES = 48
"""Of Gauss's rule, in at most 18 sds of a normal density: to the last digits."""
MOST_NUMBERS = 1 << 15
"""Whole numbers in an interval that are summed up one by one."""


class Law(NamedTuple):
    """Of m rows under one component: log of the probability (m,), places (m, Q) of the value, and their shares (m, Q).

    expected_log_density (m,): of the value, over the places.
    """

    log_mass: Array
    places: Array
    shares: Array
    expected_log_density: Array


def law(family: Family, parameters: Parameters, lower: Array, upper: Array) -> Law:
    """What one component (parameters of leading axis 1) says of values in (lower, upper], (m,) each.

    The distribution within an interval is that of the places with their shares, which add up to 1: expectations under
    it are sums, to some 1e-13. Raises InputError where there are too many whole numbers to be summed up, and
    NotImplementedError for a family that has neither a line nor whole numbers.
    """
    of = _of_numbers if family.discrete else _of_density
    return of(family, parameters, lower, upper)


def _of_density(family: Family, parameters: Parameters, lower: Array, upper: Array) -> Law:
    line = family.line(parameters)
    low, high = line.forward(np.asarray(lower, dtype=np.float64)), line.forward(np.asarray(upper, dtype=np.float64))
    peak = np.clip(line.centre, low, high)

    def height(y: Array) -> Array:
        with np.errstate(all="ignore"):
            x = line.backward(y)
            found = family.log_density(parameters, x.ravel())[0].reshape(y.shape) + line.log_slope(y)
        return np.asarray(np.where(np.isfinite(x) & np.isfinite(found), found, -np.inf))

    with np.errstate(all="ignore"):
        top = height(np.where(np.isfinite(peak), peak, 0.0))
        lost = ~(np.isfinite(peak) & (top > -np.inf) & (low < high))
        sides = []
        at, weights = _rule()
        for sign, end in ((-1.0, low), (1.0, high)):
            length = np.where(lost, 0.0, np.abs(end - peak))
            reach = np.minimum(length, _reach(height, peak, top, sign, line.width))
            y = peak[:, np.newaxis] + sign * reach[:, np.newaxis] * at
            with_slope = height(y) - top[:, np.newaxis]
            sides.append((y, reach[:, np.newaxis] * weights * np.exp(with_slope)))
        mass = np.concatenate([part for _, part in sides], axis=1)
        mass[lost] = 0.0
        total = mass.sum(axis=1)
        places = line.backward(np.concatenate([y for y, _ in sides], axis=1))
        places[~np.isfinite(places)] = 0.0
        shares = mass / np.where(total > 0, total, 1.0)[:, np.newaxis]
        log_mass = np.where(lost, -np.inf, top + np.log(total))
    return Law(log_mass, places, shares, _expected(family, parameters, places, shares))


def _reach(height: Callable[[Array], Array], peak: Array, top: Array, sign: float, width: float) -> Array:
    """How far from the peaks the density is worth summing, (m,)."""
    low, high = np.full(len(peak), FINEST * PER_OCTAVE), np.full(len(peak), COARSEST * PER_OCTAVE)
    while (high - low > 1).any():
        middle = (low + high) // 2
        fallen = height(peak + sign * width * np.exp2(middle / PER_OCTAVE)) < top - REACH
        high, low = np.where(fallen, middle, high), np.where(fallen, low, middle)
    return np.asarray(width * np.exp2(high / PER_OCTAVE))


@cache
def _rule() -> tuple[Array, Array]:
    """Places in (0, 1) and weights of the double exponential rule (Takahasi and Mori 1974): ends may be singular."""
    t = np.arange(-round(ENDS / STEP), round(ENDS / STEP) + 1) * STEP
    u = np.pi * np.sinh(t)
    at = 1.0 / (1.0 + np.exp(-u))
    weights = STEP * np.pi * np.cosh(t) * at * (1.0 / (1.0 + np.exp(u)))
    return at, weights


def _of_numbers(family: Family, parameters: Parameters, lower: Array, upper: Array) -> Law:
    """The whole numbers above the lower end, up to the upper one, as far from the likeliest as there is anything."""
    centre, spread = float(family.location(parameters)[0]), float(family.spread(parameters)[0])
    last = np.inf if family.trials is None else float(family.trials)
    low = np.maximum(np.floor(np.asarray(lower, dtype=np.float64)) + 1.0, 0.0)
    high = np.minimum(np.floor(np.asarray(upper, dtype=np.float64)), last)
    peak = np.clip(np.floor(centre), low, np.maximum(low, high))

    def height(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(family.log_density(parameters, np.rint(x).ravel())[0].reshape(x.shape))

    top = height(peak)
    ends = []
    for sign, end in ((-1.0, low), (1.0, high)):
        reach = np.minimum(np.abs(end - peak), np.ceil(_reach(height, peak, top, sign, max(spread, 1.0))))
        if (reach > MOST_NUMBERS).any():
            raise InputError(
                f"A {family.title} component spreads over more than {MOST_NUMBERS:,} whole numbers within an interval, "
                "too many to be summed up: use another family, such as gaussian."
            )
        ends.append(reach * sign)
    first, n = peak + ends[0], (ends[1] - ends[0]).max(initial=0.0) + 1.0
    places = first[:, np.newaxis] + np.arange(n)
    inside = (places <= (peak + ends[1])[:, np.newaxis]) & (low <= high)[:, np.newaxis]
    with np.errstate(all="ignore"):
        mass = np.where(inside, np.exp(height(places) - top[:, np.newaxis]), 0.0)
        total = mass.sum(axis=1)
        log_mass = np.where(total > 0, top + np.log(total), -np.inf)
    places = np.where(inside, places, peak[:, np.newaxis])
    shares = mass / np.where(total > 0, total, 1.0)[:, np.newaxis]
    return Law(log_mass, places, shares, _expected(family, parameters, places, shares))


class NormalLaw(NamedTuple):
    """Of normal values in intervals, (K, m) each: log of the probability, and the mean, sd and expected log-density
    of a value within.

    peaks, away, shares: the place z (standardised) of each interval that is likeliest, (K, m), distances of others from
    it and their shares, (K, m, Q).
    """

    log_mass: Array
    means: Array
    sds: Array
    expected_log_density: Array
    peaks: Array
    away: Array
    shares: Array

    def derivatives(self) -> tuple[Array, Array]:
        """Scores (2, K, m) and second derivatives (2, 2, K, m) of the log-probability, in steps of mean and log sd.

        Louis' formula (1982) with the scores z and z² − 1 of a value.
        """
        z = self.peaks[..., np.newaxis] + self.away
        scores = np.stack([z, z * z - 1.0])
        first = (self.shares * scores).sum(axis=-1)
        apart = scores - first[..., np.newaxis]
        second = np.einsum("kmq,pkmq,ikmq->pikm", self.shares, apart, apart)
        second[0, 0] -= 1.0
        second[0, 1] -= 2.0 * first[0]
        second[1, 0] -= 2.0 * first[0]
        second[1, 1] -= 2.0 * (first[1] + 1.0)
        return first, second


def normal_law(means: Array, sds: Array, lower: Array, upper: Array) -> NormalLaw:
    """What normal components (K,) say of values in intervals (m,): as `law`, in one panel for all.

    The density bends on the scale of its sd only, so that of an interval just the part is summed that is not far below
    its own peak; differences of distribution functions would lose their digits in narrow or far intervals.
    """
    scale = sds[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        low, high = (lower - means[:, np.newaxis]) / scale, (upper - means[:, np.newaxis]) / scale
        peak = np.clip(0.0, low, high)
        # Where z² has grown by twice REACH beyond that of the peak.
        reach = 2.0 * REACH / (np.abs(peak) + np.sqrt(np.square(peak) + 2.0 * REACH))
        first, last = np.maximum(low, peak - reach), np.minimum(high, peak + reach)
        half = 0.5 * (last - first)
        at, weights = _gauss(NODES)
        away = (first - peak)[..., np.newaxis] + half[..., np.newaxis] * at
        z = peak[..., np.newaxis] + away
        mass = weights * np.exp(-0.5 * away * (away + 2.0 * peak[..., np.newaxis]))
        total = mass.sum(axis=-1)
        shares = mass / total[..., np.newaxis]
        middle = (shares * away).sum(axis=-1)
        variances = (shares * np.square(away - middle[..., np.newaxis])).sum(axis=-1)
        squares = (shares * np.square(z)).sum(axis=-1)
        with np.errstate(divide="ignore"):
            log_mass = np.log(total * half) - 0.5 * np.square(peak) - LOG_SQRT_2PI
        log_mass = np.where(np.isnan(log_mass), -np.inf, log_mass)
    log_scale = np.log(scale) + LOG_SQRT_2PI
    inner = means[:, np.newaxis] + scale * (peak + middle)
    return NormalLaw(log_mass, inner, scale * np.sqrt(variances), -0.5 * squares - log_scale, peak, away, shares)


@cache
def _gauss(n: int) -> tuple[Array, Array]:
    """Places in (0, 2) and weights of the rule of Gauss and Legendre."""
    at, weights = np.polynomial.legendre.leggauss(n)
    return at + 1.0, weights


def blurred(parameters: Parameters, values: Array, errors: Array) -> Law:
    """What one normal component says of the true values behind measured ones, (m,), whose errors have these sds.

    The sum of two normal values is normal, and so is the true one given the sum; three places have its moments up to
    the fifth (Gauss and Hermite), more than any expectation needs (Bovy, Hogg and Roweis 2011, section 3).
    """
    mean, sd = float(parameters["mean"][0]), float(parameters["sd"][0])
    both = np.hypot(sd, errors)
    share = np.square(sd / both)
    with np.errstate(over="ignore"):
        log_mass = -0.5 * np.square((values - mean) / both) - np.log(both) - LOG_SQRT_2PI
    middle, width = mean + share * (values - mean), sd * (errors / both)
    places = middle[:, np.newaxis] + np.outer(width, np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0]))
    shares = np.tile([1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0], (len(values), 1))
    away = np.square((middle - mean) / sd) + np.square(width / sd)
    return Law(log_mass, places, shares, -0.5 * away - np.log(sd) - LOG_SQRT_2PI)


def _expected(family: Family, parameters: Parameters, places: Array, shares: Array) -> Array:
    """The log-density that is expected at the places, (m,)."""
    with np.errstate(all="ignore"):
        heights = family.log_density(parameters, places.ravel())[0].reshape(places.shape)
        return np.asarray(np.where(shares > 0, shares * heights, 0.0).sum(axis=1))
