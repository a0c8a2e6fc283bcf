"""Small tables of figures beside a picture: read, copied with Ctrl+C, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from emgui import theme as looks
from emgui.dialogs.parts import badge
from emgui.sheets.sheet_table import SheetTable

Index = QModelIndex | QPersistentModelIndex
ROW, PAD = 26, 5


class FiguresModel(QAbstractTableModel):
    """Texts in rows under headings; a row may be that of a component, whose badge stands in its first cell."""

    def __init__(self, heads: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.heads = list(heads)
        self.rows: list[list[str]] = []
        self.ids: list[int] = []

    def show_rows(self, rows: Sequence[Sequence[str]], ids: Sequence[int] = ()) -> None:
        """Shows these; ids: the component of each row."""
        if [list(row) for row in rows] == self.rows and list(ids) == self.ids:
            return
        self.beginResetModel()
        self.rows, self.ids = [list(row) for row in rows], list(ids)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """How many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many columns."""
        return len(self.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts on the right, but for the first; a component's badge before its row."""
        first = index.column() == 0
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if first and self.ids else self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DecorationRole and first and self.ids:
            return badge(self.ids[index.row()])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if first else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The headings."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def text(self) -> str:
        """All of it with tabs between cells, as a spreadsheet takes it."""
        return "\n".join("\t".join(row) for row in [self.heads, *self.rows])


class FiguresDelegate(QStyledItemDelegate):
    """Numbers end where their headings do."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """A little room on the right."""
        super().initStyleOption(option, index)
        if index.column() > 0:
            option.rect = option.rect.adjusted(0, 0, -looks.px(PAD), 0)


class FiguresTable(SheetTable):
    """A table of a few rows, as high as they are."""

    def __init__(self, name: str, heads: Sequence[str], widths: Sequence[int], parent: QWidget | None = None) -> None:
        """widths: of all columns but the first, in px at scale 1."""
        super().__init__(name, ROW, parent)
        self.figures = FiguresModel(heads, self)
        self.setModel(self.figures)
        self.setItemDelegate(FiguresDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, width in enumerate(widths, start=1):
            header.resizeSection(place, looks.px(width))
        self.figures.modelReset.connect(self._fit)
        self._fit()

    def text(self) -> str:
        """The figures as they are copied."""
        return self.figures.text()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Only now the headings have their font, and so their height."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = min(self.figures.rowCount(), 8)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * looks.px(ROW) + 2)
