"""Pictures beside the table of models: the criterion against K, and the ratios that were simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QColor

from core import formatting
from core.scale import Scale
from core.selection.likelihood_ratio import LikelihoodRatio
from core.selection.ranking import CRITERIA, Made, Ranked
from emgui import theme as look
from emgui.document import Document
from emgui.panels.badges import Words
from emgui.panels.plot import PlotPanel
from emgui.sheets.compare_words import called, components
from emgui.theme import Theme

DOT, BEST, NEAR = 6.0, 13.0, 14.0
"""Sizes of a point and of the ring about the best, and how near to a point a click must be, in px."""
APART = 14.0
"""Px between two labels."""
BESIDE = 10.0
EMPTY = "The criterion of every model against its number of components is drawn here: Start fits them."
UNASKED = "Cross-validate draws how well each model foretells rows that it was not fitted to."
NO_RATIOS = "Likelihood ratios of simulated sets. Test draws them here, with that of the data."
MOST_BARS = 30

Key = tuple[str, str]


class CriterionPlot(PlotPanel):
    """The criterion against K, one line for each family and covariance. A click on a point emits `wanted`."""

    NAME = "Criterion against number of components"
    wanted = Signal(object)

    def __init__(self, document: Document, theme: Theme) -> None:
        self.criterion = "bic"
        self.models: tuple[Ranked, ...] = ()
        self.order: list[Key] = []
        self.shown: int | None = None
        super().__init__(document, theme)

    def build(self) -> None:
        """Makes the items of this plot."""
        self._lines: dict[Key, pg.PlotCurveItem] = {}
        self._labels: dict[Key, Words] = {}
        self._scale = Scale()
        self._dots = pg.ScatterPlotItem(pxMode=True)
        self._ring = pg.ScatterPlotItem(pxMode=True)
        for item, height in ((self._ring, 8.0), (self._dots, 10.0)):
            item.setZValue(height)
            item.sigClicked.connect(self._point_clicked)
            self.box.addItem(item, ignoreBounds=True)
        self.box.setMouseEnabled(x=False, y=True)
        self.box.clicked.connect(self._clicked)

    def show_models(self, criterion: str, models: tuple[Ranked, ...], order: list[Key]) -> None:
        """Takes ranked models; order: of the lines, so that each keeps its colour."""
        self.criterion, self.models, self.order = criterion, models, order
        self.reset()

    def mark(self, place: int | None) -> None:
        """Fills the point of the model that all panels show."""
        if place != self.shown:
            self.shown = place
            self.schedule()

    def colour(self, key: Key) -> QColor:
        """The colour of a line."""
        return self.theme.component(self.order.index(key) + 1)

    def reset(self) -> None:
        """Shows all of it."""
        values = [one.value for one in self.models if one.value is not None]
        self._scale = Scale.spanning(min(values), max(values)) if values else Scale()
        self.schedule()
        if not values:
            return
        numbers = [one.fit.options.n_components for one in self.models]
        low, high = min(numbers) - 0.4, max(numbers)
        self.bottom.fixed = tuple(float(n) for n in range(min(numbers), high + 1))
        label = max((self._words(key).width(called(*key)) for key in self.order), default=0.0) + 2 * BESIDE
        width = max(float(self.box.width()), 2 * label)
        right = high + 0.3 + (high + 0.3 - low) * label / (width - label)
        only = min(values) == max(values)
        self.box.setRange(xRange=(low, right), yRange=(-0.6, 0.6) if only else (-0.1, 1.08), padding=0)

    def style_items(self) -> None:
        """Colours of the theme."""
        for key, line in self._lines.items():
            if key in self.order:
                line.setPen(self.pen(self.colour(key), 1.75))

    def draw(self) -> None:
        """Lines, points and labels."""
        drawn = [one for one in self.models if one.value is not None]
        if not drawn:
            self._draw_nothing()
            return
        self.hint("")
        self.left.read(self._scale)
        self.bottom.read(Scale())
        title = CRITERIA[self.criterion].title
        sense = "higher" if CRITERIA[self.criterion].higher_is_better else "lower"
        self.set_captions(f"↑ {title} ({sense} is better)", "number of components K →")
        self._draw_points(drawn)
        self._draw_lines(drawn)
        best = drawn[0] if not drawn[0].reason else None
        told = "" if best is None else f"; best: {called(*_key(best))}, {components(best.fit.options.n_components)}"
        self.describe(f"{title} of {len(drawn)} models against their number of components{told}.")

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        """The labels keep their room."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.reset()

    def _draw_nothing(self) -> None:
        for line in self._lines.values():
            line.setData([], [])
        for label in self._labels.values():
            label.setVisible(False)
        self._dots.setData([], [])
        self._ring.setData([], [])
        self.left.read(None)
        self.bottom.read(None)
        self.set_captions("", "")
        text = UNASKED if self.models else EMPTY
        self.hint(text)
        self.describe(text)

    def _draw_points(self, drawn: Sequence[Ranked]) -> None:
        plot, size = QColor(self.theme.plot), look.px(DOT) * self.ratio
        spots = []
        for one in drawn:
            colour = QColor(self.theme.ink3) if one.reason else self.colour(_key(one))
            x, y = self._place(one)
            fill = plot if one.reason else colour
            scale = 1.5 if one.made.place == self.shown else 1.0
            spots.append({"pos": (x, y), "brush": fill, "pen": self.pen(colour, 1.5), "size": size * scale})
        self._dots.setData(spots)
        best = [one for one in drawn[:1] if not one.reason]
        pen = self.pen(self.theme.ink, 1.5)
        ring = [
            {"pos": self._place(one), "size": look.px(BEST) * self.ratio, "pen": pen, "brush": plot} for one in best
        ]
        self._ring.setData(ring)

    def _draw_lines(self, drawn: Sequence[Ranked]) -> None:
        ends: list[tuple[float, float, Key]] = []
        for key in {**self._lines, **dict.fromkeys(self.order)}:
            line = self._line_of(key)
            own = sorted(
                (self._place(one) for one in drawn if _key(one) == key and not one.reason), key=lambda place: place[0]
            )
            line.setData(np.array([x for x, _ in own]), np.array([y for _, y in own]))
            self._words(key).setVisible(bool(own))
            if own:
                line.setPen(self.pen(self.colour(key), 1.75))
                ends.append((own[-1][1], own[-1][0], key))
        across, up = self.box.per_pixel()
        for (_, x, key), y in zip(
            sorted(ends), _spaced(sorted(one[0] for one in ends), look.px(APART) * up), strict=True
        ):
            label = self._words(key)
            label.say(called(*key), self.colour(key).name(), self.theme, align=0.0)
            label.setPos(x + BESIDE * across, y)

    def _line_of(self, key: Key) -> pg.PlotCurveItem:
        if key not in self._lines:
            self._lines[key] = self.line(6.0)
        return self._lines[key]

    def _words(self, key: Key) -> Words:
        if key not in self._labels:
            self._labels[key] = Words()
            self.box.addItem(self._labels[key], ignoreBounds=True)
        return self._labels[key]

    def _place(self, one: Ranked) -> tuple[float, float]:
        assert one.value is not None
        return float(one.fit.options.n_components), float(self._scale.to_view(one.value))

    def _point_clicked(self, item: object, points: object, event: Any) -> None:
        """A click on a point never reaches the plot behind it."""
        self._clicked(self.box.mapFromScene(QPointF(event.scenePos())))

    def _clicked(self, at: QPointF) -> None:
        made = self.nearest(at)
        if made is not None:
            self.wanted.emit(made)

    def nearest(self, at: QPointF) -> Made | None:
        """The model whose point is under the pointer, in px of the plot; None where none is near."""
        far = look.px(NEAR)
        found: Made | None = None
        for one in self.models:
            if one.value is None:
                continue
            away = self.box.mapFromView(QPointF(*self._place(one))) - at
            if away.manhattanLength() < far:
                far, found = away.manhattanLength(), one.made
        return found


