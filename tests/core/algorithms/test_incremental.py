"""Incremental EM: a block at a time, with its statistics exchanged."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from cases import column, data, drawn, mixture, numbers

from core import FitOptions, Problem, fit
from core.algorithms.incremental import Incremental, Tree
from core.em import run, start_of
from core.expectation import expect, lower_bound, maximize

CERTIFIED = json.loads((Path(__file__).parent / "certified_incremental.json").read_text(encoding="utf-8"))


def walk(problem, start, blocks, sweeps):
    """States from the start on, one a visit."""
    algorithm = Incremental(blocks)
    state = algorithm.init(problem, start, np.random.default_rng(0))
    yield state
    for _ in range(sweeps):
        for place in range(algorithm.n_blocks(problem)):
            state = algorithm.visit(problem, state, place)
            yield state


def test_visits_to_single_rows_in_file_order_give_the_certified_parameters():
    rows = column("faithful.csv", "waiting")
    problem = Problem(data(rows))
    states = list(walk(problem, mixture([0.5, 0.5], [50, 80], [10, 10]), 10**6, 3))
    places = {"init": 0, "pass1": len(rows), "pass2": 2 * len(rows), "pass3": 3 * len(rows)}
    assert len(CERTIFIED["snapshots"]) == 8
    for snapshot in CERTIFIED["snapshots"]:
        state = states[places.get(snapshot["after"], snapshot["after"])]
        following = maximize(problem, state.mixture, state.statistics)
        certified = [*snapshot["weights"], *snapshot["means"], *snapshot["sds"]]
        np.testing.assert_allclose(numbers(following), certified, rtol=1e-11)


@pytest.mark.parametrize("blocks", [1, 2, 7, 300])
def test_the_lower_bound_falls_at_no_visit(blocks):
    problem = Problem(data(drawn(300)))
    bounds = []
    for state in walk(problem, mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1]), blocks, 4):
        bounds += [] if not bounds else [state.bound_after_m]
        bounds.append(lower_bound(state.mixture, state.statistics))
    assert len(bounds) == 1 + 2 * 4 * blocks
    assert (np.diff(bounds) > -1e-9).all()
    assert bounds[-1] > bounds[0] + 1


@pytest.mark.parametrize(
    ("family", "k", "seed", "blocks", "sweeps"),
    [
        ("student_t", 2, 0, 65, 2),
        ("student_t", 3, 3, 100, 2),
        ("student_t", 2, 0, 272, 1),
        ("weibull", 2, 0, 65, 2),
        ("weibull", 3, 2, 100, 2),
        ("weibull", 2, 0, 272, 1),
    ],
)
def test_it_falls_at_none_where_every_block_was_seen_from_elsewhere(family, k, seed, blocks, sweeps):
    rows = data(column("faithful.csv", "waiting"))
    start = start_of(rows, FitOptions(k, family=family, start="random"), np.random.default_rng(seed))
    bounds = []
    for state in walk(Problem(rows), start, blocks, sweeps):
        bounds += [] if not bounds else [state.bound_after_m]
        bounds.append(lower_bound(state.mixture, state.statistics))
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds) > -1e-9).all()
    assert bounds[-1] <= state.mixture.log_density(rows.column).sum() + 1e-9


def test_one_block_is_batch_em():
    rows, start = data(drawn(300)), mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])
    one = islice(run(rows, FitOptions(n_components=3, algorithm="incremental", settings=(("blocks", 1),)), start), 30)
    batch = islice(run(rows, FitOptions(n_components=3), start), 30)
    for incremental, em in zip(one, batch, strict=True):
        np.testing.assert_allclose(numbers(incremental.mixture), numbers(em.mixture), rtol=1e-12)
        assert incremental.log_likelihood == pytest.approx(em.log_likelihood, rel=1e-13)


def test_on_the_two_gaussians_of_1998_it_needs_at_most_two_thirds_of_the_passes_of_em():
    rows = data(drawn(1000, weights=(0.5, 0.5), means=(0.0, 3.0), sds=(1.0, 1.0)))
    start = mixture([0.5, 0.5], [0.5, 2.0], [1.0, 1.0])
    best = fit(rows, FitOptions(tolerance=1e-11), start)[0].log_likelihood

    def passes(name):
        made = run(rows, FitOptions(algorithm=name), start)
        return next(one.n_passes for one in made if best - one.log_likelihood <= 1e-6)

    assert passes("incremental") <= 0.65 * passes("em")


def test_a_sorted_file_is_no_slower():
    values = drawn(400, sds=(0.5, 0.5, 0.5))
    start = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])
    options = FitOptions(n_components=3, algorithm="incremental")
    as_drawn, sorted_ = (fit(data(rows), options, start)[0] for rows in (values, np.sort(values)))
    assert sorted_.number <= 1.1 * as_drawn.number
    assert sorted_.log_likelihood == pytest.approx(as_drawn.log_likelihood, abs=3e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
def test_a_tree_is_the_sum_of_its_blocks_whichever_are_exchanged(n):
    parts = [drawn(5, seed) for seed in range(2 * n)]
    start = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])
    old, new = ([expect(Problem(data(part)), start) for part in half] for half in (parts[:n], parts[n:]))
    tree = first = Tree.of(old)
    assert tree.size == n
    for place in range(0, n, 2):
        tree = tree.exchanged(place, new[place])
    together = [parts[n + place if place % 2 == 0 else place] for place in range(n)]
    whole = expect(Problem(data(np.concatenate(together))), start)
    np.testing.assert_allclose(tree.total.counts, whole.counts, rtol=1e-12)
    np.testing.assert_allclose(tree.total.moments.means, whole.moments.means, rtol=1e-12)
    np.testing.assert_allclose(tree.total.moments.sds, whole.moments.sds, rtol=1e-12)
    assert tree.total.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    untouched = expect(Problem(data(np.concatenate(parts[:n]))), start)
    np.testing.assert_allclose(first.total.counts, untouched.counts, rtol=1e-12)


def test_a_component_that_collapses_in_the_middle_of_a_sweep_ends_the_run_in_words():
    values = np.concatenate([drawn(100), [40.0]])
    start = mixture([0.3, 0.3, 0.4], [-1, 1, 39.9], [1, 1, 0.3])
    result, _ = fit(data(values), FitOptions(n_components=3, algorithm="incremental"), start)
    assert result.outcome.status == "degenerate"
    assert "Component 3 has collapsed" in result.outcome.message
    # Component 1 falls onto its row while other blocks are visited: nothing is divided by its sd of 0.
    state = Incremental(101).init(Problem(data(values)), start, np.random.default_rng(0))
    after = Incremental(101).step(Problem(data(values)), state, np.random.default_rng(0))
    assert 0 <= after.n_passes < 1
