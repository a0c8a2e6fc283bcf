"""The road of nodes: its end is the optimum of all rows, from the start that was given, whatever the column is like."""

from dataclasses import replace

import numpy as np
import pytest
from cases import data, drawn, mixture
from hard_columns import MODERATE_3, PROPER, hard_column, quantile_start

from core import FitOptions, Problem, fit
from core.ascent import COLLAPSE, MAXIMUM, PLATEAU, ascend
from core.collapse import collapsed
from core.curvature import certified, curvature
from core.expectation import State, expect
from core.grid import DISTINCT
from core.road import Road, asking, corrected, finer_for, finest, leads
from core.saddle import coincident

N = 30_000
"""Rows with which the grid is made, but which are soon gone through."""


def travelled(x, start, counts=None):
    rows = data(x, counts)
    road = Road(rows)
    summit = road.climb(start)
    return Problem(rows), road, summit, road.land(summit)


def is_the_maximum(problem, landing):
    """Whether an independent way on all rows finds nothing above it: the exact curvature, and climbing on."""
    assert landing.is_certified
    assert not landing.collapsed
    state = landing.state
    exact = curvature(problem, state.mixture)
    assert exact.is_maximum
    assert exact.remaining_gain < 1e-7
    assert exact.remaining_gain == pytest.approx(state.bend.remaining_gain, rel=0.1, abs=1e-9)
    assert state.statistics.log_likelihood == expect(problem, state.mixture).log_likelihood
    beyond = ascend(problem, state.mixture)
    assert beyond.ending == MAXIMUM
    assert beyond.state.statistics.log_likelihood == pytest.approx(state.statistics.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("name", PROPER)
def test_it_ends_at_a_maximum_of_all_rows_in_one_pass_beyond_the_grids(name):
    problem, road, _, landing = travelled(*hard_column(name, N))
    is_the_maximum(problem, landing)
    assert landing.n_passes == len({id(one) for one in road.asked[1:]}) + 1, "a pass for each grid, one to land"
    assert landing.n_passes <= 4
    assert landing.n_looks < 600


EMS_OWN = ("moderate 2", "moderate 3", "moderate 5", "separated 5", "narrow and wide", "offset", "integers", "outliers")


@pytest.mark.parametrize("name", EMS_OWN)
def test_where_the_components_can_be_told_apart_it_is_the_maximum_that_em_reaches(name):
    x, start = hard_column(name, N)
    _, _, _, landing = travelled(x, start)
    rows = data(x)
    options = FitOptions(start.n_components, algorithm="anderson", tolerance=1e-7)
    best, _ = fit(rows, options, start)
    assert best.outcome.status == "converged"
    assert landing.state.statistics.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPER)
def test_it_ends_at_a_maximum_of_a_million_rows(name):
    problem, _, _, landing = travelled(*hard_column(name, 1_000_000))
    is_the_maximum(problem, landing)
    assert landing.n_nodes < 6000


@pytest.mark.parametrize("name", ["moderate 5", "heavy 3", "integers", "cauchy", "a few close together"])
@pytest.mark.parametrize("n", [300, 5000])
def test_few_rows_are_pressed_into_their_distinct_values_and_nothing_is_lost(name, n):
    x, start = hard_column(name, n)
    problem, _, summit, landing = travelled(x, start)
    assert landing.n_nodes == len(np.unique(x))
    if summit.ending == MAXIMUM:
        is_the_maximum(problem, landing)
        assert landing.n_passes == pytest.approx(2 + landing.n_looks * landing.n_nodes / len(x))
    else:
        assert landing.collapsed


@pytest.mark.parametrize("weights", ["counts", "reliabilities", "unequal"])
@pytest.mark.parametrize("name", ["moderate 3", "heavy 3", "outliers", "rounded"])
def test_weighted_rows_lead_to_the_maximum_of_the_weighted_likelihood(name, weights):
    x, start = hard_column(name, N)
    rng = np.random.default_rng(5)
    counts = {
        "counts": rng.integers(1, 5, N).astype(float),
        "reliabilities": rng.exponential(size=N),
        "unequal": 10.0 ** rng.uniform(-6, 0, N),
    }[weights]
    counts = counts if weights == "counts" else counts / counts.mean()
    problem, _, _, landing = travelled(x, start, counts)
    is_the_maximum(problem, landing)


