"""Formulas as they are written by hand: fractions with a bar, each component in its colour, equal parts in columns."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from core.explaining.worked import Block, Formula, Fraction
from emgui import theme as look
from emgui.theme import Theme

BETWEEN, HEAD, LINE, FLAT, AFTER, MARGIN, INSET = 6.0, 22.0, 42.0, 24.0, 14.0, 10.0, 3.0
"""px at scale 1: between pieces, of a heading, of a line with and without fractions, after a block, beside the colour,
and from the end of a fraction's bar to its texts."""


class Line(NamedTuple):
    """Where a formula stands."""

    box: QRectF
    formula: Formula
    widths: tuple[float, ...]


class FormulaView(QWidget):
    """Shows blocks of formulas. A click on a line chooses its component; Ctrl+C copies all as text."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme, self.selected = theme, 0
        self._blocks: tuple[Block, ...] = ()
        self._lines: list[Line] = []
        self._texts: list[tuple[QRectF, str, bool]] = []
        self._size = QSize(0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Formulas with the numbers of the row")

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        self.theme = theme
        self._lay_out()

    def show_blocks(self, blocks: tuple[Block, ...], selected: int = 0) -> None:
        """Shows blocks, with the lines of the selected component marked."""
        self._blocks, self.selected = blocks, selected
        self.setAccessibleDescription(self.text)
        self._lay_out()

    @property
    def text(self) -> str:
        """All of it, as plain text."""
        return "\n\n".join(map(str, self._blocks))

    # ---- where everything stands

    @property
    def _font(self) -> QFont:
        return look.font(look.TEXT)

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(self._font)
        small = QFontMetricsF(look.font(look.CAPTION))
        self._lines, self._texts = [], []
        y, widest = 0.0, 0.0
        for block in self._blocks:
            if block.title:
                self._texts.append((QRectF(0.0, y, 0.0, look.px(HEAD)), block.title, True))
                y += look.px(HEAD)
            columns = _columns(block, metrics)
            for formula in block.formulas:
                tall = look.px(LINE if any(isinstance(one, Fraction) for one in formula.pieces) else FLAT)
                width = sum(columns) + sum(map(_after, formula.pieces)) + look.px(MARGIN)
                self._lines.append(Line(QRectF(0.0, y, width, tall), formula, columns))
                y, widest = y + tall, max(widest, width)
            if block.remark:
                room = max(float(look.px(480)), widest)
                box = small.boundingRect(QRectF(0.0, 0.0, room, 1e4), int(Qt.TextFlag.TextWordWrap), block.remark)
                self._texts.append((QRectF(0.0, y + look.px(2), room, box.height()), block.remark, False))
                y += look.px(2) + box.height()
                widest = max(widest, box.width())
            y += look.px(AFTER)
        self._size = QSize(round(widest) + 1, round(y))
        self.setMinimumSize(self._size)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As large as what is written."""
        return self._size

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Writes headings, lines and remarks."""
        painter, theme = QPainter(self), self.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for box, text, is_title in self._texts:
            painter.setFont(look.font(look.CAPTION, 600 if is_title else 400))
            painter.setPen(QColor(theme.ink2))
            if is_title:
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
                painter.drawText(box, flags, text)
            else:
                painter.drawText(box, Qt.TextFlag.TextWordWrap, text)
        painter.setFont(self._font)
        for line in self._lines:
            self._paint_line(painter, line)
        painter.end()

    def _paint_line(self, painter: QPainter, line: Line) -> None:
        theme, identity = self.theme, line.formula.identity
        if identity and identity == self.selected:
            painter.fillRect(QRectF(0.0, line.box.top(), float(self.width()), line.box.height()), QColor(theme.tint))
        if identity:
            bar = QRectF(0.0, line.box.top() + 4, look.px(3), line.box.height() - 8)
            painter.fillRect(bar, theme.component(identity))
        x, middle = float(look.px(MARGIN)), line.box.center().y()
        painter.setPen(QColor(theme.ink))
        for piece, width in zip(line.formula.pieces, line.widths, strict=False):
            box = QRectF(x, line.box.top(), width, line.box.height())
            if isinstance(piece, Fraction):
                self._paint_fraction(painter, piece, box, middle)
            else:
                painter.setPen(QColor(theme.ink2 if piece == "this row" or piece.startswith("of ") else theme.ink))
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, piece)
                painter.setPen(QColor(theme.ink))
            x += width + _after(piece)

    @staticmethod
    def _paint_fraction(painter: QPainter, fraction: Fraction, box: QRectF, middle: float) -> None:
        half = box.height() / 2
        centred = Qt.AlignmentFlag.AlignHCenter
        upper, lower = QRectF(box.left(), middle - half, box.width(), half - 2), QRectF(
            box.left(), middle + 2, box.width(), half - 2
        )  # fmt: skip
        painter.drawText(upper, centred | Qt.AlignmentFlag.AlignBottom, fraction.over)
        painter.drawText(lower, centred | Qt.AlignmentFlag.AlignTop, fraction.under)
        painter.fillRect(QRectF(box.left(), round(middle), box.width(), 1.0), painter.pen().color())

    # ---- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses the component of a line; none where there is no line."""
        y = event.position().y()
        found = (one.formula.identity for one in self._lines if one.box.top() <= y < one.box.bottom())
        self.chosen.emit(next(found, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.text)
        else:
            super().keyPressEvent(event)


def _after(piece: str | Fraction) -> float:
    """Room after a piece in px: more where the row's own part follows."""
    is_result = isinstance(piece, str) and piece[:1] in ("=", "→") and len(piece) > 1
    return float(look.px(3 * BETWEEN if is_result else BETWEEN))


def _columns(block: Block, metrics: QFontMetricsF) -> tuple[float, ...]:
    """The width of each column of pieces."""
    n = max((len(formula.pieces) for formula in block.formulas), default=0)
    widths = [0.0] * n
    for formula in block.formulas:
        for place, piece in enumerate(formula.pieces):
            texts = piece if isinstance(piece, Fraction) else (piece,)
            wide = max(metrics.horizontalAdvance(text) for text in texts)
            widths[place] = max(widths[place], wide + (2 * look.px(INSET) if isinstance(piece, Fraction) else 0.0))
    return tuple(widths)
