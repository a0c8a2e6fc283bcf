"""Compiled passes beside the ones that NumPy makes: the same numbers, whoever makes them."""

from itertools import islice

import numpy as np
import pytest
from cases import data, drawn, mixture
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from core import Data, FitOptions, Problem, fit, kernels
from core.collapse import safe_sd
from core.criteria import icl
from core.curvature import curvature
from core.em import Stretch, ended, run, whole
from core.expectation import State, expect, log_likelihood, maximize
from core.families import make_family
from core.families.family import Setting
from core.history import History
from core.mixture import Mixture
from core.passes import expect as compiled_expect
from core.passes import steps

pytest.importorskip("numba")
EXACT = 1e-12


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """Small passes are made by compiled code too, in the tests of this file; `by_numpy` asks for the other way."""
    monkeypatch.setattr(kernels, "_always", [])
    assert kernels.load()


def by_numpy(question):
    """The answer of the way that does without compiled code."""
    before, kernels.ready = kernels.ready, lambda cells: False
    try:
        return question()
    finally:
        kernels.ready = before


def agree(problem, start):
    made, expected = expect(problem, start), by_numpy(lambda: expect(problem, start))
    assert compiled_expect(start, problem.data, problem.data) is not None
    assert_allclose(made.counts, expected.counts, rtol=EXACT, atol=1e-300)
    assert_allclose(made.log_likelihood, expected.log_likelihood, rtol=EXACT, atol=EXACT * expected.n)
    assert_allclose(made.entropy, expected.entropy, rtol=EXACT, atol=EXACT * abs(expected.log_likelihood))
    assert_allclose(made.n, expected.n, rtol=EXACT)
    one, other = maximize(problem, start, made), maximize(problem, start, expected)
    unit = start.parameters["sd"]
    assert_allclose(one.parameters["mean"] / unit, other.parameters["mean"] / unit, rtol=EXACT, atol=EXACT)
    assert_allclose(one.parameters["sd"] / unit, other.parameters["sd"] / unit, rtol=EXACT * 10, atol=1e-13)


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(2, 3000),
    k=st.integers(1, 12),
    seed=st.integers(0, 10_000),
    offset=st.sampled_from([0.0, 1e3, -1e6]),
    scale=st.sampled_from([1.0, 1e-12, 1e12]),
    counted=st.booleans(),
    covariance=st.sampled_from(["full", "tied"]),
)
def test_an_e_step_leaves_the_same_sums_whoever_makes_it(n, k, seed, offset, scale, counted, covariance):
    rng = np.random.default_rng(seed)
    sds = rng.uniform(0.3, 2.0, k) if covariance == "full" else np.full(k, 0.8)
    start = mixture(rng.dirichlet(np.ones(k)), scale * (rng.normal(0, 3, k) + offset), scale * sds, covariance)
    values = scale * (rng.normal(0, 3, n) + offset)
    agree(Problem(data(values, rng.uniform(0.1, 3.0, n) if counted else None)), start)


def test_far_tails_are_as_exact():
    values = np.concatenate([drawn(500), [1e6, -1e6, 1e9]])
    agree(Problem(data(values)), mixture([0.5, 0.3, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6]))


def test_means_a_million_apart_with_sds_of_a_thousandth_are_as_exact():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1e-3, 400), rng.normal(1e6, 1e-3, 400)])
    agree(Problem(data(values)), mixture([0.5, 0.5], [0.0005, 1e6 - 0.0005], [1e-3, 1e-3]))


def test_a_mean_far_from_its_rows_costs_no_digit_of_their_sd():
    values = np.random.default_rng(0).normal(5.0, 1e-3, 1000)
    agree(Problem(data(values)), mixture([1.0], [0.0], [10.0]))


def test_sorted_rows_are_as_exact():
    agree(Problem(data(np.sort(drawn(200_000)))), mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6]))


def test_a_component_without_weight_holds_no_row():
    agree(Problem(data(drawn(300))), mixture([0.4, 0.6, 0.0], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6]))


def test_where_squares_would_overflow_numpy_makes_the_e_step():
    start = mixture([0.5, 0.5], [0.0, 1.0], [1e-160, 1.0])
    assert compiled_expect(start, data([0.0, 1.0, 2.0]), data([0.0, 1.0, 2.0])) is None


