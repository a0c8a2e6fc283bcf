"""Thresholds moved with the mouse and the keyboard, in the histogram and in their sheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.data import Data
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.thresholds.placing import Placed
from core.thresholds.rules import EQUAL, Rule
from emgui import theme
from emgui.document import Document, View
from emgui.sheets.thresholds import ThresholdsSheet
from emgui.sheets.thresholds_model import ROWS_BELOW, VALUE, WHERE, _two_digits
from emgui.sheets.thresholds_table import ThresholdsTable
from emgui.snapshots import put, taken
from emgui.window import Window

LEFT, ALT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with Old Faithful's waiting times, fitted, with standard errors and thresholds."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: made.document.moment is not None and made.document.histogram is not None, timeout=10_000)
    made.transport.run()
    qtbot.waitUntil(lambda: made.document.sure is not None, timeout=20_000)
    made.change_view(thresholds=True)
    made.centre.histogram.flush()
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def opened(window: Window) -> ThresholdsSheet:
    window._actions["sheet_thresholds"].trigger()
    sheet = window.sheets["thresholds"]
    assert isinstance(sheet, ThresholdsSheet)
    return sheet


def placed(window: Window) -> tuple[Placed, ...]:
    return window.document.parting.shown.thresholds


def port(window: Window) -> QWidget:
    return window.centre.histogram.plot.viewport()


def place(window: Window, value: float) -> QPoint:
    """Where a value is on the plot's widget, half way up."""
    panel = window.centre.histogram
    seen, (dx, _) = panel.box.seen(), panel.box.per_pixel()
    x = (float(panel.thresholds._scale.to_view(value)) - seen.left) / dx
    return panel.plot.mapFromScene(panel.box.mapToScene(QPointF(x, panel.box.height() / 2)))


def pull(window: Window, value: float, dx: int, let_go: bool = True) -> None:
    start = place(window, value)
    QTest.mouseMove(port(window), start)
    QTest.mousePress(port(window), LEFT, pos=start)
    for share in (0.4, 0.7, 1.0):
        QTest.mouseMove(port(window), start + QPoint(round(share * dx), 0), 5)
        QTest.qWait(20)  # moves that follow faster are one
        window.centre.histogram.flush()
    if let_go:
        QTest.mouseRelease(port(window), LEFT, pos=start + QPoint(dx, 0))


def labels(window: Window) -> list[str]:
    lines = window.centre.histogram.thresholds
    return [word.text for word in (*lines._values, *lines._says) if word.isVisible()]


def typed(qtbot: QtBot, table: ThresholdsTable, text: str) -> None:
    """Types into the field that is open in the table."""
    (field,) = [one for one in table.findChildren(QLineEdit) if one.isVisible()]
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_line_is_dragged_and_then_is_by_hand_and_can_be_put_back(window: Window) -> None:
    (before,) = placed(window)
    pull(window, before.value, 20)
    (after,) = placed(window)
    panel = window.centre.histogram
    scale = panel.thresholds._scale
    expected = before.value + 20 * panel.box.per_pixel()[0] * float(scale.from_view(1.0) - scale.from_view(0.0))
    assert after.rule.by_hand
    assert after.value == pytest.approx(expected, abs=0.2)
    assert after.standard_error is None
    assert window.document.view.threshold_rules == f"equal equal[1-2]={after.value!r}"
    sheet = opened(window)
    assert sheet.table.chosen == after
    QTest.mouseClick(sheet.take_back, LEFT)
    assert placed(window) == (before,)
    assert not sheet.take_back.isEnabled()


def test_while_a_line_is_held_counts_and_what_is_wrong_follow_and_the_document_stays(window: Window) -> None:
    (before,) = placed(window)
    sheet = opened(window)
    pull(window, before.value, -25, let_go=False)
    (held,) = placed(window)
    assert held.value < before.value - 1.0
    assert window.document.view.threshold_rules == "equal"
    values = window.document.data.column  # type: ignore[union-attr]
    below = int((values < held.value).sum())
    assert f"{below} rows below, {100 * held.wrong.below:.2g} % wrong" in labels(window)
    assert f"{272 - below} rows above, {100 * held.wrong.above:.2g} % wrong" in labels(window)
    assert sheet.table.rows.texts(0)[ROWS_BELOW] == str(below)
    QTest.mouseRelease(port(window), LEFT, pos=place(window, held.value))
    assert window.document.view.threshold_rules != "equal"


