"""The tape keeps enough of a run to show every iteration of it, however long."""

from functools import partial
from itertools import islice

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers

from core import FitOptions, History, Problem
from core.em import ended, replay, run
from core.errors import Cancelled
from core.expectation import expect
from core.fit import summary
from core.history import SCALARS
from core.stopping import stopped

ROWS = data(drawn(200))
START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def again(rows):
    return partial(replay, rows, FitOptions())


def recorded(iterations, kept):
    history = History(kept)
    for iteration in iterations:
        history.append(iteration)
    return history


@pytest.fixture(scope="module")
def iterations():
    return list(islice(run(ROWS, FitOptions(n_components=3), START), 200))


def test_an_iteration_that_does_not_follow_is_refused(iterations):
    history = recorded(iterations[:3], 8)
    with pytest.raises(ValueError, match="iteration 5 does not follow 2"):
        history.append(iterations[5])
    with pytest.raises(IndexError, match="no iteration 3"):
        history.parameters(3)
    with pytest.raises(IndexError):
        history.parameters(-1)


@pytest.mark.parametrize("kept", [1, 2, 3, 7, 8, 64, 100, 1000])
@pytest.mark.parametrize("n", [1, 2, 8, 9, 63, 65, 200])
def test_a_thinned_tape_gives_every_iteration_as_an_unthinned_one_does(iterations, kept, n):
    history = recorded(iterations[:n], kept)
    assert len(history) == n
    for number in range(n):
        made = history.parameters(number, again(ROWS))
        np.testing.assert_array_equal(numbers(made), numbers(iterations[number].mixture))
        assert made.ids == START.ids
        if history.is_kept(number):
            np.testing.assert_array_equal(numbers(history.parameters(number)), numbers(made))
    assert sum(history.is_kept(number) for number in range(n)) <= kept + 1


def test_another_iterations_parameters_are_never_given_for_thinned_ones(iterations):
    history = recorded(iterations[:100], 8)
    assert not history.is_kept(17)
    with pytest.raises(LookupError, match="iteration 17 were thinned away"):
        history.parameters(17)


def test_a_result_of_a_thinned_iteration_is_that_iterations(iterations):
    history = recorded(iterations[:100], kept=8)
    options = FitOptions(n_components=3)
    for number in (17, 63, 98):
        assert not history.is_kept(number)
        result = summary(ROWS, options, history, stopped(number), number=number)
        np.testing.assert_array_equal(numbers(result.mixture), numbers(iterations[number].mixture))
        assert expect(Problem(ROWS), result.mixture).log_likelihood == result.log_likelihood


def test_the_pass_over_the_data_for_a_result_can_be_stopped(iterations):
    def stop(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        summary(ROWS, FitOptions(n_components=3), recorded(iterations[:3], 8), stopped(2), progress=stop)


def test_a_snapshot_stays_as_it_was_while_the_tape_grows_and_thins():
    half = drawn(100, 1, (1.0,), (2.0,), (0.5,))
    rows = data(np.r_[half, -half])
    stuck = mixture([0.3, 0.7], [0.0, 0.0], [2.0, 2.1])
    made = list(islice(run(rows, FitOptions(tolerance=1e-9), stuck), 120))
    history = recorded(made[:5], 8)
    still = history.snapshot()
    for iteration in made[5:]:
        history.append(iteration)
    assert history.notes
    assert still.notes == {}
    assert len(still) == 5
    assert still.last is made[4]
    np.testing.assert_array_equal(still.scalar("log_likelihood"), [one.log_likelihood for one in made[:5]])
    for one in made[:5]:
        np.testing.assert_array_equal(numbers(still.parameters(one.number)), numbers(one.mixture))


def test_an_iteration_that_follows_from_no_step_is_never_thinned_away():
    half = drawn(100, 1, (1.0,), (2.0,), (0.5,))
    rows = data(np.r_[half, -half])
    stuck = mixture([0.3, 0.7], [0.0, 0.0], [2.0, 2.1])
    made = list(islice(run(rows, FitOptions(tolerance=1e-9), stuck), 120))
    history = recorded(made, 3)
    (number,) = history.notes
    assert history.is_kept(number)
    for iteration in made:
        again_made = history.parameters(iteration.number, again(rows))
        np.testing.assert_array_equal(numbers(again_made), numbers(iteration.mixture))


def test_scalars_of_every_iteration_are_kept_and_read_only(iterations):
    history = recorded(iterations, 8)
    for name in SCALARS:
        assert history.scalar(name).shape == (200,)
        with pytest.raises(ValueError, match="read-only"):
            history.scalar(name)[0] = 1.0
    np.testing.assert_array_equal(history.scalar("log_likelihood"), [one.log_likelihood for one in iterations])
    np.testing.assert_array_equal(history.scalar("n_passes"), np.arange(200))
    assert np.isnan(history.scalar("bound_after_m")[0])
    assert (history.scalar("bound_after_m")[1:] <= history.scalar("log_likelihood")[1:] + 1e-9).all()


def test_a_scalar_taken_earlier_stays_as_it_was(iterations):
    history = recorded(iterations[:60], 8)
    early = history.scalar("seconds")
    copy = early.copy()
    for iteration in iterations[60:]:
        history.append(iteration)
    np.testing.assert_array_equal(early, copy)


def test_the_outcome_is_that_of_the_last_iteration():
    history = History()
    for iteration in ended(run(ROWS, FitOptions(n_components=3), START)):
        assert history.outcome is None
        history.append(iteration)
    assert history.outcome.status == "converged"


def test_an_iteration_that_is_always_kept_is_never_thinned_away(iterations):
    history = History(kept=4)
    for iteration in iterations[:40]:
        history.append(iteration, always=iteration.number == 13)
    assert history.is_kept(13)
    assert not history.is_kept(12)
    np.testing.assert_array_equal(numbers(history.parameters(13)), numbers(iterations[13].mixture))