def test_the_sum_does_not_depend_on_the_number_of_threads(monkeypatch):
    problem = Problem(data(drawn(700_000)))
    start = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6])
    found = []
    for n in (1, 2, 5):
        monkeypatch.setattr("core.engine.n_threads", lambda n=n: n)
        found.append(expect(problem, start))
    assert len({one.log_likelihood for one in found}) == 1
    assert len({one.moments.sds.tobytes() for one in found}) == 1


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("counted", [False, True])
def test_several_columns_leave_the_same_sums(covariance, counted):
    rng = np.random.default_rng(3)
    family = make_family("gaussian", Setting(covariance, None, 3))
    sds = np.ones((3, 3)) if covariance in ("tied", "spherical") else rng.uniform(0.5, 2.0, (3, 3))
    start = Mixture(
        family,
        np.array([0.2, 0.5, 0.3]),
        {"mean": rng.normal(0, 3, (3, 3)), "covariance": np.square(sds)[:, :, None] * np.eye(3)},
    )
    rows = Data(start.sample(5000, rng)[0], ("a", "b", "c"), counts=rng.uniform(0.5, 2, 5000) if counted else None)
    problem = Problem(rows)
    made, expected = expect(problem, start), by_numpy(lambda: expect(problem, start))
    assert_allclose(made.counts, expected.counts, rtol=EXACT)
    assert_allclose(made.log_likelihood, expected.log_likelihood, rtol=EXACT)
    assert_allclose(made.entropy, expected.entropy, rtol=1e-11)
    one, other = maximize(problem, start, made), maximize(problem, start, expected)
    assert_allclose(one.parameters["mean"], other.parameters["mean"], rtol=EXACT, atol=EXACT)
    assert_allclose(one.parameters["covariance"], other.parameters["covariance"], rtol=EXACT, atol=EXACT)


def test_columns_whose_mean_lies_far_from_their_rows_keep_their_digits():
    rng = np.random.default_rng(1)
    family = make_family("gaussian", Setting("full", None, 2))
    values = rng.normal(0, 1, (2000, 2)) @ np.array([[1e-3, 0.9e-3], [0.0, 1e-4]]) + [5.0, -7.0]
    start = Mixture(family, np.ones(1), {"mean": np.zeros((1, 2)), "covariance": 100 * np.eye(2)[None]})
    problem = Problem(Data(values, ("a", "b")))
    made, expected = expect(problem, start), by_numpy(lambda: expect(problem, start))
    assert_allclose(made.moments.covariances, expected.moments.covariances, rtol=1e-9)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_curvature_is_the_same(k, counted):
    rng = np.random.default_rng(k)
    values = drawn(2000)
    start = mixture(rng.dirichlet(np.ones(k) * 4), rng.normal(0, 2, k), rng.uniform(0.5, 1.5, k))
    problem = Problem(data(values, rng.uniform(0.2, 2, 2000) if counted else None))
    made, expected = curvature(problem, start), by_numpy(lambda: curvature(problem, start))
    assert_allclose(made.negative_hessian, expected.negative_hessian, rtol=0, atol=1e-12)
    assert_allclose(made.gradient, expected.gradient, rtol=0, atol=1e-10 * np.abs(expected.gradient).max())


def test_log_likelihood_and_icl_are_the_same():
    problem = Problem(data(drawn(3000)))
    start = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6])
    assert_allclose(log_likelihood(problem, start), by_numpy(lambda: log_likelihood(problem, start)), rtol=EXACT)
    assert_allclose(icl(problem, start, 5.0), by_numpy(lambda: icl(problem, start, 5.0)), rtol=EXACT)


def test_icl_of_several_columns_is_the_same():
    rng = np.random.default_rng(3)
    family = make_family("gaussian", Setting("full", None, 2))
    start = Mixture(
        family,
        np.array([0.4, 0.6]),
        {"mean": np.array([[0.0, 1], [2, 0]]), "covariance": np.ones((2, 1, 1)) * np.eye(2)},
    )
    problem = Problem(Data(start.sample(3000, rng)[0], ("a", "b"), counts=rng.uniform(0.5, 2, 3000)))
    assert_allclose(icl(problem, start, 5.0), by_numpy(lambda: icl(problem, start, 5.0)), rtol=EXACT)


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_a_run_made_at_a_stretch_has_the_same_iterations(covariance):
    rows = data(drawn(500))
    start = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0], covariance)
    options = FitOptions(n_components=3, covariance=covariance)
    made, expected = list(ended(run(rows, options, start))), by_numpy(lambda: list(ended(run(rows, options, start))))
    assert len(made) == len(expected) > 20
    for one, other in zip(made, expected, strict=True):
        assert (one.number, one.n_passes, one.watched.look_again) == (
            other.number,
            other.n_passes,
            other.watched.look_again,
        )
        for name in ("log_likelihood", "bound_after_m", "bound_after_e"):
            assert_allclose(getattr(one, name), getattr(other, name), rtol=EXACT)
        assert_allclose(one.mixture.parameters["sd"], other.mixture.parameters["sd"], rtol=1e-9)
    assert made[-1].outcome.status == expected[-1].outcome.status == "converged"


