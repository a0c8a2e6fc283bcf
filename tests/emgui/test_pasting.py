"""Data from the clipboard: by its key, on the first page and over data that are open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from emgui.window import Window

COLUMN = "length\n" + "".join(f"{i * 7 % 31}.5\n" for i in range(40))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()


def test_a_pasted_column_opens_and_its_roles_can_be_changed(qtbot: QtBot, window: Window) -> None:
    QGuiApplication.clipboard().setText(COLUMN)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.document.data is not None, timeout=15_000)
    assert window.document.column == "length"
    assert window.windowTitle() == "clipboard – emgui"
    window.choose_column()
    qtbot.waitUntil(lambda: window.opener.dialog is not None, timeout=15_000)
    assert window.opener.dialog is not None
    QTest.keyClick(window.opener.dialog, Qt.Key.Key_Escape)
    assert window.opener.dialog is None


def test_a_button_of_the_first_page_pastes(qtbot: QtBot, window: Window) -> None:
    QGuiApplication.clipboard().setText(COLUMN)
    qtbot.mouseClick(window.welcome._paste, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.document.data is not None, timeout=15_000)
    assert window.document.column == "length"


def test_text_pasted_into_a_field_stays_there(qtbot: QtBot, window: Window) -> None:
    QGuiApplication.clipboard().setText(COLUMN)
    window.opener.paste(COLUMN)
    qtbot.waitUntil(lambda: window.document.data is not None, timeout=15_000)
    table = window.document.table
    QGuiApplication.clipboard().setText("mm")
    window.activateWindow()
    window.setup._unit.setFocus()
    QTest.keyClick(window.setup._unit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.setup._unit.text() == "mm"
    qtbot.wait(50)
    assert window.document.table is table
