"""What the dialogs before an export have in common: rows of fields, a note, two buttons, and choices remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from emgui import theme as looks
from emgui.dialogs.parts import Line, bottom_row, button, dim, modal, paragraph

Choices = TypeVar("Choices", bound=Any)


class ExportForm(QDialog):
    """A form over a note, with Cancel and the button that goes on to the file's name."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        modal(self, title)
        self._form = QFormLayout()
        self._form.setContentsMargins(16, 16, 16, 8)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.note = paragraph("")
        self.note.setFont(looks.font(looks.CAPTION))
        self.note.setProperty("caption", "true")
        self.note.setContentsMargins(16, 0, 16, 12)
        cancel, go_on = button("Cancel"), button("Save as…", primary=True)
        cancel.clicked.connect(self.reject)
        go_on.clicked.connect(self.accept)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._form)
        whole.addWidget(self.note)
        whole.addStretch(1)
        whole.addWidget(Line())
        whole.addLayout(bottom_row(None, cancel, go_on))
        self.setMinimumWidth(looks.px(380))

    def row(self, label: str, field: QWidget, name: str = "") -> None:
        """A field with its label; the label's mnemonic leads to it."""
        field.setAccessibleName(name or label.replace("&", ""))
        self._form.addRow(dim(label, field), field)
        if self._form.rowCount() == 1:
            field.setFocus()


def combo(titles: Mapping[str, str], chosen: str) -> QComboBox:
    """A list of titles, each with what it stands for."""
    box = QComboBox()
    for value, title in titles.items():
        box.addItem(title, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.setMinimumWidth(looks.px(200))
    return box


def length(low: float, high: float) -> QDoubleSpinBox:
    """A field for a length or a number of pixels."""
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(0)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setFixedWidth(looks.px(118))
    return box


def remembered(name: str, usual: Choices) -> Choices:
    """The choices of the last time, as far as they are of the right kind; else the usual ones."""
    try:
        stored = json.loads(str(QSettings().value(f"export/{name}", "{}")))
    except (ValueError, RecursionError):
        return usual
    if not isinstance(stored, dict):
        return usual
    kept = {}
    for field in fields(usual):
        value, before = stored.get(field.name), getattr(usual, field.name)
        if type(before) is float and type(value) is int:
            value = float(value)
        if type(value) is type(before):
            kept[field.name] = value
    return replace(usual, **kept)


def remember(name: str, choices: Choices) -> None:
    """Keeps the choices for the next time."""
    QSettings().setValue(f"export/{name}", json.dumps(asdict(choices)))
