"""Fast: the optimum in one step, what it says, what it counts, and what takes over where there is no such way."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from cases import data, drawn, mixture
from hard_columns import PROPER, hard_column, quantile_start

from core import FitOptions, InputError, Problem, fit
from core.algorithms.anderson import Memory
from core.algorithms.fast import TAKEN_OVER
from core.curvature import curvature
from core.em import ended, resume, run
from core.expectation import State, expect
from core.grid import DISTINCT, TooFineError
from core.io.result import result_dict
from core.road import Road

START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def fast(k=3, **options):
    return FitOptions(k, algorithm="fast", **options)


@pytest.mark.parametrize("n", [400, 30_000])
def test_one_iteration_leads_to_the_optimum_of_em_with_a_certificate(n):
    rows = data(drawn(n))
    best, _ = fit(rows, FitOptions(3, tolerance=1e-8), START)
    result, history = fit(rows, fast(), START)
    assert result.outcome.status == "converged"
    assert result.number == 1
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-6)
    assert result.outcome.expected_gain < 1e-8
    assert result.outcome.convergence_rate == pytest.approx(best.outcome.convergence_rate, rel=1e-3)
    if n > DISTINCT:
        assert result.n_passes == 2, "one to press the rows, one to look at them all again"
    else:
        assert result.n_passes > 10, "where every value is a node, each look at them is a pass"
    assert history.notes[1].startswith("climbed on ")


@pytest.mark.parametrize("name", [*PROPER, "coincident 2"])
def test_a_run_ends_in_one_iteration_and_says_truly_what_is_left(name):
    x, start = hard_column(name, 25_000)
    rows = data(x)
    result, _ = fit(rows, fast(start.n_components), start)
    assert result.outcome.status == "converged"
    assert result.number == 1
    left = curvature(Problem(rows), result.mixture).remaining_gain
    assert left < 1e-6
    assert left == pytest.approx(result.expected_gain, rel=0.1, abs=1e-9)


@pytest.mark.parametrize("name", ["moderate 3", "heavy 3", "a component outside"])
def test_a_tolerance_finer_than_rounding_ends_it_as_near_as_can_be_told(name):
    x, start = hard_column(name, 25_000)
    for tolerance in (1e-12, 0.0):
        result, _ = fit(data(x), fast(tolerance=tolerance, max_iterations=20), start)
        assert result.outcome.status == "converged"
        assert "as little as can be told in float64" in result.outcome.message
        assert result.number <= 3


@pytest.mark.parametrize("tolerance", [1e-6, 1e-12])
@pytest.mark.parametrize("name", ["moderate 3", "heavy 5", "coincident 2"])
def test_it_stops_on_parameters_too(name, tolerance):
    x, start = hard_column(name, 25_000)
    result, history = fit(data(x), fast(start.n_components, stop_on="parameters", tolerance=tolerance), start)
    assert result.outcome.status == "converged"
    assert "no parameter changed by more than" in result.outcome.message
    assert result.number <= 6
    assert result.expected_gain < 1e-6
    assert (np.diff(history.scalar("log_likelihood")) >= -1e-9 * len(x)).all()


def test_without_iterations_the_start_is_evaluated_and_one_is_all_it_needs():
    rows = data(drawn(500))
    none, _ = fit(rows, fast(max_iterations=0), START)
    assert none.outcome.status == "max-iterations"
    assert none.number == 0
    assert none.n_passes == 0
    assert none.log_likelihood == pytest.approx(expect(Problem(rows), START).log_likelihood)
    one, _ = fit(rows, fast(max_iterations=1), START)
    assert one.outcome.status == "converged"


@pytest.mark.parametrize("pause", [0, 1, 2])
def test_a_run_resumed_is_the_same_to_the_last_bit(pause):
    rows, options = data(drawn(25_000)), fast(stop_on="parameters", tolerance=1e-12)
    straight = list(ended(run(rows, options, START)))
    resumed = list(ended(resume(rows, options, straight[pause])))
    assert len(straight) > pause + 1
    for one, other in zip(straight[pause + 1 :], resumed, strict=True):
        assert one.log_likelihood == other.log_likelihood
        assert one.outcome == other.outcome
        for name, values in one.mixture.parameters.items():
            np.testing.assert_array_equal(values, other.mixture.parameters[name])


def test_steps_beyond_the_optimum_stay_there():
    made = list(islice(run(data(drawn(25_000)), fast(), START), 6))
    heights = [iteration.log_likelihood for iteration in made]
    assert heights[0] < heights[1] - 100
    np.testing.assert_allclose(heights[2:], heights[1], atol=1e-7)


def test_the_result_file_tells_passes_and_certificate():
    result, _ = fit(data(drawn(500)), fast(), START)
    told = result_dict(result)["fit"]
    assert told["algorithm"] == "fast"
    assert told["n_passes"] == result.n_passes > 2
    assert told["expected_gain"] == result.expected_gain < 1e-8


def test_a_collapse_ends_it_degenerate_and_names_the_component_and_its_value():
    x = drawn(25_000)
    x[::100] = 0.123
    result, _ = fit(data(x), fast(4), mixture([0.25] * 4, [-2, 0.123, 0.8, 3.5], [0.8, 0.01, 1.0, 0.6]))
    assert result.outcome.status == "degenerate"
    assert result.outcome.message.startswith("Component 2 has collapsed onto the value 0.123 (250 equal rows).")
    assert result.expected_gain is None
    assert result.number == 0, "the last iteration before it is the start"


def test_a_component_without_rows_is_named():
    result, _ = fit(data(drawn(25_000)), fast(), mixture([1 / 3] * 3, [-2, 0.8, 100], [1, 1, 1]))
    assert result.outcome.status == "degenerate"
    assert result.outcome.message.startswith("Component 3 has collapsed")


def test_a_start_that_cannot_be_evaluated_is_refused_in_words():
    with pytest.raises(InputError, match="so far from every component"):
        fit(data(drawn(500)), fast(1), mixture([1.0], [1e200], [1e-20]))


def test_all_equal_values_are_refused_in_words():
    with pytest.raises(InputError, match="no variation"):
        fit(data(np.full(100, 3.0)), fast(1), mixture([1.0], [3.0], [1.0]))


def identical(k, covariance="full"):
    return mixture(np.full(k, 1 / k), np.zeros(k), np.full(k, 3.0), covariance)


@pytest.mark.parametrize("n", [300, 25_000])
@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_identical_components_leave_the_saddle_or_one_is_called_superfluous(n, covariance):
    rows = data(drawn(n, 4, (1.0,), (0.0,), (1.0,)))
    result, history = fit(rows, fast(2, covariance=covariance), identical(2, covariance))
    assert result.outcome.status == "converged"
    said = " ".join([*history.notes.values(), result.outcome.message])
    assert "over a saddle, where EM stands still" in said or "so one is superfluous" in said or "stepped off" in said


def test_a_symmetric_start_leaves_the_saddle_and_says_so():
    half = drawn(300, 1, (1.0,), (2.0,), (0.5,))
    result, history = fit(data(np.r_[half, -half]), fast(2), mixture([0.5, 0.5], [0.0, 0.0], [1.0, 3.0]))
    assert history.notes[1].endswith("over a saddle, where EM stands still")
    assert sorted(np.round(result.mixture.parameters["mean"], 1)) == [-2.0, 2.0]


def too_fine(*_):
    raise TooFineError


def never_certified(road, summit, land=Road.land):
    landing = land(road, summit)
    return replace(landing, is_certified=False, state=replace(landing.state, bend=None))


def at_its_start(road, summit, land=Road.land):
    """A landing somewhere low."""
    low = mixture([0.4, 0.3, 0.3], [-9.0, 0.0, 9.0], [1.0, 1.0, 1.0])
    return replace(never_certified(road, summit, land), state=State(low, expect(Problem(road.data), low)))


@pytest.mark.parametrize(
    ("door", "fault", "why"),
    [
        ("climb", too_fine, "too narrow for nodes"),
        ("land", never_certified, "no maximum of all rows"),
        ("land", at_its_start, "no maximum of all rows"),
    ],
)
@pytest.mark.parametrize("stop_on", ["log-likelihood", "parameters"])
def test_where_the_road_is_left_accelerated_em_on_all_rows_takes_over_and_says_so(
    door, fault, why, stop_on, monkeypatch
):
    rows = data(drawn(25_000))
    best, _ = fit(rows, fast(), START)
    monkeypatch.setattr(f"core.road.Road.{door}", fault)
    result, history = fit(rows, fast(stop_on=stop_on), START)
    assert history.notes[1].startswith(f"{TAKEN_OVER}: ")
    assert why in history.notes[1]
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=2e-6)
    assert isinstance(history.last.state.memory, Memory)
    heights, passes = history.scalar("log_likelihood"), history.scalar("n_passes")
    assert (np.diff(heights) >= -1e-6).all()
    assert (np.diff(passes) >= 1).all()
    assert passes[1] == (1 if fault is too_fine else 3), "what the road took is counted"


def test_its_cap_holds_where_the_road_is_left(monkeypatch):
    monkeypatch.setattr("core.road.Road.climb", too_fine)
    x, start = hard_column("heavy 5", 2000)
    result, _ = fit(data(x), fast(5, max_iterations=7), start)
    assert result.outcome.status == "max-iterations"
    assert result.number == 7


def test_a_collapse_that_only_the_nodes_saw_is_none(monkeypatch):
    climb = Road.climb
    monkeypatch.setattr("core.road.Road.climb", lambda road, start: replace(climb(road, start), ending="collapse"))
    result, history = fit(data(drawn(25_000)), fast(), START)
    assert history.notes[1].startswith(TAKEN_OVER)
    assert history.scalar("log_likelihood")[1] < result.log_likelihood - 1, "from the start, not from what it led to"
    assert result.outcome.status == "converged"


def test_it_never_leads_down_from_a_start_on_a_narrow_height():
    x = np.r_[drawn(25_000), 0.8 + 1e-9 * np.random.default_rng(0).normal(size=50)]
    start = mixture([0.3, 0.5, 0.198, 0.002], [-2, 0.8, 3.5, 0.8], [0.8, 1.0, 0.6, 1e-9])
    heights = [one.log_likelihood for one in islice(run(data(x), fast(4), start), 4)]
    assert (np.diff(heights) >= -1e-6).all()


@pytest.mark.parametrize("k", [1, 2, 6])
def test_constant_weights_change_no_parameter(k):
    x = drawn(25_000)
    start = quantile_start(x, k)
    one, _ = fit(data(x), fast(k), start)
    other, _ = fit(data(x, np.full(len(x), 0.25)), fast(k), start)
    assert other.outcome.status == one.outcome.status == "converged"
    assert other.log_likelihood == pytest.approx(0.25 * one.log_likelihood, abs=1e-6)
