"""QQ, PP and cdf: points of the rows, the line of the fit, and the envelope about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from core.data import Array
from core.goodness.points import Envelope, Points
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
        self.kind, self.differences = "qq", False
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
        is_new = points is not self.points
        self.points, self.envelope, self.bands, self.why_not = points, envelope, bands, why_not
        if is_new or self.differences:
            self.reset()
        else:
            self.schedule()  # what a person has zoomed into stays

    def show_kind(self, kind: str) -> None:
        """Becomes one of qq, pp and cdf."""
        self.kind = kind
        self.reset()

    def show_differences(self, shown: bool) -> None:
        """Draws how far points and envelope are from the line, in place of where they are."""
        self.differences = shown
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
        if self.differences:
            scale = self._scale()
            across = self.points.p if self.kind == "pp" else scale.to_view(self._along(self.points))
            return _around(across), (0.0, 1.0)
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
        up = scale if self.kind == "qq" else unit
        if self.differences:
            x, y, up = self._draw_differences(points, scale)
        else:
            x, y = {"qq": self._draw_qq, "pp": self._draw_pp, "cdf": self._draw_cdf}[self.kind](points, scale)
        self.bottom.read(unit if self.kind == "pp" else scale)
        self.left.read(up)
        captions = {
            "qq": (f"↑ {axis}, rows", f"{axis}, as fitted →"),
            "pp": ("↑ Probability, as fitted", "share of the rows →"),
            "cdf": ("↑ Share of the rows up to the value; line: fitted", f"{axis} →"),
        }
        apart = {"qq": f"↑ {axis}, rows less fit", "pp": "↑ Probability as fitted, less share of the rows"}
        apart["cdf"] = "↑ Share of the rows up to the value, less fitted probability"
        outside = np.zeros(len(x), dtype=np.bool_) if self.envelope is None else self.envelope.outside(points)
        size = look.px(DOT if len(x) <= FEW else 3.0) * self.ratio
        for dots, chosen in ((self._dots, ~outside), (self._outside, outside)):
            dots.setSize(size)
            dots.setData(x[chosen], y[chosen])
        self.set_captions(apart[self.kind] if self.differences else captions[self.kind][0], captions[self.kind][1])
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

    def _along(self, points: Points) -> Array:
        return points.quantiles if self.kind == "qq" else points.values

    def _draw_differences(self, points: Points, scale: Scale) -> tuple[Array, Array, Scale]:
        """Points and envelope less the line: where rows are many, what is left of both."""
        if self.kind == "qq":
            y, line, bands = points.values, points.quantiles, list(self.bands or ())
        elif self.kind == "pp":
            y, line, bands = points.u, points.p, self._in_shares()
        else:
            y, line, bands = points.p, points.u, [points.p + points.u - band[::-1] for band in self._in_shares()]
        away = y - line
        reach = 1.15 * float(np.abs(away).max())
        if bands:
            reach = max(reach, 1.6 * float(np.median(np.abs(bands[1] - line))))
        up = Scale.spanning(-reach, reach)
        x = points.p if self.kind == "pp" else scale.to_view(self._along(points))
        left, right, _, _ = self.box.seen()
        self._line.setData([left, right], [0.5, 0.5])
        self._fill(x, *(up.to_view(band - line).clip(-9.0, 10.0) for band in bands))
        return x, up.to_view(away), up

    def _in_shares(self) -> list[Array]:
        return [] if self.envelope is None else [self.envelope.pointwise, self.envelope.simultaneous]

    def _fill(self, x: Array, *bands: Array) -> None:
        for item, band in zip((self._alone, self._at_once), bands or (None, None), strict=True):
            _fill_between(item, x, band)


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
