"""Finish goes to the optimum as fast as can be, and what it recorded is a run like any other."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core import Data, FitOptions, fit
from core.algorithms.fast import Fast
from core.expectation import State
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from emgui.document import Document
from emgui.run import Phase, Run
from emgui.status import StatusBar
from emgui.transport import Transport
from emgui.window import Window

MANY = 12_000


def overlapping(n: int = MANY) -> Data:
    """Two components that plain EM needs many iterations for."""
    rng = np.random.default_rng(1)
    return Data(np.concatenate([rng.normal(0, 1, n // 3), rng.normal(2.2, 1.5, n - n // 3)]), ("x",))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """A window with many rows and their start."""
    made = Window()
    made.show()
    made.document.set_data(overlapping())
    qtbot.waitUntil(lambda: made.document.moment is not None and made.document.histogram is not None)
    yield made
    for run in made.document.runs:
        run.saved = True
    made.close()
    made.deleteLater()


@pytest.fixture
def document(window: Window) -> Document:
    """What it shows."""
    return window.document


def current(document: Document) -> Run:
    assert document.current is not None
    return document.current


def finished(qtbot: QtBot, window: Window) -> Run:
    """The run as Finish leaves it."""
    window.transport.finish()
    qtbot.waitUntil(lambda: not window.document.playing, timeout=20_000)
    qtbot.waitUntil(lambda: current(window.document).has_ended)
    return current(window.document)


def forward(qtbot: QtBot, window: Window, iterations: int) -> None:
    for number in range(1, iterations + 1):
        window.transport.forward()
        qtbot.waitUntil(lambda number=number: window.document.position == 2 * number + 1)


class Held:
    """Holds the whole way until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        step = Fast.step

        def held(fast: Fast, problem: Any, state: State, rng: np.random.Generator) -> State:
            self.begun.set()
            assert self.go_on.wait(20.0)
            return step(fast, problem, state, rng)

        monkeypatch.setattr(Fast, "step", held)


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """The whole way, under way for as long as a test needs."""
    held = Held(monkeypatch)
    yield held
    held.go_on.set()


def test_finish_goes_from_the_start_to_the_optimum_in_one_iteration(qtbot: QtBot, window: Window) -> None:
    run = finished(qtbot, window)
    expected, _ = fit(overlapping(), FitOptions(tolerance=1e-9))
    assert run.last_number == 1
    assert run.outcome is not None
    assert run.outcome.status == "converged"
    assert window.document.is_at_end
    assert run.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
    assert run.options.algorithm == "em"


def test_after_iterations_of_em_the_tape_goes_on_to_the_optimum(qtbot: QtBot, window: Window) -> None:
    forward(qtbot, window, 3)
    run = finished(qtbot, window)
    assert run.last_number == 4
    assert run.finished_from == 4
    assert list(run.history.notes) == [4]
    assert len(window.document.runs) == 1


@pytest.mark.parametrize("speed", [0.5, 20.0, float("inf")])
def test_at_any_speed_finish_takes_over(qtbot: QtBot, window: Window, document: Document, speed: float) -> None:
    document.set_options(replace(document.options, tolerance=0.0, max_iterations=10_000_000))
    window.transport.set_speed(speed)
    window.transport.run()
    qtbot.waitUntil(lambda: document.position > 0)
    window.transport.finish()
    qtbot.waitUntil(lambda: current(document).finished_from is not None, timeout=20_000)
    window.transport.pause()
    run = current(document)
    assert run.finished_from in run.history.notes
    assert [run.history.scalar("n_passes")[: run.finished_from].tolist()] == [list(range(run.finished_from or 0))]


def test_few_rows_are_finished_iteration_by_iteration(qtbot: QtBot, window: Window, document: Document) -> None:
    document.set_data(overlapping(600))
    qtbot.waitUntil(lambda: document.moment is not None)
    run = finished(qtbot, window)
    assert run.last_number > 10
    assert run.finished_from is None
    assert run.remarks(run.last_number) == ""


