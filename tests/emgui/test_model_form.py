"""The form of the model, values held by a pin, and the list of constraints, in the whole window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.samples import list_samples
from emgui.dialogs.constraints import ConstraintsDialog
from emgui.forms import TypedCombo
from emgui.panels.parameter_model import Cell
from emgui.window import Window


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with the waiting times of Old Faithful and a start."""
    made = Window()
    made.show()
    made.opener.open_path(faithful, column="waiting")
    ready(qtbot, made)
    yield made
    made.transport.release()
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def ready(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.document.moment is not None and window.document.histogram is not None)


def choose(qtbot: QtBot, window: Window, name: str, value: str) -> None:
    """Chooses or types in a field of the form."""
    editor = window.setup.form.editor(name)
    if isinstance(editor, TypedCombo):
        editor.setEditText(value)
        editor.line.editingFinished.emit()
    elif isinstance(editor, QComboBox):
        editor.setCurrentIndex(editor.findData(value))
    ready(qtbot, window)


def shown(window: Window, name: str) -> bool:
    return window.setup.form.editor(name).isVisibleTo(window.setup)


# ---- the form


def test_trials_and_covariance_stand_in_the_form_where_they_mean_something(qtbot: QtBot, window: Window) -> None:
    assert (shown(window, "covariance"), shown(window, "trials")) == (True, False)
    choose(qtbot, window, "family", "Binomial")
    assert (shown(window, "covariance"), shown(window, "trials")) == (False, True)
    trials = window.setup.form.editor("trials")
    assert isinstance(trials, QSpinBox)
    assert trials.value() == 96  # the longest wait
    trials.setValue(100)
    assert window.document.options.trials == 100
    choose(qtbot, window, "family", "Gaussian")
    assert (shown(window, "covariance"), shown(window, "trials")) == (True, False)
    assert window.document.options.trials is None


def test_a_family_for_each_component_can_be_typed(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "family", "gaussian + gaussian + uniform")
    assert window.document.options.family == "gaussian+gaussian+uniform"
    assert window.document.options.n_components == 3
    names = window.document.moment.mixture.parameters  # type: ignore[union-attr]
    assert list(names) == ["mean", "sd", "low", "high"]
    texts = [window.results.parameters.rows.index(row, column).data() for row in range(3) for column in range(2, 6)]
    assert texts.count("–") == 6


def test_a_family_that_there_is_not_is_refused_and_taken_back(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "family", "gausian")
    assert window.document.message is not None
    assert "“gausian” is none of them" in window.document.message.text
    assert window.document.options.family == "gaussian"
    editor = window.setup.form.editor("family")
    assert isinstance(editor, TypedCombo)
    assert editor.currentText() == "Gaussian"


def test_a_variant_brings_its_own_options_and_only_other_values_are_kept(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "algorithm", "incremental")
    blocks = window.setup.form.editor("blocks")
    assert isinstance(blocks, QSpinBox)
    assert blocks.value() == 20
    blocks.setValue(5)
    assert window.document.options.settings == (("blocks", 5),)
    blocks.setValue(20)
    assert window.document.options.settings == ()
    choose(qtbot, window, "algorithm", "annealed")
    temperature = window.setup.form.editor("temperature")
    assert isinstance(temperature, QLineEdit)
    temperature.setText("0.5")
    temperature.editingFinished.emit()
    assert window.document.message is not None
    assert "must be from 1 to 1000" in window.document.message.text
    ready(qtbot, window)


def test_a_variant_that_ends_by_itself_asks_for_no_tolerance(qtbot: QtBot, window: Window) -> None:
    tolerance = window.setup.form.editor("tolerance")
    assert tolerance.isEnabled()
    choose(qtbot, window, "algorithm", "hard")
    assert not tolerance.isEnabled()
    assert "It ends by itself" in window.setup.form.editor("algorithm").toolTip()


def test_fewer_components_take_away_a_family(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "family", "gaussian+gaussian+uniform")
    window.change_components(-1)
    ready(qtbot, window)
    assert window.document.options.family == "gaussian+uniform"


@pytest.mark.parametrize("sample", [one for one in list_samples() if one.family != "gaussian"], ids=lambda one: one.id)
def test_a_sample_opens_with_the_model_it_is_meant_for(qtbot: QtBot, window: Window, sample: object) -> None:
    window.opener.open_sample(sample)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: window.document.column == sample.column and window.document.moment is not None)  # type: ignore[attr-defined]
    assert window.document.options.family == sample.family  # type: ignore[attr-defined]
    window.transport.finish()
    qtbot.waitUntil(lambda: not window.document.playing)
    assert window.document.current is not None
    assert window.document.current.outcome is not None
    assert window.document.current.outcome.status == "converged"
    qtbot.wait(30)


# ---- values that are held


