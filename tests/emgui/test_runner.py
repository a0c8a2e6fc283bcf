"""The worker thread: every item once and in order, and nothing after cancel."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from emgui.runner import LONGEST, FitRunner, rest_of_frame


class Collected:
    """Gathers what arrives."""

    def __init__(self, runner: FitRunner) -> None:
        self.items: list[int] = []
        self.batches = 0
        self.ends: list[object] = []
        runner.arrived.connect(self._take)
        runner.ended.connect(self.ends.append)

    def _take(self, batch: list[int]) -> None:
        self.items += batch
        self.batches += 1


@pytest.fixture
def runners() -> Iterator[list[FitRunner]]:
    """Runners put here are cancelled and joined after the test."""
    made: list[FitRunner] = []
    yield made
    for runner in made:
        runner.cancel()
        assert runner.join(5.0)
        runner.deleteLater()


def test_every_item_arrives_once_and_in_order(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(iter(range(20_000)))
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: bool(collected.ends), timeout=20_000)
    assert collected.items == list(range(20_000))
    assert collected.ends == [None]
    assert collected.batches < 20_000


def test_a_step_pulls_exactly_one_item(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count())
    runners.append(runner)
    collected = Collected(runner)
    for expected in range(1, 4):
        runner.step()
        qtbot.waitUntil(lambda expected=expected: len(collected.items) == expected)
    qtbot.wait(50)
    assert collected.items == [0, 1, 2]


def test_steps_asked_for_at_once_are_all_made(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count())
    runners.append(runner)
    collected = Collected(runner)
    for _ in range(50):
        runner.step()
    qtbot.waitUntil(lambda: len(collected.items) == 50)
    qtbot.wait(30)
    assert collected.items == list(range(50))


def test_pause_stops_and_run_goes_on_without_a_gap(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count())
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: len(collected.items) > 100)
    runner.pause()
    qtbot.waitUntil(lambda: runner.is_waiting)
    qtbot.wait(50)
    held = len(collected.items)
    qtbot.wait(50)
    assert len(collected.items) == held
    runner.run()
    qtbot.waitUntil(lambda: len(collected.items) > held + 100)
    runner.pause()
    qtbot.wait(50)
    assert collected.items == list(range(len(collected.items)))


def test_the_first_item_arrives_though_pause_comes_at_once(qtbot: QtBot, runners: list[FitRunner]) -> None:
    for begin in ("run", "step"):
        runner = FitRunner(itertools.count())
        runners.append(runner)
        collected = Collected(runner)
        getattr(runner, begin)()
        runner.pause()
        qtbot.waitUntil(lambda collected=collected: len(collected.items) >= 1)
    waiting = FitRunner(itertools.count())
    runners.append(waiting)
    nothing = Collected(waiting)
    waiting.pause()
    qtbot.wait(30)
    assert nothing.items == []


def test_nothing_arrives_after_cancel(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count())
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: len(collected.items) > 10)
    runner.cancel()
    held = len(collected.items)
    qtbot.wait(60)
    assert len(collected.items) == held
    assert runner.join(1.0)


def test_an_item_that_it_rests_at_is_the_last_of_an_endless_run(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count(), rests_at=lambda item: item == 7)
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: 7 in collected.items)
    qtbot.wait(50)
    assert collected.items == list(range(8))
    runner.step()
    qtbot.waitUntil(lambda: 8 in collected.items)


def test_a_fault_arrives_after_the_items_before_it(qtbot: QtBot, runners: list[FitRunner]) -> None:
    def faulty() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("worn out")

    runner = FitRunner(faulty())
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: bool(collected.ends))
    assert collected.items == [1, 2]
    assert str(collected.ends[0]) == "worn out"


def test_the_iterator_is_pulled_on_a_thread_of_its_own(qtbot: QtBot, runners: list[FitRunner]) -> None:
    def threads() -> Iterator[int]:
        while True:
            yield threading.get_ident()

    runner = FitRunner(threads())
    runners.append(runner)
    collected = Collected(runner)
    runner.step(3)
    qtbot.waitUntil(lambda: len(collected.items) == 3)
    assert set(collected.items).isdisjoint({threading.get_ident()})


def test_at_an_interval_items_come_no_faster(qtbot: QtBot, runners: list[FitRunner]) -> None:
    runner = FitRunner(itertools.count())
    runners.append(runner)
    collected = Collected(runner)
    began = time.monotonic()
    runner.run(interval=0.05)
    qtbot.waitUntil(lambda: len(collected.items) >= 4)
    assert time.monotonic() - began >= 0.15


def test_a_frame_lasts_until_drawing_has_kept_to_its_share() -> None:
    assert rest_of_frame(spent=0.02, gone=0.02, share=1.0) == 0.0
    assert rest_of_frame(spent=0.02, gone=0.02, share=0.1) == pytest.approx(0.18)
    assert rest_of_frame(spent=0.02, gone=0.25, share=0.1) == 0.0


def test_however_dear_a_frame_another_follows_within_half_a_second() -> None:
    assert rest_of_frame(spent=5.0, gone=0.0, share=0.1) == LONGEST <= 0.5


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that would last for ever, were there nothing to hurry them."""
    monkeypatch.setattr("emgui.runner.rest_of_frame", lambda *_: 1000.0)


def test_the_last_items_arrive_at_once_however_long_a_frame_is(
    qtbot: QtBot, runners: list[FitRunner], dear: None
) -> None:
    for rests in (False, True):
        runner = FitRunner(slowly(40), rests_at=lambda item, rests=rests: rests and item == 30, share=0.1)
        runners.append(runner)
        collected = Collected(runner)
        runner.run()
        last = 30 if rests else 39
        qtbot.waitUntil(lambda collected=collected, last=last: collected.items == list(range(last + 1)))
        assert collected.batches <= 4


def test_a_pause_and_a_step_are_seen_at_once_however_long_a_frame_is(
    qtbot: QtBot, runners: list[FitRunner], dear: None
) -> None:
    runner = FitRunner(slowly(100_000), share=0.1)
    runners.append(runner)
    collected = Collected(runner)
    runner.run()
    qtbot.waitUntil(lambda: collected.batches > 0)
    qtbot.wait(50)
    runner.pause()
    qtbot.waitUntil(lambda: runner.is_waiting and len(collected.items) > 0)
    qtbot.wait(50)
    held = len(collected.items)
    assert collected.items == list(range(held))
    runner.step()
    qtbot.waitUntil(lambda: len(collected.items) == held + 1)


def slowly(n: int) -> Iterator[int]:
    for item in range(n):
        time.sleep(0.001)
        yield item
