"""Direct ascent: the gradient is right, and the optimum is EM's."""

from itertools import islice

import numpy as np
import pytest
from cases import column, data, drawn, mixture, numbers
from test_squarem import BEST, DEATHS, RATES, passes_to

from core import FitOptions, Problem, fit
from core.algorithms import gradient as module
from core.algorithms.gradient import OPENING, PATIENCE, Gradient
from core.algorithms.local_steps import displaced
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.em import ended, run
from core.expectation import expect, log_likelihood, maximize

START = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])


def rng():
    return np.random.default_rng(0)


def test_the_gradient_is_that_of_the_log_likelihood():
    for problem, here in (
        (Problem(data(drawn(300))), START),
        (Problem(DEATHS), RATES),
        (Problem(data(drawn(300))), mixture([0.5, 0.5], [-1.0, 1.0], [1.5, 1.5], "tied")),
    ):
        memory, statistics = Gradient().init(problem, here, rng()).memory, expect(problem, here)
        for direction in np.random.default_rng(1).normal(size=(5, len(memory.gradient))):
            if here.family.covariance == "tied":
                direction[-2:] = direction[-1]
            ends = [displaced(problem, here, statistics, length * direction) for length in (1e-5, -1e-5)]
            slope = (log_likelihood(problem, ends[0]) - log_likelihood(problem, ends[1])) / 2e-5
            assert memory.gradient @ direction == pytest.approx(slope, rel=1e-6, abs=1e-5)


def test_slow_fits_take_few_evaluations():
    assert passes_to(Gradient(), Problem(DEATHS), RATES, BEST) <= 40
    x = mixture([0.5, 0.5], [0.0, 1.5], [1.0, 1.0]).sample(1000, np.random.default_rng(1))[0]
    start = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.2])
    assert passes_to(Gradient(), Problem(data(x)), start, -1676.5280453693226) < 82, "EM takes 8,235"


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_the_optimum_is_ems_and_ties_hold(covariance):
    rows = data(column("faithful.csv", "waiting"))
    start = mixture([0.5, 0.5], [50, 80], [10, 10], covariance)
    best, _ = fit(rows, FitOptions(covariance=covariance), start)
    made = list(ended(run(rows, FitOptions(covariance=covariance, algorithm="gradient"), start)))
    assert made[-1].outcome.status == "converged"
    assert made[-1].log_likelihood == pytest.approx(best.log_likelihood, abs=3e-6)
    if covariance == "tied":
        assert all(np.ptp(one.mixture.parameters["sd"]) < 1e-9 for one in made)


def test_an_iteration_is_one_pass_and_a_refused_trial_changes_nothing_and_is_not_judged(monkeypatch):
    problem = Problem(data(drawn(300)))
    state = Gradient().init(problem, START, rng())
    for _ in range(OPENING):
        state = Gradient().step(problem, state, rng())
    here = state.mixture
    monkeypatch.setattr(module, "_expected", lambda problem, mixture: None)
    for refused in range(1, PATIENCE + 1):
        last, state = state, Gradient().step(problem, state, rng())
        assert state.mixture is last.mixture
        assert state.memory.refused == refused
        assert state.memory.length < last.memory.length
        assert not state.settled
        assert state.n_passes == 1
    state = Gradient().step(problem, state, rng())
    plain = maximize(problem, here, expect(problem, here))
    np.testing.assert_array_equal(state.mixture.parameters["sd"], plain.parameters["sd"])
    assert state.settled
    assert state.memory.refused == 0


def test_no_trial_goes_farther_than_one_sd_or_a_factor_e():
    for seed in range(8):
        draw = np.random.default_rng(seed)
        x = draw.standard_normal(60)
        start = mixture(draw.dirichlet(np.ones(3)), draw.choice(x, 3), 10 ** draw.uniform(-1.5, 0.5, 3))
        made = list(islice(run(data(x), FitOptions(3, algorithm="gradient"), start), 60))
        assert (np.diff([one.log_likelihood for one in made]) >= -1e-9).all()
        for one in made:
            assert np.abs(one.state.memory.direction * one.state.memory.length).max() <= 1.0 + 1e-12


def test_it_does_not_collapse_where_em_does_not():
    rows = data(column("faithful.csv", "waiting"))
    for seed in range(10):
        draw = np.random.default_rng(seed)
        start = mixture([0.5, 0.5], draw.choice(rows.column, 2), draw.uniform(2, 20, 2))
        best, _ = fit(rows, FitOptions(), start)
        result, _ = fit(rows, FitOptions(algorithm="gradient"), start)
        assert result.outcome.status == best.outcome.status == "converged"
        assert result.log_likelihood >= best.log_likelihood - 3e-6


@pytest.mark.parametrize("name", ["gradient", "squarem", "anderson"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [("fix", "mean[1]=55"), ("tie", "cv"), ("bound", "sd[2]=0.1:5"), ("floor", "sd=6"), ("prior", "sd=5:3")],
)
def test_what_parameters_are_held_to_holds_on_the_way_and_the_end_is_ems(name, kind, text):
    rows, start = data(column("faithful.csv", "waiting")), mixture([0.5, 0.5], [52, 78], [8, 8])
    held = Constraints((parse(kind, text),))
    best, _ = fit(rows, FitOptions(constraints=held), start)
    made = list(ended(run(rows, FitOptions(constraints=held, algorithm=name), held.conforming(start))))
    objective = [one.log_likelihood + held.log_prior(one.mixture) for one in made]
    assert made[-1].outcome.status == "converged"
    assert objective[-1] == pytest.approx(best.log_likelihood + held.log_prior(best.mixture), abs=3e-6)
    assert (np.diff(objective) >= -1e-9).all()
    for one in made:
        np.testing.assert_allclose(numbers(held.conforming(one.mixture)), numbers(one.mixture), rtol=1e-9)
