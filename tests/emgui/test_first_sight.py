"""The window is seen before what is not needed to show it is loaded or calculated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from emgui.document import Busy
from emgui.panels.welcome import Line
from emgui.window import Window

ROOT = Path(__file__).parents[2]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """A window that has not been shown yet."""
    made = Window()
    yield made
    made.close()
    made.deleteLater()


def test_showing_the_window_loads_no_plots_and_no_engine() -> None:
    listing = "import sys, emgui.app, emgui.window; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pyqtgraph", "scipy", "duckdb", "numba"} & set(done.stdout.split())


def test_plots_are_made_once_the_window_has_been_seen(window: Window, qtbot: QtBot) -> None:
    assert not window.has_plots
    window.show()
    qtbot.waitUntil(lambda: window.has_plots)
    assert window.isAncestorOf(window.centre)


def test_plots_are_there_as_soon_as_data_are(window: Window, faithful: Path, qtbot: QtBot) -> None:
    window.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: window.document.histogram is not None and window.document.moment is not None)
    window.centre.flush()
    seen = window.centre.histogram.box.seen()
    assert -0.5 < seen.left < 0  # the data lie from 0 to 1
    assert 1 < seen.right < 1.5


def test_plots_made_late_are_laid_out_as_they_were_left(qtbot: QtBot) -> None:
    first = Window()
    first.centre.setSizes([300, 200, 100])
    first.show_panel("posterior", False)
    sizes = first.centre.sizes()
    first.close()
    unseen = Window()
    unseen.close()  # without plots it must not forget how they stood
    assert QSettings().value("hidden") == "posterior"
    second = Window()
    assert second.centre.posterior.isHidden()
    assert second.centre.sizes() == sizes
    second.close()
    for window in (first, unseen, second):
        window.deleteLater()


def test_sketches_are_made_one_after_the_other_and_not_while_a_file_is_read(window: Window, qtbot: QtBot) -> None:
    lines = [line for line in window.welcome.findChildren(Line) if line.sample is not None]
    assert [line.sketch for line in lines] == [None] * len(lines)
    window.document.set_busy(Busy("Reading"))
    window.show()
    qtbot.wait(100)
    assert all(line.sketch is None for line in lines)
    window.document.set_busy(None)
    qtbot.waitUntil(lambda: all(line.sketch is not None for line in lines), timeout=20_000)
