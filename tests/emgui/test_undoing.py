"""Undo and redo, with real keys and menus; and as a law, over random changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.data import Data
from core.options import FitOptions
from core.samples import list_samples
from emgui.asking import Answer
from emgui.document import Document
from emgui.undoing import MOST_CHANGES, Changes, words_of
from emgui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with Old Faithful's waiting times, its start drawn."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.opener.open_path(faithful, column="waiting")
    ready(qtbot, made)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def ready(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(
        lambda: window.document.moment is not None and window.document.histogram is not None, timeout=10_000
    )


def run(qtbot: QtBot, window: Window) -> None:
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing, timeout=20_000)


def undo(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)


def redo(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)


def text(window: Window, name: str) -> str:
    return window._actions[name].text().replace("&", "")


def seen(window: Window) -> tuple[object, ...]:
    """All of the document that a person sees and can change."""
    document = window.document
    names = tuple(one.name for one in document.runs)
    return (
        document.data, document.table, document.unit, document.options, document.current, document.position,
        tuple(document.runs), names,
    )  # fmt: skip


def test_ctrl_z_takes_a_choice_back_and_the_menu_says_which(qtbot: QtBot, window: Window) -> None:
    start = window.document.current
    QTest.mouseClick(window.results._more, Qt.MouseButton.LeftButton)
    ready(qtbot, window)
    later = window.document.current
    assert text(window, "undo") == "Undo set 3 components"
    undo(window)
    assert window.document.options.n_components == 2
    assert window.document.current is start
    assert text(window, "redo") == "Redo set 3 components"
    redo(window)
    assert window.document.options.n_components == 3
    assert window.document.current is later
    assert not window._actions["redo"].isEnabled()


def test_runs_that_were_made_since_stay(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    first = window.document.current
    QTest.mouseClick(window.results._more, Qt.MouseButton.LeftButton)
    ready(qtbot, window)
    run(qtbot, window)
    second = window.document.current
    undo(window)
    assert window.document.current is first
    assert window.document.runs == [first, second]
    redo(window)
    assert window.document.current is second


def test_undo_while_a_fit_runs_lets_it_go_and_keeps_what_it_made(qtbot: QtBot, window: Window) -> None:
    start = window.document.current
    QTest.mouseClick(window.results._more, Qt.MouseButton.LeftButton)
    ready(qtbot, window)
    window.transport.set_speed(20.0)
    window.transport.run()
    made = window.document.current
    assert made is not None
    qtbot.waitUntil(lambda: made.last_number > 2, timeout=10_000)
    undo(window)
    assert not window.document.playing
    assert window.document.current is start
    assert made in window.document.runs
    length = made.last_number
    run(qtbot, window)
    assert window.document.current is start
    assert made.last_number == length


def test_a_series_in_one_field_is_one_change(qtbot: QtBot, window: Window) -> None:
    editor = window.setup.form.editor("n_components")
    assert isinstance(editor, QSpinBox)
    for _ in range(3):
        QTest.keyClick(editor, Qt.Key.Key_Up)
    assert window.document.options.n_components == 5
    assert text(window, "undo") == "Undo set 5 components"
    undo(window)
    assert window.document.options.n_components == 2
    redo(window)
    ready(qtbot, window)
    run(qtbot, window)
    QTest.keyClick(editor, Qt.Key.Key_Up)
    undo(window)
    assert window.document.options.n_components == 5  # a run was made in between


def test_choices_from_a_list_are_each_a_change(qtbot: QtBot, window: Window) -> None:
    editor = window.setup.form.editor("family")
    window.activateWindow()
    for name in ("gamma", "weibull"):
        field = editor.lineEdit()  # type: ignore[attr-defined]
        field.selectAll()
        QTest.keyClicks(field, name)
        QTest.keyClick(field, Qt.Key.Key_Return)
        ready(qtbot, window)
        assert window.document.options.family == name
    undo(window)
    assert window.document.options.family == "gamma"
    undo(window)
    assert window.document.options.family == "gaussian"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_components": 1}, "1 component"),
        ({"family": "student_t"}, "family student t"),
        ({"seed": 7}, "seed 7"),
        ({"tolerance": 1e-9}, "tolerance 1e−9"),
        ({"max_iterations": 50}, "most iterations 50"),
        ({"start": "random"}, "start random"),
        ({"covariance": "tied"}, "covariance tied"),
        ({"algorithm": "hard"}, "algorithm hard"),
    ],
)
def test_a_choice_is_called_by_what_was_chosen(changes: dict[str, Any], words: str) -> None:
    assert words_of(FitOptions(), replace(FitOptions(), **changes)) == f"set {words}"


def test_a_field_with_text_to_take_back_keeps_ctrl_z(window: Window) -> None:
    QTest.mouseClick(window.results._more, Qt.MouseButton.LeftButton)
    field = window.setup._unit
    window.activateWindow()
    field.setFocus()
    QTest.keyClicks(field, "min")
    undo_in(field)
    assert field.text() == ""
    assert window.document.options.n_components == 3
    undo_in(field)  # nothing is left in the field
    assert window.document.options.n_components == 2


def undo_in(field: QLineEdit | QAbstractSpinBox) -> None:
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)


def test_undo_of_another_column_brings_back_the_runs(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    first, data = window.document.current, window.document.data
    assert first is not None
    first.saved = True
    window.open_column("eruptions")
    ready(qtbot, window)
    assert window.document.runs == []
    assert text(window, "undo") == "Undo open column eruptions"
    undo(window)
    ready(qtbot, window)
    assert window.document.data is data
    assert window.document.runs == [first]
    assert window.document.current is first
    redo(window)
    ready(qtbot, window)
    assert window.document.column == "eruptions"


def test_undo_of_closing_opens_again_and_of_opening_closes(qtbot: QtBot, window: Window) -> None:
    data = window.document.data
    QTest.keyClick(window, Qt.Key.Key_W, CTRL)
    assert window.document.data is None
    undo(window)
    ready(qtbot, window)
    assert window.document.data is data
    undo(window)
    assert window.document.data is None
    redo(window)
    ready(qtbot, window)
    assert window.document.data is data


def test_a_branch_can_be_taken_back_and_its_run_stays(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    first = window.document.current
    window.transport.go_to(5)
    run(qtbot, window)
    assert len(window.document.runs) == 2
    assert text(window, "undo") == "Undo begin run from iteration 2"
    undo(window)
    assert (window.document.current, window.document.position) == (first, 5)
    assert len(window.document.runs) == 2


def test_holding_and_changing_a_value_can_be_undone(qtbot: QtBot, window: Window) -> None:
    window.transport.toggle_held(1, "sd")
    assert text(window, "undo") == "Undo hold sd[1]"
    ready(qtbot, window)
    window.transport.set_value(2, "mean", 90.0)
    assert text(window, "undo") == "Undo change mean of component 2"
    ready(qtbot, window)
    undo(window)
    assert window.document.moment is not None
    assert window.document.moment.mixture.parameters["mean"][1] != 90.0
    undo(window)
    assert window.document.options.constraints.items == ()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_all_undone_and_redone_the_document_is_the_same(qtbot: QtBot, window: Window, seed: int) -> None:
    rng, document = Random(seed), window.document
    bottom = seen(window)
    depth = len(document.changes.done)

    def pick_run() -> None:
        if document.runs:
            window.transport.select_run(rng.choice(document.runs))

    def delete() -> None:
        if document.runs:
            window.transport.delete_run(rng.choice(document.runs))

    def rename() -> None:
        if document.runs:
            window.rename_run(rng.choice(document.runs), rng.choice(["", "Wide", "Narrow"]))

    def nothing_to_lose() -> None:
        for one in document.runs:
            one.saved = True

    def back() -> None:
        nothing_to_lose()
        undo(window)

    def open_other() -> None:
        nothing_to_lose()
        window.open_column(rng.choice(["waiting", "eruptions"]))

    def steer() -> None:
        moment = document.moment
        assert moment is not None
        document.select(rng.choice(moment.mixture.ids))
        steering = window.steering
        rng.choice([steering.add, steering.split, steering.merge, steering.remove])()

    def unit() -> None:
        window.setup._unit.setText(rng.choice(["min", "h", ""]))
        window.setup._unit.editingFinished.emit()

    def go() -> None:
        run(qtbot, window)

    def sit() -> None:
        window.transport.go_to(rng.randrange(20))

    doors = [
        lambda: window.change_components(rng.choice([-1, 1])), window.new_seed, pick_run, delete, rename, go, go, sit,
        lambda: window.transport.toggle_held(1, "mean"), open_other, back, steer, steer, unit,
    ]  # fmt: skip
    for _ in range(18):
        rng.choice(doors)()
        if document.data is None:
            redo(window)
        ready(qtbot, window)
    nothing_to_lose()
    top = seen(window)
    left = len(document.changes.undone)
    while len(document.changes.done) > depth:
        back()
    assert seen(window)[:5] == bottom[:5]
    while len(document.changes.undone) > left:
        redo(window)
    assert seen(window) == top
    ready(qtbot, window)


def test_a_unit_that_was_typed_can_be_taken_back(window: Window) -> None:
    window.activateWindow()
    window.setup._unit.setFocus()
    QTest.keyClicks(window.setup._unit, "min")
    QTest.keyClick(window.setup._unit, Qt.Key.Key_Return)
    assert window.document.unit == "min"
    assert text(window, "undo") == "Undo set unit min"
    undo(window)
    assert window.document.unit == ""
    assert window.setup._unit.text() == ""


def test_undo_of_opening_asks_about_runs_that_were_not_saved(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_column("eruptions")
    ready(qtbot, window)
    run(qtbot, window)
    asked: list[int] = []
    answers = iter([Answer.KEEP, Answer.FORGET])
    monkeypatch.setattr("emgui.window.ask_about_runs", lambda n, parent: (asked.append(n), next(answers))[1])
    undo(window)
    assert window.document.column == "eruptions"
    undo(window)
    ready(qtbot, window)
    assert (asked, window.document.column) == ([1, 1], "waiting")
    redo(window)  # nothing would be lost: no run was made of these data
    ready(qtbot, window)
    assert [one.number for one in window.document.runs] == [1]


def test_a_session_brings_names_back_and_its_opening_can_be_undone(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    run(qtbot, window)
    window.rename_run(window.document.runs[0], "Two eruptions")
    window.sessions.write(tmp_path / "a.emgui")
    qtbot.waitUntil((tmp_path / "a.emgui").exists, timeout=10_000)
    qtbot.waitUntil(lambda: not window.document.has_unsaved_runs, timeout=10_000)
    window.open_column("eruptions")
    ready(qtbot, window)
    eruptions = window.document.data
    window.sessions.open(tmp_path / "a.emgui")
    qtbot.waitUntil(lambda: text(window, "undo") == "Undo open a.emgui", timeout=10_000)
    ready(qtbot, window)
    assert [one.name for one in window.document.runs] == ["Two eruptions"]
    undo(window)
    ready(qtbot, window)
    assert window.document.data is eruptions


def test_old_data_are_forgotten_where_they_are_too_many_but_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emgui.undoing.MOST_VALUES", 250)
    changes, standings = Changes(), []
    document = Document()
    for n in (100, 300, 200, 90, 100):
        document.set_data(Data(np.arange(float(n)), ("x",)))
        standings.append(document.standing())
    for before, after in pairwise(standings):
        changes.add("open", before, after)
    # Of the last data but one nothing is counted; those before it are too many together with the 300.
    assert [len(one.to.data) for one in changes.done if one.to.data is not None] == [200, 90]
    document.deleteLater()


def test_so_many_changes_are_kept_and_no_more() -> None:
    changes, document = Changes(), Document()
    for number in range(MOST_CHANGES + 5):
        before = document.standing()
        document.set_unit(str(number))
        changes.add(f"unit {number}", before, document.standing())
    assert len(changes.done) == MOST_CHANGES
    assert changes.done[0].name == "unit 5"
    document.deleteLater()


def test_samples_are_opened_as_a_change(qtbot: QtBot, window: Window) -> None:
    sample = list_samples()[1]
    window.opener.open_sample(sample)
    qtbot.waitUntil(lambda: text(window, "undo") == f"Undo open {sample.path.name}", timeout=10_000)
    ready(qtbot, window)
    undo(window)
    ready(qtbot, window)
    assert window.document.column == "waiting"


def test_a_name_of_a_run_has_an_end_and_no_letters_that_cannot_be_seen(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    window.rename_run(window.document.runs[0], "A\u202eB\x07\n  C" + "x" * 10_000)
    assert window.document.runs[0].title.startswith("AB C")
    assert len(window.document.runs[0].title) == 80
