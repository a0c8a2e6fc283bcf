"""A race: every variant goes from the same start, counts its own passes, and is measured against the same maximum."""

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import FitOptions, Problem
from core.algorithms import ALGORITHMS
from core.curvature import curvature
from core.em import ended, run
from core.errors import Cancelled
from core.expectation import log_likelihood
from core.race import Aim, Leg, entered, race

START = mixture([0.5, 0.5], [60.0, 75.0], [8.0, 8.0])


def waiting():
    return data(column("faithful.csv", "waiting"))


def raced(rows, names, most_passes=1000, options=None, start=START):
    parts = list(race(rows, options or FitOptions(tolerance=1e-8), start, names, most_passes))
    aim, *legs = parts
    assert isinstance(aim, Aim)
    assert all(isinstance(leg, Leg) for leg in legs)
    return aim.log_likelihood, legs


def whole(legs, name, what):
    return np.concatenate([getattr(leg, what) for leg in legs if leg.name == name])


def test_each_lane_is_the_run_of_its_variant_from_the_start():
    rows, options = waiting(), FitOptions(tolerance=1e-8)
    _, legs = raced(rows, ["em", "squarem", "incremental"])
    for name in ("em", "squarem", "incremental"):
        alone = list(ended(run(rows, entered(options, name), START)))
        np.testing.assert_allclose(
            whole(legs, name, "log_likelihoods"), [one.log_likelihood for one in alone], rtol=1e-12
        )
        np.testing.assert_array_equal(whole(legs, name, "passes"), [one.n_passes for one in alone])
        seconds = whole(legs, name, "seconds")
        assert (np.diff(seconds) >= 0).all()


def test_the_aim_is_the_maximum_and_no_lane_is_above_it():
    rows = waiting()
    aim, legs = raced(rows, ["em", "anderson", "fast"])
    best = max((leg for leg in legs if leg.ending), key=lambda leg: leg.log_likelihoods[-1]).mixture
    bend = curvature(Problem(rows), best)
    assert aim == pytest.approx(log_likelihood(Problem(rows), best) + bend.remaining_gain, abs=1e-9)
    for leg in legs:
        assert leg.log_likelihoods.max(initial=-np.inf) <= aim + 1e-8


def test_every_variant_ends_once_and_says_how():
    _, legs = raced(waiting(), list(ALGORITHMS), 60)
    assert sorted(leg.name for leg in legs if leg.ending) == sorted(ALGORITHMS)
    for leg in legs:
        if leg.ending and "before it had converged" in leg.ending:
            assert leg.is_short
            assert leg.passes[-1] >= 60
        elif leg.ending and leg.ending.startswith("Converged"):
            assert not leg.is_short


def test_lanes_take_turns():
    rows = data(drawn(50_000))
    start = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 1.0], [1.0, 1.0, 1.0])
    _, legs = raced(rows, ["em", "gradient"], 200, start=start)
    first_end = next(i for i, leg in enumerate(legs) if leg.ending)
    names = [leg.name for leg in legs[:first_end]]
    assert names[:4] == ["em", "gradient", "em", "gradient"]


def test_a_collapse_ends_its_lane_and_sets_no_aim():
    rows = waiting()
    start = mixture([0.4, 0.55, 0.05], [55.0, 80.0, 90.2], [6.0, 6.0, 0.4])
    _, legs = raced(rows, ["em"], start=start, options=FitOptions(n_components=3))
    assert legs[-1].is_degenerate
    assert legs[-1].aim == -np.inf


def test_giving_up_ends_the_race():
    asked = []

    def check():
        asked.append(None)
        if len(asked) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(race(waiting(), FitOptions(), START, ["em"], 1000, check))
