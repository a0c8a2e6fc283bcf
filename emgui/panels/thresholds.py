"""Where another component becomes the likelier one: dashed lines through the histogram, each with its value."""

from __future__ import annotations

from math import floor, log10

import numpy as np

from core import formatting
from core.data import Data
from core.mixture import Mixture
from core.scale import Scale
from core.thresholds import Threshold, misclassified, thresholds
from emgui.panels.badges import Words
from emgui.panels.plot import PlotPanel

DOWN, ROW, ROWS = 9.0, 14.0, 4
"""How far under the top the first row of values stands, from one row to the next (px), and how many there may be."""
BESIDE, APART = 4.0, 6.0
"""Px between a line and its value, and between two values in a row."""
BADGE = 11.0
"""How far, in px, the middle of a badge must stay from a value."""
FEW = 3
"""Thresholds in view of which each also says what share of all rows is expected on its wrong side, if it is between the
locations of both components: where a wide one begins again beyond a narrow one, no single cut is meant."""
FEWEST = 3
"""Digits that a value has at least."""


class Thresholds:
    """The lines of a panel's plot, and their values."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._lines = panel.line(12.5, antialias=False, connect="pairs")
        self._values: list[Words] = []
        self._of: Mixture | None = None
        self._data: Data | None = None
        self.found: tuple[Threshold, ...] = ()

    def restyle(self) -> None:
        """Colours of the theme."""
        self._lines.setPen(self._panel.pen(self._panel.theme.ink2, 1.0, dashed=True))

    def hide(self) -> None:
        """Takes them away."""
        self._of, self._data, self.found = None, None, ()
        self._lines.setData([], [])
        for value in self._values:
            value.setVisible(False)

    def show(self, mixture: Mixture, data: Data, scale: Scale, badges: list[tuple[int, float, float]]) -> None:
        """Draws the thresholds of a mixture, their values clear of badges (number, x and y in px from the top left)."""
        if mixture is not self._of or data is not self._data:
            self._of, self._data, self.found = mixture, data, thresholds(mixture)
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        # Of whole numbers the line is between two bars, the first of the upper component on its right.
        half = 0.5 if mixture.plain.family.discrete else 0.0
        drawn = [(one, float(scale.to_view(one.value - half))) for one in self.found]
        drawn = [(one, x) for one, x in drawn if seen.left < x < seen.right]
        self._lines.setData(np.repeat([x for _, x in drawn], 2), np.tile([0.0, seen.top], len(drawn)))
        while len(self._values) < len(drawn):
            self._values.append(Words())
            self._values[-1].setVisible(False)
            self._panel.box.addItem(self._values[-1], ignoreBounds=True)
        taken = [(x - BADGE, x + BADGE, y) for _, x, y in badges]
        for place, value in enumerate(self._values):
            value.setVisible(False)
            if place >= len(drawn):
                continue
            one, x = drawn[place]
            text = _text(one.value, float(scale.from_view(x + dx) - scale.from_view(x)))
            if len(drawn) <= FEW and _is_between(mixture.plain, one):
                text += f", {100 * misclassified(mixture, one).total:.2g} % wrong"
            spot = self._free((x - seen.left) / dx, value.width(text), taken)
            if spot is not None:
                at, down, align = spot
                value.say(text, self._panel.theme.ink2, self._panel.theme, align)
                value.setPos(seen.left + at * dx, seen.top - down * dy)
                value.setVisible(True)

    @property
    def sentence(self) -> str:
        """The thresholds among the data in words, for those who cannot see them; "" for none."""
        if self._data is None:
            return ""
        low, high = float(self._data.minimum[0]), float(self._data.maximum[0])
        among = [one for one in self.found if low < one.value <= high]
        parts = [f"component {one.above} from {formatting.digits(one.value)} on" for one in among]
        return f" Likeliest is component {among[0].below}, {', '.join(parts)}." if among else ""

    def _free(
        self, at: float, width: float, taken: list[tuple[float, float, float]]
    ) -> tuple[float, float, float] | None:
        """The first free place for a value beside a line: x and y in px, and the end of it that is there."""
        for row in range(ROWS):
            down = DOWN + row * ROW
            for align in (0.0, 1.0):
                left = at + BESIDE if align == 0.0 else at - BESIDE - width
                inside = left >= 0.0 and left + width <= self._panel.box.width()
                if inside and not any(
                    left - APART < right and first < left + width + APART and abs(y - down) < ROW
                    for first, right, y in taken
                ):
                    taken.append((left, left + width, down))
                    return left + align * width, down, align
        return None


def _is_between(plain: Mixture, threshold: Threshold) -> bool:
    """Whether the components that a threshold parts have their locations on the sides on which they are likelier."""
    at = dict(zip(plain.ids, plain.family.location(plain.parameters).tolist(), strict=True))
    return bool(at[threshold.below] < threshold.value <= at[threshold.above])


def _text(value: float, pixel: float) -> str:
    """A value in as many digits as can be told apart in the plot, where one px is so much."""
    finest = log10(abs(value) / pixel) if value != 0.0 and pixel > 0.0 else 0.0
    return formatting.short(float(f"{value:.{min(15, max(FEWEST, floor(finest) + 1))}g}"))
