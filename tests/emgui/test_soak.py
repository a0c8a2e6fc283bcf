"""What kills a binding kills it slowly: many signals, many frames, and the interpreter is still sound."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.io import read_table
from emgui.counting import Counter
from emgui.document import Document
from emgui.panels.histogram import HistogramPanel
from emgui.theme import LIGHT
from emgui.transport import Transport
from emgui.window import Window

ROOT = Path(__file__).resolve().parents[2]


class Bell(QObject):
    """Rings with a value, and without one."""

    rung = Signal(object)
    quiet = Signal()


def test_twenty_thousand_emissions_cost_no_reference_to_none_or_true(qtbot: QtBot) -> None:
    bell, heard = Bell(), []
    bell.rung.connect(heard.append)
    bell.quiet.connect(lambda: None)
    for number in range(100):  # the first ones may fill caches
        bell.rung.emit(number)
        bell.quiet.emit()
    none, true = sys.getrefcount(None), sys.getrefcount(True)
    for number in range(20_000):
        bell.rung.emit(number)
        bell.quiet.emit()
        bell.blockSignals(False)
    assert len(heard) == 20_100
    # Immortal since Python 3.12, where the count says nothing; before, 60,000 lost references would show at once.
    assert sys.getrefcount(None) > none - 2_000
    assert sys.getrefcount(True) > true - 2_000


@pytest.mark.parametrize("n_frames", [500, pytest.param(5_000, marks=pytest.mark.slow)])
def test_thousands_of_frames_are_drawn(qtbot: QtBot, faithful: Path, n_frames: int) -> None:
    document = Document()
    transport, counter = Transport(document), Counter(document)
    plots = HistogramPanel(document, LIGHT)
    plots.resize(360, 240)
    plots.show()
    document.set_table(read_table(faithful), "waiting")
    qtbot.waitUntil(lambda: document.moment is not None and document.histogram is not None)
    transport.go_to(21)
    qtbot.waitUntil(lambda: document.position == 21)
    none = sys.getrefcount(None)
    for frame in range(n_frames):
        document.move(frame % 22)
        QApplication.processEvents()
    assert sys.getrefcount(None) > none - n_frames
    transport.close()
    counter.close()
    plots.close()
    plots.deleteLater()


def test_the_version_that_drops_references_is_pinned_out() -> None:
    installed = version("PySide6-Essentials")
    if sys.version_info < (3, 12):
        assert installed != "6.12.0"
    assert "PySide6_Essentials==6.12.0" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "!=6.12.0" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_ten_windows_leave_nothing_behind(qtbot: QtBot) -> None:
    for _ in range(10):
        window = Window()
        window.show()
        QApplication.processEvents()
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window)]
