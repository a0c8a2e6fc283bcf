"""A column that takes what the others of a table leave."""

from __future__ import annotations

from PySide6.QtWidgets import QTableView


def take_rest(table: QTableView, column: int, least: int) -> None:
    """Gives a column what is left of the table's width, and no less than `least` px: then the table scrolls."""
    header = table.horizontalHeader()
    others = header.length() - header.sectionSize(column)
    table.setColumnWidth(column, max(least, table.viewport().width() - others))