def test_escape_lets_a_line_go_where_it_was(window: Window) -> None:
    (before,) = placed(window)
    pull(window, before.value, 25, let_go=False)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QTest.mouseRelease(port(window), LEFT, pos=place(window, before.value))
    assert placed(window) == (before,)
    assert window.document.view.threshold_rules == "equal"


def test_a_moved_line_is_undone_and_redone(window: Window) -> None:
    (before,) = placed(window)
    pull(window, before.value, 25)
    (after,) = placed(window)
    assert "move threshold" in window._actions["undo"].text()
    window._actions["undo"].trigger()
    assert placed(window) == (before,)
    window._actions["redo"].trigger()
    assert placed(window) == (after,)


def test_a_click_on_a_line_selects_it_in_the_table_and_says_how_sure_it_is(window: Window) -> None:
    sheet = opened(window)
    (one,) = placed(window)
    assert sheet.table.chosen is None
    QTest.mouseClick(port(window), LEFT, pos=place(window, one.value))
    window.centre.histogram.flush()
    assert sheet.table.chosen == one
    assert "± 1" in labels(window)[0]
    sheet.activateWindow()
    assert sheet.table.rows.texts(0)[VALUE] == "66.6 ± 1.0"


def test_the_pale_band_is_the_interval(window: Window) -> None:
    (one,) = placed(window)
    lines = window.centre.histogram.thresholds
    ends = lines._scale.from_view(np.array([lines._bands.opts["x0"][0], lines._bands.opts["x1"][0]]))
    assert one.interval == pytest.approx(tuple(ends))


def test_the_keyboard_moves_edits_adds_and_removes(qtbot: QtBot, window: Window) -> None:
    sheet = opened(window)
    table = sheet.table
    table.setFocus()
    table.setCurrentIndex(table.rows.index(0, VALUE))
    (before,) = placed(window)
    qtbot.keyClick(table, Qt.Key.Key_Right, ALT)
    qtbot.keyClick(table, Qt.Key.Key_Right, ALT | Qt.KeyboardModifier.ShiftModifier)
    (moved,) = placed(window)
    assert before.value == pytest.approx(66.584, abs=1e-3)
    assert moved.value == 67.7  # steps of 0.1, the power of ten below a 500th of 53
    assert len([one for one in window.document.changes.done if one.name == "move threshold"]) == 1
    qtbot.keyClick(table, Qt.Key.Key_F2)
    typed(qtbot, table, "70.25")
    qtbot.waitUntil(lambda: [one.value for one in placed(window)] == [70.25])
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert placed(window) == (before,)
    QTest.mouseClick(sheet.add, LEFT)
    typed(qtbot, table, "60")
    qtbot.waitUntil(lambda: [one.value for one in placed(window)] == [60.0, before.value])
    assert sheet.take_back.text() == "&Remove"
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert placed(window) == (before,)


def test_what_is_no_number_is_refused_in_a_sentence(qtbot: QtBot, window: Window) -> None:
    sheet = opened(window)
    sheet.table.setCurrentIndex(sheet.table.rows.index(0, VALUE))
    sheet.table.edit_value()
    typed(qtbot, sheet.table, "about 70")
    qtbot.waitUntil(lambda: window.document.message is not None)
    assert window.document.message is not None
    assert "is not a number" in window.document.message.text
    assert not placed(window)[0].rule.by_hand


