"""Reading the histogram with mouse and keys, picking a row, and selecting a component wherever it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy import stats

from core.samples import list_samples
from emgui.panels.plot import PlotPanel, scale_of
from emgui.window import Window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with Old Faithful's waiting times, fitted."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: made.document.moment is not None and made.document.histogram is not None, timeout=10_000)
    made.transport.run()
    qtbot.waitUntil(lambda: not made.document.playing, timeout=20_000)
    settle(made)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def settle(window: Window) -> None:
    window.centre.flush()


def spot(panel: PlotPanel, value: float, height: float) -> QPoint:
    """Where a value and a drawn height are on the plot's widget."""
    seen, (dx, dy) = panel.box.seen(), panel.box.per_pixel()
    x = (float(scale_of(panel.document).to_view(value)) - seen.left) / dx
    return panel.plot.mapFromScene(panel.box.mapToScene(QPointF(x, (seen.top - height) / dy)))


def click(panel: PlotPanel, value: float, height: float) -> None:
    QTest.mouseClick(panel.plot.viewport(), LEFT, pos=spot(panel, value, height))


def hover(panel: PlotPanel, value: float, height: float = 0.5) -> None:
    QTest.mouseMove(panel.plot.viewport(), spot(panel, value, height - 0.05))
    QTest.mouseMove(panel.plot.viewport(), spot(panel, value, height))


def middle_of(window: Window, identity: int) -> QPoint:
    """Where a component's badge is on the histogram's widget."""
    panel = window.centre.histogram
    _, x, y = next(one for one in panel.badges.centres if one[0] == identity)
    return panel.plot.mapFromScene(panel.box.mapToScene(QPointF(x, y)))


# ---- reading


def test_the_pointer_reads_densities_shares_and_the_rows_of_the_bin(qtbot: QtBot, window: Window) -> None:
    panel = window.centre.histogram
    hover(panel, 66.5)
    qtbot.waitUntil(lambda: panel.readout.reading is not None)
    reading, mixture = panel.readout.reading, window.document.moment.mixture  # type: ignore[union-attr]
    assert reading is not None
    assert reading.value == pytest.approx(66.5, abs=0.2)
    weights, means, sds = mixture.weights, mixture.parameters["mean"], mixture.parameters["sd"]
    densities = weights * stats.norm.pdf(reading.value, means, sds)
    assert reading.densities == pytest.approx(densities, rel=1e-9)
    assert reading.posterior == pytest.approx(densities / densities.sum(), rel=1e-9)
    assert window.document.data is not None
    values = window.document.data.column
    assert reading.low is not None
    assert reading.high is not None
    assert reading.rows == ((values >= reading.low) & (values < reading.high)).sum()
    text = panel.readout.numbers.text
    assert f"{reading.rows:g} rows from {reading.low:g} to {reading.high:g}" in text
    assert panel.readout.numbers.isVisible()
    assert "At 66." in panel.accessibleDescription()


def test_the_line_stands_in_both_plots_and_goes_with_the_pointer(qtbot: QtBot, window: Window) -> None:
    histogram, posterior = window.centre.histogram, window.centre.posterior
    hover(posterior, 60.0)
    qtbot.waitUntil(lambda: histogram.readout.x is not None)
    assert posterior.guide.x == histogram.readout.x
    histogram.box.hovered.emit(None)
    assert posterior.guide.x is None
    assert not histogram.readout.numbers.isVisible()
    assert "At " not in histogram.accessibleDescription()


def test_the_reading_follows_the_iteration(qtbot: QtBot, window: Window) -> None:
    panel = window.centre.histogram
    hover(panel, 66.5)
    qtbot.waitUntil(lambda: panel.readout.reading is not None)
    before = panel.readout.numbers.text
    window.transport.to_start()
    settle(window)
    assert panel.readout.numbers.text != before


