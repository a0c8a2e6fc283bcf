"""Goodness of fit: rows against the fit in pictures, tests by simulated sets, and how sure memberships are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core import formatting
from core.data import Data
from core.goodness.classification import Classification
from core.goodness.empirical import Empirical
from core.goodness.judgement import Goodness
from core.goodness.statistics import TITLES, chi_square_p
from core.goodness.words import p_text, verdict
from core.stopping import DEGENERATE
from emgui import theme as looks
from emgui.dialogs.parts import button, caption, dim, heading, paragraph
from emgui.forms import scrolled, spin
from emgui.sheets.goodness_bars import RESIDUALS, MembershipsPlot, ResidualsPlot
from emgui.sheets.goodness_looks import Drawn, Look, Seen, drawn, looked
from emgui.sheets.goodness_points import PointsPlot
from emgui.sheets.goodness_tables import FiguresTable
from emgui.sheets.segments import Segments
from emgui.sheets.sheet import Sheet
from emgui.theme import Theme, named

PICTURES = (
    ("QQ", "The values of the rows against those that the fit expects at the same share"),
    ("PP", "The fitted probability at each value against the share of rows up to it"),
    ("cdf", "The share of rows up to each value, over the fitted distribution"),
    ("Residuals", "What the bars of the histogram are above or below the fit"),
    ("Memberships", "How sure it is which component each row belongs to"),
)
LATER = 120
"""Milliseconds after which the cursor is followed."""
SETS, MOST_SETS = 200, 100_000
WIDTH, BESIDE = 296, 12
"""Of the figures, and of the bar that scrolls them where the window is low, in px at scale 1."""
EXPLAINED = "p: the share of sets, simulated from this fit and fitted again, that are as far from their own fit."


class GoodnessSheet(Sheet):
    """Pictures on the left, figures on the right; follows the cursor."""

    TITLE = "Goodness of fit"
    SIZE = (980, 620)

    def build(self) -> None:
        """Makes what is in the window."""
        self._seen: Seen | None = None
        self._look: Look | None = None
        self._sure: Classification | None = None
        self._empirical: tuple[Data, Empirical] | None = None
        self._is_testing = False
        self._wanted = 0
        self.points = PointsPlot(self.document, self.theme)
        self.residuals = ResidualsPlot(self.document, self.theme)
        self.memberships = MembershipsPlot(self.document, self.theme)
        self.pictures = QStackedWidget()
        for plot in (self.points, self.residuals, self.memberships):
            self.pictures.addWidget(plot)
        self.segments = Segments("Picture", PICTURES)
        self.segments.chosen.connect(self._show_picture)
        self.residual_kind = QComboBox()
        self.residual_kind.setAccessibleName("Kind of residuals")
        self.residual_kind.addItems([title for title, _ in RESIDUALS])
        self.residual_kind.currentIndexChanged.connect(self._show_residuals)
        self.differences = QCheckBox("&Differences")
        self.differences.setToolTip("Draw how far rows and envelope are from the fit")
        self.differences.toggled.connect(self.points.show_differences)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.segments)
        top.addWidget(self.differences)
        top.addWidget(self.residual_kind)
        top.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        self.key = caption("")
        self.key.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.pictures, 1)
        left.addWidget(self.key)
        middle.addLayout(left, 1)
        middle.addWidget(self._make_figures())
        self.body.addLayout(top)
        self.body.addLayout(middle, 1)
        self._late = QTimer(self, singleShot=True, interval=LATER)
        self._late.timeout.connect(self._follow)
        self.document.moved.connect(self._soon)
        self.document.histogram_changed.connect(self._show_bars)
        self._show_picture(0)

    def _make_figures(self) -> QWidget:
        side = named(QWidget(), "panel")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, looks.px(BESIDE), 0)
        column.setSpacing(8)
        self.words = paragraph("")
        self.distances = FiguresTable("Distances from the fit", ("", "distance", "p"), (84, 56))
        self.note = caption("")
        self.note.setWordWrap(True)
        self.n_sets = spin("Simulated sets", 19, MOST_SETS, SETS)
        self.n_sets.setSingleStep(100)
        self.start = button("Start")
        self.start.setToolTip("Simulates sets from this fit, fits each again, and compares")
        self.start.clicked.connect(self.draw_sets)
        row = QHBoxLayout()
        row.addWidget(dim("Simulated &sets", self.n_sets))
        row.addWidget(self.n_sets)
        row.addStretch(1)
        row.addWidget(self.start)
        self.members = FiguresTable("Memberships", ("component", "rows", "posterior", "missed"), (64, 68, 60))
        self.sure_note = caption("")
        self.sure_note.setWordWrap(True)
        column.addWidget(heading("Distance from the fit"))
        column.addWidget(self.distances)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addWidget(self.words)
        column.addSpacing(12)
        column.addWidget(heading("Memberships"))
        column.addWidget(self.members)
        column.addWidget(self.sure_note)
        column.addStretch(1)
        area = scrolled(side)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(looks.px(WIDTH) + looks.px(BESIDE))
        return area

    # ---- following the document

    def refresh(self) -> None:
        """Looks at where the cursor stands."""
        if self._sure is None and not self.is_busy:
            self._seen = None  # a look that was given up begins again
        self._late.start()

    def stop(self) -> None:
        """Gives up a look, or the sets."""
        if self.is_busy and not self._is_testing:
            self._seen = None
        self._is_testing = False
        super().stop()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """The cursor is followed no longer."""
        self._late.stop()
        super().closeEvent(event)

    def forget(self) -> None:
        """Other data are open."""
        self._seen = self._look = self._sure = self._empirical = None
        self._show()
        self._show_bars()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        for plot in (self.points, self.residuals, self.memberships):
            plot.restyle(theme)
        self.members.viewport().update()

    def _soon(self) -> None:
        if self.isVisible() and not self._late.isActive():
            self._late.start()

    def _follow(self) -> None:
        now = self._now()
        if now is None:
            self.stop()
            self.forget()
            return
        if now.is_like(self._seen):
            return
        if self.is_busy and not self._is_testing and self._seen is not None and self._seen.data is now.data:
            self._late.start()  # a look is under way: let it end, else a run that goes on would never be seen
            return
        if self.is_busy and self._is_testing:
            self.say("Other parameters are shown: the simulated sets were given up.")
        known = self._empirical[1] if self._empirical is not None and self._empirical[0] is now.data else None
        self.begin(lambda report: looked(now, known, report), "Looking at the rows …")
        self._seen = now

    def _now(self) -> Seen | None:
        document = self.document
        moment, data, run = document.moment, document.data, document.current
        if moment is None or data is None or run is None:
            return None
        is_fit = moment.outcome is not None and moment.outcome.status != DEGENERATE
        return Seen(data, moment.observed, run.options, is_fit)

    # ---- sets

    def draw_sets(self) -> None:
        """Draws sets from the fit, fits them again, and shows p-values as they come."""
        seen, found = self._seen, self._look
        if seen is None or found is None or self.is_busy:
            return
        wanted = self._wanted = self.n_sets.value()
        self.begin(lambda report: drawn(seen, found, wanted, report), f"Set 0 of {wanted:,}")
        self._is_testing = True
        self._show()

    # ---- what arrives

    def take(self, parts: list[Any]) -> None:
        """A look, memberships, or what sets say so far."""
        for part in parts:
            if isinstance(part, Look):
                self._look, self._sure = part, None
                self._show_bars()
                if part.empirical is not None and self._seen is not None:
                    self._empirical = self._seen.data, part.empirical
            elif isinstance(part, Classification):
                self._sure = part
            elif isinstance(part, Drawn) and self._look is not None:
                envelope, bands = part.envelope or self._look.envelope, part.bands or self._look.bands
                found = self._look
                self._look = Look(part.goodness, envelope, bands, found.why_not, found.empirical)
                self.say(f"Set {part.done:,} of {self._wanted:,}")
        self._show()

    def done(self) -> None:
        """The work has ended."""
        self._is_testing = False
        self._show()

    def _over(self, words: str) -> None:
        super()._over(words)
        self._is_testing = False
        self._show()

    # ---- what is shown

    def _show_picture(self, place: int) -> None:
        self.pictures.setCurrentIndex((0, 0, 0, 1, 2)[place])
        self.residual_kind.setVisible(place == 3)
        self.differences.setVisible(place < 3)
        if place < 3:
            self.points.show_kind(("qq", "pp", "cdf")[place])
        self._show_key()

    def _show_residuals(self, kind: int) -> None:
        self.residuals.show_kind(kind)
        self._show_key()

    def _show_key(self) -> None:
        found, place = self._look, self.segments.place
        self.key.setText("" if found is None else _key(found, place, self.residual_kind.currentIndex()))

    def _show(self) -> None:
        found = self._look
        if found is None:
            self.points.show_points(None, None, None)
        else:
            self.points.show_points(found.goodness.points, found.envelope, found.bands, found.why_not)
        self.memberships.show_classification(self._sure)
        self._show_distances(found)
        self._show_members()
        self._show_key()

    def _show_bars(self) -> None:
        """The residuals are those of the bars of the window, however many these are."""
        if self._seen is None or self._look is None or self._seen.data is not self.document.data:
            self.residuals.show_residuals(None)
        else:
            self.residuals.show_residuals(self._seen.residuals(self.document.histogram))
        self._show_key()

    def _show_distances(self, found: Look | None) -> None:
        of = None if found is None else found.goodness
        rows = [] if of is None else _rows(of)
        self.distances.figures.show_rows(rows)
        self.distances.setVisible(bool(rows))
        why_not = self._why_no_sets(of)
        self.start.setEnabled(not why_not and not self._is_testing)
        self.n_sets.setEnabled(not why_not and not self._is_testing)
        self.note.setText(why_not or _note(of))
        self.words.setText("" if found is None or of is None else verdict(of, found.envelope))

    def _why_no_sets(self, of: Goodness | None) -> str:
        if of is None or self._seen is None:
            return "Distances and p-values come with a fit."
        if not of.measured.statistics:
            return "There is no distance to be tested."
        if of.why_no_p:
            return of.why_no_p
        if not self._seen.is_fit:
            return "p-values are of a fit: run to the end, and look at the last iteration."
        return ""

    def _show_members(self) -> None:
        sure = self._sure
        self.members.setVisible(sure is not None)
        if sure is None:
            self.members.figures.show_rows([])
            self.sure_note.setText("How sure memberships are comes with a start.")
            return
        rows = []
        for k, identity in enumerate(sure.ids):
            numbers = (sure.average_posterior[k], sure.missed[k])
            rows.append([str(identity), formatting.count(sure.members[k]), *(formatting.number(n, 3) for n in numbers)])
        self.members.figures.show_rows(rows, sure.ids)
        self.sure_note.setText(
            f"Posterior: its mean over the members of the component. Missed: share of the component's rows that is "
            f"expected among the members of others. Of all rows {100 * sure.uncertainty:.2g} % are expected to be "
            f"misclassified; entropy {formatting.number(sure.normalised_entropy, 3)} (0: all rows are sure, 1: none)."
            if len(sure.ids) > 1
            else "With one component every row belongs to it."
        )


def _key(found: Look, place: int, kind: int) -> str:
    """What the shades and lines of a picture are."""
    envelope = found.envelope
    if place < 3 and found.goodness.points is not None:
        if envelope is None:
            return "No envelope is drawn where values are censored. Simulate sets to have p-values."
        sets_drawn = f"{envelope.n_sets:,} sets simulated from this fit" + (
            ", each fitted again," if envelope.refitted else ", not fitted again,"
        )
        return f"Shaded: where 95 % of {sets_drawn} lie; darker: at each point by itself, paler: at all points at once."
    if place == 3:
        if kind == 0:
            return "Bars hang from the curve of the fit; where one ends above or below 0, rows are missing or too many."
        return "Rows beyond what the fit expects, in sds of a count; the dashed lines hold about 95 % of the bars."
    if place == 4:
        return "Rows on the left are sure of their component; those at the right end could as well be of another."
    return ""


def _rows(of: Goodness) -> list[list[str]]:
    values = formatting.column(list(of.measured.statistics.values()), digits=4)
    p_values = [of.p_values.get(name) for name in of.measured.statistics]
    p_texts = ["–" if p is None else p_text(p, of.n_sets) for p in p_values]
    return [[TITLES[name], *row] for name, *row in zip(of.measured.statistics, values, p_texts, strict=True)]


def _note(of: Goodness | None) -> str:
    if of is None:
        return ""
    told = []
    left = of.measured.degrees_of_freedom
    if of.measured.cells is not None and left is not None:
        told.append(f"{len(of.measured.cells.low)} cells.")
        p = chi_square_p(of.measured.statistics["chi_square"], left)
        if p is not None:
            told.append(f"By the chi-square distribution with {left} degrees of freedom p = {p_text(p, 1000)}.")
    if of.n_sets:
        told.append(f"p: bootstrap, {of.n_sets:,} simulated sets refitted.")
    else:
        told.append(EXPLAINED)
    if of.n_failed:
        told.append(f"{of.n_failed:,} more had no proper fit.")
    return " ".join(told)
