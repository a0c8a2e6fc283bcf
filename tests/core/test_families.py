"""What every family promises, whichever it is. A new family adds one entry to EXAMPLES."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import pytest
from cases import data
from scipy import stats

from core import FitOptions, InputError, Mixture
from core.em import run, start_of
from core.expectation import lower_bound
from core.families import FAMILIES, make_family
from core.families.family import Setting

PLAIN = Setting()


@dataclass(frozen=True)
class Example:
    """Parameters for K = 2, the distribution of component k in SciPy, and values at which both are compared.

    values: also some far out and some the family cannot take. bound: the expected log-density is that of the rows only
    at the parameters of the E step, and below it elsewhere (else it is that of the rows wherever it is finite).
    """

    parameters: dict[str, list[float]]
    in_scipy: Callable
    values: np.ndarray
    setting: Setting = PLAIN
    bound: bool = False

    def made(self, name):
        return FAMILIES[name](self.setting), {key: np.array(each) for key, each in self.parameters.items()}


POSITIVE_VALUES = np.concatenate([[-3.0, -1e-9], np.geomspace(1e-9, 60.0, 40)])
EXAMPLES = [
    (
        "gaussian",
        Example(
            {"mean": [-1.0, 2.5], "sd": [0.5, 1.5]},
            lambda p, k: stats.norm(p["mean"][k], p["sd"][k]),
            np.concatenate([[-1e3, -30.0], np.linspace(-9, 9, 41), [1e3]]),
        ),
    ),
    (
        "gaussian",
        Example(
            {"mean": [-1.0, 2.5], "sd": [0.8, 0.8]},
            lambda p, k: stats.norm(p["mean"][k], p["sd"][k]),
            np.linspace(-9, 9, 41),
            Setting("tied"),
        ),
    ),
    (
        "student_t",
        Example(
            {"location": [-1.0, 2.5], "scale": [0.5, 1.5], "degrees_of_freedom": [4.0, 12.0]},
            lambda p, k: stats.t(p["degrees_of_freedom"][k], p["location"][k], p["scale"][k]),
            np.concatenate([[-1e5, -30.0], np.linspace(-9, 9, 41), [1e5]]),
            bound=True,
        ),
    ),
    (
        "lognormal",
        Example(
            {"log_mean": [-0.5, 1.2], "log_sd": [0.7, 0.3]},
            lambda p, k: stats.lognorm(p["log_sd"][k], scale=np.exp(p["log_mean"][k])),
            np.append(POSITIVE_VALUES, 0.0),
        ),
    ),
    (
        "gamma",
        Example(
            {"shape": [1.6, 25.0], "scale": [0.5, 0.2]},
            lambda p, k: stats.gamma(p["shape"][k], scale=p["scale"][k]),
            POSITIVE_VALUES,
        ),
    ),
    (
        "weibull",
        Example(
            {"shape": [1.3, 6.0], "scale": [0.9, 5.0]},
            lambda p, k: stats.weibull_min(p["shape"][k], scale=p["scale"][k]),
            POSITIVE_VALUES,
        ),
    ),
    (
        "exponential",
        Example(
            {"rate": [3.0, 0.4]},
            lambda p, k: stats.expon(scale=1.0 / p["rate"][k]),
            np.append(POSITIVE_VALUES, 0.0),
        ),
    ),
    (
        "poisson",
        Example(
            {"rate": [0.7, 40.0]},
            lambda p, k: stats.poisson(p["rate"][k]),
            np.concatenate([[-2.0, 0.5, 1e3], np.arange(0.0, 90.0)]),
        ),
    ),
    (
        "binomial",
        Example(
            {"probability": [0.15, 0.7]},
            lambda p, k: stats.binom(12, p["probability"][k]),
            np.concatenate([[-1.0, 3.5, 13.0], np.arange(0.0, 13.0)]),
            Setting(trials=12),
        ),
    ),
    (
        "uniform",
        Example(
            {"low": [-1.0, 0.0], "high": [4.0, 5.5]},
            lambda p, k: stats.uniform(p["low"][k], p["high"][k] - p["low"][k]),
            np.linspace(-2.0, 6.0, 38),
        ),
    ),
]
of_each = pytest.mark.parametrize(
    ("name", "example"), EXAMPLES, ids=[f"{name} {i}" for i, (name, _) in enumerate(EXAMPLES)]
)


def test_every_family_has_an_example_here():
    assert {name for name, _ in EXAMPLES} == set(FAMILIES)


def expectation(distribution, discrete, function):
    """Mean of function(values) (…, m) under a SciPy distribution: a sum, or Gauss's rule between many quantiles."""
    if discrete:
        low, high = max(distribution.support()[0], -1e4), distribution.isf(1e-16)
        values = np.arange(low, min(high + 2, distribution.support()[1]) + 1)
        return (function(values) * distribution.pmf(values)).sum(axis=-1)
    tail = 10.0 ** np.arange(-14, -0.5, 0.5)
    middle = np.linspace(0.15, 0.85, 15)
    low, high = distribution.support()
    edges = np.concatenate([distribution.ppf(tail), distribution.ppf(middle), distribution.isf(tail[::-1])])
    edges = np.concatenate([[low] if np.isfinite(low) else [], edges, [high] if np.isfinite(high) else []])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    values = ((edges[:-1, np.newaxis] + half) + half * nodes).ravel()
    return (function(values) * distribution.pdf(values) * (half * weights).ravel()).sum(axis=-1)


