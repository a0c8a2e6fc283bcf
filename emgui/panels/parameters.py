"""The parameters at the cursor: a badge and the numbers of each component, to read, hold, change and copy."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from emgui import theme as looks
from emgui.document import Document, Message
from emgui.nudging import nudged
from emgui.panels.parameter_cells import GAP, PAD, PIN, TALL, ParameterDelegate
from emgui.panels.parameter_model import Cell, ParameterModel
from emgui.theme import Theme

BADGE_COLUMN = 34
NUMBERS = "0123456789-−."
"""Typing one of these in a cell changes its number."""
NUDGES = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
"""Keys that with Alt move a number a little."""


class ParameterTable(QTableView):
    """The parameter table. Selecting a row selects its component everywhere; Ctrl+C copies all of it.

    `hold_wanted` asks to hold a value or to let it go, `value_wanted` to put another one in its place.
    """

    height_changed = Signal()
    hold_wanted = Signal(int, str)
    value_wanted = Signal(int, str, float)
    component_menu_wanted = Signal(QPoint)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows = ParameterModel(document, self)
        self._delegate = ParameterDelegate(theme, self)
        self._delegate.edited.connect(self.value_wanted)
        self._delegate.refused.connect(
            lambda text: document.say(Message("error", "That value cannot be used", f"“{text}” is not a number."))
        )
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        # A click selects and leaves the keys to the window, so that Space still runs; Tab brings them here.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setAccessibleName("Parameters of the components")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideNone)
        header.setMinimumSectionSize(looks.px(BADGE_COLUMN))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        self.rows.modelReset.connect(self._fit)
        self.selectionModel().currentRowChanged.connect(self._row_chosen)
        document.selection_changed.connect(self._show_selection)
        document.view_changed.connect(self._fit)
        document.previewed.connect(self.refresh)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def refresh(self) -> None:
        """Shows the cursor's parameters."""
        had = self.rows.has_errors, self.rows.comparison is None
        self.rows.refresh()
        if had != (self.rows.has_errors, self.rows.comparison is None):
            self._fit()

    def copy(self) -> None:
        """Puts the table on the clipboard, as a spreadsheet takes it."""
        QApplication.clipboard().setText(self.rows.text())

    @property
    def cell(self) -> Cell | None:
        """The number that was chosen last, or the first parameter of the selected component."""
        cell = self.rows.cell(self.currentIndex())
        if cell is not None and cell.identity == self.document.selected:
            return cell
        row = self.rows.row_of(self.document.selected)
        found = (self.rows.cell(self.rows.index(row, column)) for column in range(2, self.rows.columnCount()))
        return next((one for one in found if one is not None), None) if row >= 0 else None

    def toggle_held(self) -> None:
        """Holds the chosen value, or lets it go."""
        cell = self.cell
        if cell is not None:
            self.hold_wanted.emit(cell.identity, cell.name)

    def edit_value(self) -> None:
        """Opens the field in which the chosen value can be changed."""
        cell = self.cell
        for column in range(1, self.rows.columnCount()):
            index = self.rows.index(self.rows.row_of(self.document.selected), column)
            if cell is not None and self.rows.cell(index) == cell:
                self.setCurrentIndex(index)
                self.edit(index)

    def uses(self, key: int) -> bool:
        """Whether a key means something here, where the keyboard is: arrows go along a row, Space holds a number."""
        if key == Qt.Key.Key_Space:
            return self.rows.cell(self.currentIndex()) is not None
        return key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_F2)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Ctrl+C copies, Space holds, a digit begins another number, Alt with up or down moves it a little."""
        index, is_alt = self.currentIndex(), event.modifiers() == Qt.KeyboardModifier.AltModifier
        if is_alt and event.key() in NUDGES:
            self._nudge(NUDGES[Qt.Key(event.key())])
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Space and self.rows.cell(index) is not None:
            self.toggle_held()
        elif event.text() and event.text() in NUMBERS and self.rows.cell(index) is not None:
            self.edit(index, QAbstractItemView.EditTrigger.AllEditTriggers, event)
        else:
            super().keyPressEvent(event)

    def _nudge(self, by: int) -> None:
        cell, moment = self.rows.cell(self.currentIndex()), self.document.moment
        if cell is not None and moment is not None:
            self.value_wanted.emit(*cell, nudged(moment.mixture, *cell, by))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click on the pin holds the value, or lets it go."""
        at = event.position().toPoint()
        index = self.indexAt(at)
        cell = self.rows.cell(index)
        on_pin = cell is not None and self._delegate.is_on_pin(self.visualRect(index), str(index.data()), at)
        if on_pin and cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.hold_wanted.emit(cell.identity, cell.name)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """The menu of the component in the row under the pointer, or by the key of the one that is selected."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            self.document.select(self.rows.identity(index.row()))
            corner = self.visualRect(index).center()
            self.component_menu_wanted.emit(self.viewport().mapToGlobal(corner) if by_key else event.globalPos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """On the pin the second click of two is one more."""
        at = event.position().toPoint()
        index = self.indexAt(at)
        if self.rows.cell(index) is None or not self._delegate.is_on_pin(self.visualRect(index), str(index.data()), at):
            super().mouseDoubleClickEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another width has room for other digits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count, columns = self.rows.rowCount(), self.rows.columnCount()
        height = looks.px(32 if count < 6 else 28)
        if self.rows.comparison is not None or (self.rows.has_errors and count < 6):
            height = looks.px(TALL)
        self.verticalHeader().setDefaultSectionSize(height)
        if columns:
            header = self.horizontalHeader()
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(0, looks.px(BADGE_COLUMN))
            width = (self.width() - looks.px(BADGE_COLUMN)) / (columns - 1)
            self.rows.set_room(width - looks.px(PAD) - GAP - looks.px(PIN), width - looks.px(10))
        metrics = QFontMetrics(looks.font(looks.CAPTION))
        head = metrics.lineSpacing() * self.rows.head_height + looks.px(12) if count else 0
        self.horizontalHeader().setFixedHeight(head)
        self.setFixedHeight(head + count * height)
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
