"""The three plots: they build in every state, keep their items, scrub, zoom and stand any data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core import em
from core.data import Array, Levels
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.options import FitOptions
from core.scale import Scale
from core.table import Column, Table
from core.ticks import tick_texts, ticks
from emgui.counting import AT_ONCE, Counter
from emgui.document import Document
from emgui.panels.axis import Axis
from emgui.panels.box import Seen
from emgui.panels.centre import Centre
from emgui.panels.cutting import cut
from emgui.panels.trace import calm_end, stairs, thinned
from emgui.run import Phase, Run
from emgui.theme import DARK, LIGHT

RNG = np.random.default_rng(7)
WAITING = np.round(np.concatenate([RNG.normal(54.6, 5.9, 98), RNG.normal(80.1, 5.9, 174)]))
START = ([0.5, 0.5], [62.0, 72.0], [13.0, 13.0])


def mixture(weights: list[float], means: list[float], sds: list[float]) -> Mixture:
    return Mixture(Gaussian(), np.array(weights), {"mean": np.array(means), "sd": np.array(sds)})


def table(values: Array, name: str = "waiting", labels: list[str] | None = None) -> Table:
    columns = [Column(name, np.asarray(values, dtype=float))]
    if labels is not None:
        names = tuple(dict.fromkeys(labels))
        codes = np.array([names.index(label) for label in labels], dtype=np.int32)
        columns.append(Column("kind", None, levels=Levels(names, codes)))
    return Table("data.csv", "", "", len(values), tuple(columns))


def add_run(document: Document, start: Mixture, iterations: int) -> Run:
    assert document.data is not None
    run = Run(document.data, FitOptions(n_components=start.n_components), "given")
    document.set_current(run)
    made = []
    for iteration in em.ended(em.run(document.data, run.options, start)):
        made.append(iteration)
        if iteration.number >= iterations:
            break
    document.extend(run, made[:1], follow=False)
    if made[1:]:
        document.extend(run, made[1:], follow=True)
    return run


@pytest.fixture
def document() -> Iterator[Document]:
    made = Document()
    counter = Counter(made)
    yield made
    assert counter.close()


@pytest.fixture
def show(qapp: object, document: Document) -> Iterator[Callable[..., Centre]]:
    shown: list[Centre] = []

    def make(theme: object = LIGHT) -> Centre:
        centre = Centre(document, theme)  # type: ignore[arg-type]
        centre.resize(686, 690)
        centre.show()
        settle(centre)
        shown.append(centre)
        return centre

    yield make
    for centre in shown:
        centre.close()
        centre.deleteLater()


def settle(centre: Centre) -> None:
    QTest.qWait(1)
    centre.flush()
    QTest.qWait(1)
    centre.flush()


def loaded(document: Document, iterations: int = 7, start: Mixture | None = None) -> Run:
    document.set_table(table(WAITING), "waiting", "min")
    return add_run(document, start or mixture(*START), iterations)


def n_items(centre: Centre) -> int:
    return sum(len(panel.plot.scene().items()) for panel in centre.panels.values())


# ---- every state


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_plots_build_without_anything_with_data_and_with_a_run(
    document: Document, show: Callable[..., Centre], theme: object
) -> None:
    centre = show(theme)
    assert centre.histogram.accessibleDescription() == "No data are open."
    document.set_table(table(WAITING), "waiting", "min")
    settle(centre)
    assert centre.histogram.caption == "↑ Rows per 5 min"
    assert centre.posterior.x_caption == "waiting (min) →"
    assert "once there is a start" in centre.posterior._hint._text
    add_run(document, mixture(*START), 7)
    settle(centre)
    assert centre.posterior.caption == "↑ P(component | waiting)"
    assert centre.timeline.accessibleDescription().startswith("Iteration 7 of 7: log-likelihood −")
    assert not centre.grab().isNull()
    document.set_current(None)
    settle(centre)
    assert centre.histogram.lines.ids == ()


def test_the_histogram_and_its_curves_are_counts_that_add_up_to_the_rows(
    document: Document, show: Callable[..., Centre]
) -> None:
    loaded(document)
    centre = show()
    histogram, panel = document.histogram, centre.histogram
    assert histogram is not None
    assert histogram.counts.sum() == len(WAITING)
    x, y = panel.mixture.line.getData()
    counts = panel.count_scale.from_view(y)
    values = Scale.spanning(WAITING.min(), WAITING.max()).from_view(x)
    area = np.trapezoid(counts, values) / histogram.width
    assert area == pytest.approx(len(WAITING), rel=0.02)
    document.set_view(replace(document.view, density=True))
    settle(centre)
    density = panel.count_scale.from_view(panel.mixture.line.getData()[1])
    assert np.trapezoid(density, values) == pytest.approx(1.0, rel=0.02)
    assert panel.caption == "↑ Density"


def test_an_m_step_leaves_the_old_curves_dotted(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    document.move(12)
    settle(centre)
    assert document.moment is not None
    assert document.moment.phase is Phase.M
    shadows = centre.histogram.shadows._lines
    assert [line.isVisible() for line in shadows] == [True, True]
    assert "lower bound −" in centre.timeline.beside.note._text
    assert "gap" in centre.timeline.beside.note._text
    document.move(13)
    settle(centre)
    assert not any(line.isVisible() for line in shadows)
    assert centre.timeline.beside.note._text == "lower bound touches"


def test_bars_are_tinted_while_half_steps_are_watched(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    document.move(0)
    assert not centre.histogram.is_tinted
    document.move(5)
    assert centre.histogram.is_tinted
    settle(centre)
    heights = [layer.opts["y1"].sum() - layer.opts["y0"].sum() for layer in centre.histogram.bars.layers[:2]]
    assert document.histogram is not None
    assert sum(heights) * document.histogram.counts.max() == pytest.approx(len(WAITING))
    document.set_playing(True, fast=True)
    assert not centre.histogram.is_tinted
    document.set_playing(False)
    document.set_view(replace(document.view, tint=False))
    assert not centre.histogram.is_tinted


def test_a_degenerate_run_says_that_there_is_no_maximum(document: Document, show: Callable[..., Centre]) -> None:
    run = loaded(document, 100, mixture([0.35, 0.62, 0.03], [54.6, 80.0, 90.0], [5.9, 5.6, 0.3]))
    assert run.is_over
    centre = show()
    assert centre.timeline.beside.value._text == "no maximum"
    assert len(centre.timeline.last_segment.getData()[0]) == 2
    assert centre.histogram.box.seen().top < 1.6  # the spike does not squash the bars
    assert {identity for identity, _, _ in centre.histogram.badges.centres} == {1, 2, 3}


def test_a_component_narrower_than_rounding_is_still_drawn(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 0, mixture([0.35, 0.62, 0.03], [54.6, 80.0, 90.0], [5.9, 5.6, 1e-14]))
    centre = show()
    assert centre.histogram.lines.ys[2].max() > 1.0


def test_twelve_components_have_badges_of_which_none_covers_another(
    document: Document, show: Callable[..., Centre]
) -> None:
    loaded(document, 3, mixture([1 / 12] * 12, [66.0 + 0.5 * i for i in range(12)], [4.0] * 12))
    centre = show()
    centres = centre.histogram.badges.centres
    assert len(centres) == 12
    for place, (_, x, y) in enumerate(centres):
        assert all(abs(x - a) > 15 or abs(y - b) > 15 for _, a, b in centres[:place])


@pytest.mark.parametrize(("scale", "offset"), [(1e300, 0.0), (1e-200, 0.0), (1e-3, 1e9), (1e-12, 0.0), (-1e300, 0.0)])
def test_any_scale_and_offset_can_be_drawn(
    document: Document, show: Callable[..., Centre], scale: float, offset: float
) -> None:
    values = WAITING * scale + offset
    document.set_table(table(values), "waiting")
    means = sorted([60.0 * scale + offset, 80.0 * scale + offset])
    run = Run(document.data, FitOptions(), "given")  # type: ignore[arg-type]
    centre = show()
    document.set_current(run)
    start = mixture([0.4, 0.6], means, [6.0 * abs(scale)] * 2)
    for iteration in em.run(document.data, run.options, start):  # type: ignore[arg-type]
        document.extend(run, [iteration], follow=True)
        settle(centre)
        if iteration.number == 2:
            break
    x, y = centre.histogram.mixture.line.getData()
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert 0.5 < y.max() < 2.0
    seen = centre.posterior.box.seen()
    assert len(centre.posterior.bottom.marks(seen.left, seen.right, 600.0)[1]) >= 2


def test_a_name_of_any_length_and_content_is_shown_as_text(document: Document, show: Callable[..., Centre]) -> None:
    name = "<b>bold</b> & " * 30
    document.set_table(table(WAITING, name), name)
    add_run(document, mixture(*START), 2)
    centre = show()
    centre.resize(476, 500)
    settle(centre)
    assert not centre.grab().isNull()
    assert name in centre.posterior.caption


def test_bars_are_coloured_by_a_label_column(document: Document, show: Callable[..., Centre]) -> None:
    labels = ["low" if value < 68 else "high" for value in WAITING]
    document.set_table(table(WAITING, labels=labels), "waiting")
    add_run(document, mixture(*START), 2)
    centre = show()
    assert not centre.histogram.key._key.isVisible()
    document.set_view(replace(document.view, label="kind"))
    settle(centre)
    assert centre.histogram.key._key.isVisible()
    assert [name for _, name in centre.histogram.key._key._rows] == list(dict.fromkeys(labels))
    document.set_view(replace(document.view, label=""))
    settle(centre)
    assert not centre.histogram.key._key.isVisible()


def test_truth_and_a_sample_are_drawn_when_asked_for(document: Document, show: Callable[..., Centre]) -> None:
    document.set_table(table(WAITING), "waiting", "min", mixture([0.36, 0.64], [54.6, 80.1], [5.9, 5.9]))
    add_run(document, mixture(*START), 20)
    centre = show()
    assert centre.histogram.truth.line.getData()[0] is None or len(centre.histogram.truth.line.getData()[0]) == 0
    document.set_view(replace(document.view, truth=True, sample=True))
    settle(centre)
    assert len(centre.histogram.truth.line.getData()[0]) > 100
    assert document.sample_histogram is not None
    assert document.sample_histogram.counts.sum() == pytest.approx(len(WAITING), rel=0.1)
    document.set_view(replace(document.view, sample=False))
    assert document.sample_histogram is None


# ---- drawing costs


def test_a_thousand_updates_leave_no_extra_items(document: Document, show: Callable[..., Centre]) -> None:
    run = loaded(document, 40)
    centre = show()
    for position in range(6):  # dotted curves are made with the first M step that is shown
        document.move(position)
        settle(centre)
    before = n_items(centre)
    for update in range(1000):
        document.move(update % run.last_position)
        centre.flush()
    assert n_items(centre) == before


def test_hidden_plots_do_not_draw(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    centre.show_panel("timeline", False)
    drawn: list[int] = []
    centre.timeline.draw = lambda: drawn.append(1)  # type: ignore[method-assign]
    document.move(3)
    QTest.qWait(20)
    assert not drawn
    centre.show_panel("timeline", True)
    QTest.qWait(20)
    assert drawn


def test_many_changes_are_drawn_once(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    drawn: list[int] = []
    draw = centre.histogram.draw
    centre.histogram.draw = lambda: (drawn.append(1), draw())[1]  # type: ignore[method-assign,func-returns-value]
    for position in range(10):
        document.move(position)
    QTest.qWait(20)
    assert len(drawn) == 1


def test_a_long_tape_becomes_a_few_points() -> None:
    values = -1000.0 - 500.0 * np.exp(-np.arange(100_000) / 3000.0)
    iterations, heights = thinned(values, 10, 99_999)
    assert len(iterations) <= 500
    assert iterations[0] == 10
    assert heights[-1] == values[-1]
    assert (np.diff(heights) >= 0).all()
    falling = thinned(-values, 0, 99_999)[1]
    assert (np.diff(falling) <= 0).all()


def test_short_tapes_are_kept_whole() -> None:
    iterations, heights = thinned(np.array([3.0, 2.0, 1.0]), 0, 2)
    assert iterations.tolist() == [0.0, 1.0, 2.0]
    assert heights.tolist() == [3.0, 2.0, 1.0]
    assert len(thinned(np.array([1.0]), 3, 2)[0]) == 0


def test_the_bound_goes_up_in_stairs() -> None:
    x, y = stairs(np.array([0.0, 5.0, 9.0]), np.array([np.nan, 3.0, 8.0]), 0, 2, open_end=False)
    assert list(zip(x, y, strict=True)) == [(0, 0), (1, 3), (1, 5), (2, 8), (2, 9)]
    x, y = stairs(np.array([0.0, 5.0, 9.0]), np.array([np.nan, 3.0, 8.0]), 0, 2, open_end=True)
    assert (x[-1], y[-1]) == (2, 8)


@pytest.mark.parametrize(("last", "end"), [(0, 20), (20, 20), (33, 40), (56, 60), (399, 400), (10_001, 15_000)])
def test_the_iteration_axis_ends_on_a_calm_number(last: int, end: int) -> None:
    assert calm_end(last) == end


# ---- the mouse


def place(centre: Centre, iteration: float) -> QPoint:
    box = centre.timeline.box
    seen = box.seen()
    x = (iteration - seen.left) / (seen.right - seen.left) * box.width()
    return centre.timeline.plot.mapFromScene(box.mapToScene(QPointF(x, box.height() / 2)))


def test_dragging_on_the_time_line_scrubs(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18)
    centre = show()
    positions: list[int] = []
    centre.timeline.scrubbed.connect(positions.append)
    port = centre.timeline.plot.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=place(centre, 3))
    for iteration in (6, 9, 12):
        QTest.mouseMove(port, place(centre, iteration), 5)
        QTest.qWait(20)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=place(centre, 12))
    assert positions[-1] == 25
    assert len(positions) >= 2


def test_a_click_on_the_time_line_goes_there(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18)
    centre = show()
    positions: list[int] = []
    centre.timeline.scrubbed.connect(positions.append)
    QTest.mouseClick(centre.timeline.plot.viewport(), Qt.MouseButton.LeftButton, pos=place(centre, 7))
    assert positions == [15]


def test_half_steps_are_caught_only_where_there_is_room(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18)
    timeline = show().timeline
    assert timeline.position_at(7.0) == 15
    assert timeline.position_at(6.7) == 14
    assert timeline.position_at(-3.0) == 0
    assert timeline.position_at(1e6) == 37
    timeline.box.setXRange(0, 400)
    assert timeline.position_at(6.7) == 15


def double_click(port: QWidget, at: QPoint | None = None) -> None:
    """What a mouse sends; QTest's own double click has a press too many."""
    middle = at or port.rect().center()
    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=middle)
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseButtonDblClick,
        QPointF(middle),
        QPointF(port.mapToGlobal(middle)),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(port, event)
    QTest.mouseRelease(port, left, pos=middle)


