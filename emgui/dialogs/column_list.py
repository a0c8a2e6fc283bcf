"""The list of a file's columns, each with its name, its shape in small and its range."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.table import Column
from emgui import formatting
from emgui import theme as looks
from emgui.dialogs.column_facts import SPARK_BINS, Sketch
from emgui.dialogs.parts import theme_now
from emgui.theme import Theme

COLUMN = Qt.ItemDataRole.UserRole
ROW, SIDE, SPARK, SPARK_HEIGHT = 36, 16, 88, 24
Index = QModelIndex | QPersistentModelIndex


class ColumnModel(QAbstractListModel):
    """Numeric columns first, then the others, which cannot be chosen and say why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = ()
        self.sketches: Mapping[str, Sketch] = {}

    def set_columns(self, columns: tuple[Column, ...], sketches: Mapping[str, Sketch]) -> None:
        """Lists other columns."""
        self.beginResetModel()
        self.columns = tuple(sorted(columns, key=lambda column: not column.is_numeric))
        self.sketches = sketches
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, what is said of it, and the column itself."""
        column = self.columns[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.name
        if role == Qt.ItemDataRole.ToolTipRole:
            # Plain text would be taken for HTML where it looks like it.
            return None if column.is_numeric else escaped(column.why_not)
        if role in (Qt.ItemDataRole.AccessibleDescriptionRole, Qt.ItemDataRole.StatusTipRole):
            return about(column, self.sketches.get(column.name))
        return column if role == COLUMN else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only numeric columns can be chosen."""
        if not index.isValid() or not self.columns[index.row()].is_numeric:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class ColumnDelegate(QStyledItemDelegate):
    """Paints a row: name, sparkline, range."""

    def __init__(self, model: ColumnModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """All rows are equally high."""
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground of the selected row, then the three parts and the rule under them."""
        theme, box = theme_now(), option.rect
        state = option.state
        column = self._model.columns[index.row()]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(box, QColor(theme.tint))
            if state & QStyle.StateFlag.State_HasFocus:
                painter.fillRect(QRect(box.left(), box.top(), 2, box.height()), QColor(theme.accent))
        else:
            painter.fillRect(box.adjusted(SIDE, box.height() - 1, -SIDE, 0), QColor(theme.line))
        sketch = self._model.sketches.get(column.name)
        name_width = round((box.width() - 2 * SIDE - SPARK) * 0.55)
        self._text(painter, theme, box, column, sketch, selected, name_width)
        if sketch is not None:
            colour = QColor(theme.accent) if selected else looks.mixed(QColor(theme.chrome), QColor(theme.ink2), 0.45)
            _paint_bars(painter, box.left() + SIDE + name_width, box.bottom() - 6, sketch, colour)
        painter.restore()

    @staticmethod
    def _text(
        painter: QPainter, theme: Theme, box: QRect, column: Column, sketch: Sketch | None, bold: bool, width: int
    ) -> None:
        inner = box.adjusted(SIDE, 0, -SIDE, 0)
        font = looks.font(looks.TEXT, 600 if bold else 400)
        painter.setFont(font)
        painter.setPen(QColor(theme.ink if column.is_numeric else theme.ink3))
        name = QFontMetrics(font).elidedText(one_line(column.name), Qt.TextElideMode.ElideMiddle, width - 12)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, name)
        small = looks.font(looks.CAPTION)
        painter.setFont(small)
        painter.setPen(QColor(theme.ink2))
        room = inner.width() - width - (SPARK + 8 if column.is_numeric else 0)
        note = QFontMetrics(small).elidedText(about(column, sketch), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)


class ColumnList(QListView):
    """Arrow keys move, Enter and a double click open, letters jump to a name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = ColumnModel(self)
        self.setModel(self.columns)
        self.setItemDelegate(ColumnDelegate(self.columns, self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName("Columns")

    @property
    def chosen(self) -> Column | None:
        """The column that is selected."""
        index = self.currentIndex()
        return self.columns.columns[index.row()] if index.isValid() else None

    def choose(self, name: str | None) -> None:
        """Selects a column by name; the first that looks like a measurement when there is none of that name."""
        numeric = [(row, column) for row, column in enumerate(self.columns.columns) if column.is_numeric]
        row = next((row for row, column in numeric if column.name == name), None)
        if row is None:
            sketches = self.columns.sketches
            measured = (r for r, column in numeric if column.name in sketches and not sketches[column.name].n_few)
            row = next(measured, numeric[0][0] if numeric else None)
        self.setCurrentIndex(self.columns.index(row) if row is not None else QModelIndex())


def about(column: Column, sketch: Sketch | None) -> str:
    """What a row says of its column: its range, a hint that it may be a label, or why it holds no numbers."""
    if not column.is_numeric:
        return one_line(column.why_not)
    if sketch is None:
        return ""
    if sketch.n_few:
        return f"{sketch.n_few} value{'s' if sketch.n_few > 1 else ''}: a label?"
    if sketch.low != sketch.low:  # NaN: no cell could be used
        return "no usable number"
    return f"{formatting.short(sketch.low)} to {formatting.short(sketch.high)}"


def one_line(text: str) -> str:
    """Text of a file without line ends, so that it cannot break out of its row."""
    return " ".join(text[:500].split())


def escaped(text: str) -> str:
    """Text of a file as a tool tip: never taken for HTML."""
    from html import escape

    return f"<span>{escape(text[:500])}</span>"


def _paint_bars(painter: QPainter, left: int, bottom: int, sketch: Sketch, colour: QColor) -> None:
    step = SPARK / SPARK_BINS
    for place, height in enumerate(sketch.bars.tolist()):
        if height > 0:
            tall = max(1.0, height * SPARK_HEIGHT)
            painter.fillRect(QRectF(left + place * step, bottom - tall, step - 0.8, tall), colour)
