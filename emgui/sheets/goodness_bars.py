"""Residuals of the bars of the histogram, and how sure memberships are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from core.data import Array
from core.formatting import count
from core.goodness.classification import Classification
from core.goodness.residuals import Residuals
from core.scale import Scale
from emgui.document import Document
from emgui.panels.plot import PlotPanel
from emgui.sheets.goodness_points import EMPTY, MARGIN
from emgui.theme import Theme

RESIDUALS = (
    ("Hanging rootogram", "↑ √rows, hung from the fit"),
    ("Anscombe residuals", "↑ Anscombe residuals: about ±2 by chance"),
    ("Pearson residuals", "↑ Pearson residuals: about ±2 by chance"),
)


class ResidualsPlot(PlotPanel):
    """The bars hung from the fitted curve, in roots; or what they are above or below it, in sds."""

    NAME = "Residuals of the histogram"

    def __init__(self, document: Document, theme: Theme) -> None:
        self.kind = 0
        self.residuals: Residuals | None = None
        self.why_not = EMPTY
        super().__init__(document, theme)

    def build(self) -> None:
        """Makes the items of this plot."""
        self._bars = pg.BarGraphItem(x0=[], x1=[], y0=[], height=[])
        self._bars.setZValue(5.0)
        self.box.addItem(self._bars, ignoreBounds=True)
        self._zero = self.line(6.0, antialias=False)
        self._limits = self.line(7.0, antialias=False, connect="pairs")
        self._curve = self.line(8.0)
        self.box.setMouseEnabled(x=True, y=False)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self._bars.setOpts(brush=QColor(theme.bars_alone()), pen=self.pen(theme.plot, 1.0))
        self._zero.setPen(self.pen(theme.ink2, 1.0))
        self._limits.setPen(self.pen(theme.ink2, 1.0, dashed=True))
        self._curve.setPen(self.pen(theme.ink, 1.5))

    def show_residuals(self, found: Residuals | str | None) -> None:
        """Takes the residuals of the histogram, or why there are none; None before there is a start."""
        self.residuals = found if isinstance(found, Residuals) else None
        self.why_not = found if isinstance(found, str) else EMPTY
        self.reset()

    def show_kind(self, kind: int) -> None:
        """Becomes one of `RESIDUALS`."""
        self.kind = kind
        self.reset()

    def reset(self) -> None:
        """Shows all of it."""
        if self.residuals is not None:
            low, high = self._extent()
            self.box.setRange(xRange=(-MARGIN, 1.0 + MARGIN), yRange=(low, high), padding=0)
        self.schedule()

    def _tops(self, found: Residuals) -> tuple[Array, Array]:
        """Bottom and top of each bar."""
        if self.kind == 0:
            return found.hanging
        values = found.anscombe if self.kind == 1 else found.pearson
        return np.zeros(len(values)), values

    def _extent(self) -> tuple[float, float]:
        assert self.residuals is not None
        ends = np.concatenate([*self._tops(self.residuals), [-1.2 if self.kind == 0 else -2.5, 2.5]])
        low, high = float(ends.min()), float(ends.max())
        return low - 0.05 * (high - low), high + 0.05 * (high - low)

    def draw(self) -> None:
        """Bars, the line they should reach, and how far from it they are by chance."""
        found = self.residuals
        lines = (self._zero, self._limits, self._curve)
        if found is None:
            for line in lines:
                line.setData([], [])
            self._bars.setOpts(x0=[], x1=[], y0=[], height=[])
            self.bottom.read(None)
            self.left.read(None)
            self.set_captions("", "")
            self.hint(self.why_not)
            self.describe(self.why_not)
            return
        self.hint("")
        scale = Scale.spanning(float(found.edges[0]), float(found.edges[-1]))
        edges = scale.to_view(found.edges)
        bottom, top = self._tops(found)
        self._bars.setOpts(x0=edges[:-1], x1=edges[1:], y0=bottom, height=top - bottom)
        self._zero.setData([-1.0, 2.0], [0.0, 0.0])
        reach = 1.0 if self.kind == 0 else 2.0
        self._limits.setData([-1.0, 2.0, -1.0, 2.0], [reach, reach, -reach, -reach])
        if self.kind == 0:
            self._curve.setData(0.5 * (edges[:-1] + edges[1:]), top)
        else:
            self._curve.setData([], [])
        self.bottom.read(scale)
        self.left.read(Scale())
        title, caption = RESIDUALS[self.kind]
        self.set_captions(caption, f"{self.document.axis} →")
        beyond = int((np.abs(found.anscombe) > 2.0).sum())
        self.describe(f"{title} of {len(top)} bars; {beyond} are further from the fit than two sds.")


@dataclass(frozen=True)
class Roots:
    """Draws a number at its square root, `top` at 1, so that bins of few rows show beside those of many."""

    top: float = 1.0

    def to_view(self, values: Array | float) -> Array:
        """Numbers of rows as they are drawn."""
        return np.asarray(np.sqrt(np.maximum(values, 0.0) / self.top))

    def from_view(self, places: Array | float) -> Array:
        """Drawn places as numbers of rows."""
        return np.asarray(np.square(np.maximum(places, 0.0)) * self.top)


class MembershipsPlot(PlotPanel):
    """Rows by how uncertain their component is, in the colours of the components, one on the other."""

    NAME = "Uncertainty of memberships"

    def __init__(self, document: Document, theme: Theme) -> None:
        self.found: Classification | None = None
        super().__init__(document, theme)

    def build(self) -> None:
        """Makes the items of this plot."""
        self._bars: list[pg.BarGraphItem] = []
        self._baseline = self.line(20.0, antialias=False)
        self.box.setMouseEnabled(x=False, y=False)

    def style_items(self) -> None:
        """Colours of the theme."""
        self._baseline.setPen(self.pen(self.theme.edge, 1.0))
        for place, bars in enumerate(self._bars):
            identity = self.found.ids[place] if self.found is not None and place < len(self.found.ids) else place + 1
            bars.setOpts(brush=self.theme.component(identity), pen=self.pen(self.theme.plot, 1.0))

    def show_classification(self, found: Classification | None) -> None:
        """Takes what was found of the rows."""
        if found is self.found:
            return
        self.found = found
        for _ in range(len(self._bars), len(found.ids) if found is not None else 0):
            made = pg.BarGraphItem(x0=[], x1=[], y0=[], height=[])
            made.setZValue(5.0)
            self.box.addItem(made, ignoreBounds=True)
            self._bars.append(made)
        self.style_items()
        self.reset()

    def reset(self) -> None:
        """Shows all of it."""
        self.box.setRange(xRange=(-MARGIN, 1.0 + MARGIN), yRange=(0.0, 1.05), padding=0)
        self.schedule()

    def draw(self) -> None:
        """A bar for each bin."""
        found = self.found
        for bars in self._bars:
            bars.setOpts(x0=[], x1=[], y0=[], height=[])
        if found is None or len(found.ids) < 2:
            self._baseline.setData([], [])
            self.bottom.read(None)
            self.left.read(None)
            self.set_captions("", "")
            text = EMPTY if found is None else "With one component every row belongs to it."
            self.hint(text)
            self.describe(text)
            return
        self.hint("")
        scale, up_to = Scale.spanning(0.0, float(found.edges[-1])), np.cumsum(found.counts, axis=0)
        roots = Roots(float(up_to[-1].max()))
        edges = scale.to_view(found.edges)
        below = np.zeros(up_to.shape[1])
        for bars, top in zip(self._bars, up_to, strict=False):
            height = roots.to_view(top) - roots.to_view(below)
            bars.setOpts(x0=edges[:-1], x1=edges[1:], y0=roots.to_view(below), height=height)
            below = top
        self._baseline.setData([-1.0, 2.0], [0.0, 0.0])
        self.bottom.read(scale)
        self.left.read(roots)  # type: ignore[arg-type]
        self.set_captions("↑ Rows, drawn as roots", "uncertainty of the row: 1 − its largest posterior →")
        self.describe(
            f"Rows by the uncertainty of their component: {count(found.n)} rows, mean uncertainty "
            f"{found.uncertainty:.3g}."
        )
