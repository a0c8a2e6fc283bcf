"""What all sheets do: long work with its progress, Cancel, closing, other data, and the windows that show them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.errors import InputError
from core.samples import list_samples
from emgui import theme
from emgui.document import Document
from emgui.jobs import Report
from emgui.sheets import SHEETS
from emgui.sheets.sheet import Sheet
from emgui.window import Window


class Counts(Sheet):
    """Takes numbers."""

    TITLE = "Counts"

    def build(self) -> None:
        self.taken: list[int] = []
        self.ended = False

    def take(self, parts: list[Any]) -> None:
        self.taken += parts

    def done(self) -> None:
        self.ended = True


@pytest.fixture
def sheet(qtbot: QtBot) -> Iterator[Counts]:
    made = Counts(Document(), theme.LIGHT)
    made.show()
    yield made
    made.close()
    made.end()
    made.deleteLater()


def test_what_work_finds_arrives_in_order_and_then_its_end(qtbot: QtBot, sheet: Counts) -> None:
    sheet.begin(lambda report: iter(range(1000)), "Counting …")
    assert sheet.is_busy
    qtbot.waitUntil(lambda: sheet.ended)
    assert sheet.taken == list(range(1000))
    assert not sheet.is_busy


def test_cancel_keeps_what_was_found_and_says_so(qtbot: QtBot, sheet: Counts) -> None:
    def endless(report: Report) -> Iterator[int]:
        at = 0
        while True:
            report(0.5)
            yield at
            at += 1

    sheet.begin(endless, "Counting …")
    qtbot.waitUntil(lambda: bool(sheet.taken))
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not sheet.is_busy)
    assert "Cancelled" in sheet.foot_words.text()
    assert sheet.taken[:3] == [0, 1, 2]
    assert not sheet.ended


def test_a_fault_that_is_a_sentence_is_shown_as_it_is(qtbot: QtBot, sheet: Counts) -> None:
    def refuse(report: Report) -> Iterator[int]:
        raise InputError("There are too few rows.")
        yield 1

    sheet.begin(refuse, "Counting …")
    qtbot.waitUntil(lambda: not sheet.is_busy)
    assert sheet.foot_words.text() == "There are too few rows."


def test_closing_ends_the_work_and_leaves_no_thread(qtbot: QtBot, sheet: Counts) -> None:
    stopped = threading.Event()

    def endless(report: Report) -> Iterator[int]:
        try:
            while True:
                report(0.5)
                yield 1
        finally:
            stopped.set()

    sheet.begin(endless, "Counting …")
    qtbot.waitUntil(lambda: bool(sheet.taken))
    sheet.close()
    assert stopped.wait(5.0)
    assert not sheet.is_busy


def test_other_data_end_the_work(qtbot: QtBot, sheet: Counts) -> None:
    def endless(report: Report) -> Iterator[int]:
        while True:
            report(0.5)
            yield 1

    sheet.begin(endless, "Counting …")
    sheet.document.clear()
    assert not sheet.is_busy


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_opens_empty_and_closes(qtbot: QtBot, name: str) -> None:
    made = SHEETS[name].make(Document(), theme.DARK, None)  # type: ignore[arg-type]
    made.refresh()
    made.show()
    made.restyle(theme.LIGHT)
    assert made.windowTitle()
    made.close()
    made.end()
    made.deleteLater()


@pytest.mark.parametrize("name", ["optima", "explain"])
def test_keys_of_a_sheet_neither_delete_a_component_nor_close_the_data(qtbot: QtBot, name: str) -> None:
    window = Window()
    window.show()
    window.opener.open_sample(list_samples()[0])
    qtbot.waitUntil(lambda: window.document.moment is not None)
    window.document.select(1)
    window.open_sheet(name)
    sheet = window.sheets[name]
    qtbot.waitUntil(lambda: sheet.isActiveWindow())
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        qtbot.keyClick(sheet, key)
    assert window.document.options.n_components == 2
    qtbot.keyClick(sheet, Qt.Key.Key_E)
    if name == "explain":
        qtbot.waitUntil(lambda: window.document.position == 1)
    else:
        qtbot.wait(50)
        assert window.document.position == 0
    qtbot.keyClick(sheet, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not sheet.isVisible()
    assert window.document.data is not None
    window.close()
    window.deleteLater()
