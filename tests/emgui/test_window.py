"""The whole window, driven as a person would."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core import fit
from core.samples import list_samples
from emgui.actions import ACTIONS, EXPORTS, MENUS, SELECTS
from emgui.run import Phase, Run
from emgui.window import Window


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """The window as it comes up, without data."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def loaded(qtbot: QtBot, window: Window, faithful: Path) -> Window:
    """The window with Old Faithful's waiting times, its start drawn."""
    window.opener.open_path(faithful, column="waiting")
    ready(qtbot, window)
    return window


def ready(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(
        lambda: window.document.moment is not None and window.document.histogram is not None, timeout=10_000
    )


def settle(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: not window.document.playing, timeout=20_000)


def press(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.activateWindow()
    QTest.keyClick(window, key, modifier)


def test_the_empty_page_offers_samples_and_nothing_to_run(window: Window) -> None:
    assert window.pages.currentWidget() is window.welcome
    assert not window._actions["run"].isEnabled()
    assert not window._actions["export_result"].isEnabled()


def test_a_file_with_its_column_named_opens_and_draws_its_start(loaded: Window) -> None:
    assert loaded.pages.currentIndex() == 1
    assert loaded.document.column == "waiting"
    assert loaded.document.moment is not None
    assert loaded.document.moment.phase is Phase.START
    assert loaded.windowTitle().startswith("faithful.csv")


def test_space_runs_and_the_table_shows_the_certified_parameters(qtbot: QtBot, loaded: Window) -> None:
    press(loaded, Qt.Key.Key_Space)
    settle(qtbot, loaded)
    model = loaded.results.parameters.rows
    qtbot.waitUntil(lambda: model.index(0, 2).data() == "54.6154")
    assert model.index(1, 2).data() == "80.0914"
    assert "onverged" in loaded.status.sentence.full_text


def test_the_keys_step_and_scrub(qtbot: QtBot, loaded: Window) -> None:
    document = loaded.document
    press(loaded, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: document.position == 3)
    press(loaded, Qt.Key.Key_Left)
    assert document.position == 1
    press(loaded, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert document.position == 2
    press(loaded, Qt.Key.Key_E)
    assert document.position == 3
    press(loaded, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: document.position == 4)
    press(loaded, Qt.Key.Key_Home)
    assert document.position == 0
    press(loaded, Qt.Key.Key_End)
    assert document.is_at_end


def test_a_step_out_of_turn_says_whose_turn_it_is(qtbot: QtBot, loaded: Window) -> None:
    press(loaded, Qt.Key.Key_M)
    assert "E step comes next" in loaded.status.sentence.full_text
    assert loaded.document.position == 0


def focus_on(qtbot: QtBot, window: Window, widget: QWidget) -> None:
    window.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is widget)


def test_arrows_and_letters_are_a_choices_own_while_it_has_the_focus(qtbot: QtBot, loaded: Window) -> None:
    box = loaded.setup.form.editor("covariance")
    focus_on(qtbot, loaded, box)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_E, Qt.Key.Key_M):
        QTest.keyClick(box, key)
    assert loaded.document.position == 0
    assert not loaded.document.playing


def test_space_presses_the_button_that_has_the_focus(qtbot: QtBot, loaded: Window) -> None:
    focus_on(qtbot, loaded, loaded.results._more)
    QTest.keyClick(loaded.results._more, Qt.Key.Key_Space)
    assert loaded.document.options.n_components == 3
    assert not loaded.document.playing


@pytest.mark.parametrize("name", ["table", "speed", "components"])
def test_space_runs_wherever_a_control_has_no_use_for_it(qtbot: QtBot, loaded: Window, name: str) -> None:
    spin = loaded.setup.form.editor("n_components")
    widget = {"table": loaded.results.parameters, "speed": loaded.toolbar.slider, "components": spin}[name]
    focus_on(qtbot, loaded, widget)
    QTest.keyClick(widget, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(loaded.document.runs) == 1)
    settle(qtbot, loaded)


def test_zoom_and_its_reset_have_keys(qtbot: QtBot, loaded: Window) -> None:
    before = loaded.centre.histogram.box.seen()
    press(loaded, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert loaded.centre.histogram.box.seen().left > before.left
    press(loaded, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert loaded.centre.histogram.box.seen().left == pytest.approx(before.left)


def test_ctrl_c_copies_the_parameters_for_a_spreadsheet(qtbot: QtBot, loaded: Window) -> None:
    loaded.results.parameters.setFocus()
    QTest.keyClick(loaded.results.parameters, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "component\tweight\tmean\tsd"
    assert len(lines) == 3
    assert loaded.document.moment is not None
    assert float(lines[1].split("\t")[2]) == loaded.document.moment.mixture.parameters["mean"][0]


def test_a_bad_file_is_one_message_and_costs_nothing(qtbot: QtBot, loaded: Window, tmp_path: Path) -> None:
    table = loaded.document.table
    bad = tmp_path / "people.csv"
    bad.write_text("name\nalice\nbob\n")
    loaded.opener.open_path(bad)
    qtbot.waitUntil(lambda: loaded.document.message is not None)
    assert loaded.document.message is not None
    assert "people.csv" in loaded.document.message.title + loaded.document.message.text
    assert loaded.document.table is table
    press(loaded, Qt.Key.Key_Escape)
    assert loaded.document.message is None


def test_a_dropped_file_opens(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("x\n" + "\n".join(str(i % 7 + i / 10) for i in range(50)) + "\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    ready(qtbot, window)
    assert window.document.column == "x"


def test_more_components_by_the_button_draw_a_new_start(qtbot: QtBot, loaded: Window) -> None:
    loaded.results._more.click()
    qtbot.waitUntil(lambda: loaded.document.moment is not None and loaded.document.moment.mixture.n_components == 3)
    assert loaded.results.parameters.rows.rowCount() == 3
    assert loaded.setup.form.editor("n_components").value() == 3  # type: ignore[attr-defined]


def test_a_value_that_is_no_number_is_refused_in_words(qtbot: QtBot, loaded: Window) -> None:
    editor = loaded.setup.form.editor("tolerance")
    editor.setText("fast")  # type: ignore[attr-defined]
    editor.editingFinished.emit()  # type: ignore[attr-defined]
    assert loaded.document.message is not None
    assert "fast" in loaded.document.message.text
    assert loaded.document.options.tolerance == 1e-6


def test_selecting_a_row_selects_the_component(loaded: Window) -> None:
    loaded.results.parameters.selectRow(1)
    assert loaded.document.selected == 2
    loaded.document.select(1)
    assert loaded.results.parameters.currentIndex().row() == 0


def test_typing_an_iteration_goes_there(qtbot: QtBot, loaded: Window) -> None:
    loaded.transport.run()
    settle(qtbot, loaded)
    loaded.toolbar.edit_position()
    loaded.toolbar._position.setText("3")
    loaded.toolbar._position.returnPressed.emit()
    assert loaded.document.moment is not None
    assert loaded.document.moment.number == 3


def test_dragging_in_the_log_likelihood_scrubs(qtbot: QtBot, loaded: Window) -> None:
    loaded.transport.run()
    settle(qtbot, loaded)
    loaded.centre.timeline.scrubbed.emit(7)
    assert loaded.document.position == 7


def test_the_window_asks_once_before_runs_are_lost(
    qtbot: QtBot, loaded: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.transport.run()
    settle(qtbot, loaded)
    asked: list[bool] = []

    def answer(self: Window, runs: object = None, then: object = None) -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(Window, "may_lose_runs", answer)
    assert not loaded.close()
    assert loaded.isVisible()
    assert asked == [True]


def test_exporting_the_result_makes_the_run_saved(qtbot: QtBot, loaded: Window, tmp_path: Path) -> None:
    loaded.transport.run()
    settle(qtbot, loaded)
    assert loaded.document.has_unsaved_runs
    assert loaded.document.current is not None
    loaded.document.mark_saved(loaded.document.current)
    assert not loaded.document.has_unsaved_runs


def test_layout_and_appearance_are_remembered(qtbot: QtBot, window: Window) -> None:
    window.resize(1100, 720)
    window.show_panel("posterior", False)
    window.toolbar.slider.setValue(2)
    window.set_appearance("dark")
    window.close()
    again = Window()
    again.show()
    assert again.settings.value("geometry") is not None
    assert again.size().height() == 720
    assert not again.menus.panels["posterior"].isChecked()
    assert again.toolbar.slider.value() == 2
    assert again.theme.name == "dark"
    again.set_appearance("light")
    again.close()
    again.deleteLater()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("speed", "99999999999"),
        ("speed", "²"),
        ("hidden", ["a", "b"]),
        ("geometry", "nonsense"),
        ("splitter", 7),
        ("recent/files", "[" * 100_000),
        ("recent/files", json.dumps([["/" + "x" * 300, "0001-01-01T00:00:00+14:00"], ["\0", ""]])),
        ("recent/folder", "/" + "y" * 5000),
        ("appearance", "purple"),
    ],
)
def test_settings_that_make_no_sense_are_passed_over(qtbot: QtBot, key: str, value: object) -> None:
    QSettings().setValue(key, value)
    window = Window()
    window.show()
    window.opener.choose_file()
    window.close()
    window.deleteLater()


def test_every_action_stands_in_a_menu(window: Window) -> None:
    in_menus = {name for _, names in MENUS for name in names.split()}
    submenus = {"generate", "export_result", *EXPORTS.split(), *SELECTS.split()}
    assert {act.name for act in ACTIONS} <= in_menus | submenus


def test_no_two_actions_share_a_key() -> None:
    keys = [key for act in ACTIONS for key in act.keys]
    assert len(keys) == len(set(keys))


def test_every_control_has_an_accessible_name(loaded: Window) -> None:
    for button in loaded.findChildren(QToolButton):
        if button.isVisible() and button.objectName() != "qt_menubar_ext_button":
            assert button.accessibleName() or button.text(), button.objectName()
    for name in ("n_components", "covariance", "start", "tolerance"):
        assert loaded.setup.form.editor(name).accessibleName()


def test_at_the_smallest_size_nothing_is_cut_off(qtbot: QtBot, loaded: Window) -> None:
    loaded.resize(1024, 700)
    qtbot.wait(50)
    assert loaded.size().width() == 1024
    assert loaded.toolbar.minimumSizeHint().width() <= 1024


def test_a_galton_histogram_can_be_coloured_by_sex(qtbot: QtBot, window: Window) -> None:
    galton = next(sample for sample in list_samples() if sample.id == "galton")
    window.opener.open_sample(galton)
    ready(qtbot, window)
    assert window.document.label_columns == ["sex"]
    window.change_view(label="sex")
    qtbot.waitUntil(lambda: window.document.histogram is not None and window.document.histogram.levels is not None)
    assert window.document.histogram is not None
    assert window.document.histogram.levels is not None
    np.testing.assert_allclose(window.document.histogram.levels.sum(), 934)


def test_closing_in_the_middle_of_a_fit_is_clean(qtbot: QtBot, loaded: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded.document.set_options(replace(loaded.document.options, tolerance=0.0, n_components=8))
    ready(qtbot, loaded)
    loaded.transport.run()
    qtbot.wait(50)
    monkeypatch.setattr(Window, "may_lose_runs", lambda self, runs=None, then=None: True)
    assert loaded.close()


def test_while_a_run_goes_on_fast_the_bars_follow_once_a_frame(
    qtbot: QtBot, loaded: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.transport.go_to(21)
    qtbot.waitUntil(lambda: loaded.document.position == 21)
    loaded.document.set_playing(True, fast=True)
    asked: list[int] = []
    monkeypatch.setattr(loaded.toolbar, "refresh", lambda: asked.append(1))
    for position in range(1, 22):
        loaded.document.move(position)
    assert asked == []
    QApplication.processEvents()
    assert asked == [1]
    assert "iteration 10 " in loaded.status.findChildren(QLabel)[-1].text()
    loaded.document.set_playing(False)
    assert len(asked) == 2


def test_both_appearances_can_be_switched_while_a_fit_runs(qtbot: QtBot, loaded: Window) -> None:
    loaded.document.set_options(replace(loaded.document.options, tolerance=0.0, n_components=4))
    ready(qtbot, loaded)
    loaded.transport.run()
    for name in ("dark", "light", "dark", "light"):
        loaded.set_appearance(name)
        qtbot.wait(20)
    loaded.transport.pause()
    assert QSettings().value("appearance") == "light"


@pytest.mark.parametrize("n_actions", [500, pytest.param(5000, marks=pytest.mark.slow)])
def test_thousands_of_random_actions_leave_the_window_sound(
    n_actions: int, qtbot: QtBot, loaded: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicks in any order, with a seed: whatever comes, the cursor stands on the tape and panels show what it shows."""
    monkeypatch.setattr(Window, "may_lose_runs", lambda self, runs=None, then=None: True)
    chance = random.Random(20)
    deeds = _deeds(loaded, chance)
    for number in range(n_actions):
        chance.choice(deeds)()
        if number % 5 == 0:
            QApplication.processEvents()
        document = loaded.document
        if document.current is not None and document.current.is_ready:
            assert 0 <= document.position <= document.current.last_position
            assert document.moment is not None
    loaded.transport.pause()
    qtbot.waitUntil(lambda: loaded.document.moment is not None)
    moment = loaded.document.moment
    assert moment is not None
    loaded.results.refresh()
    assert loaded.results.parameters.rows.rowCount() == moment.mixture.n_components
    for run in loaded.document.runs:
        assert (np.diff(run.history.scalar("log_likelihood")) >= -1e-7).all()
        fit_says_what_the_run_did(run)


def fit_says_what_the_run_did(run: Run) -> None:
    """The options that go into a run's file make the same run again."""
    start = run.given if run.options.start == "given" else None
    again, _ = fit(run.data, replace(run.options, max_iterations=min(run.last_number, 200)), start)
    assert again.log_likelihood == pytest.approx(run.history.scalar("log_likelihood")[again.number], abs=1e-9)


def _deeds(window: Window, chance: random.Random) -> list[Callable[[], object]]:
    document, transport = window.document, window.transport

    def options(**changes: object) -> None:
        document.set_options(replace(document.options, **changes))  # type: ignore[arg-type]

    def pick_run() -> None:
        if document.runs:
            transport.select_run(chance.choice(document.runs))

    def scrub() -> None:
        if document.current is not None:
            transport.go_to(chance.randrange(0, max(1, document.current.last_position + 1)))

    def click_somewhere() -> None:
        area = window.centre.rect()
        at = QPoint(chance.randrange(area.width()), chance.randrange(area.height()))
        target = window.centre.childAt(at)
        if target is not None:
            QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFrom(window.centre, at))

    keys = (
        Qt.Key.Key_Space,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_E,
        Qt.Key.Key_M,
    )
    return [
        *(lambda key=key: QTest.keyClick(window, key) for key in keys),  # type: ignore[misc]
        *(lambda key=key: QTest.keyClick(window, key) for key in keys),  # type: ignore[misc]
        lambda: transport.half_forward(),
        lambda: transport.half_back(),
        lambda: transport.finish(),
        lambda: options(n_components=chance.randint(1, 6)),
        lambda: options(covariance=chance.choice(["full", "tied"])),
        lambda: options(start=chance.choice(["kmeans", "quantiles", "random", "uniform"])),
        lambda: options(seed=chance.randint(0, 5)),
        lambda: options(restarts=chance.choice([1, 1, 3])),
        lambda: options(max_iterations=chance.choice([0, 3, 50, 10_000])),
        lambda: window.change_view(density=None),
        lambda: window.change_view(tint=None),
        lambda: window.change_view(sample=None),
        lambda: document.set_view(replace(document.view, n_bins=chance.choice([0, 5, 40]))),
        lambda: document.select(chance.randint(0, 3)),
        lambda: window.toolbar.change_speed(chance.choice([-1, 1])),
        lambda: window.resize(chance.choice([1024, 1280]), chance.choice([700, 800])),
        lambda: document.set_unit(chance.choice(["", "min", "a <b>unit</b>"])),
        lambda: window.copy_parameters(),
        lambda: window.forget_other_runs(),
        pick_run,
        scrub,
        click_somewhere,
        lambda: QApplication.processEvents(),
    ]
