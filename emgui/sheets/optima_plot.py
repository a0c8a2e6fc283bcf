"""The map as a plot: a dot for each optimum, how far it is below the best, and how often it was reached."""

from __future__ import annotations

from math import inf, isinf, log10, sqrt

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from core.mixture import Mixture
from core.optima import Optimum
from core.optima_map import Map
from core.scale import Scale
from emgui import theme as looks
from emgui.document import Document
from emgui.panels.axis import BESIDE
from emgui.panels.badges import Mark, Words
from emgui.panels.plot import PlotPanel
from emgui.theme import Theme

UNIT = 0.1
"""Log-likelihood below the best up to which the axis is even; beyond it goes by factors."""
LARGEST, SMALLEST, RING = 17.0, 3.5, 4.0
"""Radius in px of a dot that all starts reached, and of the smallest, and how far outside of it the ring is."""
WORD = 16
"""Height of a word's line, in px at scale 1."""
NAMED = 24
"""Dots beside which it is written how often they were reached, at most."""
CAUGHT = 14.0
"""Px from a dot within which a click is meant for it."""
PARTED, PROPER_PART = 0.72, 0.68
"""Where degenerate optima begin along x, and how much of it the others have where there are such."""
EMPTY = "Each optimum that a start ends in is a dot here. Press Find optima."
DECADES = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)


def place_of(difference: float) -> float:
    """Where a difference of log-likelihood from the best is drawn: 0 for none, negative below it."""
    size = log10(1.0 + min(abs(difference), 1e12) / UNIT)
    return -size if difference < 0 else size


