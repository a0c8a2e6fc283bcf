"""The histogram of the column, and over it the curve of each component and of the mixture."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from core.data import Array
from core.mixture import Mixture
from emgui import formatting
from emgui.document import Document
from emgui.panels.badges import Key, Words
from emgui.panels.bars import Bars
from emgui.panels.component_lines import Badges, ComponentLines, Shadows
from emgui.panels.curves import Curves, densities, name_place
from emgui.panels.plot import PlotPanel, extent_of, scale_of
from emgui.panels.scale import Scale
from emgui.run import Moment, Phase
from emgui.theme import Theme, mixed

UNDER = 0.07
"""Share of the height below zero: room for the rug, and for a grip."""
OVER = 34
"""Room in px over the tallest thing, for its badge."""
TALLEST = 1.25
"""How many times the tallest bar a curve may be before it is cut off."""
RUG = 500
"""Up to so many rows each gets a tick under the bars."""
CATCH = 8.0
"""How near to a curve, in px, a click selects it."""


class HistogramPanel(PlotPanel):
    """Bars of counts; curves scaled to them; badges on the peaks."""

    NAME = "Histogram"

    def __init__(self, document: Document, theme: Theme) -> None:
        self._zoomed_y = False
        self._rug_of: object = None
        self._rug = np.empty(0)
        self.peak = 1.0
        super().__init__(document, theme)
        document.data_changed.connect(self._start_over)
        document.histogram_changed.connect(self._start_over)
        for signal in (document.moved, document.view_changed, document.selection_changed, document.playing_changed):
            signal.connect(self.schedule)
        self._start_over()

    def build(self) -> None:
        """Makes all items of this plot but those there is one of for each component."""
        self.bars = Bars(self.box)
        self.baseline = self.line(1.0, antialias=False)
        self.rug = self.line(-1.0, antialias=False, connect="pairs")
        self.lines = ComponentLines(self, 10.0)
        self.shadows = Shadows(self, 14.0)
        self.mixture = self.line(13.0)
        self.truth = self.line(24.0)
        self.sample = self.line(8.0, antialias=False)
        self.badges = Badges(self)
        self.mixture_word, self.truth_word, self.sample_word = Words(), Words(), Words()
        self.key = Key()
        for item in (self.mixture_word, self.truth_word, self.sample_word, self.key):
            item.setVisible(False)
            self.box.addItem(item, ignoreBounds=True)
        self.box.setMouseEnabled(x=True, y=True)
        self.box.zoomed.connect(self._note_zoom)
        self.box.clicked.connect(self._select_at)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self.baseline.setPen(self.pen(theme.edge, 1.0))
        self.rug.setPen(self.pen(mixed(QColor(theme.plot), QColor(theme.ink2), 0.5), 1.0))
        self.mixture.setPen(self.pen(theme.ink, 1.5))
        self.truth.setPen(self.pen(theme.ink2, 1.5, dashed=True))
        self.sample.setPen(self.pen(theme.ink2, 1.0))
        for part in (self.lines, self.shadows, self.badges):
            part.restyle()

    # ---- ranges

    def reset(self) -> None:
        """Shows all bars again."""
        self._zoomed_y = False
        self.box.setXRange(*extent_of(self.document), padding=0)
        self.schedule()

    def _start_over(self) -> None:
        self.reset()

    def _note_zoom(self, axis: int) -> None:
        self._zoomed_y = self._zoomed_y or axis == 1

    def _set_height(self, highest: float) -> None:
        if self._zoomed_y:
            return
        height = max(80.0, float(self.box.height()))
        part = max(0.3, 1.0 - UNDER - OVER / height)
        whole = highest / part
        self.box.setYRange(-UNDER * whole, (1 - UNDER) * whole, padding=0)

    # ---- drawing

    @property
    def is_tinted(self) -> bool:
        """Whether bars show who holds them: while half-steps are watched."""
        document, moment = self.document, self.document.moment
        if moment is None or moment.sharing is None or moment.outcome is not None or document.levels is not None:
            return False
        return document.view.tint and not (document.playing and document.fast)

    @property
    def count_scale(self) -> Scale:
        """How counts (or densities) are drawn: the tallest bar at 1."""
        histogram, data = self.document.histogram, self.document.data
        if histogram is None or data is None:
            return Scale()
        unit = self.peak
        if self.document.view.density:
            unit = self.peak / data.n_samples / histogram.width
        return Scale(0.0, unit / 2)

    def draw(self) -> None:
        """Bars, curves and words for the document as it is."""
        document = self.document
        if document.data is None or document.histogram is None:
            self._draw_nothing()
            return
        self.peak = float(document.histogram.counts.max()) or 1.0
        self.bottom.mapping, self.left.mapping = scale_of(document), self.count_scale
        self.left.silent = False
        curves = self._curves(document.moment.mixture) if document.moment is not None else None
        highest = 1.0 if curves is None else max(1.0, min(TALLEST, float(curves.mixture.max())))
        self._set_height(np.ceil(highest * 20) / 20)
        self._draw_captions()
        self._draw_bars()
        self._draw_rug()
        self._draw_curves(curves)
        self._draw_truth()
        self._draw_sample()
        self.describe(self._sentence())

    def _curves(self, mixture: Mixture) -> Curves:
        histogram, data = self.document.histogram, self.document.data
        assert histogram is not None
        assert data is not None
        left, right, _, _ = self.box.seen()
        factor = np.log(data.n_samples) + np.log(histogram.width) - np.log(self.peak)
        return densities(mixture, scale_of(self.document), left, right, float(factor))

    def _draw_nothing(self) -> None:
        self.left.silent = True
        self.bars.show(np.array([0.0, 1.0]), np.empty((0, 1)), [], 1.0)
        for line in (self.mixture, self.truth, self.sample, self.baseline, self.rug):
            line.setData([], [])
        for part in (self.lines, self.shadows, self.badges):
            part.hide()
        for word in (self.mixture_word, self.truth_word, self.sample_word, self.key):
            word.setVisible(False)
        has_data = self.document.data is not None
        self.bottom.mapping = scale_of(self.document)
        self.set_captions("Counting …" if has_data else "", self._x_name() if has_data else "")
        self.describe("The rows are being counted." if has_data else "No data are open.")

    def _x_name(self) -> str:
        return f"{self.document.axis} →"

    def _draw_captions(self) -> None:
        histogram = self.document.histogram
        assert histogram is not None
        width = f"{formatting.short(float(f'{histogram.width:.3g}'))} {self.document.unit}".strip()
        self.set_captions("↑ Density" if self.document.view.density else f"↑ Rows per {width}", self._x_name())

    # ---- bars

    def _draw_bars(self) -> None:
        histogram = self.document.histogram
        assert histogram is not None
        edges = scale_of(self.document).to_view(histogram.edges)
        heights, colours = self._layers(histogram.counts / self.peak)
        self.bars.show(edges, heights, colours, self.box.per_pixel()[0])
        self.baseline.setData(edges[[0, -1]], [0.0, 0.0])
        left, right, _, _ = self.box.seen()
        self.baseline.setData([left, right], [0.0, 0.0])
        self._draw_key(colours, heights)

    def _layers(self, counts: Array) -> tuple[Array, list[QColor]]:
        document, moment = self.document, self.document.moment
        histogram = document.histogram
        assert histogram is not None
        if document.levels is not None and histogram.levels is not None:
            by_level = histogram.levels / self.peak
            rest = np.maximum(counts - by_level.sum(axis=0), 0.0)
            return np.vstack([by_level, rest]), label_colours(len(by_level), self.theme)
        if moment is not None and moment.sharing is not None and self.is_tinted:
            with np.errstate(all="ignore"):
                shares = np.nan_to_num(moment.sharing.responsibilities(histogram.centres))
            return counts * shares, [self.theme.tinted(identity) for identity in moment.sharing.ids]
        plain = QColor(self.theme.bars) if moment is not None else self.theme.bars_alone()
        return counts[np.newaxis], [plain]

    def _draw_key(self, colours: list[QColor], heights: Array) -> None:
        levels = self.document.levels
        if levels is None or self.document.histogram is None or self.document.histogram.levels is None:
            self.key.setVisible(False)
            return
        rows = list(zip(colours, levels.names, strict=False))
        if heights[-1].any():
            rows.append((colours[-1], "no label"))
        width = self.key.show_rows(rows, self.theme)
        left, right, _, top = self.box.seen()
        dx, dy = self.box.per_pixel()
        tall = heights.sum(axis=0)
        is_right = tall[-len(tall) // 4 :].max() <= tall[: len(tall) // 4 + 1].max()
        self.key.setPos(right - 4 * dx if is_right else left + (width + 8) * dx, top - 4 * dy)
        self.key.setVisible(True)

    def _draw_rug(self) -> None:
        data = self.document.data
        assert data is not None
        if self._rug_of is not data:
            self._rug_of = data
            values = np.unique(data.column) if len(data) <= RUG else np.empty(0)
            self._rug = np.repeat(scale_of(self.document).to_view(values), 2)
        dy = self.box.per_pixel()[1]
        self.rug.setData(self._rug, np.tile([-2.0 * dy, -6.0 * dy], len(self._rug) // 2))

    # ---- curves

    def _draw_curves(self, curves: Curves | None) -> None:
        moment = self.document.moment
        if moment is None or curves is None:
            self.mixture.setData([], [])
            self.mixture_word.setVisible(False)
            for part in (self.lines, self.shadows, self.badges):
                part.hide()
            return
        ids = moment.mixture.ids
        self.lines.show(ids, curves.x, curves.components, self.document.selected, pale=self.is_tinted)
        self.mixture.setData(curves.x, curves.mixture)
        if moment.phase is Phase.M and moment.before is not None:
            before = self._curves(moment.before)
            self.shadows.show(moment.before.ids, before.x, before.components)
        else:
            self.shadows.hide()
        self._draw_badges(moment, curves)
        self._write(self.mixture_word, "mixture", self.theme.ink, curves.x, curves.mixture)

    def _draw_badges(self, moment: Moment, curves: Curves) -> None:
        family, parameters = moment.mixture.family, moment.mixture.parameters
        at = scale_of(self.document).to_view(family.location(parameters))
        tops = np.array([line.max() if len(line) else np.nan for line in self.lines.ys])
        self.badges.show(moment.mixture.ids, at, tops, np.interp(at, curves.x, curves.mixture))

    def _write(self, words: Words, text: str, ink: str, x: Array, y: Array) -> None:
        width = words.say(text, ink, self.theme)
        dx, dy = self.box.per_pixel()
        place = name_place(x, y, (dx, dy), width)
        words.setVisible(place is not None)
        if place is not None:
            words.say(text, ink, self.theme, place.align)
            words.setPos(place.x + place.right * dx, place.y + place.up * dy)

    def _draw_truth(self) -> None:
        truth = self.document.truth if self.document.view.truth else None
        if truth is None:
            self.truth.setData([], [])
            self.truth_word.setVisible(False)
            return
        curves = self._curves(truth)
        self.truth.setData(curves.x, curves.mixture)
        top = int(np.argmax(curves.mixture))
        self.truth_word.say("truth", self.theme.ink2, self.theme, 1.0)
        dx, _ = self.box.per_pixel()
        left = np.flatnonzero(curves.mixture[: top + 1] <= 0.5 * curves.mixture[top])
        at = int(left[-1]) if len(left) else top
        self.truth_word.setPos(float(curves.x[at]) - 8 * dx, float(curves.mixture[at]))
        self.truth_word.setVisible(True)

    def _draw_sample(self) -> None:
        sample = self.document.sample_histogram if self.document.view.sample else None
        if sample is None:
            self.sample.setData([], [])
            self.sample_word.setVisible(False)
            return
        edges = np.repeat(scale_of(self.document).to_view(sample.edges), 2)
        counts = np.repeat(sample.counts / self.peak, 2)
        self.sample.setData(edges, np.concatenate([[0.0], counts, [0.0]]))
        self.sample_word.setVisible(False)

    # ---- the mouse

    def _select_at(self, at: Any) -> None:
        for identity, x, y in self.badges.centres:
            if abs(at.x() - x) <= 10 and abs(at.y() - y) <= 10:
                self.document.select(identity)
                return
        left, _, _, top = self.box.seen()
        dx, dy = self.box.per_pixel()
        nearest, found = CATCH, 0
        for identity, xs, ys in zip(self.lines.ids, self.lines.xs, self.lines.ys, strict=True):
            if len(xs):
                distance = float(np.hypot((xs - left) / dx - at.x(), (top - ys) / dy - at.y()).min())
                if distance < nearest:
                    nearest, found = distance, identity
        self.document.select(found)

    def _sentence(self) -> str:
        document, moment = self.document, self.document.moment
        assert document.data is not None
        rows = f"{formatting.count(document.data.n_samples)} rows of {document.column}"
        if moment is None:
            return f"Histogram of {rows}."
        n = moment.mixture.n_components
        return f"Histogram of {rows} with the curves of {n} component{'s' if n != 1 else ''} and their mixture."


def label_colours(n: int, theme: Theme) -> list[QColor]:
    """A pale colour for each of n labels, and one for rows without: greys while they can be told apart, then tints."""
    ground, ink = QColor(theme.plot), QColor(theme.ink2)
    if n <= 3:
        greys = [mixed(ground, ink, share) for share in (0.22, 0.46, 0.72)]
        return [*greys[:n], QColor(theme.grid)]
    palette = len(theme.components)
    return [*(mixed(ground, theme.component(palette - i % palette), 0.45) for i in range(n)), QColor(theme.bars)]
