"""Sparse EM: implausible components frozen between full sweeps."""

from itertools import islice

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers

from core import FitOptions, Problem, fit
from core.algorithms.sparse import Sparse, evaluations
from core.em import run
from core.expectation import expect, lower_bound

START = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])


def walk(problem, start, algorithm, steps):
    state = algorithm.init(problem, start, np.random.default_rng(0))
    yield state
    for _ in range(steps):
        state = algorithm.step(problem, state, np.random.default_rng(0))
        yield state


def many_components(rng):
    means = 4.0 * np.arange(20)
    return mixture(rng.dirichlet(np.full(20, 5.0)), means, rng.uniform(0.5, 1.0, 20)), mixture(
        np.full(20, 0.05), means + rng.normal(0.0, 0.4, 20), np.ones(20)
    )


def test_among_twenty_components_it_evaluates_less_than_half_the_densities_that_em_does():
    truth, start = many_components(np.random.default_rng(1))
    values = truth.sample(1000, np.random.default_rng(2))[0]
    best = fit(data(values), FitOptions(n_components=20, tolerance=1e-11), start)[0].log_likelihood

    def at_the_optimum(name):
        made = run(data(values), FitOptions(n_components=20, algorithm=name), start)
        return next(one for one in made if best - one.log_likelihood <= 1e-6)

    of_em = 20 * 1000 * (at_the_optimum("em").number + 1)
    assert evaluations(at_the_optimum("sparse").state) < 0.5 * of_em


def test_only_full_sweeps_are_exact_and_only_the_m_step_after_one_is_judged():
    states = list(walk(Problem(data(drawn(300))), START, Sparse(every=4), 12))
    assert [number for number, state in enumerate(states) if state.exact] == [0, 4, 8, 12]
    assert [number for number, state in enumerate(states) if state.settled] == [0, 1, 5, 9]
    assert {state.n_passes for state in states} == {1.0}


def test_the_density_evaluations_are_counted():
    states = list(walk(Problem(data(drawn(300))), START, Sparse(every=4), 5))
    made = np.diff([0, *(evaluations(state) for state in states)])
    assert made[[0, 4]].tolist() == [900, 900]
    plausible = (START.responsibilities(drawn(300)) >= 0.001).sum()
    assert 300 < plausible < 900
    assert made[[1, 2, 3]].tolist() == [plausible] * 3
    assert made[5] < 900


@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.01, 0.3, 0.5])
def test_the_lower_bound_falls_at_no_pass_and_meets_the_log_likelihood_at_full_sweeps(threshold):
    bounds = []
    for state in walk(Problem(data(drawn(300))), START, Sparse(threshold, every=5), 25):
        bounds += [] if not bounds else [state.bound_after_m]
        bounds.append(lower_bound(state.mixture, state.statistics))
        exact = state.mixture.log_density(drawn(300)).sum()
        assert bounds[-1] <= exact + 1e-9
        if state.exact:
            assert bounds[-1] == pytest.approx(exact, rel=1e-12)
    assert (np.diff(bounds) > -1e-9).all()
    assert bounds[-1] > bounds[0] + 1


def test_the_lower_bound_is_that_of_responsibilities_worked_out_row_by_row():
    values = drawn(200)
    first, second = walk(Problem(data(values)), START, Sparse(threshold=0.05), 1)
    frozen, new = START.responsibilities(values), second.mixture.joint(values)
    implausible = frozen < 0.05
    assert implausible.any()
    left = 1.0 - np.where(implausible, frozen, 0.0).sum(axis=0)
    shares = np.where(implausible, 0.0, np.exp(new))
    q = np.where(implausible, frozen, left * shares / shares.sum(axis=0))
    assert lower_bound(second.mixture, second.statistics) == pytest.approx((q * (new - np.log(q))).sum(), rel=1e-12)
    np.testing.assert_allclose(second.statistics.counts, q.sum(axis=1), rtol=1e-12)
    means = (q * values).sum(axis=1) / q.sum(axis=1)
    np.testing.assert_allclose(second.statistics.moments.means, means, rtol=1e-10)
    assert second.statistics.entropy == pytest.approx(-(q * np.log(q)).sum(), rel=1e-12)
    assert second.statistics.n == first.statistics.n == 200


@pytest.mark.parametrize("settings", [(("threshold", 0.0),), (("every", 1),)])
def test_with_nothing_frozen_it_is_em(settings):
    rows = data(drawn(300))
    sparse = islice(run(rows, FitOptions(n_components=3, algorithm="sparse", settings=settings), START), 30)
    for one, em in zip(sparse, islice(run(rows, FitOptions(n_components=3), START), 30), strict=True):
        np.testing.assert_allclose(numbers(one.mixture), numbers(em.mixture), rtol=1e-11)
        assert one.log_likelihood == pytest.approx(em.log_likelihood, rel=1e-13)


def test_a_full_sweep_leaves_the_statistics_of_the_e_step():
    problem = Problem(data(drawn(300)))
    state, plain = next(walk(problem, START, Sparse(), 0)), expect(problem, START)
    np.testing.assert_allclose(state.statistics.counts, plain.counts, rtol=1e-12)
    np.testing.assert_allclose(state.statistics.moments.sds, plain.moments.sds, rtol=1e-12)
    assert state.statistics.entropy == pytest.approx(plain.entropy, rel=1e-10)
    assert state.statistics.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-13)


@pytest.mark.parametrize("every", [5, 50])
@pytest.mark.parametrize("stop_on", ["log-likelihood", "parameters"])
def test_a_run_does_not_end_where_only_what_is_free_stands_still(stop_on, every):
    rows = data(drawn(300, sds=(0.5, 0.5, 0.5)))
    settings = (("threshold", 0.2), ("every", every))
    options = FitOptions(n_components=3, algorithm="sparse", settings=settings, stop_on=stop_on)
    best = fit(rows, FitOptions(n_components=3, tolerance=1e-11), START)[0].log_likelihood
    result, _ = fit(rows, options, START)
    assert result.outcome.status == "converged"
    assert best - result.log_likelihood < 2e-6
