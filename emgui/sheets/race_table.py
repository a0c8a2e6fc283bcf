"""The race as a table: what each variant took to get there, where it ended, and how."""

from __future__ import annotations

from math import inf
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core import formatting
from core.algorithms import ALGORITHMS
from core.race import Standings, Track
from emgui import theme as looks
from emgui.sheets.race_plot import number_of, seconds_in_short
from emgui.sheets.rest_column import take_rest
from emgui.sheets.sheet_table import SheetTable
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW, PAD, SWATCH = 30, 8, 30
"""Height of a row, room beside texts, and width of the line before a name, in px."""
LAST = 6
SAMPLES = (
    *("Incremental EM", "passes to 1e−6", "time to 1e−6", "iterations", "−20056638.07", "below max."),
    "Converged after 00",
)
"""Texts that columns have room for; the last has all that is left."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RaceModel(QAbstractTableModel):
    """The variants of a race: in the order of the form while it goes on, then those first that got there first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.standings: Standings | None = None
        self.within = 1e-6
        self.names: list[str] = []

    def show_race(self, standings: Standings | None, within: float, is_over: bool) -> None:
        """Takes another state of the race. within: the gap that is wanted."""
        self.within = within
        names = [] if standings is None else list(standings.tracks)
        if is_over and standings is not None:
            names.sort(key=lambda name: _rank(standings, name, within))
        if standings is self.standings and names == self.names and names:
            self.dataChanged.emit(self.index(0, 0), self.index(len(names) - 1, LAST))
            return
        self.beginResetModel()
        self.standings, self.names = standings, names
        self.endResetModel()

    def track(self, row: int) -> Track:
        """What a variant has done."""
        assert self.standings is not None
        return self.standings.tracks[self.names[row]]

    @property
    def heads(self) -> tuple[str, ...]:
        """What the columns are."""
        goal = formatting.short(self.within)
        return "variant", f"passes to {goal}", f"time to {goal}", "iterations", "log-likelihood", "below max.", "ended"

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of variants."""
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Variant, passes, time, iterations, log-likelihood, what it lacks, how it ended."""
        return 0 if parent.isValid() else LAST + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """What the columns are."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return f"\u2003{self.heads[section]}" if section in (0, LAST) else self.heads[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section in (0, LAST) else RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The texts of a cell."""
        texts = self.texts(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "; ".join(f"{head} {text}" for head, text in zip(self.heads, texts, strict=True))
        if role == Qt.ItemDataRole.ToolTipRole:
            variant = ALGORITHMS[self.names[index.row()]]
            ending = self.track(index.row()).ending or "Under way."
            return f"{variant.title}: {variant.summary}.\n{ending}\nClick to make this run in the window."
        return None

    def texts(self, row: int) -> tuple[str, ...]:
        """What is written in a row."""
        track, standings = self.track(row), self.standings
        title = ALGORITHMS[track.name].title
        if standings is None or track.last is None or not track.points.shape[1]:
            return title, "", "", "", "", "", track.ending or "waiting"
        there = standings.reached(track.name, self.within)
        passes = "–" if there is None else formatting.passes(there[0])
        seconds = "–" if there is None else seconds_in_short(there[1])
        iterations = formatting.count(track.last.n_iterations)
        if track.is_degenerate:
            return title, passes, seconds, iterations, "–", "–", track.ending or ""
        gap = float(standings.gaps(track.name)[-1])
        below = "0" if gap <= standings.finest else formatting.short(float(f"{gap:.2g}"))
        height = formatting.log_likelihood(float(track.points[2, -1]))
        ended = "…" if track.ending is None else track.ending.partition(":")[0]
        return title, passes, seconds, iterations, height, below, ended

    def text(self) -> str:
        """The table as a spreadsheet takes it."""
        rows = (self.texts(row) for row in range(len(self.names)))
        return "\n".join(["\t".join(cells) for cells in (self.heads, *rows)] + [""])


def _rank(standings: Standings, name: str, within: float) -> tuple[float, float]:
    there, track = standings.reached(name, within), standings.tracks[name]
    if there is not None:
        return there[0], there[1]
    return inf, inf if track.is_degenerate or not track.points.size else float(standings.gaps(name)[-1])


class RaceDelegate(QStyledItemDelegate):
    """Draws a row: the variant's line before its name, numbers to the right, how it ended elided."""

    def __init__(self, theme: Theme, rows: RaceModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self.rows = theme, rows

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme, rect, column = self.theme, QRectF(option.rect), index.column()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        pad = looks.px(PAD)
        painter.save()
        if selected:
            painter.fillRect(rect, QColor(theme.tint))
            view = self.parent()
            if column == 0 and isinstance(view, QTableView) and view.hasFocus():
                painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inside = rect.adjusted(pad, 0, -pad, 0)
        if column == 0:
            number = number_of(self.rows.names[index.row()])
            painter.setPen(looks.pen(theme.component(number), 2.0, theme.is_dashed(number)))
            middle = round(rect.center().y())
            painter.drawLine(round(inside.left()) + 3, middle, round(inside.left()) + looks.px(SWATCH) - 8, middle)
            inside.setLeft(inside.left() + looks.px(SWATCH))
        painter.setFont(looks.font(looks.TEXT, 600 if selected and column == 0 else 400))
        painter.setPen(QColor(theme.ink2 if column == LAST else theme.ink))
        words = QFontMetrics(painter.font()).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.drawText(inside, int(LEFT if column in (0, LAST) else RIGHT), words)
        painter.restore()


class RaceTable(SheetTable):
    """The table. A click or Enter asks for that run; the arrow keys only go along it; Ctrl+C copies it."""

    chosen = Signal(str)
    highlighted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Variants in the race", ROW, parent)
        self.rows = RaceModel(self)
        self._delegate = RaceDelegate(theme, self.rows, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self._fit()
        self.clicked.connect(lambda index: self.chosen.emit(self.rows.names[index.row()]))

    @property
    def name(self) -> str:
        """The variant that is selected; "" for none."""
        row = self.currentIndex().row()
        return self.rows.names[row] if 0 <= row < len(self.rows.names) else ""

    def select(self, name: str) -> None:
        """Selects a variant."""
        if name in self.rows.names:
            self.selectRow(self.rows.names.index(name))

    def show_race(self, standings: Standings | None, within: float, is_over: bool) -> None:
        """Shows another state of the race; the variant that is selected stays so."""
        kept = self.name
        self.rows.show_race(standings, within, is_over)
        if kept != self.name:
            self.select(kept)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self._fit()
        self.viewport().update()

    def text(self) -> str:
        """The table as it is copied."""
        return self.rows.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter makes the run."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.name:
            self.chosen.emit(self.name)
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        """The line of the row is drawn thicker."""
        super().currentChanged(current, previous)
        self.highlighted.emit(self.name)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The last column takes what is left."""
        super().resizeEvent(event)
        take_rest(self, LAST, _width(LAST))

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(looks.px(ROW))
        for column in range(LAST):
            self.setColumnWidth(column, _width(column))
        take_rest(self, LAST, _width(LAST))


def _width(column: int) -> int:
    room = looks.px(SWATCH) if column == 0 else 0
    return QFontMetrics(looks.font()).horizontalAdvance(SAMPLES[column]) + 2 * looks.px(PAD) + room
