"""The M step of t distributions: the degrees of freedom at which the lower bound is highest, within any limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.family import Limits
from core.families.heavy_tails import Expansions, log_constant, squares_about

STEPS, PRECISION = 60, 1e-10
"""Most steps in looking for the zero of the slope, and how short the last is: the next would be at rounding."""
ROUNDING = 1e-9
"""How far, relatively, ν may be outside the range of the expansions."""
MOST = 1e300
"""Largest squares, in units of the expansions' frame."""


class Level(NamedTuple):
    """The bound and its slope by 1/ν, summed up in each group (G,), and the best offsets and variances there (K,)."""

    height: Array
    slope: Array
    offsets: Array
    variances: Array


@dataclass(frozen=True, eq=False)
class Search:
    """What is looked for: 1/ν of G groups of components, from low to high (G,), from `begin` on.

    group (K,) is the group of each component. Offsets from the mean and variances are between their ends (2, K), in
    units of the expansions' frame; pool (K,) joins equal variances; the prior adds rows and squares, (K,) each.
    """

    sums: Expansions
    low: Array
    high: Array
    begin: Array
    group: NDArray[np.intp]
    offsets: Array
    variances: Array
    pool: NDArray[np.intp]
    rows: Array
    squares: Array

    @property
    def best(self) -> tuple[Array, Array, Array]:
        """Locations, scales and 1/ν (K,) at which the bound is highest, with 1/ν uphill of the last centre's.

        The zero of the slope is approached by secants from the last centre, and once it is between two points by false
        position (the Illinois variant; Dowell and Jarratt 1971). A point below the last centre is never taken.
        """
        low, high = self.low, self.high
        begin = other = self.begin
        start = latest = self.level(begin)
        slope_other = start.slope
        # The first step is nearly Newton's: the information about 1/ν is about 3/2 a row, with scale · (1 + 1/ν) kept.
        total = np.maximum(self.summed(self.sums.counts.sum(axis=0)), 1e-300)
        at = np.clip(begin + start.slope * np.square(1.0 + begin) / (1.5 * total), low, high)
        if (at != begin).any():
            latest = self.level(at)
        for _ in range(STEPS):
            slope = latest.slope
            bracketed = np.sign(slope) * np.sign(slope_other) < 0.0
            flatter = bracketed | (np.abs(slope) < np.abs(slope_other))
            change = np.where(flatter, slope_other - slope, 1.0)
            moved = np.where(flatter, at + slope * (at - other) / change, np.where(slope > 0.0, high, low))
            moved = np.where(slope == 0.0, at, np.clip(moved, low, high))
            if (np.abs(moved - at) <= PRECISION * (at + PRECISION)).all():
                break
            latest = self.level(moved)
            # Of two ends between which the zero is, the one that stays has its slope halved, or it would stay for ever.
            stays = bracketed & (np.sign(latest.slope) * np.sign(slope) > 0.0)
            other, slope_other = np.where(stays, other, at), np.where(stays, 0.5 * slope_other, slope)
            at = moved
        fallen = latest.height < start.height - 1e-14 * total
        inverse, back = np.where(fallen, begin, at)[self.group], fallen[self.group]
        offsets = np.where(back, start.offsets, latest.offsets)
        scales = np.sqrt(np.where(back, start.variances, latest.variances))
        frame = self.sums.frame
        return frame.location + frame.unit * (frame.offset + offsets), frame.unit * scales, inverse

    def level(self, inverses: Array) -> Level:
        """The bound at 1/ν (G,) with the weighted least squares of locations and scales within their limits there."""
        inverse, k = inverses[self.group], len(self.group)
        values, slopes = self.sums.frame.series(inverse)
        total = self.sums.counts.sum(axis=0)
        empty = values[0] <= 0.0
        offsets = np.clip(values[1] / np.where(empty, 1.0, values[0]), *self.offsets)
        squares = squares_about(values, -offsets)
        rows = np.bincount(self.pool, total + self.rows, k)
        pooled = np.bincount(self.pool, (1.0 + inverse) * squares + self.squares, k)
        pooled = np.divide(pooled, rows, out=np.ones(k), where=rows > 0.0)
        variances = np.clip(np.maximum(pooled, 1e-300)[self.pool], *self.variances)

        constant, of_constant, _ = log_constant(inverse)
        parts = squares / variances
        height = total * (constant - 0.5 * np.log(variances)) - 0.5 * (1.0 + inverse) * (values[3] + parts)
        height -= 0.5 * (self.rows * np.log(variances) + self.squares / variances)
        with np.errstate(over="ignore", invalid="ignore"):
            bending = slopes[2] - 2.0 * offsets * slopes[1] + np.square(offsets) * slopes[0]
            bending = slopes[3] + bending / variances
            slope = total * of_constant - 0.5 * (values[3] + parts + (1.0 + inverse) * bending)
        slope = np.where(empty | ~np.isfinite(slope), 0.0, slope)  # without a row or a width there is none
        return Level(self.summed(height), self.summed(slope), offsets, variances)

    def summed(self, values: Array) -> Array:
        """Values (K,) summed up in the groups, (G,)."""
        return np.asarray(np.bincount(self.group, values, len(self.low)), dtype=np.float64)


