"""The list of optima: what each looks like, how high it is, how often it was reached, and its parameters in short."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core import formatting
from core.binning import Histogram
from core.data import Array
from core.mixture import Mixture
from core.optima import Optimum
from core.optima_map import Map
from emgui import theme as looks
from emgui.sheets.rest_column import take_rest
from emgui.sheets.sheet_table import SheetTable
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
HEADS = ("", "log-likelihood", "below best", "reached", "\u2003components")
PICTURE, ROW, PAD, INDENT = 124, 46, 8, 11
"""Width of the small picture, height of a row, and room beside texts, in px, and before those of the last column."""
POINTS, OVER = 90, 1.25
"""Places at which a small picture's curves are reckoned, and how high they may be, in heights of the tallest bar."""
SAMPLES = ("", "−20056638.07", "below best", "000 of 000 (00 %)", "0.0 % at 00.00 ± 0.0")
"""Texts that columns have room for; the last has all that is left."""
BETWEEN = "   "
"""What stands between two components."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class Sketch:
    """Curves of components (K, m) at places x (m,) from 0 to 1, in heights of the tallest bar."""

    x: Array
    curves: Array


def sketch_of(mixture: Mixture, bars: Histogram, discrete: bool) -> Sketch:
    """What a mixture looks like over the bars of the data."""
    low, high = float(bars.edges[0]), float(bars.edges[-1])
    x = np.linspace(low, high, POINTS)
    if not discrete:
        x = np.union1d(x, np.clip(mixture.family.location(mixture.parameters), low, high))
    with np.errstate(all="ignore"):
        tallest = float((bars.counts / np.diff(bars.edges)).max())
        curves = mixture.densities(np.round(x) if discrete else x) * (float(bars.counts.sum()) / tallest)
    return Sketch((x - low) / (high - low), np.clip(np.nan_to_num(curves, nan=0.0, posinf=OVER), 0.0, OVER))


class OptimaModel(QAbstractTableModel):
    """The optima of a map, the highest first; degenerate ones last."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.map: Map | None = None
        self.bars: Histogram | None = None
        self.discrete = False
        self.here: Mixture | None = None
        self._sketches: dict[int, tuple[Mixture, Sketch]] = {}

    @property
    def optima(self) -> tuple[Optimum, ...]:
        """What the rows are."""
        return () if self.map is None else self.map.optima

    def show_map(self, found: Map | None, bars: Histogram | None, discrete: bool) -> None:
        """Takes another state of the map."""
        self.beginResetModel()
        if bars is not self.bars or found is None:
            self._sketches.clear()
        self.map, self.bars, self.discrete = found, bars, discrete
        self.endResetModel()

    def mark(self, mixture: Mixture | None) -> None:
        """Says which optimum the current run stands at; None for none."""
        if mixture is not self.here:
            self.here = mixture
            if self.optima:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.optima) - 1, len(HEADS) - 1))

    def sketch(self, row: int) -> Sketch | None:
        """What an optimum looks like; made once."""
        mixture = self.optima[row].mixture
        if self.bars is None or mixture.family.n_features > 1:
            return None
        if id(mixture) not in self._sketches:
            self._sketches[id(mixture)] = mixture, sketch_of(mixture.plain, self.bars, self.discrete)
        return self._sketches[id(mixture)][1]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of optima."""
        return 0 if parent.isValid() else len(self.optima)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Picture, log-likelihood, difference, how often, parameters."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """What the columns are."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section in (0, 4) else RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The texts of a cell; as a tool tip, why an optimum is degenerate."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(row)[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.words(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        return None

    def texts(self, row: int) -> tuple[str, ...]:
        """What is written in a row."""
        optimum, found = self.optima[row], self.map
        assert found is not None
        best = found.best
        below = "–" if best is None or optimum.reason is not None else _below(best.log_likelihood, optimum)
        height = "∞" if isinf(optimum.log_likelihood) else formatting.log_likelihood(optimum.log_likelihood)
        part = 100.0 * optimum.n_starts / max(1, found.n_done)
        reached = f"{optimum.n_starts} of {found.n_done} ({part:.0f} %)"
        return "", height, below, reached, components_in_short(optimum.mixture.plain)

    def words(self, row: int) -> str:
        """A row for a screen reader."""
        _, height, below, reached, components = self.texts(row)
        state = f"degenerate: {self.optima[row].reason}, " if self.optima[row].reason is not None else ""
        here = "here stands the current run, " if self.is_here(row) else ""
        return f"{state}{here}log-likelihood {height}, {below} below the best, reached by {reached}; {components}"

    def is_here(self, row: int) -> bool:
        """Whether the current run stands at this optimum."""
        return self.here is not None and self.optima[row].mixture is self.here

    def text(self) -> str:
        """The table as a spreadsheet takes it."""
        heads = ("log-likelihood", "below best", "reached", "of", "degenerate", "components")
        lines = ["\t".join(heads)]
        for row, optimum in enumerate(self.optima):
            assert self.map is not None
            _, _, below, _, components = self.texts(row)
            cells = (repr(optimum.log_likelihood), below, str(optimum.n_starts), str(self.map.n_done))
            lines.append("\t".join((*cells, optimum.reason or "", components)))
        return "\n".join([*lines, ""])

    def _tip(self, row: int) -> str:
        optimum = self.optima[row]
        lines = components_in_short(optimum.mixture.plain).split(BETWEEN)
        if optimum.reason is not None:
            lines.insert(0, f"Degenerate: {optimum.reason}.")
        return "\n".join([*lines, "Click to show this fit in the window."])


def components_in_short(mixture: Mixture) -> str:
    """Weight, place and width of each component, in few characters."""
    family = mixture.family
    if family.n_features > 1:
        return BETWEEN.join(f"{100 * weight:.3g} %" for weight in mixture.weights)
    places, widths = family.location(mixture.parameters), family.spread(mixture.parameters)
    return BETWEEN.join(
        f"{100 * weight:.2g} % at {formatting.short(float(f'{place:.4g}'))} ± {formatting.short(float(f'{width:.2g}'))}"
        for weight, place, width in zip(mixture.weights, places, widths, strict=True)
    )


def _below(best: float, optimum: Optimum) -> str:
    return formatting.number(best - optimum.log_likelihood, 3) if best > optimum.log_likelihood else "best"


class OptimaDelegate(QStyledItemDelegate):
    """Draws a row: the small picture, numbers to the right, the components elided; degenerate ones pale and marked."""

    def __init__(self, theme: Theme, rows: OptimaModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self.rows = theme, rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines high, as wide as its text."""
        width = QFontMetrics(looks.font()).horizontalAdvance(str(index.data())) + 2 * looks.px(PAD)
        return QSize(width, looks.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme, rect = self.theme, QRectF(option.rect)
        optimum = self.rows.optima[index.row()]
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(rect, QColor(theme.tint))
            view = self.parent()
            if index.column() == 0 and isinstance(view, QTableView) and view.hasFocus():
                painter.fillRect(rect.adjusted(0, 0, 2 - rect.width(), 0), QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == 0:
            self._picture(painter, rect, index.row())
        else:
            self._text(painter, rect, index, optimum)
        painter.restore()

    def _text(self, painter: QPainter, rect: QRectF, index: Index, optimum: Optimum) -> None:
        theme, text, column = self.theme, str(index.data()), index.column()
        pad = looks.px(PAD)
        inside = rect.adjusted(pad, 0, -pad, 0)
        painter.setFont(looks.font())
        painter.setPen(QColor(theme.ink if optimum.reason is None else theme.ink2))
        if column < 4:
            painter.drawText(inside, int(RIGHT), text)
            return
        inside.setLeft(rect.left() + looks.px(INDENT))
        is_here = self.rows.is_here(index.row())
        said = ["current run"] if is_here else []
        said += [f"degenerate: {optimum.reason}"] if optimum.reason is not None else []
        mark = " · ".join(said)
        metrics = QFontMetrics(painter.font())
        lines = _in_lines(text.split(BETWEEN), metrics, int(inside.width()), 1 if mark else 2)
        step = metrics.lineSpacing()
        top = inside.center().y() - step * (len(lines) + bool(mark)) / 2
        for place, line in enumerate(lines):
            at = QRectF(inside.left(), top + place * step, inside.width(), step)
            painter.drawText(at, int(LEFT), line)
        if mark:
            painter.setFont(looks.font(looks.CAPTION))
            painter.setPen(QColor(theme.accent if is_here else theme.ink2))
            words = QFontMetrics(painter.font()).elidedText(mark, Qt.TextElideMode.ElideRight, int(inside.width()))
            painter.drawText(QRectF(inside.left(), top + step, inside.width(), step), int(LEFT), words)

    def _picture(self, painter: QPainter, rect: QRectF, row: int) -> None:
        sketch, bars, theme = self.rows.sketch(row), self.rows.bars, self.theme
        if sketch is None or bars is None:
            return
        box = rect.adjusted(looks.px(PAD), 5, -looks.px(PAD), -6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heights = bars.counts / np.diff(bars.edges)
        edges = (bars.edges - bars.edges[0]) / (bars.edges[-1] - bars.edges[0])
        x, y = np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights / heights.max(), 2), [0.0]])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.bars))
        painter.drawPolygon(_polygon(box, x, y))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setClipRect(box.adjusted(0, -3, 0, 1))
        mixture = self.rows.optima[row].mixture
        for identity, curve in zip(mixture.ids, sketch.curves, strict=True):
            painter.setPen(looks.pen(theme.component(identity), 1.4, theme.is_dashed(identity)))
            painter.drawPolyline(_polygon(box, sketch.x, curve))


def _in_lines(parts: list[str], metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """Texts one after the other in as few lines as they need, and as there may be; what is too much is left out."""
    lines = [""]
    for part in parts:
        longer = BETWEEN.join(filter(None, (lines[-1], part)))
        if metrics.horizontalAdvance(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(part)
        else:
            lines[-1] = f"{longer} …"
            break
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]


def _polygon(box: QRectF, x: Array, y: Array) -> QPolygonF:
    high = box.height() / OVER
    return QPolygonF(
        [
            QPointF(box.left() + along * box.width(), box.bottom() - up * high)
            for along, up in zip(x.tolist(), y.tolist(), strict=True)
        ]
    )


class OptimaTable(SheetTable):
    """The list. A click or Enter asks for that fit; the arrow keys only go along it; Ctrl+C copies it."""

    chosen = Signal(int)
    highlighted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Optima", ROW, parent)
        self.rows = OptimaModel(self)
        self._delegate = OptimaDelegate(theme, self.rows, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._fit()
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self._fit()
        self.viewport().update()

    def show_map(self, found: Map | None, bars: Histogram | None, discrete: bool) -> None:
        """Shows another state of the map; what is selected stays so, wherever it is now."""
        row = self.currentIndex().row()
        kept = self.rows.optima[row].mixture if 0 <= row < len(self.rows.optima) else None
        scrolled = self.verticalScrollBar().value()
        self.rows.show_map(found, bars, discrete)
        for place, optimum in enumerate(self.rows.optima):
            if optimum.mixture is kept:
                self.selectRow(place)
        self.verticalScrollBar().setValue(scrolled)

    def text(self) -> str:
        """The list as it is copied."""
        return self.rows.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter shows the fit."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        """The dot of the row is marked in the plot."""
        super().currentChanged(current, previous)
        self.highlighted.emit(current.row())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The components take what is left."""
        super().resizeEvent(event)
        take_rest(self, len(SAMPLES) - 1, _width(len(SAMPLES) - 1))

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(looks.px(ROW))
        self.setColumnWidth(0, looks.room(PICTURE))
        for column in range(1, 4):
            self.setColumnWidth(column, _width(column))
        take_rest(self, len(SAMPLES) - 1, _width(len(SAMPLES) - 1))


def _width(column: int) -> int:
    return QFontMetrics(looks.font()).horizontalAdvance(SAMPLES[column]) + 2 * looks.px(PAD)
