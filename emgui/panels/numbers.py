"""The table of what is read off in a plot: a value, the rows about it, and a row of numbers for each component."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from emgui import theme as look
from emgui.panels.badges import Mark
from emgui.theme import Theme

ROW, GAP, PAD, SQUARE = 17.0, 14.0, 8.0, 9.0
"""Height of a row, room between columns and about the table, side of a component's square: px at scale 1."""
GROUND = 0.9
"""How much the table's ground covers of what is beneath it."""


class Numbers(Mark):
    """The table of what is read: its top left corner at its place."""

    def __init__(self) -> None:
        super().__init__(65.0)
        self._theme: Theme | None = None
        self._head, self._note = "", ""
        self._rows: list[tuple[QColor | None, str, str, str]] = []
        self._widths = (0.0, 0.0, 0.0)
        self.setVisible(False)

    def show_rows(self, head: str, note: str, rows: list[tuple[QColor | None, str, str, str]], theme: Theme) -> None:
        """Takes a heading, a note beside it, and rows of a colour and three texts."""
        self._head, self._note, self._rows, self._theme = head, note, rows, theme
        plain, strong = QFontMetricsF(look.font(look.CAPTION)), QFontMetricsF(look.font(look.CAPTION, 600))
        columns = [max(map(plain.horizontalAdvance, texts)) for texts in list(zip(*rows, strict=True))[1:]]
        first = columns[0] + look.px(SQUARE) + look.px(6)
        top = strong.horizontalAdvance(head) + look.px(GAP) + plain.horizontalAdvance(note)
        spare = max(0.0, top - first - columns[1] - columns[2] - 2 * look.px(GAP))
        self._widths = (first + spare, columns[1], columns[2])
        width = sum(self._widths) + 2 * look.px(GAP) + 2 * look.px(PAD)
        self.resize_to(QRectF(0.0, 0.0, width, look.px(ROW) * (len(rows) + 1) + look.px(PAD)))

    @property
    def text(self) -> str:
        """All of it, a line a row."""
        return "\n".join((f"{self._head}\t{self._note}", *("\t".join(row[1:]) for row in self._rows)))

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws ground, heading and rows."""
        theme = self._theme
        assert theme is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(theme.plot)
        ground.setAlphaF(GROUND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.bounds, 4, 4)
        inside = self.bounds.adjusted(look.px(PAD), look.px(PAD) / 2, -look.px(PAD), 0.0)
        line = QRectF(inside.left(), inside.top(), inside.width(), look.px(ROW))
        self._write(painter, line, self._head, theme.ink, Qt.AlignmentFlag.AlignLeft, 600)
        self._write(painter, line, self._note, theme.ink2, Qt.AlignmentFlag.AlignRight)
        for place, (colour, *texts) in enumerate(self._rows, start=1):
            line.moveTop(inside.top() + place * look.px(ROW))
            if colour is not None:
                side = look.px(SQUARE)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawRoundedRect(QRectF(line.left(), line.center().y() - side / 2, side, side), 2, 2)
            left = line.left() + (look.px(SQUARE) + look.px(6) if colour is not None else 0.0)
            ink = theme.ink2 if place == 1 else theme.ink
            self._write(painter, line.adjusted(left - line.left(), 0, 0, 0), texts[0], ink, Qt.AlignmentFlag.AlignLeft)
            right = line.left() + self._widths[0]
            for text, width in zip(texts[1:], self._widths[1:], strict=True):
                right += look.px(GAP) + width
                column = QRectF(right - width, line.top(), width, line.height())
                self._write(painter, column, text, ink, Qt.AlignmentFlag.AlignRight)

    @staticmethod
    def _write(painter: QPainter, box: QRectF, text: str, ink: str, align: Qt.AlignmentFlag, weight: int = 400) -> None:
        painter.setFont(look.font(look.CAPTION, weight))
        painter.setPen(QColor(ink))
        painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
