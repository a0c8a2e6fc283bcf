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
HAIR = 0.002
"""Share of the plot's width that even a collapsed component reaches to both sides."""
SAME = 1e-5
"""Share of the plot's width within which two points are one."""
LEAST = 0.008
"""Posterior below which no line is drawn."""
FAR = 15.0
"""Drawn height at which a spike is cut off: far above the plot, near enough for a painter."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Weighted densities at places x (m,): components (K, m) with NaN beyond their reach, and their sum (m,)."""

    x: Array
    components: Array
    mixture: Array


def places(mixture: Mixture, scale: Scale, left: float, right: float) -> tuple[Array, Array]:
    """Drawn places from left to right at which curves are evaluated, sorted, and the data values there, (m,) each."""
    locations = mixture.family.location(mixture.parameters)
    steps = np.linspace(-1.0, 1.0, max(9, NEAR // mixture.n_components | 1))
    with np.errstate(over="ignore", invalid="ignore"):
        near = locations[:, np.newaxis] + _reach(mixture, scale, left, right)[:, np.newaxis] * steps
    drawn = scale.to_view(near).ravel()
    inside = drawn[(drawn > left) & (drawn < right)]
    x = np.sort(np.concatenate([np.linspace(left, right, EVENLY), inside]))
    # Two points on top of each other make a painter draw a knob.
    near_by = SAME * (right - left)
    x = x[np.diff(x, prepend=-np.inf) > near_by]
    values = scale.from_view(x)
    # There and back costs digits: a component narrower than those would be missed at its very peak.
    peaks = scale.to_view(locations)
    at = np.abs(x - peaks[:, np.newaxis]).argmin(axis=1)
    hit = np.abs(x[at] - peaks) <= near_by
    x[at[hit]], values[at[hit]] = peaks[hit], locations[hit]
    return x, values


def densities(mixture: Mixture, scale: Scale, left: float, right: float, log_factor: float) -> Curves:
    """Curves of a mixture between two drawn places, times e to the log_factor."""
    x, values = places(mixture, scale, left, right)
    locations, reach = mixture.family.location(mixture.parameters), _reach(mixture, scale, left, right)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        components = np.exp(np.minimum(mixture.joint(values) + log_factor, np.log(FAR)))
        total = np.minimum(components.sum(axis=0), FAR)
        away = np.abs(values - locations[:, np.newaxis])
        components[away > (1 + 1e-9) * reach[:, np.newaxis]] = np.nan
    return Curves(x, components, total)


def posteriors(mixture: Mixture, scale: Scale, left: float, right: float) -> tuple[Array, Array]:
    """P(component | x) at drawn places: x (m,), and (K, m) with NaN where it is next to nothing."""
    x, values = places(mixture, scale, left, right)
    with np.errstate(all="ignore"):
        shares = mixture.responsibilities(values)
        return x, np.where(shares >= LEAST, shares, np.nan)


def _reach(mixture: Mixture, scale: Scale, left: float, right: float) -> Array:
    """How far from its location each component is drawn: 3.5 sds, and at least far enough to be seen."""
    visible = (right - left) * HAIR * 2 * scale.half
    return np.maximum(REACH * mixture.family.spread(mixture.parameters), visible)
