"""Compare models: every combination fitted, ranked and drawn, and one component more put to the test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from core.cores import cores_for
from core.errors import InputError
from core.selection.cross_validation import FOLDS, MOST_FOLDS
from core.selection.likelihood_ratio import MOST_REPLICATES, REPLICATES, LikelihoodRatio, likelihood_ratio
from core.selection.models import Skipped, fit_each, validated
from core.selection.ranking import CRITERIA, CV, Made, ranked
from emgui import theme as looks
from emgui.dialogs.parts import button, caption, dim, paragraph
from emgui.forms import spin
from emgui.jobs import Report
from emgui.sheets.compare_form import CompareForm
from emgui.sheets.compare_plots import CriterionPlot, RatioPlot
from emgui.sheets.compare_table import CompareTable
from emgui.sheets.compare_words import called, components, conclusion, outcome_of
from emgui.sheets.sheet import Sheet, Wanted
from emgui.theme import Theme

Key = tuple[str, str, int]
Part = TypeVar("Part")
SAME = 1e-6
"""Part of a log-likelihood by which the run that is shown may differ from a model to be that model."""


class Tally:
    """How much of some work is done, told whenever it is called, as work does that can be given up."""

    def __init__(self, report: Report, of: int) -> None:
        self._report, self._of, self._done = report, of, 0

    def __call__(self) -> None:
        """Reports; raises Cancelled where nobody wants the rest."""
        self._report(self._done / max(1, self._of))

    def counting(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts, each counted once it is there."""
        for part in parts:
            self._done += 1
            yield part


