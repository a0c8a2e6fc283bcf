"""What columns are for, chosen in the open dialog: suggestions, menus, keys, and what cannot be confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.roles import Roles
from core.table import Column, Dialect, Table
from emgui.dialogs.column_facts import sketches
from emgui.dialogs.column_list import role_box
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.roles import NONE, ROLES, VALUE, given_by, is_sequence, roles_of, said, suggested
from emgui.dialogs.sources import of_file
from emgui.errands import Errands

Open = Callable[[str], ColumnPicker]
COUNTED = "deaths,days,n\n" + "".join(f"{i % 5}.25,{i},{1 + i % 4}\n" for i in range(30))


@pytest.fixture
def pick(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens the dialog on a text, and closes it after the test."""
    errands, made = Errands(), []

    def opened(text: str) -> ColumnPicker:
        path = tmp_path / "some.csv"
        path.write_text(text, encoding="utf-8")
        source = of_file(path)
        picker = ColumnPicker(source.look(Dialect(), lambda fraction: None), errands, source)
        made.append(picker)
        picker.show()
        qtbot.waitExposed(picker)
        return picker

    yield opened
    for picker in made:
        picker.close()
        picker.deleteLater()
    errands.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def table_of(**columns: Any) -> Table:
    made = tuple(Column(name, np.asarray(values, dtype=float)) for name, values in columns.items())
    return Table("some.csv", "", "", len(made[0].values), made)  # type: ignore[arg-type]


def suggestion(**columns: Any) -> dict[str, str]:
    table = table_of(**columns)
    return suggested(table, sketches(table, lambda fraction: None))


MEASURED = np.random.default_rng(3).normal(size=40)


def test_a_numbering_of_the_rows_is_never_the_value() -> None:
    assert suggestion(id=np.arange(1, 41), height=MEASURED) == {VALUE: "height"}
    assert suggestion(id=np.arange(1, 41), again=np.arange(40)) == {}


def test_a_numbering_that_is_counted_is_the_value() -> None:
    assert suggestion(value=np.arange(10), freq=[1, 5, 9, 7, 5, 4, 3, 2, 1, 1]) == {VALUE: "value", "counts": "freq"}


def test_a_name_alone_makes_nothing_certain() -> None:
    assert suggestion(height=MEASURED, n=MEASURED) == {VALUE: "height"}
    assert suggestion(height=MEASURED, status=np.arange(40) % 3) == {VALUE: "height"}
    assert suggestion(lower=MEASURED, upper=-MEASURED) == {VALUE: "lower"}
    assert suggestion(low=MEASURED, high=MEASURED + 1.0) == {VALUE: "low"}


def test_what_is_certain_is_suggested() -> None:
    assert suggestion(time=MEASURED, observed=np.arange(40) % 2) == {VALUE: "time", "observed": "observed"}
    edges = np.arange(11.0)
    bins = {"lower": edges[:-1], "upper": edges[1:], "count": [1, 5, 9, 7, 5, 4, 3, 2, 1, 1]}
    assert suggestion(**bins) == {"lower": "lower", "upper": "upper", "counts": "count"}
    open_ended = {"lower": [np.nan, 3.0, 1.0], "upper": [2.0, 3.0, np.nan]}
    assert suggestion(**open_ended) == {"lower": "lower", "upper": "upper"}


@drawn(st.integers(-1000, 1000), st.integers(3, 50), st.data())
def test_a_sequence_with_any_one_number_changed_is_none(first: int, n: int, data: st.DataObject) -> None:
    values = np.arange(first, first + n, dtype=float)
    assert is_sequence(values)
    values[data.draw(st.integers(0, n - 1))] += data.draw(st.sampled_from([0.5, 2.0, -1.0, np.nan]))
    assert not is_sequence(values)


@pytest.mark.parametrize(
    "roles",
    [
        Roles(("x",)),
        Roles(("x",), counts="n", labels="who", group="place", share="components", where="n > 2"),
        Roles(lower="a", upper="b", weights="w", truncate=(0.0, float("inf"))),
        Roles(("x",), errors="e", transform="log"),
    ],
)
def test_roles_survive_the_dialog_unchanged(roles: Roles) -> None:
    more = {name: getattr(roles, name) for name in ("where", "truncate", "transform", "labels_for", "share")}
    assert roles_of(given_by(roles), **more) == roles


def test_roles_in_words_say_everything_but_a_plain_value() -> None:
    assert said(Roles(("waiting",))) == ""
    roles = Roles(("waiting",), counts="n", labels="who", where="n > 2", truncate=(50.0, float("inf")))
    assert said(roles) == "value waiting · count n · label who (clamped) · recorded only from 50 · filter n > 2"
    assert said(Roles(lower="a", upper="b", counts="count")) == "intervals a to b · count"


