"""Many starts: the best proper optimum is kept, the others are listed."""

import json
from pathlib import Path

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import FitOptions, InputError, fit
from core.drawing import starts
from core.em import start_of
from core.restarts import search
from core.scouting import LED

# Rounded rows of wide components beside narrow ones, and what scipy finds there: certify_wide_beside_narrow.py.
WIDE_BESIDE_NARROW = json.loads(Path(__file__).with_name("wide_beside_narrow.json").read_text(encoding="utf-8"))


def searched(rows, options, named=None):
    named = named or start_of(rows, options, np.random.default_rng(options.seed))
    searching, reports = search(rows, options, named), []
    while True:
        try:
            reports.append(next(searching))
        except StopIteration as stop:
            return stop.value, reports


def test_the_first_is_the_named_start_and_the_others_are_diverse():
    rows, options = data(drawn(300)), FitOptions(n_components=3, restarts=5)
    named = start_of(rows, options, np.random.default_rng(0))
    made = list(starts(rows, options, named))
    assert made[0] is named
    assert len({tuple(one.parameters["mean"]) for one in made}) == len(made)
    spiky = [one for number, one in enumerate(made[1:]) if number % 2 == 1]
    others = [one for number, one in enumerate(made[1:]) if number % 2 == 0]
    ratios = np.concatenate([one.parameters["sd"] for one in others]) / rows.sd[0]
    assert 0.1 <= ratios.min() < 0.2
    assert 0.8 < ratios.max() <= 1.0
    narrowest = np.array([one.parameters["sd"].min() for one in spiky]) / rows.sd[0]
    assert ((narrowest >= 0.019) & (narrowest <= 0.1)).all()


def test_the_same_seed_finds_the_same():
    rows, options = data(drawn(300)), FitOptions(n_components=3, restarts=5, seed=7)
    one, other = fit(rows, options)[0], fit(rows, options)[0]
    assert one.log_likelihood == other.log_likelihood
    assert [found.log_likelihood for found in one.optima] == [found.log_likelihood for found in other.optima]


def test_a_wide_component_beside_a_narrow_one_is_found_though_k_means_never_does():
    rng = np.random.default_rng(0)
    rows = data(np.r_[rng.normal(0, 5, 300), rng.normal(0.5, 0.3, 200)])
    result, _ = fit(rows, FitOptions(restarts=10))
    assert sorted(result.mixture.parameters["sd"]) == pytest.approx([0.3, 5.0], rel=0.25)


@pytest.mark.parametrize("name", WIDE_BESIDE_NARROW)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_twenty_restarts_reach_the_certified_optimum_that_k_means_misses(name, seed):
    rows, certified = data(WIDE_BESIDE_NARROW[name]["rows"]), WIDE_BESIDE_NARROW[name]["optimum"]
    k = len(certified["means"])
    alone, _ = fit(rows, FitOptions(n_components=k, seed=seed))
    assert alone.log_likelihood < certified["log_likelihood"] - 10
    result, _ = fit(rows, FitOptions(n_components=k, restarts=20, seed=seed))
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(certified["log_likelihood"], rel=0, abs=5e-6)
    ordered = result.mixture.sorted()
    assert ordered.weights == pytest.approx(certified["weights"], abs=1e-3)
    assert ordered.parameters["mean"] == pytest.approx(certified["means"], abs=5e-3)
    assert ordered.parameters["sd"] == pytest.approx(certified["sds"], rel=2e-3)


def test_what_is_kept_is_proper_and_the_highest_of_the_proper():
    rows = data(column("galaxies.csv", "velocity"))
    result, _ = fit(rows, FitOptions(n_components=4, restarts=20))
    assert result.outcome.status == "converged"
    proper = [optimum.log_likelihood for optimum in result.optima if optimum.reason is None]
    assert result.log_likelihood == pytest.approx(max(proper), abs=1e-4)
    improper = [optimum for optimum in result.optima if optimum.reason is not None]
    assert improper, "these data have spikes of only a few rows"
    assert all(optimum.reason for optimum in improper)
    listed = [optimum.log_likelihood for optimum in result.optima]
    assert listed == sorted(listed, reverse=True)
    assert sum(optimum.n_starts for optimum in result.optima) <= LED


def test_starts_that_collapse_drop_out_and_the_others_go_on():
    rows = data(drawn(300))
    doomed = mixture([0.99, 0.01], [0.0, rows.maximum[0]], [2.0, 1e-4])
    assert fit(rows, FitOptions(), doomed)[0].outcome.status == "degenerate"
    result, _ = fit(rows, FitOptions(restarts=10), doomed)
    assert result.outcome.status == "converged"


def test_a_start_that_reaches_no_row_drops_out_too():
    rows = data(drawn(300) * 1e200)
    nowhere = mixture([0.5, 0.5], [0.0, 1.0], [1e-5, 1e-5])
    with pytest.raises(InputError, match="so far from every component"):
        fit(rows, FitOptions(), nowhere)
    result, _ = fit(rows, FitOptions(restarts=4), nowhere)
    assert result.outcome.status == "converged"


def test_when_nothing_proper_is_found_the_named_start_is_kept_and_it_is_said():
    rows, options = data([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), FitOptions(restarts=4)
    found, _ = searched(rows, options)
    assert not found.found
    assert found.index == 0
    result, _ = fit(rows, options)
    assert result.outcome.status == "degenerate"
    assert result.outcome.message.endswith(
        "None of the starts that were tried led to a proper optimum; this is the first."
    )


def test_progress_is_reported_and_never_runs_past_its_end():
    _, reports = searched(data(drawn(300)), FitOptions(n_components=3, restarts=4))
    assert len(reports) > 20
    assert all(0 <= report.done <= report.of and report.text for report in reports)


def test_one_restart_is_the_named_start_and_nothing_is_searched():
    result, _ = fit(data(drawn(300)), FitOptions(n_components=3, restarts=1))
    assert result.optima == ()


def test_a_start_with_another_number_of_components_is_refused():
    with pytest.raises(InputError, match="The start has 1 components, but 2 are asked for"):
        fit(data(drawn(300)), FitOptions(), mixture([1.0], [0.0], [1.0]))


def test_a_large_file_is_tried_on_a_part_and_fitted_as_a_whole():
    rows = data(drawn(30_000))
    result, _ = fit(rows, FitOptions(n_components=3, restarts=3, tolerance=1e-3))
    assert result.outcome.status == "converged"
    assert result.mixture.sorted().parameters["mean"] == pytest.approx([-2.0, 0.8, 3.5], abs=0.1)
