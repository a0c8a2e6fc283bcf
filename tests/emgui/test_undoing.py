"""Undo and redo, with real keys and menus; and as a law, over random changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.samples import list_samples
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
    assert text(window, "undo") == "Undo 3 components"
    undo(window)
    assert window.document.options.n_components == 2
    assert window.document.current is start
    assert text(window, "redo") == "Redo 3 components"
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
    assert text(window, "undo") == "Undo 5 components"
    undo(window)
    assert window.document.options.n_components == 2
    redo(window)
    ready(qtbot, window)
    run(qtbot, window)
    QTest.keyClick(editor, Qt.Key.Key_Up)
    undo(window)
    assert window.document.options.n_components == 5  # a run was made in between


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
    assert text(window, "undo") == "Undo column eruptions"
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
    assert text(window, "undo") == "Undo new run from iteration 2"
    undo(window)
    assert (window.document.current, window.document.position) == (first, 5)
    assert len(window.document.runs) == 2


def test_holding_and_changing_a_value_can_be_undone(qtbot: QtBot, window: Window) -> None:
    window.transport.toggle_held(1, "sd")
    assert text(window, "undo") == "Undo hold of sd[1]"
    ready(qtbot, window)
    window.transport.set_value(2, "mean", 90.0)
    assert text(window, "undo") == "Undo change of mean of component 2"
    ready(qtbot, window)
    undo(window)
    assert window.document.moment is not None
    assert window.document.moment.mixture.parameters["mean"][1] != 90.0
    undo(window)
    assert window.document.options.constraints.items == ()


@pytest.mark.parametrize("seed", range(3))
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

    def open_other() -> None:
        for one in document.runs:
            one.saved = True
        window.open_column(rng.choice(["waiting", "eruptions"]))

    def go() -> None:
        run(qtbot, window)

    def sit() -> None:
        window.transport.go_to(rng.randrange(20))

    doors = [
        lambda: window.change_components(rng.choice([-1, 1])), window.new_seed, pick_run, delete, rename, go, go, sit,
        lambda: window.transport.toggle_held(1, "mean"), open_other, lambda: undo(window),
    ]  # fmt: skip
    for _ in range(25):
        rng.choice(doors)()
        if document.data is None:
            redo(window)
        ready(qtbot, window)
    for one in document.runs:
        one.saved = True
    top = seen(window)
    left = len(document.changes.undone)
    while len(document.changes.done) > depth:
        for one in document.runs:
            one.saved = True
        undo(window)
    assert seen(window)[:5] == bottom[:5]
    while len(document.changes.undone) > left:
        redo(window)
    assert seen(window) == top
    ready(qtbot, window)


def test_samples_are_opened_as_a_change(qtbot: QtBot, window: Window) -> None:
    sample = list_samples()[1]
    window.opener.open_sample(sample)
    qtbot.waitUntil(lambda: text(window, "undo") == f"Undo open {sample.path.name}", timeout=10_000)
    ready(qtbot, window)
    undo(window)
    ready(qtbot, window)
    assert window.document.column == "waiting"
