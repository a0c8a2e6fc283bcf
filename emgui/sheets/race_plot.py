"""The race as a plot: how much log-likelihood each variant lacks, along passes over the data or along seconds."""

from __future__ import annotations

from math import floor, log10

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from core import formatting
from core.algorithms import ALGORITHMS
from core.data import Array
from core.race import Standings, Track
from core.scale import Scale
from emgui import theme as looks
from emgui.document import Document
from emgui.panels.axis import BESIDE
from emgui.panels.badges import Mark, Words
from emgui.panels.plot import PlotPanel
from emgui.panels.screen_line import ScreenLine
from emgui.theme import Theme

PASSES, SECONDS = 0, 1
"""What is counted along x: the row of a track's points."""
MOST_POINTS = 1500
"""Points drawn of a track, evenly along the axis; the last is among them."""
APART, CAUGHT = 14.0, 14.0
"""Px between two names, and from a track's end within which a click is meant for it."""
SWATCH, GAP, MOST_LABELS = 16.0, 6.0, 0.6
"""Length of the line before a name, room about it, in px, and the part of the width that names may take."""
EMPTY = ("Each variant is a line here, down to the maximum. Press Start race.", "And here, against its own seconds.")
COUNTS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)


class End(Mark):
    """Where a track has got to: a dot; hollow where it ended before it had converged, a cross where it collapsed."""

    def __init__(self) -> None:
        super().__init__(30.0)
        self._ink, self._ground = QColor(), QColor()
        self._kind = "dot"
        self.resize_to(QRectF(-7, -7, 14, 14))

    def show_end(self, ink: QColor, ground: QColor, kind: str) -> None:
        """Takes its look: dot, ring or cross."""
        self._ink, self._ground, self._kind = ink, ground, kind
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draws it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink, 1.75))
        if self._kind == "cross":
            painter.drawLine(QPointF(-3.5, -3.5), QPointF(3.5, 3.5))
            painter.drawLine(QPointF(-3.5, 3.5), QPointF(3.5, -3.5))
            return
        painter.setBrush(self._ground if self._kind == "ring" else self._ink)
        painter.drawEllipse(QPointF(0, 0), 3.5, 3.5)


class Swatch(Mark):
    """A piece of a line before the name of its variant."""

    def __init__(self) -> None:
        super().__init__(49.0)
        self._pen = QPen()
        self.resize_to(QRectF(-1, -3, looks.px(SWATCH) + 2, 6))

    def show_pen(self, pen: QPen) -> None:
        """Takes the pen of the line."""
        self._pen = pen
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draws it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.drawLine(QPointF(0, 0), QPointF(looks.px(SWATCH), 0))