def test_a_count_is_as_many_rows():
    x, start = hard_column("moderate 3", N)
    counts = np.random.default_rng(5).integers(1, 4, N)
    ends = [travelled(x, start, counts.astype(float))[3], travelled(np.repeat(x, counts), start)[3]]
    one, other = (end.state.statistics.log_likelihood for end in ends)
    assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize("name", ["moderate 3", "heavy 5"])
def test_tied_sds_lead_to_the_maximum_with_tied_sds(name):
    x, _ = hard_column(name, N)
    problem, _, _, landing = travelled(x, quantile_start(x, 3, "tied"))
    is_the_maximum(problem, landing)
    assert np.ptp(landing.state.mixture.parameters["sd"]) == 0.0


def test_where_components_coincide_for_good_nothing_is_certified():
    x, _ = hard_column("lognormal", N)
    problem, _, summit, landing = travelled(x, quantile_start(x, 3, "tied"))
    assert summit.ending == PLATEAU
    assert not landing.is_certified
    assert not landing.collapsed
    assert landing.n_looks < 200
    assert "coincide" in coincident(landing.state.mixture)
    assert abs(curvature(problem, landing.state.mixture).smallest_eigenvalue) < 1e-9


@pytest.mark.parametrize("unit", [1e-280, 1e-200, 1e-12, 1e12, 1e200, 1e290])
def test_another_unit_changes_nothing_else(unit):
    x, start = hard_column("moderate 5", N)
    here = travelled(x, start)[3]
    moved = mixture(start.weights, start.parameters["mean"] * unit, start.parameters["sd"] * unit)
    there = travelled(x * unit, moved)[3]
    assert there.is_certified
    heights = [one.state.statistics.log_likelihood for one in (here, there)]
    assert heights[1] + N * np.log(unit) == pytest.approx(heights[0], abs=1e-6)


@pytest.mark.parametrize("offset", [-1e12, 1e6, 1e9, 1e12])
def test_an_offset_changes_nothing_else(offset):
    x, start = hard_column("moderate 3", N)
    x = np.round(x * 2.0**12) / 2.0**12  # so that adding loses no digit
    here = travelled(x, start)[3]
    moved = mixture(start.weights, start.parameters["mean"] + offset, start.parameters["sd"])
    there = travelled(x + offset, moved)[3]
    assert there.is_certified
    one, other = (end.state.statistics.log_likelihood for end in (here, there))
    assert one == pytest.approx(other, abs=1e-6 + 10 * finest(there.state))


@pytest.mark.parametrize("k", [1, 10, *(pytest.param(k, marks=pytest.mark.slow) for k in (20, 50))])
def test_any_number_of_components_can_go_it(k):
    x, _ = hard_column("moderate 8", 3000)
    problem, _, _, landing = travelled(x, quantile_start(x, k))
    assert landing.is_certified or landing.collapsed
    if landing.is_certified:
        is_the_maximum(problem, landing)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_more_components_than_rows_end_in_a_collapse_or_at_a_maximum(n):
    x = drawn(n)
    _, _, _, landing = travelled(x, mixture(np.full(8, 1 / 8), np.linspace(-3, 4, 8), np.full(8, 1.0)))
    assert landing.collapsed or landing.is_certified


def test_a_component_that_holds_ties_collapses_onto_them_and_only_there():
    x = drawn(N)
    x[::100] = 0.123
    problem, _, summit, landing = travelled(x, mixture([0.25] * 4, [-2, 0.123, 0.8, 3.5], [0.8, 0.01, 1.0, 0.6]))
    assert summit.ending == COLLAPSE
    assert landing.collapsed
    assert "onto the value 0.123 (300 equal rows)" in collapsed(problem, landing.state)


def test_a_start_far_outside_ends_in_a_collapse_by_name():
    x, _ = hard_column("moderate 3", N)
    problem, _, _, landing = travelled(x, mixture([1 / 3] * 3, [-2, 0.8, 100], [1, 1, 1]))
    assert landing.collapsed
    assert collapsed(problem, landing.state).startswith("Component 3 has collapsed")


