"""Groups: a small histogram for each on shared axes, with the curves of its own weights, and a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.binning import Histogram
from core.data import Levels
from core.families.gaussian import Gaussian
from core.fit import fit
from core.groups import by_group
from core.mixture import Mixture
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from core.table import Column, Table
from emgui.counting import Counter
from emgui.document import Document, View
from emgui.figures import still
from emgui.grouped import Group, groups_of, note_of
from emgui.grouping import Grouper
from emgui.panels.centre import Centre
from emgui.panels.group_grid import _curves, coarser, columns_for
from emgui.panels.group_table import table_of
from emgui.run import Run
from emgui.theme import DARK, LIGHT

RNG = np.random.default_rng(5)
CODES = np.repeat(np.arange(3), (60, 90, 50)).astype(np.int32)
VALUES = np.where(RNG.random(200) < np.array([0.2, 0.5, 0.9])[CODES], RNG.normal(0, 1, 200), RNG.normal(6, 1, 200))
Show = Callable[..., Centre]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """The plots of values in three groups, at the second iteration."""
    made: list[Centre] = []

    def shown(share: str = "components", codes: np.ndarray = CODES, theme: object = LIGHT) -> Centre:
        names = tuple(f"site {code}" for code in range(int(codes.max()) + 1))
        place = Column("place", None, levels=Levels(names, codes))
        table = Table("some.csv", "", "", len(codes), (Column("x", VALUES[: len(codes)]), place))
        data = prepared(table, Roles(("x",), group="place", share=share))
        document = Document()
        Counter(document, document)
        document.set_data(data, "mm", table, options=FitOptions())
        run = Run(data, document.options, "start")
        for part in run.iterations():
            run.append(part)
            if len(run.history) == 3:
                break
        centre = Centre(document, theme)  # type: ignore[arg-type]
        centre.resize(700, 600)
        centre.show()
        qtbot.waitExposed(centre)
        document.set_current(run, 5)
        centre.flush()
        made.append(centre)
        return centre

    yield shown
    for centre in made:
        centre.close()
        centre.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def go_to_the_end(run: Run) -> None:
    for part in run.iterations():
        run.append(part)
        if run.outcome is not None:
            break


def test_groups_are_drawn_in_place_of_all_rows_until_it_is_turned_off(show: Show) -> None:
    centre = show()
    panel = centre.histogram
    assert panel.groups.isVisible()
    assert panel.groups.geometry() == panel.rect()
    assert "site 1 (90 rows)" in panel.accessibleDescription()
    centre.document.set_view(View(groups=False))
    centre.flush()
    assert not panel.groups.isVisible()
    assert panel.accessibleDescription().startswith("Histogram of 200 rows")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_group_is_counted_and_painted(show: Show, theme: object) -> None:
    centre = show(theme=theme)
    histogram = centre.document.histogram
    assert histogram is not None
    assert histogram.groups is not None
    assert histogram.groups.sum(axis=1).tolist() == [60.0, 90.0, 50.0]
    np.testing.assert_allclose(histogram.groups.sum(axis=0), histogram.counts)
    image = centre.histogram.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 10  # bars, fills, lines and words


def test_groups_that_share_components_have_weights_of_their_own(show: Show) -> None:
    document = show().document
    groups = groups_of(document)
    weights = np.array([group.mixture.weights for group in groups if group.mixture is not None])
    assert weights.shape == (3, 2)
    assert (np.diff(weights[:, 0]) > 0.1).all()
    assert document.moment is not None
    shares = np.array([group.n for group in groups]) / 200
    np.testing.assert_allclose(shares @ weights, document.moment.mixture.weights, atol=1e-9)


def test_groups_that_share_everything_have_one_mixture(show: Show) -> None:
    centre = show("all")
    assert centre.timeline.caption == "↑ Log-likelihood"
    groups = groups_of(centre.document)
    assert groups[0].mixture is groups[1].mixture is groups[2].mixture is not None


def test_the_curves_of_a_group_hold_its_rows(show: Show) -> None:
    document = show().document
    assert document.histogram is not None
    for group in groups_of(document):
        x, heights = _curves(group, document.histogram, None, None, 1.0)
        area = float(np.trapezoid(heights.sum(axis=0), x)) / document.histogram.width
        assert area == pytest.approx(group.n, rel=0.02)


def test_the_table_lists_the_groups_and_is_copied_for_a_spreadsheet(qtbot: QtBot, show: Show) -> None:
    groups = show().histogram.groups
    qtbot.mouseClick(groups.switch, Qt.MouseButton.LeftButton)
    table = groups.table
    assert table.isVisible()
    assert groups.switch.text() == "as histograms"
    assert [table.horizontalHeaderItem(i).text() for i in range(4)] == ["group", "rows", "weight 1", "weight 2"]
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "group\trows\tweight 1\tweight 2"
    assert lines[2].startswith("site 1\t90\t")
    qtbot.mouseClick(groups.switch, Qt.MouseButton.LeftButton)
    assert groups.grid.isVisible()


def test_groups_fitted_apart_tell_their_parameters() -> None:
    one = Mixture(Gaussian(), np.array([1.0]), {"mean": np.array([2.5]), "sd": np.array([0.5])})
    heads, rows = table_of([Group("a", 3.0, one), Group("b", 4.0, None)], True)
    assert heads == ["group", "rows", "weight 1", "mean 1", "sd 1"]
    assert rows == [["a", "3", "1.0000", "2.5000", "0.50000"], ["b", "4", "–", "–", "–"]]


@given(st.integers(1, 24), st.floats(300, 1500), st.floats(100, 900))
def test_every_group_has_a_place_and_no_row_is_empty(n: int, width: float, height: float) -> None:
    columns = columns_for(n, width, height)
    rows = -(-n // columns)
    assert 1 <= columns <= n
    assert rows * columns >= n > (rows - 1) * columns


def test_twenty_four_groups_are_painted(show: Show) -> None:
    centre = show("components", (np.arange(200) % 24).astype(np.int32))
    assert len(centre.histogram.groups.grid.groups) == 24
    assert not centre.histogram.grab().isNull()


def test_groups_are_fitted_apart_once_the_run_has_ended(qtbot: QtBot, show: Show) -> None:
    centre = show("none")
    document, groups = centre.document, centre.histogram.groups
    grouper = Grouper(document, document)
    assert [group.mixture for group in groups.grid.groups] == [None] * 3
    assert note_of(document) == "each group is fitted apart once the run of all rows has ended"
    for panel in (centre.timeline, centre.posterior):
        assert panel.caption.endswith(", all rows together")
    run = document.current
    assert run is not None
    go_to_the_end(run)
    with qtbot.waitSignal(document.grouped, timeout=10_000):
        document.set_current(run)
    grouper.close()
    assert document.data is not None
    for group, (name, rows) in zip(groups_of(document), by_group(document.data), strict=True):
        expected, _ = fit(rows, run.options)
        assert group.name == name
        assert group.mixture is not None
        np.testing.assert_allclose(group.mixture.parameters["mean"], expected.mixture.parameters["mean"])
    assert note_of(document).startswith("each fitted apart, log-likelihood −")
    in_a_figure = [group.mixture for group in groups_of(still(document))]
    assert in_a_figure == [group.mixture for group in groups_of(document)]
    in_a_film = {group.mixture for group in groups_of(still(document, as_one=True))}
    assert [one and one.parameters["mean"].tolist() for one in in_a_film] == [
        run.mixture(run.last_number).plain.parameters["mean"].tolist()
    ]


def test_a_group_that_cannot_be_fitted_says_which(qtbot: QtBot, show: Show) -> None:
    codes = np.zeros(200, dtype=np.int32)
    codes[:2] = 1
    document = show("none", codes).document
    grouper = Grouper(document, document)
    run = document.current
    assert run is not None
    go_to_the_end(run)
    with qtbot.waitSignal(document.grouped, timeout=10_000):
        document.set_current(run)
    grouper.close()
    assert note_of(document).startswith("Group “site 1” of “place”")


@given(st.integers(1, 40), st.integers(1, 9))
def test_bins_drawn_as_one_lose_no_row(n_bins: int, together: int) -> None:
    groups = np.random.default_rng(n_bins).integers(0, 9, (3, n_bins)).astype(float)
    fine = Histogram(np.arange(n_bins + 1.0), groups.sum(axis=0), groups=groups)
    made = coarser(fine, together)
    assert made.groups is not None
    np.testing.assert_array_equal(made.groups.sum(axis=1), groups.sum(axis=1))
    np.testing.assert_array_equal(made.groups.sum(axis=0), made.counts)
    assert made.width == together
    assert made.edges[-1] >= fine.edges[-1]
