"""Which rows are meant and what is fitted of them: filter, ends of recording, transform, unit, labels and groups."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from core.roles import Roles, Truncation
from emgui import theme as looks
from emgui.dialogs.parts import dim
from emgui.dialogs.roles import LABELS_FOR, SHARES, TRANSFORMS

TYPING = 350
"""Milliseconds without a key after which typing has stopped."""


class RowsForm(QWidget):
    """What a dialog says of the rows beside the columns' roles. `changed` comes when typing stops."""

    changed = Signal()

    def __init__(self, roles: Roles, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = _line("Filter", roles.where, "year > 1990 and sex = 'M'")
        self._filter.setToolTip("Only rows of which this is true: a condition in SQL, texts in single quotes.")
        low, high = roles.truncate or (float("-inf"), float("inf"))
        self._low, self._high = _end("Recorded from", low), _end("Recorded to", high)
        for field in (self._low, self._high):
            field.setToolTip("Ends outside of which no value could have been recorded; blank is open.")
        self._transform = _choice("Transform", TRANSFORMS, roles.transform)
        self.unit = _line("Unit", unit, "none")
        self.unit.setMaxLength(40)
        self._labels_for = _choice("Labelled rows", LABELS_FOR, roles.labels_for)
        self._share = _choice("Groups", SHARES, roles.share)
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._typing.timeout.connect(self.changed)
        for line in (self._filter, self._low, self._high):
            line.textEdited.connect(lambda text: self._typing.start())
            line.editingFinished.connect(self._at_once)
        for box in (self._transform, self._labels_for, self._share):
            box.activated.connect(lambda index: self.changed.emit())
        self._lay_out()
        self.show_for({})

    @property
    def said(self) -> dict[str, Any]:
        """The fields of Roles that stand here. Raises nothing: an end that is no number is open."""
        return {
            "where": self._filter.text().strip(),
            "truncate": self._truncate,
            "transform": self._transform.currentData(),
            "labels_for": self._labels_for.currentData(),
            "share": self._share.currentData(),
        }

    def show_for(self, given: dict[str, str]) -> None:
        """Asks about labels and groups where a column is for them."""
        for role, parts in self._only_for.items():
            for part in parts:
                part.setVisible(role in given)

    def stop(self) -> None:
        """Waits for no more typing."""
        self._typing.stop()

    @property
    def _truncate(self) -> Truncation | None:
        low, high = _number(self._low, "-inf"), _number(self._high, "inf")
        return None if low == float("-inf") and high == float("inf") else (low, high)

    def _at_once(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self.changed.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        ends = QHBoxLayout()
        ends.setSpacing(8)
        ends.addWidget(self._low, 1)
        ends.addWidget(dim("to", self._high))
        ends.addWidget(self._high, 1)
        labels = dim("&Labelled rows", self._labels_for), dim("&Groups", self._share)
        grid.addWidget(dim("&Filter", self._filter), 0, 0)
        grid.addWidget(self._filter, 0, 1, 1, 3)
        grid.addWidget(dim("&Recorded from", self._low), 1, 0)
        grid.addLayout(ends, 1, 1)
        grid.addWidget(_right(dim("&Unit", self.unit)), 1, 2)
        grid.addWidget(self.unit, 1, 3)
        grid.addWidget(dim("Trans&form", self._transform), 2, 0)
        grid.addWidget(self._transform, 2, 1)
        grid.addWidget(labels[0], 3, 0)
        grid.addWidget(self._labels_for, 3, 1)
        grid.addWidget(_right(labels[1]), 3, 2)
        grid.addWidget(self._share, 3, 3)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)
        self._only_for = {"labels": (labels[0], self._labels_for), "group": (labels[1], self._share)}


def _line(name: str, text: str, hint: str) -> QLineEdit:
    made = QLineEdit(text, placeholderText=hint)
    made.setAccessibleName(name)
    return made


def _end(name: str, value: float) -> QLineEdit:
    made = _line(name, "" if value in (float("-inf"), float("inf")) else f"{value:.17g}", "open")
    made.setValidator(QDoubleValidator(made))
    made.setMinimumWidth(looks.px(56))
    return made


def _choice(name: str, choices: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in choices.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def _right(label: QLabel) -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _number(field: QLineEdit, otherwise: str) -> float:
    text = field.text().strip().replace(",", ".").replace("−", "-")
    try:
        return float(text or otherwise)
    except ValueError:
        return float(otherwise)
