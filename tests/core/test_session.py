"""A session opens to what it was, goes on to the same numbers, and never does harm."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from cases import column, data, drawn

from core import em
from core.algorithms import ALGORITHMS
from core.data import Data
from core.history import History
from core.options import FitOptions
from core.session import Desk, SavedRun, Session, open_session, save

RNG = np.random.default_rng(5)
FAMILIES = {
    "gaussian": data(drawn(400, seed=3)),
    "student_t": data(drawn(150, seed=4)),
    "gamma": data(np.exp(drawn(150, seed=5) / 3)),
    "weibull": data(np.exp(drawn(150, seed=6) / 3)),
    "lognormal": data(np.exp(drawn(150, seed=6) / 3)),
    "exponential": data(np.exp(drawn(150, seed=6) / 3)),
    "poisson": data(RNG.poisson(np.where(RNG.random(200) < 0.4, 2, 9))),
    "binomial": data(RNG.binomial(20, np.where(RNG.random(200) < 0.4, 0.2, 0.6))),
    "gaussian+gaussian+uniform": data(drawn(200, seed=9)),
}


def options(algorithm="em", family="gaussian", **more):
    k = family.count("+") + 1 if "+" in family else 2
    trials = 20 if family == "binomial" else None
    settings = {"incremental": (("blocks", 7),), "stochastic": (("burn_in", 4), ("average", 4))}.get(algorithm, ())
    return FitOptions(
        n_components=k, family=family, trials=trials, algorithm=algorithm, settings=settings, tolerance=1e-12, **more
    )


def begun(of, chosen, iterations):
    """A run's history after so many iterations, by one iteration at a time."""
    start = em.start_of(of, chosen, np.random.default_rng(chosen.seed))
    history = History(em.tape(chosen))
    for iteration in islice(em.run(of, chosen, start), iterations + 1):
        history.append(iteration)
    return history


def gone_on(of, chosen, history, iterations):
    """The numbers of the iterations after the last of a history."""
    return [
        (one.log_likelihood, one.bound_after_m, one.bound_after_e, one.mixture, one.outcome)
        for one in islice(em.resume(of, chosen, history.last), iterations)
    ]


def session_of(of, chosen, history, **more):
    run = SavedRun(1, chosen, "k-means", history.tape(), outcome=history.outcome, **more)
    return Session(Desk(chosen, current=0, position=2), of, None, (run,))


def same_bits(one, other):
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def assert_same(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert same_bits(one[:3], other[:3])
        assert same_bits(one[3].weights, other[3].weights)
        assert all(same_bits(one[3].parameters[name], other[3].parameters[name]) for name in one[3].parameters)
        assert one[4] == other[4]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_goes_on_to_the_same_numbers_as_if_it_had_never_been_closed(algorithm, family, tmp_path):
    of, chosen = FAMILIES[family], options(algorithm, family)
    history = begun(of, chosen, 6)
    save(tmp_path / "a.emgui", session_of(of, chosen, history))
    opened = open_session(tmp_path / "a.emgui")
    assert opened.damage == ""
    assert opened.data is not None
    (run,) = opened.runs
    again = History.of(run.tape)
    assert len(again) == len(history)
    straight = gone_on(of, chosen, history, 5)
    if straight:
        assert_same(gone_on(opened.data, run.options, again, 5), straight)
    else:
        assert again.outcome == history.outcome
