"""The fit of one component under the mixture: a thin dashed curve, and how far its log-likelihood is from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.data import Array
from emgui.panels.badges import Words
from emgui.panels.cutting import cut
from emgui.panels.naming import Naming
from emgui.panels.plot import PlotPanel

BESIDE, OVER = 8.0, 10.0
"""Px between the curve and its words, sideways and upwards."""
POINTS = 24
"""Points along the text at which it is looked whether a curve goes through it."""
CLEAR = 14.0
"""How far, in px, words stay from a badge and from the ends of the plot."""


class Underlay:
    """A dashed curve beneath the components' with words beside it."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._line = panel.line(9.0, connect="finite")
        self.words = Words()
        self.words.setVisible(False)
        panel.box.addItem(self.words, ignoreBounds=True)

    def restyle(self) -> None:
        """Colours of the theme."""
        self._line.setPen(self._panel.pen(self._panel.theme.ink2, 1.25, dashed=True))

    def hide(self) -> None:
        """Takes curve and words away."""
        self._line.setData(np.empty(0), np.empty(0))
        self.words.setVisible(False)

    def show(
        self, x: Array, y: Array, text: str, badges: list[tuple[int, float, float]], over: tuple[Array, Array]
    ) -> None:
        """Draws heights y at places x (m,), and writes the text.

        It stands where no badge (number, x and y in px) does and, if there is room, not across the curve `over`.
        """
        # Qt counts dashes along the whole line, seen or not.
        self._line.setData(*cut(x, y, self._panel.box.seen()))
        width = self.words.width(text)
        free = [one for one in self._places(x, y) if self._is_free(one, width, badges)]
        place = min(free, key=lambda one: self._crosses(one, width, *over), default=None)
        self.words.setVisible(place is not None)
        if place is not None:
            (dx, dy), theme = self._panel.box.per_pixel(), self._panel.theme
            self.words.say(text, theme.ink2, theme, place.align)
            self.words.setPos(place.x + place.right * dx, place.y + place.up * dy)

    def _places(self, x: Array, y: Array) -> Iterator[Naming]:
        """Beside the curve, from its top downwards on both sides."""
        top = int(np.argmax(y))
        for align in (0.5, 1.0, 0.0):
            yield Naming(float(x[top]), float(y[top]), 0.0, OVER, align)
        for share in (0.9, 0.7, 0.5, 0.3, 0.15):
            for side, part in ((1.0, slice(top, None)), (-1.0, slice(top, None, -1))):
                below = np.flatnonzero(y[part] <= share * y[top])
                if len(below):
                    at = top + int(side) * int(below[0])
                    yield Naming(float(x[at]), float(y[at]), side * BESIDE, OVER, 0.0 if side > 0 else 1.0)

    def _crosses(self, place: Naming, width: float, x: Array, y: Array) -> int:
        """At how many of some points along the text a curve goes through it."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        left = (place.x - seen.left) / dx + place.right - place.align * width
        at = np.linspace(left - BESIDE, left + width + BESIDE, POINTS)
        heights = (np.interp(seen.left + at * dx, x, y) - place.y) / dy - place.up
        return int((np.abs(heights) < CLEAR).sum())

    def _is_free(self, place: Naming, width: float, badges: list[tuple[int, float, float]]) -> bool:
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        left = (place.x - seen.left) / dx + place.right - place.align * width
        y = (seen.top - place.y) / dy - place.up
        if left < 0.0 or left + width > self._panel.box.width() or not CLEAR < y < self._panel.box.height() - CLEAR:
            return False
        return not any(left - CLEAR < bx < left + width + CLEAR and abs(by - y) < 1.5 * CLEAR for _, bx, by in badges)
