"""The sheet that says how sure a fit is, driven by mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.constraints import Constraints, parse
from core.data import Data
from core.io import read_table
from core.options import FitOptions
from core.roles import Roles
from core.samples import list_samples
from core.sureness.bootstrap import Bootstrapped, Plan, bootstrap
from core.sureness.uncertainty import BOUND, HELD
from emgui.document import Document
from emgui.scoring import Scorer
from emgui.sheets.sureness import SurenessSheet
from emgui.sheets.sureness_found import alignment, fit_of
from emgui.sheets.sureness_table import (
    BIAS,
    BOOTSTRAP,
    BY_BOOTSTRAP,
    BY_INFORMATION,
    ESTIMATE,
    INFORMATION,
    NONE,
    PROFILE,
    UNBOUNDED,
)  # fmt: skip
from emgui.theme import DARK, LIGHT
from emgui.transport import Transport

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A document with a run, and the sheet."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.document = qtbot, Document()
        self.transport, self.scorer = Transport(self.document), Scorer(self.document)
        self.sheet = SurenessSheet(self.document, LIGHT)
        self.sheet.show()

    def open(self, data: Data | None = None, **options: object) -> None:
        """Opens data, Old Faithful's waits if not said otherwise."""
        sample = list_samples()[0]
        data = data or read_table(sample.path).data(sample.column)
        self.document.set_data(data, options=FitOptions(**options))  # type: ignore[arg-type]
        self.qtbot.waitUntil(lambda: self.document.moment is not None, timeout=10_000)

    def finish(self) -> None:
        """Runs to the end."""
        self.transport.finish()
        run = self.document.current
        assert run is not None
        self.qtbot.waitUntil(lambda: run.sure is not None, timeout=10_000)
        self.qtbot.waitUntil(lambda: bool(self.sheet.table.rows.lines) and not self.sheet._late.isActive())

    def press(self, button: object) -> None:
        """Clicks a button and waits for what it began."""
        self.qtbot.mouseClick(button, LEFT)
        self.qtbot.waitUntil(lambda: not self.sheet.is_busy, timeout=20_000)

    def click_row(self, row: int) -> None:
        """Clicks a row of the table."""
        table = self.sheet.table
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.rows.index(row, ESTIMATE)).center())

    def cell(self, row: int, column: int) -> str:
        """What is written in the table."""
        return self.sheet.table.rows.texts(row)[column]

    def close(self) -> None:
        """Closes everything."""
        self.sheet.close()
        self.sheet.end()
        self.sheet.deleteLater()
        self.transport.close()
        self.scorer.close()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.close()


def test_before_a_run_has_ended_it_says_what_will_be_there(qtbot: QtBot, desk: Desk) -> None:
    assert not desk.sheet.go.isEnabled()
    desk.open()
    assert not desk.sheet.go.isEnabled()
    desk.sheet.plot.flush()
    assert "press Run" in desk.sheet.plot._hint.text
    desk.finish()
    desk.sheet.plot.flush()
    assert "Press Start" in desk.sheet.plot._hint.text


