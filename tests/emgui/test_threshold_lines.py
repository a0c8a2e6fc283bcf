"""Thresholds in the histogram: lines with their values where the likeliest component changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core import em
from core.data import Data
from core.families import make_family
from core.families.family import Setting
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.options import FitOptions
from core.scale import Scale
from core.thresholds.crossings import thresholds
from emgui.counting import Counter
from emgui.document import Document, View
from emgui.panels.histogram import HistogramPanel
from emgui.run import Run
from emgui.theme import DARK, LIGHT
from emgui.window import Window

RNG = np.random.default_rng(5)
WAITING = np.round(np.concatenate([RNG.normal(54.6, 5.9, 98), RNG.normal(80.1, 5.9, 174)]), 1)
PARTED = Mixture(Gaussian(), np.array([0.36, 0.64]), {"mean": np.array([54.6, 80.1]), "sd": np.array([5.9, 5.9])})


@pytest.fixture
def document(qapp: QApplication) -> Iterator[Document]:
    made = Document()
    counter = Counter(made)
    yield made
    assert counter.close()


@pytest.fixture
def show(document: Document) -> Iterator[Callable[..., HistogramPanel]]:
    shown: list[HistogramPanel] = []

    def make(theme: object = LIGHT) -> HistogramPanel:
        panel = HistogramPanel(document, theme)  # type: ignore[arg-type]
        panel.resize(686, 330)
        panel.show()
        QTest.qWait(1)
        panel.flush()
        shown.append(panel)
        return panel

    yield make
    for panel in shown:
        panel.close()
        panel.deleteLater()


def opened(document: Document, values: np.ndarray, start: Mixture, family: str = "gaussian") -> None:
    document.set_options(FitOptions(n_components=start.n_components, family=family))
    document.set_data(Data(values, ("waiting",)), options=document.options)
    assert document.data is not None
    run = Run(document.data, document.options, "given")
    document.set_current(run)
    document.extend(run, [next(em.run(document.data, document.options, start))], follow=False)
    QTest.qWait(1)


def switch(document: Document, panel: HistogramPanel, on: bool = True) -> None:
    document.set_view(replace(document.view, thresholds=on))
    panel.flush()


def texts(panel: HistogramPanel) -> list[str]:
    return [value.text for value in panel.thresholds._values if value.isVisible()]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_line_with_its_value_stands_where_two_components_are_equally_likely(
    document: Document, show: Callable[..., HistogramPanel], theme: object
) -> None:
    opened(document, WAITING, PARTED)
    panel = show(theme)
    assert texts(panel) == []
    switch(document, panel)
    (threshold,) = thresholds(PARTED)
    x, y = panel.thresholds._lines.getData()
    assert x == pytest.approx(np.repeat(Scale.spanning(WAITING.min(), WAITING.max()).to_view(threshold.value), 2))
    assert y[0] == 0.0
    # Φ of the distances to both means, weighted: 0.36 · Φ(−2.0280) + 0.64 · Φ(−2.2941) = 0.0146.
    assert texts(panel) == [f"{threshold.value:.3g}, 1.5 % wrong"]
    assert "component 2 from 66.5646 on" in panel.accessibleDescription()
    switch(document, panel, on=False)
    assert texts(panel) == []
    assert len(panel.thresholds._lines.getData()[0]) == 0
    assert "Likeliest" not in panel.accessibleDescription()


def test_a_wide_component_on_both_sides_of_a_narrow_one_has_no_share_that_is_wrong(
    document: Document, show: Callable[..., HistogramPanel]
) -> None:
    start = Mixture(Gaussian(), np.array([0.5, 0.5]), {"mean": np.array([60.0, 62.0]), "sd": np.array([4.0, 20.0])})
    opened(document, start.sample(500, RNG)[0], start)
    panel = show()
    switch(document, panel)
    assert len(texts(panel)) == 2
    assert not any("wrong" in text for text in texts(panel))


def test_zoomed_in_a_value_has_more_digits_and_those_out_of_view_are_not_drawn(
    document: Document, show: Callable[..., HistogramPanel]
) -> None:
    opened(document, WAITING, PARTED)
    panel = show()
    switch(document, panel)
    (threshold,) = thresholds(PARTED)
    at = float(Scale.spanning(WAITING.min(), WAITING.max()).to_view(threshold.value))
    panel.box.setXRange(at - 1e-4, at + 1e-4, padding=0)
    panel.flush()
    assert abs(float(texts(panel)[0].split(",")[0]) - threshold.value) < 1e-4
    panel.box.setXRange(at + 0.1, at + 0.3, padding=0)
    panel.flush()
    assert texts(panel) == []
    assert panel.thresholds.found


def test_values_stand_clear_of_each_other_and_of_badges(
    document: Document, show: Callable[..., HistogramPanel]
) -> None:
    k = 14
    means = np.arange(k) * 10.0
    start = Mixture(Gaussian(), np.full(k, 1 / k), {"mean": means, "sd": np.full(k, 2.0)})
    opened(document, (means + RNG.normal(0.0, 2.0, (100, 1)) * np.ones(k)).ravel(), start)
    panel = show()
    switch(document, panel)
    scene = [
        v.bounds.translated(v.scenePos()).adjusted(3, 3, -3, -3) for v in panel.thresholds._values if v.isVisible()
    ]
    assert len(scene) == k - 1
    assert not any(a.intersects(b) for i, a in enumerate(scene) for b in scene[:i])
    badges = [panel.box.mapToScene(QPoint(int(x), int(y))) for _, x, y in panel.badges.centres]
    assert not any(box.contains(badge) for box in scene for badge in badges)


def test_of_whole_numbers_the_line_stands_between_two_bars(
    document: Document, show: Callable[..., HistogramPanel]
) -> None:
    start = Mixture(make_family("poisson", Setting()), np.array([0.5, 0.5]), {"rate": np.array([2.0, 12.0])})
    values = start.sample(400, RNG)[0]
    opened(document, values, start, "poisson")
    panel = show()
    switch(document, panel)
    (threshold,) = thresholds(start)
    x = panel.thresholds._lines.getData()[0][0]
    assert Scale.spanning(values.min(), values.max()).from_view(x) == pytest.approx(threshold.value - 0.5)
    assert [text.split(",")[0] for text in texts(panel)] == [f"{threshold.value:.0f}"]


def test_the_menu_turns_them_on_where_there_is_something_to_part(qapp: QApplication) -> None:
    window = Window()
    window.show()
    try:
        action = next(one for one in window.actions() if one.objectName() == "thresholds")
        assert not action.isEnabled()
        opened(window.document, WAITING, PARTED)
        assert action.isEnabled()
        action.trigger()
        assert window.document.view == View(thresholds=True)
        assert action.isChecked()
    finally:
        window.document.mark_saved(window.document.current)  # type: ignore[arg-type]
        window.close()
        window.deleteLater()
