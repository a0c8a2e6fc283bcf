"""Everyone can use it: by keys alone, and by what a screen reader is told."""

from __future__ import annotations

import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QMenu,
    QSplitter,
    QWidget,
)
from pytestqt.qtbot import QtBot

import emgui.dialogs
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.roles import Roles
from core.table import Dialect
from emgui.actions import ACTIONS
from emgui.dialogs.export_form import ExportForm
from emgui.dialogs.sources import of_text
from emgui.document import Message
from emgui.nudging import nudged
from emgui.sheets import SHEETS
from emgui.tab_order import stops
from emgui.window import Window

DIALOGS: dict[str, Callable[[Window], object]] = {
    "ColumnPicker": lambda w: w.choose_column(),
    "ConstraintsDialog": lambda w: w.edit_constraints(),
    "FigureDialog": lambda w: w.exporter.ask("figure"),
    "FilmDialog": lambda w: w.exporter.ask("film"),
    "GenerateDialog": lambda w: w.opener.generate(),
    "LeftOutDialog": lambda w: w.show_left_out(),
    "LogDialog": lambda w: w.show_log(),
    "ManualDialog": lambda w: w.show_manual(),
}
"""How each dialog is opened."""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """The window as it comes up."""
    made = Window()
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def busy(qtbot: QtBot, window: Window) -> Window:
    """The window with rows (one left out), a run, another start and a message: all there is to be reached."""
    values = [str(50 + i % 37 + i % 5) for i in range(120)]
    table = of_text("waiting,kind\n" + "\n".join(f"{value},a" for value in [*values, "none at all"]), "clipboard")
    window.opener.take(table.read(Dialect(), lambda fraction: None), Roles(("waiting",)), "min")
    document = window.document
    qtbot.waitUntil(lambda: document.histogram is not None and document.moment is not None, timeout=10_000)
    window.transport.go_to(7)
    qtbot.waitUntil(lambda: document.position == 7 and not document.playing, timeout=10_000)
    document.say(Message("warning", "Something", "was noted.", (("new_seed", "Start with another seed"),)))
    window.setFocus()
    return window


def is_stop(widget: QWidget) -> bool:
    """Whether Tab should come to a widget now."""
    if not (widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus):
        return False
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    if group is not None and group.exclusive() and group.checkedButton() not in (None, widget):
        return False  # of choices that exclude each other the one that is chosen is the stop, and arrows choose
    return widget.focusProxy() is None and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))


def wanted_stops(top: QWidget) -> list[QWidget]:
    """Everything in a window that can have the keyboard."""
    return [widget for widget in top.findChildren(QWidget) if widget.window() is top and is_stop(widget)]


