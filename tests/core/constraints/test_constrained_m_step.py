"""The M step under constraints: the maximum of lower bound plus log prior among all mixtures where they hold."""

import numpy as np
import pytest
from cases import data, drawn, mixture
from constraint_lines import held
from scipy.optimize import minimize

from core import Mixture, Problem
from core.constraints import NONE
from core.constraints import constraints as module
from core.constraints.conforming import conforms
from core.expectation import expect, lower_bound
from core.families import make_family
from core.families.family import Setting

ROWS = data(drawn(400))
START = mixture([0.4, 0.3, 0.3], [-1.0, 0.3, 2.0], [1.0, 1.1, 0.9])

CASES = {
    "fix mean": ["fix mean[2]=0.6"],
    "fix sd": ["fix sd[1]=0.5"],
    "fix all": ["fix mean=1", "fix sd[1]=1"],
    "bound sd": ["bound sd=0.95:1.05"],
    "bound mean": ["bound mean[2]=1:", "bound mean[1]=:-2"],
    "floor": ["floor sd=1.1"],
    "tie sd": ["tie sd"],
    "tie two sds": ["tie sd[1,3]", "bound sd[1]=:1"],
    "tie means": ["tie mean[1,2]"],
    "tie all means": ["tie mean"],
    "cv": ["tie cv", "bound mean=0.1:"],
    "cv of two": ["tie cv[2,3]", "bound mean[2,3]=0.1:"],
    "cv and bounds": ["tie cv", "bound mean=0.5:2", "bound sd[3]=:0.9"],
    "order means": ["order mean", "bound mean[1]=0:"],
    "order sds": ["order sd"],
    "order sds and tie": ["order sd", "bound sd[3]=:0.9", "tie mean[2,3]"],
    "prior sd": ["prior sd=0.5:3"],
    "prior and tie": ["prior sd=0.3:5", "tie sd", "bound mean[1]=0:"],
    "prior and order": ["prior sd=0.3:50", "order sd", "order mean", "bound mean[2]=:-1"],
    "weights": ["fix weight[1]=0.5", "prior weight=3"],
}


def objective(constraints, here, statistics):
    return lower_bound(here, statistics) + constraints.log_prior(here)


def brute_force(lines, start, statistics):
    """The maximum by sequential quadratic programming in means and log sds, begun at `start`."""
    k, constraints = start.n_components, held(*lines)
    rules, names = [], {"mean": slice(0, k), "sd": slice(k, 2 * k)}

    def values(x, name):
        return x[names[name]] if name == "mean" else np.exp(x[names[name]])

    def rule(kind, function):
        rules.append({"type": kind, "fun": function})

    for one in constraints.items:
        name, which = one.parameter, [i - 1 for i in one.components] or list(range(k))
        if name == "weight" or one.kind == "prior":
            continue
        if one.kind == "fix":
            rule("eq", lambda x, name=name, which=which, one=one: values(x, name)[which] - one.value)
        elif name == "cv":
            rule("eq", lambda x, w=which: np.diff(np.exp(x[k:])[w] / x[:k][w]))
        elif one.kind == "tie":
            rule("eq", lambda x, name=name, which=which: np.diff(values(x, name)[which]))
        elif one.kind == "order":
            rule("ineq", lambda x, name=name: np.diff(values(x, name)))
        else:
            low, high = (one.value, np.inf) if one.kind == "floor" else (one.low, one.high)
            if low > -np.inf:
                rule("ineq", lambda x, name=name, which=which, low=low: values(x, name)[which] - low)
            if high < np.inf:
                rule("ineq", lambda x, name=name, which=which, high=high: high - values(x, name)[which])

    def fall(x):
        here = Mixture(start.family, start.weights, {"mean": x[:k], "sd": np.exp(x[k:])})
        return -objective(constraints, here, statistics) / statistics.n

    x = np.concatenate([start.parameters["mean"], np.log(start.parameters["sd"])])
    found = minimize(fall, x, constraints=rules, method="SLSQP", options={"ftol": 1e-15, "maxiter": 1000})
    return -found.fun * statistics.n, found.x[:k], np.exp(found.x[k:])