def test_a_chosen_error_rate_is_a_kind_of_its_own(qtbot: QtBot, window: Window) -> None:
    sheet = opened(window)
    QTest.mouseClick(sheet.by_rate, LEFT, pos=QPoint(8, sheet.by_rate.height() // 2))
    assert window.document.view.threshold_rules == "equal error-below=0.05 error-above=0.05"
    assert [sheet.table.rows.texts(row)[WHERE] for row in range(3)].count("equally likely") == 1
    sheet.of.setCurrentIndex(3)
    sheet.of.activated.emit(3)
    sheet.rate.setFocus()
    sheet.rate.selectAll()
    qtbot.keyClicks(sheet.rate, "2.5")
    qtbot.keyClick(sheet.rate, Qt.Key.Key_Return)
    assert window.document.view.threshold_rules == "equal specificity=0.975"
    QTest.mouseClick(sheet.equal, LEFT, pos=QPoint(8, sheet.equal.height() // 2))
    (one,) = placed(window)
    assert one.specificity == pytest.approx(0.975, rel=1e-9)
    assert one.standard_error is not None


def test_ctrl_c_copies_all_numbers_to_their_last_digit(qtbot: QtBot, window: Window) -> None:
    sheet = opened(window)
    sheet.table.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_C, CTRL)
    heads, line = (row.split("\t") for row in QApplication.clipboard().text().splitlines())
    told = dict(zip(heads, line, strict=True))
    (one,) = placed(window)
    assert float(told["value"]) == one.value
    assert float(told["standard_error"]) == one.standard_error
    assert float(told["rows_below"]) == 99


def test_memberships_result_and_table_say_the_thresholds_that_are_shown(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    (before,) = placed(window)
    window.document.parting.move(before, 68.0)
    run, moment = window.document.current, window.document.moment
    assert run is not None
    assert moment is not None
    for kind, name in (("memberships", "m.csv"), ("result", "r.json"), ("threshold_table", "t.csv")):
        with qtbot.waitSignal(window.exporter.noted, timeout=10_000):
            window.exporter.write(kind, run, moment.number, tmp_path / name)
    with (tmp_path / "m.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["threshold_class"] == ("1" if float(row["waiting"]) < 68.0 else "2") for row in rows)
    (told,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["thresholds"]
    assert (told["value"], told["by_hand"], told["kind"]) == (68.0, True, "equal")
    assert "68" in (tmp_path / "t.csv").read_text(encoding="utf-8")
    window.change_view(thresholds=False)
    with qtbot.waitSignal(window.exporter.noted, timeout=10_000):
        window.exporter.write("memberships", run, moment.number, tmp_path / "m.csv")
    assert "threshold_class" not in (tmp_path / "m.csv").read_text(encoding="utf-8")


def test_a_session_keeps_those_set_by_hand(window: Window) -> None:
    window.document.parting.move(placed(window)[0], 68.5)
    window.document.parting.add(50.0)
    snapshot = taken(window.document, {})
    assert snapshot is not None
    copy = Document()
    put(snapshot.session(), copy)
    assert [one.value for one in copy.parting.shown.thresholds] == [50.0, 68.5]


def test_other_data_have_no_thresholds_set_by_hand(window: Window) -> None:
    window.document.parting.add(50.0)
    window.document.set_data(Data(np.arange(20.0), ("x",)))
    assert window.document.view.threshold_rules == View().threshold_rules == EQUAL


def test_the_sheet_says_why_there_is_nothing(qtbot: QtBot) -> None:
    document = Document()
    sheet = ThresholdsSheet(document, theme.LIGHT)
    sheet.show()
    try:
        assert "open data" in sheet.table.hint
        document.set_data(Data(np.arange(40.0).reshape(20, 2), ("x", "y")))
        sheet.refresh()
        assert not sheet.add.isEnabled()
        assert sheet.table.hint
    finally:
        sheet.close()
        sheet.deleteLater()


def test_many_rows_are_sorted_on_a_thread_and_then_counted_at_once(qtbot: QtBot) -> None:
    document = Document()
    n = 300_000
    document.set_data(Data(np.random.default_rng(1).normal(size=n), ("x",)))
    assert document.parting.rows(0.0) is None
    with qtbot.waitSignal(document.parting.changed, timeout=10_000):
        pass
    found = document.parting.rows(0.0)
    assert found is not None
    assert sum(found) == n
    assert document.data is not None
    assert found[0] == np.count_nonzero(document.data.column < 0.0)
    document.parting.close()


def test_one_moved_does_not_pass_its_neighbour(qtbot: QtBot) -> None:
    document = Document()
    document.set_data(Data(np.arange(-5.0, 30.0), ("x",)))
    three = Mixture(Gaussian(), np.full(3, 1 / 3), {"mean": np.array([0.0, 10.0, 20.0]), "sd": np.ones(3)})
    first, second = document.parting.placing(three).thresholds
    low, high = first.value, second.value
    assert (low, high) == pytest.approx((5.0, 15.0))
    document.set_view(replace(document.view, threshold_rules="equal equal[1-2]=14"))
    assert [one.value for one in document.parting.placing(three).thresholds] == [14.0, high]
    assert document.parting.rules == (Rule(), Rule(EQUAL, 14.0, (1, 2)))


@pytest.mark.parametrize(
    ("value", "text"), [(4.98, "5.0"), (5.8, "5.8"), (0.0, "0"), (12.4, "12"), (347.0, "350"), (0.096, "0.096")]
)
def test_expected_numbers_have_two_digits_each(value: float, text: str) -> None:
    assert _two_digits(value) == text