class Dot(Mark):
    """An optimum: filled; hollow where it is degenerate; with a ring where the current run stands."""

    def __init__(self) -> None:
        super().__init__(20.0)
        self.radius = SMALLEST
        self._fill, self._line, self._ring = QColor(), QColor(), QColor()
        self._hollow = self._here = False

    def show_optimum(self, radius: float, hollow: bool, here: bool, chosen: bool, theme: Theme) -> None:
        """Takes size and look."""
        self.radius, self._hollow, self._here = radius, hollow, here
        self._line = QColor(theme.accent if chosen else theme.ink2)
        self._fill = looks.mixed(QColor(theme.plot), self._line, 0.85 if chosen else 0.45)
        self._ring = QColor(theme.ink)
        edge = radius + 6.0
        self.resize_to(QRectF(-edge, -edge, 2 * edge, 2 * edge))

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draws it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._line, 1.5)
        if self._hollow:
            pen.setDashPattern([2.0, 2.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush if self._hollow else self._fill)
        painter.drawEllipse(QPointF(0, 0), self.radius, self.radius)
        if self._here:
            painter.setPen(QPen(self._ring, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(0, 0), self.radius + RING, self.radius + RING)


class OptimaPlot(PlotPanel):
    """Dots by rank; a click on one asks for that fit."""

    NAME = "Map of the optima"
    chosen = Signal(int)

    def __init__(self, document: Document, theme: Theme) -> None:
        self.map: Map | None = None
        self.here: Mixture | None = None
        self.row = -1
        super().__init__(document, theme)
        self.box.setMouseEnabled(False, False)
        self.box.clicked.connect(self._clicked)
        self.set_captions(
            "log-likelihood below the best", "optima, the highest first; the larger, the more often reached"
        )

    def build(self) -> None:
        """The line of the best, dots and words are made as they are needed."""
        self._best, self._divider = self.line(1.0, antialias=False), self.line(1.1, antialias=False)
        self._degenerate = Words(looks.CAPTION, 400)
        self.box.addItem(self._degenerate, ignoreBounds=True)
        self._dots: list[Dot] = []
        self._words: list[Words] = []
        self._places: list[tuple[float, float]] = []

    def style_items(self) -> None:
        """The lines."""
        self._best.setPen(self.pen(self.theme.edge, 1.0))
        self._divider.setPen(self.pen(self.theme.edge, 1.0, dashed=True))

    def show_map(self, found: Map | None, here: Mixture | None, row: int) -> None:
        """Takes another state of the map, the optimum of the current run, and the row that is selected."""
        self.map, self.here, self.row = found, here, row
        self.schedule()

    def draw(self) -> None:
        """Puts the dots where they belong."""
        optima = () if self.map is None else self.map.optima
        for axis in (self.left, self.bottom):
            axis.read(Scale() if optima else None)
        best = self._reference(optima)
        heights = [self._height(optimum, best) for optimum in optima]
        finite = [height for height in heights if not isinf(height)] or [0.0]
        low, high = min(*finite, 0.0), max(*finite, 0.0)
        apart = 1.2 * max(0.3, 0.16 * (high - low))
        unbounded = high + apart if any(isinf(height) for height in heights) else None
        n_proper = sum(optimum.reason is None for optimum in optima)
        bottom, top = self._in_view(optima, low, high if unbounded is None else unbounded, n_proper < len(optima))
        self.box.setRange(xRange=(0.0, 1.0), yRange=(bottom, top), padding=0.0)
        along = _along(n_proper, len(optima) - n_proper)
        self._places = [
            (x, unbounded if unbounded is not None and isinf(height) else height)
            for x, height in zip(along, heights, strict=True)
        ]
        self.left.say(self._levels(low - 0.5 * apart, high, unbounded))
        self.bottom.say(tuple((x, str(rank)) for rank, x in enumerate(along[:n_proper], 1)))
        self.hint("" if optima else EMPTY)
        self._best.setData(np.array([0.0, 1.0]), np.zeros(2))
        self._best.setVisible(bool(optima))
        self._part(0 < n_proper < len(optima), n_proper == 0 < len(optima))
        self._show_dots(optima)
        self.describe(_described(self.map))

    def place(self, row: int) -> tuple[float, float]:
        """Where the dot of an optimum is drawn."""
        return self._places[row]

    def _reference(self, optima: tuple[Optimum, ...]) -> float:
        if self.map is not None and self.map.best is not None:
            return self.map.best.log_likelihood
        return next((optimum.log_likelihood for optimum in optima if not isinf(optimum.log_likelihood)), 0.0)

    def _height(self, optimum: Optimum, best: float) -> float:
        return inf if isinf(optimum.log_likelihood) else place_of(optimum.log_likelihood - best)

    def _radius(self, optimum: Optimum) -> float:
        n = 1 if self.map is None else max(1, self.map.n_done)
        return max(SMALLEST, LARGEST * sqrt(optimum.n_starts / n))

    def _in_view(self, optima: tuple[Optimum, ...], low: float, high: float, has_word: bool) -> tuple[float, float]:
        """Bottom and top of what is in view, with room in px for the largest dot, its count and the word."""
        dot = max((self._radius(optimum) for optimum in optima), default=SMALLEST) + RING + 2.0
        below, above = dot + looks.px(WORD), dot + looks.px(WORD) * has_word
        extent = max(high - low, 0.3)
        per_pixel = extent / max(20.0, self.box.height() - below - above)
        middle = 0.5 * (low + high)
        return middle - 0.5 * extent - below * per_pixel, middle + 0.5 * extent + above * per_pixel

    def _levels(self, bottom: float, high: float, unbounded: float | None) -> tuple[tuple[float, str], ...]:
        """What is written on the upright axis: the best, what has no bound, then decades as far as there is room."""
        wanted = [(0.0, "best"), *([(unbounded, "∞")] if unbounded is not None else [])]
        wanted += [(place_of(-size), f"{size:g}") for size in reversed(DECADES) if place_of(-size) > bottom]
        wanted += [(place_of(size), f"+{size:g}") for size in reversed(DECADES) if place_of(size) <= high + 0.1]
        apart = looks.px(BESIDE) * self.box.per_pixel()[1]
        kept: list[tuple[float, str]] = []
        for place, text in wanted:
            if all(abs(place - other) >= apart for other, _ in kept):
                kept.append((place, text))
        return tuple(sorted(kept))

    def _part(self, is_parted: bool, is_all: bool) -> None:
        """The line and the word that part degenerate optima from the others."""
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        self._divider.setData(np.full(2, PARTED), np.array([seen.bottom, seen.top]))
        self._divider.setVisible(is_parted)
        self._degenerate.say("degenerate", self.theme.ink2, self.theme, 0.0)
        self._degenerate.setPos((0.0 if is_all else PARTED) + 8 * dx, seen.top - 0.5 * looks.px(WORD) * dy)
        self._degenerate.setVisible(is_parted or is_all)

    def _show_dots(self, optima: tuple[Optimum, ...]) -> None:
        while len(self._dots) < len(optima):
            dot, words = Dot(), Words(looks.CAPTION, 400)
            self._dots.append(dot)
            self._words.append(words)
            self.box.addItem(dot, ignoreBounds=True)
            self.box.addItem(words, ignoreBounds=True)
        _, dy = self.box.per_pixel()
        for row, (dot, words) in enumerate(zip(self._dots, self._words, strict=True)):
            shown = row < len(optima)
            dot.setVisible(shown)
            words.setVisible(False)
            if not shown or self.map is None:
                continue
            optimum, (x, y) = optima[row], self._places[row]
            words.setVisible(len(self.map.proper if optimum.reason is None else optima) <= NAMED)
            radius = self._radius(optimum)
            is_here = self.here is not None and optimum.mixture is self.here
            dot.show_optimum(radius, optimum.reason is not None, is_here, row == self.row, self.theme)
            dot.setPos(x, y)
            words.say(f"{optimum.n_starts}", self.theme.ink2, self.theme)
            words.setPos(x, y - (radius + RING + 0.5 * looks.px(WORD)) * dy)

    def _clicked(self, at: QPointF) -> None:
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        nearest, distance = -1, CAUGHT
        for row, (x, y) in enumerate(self._places):
            away = float(np.hypot((x - seen.left) / dx - at.x(), (seen.top - y) / dy - at.y()))
            away -= self._dots[row].radius
            if away < distance:
                nearest, distance = row, away
        if nearest >= 0:
            self.chosen.emit(nearest)


def _along(n_proper: int, n_degenerate: int) -> list[float]:
    """Where the dots stand along x, from 0 to 1: by rank, the degenerate ones apart from the others."""
    width = 1.0 if n_degenerate == 0 else PROPER_PART
    proper = [width * (rank + 0.5) / max(n_proper, 4) for rank in range(n_proper)]
    begin = PARTED if n_proper else 0.0
    return proper + [begin + (1.0 - begin) * (rank + 0.5) / max(n_degenerate, 4) for rank in range(n_degenerate)]


def _described(found: Map | None) -> str:
    if found is None or not found.optima:
        return "Nothing yet."
    n_proper = len(found.proper)
    best = found.best
    words = f"{n_proper} optima and {len(found.optima) - n_proper} degenerate ones"
    return words if best is None else f"{words}; the best was reached by {best.n_starts} of {found.n_done} starts."
