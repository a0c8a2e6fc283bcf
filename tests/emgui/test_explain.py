"""The sheet that explains half-steps follows the tape, shows the numbers of a row, and costs nothing while hidden."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.data import Data
from core.options import FitOptions
from emgui import theme
from emgui.document import Document
from emgui.run import Run
from emgui.sheets import explain
from emgui.sheets.explain import NO_ROW, NO_START, ExplainSheet
from emgui.window import Window


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with Old Faithful's waiting times and a random start, Explain beside it."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.document.set_options(replace(made.document.options, start="random", seed=4))
    made.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: made.document.moment is not None and made.document.histogram is not None, timeout=10_000)
    QTest.keyClick(made, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitExposed(made.sheets["explain"])
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def sheet_of(window: Window) -> ExplainSheet:
    sheet = window.sheets["explain"]
    assert isinstance(sheet, ExplainSheet)
    return sheet


def step(qtbot: QtBot, window: Window, key: Qt.Key, position: int) -> None:
    QTest.keyClick(window, key)
    qtbot.waitUntil(lambda: window.document.position == position and not window.document.playing, timeout=10_000)


def test_it_follows_each_half_step(qtbot: QtBot, window: Window) -> None:
    sheet = sheet_of(window)
    assert sheet.title.text() == "Start"
    assert not sheet.bar.isVisible()
    step(qtbot, window, Qt.Key.Key_E, 1)
    assert sheet.title.text() == "The start’s E step"
    step(qtbot, window, Qt.Key.Key_M, 2)
    assert sheet.title.text() == "Iteration 1, M step"
    assert "moved the most" in sheet.words.text()
    assert [name for name, _ in sheet.bar.told] == ["Lower bound before", "M step", "Gap", "Log-likelihood"]
    step(qtbot, window, Qt.Key.Key_E, 3)
    assert dict(sheet.bar.told)["Gap left"] == "0"
    step(qtbot, window, Qt.Key.Key_Left, 1)
    assert sheet.title.text() == "The start’s E step"


def test_the_steps_have_their_keys_in_the_sheet_too(qtbot: QtBot, window: Window) -> None:
    sheet = sheet_of(window)
    sheet.activateWindow()
    qtbot.waitUntil(sheet.isActiveWindow)
    QTest.keyClick(sheet, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: window.document.position == 1, timeout=10_000)
    QTest.keyClick(sheet, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: window.document.position == 2, timeout=10_000)


def test_the_bar_adds_up_to_the_log_likelihood(qtbot: QtBot, window: Window) -> None:
    for key, position in ((Qt.Key.Key_E, 1), (Qt.Key.Key_M, 2), (Qt.Key.Key_E, 3)):
        step(qtbot, window, key, position)
    parts, history = sheet_of(window).bar.parts, window.document.current.history  # type: ignore[union-attr]
    assert [part.is_now for part in parts] == [False, True]
    assert parts[0].low == history.scalar("bound_after_e")[0]
    assert parts[0].high == parts[1].low == history.scalar("bound_after_m")[1]
    assert parts[1].high == pytest.approx(history.scalar("log_likelihood")[1], abs=1e-9)


def test_a_row_that_is_typed_is_picked_and_its_numbers_are_put_in(qtbot: QtBot, window: Window) -> None:
    sheet, document = sheet_of(window), window.document
    step(qtbot, window, Qt.Key.Key_E, 1)
    assert sheet.hint.text() == NO_ROW
    assert sheet.formulas.text == ""
    sheet.row.setFocus()
    sheet.row.selectAll()
    QTest.keyClicks(sheet.row, "17")
    QTest.keyClick(sheet.row, Qt.Key.Key_Return)
    assert document.picked == 16
    assert document.data is not None
    assert sheet.row_words.text() == f"{document.data.column[16]:g}"
    assert "r₁ = (w₁ f₁(x)) / (Σ w f(x))" in sheet.formulas.text
    assert not sheet.hint.isVisible()
    step(qtbot, window, Qt.Key.Key_M, 2)
    assert "mean₁ = (Σ r₁ x) / (N₁)" in sheet.formulas.text
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert sheet.hint.text() == NO_ROW


def test_a_click_on_a_formula_selects_its_component_and_ctrl_c_copies_all(qtbot: QtBot, window: Window) -> None:
    sheet, document = sheet_of(window), window.document
    step(qtbot, window, Qt.Key.Key_E, 1)
    document.pick(3)
    line = next(one for one in sheet.formulas._lines if one.formula.identity == 2)
    QTest.mouseClick(sheet.formulas, Qt.MouseButton.LeftButton, pos=line.box.center().toPoint())
    assert document.selected == 2
    assert sheet.formulas.selected == 2
    QTest.keyClick(sheet.formulas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == sheet.formulas.text


def test_hidden_it_does_nothing_and_shown_again_it_is_up_to_date(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, made = sheet_of(window), []
    kept = explain.half_step
    monkeypatch.setattr(explain, "half_step", lambda run, position: made.append(position) or kept(run, position))
    sheet.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    step(qtbot, window, Qt.Key.Key_E, 1)
    assert made == []
    window.open_sheet("explain")
    assert sheet.title.text() == "The start’s E step"


def test_while_a_run_goes_on_it_shows_four_pictures_a_second_at_most(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    kept = explain.half_step
    monkeypatch.setattr(explain, "half_step", lambda run, position: shown.append(position) or kept(run, position))
    window.toolbar.slider.setValue(window.toolbar.slider.maximum() - 1)
    began = time.monotonic()
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.document.playing and window.document.position > 20, timeout=20_000)
    qtbot.waitUntil(lambda: f"Iteration {window.document.position // 2:,}," in sheet_of(window).title.text())
    assert len(shown) <= 4 + (time.monotonic() - began) / explain.BETWEEN
    assert len(shown) < window.document.position


def test_without_data_it_says_what_will_be_there(qtbot: QtBot) -> None:
    sheet = ExplainSheet(Document(), theme.LIGHT)
    sheet.refresh()
    assert sheet.words.text() == NO_START
    sheet.restyle(theme.DARK)
    sheet.deleteLater()


def test_other_data_let_the_row_go(qtbot: QtBot, window: Window) -> None:
    window.document.pick(5)
    window.document.set_data(Data(np.arange(9.0), ("x",)))
    assert window.document.picked is None
    assert sheet_of(window).words.text() == NO_START


def test_many_rows_are_explained_at_once(qtbot: QtBot) -> None:
    """What is looked at does not grow with the rows."""
    from emgui.halves import half_step

    values = np.random.default_rng(0).normal([0.0, 4.0, 9.0], 1.0, (200_000, 3)).ravel()
    run = Run(Data(values, ("x",)), FitOptions(n_components=3), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number == 2:
            break
    looked = half_step(run, 4).looked
    assert len(looked.values) <= 40_000
    assert looked.counts.sum() == pytest.approx(600_000)
