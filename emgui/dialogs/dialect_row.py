"""How a text file was read, as fields; changing one reads it again so."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from core.table import Dialect
from emgui.dialogs.parts import dim

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks", "": "none"}
DECIMALS = {".": "point", ",": "comma"}
ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-16": "UTF-16"}
SAME = {"utf-8-sig": "utf-8", "iso8859-1": "latin-1", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}


class DialectRow(QWidget):
    """Separator, decimal sign, encoding and the row of the names. Shows what was detected; sends what a person set."""

    changed = Signal(object)

    def __init__(self, chosen: Dialect, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self._separator = self._choice("Separator", SEPARATORS)
        self._decimal = self._choice("Decimal", DECIMALS)
        self._encoding = self._choice("Encoding", ENCODINGS)
        self._header = QSpinBox(maximum=1_000_000)
        self._header.setKeyboardTracking(False)
        self._header.setSpecialValueText("none")
        self._header.setFixedWidth(64)
        self._header.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._header.setAccessibleName("Names in row")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        fields = (("&Separator", self._separator), ("&Decimal", self._decimal), ("&Encoding", self._encoding))
        for text, field in (*fields, ("&Names in row", self._header)):
            row.addWidget(dim(text, field))
            row.addWidget(field)
            row.addSpacing(4)
        self._separator.activated.connect(lambda: self._set(delimiter=self._separator.currentData()))
        self._decimal.activated.connect(lambda: self._set(decimal=self._decimal.currentData()))
        self._encoding.activated.connect(lambda: self._set(encoding=self._encoding.currentData()))
        self._header.valueChanged.connect(lambda value: self._set(header=value))

    def show_dialect(self, dialect: Dialect) -> None:
        """Shows how the file was read; an empty field where that is unknown."""
        self._header.blockSignals(True)
        self._header.setValue(1 if dialect.header is None else dialect.header)
        self._header.blockSignals(False)
        for field, value in (
            (self._separator, dialect.delimiter),
            (self._decimal, dialect.decimal),
            (self._encoding, dialect.encoding),
        ):
            value = SAME.get(value, value) if value is not None else None
            if value is not None and field.findData(value) < 0:
                field.addItem(value, value)
            field.setCurrentIndex(-1 if value is None else field.findData(value))

    def _set(self, **fields: object) -> None:
        self._chosen = replace(self._chosen, **fields)  # type: ignore[arg-type]
        self.changed.emit(self._chosen)

    @staticmethod
    def _choice(name: str, choices: dict[str, str]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setPlaceholderText("automatic")
        for value, text in choices.items():
            box.addItem(text, value)
        # A combo box cuts its text off without a sign, so it is made wide enough for the longest.
        widest = max(box.fontMetrics().horizontalAdvance(text) for text in (*choices.values(), "automatic"))
        box.setMinimumWidth(widest + 34)
        return box
