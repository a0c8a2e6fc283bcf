"""A mixture as curves to draw: where to evaluate it, and what comes out, in drawn coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.mixture import Mixture
from core.scale import Scale
from core.whole_numbers import Cells

EVENLY = 240
"""Points spread evenly over the plot; a few more stand where a component is, however narrow."""
NEAR = 240
REACH = 3.5
"""Sds from a normal component's mean at which its curve stops; others stop where they are as low."""
HAIR = 0.002
"""Share of the plot's width that even a collapsed component reaches to both sides."""
SAME = 1e-5
"""Share of the plot's width within which two points are one."""
LEAST = 0.008
"""Posterior below which no line is drawn."""
FAR = 15.0
"""Drawn height at which a spike is cut off: far above the plot, near enough for a painter."""
LOWEST = float(np.exp(-0.5 * REACH**2))
"""Share of its peak below which a component is not drawn."""
HIGHEST = 2.0
"""Drawn height, well out of view, above which a peak counts no more for what is a share of it."""
STEEP, ROUNDS, BETWEEN = 0.08, 2, 3
"""A rise between neighbours that asks for points between them, how often it may, and for how many."""
HALVINGS = 60


class Shares(Protocol):
    """Responsibilities as a function of the value."""

    @property
    def mixture(self) -> Mixture:
        """Whose components share."""
        ...

    def of(self, joint: Array) -> Array:
        """Shares (K, m) from the log of weight times density (K, m)."""
        ...


@dataclass(frozen=True, eq=False)
class Curves:
    """Weighted densities at places x (m,): components (K, m) with NaN beyond their reach, and their sum (m,)."""

    x: Array
    components: Array
    mixture: Array


@dataclass(frozen=True, eq=False)
class Grid:
    """Drawn places x (m,), the data values there (m,), and the log of weight times density (K, m)."""

    x: Array
    values: Array
    joint: Array

    def with_points(self, after: NDArray[np.int64], x: Array, values: Array, joint: Array) -> Grid:
        """With more points, each after the one at an index (p,)."""
        at = after + 1
        return Grid(
            np.insert(self.x, at, x), np.insert(self.values, at, values), np.insert(self.joint, at, joint, axis=1)
        )


def densities(
    mixture: Mixture, scale: Scale, left: float, right: float, log_factor: float, cells: Cells | None = None
) -> Curves:
    """Curves of a mixture between two drawn places, times e to the log_factor.

    cells: the groups of whole numbers that the bars count, for a mixture of whole numbers: its curves are stairs of the
    probabilities of the groups.
    """
    if cells is not None:
        return _stairs(mixture, scale, left, right, log_factor, cells)
    limit = np.log(FAR)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):

        def drawn(joint: Array) -> Array:
            return np.asarray(np.exp(np.minimum(joint + log_factor, limit)))

        grid = _refined(mixture, scale, _with_edges(mixture, scale, _grid(mixture, scale, left, right), drawn), drawn)
        components = drawn(grid.joint)
        total = np.minimum(components.sum(axis=0), FAR)
        # A density without end, or nearly so, would have its whole foot cut off.
        peaks = np.minimum(np.fmax(_peaks(mixture, drawn), np.nanmax(components, axis=1)), HIGHEST)
        family, parameters = mixture.family, mixture.parameters
        away = np.abs(grid.values - family.location(parameters)[:, np.newaxis])
        visible = (right - left) * HAIR * 2 * scale.half
        seen = (components >= (1 - 1e-6) * LOWEST * peaks[:, np.newaxis]) | (away <= visible)
        on_edge = np.diff(grid.x) <= SAME * (right - left)
        seen[:, 1:] |= seen[:, :-1] & on_edge
        seen[:, :-1] |= seen[:, 1:] & on_edge
        components[~seen] = np.nan
    return Curves(grid.x, components, total)


def posteriors(
    shares: Shares, scale: Scale, left: float, right: float, cells: Cells | None = None
) -> tuple[Array, Array]:
    """Share of each component at drawn places: x (m,), and (K, m) with NaN where it is next to nothing."""
    mixture = shares.mixture
    if cells is not None:
        edges = cells.edges(float(scale.from_view(left)), float(scale.from_view(right)))
        x, held = _steps(scale.to_view(edges), shares.of(cells.joint(mixture, edges)))
    else:
        with np.errstate(all="ignore"):
            grid = _refined(mixture, scale, _grid(mixture, scale, left, right), shares.of)
        x, held = grid.x, shares.of(grid.joint)
    with np.errstate(invalid="ignore"):
        return x, np.where(_widened(held >= LEAST), held, np.nan)


