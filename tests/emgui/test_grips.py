"""The grips of the selected component, moved with real mouse events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.data import Data
from core.families import make_family
from core.families.family import Setting
from core.mixture import Mixture
from emgui.panels.estimate import MOST_ROWS, Estimate
from emgui.panels.grips import HIGH, LOW, PLACE, TOP
from emgui.panels.handles import handles
from emgui.panels.histogram import HistogramPanel
from emgui.run import Phase
from emgui.window import Window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, faithful: Path) -> Iterator[Window]:
    """The window with Old Faithful's waiting times, fitted, component 1 selected."""
    made = Window()
    made.show()
    qtbot.waitExposed(made)
    made.opener.open_path(faithful, column="waiting")
    ready(qtbot, made)
    made.transport.run()
    qtbot.waitUntil(lambda: not made.document.playing, timeout=20_000)
    made.document.select(1)
    made.centre.histogram.flush()
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


def port(window: Window) -> QWidget:
    return window.centre.histogram.plot.viewport()


def place(panel: HistogramPanel, kind: str) -> QPoint:
    """Where a grip is on the plot's widget."""
    scene = panel.box.mapToScene(panel.grips._middle(kind))
    return panel.plot.mapFromScene(scene)


def pull(window: Window, kind: str, dx: int, dy: int, let_go: bool = True) -> None:
    start = place(window.centre.histogram, kind)
    QTest.mouseMove(port(window), start)
    QTest.mousePress(port(window), LEFT, pos=start)
    for share in (0.4, 0.7, 1.0):
        QTest.mouseMove(port(window), start + QPoint(round(share * dx), round(share * dy)), 5)
        QTest.qWait(20)  # moves that follow faster are one
        window.centre.histogram.flush()
    if let_go:
        QTest.mouseRelease(port(window), LEFT, pos=start + QPoint(dx, dy))


def mixture(window: Window) -> Mixture:
    assert window.document.moment is not None
    return window.document.moment.mixture


def test_grips_stand_on_the_selected_component_alone(window: Window) -> None:
    panel = window.centre.histogram
    assert set(panel.grips.spots) == {PLACE, LOW, HIGH, TOP}
    window.document.select(0)
    panel.flush()
    assert panel.grips.spots == {}
    assert not any(grip.isVisible() for grip in panel.grips._grips.values())


@pytest.mark.parametrize(("kind", "dx", "dy"), [(PLACE, 30, 0), (HIGH, 20, 0), (LOW, -20, 0), (TOP, 0, 30)])
def test_letting_a_grip_go_makes_a_start_from_which_run_makes_a_new_run(
    qtbot: QtBot, window: Window, kind: str, dx: int, dy: int
) -> None:
    before, first = mixture(window), window.document.current
    per_pixel = window.centre.histogram.box.per_pixel()[0] * (
        float(window.document.data.maximum[0] - window.document.data.minimum[0]) if window.document.data else 0.0
    )
    pull(window, kind, dx, dy)
    ready(qtbot, window)
    after, run = mixture(window), window.document.current
    assert run is not None
    assert run is not first
    assert run.start_label.startswith("from run 1, iteration ")
    assert run.start_label.endswith(", edited")
    assert window.document.moment is not None
    assert window.document.moment.phase is Phase.START
    assert window.document.selected == 1
    changes = {
        PLACE: (after.parameters["mean"] - before.parameters["mean"], 30 * per_pixel),
        HIGH: (after.parameters["sd"] - before.parameters["sd"], 20 * per_pixel),
        LOW: (after.parameters["sd"] - before.parameters["sd"], 20 * per_pixel),
    }
    if kind == TOP:
        assert after.weights[0] < before.weights[0] - 0.03
        assert after.weights.sum() == pytest.approx(1.0)
        np.testing.assert_array_equal(after.parameters["mean"], before.parameters["mean"])
    else:
        found, wanted = changes[kind]
        assert found[0] == pytest.approx(wanted, abs=1.1 * per_pixel)
        assert found[1] == 0.0
        np.testing.assert_array_equal(after.weights, before.weights)
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing, timeout=20_000)
    assert len(window.document.runs) == 2
    assert window.document.runs[1].log_likelihood == pytest.approx(window.document.runs[0].log_likelihood, abs=1e-3)


def test_while_a_grip_is_held_curve_and_log_likelihood_follow_and_the_document_stays(window: Window) -> None:
    panel, before = window.centre.histogram, window.document.moment
    assert before is not None
    badge = panel.badges.centres[0][1]
    pull(window, PLACE, 40, 0, let_go=False)
    held = panel.grips.mixture
    assert held is not None
    assert panel.badges.centres[0][1] == pytest.approx(badge + 40, abs=1.5)
    assert panel.grips.value.isVisible()
    assert panel.grips.value.text == f"mean {held.parameters['mean'][0]:.1f}"
    assert window.document.data is not None
    exact = float(held.log_density(window.document.data.column).sum())
    change = exact - before.log_likelihood
    assert change < 0.0
    assert panel.grips.height.text == f"log-likelihood −{-exact:.3f} (−{-change:.3f})"
    assert window.document.moment is before
    QTest.mouseRelease(port(window), LEFT, pos=place(panel, PLACE))


