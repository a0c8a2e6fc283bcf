"""Plots as SVG inside a page: bars and curves of a column, and the log-likelihood by iteration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from core.data import Array
from core.errors import shown
from core.formatting import count, log_likelihood
from core.io.page import Markup, element, joined
from core.io.views import LEAST, View, top_of
from core.mixture import Mixture
from core.ticks import tick_texts, ticks

WIDTH, HEIGHT = 640.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 30.0, 44.0
COLOURS = 8
"""Colours of components before they begin again, dashed."""
MOST_POINTS = 2000
"""Points of a line, of which more could not be told apart."""
BADGE, LETTER = 16.0, 7.2
"""Width of a badge, and of a figure in a label, in px."""


class Sheet:
    """The paper of a plot: where places from 0 to 1 and heights from 0 to `top` come to lie, in px."""

    def __init__(self, top: float, bottom: float = 0.0, height: float = HEIGHT, left: float = LEFT) -> None:
        self.top, self.bottom, self.height, self.left = top, bottom, height, left

    def x(self, places: Array) -> Array:
        """Px from the left."""
        return np.asarray(self.left + np.asarray(places) * (WIDTH - self.left - RIGHT))

    def y(self, heights: Array) -> Array:
        """Px from the top."""
        part = (np.clip(heights, self.bottom, self.top) - self.bottom) / (self.top - self.bottom)
        return np.asarray(self.height - BOTTOM - part * (self.height - TOP - BOTTOM))

    def svg(self, title: str, *parts: Markup) -> Markup:
        """The plot, with its title for those who cannot see it."""
        return element(
            "svg",
            element("title", title),
            *parts,
            viewBox=f"0 0 {WIDTH:g} {self.height:g}",
            role="img",
            class_="plot",
        )

    def axes(self, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]]) -> Markup:
        """Grid and labels: (place, text) along x, (height, text) along y."""
        floor = self.height - BOTTOM
        lines = [
            element(
                "line", x1=self.left, x2=WIDTH - RIGHT, y1=float(self.y(np.array(at))), y2=float(self.y(np.array(at)))
            )
            for at, _ in up
        ]
        left = [
            element("text", text, x=self.left - 8, y=float(self.y(np.array(at))) + 4, text_anchor="end")
            for at, text in up
        ]
        below = [
            element("text", text, x=float(self.x(np.array(at))), y=floor + 18, text_anchor="middle")
            for at, text in across
        ]
        base = element("line", x1=self.left, x2=WIDTH - RIGHT, y1=floor, y2=floor, class_="base")
        return joined([element("g", *lines, class_="grid"), base, element("g", *left, *below, class_="labels")])

    def captions(self, up: str, across: str) -> Markup:
        """What the axes are called: the upright one over it, the level one under its right end."""
        return element(
            "g",
            element("text", f"↑ {up}", x=8, y=16),
            element("text", f"{across} →", x=WIDTH - RIGHT, y=self.height - 8, text_anchor="end"),
            class_="captions",
        )


def histogram_chart(view: View, mixture: Mixture) -> Markup:
    """The rows of a column as bars, the curve of each component, and their sum."""
    mixture = view.along(mixture)
    grid = view.grid(mixture)
    values = view.heights(mixture, grid)
    top = top_of(values)
    up = count_ticks(view, top)
    sheet = Sheet(top, left=left_of(up))
    places, heights = view.drawn(grid, values)
    k = mixture.n_components
    name = shown(view.name)
    title = f"Histogram of {count(view.n)} rows of {name} with {k} component{'s' if k > 1 else ''} and their mixture."
    return sheet.svg(
        title,
        sheet.axes(column_ticks(view), up),
        bars_of(view, sheet),
        *(part for one in range(k) for part in _component(sheet, places, heights[one], mixture.ids[one])),
        element("path", d=line_path(sheet.x(places), sheet.y(heights.sum(axis=0))), class_="mixture"),
        *_badges(sheet, places, heights, mixture.ids),
        sheet.captions(view.caption, shown(view.axis)),
    )


def trace_chart(log_likelihoods: Array, numbers: Array, marked: int) -> Markup:
    """Log-likelihoods (n,) at iterations (n,), with a dot at the one that the page is about."""
    last = float(log_likelihoods[-1])
    heights = np.where(np.isfinite(log_likelihoods), log_likelihoods - last, np.nan)
    low, high = trace_range(heights, last)
    up = height_ticks(low, high, last)
    sheet = Sheet(high, low, 220.0, left_of(up))
    end = max(1.0, float(numbers[-1]))
    seen = np.flatnonzero(np.isfinite(heights) & (heights >= low))
    seen = seen[np.unique(np.linspace(0, len(seen) - 1, MOST_POINTS).round().astype(int))] if len(seen) else seen
    xs, ys = sheet.x(numbers[seen] / end), sheet.y(heights[seen])
    title = f"Log-likelihood by iteration, from {log_likelihood(float(log_likelihoods[0]))} to {log_likelihood(last)}."
    place = int(np.searchsorted(numbers, marked))
    dot = []
    if place < len(heights) and np.isfinite(heights[place]):
        dot = [element("circle", cx=float(sheet.x(numbers[place] / end)), cy=float(sheet.y(heights[place])), r=4)]
    across = [(value / end, f"{value:,.0f}") for value in ticks(0.0, end, 7, whole=True)[0]]
    return sheet.svg(
        title,
        sheet.axes(across, up),
        element("path", d=line_path(xs, ys), class_="trace"),
        *dot,
        sheet.captions("Log-likelihood", "Iteration"),
    )


def trace_range(heights: Array, last: float) -> tuple[float, float]:
    """The range of heights (log-likelihoods less the last) that shows how a run ends: without its first tenth."""
    rest = heights[len(heights) // 8 :] if len(heights) > 4 else heights
    rest = rest[np.isfinite(rest)]
    low, high = (float(rest.min()), float(rest.max())) if len(rest) else (-1.0, 0.0)
    # A flat tail must not be blown up until rounding errors look like mountains.
    least = max(1e-5, abs(last) * 1e-7) if np.isfinite(last) else 1.0
    if high - low < least:
        low = high - least
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def column_ticks(view: View, most: int = 7) -> list[tuple[float, str]]:
    """Where ticks stand along a column, from 0 to 1, and what is written at them."""
    low, high = (float(end) for end in view.scale.from_view(np.array([0.0, 1.0])))
    values, step = ticks(low, high, most)
    places = view.scale.to_view(np.array(values))
    texts = tick_texts(values, step)
    return [(float(at), text) for at, text in zip(places, texts, strict=True) if 0.0 <= at <= 1.0]


def count_ticks(view: View, top: float) -> list[tuple[float, str]]:
    """Where ticks stand along the counts, with the fullest bin at 1, and what is written at them."""
    values, step = ticks(0.0, top * view.peak, 5)
    return [(value / view.peak, text) for value, text in zip(values, tick_texts(values, step), strict=True)]


def height_ticks(low: float, high: float, last: float) -> list[tuple[float, str]]:
    """Where ticks stand along log-likelihoods, less the last, and what is written at them."""
    values, step = ticks(last + low, last + high, 4)
    return [(value - last, text) for value, text in zip(values, tick_texts(values, step), strict=True)]


def left_of(up: Sequence[tuple[float, str]]) -> float:
    """Room in px for the labels of an upright axis."""
    return max(LEFT, 16.0 + LETTER * max((len(text) for _, text in up), default=0))


def bars_of(view: View, sheet: Sheet) -> Markup:
    """The bars, 1 px apart where there is room."""
    edges, floor = sheet.x(view.scale.to_view(view.bars.edges)), float(sheet.y(np.array(0.0)))
    gap = 1.0 if len(edges) < 2 or edges[1] - edges[0] > 4.0 else 0.0
    tops = sheet.y(view.bars.heights / view.peak)
    path = "".join(
        f"M{left:.2f} {floor:.2f}V{top:.2f}H{right - gap:.2f}V{floor:.2f}Z"
        for left, right, top in zip(edges[:-1], edges[1:], tops, strict=True)
        if top < floor
    )
    return element("path", d=path, class_="bars")


def line_path(xs: Array, ys: Array) -> str:
    """A line through points in px; it is broken where there is no number."""
    parts, down = [], False
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if y != y:
            down = False
            continue
        parts.append(f"{'L' if down else 'M'}{x:.2f} {y:.2f}")
        down = True
    return "".join(parts)


def colour_class(identity: int) -> str:
    """The class by which the style sheet knows a component's colour, and whether its line is dashed."""
    dashed = " dashed" if (identity - 1) // COLOURS % 2 else ""
    return f"c{(identity - 1) % COLOURS + 1}{dashed}"


