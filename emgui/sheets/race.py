"""Race: the same start under several variants, how far each is from the maximum, by passes and by seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from core import em, formatting
from core.algorithms import ALGORITHMS
from core.algorithms.em import EM
from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from core.race import MOST_PASSES, Aim, Leg, Standings, entered, race
from emgui import theme as looks
from emgui.dialogs.parts import button, dim, heading, paragraph
from emgui.forms import Spin
from emgui.jobs import Report
from emgui.run import Run, model_words
from emgui.sheets.race_plot import PASSES, SECONDS, RacePlot
from emgui.sheets.race_table import RaceTable
from emgui.sheets.sheet import Sheet, Wanted
from emgui.theme import Theme

TOLERANCES = (1e-2, 1e-4, 1e-6, 1e-8)
USUAL = 1e-6
FORM = 176
"""Width of the form, in px."""
EMPTY = "The chosen variants go from the same start here, in turns; Start race begins it."


class RaceSheet(Sheet):
    """The variants at the left; what they start from, two plots and the table at the right."""

    TITLE = "Race"
    SIZE = (1120, 720)

    def build(self) -> None:
        """Makes what is in the window."""
        self.standings: Standings | None = None
        self._begun: tuple[Mixture, FitOptions, str, float] | None = None
        self.sentence = heading("")
        self.sentence.setWordWrap(True)
        self.sentence.setVisible(False)
        self.more = paragraph(EMPTY)
        self.plots = [RacePlot(self.document, self.theme, along) for along in (PASSES, SECONDS)]
        self.table = RaceTable(self.theme)
        pair = QWidget()
        beside = QHBoxLayout(pair)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(1)
        for plot in self.plots:
            plot.setMinimumHeight(looks.px(200))
            beside.addWidget(plot, 1)
            plot.chosen.connect(self._end_chosen)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(pair)
        parts.addWidget(self.table)
        parts.setSizes([looks.px(340), looks.px(260)])
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.sentence)
        right.addWidget(self.more)
        right.addWidget(parts, 1)
        whole = QHBoxLayout()
        whole.setSpacing(16)
        whole.addWidget(self._make_form())
        whole.addLayout(right, 1)
        self.body.addLayout(whole, 1)
        self.table.chosen.connect(self.show_run)
        self.table.highlighted.connect(lambda name: self._show_plots())
        self._shown: tuple[Run | None, int, bool] = (None, 0, False)
        self.document.runs_changed.connect(self._follow)
        self.document.moved.connect(self._follow)
        self.refresh()

    def _make_form(self) -> QWidget:
        form = QWidget()
        form.setFixedWidth(looks.room(FORM))
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading("Variants"))
        self.variants: dict[str, QCheckBox] = {}
        for name, variant in ALGORITHMS.items():
            box = QCheckBox(variant.title)
            box.setAccessibleName(f"{variant.title} in the race")
            box.setChecked(variant.judged)
            box.toggled.connect(self._show_button)
            self.variants[name] = box
            column.addWidget(box)
        self.tolerance = QComboBox()
        self.tolerance.setAccessibleName("Tolerance")
        self.tolerance.setToolTip("Log-likelihood still to be gained with which a variant has converged")
        for value in TOLERANCES:
            self.tolerance.addItem(formatting.short(value), value)
        self.tolerance.setCurrentIndex(TOLERANCES.index(USUAL))
        self.passes = Spin()
        self.passes.setRange(1, 100_000)
        self.passes.setValue(MOST_PASSES)
        self.passes.setSingleStep(100)
        self.passes.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.passes.setAccessibleName("Most passes over the data")
        self.passes.setToolTip("After so many passes over the data a variant stops")
        self.go = button("&Start race", primary=True)
        self.go.clicked.connect(self.start)
        column.addSpacing(8)
        for text, field in (("&Tolerance", self.tolerance), ("Most &passes", self.passes)):
            column.addWidget(dim(text, field))
            column.addWidget(field)
        column.addSpacing(8)
        column.addWidget(self.go)
        column.addStretch(1)
        return form

    # ---- work

    def start(self) -> None:
        """Begins the race from the start of the current run."""
        run, data = self.document.current, self.document.data
        names = self._names()
        if data is None or run is None or not run.is_ready or not names:
            return
        start, within = run.mixture(0), float(self.tolerance.currentData())
        options = replace(run.options, stop_on="log-likelihood", tolerance=within)
        most = float(self.passes.value())
        self._begun = start, options, _from(run), within
        self.standings = Standings(names)
        self._show(False)

        def parts(report: Report) -> Iterator[Aim | Leg]:
            done = [0.0]
            made, so_far = 0, dict.fromkeys(names, 0.0)
            for part in race(data, options, start, names, most, lambda: report(done[0])):
                if isinstance(part, Leg):
                    made += part.ending is not None
                    so_far[part.name] = 1.0 if part.ending else min(1.0, float(part.passes[-1]) / most)
                    done[0] = max(done[0], made / len(names), sum(so_far.values()) / len(names))
                report(done[0])
                yield part

        self.begin(parts, f"Racing {len(names)} variants …" if len(names) > 1 else "Racing …")

    def take(self, parts: list[Any]) -> None:
        """What the variants have done since."""
        if self.standings is not None:
            for part in parts:
                self.standings.take(part)
            self._show(False)

    def done(self) -> None:
        """The order in which they came in."""
        self._show(True)

    def forget(self) -> None:
        """The race was on other data."""
        self.standings = self._begun = None
        self._show(False)

    # ---- showing

    def refresh(self) -> None:
        """Where the next race begins, and which variants can take part in it."""
        run = self.document.current
        if self.standings is None:
            said = EMPTY if run is None or not run.is_ready else f"{EMPTY} They begin {_from(run)}."
            self.more.setText(said)
        if run is not None:
            for name, box in self.variants.items():
                reason = refusal(run, name)
                box.setEnabled(reason is None)
                box.setToolTip(reason or f"{ALGORITHMS[name].summary}. An iteration is {ALGORITHMS[name].iteration}.")
        self._show_button()

    def _follow(self) -> None:
        """Another run is current, or its start is there now: the cursor may move sixty times a second."""
        run = self.document.current
        shown = run, 0 if run is None else run.number, run is not None and run.is_ready
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        for plot in self.plots:
            plot.restyle(theme)
        self.table.restyle(theme)

    def show_run(self, name: str) -> None:
        """Makes the run of a variant in the window, from the same start."""
        if self._begun is not None:
            start, options, _, _ = self._begun
            self.fit_wanted.emit(Wanted(start, f"race, {ALGORITHMS[name].title}", entered(options, name), True))

    def _end_chosen(self, name: str) -> None:
        self.table.select(name)
        self.show_run(name)

    def _names(self) -> list[str]:
        return [name for name, box in self.variants.items() if box.isChecked() and box.isEnabled()]

    def _show_button(self) -> None:
        run = self.document.current
        self.go.setEnabled(run is not None and run.is_ready and bool(self._names()))

    def _show(self, is_over: bool) -> None:
        within = USUAL if self._begun is None else self._begun[3]
        self.table.show_race(self.standings, within, is_over)
        words = "" if self.standings is None or not is_over else winner(self.standings, within)
        self.sentence.setText(words)
        self.sentence.setVisible(bool(words))
        if self._begun is not None:
            options = replace(self._begun[1], algorithm=EM.name, settings=())
            model = f"K = {options.n_components}, {model_words(options)}"
            self.more.setText(
                f"All begin {self._begun[2]}, with {model}. Click a row or the end of a line for its run."
            )
        self._show_plots()
        self.refresh()

    def _show_plots(self) -> None:
        within = USUAL if self._begun is None else self._begun[3]
        for plot in self.plots:
            plot.show_race(self.standings, self.table.name, within)


def refusal(run: Run, name: str) -> str | None:
    """Why a variant cannot take the model of a run; None where it can."""
    try:
        em.check(run.data, entered(run.options, name))
    except InputError as error:
        return str(error)
    return None


def winner(standings: Standings, within: float) -> str:
    """Who got there first, in passes and in seconds."""
    there = {name: standings.reached(name, within) for name in standings.tracks}
    arrived = {name: at for name, at in there.items() if at is not None}
    goal = formatting.short(within)
    if not arrived:
        return f"No variant came within {goal} of the maximum."
    passes = min(arrived, key=lambda name: arrived[name])
    seconds = min(arrived, key=lambda name: arrived[name][::-1])
    if arrived[passes][0] == 0.0:
        return f"The start itself is within {goal} of the maximum."
    n = formatting.passes(arrived[passes][0])
    if passes == seconds:
        return (
            f"{ALGORITHMS[passes].title} came first within {goal} of the maximum, after {n} passes and in least time."
        )
    return (
        f"{ALGORITHMS[passes].title} came within {goal} of the maximum in fewest passes, {n}; "
        f"{ALGORITHMS[seconds].title} in least time."
    )


def _from(run: Run) -> str:
    """Where a run began, in words."""
    return f"where {run.name} began: {run.start_label}" if run.number else f"at the start: {run.start_label}"