def test_a_run_paused_within_a_stretch_goes_on_bit_for_bit():
    rows, options = data(drawn(500)), FitOptions(n_components=3)
    start = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])
    whole = list(ended(run(rows, options, start)))
    from core.em import resume

    for place in (1, 7, 40):
        rest = list(ended(resume(rows, options, whole[place])))
        assert [one.log_likelihood for one in rest] == [one.log_likelihood for one in whole[place + 1 :]]


def test_a_fit_records_stretches_as_it_records_iterations():
    rows, options = data(drawn(500)), FitOptions(n_components=3)
    start = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])
    result, tape = fit(rows, options, start=start)
    single = History()
    for iteration in ended(run(rows, options, start)):
        single.append(iteration)
    assert len(tape) == len(single) == result.number + 1
    for name in ("log_likelihood", "bound_after_m", "bound_after_e", "entropy", "n_passes"):
        assert_allclose(tape.scalar(name), single.scalar(name), rtol=0, atol=0)
    for number in (0, 1, 63, 64, 65, result.number):
        assert_allclose(tape.parameters(number).weights, single.parameters(number).weights, rtol=0, atol=0)


@pytest.mark.parametrize("kept", [1, 2, 7, 16, 100])
def test_a_stretch_on_a_thinned_tape_is_thinned_too(kept):
    rows, options = data(drawn(500)), FitOptions(n_components=3)
    start = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])
    tape, single = History(kept), History(kept)
    for part in whole(rows, options, start):
        if isinstance(part, Stretch):
            tape.extend(part)
        else:
            tape.append(part)
    for iteration in ended(run(rows, options, start)):
        single.append(iteration)
    assert len(tape) == len(single) > 64
    held = [number for number in range(len(single)) if single.is_kept(number)]
    assert held == [number for number in range(len(tape)) if tape.is_kept(number)]
    for number in held:
        assert_allclose(tape.parameters(number).weights, single.parameters(number).weights, rtol=0, atol=0)
    with pytest.raises(ValueError, match="does not follow"):
        tape.extend(next(part for part in whole(rows, options, start) if isinstance(part, Stretch)))


def test_a_stretch_ends_before_a_component_might_have_collapsed():
    rows = data(np.concatenate([drawn(200), np.full(30, 7.77)]))
    start = mixture([0.8, 0.2], [0.0, 7.5], [2.0, 0.5])
    made = [one.outcome for one in ended(run(rows, FitOptions(), start))]
    expected = by_numpy(lambda: [one.outcome for one in ended(run(rows, FitOptions(), start))])
    assert made[-1].status == expected[-1].status == "degenerate"
    assert len(made) == len(expected)
    assert made[-1].message == expected[-1].message


def test_steps_at_a_stretch_leave_many_rows_to_the_threads():
    many = data(drawn(100_000))
    start = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6])
    state = State(start, expect(Problem(many), start))
    assert steps(start, state.statistics, many, 10, safe_sd(many)) is None


def test_without_a_word_small_fits_are_left_to_numpy(monkeypatch):
    monkeypatch.setattr(kernels, "_always", [])
    assert not kernels.ready(1000)
    assert kernels.ready(kernels.LEAST_CELLS)


def test_where_numba_is_missing_everything_still_works(monkeypatch):
    from core.kernels import compiling

    monkeypatch.setattr(kernels, "_always", [])
    monkeypatch.setattr(compiling, "_known", [])
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    assert not kernels.load()
    assert not kernels.ready(10**9)
    assert compiling.background() is None
    rows = data(drawn(30_000))
    start = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6])
    for algorithm in ("em", "fast"):
        options = FitOptions(n_components=3, algorithm=algorithm)
        last = list(islice(ended(run(rows, options, start)), 3))[-1]
        assert np.isfinite(last.log_likelihood)