def test_keys_read_bin_by_bin_pick_and_let_go(qtbot: QtBot, window: Window) -> None:
    panel, document = window.centre.histogram, window.document
    panel.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    first = panel.readout.reading
    QTest.keyClick(panel, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    second = panel.readout.reading
    assert first is not None
    assert second is not None
    assert second.low == first.high
    QTest.keyClick(panel, Qt.Key.Key_Return)
    assert document.picked is not None
    assert document.data is not None
    away = np.abs(document.data.column - second.value)
    assert away[document.picked] == away.min()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert document.picked is None
    assert panel.readout.reading is None


def test_of_whole_numbers_probabilities_are_read(qtbot: QtBot, window: Window) -> None:
    for run in window.document.runs:
        run.saved = True
    window.opener.open_sample(next(one for one in list_samples() if one.id == "deaths"))
    qtbot.waitUntil(
        lambda: window.document.column == "deaths" and window.document.histogram is not None, timeout=10_000
    )
    qtbot.waitUntil(lambda: window.document.moment is not None, timeout=10_000)
    settle(window)
    panel = window.centre.histogram
    hover(panel, 3.2)
    qtbot.waitUntil(lambda: panel.readout.reading is not None)
    reading, mixture = panel.readout.reading, window.document.moment.mixture  # type: ignore[union-attr]
    assert reading is not None
    assert reading.value == 3.0
    assert reading.densities == pytest.approx(mixture.weights * stats.poisson.pmf(3, mixture.parameters["rate"]))
    assert "rows of 3" in panel.readout.numbers.text


# ---- picking


def test_a_click_on_a_bar_picks_the_nearest_row_and_marks_it(qtbot: QtBot, window: Window) -> None:
    panel, document = window.centre.histogram, window.document
    click(panel, 78.2, 0.1)
    qtbot.waitUntil(lambda: document.picked is not None)
    assert document.data is not None
    assert document.picked is not None
    assert document.data.column[document.picked] == 78.0
    assert panel.readout.mark.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert document.picked is None
    assert not panel.readout.mark.isVisible()


def test_empty_ground_lets_go_of_row_and_component(qtbot: QtBot, window: Window) -> None:
    panel, document = window.centre.histogram, window.document
    click(panel, 50.0, 0.1)
    qtbot.waitUntil(lambda: document.picked is not None)
    assert document.selected == 1
    click(panel, 66.5, 0.9)
    qtbot.waitUntil(lambda: document.picked is None)
    assert document.selected == 0


# ---- selecting


def test_a_component_is_selected_by_badge_fill_posterior_row_and_key(qtbot: QtBot, window: Window) -> None:
    document, histogram, posterior = window.document, window.centre.histogram, window.centre.posterior
    QTest.mouseClick(histogram.plot.viewport(), LEFT, pos=middle_of(window, 2))
    qtbot.waitUntil(lambda: document.selected == 2)
    assert document.picked is None
    click(histogram, 50.0, 0.2)
    qtbot.waitUntil(lambda: document.selected == 1)
    click(posterior, 90.0, 0.5)
    qtbot.waitUntil(lambda: document.selected == 2)
    table = window.results.parameters
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.rows.index(0, 1)).center())
    assert document.selected == 1
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert document.selected == 2
    assert table.currentIndex().row() == 1
    click(posterior, 66.5, 0.97)
    qtbot.waitUntil(lambda: document.selected == 0)


# ---- one component underneath


def test_one_component_is_laid_underneath_with_how_much_lower_it_is(qtbot: QtBot, window: Window) -> None:
    document, panel = window.document, window.centre.histogram
    window._actions["single"].trigger()
    qtbot.waitUntil(lambda: document.single is not None, timeout=10_000)
    settle(window)
    assert document.single is not None
    assert document.data is not None
    values = document.data.column
    alone = stats.norm.logpdf(values, values.mean(), values.std()).sum()
    assert document.single.log_likelihood == pytest.approx(alone, rel=1e-9)
    moment = document.moment
    assert moment is not None
    assert panel.underlay.words.text == f"one component: log-likelihood {moment.log_likelihood - alone:.1f} lower"
    assert "Underneath, one component" in panel.accessibleDescription()
    window._actions["single"].trigger()
    settle(window)
    assert not panel.underlay.words.isVisible()
