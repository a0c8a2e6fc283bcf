"""The list of a file's columns, each with its name, its shape in small, what it holds, and its role."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPolygonF,
)
from PySide6.QtWidgets import QListView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core import formatting
from core.table import Column
from emgui import theme as looks
from emgui.dialogs.column_facts import SPARK_BINS, Sketch
from emgui.dialogs.parts import theme_now
from emgui.dialogs.roles import NONE, ROLES, possible, usable
from emgui.theme import Theme

COLUMN = Qt.ItemDataRole.UserRole
ROW, SIDE, SPARK, SPARK_HEIGHT = 40, 16, 72, 24
NAME_SHARE, ROLE_WIDTH, ROLE_HEIGHT = 0.46, 128, 26
MENU_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_F2)
Index = QModelIndex | QPersistentModelIndex


class ColumnModel(QAbstractListModel):
    """Numeric columns first, then the others; those that can have no role cannot be chosen and say why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = ()
        self.sketches: Mapping[str, Sketch] = {}
        self.roles: Mapping[str, str] = {}

    def set_columns(self, columns: tuple[Column, ...], sketches: Mapping[str, Sketch]) -> None:
        """Lists other columns, none of which has a role yet."""
        self.beginResetModel()
        self.columns = tuple(sorted(columns, key=lambda column: not column.is_numeric))
        self.sketches, self.roles = sketches, {}
        self.endResetModel()

    def set_roles(self, roles: Mapping[str, str]) -> None:
        """The role of each column by its name; those not named have none."""
        self.roles = roles
        if self.columns:
            self.dataChanged.emit(self.index(0), self.index(len(self.columns) - 1))

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
            said = ", ".join(filter(None, about(column, self.sketches.get(column.name))))
            has = self.roles.get(column.name, NONE)
            return f"{said}; role: {ROLES[has][0] if has else 'none'}"
        return column if role == COLUMN else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only columns that can have a role can be chosen."""
        if not index.isValid() or not usable(self.columns[index.row()]):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class ColumnDelegate(QStyledItemDelegate):
    """Paints a row: name, sparkline, what it holds in two lines, role."""

    def __init__(self, model: ColumnModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """All rows are equally high."""
        return QSize(200, looks.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground of the selected row, then the four parts and the rule under them."""
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
        role = self._model.roles.get(column.name, NONE)
        left = box.left() + SIDE
        right = role_box(box).left() - 10 if usable(column) else box.right() - SIDE
        name_width = round((role_box(box).left() - 10 - left - SPARK) * NAME_SHARE)
        self._name(painter, theme, QRect(left, box.top(), name_width - 12, looks.px(ROW)), column, bool(role))
        if sketch is not None:
            colour = QColor(theme.accent) if selected else looks.mixed(QColor(theme.chrome), QColor(theme.ink2), 0.45)
            _paint_bars(painter, left + name_width, box.bottom() - 8, sketch, colour)
        facts_left = left + name_width + (SPARK + 8 if sketch is not None else 0)
        facts = QRect(facts_left, box.top() + 4, right - facts_left, looks.px(ROW) - 8)
        _paint_facts(painter, theme, facts, column, sketch)
        if usable(column):
            _paint_role(painter, theme, role_box(box), role)
        painter.restore()

    @staticmethod
    def _name(painter: QPainter, theme: Theme, box: QRect, column: Column, has_role: bool) -> None:
        font = looks.font(looks.TEXT, 600 if has_role else 400)
        painter.setFont(font)
        painter.setPen(QColor(theme.ink if usable(column) else theme.ink3))
        name = QFontMetrics(font).elidedText(one_line(column.name), Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)


