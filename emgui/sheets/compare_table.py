"""The models that were fitted as a table: ranked, muted where they cannot win, and the one that is shown marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.selection.models import Skipped
from core.selection.ranking import Made, Ranked
from emgui import theme as looks
from emgui.sheets.compare_rows import ENDED, LEFT, MODEL, RIGHT, CompareModel, Index
from emgui.sheets.sheet_table import SheetTable
from emgui.theme import Theme

ROW, PAD, BETWEEN = 28, 8, 6
"""Height of a row, room right of what stands in a cell and left of a number, in px."""


class CompareDelegate(QStyledItemDelegate):
    """Draws a cell: tint when selected, an accent bar where it is shown, muted where it cannot win."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        model, theme, rect = index.model(), self.theme, QRect(option.rect)
        assert isinstance(model, CompareModel)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.tint))
        shown = model.is_shown(index.row())
        if shown and index.column() == 0:
            painter.fillRect(rect.adjusted(0, 0, 3 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        column, muted = model.column(index), model.is_muted(index.row())
        ink = theme.ink2 if muted else theme.ink
        if column is ENDED:
            ink = theme.warning if muted and index.row() < len(model.models) else theme.ink2
        best = index.row() == 0 and not muted
        painter.setPen(QColor(ink))
        painter.setFont(looks.font(looks.TEXT, 600 if best or (shown and column is MODEL) else 400))
        room = rect.adjusted(0, 0, -PAD, 0)
        text = QFontMetrics(painter.font()).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, LEFT if column.left else RIGHT, text)
        painter.restore()


class CompareTable(SheetTable):
    """The table. A click or Enter on a row emits `wanted` with its model; Ctrl+C copies all of it."""

    wanted = Signal(object)
    current_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Models, best first", ROW, parent)
        self.rows = CompareModel(self)
        self._delegate = CompareDelegate(theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.horizontalHeader().setStretchLastSection(True)
        self.clicked.connect(lambda index: self._want(index.row()))
        self.selectionModel().currentRowChanged.connect(lambda *_: self.current_changed.emit())

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def show_models(self, criterion: str, models: Sequence[Ranked], skipped: Sequence[Skipped]) -> None:
        """Shows other models; the row that was chosen stays chosen, wherever it goes."""
        current = self.current
        self.rows.show_models(criterion, models, skipped)
        self._fit()
        if current is not None and self.rows.row_of(current.place) >= 0:
            self.selectRow(self.rows.row_of(current.place))

    @property
    def current(self) -> Made | None:
        """The model of the chosen row; None where no row is, or one that was not fitted."""
        return self.rows.made(self.currentIndex().row()) if self.currentIndex().isValid() else None

    def text(self) -> str:
        """The table as it is copied."""
        return self.rows.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter shows the chosen model."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._want(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _want(self, row: int) -> None:
        made = self.rows.made(row)
        if made is not None:
            self.wanted.emit(made)

    def _fit(self) -> None:
        """Columns as wide as what stands in them; the last takes the rest."""
        text, head = (
            QFontMetrics(looks.font(size, weight)) for size, weight in ((looks.TEXT, 600), (looks.CAPTION, 400))
        )
        for at, column in enumerate(self.rows.columns[:-1]):
            cells = [text.horizontalAdvance(self.rows.cell(row, column.name)) for row in range(self.rows.rowCount())]
            widest = max([head.horizontalAdvance(f"↑ {column.head}"), *cells])
            self.setColumnWidth(at, max(widest + PAD + BETWEEN, looks.px(34)))
