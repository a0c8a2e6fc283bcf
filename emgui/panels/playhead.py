"""The playhead of the time line, and the numbers beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from core.data import Array
from emgui import theme as look
from emgui.panels.badges import Mark, Words
from emgui.panels.plot import PlotPanel
from emgui.theme import Theme

BESIDE, LINE = 18.0, 17.0
"""Px from the playhead to the numbers, and from one line of them to the next."""


LEAST_LINES = 2.5
"""Lines of text that a plot must be high for anything to be written in it."""


class Playhead(Mark):
    """The cursor of the time line: a line with a flag that carries the iteration, and the points it stands on."""

    FLAG = 19.0
    """Height of the flag, in px at scale 1."""

    def __init__(self) -> None:
        super().__init__(45.0)
        self._text, self._height, self._shift = "", 0.0, 0.0
        self._accent, self._ink, self._ground, self._line = QColor(), QColor(), QColor(), QColor()
        self._filled: float | None = None
        self._hollow: float | None = None
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def restyle(self, theme: Theme) -> None:
        """Colours of the theme."""
        self._accent, self._ink = QColor(theme.accent), QColor(theme.on_accent)
        self._ground, self._line = QColor(theme.plot), QColor(theme.ink)
        self.update()

    def stand(
        self, text: str, height: float, room: tuple[float, float], filled: float | None, hollow: float | None
    ) -> None:
        """Takes its number, length, room to its left and right and the distances of its points from the top, in px."""
        half = self._flag_width(text) / 2
        left, right = room
        self._text, self._height, self._filled, self._hollow = text, height, filled, hollow
        self._shift = max(0.0, half - left) - max(0.0, half - right)
        self.resize_to(QRectF(-half - 6 - abs(self._shift), 0.0, 2 * (half + 6 + abs(self._shift)), height))

    def shape(self) -> QPainterPath:
        """12 px about the line: enough to be found with a mouse."""
        path = QPainterPath()
        path.addRect(QRectF(-6.0, 0.0, 12.0, self._height))
        return path

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws line, flag and points."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._accent)
        below = look.px(self.FLAG) - 2.0
        painter.drawRect(QRectF(-1.0, below, 2.0, self._height - below))
        self._paint_flag(painter)
        if self._hollow is not None:
            painter.setPen(QPen(self._line, 2.0))
            painter.setBrush(self._ground)
            painter.drawEllipse(QPointF(0.0, self._hollow), 4.5, 4.5)
        if self._filled is not None:
            painter.setPen(QPen(self._ground, 2.0))
            painter.setBrush(self._accent)
            painter.drawEllipse(QPointF(0.0, self._filled), 5.5, 5.5)

    def _paint_flag(self, painter: QPainter) -> None:
        width = self._flag_width(self._text)
        below = look.px(self.FLAG) - 2.0
        box = QRectF(self._shift - width / 2, 1.0, width, below)
        painter.drawRoundedRect(box, 4, 4)
        painter.drawPolygon(QPolygonF([QPointF(-5, below), QPointF(5, below), QPointF(0, below + 6)]))
        painter.setPen(self._ink)
        painter.setFont(look.font(look.CAPTION, 600))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._text)

    @staticmethod
    def _flag_width(text: str) -> float:
        return max(24.0, QFontMetricsF(look.font(look.CAPTION, 600)).horizontalAdvance(text) + 14.0)


class Said(NamedTuple):
    """What is written beside the playhead: a value in bold, a note under it, and the value's ink."""

    value: str
    note: str
    ink: str


class Beside:
    """The value and its note beside the playhead, where they cover no line."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self.value, self.note = Words(12, 600), Words(look.CAPTION, 400)
        for words in (self.value, self.note):
            words.setVisible(False)
            panel.box.addItem(words, ignoreBounds=True)

    def hide(self) -> None:
        """Takes both away."""
        self.value.setVisible(False)
        self.note.setVisible(False)

    def write(self, said: Said, x: float, y: float, bound: float | None, lines: list[tuple[Array, Array]]) -> None:
        """Writes beside the point x, y and the bound under it; lines are what should not be covered. All in px."""
        width, height = float(self._panel.box.width()), float(self._panel.box.height())
        line = look.px(LINE)
        if height < LEAST_LINES * line:
            self.hide()
            return
        said = said._replace(note=self.note.elided(said.note, 0.6 * width))
        wide = max(self.value.width(said.value), self.note.width(said.note))
        on_right = x + BESIDE + wide <= width
        left = x + BESIDE if on_right else x - BESIDE - wide
        y = min(max(y, 8.0), height - 8.0)
        apart = line if bound is None else max(line, min(bound, height - 8.0) + 18 - y)
        starts = [(y - 9, apart), (y + line, line), *((y - up, line) for up in range(2 * line + 2, int(height), 12))]
        spots = [(first, first + gap) for first, gap in starts if first >= 8 and first + gap <= height - 8]
        free = (spot for spot in spots if not _covers(lines, left, left + wide, spot))
        first, second = next(free, spots[0] if spots else (y - 9, y - 9 + line))
        self._put(said, x + (BESIDE if on_right else -BESIDE), first, second, 0.0 if on_right else 1.0)

    def _put(self, said: Said, x: float, first: float, second: float, align: float) -> None:
        theme, seen, (dx, dy) = self._panel.theme, self._panel.box.seen(), self._panel.box.per_pixel()
        self.value.say(said.value, said.ink, theme, align)
        self.note.say(said.note, theme.ink2, theme, align)
        for words, y in ((self.value, first), (self.note, second)):
            words.setPos(seen.left + x * dx, seen.top - y * dy)
        self.value.setVisible(True)
        self.note.setVisible(bool(said.note))


def _covers(lines: list[tuple[Array, Array]], left: float, right: float, spot: tuple[float, float]) -> bool:
    """Whether text between two x and about two y would stand on one of the lines."""
    at = np.linspace(left, right, 9)
    for xs, ys in lines:
        if len(xs):
            heights = np.interp(at, xs, ys, left=np.nan, right=np.nan)
            with np.errstate(invalid="ignore"):
                if ((heights > spot[0] - 8) & (heights < spot[1] + 8)).any():
                    return True
    return False