def m_step(lines, start=START, rows=ROWS):
    constraints = held(*lines)
    begin = constraints.conforming(start)
    statistics = expect(Problem(rows), begin)
    return constraints, begin, statistics, constraints.maximize(begin, statistics)


@pytest.mark.parametrize("name", list(CASES))
def test_it_is_the_maximum_that_brute_force_finds(name):
    constraints, begin, statistics, made = m_step(CASES[name])
    best, means, sds = brute_force(CASES[name], Mixture(made.family, made.weights, begin.parameters), statistics)
    assert objective(constraints, made, statistics) >= best - 1e-7
    np.testing.assert_allclose(made.parameters["mean"], means, atol=2e-3)
    np.testing.assert_allclose(made.parameters["sd"], sds, rtol=2e-3)
    assert objective(constraints, made, statistics) >= objective(constraints, begin, statistics)


@pytest.mark.parametrize(
    "name", ["fix mean", "bound sd", "bound mean", "floor", "tie sd", "tie two sds", "prior sd", "prior and tie"]
)
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_the_way_for_any_constraint_ends_where_the_closed_form_is(name, offset, monkeypatch):
    lines = CASES[name] if offset == 0.0 else ["tie sd[1,3]", "prior sd=0.5:3"]
    start = mixture(START.weights, START.parameters["mean"] + offset, START.parameters["sd"])
    rows = data(drawn(400) + offset)
    closed = m_step(lines, start, rows)[3]
    monkeypatch.setattr(module, "normal", lambda *_: None)
    climbed = m_step(lines, start, rows)[3]
    assert (np.abs(closed.parameters["mean"] - climbed.parameters["mean"]) < 1e-9 + 1e-15 * offset).all()
    np.testing.assert_allclose(climbed.parameters["sd"], closed.parameters["sd"], rtol=1e-9)


def test_all_sds_tied_are_those_of_tied_covariance():
    tied = mixture([0.4, 0.3, 0.3], [-1.0, 0.3, 2.0], [1.0, 1.0, 1.0], "tied")
    free = mixture([0.4, 0.3, 0.3], [-1.0, 0.3, 2.0], [1.0, 1.0, 1.0])
    statistics = expect(Problem(ROWS), free)
    one, other = NONE.maximize(tied, statistics), held("tie sd").maximize(free, statistics)
    for name in ("mean", "sd"):
        np.testing.assert_allclose(one.parameters[name], other.parameters[name], rtol=1e-12)
    assert held("tie sd").n_parameters(free) == NONE.n_parameters(tied) == held("tie sd").n_parameters(tied)


def test_constraints_that_say_nothing_change_nothing():
    statistics = expect(Problem(ROWS), START)
    free = NONE.maximize(START, statistics)
    loose = held("bound sd=1e-3:1e3", "bound weight=0.001:", "order mean", "floor sd=1e-6").maximize(START, statistics)
    for name in ("mean", "sd"):
        assert (free.parameters[name] == loose.parameters[name]).all()
    np.testing.assert_allclose(free.weights, loose.weights, rtol=1e-14)


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1e12, 1e150])
@pytest.mark.parametrize("name", ["tie means", "order sds", "cv", "prior sd"])
def test_the_unit_changes_nothing_but_the_unit(name, scale):
    def scaled(line):
        head, _, value = line.partition("=")
        if not value:
            return line
        first, colon, rest = value.partition(":")
        rest = rest if "prior" in line or not rest else repr(float(rest) * scale)
        return f"{head}={repr(float(first) * scale) if first else ''}{colon}{rest}"

    plain = m_step(CASES[name])[3]
    start = mixture(START.weights, START.parameters["mean"] * scale, START.parameters["sd"] * scale)
    moved = m_step([scaled(line) for line in CASES[name]], start, data(drawn(400) * scale))[3]
    for parameter in ("mean", "sd"):
        np.testing.assert_allclose(moved.parameters[parameter] / scale, plain.parameters[parameter], rtol=1e-8)


