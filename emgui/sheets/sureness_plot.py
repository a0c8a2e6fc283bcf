"""The selected number as a picture: how its replicates scatter, or how the log-likelihood falls beside it."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10, sqrt

import numpy as np
from PySide6.QtGui import QColor

from core import formatting
from core.data import Array
from core.scale import Scale
from core.sureness.profile import DROP, Point, Profile
from emgui import theme as looks
from emgui.document import Document
from emgui.panels.badges import Words
from emgui.panels.plot import PlotPanel
from emgui.sheets.sureness_table import Line
from emgui.theme import Theme

MOST_BARS, FEWEST_BARS = 60, 8
CURVE = 200
ROOM = 0.06
"""Part of the range that is left free at both sides."""
DEEPEST = 1.7
"""How far a profile is shown at least, in drops at an interval's end."""
REPLICATES, PROFILE = "replicates", "profile"
EMPTY = {
    REPLICATES: "How the selected parameter scatters over the replicates is drawn here. Press Start.",
    PROFILE: "How the log-likelihood falls beside the estimate is drawn here. Press Find profile.",
}


class SurenessPlot(PlotPanel):
    """Replicates as bars, or a profile as a curve; dashed what the standard error by the curvature expects."""

    NAME = "Replicates or profile of the selected parameter"

    def __init__(self, document: Document, theme: Theme) -> None:
        self.shown = REPLICATES
        self.line_shown: Line | None = None
        self.why_empty = ""
        self.values: Array = np.zeros(0)
        self.points: list[Point] = []
        self.profile: Profile | None = None
        super().__init__(document, theme)
        self.box.setMouseEnabled(False, False)

    def build(self) -> None:
        """Makes the items, once."""
        self.bars = self.line(2.0, antialias=False, fillLevel=0.0, pen=None)
        self.level = self.line(3.0, antialias=False)
        self.ends = self.line(4.0, antialias=False, connect="pairs")
        self.expected = self.line(5.0)
        self.curve = self.line(6.0)
        self.estimate = self.line(7.0, antialias=False)
        self._words = [Words(looks.CAPTION, 500) for _ in range(3)]
        for words in self._words:
            words.setVisible(False)
            self.box.addItem(words, ignoreBounds=True)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self.bars.setBrush(QColor(theme.bars_alone()))
        self.level.setPen(self.pen(theme.edge, 1.0, dashed=True))
        self.ends.setPen(self.pen(theme.ink2, 1.0, dashed=True))
        self.expected.setPen(self.pen(theme.ink2, 1.25, dashed=True))
        self.curve.setPen(self.pen(theme.ink, 1.75))
        self.estimate.setPen(self.pen(theme.accent, 2.0))

    def show_replicates(self, line: Line | None, values: Array) -> None:
        """Takes the replicates (B,) of a number."""
        self.why_empty = ""
        self.shown, self.line_shown, self.values = REPLICATES, line, values[np.isfinite(values)]
        self.schedule()

    def show_nothing(self, why: str) -> None:
        """Says why there is nothing to draw."""
        self.line_shown, self.why_empty = None, why
        self.schedule()

    def show_profile(self, line: Line | None, points: list[Point], profile: Profile | None) -> None:
        """Takes the points of a profile, as many as there are, and all of it when it is done."""
        self.why_empty = ""
        self.shown, self.line_shown, self.points, self.profile = PROFILE, line, points, profile
        self.schedule()

    def draw(self) -> None:
        """Draws the one or the other."""
        for item in (self.bars, self.level, self.ends, self.expected, self.curve, self.estimate):
            item.setData(np.zeros(0), np.zeros(0))
        for words in self._words:
            words.setVisible(False)
        line, few = self.line_shown, len(self.values) < 2 if self.shown == REPLICATES else len(self.points) < 2
        if line is None or line.is_held or few:
            self._draw_nothing(line)
        elif self.shown == REPLICATES:
            self._draw_replicates(line)
        else:
            self._draw_profile(line)

    def _draw_nothing(self, line: Line | None) -> None:
        self.left.read(None)
        self.bottom.read(None)
        self.set_captions("", "")
        self.box.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0)
        held = line is not None and line.is_held
        self.hint("This number is held, so it is known." if held else self.why_empty or EMPTY[self.shown])
        self.describe("Nothing is drawn yet.")

    def _name(self, line: Line) -> str:
        unit = self.document.unit
        in_unit = unit and line.number.name in ("mean", "sd", "location", "scale", "low", "high")
        return f"{line.number.title} of component {line.number.component}{f' ({unit})' if in_unit else ''} →"

    # ---- replicates

    def _draw_replicates(self, line: Line) -> None:
        self.hint("")
        values, error = self.values, line.errors[0] or None
        low, high = min(float(values.min()), line.estimate), max(float(values.max()), line.estimate)
        scale = Scale.spanning(low, high)
        edges = np.linspace(low, high, _n_bars(values) + 1)
        counts = np.histogram(values, edges)[0].astype(float)
        peak = max(1.0, float(counts.max()))
        corners = np.repeat(scale.to_view(edges), 2)
        heights = np.concatenate([[0.0], np.repeat(counts / peak, 2), [0.0]])
        self.bars.setData(corners, heights)
        self.bottom.read(scale)
        self.left.read(Scale(0.0, peak / 2))
        top = 1.0
        if error is not None:
            places = np.linspace(-ROOM, 1.0 + ROOM, CURVE)
            x = scale.from_view(places)
            z = (x - line.estimate) / error
            expected = len(values) * (edges[1] - edges[0]) / (error * sqrt(2 * np.pi)) * np.exp(-0.5 * z**2) / peak
            self.expected.setData(places, expected)
            top = max(top, min(2.0, float(expected.max())))
        self.box.setRange(xRange=(-ROOM, 1.0 + ROOM), yRange=(0.0, 1.14 * top), padding=0)
        self._mark(line, line.intervals[1], scale, 1.14 * top)
        self.set_captions("↑ Replicates; dashed: expected by the curvature", self._name(line))
        text = f"{len(values):,} replicates of {line.number.title}, estimate {_text(line, line.estimate)}"
        self.describe(f"{text}{_interval_words(line, line.intervals[1])}.")

    # ---- profile

    def _draw_profile(self, line: Line) -> None:
        self.hint("")
        points = sorted(self.points, key=lambda point: point.value)
        x, drops = np.array([point.value for point in points]), np.array([point.drop for point in points])
        deepest = max(DEEPEST * DROP, min(float(drops.max()), 3.0 * DROP))
        # Where a parameter goes on for ever its points would press all others together.
        low, high = _shown_range(x, drops, self.profile)
        scale = Scale.spanning(low, high)
        self.curve.setData(*_smooth(scale.to_view(x), drops, float(scale.to_view(line.estimate)), 2.0 * deepest))
        if line.errors[0] is not None:
            places = np.linspace(-ROOM, 1.0 + ROOM, CURVE)
            fall = 0.5 * np.square((scale.from_view(places) - line.estimate) / line.errors[0])
            self.expected.setData(places, -np.minimum(fall, 2.0 * deepest))
        self.bottom.read(scale)
        self.left.read(Scale())
        self.box.setRange(xRange=(-ROOM, 1.0 + ROOM), yRange=(-deepest, 0.16 * deepest), padding=0)
        self.level.setData(np.array([-ROOM, 1.0 + ROOM]), np.full(2, -DROP))
        interval = None if self.profile is None else self.profile.interval
        self._mark(line, interval, scale, 0.16 * deepest, -deepest)
        self.set_captions("↑ Log-likelihood below the fit’s; dashed: expected by the curvature", self._name(line))
        self.describe(f"Profile of {line.number.title}, {len(points)} points{_interval_words(line, interval)}.")

    # ---- what both have

    def _mark(
        self, line: Line, interval: tuple[float, float] | None, scale: Scale, top: float, foot: float = 0.0
    ) -> None:
        """The estimate, and the ends of the interval, each with its number where there is room."""
        dx, dy = self.box.per_pixel()
        at = float(scale.to_view(line.estimate))
        self.estimate.setData(np.full(2, at), np.array([foot, top]))
        y = top - 9.0 * dy
        self._say(0, _text(line, line.estimate), at + 5.0 * dx, y, 0.0)
        if interval is None:
            return
        ends = [float(scale.to_view(end)) if isfinite(end) else np.nan for end in interval]
        self.ends.setData(np.repeat([end for end in ends if isfinite(end)], 2), np.tile([foot, top], _n_finite(ends)))
        for place, (end, value) in enumerate(zip(ends, interval, strict=True), start=1):
            far = isfinite(end) and abs(end - at) > 130.0 * dx
            if far:
                self._say(place, _text(line, value), end + (-5.0 if place == 1 else 5.0) * dx, y, 2.0 - place)

    def _say(self, place: int, text: str, x: float, y: float, align: float) -> None:
        words = self._words[place]
        ink = self.theme.accent if place == 0 else self.theme.ink2
        width = words.say(text, ink, self.theme, align) * self.box.per_pixel()[0]
        seen = self.box.seen()
        left = x - align * width
        if left < seen.left or left + width > seen.right:  # on the other side of its line
            align = 1.0 - align
            words.say(text, ink, self.theme, align)
            x += (2.0 * align - 1.0) * -10.0 * self.box.per_pixel()[0]
        words.setPos(x, y)
        words.setVisible(True)


