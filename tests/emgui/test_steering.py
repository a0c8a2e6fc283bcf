"""Components added, removed, split and merged, and runs renamed and deleted, with real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.constraints.parsing import parse
from core.io import read_table
from core.mixture import Mixture
from core.roles import Roles
from emgui.holding import held_to
from emgui.matching import changed
from emgui.panels.grips import PLACE
from emgui.panels.plot import scale_of
from emgui.steering import carried
from emgui.window import Window

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CTRL = Qt.KeyboardModifier.ControlModifier


OTHERS = ("student_t", "lognormal", "weibull", "exponential", "uniform")


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
    window.centre.histogram.flush()


def run(qtbot: QtBot, window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.document.playing and bool(window.document.runs), timeout=20_000)
    window.centre.histogram.flush()


def mixture(window: Window) -> Mixture:
    assert window.document.moment is not None
    return window.document.moment.mixture


def port(window: Window) -> QWidget:
    return window.centre.histogram.plot.viewport()


def spot(window: Window, value: float, share: float = 0.8) -> QPoint:
    """Where a value is in the plot, at a share of its height from below."""
    panel = window.centre.histogram
    box = panel.box
    seen = box.seen()
    x = (float(scale_of(window.document).to_view(value)) - seen.left) / box.per_pixel()[0]
    return panel.plot.mapFromScene(box.mapToScene(QPointF(x, (1.0 - share) * box.height())))


def badge(window: Window, identity: int) -> QPoint:
    panel = window.centre.histogram
    x, y = next((x, y) for one, x, y in panel.badges.centres if one == identity)
    return panel.plot.mapFromScene(panel.box.mapToScene(QPointF(x, y)))


def double_click(window: Window, at: QPoint) -> None:
    """As a mouse does it: Qt itself makes press, release, double click and release of what the window gets."""
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseDClick(handle, LEFT, pos=port(window).mapTo(window, at))


def menu_at(qtbot: QtBot, ask: Callable[[], None]) -> QMenu:
    ask()
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    found = QApplication.activePopupWidget()
    assert isinstance(found, QMenu)
    return found


def choose(menu: QMenu, text: str) -> None:
    """Clicks on an entry of a menu."""
    action = next(one for one in menu.actions() if one.text().replace("&", "").startswith(text))
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def test_a_double_click_in_the_histogram_adds_a_component_there(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    before, first = mixture(window), window.document.current
    double_click(window, spot(window, 66.0))
    ready(qtbot, window)
    after = mixture(window)
    assert after.ids == (1, 2, 3)
    assert after.weights.tolist() == pytest.approx([*(before.weights * 2 / 3), 1 / 3])
    per_pixel = 0.1 + window.centre.histogram.box.per_pixel()[0] * 60
    assert after.parameters["mean"][2] == pytest.approx(66.0, abs=per_pixel)
    assert 1.0 < after.parameters["sd"][2] < 14.0
    assert window.document.selected == 3
    assert window.document.runs == [first]
    run(qtbot, window)
    assert len(window.document.runs) == 2


def test_a_double_click_beside_the_bars_or_on_an_axis_shows_all_again(qtbot: QtBot, window: Window) -> None:
    panel = window.centre.histogram
    whole = panel.box.viewRange()[0]
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Down, CTRL)
    assert panel.box.viewRange()[0] != whole
    double_click(window, spot(window, 30.0))
    assert panel.box.viewRange()[0] == whole
    QTest.keyClick(window, Qt.Key.Key_Up, CTRL)
    assert panel.box.viewRange()[0] != whole
    axis = panel.plot.mapFromScene(panel.left.mapToScene(panel.left.boundingRect().center()))
    double_click(window, axis)
    assert panel.box.viewRange()[0] == whole
    assert mixture(window).n_components == 2


def test_delete_takes_the_selected_component_and_the_others_keep_number_and_colour(
    qtbot: QtBot, window: Window
) -> None:
    window.change_components(1)
    ready(qtbot, window)
    before = mixture(window)
    window.document.select(2)
    QTest.keyClick(window, Qt.Key.Key_Delete)
    ready(qtbot, window)
    after = mixture(window)
    assert after.ids == (1, 3)
    assert after.parameters["mean"].tolist() == before.parameters["mean"][[0, 2]].tolist()
    assert window.document.options.n_components == 2
    assert {identity for identity, _, _ in window.centre.histogram.badges.centres} == {1, 3}
    run(qtbot, window)
    assert mixture(window).ids == (1, 3)
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    ready(qtbot, window)
    assert mixture(window).ids == (1, 2, 3)


def test_the_menu_of_a_badge_splits_and_merges(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    before = mixture(window)
    menu = menu_at(qtbot, lambda: QTest.mouseClick(port(window), RIGHT, pos=badge(window, 2)))
    assert window.document.selected == 2
    choose(menu, "Split")
    ready(qtbot, window)
    halves = mixture(window)
    assert halves.ids == (1, 2, 3)
    assert window.document.selected == 2
    assert halves.parameters["mean"][1:] @ [0.5, 0.5] == pytest.approx(before.parameters["mean"][1])
    menu = menu_at(qtbot, lambda: QTest.mouseClick(port(window), RIGHT, pos=badge(window, 2)))
    choose(menu, "Merge with nearest")
    ready(qtbot, window)
    again = mixture(window)
    assert again.ids == (1, 2)
    for name in ("mean", "sd"):
        assert again.parameters[name] == pytest.approx(before.parameters[name])


def test_a_row_of_the_table_has_the_menu_too(qtbot: QtBot, window: Window) -> None:
    table = window.results.parameters
    at = table.visualRect(table.rows.index(0, 1)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, table.viewport().mapToGlobal(at))
    menu = menu_at(qtbot, lambda: QApplication.sendEvent(table.viewport(), event) and None)
    assert window.document.selected == 1
    choose(menu, "Delete component")
    ready(qtbot, window)
    assert mixture(window).ids == (2,)
    assert not window._actions["remove_component"].isEnabled()
    assert window._actions["split_component"].isEnabled() is False  # nothing is selected


def test_components_of_several_kinds_merge_with_their_own_from_the_edit_menu(qtbot: QtBot, window: Window) -> None:
    window.document.choose(changed(window.document.options, window.document.data, family="gaussian+gaussian+uniform"))
    ready(qtbot, window)
    by_family = dict(zip(mixture(window).ids, mixture(window).family.of_components or (), strict=True))
    uniform = next(one for one, name in by_family.items() if name == "uniform")
    window.document.select(uniform)
    assert not window._actions["merge_component"].isEnabled()
    assert window._actions["remove_component"].isEnabled()
    window.document.select(next(one for one in by_family if one != uniform))
    assert window._actions["merge_component"].isEnabled()
    submenu = window.menus.submenus["merge"]
    submenu.aboutToShow.emit()
    assert len(submenu.actions()) == 1
    submenu.actions()[0].trigger()
    ready(qtbot, window)
    assert sorted(mixture(window).family.of_components or ()) == ["gaussian", "uniform"]


def test_add_puts_a_component_where_rows_are_missing(qtbot: QtBot, window: Window) -> None:
    window.document.select(1)
    QTest.keyClick(window, Qt.Key.Key_Delete)
    ready(qtbot, window)
    window._actions["add_component"].trigger()
    ready(qtbot, window)
    assert mixture(window).ids == (1, 2)
    assert 45.0 < mixture(window).parameters["mean"][0] < 62.0


def test_constraints_follow_their_component_or_are_dropped_with_a_sentence(qtbot: QtBot, window: Window) -> None:
    window.change_components(1)
    ready(qtbot, window)
    options = held_to(window.document.options, (parse("fix", "mean[1]=54"), parse("bound", "sd[3]=1:9")))
    window.transport.set_constraints(options)
    ready(qtbot, window)
    window.document.select(1)
    said: list[str] = []
    window.steering.noted.connect(said.append)
    QTest.keyClick(window, Qt.Key.Key_Delete)
    ready(qtbot, window)
    assert [one.text for one in window.document.options.constraints.items] == ["sd[2]=1.0:9.0"] or [
        one.text for one in window.document.options.constraints.items
    ] == ["sd[2]=1:9"]
    assert mixture(window).ids == (1, 2)
    assert said == ["No longer held, since the components are others: fix mean[1]=54."]


def test_ties_of_one_are_none_and_what_is_of_all_stays(qtbot: QtBot, window: Window) -> None:
    window.change_components(1)
    ready(qtbot, window)
    options = held_to(window.document.options, (parse("tie", "sd[1,2]"), parse("floor", "sd=0.5")))
    two = changed(options, window.document.data, n_components=2)
    assert [one.kind for one in two.constraints.items] == ["tie", "floor"]
    from core.steering import removed

    made, after, lost = carried(options, removed(mixture(window), 2), gone=2, altered=0)
    assert [one.kind for one in made.constraints.items] == ["floor"]
    assert [one.kind for one in lost] == ["tie"]
    assert after.ids == (1, 3)


def test_a_component_whose_number_is_high_can_be_held(qtbot: QtBot, window: Window) -> None:
    window.change_components(1)
    ready(qtbot, window)
    window.document.select(2)
    QTest.keyClick(window, Qt.Key.Key_Delete)
    ready(qtbot, window)
    held = mixture(window).parameters["mean"][1]
    window.transport.toggle_held(3, "mean")
    ready(qtbot, window)
    assert mixture(window).ids == (1, 2)
    assert [one.subject for one in window.document.options.constraints.items] == ["mean[2]"]
    assert mixture(window).parameters["mean"][1] == held


def test_table_and_posterior_follow_a_drag_and_come_back(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    window.document.select(1)
    panel, table = window.centre.histogram, window.results.parameters
    qtbot.waitUntil(lambda: table.rows.has_errors)
    panel.flush()
    posterior = window.centre.panels["posterior"]
    posterior.flush()
    lines = posterior.lines.ys[0].copy()  # type: ignore[attr-defined]
    column = list(table.rows._names).index("mean") + 1
    before, height = table.rows.index(0, column).data(), table.height()
    start = panel.plot.mapFromScene(panel.box.mapToScene(panel.grips._middle(PLACE)))
    QTest.mouseMove(port(window), start)
    QTest.mousePress(port(window), LEFT, pos=start)
    for dx in (20, 40):
        QTest.mouseMove(port(window), start + QPoint(dx, 0), 5)
        QTest.qWait(20)  # moves that follow faster are one
    qtbot.waitUntil(lambda: table.rows.index(0, column).data() != before)
    posterior.flush()
    assert table.height() == height
    assert window.document.preview is not None
    drawn = posterior.lines.ys[0]  # type: ignore[attr-defined]
    assert len(drawn) != len(lines) or not np.allclose(drawn, lines, atol=1e-3)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.document.preview is None
    assert table.rows.index(0, column).data() == before
    QTest.mouseRelease(port(window), LEFT, pos=start + QPoint(40, 0))


def test_what_was_dragged_can_be_undone_by_its_name(qtbot: QtBot, window: Window) -> None:
    before = mixture(window)
    window.document.select(1)
    panel = window.centre.histogram
    panel.flush()
    start = panel.plot.mapFromScene(panel.box.mapToScene(panel.grips._middle(PLACE)))
    QTest.mouseMove(port(window), start)
    QTest.mousePress(port(window), LEFT, pos=start)
    for dx in (20, 40):
        QTest.mouseMove(port(window), start + QPoint(dx, 0), 5)
        QTest.qWait(20)
    QTest.mouseRelease(port(window), LEFT, pos=start + QPoint(40, 0))
    ready(qtbot, window)
    assert mixture(window).parameters["mean"][0] != before.parameters["mean"][0]
    assert window._actions["undo"].text() == "&Undo drag mean of component 1"
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert mixture(window) is before
    assert window.document.selected == 1


def test_f2_renames_a_run_and_undo_takes_the_name_back(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    runs, made = window.results.runs, window.document.current
    assert made is not None
    window.activateWindow()
    QTest.mouseClick(runs.viewport(), LEFT, pos=runs.visualRect(runs.rows.index(0)).center())
    QTest.keyClick(runs, Qt.Key.Key_F2)
    field = runs.viewport().findChild(QLineEdit)
    assert field is not None
    assert field.text() == "Run 1"
    field.selectAll()
    QTest.keyClicks(field, "Two eruptions")
    window.results.refresh()  # as when a figure of the run is known late
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.name == "Two eruptions")
    assert runs.rows.index(0).data() == "Two eruptions"
    assert window._actions["undo"].text() == "&Undo rename run 1"
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert made.name == "Run 1"


def test_delete_in_the_list_takes_a_run_and_undo_brings_it_back(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    window.change_components(1)
    ready(qtbot, window)
    run(qtbot, window)
    first, second = window.document.runs
    runs = window.results.runs
    window.activateWindow()
    QTest.mouseClick(runs.viewport(), LEFT, pos=runs.visualRect(runs.rows.index(1)).center())
    QTest.keyClick(runs, Qt.Key.Key_Delete)
    assert window.document.runs == [first]
    assert window.document.current is first
    assert window.document.options.n_components == 2
    assert mixture(window).n_components == 2  # no component went with it
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.document.runs == [first, second]
    assert window.document.current is second
    menu = menu_at(qtbot, lambda: runs.menu(first).popup(runs.mapToGlobal(QPoint(20, 20))))
    choose(menu, "Delete")
    assert window.document.runs == [second]
    assert window.document.current is second


def test_a_number_is_never_given_to_two_runs(qtbot: QtBot, window: Window) -> None:
    run(qtbot, window)
    window._actions["delete_run"].trigger()
    assert window.document.runs == []
    ready(qtbot, window)
    run(qtbot, window)
    assert [one.number for one in window.document.runs] == [2]
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert [one.number for one in window.document.runs] == [1, 2]


def test_a_component_that_a_label_stands_for_stays(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    rows = [f"{place % 7 + 10 * (place % 2)},{'ab'[place % 2] if place % 5 == 0 else ''}" for place in range(120)]
    (tmp_path / "t.csv").write_text("size,kind\n" + "\n".join(rows))
    window.opener.take(read_table(tmp_path / "t.csv"), Roles(("size",), labels="kind"), meant=3)
    ready(qtbot, window)
    window.document.select(1)
    assert not window._actions["remove_component"].isEnabled()
    assert window.steering.partners == (3,)
    window._actions["merge_component"].trigger()
    ready(qtbot, window)
    assert mixture(window).ids == (1, 2)
    assert window.document.message is None


@pytest.mark.parametrize(
    "family", ["gamma", "poisson", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_every_family_can_be_steered_and_run_from_there(qtbot: QtBot, window: Window, family: str) -> None:
    window.document.choose(changed(window.document.options, window.document.data, family=family))
    ready(qtbot, window)
    for name, count in (("add", 3), ("split", 4), ("merge", 3), ("remove", 2)):
        window.document.select(mixture(window).ids[-1])
        window._actions[f"{name}_component"].trigger()
        ready(qtbot, window)
        assert (mixture(window).n_components, window.document.message) == (count, None)
        assert np.isfinite(window.document.current.log_likelihood if window.document.current else np.nan)
