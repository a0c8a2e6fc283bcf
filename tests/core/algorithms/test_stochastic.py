"""Stochastic EM: components drawn row by row, and an average in the end."""

import numpy as np
import pytest
from cases import column, data, drawn, mixture, numbers

from core import FitOptions, Problem, fit
from core.algorithms.stochastic import Stochastic
from core.em import ended, run

START = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])


def options(seed=0, n_components=3, **settings):
    return FitOptions(n_components, algorithm="stochastic", seed=seed, settings=tuple(settings.items()))


def test_the_same_seed_makes_the_same_run_and_another_seed_another():
    rows = data(drawn(300))
    runs = [list(ended(run(rows, options(seed, burn_in=5, average=5), START))) for seed in (1, 1, 2)]
    one, same, other = ([numbers(made.mixture) for made in made_all] for made_all in runs)
    np.testing.assert_array_equal(one, same)
    assert np.abs(one[-1] - other[-1]).max() > 1e-3


def test_the_last_iteration_is_the_mean_of_those_averaged():
    rows = data(drawn(300))
    # A longer burn-in is the same walk, not yet averaged.
    walked = list(ended(run(rows, options(burn_in=20, average=1), START)))[:14]
    made = list(ended(run(rows, options(burn_in=6, average=7), START)))
    assert made[-1].number == 13
    np.testing.assert_array_equal(numbers(made[12].mixture), numbers(walked[12].mixture))
    mean = np.mean([numbers(one.mixture) for one in walked[7:14]], axis=0)
    np.testing.assert_allclose(numbers(made[-1].mixture), mean, rtol=1e-13)
    assert made[-1].note == "The mean of the last 7 iterations' parameters."
    assert made[-1].log_likelihood == pytest.approx(made[-1].mixture.log_density(rows.column).sum(), rel=1e-13)


def test_the_second_average_is_of_its_own_iterations_where_none_are_burnt():
    algorithm, problem = Stochastic(0, 3), Problem(data(drawn(300)))
    state = algorithm.init(problem, START, np.random.default_rng(0))
    visited = []
    for number in range(1, 7):
        # The same walk with a longer average: what the third and the sixth would have been.
        plain = Stochastic(0, 1000).step(problem, state, np.random.default_rng(number))
        visited.append(numbers(plain.mixture))
        state = algorithm.step(problem, state, np.random.default_rng(number))
        assert state.mixture.weights.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(numbers(state.mixture), np.mean(visited[3:], axis=0), rtol=1e-12)


def test_it_ends_after_burn_in_and_average_and_names_the_best_visited():
    rows = data(drawn(300))
    made = list(ended(run(rows, options(burn_in=6, average=7), START)))
    best, where = Stochastic(6, 7).best_visited(made[-1].state)
    assert best == max(one.log_likelihood for one in made)
    assert best == pytest.approx(where.log_density(rows.column).sum(), rel=1e-13)
    assert made[-1].outcome.status == "max-iterations"
    assert made[-1].outcome.expected_gain is None
    assert made[-1].outcome.message == (
        "Ended after burn-in and averaging: the parameters are the means of the last 7 of 13 iterations; "
        f"the highest log-likelihood on the way was {best:.3f}."
    )


def test_the_average_is_near_the_maximum_of_the_likelihood():
    rows, start = data(column("faithful.csv", "waiting")), mixture([0.5, 0.5], [50, 80], [10, 10])
    for seed in range(3):
        result, _ = fit(rows, options(seed, 2), start)
        # One standard error of one parameter is worth about 0.5.
        assert -1034.00175 - 0.1 < result.log_likelihood <= -1034.00174


def test_a_count_is_so_many_draws():
    problem = Problem(data([0.0, 1.0], counts=[40_000, 10_000]))
    start = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    statistics = Stochastic().init(problem, start, np.random.default_rng(3)).statistics
    expected = start.responsibilities(np.array([0.0, 1.0])) @ [40_000, 10_000]
    drawn_counts = statistics.counts
    assert drawn_counts.sum() == 50_000
    assert (drawn_counts == np.rint(drawn_counts)).all()
    assert 0 < abs(drawn_counts[0] - expected[0]) < 5 * np.sqrt(50_000 / 4)
    assert statistics.log_likelihood == pytest.approx(start.log_density(np.array([0.0, 1.0])) @ [40_000, 10_000])


def test_a_row_whose_count_is_no_whole_number_is_drawn_as_one():
    counts = np.array([0.7, 1.1, 1.2, 0.9, 1.1])
    problem = Problem(data([0.0, 0.3, 0.5, 0.8, 1.0], counts=counts))
    start = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    for seed in range(5):
        held = Stochastic().init(problem, start, np.random.default_rng(seed)).statistics.counts[0]
        sums = [counts[[bool(i >> k & 1) for k in range(5)]].sum() for i in range(32)]
        assert np.abs(np.array(sums) - held).min() < 1e-12


def test_the_draws_follow_the_responsibilities():
    values = drawn(200)
    problem = Problem(data(values))
    held = np.mean(
        [Stochastic().init(problem, START, np.random.default_rng(seed)).statistics.counts for seed in range(200)],
        axis=0,
    )
    expected = START.responsibilities(values)
    errors = np.sqrt((expected * (1 - expected)).sum(axis=1) / 200)
    assert (np.abs(held - expected.sum(axis=1)) < 4 * errors).all()


def test_where_too_few_rows_are_drawn_for_a_component_they_are_shared_out_and_it_lives_on():
    values = drawn(60)
    start = mixture([0.49, 0.49, 0.02], [-1, 1, 2], [1, 1, 2])
    made = list(ended(run(data(values), options(burn_in=60, average=20), start)))
    shared = [one for one in made if one.note.startswith("Too few rows")]
    assert shared
    assert all(one.state.n_passes == 2 for one in shared if one.number)
    assert made[-1].number == 80


def test_going_on_after_the_end_makes_another_round():
    rows = data(drawn(300))
    made = []
    for one in run(rows, options(burn_in=3, average=2), START):
        made.append(one)
        if one.number == 10:
            break
    assert [one.number for one in made if one.outcome] == [5, 10]
    assert [one.number for one in made if one.note] == [5, 10]