def _text(line: Line, value: float) -> str:
    """A value in the digits of its line in the table: as many as the finest standard error has two of."""
    finest = min((error for error in line.errors if error is not None and error > 0.0), default=None)
    if finest is None or not 1e-7 < finest < 1e7:
        return formatting.digits(value)
    return formatting.number(value, max(0, 1 - floor(log10(finest))))


def _smooth(x: Array, drops: Array, at: float, deepest: float) -> tuple[Array, Array]:
    """A curve through the points of a profile: straight in the signed root of the drop, which is nearly straight."""
    roots = np.sign(x - at) * np.sqrt(2.0 * np.maximum(drops, 0.0))
    places = np.union1d(x, np.linspace(x[0], x[-1], CURVE))
    return places, -np.minimum(0.5 * np.square(np.interp(places, x, roots)), deepest)


def _n_bars(values: Array) -> int:
    """By the rule of Freedman and Diaconis, within what can be drawn."""
    quarter, three = np.quantile(values, [0.25, 0.75])
    width, span = 2.0 * float(three - quarter) / len(values) ** (1 / 3), float(values.max() - values.min())
    return int(np.clip(ceil(span / width), FEWEST_BARS, MOST_BARS)) if width > 0.0 else FEWEST_BARS


def _n_finite(ends: list[float]) -> int:
    return sum(isfinite(end) for end in ends)


def _shown_range(x: Array, drops: Array, profile: Profile | None) -> tuple[float, float]:
    """The values between which a profile says something; an open side up to where it hardly changes any more."""
    low, high = float(x[0]), float(x[-1])
    if x[0] > 0 and high / low > 1e4:
        near = x[np.abs(np.log10(x / np.median(x[drops > 0.05]) if (drops > 0.05).any() else x)) < log10(100.0)]
        low, high = (float(near.min()), float(near.max())) if len(near) > 1 else (low, high)
    return low, high


def _interval_words(line: Line, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    ends = [_text(line, end) if isfinite(end) else "no end" for end in interval]
    return f", 95 % interval from {ends[0]} to {ends[1]}"