def walked(top: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Where a key leads to, press by press, until it comes round."""
    seen: list[QWidget] = []
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget() or top, key)
        at = QApplication.focusWidget()
        if at is None or at in seen:
            break
        seen.append(at)
    return seen


def spoken_name(widget: QWidget) -> str:
    """What a screen reader calls a widget."""
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def described(widgets: list[QWidget]) -> list[str]:
    return [f"{type(widget).__name__} {spoken_name(widget) or widget.objectName()}" for widget in widgets]


def assert_everyone_can_use(top: QWidget) -> None:
    """Every control has a name and is reached with Tab and with Shift+Tab."""
    wanted = wanted_stops(top)
    assert wanted
    assert not described([widget for widget in wanted if not spoken_name(widget).strip()])
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        reached = walked(top, key)
        assert not described([widget for widget in wanted if widget not in reached])
    deaf = [
        button
        for button in top.findChildren(QAbstractButton)
        if button.window() is top
        and button.isVisible()
        and button.focusPolicy() is Qt.FocusPolicy.NoFocus
        and not isinstance(button.parent(), (QAbstractSpinBox, QAbstractItemView))
    ]
    assert not described(deaf)  # type: ignore[arg-type]


def test_all_of_the_first_page_is_named_and_reached(window: Window) -> None:
    assert_everyone_can_use(window)


def test_tab_reaches_all_of_the_window_toolbar_left_panel_plots_parameters_runs_message(busy: Window) -> None:
    window = busy
    assert_everyone_can_use(window)
    parts: list[QWidget] = [window.toolbar, window.setup, window.centre, window.results, window.message]
    within = walked(window)
    first = next(i for i, widget in enumerate(within) if window.toolbar.isAncestorOf(widget))
    within = within[first:] + within[:first]  # the walk may have begun anywhere
    order = [next(i for i, part in enumerate(parts) if part.isAncestorOf(widget)) for widget in within]
    assert order == sorted(order)
    assert set(order) == set(range(len(parts)))
    plots = [within.index(window.centre.panels[name]) for name in ("histogram", "posterior", "timeline")]
    assert plots == sorted(plots)
    assert within.index(window.results.parameters) < within.index(window.results.runs)
    left = [widget for widget in within if window.setup.isAncestorOf(widget)]
    heights = [widget.mapTo(window, widget.rect().topLeft()).y() for widget in left]
    assert heights == sorted(heights)
    top = [
        widget.mapTo(window, widget.rect().topLeft()).x() for widget in within if window.toolbar.isAncestorOf(widget)
    ]
    assert top == sorted(top)


def test_every_dialog_is_in_this_table() -> None:
    modules = [import_module(f"emgui.dialogs.{info.name}") for info in pkgutil.iter_modules(emgui.dialogs.__path__)]
    found = {
        name
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, QDialog) and kind not in (QDialog, ExportForm)
    }
    assert found == set(DIALOGS)


def test_all_of_every_dialog_is_named_and_reached(qtbot: QtBot, busy: Window) -> None:
    def shown(name: str) -> list[QDialog]:
        tops = QApplication.topLevelWidgets()
        return [top for top in tops if isinstance(top, QDialog) and type(top).__name__ == name and top.isVisible()]

    for name, open_dialog in DIALOGS.items():
        open_dialog(busy)
        qtbot.waitUntil(lambda name=name: len(shown(name)) == 1, timeout=10_000)
        dialog = shown(name)[0]
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        assert_everyone_can_use(dialog)
        dialog.close()


def test_all_of_every_sheet_is_named_and_reached_as_it_is_laid_out(qtbot: QtBot, busy: Window) -> None:
    for name in SHEETS:
        busy.open_sheet(name)
        sheet = busy.sheets[name]
        qtbot.waitUntil(sheet.isActiveWindow)
        assert_everyone_can_use(sheet)
        order = [widget for widget in stops(sheet) if is_stop(widget)]
        reached = walked(sheet)
        first = reached.index(order[0])
        assert reached[first:] + reached[:first] == order
        sheet.close()


def test_no_two_entries_of_a_menu_have_the_same_mnemonic(busy: Window) -> None:
    def mnemonic(text: str) -> str:
        text = text.replace("&&", "")
        return text.partition("&")[2][:1].lower()

    menus = [busy.menuBar(), *busy.findChildren(QMenu), busy.results.runs.menu(busy.document.runs[0])]
    clashes = []
    for menu in menus:
        letters = Counter(mnemonic(action.text()) for action in menu.actions())
        texts = [action.text() for action in menu.actions() if letters[mnemonic(action.text())] > 1]
        clashes += [text for text in texts if mnemonic(text)]
    assert not clashes


def test_every_action_is_in_a_menu_or_has_a_key(window: Window) -> None:
    listed = {action.objectName() for menu in window.findChildren(QMenu) for action in menu.actions()}
    assert not [act.name for act in ACTIONS if act.name not in listed and not act.keys]


def test_cells_of_the_table_rows_of_the_list_and_plots_say_what_they_show(qtbot: QtBot, busy: Window) -> None:
    rows = busy.results.parameters.rows
    role = Qt.ItemDataRole.AccessibleTextRole
    assert rows.index(0, 0).data(role) == "component 1"
    assert str(rows.index(0, 2).data(role)).startswith("mean of component 1: ")
    assert str(rows.index(1, 1).data(role)).startswith("weight of component 2: ")
    runs = busy.results.runs.rows
    said = str(runs.index(0, 0).data(role))
    assert said.startswith("Run 1, shown: K = 2, ")
    assert "log-likelihood −" in said
    assert "BIC " in said
    for panel in busy.centre.panels.values():
        qtbot.waitUntil(lambda panel=panel: panel.accessibleDescription().endswith("."))
        assert panel.accessibleName()


def test_arrow_keys_move_the_border_between_plots(busy: Window) -> None:
    centre = busy.centre
    before = centre.sizes()
    divider = centre.handle(1)
    divider.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(3):
        QTest.keyClick(divider, Qt.Key.Key_Up)
    assert centre.sizes()[0] == before[0] - 24
    QTest.keyClick(divider, Qt.Key.Key_Down)
    assert centre.sizes()[0] == before[0] - 16
    assert sum(centre.sizes()) == sum(before)
    assert isinstance(divider.parent(), QSplitter)


def test_alt_and_an_arrow_move_what_a_grip_moves(qtbot: QtBot, busy: Window) -> None:
    document, table = busy.document, busy.results.parameters

    def value(name: str) -> float:
        mixture = document.moment.mixture if document.moment is not None else None
        if mixture is None:
            return 0.0
        return float((mixture.weights if name == "weight" else mixture.parameters[name])[1])

    for column, name in ((1, "weight"), (2, "mean"), (3, "sd")):
        table.setFocus()
        table.setCurrentIndex(table.rows.index(1, column))
        assert document.moment is not None
        wanted = nudged(document.moment.mixture, 2, name, 1)
        QTest.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda name=name, wanted=wanted: value(name) == pytest.approx(wanted, rel=1e-12))
        assert document.current is not None
        assert document.current.last_number == 0


def test_a_nudge_is_a_tenth_of_an_sd_or_a_twentieth_of_what_is_positive_and_a_share_stays_one() -> None:
    parameters = {"mean": np.array([55.0, 80.0]), "sd": np.array([5.0, 6.0])}
    mixture = Mixture(Gaussian(), np.array([0.4, 0.6]), parameters)
    assert 0.4 < nudged(mixture, 1, "weight", 5) < nudged(mixture, 1, "weight", 500) < 1.0
    assert nudged(mixture, 1, "sd", 1) == pytest.approx(5.25)
    assert nudged(mixture, 2, "mean", -1) == pytest.approx(79.4)


def test_the_message_is_dismissed_and_followed_by_keys(busy: Window) -> None:
    button = busy.message.findChild(QAbstractButton, "message-new_seed")
    seed = busy.document.options.seed
    while QApplication.focusWidget() is not button:
        QTest.keyClick(QApplication.focusWidget() or busy, Qt.Key.Key_Tab)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert busy.document.options.seed == seed + 1
    assert busy.document.message is None
