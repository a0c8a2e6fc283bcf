"""A quiet axis: a few ticks on round numbers, one level, no line."""

from __future__ import annotations

from math import ceil
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from core.scale import Scale
from core.ticks import tick_texts, ticks
from emgui import theme as look
from emgui.theme import Theme

BESIDE = 28
"""Height in px that a tick of an upright axis asks for."""
OVERHANG = 18
"""How far a label may reach past the end of a level axis, in px."""


BELOW, ABOVE = 3, 8
"""Room in px that an upright axis leaves without ticks at its ends."""
ROOM = 16.0
"""Px that a fixed mark needs; with less only the first and the last are written."""


class Axis(pg.AxisItem):
    """Ticks at 1, 2 or 5 times a power of ten of the data's own numbers, whatever coordinates they are drawn in.

    Or at `fixed` places, or with `words` of their own, as many as there is room for.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=0 if orientation == "left" else 4)
        self.mapping = Scale()
        self.fixed: tuple[float, ...] = ()
        self.words: tuple[tuple[float, str], ...] = ()
        self.whole = False
        self._silent = False
        self._marks: tuple[list[float], list[str]] = ([], [])
        self._made_for: tuple[Any, ...] = ()
        self.enableAutoSIPrefix(False)
        self.setStyle(
            tickTextOffset=8 if orientation == "left" else 3,
            hideOverlappingLabels=60,
            autoExpandTextSpace=False,
            autoReduceTextSpace=False,
        )
        self.setPen(None)

    def read(self, mapping: Scale | None) -> None:
        """Takes how numbers are drawn; None for an axis that has none to show."""
        silent, mapping = mapping is None, mapping or self.mapping
        if (silent, mapping) != (self._silent, self.mapping):
            self._silent, self.mapping = silent, mapping
            # The range in drawn places may be the same as before, so pyqtgraph would keep its picture.
            self.picture = None
            self.update()

    def say(self, words: tuple[tuple[float, str], ...]) -> None:
        """Takes words of its own: where, and what."""
        if words != self.words:
            self.words = words
            self.picture = None  # the range may be the same as before
            self.update()

    def restyle(self, theme: Theme, ratio: float) -> None:
        """Colours and font of the theme."""
        self.setStyle(tickFont=look.font(look.CAPTION))
        self.setTextPen(QColor(theme.ink2))
        self.setTickPen(look.pen(theme.edge, 1.0, ratio=ratio))

    def marks(self, low: float, high: float, size: float) -> tuple[list[float], list[str]]:
        """Where ticks are drawn between two places, `size` px apart, and what is written there."""
        key = (low, high, size, self.mapping, self.fixed, self.words, self.whole, self._silent)
        if key != self._made_for:
            self._made_for, self._marks = key, self._make(low, high, size)
        return self._marks

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        """One level of ticks, for pyqtgraph."""
        return [(1.0, list(self.marks(minVal, maxVal, size)[0]))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Their texts, for pyqtgraph."""
        return list(self._marks[1])

    def drawPicture(self, p: QPainter, axisSpec: Any, tickSpecs: Any, textSpecs: Any) -> None:  # noqa: N802, N803
        """Texts, and ticks on the level axis alone: of no length they would still be dots."""
        super().drawPicture(p, axisSpec, [] if self.orientation == "left" else tickSpecs, textSpecs)

    def widest(self, low: float, high: float, size: float) -> float:
        """Width of the widest label in px."""
        metrics = QFontMetricsF(look.font(look.CAPTION))
        return max((metrics.horizontalAdvance(text) for text in self.marks(low, high, size)[1]), default=0.0)

    def _make(self, low: float, high: float, size: float) -> tuple[list[float], list[str]]:
        if self._silent:
            return [], []
        if self.words:
            return self._worded(low, high, size)
        if self.fixed:
            fixed = self.fixed if size >= look.px(ROOM) * (len(self.fixed) - 1) else (self.fixed[0], self.fixed[-1])
            return list(fixed), [f"{value:g}" for value in fixed]
        first, last = (float(self.mapping.from_view(place)) for place in (low, high))
        if self.orientation == "left":
            # A label at the very end would be cut in half by the edge of the plot.
            first, last = (float(self.mapping.from_view(place)) for place in _shrunk(low, high, size))
            values, step = ticks(first, last, max(2, min(6, int(size / look.px(BESIDE)))), self.whole)
            return [float(self.mapping.to_view(value)) for value in values], tick_texts(values, step)
        return self._level(first, last, low, high, size)

    def _worded(self, low: float, high: float, size: float) -> tuple[list[float], list[str]]:
        seen = [word for word in self.words if low <= word[0] <= high]
        metrics = QFontMetricsF(look.font(look.CAPTION))
        widest = look.px(BESIDE)
        if self.orientation != "left":
            widest = ceil(max((metrics.horizontalAdvance(text) for _, text in seen), default=0.0)) + look.px(16)
        step = 1
        while len(seen) / step * widest > size and step < len(seen):
            step += 1
        kept = seen[::step]
        return [place for place, _ in kept], [text for _, text in kept]

    def _level(self, first: float, last: float, low: float, high: float, size: float) -> tuple[list[float], list[str]]:
        metrics = QFontMetricsF(look.font(look.CAPTION))
        for most in range(max(4, min(7, int(size / 80))), 1, -1):
            values, step = ticks(first, last, most, self.whole)
            texts = tick_texts(values, step)
            widths = [metrics.horizontalAdvance(text) for text in texts]
            if not widths or max(widths) + look.px(16) < size / len(widths) or most == 2:
                break
        places = [float(self.mapping.to_view(value)) for value in values]
        for i, (place, width) in enumerate(zip(places, widths, strict=True)):
            room = min(place - low, high - place) / (high - low) * size + OVERHANG
            if width / 2 > room:
                texts[i] = ""
        return places, texts


def _shrunk(low: float, high: float, size: float) -> tuple[float, float]:
    per_pixel = (high - low) / max(size, 1.0)
    return low + BELOW * per_pixel, high - ABOVE * per_pixel
