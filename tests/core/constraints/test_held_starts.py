"""Starts made by a rule under constraints: held by an M step of their own, not by averaging."""

import numpy as np
import pytest
from cases import data
from constraint_lines import held
from scipy import optimize, stats

from core import FitOptions, fit
from core.constraints import NONE
from core.em import start_of
from core.expectation import Problem, expect, maximize
from core.held_start import held_start

RNG = np.random.default_rng(5)
ONE_SCALE = data(np.r_[8.0 * RNG.weibull(0.7, 220), 8.0 * RNG.weibull(7.0, 180)])
ONE_SHAPE = data(np.r_[RNG.gamma(4.0, 0.5, 200), RNG.gamma(4.0, 4.0, 200)])
TWO = data(np.r_[RNG.normal(0.0, 1.0, 200), RNG.normal(6.0, 2.0, 200)])


def highest(rows, density, truth):
    """The log-likelihood that a general optimiser climbs to from where the rows were drawn; the first is a weight."""

    def loss(steps):
        weight, rest = 1.0 / (1.0 + np.exp(-steps[0])), np.exp(steps[1:])
        return -float(np.log(density(rows.column, weight, *rest)).sum())

    begin = np.r_[np.log(truth[0] / (1.0 - truth[0])), np.log(truth[1:])]
    return -optimize.minimize(loss, begin, method="BFGS").fun


def of_one_scale(x, weight, one, other, scale):
    return weight * stats.weibull_min.pdf(x, one, scale=scale) + (1 - weight) * stats.weibull_min.pdf(
        x, other, scale=scale
    )


def of_one_shape(x, weight, shape, one, other):
    return weight * stats.gamma.pdf(x, shape, scale=one) + (1 - weight) * stats.gamma.pdf(x, shape, scale=other)


@pytest.mark.parametrize("start", ["kmeans", "quantiles", "random"])
@pytest.mark.parametrize(
    ("rows", "family", "line", "density", "truth"),
    [
        (ONE_SCALE, "weibull", "tie scale", of_one_scale, [0.55, 0.7, 7.0, 8.0]),
        (ONE_SHAPE, "gamma", "tie shape", of_one_shape, [0.5, 4.0, 0.5, 4.0]),
        (ONE_SHAPE, "gamma", "tie cv", of_one_shape, [0.5, 4.0, 0.5, 4.0]),
    ],
)
def test_from_a_start_with_a_tied_shape_or_scale_the_maximum_is_found(rows, family, line, density, truth, start):
    result, _ = fit(rows, FitOptions(family=family, constraints=held(line), start=start, seed=1))
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(highest(rows, density, truth), abs=1e-4)


def test_a_start_is_the_m_step_of_the_shares_that_it_began_with():
    constraints = held("tie shape")
    free = start_of(ONE_SHAPE, FitOptions(family="gamma"), np.random.default_rng(0))
    made = held_start(ONE_SHAPE, constraints, free)
    problem = Problem(ONE_SHAPE, constraints)
    expected = maximize(problem, constraints.conforming(free), expect(problem, free))
    np.testing.assert_allclose(made.weights, expected.weights, rtol=1e-9)
    for name, values in expected.parameters.items():
        np.testing.assert_allclose(made.parameters[name], values, rtol=1e-9)


def test_a_start_that_conforms_is_left_alone():
    free = start_of(TWO, FitOptions(), np.random.default_rng(0))
    for constraints in (NONE, held("floor sd=0.01"), held("order mean"), held("bound mean=-9:9", "prior sd=1")):
        made = held_start(TWO, constraints, free)
        assert made.weights.tolist() == free.weights.tolist()
        assert all(made.parameters[name].tolist() == free.parameters[name].tolist() for name in free.parameters)


@pytest.mark.parametrize("start", ["kmeans", "random"])
def test_numbers_go_by_location_after_the_m_step_unless_constraints_name_them(start):
    options = FitOptions(family="weibull", constraints=held("tie scale"), start=start)
    made = start_of(ONE_SCALE, options, np.random.default_rng(3))
    assert made.ids == (1, 2)
    assert (np.diff(made.family.location(made.parameters)) >= 0).all()
    named = start_of(TWO, FitOptions(constraints=held("fix mean[1]=6"), start=start), np.random.default_rng(0))
    assert named.parameters["mean"][0] == 6.0
    assert named.parameters["mean"][1] < 6.0


def test_a_start_that_shares_no_rows_out_is_only_brought_near():
    rows = data(TWO.column * 1e9)
    start = start_of(rows, FitOptions(start="uniform"), np.random.default_rng(0))
    assert start.parameters["sd"].max() <= 1.0
    made = held_start(rows, held("tie sd"), start)
    assert np.ptp(made.parameters["sd"]) == 0.0
