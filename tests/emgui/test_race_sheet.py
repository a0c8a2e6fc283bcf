"""The race, driven as a person would: variants chosen, started, given up, and one made in the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.algorithms import ALGORITHMS
from core.race import Aim, Leg, Standings
from emgui import theme
from emgui.sheets.race import RaceSheet, winner
from emgui.sheets.race_plot import seconds_in_short
from emgui.window import Window


@pytest.fixture
def sheet(qtbot: QtBot, faithful: Path) -> Iterator[RaceSheet]:
    window = Window(theme.LIGHT)
    window.show()
    window.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: window.document.moment is not None, timeout=20_000)
    window.open_sheet("race")
    made = window.sheets["race"]
    assert isinstance(made, RaceSheet)
    choose(made, "em", "squarem")
    yield made
    for run in window.document.runs:
        run.saved = True
    window.close()
    window.deleteLater()


def choose(sheet: RaceSheet, *names: str) -> None:
    for name, box in sheet.variants.items():
        box.setChecked(name in names)


def raced(qtbot: QtBot, sheet: RaceSheet) -> None:
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    assert sheet.is_busy
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=30_000)


def test_the_chosen_variants_race_and_the_table_says_who_came_first(qtbot: QtBot, sheet: RaceSheet) -> None:
    raced(qtbot, sheet)
    rows = sheet.table.rows
    assert sorted(rows.names) == ["em", "squarem"]
    assert sheet.standings is not None
    assert sheet.standings.aim == pytest.approx(-1034.0017, abs=1e-3)
    passes = [sheet.standings.reached(name, 1e-6) for name in rows.names]
    assert all(at is not None for at in passes)
    assert passes == sorted(passes, key=lambda at: at or (np.inf, np.inf))
    assert "within 1e−6 of the maximum" in sheet.sentence.text()
    assert rows.texts(0)[6].startswith("Converged")


def test_both_plots_draw_every_track_to_where_it_ended(qtbot: QtBot, sheet: RaceSheet) -> None:
    raced(qtbot, sheet)
    assert sheet.standings is not None
    for plot in sheet.plots:
        plot.flush()
        for name, track in sheet.standings.tracks.items():
            x, y = plot.place(name)
            assert x > 0.0
            assert y == pytest.approx(np.log10(sheet.standings.gaps(name)[-1]))
            assert plot.accessibleDescription().count(ALGORITHMS[track.name].title)


def test_a_click_on_a_row_makes_that_run_from_the_same_start(qtbot: QtBot, sheet: RaceSheet) -> None:
    begun = sheet.document.current
    assert begun is not None
    start = begun.mixture(0)
    raced(qtbot, sheet)
    row = sheet.table.rows.names.index("squarem")
    at = sheet.table.visualRect(sheet.table.rows.index(row, 2)).center()
    qtbot.mouseClick(sheet.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    document = sheet.document
    qtbot.waitUntil(lambda: bool(document.runs) and document.runs[-1].has_ended, timeout=20_000)
    run = document.runs[-1]
    assert run.options.algorithm == "squarem"
    np.testing.assert_array_equal(run.mixture(0).parameters["mean"], start.parameters["mean"])
    assert sheet.standings is not None
    there = sheet.standings.tracks["squarem"].points[2]
    np.testing.assert_allclose(run.history.scalar("log_likelihood"), there, rtol=1e-12)


def test_a_click_on_the_end_of_a_line_selects_its_row(qtbot: QtBot, sheet: RaceSheet) -> None:
    raced(qtbot, sheet)
    plot = sheet.plots[0]
    plot.flush()
    at = plot.plot.mapFromScene(plot.box.mapViewToScene(QPointF(*plot.place("em"))))
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: sheet.table.name == "em")


def test_escape_ends_the_race_and_keeps_the_lines(qtbot: QtBot, sheet: RaceSheet) -> None:
    choose(sheet, "stochastic")
    sheet.passes.setValue(100_000)
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    assert sheet.standings is not None
    track = sheet.standings.tracks["stochastic"]
    qtbot.waitUntil(lambda: track.points.shape[1] > 1, timeout=20_000)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=20_000)
    assert track.points.shape[1] > 1


def test_without_a_variant_there_is_nothing_to_start(sheet: RaceSheet) -> None:
    choose(sheet)
    assert not sheet.go.isEnabled()
    sheet.variants["em"].setChecked(True)
    assert sheet.go.isEnabled()


def test_copy_puts_the_table_on_the_clipboard(qtbot: QtBot, sheet: RaceSheet) -> None:
    raced(qtbot, sheet)
    sheet.table.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].startswith("variant\tpasses to 1e−6")
    assert len(lines) == 3


def leg(name: str, passes: list[float], seconds: list[float], heights: list[float]) -> Leg:
    rows = (np.array(values) for values in (passes, seconds, heights))
    return Leg(name, *rows, len(passes), None, "Converged.", heights[-1])


def test_the_sentence_tells_fewest_passes_from_least_time() -> None:
    standings = Standings(["em", "squarem"])
    standings.take(Aim(-10.0))
    standings.take(leg("em", [0, 30], [0.0, 0.1], [-20.0, -10.0]))
    standings.take(leg("squarem", [0, 12], [0.0, 0.2], [-20.0, -10.0]))
    assert winner(standings, 1e-6) == "SQUAREM came within 1e−6 of the maximum in fewest passes, 12; EM in least time."


def test_a_start_at_the_maximum_is_no_race() -> None:
    standings = Standings(["em"])
    standings.take(leg("em", [0, 1], [0.0, 0.1], [-10.0, -10.0]))
    assert winner(standings, 1e-6) == "The start itself is within 1e−6 of the maximum."


def test_a_variant_that_ended_lower_reached_nothing() -> None:
    standings = Standings(["em", "squarem"])
    standings.take(Aim(-12.0))
    standings.take(leg("em", [0, 30], [0.0, 0.1], [-20.0, -12.0]))
    standings.take(leg("squarem", [0, 12], [0.0, 0.2], [-20.0, -10.0]))
    assert standings.aim == -10.0
    assert standings.reached("em", 1e-6) is None
    assert standings.gaps("em")[-1] == 2.0


@pytest.mark.parametrize(("seconds", "text"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.5e-6, "4.5 µs"), (0.0, "0 µs")])
def test_times_stand_in_the_unit_that_suits_them(seconds: float, text: str) -> None:
    assert seconds_in_short(seconds) == text