def test_looking_at_a_column_makes_it_the_value_until_it_gets_another_role(pick: Open) -> None:
    picker = pick(COUNTED.replace(",n\n", ",weight\n"))
    assert picker.given == {VALUE: "deaths"}
    QTest.keyClick(picker.list, Qt.Key.Key_Down)
    QTest.keyClick(picker.list, Qt.Key.Key_Down)
    assert picker.given == {VALUE: "weight"}
    picker.give("weight", "weights")
    assert picker.given[VALUE] in ("deaths", "days")
    assert picker.given["weights"] == "weight"


def test_a_value_chosen_by_its_role_stays_when_others_are_looked_at(pick: Open) -> None:
    picker = pick(COUNTED)
    picker.give("days", VALUE)
    picker.list.choose("deaths")
    assert picker.given == {VALUE: "days", "counts": "n"}
    assert picker._open.text() == "Open days"


def test_a_click_on_a_role_opens_its_menu_and_a_choice_gives_it(qtbot: QtBot, pick: Open) -> None:
    picker = pick(COUNTED)
    row = next(i for i, column in enumerate(picker.list.columns.columns) if column.name == "days")
    spot = role_box(picker.list.visualRect(picker.list.columns.index(row))).center()
    QTest.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    menu = picker.list.menu
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    assert texts == [*(title for role, (title, _) in ROLES.items() if role != NONE), "Not used"]
    qtbot.waitExposed(menu)
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    next(action for action in menu.actions() if action.text() == "Weight").trigger()
    assert picker.given["weights"] == "days"


def test_the_menu_comes_by_the_keyboard_too(qtbot: QtBot, pick: Open) -> None:
    picker = pick(COUNTED)
    QTest.keyClick(picker.list, Qt.Key.Key_Space)
    menu = picker.list.menu
    assert menu is not None
    qtbot.waitExposed(menu)
    assert menu.activeAction().text() == "Value"
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert picker.given == {"counts": "deaths"}


def test_what_does_not_go_together_cannot_be_opened_and_says_why(qtbot: QtBot, pick: Open) -> None:
    picker = pick(COUNTED)
    picker.give("days", "weights")
    assert picker._says.text() == (
        "“Count” and “Weight” may not be combined: a row is either so many rows, or so reliable."
    )
    assert not picker._open.isEnabled()
    QTest.keyClick(picker.list, Qt.Key.Key_Return)
    assert picker.isVisible()
    picker.give("days", NONE)
    qtbot.waitUntil(lambda: picker._says.text() == "30 of 30 rows", timeout=5000)
    assert picker._open.isEnabled()


def test_without_a_value_the_dialog_asks_for_one(pick: Open) -> None:
    picker = pick(COUNTED)
    picker.give(picker.given[VALUE], NONE)
    assert picker._says.text() == "Choose the column that holds the values."
    assert not picker._open.isEnabled()


def test_counts_that_are_none_are_refused_with_their_row(qtbot: QtBot, pick: Open) -> None:
    picker = pick(COUNTED)
    picker.give("days", VALUE)
    picker.give("deaths", "counts")
    qtbot.waitUntil(lambda: "“deaths” is 0.25 in row 1" in picker._says.text(), timeout=5000)
    assert not picker._open.isEnabled()


def test_a_lower_end_above_the_upper_one_is_said_when_typing_stops(qtbot: QtBot, pick: Open) -> None:
    picker = pick("a,b\n1.5,2\n2.5,3\n1.75,9\n")
    for name, text in (("Recorded from", "9"), ("Recorded to", "1")):
        field = next(line for line in picker.findChildren(QLineEdit) if line.accessibleName() == name)
        QTest.keyClicks(field, text)
    qtbot.waitUntil(lambda: "lower end below the upper one" in picker._says.text(), timeout=5000)
    assert "--" not in picker._says.text()


def test_a_column_of_few_texts_can_tell_groups_apart_but_holds_no_values(qtbot: QtBot, pick: Open) -> None:
    picker = pick("x,who\n" + "".join(f"{i / 7},{'ab'[i % 2]}\n" for i in range(30)))
    picker.list.choose("who")
    assert picker.given == {VALUE: "x"}
    QTest.keyClick(picker.list, Qt.Key.Key_F2)
    menu = picker.list.menu
    assert menu is not None
    possible = [action.text() for action in menu.actions() if action.isEnabled()]
    menu.close()
    assert possible == ["Label", "Group", "Not used"]
    picker.give("who", "labels")
    assert picker.rows._labels_for.isVisible()
    assert picker.roles == Roles(("x",), labels="who")


def test_missing_texts_are_read_again_as_missing(qtbot: QtBot, pick: Open) -> None:
    picker = pick("x,y\n1.5,2\n-999,3\n1.75,9\n2.5,1\n")
    field = next(line for line in picker.findChildren(QLineEdit) if line.accessibleName() == "Missing")
    field.setFocus()
    QTest.keyClicks(field, "-999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert picker.isVisible()  # Enter took the field, not the dialog

    def left_out() -> int:
        return 0 if picker.table is None else picker.table.columns[0].n_left_out

    qtbot.waitUntil(lambda: left_out() == 1, timeout=5000)