class RacePlot(PlotPanel):
    """Lines of the variants, named at their ends; a click on an end asks for that run."""

    NAME = "Race"
    chosen = Signal(str)

    def __init__(self, document: Document, theme: Theme, along: int) -> None:
        self.along = along
        self.standings: Standings | None = None
        self.row, self.within = "", 0.0
        super().__init__(document, theme)
        self.box.setMouseEnabled(False, False)
        self.box.clicked.connect(self._clicked)
        names = ("passes over the data", "seconds of its own")
        self.setAccessibleName(f"Race, by {names[along]}")
        self.set_captions("log-likelihood below the maximum" if along == PASSES else "", names[along])

    def build(self) -> None:
        """Lines are made as variants come."""
        self._lines: dict[str, ScreenLine] = {}
        self._ends: dict[str, End] = {}
        self._names: dict[str, Words] = {}
        self._swatches: dict[str, Swatch] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._goal = self.line(1.0, antialias=False)

    def style_items(self) -> None:
        """The line of the tolerance; the others follow when they are drawn."""
        self._goal.setPen(self.pen(self.theme.edge, 1.0, dashed=True))

    def show_race(self, standings: Standings | None, chosen: str, within: float) -> None:
        """Takes another state of the race, the variant that is selected, and the gap that is wanted."""
        self.standings, self.row, self.within = standings, chosen, within
        self.schedule()

    def draw(self) -> None:
        """Draws all tracks as far as they have come."""
        standings = self.standings
        tracks = [] if standings is None else [one for one in standings.tracks.values() if one.points.shape[1]]
        for axis in (self.left, self.bottom):
            axis.read(Scale() if tracks else None)
        for name in self._lines:
            for item in (self._lines[name], self._ends[name], self._names[name], self._swatches[name]):
                item.setVisible(False)
        self._places = {}
        self._goal.setVisible(bool(tracks))
        self.hint("" if tracks else EMPTY[self.along])
        if standings is None or not tracks:
            return
        unit = 1.0 if self.along == PASSES else _unit(tracks)
        drawn = {one.name: self._points(standings, one, unit) for one in tracks}
        right = max(float(x[-1]) for x, _ in drawn.values()) or 1.0
        low = floor(log10(standings.finest)) - 0.4
        high = max(float(y.max()) for _, y in drawn.values()) + 0.5
        lowest = min(float(y.min()) for _, y in drawn.values())
        low = max(low, min(lowest, log10(self.within)) - 1.2)
        end = right / (1.0 - min(MOST_LABELS, self._label_room(tracks) / max(1.0, float(self.box.width()))))
        self.box.setRange(xRange=(0.0, end), yRange=(low, max(high, low + 1.0)), padding=0.0)
        self._goal.setData(np.array([0.0, right]), np.full(2, log10(self.within)))
        self.left.say(self._decades(low, high))
        self.bottom.say(tuple((_place(value, unit), text) for value, text in self._counts(unit, right)))
        for one in tracks:
            self._show_track(one, *drawn[one.name])
        self._name_ends(right)
        self.describe(_described(standings, tracks))

    def place(self, name: str) -> tuple[float, float]:
        """Where a variant's line ends."""
        return self._places[name]

    def _points(self, standings: Standings, track: Track, unit: float) -> tuple[Array, Array]:
        x = np.log10(1.0 + np.maximum(track.points[self.along], 0.0) / unit)
        y = np.log10(standings.gaps(track.name))
        if len(x) > MOST_POINTS:
            kept = np.unique(np.searchsorted(x, np.linspace(x[0], x[-1], MOST_POINTS)).clip(0, len(x) - 1))
            kept = np.union1d(kept, [len(x) - 1])
            x, y = x[kept], y[kept]
        return x, y

    def _show_track(self, track: Track, x: Array, y: Array) -> None:
        name = track.name
        if name not in self._lines:
            self._lines[name] = self.line(5.0, connect="finite")
            self._ends[name], self._names[name], self._swatches[name] = End(), Words(looks.CAPTION, 500), Swatch()
            for made in (self._ends[name], self._names[name], self._swatches[name]):
                self.box.addItem(made, ignoreBounds=True)
        number = number_of(name)
        colour, is_chosen = self.theme.component(number), name == self.row
        line = self._lines[name]
        width, dashed = 2.75 if is_chosen else 1.5, self.theme.is_dashed(number)
        line.setPen(self.pen(colour, width, dashed))
        self._swatches[name].show_pen(looks.pen(colour, width, dashed))
        line.setZValue(8.0 if is_chosen else 5.0)
        line.setData(x, y)
        kind = "cross" if track.is_degenerate else "ring" if track.last and track.last.is_short else "dot"
        self._ends[name].show_end(colour, QColor(self.theme.plot), kind)
        self._places[name] = float(x[-1]), float(y[-1])
        self._ends[name].setPos(*self._places[name])
        for item in (line, self._ends[name]):
            item.setVisible(True)

    def _label_room(self, tracks: list[Track]) -> float:
        widest = max(Words(looks.CAPTION, 500).width(ALGORITHMS[one.name].title) for one in tracks)
        return widest + looks.px(SWATCH) + 4 * looks.px(GAP)

    def _name_ends(self, right: float) -> None:
        """Names at the right, each as high as its end where no other stands, those further along above the others."""
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        apart, room = looks.px(APART), self.box.height() - looks.px(APART) / 2
        order = sorted(self._places, key=lambda name: (-round(self._places[name][1], 1), -self._places[name][0]))
        heights = [(seen.top - self._places[name][1]) / dy for name in order]
        for place in range(1, len(heights)):
            heights[place] = max(heights[place], heights[place - 1] + apart)
        for place in reversed(range(len(heights))):
            limit = room if place == len(heights) - 1 else heights[place + 1] - apart
            heights[place] = min(heights[place], limit)
        for name, height in zip(order, heights, strict=True):
            words, x, y = self._names[name], right + 2 * looks.px(GAP) * dx, seen.top - height * dy
            words.say(ALGORITHMS[name].title, self.theme.ink if name == self.row else self.theme.ink2, self.theme, 0.0)
            self._swatches[name].setPos(x, y)
            words.setPos(x + looks.px(SWATCH + GAP) * dx, y)
            for item in (words, self._swatches[name]):
                item.setVisible(True)

    def _decades(self, low: float, high: float) -> tuple[tuple[float, str], ...]:
        apart = looks.px(BESIDE) * (high - low) / max(1.0, float(self.box.height()))
        step = next(step for step in (1, 2, 3, 4, 6, 12, 400) if step >= apart)
        powers = [power for power in range(-330, 309) if low < power < high and power % step == 0]
        return tuple((float(power), _power(power)) for power in powers)

    def _counts(self, unit: float, right: float) -> list[tuple[float, str]]:
        """Round numbers along x with their texts."""
        if self.along == PASSES:
            wanted = [(float(count), f"{count:,}") for count in COUNTS]
        else:
            first = round(log10(unit))
            decades = [float(f"{digit}e{power}") for power in range(first, first + 12) for digit in (1, 3)]
            wanted = [(0.0, "0"), *((seconds, seconds_in_short(seconds)) for seconds in decades)]
        least = looks.px(34) * self.box.per_pixel()[0]
        kept: list[tuple[float, str]] = []
        for value, text in wanted:
            place = _place(value, unit)
            if place <= right * 1.02 and (not kept or place - _place(kept[-1][0], unit) >= least):
                kept.append((value, text))
        return kept

    def _clicked(self, at: QPointF) -> None:
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        nearest, distance = "", CAUGHT
        for name, (x, y) in self._places.items():
            away = float(np.hypot((x - seen.left) / dx - at.x(), (seen.top - y) / dy - at.y()))
            if away < distance:
                nearest, distance = name, away
        if nearest:
            self.chosen.emit(nearest)


def number_of(name: str) -> int:
    """The number by whose colour a variant is drawn, always the same."""
    return list(ALGORITHMS).index(name) + 1


def seconds_in_short(seconds: float) -> str:
    """A time in the unit that suits it."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1.0 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}"
    return ""


def _power(power: int) -> str:
    return formatting.short(10.0**power) if -2 <= power <= 3 else f"1e{power}".replace("-", formatting.MINUS)


def _place(value: float, unit: float) -> float:
    return log10(1.0 + value / unit)


def _unit(tracks: list[Track]) -> float:
    """Seconds up to which the axis is even: what the quickest first iteration took, as a power of ten."""
    firsts = [float(one.points[SECONDS, min(1, one.points.shape[1] - 1)]) for one in tracks]
    least = min((first for first in firsts if first > 0.0), default=1e-3)
    return float(f"1e{floor(log10(least))}")


def _described(standings: Standings, tracks: list[Track]) -> str:
    said = [
        f"{ALGORITHMS[one.name].title} {formatting.short(float(f'{standings.gaps(one.name)[-1]:.1g}'))}"
        for one in tracks
    ]
    return f"Log-likelihood below the maximum: {', '.join(said)}."