@of_each
def test_the_density_is_scipys_and_adds_up_to_one(name, example):
    family, parameters = example.made(name)
    found = family.log_density(parameters, example.values)
    for k in range(2):
        reference = example.in_scipy(parameters, k)
        expected = (reference.logpmf if family.discrete else reference.logpdf)(example.values)
        np.testing.assert_allclose(found[k], expected, rtol=1e-11, atol=1e-12)
        # The mean of our density over SciPy's, under SciPy's.
        whole = expectation(
            reference,
            family.discrete,
            lambda x, k=k, reference=reference: np.exp(
                family.log_density(parameters, x)[k] - (reference.logpmf if family.discrete else reference.logpdf)(x)
            ),
        )
        assert whole == pytest.approx(1.0, abs=1e-8)


@of_each
def test_values_it_cannot_take_have_no_density(name, example):
    family, parameters = example.made(name)
    densities = family.log_density(parameters, example.values)
    supported = family.supports(example.values)
    assert (densities[:, ~supported] == -np.inf).all()
    assert bool(family.support) == (not supported.all())
    drawn = family.sample(parameters, np.repeat([0, 1], 500), np.random.default_rng(3))
    assert family.supports(drawn).all()
    assert (np.isfinite(family.log_density(parameters, drawn)).any(axis=0)).all()


@of_each
def test_the_distribution_function_is_scipys_also_far_out(name, example):
    family, parameters = example.made(name)
    values = np.concatenate([[-1e300, -12.0], example.values, [12.0, 1e300]])
    for k in range(2):
        with np.errstate(over="ignore"):
            expected = example.in_scipy(parameters, k).cdf(values)
        np.testing.assert_allclose(family.cdf(parameters, values)[k], expected, rtol=1e-10, atol=1e-300)


@of_each
def test_maximize_recovers_what_sample_drew(name, example):
    family, parameters = example.made(name)
    labels = np.repeat([0, 1], 100_000)
    values = family.sample(parameters, labels, np.random.default_rng(0))
    responsibilities = np.stack([labels == 0, labels == 1]).astype(float)
    counts = responsibilities.sum(axis=1)
    found = family.maximize(counts, family.moments(parameters, values, responsibilities, counts))
    for key, domain in family.domains.items():
        steps = domain.steps(parameters[key], found[key], family.units(parameters))
        assert np.abs(steps).max() < 0.04, key


