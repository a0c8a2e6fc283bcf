"""The list of thresholds as a table: drawn, edited, moved with keys and copied."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core import formatting
from core.thresholds.placing import Placed
from emgui import theme as looks
from emgui.document import Document, Message
from emgui.sheets.rest_column import take_rest
from emgui.sheets.sheet_table import SheetTable
from emgui.sheets.thresholds_model import BETWEEN, LEFT, ORIGINAL, RIGHT, VALUE, WHERE, ThresholdsModel
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
WIDTHS = (76, 0, 110, 126, 106, 84, 84, 116, 116, 84, 84)
ROW, BADGE, PAD = 30, 16, 8
LONGEST = "equally likely, beyond all rows"
"""What there is room for beside the numbers, which else are scrolled."""
NUMBERS = "0123456789-−."
"""Typing one of these changes the value."""
TAKES_BACK = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
STEPS = 500
"""Steps of a key that the data are long."""


class ThresholdsDelegate(QStyledItemDelegate):
    """Draws a row: tint when selected, a rule beneath, two badges for what it parts; a field for the value."""

    edited = Signal(int, float)
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme, rect = self.theme, option.rect
        model = index.model()
        assert isinstance(model, ThresholdsModel)
        one = model.lines[index.row()].placed
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.tint))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == BETWEEN:
            self._badges(painter, QRectF(rect), one)
        else:
            text = str(index.data())
            is_quiet = text == "–" or (index.column() == WHERE and not one.rule.by_hand)
            painter.setPen(QColor(theme.ink3 if text == "–" else theme.ink2 if is_quiet else theme.ink))
            painter.setFont(looks.font())
            side = LEFT if index.column() == WHERE else RIGHT
            inside = rect.adjusted(0, 0, -PAD, 0)
            if side == LEFT:  # numbers have room; half of one would be another
                text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(inside, int(side), text)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """A field as large as the cell."""
        editor = QLineEdit(parent, alignment=Qt.AlignmentFlag.AlignRight)
        editor.setAccessibleName("Value of the threshold")
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """The value with all its digits."""
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        """Tells what was typed."""
        if not isinstance(editor, QLineEdit) or not editor.isModified():
            return
        try:
            value = formatting.parsed(editor.text())
        except ValueError:
            value = float("nan")
        if isfinite(value):
            self.edited.emit(index.row(), value)
        else:
            self.refused.emit(editor.text())

    def _badges(self, painter: QPainter, rect: QRectF, one: Placed) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = looks.px(BADGE)
        for place, identity in enumerate((one.below, one.above)):
            box = QRectF(rect.left() + place * (side + 10), rect.center().y() - side / 2 + 0.5, side, side)
            painter.setBrush(self.theme.component(identity))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(self.theme.on_component(identity))
            painter.setFont(looks.font(11 if identity < 10 else 9, 600))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(identity))
        x = rect.left() + side + 5
        painter.setPen(QPen(QColor(self.theme.ink3), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawLine(int(x), int(rect.center().y() - side / 2), int(x), int(rect.center().y() + side / 2))


class ThresholdsTable(SheetTable):
    """The list. Selecting a row selects its line in the histogram; Alt with an arrow moves it, Del takes it back."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Thresholds", ROW, parent)
        self.document = document
        self.rows = ThresholdsModel(document, self)
        self._delegate = ThresholdsDelegate(theme, self)
        self._delegate.edited.connect(self._edited)
        self._delegate.refused.connect(
            lambda text: document.say(Message("error", "That value cannot be used", f"“{text}” is not a number."))
        )
        self.hint = ""
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        header = self.horizontalHeader()
        for place, width in enumerate(WIDTHS):
            if place != WHERE:
                header.resizeSection(place, looks.px(width))
        self._give_rest()
        self.selectionModel().currentRowChanged.connect(self._row_chosen)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """An empty table says what will be there."""
        super().paintEvent(event)
        if not self.rows.lines and self.hint:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self._delegate.theme.ink2))
            painter.setFont(looks.font())
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(40, 0, -40, 0), int(words), self.hint)
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """What a threshold is has what the numbers leave."""
        super().resizeEvent(event)
        self._give_rest()

    def _give_rest(self) -> None:
        take_rest(self, WHERE, QFontMetrics(looks.font()).horizontalAdvance(LONGEST) + 2 * PAD)

    def refresh(self) -> None:
        """Shows the thresholds of what is shown."""
        self.rows.refresh()
        data = self.document.data
        self.setColumnHidden(ORIGINAL, data is None or not data.transform)
        self._give_rest()
        chosen = next((row for row, line in enumerate(self.rows.lines) if self._parting.is_selected(line.placed)), -1)
        if chosen < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != chosen or not self.selectionModel().isRowSelected(chosen):
            self.setCurrentIndex(self.rows.index(chosen, VALUE))

    @property
    def chosen(self) -> Placed | None:
        """The selected threshold."""
        row = self.currentIndex().row()
        return self.rows.lines[row].placed if 0 <= row < len(self.rows.lines) else None

    def edit_value(self) -> None:
        """Opens the field of the selected one."""
        if self.chosen is not None:
            self.edit(self.rows.index(self.currentIndex().row(), VALUE))

    def text(self) -> str:
        """The list as it is copied."""
        return self.rows.text()

    def event(self, event: QEvent) -> bool:
        """Keys of this table that would else be the main window's: Del removes a component there."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if event.key() in TAKES_BACK or (is_alt and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Alt with an arrow moves (with Shift ten times as far), Del takes back, a digit edits."""
        one, key = self.chosen, event.key()
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if one is not None and is_alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.nudge(far if key == Qt.Key.Key_Right else -far)
        elif one is not None and key in TAKES_BACK:
            self.take_back()
        elif one is not None and event.text() and event.text() in NUMBERS:
            self.edit(
                self.rows.index(self.currentIndex().row(), VALUE), QAbstractItemView.EditTrigger.AllEditTriggers, event
            )
        else:
            super().keyPressEvent(event)

    def nudge(self, steps: int) -> None:
        """Moves the selected one by so many steps, to a round number."""
        one, data = self.chosen, self.document.data
        if one is None or data is None:
            return
        if self.document.family.discrete:
            self._parting.move(one, one.value + steps)
            return
        length = float(data.maximum[0]) / STEPS - float(data.minimum[0]) / STEPS
        if length > 0.0 and isfinite(length):
            step = 10.0 ** floor(log10(length))
            self._parting.move(one, float(f"{(round(one.value / step) + steps) * step:.15g}"))

    def take_back(self) -> None:
        """Removes the selected one where it was added, puts it back where it was moved."""
        one = self.chosen
        if one is not None:
            self._parting.remove(one)
            self._parting.put_back(one)

    @property
    def _parting(self) -> Any:
        return self.document.parting

    def _edited(self, row: int, value: float) -> None:
        self._parting.move(self.rows.lines[row].placed, value)

    def _row_chosen(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self.rows.lines):
            self._parting.select(self.rows.lines[current.row()].placed.moved)
