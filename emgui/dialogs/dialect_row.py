"""How a file was read, as fields; changing one reads it again so."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from core.errors import shown
from core.table import Dialect
from emgui import theme as looks
from emgui.dialogs.parts import dim

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks", "": "none"}
DECIMALS = {".": "point", ",": "comma"}
ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-16": "UTF-16"}
SAME = {"utf-8-sig": "utf-8", "iso8859-1": "latin-1", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}


class DialectRow(QWidget):
    """Sheet, separator, decimal sign, encoding, the row of the names, and what means missing.

    Shows what was detected, of those that the file has; sends what a person set.
    """

    changed = Signal(object)

    def __init__(self, chosen: Dialect, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen, self._shown_sheet = chosen, chosen.sheet
        self.sheet = self._choice("Sheet", {})
        self._separator = self._choice("Separator", SEPARATORS)
        self._decimal = self._choice("Decimal", DECIMALS)
        self._encoding = self._choice("Encoding", ENCODINGS)
        self._header = QSpinBox(maximum=1_000_000)
        self._header.setKeyboardTracking(False)
        self._header.setSpecialValueText("none")
        self._header.setFixedWidth(looks.px(60))
        self._header.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._header.setAccessibleName("Names in row")
        self._missing = QLineEdit(placeholderText="-999, unknown")
        self._missing.setAccessibleName("Missing")
        self._missing.setToolTip("Cells that mean missing besides the usual (blank, NA, NaN, …), with commas between.")
        self._missing.setMinimumWidth(looks.px(64))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(6)
        self._labels: dict[QWidget, QLabel] = {}
        for text, field in (
            ("Shee&t", self.sheet),
            ("&Separator", self._separator),
            ("&Decimal", self._decimal),
            ("&Encoding", self._encoding),
            ("&Names in row", self._header),
            ("&Missing", self._missing),
        ):
            self._labels[field] = dim(text, field)
            row.addWidget(self._labels[field])
            row.addWidget(field, int(field is self._missing))
            row.addSpacing(6)
        self._sheet_name = QLineEdit()  # of other files than workbooks the names of their tables are not listed
        self.sheet.setLineEdit(self._sheet_name)
        self.sheet.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.sheet.activated.connect(lambda: self._set_sheet())
        self._sheet_name.editingFinished.connect(self._set_sheet)
        self._separator.activated.connect(lambda: self._set(delimiter=self._separator.currentData()))
        self._decimal.activated.connect(lambda: self._set(decimal=self._decimal.currentData()))
        self._encoding.activated.connect(lambda: self._set(encoding=self._encoding.currentData()))
        self._header.valueChanged.connect(lambda value: self._set(header=value))
        self._missing.editingFinished.connect(self._set_missing)

    def show_dialect(self, dialect: Dialect, sheets: tuple[str, ...] = ()) -> None:
        """Shows how the file was read; an empty field where that is unknown, none where it has no such thing."""
        self._header.blockSignals(True)
        self._header.setValue(1 if dialect.header is None else dialect.header)
        self._header.blockSignals(False)
        if not self._missing.hasFocus():
            self._missing.setText(", ".join(dialect.missing))
        self._shown_sheet = dialect.sheet
        self.sheet.clear()
        for name in sheets or filter(None, (dialect.sheet,)):
            self.sheet.addItem(shown(name), name)
        for field, value in (
            (self.sheet, dialect.sheet),
            (self._separator, dialect.delimiter),
            (self._decimal, dialect.decimal),
            (self._encoding, dialect.encoding),
        ):
            value = SAME.get(value, value) if value is not None else None
            if value is not None and field.findData(value) < 0:
                field.addItem(shown(value), value)
            field.setCurrentIndex(-1 if value is None else field.findData(value))
        is_text = dialect.delimiter is not None or dialect.sheet is None
        parts: tuple[tuple[QWidget, bool], ...] = (
            (self.sheet, self.sheet.count() > 0),
            (self._separator, is_text),
            (self._decimal, is_text),
            (self._encoding, is_text),
            (self._header, is_text or dialect.header is not None),
        )
        for part, is_there in parts:
            part.setVisible(is_there)
            self._labels[part].setVisible(is_there)

    def _set_sheet(self) -> None:
        name = self.sheet.currentText().strip()
        at = self.sheet.findText(name)
        name = self.sheet.itemData(at) if at >= 0 else name
        if name and name != self._shown_sheet:
            self._shown_sheet = name
            self._set(sheet=name)

    def _set_missing(self) -> None:
        texts = tuple(dict.fromkeys(filter(None, (text.strip() for text in self._missing.text().split(",")))))
        if texts != self._chosen.missing:
            self._set(missing=texts)

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
        texts = (*choices.values(), "automatic")
        box.setMinimumWidth(max(box.fontMetrics().horizontalAdvance(text) for text in texts) + 34)
        return box