OTHERS = [
    ("gamma", {"shape": [20.0, 8.0], "scale": [0.1, 0.6]}, ["tie cv"], 4),
    ("gamma", {"shape": [20.0, 8.0], "scale": [0.1, 0.6]}, ["tie scale", "bound shape[2]=:9"], 4),
    ("lognormal", {"log_mean": [0.0, 1.0], "log_sd": [0.2, 0.3]}, ["tie log_sd"], 4),
    ("weibull", {"shape": [4.0, 3.0], "scale": [1.0, 4.0]}, ["tie shape"], 4),
    ("exponential", {"rate": [3.0, 0.3]}, ["bound rate[1]=:2"], 3),
    ("exponential", {"rate": [0.3, 3.0]}, ["order rate", "fix rate[1]=0.5"], 2),
    (
        "student_t",
        {"location": [1.0, 4.0], "scale": [0.5, 1.0], "degrees_of_freedom": [5.0, 5.0]},
        ["tie degrees_of_freedom", "order location"],
        6,
    ),
    (
        "student_t",
        {"location": [1.0, 4.0], "scale": [0.5, 1.0], "degrees_of_freedom": [4.0, 4.0]},
        ["fix degrees_of_freedom=4", "prior scale=0.5:2"],
        5,
    ),
    (
        "student_t",
        {"location": [1.0, 4.0], "scale": [0.7, 0.7], "degrees_of_freedom": [4.0, 4.0]},
        ["tie degrees_of_freedom", "tie scale", "bound location[2]=:4.6", "prior scale=0.5:2"],
        5,
    ),
    ("weibull", {"shape": [4.0, 4.0], "scale": [1.0, 4.0]}, ["tie shape", "bound shape=4.1:", "fix weight[1]=0.4"], 3),
]


@pytest.mark.parametrize(("family", "parameters", "lines", "free"), OTHERS)
def test_other_families_climb_to_a_maximum_along_what_is_free(family, parameters, lines, free):
    made = make_family(family, Setting())
    values = np.abs(np.concatenate([drawn(150, 1, (1.0,), (1.5,), (0.4,)), drawn(150, 2, (1.0,), (5.0,), (1.5,))]))
    start = Mixture(made, np.array([0.5, 0.5]), {name: np.array(value) for name, value in parameters.items()})
    constraints, begin, statistics, there = m_step(lines, start, data(values))
    for _ in range(10):  # some families know their moments only near the parameters, which have to come near first
        begin, statistics = there, expect(Problem(data(values)), there)
        there = constraints.maximize(begin, statistics)
    assert constraints.n_parameters(there) == free
    here = objective(constraints, there, statistics)
    assert here >= objective(constraints, begin, statistics)
    rng = np.random.default_rng(0)
    for _ in range(200):  # no conforming neighbour is higher
        nearby = {
            name: domain.moved(there.parameters[name], 1e-3 * rng.standard_normal((2, 1)), made.units(there.parameters))
            for name, domain in made.domains.items()
        }
        beside = constraints.conforming(Mixture(made, there.weights, nearby))
        assert not objective(constraints, beside, statistics) > here + 1e-9


TAILS = {"location": [1.0, 4.0], "scale": [0.5, 1.0], "degrees_of_freedom": [5.0, 5.0]}
SHAPES = {"shape": [3.0, 3.0], "scale": [1.0, 4.0]}
KNOWN = [
    ("student_t", TAILS, ["tie degrees_of_freedom"]),
    ("student_t", TAILS, ["fix degrees_of_freedom=4", "fix location[1]=1.2"]),
    ("student_t", TAILS, ["bound degrees_of_freedom=4.5:5.5", "bound scale[2]=:0.9"]),
    ("student_t", TAILS, ["tie degrees_of_freedom", "tie scale", "prior scale=0.5:2"]),
    ("student_t", TAILS, ["fix degrees_of_freedom[1]=5", "fix degrees_of_freedom[2]=8", "tie scale"]),
    ("student_t", TAILS, ["tie degrees_of_freedom", "floor scale=0.7", "order location"]),
    ("weibull", SHAPES, ["tie shape"]),
    ("weibull", SHAPES, ["fix shape=3.1", "order scale"]),
    ("weibull", SHAPES, ["bound shape[1]=:2.9", "bound scale[2]=:9"]),
]