def test_a_double_click_resets_the_ranges(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18)
    centre = show()
    for panel in (centre.histogram, centre.posterior, centre.timeline):
        whole = panel.box.viewRange()[0]
        panel.box.setXRange(0.2, 0.4, padding=0)
        panel.box.zoomed.emit(0)
        settle(centre)
        assert panel.box.viewRange()[0] != pytest.approx(whole)
        axis = panel.plot.mapFromScene(panel.left.mapToScene(panel.left.boundingRect().center()))
        # Between its axes a double click in the histogram is for a component.
        double_click(panel.plot.viewport(), axis if panel is centre.histogram else None)
        settle(centre)
        assert panel.box.viewRange()[0] == pytest.approx(whole, abs=0.1)


def test_the_time_line_leaves_out_its_first_iterations_until_it_is_double_clicked(
    document: Document, show: Callable[..., Centre]
) -> None:
    run = loaded(document, 18)
    centre = show()
    first = float(run.history.scalar("log_likelihood")[0])
    lowest = centre.timeline.left.mapping
    assert float(lowest.from_view(centre.timeline.box.seen().bottom)) > first
    centre.timeline.reset()
    settle(centre)
    assert float(lowest.from_view(centre.timeline.box.seen().bottom)) < first
    document.set_table(table(WAITING), "waiting")
    add_run(document, mixture(*START), 18)
    settle(centre)
    assert float(lowest.from_view(centre.timeline.box.seen().bottom)) > first