def test_start_fills_the_table_and_draws_the_replicates(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    assert desk.cell(1, BY_INFORMATION) == "0.70"
    assert desk.cell(1, BY_BOOTSTRAP) == NONE
    desk.sheet.count.setValue(40)
    desk.press(desk.sheet.go)
    fitted = fit_of(desk.document.current)
    assert fitted is not None
    expected = bootstrap(fitted, Plan("cases", 40), cores=1)
    assert expected is not None
    at = fitted.mixture.ids.index(1)
    assert desk.cell(1, BY_BOOTSTRAP) == f"{expected.standard_errors['mean'][at]:.2f}"
    low, high = expected.intervals["mean"][at]
    assert desk.cell(1, BOOTSTRAP) == f"{low:.2f} to {high:.2f}"
    assert desk.cell(1, BIAS) != NONE
    assert desk.sheet.words.text() == "40 replicates, rows with replacement. No components changed places."
    desk.click_row(4)
    assert desk.document.selected == 2
    desk.sheet.plot.flush()
    assert desk.sheet.plot.values == pytest.approx(expected.values["mean"][:, fitted.mixture.ids.index(2)])
    assert "40 replicates of mean" in desk.sheet.plot.accessibleDescription()


def test_a_profile_of_the_selected_number_can_be_had(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    desk.click_row(2)
    desk.press(desk.sheet.profile)
    assert desk.cell(2, PROFILE) == "4.94 to 7.11"
    assert desk.cell(2, INFORMATION) == "4.91 to 7.03"
    assert desk.sheet.which.place == 1
    desk.sheet.plot.flush()
    assert "95 % interval from 4.94" in desk.sheet.plot.accessibleDescription()
    x, y = desk.sheet.plot.curve.getData()
    assert y.max() == pytest.approx(0.0, abs=1e-6)
    assert (np.diff(x) > 0).all()
    desk.click_row(0)
    desk.sheet.plot.flush()
    assert "Find profile" in desk.sheet.plot._hint.text


def test_escape_stops_and_what_was_found_stays(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    desk.sheet.count.setValue(100_000)
    qtbot.mouseClick(desk.sheet.go, LEFT)
    qtbot.waitUntil(lambda: desk.cell(1, BY_BOOTSTRAP) != NONE, timeout=20_000)
    assert not desk.sheet.profile.isEnabled()
    qtbot.keyClick(desk.sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not desk.sheet.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: desk.sheet.go.isEnabled(), timeout=5_000)
    assert desk.cell(1, BY_BOOTSTRAP) != NONE
    assert " of 100,000 replicates" in desk.sheet.words.text()


def test_what_is_held_is_shown_as_such_and_has_no_profile(qtbot: QtBot, desk: Desk) -> None:
    desk.open(constraints=Constraints((parse("fix", "mean[1]=55"),)))
    desk.finish()
    assert desk.cell(1, BY_INFORMATION) == HELD
    desk.click_row(1)
    assert not desk.sheet.profile.isEnabled()
    assert desk.sheet.profile.toolTip() == "It is held at a value."
    desk.sheet.plot.flush()
    assert "held" in desk.sheet.plot._hint.text
    desk.click_row(4)
    assert desk.sheet.profile.isEnabled()


def test_weighted_rows_are_weighed_and_cannot_come_from_the_model(qtbot: QtBot, desk: Desk) -> None:
    rng = np.random.default_rng(3)
    weights = rng.exponential(size=120)
    data = Data(rng.normal(size=120), ("x",), counts=weights / weights.mean(), roles=Roles(("x",), weights="w"))
    desk.open(data, n_components=1)
    desk.finish()
    assert desk.sheet.kind.currentData() == "weighted"
    desk.sheet.kind.setCurrentIndex(desk.sheet.kind.findData("parametric"))
    desk.press(desk.sheet.go)
    assert "Choose weighted in place of parametric" in desk.sheet.foot_words.text()


def test_where_the_curvature_gives_none_those_of_the_bootstrap_stand_in_the_window(qtbot: QtBot, desk: Desk) -> None:
    desk.open(constraints=Constraints((parse("prior", "weight=2"),)))
    desk.finish()
    assert desk.document.sure is None
    desk.sheet.count.setValue(20)
    desk.press(desk.sheet.go)
    qtbot.waitUntil(lambda: isinstance(desk.document.sure, Bootstrapped))
    assert desk.cell(1, BY_INFORMATION) == NONE


def test_the_table_is_copied_with_all_digits(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    desk.sheet.table.setFocus()
    qtbot.keyClick(desk.sheet.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 7
    assert lines[0].split("\t")[:4] == ["component", "parameter", "estimate", "se_information"]
    assert float(lines[2].split("\t")[3]) == pytest.approx(0.69967, rel=1e-4)


def test_other_data_are_begun_with_and_another_theme_is_taken_on(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    desk.sheet.count.setValue(15)
    desk.press(desk.sheet.go)
    desk.sheet.restyle(DARK)
    desk.sheet.plot.flush()
    desk.open()
    assert desk.sheet.table.rows.lines == []
    desk.finish()
    assert desk.cell(1, BY_BOOTSTRAP) == NONE


def test_the_alignment_is_told_in_words(qtbot: QtBot, desk: Desk) -> None:
    desk.open()
    desk.finish()
    fitted = fit_of(desk.document.current)
    assert fitted is not None
    found = bootstrap(fitted, Plan("cases", 12), cores=1)
    assert found is not None
    assert alignment(found, (1, 2)) == ""
    first, *rest = found.replicates
    swapped = replace(found, replicates=(replace(first, order=(1, 0)), *rest))
    words = "Components were exchanged in 1, so that each stands for its own: 2 became 1 in 1; 1 became 2 in 1."
    assert alignment(swapped, (1, 2)) == words


def test_what_is_found_of_a_fit_is_never_shown_of_a_later_one(qtbot: QtBot, desk: Desk) -> None:
    desk.open(family="gamma")
    desk.finish()
    run = desk.document.current
    assert run is not None
    ended = run.last_number
    desk.sheet.count.setValue(5_000)
    qtbot.mouseClick(desk.sheet.go, LEFT)
    qtbot.waitUntil(lambda: desk.sheet.words.text() != "", timeout=10_000)
    for _ in range(6):
        desk.transport.forward()
    qtbot.waitUntil(lambda: run.last_number > ended and run.outcome is not None, timeout=10_000)
    qtbot.waitUntil(lambda: not desk.sheet.is_busy, timeout=10_000)
    qtbot.waitUntil(lambda: not desk.sheet._late.isActive())
    assert run is desk.document.current
    assert run.last_number > ended
    assert "given up" in desk.sheet.foot_words.text()
    assert desk.cell(1, BY_BOOTSTRAP) == NONE
    assert desk.sheet.words.text() == ""


def test_why_a_number_has_no_standard_error_stands_in_its_place(qtbot: QtBot, desk: Desk) -> None:
    desk.open(constraints=Constraints((parse("bound", "sd[1]=0.1:5"),)))
    desk.finish()
    desk.sheet.count.setValue(10)
    desk.press(desk.sheet.go)
    assert desk.cell(2, BY_INFORMATION) == desk.cell(2, BY_BOOTSTRAP) == BOUND
    assert desk.cell(2, BOOTSTRAP) == NONE
    tip = desk.sheet.table.rows.data(desk.sheet.table.rows.index(2, BY_BOOTSTRAP), Qt.ItemDataRole.ToolTipRole)
    assert "constraint" in str(tip)


def test_replicates_without_bound_are_told_of(qtbot: QtBot, desk: Desk) -> None:
    rng = np.random.default_rng(1)
    desk.open(Data(rng.normal(size=150), ("x",)), family="student_t", n_components=1, start="quantiles")
    desk.finish()
    desk.sheet.count.setValue(30)
    desk.press(desk.sheet.go)
    row = next(row for row, line in enumerate(desk.sheet.table.rows.lines) if line.number.name == "degrees_of_freedom")
    assert desk.cell(row, BY_BOOTSTRAP) == UNBOUNDED
    assert desk.cell(row, BIAS) == NONE
    assert desk.cell(row, BOOTSTRAP) != NONE
    assert "Degrees of freedom grow without bound in" in desk.sheet.words.text()
