"""The compiled E step for several columns, beside the one that NumPy makes block by block."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from core import engine
from core.expectation import share_out
from core.families.covariances import factor, sds_of
from core.families.multivariate_gaussian import LOG_2PI, MultivariateGaussian
from core.mixture import Mixture

pytest.importorskip("numba")


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """What is compiled is there before anybody looks at a clock."""
    from core.kernels import normals

    return normals


def mixture_of(d, n_components, seed, shape="full", apart=3.0):
    """A mixture with covariances of this shape, and whether they are diagonal."""
    rng = np.random.default_rng(seed)
    lower = np.tril(rng.normal(0.0, 0.3, (n_components, d, d))) + np.eye(d) * rng.uniform(0.5, 2.0, (d, 1))
    family = MultivariateGaussian(shape, d)
    weights = rng.dirichlet(np.full(n_components, 3.0))
    covariances = family._shaped(weights, lower @ np.swapaxes(lower, 1, 2))
    return Mixture(family, weights, {"mean": rng.normal(0.0, apart, (n_components, d)), "covariance": covariances})


def taken(mixture):
    """What the compiled passes take of a mixture."""
    means, covariances = mixture.parameters["mean"], mixture.parameters["covariance"]
    lower = factor(covariances)
    with np.errstate(divide="ignore"):
        log_norms = np.log(mixture.weights) - 0.5 * (lower.log_determinant + means.shape[1] * LOG_2PI)
    if mixture.family.covariance in ("full", "tied"):
        return log_norms, means, lower.inverse
    return log_norms, means, 1.0 / sds_of(covariances)


def compiled(mixture, values, counts=None, centres=None):
    from core.kernels import normals

    log_norms, means, inverse = taken(mixture)
    return normals.e_step(values, counts, log_norms, means, inverse, means if centres is None else centres)


def assert_same(sums, mixture, values, counts=None, rtol=1e-12):
    """Sums about the means are those that NumPy's moments come from, in units of each component's sds."""
    expected = share_out(mixture, values, counts)
    magnitude = np.abs(mixture.log_density(values)).max() * expected.n
    assert_allclose(sums.log_likelihood, expected.log_likelihood, rtol=rtol, atol=1e-14 * magnitude)
    assert_allclose(sums.entropy, expected.entropy, rtol=rtol, atol=1e-13 * magnitude)
    assert_allclose(sums.counts, expected.counts, rtol=rtol, atol=1e-13)
    held = sums.counts > 1e-9
    counts, moments = sums.counts[held], expected.moments
    sds = np.maximum(sds_of(mixture.parameters["covariance"]), sds_of(moments.covariances))[held]
    offsets = sums.firsts[held] / counts[:, None]
    assert_allclose(offsets / sds, moments.offsets[held] / sds, rtol=rtol, atol=rtol)
    seconds = moments.covariances[held] + moments.offsets[held][:, :, None] * moments.offsets[held][:, None, :]
    scales = np.sqrt(np.diagonal(seconds, axis1=1, axis2=2))
    if sums.seconds.ndim == 2:
        assert_allclose(sums.seconds[held] / counts[:, None] / scales**2, 1.0, rtol=rtol)
    else:
        unit = scales[:, :, None] * scales[:, None, :]
        assert_allclose(sums.seconds[held] / counts[:, None, None] / unit, seconds / unit, rtol=rtol, atol=rtol)
        assert_array_equal(sums.seconds, np.swapaxes(sums.seconds, 1, 2))


@given(
    d=st.integers(1, 12),
    n_components=st.integers(1, 12),
    n=st.integers(1, 700),
    shape=st.sampled_from(["full", "tied", "diag", "spherical"]),
    is_counted=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_sums_are_those_of_numpy(d, n_components, n, shape, is_counted, seed):
    mixture = mixture_of(d, n_components, seed, shape)
    rng = np.random.default_rng(seed)
    values, _ = mixture.sample(n, rng)
    counts = rng.uniform(0.1, 5.0, n) if is_counted else None
    assert_same(compiled(mixture, values, counts), mixture, values, counts)


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_many_columns_and_many_rows_are_summed_up_as_well(shape):
    mixture = mixture_of(31, 5, seed=1, shape=shape)
    values, _ = mixture.sample(20_011, np.random.default_rng(2))
    assert_same(compiled(mixture, values), mixture, values)


@pytest.mark.parametrize("is_sorted", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_an_offset_and_an_order_cost_no_digits(offset, is_sorted):
    mixture = mixture_of(3, 4, seed=3)
    values = mixture.sample(9_001, np.random.default_rng(4))[0] + offset
    if is_sorted:
        values = values[np.argsort(values[:, 0])]
    parameters = {**mixture.parameters, "mean": mixture.parameters["mean"] + offset}
    moved = Mixture(mixture.family, mixture.weights, parameters)
    assert_same(compiled(moved, values), moved, values)


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_means_a_million_apart_with_sds_of_a_thousandth_are_told_apart(shape):
    family = MultivariateGaussian(shape, 2)
    means = np.array([[0.0, 0.0], [1e6, -1e6], [1e6, 1e6]])
    covariances = np.full((3, 1, 1), 1e-6) * np.eye(2)
    mixture = Mixture(family, np.array([0.5, 0.3, 0.2]), {"mean": means, "covariance": covariances})
    values, labels = mixture.sample(3_000, np.random.default_rng(5))
    sums = compiled(mixture, values)
    assert_array_equal(sums.counts, np.bincount(labels))
    assert_same(sums, mixture, values)


def test_rows_in_far_tails_belong_to_the_nearest_component():
    mixture = mixture_of(2, 3, seed=6)
    directions = np.random.default_rng(7).normal(size=(200, 2))
    for distance in (1e2, 1e4, 1e8):
        assert_same(compiled(mixture, distance * directions), mixture, distance * directions)


@pytest.mark.parametrize("shape", ["full", "diag"])
@pytest.mark.parametrize("n", [1, 129, 5_000])
def test_a_row_whose_density_is_0_everywhere_makes_the_log_likelihood_minus_infinity(shape, n):
    from core.kernels import normals

    mixture = mixture_of(2, 3, seed=8, shape=shape)
    values, _ = mixture.sample(n, np.random.default_rng(9))
    values[-1] = 1e200, 0.0
    for counts in (None, np.full(n, 2.0)):
        assert compiled(mixture, values, counts).log_likelihood == -np.inf
        assert normals.log_likelihood(values, counts, *taken(mixture)) == -np.inf


def test_a_component_without_weight_gets_nothing():
    mixture = mixture_of(3, 3, seed=10)
    emptied = Mixture(mixture.family, np.array([0.4, 0.0, 0.6]), mixture.parameters)
    values, _ = emptied.sample(500, np.random.default_rng(11))
    sums = compiled(emptied, values)
    assert sums.counts[1] == 0.0
    assert_array_equal(sums.seconds[1], 0.0)
    assert_same(sums, emptied, values)


def test_sums_may_be_taken_about_other_centres_than_the_means():
    mixture = mixture_of(3, 2, seed=12)
    values, _ = mixture.sample(2_000, np.random.default_rng(13))
    centres = values[:2]
    sums = compiled(mixture, values, centres=centres)
    moments = share_out(mixture, values, None).moments
    offsets = sums.firsts / sums.counts[:, None]
    assert_allclose(centres + offsets, moments.means, rtol=1e-12)
    scatter = sums.seconds / sums.counts[:, None, None] - offsets[:, :, None] * offsets[:, None, :]
    assert_allclose(scatter, moments.covariances, rtol=1e-11, atol=1e-12)


def test_a_row_counted_twice_is_two_rows_and_one_counted_0_times_is_none():
    mixture = mixture_of(2, 3, seed=14)
    values, _ = mixture.sample(300, np.random.default_rng(15))
    counts = np.random.default_rng(16).integers(0, 3, 300)
    counted, repeated = compiled(mixture, values, counts.astype(float)), compiled(mixture, values.repeat(counts, 0))
    for one, other in zip(counted, repeated, strict=True):
        assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@given(d=st.integers(1, 12), n_components=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_the_log_likelihood_alone_is_that_of_the_e_step(d, n_components, seed):
    from core.kernels import normals

    mixture = mixture_of(d, n_components, seed, "full" if seed % 2 else "diag")
    values, _ = mixture.sample(333, np.random.default_rng(seed))
    counts = np.random.default_rng(seed).uniform(0.5, 2.0, 333) if seed % 3 else None
    alone = normals.log_likelihood(values, counts, *taken(mixture))
    assert alone == compiled(mixture, values, counts).log_likelihood


def test_a_log_likelihood_beyond_all_numbers_is_not_finite():
    mixture = mixture_of(2, 2, seed=17)
    assert not np.isfinite(compiled(mixture, np.full((3, 2), np.nan)).log_likelihood)


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_the_sums_do_not_depend_on_the_number_of_threads(monkeypatch, shape):
    mixture = mixture_of(3, 4, seed=18, shape=shape)
    values, _ = mixture.sample(200_003, np.random.default_rng(19))
    made = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(engine, "n_threads", lambda n_threads=n_threads: n_threads)
        made.append(compiled(mixture, values))
    for other in made[1:]:
        for one, same in zip(made[0], other, strict=True):
            assert_array_equal(one, same)


def test_a_pass_needs_no_memory_that_grows_with_the_rows():
    mixture = mixture_of(2, 8, seed=20)
    values, _ = mixture.sample(500_000, np.random.default_rng(21))
    compiled(mixture, values)
    tracemalloc.start()
    compiled(mixture, values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000  # shares of all rows would be 32 MB


def test_the_arrays_given_are_left_as_they_are_and_may_be_read_only():
    mixture = mixture_of(3, 2, seed=22)
    values, _ = mixture.sample(100, np.random.default_rng(23))
    counts = np.ones(100)
    before = values.copy()
    values.flags.writeable = counts.flags.writeable = False
    compiled(mixture, values, counts)
    assert_array_equal(values, before)
    assert_same(compiled(mixture, np.asfortranarray(values), counts), mixture, values)
