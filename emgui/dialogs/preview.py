"""A small plot inside a dialog: a histogram, or the curves of a mixture; painted, so that nothing can be dragged."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core import formatting
from core.binning import Histogram
from core.data import Array
from emgui import theme as looks
from emgui.dialogs.column_facts import shares
from emgui.dialogs.parts import elided, theme_now
from emgui.theme import Theme

LEFT, TOP, RIGHT, BOTTOM = 60, 37, 19, 44


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves to draw: x (n,), one weighted density a component (K, n); their sum is drawn over them."""

    x: Array
    densities: Array


class Preview(QWidget):
    """Draws one Histogram or Curves, with ticks a person can read; a sentence while there is neither."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: Histogram | None = None
        self._curves: Curves | None = None
        self._name, self._title, self._sentence = "", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(looks.px(240), looks.px(140))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for four ticks upwards."""
        return QSize(510, 248)

    def show_histogram(self, bars: Histogram, name: str) -> None:
        """Draws a histogram of the column of that name."""
        self._bars, self._curves, self._name, self._sentence = bars, None, name, ""
        self._title = f"↑ Rows per {formatting.short(float(f'{bars.width:.6g}'))}"
        self.setAccessibleDescription(f"Histogram of {name}, {len(bars.counts)} bins.")
        self.update()

    def show_curves(self, curves: Curves, name: str) -> None:
        """Draws the components of a mixture and their sum."""
        self._bars, self._curves, self._name, self._sentence = None, curves, name, ""
        self._title = "↑ Density"
        self.setAccessibleDescription(f"Density of a mixture of {len(curves.densities)} components.")
        self.update()

    def show_sentence(self, text: str) -> None:
        """Says in one sentence why nothing is drawn."""
        self._bars, self._curves, self._sentence = None, None, text
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Ground, grid, bars or curves, axes."""
        theme = theme_now()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.plot))
        if self._bars is not None:
            self._paint_bars(painter, theme, self._bars)
        elif self._curves is not None:
            self._paint_curves(painter, theme, self._curves)
        elif self._sentence:
            painter.setPen(QColor(theme.ink2))
            inside = self.rect().adjusted(24, 16, -24, -16)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._sentence)
        painter.end()

    def _paint_bars(self, painter: QPainter, theme: Theme, bars: Histogram) -> None:
        frame = _Frame(self, float(bars.edges[0]), float(bars.edges[-1]), float(bars.counts.max()))
        self._paint_axes(painter, theme, frame)
        at = [frame.x(edge) for edge in bars.edges]
        gap = 1.0 if at[1] - at[0] >= 4.0 else 0.0
        for left, right, count in zip(at[:-1], at[1:], bars.counts, strict=True):
            if count > 0:
                top = frame.y(float(count))
                painter.fillRect(
                    QRectF(left, top, max(right - left - gap, 1.0), frame.bottom - top), theme.bars_alone()
                )
        self._paint_baseline(painter, theme, frame)

    def _paint_curves(self, painter: QPainter, theme: Theme, curves: Curves) -> None:
        mixture = curves.densities.sum(axis=0)
        frame = _Frame(self, float(curves.x[0]), float(curves.x[-1]), float(mixture.max()))
        self._paint_axes(painter, theme, frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, density in enumerate(curves.densities, 1):
            colour = theme.component(place)
            line = frame.line(curves.x, density)
            filled = QColor(colour)
            filled.setAlphaF(theme.fill)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(filled)
            ends = [QPointF(line[-1].x(), frame.bottom), QPointF(line[0].x(), frame.bottom)]
            painter.drawPolygon(QPolygonF([*line, *ends]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(looks.pen(colour, 1.75, theme.is_dashed(place)))
            painter.drawPolyline(QPolygonF(line))
        painter.setPen(looks.pen(theme.ink, 1.5))
        painter.drawPolyline(QPolygonF(frame.line(curves.x, mixture)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_baseline(painter, theme, frame)

    def _paint_axes(self, painter: QPainter, theme: Theme, frame: _Frame) -> None:
        painter.setFont(looks.font(looks.CAPTION))
        painter.setPen(QColor(theme.ink2))
        name = elided(self._name, self, self.width() - 120)
        painter.drawText(QRectF(16, 6, self.width() - 32, looks.px(18)), Qt.AlignmentFlag.AlignVCenter, self._title)
        under = QRectF(16, self.height() - looks.px(22), self.width() - 16 - RIGHT, looks.px(16))
        painter.drawText(under, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{name} →")
        for value, text in zip(frame.y_ticks, formatting_of(frame.y_ticks), strict=True):
            y = frame.y(value)
            painter.fillRect(QRectF(frame.left, round(y), frame.right - frame.left, 1), QColor(theme.grid))
            box = QRectF(0, y - looks.px(8), frame.left - 6, looks.px(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_baseline(self, painter: QPainter, theme: Theme, frame: _Frame) -> None:
        edge = QColor(theme.edge)
        painter.fillRect(QRectF(frame.left, round(frame.bottom), frame.right - frame.left, 1), edge)
        painter.setPen(QColor(theme.ink2))
        for value, text in zip(frame.x_ticks, formatting_of(frame.x_ticks), strict=True):
            x = frame.x(value)
            painter.fillRect(QRectF(round(x), round(frame.bottom), 1, 4), edge)
            painter.drawText(
                QRectF(x - looks.px(60), frame.bottom + 8, looks.px(120), looks.px(16)),
                Qt.AlignmentFlag.AlignCenter,
                text,
            )


class _Frame:
    """Where values lie on the widget, and its ticks."""

    def __init__(self, widget: QWidget, low: float, high: float, top: float) -> None:
        self.left, self.right = float(looks.px(LEFT)), float(widget.width() - RIGHT)
        self.top, self.bottom = float(looks.px(TOP)), float(widget.height() - looks.px(BOTTOM))
        self.y_ticks = ticks(0.0, top, 5)
        self.x_ticks = ticks(low, high, 7)
        self.low, self.high = min(low, self.x_ticks[0]), max(high, self.x_ticks[-1])
        self.highest = max(top, self.y_ticks[-1]) or 1.0

    def x(self, value: float) -> float:
        """Across."""
        if not self.low < self.high:
            return (self.left + self.right) / 2
        return self.left + (self.right - self.left) * float(shares(value, self.low, self.high))

    def y(self, value: float) -> float:
        """Up."""
        return self.bottom - (self.bottom - self.top) * value / self.highest

    def line(self, x: Array, y: Array) -> list[QPointF]:
        """The points of a curve."""
        return [QPointF(self.x(a), self.y(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def ticks(low: float, high: float, most: int) -> list[float]:
    """About `most` round numbers or fewer from low to high, in steps of 1, 2 or 5 times a power of ten."""
    extent = high / 2 - low / 2
    if not extent > 0 or not np.isfinite(extent):
        return [low]
    rough = 2 * (extent / most)
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    if abs(first) > 2**50 or last <= first:
        return [low, high]
    return [number * step for number in range(first, last + 1)]


def formatting_of(values: list[float]) -> list[str]:
    """The ticks as text, as many digits as tell them apart."""
    if len(values) < 2:
        return [formatting.short(value) for value in values]
    step, largest = abs(values[1] - values[0]), max(map(abs, values))
    if step < 1e-4 or largest >= 1e12:
        digits = min(17, max(1, ceil(log10(largest / step)) + 1)) if step > 0 else 6
        return [formatting.scientific(value, digits) if value else "0" for value in values]
    decimals = max(0, -floor(log10(step) + 1e-9))
    return [formatting.number(value, decimals) for value in values]