@pytest.mark.parametrize("blocks", [1, 5])
@pytest.mark.parametrize(
    ("family", "parameters", "lines"), KNOWN, ids=lambda one: ", ".join(one) if isinstance(one, list) else ""
)
def test_no_climb_leads_higher_than_what_a_family_knows_itself(family, parameters, lines, blocks, monkeypatch):
    for series in ("core.families.heavy_tails", "core.powers"):
        # The bound is told a little beyond where M steps go; a climb would go there too.
        monkeypatch.setattr(f"{series}.BEYOND", 1.0)
    made, constraints = make_family(family, Setting()), held(*lines)
    values = np.abs(np.concatenate([drawn(150, 1, (1.0,), (1.5,), (0.4,)), drawn(150, 2, (1.0,), (5.0,), (1.5,))]))
    start = Mixture(made, np.array([0.5, 0.5]), {name: np.array(value) for name, value in parameters.items()})
    now = constraints.starting(start)
    statistics = expect(Problem(data(values[::blocks])), now)
    for block in range(1, blocks):  # E steps under several parameters
        now = constraints.maximize(now, statistics)
        statistics = statistics + expect(Problem(data(values[block::blocks])), now)
    found = module.by_family(module.held(constraints.items, made, now.ids), statistics.counts, statistics.moments)
    assert found is not None
    there = constraints.maximize(now, statistics)
    for name, values in zip(made.domains, found, strict=True):
        np.testing.assert_array_equal(there.parameters[name], values)
    assert conforms(module.held(constraints.items, made, now.ids), found)
    height = objective(constraints, there, statistics)
    assert height >= objective(constraints, Mixture(made, there.weights, now.parameters), statistics)
    module._maximized.cache_clear()
    monkeypatch.setattr(module, "by_family", lambda *_: None)
    for begin in (now, there):  # a climb may halt at the end of what the moments know, but is never higher
        climbed = constraints.maximize(begin, statistics)
        assert (
            objective(constraints, climbed, statistics) <= height + 1e-8
        )  # the range is kept to within a thousand millionth
    for name in made.domains:
        np.testing.assert_allclose(there.parameters[name], climbed.parameters[name], rtol=2e-5)


def test_one_scale_for_several_degrees_of_freedom_is_climbed_to():
    made, constraints = make_family("student_t", Setting()), held("tie scale")
    start = Mixture(made, np.array([0.5, 0.5]), {name: np.array(value) for name, value in TAILS.items()})
    now = constraints.starting(start)
    statistics = expect(Problem(data(drawn(300, 1, (0.5, 0.5), (1.0, 4.0), (0.7, 0.7)))), now)
    of = module.held(constraints.items, made, now.ids)
    assert module.by_family(of, statistics.counts, statistics.moments) is None
    there = constraints.maximize(now, statistics)
    assert np.ptp(there.parameters["scale"]) == 0.0
    assert objective(constraints, there, statistics) > objective(constraints, now, statistics)


def test_a_climb_ends_where_slopes_are_no_numbers():
    k = 20
    of = module.held(held("tie sd").items, START.family, tuple(range(1, k + 1)))
    at = module.coordinates(of, {"mean": np.zeros(k), "sd": np.ones(k)})
    values = np.array([np.zeros(k), np.full(k, 1.5)])
    made = module.climbed(of, at, of.present, lambda x: -1e307 * np.log(x[1]) ** 2, [values])
    np.testing.assert_allclose(made, values)


def test_a_background_is_held_where_it_is_told_to_be():
    family = make_family("gaussian+uniform", Setting())
    nan = np.nan
    parameters = {
        "mean": np.array([1.0, nan]),
        "sd": np.array([1.0, nan]),
        "low": np.array([nan, -10.0]),
        "high": np.array([nan, 10.0]),
    }
    start = Mixture(family, np.array([0.8, 0.2]), parameters)
    constraints = held("fix low=-10", "bound high=:10", "fix mean=0.5", "fix weight[2]=0.25")
    constraints.check(family, 2)
    statistics = expect(Problem(ROWS), constraints.conforming(start))
    made = constraints.maximize(start, statistics)
    assert made.parameters["low"][1] == -10.0
    assert made.parameters["high"][1] == ROWS.maximum[0]
    assert made.parameters["mean"][0] == 0.5
    assert made.weights[1] == 0.25
    assert constraints.n_parameters(made) == 2
