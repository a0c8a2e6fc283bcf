"""The groups in a table: rows, weights, and parameters where each has its own."""

from __future__ import annotations

from math import floor, log10

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from core import formatting
from core.errors import shown
from core.mixture import Mixture
from emgui import theme as looks
from emgui.grouped import Group


class GroupTable(QTableWidget):
    """Groups in rows: how many rows each has, and the weights and parameters of its components."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: list[list[str]] = []
        self.setAccessibleName("Table of the groups")
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(looks.px(28))
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_groups(self, groups: list[Group], with_parameters: bool) -> None:
        """Writes them down: weights of the shared components, or all parameters where each group has its own."""
        heads, rows = table_of(groups, with_parameters)
        self._lines = [heads, *rows]
        self.setColumnCount(len(heads))
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels(heads)
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
        self.resizeColumnsToContents()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Ctrl+C copies the whole table for a spreadsheet."""
        if event.keyCombination().toCombined() == (Qt.KeyboardModifier.ControlModifier | Qt.Key.Key_C).toCombined():
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)

    def text(self) -> str:
        """The table with tabs between its cells."""
        return "\n".join("\t".join(line) for line in self._lines)


def table_of(groups: list[Group], with_parameters: bool) -> tuple[list[str], list[list[str]]]:
    """Heads and cells: group, rows, then for each component its weight, and its parameters if they differ by group."""
    first = next((group.mixture for group in groups if group.mixture is not None), None)
    heads, rows = ["group", "rows"], [[shown(group.name), formatting.count(group.n)] for group in groups]
    if first is None:
        return heads, rows
    names = [*first.parameters] if with_parameters else []
    for place, identity in enumerate(first.ids):
        _add(heads, rows, f"weight {identity}", [_at(group.mixture, "", place) for group in groups])
        for name in names:
            values = [_at(group.mixture, name, place) for group in groups]
            _add(heads, rows, f"{name.replace('_', ' ')} {identity}", values)
    return heads, rows


def _at(mixture: Mixture | None, name: str, place: int) -> float:
    """A parameter of a component, or its weight; NaN where there is none."""
    if mixture is None or place >= mixture.n_components:
        return float("nan")
    return float((mixture.parameters[name] if name else mixture.weights)[place])


def _add(heads: list[str], rows: list[list[str]], head: str, values: list[float]) -> None:
    """One more column, its numbers with equal decimals."""
    heads.append(head)
    largest = max((abs(value) for value in values if value == value), default=0.0)
    decimals = 4 if largest == 0.0 else 4 - floor(log10(largest))
    for cells, value in zip(rows, values, strict=True):
        if value != value:
            cells.append("–")
        else:
            cells.append(formatting.number(value, decimals) if 0 <= decimals <= 8 else formatting.short(value))