def soft(name, example, n=400):
    """Rows of both components, shared out at random; the E step's parameters are the example's."""
    family, parameters = example.made(name)
    rng = np.random.default_rng(1)
    values = family.sample(parameters, rng.integers(0, 2, n), rng)
    if family.n_local == 0:
        values = values[np.isfinite(family.log_density(parameters, values)).all(axis=0)]
    responsibilities = rng.dirichlet([1.0, 2.0], len(values)).T
    # Near the example's components, so that the maximum is within reach of a single M step.
    responsibilities = 0.02 * responsibilities + 0.98 * Mixture(family, np.full(2, 0.5), parameters).responsibilities(
        values
    )
    return family, parameters, values, responsibilities


def moments_of(family, parameters, values, responsibilities):
    counts = responsibilities.sum(axis=1)
    return counts, family.moments(parameters, values, responsibilities, counts)


def direct(family, parameters, values, responsibilities):
    return (responsibilities * family.log_density(parameters, values)).sum(axis=1)


@of_each
def test_the_expected_log_density_is_that_of_the_rows(name, example):
    family, parameters, values, responsibilities = soft(name, example)
    counts, moments = moments_of(family, parameters, values, responsibilities)
    here = family.expected_log_density(parameters, counts, moments)
    assert here.shape == (2,)
    np.testing.assert_allclose(here, direct(family, parameters, values, responsibilities), rtol=1e-12)
    best = family.maximize(counts, moments)
    highest = family.expected_log_density(best, counts, moments)
    of_rows = direct(family, best, values, responsibilities)
    if example.bound:
        assert (highest <= of_rows + 1e-12 * np.abs(of_rows)).all()
    else:
        np.testing.assert_allclose(highest, of_rows, rtol=1e-12)


def nearby(family, parameters, length):
    """The parameters moved to both sides along every free local step; without those, along each parameter."""
    free = family.contraction(parameters)
    for direction in range(free.shape[1]):
        for step in (length, -length):
            yield family.displaced(parameters, step * free[:, direction].reshape(family.n_local, 2))
    if family.n_local == 0:
        for key, domain in family.domains.items():
            for step in (length, -length):
                moved = domain.moved(parameters[key], np.full((2, 1), step), family.units(parameters))
                yield {**parameters, key: moved}


@of_each
def test_maximize_is_where_the_expected_log_density_is_highest(name, example):
    family, parameters, values, responsibilities = soft(name, example)
    counts, moments = moments_of(family, parameters, values, responsibilities)
    best = family.maximize(counts, moments)
    family.check(best)
    highest = family.expected_log_density(best, counts, moments).sum()
    others = list(nearby(family, best, 1e-4))
    assert len(others) >= 4
    for away in others:
        assert family.expected_log_density(away, counts, moments).sum() < highest


@of_each
def test_scores_and_second_derivatives_are_those_of_finite_differences(name, example):
    family, parameters = example.made(name)
    values = np.unique(family.sample(parameters, np.repeat([0, 1], 12), np.random.default_rng(5)))
    p, step = family.n_local, 1e-4
    scores, hessians = family.derivatives(parameters, values)
    assert scores.shape == (p, 2, len(values))
    assert hessians.shape == (p, p, 2, len(values))

    def at(*moves):
        steps = np.zeros((p, 2))
        for place, length in moves:
            steps[place] += length
        return family.log_density(family.displaced(parameters, steps), values)

    for i in range(p):
        first = (at((i, step)) - at((i, -step))) / (2 * step)
        np.testing.assert_allclose(scores[i], first, rtol=1e-5, atol=1e-5)
        for j in range(p):
            second = (
                at((i, step), (j, step))
                - at((i, step), (j, -step))
                - at((i, -step), (j, step))
                + at((i, -step), (j, -step))
            ) / (4 * step**2)
            np.testing.assert_allclose(hessians[i, j], second, rtol=1e-3, atol=1e-3)


@of_each
def test_the_information_is_what_one_row_tells_on_average(name, example):
    family, parameters = example.made(name)
    information = family.information(parameters)
    assert information.shape == (family.n_local, 2)
    for k in range(2):
        found = expectation(
            example.in_scipy(parameters, k),
            family.discrete,
            lambda x, k=k: np.square(family.derivatives(parameters, x).scores[:, k]),
        )
        np.testing.assert_allclose(found, information[:, k], rtol=1e-6)