def test_escape_lets_go_and_nothing_has_changed(window: Window) -> None:
    panel, before, run = window.centre.histogram, window.document.moment, window.document.current
    pull(window, PLACE, 40, 0, let_go=False)
    assert panel.grips.mixture is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert panel.grips.mixture is None
    QTest.mouseMove(port(window), place(panel, PLACE) + QPoint(60, 0), 5)
    QTest.qWait(20)
    assert panel.grips.mixture is None
    QTest.mouseRelease(port(window), LEFT, pos=place(panel, PLACE) + QPoint(60, 0))
    panel.flush()
    assert (window.document.moment, window.document.current) == (before, run)
    assert not panel.grips.value.isVisible()
    pull(window, PLACE, 40, 0, let_go=False)  # and can be taken again
    assert panel.grips.mixture is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QTest.mouseRelease(port(window), LEFT, pos=place(panel, PLACE))


def test_a_component_dragged_past_another_stays_selected(qtbot: QtBot, window: Window) -> None:
    panel = window.centre.histogram
    across = round(1.4 * (panel.badges.centres[1][1] - panel.badges.centres[0][1]))
    pull(window, PLACE, across, 0)
    ready(qtbot, window)
    means = mixture(window).parameters["mean"]
    assert means[mixture(window).ids.index(window.document.selected)] == means.max()


def test_the_pointer_says_which_way_a_grip_goes(window: Window) -> None:
    panel = window.centre.histogram
    for kind, shape in ((PLACE, Qt.CursorShape.SizeHorCursor), (TOP, Qt.CursorShape.SizeVerCursor)):
        at = panel.grips._middle(kind)
        panel.box.hovered.emit(at + QPointF(11.0, -11.0))
        assert panel.box.cursor().shape() == shape
        assert panel.grips._hot == kind
    panel.box.hovered.emit(None)
    assert panel.grips._hot == ""
    assert not panel.box.hasCursor()


def test_a_click_on_a_grip_leaves_its_component_selected(qtbot: QtBot, window: Window) -> None:
    QTest.mouseClick(port(window), LEFT, pos=place(window.centre.histogram, PLACE))
    qtbot.wait(5)
    assert window.document.selected == 1


@pytest.mark.parametrize(
    ("name", "parameters", "where", "wide"),
    [
        ("gaussian", {"mean": 5.0, "sd": 2.0}, "mean", "sd"),
        ("student_t", {"location": 5.0, "scale": 2.0, "degrees_of_freedom": 4.0}, "location", "scale"),
        ("lognormal", {"log_mean": 1.0, "log_sd": 0.5}, "log_mean", "log_sd"),
        ("gamma", {"shape": 3.0, "scale": 2.0}, "scale", None),
        ("weibull", {"shape": 3.0, "scale": 2.0}, "scale", None),
        ("poisson", {"rate": 4.0}, "rate", None),
        ("binomial", {"probability": 0.4}, "probability", None),
        ("exponential", {"rate": 0.25}, "rate", None),
        ("uniform", {"low": 1.0, "high": 3.0}, None, None),
    ],
)
def test_a_family_has_the_grips_of_its_obvious_parameters(
    name: str, parameters: dict[str, float], where: str | None, wide: str | None
) -> None:
    arrays = {key: np.array([value, value]) for key, value in parameters.items()}
    made = Mixture(make_family(name, Setting(trials=10)), np.array([0.5, 0.5]), arrays)
    along, across = handles(made, 1)
    assert (along.name if along else None, across.name if across else None) == (where, wide)
    if along is not None:
        to = 1.25 * made.family.location(made.parameters)[0]
        moved = Mixture(made.family, made.weights, {**arrays, along.name: np.full(2, along.value_at(to))})
        assert moved.family.location(moved.parameters)[0] == pytest.approx(to)


def test_among_families_each_component_has_the_grips_of_its_own() -> None:
    parameters = {"mean": [4.0, np.nan], "sd": [1.0, np.nan], "low": [np.nan, 0.0], "high": [np.nan, 9.0]}
    arrays = {name: np.array(values) for name, values in parameters.items()}
    made = Mixture(make_family("gaussian+uniform", Setting()), np.array([0.7, 0.3]), arrays)
    assert [one.name if one else None for one in handles(made, 1)] == ["mean", "sd"]
    assert handles(made, 2) == (None, None)


def test_of_many_rows_the_log_likelihood_is_about_right_from_some() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(0.0, 1.0, 200_000), rng.normal(6.0, 1.0, 100_000)])
    data = Data(values, ("x",))

    def two(second: float) -> Mixture:
        parameters = {"mean": np.array([0.0, second]), "sd": np.ones(2)}
        return Mixture(make_family("gaussian", Setting()), np.array([2 / 3, 1 / 3]), parameters)

    known = float(two(6.0).log_density(values).sum())
    estimate = Estimate(data, two(6.0), known)
    for second in (6.0, 5.5, 5.0):
        exact = float(two(second).log_density(values).sum())
        assert estimate.of(two(second)) - known == pytest.approx(exact - known, rel=0.1, abs=1e-6)
        assert not estimate.is_whole
        assert estimate._n <= MOST_ROWS
