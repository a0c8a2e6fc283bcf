"""What the plots say at the place of the pointer, or where the keyboard has moved it: a line, and a few numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPolygonF

from core.explaining.amounts import figure
from core.explaining.half_step import Shares
from core.mixture import Mixture
from core.reading import Reading, bin_text, read_at, value_text
from emgui import theme as look
from emgui.document import Document
from emgui.panels.badges import Mark
from emgui.panels.numbers import PAD, Numbers
from emgui.panels.plot import PlotPanel, cells_of, scale_of
from emgui.sharing import Sharing

FEW, MOST, LEAST = 4, 8, 0.001
"""Components of which all are listed; of more, at most so many to which the value may belong with this probability."""
UNDER = 300.0
"""What it counts, beside the curves covered, that the table stands over the place that is read."""
BADGE = 26.0
"""Room over the curves in which badges stand, in px."""
TICK = 6.0
"""Half the width of the mark at the row that is picked, in px."""


class Guide:
    """A thin upright line through a plot, at a drawn place."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self.x: float | None = None
        self._line = panel.line(19.0, antialias=False, connect="pairs")
        self.restyle()

    def restyle(self) -> None:
        """Colour of the theme."""
        self._line.setPen(self._panel.pen(self._panel.theme.ink3, 1.0))

    def stand(self, x: float | None) -> None:
        """Stands at a place, or goes."""
        self.x = x
        self.draw()

    def draw(self) -> None:
        """From the baseline to the top of what is in view."""
        seen = self._panel.box.seen()
        if self.x is None or not seen.left <= self.x <= seen.right:
            self._line.setData(np.empty(0), np.empty(0))
        else:
            self._line.setData(np.array([self.x, self.x]), np.array([max(0.0, seen.bottom), seen.top]))