def test_other_variants_are_finished_as_they_are(qtbot: QtBot, window: Window, document: Document) -> None:
    document.set_options(replace(document.options, algorithm="squarem"))
    qtbot.waitUntil(lambda: document.moment is not None)
    run = finished(qtbot, window)
    assert run.last_number > 2
    assert run.finished_from is None


def test_what_finish_did_is_said_wherever_the_end_is_said(qtbot: QtBot, window: Window, document: Document) -> None:
    run = finished(qtbot, window)
    note = run.note(1)
    assert "nodes" in note
    assert note in window.status.sentence.full_text
    assert any(note in label.text() for label in window.results.figures.findChildren(QLabel))
    assert note in run.fit().outcome.message
    assert "finished as fast" in run.describe()
    window.centre.flush()
    assert window.centre.timeline.beside.note.text == note
    assert note in window.centre.timeline.accessibleDescription()


def test_half_steps_of_the_whole_way_move_the_curves_then_the_shares(
    qtbot: QtBot, window: Window, document: Document
) -> None:
    run = finished(qtbot, window)
    end = document.moment
    assert end is not None
    assert (end.number, end.phase) == (1, Phase.E)
    assert end.sharing is not None
    assert end.sharing.is_exact
    assert end.gap == pytest.approx(0.0, abs=1e-6)
    assert end.n_passes > 1
    window.transport.half_back()
    half = document.moment
    assert half is not None
    assert half.phase is Phase.M
    assert half.before is not None
    np.testing.assert_array_equal(half.before.weights, run.mixture(0).weights)
    np.testing.assert_array_equal(half.mixture.weights, end.mixture.weights)
    assert half.sharing is not None
    np.testing.assert_array_equal(half.sharing.mixture.weights, run.mixture(0).weights)
    assert half.gap is not None
    assert half.gap > 1.0
    assert run.history.notes[1] in window.status.sentence.full_text
    window.transport.half_forward()
    assert document.moment == end or document.position == 3


def test_a_step_past_the_end_is_one_of_em(qtbot: QtBot, window: Window, document: Document) -> None:
    run = finished(qtbot, window)
    passes = run.history.scalar("n_passes")[-1]
    window.transport.forward()
    qtbot.waitUntil(lambda: run.last_number == 2)
    assert run.history.scalar("n_passes")[-1] == passes + 1
    assert list(run.history.notes) == [1]
    assert abs(run.history.scalar("log_likelihood")[2] - run.history.scalar("log_likelihood")[1]) < 1e-6


def test_a_run_from_where_finish_began_is_plain_em(qtbot: QtBot, window: Window, document: Document) -> None:
    forward(qtbot, window, 2)
    first = finished(qtbot, window)
    window.transport.go_to(2 * 2 + 1)
    window.transport.run()
    qtbot.waitUntil(lambda: not document.playing, timeout=20_000)
    second = current(document)
    assert second is not first
    assert second.last_number > 3
    assert second.finished_from is None
    assert second.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-5)


