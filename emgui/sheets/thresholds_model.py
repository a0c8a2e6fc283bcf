"""What the list of thresholds says of each: where it stands and how sure that is, and what is on either side."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from core import formatting
from core.thresholds.placing import Placed
from core.transforms import transforms_of
from emgui.document import Document

Index = QModelIndex | QPersistentModelIndex
HEADS = (
    *("between", "where", "value", "95 % interval", "in the file’s unit", "rows below", "rows above"),
    *("wrong below", "wrong above", "sensitivity", "specificity"),
)
BETWEEN, WHERE, VALUE, INTERVAL, ORIGINAL, ROWS_BELOW, ROWS_ABOVE = range(7)
WRONG_BELOW, WRONG_ABOVE, SENSITIVITY, SPECIFICITY = range(7, 11)
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Line:
    """A threshold and how many rows are beside it, None while that is not known."""

    placed: Placed
    rows: tuple[float, float] | None


class ThresholdsModel(QAbstractTableModel):
    """The thresholds of what is shown, rising."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self.lines: list[Line] = []

    def refresh(self) -> None:
        """Reads the document."""
        parting = self.document.parting
        lines = [Line(one, parting.rows(one.value)) for one in parting.shown.thresholds]
        reshaped = len(lines) != len(self.lines)
        if reshaped:
            self.beginResetModel()
        self.lines = lines
        if reshaped:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(HEADS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of thresholds."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """What is told of each."""
        return 0 if parent.isValid() else len(HEADS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The value can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == VALUE else flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """What the columns are."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            unit = self.document.unit
            return f"value ({unit})" if section == VALUE and unit and not self._is_transformed else HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section in (BETWEEN, WHERE) else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS.get(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts of a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.EditRole:
            return formatting.short(self.lines[index.row()].placed.value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if index.column() in (BETWEEN, WHERE) else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == WHERE:
            return self.texts(index.row())[WHERE]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADS[index.column()]}: {self.texts(index.row())[index.column()]}"
        return None

    def texts(self, row: int) -> tuple[str, ...]:
        """What is written in a row."""
        line = self.lines[row]
        one, rows = line.placed, line.rows
        counts = ("–", "–") if rows is None else tuple(formatting.count(n) for n in rows)
        return (
            f"{one.below} and {one.above}",
            self._where(one),
            _value(one),
            _interval(one),
            self._before(one),
            *counts,
            self._wrong(one, one.wrong.below),
            self._wrong(one, one.wrong.above),
            _percent(one, one.sensitivity),
            _percent(one, one.specificity),
        )

    def text(self) -> str:
        """The table with tabs between its cells, with full precision, as spreadsheets paste it."""
        heads = "below above where value standard_error low high rows_below rows_above wrong_below wrong_above"
        lines = ["\t".join([*heads.split(), "sensitivity", "specificity"])]
        for line in self.lines:
            one = line.placed
            numbers = (
                one.value, one.standard_error, *(one.interval or (None, None)), *(line.rows or (None, None)),
                one.wrong.below, one.wrong.above, one.sensitivity, one.specificity,
            )  # fmt: skip
            cells = ("" if number is None or not isfinite(number) else repr(float(number)) for number in numbers)
            lines.append("\t".join([str(one.below), str(one.above), one.rule.words, *cells]))
        return "\n".join(lines) + "\n"

    @property
    def _is_transformed(self) -> bool:
        return self.document.data is not None and bool(self.document.data.transform)

    def _before(self, one: Placed) -> str:
        """The value before the column was transformed; a dash where it was not."""
        data = self.document.data
        if data is None or not self._is_transformed:
            return "–"
        with np.errstate(all="ignore"):
            return formatting.digits(float(transforms_of(data)[0].backward(np.array([one.value]))[0]))

    def _where(self, one: Placed) -> str:
        data = self.document.data
        is_beyond = data is not None and not float(data.minimum[0]) < one.value <= float(data.maximum[0])
        return f"{one.rule.words}, beyond all rows" if is_beyond else one.rule.words

    def _wrong(self, one: Placed, share: float) -> str:
        if not one.in_order:
            return "–"
        n = 0.0 if self.document.data is None else self.document.data.n_samples
        return f"{_two_digits(share * n)}  ({_two_digits(100 * share)} %)"


TIPS = {
    VALUE: "Rows at it and above belong to the upper component. Type another, or drag the line in the histogram",
    INTERVAL: "Of 95 %, from the standard errors of the parameters; none for a value that was chosen",
    ROWS_BELOW: "Rows that are below for certain",
    ROWS_ABOVE: "Rows that are at it or above for certain",
    WRONG_BELOW: "Rows of the upper components expected below it, and their share of all rows; none where a wide "
    "component is on both sides of a narrow one",
    WRONG_ABOVE: "Rows of the lower components expected above it, and their share of all rows",
    SENSITIVITY: "Share of the upper components' rows expected above it",
    SPECIFICITY: "Share of the lower components' rows expected below it",
}


def _two_digits(value: float) -> str:
    """An expected number in two digits, a 0 at the end among them: 5.0 beside 5.8."""
    if not 1e-4 <= value < 1e7:
        return formatting.short(float(f"{value:.2g}"))
    rounded = float(f"{value:.2g}")
    return formatting.number(rounded, max(0, 1 - floor(log10(rounded))))


def _value(one: Placed) -> str:
    """The value with its standard error, in as many digits as two of that say."""
    error = one.standard_error
    if error is None or not error > 0.0 or not 1e-5 < error < 1e6:
        return formatting.digits(one.value)
    decimals = max(0, 1 - floor(log10(error)))
    return f"{formatting.number(one.value, decimals)} ± {formatting.number(error, decimals)}"


def _interval(one: Placed) -> str:
    if one.interval is None or one.standard_error is None or not one.standard_error > 0.0:
        return "–"
    decimals = max(0, 1 - floor(log10(one.standard_error)))
    if not 1e-5 < one.standard_error < 1e6:
        return " to ".join(formatting.digits(end) for end in one.interval)
    return " to ".join(formatting.number(end, decimals) for end in one.interval)


def _percent(one: Placed, share: float) -> str:
    return f"{100 * share:.2f} %" if isfinite(share) and one.in_order else "–"