def test_a_click_on_the_pin_holds_a_value_and_another_lets_it_go(qtbot: QtBot, window: Window) -> None:
    table = window.results.parameters
    for expected in ([Cell(2, "mean")], []):
        index = table.rows.index(1, 2)
        rect = table._delegate.pin_rect(table.visualRect(index), str(index.data()))
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        ready(qtbot, window)
        assert table.rows.held() == expected
    assert window.document.options.constraints.items == ()


def test_a_click_beside_the_pin_selects_and_holds_nothing(qtbot: QtBot, window: Window) -> None:
    table = window.results.parameters
    rect = table.visualRect(table.rows.index(1, 2))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.right() - 12, rect.center().y()))
    assert window.document.selected == 2
    assert table.rows.held() == []
    assert QApplication.focusWidget() is not table, "so Space still runs"


def test_space_holds_the_number_on_which_the_keyboard_stands(qtbot: QtBot, window: Window) -> None:
    window.activateWindow()
    table = window.results.parameters
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    table.setCurrentIndex(table.rows.index(0, 1))
    QTest.keyClick(table, Qt.Key.Key_Right)
    QTest.keyClick(table, Qt.Key.Key_Space)
    ready(qtbot, window)
    assert table.rows.held() == [Cell(1, "mean")]
    assert not window.document.playing
    assert window.document.position == 0


def test_the_menu_holds_the_first_parameter_of_the_selected_component(qtbot: QtBot, window: Window) -> None:
    assert not window._actions["hold"].isEnabled()
    window.document.select(2)
    window._actions["hold"].trigger()
    ready(qtbot, window)
    assert window.results.parameters.rows.held() == [Cell(2, "mean")]


def test_a_typed_value_is_a_new_start_and_stays_held(qtbot: QtBot, window: Window) -> None:
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing)
    window.transport.toggle_held(2, "mean")
    ready(qtbot, window)
    table = window.results.parameters
    window.document.select(2)
    table.edit_value()
    editor = next(one for one in table.findChildren(QLineEdit) if one.isVisible())
    editor.selectAll()
    QTest.keyClicks(editor, "82.5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.options.constraints.items[0].text == "mean[2]=82.5")
    ready(qtbot, window)
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing)
    assert [run.number for run in window.document.runs] == [1, 2]
    assert window.document.moment is not None
    assert window.document.moment.mixture.parameters["mean"][1] == pytest.approx(82.5)


def test_a_value_that_cannot_be_is_refused_in_words(qtbot: QtBot, window: Window) -> None:
    before = window.document.current
    window.transport.set_value(1, "sd", -1.0)
    assert window.document.message is not None
    assert "sd of component 1 must be greater than 0" in window.document.message.text
    assert window.document.current is before


# ---- the list of constraints


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> ConstraintsDialog:
    window.edit_constraints()
    found = window.findChild(ConstraintsDialog)
    assert isinstance(found, ConstraintsDialog)
    return found


def write(dialog: ConstraintsDialog, kind: str, text: str) -> None:
    dialog.kind.setCurrentIndex(dialog.kind.findData(kind))
    dialog.line.clear()
    QTest.keyClicks(dialog.line, text)


def test_constraints_are_listed_counted_and_taken(qtbot: QtBot, window: Window, dialog: ConstraintsDialog) -> None:
    assert dialog.free.text() == "5 free parameters"
    write(dialog, "tie", "sd")
    assert dialog.add_button.isEnabled()
    assert dialog.add()
    assert dialog.free.text() == "4 free parameters"
    write(dialog, "bound", "mean[1]=40:60")
    dialog.take()
    ready(qtbot, window)
    assert [one.flag for one in window.document.options.constraints.items] == ["--tie sd", "--bound mean[1]=40:60"]
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing)
    assert window.document.moment is not None
    sds = window.document.moment.mixture.parameters["sd"]
    assert sds[0] == pytest.approx(sds[1])


def test_what_makes_no_sense_is_said_while_it_is_typed(dialog: ConstraintsDialog) -> None:
    write(dialog, "fix", "shape=3")
    assert not dialog.add_button.isEnabled()
    assert "shape" in dialog.words.text()
    assert "--" not in dialog.words.text()
    write(dialog, "fix", "mean[7]=3")
    assert not dialog.add()
    dialog.reject()


def test_a_constraint_can_be_taken_off_again(dialog: ConstraintsDialog) -> None:
    write(dialog, "tie", "sd")
    dialog.add()
    assert not dialog.remove_button.isEnabled()
    dialog.list.setCurrentRow(0)
    dialog.remove()
    assert dialog.constraints.items == ()
    assert dialog.free.text() == "5 free parameters"
    dialog.reject()


def test_a_start_of_several_columns_is_refused_in_a_sentence(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    before = window.document.current
    start = tmp_path / "start.json"
    component = {"weight": 1.0, "mean": [3.0, 70.0], "covariance": [[1.0, 0.0], [0.0, 100.0]]}
    start.write_text(json.dumps({"components": [component]}), encoding="utf-8")
    window.open_start(start)
    assert window.document.message is not None
    assert "known ones are weight, mean, sd" in window.document.message.text
    assert window.document.current is before