class PickedMark(Mark):
    """A small mark under the baseline, at the row that is picked."""

    def __init__(self) -> None:
        super().__init__(61.0)
        self.colour = QColor()
        self.resize_to(QRectF(-TICK - 1, 0.0, 2 * TICK + 2, 2 * TICK))
        self.setVisible(False)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """A triangle that points up."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawPolygon(QPolygonF([QPointF(0.0, 1.0), QPointF(TICK, 9.0), QPointF(-TICK, 9.0)]))


class Readout(QObject):
    """The reading of a panel's plot: follows the pointer, or the keyboard; `went` carries its drawn place, or None."""

    went = Signal(object)

    def __init__(self, document: Document, panel: PlotPanel, line: pg.PlotCurveItem) -> None:
        """line: what the table should not cover, where it can."""
        super().__init__(panel)
        self.document, self._panel, self._line = document, panel, line
        self._left = 0.0
        self.guide, self.numbers, self.mark = Guide(panel), Numbers(), PickedMark()
        for item in (self.numbers, self.mark):
            panel.box.addItem(item, ignoreBounds=True)
        self.reading: Reading | None = None
        panel.box.hovered.connect(self._hover)
        document.picked_changed.connect(self._draw_mark)
        document.data_changed.connect(self.leave)

    @property
    def x(self) -> float | None:
        """The drawn place that is read; None for none."""
        return self.guide.x

    def restyle(self) -> None:
        """Colours of the theme."""
        self.guide.restyle()
        self.mark.colour = QColor(self._panel.theme.accent)
        self.mark.update()

    def go(self, x: float | None) -> None:
        """Reads at a drawn place; None stops reading."""
        if x != self.guide.x:
            self.guide.stand(x)
            self.draw()
            self.went.emit(x)

    def leave(self) -> None:
        """Stops reading."""
        self.go(None)

    def step(self, by: int) -> None:
        """Goes to the middle of another bin, from where it is or from the middle of the view."""
        bins = self.document.histogram
        if bins is None:
            return
        centres = scale_of(self.document).to_view(bins.centres)
        seen = self._panel.box.seen()
        at = 0.5 * (seen.left + seen.right) if self.x is None else self.x
        nearest = int(np.abs(centres - at).argmin())
        self.go(float(centres[min(max(nearest + by * (self.x is not None), 0), len(centres) - 1)]))

    def draw(self) -> None:
        """The numbers of the document as it is, at the place that is read."""
        self.guide.draw()
        self._draw_mark()
        self.reading = self._read()
        self.numbers.setVisible(self.reading is not None)
        if self.reading is None:
            return
        self.numbers.show_rows(*self._table(self.reading), self._panel.theme)
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        self._left = self._place(((self.x or 0.0) - seen.left) / dx)
        self.numbers.setPos(seen.left + self._left * dx, seen.top - look.px(PAD) / 2 * dy)

    def _place(self, pointer: float) -> float:
        """The left edge of the table in px: in the corner or beside the guide, where it covers the curves least."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        width, height, pad = self.numbers.bounds.width(), self.numbers.bounds.height(), float(look.px(PAD))
        farthest = float(self._panel.box.width()) - width - pad
        x, y = self._line.getData()
        if x is None or len(x) == 0:
            return max(farthest, 0.0)
        best, least = farthest, float("inf")
        for left in (self._left, farthest, pad, pointer + pad, pointer - pad - width):
            if not 0.0 <= left <= max(farthest, 0.0):
                continue
            at = np.linspace(left - pad, left + width + pad, 24)
            heights = (seen.top - np.interp(seen.left + at * dx, x, y)) / dy
            covered = float(np.maximum(height + 2 * pad + BADGE - heights, 0.0).sum())
            covered += UNDER * (left - pad < pointer < left + width + pad)
            if covered < 0.8 * least - 1.0:
                best, least = left, covered
        return max(best, 0.0)

    @property
    def sentence(self) -> str:
        """What is read, for those who cannot see it; "" for nothing."""
        reading = self.reading
        if reading is None:
            return ""
        shares = zip(reading.ids, reading.posterior.tolist(), strict=True)
        parts = [f"component {identity} with {100 * share:.3g} %" for identity, share in shares if share >= 0.001]
        return (
            f" At {self._value(reading)}: {bin_text(reading)}, density {figure(reading.density)}; it belongs to "
            f"{', '.join(parts)}."
        )

    # ---- reading

    def _read(self) -> Reading | None:
        document, moment = self.document, self.document.moment
        if self.x is None or moment is None or document.histogram is None or self._panel.figure:
            return None
        shares: Shares = moment.sharing or Sharing(moment.mixture)
        value = float(scale_of(document).from_view(self.x))
        mixture: Mixture = getattr(self._panel, "shown", None) or moment.mixture
        return read_at(value, mixture.plain, shares, document.histogram, cells_of(document))

    def _value(self, reading: Reading) -> str:
        scale, dx = scale_of(self.document), self._panel.box.per_pixel()[0]
        x = self.x or 0.0
        pixel = abs(float(scale.from_view(x + dx) - scale.from_view(x)))
        text = value_text(reading.value, 1.0 if cells_of(self.document) is not None else pixel)
        return f"{text} {self.document.unit}".strip()

    def _table(self, reading: Reading) -> tuple[str, str, list[tuple[QColor | None, str, str, str]]]:
        theme, is_whole = self._panel.theme, cells_of(self.document) is not None
        rows: list[tuple[QColor | None, str, str, str]] = [
            (None, "", "probability" if is_whole else "density", "P(component | x)")
        ]
        if len(reading.ids) > 1:
            likeliest = np.argsort(-reading.posterior, kind="stable")[:MOST]
            few = len(reading.ids) <= FEW
            for place in sorted(one for one in likeliest.tolist() if few or reading.posterior[one] >= LEAST):
                identity, share = reading.ids[place], float(reading.posterior[place])
                rows.append(
                    (theme.component(identity), str(identity), figure(float(reading.densities[place])), _percent(share))
                )
        rows.append((None, "mixture", figure(reading.density), ""))
        return self._value(reading), bin_text(reading), rows

    # ---- the pointer, and the row that is picked

    def _hover(self, at: QPointF | None) -> None:
        if at is None:
            self.leave()
            return
        seen, (dx, _) = self._panel.box.seen(), self._panel.box.per_pixel()
        self.go(seen.left + at.x() * dx)

    def _draw_mark(self) -> None:
        document, data = self.document, self.document.data
        is_there = document.picked is not None and data is not None and not self._panel.figure
        if is_there and data is not None and document.picked is not None:
            x = float(scale_of(document).to_view(float(data.values[document.picked, 0])))
            seen = self._panel.box.seen()
            is_there = seen.left <= x <= seen.right
            self.mark.setPos(x, max(0.0, seen.bottom))
        self.mark.setVisible(is_there)


def _percent(share: float) -> str:
    """A probability in per cent: two decimals near the ends, one between."""
    if 0.0 < share < 0.0001:
        return "< 0.01 %"
    if 0.9999 < share < 1.0:
        return "> 99.99 %"
    return f"{100 * share:.{2 if not 0.01 <= share <= 0.99 else 1}f} %"
