"""The list of runs: the line each is drawn with, its log-likelihood and BIC, and what it was."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QListView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core import formatting
from emgui import theme as looks
from emgui.document import Document
from emgui.run import Run
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW, NUMBER_WIDTH = 46, 76
"""Height of a row and width of its BIC, in px at scale 1."""
HINT = "Click shows a run, Ctrl+click lays it over the one shown; F2 renames it, Delete takes it from the list."
MOST_LETTERS = 60


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
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._sentence(run)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._sentence(run)}\n{HINT}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A run can be renamed."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _sentence(self, run: Run) -> str:
        """All that a row shows."""
        standing = {self.document.current: ", shown", self.document.compared: ", compared with the one shown"}
        figures = f"log-likelihood {formatting.log_likelihood(run.log_likelihood)}, BIC {formatting.criterion(run.bic)}"
        return f"{run.name}{standing.get(run, '')}: {run.describe()}; {figures}"


class RunDelegate(QStyledItemDelegate):
    """Draws a run in two lines. `renamed` carries a run and the name that was typed for it."""

    renamed = Signal(object, str)

    def __init__(self, document: Document, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.theme = document, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines high."""
        return QSize(200, looks.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One run."""
        theme = self.theme
        run: Run = index.model().runs[index.row()]  # type: ignore[attr-defined]
        current, compared = run is self.document.current, run is self.document.compared
        rect, px = QRectF(option.rect), looks.px
        painter.save()
        if current:
            painter.fillRect(rect, QColor(theme.tint))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(looks.pen(theme.ink, 1.75) if current else _pen_in_plots(run.number, theme, compared))
        left, middle = round(rect.left()), round(rect.top()) + px(15)
        painter.drawLine(left + px(12), middle, left + px(33), middle)
        painter.setPen(QColor(theme.ink))
        painter.setFont(looks.font(looks.TEXT, 600 if current else 500 if compared else 400))
        name = rect.adjusted(px(40), px(6), -px(8), -px(ROW) / 2)
        likelihood = formatting.log_likelihood(run.log_likelihood)
        taken = px(NUMBER_WIDTH) + QFontMetrics(looks.font()).horizontalAdvance(likelihood) + px(8)
        called = QFontMetrics(painter.font()).elidedText(
            run.name, Qt.TextElideMode.ElideRight, int(name.width() - taken)
        )
        painter.drawText(name, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), called)
        painter.setFont(looks.font())
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(name, right, formatting.criterion(run.bic))
        painter.drawText(name.adjusted(0, 0, -px(NUMBER_WIDTH), 0), right, likelihood)
        painter.setPen(QColor(theme.ink2))
        painter.setFont(looks.font(looks.CAPTION))
        second = rect.adjusted(px(40), px(ROW) / 2 - 2, -px(8), -5)
        text = f"compared · {run.describe()}" if compared else run.describe()
        words = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, int(second.width()))
        painter.drawText(second, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """A field for the name."""
        field = QLineEdit(parent, maxLength=MOST_LETTERS)
        field.setAccessibleName("Name of the run")
        field.setFrame(False)
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """The name it has; what is being typed stays when the run's figures change."""
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(str(index.data()))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:  # noqa: N802
        """Asks for the name."""
        if isinstance(editor, QLineEdit):
            self.renamed.emit(model.runs[index.row()], editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """In place of the first line."""
        row = option.rect
        left = looks.px(36)
        editor.setGeometry(row.left() + left, row.top() + 1, row.width() - left - looks.px(8), looks.px(23))


class RunList(QListView):
    """The runs; choosing one shows it, with Ctrl it is laid over the one shown. A menu has what can be done with one.

    `compare_wanted` carries the run to compare with; None to put that back.
    """

    chosen = Signal(object)
    compare_wanted = Signal(object)
    rename_wanted = Signal(object, str)
    delete_wanted = Signal(object)

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
        self.setAccessibleDescription(HINT)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        document.compared_changed.connect(self.viewport().update)
        self.rows.modelReset.connect(self._fit)
        self._delegate.renamed.connect(self.rename_wanted)
        self.setEditTriggers(QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed)
        self._fit()

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def refresh(self) -> None:
        """Shows the document's runs."""
        self.rows.refresh()
        is_typing = self.state() is QListView.State.EditingState
        if not is_typing and not self.hasFocus() and self.document.current in self.rows.runs:
            self.setCurrentIndex(self.rows.index(self.rows.runs.index(self.document.current)))
        if self._marked is not self.document.current:
            self._marked = self.document.current
            self.viewport().update()

    def menu(self, run: Run) -> QMenu:
        """What can be done with a run."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        is_current, is_compared = run is self.document.current, run is self.document.compared
        show = made.addAction("&Show")
        show.setEnabled(not is_current)
        show.triggered.connect(lambda: self.chosen.emit(run))
        compare = made.addAction("Stop &comparing" if is_compared else "&Compare with the one shown")
        compare.setEnabled(not is_current)
        compare.triggered.connect(lambda: self._compare(run))
        made.addSeparator()
        made.addAction("Re&name").triggered.connect(lambda: self.begin_rename(run))
        made.addAction("&Delete").triggered.connect(lambda: self.delete_wanted.emit(run))
        return made

    def begin_rename(self, run: Run) -> None:
        """Opens the field in which a run gets a name."""
        if run in self.rows.runs:
            index = self.rows.index(self.rows.runs.index(run))
            self.setCurrentIndex(index)
            self.edit(index)

    @staticmethod
    def uses(key: int) -> bool:
        """Whether a key means something here, where the keyboard is: F2 renames the run, Delete takes it away."""
        return key in (Qt.Key.Key_F2, Qt.Key.Key_Delete)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """The menu of the run under the pointer, or by the key of the one that has the focus."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            corner = self.visualRect(index).center()
            self.menu(self.rows.runs[index.row()]).popup(self.mapToGlobal(corner) if by_key else event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Ctrl+click lays a run over the one shown, or takes it away."""
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and event.modifiers() == Qt.KeyboardModifier.ControlModifier and index.isValid():
            self._compare(self.rows.runs[index.row()])
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """The end of a Ctrl+click chooses nothing."""
        if event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Return shows the run that has the focus; with Ctrl, or C, it is compared with the one shown."""
        index = self.currentIndex()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if index.isValid() and plain and event.key() == Qt.Key.Key_C:
            self._compare(self.rows.runs[index.row()])
        elif index.isValid() and plain and event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(self.rows.runs[index.row()])
        elif index.isValid() and plain and is_enter:
            self._choose(index)
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.setFixedHeight(max(1, self.rows.rowCount()) * looks.px(ROW))

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.rows.runs[index.row()])

    def _compare(self, run: Run) -> None:
        if run is not self.document.current:
            self.compare_wanted.emit(None if run is self.document.compared else run)


def _pen_in_plots(number: int, theme: Theme, compared: bool) -> QPen:
    from emgui.panels.other_runs import run_pen  # the plots load much, and come later than this list

    return run_pen(number, theme, compared=compared)
