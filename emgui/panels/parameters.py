"""The parameters at the cursor: a badge, weight, mean and sd for each component, copyable to a spreadsheet."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from emgui import formatting
from emgui import theme as looks
from emgui.document import Document
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
BADGE, BADGE_COLUMN = 16, 34


class ParameterModel(QAbstractTableModel):
    """The mixture at the document's cursor as rows of text; column 0 is the component's number."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self._names: tuple[str, ...] = ()
        self._ids: tuple[int, ...] = ()
        self._values: list[list[float]] = []
        self._cells: list[list[str]] = []

    def refresh(self) -> None:
        """Reads the document."""
        moment = self.document.moment
        names: tuple[str, ...] = ()
        ids: tuple[int, ...] = ()
        columns: list[list[float]] = []
        if moment is not None:
            names = ("weight", *moment.mixture.parameters)
            ids = moment.mixture.ids
            columns = [moment.mixture.weights.tolist(), *(p.tolist() for p in moment.mixture.parameters.values())]
        reshaped = names != self._names or len(ids) != len(self._ids)
        if reshaped:
            self.beginResetModel()
        self._names, self._ids, self._values = names, ids, columns
        self._cells = [formatting.column(column) for column in columns]
        if moment is not None:
            # Means are told apart in units of the sds, whatever their offset.
            spread = moment.mixture.family.spread(moment.mixture.parameters)
            self._cells[1] = formatting.column(columns[1], float(spread.min()))
        if reshaped:
            self.endResetModel()
        elif ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(ids) - 1, len(names)))

    def identity(self, row: int) -> int:
        """The number of the component in a row; 0 outside."""
        return self._ids[row] if 0 <= row < len(self._ids) else 0

    def row_of(self, identity: int) -> int:
        """The row of a component; −1 if there is none."""
        return self._ids.index(identity) if identity in self._ids else -1

    def text(self) -> str:
        """The table as tab-separated lines with full precision, as spreadsheets paste it."""
        lines = ["\t".join(("component", *self._names))]
        for row, identity in enumerate(self._ids):
            lines.append("\t".join((str(identity), *(repr(column[row]) for column in self._values))))
        return "\n".join(lines) + "\n"

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of components."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """The number, the weight and the family's parameters."""
        return 0 if parent.isValid() or not self._names else 1 + len(self._names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and alignment of a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return str(self._ids[index.row()]) if index.column() == 0 else self._cells[index.column() - 1][index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() > 0:
            cell = self._cells[index.column() - 1][index.row()]
            return f"{self._names[index.column() - 1]} of component {self._ids[index.row()]}: {cell}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Names of the parameters with the column's unit."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole or section == 0:
            return "" if role == Qt.ItemDataRole.DisplayRole else None
        name, unit = self._names[section - 1], self.document.unit
        return f"{name} ({unit})" if unit and name != "weight" else name


class ParameterDelegate(QStyledItemDelegate):
    """Draws a row: tint when selected, a rule beneath, the badge, numbers to the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme = self.theme
        painter.save()
        rect: Any = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(theme.tint))
        view = self.parent()
        if selected and index.column() == 0 and isinstance(view, QTableView) and view.hasFocus():
            painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == 0:
            self._badge(painter, QRectF(rect), int(index.data()))
        else:
            painter.setPen(QColor(theme.ink))
            painter.setFont(looks.font())
            painter.drawText(
                rect.adjusted(0, 0, -8, 0),
                int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
                str(index.data()),
            )
        painter.restore()

    def _badge(self, painter: QPainter, rect: QRectF, identity: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect.left() + 12, rect.center().y() - BADGE / 2 + 0.5, BADGE, BADGE)
        painter.setBrush(self.theme.component(identity))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self.theme.on_component(identity))
        painter.setFont(looks.font(11 if identity < 10 else 9, 600))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(identity))


class ParameterTable(QTableView):
    """The parameter table. Selecting a row selects its component everywhere; Ctrl+C copies all of it."""

    height_changed = Signal()

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows = ParameterModel(document, self)
        self._delegate = ParameterDelegate(theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAccessibleName("Parameters of the components")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setMinimumSectionSize(BADGE_COLUMN)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        self.rows.modelReset.connect(self._fit)
        self.selectionModel().currentRowChanged.connect(self._row_chosen)
        document.selection_changed.connect(self._show_selection)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def refresh(self) -> None:
        """Shows the cursor's parameters."""
        self.rows.refresh()

    def copy(self) -> None:
        """Puts the table on the clipboard, as a spreadsheet takes it."""
        QApplication.clipboard().setText(self.rows.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        count = self.rows.rowCount()
        height = 32 if count < 6 else 28
        self.verticalHeader().setDefaultSectionSize(height)
        if self.rows.columnCount():
            header = self.horizontalHeader()
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(0, BADGE_COLUMN)
        metrics = QFontMetrics(looks.font(looks.CAPTION))
        self.setFixedHeight((metrics.height() + 12 if count else 0) + count * height)
        self._show_selection()
        self.height_changed.emit()

    def _row_chosen(self, current: QModelIndex) -> None:
        if current.isValid():
            self.document.select(self.rows.identity(current.row()))

    def _show_selection(self) -> None:
        row = self.rows.row_of(self.document.selected)
        if row < 0:
            self.clearSelection()
        elif self.currentIndex().row() != row or not self.selectionModel().isRowSelected(row):
            self.selectRow(row)
