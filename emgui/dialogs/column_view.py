"""A column seen closely: its histogram, its figures and the first rows around it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core import formatting
from core.table import Column, Table
from emgui import theme as looks
from emgui.dialogs.column_facts import Details
from emgui.dialogs.column_list import one_line
from emgui.dialogs.parts import Line, caption, heading, theme_now
from emgui.dialogs.preview import Preview

FIGURES = ("Rows", "Left out", "Mean", "sd", "Different values")
PAD = "\u2002"
"""Keeps figures off the edge of the lit column; a table has no padding of its own."""
SHOWN_COLUMNS, NUMBER_WIDTH, ROW_HEIGHT = 5, 44, 24


class ColumnView(QWidget):
    """The right-hand side of the column picker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = Preview()
        self.plot.setAccessibleName("Histogram of the column")
        self.rows = FirstRows()
        self.shows: tuple[Table, str] | None = None
        self._figures = {name: QLabel("–") for name in FIGURES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 1)
        column.addWidget(Line())
        column.addLayout(self._figure_row())
        below = QVBoxLayout()
        below.setContentsMargins(16, 16, 16, 16)
        below.setSpacing(8)
        below.addWidget(heading("First rows"))
        below.addWidget(self.rows)
        column.addLayout(below)

    def show_waiting(self, name: str) -> None:
        """Says that the figures of a column are being counted."""
        self.shows = None
        self.plot.show_sentence(f"Counting {one_line(name)} …")
        for label in self._figures.values():
            label.setText("–")

    def show_nothing(self, sentence: str) -> None:
        """Empties the view and says why."""
        self.rows.clear_rows()
        self.show_sentence(sentence)

    def show_levels(self, column: Column) -> None:
        """Says which texts a column holds."""
        names = column.levels.names if column.levels is not None else ()
        texts = ", ".join(one_line(name) for name in names)
        self.show_sentence(f"{one_line(column.name)} can tell rows apart. Its texts: {texts}.")
        self._figures["Different values"].setText(str(len(names)))

    def show_sentence(self, sentence: str) -> None:
        """Says something in place of the histogram and the figures."""
        self.shows = None
        self.plot.show_sentence(sentence)
        for label in self._figures.values():
            label.setText("–")

    def show_details(self, name: str, details: Details) -> None:
        """Draws a column and writes its figures."""
        self.plot.show_histogram(details.histogram, one_line(name))
        texts = (
            formatting.count(details.n_rows),
            formatting.count(details.n_left_out),
            significant(details.mean),
            significant(details.sd),
            formatting.count(details.n_different),
        )
        for label, text in zip(self._figures.values(), texts, strict=True):
            label.setText(text)

    def _figure_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 12, 16, 0)
        row.setSpacing(24)
        for name, value in self._figures.items():
            pair = QVBoxLayout()
            pair.setSpacing(0)
            pair.addWidget(caption(name))
            pair.addWidget(value)
            value.setAccessibleName(name)
            value.setMinimumWidth(looks.px(32))
            row.addLayout(pair)
        row.addStretch(1)
        return row


class FirstRows(QTableWidget):
    """The first rows of a file as they stand in it, the chosen column lit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("First rows")
        self.setShowGrid(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(looks.px(ROW_HEIGHT))
        self.verticalHeader().setDefaultSectionSize(looks.px(ROW_HEIGHT))
        self.horizontalHeader().setMinimumSectionSize(24)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(6 * looks.px(ROW_HEIGHT))

    def clear_rows(self) -> None:
        """Shows no rows."""
        self.setRowCount(0)

    def show_rows(self, table: Table, chosen: Column | None) -> None:
        """The columns around the chosen one, under their names."""
        names = [column.name for column in table.columns]
        at = names.index(chosen.name) if chosen is not None else -1
        first = max(0, min(at - SHOWN_COLUMNS // 2, len(names) - SHOWN_COLUMNS))
        places = range(first, min(first + SHOWN_COLUMNS, len(names)))
        rows = table.preview[:5]
        self.setRowCount(1 + len(rows))
        self.setColumnCount(1 + len(places))
        self._put(0, 0, "row", size=looks.CAPTION, dim=True)
        for number in range(1, len(rows) + 1):
            self._put(number, 0, str(number), dim=True)
        for i, place in enumerate(places, 1):
            self._put(0, i, names[place], size=looks.CAPTION, dim=place != at, lit=place == at)
            for number, row in enumerate(rows, 1):
                self._put(number, i, row[place] if place < len(row) else "", lit=place == at)
        self._spread()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        """Columns share the width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._spread()

    def _spread(self) -> None:
        self.setColumnWidth(0, looks.px(NUMBER_WIDTH))
        for place in range(1, self.columnCount()):
            self.setColumnWidth(place, (self.viewport().width() - looks.px(NUMBER_WIDTH)) // SHOWN_COLUMNS)

    def _put(
        self, row: int, place: int, text: str, size: int = looks.TEXT, dim: bool = False, lit: bool = False
    ) -> None:
        theme = theme_now()
        item = QTableWidgetItem(one_line(text) + PAD)
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setFont(looks.font(size, 600 if lit else 400))
        item.setForeground(QColor(theme.ink2 if dim else theme.ink))
        if lit:
            item.setBackground(QColor(theme.tint))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.setItem(row, place, item)


def significant(value: float) -> str:
    """A figure with four digits."""
    if value == 0.0 or 1e-4 <= abs(value) < 1e6:
        text = f"{value:#.4g}".rstrip(".")
        return (f"{value:.0f}" if "e" in text else text).replace("-", formatting.MINUS)
    return formatting.scientific(value, 4)
