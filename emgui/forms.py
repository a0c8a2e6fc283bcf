"""A form made from the fields of a dataclass: an edit gives a new dataclass."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import Field, fields, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from core import formatting
from core.choices import flag_of
from core.errors import InputError
from emgui import theme as looks
from emgui.theme import named

LABEL_WIDTH = 80
LARGE = 1.2
"""Scale of text above which labels stand over their fields, not beside them."""
SECTION_GAP = 12


class Form(QWidget):
    """Rows for the fields of a frozen dataclass, in sections, as each field's metadata says.

    `edited` carries the new dataclass; `refused` the sentence of the InputError that a typed value raised. typed: names
    of choices that may also be written. change: makes the new dataclass of the old and the changes, where more follows
    from an edit than the field itself. Without sections (headed False) all fields stand in one list.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        value: Any,
        parent: QWidget | None = None,
        typed: Collection[str] = (),
        change: Callable[..., Any] = replace,
        headed: bool = True,
    ) -> None:
        super().__init__(parent)
        self._value, self._typed, self._change = value, typed, change
        self._editors: dict[str, QWidget] = {}
        self._rows: dict[str, tuple[QFormLayout, QWidget]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SECTION_GAP)
        sections: dict[str, QFormLayout] = {}
        for item in fields(value):
            section = item.metadata.get("section") if headed else ""
            if section is None:
                continue
            if section not in sections:
                sections[section] = section_layout(column, section)
            self._editors[item.name] = self._editor(item)
            self._rows[item.name] = sections[section], self._editors[item.name]
            sections[section].addRow(row_label(item.metadata["label"]), self._editors[item.name])
        self.show_value(value)

    @property
    def value(self) -> Any:
        """The dataclass as it stands."""
        return self._value

    def editor(self, name: str) -> QWidget:
        """The widget in which a field is edited, or of a row that was added."""
        return self._rows[name][1]

    def put_after(self, before: str, name: str, widget: QWidget, label: str = "") -> None:
        """Adds a row of another kind after that of a field: with a label, or as wide as both."""
        layout, above = self._rows[before]
        row = next(i for i in range(layout.rowCount()) if _widget(layout, i) is above) + 1
        self._rows[name] = layout, widget
        if label:
            layout.insertRow(row, row_label(label), widget)
        else:
            layout.insertRow(row, widget)

    def show_row(self, name: str, shown: bool) -> None:
        """Shows or hides a row."""
        layout, widget = self._rows[name]
        layout.setRowVisible(widget, shown)

    def show_value(self, value: Any) -> None:
        """Shows another dataclass; nothing is emitted."""
        self._value = value
        for name, editor in self._editors.items():
            editor.blockSignals(True)
            shown = getattr(value, name)
            if isinstance(editor, TypedCombo):
                editor.show_choice(shown)
            elif isinstance(editor, QComboBox):
                editor.setCurrentIndex(editor.findData(shown))
            elif isinstance(editor, QSpinBox):
                editor.setValue(shown)
            elif isinstance(editor, QCheckBox):
                editor.setChecked(shown)
            elif isinstance(editor, QLineEdit):
                editor.setText(formatting.short(shown))
            editor.blockSignals(False)

    def _editor(self, item: Field[Any]) -> QWidget:
        choices, limits = item.metadata.get("choices"), item.metadata.get("range")
        editor: QWidget
        if choices is not None:
            editor = self._choice(item, choices)
        elif isinstance(item.default, bool):
            editor = self._switch(item)
        elif limits is not None and isinstance(item.default, int):
            editor = self._whole_number(item, *limits)
        else:
            editor = self._number(item)
        section = item.metadata.get("section", "Options")
        editor.setAccessibleName(f"{section}: {item.metadata['label']}")
        text = item.metadata["help"]
        editor.setToolTip(f"{text[0].upper()}{text[1:]}.")
        return fitted(editor)

    def _choice(self, item: Field[Any], choices: Any) -> Combo:
        titles = item.metadata.get("titles", {})
        editor = TypedCombo() if item.name in self._typed else Combo()
        for choice in choices:
            title = titles.get(choice, choice)
            editor.addItem(title[0].upper() + title[1:] if item.name in self._typed else title, choice)
        if isinstance(editor, TypedCombo):
            editor.chosen.connect(lambda text, name=item.name: self._edit(name, text))
        else:
            editor.currentIndexChanged.connect(lambda index, name=item.name: self._edit(name, editor.itemData(index)))
        return editor

    def _switch(self, item: Field[Any]) -> QCheckBox:
        editor = QCheckBox()
        editor.toggled.connect(lambda on, name=item.name: self._edit(name, on))
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
            self._value = self._change(self._value, **{name: value})
        except InputError as error:
            self.refused.emit(self._in_words_of_the_form(str(error)))
            self.show_value(self._value)
            return
        self.edited.emit(self._value)
        self.show_value(self._value)

    def _in_words_of_the_form(self, text: str) -> str:
        """The sentence with the labels of rows where it names the flags of the command line."""
        for item in fields(self._value):
            if item.name in self._editors:
                text = text.replace(f"--{flag_of(item)} ", f"{item.metadata['label']} ")
        return text


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


