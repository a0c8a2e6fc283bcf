"""Whole fits under constraints: they hold all along, whatever the variant; the certificate tells what is to be had."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from cases import column, data, drawn, mixture
from constraint_lines import held

from core import FitOptions, Mixture, Problem, fit
from core.algorithms import ALGORITHMS
from core.curvature import curvature
from core.em import run, start_of
from core.families import make_family
from core.families.family import Setting

ROWS = data(drawn(500))
START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def sd(one):
    return one.parameters["sd"]


def mean(one):
    return one.parameters["mean"]


def variation(one):
    return sd(one) / mean(one)


HOLD = {
    "fixed": ["fix mean[2]=0.5", "fix weight[1]=0.25"],
    "tied": ["tie sd[1,3]", "tie weight"],
    "cv": ["tie cv[2,3]", "bound mean[2]=0.1:"],
    "bounded": ["bound sd=0.9:1.1", "bound mean[3]=:1.5"],
    "ordered": ["order mean", "order sd"],
    "floored": ["floor sd=1.1"],
    "prior": ["prior sd=0.5:3", "prior weight=2"],
}
HOLDS = {
    "fixed": lambda one: mean(one)[1] == 0.5 and abs(one.weights[0] - 0.25) < 1e-15,
    "tied": lambda one: sd(one)[0] == sd(one)[2] and np.ptp(one.weights) < 1e-15,
    "cv": lambda one: abs(variation(one)[2] / variation(one)[1] - 1) < 1e-12,
    "bounded": lambda one: ((sd(one) >= 0.9) & (sd(one) <= 1.1)).all() and mean(one)[2] <= 1.5,
    "ordered": lambda one: (np.diff(mean(one)) >= 0).all() and (np.diff(sd(one)) >= 0).all(),
    "floored": lambda one: (sd(one) >= 1.1).all(),
    "prior": lambda one: (one.weights > 1 / 503 - 1e-12).all(),
}


@pytest.mark.parametrize("name", list(HOLD))
@pytest.mark.parametrize("variant", list(ALGORITHMS))
def test_constraints_hold_in_every_iteration_and_what_climbs_never_falls(variant, name):
    constraints = held(*HOLD[name])
    options = FitOptions(n_components=3, algorithm=variant, constraints=constraints)
    made = list(islice(run(ROWS, options, constraints.starting(START)), 12))
    assert all(HOLDS[name](one.mixture) for one in made)
    if ALGORITHMS[variant].monotone:
        heights = [one.log_likelihood + constraints.log_prior(one.mixture) for one in made]
        assert (np.diff(heights) >= -1e-9).all()


CERTIFIED_CASES = {
    "fixed": ["fix mean[2]=0.5", "fix sd[3]=0.7"],
    "fixed weight": ["fix weight[1]=0.25"],
    "equal weights": ["tie weight"],
    "weight at its bound": ["bound weight[2]=:0.3"],
    "tied": ["tie sd"],
    "tied means": ["tie mean[1,2]"],
    "cv": ["tie cv[2,3]", "bound mean[2,3]=0.1:"],
    "bounds that hold back": ["bound sd[2]=0.7:0.8", "bound mean[3]=:3"],
    "bounds that do not": ["bound sd=0.1:9"],
    "order that holds back": ["order sd"],
    "on the floor": ["floor sd=0.75"],
    "prior": ["prior sd=0.5:30", "prior weight=20"],
    "much at once": ["fix weight[3]=0.3", "prior sd=0.5:30", "order sd", "fix mean[1]=-1.8"],
}


OWN_DATA = {"tied means": ((0.0, 0.0, 6.0), (0.4, 2.0, 0.6)), "cv": ((2.0, 5.0, 12.0), (0.7, 0.7, 1.6))}
"""Means and sds drawn from, where the constraints would make components coincide on the data of the others."""


@pytest.mark.parametrize("name", list(CERTIFIED_CASES))
def test_what_is_still_to_be_gained_is_so_within_a_factor_of_two(name):
    means, sds = OWN_DATA.get(name, ((-3.0, 0.8, 4.5), (0.8, 1.0, 0.6)))
    rows = data(drawn(300, 3, (0.3, 0.4, 0.3), means, sds))
    constraints = held(*CERTIFIED_CASES[name])
    problem = Problem(rows, constraints)
    start = constraints.conforming(mixture([0.4, 0.3, 0.3], np.array(means) * 0.9, np.array(sds) * 1.2))
    made = list(islice(run(rows, FitOptions(n_components=3, constraints=constraints), start), 150))
    heights = np.array([one.log_likelihood + constraints.log_prior(one.mixture) for one in made])
    gaps = heights.max() - heights
    asked = np.flatnonzero((gaps > 1e-7) & (gaps < 1e-2))[::3]
    assert len(asked) > 1
    assert gaps[-1] < 1e-10, "the highest is the top"
    for number in asked:
        gain = curvature(problem, made[number].mixture).remaining_gain
        assert gain is not None
        assert 0.5 * gaps[number] <= gain <= 2.0 * gaps[number]


def test_with_nothing_free_nothing_is_to_be_gained():
    lines = ["fix mean[1]=-2", "fix mean[2]=1", "fix sd=1", "fix weight[1]=0.4", "fix weight[2]=0.6"]
    result, _ = fit(ROWS, FitOptions(n_components=2, constraints=held(*lines)))
    assert result.outcome.status == "converged"
    assert result.expected_gain == 0.0
    assert result.options.constraints.n_parameters(result.mixture) == 0


@pytest.mark.parametrize(
    ("lines", "free"),
    [
        ([], 8), (["fix mean[1]=0"], 7), (["fix sd=1"], 5), (["tie sd"], 6), (["tie sd[1,2]"], 7), (["tie cv"], 6),
        (["fix weight[1]=0.2"], 7), (["tie weight"], 6), (["tie weight[1,2]"], 7), (["bound sd=1:2"], 8),
        (["order mean"], 8), (["floor sd=1"], 8), (["prior sd=1"], 8), (["tie sd", "fix sd[2]=1"], 5),
        (["tie cv", "fix mean[1]=1", "fix sd[1]=1"], 4), (["bound sd[1]=2:2"], 7),
    ],
)  # fmt: skip
def test_only_what_is_free_counts_as_a_parameter(lines, free):
    assert held(*lines).n_parameters(START) == free


@pytest.mark.parametrize(
    "lines", [["floor sd=0.1"], ["prior sd=0.5:1"], ["bound sd=0.1:"], ["fix sd[2]=0.3"], ["tie sd"]]
)
def test_what_holds_a_spread_up_keeps_a_component_from_collapsing(lines):
    rows = data(np.r_[drawn(500), np.full(40, 12.5)])
    start = mixture([0.9, 0.1], [1.0, 12.5], [2.0, 0.3])
    assert fit(rows, FitOptions(), start)[0].outcome.status == "degenerate"
    result, _ = fit(rows, FitOptions(constraints=held(*lines)), start)
    assert result.outcome.status == "converged"
    not_the_maximum = lines[0].startswith(("floor", "prior"))
    assert (result.expected_gain is None) == not_the_maximum
    assert held(*lines).moves_the_maximum(result.mixture) == not_the_maximum


def test_duplicates_among_the_eruptions_of_old_faithful_are_no_trap_above_a_floor():
    rows = data(np.r_[column("faithful.csv", "waiting"), np.full(30, 78.0)])
    start = mixture([0.3, 0.6, 0.1], [54.0, 80.0, 78.0], [6.0, 6.0, 0.2])
    assert fit(rows, FitOptions(n_components=3), start)[0].outcome.status == "degenerate"
    result, _ = fit(rows, FitOptions(n_components=3, constraints=held("floor sd=0.5")), start)
    assert result.outcome.status == "converged"
    assert sd(result.mixture).min() == 0.5
    assert result.expected_gain is None


def test_a_floor_that_nothing_stands_on_costs_no_certificate():
    result, _ = fit(ROWS, FitOptions(n_components=3, constraints=held("floor sd=0.01")), START)
    free, _ = fit(ROWS, FitOptions(n_components=3), START)
    assert result.expected_gain == pytest.approx(free.expected_gain)
    assert result.log_likelihood == pytest.approx(free.log_likelihood)


def test_a_start_is_handed_round_to_stand_where_means_are_fixed():
    rows = data(column("faithful.csv", "waiting"))
    options = FitOptions(constraints=held("fix mean[1]=80"))
    start = start_of(rows, options, np.random.default_rng(0))
    assert mean(start)[0] == 80.0
    assert mean(start)[1] < 60.0
    result, _ = fit(rows, options)
    assert dict(zip(result.mixture.ids, mean(result.mixture), strict=True))[1] == 80.0


@pytest.mark.parametrize(
    "lines", [["order mean"], ["order sd", "tie mean[1,2]"], ["tie sd", "bound mean[1]=3:"], ["tie cv"]]
)
def test_a_start_that_conforms_stays_as_it_is(lines):
    constraints = held(*lines)
    once = constraints.starting(mixture([0.2, 0.3, 0.5], [4.0, 2.0, 3.0], [1.0, 0.5, 2.0]))
    again = constraints.starting(once)
    for name in ("mean", "sd"):
        np.testing.assert_allclose(once.parameters[name], again.parameters[name], rtol=1e-12)
    assert (once.weights == again.weights).all()


def test_a_common_cv_of_some_components_leaves_the_mean_of_another_below_zero():
    begun = held("tie cv[2,3]").starting(mixture([0.4, 0.3, 0.3], [-1.0, 1.0, 2.0], [1.0, 1.0, 1.0]))
    assert mean(begun)[0] == -1.0
    assert variation(begun)[1] == pytest.approx(variation(begun)[2], rel=1e-12)


@pytest.mark.parametrize("lines", [["order mean"], ["fix mean[1]=3"]])
def test_in_mid_run_components_keep_their_numbers(lines):
    one = mixture([0.2, 0.3, 0.5], [4.0, 2.0, 3.0], [1.0, 0.5, 2.0])
    moved, begun = held(*lines).conforming(one), held(*lines).starting(one)
    assert moved.weights.tolist() == [0.2, 0.3, 0.5]
    assert sd(moved).tolist() == [1.0, 0.5, 2.0]
    assert sorted(begun.weights) == [0.2, 0.3, 0.5]
    assert begun.weights.tolist() != [0.2, 0.3, 0.5]


def test_nothing_is_handed_round_on_the_way_off_a_saddle(monkeypatch):
    constraints = held("order mean")
    start = mixture([0.3, 0.4, 0.3], [0.9, 0.9, 0.9], [2.0, 2.0, 2.0])

    def arranged(*_):
        raise AssertionError("components are handed round in mid-run")

    monkeypatch.setattr("core.constraints.constraints.arranged", arranged)
    made = list(islice(run(ROWS, FitOptions(n_components=3, constraints=constraints), start), 60))
    assert any("saddle" in one.state.note for one in made)
    assert all(one.mixture.ids == (1, 2, 3) and (np.diff(mean(one.mixture)) >= 0).all() for one in made)


SHARED = json.loads(Path(__file__).with_name("certified_shared.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("record", SHARED, ids=lambda record: record["id"])
def test_shared_degrees_of_freedom_are_the_certified_ones(record):
    rows = data(column(record["file"], record["column"]))
    family = make_family("student_t", Setting())
    parameters = {name: np.array(values) for name, values in record["start"].items() if name != "weights"}
    start = Mixture(family, np.array(record["start"]["weights"]), parameters)
    constraints = held("tie degrees_of_freedom")
    result, _ = fit(rows, FitOptions(family="student_t", tolerance=1e-8, constraints=constraints), start)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(record["log_likelihood"], abs=1e-5)
    assert constraints.n_parameters(result.mixture) == record["n_parameters"]
    for name, values in record["parameters"].items():
        found = result.mixture.weights if name == "weights" else result.mixture.parameters[name]
        assert (np.abs(found - values) <= 0.01 * np.array(record["standard_errors"][name])).all()
