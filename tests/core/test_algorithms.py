"""What every variant of EM promises, whichever it is."""

import pickle
from itertools import islice

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
    assert ALGORITHMS[name].summary.endswith(".")


def test_a_step_is_pure(name):
    algorithm, problem = ALGORITHMS[name], Problem(data(drawn(500)))
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


def test_it_reaches_the_optimum_that_em_reaches(name):
    rows = data(drawn(500))
    best, _ = fit(rows, FitOptions(n_components=3), START)
    result, _ = fit(rows, FitOptions(n_components=3, algorithm=name), START)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=3e-6)


def test_passes_and_seconds_add_up(name):
    made = list(islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 6))
    assert [iteration.n_passes for iteration in made] == [ALGORITHMS[name].passes * i for i in range(6)]
    seconds = [iteration.seconds for iteration in made]
    assert seconds[0] > 0, "the E step of the start takes time too"
    assert (np.diff(seconds) > 0).all()