def test_a_finished_run_is_exported_with_what_was_done(
    qtbot: QtBot, window: Window, document: Document, tmp_path: Path
) -> None:
    run = finished(qtbot, window)
    for kind, name in (("result", "result.json"), ("trace", "trace.csv")):
        with qtbot.waitSignal(window.exporter.noted, timeout=20_000):
            window.exporter.write(kind, run, 1, tmp_path / name)
    told = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert told["fit"]["status"] == "converged"
    assert run.history.notes[1] in told["fit"]["message"]
    with (tmp_path / "trace.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["iteration"] for line in lines] == ["0", "1"]
    assert float(lines[1]["mean[1]"]) == pytest.approx(run.mixture(1).parameters["mean"][0])


def test_while_the_way_is_gone_the_window_says_so_and_answers(
    qtbot: QtBot, window: Window, document: Document, road: Held
) -> None:
    window.transport.finish()
    assert road.begun.wait(20.0)
    assert "goes the whole way" in window.status.sentence.full_text
    assert document.playing
    document.select(2)
    qtbot.waitUntil(lambda: document.selected == 2)
    window.transport.finish()  # once more changes nothing
    road.go_on.set()
    qtbot.waitUntil(lambda: current(document).has_ended)
    assert current(document).last_number == 1


def test_pausing_on_the_way_says_that_it_comes_to_its_end(
    qtbot: QtBot, window: Window, document: Document, road: Held
) -> None:
    window.transport.finish()
    assert road.begun.wait(20.0)
    window.transport.pause()
    assert not document.playing
    assert "under way" in window.status.sentence.full_text
    road.go_on.set()
    qtbot.waitUntil(lambda: current(document).last_number == 1)
    assert document.is_at_end
    assert current(document).finished_from == 1


def test_closing_on_the_way_ends_every_thread(qtbot: QtBot, window: Window, document: Document, road: Held) -> None:
    window.transport.finish()
    assert road.begun.wait(20.0)
    threading.Timer(0.05, road.go_on.set).start()
    window.transport.close()
    assert not document.playing
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fit-")]


def test_another_speed_on_the_way_is_plain_em_again(
    qtbot: QtBot, window: Window, document: Document, road: Held
) -> None:
    window.transport.finish()
    assert road.begun.wait(20.0)
    window.transport.set_speed(100.0)
    qtbot.waitUntil(lambda: current(document).last_number >= 2)
    window.transport.pause()
    assert current(document).finished_from is None
    assert not current(document).history.notes


def test_finish_during_a_search_of_restarts_finishes_the_best(qtbot: QtBot, window: Window, document: Document) -> None:
    document.set_options(replace(document.options, restarts=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    window.transport.set_speed(0.5)
    window.transport.run()
    assert document.busy is not None
    window.transport.finish()
    qtbot.waitUntil(lambda: current(document).has_ended and not document.playing, timeout=20_000)
    assert current(document).finished_from == 1
    assert current(document).searched


def test_a_collapse_on_the_way_is_told_as_ever(qtbot: QtBot, window: Window, document: Document) -> None:
    values = np.concatenate([overlapping().column, np.full(600, 5.0)])
    document.set_data(Data(values, ("x",)))
    start = Mixture(Gaussian(), np.array([0.95, 0.05]), {"mean": np.array([1.2, 5.0]), "sd": np.array([2.0, 0.1])})
    window.transport.set_given(start, "given")
    qtbot.waitUntil(lambda: document.moment is not None and window.transport.can_run)
    window.transport.finish()
    qtbot.waitUntil(lambda: not document.playing, timeout=20_000)
    assert current(document).is_over
    assert document.message is not None
    assert "component 2" in document.message.title


def test_fast_stands_in_the_form_and_says_what_its_iterations_are(
    qtbot: QtBot, window: Window, document: Document
) -> None:
    document.set_options(replace(document.options, algorithm="fast"))
    qtbot.waitUntil(lambda: document.moment is not None)
    window.transport.run()
    qtbot.waitUntil(lambda: current(document).has_ended and not document.playing, timeout=20_000)
    run = current(document)
    assert run.last_number == 1
    assert run.finished_from is None
    assert "Fast" in run.describe()
    window.centre.flush()
    assert "the whole way to the optimum" in window.centre.timeline.x_caption
    assert run.history.notes[1] in window.status.sentence.full_text
    window.change_view(by_passes=True)
    window.centre.flush()
    assert window.centre.timeline.box.seen().right >= run.history.scalar("n_passes")[-1]
    window.transport.half_back()
    assert document.moment is not None
    assert document.moment.phase is Phase.M
    assert document.moment.before is not None


def test_the_status_bar_alone_tells_of_the_way(qtbot: QtBot) -> None:
    document = Document()
    transport = Transport(document)
    bar = StatusBar(document, transport)
    document.set_data(overlapping())
    qtbot.waitUntil(lambda: document.moment is not None)
    bar.refresh()
    assert "Space" in bar.sentence.full_text
    transport.finish()
    bar.refresh()
    assert "goes the whole way" in bar.sentence.full_text
    qtbot.waitUntil(lambda: not document.playing, timeout=20_000)
    transport.close()
    bar.deleteLater()
