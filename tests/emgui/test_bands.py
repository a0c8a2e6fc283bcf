"""Bands in the histogram, switched by the menu."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.samples import list_samples
from emgui.panels.histogram import HistogramPanel
from emgui.window import Window


@pytest.fixture
def finished(qtbot: QtBot) -> Iterator[Window]:
    """The window with a run that has ended, its standard errors known."""
    window = Window()
    window.show()
    window.opener.open_sample(list_samples()[0])
    qtbot.waitUntil(lambda: window.document.moment is not None and window.document.histogram is not None)
    window.transport.finish()
    qtbot.waitUntil(lambda: window.document.sure is not None, timeout=10_000)
    yield window
    window.document.mark_saved(window.document.current)  # type: ignore[arg-type]
    window.close()
    window.deleteLater()


def histogram(window: Window) -> HistogramPanel:
    panel = window.findChild(HistogramPanel)
    assert isinstance(panel, HistogramPanel)
    return panel


def action(window: Window, name: str) -> object:
    return next(one for one in window.actions() if one.objectName() == name)


def test_a_menu_entry_lays_them_about_the_curves_at_the_end_of_a_run(qtbot: QtBot, finished: Window) -> None:
    panel, entry = histogram(finished), action(finished, "bands")
    assert not panel.bands.is_shown
    entry.trigger()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.bands.is_shown)
    x, y = panel.bands._of_mixture.getData()
    half = len(x) // 2
    line = np.interp(x[:half], *panel.mixture.line.getData())
    assert len(x) <= 1000
    assert (y[:half] >= line - 0.02).all()
    assert (y[half:][::-1] <= line + 0.02).all()
    top = int(np.argmax(y[:half]))
    assert 1.03 < y[top] / y[half:][::-1][top] < 1.5
    finished.transport.back()
    qtbot.waitUntil(lambda: not panel.bands.is_shown)
    entry.trigger()  # type: ignore[attr-defined]
    assert not finished.document.view.bands


def test_where_a_run_has_no_standard_errors_there_is_no_entry(qtbot: QtBot, finished: Window) -> None:
    document = finished.document
    assert document.current is not None
    assert document.moment is not None
    assert action(finished, "bands").isEnabled()  # type: ignore[attr-defined]
    document.set_uncertainty(document.current, document.moment.number, None)
    qtbot.waitUntil(lambda: not action(finished, "bands").isEnabled())  # type: ignore[attr-defined]
