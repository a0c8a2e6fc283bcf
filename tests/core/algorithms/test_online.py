"""Online EM: an M step after every mini-batch."""

import numpy as np
import pytest
from cases import data, drawn, mixture

from core import FitOptions, Problem, fit
from core.algorithms.online import Online
from core.em import ended, run
from core.expectation import expect, lower_bound, maximize
from core.parts import scattered, strided

START = mixture([0.3, 0.3, 0.4], [-5, 0, 5], [3, 3, 3])


def options(seed=0, **settings):
    return FitOptions(3, algorithm="online", seed=seed, settings=tuple(settings.items()))


@pytest.mark.parametrize("order", ["as drawn", "sorted", "two halves by turns"])
def test_two_passes_over_a_million_rows_come_within_a_thousandth_of_em(order):
    values = drawn(1_000_000, 3)
    if order == "sorted":
        values = np.sort(values)
    elif order == "two halves by turns":
        values = np.sort(values).reshape(2, -1).T.ravel()
    # The mixture that the rows were drawn from is as likely as any, to a few units.
    best = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6]).log_density(values).sum()
    result, _ = fit(data(values), options(), START)
    assert result.n_passes == 2
    assert best - result.log_likelihood < 1e-3 * abs(best)
    assert best - START.log_density(values).sum() > 0.03 * abs(best)


def test_it_ends_after_the_passes_asked_for_and_says_so():
    result, _ = fit(data(drawn(300)), options(passes=3, batch=50), START)
    assert result.number == result.n_passes == 3
    assert result.outcome.status == "max-iterations"
    assert result.outcome.expected_gain is None
    assert result.outcome.message == (
        "Ended after 3 passes, as asked for; how much is still to be gained is not known."
    )


def test_the_same_seed_makes_the_same_run_and_another_seed_another():
    rows = data(drawn(300))
    one, same, other = (list(ended(run(rows, options(seed, batch=50), START)))[-1] for seed in (1, 1, 2))
    assert one.log_likelihood == same.log_likelihood != other.log_likelihood


def test_a_batch_of_all_rows_is_mixed_in_by_its_share():
    problem, algorithm = Problem(data(drawn(300))), Online(batch=1000, decay=0.6)
    state = algorithm.init(problem, START, np.random.default_rng(0))
    once = algorithm.step(problem, state, np.random.default_rng(0))
    first = expect(problem, START)
    mixture_ = maximize(problem, START, first)
    second = expect(problem, mixture_)
    share = 2**-0.6
    mixed = first * (1 - share) + second * share
    np.testing.assert_allclose(once.memory.statistics.counts, mixed.counts, rtol=1e-12)
    np.testing.assert_allclose(once.memory.statistics.moments.sds, mixed.moments.sds, rtol=1e-10)
    assert once.memory.statistics.n == pytest.approx(300)
    twice = algorithm.step(problem, once, np.random.default_rng(0))
    np.testing.assert_allclose(twice.mixture.weights, maximize(problem, mixture_, mixed).weights, rtol=1e-12)


def test_the_statistics_of_a_state_are_of_every_row_once_and_bound_the_log_likelihood():
    values = drawn(1000)
    for one in ended(run(data(values), options(batch=30, passes=3), START)):
        assert one.state.statistics.n == 1000
        assert one.state.statistics.counts.sum() == pytest.approx(1000)
        assert lower_bound(one.mixture, one.state.statistics) <= one.log_likelihood
        assert one.log_likelihood == pytest.approx(one.mixture.log_density(values).sum(), rel=1e-12)


def test_counts_weigh_batches_by_their_rows():
    values = np.arange(40.0)
    rows = data(values, counts=1.0 + values)
    parts = list(scattered(rows, 7, np.random.default_rng(0)))
    whole = expect(Problem(rows), START)
    mixed = [expect(Problem(rows), START, part) * (1 / share) for part, share in parts]
    mean = sum(statistics.counts * share for statistics, (_, share) in zip(mixed, parts, strict=True))
    np.testing.assert_allclose(mean, whole.counts, rtol=1e-12)


@pytest.mark.parametrize(("n", "of"), [(1, 1), (2, 2), (3, 2), (10, 3), (12, 12), (100, 7), (999, 10)])
def test_scattered_parts_hold_every_row_once(n, of):
    parts = list(scattered(data(np.arange(float(n))), of, np.random.default_rng(n)))
    assert len(parts) == of
    assert sum(share for _, share in parts) == pytest.approx(1)
    assert max(len(part.rows) for part, _ in parts) - min(len(part.rows) for part, _ in parts) <= 1
    assert sorted(value for part, _ in parts for block, _ in part.blocks(4) for value in block[:, 0]) == list(range(n))


@pytest.mark.parametrize("period", [2, 3, 10, 1000])
def test_scattered_parts_are_like_the_whole_whether_rows_alternate_or_are_sorted(period):
    values = np.arange(10_000.0)
    for part, _ in scattered(data(values % period), 10, np.random.default_rng(0)):
        assert abs(values[part.rows].mean() - 4999.5) < 100
        assert abs((values[part.rows] % period).mean() - (period - 1) / 2) < 0.02 * period


def test_strided_parts_hold_every_row_once():
    rows = data(np.arange(10.0), counts=np.arange(1.0, 11.0))
    held = [[(v.ravel().tolist(), c.tolist()) for v, c in strided(rows, place, 3).blocks(3)] for place in range(3)]
    assert held[0] == [([0, 3, 6], [1, 4, 7]), ([9], [10])]
    assert held[1] == [([1, 4, 7], [2, 5, 8])]


def test_a_component_that_collapses_between_two_batches_ends_the_run_in_words():
    values = np.concatenate([drawn(200), [60.0, 60.0]])
    start = mixture([0.3, 0.3, 0.4], [-1, 1, 60], [1, 1, 0.3])
    result, _ = fit(data(values), options(batch=20), start)
    assert result.outcome.status == "degenerate"
    assert "Component 3 has collapsed" in result.outcome.message
