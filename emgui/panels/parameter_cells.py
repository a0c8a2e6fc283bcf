"""How a row of the parameter table is drawn and edited: badge, numbers, and the pin before a number."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from core import formatting
from emgui import theme as looks
from emgui.panels.parameter_model import MARK_ROLE, ParameterModel
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
BADGE, PAD, PIN, GAP = 16, 8, 14, 3
"""Sides of the badge and of the pin, room right of a number and between it and the pin, in px at scale 1."""
TALL = 44
"""Height of a row in which something stands beneath its number, in px at scale 1."""
ICONS = {"fix": "pin", "tie": "tie"}
"""What stands for a kind of constraint; all others have one mark."""


class ParameterDelegate(QStyledItemDelegate):
    """Draws a row: tint when selected, a rule beneath, the badge, numbers to the right, a pin where one can be set.

    `edited` carries a component, a name and the value that was typed; `refused` what was typed and is no number.
    """

    edited = Signal(int, str, float)
    refused = Signal(str)

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
        has_focus = isinstance(view, QTableView) and view.hasFocus()
        if selected and index.column() == 0 and has_focus:
            painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == 0:
            model = index.model()
            partner = model.partner(index) if isinstance(model, ParameterModel) else 0
            self._badge(painter, QRectF(rect), int(index.data()), partner)
        else:
            self._number(painter, option, index, has_focus)
        painter.restore()

    def pin_rect(self, rect: QRect, text: str) -> QRect:
        """Where the pin before a number stands."""
        side = looks.px(PIN)
        left = rect.right() - looks.px(PAD) - QFontMetrics(looks.font()).horizontalAdvance(text) - GAP - side
        return QRect(left, rect.center().y() - side // 2 + 1, side, side)

    def is_on_pin(self, rect: QRect, text: str, at: QPoint) -> bool:
        """Whether a point of a cell is on its pin, or so near that it is meant."""
        return self.pin_rect(rect, text).adjusted(-5, -8, 3, 8).contains(at)

    # ---- editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """A field as large as the cell."""
        editor = QLineEdit(parent, alignment=Qt.AlignmentFlag.AlignRight)
        editor.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """The number with all its digits; what has been typed stays when the run goes on meanwhile."""
        model = index.model()
        if isinstance(editor, QLineEdit) and isinstance(model, ParameterModel) and not editor.isModified():
            editor.setText(formatting.short(model.value(index)))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        """Tells what was typed; the document decides."""
        if not (isinstance(editor, QLineEdit) and isinstance(model, ParameterModel) and editor.isModified()):
            return
        cell = model.cell(index)
        try:
            value = formatting.parsed(editor.text())
        except ValueError:
            self.refused.emit(editor.text())
            return
        if cell is not None and value != model.value(index):
            self.edited.emit(cell.identity, cell.name, value)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """Over the cell, a little inside."""
        rect: Any = option.rect
        editor.setGeometry(rect.adjusted(2, 2, -2, -2))

    # ---- drawing

    def _number(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, has_focus: bool) -> None:
        theme, rect, text = self.theme, QRect(option.rect), str(index.data())
        model = index.model()
        cell = model.cell(index) if isinstance(model, ParameterModel) else None
        painter.setPen(QColor(theme.ink if cell is not None else theme.ink3))
        painter.setFont(looks.font())
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        pad, is_tall = looks.px(PAD), rect.height() >= looks.px(TALL)
        note = model.note_text(index) if isinstance(model, ParameterModel) and is_tall else ""
        if note:
            painter.setFont(looks.font(looks.CAPTION))
            painter.setPen(QColor(theme.ink2))
            if painter.fontMetrics().horizontalAdvance(note) > rect.width() - pad:
                note = note.partition(" · ")[0]
            painter.drawText(rect.adjusted(0, rect.height() // 2 - 2, -pad, -3), right, note)
            painter.setFont(looks.font())
            painter.setPen(QColor(theme.ink if cell is not None else theme.ink3))
            rect = rect.adjusted(0, 3, 0, -(rect.height() // 2 - 4))
        painter.drawText(rect.adjusted(0, 0, -pad, 0), right, text)
        if cell is None:
            return
        view = self.parent()
        current = has_focus and isinstance(view, QTableView) and view.currentIndex() == index
        if current:
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(rect).adjusted(1.5, 2.5, -1.5, -2.5), 4, 4)
        mark = str(index.data(MARK_ROLE) or "")
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if mark == "fix":
            name, ink = "pin", theme.accent
        elif hovered or current:
            name, ink = "pin", theme.ink3
        elif mark:
            name, ink = ICONS.get(mark, "bound"), theme.ink2
        else:
            return
        scale = max(1, round(painter.device().devicePixelRatioF()))
        painter.drawPixmap(self.pin_rect(rect, text), looks.pixmap(name, ink, looks.px(PIN), scale))

    def _badge(self, painter: QPainter, rect: QRectF, identity: int, partner: int) -> None:
        """The number of a component; beneath it, where it has another there, its number in the run compared with."""
        if partner:
            painter.setPen(QColor(self.theme.ink2))
            painter.setFont(looks.font(looks.CAPTION))
            below = rect.adjusted(looks.px(8), rect.height() / 2 - 2, 4, -3)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), f"↔ {partner}")
            rect = rect.adjusted(0, 3, 0, -(rect.height() // 2 - 4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = looks.px(BADGE)
        box = QRectF(rect.left() + looks.px(12), rect.center().y() - side / 2 + 0.5, side, side)
        painter.setBrush(self.theme.component(identity))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self.theme.on_component(identity))
        painter.setFont(looks.font(11 if identity < 10 else 9, 600))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(identity))
