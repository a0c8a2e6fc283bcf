"""What holds of E and M steps whatever the data."""

from itertools import pairwise

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers
from hypothesis import given, settings
from hypothesis import strategies as st

from core import InputError, Problem
from core.algorithms import ALGORITHMS
from core.expectation import expect, lower_bound, maximize

EM = ALGORITHMS["em"]()
COVARIANCES = st.sampled_from(["full", "tied"])


@st.composite
def problems(draw, most=6):
    """Rows from a random mixture, a start that is another one, and perhaps counts."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k, n = draw(st.integers(1, most)), draw(st.integers(20, 300))
    values = rng.normal(rng.normal(0, 5, k)[rng.integers(0, k, n)], rng.uniform(0.2, 3, k)[rng.integers(0, k, n)])
    if draw(st.booleans()):
        values = np.round(values, 1)
    counts = rng.integers(1, 5, n).astype(float) if draw(st.booleans()) else None
    covariance = draw(COVARIANCES)
    sds = rng.uniform(0.5, 4, k) if covariance == "full" else np.full(k, rng.uniform(0.5, 4))
    return data(values, counts), mixture(rng.dirichlet(np.full(k, 2.0)), rng.choice(values, k), sds, covariance)


def walk(rows, start, steps=6, block_rows=None):
    problem = Problem(rows, block_rows=block_rows)
    state = EM.init(problem, start, np.random.default_rng(0))
    states = [state]
    for _ in range(steps):
        if state.statistics.moments.sds.min() < 0.05 or state.statistics.counts.min() < 2.0:
            break  # on its way into a collapse, where the numbers of two ways of adding up part
        state = EM.step(problem, state, np.random.default_rng(0))
        states.append(state)
    return states


@given(problems())
@settings(deadline=None)
def test_the_log_likelihood_never_falls(case):
    rows, start = case
    climbed = [state.statistics.log_likelihood for state in walk(rows, start, 15)]
    assert (np.diff(climbed) >= -1e-12 * (abs(climbed[0]) + rows.n_samples)).all()


@given(problems())
@settings(deadline=None)
def test_the_lower_bound_stays_below_and_an_e_step_makes_it_touch(case):
    rows, start = case
    states = walk(rows, start)
    slack = 1e-11 * (abs(states[0].statistics.log_likelihood) + rows.n_samples)
    for before, after in pairwise(states):
        touching = lower_bound(before.mixture, before.statistics)
        raised = lower_bound(after.mixture, before.statistics)
        assert touching == pytest.approx(before.statistics.log_likelihood, rel=0, abs=slack)
        assert touching - slack <= raised <= after.statistics.log_likelihood + slack


@given(problems(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_rows_and_of_components_changes_nothing(case, random):
    rows, start = case
    order = np.array(random.sample(range(len(rows)), len(rows)))
    shuffled = data(rows.column[order], None if rows.counts is None else rows.counts[order])
    turn = np.array(random.sample(range(start.n_components), start.n_components))
    turned = mixture(
        start.weights[turn], start.parameters["mean"][turn], start.parameters["sd"][turn], start.family.covariance
    )
    for one, other in zip(walk(rows, start), walk(shuffled, turned), strict=True):
        assert one.statistics.log_likelihood == pytest.approx(other.statistics.log_likelihood, rel=1e-12, abs=1e-9)
        np.testing.assert_allclose(one.mixture.weights[turn], other.mixture.weights, rtol=1e-8, atol=1e-12)
        for name in ("mean", "sd"):
            np.testing.assert_allclose(
                one.mixture.parameters[name][turn], other.mixture.parameters[name], rtol=1e-8, atol=1e-9
            )


@given(problems(), st.sampled_from([1e3, -1e6, 1e9]), st.integers(-12, 12))
@settings(deadline=None)
def test_shift_and_scale_change_nothing_but_the_units(case, shift, power):
    rows, start = case
    # Multiples of 2^-20 are kept exactly beside an offset of 1e9, and powers of 2 scale without rounding.
    grain, scale = 2.0**-20, 2.0 ** round(power * np.log2(10))
    values = np.round(rows.column / grain) * grain
    means = np.round(start.parameters["mean"] / grain) * grain
    moved = mixture(start.weights, (means + shift) * scale, start.parameters["sd"] * scale, start.family.covariance)
    here = mixture(start.weights, means, start.parameters["sd"], start.family.covariance)
    plain, odd = walk(data(values, rows.counts), here), walk(data((values + shift) * scale, rows.counts), moved)
    # A mean beside an offset of 1e9 is a multiple of 1.2e-7; the early steps can magnify what that costs.
    slack = 1e-9 + 2e-14 * abs(shift)
    for one, other in zip(plain, odd, strict=False):
        level = other.statistics.log_likelihood + rows.n_samples * np.log(scale)
        assert level == pytest.approx(one.statistics.log_likelihood, rel=1e-9, abs=slack * rows.n_samples)
        np.testing.assert_allclose(one.mixture.weights, other.mixture.weights, rtol=slack, atol=slack)
        np.testing.assert_allclose(
            one.mixture.parameters["mean"], other.mixture.parameters["mean"] / scale - shift, rtol=slack, atol=slack
        )
        np.testing.assert_allclose(one.mixture.parameters["sd"], other.mixture.parameters["sd"] / scale, rtol=slack)


@given(problems(), st.integers(1, 400))
@settings(deadline=None)
def test_the_size_of_blocks_changes_nothing_beyond_rounding(case, block_rows):
    rows, start = case
    for one, other in zip(walk(rows, start), walk(rows, start, block_rows=block_rows), strict=True):
        assert one.statistics.log_likelihood == pytest.approx(other.statistics.log_likelihood, rel=1e-12, abs=1e-9)
        np.testing.assert_allclose(numbers(one.mixture), numbers(other.mixture), rtol=1e-9, atol=1e-9)


@given(problems())
@settings(deadline=None)
def test_rows_written_twice_are_rows_counted_twice(case):
    rows, start = case
    counts = np.ones(len(rows)) if rows.counts is None else rows.counts
    twice = data(np.repeat(rows.column, 2), np.repeat(counts, 2))
    for one, other in zip(walk(twice, start), walk(data(rows.column, 2 * counts), start), strict=True):
        assert one.statistics.log_likelihood == pytest.approx(other.statistics.log_likelihood, rel=1e-12, abs=1e-9)
        np.testing.assert_allclose(numbers(one.mixture), numbers(other.mixture), rtol=1e-9, atol=1e-9)


@given(problems(), st.floats(0.1, 0.9), st.floats(0.1, 10))
@settings(deadline=None)
def test_statistics_add_and_scale(case, share, factor):
    rows, start = case
    cut = max(1, int(share * len(rows)))
    parts = [
        data(rows.column[part], None if rows.counts is None else rows.counts[part])
        for part in (slice(None, cut), slice(cut, None))
    ]
    whole = expect(Problem(rows), start)
    added = expect(Problem(parts[0]), start) + expect(Problem(parts[1]), start)
    scaled = whole * factor
    for name in ("counts", "log_likelihood", "entropy", "n"):
        np.testing.assert_allclose(getattr(added, name), getattr(whole, name), rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(getattr(scaled, name), factor * getattr(whole, name), rtol=1e-12)
    np.testing.assert_allclose(added.moments.means, whole.moments.means, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(added.moments.sds, whole.moments.sds, rtol=1e-7, atol=1e-7)
    once = numbers(maximize(Problem(rows), start, scaled))
    np.testing.assert_array_equal(once.round(12), numbers(maximize(Problem(rows), start, whole)).round(12))


def test_fifty_components_climb_and_their_responsibilities_add_up_to_one():
    rng = np.random.default_rng(3)
    rows = data(drawn(5000))
    start = mixture(np.full(50, 0.02), np.sort(rng.choice(rows.column, 50, replace=False)), np.full(50, 0.3))
    states = walk(rows, start, 10)
    climbed = [state.statistics.log_likelihood for state in states]
    assert (np.diff(climbed) > 0).all()
    np.testing.assert_allclose(states[-1].mixture.responsibilities(rows.column).sum(axis=0), 1.0, rtol=1e-12)
    assert states[-1].statistics.counts.sum() == pytest.approx(5000)


def test_rows_that_no_component_reaches_are_said_so():
    with pytest.raises(InputError, match="so far from every component"):
        expect(Problem(data([0.0, 1e300])), mixture([1.0], [0.0], [1.0]))


def test_a_row_beyond_the_reach_of_one_component_only_is_no_row_of_it():
    statistics = expect(Problem(data([0.0, 1.0, 1e200, 2e200])), mixture([0.5, 0.5], [0.0, 1e200], [1.0, 1e200]))
    np.testing.assert_allclose(statistics.counts, [2.0, 2.0])
    assert np.isfinite(statistics.moments.sds).all()
    assert np.isfinite(statistics.log_likelihood)


def test_far_from_everything_the_log_density_is_minus_infinity():
    assert mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0]).log_density(np.array([1e200]))[0] == -np.inf
    assert mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0]).densities(np.array([1e200])).sum() == 0.0
