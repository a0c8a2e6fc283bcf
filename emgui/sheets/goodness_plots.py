"""The pictures of goodness of fit: points on their envelope, residuals of the bars, and how sure memberships are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from core.data import Array
from core.formatting import count
from core.goodness.classification import Classification
from core.goodness.points import Envelope, Points
from core.goodness.residuals import Residuals
from core.scale import Scale
from emgui import theme as look
from emgui.document import Document
from emgui.panels.plot import PlotPanel
from emgui.theme import Theme

DOT, FEW = 5.0, 120
"""Size of a point in px; of more points than these they are smaller."""
MARGIN = 0.03
EMPTY = "What rows and fit are like side by side is drawn here once there is a start: Run fits one."


class PointsPlot(PlotPanel):
    """QQ, PP or cdf: a point for the share p of the rows, the line that the fit expects, and the envelope about it."""

    NAME = "Rows against the fit"

    def __init__(self, document: Document, theme: Theme) -> None:
        self.kind = "qq"
        self.points: Points | None = None
        self.envelope: Envelope | None = None
        self.bands: tuple[Array, Array] | None = None
        self.why_not = EMPTY
        super().__init__(document, theme)

    def build(self) -> None:
        """Makes the items of this plot."""
        self._at_once, self._alone = _band(self, 2.0), _band(self, 3.0)
        self._line = self.line(8.0)
        self._dots, self._outside = (_dots(self, height) for height in (10.0, 11.0))
        self.box.setMouseEnabled(x=True, y=True)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self._at_once.setBrush(QColor(theme.grid))
        self._alone.setBrush(QColor(theme.bars))
        self._line.setPen(self.pen(theme.ink2, 1.0))
        self._dots.setBrush(QColor(theme.ink))
        self._outside.setBrush(QColor(theme.warning))

    def show_points(
        self, points: Points | None, envelope: Envelope | None, bands: tuple[Array, Array] | None, why_not: str = EMPTY
    ) -> None:
        """Takes points, their envelope, and its ends as values: (2, m) each, alone and at once."""
        self.points, self.envelope, self.bands, self.why_not = points, envelope, bands, why_not
        self.reset()

    def show_kind(self, kind: str) -> None:
        """Becomes one of qq, pp and cdf."""
        self.kind = kind
        self.reset()

    def reset(self) -> None:
        """Shows all of it."""
        if self.points is not None and len(self.points.p):
            (left, right), (low, high) = self._ranges()
            self.box.setRange(xRange=(left, right), yRange=(low, high), padding=0)
        self.schedule()

    def _scale(self) -> Scale:
        assert self.points is not None
        every = np.concatenate([self.points.values, self.points.quantiles])
        return Scale.spanning(float(every.min()), float(every.max()))

    def _ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        assert self.points is not None
        unit = (-MARGIN, 1.0 + MARGIN)
        if self.kind != "qq":
            return unit, unit
        scale = self._scale()
        across, up = scale.to_view(self.points.quantiles), scale.to_view(self.points.values)
        return _around(across), _around(up)

    def draw(self) -> None:
        """Points, line and envelope."""
        points = self.points
        if points is None or not len(points.p):
            for item in (self._at_once, self._alone, self._line):
                item.setData([], [])
            for dots in (self._dots, self._outside):
                dots.setData([], [])
            self.bottom.read(None)
            self.left.read(None)
            self.set_captions("", "")
            self.hint(self.why_not)
            self.describe(self.why_not)
            return
        self.hint("")
        axis = self.document.axis
        scale, unit = self._scale(), Scale()
        draw = {"qq": self._draw_qq, "pp": self._draw_pp, "cdf": self._draw_cdf}[self.kind]
        x, y = draw(points, scale)
        self.bottom.read(unit if self.kind == "pp" else scale)
        self.left.read(scale if self.kind == "qq" else unit)
        captions = {
            "qq": (f"↑ {axis}, rows", f"{axis}, as fitted →"),
            "pp": ("↑ Probability, as fitted", "share of the rows →"),
            "cdf": ("↑ Share of the rows up to the value; line: fitted", f"{axis} →"),
        }
        outside = np.zeros(len(x), dtype=np.bool_) if self.envelope is None else self.envelope.outside(points)
        size = look.px(DOT if len(x) <= FEW else 3.0) * self.ratio
        for dots, chosen in ((self._dots, ~outside), (self._outside, outside)):
            dots.setSize(size)
            dots.setData(x[chosen], y[chosen])
        self.set_captions(*captions[self.kind])
        title = {"qq": "Quantiles", "pp": "Probabilities", "cdf": "Distribution"}[self.kind]
        n_outside = int(outside.sum())
        self.describe(f"{title} of rows against the fit: {len(x)} points, {n_outside} outside of the envelope.")

    def _draw_qq(self, points: Points, scale: Scale) -> tuple[Array, Array]:
        x, y = scale.to_view(points.quantiles), scale.to_view(points.values)
        left, right, _, _ = self.box.seen()
        self._line.setData([left, right], [left, right])
        self._fill(x, *([] if self.bands is None else [scale.to_view(band) for band in self.bands]))
        return x, y

    def _draw_pp(self, points: Points, scale: Scale) -> tuple[Array, Array]:
        self._line.setData([0.0, 1.0], [0.0, 1.0])
        self._fill(points.p, *self._in_shares())
        return points.p, points.u

    def _draw_cdf(self, points: Points, scale: Scale) -> tuple[Array, Array]:
        self._line.setData(scale.to_view(points.quantiles), points.p)
        bands = (None, None) if self.bands is None else tuple(scale.to_view(band) for band in self.bands)
        for item, band in zip((self._alone, self._at_once), bands, strict=True):
            _fill_between(item, points.p, band, upright=True)
        return scale.to_view(points.values), points.p

    def _in_shares(self) -> list[Array]:
        return [] if self.envelope is None else [self.envelope.pointwise, self.envelope.simultaneous]

    def _fill(self, x: Array, *bands: Array) -> None:
        for item, band in zip((self._alone, self._at_once), bands or (None, None), strict=True):
            _fill_between(item, x, band)


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

    def show_residuals(self, found: Residuals | None, why_not: str = EMPTY) -> None:
        """Takes the residuals of the histogram."""
        self.residuals, self.why_not = found, why_not
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


class SurenessPlot(PlotPanel):
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


def _band(panel: PlotPanel, height: float) -> Any:
    made = pg.PlotCurveItem(pen=None, fillLevel="enclosed", antialias=True)
    made.setZValue(height)
    panel.box.addItem(made, ignoreBounds=True)
    return made


def _dots(panel: PlotPanel, height: float) -> Any:
    made = pg.ScatterPlotItem(pen=None, size=DOT, pxMode=True)
    made.setZValue(height)
    panel.box.addItem(made, ignoreBounds=True)
    return made


def _fill_between(item: Any, along: Array, band: Array | None, upright: bool = False) -> None:
    """Fills between the two lines of a band (2, m); upright: the band is of x, along of y."""
    if band is None:
        item.setData([], [])
        return
    there, back = np.concatenate([along, along[::-1]]), np.concatenate([band[0], band[1][::-1]])
    item.setData(*((back, there) if upright else (there, back)))


def _around(drawn: Array) -> tuple[float, float]:
    low, high = float(drawn.min()), float(drawn.max())
    margin = MARGIN * (high - low or 1.0)
    return low - margin, high + margin
