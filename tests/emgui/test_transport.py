"""Run, pause, step and scrub: what the keys do to the tape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core import Data, FitOptions, fit
from core.families.gaussian import Gaussian
from core.mixture import Mixture
from emgui.document import Document
from emgui.run import Phase
from emgui.transport import Transport

Deck = tuple[Document, Transport]


def two_groups(n: int = 300) -> Data:
    rng = np.random.default_rng(1)
    return Data(np.concatenate([rng.normal(0, 1, n // 3), rng.normal(4, 1.5, n - n // 3)]), ("x",))


@pytest.fixture
def deck(qtbot: QtBot) -> Iterator[Deck]:
    """A document with data and its start, and the transport that plays it."""
    document = Document()
    transport = Transport(document)
    document.set_data(two_groups())
    qtbot.waitUntil(lambda: document.moment is not None)
    yield document, transport
    transport.close()


def settle(qtbot: QtBot, document: Document) -> None:
    qtbot.waitUntil(lambda: not document.playing, timeout=20_000)


def test_the_start_is_drawn_before_anything_runs(deck: Deck) -> None:
    document, transport = deck
    assert document.moment is not None
    assert document.moment.phase is Phase.START
    assert document.moment.sharing is None
    assert document.runs == []
    assert transport.can_run
    assert not transport.can_go_back


def test_run_gives_the_numbers_of_the_command_line(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    expected, _ = fit(two_groups())
    assert document.current is not None
    assert document.current.outcome is not None
    assert document.current.outcome.status == "converged"
    assert document.moment is not None
    assert document.moment.number == expected.number
    assert document.moment.log_likelihood == expected.log_likelihood
    np.testing.assert_array_equal(document.moment.mixture.weights, expected.mixture.weights)


def test_half_steps_go_e_then_m_then_e(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    seen = []
    for position in range(1, 6):
        transport.half_forward()
        qtbot.waitUntil(lambda position=position: document.position == position)
        assert document.moment is not None
        seen.append((document.moment.number, document.moment.phase))
    assert seen == [(0, Phase.E), (1, Phase.M), (1, Phase.E), (2, Phase.M), (2, Phase.E)]


def test_the_bound_touches_after_e_and_parts_after_m(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    for position, touches in ((1, True), (2, False), (3, True), (4, False)):
        transport.half_forward()
        qtbot.waitUntil(lambda position=position: document.position == position)
        assert document.moment is not None
        assert (document.moment.gap < 1e-6) is touches
        assert (document.moment.before is not None) is not touches


def test_the_e_step_out_of_turn_changes_nothing(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    assert not transport.step(Phase.M)
    assert transport.step(Phase.E)
    qtbot.waitUntil(lambda: document.position == 1)
    assert not transport.step(Phase.E)
    assert document.position == 1


def test_many_presses_at_once_all_count(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    for _ in range(5):
        transport.forward()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.number == 5)
    assert document.moment is not None
    assert document.moment.phase is Phase.E


def test_back_replays_the_tape_without_losing_it(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    assert document.current is not None
    last = document.current.last_number
    transport.back()
    assert document.moment is not None
    assert (document.moment.number, document.moment.phase) == (last - 1, Phase.E)
    transport.half_back()
    assert document.moment.phase is Phase.M
    transport.to_start()
    assert document.position == 0
    transport.to_end()
    assert document.is_at_end
    assert len(document.runs) == 1


def test_run_from_an_earlier_iteration_makes_a_new_run_and_keeps_the_old(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    first = document.current
    assert first is not None
    transport.go_to(2 * 3 + 1)
    assert document.moment is not None
    fork = document.moment.mixture
    transport.run()
    settle(qtbot, document)
    second = document.current
    assert second is not None
    assert second is not first
    assert [run.number for run in document.runs] == [1, 2]
    np.testing.assert_array_equal(second.mixture(0).weights, fork.weights)
    assert "run 1, iteration 3" in second.start_label
    assert first.last_number == second.last_number + 3


def test_run_after_an_m_step_goes_on_in_the_same_run(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.go_to(4)
    qtbot.waitUntil(lambda: document.position == 4)
    transport.run()
    settle(qtbot, document)
    assert len(document.runs) == 1


def test_after_convergence_run_is_off_but_steps_stay_on(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    assert not transport.can_run
    assert transport.can_go_forward
    assert document.current is not None
    before = document.current.last_number
    transport.forward()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.number == before + 1)


def test_pause_keeps_what_was_made_and_run_goes_on_in_the_same_run(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, tolerance=0.0, n_components=4))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    qtbot.waitUntil(lambda: document.current is not None and document.current.last_number > 20)
    transport.pause()
    assert not document.playing
    qtbot.wait(80)
    run = document.current
    assert run is not None
    held = run.last_number
    qtbot.wait(60)
    assert run.last_number == held
    transport.to_end()
    transport.run()
    qtbot.waitUntil(lambda: run.last_number > held + 20)
    assert document.current is run
    assert len(document.runs) == 1


def test_an_edit_of_the_model_draws_a_new_start_and_keeps_the_runs(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    document.set_options(replace(document.options, n_components=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    assert document.moment is not None
    assert document.moment.mixture.n_components == 3
    assert document.position == 0
    assert len(document.runs) == 1


def test_a_tighter_tolerance_lets_a_converged_run_go_on(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, tolerance=1e-2))
    transport.run()
    settle(qtbot, document)
    run = document.current
    assert run is not None
    first = run.last_number
    document.set_options(replace(document.options, tolerance=1e-8))
    assert document.current is run
    assert transport.can_run
    transport.run()
    settle(qtbot, document)
    assert document.current is run
    assert run.last_number > first
    assert run.outcome is not None
    assert run.outcome.status == "converged"


def test_restarts_are_searched_first_and_the_best_start_is_run(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, restarts=5, n_components=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    assert document.busy is not None
    settle(qtbot, document)
    expected, _ = fit(two_groups(), replace(FitOptions(), restarts=5, n_components=3))
    assert document.moment is not None
    assert document.moment.log_likelihood == expected.log_likelihood
    assert document.current is not None
    assert document.current.optima
    assert document.busy is None


def test_pausing_a_search_leaves_the_start_as_it_was(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, restarts=1000, n_components=5))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    qtbot.wait(30)
    transport.pause()
    assert not document.playing
    assert document.busy is None
    assert document.position == 0
    transport.forward()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.number == 1)


def collapsing(means: tuple[float, float], sds: tuple[float, float]) -> Deck:
    document = Document()
    transport = Transport(document)
    document.set_data(Data(np.array([0.0, 0.3, 0.1, 5.0, 0.2, 0.4, 0.25, 4.0]), ("x",)))
    start = Mixture(Gaussian(), np.array([0.5, 0.5]), {"mean": np.array(means), "sd": np.array(sds)})
    transport.set_given(start, "given")
    return document, transport


def test_a_collapse_ends_the_run_with_a_message_and_no_way_on(qtbot: QtBot) -> None:
    document, transport = collapsing((1.0, 4.8), (1.5, 0.22))
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.log_likelihood < 0)
    transport.run()
    settle(qtbot, document)
    qtbot.wait(50)
    run = document.current
    assert run is not None
    assert run.is_over
    assert run.last_number > 0
    assert not transport.can_go_forward
    assert not transport.can_run
    assert document.message is not None
    assert "component 2" in document.message.title
    transport.back()
    assert transport.can_run
    transport.close()


def test_a_start_that_has_collapsed_says_so_and_cannot_be_run(qtbot: QtBot) -> None:
    document, transport = collapsing((0.2, 5.0), (0.3, 0.01))
    qtbot.waitUntil(lambda: document.message is not None)
    assert document.message is not None
    assert "component 2" in document.message.title
    assert not transport.can_run
    transport.run()
    transport.half_forward()
    assert document.runs == []
    transport.close()


def test_data_that_cannot_be_fitted_say_why(qtbot: QtBot) -> None:
    document = Document()
    transport = Transport(document)
    document.set_data(Data(np.full(50, 7.0), ("x",)))
    assert document.message is not None
    assert "7" in document.message.text
    assert not transport.can_run
    transport.run()
    transport.forward()
    transport.close()


@pytest.mark.parametrize("speed", [0.5, 5.0, 100.0, float("inf")])
def test_every_speed_plays(qtbot: QtBot, deck: Deck, speed: float) -> None:
    document, transport = deck
    transport.set_speed(speed)
    transport.run()
    qtbot.waitUntil(lambda: document.position >= 1, timeout=5_000)
    transport.pause()
    assert not document.playing


def test_at_a_slow_speed_each_half_step_is_shown(qtbot: QtBot, deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    document, transport = deck
    seen: list[int] = []
    document.moved.connect(lambda: seen.append(document.position))
    monkeypatch.setattr("emgui.transport.SLOW", 200.0)
    transport.set_speed(100.0)
    transport.run()
    qtbot.waitUntil(lambda: document.position >= 8, timeout=10_000)
    transport.pause()
    assert sorted(set(seen))[:8] == list(range(1, 9)) or sorted(set(seen))[:9] == list(range(9))


def test_finish_goes_to_the_optimum_from_a_slow_run(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.set_speed(0.5)
    transport.run()
    transport.finish()
    settle(qtbot, document)
    assert document.current is not None
    assert document.current.outcome is not None
    assert document.current.outcome.status == "converged"
    assert document.is_at_end


def test_closing_in_the_middle_of_a_fit_ends_the_thread(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, tolerance=0.0, n_components=6))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    qtbot.wait(30)
    transport.close()
    assert not document.playing


def test_another_run_of_the_list_is_shown_with_its_options(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    document.set_options(replace(document.options, n_components=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    settle(qtbot, document)
    first, second = document.runs
    transport.select_run(first)
    assert document.options.n_components == 2
    assert document.is_at_end
    transport.select_run(second)
    assert document.options.n_components == 3
    transport.forward()
    last = second.last_number
    qtbot.waitUntil(lambda: second.last_number == last + 1)


def test_a_rule_changed_while_paused_is_the_rule_that_ends_the_run(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.forward()
    qtbot.waitUntil(lambda: document.position == 3)
    document.set_options(replace(document.options, max_iterations=5))
    transport.run()
    settle(qtbot, document)
    run = document.current
    assert run is not None
    assert run.outcome is not None
    assert (run.last_number, run.outcome.status) == (5, "max-iterations")
    assert run.options.max_iterations == 5


def test_stepping_before_a_search_says_that_no_other_start_was_tried(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, restarts=20))
    qtbot.waitUntil(lambda: document.moment is not None)
    with qtbot.waitSignal(transport.noted):
        transport.forward()
    qtbot.waitUntil(lambda: document.position == 3)
    transport.run()
    settle(qtbot, document)
    assert document.current is not None
    assert document.current.options.restarts == 1
    assert document.current.fit().options.restarts == 1


def test_a_branch_and_a_given_start_are_called_given(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    transport.run()
    settle(qtbot, document)
    transport.go_to(3)
    transport.run()
    settle(qtbot, document)
    assert document.current is not None
    assert document.current.options.start == "given"
    assert document.options.start == "given"
    transport.select_run(document.runs[0])
    assert document.options.start == "kmeans"


def test_a_given_start_outlives_edits_that_it_fits_and_gives_way_to_others(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    parameters = {"mean": np.array([0.5, 3.0]), "sd": np.array([1.0, 1.0])}
    transport.set_given(Mixture(Gaussian("tied"), np.array([0.5, 0.5]), parameters), "given")
    qtbot.waitUntil(lambda: document.moment is not None)
    assert document.options.covariance == "tied"
    document.set_options(replace(document.options, restarts=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    assert document.moment is not None
    assert list(document.moment.mixture.parameters["mean"]) == [0.5, 3.0]
    document.set_options(replace(document.options, n_components=3))
    qtbot.waitUntil(lambda: document.moment is not None)
    assert document.options.start == "kmeans"


def test_after_a_search_the_start_keeps_its_name(qtbot: QtBot, deck: Deck) -> None:
    document, transport = deck
    document.set_options(replace(document.options, restarts=3, start="quantiles"))
    qtbot.waitUntil(lambda: document.moment is not None)
    transport.run()
    settle(qtbot, document)
    assert document.options.start == "quantiles"
    assert document.current is not None
    assert (document.current.options.start, document.current.options.restarts) == ("quantiles", 3)