class CompareSheet(Sheet):
    """Choices on the left; the criterion against K, the table of models and the test on the right."""

    TITLE = "Compare models"
    SIZE = (1200, 760)

    def build(self) -> None:
        """Makes what is in the window."""
        self._made: dict[int, Made] = {}
        self._skipped: list[Skipped] = []
        self._tests: dict[Key, LikelihoodRatio] = {}
        self.form = CompareForm()
        self.form.start_wanted.connect(self.start)
        self.plot = CriterionPlot(self.document, self.theme)
        self.table = CompareTable(self.theme)
        self.ratios = RatioPlot(self.document, self.theme)
        self.plot.wanted.connect(self.show_model)
        self.table.wanted.connect(self.show_model)
        self.table.current_changed.connect(self._show_test)
        self.words = paragraph("")
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self.form)
        across.addLayout(self._make_right(), 1)
        self.body.addLayout(across, 1)
        self.document.moved.connect(self._mark)
        self.document.runs_changed.connect(self._mark)
        self._show_models()

    def _make_right(self) -> QVBoxLayout:
        self.criterion = QComboBox()
        self.criterion.setAccessibleName("Criterion")
        for name, one in CRITERIA.items():
            self.criterion.addItem(one.title, name)
        self.criterion.setCurrentIndex(self.criterion.findData("bic"))
        self.criterion.currentIndexChanged.connect(self._show_models)
        self.folds = spin("Folds", 2, MOST_FOLDS, FOLDS)
        self._folds_label = dim("&folds", self.folds)
        self.validate = button("Cross-validate")
        self.validate.setToolTip("Fit every model anew without each fold, and see how well it foretells those rows")
        self.validate.clicked.connect(self.cross_validate)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(dim("Cri&terion", self.criterion))
        top.addWidget(self.criterion)
        self._of_cv: tuple[QWidget, ...] = (self.folds, self._folds_label, self.validate)
        for widget in self._of_cv:
            top.addWidget(widget)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        top.addSpacing(8)
        top.addWidget(self.words, 1)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        for part in (self.plot, self.table, self._make_test()):
            part.setMinimumHeight(looks.px(120))
            parts.addWidget(part)
        parts.setSizes([looks.px(220), looks.px(280), looks.px(150)])
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(parts, 1)
        return column

    def _make_test(self) -> QWidget:
        self.test = button("Test")
        self.test.clicked.connect(self.test_more)
        self.replicates = spin("Simulated sets", 1, MOST_REPLICATES, REPLICATES)
        self.verdict = paragraph("")
        sets = QHBoxLayout()
        sets.addWidget(self.test)
        sets.addWidget(self.replicates)
        sets.addWidget(dim("&sets", self.replicates))
        sets.addStretch(1)
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(16)
        side = QVBoxLayout()
        side.setSpacing(6)
        note = caption("Sets are drawn from the fit of K; both are fitted to each. p is the share of ratios as large.")
        note.setWordWrap(True)
        for widget in (self.verdict, note):
            side.addWidget(widget)
        side.insertLayout(0, sets)
        side.addStretch(1)
        row.addLayout(side, 2)
        row.addWidget(self.ratios, 3)
        return whole

    # ---- what a person asks for

    def start(self) -> None:
        """Fits every model that the form asks for."""
        data = self.document.data
        if data is None:
            return
        try:
            models, skipped = self.form.models(data, self.document.options)
        except InputError as error:
            self.say(str(error))
            return
        self.stop()
        self._made, self._skipped, self._tests = {}, list(skipped), {}
        self._show_models()

        def parts(report: Report) -> Iterator[Made | Skipped]:
            tally = Tally(report, len(models))
            return tally.counting(fit_each(data, models, cores_for(len(data)), tally))

        self.begin(parts, f"Fitting {len(models)} model{'s' * (len(models) > 1)} …")

    def cross_validate(self) -> None:
        """Asks how well each model that was fitted foretells."""
        data = self.document.data
        if data is None or not self._made:
            return
        self.stop()  # figures of other folds cannot be ranked against those to come
        self._made = {place: replace(one, cross_validation=None) for place, one in sorted(self._made.items())}
        self._show_models()
        made = list(self._made.values())
        folds = self.folds.value()
        wanted = sum(not one.fault for one in made)

        def parts(report: Report) -> Iterator[Made]:
            tally = Tally(report, wanted)
            return tally.counting(validated(data, made, folds, cores_for(len(data)), tally))

        self.begin(parts, f"Cross-validating {wanted} models …")

    def test_more(self) -> None:
        """Tests the chosen model against one component more."""
        data, made = self.document.data, self.table.current
        if data is None or made is None:
            return
        options, start, sets = made.fit.options, made.fit.mixture, self.replicates.value()
        self._tests.pop(_key(made), None)

        def parts(report: Report) -> Iterator[LikelihoodRatio]:
            tally = Tally(report, sets + 1)
            return tally.counting(likelihood_ratio(data, options, start, sets, cores_for(len(data)), tally))

        n = options.n_components
        self.begin(parts, f"Testing {components(n)} against {n + 1} …")
        self._show_test()

    def show_model(self, made: Made) -> None:
        """Shows a model in all panels of the window."""
        row = self.table.rows.row_of(made.place)
        if row >= 0:
            self.table.selectRow(row)
        if made.place != self.table.rows.shown:
            options = made.fit.options
            self.fit_wanted.emit(Wanted(made.fit.mixture, "compared models", options))

    # ---- work

    def take(self, parts: list[Any]) -> None:
        """Takes models and tests as they come."""
        for part in parts:
            if isinstance(part, Made):
                self._made[part.place] = part
            elif isinstance(part, Skipped):
                self._skipped.append(part)
            elif isinstance(part, LikelihoodRatio):
                self._tests[part.family, part.covariance, part.n_components] = part
        if any(not isinstance(part, LikelihoodRatio) for part in parts):
            self._show_models()
        self._show_test()

    def done(self) -> None:
        """All that was asked for is there."""
        self._show_models()
        self._show_test()

    def forget(self) -> None:
        """Models of other data say nothing."""
        self._made, self._skipped, self._tests = {}, [], {}
        self._show_models()
        self._show_test()

    # ---- showing

    def refresh(self) -> None:
        """Follows data and options."""
        self.form.show_choices(self.document.data, self.document.options)
        self._mark()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        for part in (self.plot, self.table, self.ratios):
            part.restyle(theme)

    def _show_models(self) -> None:
        name = str(self.criterion.currentData())
        ranking = ranked([self._made[place] for place in sorted(self._made)], name)
        by_cv = name == CV
        for widget in self._of_cv:
            widget.setVisible(by_cv)
        self.validate.setEnabled(bool(self._made))
        self.plot.show_models(name, ranking, self._lines())
        self.table.show_models(name, ranking, self._skipped)
        said = conclusion(name, ranking)
        if by_cv and ranking and not said:
            said = "Cross-validate fits every model again for each fold."
        self.words.setText(said)
        self._mark()
        self._show_test()

    def _lines(self) -> list[tuple[str, str]]:
        there = {(one.fit.options.family, one.fit.options.covariance) for one in self._made.values()}
        return [key for key in self.form.order if key in there]

    def _show_test(self) -> None:
        made = self.table.current
        able = made is not None and not made.fault
        self.test.setEnabled(able)
        if made is None:
            self.test.setText("Test K against K + 1")
            self.verdict.setText("Choose a model in the table to test it against one component more.")
            self.ratios.show_test(None)
            return
        options = made.fit.options
        n = options.n_components
        self.test.setText(f"Test {n} against {n + 1}")
        found = self._tests.get(_key(made))
        name = called(options.family, options.covariance)
        self.verdict.setText(name if found is None else f"{name}, {outcome_of(found)}")
        self.ratios.show_test(found)

    def _mark(self) -> None:
        """Marks the model that stands in all panels, whoever put it there."""
        place = self._shown()
        self.table.rows.mark(place)
        self.plot.mark(place)

    def _shown(self) -> int | None:
        run = self.document.current
        if run is None or not self._made or not run.is_ready:
            return None
        options, value = run.options, run.log_likelihood
        for place, made in self._made.items():
            own = made.fit.options
            same = (own.n_components, own.family, own.covariance, own.constraints) == (
                options.n_components,
                options.family,
                options.covariance,
                options.constraints,
            )
            if same and abs(value - made.fit.log_likelihood) <= SAME * max(1.0, abs(value)):
                return place
        return None


def _key(made: Made) -> Key:
    options = made.fit.options
    return options.family, options.covariance, options.n_components
