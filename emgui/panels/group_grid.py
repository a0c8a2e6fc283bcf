"""A small histogram for each group with its curves, all on the same axes, painted."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from core import formatting
from core.binning import Histogram
from core.data import Array
from core.errors import shown
from core.mixture import Mixture
from core.roles import Truncation
from core.ticks import tick_texts, ticks
from core.whole_numbers import Cells
from emgui import theme as look
from emgui.document import Document
from emgui.grouped import Group, note_of
from emgui.panels.plot import cells_of, elided
from emgui.theme import Theme

LEFT, TOP, RIGHT, BOTTOM, GAP = 62.0, 30.0, 20.0, 24.0, 14.0
"""Px about all of the histograms, and between two of them."""
SWITCH = 130.0
"""Room for the switch beside the caption, px."""
LEAST = 5.0
"""Px that a bar is wide at least; else neighbours are drawn as one."""
TITLE = 17.0
"""Height of a group's name over its histogram, px."""
POINTS = 160
TALLEST = 1.3
"""How many times the tallest bar a curve may be before it is cut off."""


class GroupGrid(QWidget):
    """Paints a small histogram for each group, with its curves; all have the same axes."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.theme = document, theme
        self.groups: list[Group] = []
        self.setAccessibleName("Histograms of the groups")

    def show_groups(self, groups: list[Group]) -> None:
        """Draws these groups."""
        self.groups = groups
        named = ", ".join(f"{group.name} ({formatting.count(group.n)} rows)" for group in groups)
        self.setAccessibleDescription(f"Histograms of {len(groups)} groups on the same axes: {named}.")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The sheet, the caption, and the histograms."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.plot))
        histogram = self.document.histogram
        counted = histogram is not None and histogram.groups is not None and len(histogram.groups) == len(self.groups)
        if histogram is not None and counted and self.groups:
            _Picture(self, painter, histogram).paint()
        painter.end()


class _Picture:
    """One painting of all groups: where everything stands."""

    def __init__(self, grid: GroupGrid, painter: QPainter, histogram: Histogram) -> None:
        document = grid.document
        assert document.data is not None
        assert histogram.groups is not None
        self.theme, self.painter, self.groups = grid.theme, painter, grid.groups
        self.left, self.head, self.title = look.px(LEFT), look.px(TOP), look.px(TITLE)
        inside = grid.width() - self.left - RIGHT, grid.height() - self.head - look.px(BOTTOM)
        self.columns = columns_for(len(self.groups), *inside)
        self.rows = -(-len(self.groups) // self.columns)
        self.width = (inside[0] - GAP * (self.columns - 1)) / self.columns
        self.height = (inside[1] - 4.0 * (self.rows - 1)) / self.rows - self.title
        whole_numbers = cells_of(document) is not None
        histogram = histogram if whole_numbers else coarser(histogram, ceil(LEAST * len(histogram.counts) / self.width))
        assert histogram.groups is not None
        self.document, self.histogram = document, histogram
        self.per_row = [1.0 / (group.n * histogram.width) if document.view.density else 1.0 for group in self.groups]
        scale = np.array(self.per_row)[:, np.newaxis]
        self.heights = histogram.per_width(histogram.groups) * scale
        self.whole = float(grid.width())
        self.low, self.high = float(histogram.edges[0]), float(histogram.edges[-1])
        truncate, cells = document.data.form.truncate, cells_of(document)
        self.curves = [
            _curves(group, histogram, truncate, cells, share)
            for group, share in zip(self.groups, self.per_row, strict=True)
        ]
        top = float(self.heights.max()) or 1.0
        drawn = max((float(y.sum(axis=0).max()) for _, y in self.curves if len(y)), default=0.0)
        self.top = max(top, min(drawn, TALLEST * top)) * 1.04

    def paint(self) -> None:
        """Everything."""
        self.painter.setFont(look.font(look.CAPTION))
        self.painter.setPen(QColor(self.theme.ink2))
        room = QRectF(16.0, 4.0, self.whole - look.px(SWITCH), look.px(20))
        caption = elided(self._caption(), QFontMetricsF(self.painter.font()), room.width())
        self.painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, caption)
        for place, group in enumerate(self.groups):
            row, column = divmod(place, self.columns)
            left = self.left + column * (self.width + GAP)
            top = self.head + self.title + row * (self.height + self.title + 4.0)
            box = QRectF(left, top, self.width, self.height)
            is_lowest = place + self.columns >= len(self.groups)
            self._axes(box, column == 0, is_lowest)
            self._bars(box, self.heights[place])
            self._lines(box, *self.curves[place], group.mixture)
            self._name(box, group)

    def _caption(self) -> str:
        if self.document.view.density:
            return "↑ Density"
        width = formatting.short(float(f"{self.histogram.width:.3g}"))
        caption = f"↑ Rows per {width} {self.document.unit}".rstrip() + f"   {self.document.axis} →"
        note = note_of(self.document)
        return f"{caption}   ·   {note}" if note else caption

    def _x(self, box: QRectF, values: Array) -> Array:
        return np.asarray(box.left() + (values - self.low) / (self.high - self.low) * box.width())

    def _y(self, box: QRectF, heights: Array) -> Array:
        return np.asarray(box.bottom() - np.clip(heights / self.top, 0.0, 1.0) * box.height())

    def _axes(self, box: QRectF, is_first: bool, is_lowest: bool) -> None:
        painter, theme = self.painter, self.theme
        painter.setFont(look.font(look.CAPTION))
        places, step = ticks(0.0, self.top, max(2, int(box.height() // look.px(34))))
        for value, text in zip(places, tick_texts(places, step), strict=True):
            y = round(float(self._y(box, np.array(value))))
            painter.fillRect(QRectF(box.left(), y, box.width(), 1), QColor(theme.edge if value == 0 else theme.grid))
            if is_first:
                painter.setPen(QColor(theme.ink2))
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0.0, y - look.px(8), self.left - 6.0, look.px(16)), align, text)
        fewest = 3 if box.width() >= look.px(50) else 2
        places, step = ticks(self.low, self.high, max(fewest, int(box.width() // look.px(60))))
        for value, text in zip(places, tick_texts(places, step), strict=True):
            x = float(self._x(box, np.array(value)))
            painter.fillRect(QRectF(round(x), round(box.bottom()), 1, 3), QColor(theme.edge))
            if is_lowest:
                painter.setPen(QColor(theme.ink2))
                painter.drawText(
                    QRectF(x - look.px(40), box.bottom() + 4, look.px(80), look.px(16)),
                    Qt.AlignmentFlag.AlignCenter,
                    text,
                )

    def _bars(self, box: QRectF, heights: Array) -> None:
        edges, tops = self._x(box, self.histogram.edges), self._y(box, heights)
        colour = QColor(self.theme.bars) if self.document.moment is not None else self.theme.bars_alone()
        gap = 1.0 if edges[1] - edges[0] >= 4.0 else 0.0
        for left, right, top in zip(edges[:-1].tolist(), edges[1:].tolist(), tops.tolist(), strict=True):
            if top < box.bottom():
                self.painter.fillRect(QRectF(left, top, max(right - left - gap, 1.0), box.bottom() - top), colour)

    def _lines(self, box: QRectF, x: Array, ys: Array, mixture: Mixture | None) -> None:
        painter, theme = self.painter, self.theme
        if not len(ys) or mixture is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = self._x(box, x).tolist()
        painter.setPen(look.pen(theme.ink, 1.0))
        total = self._y(box, ys.sum(axis=0)).tolist()
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(at, total, strict=True)]))
        for identity, y in zip(mixture.ids, ys, strict=True):
            if y.max() > 0.002 * self.top:
                colour = theme.component(identity)
                width = 2.25 if identity == self.document.selected else 1.5
                line = [QPointF(a, b) for a, b in zip(at, self._y(box, y).tolist(), strict=True)]
                fill = QColor(colour)
                fill.setAlphaF(theme.fill)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(fill)
                painter.drawPolygon(QPolygonF([QPointF(at[0], box.bottom()), *line, QPointF(at[-1], box.bottom())]))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(look.pen(colour, width, theme.is_dashed(identity)))
                painter.drawPolyline(QPolygonF(line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _name(self, box: QRectF, group: Group) -> None:
        painter, theme = self.painter, self.theme
        head = QRectF(box.left(), box.top() - self.title, box.width(), self.title)
        small = look.font(look.CAPTION)
        count = formatting.count(group.n)
        painter.setFont(small)
        painter.setPen(QColor(theme.ink2))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        bold = look.font(look.CAPTION, 600)
        room = head.width() - QFontMetricsF(small).horizontalAdvance(count) - 8.0
        painter.setFont(bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, elided(shown(group.name), QFontMetricsF(bold), room))


def _curves(
    group: Group, histogram: Histogram, truncate: Truncation | None, cells: Cells | None, per_row: float
) -> tuple[Array, Array]:
    """Places x (m,) and each component's rows per bin width there (K, m), times per_row; nothing without a mixture."""
    mixture = group.mixture
    if mixture is None:
        return np.empty(0), np.empty((0, 0))
    rows = group.n * per_row * histogram.width
    with np.errstate(all="ignore"):
        if cells is not None:
            heights = np.exp(cells.joint(mixture, histogram.edges)) / cells.width
            return histogram.centres, rows * np.nan_to_num(heights)
        x = np.linspace(histogram.edges[0], histogram.edges[-1], POINTS)
        if truncate is not None:
            low, high = truncate
            ends = mixture.cdf(np.array([low, high]))
            above, below = 1.0 if np.isposinf(high) else float(ends[1]), 0.0 if np.isneginf(low) else float(ends[0])
            rows /= max(above - below, 1e-300)
        return x, rows * np.nan_to_num(mixture.densities(x))


def coarser(histogram: Histogram, together: int) -> Histogram:
    """So many neighbouring bins as one, where all are equally wide; of few bins each stays what it is."""
    if together < 2 or not histogram.is_even or histogram.groups is None:
        return histogram
    n_bins = -(-len(histogram.counts) // together)
    more = n_bins * together - len(histogram.counts)
    edges = histogram.edges[0] + histogram.width * together * np.arange(n_bins + 1)

    def merged(rows: Array) -> Array:
        padded = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, more)])
        return np.asarray(padded.reshape(*rows.shape[:-1], n_bins, together).sum(axis=-1))

    return Histogram(edges, merged(histogram.counts), groups=merged(histogram.groups))


def columns_for(n: int, width: float, height: float) -> int:
    """How many of n histograms stand side by side, so that each is about 1.6 times as wide as it is high."""

    def cost(columns: int) -> float:
        rows = -(-n // columns)
        shape = (width / columns) / max(1.0, height / rows - look.px(TITLE))
        return abs(float(np.log(max(shape, 1e-3) / 1.6))) + 0.15 * (rows * columns - n) / n

    return min(range(1, n + 1), key=cost)