def _key(one: Ranked) -> Key:
    return one.fit.options.family, one.fit.options.covariance


def _spaced(places: list[float], apart: float) -> Iterator[float]:
    """Places in order, moved up where they would be nearer to the one before."""
    last = -np.inf
    for place in places:
        last = max(place, last + apart)
        yield last


class RatioPlot(PlotPanel):
    """The ratios of the sets that were simulated under K components, and that of the data."""

    NAME = "Simulated likelihood ratios"

    def __init__(self, document: Document, theme: Theme) -> None:
        self.test: LikelihoodRatio | None = None
        super().__init__(document, theme)

    def build(self) -> None:
        """Makes the items of this plot."""
        self._bars = pg.BarGraphItem(x=[], height=[], width=1.0)
        self.box.addItem(self._bars, ignoreBounds=True)
        self._line = self.line(10.0)
        self._label = Words()
        self.box.addItem(self._label, ignoreBounds=True)
        self.left.whole = True
        self.box.setMouseEnabled(x=False, y=False)

    def show_test(self, test: LikelihoodRatio | None) -> None:
        """Takes a test, as far as it has come."""
        self.test = test
        self.schedule()

    def style_items(self) -> None:
        """Colours of the theme."""
        self._bars.setOpts(brush=QColor(self.theme.bars), pen=self.pen(self.theme.plot, 1.0))
        self._line.setPen(self.pen(self.theme.accent, 2.0))

    def draw(self) -> None:
        """Bars, and the line of the data."""
        test = self.test
        if test is None or not test.ratios:
            self._bars.setOpts(x=[], height=[], width=1.0)
            self._line.setData(np.empty(0), np.empty(0))
            self._label.setVisible(False)
            self.left.read(None)
            self.bottom.read(None)
            self.set_captions("", "")
            self.hint(NO_RATIOS)
            self.describe(NO_RATIOS)
            return
        self.hint("")
        high = max(*test.ratios, test.statistic, 1e-9)
        n_bars = min(MOST_BARS, max(8, round(2 * len(test.ratios) ** 0.5)))
        counts, edges = np.histogram(test.ratios, bins=n_bars, range=(0.0, high))
        scale = Scale.spanning(0.0, high)
        places = scale.to_view(edges)
        self._bars.setOpts(x=(places[1:] + places[:-1]) / 2, height=counts, width=np.diff(places))
        top = 1.25 * max(1, int(counts.max()))
        at = float(scale.to_view(test.statistic))
        self._line.setData(np.array([at, at]), np.array([0.0, top]))
        self.box.setRange(xRange=(-0.02, 1.04), yRange=(0.0, top), padding=0)
        across, _ = self.box.per_pixel()
        right = at > 0.5
        text = f"data {formatting.number(test.statistic, 2)}"
        self._label.say(text, self.theme.accent, self.theme, align=1.0 if right else 0.0)
        self._label.setPos(at + (-6.0 if right else 6.0) * across, 0.92 * top)
        self._label.setVisible(True)
        self.left.read(Scale())
        self.bottom.read(scale)
        n = test.n_components
        self.set_captions(f"↑ Sets simulated from {components(n)}", f"likelihood ratio of {n} against {n + 1} →")
        self.describe(
            f"Likelihood ratios of {len(test.ratios)} simulated sets; {test.n_larger} of them are at least as large as "
            f"the {formatting.number(test.statistic, 2)} of the data."
        )
