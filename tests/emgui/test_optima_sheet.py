"""The map of the optima, driven as a person would: starts found, a row taken, the current run marked, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.optima import Optimum
from core.optima_map import Map
from emgui import theme
from emgui.sheets.optima import OptimaSheet, sentences
from emgui.sheets.optima_plot import place_of
from emgui.window import Window

ONE = Mixture(Gaussian(), np.ones(1), {"mean": np.zeros(1), "sd": np.ones(1)})


@pytest.fixture
def sheet(qtbot: QtBot, faithful: Path) -> Iterator[OptimaSheet]:
    window = Window(theme.LIGHT)
    window.show()
    window.document.set_options(replace(window.document.options, n_components=2, tolerance=1e-8))
    window.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(
        lambda: window.document.moment is not None and window.document.histogram is not None, timeout=20_000
    )
    window.open_sheet("optima")
    made = window.sheets["optima"]
    assert isinstance(made, OptimaSheet)
    made.starts.setValue(20)
    yield made
    for run in window.document.runs:
        run.saved = True
    window.close()
    window.deleteLater()


def searched(qtbot: QtBot, sheet: OptimaSheet) -> None:
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    assert sheet.is_busy
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=30_000)


def window_of(sheet: OptimaSheet) -> Window:
    window = sheet.parent()
    assert isinstance(window, Window)
    return window


def test_the_button_fills_the_list_and_says_how_often_the_best_was_reached(qtbot: QtBot, sheet: OptimaSheet) -> None:
    assert sheet.table.rows.rowCount() == 0
    searched(qtbot, sheet)
    assert sheet.map is not None
    assert sheet.map.best is not None
    assert sheet.map.best.log_likelihood == pytest.approx(-1034.0017, abs=1e-3)
    assert f"{sheet.map.best.n_starts} of 20" in sheet.table.rows.texts(0)[3]
    assert str(sheet.map.best.n_starts) in sheet.sentence.text()
    assert sheet.table.rows.texts(0)[2] == "best"
    assert sheet.table.rows.sketch(0) is not None


def test_a_click_on_a_row_shows_that_fit_as_a_run_and_marks_it(qtbot: QtBot, sheet: OptimaSheet) -> None:
    searched(qtbot, sheet)
    document = sheet.document
    at = sheet.table.visualRect(sheet.table.rows.index(0, 1)).center()
    qtbot.mouseClick(sheet.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: bool(document.runs) and document.runs[-1].has_ended)
    assert sheet.map is not None
    assert sheet.map.best is not None
    assert document.runs[-1].log_likelihood == pytest.approx(sheet.map.best.log_likelihood, abs=1e-5)
    assert sheet.table.rows.is_here(0)
    assert "current run" in sheet.table.rows.words(0)


def test_enter_takes_the_row_that_the_arrow_keys_have_come_to(qtbot: QtBot, sheet: OptimaSheet) -> None:
    searched(qtbot, sheet)
    taken: list[int] = []
    sheet.table.chosen.connect(taken.append)
    sheet.table.setFocus()
    sheet.table.selectRow(0)
    assert taken == []
    qtbot.keyClick(sheet.table, Qt.Key.Key_Return)
    assert taken == [0]


def test_a_click_on_a_dot_takes_its_optimum(qtbot: QtBot, sheet: OptimaSheet) -> None:
    searched(qtbot, sheet)
    plot = sheet.plot
    plot.flush()
    taken: list[int] = []
    plot.chosen.connect(taken.append)
    x, y = plot.place(0)
    at = plot.plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: taken == [0])
    assert sheet.table.currentIndex().row() == 0


def test_copy_puts_the_list_on_the_clipboard(qtbot: QtBot, sheet: OptimaSheet) -> None:
    searched(qtbot, sheet)
    sheet.table.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[0] == "log-likelihood"
    assert float(lines[1].split("\t")[0]) == pytest.approx(-1034.0017, abs=1e-3)


def test_escape_ends_the_search_and_keeps_what_was_found(qtbot: QtBot, sheet: OptimaSheet) -> None:
    sheet.document.set_options(replace(sheet.document.options, family="student_t", n_components=3))
    sheet.starts.setValue(500)
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.map is not None, timeout=30_000)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=30_000)
    assert sheet.map is not None
    assert sheet.map.n_done < 500
    assert "Cancelled" in sheet.foot_words.text()


def test_another_model_in_the_form_is_that_of_the_next_map(qtbot: QtBot, sheet: OptimaSheet) -> None:
    assert sheet.model.text() == "K = 2, full"
    searched(qtbot, sheet)
    sheet.document.set_options(replace(sheet.document.options, n_components=3))
    assert sheet.model.text() == "K = 2, full; next: K = 3, full"
    assert sheet.map is not None
    assert sheet.map.optima[0].mixture.n_components == 2


def test_other_data_empty_the_map(qtbot: QtBot, sheet: OptimaSheet) -> None:
    searched(qtbot, sheet)
    window_of(sheet).document.clear()
    assert sheet.map is None
    assert sheet.table.rows.rowCount() == 0
    assert not sheet.go.isEnabled()


def found(*numbers: int, degenerate: int = 0, lost: int = 0) -> Map:
    optima = [Optimum(-float(place), ONE, n, None) for place, n in enumerate(numbers)]
    optima += [Optimum(5.0, ONE, degenerate, "a spike")] if degenerate else []
    n = sum(numbers) + degenerate + lost
    return Map(n, n, lost, tuple(optima), True)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (found(37, 100, 43, 20), "The best of 4 optima was reached by 37 of 200 starts."),
        (found(2, 198), "The best optimum is lonely: 2 of 200 starts reached it; try more."),
        (found(200), "All 200 starts lead to the same optimum."),
        (found(150, degenerate=50), "The only proper optimum was reached by 150 of 200 starts."),
        (found(degenerate=20), "None of 20 starts has led to a proper optimum."),
    ],
)
def test_a_sentence_says_what_the_map_means(made: Map, said: str) -> None:
    assert sentences(made, False)[0] == said


def test_degenerate_and_lost_starts_are_counted_in_words() -> None:
    more = sentences(found(20, degenerate=1, lost=3), False)[1]
    assert more.startswith("1 start ended degenerate")
    assert more.endswith("3 starts led nowhere.")


def test_places_in_the_plot_keep_the_order_of_the_differences() -> None:
    differences = np.array([-1e9, -3.0, -0.1, 0.0, 0.2, 1e5])
    places = [place_of(one) for one in differences]
    assert places == sorted(places)
    assert place_of(0.0) == 0.0


def test_a_run_is_called_by_the_count_that_the_sentence_tells(sheet: OptimaSheet) -> None:
    made = found(30, 10, degenerate=5)
    sheet.table.show_map(made, None, False)
    assert sentences(made, False)[0].startswith("The best of 2 optima")
    assert [sheet._label(row) for row in range(3)] == [
        "optimum 1 of 2",
        "optimum 2 of 2",
        "degenerate optimum 1 of 1",
    ]
