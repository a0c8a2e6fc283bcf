"""Map of the optima: where many starts end, how often, and whether the best of these ends is lonely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter

from core.algorithms import ALGORITHMS
from core.algorithms.em import EM
from core.mixture import Mixture
from core.optima_map import FEWEST, MOST, Map, optima_map
from core.options import FitOptions
from emgui import theme as looks
from emgui.dialogs.parts import button, dim, heading, paragraph
from emgui.forms import Spin
from emgui.jobs import Report
from emgui.run import model_words
from emgui.sheets.optima_plot import OptimaPlot
from emgui.sheets.optima_table import OptimaTable
from emgui.sheets.sheet import Sheet, Wanted
from emgui.theme import Theme

USUAL = 200
SAME = 1e-3
"""Log-likelihood by which a run may differ from the optimum that it stands at, and the part of it that is rounding."""
ROUNDING = 1e-10
EMPTY = "Many starts are led to their ends here; how many of them reach the best one says how far it can be trusted."


class OptimaSheet(Sheet):
    """Starts, seed and the button on top; a sentence, the plot and the list beneath."""

    TITLE = "Map of optima"
    SIZE = (880, 720)

    def build(self) -> None:
        """Makes what is in the window."""
        self.map: Map | None = None
        self._options: FitOptions | None = None
        self.starts = Spin()
        self.starts.setRange(FEWEST, MOST)
        self.starts.setValue(USUAL)
        self.starts.setSingleStep(50)
        self.starts.setAccessibleName("Number of starts")
        self.starts.setToolTip(f"How many starts are drawn and led to their ends, {FEWEST} to {MOST}")
        self.seed = Spin()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setAccessibleName("Seed of the starts")
        self.seed.setToolTip("The same seed draws the same starts")
        self.go = button("&Find optima", primary=True)
        self.go.clicked.connect(self.search)
        row = QHBoxLayout()
        row.setSpacing(8)
        for text, field in (("S&tarts", self.starts), ("S&eed", self.seed)):
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setFixedWidth(looks.px(84))
            row.addWidget(dim(text, field))
            row.addWidget(field)
            row.addSpacing(8)
        row.addWidget(self.go)
        row.addStretch(1)
        self.model = dim("")
        row.addWidget(self.model)
        self.sentence = heading("")
        self.sentence.setWordWrap(True)
        self.more = paragraph(EMPTY)
        self.plot = OptimaPlot(self.document, self.theme)
        self.plot.setMinimumHeight(looks.px(180))
        self.table = OptimaTable(self.theme)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.plot)
        parts.addWidget(self.table)
        parts.setSizes([looks.px(280), looks.px(260)])
        self.body.addLayout(row)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.more)
        self.body.addWidget(parts, 1)
        self.table.chosen.connect(self.show_fit)
        self.plot.chosen.connect(self._dot_chosen)
        self.table.highlighted.connect(lambda row: self._show_plot())
        for signal in (self.document.runs_changed, self.document.moved):
            signal.connect(self._follow)
        self.document.histogram_changed.connect(self._show)
        self.document.options_changed.connect(self.refresh)
        self._show()

    # ---- work

    def search(self) -> None:
        """Draws the starts and leads them to their ends."""
        data = self.document.data
        if data is None:
            return
        options = replace(self.document.options, seed=self.seed.value())
        n_starts = self.starts.value()
        self._options, self.map = options, None
        self._show()

        def parts(report: Report) -> Iterator[Map]:
            done = [0.0]
            for found in optima_map(data, options, n_starts, lambda: report(done[0])):
                done[0] = found.n_done / n_starts
                report(done[0])
                yield found

        self.begin(parts, f"Leading {n_starts} starts to their ends …")

    def take(self, parts: list[Any]) -> None:
        """The latest state of the map."""
        self.map = parts[-1]
        self._show()

    def done(self) -> None:
        """Says what came of it."""
        self._show()

    def forget(self) -> None:
        """The map was of other data."""
        self.map = self._options = None
        self._show()

    # ---- showing

    def refresh(self) -> None:
        """Which model the next map is of."""
        has_data = self.document.data is not None
        following = _name(self.document.options)
        shown = following if self._options is None else _name(self._options)
        self.model.setText("" if not has_data else shown if shown == following else f"{shown}; next: {following}")
        self.go.setEnabled(has_data)
        self._follow()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        self.plot.restyle(theme)
        self.table.restyle(theme)

    def show_fit(self, row: int) -> None:
        """Shows the fit of a row in all panels of the window."""
        if self._options is None or not 0 <= row < len(self.table.rows.optima):
            return
        mixture = self.table.rows.optima[row].mixture
        options = self._options
        if not ALGORITHMS[options.algorithm].judged:  # it would go on to an end of its own
            options = replace(options, algorithm=EM.name, settings=())
        self.fit_wanted.emit(Wanted(mixture, self._label(row), options))

    def _label(self, row: int) -> str:
        """Which optimum, among those that the sentence over the map counts, or among the degenerate ones."""
        n, n_proper = len(self.table.rows.optima), sum(one.reason is None for one in self.table.rows.optima)
        if row < n_proper:
            return f"optimum {row + 1} of {n_proper}"
        return f"degenerate optimum {row - n_proper + 1} of {n - n_proper}"

    def _dot_chosen(self, row: int) -> None:
        self.table.selectRow(row)
        self.show_fit(row)

    def _show(self) -> None:
        found, document = self.map, self.document
        first, more = sentences(found, self.is_busy)
        self.sentence.setText(first)
        self.sentence.setVisible(bool(first))
        self.more.setText(more or ("" if found else EMPTY))
        self.more.setVisible(bool(self.more.text()))
        bars = document.histogram if document.data is not None else None
        discrete = found is not None and bool(found.optima) and found.optima[0].mixture.family.discrete
        self.table.show_map(found, bars, discrete)
        self._show_plot()
        self.refresh()

    def _follow(self) -> None:
        """Marks the optimum at which the current run stands."""
        here = self._here()
        if here is not self.table.rows.here:
            self.table.rows.mark(here)
            self._show_plot()

    def _show_plot(self) -> None:
        self.plot.show_map(self.map, self.table.rows.here, self.table.currentIndex().row())

    def _here(self) -> Mixture | None:
        run = self.document.current
        if self.map is None or run is None or not run.has_ended or run.is_over or self._options is None:
            return None
        if _model(run.options) != _model(self._options):
            return None
        near = SAME + ROUNDING * abs(run.log_likelihood)
        for optimum in self.map.optima:
            if abs(optimum.log_likelihood - run.log_likelihood) <= near:
                return optimum.mixture
        return None


def _name(options: FitOptions) -> str:
    """The model in few words, without the variant, which the map does not depend on."""
    return f"K = {options.n_components}, {model_words(replace(options, algorithm=EM.name, settings=()))}"


def _model(options: FitOptions) -> tuple[object, ...]:
    return options.n_components, options.family, options.covariance, options.trials, options.constraints


def sentences(found: Map | None, is_busy: bool) -> tuple[str, str]:
    """What a map says, in one sentence, and what else is to be said of it."""
    if found is None or found.n_done == 0:
        return "", ""
    n, best = found.n_done, found.best
    starts = f"{n} of {found.n_starts} starts" if is_busy else f"{n} starts"
    n_proper, n_degenerate = len(found.proper), sum(one.n_starts for one in found.optima if one.reason is not None)
    if best is None:
        first = f"None of {starts} has led to a proper optimum."
    elif best.n_starts == n:
        first = f"All {starts} lead to the same optimum."
    elif is_busy:
        first = f"{starts}: {_optima(n_proper)} so far, the best reached by {best.n_starts}."
    elif found.is_lonely:
        first = f"The best optimum is lonely: {best.n_starts} of {starts} reached it; try more."
    elif n_proper == 1:
        first = f"The only proper optimum was reached by {best.n_starts} of {starts}."
    else:
        first = f"The best of {n_proper} optima was reached by {best.n_starts} of {starts}."
    more = []
    if n_degenerate:
        more.append(f"{_starts(n_degenerate)} ended degenerate: on a few rows, a spike or a single value.")
    if found.n_lost:
        more.append(f"{_starts(found.n_lost)} led nowhere.")
    return first, " ".join(more)


def _optima(n: int) -> str:
    return "1 optimum" if n == 1 else f"{n} optima"


def _starts(n: int) -> str:
    return "1 start" if n == 1 else f"{n} starts"