def _component(sheet: Sheet, places: Array, heights: Array, identity: int) -> Iterable[Markup]:
    peak = min(float(heights.max()), 2.0)
    there = heights >= LEAST * peak if peak > 0 else np.zeros(len(heights), dtype=bool)
    if not there.any():
        return
    first, last = np.flatnonzero(there)[[0, -1]]
    xs, ys = sheet.x(places[first : last + 1]), sheet.y(heights[first : last + 1])
    floor = float(sheet.y(np.array(0.0)))
    line = line_path(xs, ys)
    yield element("path", d=f"{line}V{floor:.2f}H{xs[0]:.2f}Z", class_=f"fill {colour_class(identity)}")
    yield element("path", d=line, class_=f"line {colour_class(identity)}")


def _badges(sheet: Sheet, places: Array, heights: Array, ids: tuple[int, ...]) -> Iterable[Markup]:
    """A component's number on its colour, over its peak; higher where another stands there."""
    total = heights.sum(axis=0)
    taken: list[tuple[float, float]] = []
    for one in np.argsort(places[heights.argmax(axis=1)], kind="stable"):
        at = int(heights[one].argmax())
        if heights[one, at] <= 0.0:
            continue
        x = float(np.clip(sheet.x(places[at]), sheet.left + BADGE / 2, WIDTH - RIGHT - BADGE / 2))
        peak, over = float(sheet.y(heights[one, at])), float(sheet.y(total[at]))
        y = max((over if over > peak - 2 * BADGE else peak) - BADGE, BADGE / 2 + 2)
        while any(abs(x - other) <= BADGE and abs(y - height) <= BADGE for other, height in taken):
            y -= BADGE + 2
        if y < BADGE / 2:
            continue
        taken.append((x, y))
        yield badge(ids[one], x, y)


def badge(identity: int, x: float, y: float) -> Markup:
    """A component's number on its colour, about a place in px."""
    wide = BADGE if identity < 100 else 1.5 * BADGE
    return element(
        "g",
        element("rect", x=x - wide / 2, y=y - BADGE / 2, width=wide, height=BADGE, rx=4),
        element("text", str(identity), x=x, y=y + 4, text_anchor="middle"),
        class_=f"badge {colour_class(identity)}",
    )
