"""The contract of every panel: it builds empty, with data and with a run, and takes both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.io import read_table
from emgui.document import Document
from emgui.panels import PANELS
from emgui.theme import DARK, LIGHT
from emgui.transport import Transport


@pytest.fixture
def document() -> Document:
    """A document without data."""
    return Document()


@pytest.fixture
def transport(document: Document) -> Iterator[Transport]:
    """What plays it."""
    made = Transport(document)
    yield made
    made.close()


@pytest.fixture(params=PANELS)
def panel(request: pytest.FixtureRequest, document: Document, transport: Transport, qtbot: QtBot) -> QWidget:
    """Each panel of the registry."""
    made = PANELS[request.param].make(document, LIGHT)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def load(qtbot: QtBot, document: Document, faithful: Path) -> None:
    document.set_table(read_table(faithful), "waiting", "min")
    qtbot.waitUntil(lambda: document.moment is not None)


def test_it_builds_without_data(panel: QWidget, qtbot: QtBot) -> None:
    assert not panel.grab().isNull()


def test_it_shows_data_a_run_and_both_themes(
    panel: QWidget, document: Document, transport: Transport, faithful: Path, qtbot: QtBot
) -> None:
    empty = panel.grab().toImage()
    load(qtbot, document, faithful)
    transport.run()
    qtbot.waitUntil(lambda: not document.playing and document.is_at_end)
    qtbot.wait(30)
    assert panel.grab().toImage() != empty
    for theme in (DARK, LIGHT):
        panel.restyle(theme)  # type: ignore[attr-defined]
        assert not panel.grab().isNull()
    document.clear()
    assert not panel.grab().isNull()


def test_a_thousand_updates_leave_no_more_objects(
    panel: QWidget, document: Document, transport: Transport, faithful: Path, qtbot: QtBot
) -> None:
    load(qtbot, document, faithful)
    transport.go_to(21)
    qtbot.waitUntil(lambda: document.position == 21)
    for position in range(22):
        document.move(position)
    before = len(panel.findChildren(QObject))
    for number in range(1_000):
        document.move(number % 22)
    assert len(panel.findChildren(QObject)) == before


def test_it_stands_somewhere_and_has_a_title(panel: QWidget) -> None:
    for entry in PANELS.values():
        assert entry.place in ("left", "centre", "right")
        assert entry.title