def test_the_wheel_zooms_along_x_and_over_the_axis_along_y(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18)
    centre = show()
    before = centre.histogram.box.seen()
    turn_wheel(centre.histogram.plot.viewport(), QPointF(300, 150))
    settle(centre)
    after = centre.histogram.box.seen()
    assert after.right - after.left < before.right - before.left
    assert (after.bottom, after.top) == pytest.approx((before.bottom, before.top))
    turn_wheel(centre.histogram.plot.viewport(), QPointF(20, 150))
    settle(centre)
    zoomed = centre.histogram.box.seen()
    assert zoomed.top - zoomed.bottom < after.top - after.bottom
    document.move(3)
    settle(centre)
    assert centre.histogram.box.seen() == zoomed


def test_zooming_on_and_on_stays_quick(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 18, mixture([0.1] * 10, [50.0 + 4 * i for i in range(10)], [3.0] * 10))
    centre = show()
    document.move(6)
    settle(centre)
    started = perf_counter()
    for panel in centre.panels.values():
        for at in (QPointF(300, 60), QPointF(20, 60)):
            for _ in range(60):
                turn_wheel(panel.plot.viewport(), at, 1200)
                centre.flush()
            panel.grab()
        panel.reset()
    assert perf_counter() - started < 20.0


def turn_wheel(port: QWidget, at: QPointF, by: int = 240) -> None:
    event = QWheelEvent(
        at,
        QPointF(port.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(port, event)


def test_the_histogram_and_the_posterior_share_their_x_axis(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    centre.posterior.box.setXRange(0.1, 0.3, padding=0)
    assert centre.histogram.box.viewRange()[0] == pytest.approx([0.1, 0.3])
    centre.show_panel("posterior", False)
    settle(centre)
    assert centre.histogram.bottom.isVisible()
    centre.histogram.box.setXRange(0.2, 0.5, padding=0)
    assert centre.posterior.box.viewRange()[0] == pytest.approx([0.2, 0.5])


def test_left_edges_are_in_line(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    edges = {round(panel.box.mapToScene(QPointF(0, 0)).x(), 1) for panel in centre.panels.values()}
    assert len(edges) == 1


def test_a_click_on_a_badge_or_a_curve_selects_its_component(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document, 20)
    panel = show().histogram
    identity, x, y = panel.badges.centres[1]
    panel.box.clicked.emit(QPointF(x, y))
    assert document.selected == identity
    panel.box.clicked.emit(QPointF(5.0, 5.0))
    assert document.selected == 0
    seen, (dx, dy) = panel.box.seen(), panel.box.per_pixel()
    xs, ys = panel.lines.xs[0], panel.lines.ys[0]
    at = len(xs) // 3
    panel.box.clicked.emit(QPointF((xs[at] - seen.left) / dx + 2, (seen.top - ys[at]) / dy))
    assert document.selected == 1


# ---- themes and figures


def test_a_theme_changes_grounds_and_lines(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show(LIGHT)
    centre.restyle(DARK)
    settle(centre)
    assert centre.histogram.mixture.line.opts["pen"].color() == QColor(DARK.ink)
    assert centre.histogram.lines._lines[0].opts["pen"].color() == DARK.component(1)
    image = centre.grab().toImage()
    assert image.pixelColor(image.width() - 4, 4) == QColor(DARK.plot)


def test_lines_of_a_figure_end_at_the_edge_of_the_plot() -> None:
    x, y = cut(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 3.0]), Seen(0.0, 2.0, 0.0, 2.0))
    there = np.isfinite(y)
    assert x[there].tolist() == [0.5, 1.0, 1.5]
    assert y[there].tolist() == [0.0, 1.0, 2.0]


# ---- numbers on axes


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (-2.2, 29.0, 6, ["0", "5", "10", "15", "20", "25"]),
        (-1105.0, -1045.0, 4, ["−1100", "−1080", "−1060"]),
        (-0.021, 0.011, 5, ["−0.02", "−0.01", "0.00", "0.01"]),
        (0.0, 3e-200, 4, ["0", "1e−200", "2e−200", "3e−200"]),
        (-1e300, 1.6e300, 4, ["−1e300", "0", "1e300"]),
        (1e9 + 0.041, 1e9 + 0.059, 2, ["1000000000.05"]),
        (0.0, 2.4e7, 4, ["0", "1e7", "2e7"]),
    ],
)
def test_ticks_are_round_and_said_in_few_characters(low: float, high: float, most: int, texts: list[str]) -> None:
    assert tick_texts(*ticks(low, high, most)) == texts


def test_ticks_of_counts_are_whole() -> None:
    assert ticks(0.0, 1.5, 6, whole=True)[0] == [0.0, 1.0]


def test_no_range_makes_no_ticks() -> None:
    assert ticks(1.0, 1.0, 5) == ([], 0.0)
    assert ticks(0.0, float("inf"), 5) == ([], 0.0)


def test_other_data_have_other_ticks_even_over_the_same_places(document: Document, show: Callable[..., Centre]) -> None:
    loaded(document)
    centre = show()
    centre.grab()
    axis = centre.posterior.bottom
    assert axis.picture is not None
    before = centre.posterior.grab().toImage()
    document.set_table(table(WAITING + 1000.0), "waiting", "min")
    add_run(document, mixture([0.5, 0.5], [1062.0, 1072.0], [13.0, 13.0]), 7)
    settle(centre)
    assert centre.posterior.grab().toImage() != before
    assert "1060" in axis.marks(*centre.posterior.box.viewRange()[0], float(axis.width()))[1]


def test_a_label_that_would_be_cut_off_is_left_out(qapp: object) -> None:
    axis = Axis("bottom")
    axis.mapping = Scale(0.0, 5e8)
    places, texts = axis.marks(0.0, 1.0, 200.0)
    assert len(places) == len(texts)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1e308), (-1.7e308, 1.7e308), (5e-324, 1e-320), (3.0, 3.0)])
