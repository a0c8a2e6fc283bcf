"""A form made from the fields of a dataclass: an edit gives a new dataclass."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError
from emgui import formatting
from emgui.theme import named

LABEL_WIDTH = 80


class Form(QWidget):
    """Rows for the fields of a frozen dataclass, in sections, as each field's metadata says.

    `edited` carries the new dataclass; `refused` the sentence of the InputError that a typed value raised.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, value: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self._editors: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        sections: dict[str, QFormLayout] = {}
        for item in fields(value):
            section = item.metadata.get("section")
            if section is None:
                continue
            if section not in sections:
                sections[section] = section_layout(column, section)
            editor = self._editor(item)
            self._editors[item.name] = editor
            sections[section].addRow(row_label(item.metadata["label"]), editor)
        self.show_value(value)

    @property
    def value(self) -> Any:
        """The dataclass as it stands."""
        return self._value

    def editor(self, name: str) -> QWidget:
        """The field in which a value is edited."""
        return self._editors[name]

    def show_value(self, value: Any) -> None:
        """Shows another dataclass; nothing is emitted."""
        self._value = value
        for name, editor in self._editors.items():
            editor.blockSignals(True)
            shown = getattr(value, name)
            if isinstance(editor, QComboBox):
                editor.setCurrentIndex(editor.findData(shown))
            elif isinstance(editor, QSpinBox):
                editor.setValue(shown)
            elif isinstance(editor, QLineEdit):
                editor.setText(formatting.short(shown))
            editor.blockSignals(False)

    def _editor(self, item: Field[Any]) -> QWidget:
        choices, limits = item.metadata.get("choices"), item.metadata.get("range")
        editor: QWidget
        if choices is not None:
            editor = self._choice(item, choices)
        elif limits is not None:
            editor = self._whole_number(item, *limits)
        else:
            editor = self._number(item)
        editor.setAccessibleName(f"{item.metadata['section']}: {item.metadata['label']}")
        text = item.metadata["help"]
        editor.setToolTip(f"{text[0].upper()}{text[1:]}.")
        return fitted(editor)

    def _choice(self, item: Field[Any], choices: Any) -> Combo:
        editor = Combo()
        titles = item.metadata.get("titles", {})
        for choice in choices:
            editor.addItem(titles.get(choice, choice), choice)
        editor.currentIndexChanged.connect(lambda index, name=item.name: self._edit(name, editor.itemData(index)))
        return editor

    def _whole_number(self, item: Field[Any], low: int, high: int) -> Spin:
        editor = Spin()
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setRange(low, min(high, 2**31 - 1))
        editor.setKeyboardTracking(False)
        editor.valueChanged.connect(lambda number, name=item.name: self._edit(name, number))
        return editor

    def _number(self, item: Field[Any]) -> QLineEdit:
        editor = QLineEdit(alignment=Qt.AlignmentFlag.AlignRight)
        editor.editingFinished.connect(lambda name=item.name: self._edit_text(name, editor))
        return editor

    def _edit_text(self, name: str, editor: QLineEdit) -> None:
        try:
            self._edit(name, formatting.parsed(editor.text()))
        except ValueError:
            self.refused.emit(f"“{editor.text()}” is not a number.")
            self.show_value(self._value)

    def _edit(self, name: str, value: Any) -> None:
        if value == getattr(self._value, name):
            return
        try:
            self._value = replace(self._value, **{name: value})
        except InputError as error:
            self.refused.emit(str(error))
            self.show_value(self._value)
            return
        self.edited.emit(self._value)


class Combo(QComboBox):
    """A choice whose text ends in an ellipsis where it does not fit, instead of being cut off."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the frame, then the text as far as it goes."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        shown = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room.width() - 2)
        option.currentText = shown
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Scrolling the panel must not change what is fitted."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Spin(QSpinBox):
    """A whole number that scrolling the panel does not change."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Turns only when it has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def section_layout(column: QVBoxLayout, title: str) -> QFormLayout:
    """A headed section at the end of a column, labels left in one width, fields right."""
    heading = named(QLabel(title), "heading")
    heading.setFixedHeight(32)
    rows = QFormLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setHorizontalSpacing(8)
    rows.setVerticalSpacing(4)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    group = QVBoxLayout()
    group.setSpacing(0)
    group.addWidget(heading)
    group.addLayout(rows)
    column.addLayout(group)
    return rows


def fitted(editor: QWidget) -> QWidget:
    """A field as high as all others, and as wide as its column leaves it."""
    editor.setFixedHeight(28)
    editor.setMinimumWidth(60)
    if editor.focusPolicy() is Qt.FocusPolicy.WheelFocus:
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return editor


def row_label(text: str) -> QLabel:
    """The label of a form row."""
    label = QLabel(text)
    label.setProperty("dim", True)
    label.setFixedSize(LABEL_WIDTH, 28)
    return label
