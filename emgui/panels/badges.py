"""Small things drawn over a plot at a size in px: component badges, words with a halo, the key to labels."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPainterPath, QPen, QStaticText

from emgui import theme as look
from emgui.theme import Theme

SIDE = 16.0
"""Of a badge, in px at scale 1."""
HALO = 3.0
AROUND = [QPointF(r * cos(turn * pi / 6), r * sin(turn * pi / 6)) for turn in range(12) for r in (1.5, HALO)]
ELIDE = Qt.TextElideMode.ElideMiddle


class Mark(pg.GraphicsObject):
    """Something that stands at a place of the plot and keeps its size in px however the plot is zoomed."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self.setFlag(self.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(height)
        self.bounds = QRectF()

    def resize_to(self, bounds: QRectF) -> None:
        """Takes new bounds in px about its place."""
        if bounds != self.bounds:
            self.prepareGeometryChange()
            self.bounds = bounds
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """What it may paint on, in px about its place."""
        return self.bounds


class Badge(Mark):
    """A component's number on its colour: the same mark as in the table of parameters."""

    def __init__(self) -> None:
        super().__init__(60.0)
        self._text, self._colour, self._ink = "", QColor(), QColor()
        self._font = QFont()

    def show_component(self, identity: int, theme: Theme) -> None:
        """Becomes the badge of a component."""
        self._text = str(identity)
        self._colour, self._ink = theme.component(identity), theme.on_component(identity)
        self._font = look.font(look.CAPTION, 600)
        side = look.px(SIDE)
        self.resize_to(QRectF(-side, -side / 2 - 1, 2 * side, side + 2))

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws the rounded square and its number."""
        side = look.px(SIDE)
        width = side if len(self._text) < 3 else 2 * side - 8
        box = QRectF(-width / 2, -side / 2, width, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._ink)
        painter.setFont(self._font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._text)


class Words(Mark):
    """Plain text beside what it names, with a halo of the ground so that it can be read over lines and bars."""

    def __init__(self, size: int = look.CAPTION, weight: int = 500) -> None:
        super().__init__(50.0)
        self._size, self._weight = size, weight
        self._text, self._ink, self._ground = "", QColor(), QColor()
        self._font = QFont()
        self._align = 0.5
        self._laid_out = QStaticText()

    def width(self, text: str) -> float:
        """Width of a text in px."""
        return QFontMetricsF(look.font(self._size, self._weight)).horizontalAdvance(text)

    def elided(self, text: str, width: float) -> str:
        """A text cut to so many px."""
        metrics = QFontMetricsF(look.font(self._size, self._weight))
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str, ink: str, theme: Theme, align: float = 0.5) -> float:
        """Takes a text; align 0 puts its left end, 0.5 its middle, 1 its right end at its place. Gives its width."""
        self._ink, self._ground = QColor(ink), QColor(theme.plot)
        font = look.font(self._size, self._weight)
        if (text, align, font) != (self._text, self._align, self._font):
            self._text, self._align, self._font = text, align, font
            self._laid_out = QStaticText(text)
            self._laid_out.setTextFormat(Qt.TextFormat.PlainText)
            self._laid_out.prepare(font=font)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(text)
        top, height = -metrics.ascent() / 2 - 2, metrics.height()
        self.resize_to(QRectF(-align * width, top, width, height).adjusted(-HALO, -HALO, HALO, HALO))
        return width

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws the halo, then the text."""
        base = QPointF(self.bounds.left() + HALO, QFontMetricsF(self._font).capHeight() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        if painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf):
            self._paint_outline(painter, base)
            painter.setPen(self._ink)
            painter.drawText(base, self._text)
            return
        corner = base - QPointF(0.0, QFontMetricsF(self._font).ascent())
        painter.setPen(self._ground)
        for step in AROUND:
            painter.drawStaticText(corner + step, self._laid_out)
        painter.setPen(self._ink)
        painter.drawStaticText(corner, self._laid_out)

    def _paint_outline(self, painter: QPainter, base: QPointF) -> None:
        """One outline for files that are drawn on; on screen a dozen shifted copies take a fifth of the time."""
        path = QPainterPath()
        path.addText(base, self._font, self._text)
        pen = QPen(self._ground, 2 * HALO)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)


class Key(Mark):
    """Which colour of the bars is which label: a square and a name a row, the top right corner at its place."""

    ROW, LONGEST, MOST = 16.0, 120.0, 8

    def __init__(self) -> None:
        super().__init__(40.0)
        self._rows: list[tuple[QColor, str]] = []
        self._theme: Theme | None = None

    def show_rows(self, rows: list[tuple[QColor, str]], theme: Theme) -> float:
        """Takes the colours and names; gives its width."""
        metrics = QFontMetricsF(look.font(look.CAPTION))
        longest = look.px(self.LONGEST)
        shown = [(colour, metrics.elidedText(" ".join(name.split()), ELIDE, longest)) for colour, name in rows]
        if len(shown) > self.MOST:
            shown = [*shown[: self.MOST - 1], (QColor(0, 0, 0, 0), f"and {len(shown) - self.MOST + 1} more")]
        self._rows, self._theme = shown, theme
        width = max(metrics.horizontalAdvance(name) for _, name in shown) + 18.0
        self.resize_to(QRectF(-width, 0.0, width, look.px(self.ROW) * len(shown)))
        return width

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws squares and names."""
        assert self._theme is not None
        painter.setFont(look.font(look.CAPTION))
        height = look.px(self.ROW)
        for row, (colour, name) in enumerate(self._rows):
            middle = (row + 0.5) * height
            painter.fillRect(QRectF(self.bounds.left(), middle - 5, 10, 10), colour)
            painter.setPen(QColor(self._theme.ink2))
            box = QRectF(self.bounds.left() + 16, middle - height / 2, self.bounds.width(), height)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
