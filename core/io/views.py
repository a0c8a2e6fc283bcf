"""What a fit looks like along each of its columns: bars of the rows, and the curves over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.binning import Histogram, counted, freedman_diaconis, histogram
from core.data import Array, Data
from core.families import make_family
from core.families.family import Setting
from core.formatting import short
from core.mixture import Mixture
from core.roles import Truncation
from core.scale import Scale
from core.whole_numbers import Cells, whole_bins

MARGIN = 0.03
"""Share of the bars' extent that is shown to both sides of them."""
EVENLY, NEAR = 400, 41
"""Points of a curve spread evenly, and about each component, however narrow."""
REACH = 3.5
"""Sds from its middle at which a component is drawn for certain."""
LEAST = 0.002
"""Share of its peak below which a component is not drawn: no coloured threads lie along zero."""
TALLEST, ROOM = 1.25, 1.06
"""How many times the tallest bar a curve may be before it is cut off, and the room left over the tallest thing."""


@dataclass(frozen=True, eq=False)
class View:
    """One column: its place among those fitted, its name with the unit, and the rows counted in bins.

    n: all rows, those included of which only a bound is known. cells: the groups of whole numbers that curves stand
    on, for components of whole numbers; else None. truncate: ends outside of which nothing could be recorded.
    """

    place: int
    name: str
    unit: str
    bars: Histogram
    n: float
    cells: Cells | None
    truncate: Truncation | None = None

    @cached_property
    def scale(self) -> Scale:
        """How the column's numbers are drawn along x: from 0 at the left to 1 at the right."""
        low, high = float(self.bars.edges[0]), float(self.bars.edges[-1])
        margin = 2.0 * MARGIN * (high / 2 - low / 2)
        return Scale.spanning(low - margin, high + margin)

    @property
    def peak(self) -> float:
        """Rows in the fullest bin: what is drawn at height 1."""
        return float(self.bars.heights.max()) or 1.0

    @property
    def axis(self) -> str:
        """What the x axis is called."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def caption(self) -> str:
        """What the y axis is called."""
        if self.cells is not None:
            return "Rows with each value" if self.cells.width == 1.0 else f"Rows per {self.cells.width:g} values"
        return f"Rows per {short(float(f'{self.bars.width:.3g}'))} {self.unit}".rstrip()

    def rows(self, mixture: Mixture) -> float:
        """Rows there are under a mixture of this column, those included that could not be recorded."""
        if self.truncate is None:
            return self.n
        low, high = self.truncate
        if mixture.family.discrete:
            low, high = np.floor(low), np.ceil(high) - 1.0
        # At an infinite end some distribution functions are 0 / 0.
        below = float(mixture.cdf(np.array([low]))[0]) if np.isfinite(low) else 0.0
        above = float(mixture.cdf(np.array([high]))[0]) if np.isfinite(high) else 1.0
        return self.n / max(above - below, 1e-9)

    def along(self, mixture: Mixture) -> Mixture:
        """The mixture of this column's values alone."""
        mixture = mixture.plain
        if mixture.family.n_features == 1:
            return mixture
        means = mixture.parameters["mean"][:, self.place]
        sds = np.sqrt(mixture.parameters["covariance"][:, self.place, self.place])
        normal = make_family("gaussian", Setting())
        return Mixture(normal, mixture.weights, {"mean": means, "sd": sds}, mixture.ids)

    def grid(self, mixture: Mixture, evenly: int = EVENLY, near: int = NEAR) -> Array:
        """Values (m,) at which to draw the curves of a mixture of this column, or edges (m + 1,) of whole numbers."""
        low, high = (float(end) for end in self.scale.from_view(np.array([0.0, 1.0])))
        if self.cells is not None:
            return self.cells.edges(low, high)
        places = np.linspace(0.0, 1.0, evenly)
        if near:
            family, parameters = mixture.family, mixture.parameters
            with np.errstate(over="ignore", invalid="ignore"):
                reach = np.maximum(REACH * family.spread(parameters), self.scale.half * 0.004)[:, np.newaxis]
                about = family.location(parameters)[:, np.newaxis] + reach * np.linspace(-1.0, 1.0, near)
            about = self.scale.to_view(about).ravel()
            places = np.unique(np.concatenate([places, about[(about > 0.0) & (about < 1.0)]]))
        return self.scale.from_view(places)

    def heights(self, mixture: Mixture, grid: Array) -> Array:
        """How high each component is drawn at a grid of this column, (K, m), with the fullest bin at 1."""
        with np.errstate(all="ignore"):
            if self.cells is not None:
                joint = self.cells.joint(mixture, grid) - np.log(self.cells.width)
            else:
                joint = mixture.joint(grid)
            joint += np.log(self.rows(mixture)) + np.log(self.bars.width) - np.log(self.peak)
            return np.asarray(np.nan_to_num(np.exp(np.minimum(joint, 50.0)), nan=0.0))

    def drawn(self, grid: Array, heights: Array) -> tuple[Array, Array]:
        """Lines to draw: places from 0 to 1 along x, and heights (K, ·) there; stairs for whole numbers."""
        places = self.scale.to_view(grid)
        if self.cells is None:
            return places, heights
        return np.repeat(places, 2)[1:-1], np.repeat(heights, 2, axis=1)


def views(data: Data, mixture: Mixture, unit: str = "") -> Iterator[View]:
    """A view for each column; none for a model that is no mixture. unit: of the values, where it is known."""
    if mixture.family.shared:
        return
    for place, name in enumerate(data.columns):
        if data.n_features > 1:
            column = Data(data.values[:, place], (name,), counts=data.counts)
            yield View(place, name, unit, histogram(column, freedman_diaconis(column)), data.n_samples, None)
            continue
        is_whole = mixture.family.discrete
        edges = whole_bins(data) if is_whole else None
        bars = counted(data, freedman_diaconis(data) if edges is None else edges)
        cells = None
        if is_whole:
            # Bins that came with the data need not hold equally many numbers.
            cells = Cells(-0.5, 1.0) if data.form.intervals else Cells.of(bars)
        yield View(place, name, unit, bars, data.n_samples, cells, data.form.truncate)


def top_of(heights: Array) -> float:
    """The height at which the plot of these curves (K, m) ends: room for all bars, and for curves within reason."""
    tallest = float(heights.sum(axis=0).max()) if heights.size else 1.0
    return ROOM * max(1.0, min(TALLEST, tallest))