def test_scales_go_there_and_back(low: float, high: float) -> None:
    scale = Scale.spanning(low, high)
    assert np.isfinite(scale.to_view(np.array([low, high]))).all()
    assert float(scale.from_view(0.0)) == pytest.approx(low)


# ---- counting


def test_large_data_are_counted_on_a_thread_of_their_own(qtbot: object, document: Document) -> None:
    values = np.tile(WAITING, AT_ONCE // len(WAITING) + 2)
    with qtbot.waitSignal(document.histogram_changed, timeout=10_000):  # type: ignore[attr-defined]
        document.set_table(table(values), "waiting")
        assert document.histogram is None
    assert document.histogram is not None
    assert document.histogram.counts.sum() == len(values)


def test_a_count_that_is_out_of_date_is_not_shown(qtbot: object, document: Document) -> None:
    values = np.tile(WAITING, AT_ONCE // len(WAITING) + 2)
    document.set_table(table(values), "waiting")
    document.set_table(table(WAITING), "waiting")
    QTest.qWait(200)
    assert document.histogram is not None
    assert document.histogram.counts.sum() == len(WAITING)


def test_the_number_of_bins_can_be_chosen(document: Document) -> None:
    document.set_table(table(WAITING), "waiting")
    document.set_view(replace(document.view, n_bins=13))
    assert document.histogram is not None
    assert len(document.histogram.counts) == 13