def test_a_collapse_of_bins_only_is_met_with_finer_bins():
    x, start = hard_column("sds 1 to 1e7", N)
    rows = data(x)
    road = Road(rows)
    coarse = replace(asking(road.shifted(start, -road.bulk.shift)), sds=np.ones(2))
    nodes = road._press(coarse)
    summit = ascend(Problem(nodes.data), road.shifted(start, -road.bulk.shift))
    assert finer_for(nodes, summit) is not None
    landing = road.land(road.climb(start))
    is_the_maximum(Problem(rows), landing)


def test_where_bins_were_too_wide_for_what_was_reached_they_are_laid_again_for_all_that_asked():
    x, start = hard_column("narrow and wide", N)
    problem, road, _, landing = travelled(x, start)
    assert len(road.asked) >= 2
    nodes = road.grids[-1]
    assert all(nodes.is_fine(one, 1.0 + 1e-9) for one in road.asked)
    is_the_maximum(problem, landing)


def test_many_starts_go_the_same_road_and_each_leads_where_it_leads_alone():
    x, _ = hard_column("moderate 3", N)
    rows = data(x)
    road = Road(rows)
    rng = np.random.default_rng(3)
    for _ in range(5):
        start = mixture(rng.dirichlet(np.ones(3)), rng.choice(x, 3), rng.uniform(0.5, 2.0, 3))
        together, alone = road.land(road.climb(start)), travelled(x, start)[3]
        assert together.state.statistics.log_likelihood == pytest.approx(
            alone.state.statistics.log_likelihood, abs=1e-6
        )
    assert len(road.asked) <= 6


def test_neither_the_sample_nor_a_grid_chooses_where_a_start_leads():
    """Two maxima, and a start that leads to the lower one on all rows: so it does on nodes."""
    x = mixture([0.45, 0.45, 0.1], [-6.0, 0.0, 6.0], [1.0, 1.0, 1.0]).sample(N, np.random.default_rng(8))[0]
    low, high = mixture([0.5, 0.5], [-3.0, 6.0], [3.0, 1.0]), mixture([0.5, 0.5], [-6.0, 1.0], [1.0, 3.0])
    reached = {}
    for name, start in (("low", low), ("high", high)):
        best, _ = fit(data(x), FitOptions(2, tolerance=1e-8), start)
        reached[name] = travelled(x, start)[3].state.statistics.log_likelihood
        assert reached[name] == pytest.approx(best.log_likelihood, abs=1e-6)
    assert reached["low"] < reached["high"] - 100


def test_a_maximum_of_the_nodes_that_is_none_of_the_rows_is_corrected_until_it_is():
    x, start = hard_column("moderate 5", N)
    rows = data(x)
    road = Road(rows)
    road._press(asking(road.shifted(start, -road.bulk.shift), 0.5))  # bins far too wide
    assert road.grids
    summit = ascend(road.problem, road.shifted(start, -road.bulk.shift))
    landing = road.land(summit)
    assert landing.n_passes > 2
    is_the_maximum(Problem(rows), landing)


def test_a_correction_that_leads_no_nearer_is_none():
    x, start = hard_column("moderate 3", N)
    problem, _, _, landing = travelled(x, start)
    bend = landing.state.bend
    assert corrected(problem, replace(landing.state, bend=None)) is None
    found = landing.state.mixture
    wider = mixture(found.weights, found.parameters["mean"], 1.01 * found.parameters["sd"])
    away = State(wider, expect(problem, wider))
    away = replace(away, bend=certified(bend, away))
    nearer = corrected(problem, away)
    assert nearer.bend.remaining_gain < away.bend.remaining_gain / 100
    bent_too_little = replace(away, bend=replace(away.bend, negative_hessian=0.3 * away.bend.negative_hessian))
    assert corrected(problem, bent_too_little) is None


def test_what_is_no_maximum_of_the_nodes_is_not_certified():
    x, start = hard_column("moderate 3", N)
    road = Road(data(x))
    landing = road.land(replace(road.climb(start), ending="lost"))
    assert not landing.is_certified
    assert not landing.collapsed
    assert landing.state.bend is None


def test_the_road_leads_for_normal_distributions_of_one_column_without_constraints():
    rows = data(drawn(100))
    assert leads(Problem(rows), mixture(*MODERATE_3))
    assert leads(Problem(rows), mixture(MODERATE_3[0], MODERATE_3[1], [1, 1, 1], "tied"))
    assert N > DISTINCT
