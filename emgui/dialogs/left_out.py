"""The rows that are not used, and why, one by one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QDialog, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from core import formatting
from core.data import Data, LeftOut
from emgui import theme as looks
from emgui.dialogs.column_list import one_line
from emgui.dialogs.parts import Line, bottom_row, button, caption, elided, heading, modal

HEADS = ("row", "column", "reason", "text")
PAD, INDENT = "\u2003", "\u2009"
"""Spaces that part the right-aligned numbers from the words, and put heads over the words under them."""
WIDTHS = (72, 120, 120, 200)


class LeftOutDialog(QDialog):
    """Lists the rows left out: the first hundred by number, the rest by count. All of it can be copied."""

    def __init__(self, data: Data, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        modal(self, "Rows left out")
        self.data = data
        self.table = _table(data.left_out)
        unlisted = data.n_left_out - len(data.left_out)
        self.more = caption(f"… and {formatting.count(unlisted)} more" if unlisted else "")
        self.more.setVisible(bool(unlisted))
        copy, close = button("&Copy"), button("Close", primary=True)
        copy.clicked.connect(self.copy)
        close.clicked.connect(self.accept)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        body = QVBoxLayout()
        body.setContentsMargins(16, 16, 16, 12)
        body.setSpacing(8)
        body.addWidget(heading(_summary(data)))
        body.addWidget(self.table, 1)
        body.addWidget(self.more)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(Line())
        whole.addLayout(bottom_row(copy, None, close))
        self.resize(looks.window_size(560, 400))

    def text(self) -> str:
        """The list as text, its cells parted by tabs, for a spreadsheet."""
        rows = [(str(cell.row), cell.column, cell.reason, cell.text) for cell in self.data.left_out]
        lines = ["\t".join(one_line(text) for text in row) for row in (HEADS, *rows)]
        return "\n".join([*lines, *([self.more.text()] if self.more.text() else []), ""])

    def copy(self) -> None:
        """Puts the list on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())


def _summary(data: Data) -> str:
    left_out = "1 row is" if data.n_left_out == 1 else f"{formatting.count(data.n_left_out)} rows are"
    return f"{left_out} left out of {formatting.count(len(data) + data.n_left_out)}"


def _table(cells: tuple[LeftOut, ...]) -> QTableWidget:
    table = QTableWidget(len(cells), len(HEADS))
    table.setAccessibleName("Rows left out")
    for place, head in enumerate(HEADS):
        item = QTableWidgetItem(head + PAD if place == 0 else INDENT + head)
        item.setTextAlignment(_alignment(place))
        table.setHorizontalHeaderItem(place, item)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setStretchLastSection(True)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(looks.px(24))
    table.setShowGrid(False)
    table.setFrameShape(QTableWidget.Shape.NoFrame)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    for place, width in enumerate(WIDTHS):
        table.setColumnWidth(place, width)
    for number, cell in enumerate(cells):
        for place, text in enumerate((formatting.count(cell.row), cell.column, cell.reason, cell.text)):
            shown = elided(one_line(text), table, 400) or "(blank)"
            item = QTableWidgetItem(shown + PAD if place == 0 else shown)
            item.setTextAlignment(_alignment(place))
            table.setItem(number, place, item)
    return table


def _alignment(place: int) -> Qt.AlignmentFlag:
    """Row numbers to the right, words to the left."""
    side = Qt.AlignmentFlag.AlignRight if place == 0 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
