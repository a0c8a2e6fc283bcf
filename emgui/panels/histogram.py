"""The histogram of the column, and over it the curve of each component and of the mixture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QResizeEvent

from core import formatting
from core.data import Array
from core.explaining.worked import nearest_row
from core.mixture import Mixture
from core.roles import Truncation
from core.scale import Scale
from emgui.comparing import comparison
from emgui.document import Document
from emgui.panels.bands import Bands
from emgui.panels.bars import Bars, LabelKey, Rug, known_colours, label_colours
from emgui.panels.compared_curves import ComparedCurves
from emgui.panels.component_lines import Badges, ComponentLines, Shadows
from emgui.panels.curves import FAR, Curves, densities
from emgui.panels.grips import Grips
from emgui.panels.groups import Groups
from emgui.panels.naming import NamedLine, Naming, name_places
from emgui.panels.plot import WIDEST, PlotPanel, cells_of, extent_of, scale_of
from emgui.panels.readout import Readout
from emgui.panels.recorded import Arrows, Beyond
from emgui.panels.thresholds import Thresholds
from emgui.panels.underlay import Underlay
from emgui.run import Phase
from emgui.theme import Theme

UNDER = 0.07
"""Share of the height below zero: room for the rug, and for a grip."""
OVER = 34
"""Room in px over the tallest thing, for its badge."""
TALLEST = 1.25
"""How many times the tallest bar a curve may be before it is cut off."""


class HistogramPanel(PlotPanel):
    """Bars of counts; curves scaled to them; badges on the peaks."""

    NAME = "Histogram"
    add_wanted = Signal(float)
    component_menu_wanted = Signal(QPoint)

    def __init__(self, document: Document, theme: Theme, figure: float = 0.0) -> None:
        self._zoomed_y = False
        self.peak = 1.0
        super().__init__(document, theme, figure)
        document.data_changed.connect(self._start_over)
        document.histogram_changed.connect(self._start_over)
        for signal in (document.moved, document.view_changed, document.selection_changed, document.playing_changed):
            signal.connect(self.schedule)
        for signal in (document.grouped, document.scored, document.runs_changed, document.compared_changed):
            signal.connect(self.schedule)
        document.previewed.connect(self.schedule)
        document.single_changed.connect(self.schedule)
        self._start_over()

    def build(self) -> None:
        """Makes all items of this plot but those there is one of for each component."""
        self.bars = Bars(self)
        self.rug = Rug(self)
        self.beyond = Beyond(self)
        self.arrows = Arrows(self)
        self.lines = ComponentLines(self, 10.0)
        self.shadows = Shadows(self, 14.0)
        self.mixture = NamedLine(self, 13.0)
        self.compared = ComparedCurves(self, 15.5)
        self.compared_mixture = NamedLine(self, 15.0)
        self.truth = NamedLine(self, 24.0)
        self.sample = NamedLine(self, 8.0, antialias=False)
        self.badges = Badges(self)
        self.thresholds = Thresholds(self)
        self.bands = Bands(self)
        self._moving = (self.lines, self.shadows, self.badges)
        self.groups = Groups(self.document, self.theme, self, bool(self.figure))
        self.key = LabelKey(self)
        self.grips = Grips(self.document, self)
        self.thresholds.taken = lambda at: bool(self.grips.at(at.x(), at.y()) or self.badges.at(at.x(), at.y()))
        self.underlay = Underlay(self)
        self.readout = Readout(self.document, self, self.mixture.line)
        self.readout.went.connect(self._describe)
        self.box.setMouseEnabled(x=True, y=True)
        # A dashed line is dashed as far as it goes, seen or not: zoomed in for ever it would take for ever.
        self.box.setLimits(**WIDEST, minYRange=0.02, maxYRange=FAR)
        self.box.zoomed.connect(self._note_zoom)
        self.box.clicked.connect(self._select_at)
        self.box.takes_doubles = True
        self.box.doubled.connect(self._add_at)
        self.box.menu_wanted.connect(self._ask_for_menu)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self.mixture.line.setPen(self.pen(theme.ink, 1.5))
        self.compared_mixture.line.setPen(self.pen(theme.ink, 1.25, dashed=True))
        self.compared.restyle()
        self.truth.line.setPen(self.pen(theme.ink2, 1.5, dashed=True))
        self.sample.line.setPen(self.pen(theme.ink2, 1.0))
        for part in (self.lines, self.shadows, self.badges, self.bars, self.rug, self.beyond, self.arrows):
            part.restyle()
        self.thresholds.restyle()
        self.bands.restyle()
        self.underlay.restyle()
        self.readout.restyle()
        self.groups.restyle(theme)

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
        if self._zoomed_y or self.grips.mixture is not None:  # what is dragged stays under the pointer
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
    def shown(self) -> Mixture | None:
        """The mixture whose curves are drawn: the one under the cursor, or what a grip is making of it."""
        return self.document.shown

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
        if self._show_groups():
            self.describe(self.groups.accessibleDescription())
            return
        if document.data is None or document.histogram is None:
            self._draw_nothing()
            return
        hidden = document.histogram.hidden
        self.peak = float(document.histogram.heights.max()) or (float(hidden.max()) if hidden is not None else 1.0)
        self.bottom.read(scale_of(document))
        self.left.read(self.count_scale)
        mixture = self.shown
        curves = self._curves(mixture) if mixture is not None else None
        self._draw_bands(curves)
        highest = 1.0 if curves is None else max(1.0, min(TALLEST, max(float(curves.mixture.max()), self.bands.top)))
        self._set_height(np.ceil(highest * 20) / 20)
        self._draw_captions()
        self._draw_bars()
        self._draw_curves(curves)
        self._draw_compared(curves)
        self._draw_truth()
        self._draw_sample()
        self._draw_thresholds()
        self._draw_single(curves)
        if self.grips.mixture is not None:
            self.readout.leave()
        self.readout.draw()
        self._describe()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The groups' histograms cover the one of all rows."""
        super().resizeEvent(event)
        self.groups.setGeometry(self.rect())

    def _show_groups(self) -> bool:
        """Shows a histogram for each group where there are some; whether it did."""
        document = self.document
        wanted = document.view.groups and document.data is not None and document.data.groups is not None
        self.groups.setVisible(wanted)
        if wanted:
            self.groups.setGeometry(self.rect())
            self.groups.raise_()
            self.groups.flush()
        return wanted

    def _curves(self, mixture: Mixture) -> Curves:
        histogram, data = self.document.histogram, self.document.data
        assert histogram is not None
        assert data is not None
        left, right, _, _ = self.box.seen()
        mixture = mixture.plain
        rows = np.log(data.n_samples) - np.log(_recorded(mixture, data.form.truncate))
        factor = rows + np.log(histogram.width) - np.log(self.peak)
        return densities(mixture, scale_of(self.document), left, right, float(factor), cells_of(self.document))

    def _draw_nothing(self) -> None:
        self.left.read(None)
        self.thresholds.hide()
        self.bands.hide()
        parts = (self.bars, self.rug, self.beyond, self.arrows, self.key, self.mixture, self.truth, self.sample)
        self.readout.leave()
        self.underlay.hide()
        for part in (*parts, *self._moving, self.grips, self.compared, self.compared_mixture):
            part.hide()
        has_data = self.document.data is not None
        self.bottom.read(scale_of(self.document) if has_data else None)
        self.set_captions("Counting …" if has_data else "", self._x_name() if has_data else "")
        self.describe("The rows are being counted." if has_data else "No data are open.")

    def _x_name(self) -> str:
        return f"{self.document.axis} →"

    def _draw_captions(self) -> None:
        histogram = self.document.histogram
        assert histogram is not None
        cells = cells_of(self.document)
        if cells is not None:
            rows = "↑ Rows with each value" if cells.width == 1.0 else f"↑ Rows per {cells.width:g} values"
            self.set_captions("↑ Probability" if self.document.view.density else rows, self._x_name())
            return
        width = f"{formatting.short(float(f'{histogram.width:.3g}'))} {self.document.unit}".strip()
        rows = f"↑ Rows per {width}" + ("" if histogram.is_even else ", of bins of different widths")
        self.set_captions("↑ Density" if self.document.view.density else rows, self._x_name())

    @property
    def _label_names(self) -> tuple[str, ...]:
        """The labels that the bars are coloured by, as far as they are counted."""
        levels, histogram = self.document.shown_levels, self.document.histogram
        if levels is None or histogram is None or histogram.levels is None:
            return ()
        return levels.names if len(levels.names) == len(histogram.levels) else ()

    def _layers(self) -> tuple[Array, list[QColor]]:
        """Heights of the bars (L, B) by colour: by label, the rest by who holds the rows, or all in one."""
        document, moment = self.document, self.document.moment
        histogram, names = document.histogram, self._label_names
        assert histogram is not None
        counts, labelled = histogram.heights / self.peak, np.zeros((0, len(histogram.counts)))
        if names and histogram.levels is not None:
            labelled = histogram.per_width(histogram.levels) / self.peak
        rest = np.maximum(counts - labelled.sum(axis=0), 0.0)
        if names and document.levels is not None:
            return np.vstack([labelled, rest]), label_colours(len(names), self.theme)
        colours = known_colours(len(names), self.theme)
        layers = [labelled]
        if moment is not None and moment.sharing is not None and self.is_tinted:
            cells, mixture = cells_of(document), moment.sharing.mixture.plain
            with np.errstate(all="ignore"):
                joint = mixture.joint(histogram.centres) if cells is None else cells.joint(mixture, histogram.edges)
                held = rest * np.nan_to_num(moment.sharing.of(joint))
            # A bar whose middle no component can reach still stands there.
            rest = np.where(held.sum(axis=0) > 0.0, 0.0, rest)
            layers.append(held)
            colours += [self.theme.tinted(identity) for identity in moment.sharing.ids]
        plain = QColor(self.theme.bars) if moment is not None else self.theme.bars_alone()
        return np.vstack([*layers, rest]), [*colours, plain]

    def _draw_bars(self) -> None:
        histogram, data = self.document.histogram, self.document.data
        assert histogram is not None
        assert data is not None
        heights, colours = self._layers()
        scale, names = scale_of(self.document), self._label_names
        self.bars.show(scale.to_view(histogram.edges), heights, colours, histogram.open_ends)
        n = len(names)
        rest = heights[n:].sum(axis=0)
        self.key.show(names, np.vstack([heights[:n], rest]), [*colours[:n], colours[-1]])
        self.rug.show(data, scale)
        self.beyond.show(data.form.truncate, scale)
        self.arrows.show(histogram, self.peak, scale)

    # ---- curves

    def _draw_curves(self, curves: Curves | None) -> None:
        moment, mixture = self.document.moment, self.shown
        if moment is None or mixture is None or curves is None:
            for part in (self.mixture, *self._moving, self.grips):
                part.hide()
            return
        ids = mixture.ids
        self.lines.show(ids, curves.x, curves.components, self.document.selected, pale=self.is_tinted)
        self.mixture.show(curves.x, curves.mixture)
        if moment.phase is Phase.M and moment.before is not None:
            before = self._curves(moment.before)
            self.shadows.show(moment.before.ids, before.x, before.components)
        else:
            self.shadows.hide()
        self._draw_badges(mixture, curves)
        self.grips.show(mixture, ids, self.lines.xs, self.lines.ys)
        places = name_places(curves.x, curves.mixture, self.box.per_pixel(), self.mixture.word.width("mixture"))
        self.mixture.name("mixture", self.theme.ink, places, self.badges.centres)

    def _draw_badges(self, mixture: Mixture, curves: Curves) -> None:
        plain = mixture.plain
        at = scale_of(self.document).to_view(plain.family.location(plain.parameters))
        at = np.array([_nearest(x, place) for x, place in zip(self.lines.xs, at, strict=True)])
        tops = np.array([_height(x, y, place) for x, y, place in zip(self.lines.xs, self.lines.ys, at, strict=True)])
        self.badges.show(mixture.ids, at, tops, np.interp(at, curves.x, curves.mixture))

    def _draw_compared(self, curves: Curves | None) -> None:
        found = comparison(self.document)
        if found is None or curves is None:
            self.compared.hide()
            self.compared_mixture.hide()
            return
        theirs = self._curves(found.mixture)
        self.compared.show(found, theirs.x, theirs.components)
        self.compared_mixture.show(theirs.x, theirs.mixture)
        apart = np.abs(theirs.mixture - np.interp(theirs.x, curves.x, curves.mixture))
        places = (
            Naming(float(theirs.x[at]), float(theirs.mixture[at]), side, 8.0, 0.0 if side > 0 else 1.0)
            for at in np.argsort(-apart, kind="stable")[:40:8]
            for side in (9.0, -9.0)
        )
        self.compared_mixture.name(found.run.name, self.theme.ink2, places, self.badges.centres)

    def _draw_truth(self) -> None:
        truth = self.document.truth if self.document.view.truth else None
        if truth is None:
            self.truth.hide()
            return
        curves = self._curves(truth)
        self.truth.show(curves.x, curves.mixture)
        top = int(np.argmax(curves.mixture))
        rising = np.flatnonzero(curves.mixture[: top + 1] <= 0.5 * curves.mixture[top])
        at = int(rising[-1]) if len(rising) else top
        place = Naming(float(curves.x[at]), float(curves.mixture[at]), -8.0, 0.0, 1.0)
        self.truth.name("truth", self.theme.ink2, iter([place]), self.badges.centres)

    def _draw_sample(self) -> None:
        sample = self.document.sample_histogram if self.document.view.sample else None
        if sample is None:
            self.sample.hide()
            return
        edges = np.repeat(scale_of(self.document).to_view(sample.edges), 2)
        counts = np.repeat(sample.heights / self.peak, 2)
        heights = np.concatenate([[0.0], counts, [0.0]])
        self.sample.show(edges, heights)
        places = (Naming(float(edges[at]), float(heights[at]), -6.0, -8.0, 1.0) for at in _steepest(heights))
        self.sample.name("a sample", self.theme.ink2, places, self.badges.centres)

    def _draw_thresholds(self) -> None:
        document, mixture = self.document, self.shown
        if mixture is None or document.data is None or not document.view.thresholds:
            self.thresholds.hide()
            return
        self.thresholds.show(mixture, document.data, scale_of(document), self.badges.centres)

    def _draw_bands(self, curves: Curves | None) -> None:
        document, sure = self.document, self.document.sure
        wanted = document.view.bands and self.grips.mixture is None and cells_of(document) is None
        if not wanted or sure is None or document.moment is None or curves is None:
            self.bands.hide()
            return
        self.bands.show(document.moment.mixture, sure, curves, scale_of(document))

    def _draw_single(self, curves: Curves | None) -> None:
        document, moment = self.document, self.document.moment
        if not document.view.single or document.single is None or curves is None or moment is None:
            self.underlay.hide()
            return
        single = self._curves(document.single.mixture)
        text = f"one component: {document.single.beside(moment.log_likelihood)}"
        self.underlay.show(single.x, single.mixture, text, self.badges.centres, (curves.x, curves.mixture))

    # ---- the mouse

    def _component_at(self, at: QPointF) -> int:
        x, y = at.x(), at.y()
        return self.badges.at(x, y) or self.lines.at(x, y) or self.lines.under(x, y)

    def _add_at(self, at: QPointF) -> None:
        """Asks for a component there; where there are no bars, or no start, shows all bars again."""
        if self.grips.at(at.x(), at.y()):
            return
        document = self.document
        value = float(scale_of(document).from_view(self.box.seen().left + at.x() * self.box.per_pixel()[0]))
        histogram = document.histogram
        if histogram is None or document.moment is None or not histogram.edges[0] <= value <= histogram.edges[-1]:
            self.reset()
        else:
            self.add_wanted.emit(value)

    def _ask_for_menu(self, at: QPointF, on_screen: QPoint) -> None:
        identity = self._component_at(at)
        if identity:
            self.document.select(identity)
            self.component_menu_wanted.emit(on_screen)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """By the key, the menu of the selected component; the mouse's comes from the plot."""
        spot = next((one for one in self.badges.centres if one[0] == self.document.selected), None)
        if event.reason() is QContextMenuEvent.Reason.Keyboard and spot is not None:
            at = self.plot.mapFromScene(self.box.mapToScene(QPointF(*spot[1:])))
            self.component_menu_wanted.emit(self.plot.mapToGlobal(at))

    def _select_at(self, at: QPointF) -> None:
        x, y = at.x(), at.y()
        if self.grips.at(x, y):
            return
        on_badge = self.badges.at(x, y)
        identity = on_badge or self.lines.at(x, y) or self.lines.under(x, y)
        row = None if on_badge else self._row_at(x, y)
        self.document.select(identity)
        if row is not None or not identity:
            self.document.pick(row)

    def _row_at(self, x: float, y: float) -> int | None:
        """The row nearest to a point in px that is on a bar; None for none."""
        histogram, data = self.document.histogram, self.document.data
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        value = float(scale_of(self.document).from_view(seen.left + x * dx))
        if histogram is None or data is None or data.n_features > 1:
            return None
        at = int(np.searchsorted(histogram.edges, value, side="right")) - 1
        height = seen.top - y * dy
        if not 0 <= at < len(histogram.counts) or not 0.0 <= height <= float(histogram.heights[at]) / self.peak:
            return None
        return nearest_row(data.column, value, 0.01 * histogram.width)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Alt with ← and → reads the next bin, Return picks the row nearest to it, Esc stops reading."""
        is_along = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if is_along and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.readout.step(1 if event.key() == Qt.Key.Key_Right else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.readout.reading is not None:
            assert self.document.data is not None
            self.document.pick(nearest_row(self.document.data.column, self.readout.reading.value))
        else:
            if event.key() == Qt.Key.Key_Escape:
                self.readout.leave()
            super().keyPressEvent(event)

    def _describe(self, *_: object) -> None:
        if self.document.histogram is not None:
            self.describe(self._sentence())

    def _sentence(self) -> str:
        document, moment = self.document, self.document.moment
        assert document.data is not None
        rows = f"{formatting.count(document.data.n_samples)} rows of {document.column}{self._beside()}"
        if moment is None:
            return f"Histogram of {rows}."
        n = moment.mixture.n_components
        curves = f"the curves of {n} component{'s' if n != 1 else ''} and their mixture."
        compared = f" The curves of {document.compared.name} are laid over them." if document.compared else ""
        more = self._of_single() + self.readout.sentence
        return f"Histogram of {rows} with {curves}{compared}{self.thresholds.sentence}{more}"

    def _of_single(self) -> str:
        """How the fit of one component stands beside the mixture, for the sentence."""
        document, moment = self.document, self.document.moment
        if not document.view.single or document.single is None or moment is None:
            return ""
        return f" Underneath, one component: {document.single.beside(moment.log_likelihood)} than the mixture."

    def _beside(self) -> str:
        """What the rows say beside their values, for the sentence."""
        histogram, data = self.document.histogram, self.document.data
        assert histogram is not None
        assert data is not None
        parts = [] if histogram.is_even else ["in bins of different widths"]
        if histogram.hidden is not None:
            n = formatting.count(float(histogram.hidden.sum()))
            parts.append(f"{n} of them known only to lie beyond a value")
        if data.form.truncate is not None:
            low, high = data.form.truncate
            parts.append(f"recorded only between {low:g} and {high:g}")
        return "".join(f", {part}" for part in parts)


def _recorded(mixture: Mixture, truncate: Truncation | None) -> float:
    """P(low < X < high) under a mixture: the share of values that could be recorded."""
    if truncate is None:
        return 1.0
    low, high = truncate
    if mixture.family.discrete:
        low, high = np.floor(low), np.ceil(high) - 1.0
    # At an infinite end some distribution functions are 0 / 0.
    below = float(mixture.cdf(np.array([low]))[0]) if np.isfinite(low) else 0.0
    above = float(mixture.cdf(np.array([high]))[0]) if np.isfinite(high) else 1.0
    return max(above - below, 1e-300)


def _nearest(x: Array, place: float) -> float:
    """The place nearest to one at which a line is drawn."""
    return float(np.clip(place, x[0], x[-1])) if len(x) else place


def _height(x: Array, y: Array, place: float) -> float:
    """How high a line is at a place; NaN where nothing is drawn."""
    if not len(x):
        return float("nan")
    height = float(np.interp(place, x, y))
    return height if np.isfinite(height) else float(np.interp(place, x, np.nan_to_num(y)))


def _steepest(heights: Array) -> NDArray[np.int64]:
    """Corners at the top of the steps that rise most, for a name on their left."""
    rises = np.diff(heights)
    return np.asarray(np.argsort(-rises)[:3] + 1)
