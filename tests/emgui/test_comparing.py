"""Two runs compared: curves over each other, differences in the table and in the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core import FitOptions, formatting
from core.io import read_table
from emgui.comparing import comparison
from emgui.panels.plot import scale_of
from emgui.run import Run
from emgui.window import Window

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with two ended runs of Old Faithful: of two components, which is shown, and of three."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.document.set_data(read_table(faithful).data("waiting"), unit="min", options=FitOptions())
    for n in (3, 2):
        made.document.set_options(replace(made.document.options, n_components=n))
        qtbot.waitUntil(lambda: made.document.moment is not None, timeout=10_000)
        made.transport.finish()
        qtbot.waitUntil(lambda n=n: len(made.document.runs) == 4 - n and made.document.runs[-1].has_ended)
        qtbot.waitUntil(lambda: not made.document.playing)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def three(window: Window) -> Run:
    return window.document.runs[0]


def row_of(window: Window, run: Run) -> QPoint:
    """The middle of a run's row in the list, seen."""
    runs = window.results.runs
    window.results.ensureWidgetVisible(runs)
    return runs.visualRect(runs.rows.index(window.document.runs.index(run))).center()


def ctrl_click(window: Window, run: Run) -> None:
    QTest.mouseClick(window.results.runs.viewport(), Qt.MouseButton.LeftButton, CTRL, row_of(window, run))


def test_ctrl_click_lays_a_run_over_the_one_shown_and_again_takes_it_away(window: Window) -> None:
    shown = window.document.current
    ctrl_click(window, three(window))
    assert window.document.compared is three(window)
    assert window.document.current is shown
    ctrl_click(window, three(window))
    assert window.document.compared is None

    ctrl_click(window, window.document.runs[1])  # the one that is shown
    assert window.document.compared is None


def test_c_in_the_list_or_its_menu_compares_and_escape_puts_it_back(window: Window) -> None:
    runs = window.results.runs
    runs.setFocus()
    QTest.keyClick(runs, Qt.Key.Key_Up)
    QTest.keyClick(runs, Qt.Key.Key_C)
    assert window.document.compared is three(window)
    QTest.keyClick(runs, Qt.Key.Key_Escape)
    assert window.document.compared is None
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        runs.setFocus()
        runs.setCurrentIndex(runs.rows.index(0))
        at = row_of(window, three(window))
        QApplication.sendEvent(runs.viewport(), QContextMenuEvent(reason, at, runs.viewport().mapToGlobal(at)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        QTest.keyClick(menu, Qt.Key.Key_C)
        assert (window.document.compared is three(window)) == (reason is QContextMenuEvent.Reason.Mouse)


def test_runs_compare_with_lists_the_other_runs_and_checks_the_compared_one(window: Window) -> None:
    menu = window.menus.submenus["compare"]
    menu.aboutToShow.emit()
    assert [action.text().partition(":")[0] for action in menu.actions()] == ["Run 1"]
    menu.actions()[0].trigger()
    assert window.document.compared is three(window)
    menu.aboutToShow.emit()
    assert menu.actions()[0].isChecked()
    assert window._actions["stop_comparing"].isEnabled()
    window._actions["stop_comparing"].trigger()
    assert window.document.compared is None
    assert not window._actions["stop_comparing"].isEnabled()


def test_differences_are_of_counterparts_and_of_figures_also_in_standard_errors(qtbot: QtBot, window: Window) -> None:
    table = window.results.parameters
    qtbot.waitUntil(lambda: table.rows.has_errors, timeout=10_000)
    ctrl_click(window, three(window))
    document = window.document
    assert document.moment is not None
    here, there = document.moment.mixture, three(window).mixture(three(window).last_number)
    assert [table.rows.partner(table.rows.index(row, 0)) for row in (0, 1)] == [0, 3]
    difference = here.parameters["mean"][1] - there.parameters["mean"][2]
    run = document.current
    assert run is not None
    assert run.sure is not None
    assert run.sure[1] is not None
    errors = abs(difference) / run.sure[1].standard_errors["mean"][1]
    assert table.rows.note_text(table.rows.index(1, 2)) == f"{formatting.difference(difference)} · {errors:.2f} SE"
    words = str(table.rows.index(1, 2).data(Qt.ItemDataRole.AccessibleTextRole))
    assert f"{formatting.difference(difference)} against component 3 of Run 1, {errors:.2f} standard errors" in words
    figures, two, other = window.results.figures, run, three(window)
    assert figures._differences["BIC"].text() == formatting.signed(two.bic - other.bic, 2)
    gain = two.log_likelihood - other.log_likelihood
    assert figures._differences["Log-likelihood"].text() == formatting.signed(gain, 3)
    assert figures._differences["Free parameters"].text() == "−3"
    assert "less Run 1" in figures._differences["BIC"].accessibleName()
    pasted = table.rows.text().splitlines()
    assert pasted[0].split("\t")[5] == "mean less Run 1"
    assert float(pasted[2].split("\t")[5]) == difference


def test_a_component_without_a_counterpart_is_said_to_be_only_here(window: Window) -> None:
    window.transport.select_run(three(window))
    ctrl_click(window, window.document.runs[1])
    rows = window.results.parameters.rows
    alone = [row for row in range(3) if rows.note_text(rows.index(row, 1)) == "only here"]
    assert alone == [1]
    assert "no counterpart in Run 2" in str(rows.index(1, 2).data(Qt.ItemDataRole.AccessibleTextRole))


def test_its_curves_lie_dashed_over_those_shown(qtbot: QtBot, window: Window) -> None:
    histogram, posterior = window.centre.histogram, window.centre.posterior
    ctrl_click(window, three(window))
    found = comparison(window.document)
    assert found is not None
    for panel in (histogram, posterior):
        qtbot.waitUntil(lambda panel=panel: sum(line.isVisible() for line in panel.compared._lines) == 3)
        assert all(line.opts["pen"].dashPattern() for line in panel.compared._lines)
    x, y = histogram.compared._lines[2].getData()
    there = found.mixture
    peak = float(scale_of(window.document).from_view(x[np.nanargmax(y)]))
    assert peak == pytest.approx(float(there.parameters["mean"][2]), abs=1.0)
    assert "Run 1 are laid over" in histogram.accessibleDescription()
    window.document.compare(None)
    qtbot.waitUntil(lambda: not any(line.isVisible() for line in histogram.compared._lines))
    assert not any(line.isVisible() for line in posterior.compared._lines)


def test_the_comparison_follows_the_cursor_and_ends_when_its_run_goes(qtbot: QtBot, window: Window) -> None:
    ctrl_click(window, three(window))
    rows = window.results.parameters.rows
    at_end = rows.note_text(rows.index(0, 2))
    window.transport.back()
    qtbot.waitUntil(lambda: rows.note_text(rows.index(0, 2)) != at_end)
    assert "SE" not in rows.note_text(rows.index(0, 2))
    three(window).saved = window.document.runs[1].saved = True
    window.forget_other_runs()
    assert window.document.compared is None
    assert rows.comparison is None
