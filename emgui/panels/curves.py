"""A mixture as curves to draw: where to evaluate it, and what comes out, in drawn coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data import Array
from core.mixture import Mixture
from emgui.panels.scale import Scale

EVENLY = 240
"""Points spread evenly over the plot; a few more stand where a component is, however narrow."""
NEAR = 240
REACH = 3.5
"""Sds from its location at which a component's curve stops."""
LEAST = 0.008
"""Posterior below which no line is drawn."""
FAR = 50.0
"""Drawn height at which a spike is cut off: far above the plot, near enough for a painter."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Weighted densities at places x (m,): components (K, m) with NaN beyond their reach, and their sum (m,)."""

    x: Array
    components: Array
    mixture: Array


def places(mixture: Mixture, scale: Scale, left: float, right: float) -> Array:
    """Drawn places from left to right at which curves are evaluated, sorted, (m,)."""
    steps = np.linspace(-REACH, REACH, max(9, NEAR // mixture.n_components | 1))
    family, parameters = mixture.family, mixture.parameters
    with np.errstate(over="ignore", invalid="ignore"):
        near = family.location(parameters)[:, np.newaxis] + family.spread(parameters)[:, np.newaxis] * steps
    drawn = scale.to_view(near).ravel()
    inside = drawn[(drawn > left) & (drawn < right)]
    return np.sort(np.concatenate([np.linspace(left, right, EVENLY), inside]))


def densities(mixture: Mixture, scale: Scale, left: float, right: float, log_factor: float) -> Curves:
    """Curves of a mixture between two drawn places, times e to the log_factor."""
    x = places(mixture, scale, left, right)
    values = scale.from_view(x)
    family, parameters = mixture.family, mixture.parameters
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        components = np.exp(np.minimum(mixture.joint(values) + log_factor, np.log(FAR)))
        total = np.minimum(components.sum(axis=0), FAR)
        away = np.abs(values - family.location(parameters)[:, np.newaxis])
        beyond = away > REACH * (1 + 1e-9) * family.spread(parameters)[:, np.newaxis]
    return Curves(x, np.where(beyond, np.nan, components), total)


def posteriors(mixture: Mixture, scale: Scale, left: float, right: float) -> tuple[Array, Array]:
    """P(component | x) at drawn places: x (m,), and (K, m) with NaN where it is next to nothing."""
    x = places(mixture, scale, left, right)
    with np.errstate(all="ignore"):
        shares = mixture.responsibilities(scale.from_view(x))
        return x, np.where(shares >= LEAST, shares, np.nan)


def drawn(x: Array, y: Array) -> tuple[Array, Array]:
    """The stretch of a curve between its first and last number, for a filled line."""
    there = np.flatnonzero(np.isfinite(y))
    if len(there) < 2:
        return x[:0], y[:0]
    stretch = slice(there[0], there[-1] + 1)
    return x[stretch], y[stretch]


@dataclass(frozen=True)
class Naming:
    """Where the word for a curve goes: a place, px to move it by, and which end of the word stands there."""

    x: float
    y: float
    right: float
    up: float
    align: float


def name_place(x: Array, y: Array, size: tuple[float, float], word: float) -> Naming | None:
    """Where the mixture's name fits: over its widest valley, else beside its right flank, else nowhere.

    x, y: the curve in drawn places; size: one px of x and of y; word: the width of the name in px.
    """
    valley = _valley(x, y, size, word)
    return valley or _flank(x, y, size, word)


def _valley(x: Array, y: Array, size: tuple[float, float], word: float) -> Naming | None:
    rising = np.diff(y) > 0
    lowest = np.flatnonzero(~rising[:-1] & rising[1:]) + 1
    best: tuple[float, Naming] | None = None
    for at in lowest:
        # The word stands 16 px above the floor and is some 12 px high: there must be room between the slopes.
        level = y[at] + 10 * size[1]
        left = np.flatnonzero(y[:at] > level)
        right = np.flatnonzero(y[at:] > level)
        if not len(left) or not len(right):
            continue
        room = (x[at + right[0]] - x[left[-1]]) / size[0]
        if room > word + 12 and (best is None or room > best[0]):
            best = room, Naming(float((x[at + right[0]] + x[left[-1]]) / 2), float(y[at]), 0.0, 18.0, 0.5)
    return best[1] if best else None


def _flank(x: Array, y: Array, size: tuple[float, float], word: float) -> Naming | None:
    top = int(np.argmax(y))
    if y[top] < 40 * size[1]:
        return None
    last = len(y) - 1
    peaks = np.flatnonzero((np.diff(y[:-1]) > 0) & (np.diff(y[1:]) <= 0)) + 1
    high = [peak for peak in peaks if y[peak] > 0.3 * y[top]]
    from_peak = int(high[-1]) if high else top
    below = np.flatnonzero(y[from_peak:] < 0.45 * y[from_peak])
    if not len(below) or from_peak + below[0] >= last:
        return None
    at = from_peak + int(below[0])
    if (x[-1] - x[at]) / size[0] < word + 14:
        return None
    return Naming(float(x[at]), float(y[at]), 9.0, 2.0, 0.0)
