"""When a run ends, and whether the sentence that says why is true."""

import re
from itertools import islice, pairwise

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import FitOptions, InputError, Problem, fit
from core.algorithms import ALGORITHMS
from core.em import ended, run
from core.expectation import State, expect
from core.stopping import (
    CAPPED,
    CONVERGED,
    DEGENERATE,
    NOTHING_YET,
    STOPPING_RULES,
    RemainingGain,
    Seen,
    Watched,
    largest_change,
    stopped,
)

WAITING = data(column("faithful.csv", "waiting"))
START = mixture([0.5, 0.5], [50, 80], [10, 10])
EM = ALGORITHMS["em"]()
BEST = -1034.00174983160796


def seen(iteration):
    return Seen(iteration.state, iteration.log_likelihood)


def said(outcome, before):
    """The number that follows some words in the message."""
    return float(re.search(rf"{before} ([0-9.e-]*[0-9])", outcome.message)[1])


@pytest.mark.parametrize("stop_on", list(STOPPING_RULES))
class TestEveryRule:
    def test_reaching_the_limit_is_never_called_convergence(self, stop_on):
        for limit in (1, 2, 5):
            result, history = fit(WAITING, FitOptions(stop_on=stop_on, max_iterations=limit), START)
            assert result.outcome.status == CAPPED
            assert len(history) == limit + 1
            assert f"limit of {limit} iteration" in result.outcome.message
            assert result.expected_gain is None or result.expected_gain > 0

    def test_no_iteration_evaluates_the_start(self, stop_on):
        result, history = fit(WAITING, FitOptions(stop_on=stop_on, max_iterations=0), START)
        assert result.outcome.status == CAPPED
        assert len(history) == 1
        assert result.log_likelihood == pytest.approx(-1100.83911090983068, abs=1e-10)
        assert "start was evaluated" in result.outcome.message
        assert result.bic is not None

    def test_one_component_is_fitted_in_one_step(self, stop_on):
        result, _ = fit(WAITING, FitOptions(n_components=1, stop_on=stop_on))
        assert result.outcome.status == CONVERGED
        assert result.number <= 2
        assert result.log_likelihood == pytest.approx(-1095.2888005007117, abs=1e-10)

    @pytest.mark.parametrize("offset", [0.0, 1e9])
    @pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200])
    def test_a_tolerance_of_0_ends_where_rounding_does(self, stop_on, offset, scale):
        options = FitOptions(stop_on=stop_on, tolerance=0.0)
        start = mixture([0.5, 0.5], (np.array([50, 80]) + offset) * scale, np.array([10, 10]) * scale)
        result, _ = fit(data((WAITING.column + offset) * scale), options, start)
        assert result.outcome.status == CONVERGED
        assert result.number < 200
        assert result.log_likelihood + 272 * np.log(scale) == pytest.approx(BEST, abs=1e-6)

    def test_a_healthy_start_is_not_judged_before_a_step_was_made(self, stop_on):
        rule = STOPPING_RULES[stop_on](Problem(WAITING), EM, 1e9, 10)
        state = Seen(State(START, expect(Problem(WAITING), START)), 0.0)
        assert rule.verdict(0, None, state, NOTHING_YET) == (None, NOTHING_YET)

    def test_a_verdict_is_pure(self, stop_on):
        made = list(islice(run(WAITING, FitOptions(), START), 4))
        rule = STOPPING_RULES[stop_on](Problem(WAITING), EM, 1e-2, 10)
        first = rule.verdict(3, seen(made[2]), seen(made[3]), made[2].watched)
        assert rule.verdict(3, seen(made[2]), seen(made[3]), made[2].watched) == first

    def test_a_collapse_comes_before_everything_else(self, stop_on):
        rows = data([0.0, 0.1, 0.3, 0.2, 5.0])
        start = mixture([0.8, 0.2], [0.15, 5.0], [0.1, 0.001])
        result, _ = fit(rows, FitOptions(stop_on=stop_on, max_iterations=0), start)
        assert result.outcome.status == DEGENERATE

    def test_a_saddle_is_left(self, stop_on):
        halves = data(np.r_[drawn(200, 1, (1.0,), (-5.0,), (1.0,)), drawn(200, 2, (1.0,), (5.0,), (1.0,))])
        stuck = mixture([0.5, 0.5], [0.0, 0.0], [5.0, 5.0])
        result, history = fit(halves, FitOptions(stop_on=stop_on), stuck)
        assert result.outcome.status == CONVERGED
        assert np.diff(np.sort(result.mixture.parameters["mean"]))[0] > 9.0
        assert next(iter(history.notes.values())).startswith("stepped off a saddle")
        assert (np.diff(history.scalar("log_likelihood")) >= -1e-9).all()


