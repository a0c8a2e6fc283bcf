"""The time line: log-likelihood and lower bound by iteration, and the playhead that says which one is shown."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton

from core import formatting
from core.algorithms.algorithm import Algorithm
from core.data import Array
from core.scale import Scale
from core.stopping import DEGENERATE
from emgui import theme as look
from emgui.document import Document
from emgui.grouped import of_all_rows
from emgui.panels.along import Along
from emgui.panels.cutting import cut
from emgui.panels.other_runs import OtherRuns, others
from emgui.panels.playhead import Beside, Playhead, Said
from emgui.panels.plot import RIGHT, PlotPanel
from emgui.panels.trace import calm_end, stairs, tail_start, thinned
from emgui.run import Moment, Phase, Run, gap_words
from emgui.theme import Theme

TOP, BELOW = 36, 10
"""Room in px over the highest point, for the flag, and under the lowest."""
LEFT = 14
DOTS_FROM = 16.0
STAIRS_FROM = 3.0
HALVES_FROM = 24.0
"""Px an iteration must have for dots, for the steps of the bound, and for half-steps to be caught while scrubbing."""
EMPTY = "Each iteration adds a point here. Press Run, or take E and M steps one by one."

NO_START = "The log-likelihood of each iteration is drawn here once there is a start."


class TimelinePanel(PlotPanel):
    """What was recorded, left of the playhead in ink and right of it pale. Dragging anywhere moves the playhead."""

    NAME = "Time line"
    scrubbed = Signal(int)
    passes_wanted = Signal(bool)

    def __init__(self, document: Document, theme: Theme, figure: float = 0.0) -> None:
        self._zoomed = False
        self._all = False
        self._origin = 0.0
        self.is_filmed = False
        super().__init__(document, theme, figure)
        document.data_changed.connect(self._start_over)
        document.runs_changed.connect(self.schedule)
        document.compared_changed.connect(self.schedule)
        document.advanced.connect(self.schedule)
        document.moved.connect(self.schedule)
        document.view_changed.connect(self._start_over)
        self.switch = self._switch()

    def _switch(self) -> QToolButton:
        """The button that changes what is counted along x, at the right over the plot."""
        button = QToolButton(self)
        button.setObjectName("switch")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFont(look.font(look.CAPTION))
        button.clicked.connect(lambda: self.passes_wanted.emit(not self.document.view.by_passes))
        button.setVisible(False)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The switch stays at the right."""
        super().resizeEvent(event)
        self._place_switch()

    def _place_switch(self) -> None:
        self.switch.adjustSize()
        self.switch.move(self.width() - self.switch.width() - RIGHT + 6, 2)

    def build(self) -> None:
        """Makes the items of this plot."""
        self.bottom.whole = True
        self.others = OtherRuns(self)
        self.future, self.bound, self.past = self.line(5.0), self.line(7.0, connect="finite"), self.line(9.0)
        self.last_segment = self.line(10.0, connect="finite")
        self.dots = pg.ScatterPlotItem(size=5.0, pen=None, antialias=True, useCache=not self.figure)
        self.future_dots = pg.ScatterPlotItem(size=5.0, pen=None, antialias=True, useCache=not self.figure)
        self.playhead = Playhead()
        for height, item in ((11.0, self.dots), (6.0, self.future_dots), (45.0, self.playhead)):
            item.setZValue(height)
            self.box.addItem(item, ignoreBounds=True)
        self.beside = Beside(self)
        self.box.setMouseEnabled(x=True, y=False)
        self.box.zoomed.connect(self._note_zoom)
        self.box.clicked.connect(self._scrub)
        self.box.dragged.connect(self._scrub)

    def style_items(self) -> None:
        """Colours of the theme."""
        theme = self.theme
        self.past.setPen(self.pen(theme.ink, 1.75))
        self.future.setPen(self.pen(theme.future, 1.75))
        self.bound.setPen(self.pen(theme.ink2, 1.1))
        self.last_segment.setPen(self.pen(theme.warning, 1.75, dashed=True))
        self.dots.setBrush(theme.ink)
        self.future_dots.setBrush(theme.future)
        self.playhead.restyle(theme)
        self.others.restyle()

    # ---- ranges

    def reset(self) -> None:
        """Shows all iterations; when they are all shown, the first ones that the y range left out, or not."""
        self._all = not self._all and not self._zoomed
        self._zoomed = False
        self.schedule()

    def _start_over(self) -> None:
        self._zoomed = self._all = False
        self.schedule()

    def _note_zoom(self, _axis: int) -> None:
        self._zoomed = True
        left, right, _, _ = self.box.seen()
        end = self._end()
        margin = self._margin(end)
        width = min(right - left, end + 2 * margin)
        left = min(max(left, -margin), end + margin - width)
        self.box.setXRange(left, left + width, padding=0)

    def _margin(self, end: float) -> float:
        width = max(60.0, float(self.box.width()))
        return LEFT * end / (width - 1.4 * LEFT)

    def _end(self) -> float:
        run = self.document.current
        own = self._length(run) if run is not None and run.is_ready else 0.0
        longest = max((self._length(other) for other in others(self.document)), default=0.0)
        return calm_end(max(own, min(longest, 2 * max(own, 20))))

    def _along(self, run: Run) -> Along:
        return Along.of(run, self.document.view.by_passes)

    def _length(self, run: Run) -> float:
        return float(self._along(run).places(run.last_number))

    def _set_ranges(self, run: Run, log_likelihoods: Array) -> None:
        if not self._zoomed:
            end = self._end()
            margin = self._margin(end)
            self.box.setXRange(-margin, end + 0.4 * margin, padding=0)
        left, right, _, _ = self.box.seen()
        along = self._along(run)
        first, last = (float(along.numbers(place)) for place in (left, right))
        first, last = max(0, int(np.ceil(first))), max(0, min(run.last_number, int(last)))
        from_ = first if self._all else tail_start(first, last)
        shown = log_likelihoods[from_ : last + 1]
        ends = [float(other.history.scalar("log_likelihood")[-1]) for other in others(self.document)]
        # What the playhead stands on is in view, also among the first iterations.
        here = [float(log_likelihoods[self.document.position // 2])]
        values = np.concatenate([shown, ends, here]) - self._origin
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (-1.0, 0.0)
        # So is a lower bound that does not touch, unless the log-likelihood would look flat beside it.
        bounds = run.history.scalar("bound_after_e")[from_ : last + 1] - self._origin
        if np.isfinite(bounds).any() and np.nanmin(bounds) > low - (high - low):
            low = min(low, float(np.nanmin(bounds)))
        # A flat tail must not be blown up until rounding errors look like mountains.
        least = max(1e-5, abs(self._origin) * 1e-7)
        if high - low < least:
            low = high - (least if high > low else max(1e-3, abs(self._origin) * 1e-3))
        height = max(80.0, float(self.box.height()))
        unit = (high - low) / (height - look.px(TOP) - BELOW)
        self.box.setYRange(low - BELOW * unit, high + look.px(TOP) * unit, padding=0)

    # ---- drawing

    def draw(self) -> None:
        """Everything, for the document as it is."""
        run, moment = self.document.current, self.document.moment
        self._say_what_is_counted()
        if run is None or moment is None:
            self._draw_nothing()
            return
        log_likelihoods = run.history.scalar("log_likelihood")
        origin = float(log_likelihoods[-1])
        # Heights are drawn less the last one: a tail that gains millionths would drown in digits.
        self._origin = origin if np.isfinite(origin) else 0.0
        has_heights = run.last_number > 0 or bool(others(self.document))
        self.left.read(Scale(self._origin) if has_heights else None)
        self.bottom.read(Scale())
        self._set_ranges(run, log_likelihoods)
        heights = log_likelihoods - self._origin
        self.others.draw(others(self.document), self._origin, self.document.view.by_passes)
        self._draw_trace(run, moment, heights)
        self._draw_playhead(run, moment)
        self.hint(EMPTY if run.last_number == 0 and not self.figure else "")
        self.describe(self._sentence(run, moment))

    def _say_what_is_counted(self) -> None:
        """The axis says what an iteration of the shown run is, and the switch what else could be counted."""
        by_passes, run = self.document.view.by_passes, self.document.current
        counted = "Passes over the data"
        if not by_passes:
            is_usual = run is None or run.algorithm.iteration == Algorithm.iteration
            counted = "Iteration" if is_usual or run is None else f"Iteration ({run.algorithm.iteration})"
        self.set_captions(f"↑ Log-likelihood{of_all_rows(self.document.data)}", f"{counted} →")
        words = "by iteration" if by_passes else "by data passes"
        self.switch.setText(words)
        self.switch.setToolTip(f"Draw the log-likelihood {words}")
        self.switch.setAccessibleName(f"Draw the log-likelihood {words}")
        self.switch.setVisible(not (self.figure or self.is_filmed) and run is not None and run.is_ready)
        self._place_switch()

    def _draw_nothing(self) -> None:
        self.switch.setVisible(False)
        self.left.read(None)
        self.bottom.read(None)
        for line in (self.past, self.future, self.bound, self.last_segment):
            line.setData([], [])
        self.dots.setData([], [])
        self.future_dots.setData([], [])
        self.others.draw([], 0.0)
        self.playhead.setVisible(False)
        self.beside.hide()
        self.hint(NO_START if self.document.data is not None else "")
        self.set_captions("", "")
        self.describe("Empty until there is a start.")

    def _in_view(self, run: Run) -> tuple[int, int]:
        left, right, _, _ = self.box.seen()
        first, last = (float(self._along(run).numbers(place)) for place in (left, right))
        return max(0, int(np.floor(first))), max(0, min(run.last_number, int(np.ceil(last))))

    def _draw_trace(self, run: Run, moment: Moment, heights: Array) -> None:
        first, last = self._in_view(run)
        number = run.last_number if self.figure else moment.number
        is_degenerate = run.is_over and number == run.last_number and number > 0
        solid = number - 1 if is_degenerate else number
        along = self._along(run)

        def line(begin: int, end: int) -> tuple[Array, Array]:
            x, y = thinned(heights, begin, end)
            return along.places(x), y

        self.past.setData(*line(first, min(solid, last)))
        segment = line(number - 1, number) if is_degenerate else (np.empty(0), np.empty(0))
        self.last_segment.setData(*cut(*segment, self.box.seen()))
        self.future.setData(*line(max(first, number), last))
        px = self._px_an_iteration(run)
        after_m, after_e = (run.history.scalar(f"bound_after_{letter}") - self._origin for letter in "me")
        open_end = moment.phase is Phase.M and not self.figure
        has_stairs = px >= STAIRS_FROM
        x, y = stairs(after_e, after_m, first, min(number, last), open_end)
        self.bound.setData(*((along.places(x), y) if has_stairs else ([], [])))
        self._draw_dots(along, heights, first, min(number, last), last, px)

    def _px_an_iteration(self, run: Run) -> float:
        """Px from one iteration to the next, on average."""
        apart = self._length(run) / run.last_number if run.last_number else 1.0
        return apart / self.box.per_pixel()[0]

    def _draw_dots(self, along: Along, heights: Array, first: int, number: int, last: int, px: float) -> None:
        if px < DOTS_FROM:
            first, number, last = 0, -1, -1
        for dots, start, stop in ((self.dots, first, number), (self.future_dots, number + 1, last)):
            dots.setVisible(stop >= start)
            if stop >= start:
                dots.setData(along.places(np.arange(start, stop + 1, dtype=float)), heights[start : stop + 1])

    def _draw_playhead(self, run: Run, moment: Moment) -> None:
        seen, (dx, dy) = self.box.seen(), self.box.per_pixel()
        place = float(self._along(run).places(moment.number))
        is_in_view = seen.left <= place <= seen.right and not self.figure
        self.playhead.setVisible(is_in_view)
        if not is_in_view:
            self.beside.hide()
            return

        def down(value: float) -> float:
            return (seen.top - (value - self._origin)) / dy if np.isfinite(value) else float(look.px(TOP))

        x, own, bound = (place - seen.left) / dx, down(moment.log_likelihood), None
        if moment.lower_bound is not None and gap_words(moment) != "0":
            bound = down(moment.lower_bound)
        self.playhead.setPos(place, seen.top)
        room = (x, (seen.right - place) / dx)
        filled, hollow = (own, None) if bound is None else (bound, own)
        self.playhead.stand(str(moment.number), float(self.box.height()), room, filled, hollow)
        traces = [self.past.getData(), self.future.getData(), *self.others.drawn]
        lines = [((xs - seen.left) / dx, (seen.top - ys) / dy) for xs, ys in traces if xs is not None]
        self.beside.write(self._said(run, moment), x, own, bound, lines)

    def _said(self, run: Run, moment: Moment) -> Said:
        if moment.outcome is not None and moment.outcome.status == DEGENERATE:
            return Said("no maximum", "", self.theme.warning)
        value = formatting.log_likelihood(moment.log_likelihood)
        if moment.phase is Phase.START or moment.lower_bound is None:
            return Said(value, "", self.theme.ink)
        bound, gap = formatting.log_likelihood(moment.lower_bound), gap_words(moment)
        if gap == "0":
            return Said(value, run.note(moment.number) or "lower bound touches", self.theme.ink)
        return Said(value, f"lower bound {bound}   gap {gap}", self.theme.ink)

    # ---- scrubbing

    def _scrub(self, at: QPointF) -> None:
        run = self.document.current
        if run is None or not run.is_ready:
            return
        left, _, _, _ = self.box.seen()
        position = self.position_at(left + at.x() * self.box.per_pixel()[0])
        if position != self.document.position:
            self.scrubbed.emit(position)

    def position_at(self, place: float) -> int:
        """The half-step at a place of the x axis: after an E step, or also after an M step where there is room."""
        run = self.document.current
        if run is None or not run.is_ready or place < -4.0 * self.box.per_pixel()[0]:
            return 0
        last = run.last_position
        iteration = float(self._along(run).numbers(place))
        number = max(0, round(iteration))
        is_half = number > 0 and self._px_an_iteration(run) >= HALVES_FROM and iteration < number - 0.2
        return max(0, min(last, 2 * number + (0 if is_half else 1)))

    def _sentence(self, run: Run, moment: Moment) -> str:
        value = formatting.log_likelihood(moment.log_likelihood)
        where = f"Iteration {moment.number} of {run.last_number}: log-likelihood {value}"
        if moment.phase is Phase.M and moment.lower_bound is not None:
            return f"{where}, lower bound {formatting.log_likelihood(moment.lower_bound)}."
        return f"{where}, {run.note(moment.number)}." if run.note(moment.number) else f"{where}."