class TypedCombo(Combo):
    """A choice that may also be written: `chosen` carries the data of an entry, or what was typed."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]
        self.line = self.lineEdit() or QLineEdit()
        self.line.setTextMargins(-2, 0, 0, 0)  # a line edit keeps 2 px of its own
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))
        self.line.editingFinished.connect(self._take)

    def show_choice(self, value: str) -> None:
        """Shows an entry, or a text that is none, from its beginning."""
        index = self.findData(value)
        self.setCurrentIndex(index)
        self.setEditText(self.itemText(index) if index >= 0 else value)
        self.line.setCursorPosition(0)

    def _take(self) -> None:
        index = self.findText(self.currentText())
        self.chosen.emit(self.itemData(index) if index >= 0 else self.currentText().strip())


class Spin(QSpinBox):
    """A whole number that scrolling the panel does not change."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Turns only when it has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def spin(name: str, low: int, high: int, value: int) -> Spin:
    """A field for a whole number from low to high, its digits at the right as in a column."""
    made = Spin()
    made.setRange(low, high)
    made.setValue(value)
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    made.setAccessibleName(name)
    made.setMinimumWidth(looks.px(52))
    return made


def scrolled(widget: QWidget) -> QScrollArea:
    """A widget that scrolls where there is too little room for it."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area


def section_layout(column: QVBoxLayout, title: str) -> QFormLayout:
    """A section at the end of a column, headed where it has a title; labels left in one width, fields right."""
    rows = QFormLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setHorizontalSpacing(8)
    if looks.scale() > LARGE:
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
    rows.setVerticalSpacing(4)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    group = QVBoxLayout()
    group.setSpacing(0)
    if title:
        heading = named(QLabel(title), "heading")
        heading.setFixedHeight(looks.px(32))
        group.addWidget(heading)
    group.addLayout(rows)
    column.addLayout(group)
    return rows


def _widget(layout: QFormLayout, row: int) -> QWidget | None:
    """The widget at the right of a row, or across it."""
    roles = (QFormLayout.ItemRole.FieldRole, QFormLayout.ItemRole.SpanningRole)
    found = (layout.itemAt(row, role) for role in roles)
    return next((item.widget() for item in found if item is not None), None)


def fitted(editor: QWidget) -> QWidget:
    """A field as high as all others, and as wide as its column leaves it."""
    editor.setFixedHeight(looks.px(28))
    editor.setMinimumWidth(looks.px(60))
    if editor.focusPolicy() is Qt.FocusPolicy.WheelFocus:
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return editor


def row_label(text: str) -> QLabel:
    """The label of a form row."""
    label = QLabel(text)
    label.setProperty("dim", True)
    if looks.scale() > LARGE:
        label.setFixedHeight(looks.px(22))
    else:
        label.setFixedSize(looks.px(LABEL_WIDTH), looks.px(28))
    return label