@pytest.mark.parametrize("tolerance", [1.0, 1e-2, 1e-4, 1e-6, 1e-8])
def test_the_tolerance_bounds_what_is_still_to_be_gained(tolerance):
    result, _ = fit(WAITING, FitOptions(tolerance=tolerance), START)
    gap = BEST - result.log_likelihood
    assert gap <= 1.05 * tolerance
    assert result.expected_gain <= said(result.outcome, "at most") <= 2.0 * tolerance


def test_with_overlapping_components_too_where_aitken_alone_would_stop_far_too_early():
    rows = data(drawn(3000, 1, (0.5, 0.5), (0.0, 0.6), (1.0, 1.3)))
    start = mixture([0.5, 0.5], [-0.5, 1.0], [1.0, 1.0])
    exact, _ = fit(rows, FitOptions(tolerance=1e-11, max_iterations=10**6), start)
    result, _ = fit(rows, FitOptions(max_iterations=10**6), start)
    assert exact.log_likelihood - result.log_likelihood <= 1.1e-6
    proposed = RemainingGain(Problem(rows), EM, 1e-6, 10**6)
    first = None
    previous = None
    for iteration in run(rows, FitOptions(tolerance=1e-9, max_iterations=10**6), start):
        if previous is not None and first is None:
            _, watched = proposed.judge(iteration.number, seen(previous), seen(iteration), previous.watched)
            if watched.look_again > iteration.number:
                first = exact.log_likelihood - iteration.log_likelihood
                break
        previous = iteration
    assert first is not None
    assert first > 1e-6, "Aitken proposed here, and the decrement refused"


def test_what_the_rule_remembers_spares_looks_at_the_curvature():
    rule = RemainingGain(Problem(WAITING), EM, 1e-6, 100)
    made = list(islice(run(WAITING, FitOptions(), START), 3))
    verdict, watched = rule.judge(2, seen(made[1]), seen(made[2]), Watched(1e9, 50))
    assert verdict is None
    assert watched.look_again == 50


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-8])
def test_stopping_on_parameters_bounds_their_largest_change(tolerance):
    made = list(ended(run(WAITING, FitOptions(stop_on="parameters", tolerance=tolerance), START)))
    changes = [largest_change(one.mixture, other.mixture) for one, other in pairwise(made)]
    assert made[-1].outcome.status == CONVERGED
    assert all(change > tolerance for change in changes[:-1])
    assert changes[-1] <= said(made[-1].outcome, "more than") <= 2 * tolerance
    assert made[-1].outcome.expected_gain == pytest.approx(BEST - made[-1].log_likelihood, rel=1.0, abs=1e-9)


def test_a_change_is_measured_in_sds_ratios_and_absolutely():
    before = mixture([0.5, 0.5], [0.0, 10.0], [2.0, 4.0])
    assert largest_change(before, mixture([0.6, 0.4], [0.0, 10.0], [2.0, 4.0])) == pytest.approx(0.1)
    assert largest_change(before, mixture([0.5, 0.5], [0.0, 12.0], [2.0, 4.0])) == pytest.approx(0.5)
    assert largest_change(before, mixture([0.5, 0.5], [0.0, 10.0], [2.5, 4.0])) == pytest.approx(0.2)


def test_pulling_on_after_convergence_goes_on_and_loses_nothing():
    made = list(islice(run(WAITING, FitOptions(), START), 40))
    first = next(iteration.number for iteration in made if iteration.outcome)
    assert 0 < first < 39
    assert made[-1].log_likelihood >= made[first].log_likelihood
    assert made[-1].outcome.status == CONVERGED


def test_pulling_on_after_a_collapse_is_the_end():
    rows = data([0.0, 0.1, 0.3, 0.2, 5.0])
    made = list(islice(run(rows, FitOptions(), mixture([0.8, 0.2], [0.15, 5.0], [0.1, 0.1])), 50))
    assert made[-1].outcome.status == DEGENERATE
    assert len(made) < 50


def test_a_person_who_stops_a_run_is_told_so():
    assert stopped(1).message == "Stopped after 1 iteration, before it converged."
    assert stopped(1200).message == "Stopped after 1,200 iterations, before it converged."
    assert stopped(3).expected_gain is None


@pytest.mark.parametrize("tolerance", [-1e-9, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(InputError, match="--tolerance"):
        FitOptions(tolerance=tolerance)
