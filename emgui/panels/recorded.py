"""What is known of rows beside their values: ends beyond which nothing is recorded, and rows beyond what was seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from core import formatting
from core.binning import Histogram
from core.data import Array
from core.roles import Truncation
from core.scale import Scale
from emgui.panels.badges import Words
from emgui.panels.plot import PlotPanel
from emgui.theme import mixed

APART = 9.0
"""Px between two lines of a hatching."""
ARROW, HEAD = 18.0, 4.5
"""Length of an arrow and of its head, px."""
LEAST, HIGHEST = 0.02, 1.0
"""Drawn heights down and up to which rows known only to lie beyond are drawn; of more the box is open at its top."""


class Beyond:
    """Hatches the parts of the axis in which nothing could be recorded, and closes them with a line."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._hatching = panel.line(-5.0, connect="pairs")
        self._ends = panel.line(4.0, antialias=False, connect="pairs")

    def restyle(self) -> None:
        """Colours of the theme."""
        theme = self._panel.theme
        self._hatching.setPen(self._panel.pen(mixed(QColor(theme.plot), QColor(theme.edge), 0.7), 1.0))
        self._ends.setPen(self._panel.pen(theme.ink2, 1.0))

    def hide(self) -> None:
        """Takes it away."""
        self._hatching.setData([], [])
        self._ends.setData([], [])

    def show(self, truncate: Truncation | None, scale: Scale) -> None:
        """Draws the parts below the first end and above the second; an infinite end has none."""
        if truncate is None:
            self.hide()
            return
        seen = self._panel.box.seen()
        low, high = (float(scale.to_view(end)) if np.isfinite(end) else None for end in truncate)
        parts = [(seen.left, min(low, seen.right))] if low is not None and low > seen.left else []
        parts += [(max(high, seen.left), seen.right)] if high is not None and high < seen.right else []
        lines = [self._lines(*part) for part in parts]
        xs = np.concatenate([x for x, _ in lines]) if lines else np.empty(0)
        ys = np.concatenate([y for _, y in lines]) if lines else np.empty(0)
        self._hatching.setData(xs, ys)
        ends = [end for end in (low, high) if end is not None]
        self._ends.setData(np.repeat(ends, 2), np.tile([0.0, seen.top], len(ends)))

    def _lines(self, left: float, right: float) -> tuple[Array, Array]:
        """Diagonals over a part of the axis from the baseline up, (2 m,) and (2 m,), each as two ends."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        width, height = (right - left) / dx, seen.top / dy
        at = np.arange(-height, width, APART)
        begin, end = np.clip(at, 0.0, width), np.clip(at + height, 0.0, width)
        x = left + dx * np.stack([begin, end], axis=1)
        y = dy * np.stack([begin - at, end - at], axis=1)
        return x.ravel(), y.ravel()


class Arrows:
    """Stacks of rows that are only known to lie beyond a value: open bars with an arrow, and how many they are."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._lines = panel.line(3.0, antialias=False, connect="pairs")
        self._heads = panel.line(26.0, connect="pairs")
        self._words = (Words(), Words())
        for words in self._words:
            words.setVisible(False)
            panel.box.addItem(words, ignoreBounds=True)

    def restyle(self) -> None:
        """Colours of the theme."""
        ink = QColor(self._panel.theme.ink2)
        self._lines.setPen(self._panel.pen(ink, 1.0))
        self._heads.setPen(self._panel.pen(ink, 1.25))

    def hide(self) -> None:
        """Takes them away."""
        self._lines.setData([], [])
        self._heads.setData([], [])
        for words in self._words:
            words.setVisible(False)

    def show(self, histogram: Histogram, peak: float, scale: Scale) -> None:
        """Draws the hidden rows of a histogram over its bars, of which one of `peak` rows is 1 high."""
        if histogram.hidden is None:
            self.hide()
            return
        edges, floors = scale.to_view(histogram.edges), histogram.heights / peak
        boxes: list[tuple[float, float, float, float, bool]] = []
        arrows: list[tuple[float, float, float]] = []
        dx = self._panel.box.per_pixel()[0]
        for side, direction in ((0, -1.0), (1, 1.0)):
            held = np.flatnonzero(histogram.hidden[side] > 0)
            for place in held.tolist():
                low = float(floors[place])
                whole = low + float(histogram.hidden[side][place]) / peak
                high = max(low + LEAST, min(whole, HIGHEST))
                boxes.append((float(edges[place]), float(edges[place + 1]) - dx, low, high, high >= whole - LEAST))
                arrows.append((float(edges[place + 1 if direction > 0 else place]), high, direction))
                floors[place] = high
            self._say(side, direction, histogram, edges, floors, held.tolist())
        self._lines.setData(*_outlines(boxes))
        self._heads.setData(*self._arrow_lines(arrows))

    def _say(
        self, side: int, direction: float, histogram: Histogram, edges: Array, tops: Array, places: list[int]
    ) -> None:
        """How many rows lie beyond: at the tip of the highest arrow, or over its box where that has no room."""
        words = self._words[side]
        words.setVisible(bool(places))
        if not places or histogram.hidden is None:
            return
        highest = max(places, key=lambda place: (float(tops[place]), direction * place))
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        text = f"{formatting.count(float(histogram.hidden[side].sum()))} {'larger' if direction > 0 else 'smaller'}"
        width = dx * (words.say(text, self._panel.theme.ink2, self._panel.theme) + 8.0)
        tip = float(edges[highest + 1 if direction > 0 else highest]) + direction * ARROW * dx
        at, up = tip + direction * width / 2, -6.0
        if not seen.left <= at - width / 2 <= at + width / 2 <= seen.right:
            at, up = float(edges[highest] + edges[highest + 1]) / 2, 9.0
            at = min(max(at, seen.left + width / 2), seen.right - width / 2)
        words.setPos(at, min(float(tops[highest]) + up * dy, seen.top - 8.0 * dy))

    def _arrow_lines(self, arrows: list[tuple[float, float, float]]) -> tuple[Array, Array]:
        """Each arrow as a shaft and two strokes, a little below the top of its bar."""
        dx, dy = self._panel.box.per_pixel()
        xs: list[float] = []
        ys: list[float] = []
        for x, top, direction in arrows:
            y, tip = top - 6.0 * dy, x + direction * ARROW * dx
            back = tip - direction * HEAD * dx
            xs += [x, tip, tip, back, tip, back]
            ys += [y, y, y, y + HEAD * dy, y, y - HEAD * dy]
        return np.array(xs), np.array(ys)


def _outlines(boxes: list[tuple[float, float, float, float, bool]]) -> tuple[Array, Array]:
    """The left and right side of each box (left, right, bottom, top), and its top where it has one: pairs of points."""
    xs: list[float] = []
    ys: list[float] = []
    for left, right, bottom, top, is_closed in boxes:
        xs += [left, left, right, right, *((left, right) if is_closed else ())]
        ys += [bottom, top, bottom, top, *((top, top) if is_closed else ())]
    return np.array(xs), np.array(ys)