class ColumnList(QListView):
    """Arrow keys move, Enter and a double click open, letters jump to a name; Space or a click asks for the role.

    `role_chosen` carries a column's name and the role that it is to have.
    """

    role_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = ColumnModel(self)
        self.setModel(self.columns)
        self.setItemDelegate(ColumnDelegate(self.columns, self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName("Columns and their roles")
        self.menu: QMenu | None = None

    @property
    def chosen(self) -> Column | None:
        """The column that is selected."""
        index = self.currentIndex()
        return self.columns.columns[index.row()] if index.isValid() else None

    def choose(self, name: str | None) -> None:
        """Selects a column by name; the first that can have a role when there is none of that name."""
        places = [row for row, column in enumerate(self.columns.columns) if usable(column)]
        row = next((row for row in places if self.columns.columns[row].name == name), places[0] if places else None)
        self.setCurrentIndex(self.columns.index(row) if row is not None else QModelIndex())

    def show_roles(self, roles: Mapping[str, str]) -> None:
        """The role of each column by its name."""
        self.columns.set_roles(roles)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def ask_role(self) -> None:
        """A menu of the roles that the selected column can have."""
        column, index = self.chosen, self.currentIndex()
        if column is None:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        has = self.columns.roles.get(column.name, NONE)
        for role, (title, tip) in ROLES.items():
            action = menu.addAction("Not used" if role == NONE else title)
            action.setCheckable(True)
            action.setChecked(role == has)
            action.setToolTip(f"{tip}.")
            action.setEnabled(possible(column, role))
            action.triggered.connect(
                lambda checked=False, name=column.name, role=role: self.role_chosen.emit(name, role)
            )
            if role == has:
                menu.setActiveAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.destroyed.connect(self._forget_menu)
        menu.popup(self.viewport().mapToGlobal(role_box(self.visualRect(index)).bottomLeft() + QPoint(0, 2)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Space and F2 ask for the role."""
        if event.key() in MENU_KEYS:
            self.ask_role()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click on a role asks for another; the row is selected but stays what it is."""
        index = self.indexAt(event.position().toPoint())
        on_role = index.isValid() and role_box(self.visualRect(index)).contains(event.position().toPoint())
        if on_role and self.columns.flags(index) & Qt.ItemFlag.ItemIsEnabled:
            self.setCurrentIndex(index)
            self.ask_role()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """On a role the second click is one more click."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and role_box(self.visualRect(index)).contains(event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def _forget_menu(self) -> None:
        self.menu = None


def role_box(row: QRect) -> QRect:
    """Where the role stands in a row."""
    width, height = looks.px(ROLE_WIDTH), looks.px(ROLE_HEIGHT)
    return QRect(row.right() - SIDE - width + 1, row.top() + (looks.px(ROW) - height) // 2, width, height)


def about(column: Column, sketch: Sketch | None) -> tuple[str, str]:
    """What a row says of its column, in two short lines: its range, or its texts; how many of what its cells are."""
    if not column.is_numeric:
        if column.levels is not None:
            n = len(column.levels.names)
            return ", ".join(one_line(name) for name in column.levels.names), f"{n} text{'s' if n > 1 else ''}"
        return one_line(column.why_not), ""
    if sketch is None:
        return "", ""
    assert column.values is not None
    n = len(column.values) - column.n_left_out
    cells = f"{formatting.count(n)} {'whole ' if sketch.is_whole else ''}number{'s' if n != 1 else ''}"
    n_missing = column.n_left_out - column.n_unreadable
    amiss = [f"{formatting.count(n_missing)} missing"] if n_missing else []
    amiss += [f"{formatting.count(column.n_unreadable)} unreadable"] if column.n_unreadable else []
    second = ", ".join([cells, *amiss])
    if sketch.low != sketch.low:  # NaN: no cell could be used
        return "no usable number", second
    return f"{formatting.short(sketch.low)} to {formatting.short(sketch.high)}", second


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


def _paint_facts(painter: QPainter, theme: Theme, box: QRect, column: Column, sketch: Sketch | None) -> None:
    small = looks.font(looks.CAPTION)
    painter.setFont(small)
    painter.setPen(QColor(theme.ink2))
    lines = [line for line in about(column, sketch) if line]
    tall = box.height() // max(1, len(lines))
    align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for place, line in enumerate(lines):
        part = QRect(box.left(), box.top() + place * tall, box.width(), tall)
        painter.drawText(part, align, QFontMetrics(small).elidedText(line, Qt.TextElideMode.ElideRight, box.width()))


def _paint_role(painter: QPainter, theme: Theme, box: QRect, role: str) -> None:
    """Like a field with a chevron: the role can be changed here."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(theme.line))
    painter.setBrush(QColor(theme.field))
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    font = looks.font(looks.TEXT if len(ROLES[role][0]) < 14 else looks.CAPTION, 500 if role else 400)
    painter.setFont(font)
    painter.setPen(QColor(theme.ink if role else theme.ink2))
    text = QFontMetrics(font).elidedText(ROLES[role][0], Qt.TextElideMode.ElideRight, box.width() - looks.px(28))
    inside = box.adjusted(looks.px(9), 0, -looks.px(20), 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.setPen(looks.pen(theme.ink2, 1.25))
    x, y = box.right() - 13.5, box.center().y() + 1.0
    painter.drawPolyline(QPolygonF([QPointF(x - 3.5, y - 1.5), QPointF(x, y + 2.0), QPointF(x + 3.5, y - 1.5)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
