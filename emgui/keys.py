"""Which keys are the window's and which a control's own, so that both work whatever has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from emgui.panels.parameters import ParameterTable
from emgui.panels.runs import RunList

ALONG = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class Keys(QObject):
    """Looks at every key before the window's shortcuts do, and leaves a control those it has a use for."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Decides about one key."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus = QApplication.focusWidget()
            plain = event.modifiers() in PLAIN
            if isinstance(focus, QAbstractSpinBox) and plain and event.key() == Qt.Key.Key_Space:
                # A number has no blank in it: Space runs, with the number as it was typed.
                focus.interpretText()
                return True
            field = field_of(focus)
            if field is not None and _is_spent(field, event):
                return True  # nothing of the text is left to take back: the key is the window's
            if plain and has_own_use(focus, event):
                event.accept()
                return True
        return super().eventFilter(watched, event)


def field_of(focus: QWidget | None) -> QLineEdit | None:
    """The field of text that has the focus, also within a number or a choice that can be typed."""
    if isinstance(focus, QLineEdit):
        return focus
    if isinstance(focus, QComboBox):
        return focus.lineEdit()
    return focus.findChild(QLineEdit) if isinstance(focus, QAbstractSpinBox) else None


def _is_spent(field: QLineEdit, event: QKeyEvent) -> bool:
    """Whether undo or redo is asked for, and the field has none of its own."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return not field.isUndoAvailable()
    redo = QKeyCombination(Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_Z)
    is_redo = event.matches(QKeySequence.StandardKey.Redo) or event.keyCombination() == redo
    return is_redo and not field.isRedoAvailable()


def has_own_use(focus: QWidget | None, event: QKeyEvent) -> bool:
    """Whether the control that has the focus needs this key for itself: Space presses, arrows slide, letters choose."""
    key = event.key()
    if isinstance(focus, QAbstractButton):
        return key == Qt.Key.Key_Space
    if isinstance(focus, QComboBox):
        return key in (Qt.Key.Key_Space, *ALONG) or (event.text().isprintable() and bool(event.text()))
    if isinstance(focus, (ParameterTable, RunList)):
        return focus.uses(key)
    return isinstance(focus, QAbstractSlider) and key in ALONG