@lru_cache(maxsize=2)  # whoever looks whether a component collapses makes the M step that comes next
def best(sums: Expansions) -> tuple[Array, Array, Array]:
    """Locations, scales and 1/ν (K,) at which the bound is highest where every component has its own."""
    low, high = sums.range
    k = len(low)
    each, none = np.arange(k), np.zeros(k)
    everywhere, positive = np.array([none - np.inf, none + np.inf]), np.array([none, none + np.inf])
    begin = np.clip(sums.inverses[-1], low, high)
    return Search(sums, low, high, begin, each, everywhere, positive, each, none, none).best


def limited(sums: Expansions, limits: Limits) -> Search | None:
    """The search within limits; None where one scale has several ν to fit, or the series do not reach to the limits."""
    groups = _groups(limits)
    if groups is None:
        return None
    first, group = groups
    low, high = sums.range
    lowest, highest = np.full(len(first), -np.inf), np.full(len(first), np.inf)
    np.maximum.at(lowest, group, np.maximum(low, 1.0 / limits.high["degrees_of_freedom"]))
    np.minimum.at(highest, group, np.minimum(high, 1.0 / limits.low["degrees_of_freedom"]))
    if (lowest > highest * (1.0 + ROUNDING)).any():
        return None
    lowest, frame = np.minimum(lowest, highest), sums.frame
    offsets = np.array([-frame.offsets(limits.low["location"]), -frame.offsets(limits.high["location"])])
    ends = np.array([limits.low["scale"], limits.high["scale"], limits.prior_values["scale"]])
    with np.errstate(over="ignore"):
        low, high, seen = np.square(np.maximum(ends, 0.0) / frame.unit)
    rows = limits.prior_rows["scale"]
    begin = np.clip(sums.inverses[-1][first], lowest, highest)
    variances = np.array([np.minimum(low, MOST), high])
    squares = rows * np.minimum(seen, MOST)
    return Search(sums, lowest, highest, begin, group, offsets, variances, limits.groups["scale"], rows, squares)


@lru_cache(maxsize=8)
def _groups(limits: Limits) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """The first component of each group that shares ν (G,), and the group of each component (K,).

    None where one scale is of components with several ν to fit: then they have to be looked for together.
    """
    _, first, group = np.unique(limits.groups["degrees_of_freedom"], return_index=True, return_inverse=True)
    fixed, pool = limits.low["degrees_of_freedom"] == limits.high["degrees_of_freedom"], limits.groups["scale"]
    for label in np.unique(pool):
        alike = pool == label
        if not fixed[alike].all() and len(np.unique(group[alike])) > 1:
            return None
    return first, group
