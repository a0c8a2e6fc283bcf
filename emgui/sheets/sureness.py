"""How sure: standard errors, bias and intervals of a fit by its curvature, by a bootstrap, and by profiles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from core.sureness.bootstrap import FEWEST, MOST, REPLICATES, Plan, Replicate, replicates
from core.sureness.profile import Point, Profile, profiled, why_not
from core.sureness.resampling import usual
from core.sureness.resampling import why_not as why_not_drawn
from emgui import theme as looks
from emgui.dialogs.parts import button, caption, dim
from emgui.forms import Spin
from emgui.jobs import Report
from emgui.run import Run
from emgui.sheets.segments import Segments
from emgui.sheets.sheet import Sheet
from emgui.sheets.sureness_found import Found, Number, Sums, alignment, fit_of, information_of, summed
from emgui.sheets.sureness_plot import SurenessPlot
from emgui.sheets.sureness_table import Line, SurenessTable, lines_of
from emgui.theme import Theme

KINDS = {
    "cases": ("rows with replacement", "Rows are drawn from the rows: asks nothing of the model"),
    "parametric": ("rows from the model", "Rows are drawn from the fitted mixture: right where the model is"),
    "weighted": ("weights for the rows", "Each row is weighed at random: no row is ever lost; for weighted rows"),
}
"""Kind of bootstrap → what it draws, and what it asks."""
PATIENCE = 60
"""Milliseconds between two looks at the replicates that have come."""
NO_FIT = "Standard errors are of a fit that has ended: press Run (Space), and they stand here."
PROFILE_TIP = "The log-likelihood along the selected number, all others at their best at each of its values"
GONE_ON = "The run no longer ends at the fit that was looked at, so that was given up."
COLLAPSED = "A component has collapsed, so there is nothing to be sure of: fit again first."


class SurenessSheet(Sheet):
    """What is drawn anew and how often on top; the table; beneath it the replicates or the profile of a number."""

    TITLE = "How sure"
    SIZE = (1120, 700)

    def build(self) -> None:
        """Makes what is in the window."""
        self._found: dict[Run, Found] = {}
        self._working: tuple[Run, Found, Number | None] | None = None
        self._make_fields()
        self.table = SurenessTable(self.theme)
        self.plot = SurenessPlot(self.document, self.theme)
        self.plot.setMinimumHeight(looks.px(170))
        self.which = Segments(
            "What is drawn",
            (("Replicates", "How the selected number scatters"), ("Profile", "How the log-likelihood falls beside it")),
        )
        self.profile = button("&Find profile")
        self.profile.setToolTip(PROFILE_TIP)
        self.words = caption("")
        self.words.setWordWrap(True)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.which)
        below.addWidget(self.words, 1)
        below.addWidget(self.profile)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.table)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(below)
        column.addWidget(self.plot, 1)
        parts.addWidget(lower)
        parts.setSizes([looks.px(280), looks.px(320)])
        self.body.addLayout(self._fields)
        self.body.addWidget(parts, 1)
        self._late = QTimer(self, singleShot=True, interval=PATIENCE)
        self._late.timeout.connect(self._show)
        for before, after in pairwise((self.go, self.table, self.which.button(0), self.which.button(1), self.profile)):
            self.setTabOrder(before, after)
        self.setTabOrder(self.profile, self.plot)
        self._connect()
        self.refresh()

    def _make_fields(self) -> None:
        self.kind = QComboBox()
        for name, (text, tip) in KINDS.items():
            self.kind.addItem(text, name)
            self.kind.setItemData(self.kind.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.kind.setAccessibleName("What is drawn anew")
        self.count = Spin()
        self.count.setRange(FEWEST, MOST)
        self.count.setSingleStep(100)
        self.count.setValue(REPLICATES)
        self.count.setAccessibleName("Number of replicates")
        self.count.setToolTip(f"Fits of data drawn anew, {FEWEST} to {MOST:,}; 1,000 and more for steady intervals")
        self.seed = Spin()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setAccessibleName("Seed of the replicates")
        self.seed.setToolTip("The same seed draws the same data, on any number of cores")
        self.go = button("&Start", primary=True)
        self._fields = QHBoxLayout()
        self._fields.setSpacing(8)
        for text, field in (("&Draw", self.kind), ("&Replicates", self.count), ("S&eed", self.seed)):
            if isinstance(field, Spin):
                field.setAlignment(Qt.AlignmentFlag.AlignRight)
                field.setFixedWidth(looks.px(84))
            self._fields.addWidget(dim(text, field))
            self._fields.addWidget(field)
            self._fields.addSpacing(8)
        self._fields.addWidget(self.go)
        self._fields.addStretch(1)
        self.of = dim("")
        self._fields.addWidget(self.of)

    def _connect(self) -> None:
        self.go.clicked.connect(self.start)
        self.profile.clicked.connect(self.start_profile)
        self.table.chosen.connect(self._number_chosen)
        self.which.chosen.connect(lambda place: self._show_number())
        self.kind.activated.connect(self._say_what_may_be)
        document = self.document
        for signal in (document.runs_changed, document.moved, document.scored, document.view_changed):
            signal.connect(self._soon)
        document.selection_changed.connect(lambda: self.table.select_component(document.selected))

    # ---- work

    def start(self) -> None:
        """Draws data anew and fits them, as often as was asked for."""
        found, run = self._here(), self.document.current
        if found is None or run is None:
            return
        plan = Plan(str(self.kind.currentData()), self.count.value(), self.seed.value())
        reason = why_not_drawn(plan.kind, found.fit.data, found.fit.mixture)
        if reason:
            self.say(reason)
            return
        found.plan, found.bootstrapped, self._working = plan, None, (run, found, None)
        found.n_made = 0
        self.which.button(0).setChecked(True)
        fitted = found.fit

        def parts(report: Report) -> Iterator[Sums]:
            done = [0.0]

            def counted() -> Iterator[tuple[int, Replicate]]:
                for number, made in enumerate(replicates(fitted, plan, check=lambda: report(done[0])), start=1):
                    done[0] = number / plan.replicates
                    report(done[0])
                    yield made

            yield from summed(fitted, plan, counted())

        self.begin(parts, f"Fitting {plan.replicates:,} sets of {KINDS[plan.kind][0]} …")
        self._show()

    def start_profile(self) -> None:
        """Moves the selected number, all others following."""
        found, run, number = self._here(), self.document.current, self.table.number
        if found is None or run is None or number is None:
            return
        fitted, self._working = found.fit, (run, found, number)
        found.profiles.pop(number, None)
        found.points[number] = []
        self.which.button(1).setChecked(True)

        def parts(report: Report) -> Iterator[Point | Profile]:
            made: Profile = yield from profiled(fitted, number.name, number.component, lambda: report(0.0))
            yield made

        self.begin(parts, f"Moving the {number.title} of component {number.component} …")
        self._show()

    def take(self, parts: list[Any]) -> None:
        """Replicates, or points of a profile and at last all of it."""
        if self._working is None:
            return
        _, found, number = self._working
        for part in parts:
            if isinstance(part, Sums):
                found.n_made, found.bootstrapped = part.n_made, part.bootstrapped
            elif number is None:
                continue
            elif isinstance(part, Profile):
                found.profiles[number] = part
            else:
                found.points[number].append(part)
        self._soon()

    def _over(self, words: str) -> None:
        super()._over(words)
        self._show()

    def done(self) -> None:
        """All of it is there."""
        if self._working is None or not self._is_current:
            return
        run, found, number = self._working
        if number is not None and number in found.profiles:
            self.say(found.profiles[number].remark)
        elif run.sure == (run.last_number, None) and found.bootstrapped is not None:
            # Where the curvature gives no standard errors these stand in the table of parameters.
            self.document.set_uncertainty(run, found.fit.number, found.bootstrapped)

    def forget(self) -> None:
        """What was found is of other data."""
        self._found.clear()
        self._working = None
        data = self.document.data
        self.kind.setCurrentIndex(self.kind.findData("cases" if data is None else usual(data)))

    # ---- showing

    def refresh(self) -> None:
        """Shows the run that is current."""
        self._show()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        self.table.restyle(theme)
        self.plot.restyle(theme)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """What happened while it was closed is shown."""
        super().showEvent(event)
        self.refresh()

    def _soon(self) -> None:
        if self.isVisible() and not self._late.isActive():
            self._late.start()

    def _here(self) -> Found | None:
        """What is known of the fit at the end of the current run; None where it has none."""
        run = self.document.current
        if run is None or run.outcome is None:
            return None
        found = self._found.get(run)
        if found is None or found.fit.number != run.last_number:
            fitted = fit_of(run)
            if fitted is None:
                return None
            found = self._found[run] = Found(fitted)
        return found

    @property
    def _is_current(self) -> bool:
        """Whether the fit that is worked on is still the end of its run."""
        if self._working is None:
            return True
        run, found, _ = self._working
        return run in self.document.runs and run.outcome is not None and run.last_number == found.fit.number

    def _show(self) -> None:
        """Puts all that is known into table, words and plot."""
        self._late.stop()
        if self.is_busy and not self._is_current:
            self.stop()
            self.say(GONE_ON)
        found, run = self._here(), self.document.current
        self.table.show_lines(lines_of(found, information_of(run)))
        self.of.setText("" if run is None or found is None else run.name)
        self.words.setText(self._sentence(found))
        self._show_number()

    def _show_number(self) -> None:
        found, number, line = self._here(), self.table.number, self._line
        can = found is not None and not self.is_busy
        self.go.setEnabled(can)
        reason = ""
        if found is not None and number is not None and not number.entry:
            reason = why_not(found.fit, number.name, number.component)
        elif number is not None and number.entry:
            reason = "With several columns only weights have a profile."
        self.profile.setEnabled(can and number is not None and not reason)
        self.profile.setToolTip(reason or PROFILE_TIP)
        if found is None or number is None:
            run = self.document.current
            self.plot.show_nothing(COLLAPSED if run is not None and run.is_over else NO_FIT)
        elif self.which.place == 0:
            drawn = found.bootstrapped
            values = np.zeros(0)
            if drawn is not None:
                values = number.of(np.moveaxis(drawn.values[number.name], 0, -1), found.fit.mixture.ids)
            self.plot.show_replicates(line, values)
        else:
            self.plot.show_profile(line, found.points.get(number, []), found.profiles.get(number))

    @property
    def _line(self) -> Line | None:
        row = self.table.currentIndex().row()
        return self.table.rows.lines[row] if 0 <= row < len(self.table.rows.lines) else None

    def _number_chosen(self) -> None:
        number = self.table.number
        if number is not None and number.component != self.document.selected:
            self.document.select(number.component)
        self._show_number()

    def _say_what_may_be(self) -> None:
        found = self._here()
        kind = str(self.kind.currentData())
        self.say("" if found is None else why_not_drawn(kind, found.fit.data, found.fit.mixture))

    def _sentence(self, found: Found | None) -> str:
        """How many replicates there are, what was left out, and what changed places."""
        if found is None or found.plan is None or not found.n_made:
            return ""
        n, drawn = found.n_made, found.bootstrapped
        words = [f"{n:,} of {found.plan.replicates:,} replicates" if n < found.plan.replicates else f"{n:,} replicates"]
        words[0] += f", {KINDS[found.plan.kind][0]}."
        left_out = n if drawn is None else drawn.n_left_out
        if left_out:
            words.append(f"{left_out:,} led to no proper fit and are left out.")
        if drawn is not None and drawn.n_capped:
            words.append(f"{drawn.n_capped:,} were stopped before they had converged, and count.")
        if drawn is not None and drawn.n_unbounded:
            words.append(f"Degrees of freedom grow without bound in {drawn.n_unbounded:,}.")
        if drawn is not None:
            words.append(alignment(drawn, found.fit.mixture.ids) or "No components changed places.")
        return " ".join(words)
