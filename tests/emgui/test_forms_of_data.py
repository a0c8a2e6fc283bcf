"""The histogram draws what the rows are: bins, censored and truncated values, rows with a known component."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGradient
from pytestqt.qtbot import QtBot

from core.data import Levels
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from core.table import Column, Table
from emgui.counting import Counter
from emgui.document import Document
from emgui.panels.bars import known_colours
from emgui.panels.centre import Centre
from emgui.panels.setup import SetupPanel
from emgui.run import Run
from emgui.theme import LIGHT

INF = float("inf")
VALUES = np.concatenate([np.random.default_rng(1).normal(m, 1.0, 100) for m in (0.0, 6.0)])
Show = Callable[..., Centre]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """The plots of a table whose columns have these roles, with a start."""
    made: list[Centre] = []

    def shown(roles: Roles, *columns: Column, **options: object) -> Centre:
        n = max(0 if one.values is None else len(one.values) for one in columns)
        data = prepared(Table("some.csv", "", "", n, columns), roles)
        document = Document()
        Counter(document, document)
        document.set_data(data, options=FitOptions(**options))  # type: ignore[arg-type]
        run = Run(data, document.options, "start")
        for part in run.iterations():
            run.append(part)
            if len(run.history) == 3:
                break
        centre = Centre(document, LIGHT)
        centre.resize(700, 600)
        centre.show()
        qtbot.waitExposed(centre)
        document.set_current(run, 3)
        centre.flush()
        made.append(centre)
        return centre

    yield shown
    for centre in made:
        centre.close()
        centre.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def binned(edges: list[float]) -> tuple[Column, Column, Column]:
    ends = np.array(edges)
    low, high = np.where(np.isfinite(ends[:-1]), ends[:-1], np.nan), np.where(np.isfinite(ends[1:]), ends[1:], np.nan)
    counts = np.histogram(VALUES, ends)[0].astype(float)
    return Column("from", low), Column("to", high), Column("n", counts)


BINS = Roles(lower="from", upper="to", counts="n")


def test_bins_are_drawn_as_they_are(show: Show) -> None:
    panel = show(BINS, *binned([-INF, -1.0, 0.0, 1.0, 5.0, 6.0, 7.0, INF])).histogram
    histogram = panel.document.histogram
    assert histogram is not None
    assert histogram.edges.tolist() == [-2.0, -1.0, 0.0, 1.0, 5.0, 6.0, 7.0, 8.0]
    assert panel.caption == "↑ Rows per 1, of bins of different widths"
    assert "in bins of different widths" in panel.accessibleDescription()


def test_a_fading_bar_goes_outwards(show: Show) -> None:
    panel = show(BINS, *binned([-INF, -1.0, 0.0, 1.0, 5.0, 6.0, 7.0, INF])).histogram
    panel.document.set_view(type(panel.document.view)(tint=False))
    panel.flush()
    first, *_, last = panel.bars.layers[0].opts["brushes"]
    for brush in (first, last):
        assert brush.gradient().type() == QGradient.Type.LinearGradient
        assert brush.gradient().stops()[-1][1].alpha() == 0
    assert first.gradient().start().x() > first.gradient().finalStop().x()
    assert last.gradient().start().x() < last.gradient().finalStop().x()


def test_the_curves_of_binned_rows_hold_as_many_rows_as_the_bars(show: Show) -> None:
    panel = show(BINS, *binned([-9.0, -1.0, 0.0, 1.0, 5.0, 6.0, 7.0, 15.0])).histogram
    assert panel.document.moment is not None
    histogram = panel.document.histogram
    assert histogram is not None
    curves = panel._curves(panel.document.moment.mixture)
    from emgui.panels.plot import scale_of

    x = scale_of(panel.document).from_view(curves.x)
    area = float(np.trapezoid(curves.mixture * panel.peak / histogram.width, x))
    assert area == pytest.approx(200.0, rel=0.01)


def test_censored_rows_are_arrows_with_their_number(show: Show) -> None:
    seen = Column("seen", (VALUES < 5.0).astype(float))
    panel = show(Roles(("x",), observed="seen"), Column("x", np.minimum(VALUES, 5.0)), seen).histogram
    n = int((VALUES >= 5.0).sum())
    assert panel.arrows._words[1].text == f"{n} larger"
    assert panel.arrows._words[1].isVisible()
    assert not panel.arrows._words[0].isVisible()
    assert len(panel.arrows._heads.getData()[0]) == 6
    assert f"{n} of them known only to lie beyond a value" in panel.accessibleDescription()


def test_what_could_not_be_recorded_is_hatched_and_the_curves_fit_what_could(show: Show) -> None:
    kept = VALUES[(VALUES > -0.5) & (VALUES < 6.5)]
    centre = show(Roles(("x",), truncate=(-0.5, 6.5)), Column("x", kept))
    panel, document = centre.histogram, centre.document
    assert document.moment is not None
    assert document.histogram is not None
    assert len(panel.beyond._hatching.getData()[0]) > 10
    assert len(panel.beyond._ends.getData()[0]) == 4
    from emgui.panels.plot import scale_of

    curves = panel._curves(document.moment.mixture)
    x = scale_of(document).from_view(curves.x)
    inside = (x > -0.5) & (x < 6.5)
    area = float(np.trapezoid((curves.mixture * panel.peak / document.histogram.width)[inside], x[inside]))
    assert area == pytest.approx(len(kept), rel=0.02)


def test_labelled_rows_have_the_colour_of_their_component(show: Show) -> None:
    codes = np.where(np.arange(200) % 10 == 0, np.arange(200) // 100, -1).astype(np.int32)
    who = Column("who", None, levels=Levels(("low", "high"), codes))
    panel = show(Roles(("x",), labels="who"), Column("x", VALUES), who).histogram
    heights, colours = panel._layers()
    histogram = panel.document.histogram
    assert histogram is not None
    assert colours[:2] == known_colours(2, LIGHT)
    np.testing.assert_allclose(heights[:2].sum(axis=1) * panel.peak, [10.0, 10.0])
    np.testing.assert_allclose(heights.sum(axis=0) * panel.peak, histogram.counts)
    assert panel.is_tinted
    assert [name for _, name in panel.key._key._rows] == ["low", "high", "no label"]


def test_the_rows_of_a_truncated_sample_lie_between_its_ends(show: Show) -> None:
    kept = VALUES[(VALUES > -0.5) & (VALUES < 6.5)]
    document = show(Roles(("x",), truncate=(-0.5, 6.5)), Column("x", kept)).document
    document.set_view(type(document.view)(sample=True))
    assert document.sample_histogram is not None
    assert document.sample_histogram.counts.sum() == pytest.approx(len(kept))


def test_the_data_section_says_what_the_columns_are_for(show: Show) -> None:
    centre = show(BINS, *binned([-9.0, -1.0, 0.0, 1.0, 5.0, 6.0, 7.0, 15.0]))
    setup = SetupPanel(centre.document, LIGHT)
    assert setup._roles.text() == "intervals from to to · count n"
    assert setup._column.currentText() == "from–to"
    assert not setup._bins.isEnabled()
    setup.deleteLater()
