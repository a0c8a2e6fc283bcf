"""Where the name of a curve is written: in its widest valley, or beside its right flank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from core.data import Array
from emgui.panels.badges import Words
from emgui.panels.bends import bends
from emgui.panels.plot import PlotPanel

LIFT = 18.0
"""How far over the floor of its valley a name stands, in px."""
CLEAR = (10.0, 20.0)
"""How far, in px across and up, the middle of a badge must stay from a name."""


class Naming(NamedTuple):
    """Where a name goes: a place, px to move it right and up, and which end of the word stands there."""

    x: float
    y: float
    right: float
    up: float
    align: float


def name_places(x: Array, y: Array, size: tuple[float, float], word: float) -> Iterator[Naming]:
    """Places for the name of a curve, the best first.

    x, y: the curve as it is drawn; size: how much of x and of y one px is; word: width of the name in px.
    """
    yield from _valleys(x, y, size, word)
    yield from _flank(x, y, size, word)


class NamedLine:
    """A line in a plot with its name beside it."""

    def __init__(self, panel: PlotPanel, height: float, antialias: bool = True) -> None:
        self._panel = panel
        self.line = panel.line(height, antialias=antialias)
        self.word = Words()
        self.word.setVisible(False)
        panel.box.addItem(self.word, ignoreBounds=True)

    def hide(self) -> None:
        """Takes line and name away."""
        self.line.setData([], [])
        self.word.setVisible(False)

    def show(self, x: Array, y: Array) -> None:
        """Draws the line."""
        needed = bends(x, y[np.newaxis], self._panel.box.per_pixel()[1])[0]
        self.line.setData(x[needed], y[needed])

    def name(self, text: str, ink: str, places: Iterator[Naming], badges: list[tuple[int, float, float]]) -> None:
        """Writes the name at the first place where no badge (number, x and y in px from the top left) stands."""
        width = self.word.width(text)
        free = (place for place in places if not self._hits(place, width, badges))
        place = next(free, None)
        self.word.setVisible(place is not None)
        if place is not None:
            dx, dy = self._panel.box.per_pixel()
            self.word.say(text, ink, self._panel.theme, place.align)
            self.word.setPos(place.x + place.right * dx, place.y + place.up * dy)

    def _hits(self, place: Naming, width: float, badges: list[tuple[int, float, float]]) -> bool:
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        left = (place.x - seen.left) / dx + place.right - place.align * width
        y = (seen.top - place.y) / dy - place.up
        across, up = CLEAR
        if not (left >= 0.0 and left + width <= self._panel.box.width() and y > 8.0):
            return True
        return any(left - across < bx < left + width + across and abs(by - y) < up for _, bx, by in badges)


def _valleys(x: Array, y: Array, size: tuple[float, float], word: float) -> list[Naming]:
    rising = np.diff(y) > 0
    found: list[tuple[float, Naming]] = []
    for at in np.flatnonzero(~rising[:-1] & rising[1:]) + 1:
        higher = np.flatnonzero(y > y[at] + 0.6 * LIFT * size[1])
        left, right = higher[higher < at], higher[higher > at]
        if not len(left) or not len(right) or y[left[-1] : right[0]].min() < y[at]:
            continue
        room = (x[right[0]] - x[left[-1]]) / size[0]
        if room > word + 2:
            found.append((room, Naming(float(x[right[0]] + x[left[-1]]) / 2, float(y[at]), 0.0, LIFT, 0.5)))
    return [naming for _, naming in sorted(found, key=lambda pair: -pair[0])]


def _flank(x: Array, y: Array, size: tuple[float, float], word: float) -> Iterator[Naming]:
    top = float(y.max())
    peaks = np.flatnonzero((np.diff(y[:-1]) > 0) & (np.diff(y[1:]) <= 0)) + 1
    high = peaks[y[peaks] > 0.3 * top]
    peak = int(high[-1]) if len(high) else int(np.argmax(y))
    if y[peak] < 40 * size[1]:
        return
    below = np.flatnonzero(y[peak:] < 0.45 * y[peak])
    if len(below):
        at = peak + int(below[0])
        yield Naming(float(x[at]), float(y[at]), 9.0, 2.0, 0.0)
