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