@of_each
def test_the_number_of_parameters_is_the_free_local_steps_and_weights(name, example):
    family, parameters = example.made(name)
    for k in (1, 2, 7):
        repeated = {key: np.resize(array, k) for key, array in parameters.items()}
        free = family.contraction(repeated)
        assert free.shape[0] == family.n_local * k
        # The end points of a uniform distribution count, but its likelihood has no derivatives by them.
        own = free.shape[1] if family.n_local else k * len(family.domains)
        assert family.n_parameters(k) == own + k - 1


@of_each
def test_free_local_steps_lead_to_parameters_that_are_allowed(name, example):
    family, parameters = example.made(name)
    free = family.contraction(parameters)
    steps = (free @ np.linspace(-0.3, 0.4, free.shape[1])).reshape(family.n_local, 2)
    moved = family.displaced(parameters, steps)
    family.check(moved)
    for key in family.parameter_names:
        changed = bool((moved[key] != parameters[key]).any())
        assert changed == (family.n_local > 0)
    if family.covariance == "tied":
        assert np.ptp(family.spread(moved)) == pytest.approx(0.0, abs=1e-15)


@of_each
def test_moments_pool_whatever_the_centres(name, example):
    family, parameters, values, responsibilities = soft(name, example)
    counts, moments = moments_of(family, parameters, values, responsibilities)
    elsewhere = family.displaced(parameters, np.full((family.n_local, 2), 0.01))
    first = moments_of(family, parameters, values[:150], responsibilities[:, :150])
    second = moments_of(family, elsewhere, values[150:], responsibilities[:, 150:])
    np.testing.assert_allclose(first[0] + second[0], counts, rtol=1e-13)
    for one, other in ((first, second), (second, first)):
        pooled = one[1].pooled(one[0], other[1], other[0])
        for at in (parameters, elsewhere):
            apart = family.expected_log_density(at, *one) + family.expected_log_density(at, *other)
            np.testing.assert_allclose(family.expected_log_density(at, counts, pooled), apart, rtol=1e-12)
        if not example.bound:
            whole, added = family.maximize(counts, moments), family.maximize(counts, pooled)
            for key in family.parameter_names:
                np.testing.assert_allclose(added[key], whole[key], rtol=1e-11)
    nothing = moments_of(family, elsewhere, values, np.zeros_like(responsibilities))
    for pooled in (moments.pooled(counts, nothing[1], nothing[0]), nothing[1].pooled(nothing[0], moments, counts)):
        whole, added = family.maximize(counts, moments), family.maximize(counts, pooled)
        for key in family.parameter_names:
            np.testing.assert_allclose(added[key], whole[key], rtol=1e-12)


@of_each
def test_rows_that_count_thrice_weigh_three_times_as_much(name, example):
    family, parameters, values, responsibilities = soft(name, example)
    counts, moments = moments_of(family, parameters, values, responsibilities)
    thrice = moments.scaled(3.0)
    once, more = family.maximize(counts, moments), family.maximize(3.0 * counts, thrice)
    for key in family.parameter_names:
        np.testing.assert_allclose(more[key], once[key], rtol=1e-12)
    expected = family.expected_log_density(parameters, 3.0 * counts, thrice)
    np.testing.assert_allclose(expected, 3.0 * family.expected_log_density(parameters, counts, moments), rtol=1e-12)


@of_each
def test_rows_that_no_one_shares_leave_the_moments_alone(name, example):
    family, parameters, values, responsibilities = soft(name, example)
    counts, moments = moments_of(family, parameters, values, responsibilities)
    far = np.array([20.0, 17.0] if family.discrete else [1e300, 1e-300])
    far = far[family.supports(far)]
    more = np.concatenate([responsibilities, np.zeros((2, len(far)))], axis=1)
    _, added = moments_of(family, parameters, np.concatenate([values, far]), more)
    for key in family.parameter_names:
        found, expected = family.maximize(counts, added)[key], family.maximize(counts, moments)[key]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@of_each
