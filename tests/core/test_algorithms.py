"""What every variant of EM promises, whichever it is."""

import pickle
from itertools import islice, pairwise

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers

from core import FitOptions, Problem, fit
from core.algorithms import ALGORITHMS
from core.em import ended, resume, run

pytestmark = pytest.mark.parametrize("name", list(ALGORITHMS))

START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def rng():
    return np.random.default_rng(5)


def same(one, other):
    """Equal to the last bit, field by field."""
    return pickle.dumps([numbers(one.mixture), *vars(one.statistics).values()]) == pickle.dumps(
        [numbers(other.mixture), *vars(other.statistics).values()]
    )


def test_the_registry_knows_it_by_its_own_name(name):
    assert ALGORITHMS[name].name == name
    assert ALGORITHMS[name].title
    assert ALGORITHMS[name].summary[0].islower()


def test_a_step_is_pure(name):
    algorithm, problem = ALGORITHMS[name](), Problem(data(drawn(500)))
    state = algorithm.init(problem, START, rng())
    before = pickle.dumps([numbers(state.mixture), *vars(state.statistics).values()])
    once, again = algorithm.step(problem, state, rng()), algorithm.step(problem, state, rng())
    assert same(once, again)
    assert pickle.dumps([numbers(state.mixture), *vars(state.statistics).values()]) == before
    assert not same(once, state)


def test_a_monotone_one_never_lowers_the_log_likelihood(name):
    if not ALGORITHMS[name].monotone:
        pytest.skip("it does not promise to")
    made = islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 200)
    assert (np.diff([iteration.log_likelihood for iteration in made]) >= -1e-9).all()


@pytest.mark.parametrize("stop_on", ["log-likelihood", "parameters"])
@pytest.mark.parametrize("pause", [0, 1, 2, 10, 40])
def test_a_resumed_run_goes_on_as_if_it_had_never_paused(name, stop_on, pause):
    rows, options = data(drawn(500)), FitOptions(n_components=3, algorithm=name, stop_on=stop_on)
    straight = list(ended(run(rows, options, START)))
    pause = min(pause, len(straight) - 2)
    resumed = list(ended(resume(rows, options, straight[pause])))
    assert [iteration.number for iteration in resumed] == list(range(pause + 1, len(straight)))
    for one, other in zip(straight[pause + 1 :], resumed, strict=True):
        assert same(one.state, other.state)
        assert one.outcome == other.outcome
        assert one.n_passes == other.n_passes


def test_the_lower_bound_never_falls_from_half_step_to_half_step(name):
    if not ALGORITHMS[name].bound_rises:
        pytest.skip("it does not promise to")
    made = list(islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 100))
    for last, now in pairwise(made):
        if not now.note:
            assert last.bound_after_e - 1e-9 <= now.bound_after_m <= now.bound_after_e + 1e-9


def test_the_lower_bound_is_never_above_the_log_likelihood(name):
    for one in islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 60):
        assert one.bound_after_e <= one.log_likelihood + 1e-9
        assert not one.bound_after_m > one.log_likelihood + 1e-9


def test_the_log_likelihood_is_that_of_the_parameters_beside_it(name):
    rows = data(drawn(500))
    for one in islice(run(rows, FitOptions(n_components=3, algorithm=name), START), 20):
        assert one.log_likelihood == pytest.approx(one.mixture.log_density(rows.column).sum(), rel=1e-12)


def test_it_reaches_the_optimum_that_em_reaches(name):
    if not ALGORITHMS[name].judged:
        pytest.skip("its fixed point is another")
    rows = data(drawn(500))
    best, _ = fit(rows, FitOptions(n_components=3), START)
    result, _ = fit(rows, FitOptions(n_components=3, algorithm=name), START)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=3e-6)


def test_passes_and_seconds_add_up(name):
    made = list(islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 6))
    assert made[0].n_passes == 0
    assert (np.diff([iteration.n_passes for iteration in made]) == [one.state.n_passes for one in made[1:]]).all()
    seconds = [iteration.seconds for iteration in made]
    assert seconds[0] > 0, "the E step of the start takes time too"
    assert (np.diff(seconds) > 0).all()