def _grid(mixture: Mixture, scale: Scale, left: float, right: float) -> Grid:
    """Places spread evenly and about the components, sorted."""
    locations, spreads = mixture.family.location(mixture.parameters), mixture.family.spread(mixture.parameters)
    steps = np.linspace(-1.0, 1.0, max(9, NEAR // mixture.n_components | 1))
    visible = (right - left) * HAIR * 2 * scale.half
    with np.errstate(over="ignore", invalid="ignore"):
        near = locations[:, np.newaxis] + np.maximum(REACH * spreads, visible)[:, np.newaxis] * steps
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
    with np.errstate(all="ignore"):
        return Grid(x, values, mixture.joint(values))


def _with_edges(mixture: Mixture, scale: Scale, grid: Grid, drawn: Drawn) -> Grid:
    """With two points where a component begins or ends all at once: outside and inside, on top of each other."""
    there = np.isfinite(grid.joint)
    high = np.nan_to_num(drawn(grid.joint)) > LOWEST
    jumps = (there[:, 1:] != there[:, :-1]) & (high[:, 1:] | high[:, :-1])
    component, after = np.nonzero(jumps)
    if not len(after):
        return grid
    low, up = grid.values[after], grid.values[after + 1]
    begins = there[component, after]
    which = np.arange(len(after))
    for _ in range(HALVINGS):
        middle = low / 2 + up / 2
        same = np.isfinite(mixture.joint(middle)[component, which]) == begins
        low, up = np.where(same, middle, low), np.where(same, up, middle)
    order = np.argsort(low, kind="stable")
    values = np.stack([low[order], up[order]], axis=1).ravel()
    return grid.with_points(np.repeat(after[order], 2), scale.to_view(values), values, mixture.joint(values))


def _refined(mixture: Mixture, scale: Scale, grid: Grid, drawn: Drawn) -> Grid:
    """With more points where a line is steep."""
    narrow = SAME * (grid.x[-1] - grid.x[0])
    for _ in range(ROUNDS):
        heights = np.nan_to_num(drawn(grid.joint))
        steep = np.flatnonzero((np.abs(np.diff(heights, axis=1)).max(axis=0) > STEEP) & (np.diff(grid.x) > narrow))
        if not len(steep):
            break
        parts = np.arange(1, BETWEEN + 1) / (BETWEEN + 1)
        x = (grid.x[steep][:, np.newaxis] + np.diff(grid.x)[steep][:, np.newaxis] * parts).ravel()
        values = scale.from_view(x)
        grid = grid.with_points(np.repeat(steep, BETWEEN), x, values, mixture.joint(values))
    return grid


def _peaks(mixture: Mixture, drawn: Drawn) -> Array:
    """How high each component goes, (K,), whatever is in view."""
    locations, spreads = mixture.family.location(mixture.parameters), mixture.family.spread(mixture.parameters)
    about = locations[:, np.newaxis] + spreads[:, np.newaxis] * np.linspace(-1.5, 1.5, 13)
    k = mixture.n_components
    heights = drawn(mixture.joint(about.ravel())).reshape(k, k, -1)
    own = np.nan_to_num(heights[np.arange(k), np.arange(k)])
    return np.asarray(own.max(axis=1))


def _stairs(mixture: Mixture, scale: Scale, left: float, right: float, log_factor: float, cells: Cells) -> Curves:
    edges = cells.edges(float(scale.from_view(left)), float(scale.from_view(right)))
    with np.errstate(all="ignore"):
        heights = np.exp(np.minimum(cells.joint(mixture, edges) + log_factor - np.log(cells.width), np.log(FAR)))
    x, components = _steps(scale.to_view(edges), heights)
    total = np.minimum(components.sum(axis=0), FAR)
    peaks = heights.max(axis=1)[:, np.newaxis]
    return Curves(x, np.where(_widened((components >= LOWEST * peaks) & (components > 0)), components, np.nan), total)


def _steps(edges: Array, heights: Array) -> tuple[Array, Array]:
    """Stairs: edges (B + 1,) and heights (K, B) as the corners of lines, (2 B,) and (K, 2 B)."""
    return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2, axis=1)


def _widened(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask (K, m) that reaches one point further to both sides, so that a steep flank is drawn to its foot."""
    wide = shown.copy()
    wide[:, 1:] |= shown[:, :-1]
    wide[:, :-1] |= shown[:, 1:]
    return wide


class Drawn(Protocol):
    """Heights (K, m) from the log of weight times density (K, m)."""

    def __call__(self, joint: Array, /) -> Array: ...
