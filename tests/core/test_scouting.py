"""Restarts of many rows of one column: led to their maxima on nodes, and looked at with all rows."""

import numpy as np
import pytest
from cases import data, drawn, mixture
from numpy.testing import assert_allclose

from core import FitOptions, Problem, fit, scouting
from core.constraints.parsing import parse
from core.curvature import curvature
from core.em import ended, run, start_of
from core.expectation import log_likelihood
from core.restarts import search

N = 30_000
HARD = {"weights": (0.2, 0.2, 0.2, 0.2, 0.2), "means": (-3.0, -1.5, 0.0, 1.5, 3.0), "sds": (0.4, 0.5, 0.4, 0.5, 0.4)}


def searched(rows, options):
    named = start_of(rows, options, np.random.default_rng(options.seed))
    reports, searching = [], search(rows, options, named)
    while True:
        try:
            reports.append(next(searching))
        except StopIteration as stop:
            return stop.value, reports


def test_the_start_that_is_kept_leads_to_the_highest_optimum():
    rows = data(drawn(N, **HARD))
    options = FitOptions(n_components=5, restarts=12, start="random", seed=3)
    found, reports = searched(rows, options)
    *_, last = ended(run(rows, options, found.start))
    assert found.found
    assert last.log_likelihood >= found.optima[0].log_likelihood - 1e-4
    assert {report.text.split()[0] for report in reports} >= {"Short", "Start", "The"}


def test_the_optima_that_are_listed_are_those_of_all_rows():
    rows = data(drawn(N, **HARD))
    found, _ = searched(rows, FitOptions(n_components=5, restarts=12, start="random"))
    for optimum in found.optima[:3]:
        assert_allclose(optimum.log_likelihood, log_likelihood(Problem(rows), optimum.mixture), rtol=1e-13)
    best = curvature(Problem(rows), found.optima[0].mixture)
    assert best.remaining_gain < 1e-7
    assert sum(optimum.n_starts for optimum in found.optima) <= scouting.LED


@pytest.mark.parametrize("algorithm", ["em", "fast", "squarem"])
def test_every_variant_ends_at_the_optimum_that_the_search_found(algorithm):
    rows = data(drawn(N))
    result, _ = fit(rows, FitOptions(n_components=3, restarts=6, algorithm=algorithm, start="random"))
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(result.optima[0].log_likelihood, abs=1e-5)


def test_weighted_rows_are_searched_as_the_rows_they_stand_for():
    values = np.round(drawn(N), 2)
    distinct, counts = np.unique(values, return_counts=True)
    repeated = np.repeat(np.arange(len(distinct)), 12)  # many rows, each with a part of its value's weight
    weighted = data(distinct[repeated], counts[repeated] / 12.0)
    options = FitOptions(n_components=3, restarts=4, algorithm="fast")
    one, _ = fit(weighted, options)
    other, _ = fit(data(values), options)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-5)


def test_the_same_seed_finds_the_same():
    rows = data(drawn(N, **HARD))
    options = FitOptions(n_components=5, restarts=5, start="random", seed=8)
    one, _ = searched(rows, options)
    other, _ = searched(rows, options)
    assert one.index == other.index
    assert one.optima[0].log_likelihood == other.optima[0].log_likelihood


def test_what_is_held_or_ends_elsewhere_is_searched_as_before():
    rows = data(drawn(N))
    assert scouting.leads(rows, FitOptions(n_components=3))
    assert not scouting.leads(rows, FitOptions(n_components=3, algorithm="hard"))
    held = FitOptions(n_components=3, constraints=type(FitOptions().constraints)((parse("fix", "mean[1]=0"),)))
    assert not scouting.leads(rows, held)


def test_a_spike_too_narrow_for_nodes_leaves_the_search_to_all_rows():
    rng = np.random.default_rng(0)
    rows = data(np.concatenate([drawn(N - 400), 0.5 + 1e-9 * rng.standard_normal(400)]))
    result, _ = fit(rows, FitOptions(n_components=2, restarts=2, algorithm="fast", max_iterations=50))
    assert result.log_likelihood > log_likelihood(Problem(rows), mixture([1.0], [rows.mean[0]], [rows.sd[0]]))
