"""The way up by Newton's method in EM's metric: maxima, saddles, ridges, collapses; and the step itself."""

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers
from hard_columns import hard_column

from core import FitOptions, InputError, Problem, fit
from core.ascent import COLLAPSE, MAXIMUM, ascend, newton
from core.curvature import Curvature, curvature

START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def bending(eigenvalues, gradient):
    """A curvature of one component's mean and sd, in local steps of one unit each."""
    one = mixture([1.0], [0.0], [1.0])
    return Curvature(one, np.array(gradient, dtype=float), np.diag(eigenvalues).astype(float), np.eye(3)[:, 1:])


def test_newtons_step_is_whole_where_it_is_short():
    step = newton(bending([2.0, 4.0], [0.2, 0.8]), 1.0)
    np.testing.assert_allclose(step.steps, [0.0, 0.1, 0.2])
    assert step.gain == pytest.approx(0.5 * (0.02 + 0.16))


@pytest.mark.parametrize("eigenvalues", [[1e-6, 1.0], [-0.5, 1.0], [0.0, 0.0]])
@pytest.mark.parametrize("radius", [1.0, 1e-3])
def test_a_step_is_no_longer_than_the_radius_and_gains(eigenvalues, radius):
    step = newton(bending(eigenvalues, [0.3, -2.0]), radius)
    assert 0.9 * radius <= step.length <= radius * (1 + 1e-9)
    assert step.gain > 0


def test_on_a_saddle_it_goes_along_the_direction_that_rises_though_the_slope_has_no_part_of_it():
    step = newton(bending([-0.5, 1.0], [0.0, 0.1]), 1.0)
    assert abs(step.steps[1]) == pytest.approx(1.0, abs=0.1)
    assert step.gain > 0.2


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_it_reaches_the_maximum_that_em_creeps_to(covariance):
    rows = data(drawn(500))
    start = mixture(START.weights, START.parameters["mean"], START.parameters["sd"], covariance)
    best, _ = fit(rows, FitOptions(3, covariance=covariance, tolerance=1e-9, max_iterations=100_000), start)
    summit = ascend(Problem(rows), start)
    assert summit.ending == MAXIMUM
    assert summit.state.statistics.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-8)
    assert curvature(Problem(rows), summit.mixture).remaining_gain < 1e-10
    np.testing.assert_allclose(numbers(summit.mixture), numbers(best.mixture), atol=1e-3)
    assert not summit.left_saddle


@pytest.mark.parametrize("name", ["heavy 5", "heavy 8", "coincident 2", "coincident 3", "nearly coincident"])
def test_the_ridge_of_nearly_equal_components_is_gone_up_in_few_steps(name):
    x, start = hard_column(name, 5000)
    problem = Problem(data(x))
    summit = ascend(problem, start)
    assert summit.ending == MAXIMUM
    assert summit.n_curvatures < 250, "EM takes tens of thousands of steps"
    assert curvature(problem, summit.mixture).remaining_gain < 1e-9


def test_a_rough_maximum_is_had_sooner():
    problem = Problem(data(drawn(500)))
    rough, fine = ascend(problem, START, 1e-2), ascend(problem, START)
    assert rough.n_curvatures < fine.n_curvatures
    assert rough.state.statistics.log_likelihood == pytest.approx(fine.state.statistics.log_likelihood, abs=1e-2)


def test_a_component_that_falls_while_em_is_at_work_is_reported_at_once():
    rows = data(np.r_[drawn(400), np.full(50, 0.123)])
    summit = ascend(Problem(rows), mixture([0.3, 0.1, 0.4, 0.2], [-2, 0.123, 0.8, 3.5], [0.8, 1e-3, 1.0, 0.6]))
    assert summit.ending == COLLAPSE
    assert summit.bend is None
    assert summit.n_e_steps < 25


def test_a_saddle_on_which_em_stays_for_ever_is_left_and_that_is_said():
    half = drawn(300, 1, (1.0,), (2.0,), (0.5,))
    summit = ascend(Problem(data(np.r_[half, -half])), mixture([0.5, 0.5], [0.0, 0.0], [1.0, 3.0]))
    assert summit.ending == MAXIMUM
    assert summit.left_saddle
    np.testing.assert_allclose(np.sort(summit.mixture.parameters["mean"]), [-2.0, 2.0], atol=0.1)


@pytest.mark.parametrize("unit", [1e-200, 1e-12, 1e12, 1e200])
def test_another_unit_changes_nothing_else(unit):
    x, start = hard_column("heavy 3", 3000)
    here = ascend(Problem(data(x)), start)
    moved = mixture(start.weights, start.parameters["mean"] * unit, start.parameters["sd"] * unit)
    there = ascend(Problem(data(x * unit)), moved)
    assert there.ending == here.ending == MAXIMUM
    of_unit = len(x) * np.log(unit)
    assert there.state.statistics.log_likelihood + of_unit == pytest.approx(
        here.state.statistics.log_likelihood, abs=1e-6
    )


def test_a_start_too_far_from_a_row_is_refused_in_words():
    with pytest.raises(InputError, match="so far from every component"):
        ascend(Problem(data(drawn(100))), mixture([1.0], [1e200], [1e-20]))
