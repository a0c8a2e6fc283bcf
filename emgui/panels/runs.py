"""The list of runs: the line each is drawn with, its log-likelihood and BIC, and what it was."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core import formatting
from emgui import theme as looks
from emgui.document import Document
from emgui.run import Run
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW = 46
NUMBER_WIDTH = 76


class RunModel(QAbstractListModel):
    """The document's runs, in the order they were made."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self.runs: list[Run] = []

    def refresh(self) -> None:
        """Reads the document."""
        if self.runs != self.document.runs:
            self.beginResetModel()
            self.runs = list(self.document.runs)
            self.endResetModel()
        elif self.document.current in self.runs:  # the others stay as they are
            place = self.index(self.runs.index(self.document.current))
            self.dataChanged.emit(place, place)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of runs."""
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name, and everything in words for a screen reader."""
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            figures = (
                f"log-likelihood {formatting.log_likelihood(run.log_likelihood)}, BIC {formatting.criterion(run.bic)}"
            )
            return f"{run.name}: {run.describe()}; {figures}"
        return None


class RunDelegate(QStyledItemDelegate):
    """Draws a run in two lines."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.theme = document, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines high."""
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One run."""
        theme = self.theme
        run: Run = index.model().runs[index.row()]  # type: ignore[attr-defined]
        current = run is self.document.current
        rect = QRectF(option.rect)
        painter.save()
        if current:
            painter.fillRect(rect, QColor(theme.tint))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(looks.pen(theme.ink, 1.75) if current else _pen_in_plots(run.number, theme))
        painter.drawLine(
            round(rect.left()) + 12, round(rect.top()) + 15, round(rect.left()) + 33, round(rect.top()) + 15
        )
        painter.setPen(QColor(theme.ink))
        painter.setFont(looks.font(looks.TEXT, 600 if current else 400))
        name = rect.adjusted(40, 6, -8, -ROW / 2)
        painter.drawText(name, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), run.name)
        painter.setFont(looks.font())
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(name, right, formatting.criterion(run.bic))
        likelihood = formatting.log_likelihood(run.log_likelihood)
        painter.drawText(name.adjusted(0, 0, -NUMBER_WIDTH, 0), right, likelihood)
        painter.setPen(QColor(theme.ink2))
        painter.setFont(looks.font(looks.CAPTION))
        second = rect.adjusted(40, ROW / 2 - 2, -8, -5)
        words = QFontMetrics(painter.font()).elidedText(
            run.describe(), Qt.TextElideMode.ElideRight, int(second.width())
        )
        painter.drawText(second, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)
        painter.restore()


class RunList(QListView):
    """The runs; choosing one shows it."""

    chosen = Signal(object)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows = RunModel(document, self)
        self._marked: Run | None = None
        self._delegate = RunDelegate(document, theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Runs")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        self.rows.modelReset.connect(self._fit)
        self._fit()

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def refresh(self) -> None:
        """Shows the document's runs."""
        self.rows.refresh()
        if not self.hasFocus() and self.document.current in self.rows.runs:
            self.setCurrentIndex(self.rows.index(self.rows.runs.index(self.document.current)))
        if self._marked is not self.document.current:
            self._marked = self.document.current
            self.viewport().update()

    def _fit(self) -> None:
        self.setFixedHeight(max(1, self.rows.rowCount()) * ROW)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.rows.runs[index.row()])


def _pen_in_plots(number: int, theme: Theme) -> QPen:
    from emgui.panels.other_runs import run_pen  # the plots load much, and come later than this list

    return run_pen(number, theme)