@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_another_unit_changes_nothing_but_the_unit(name, example, factor):
    family, parameters = example.made(name)
    values = family.sample(parameters, np.repeat([0, 1], 200), np.random.default_rng(4))
    if family.discrete:
        assert (family.supports(values * 0.5) == (values % 2 == 0)).all()  # whole numbers have no other unit
        return
    means, sds = np.array([0.8, 4.0]), np.array([0.5, 1.5])
    weights, share = np.full(2, 0.5), np.random.default_rng(6).dirichlet([1.0, 1.0], len(values)).T
    found = []
    for unit in (1.0, factor):
        about = family.resembling(weights, means * unit, sds * unit, values.min() * unit, values.max() * unit)
        about = {key: np.asarray(array) for key, array in about.items()}
        counts, moments = moments_of(family, about, values * unit, share)
        best = family.maximize(counts, moments)
        found.append(
            [
                family.log_density(about, values * unit) + np.log(unit),
                family.location(best) / unit,
                family.spread(best) / unit,
                family.expected_log_density(best, counts, moments) + counts * np.log(unit),
                family.derivatives(about, values * unit).scores,
            ]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@of_each
def test_parameters_that_are_none_are_refused(name, example):
    family, parameters = example.made(name)
    family.check(parameters)
    for key, domain in family.domains.items():
        words = f"{key.replace('_', ' ')} of component 2 must be {domain.words}"
        with pytest.raises(InputError, match=words):
            family.check({**parameters, key: np.array([parameters[key][0], np.nan])})
    if family.covariance == "tied":
        with pytest.raises(InputError, match="same sd"):
            family.check({**parameters, "sd": np.array([1.0, 1.1])})


@of_each
def test_a_start_is_allowed_wherever_its_means_and_sds_came_from(name, example):
    family, parameters = example.made(name)
    values = family.sample(parameters, np.repeat([0, 1], 50), np.random.default_rng(2))
    low, high = values.min(), values.max()
    cases = [(0.3, 1.2), (-1.0, 0.5), (0.0, 1e3), (high, 1e-3), (1e-12, 1e-15)]
    means, sds = (np.array(numbers) for numbers in zip(*cases, strict=True))
    start = family.resembling(np.full(5, 0.2), means, sds, low, high)
    family.check(start)
    assert (family.spread(start) > 0).all()
    assert np.isfinite(family.spread(start)).all()
    assert np.isfinite(family.location(start)).all()
    assert set(start) == set(family.parameter_names)
    assert np.isfinite(family.log_density(start, values)).any(axis=0).all()


def example_options(name, example, **more):
    return FitOptions(family=name, covariance=example.setting.covariance, trials=example.setting.trials, **more)


@of_each
@pytest.mark.parametrize("start", ["kmeans", "random", "quantiles"])
def test_neither_the_log_likelihood_nor_the_lower_bound_falls_in_em(name, example, start):
    family, parameters = example.made(name)
    labels = np.random.default_rng(7).integers(0, 2, 300)
    rows = data(family.sample(parameters, labels, np.random.default_rng(8)))
    options = example_options(name, example, start=start)
    made = list(islice(run(rows, options, start_of(rows, options, np.random.default_rng(9))), 40))
    assert len(made) > 1
    for before, after in pairwise(made):
        rounding = 1e-11 * max(300.0, abs(before.log_likelihood))
        assert before.log_likelihood - rounding <= after.bound_after_m <= after.log_likelihood + rounding
        assert lower_bound(after.mixture, after.state.statistics) == pytest.approx(after.log_likelihood, rel=1e-10)


@of_each
def test_its_name_makes_it(name, example):
    family = make_family(name, example.setting)
    assert family.name == name
    assert family.title
    assert family.parameter_names == tuple(example.parameters)
    assert family.n_local * 2 == family.contraction(example.made(name)[1]).shape[0]
