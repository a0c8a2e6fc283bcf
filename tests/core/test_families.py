"""What every family promises, whichever it is."""

import numpy as np
import pytest
from scipy import integrate, stats

from core import InputError
from core.families import FAMILIES
from core.families.family import Setting

VARIANTS = [(name, covariance) for name in FAMILIES for covariance in ("full", "tied")]
EXAMPLES = {"gaussian": {"mean": np.array([-1.0, 2.5]), "sd": np.array([0.5, 1.5])}}
TIED = {"gaussian": {"mean": np.array([-1.0, 2.5]), "sd": np.array([0.8, 0.8])}}
IN_SCIPY = {"gaussian": lambda parameters, k: stats.norm(parameters["mean"][k], parameters["sd"][k])}

pytestmark = pytest.mark.parametrize(("name", "covariance"), VARIANTS)


def example(name, covariance):
    return FAMILIES[name](Setting(covariance)), (EXAMPLES if covariance == "full" else TIED)[name]


def test_the_density_integrates_to_one_and_is_scipys(name, covariance):
    family, parameters = example(name, covariance)
    values = np.linspace(-9, 9, 41)
    for k in range(2):
        reference = IN_SCIPY[name](parameters, k)
        np.testing.assert_allclose(family.log_density(parameters, values)[k], reference.logpdf(values), rtol=1e-12)
        area, _ = integrate.quad(lambda x, k=k: np.exp(family.log_density(parameters, np.array([x]))[k, 0]), -30, 30)
        assert area == pytest.approx(1.0, abs=1e-8)


def test_the_distribution_function_is_scipys_also_far_out(name, covariance):
    family, parameters = example(name, covariance)
    values = np.array([-1e300, -12.0, -1.0, 0.0, 2.5, 12.0, 1e300])
    for k in range(2):
        np.testing.assert_allclose(
            family.cdf(parameters, values)[k], IN_SCIPY[name](parameters, k).cdf(values), rtol=1e-11
        )


def test_maximize_recovers_what_sample_drew(name, covariance):
    family, parameters = example(name, covariance)
    labels = np.repeat([0, 1], 100_000)
    values = family.sample(parameters, labels, np.random.default_rng(0))
    responsibilities = np.stack([labels == 0, labels == 1]).astype(float)
    counts = responsibilities.sum(axis=1)
    found = family.maximize(counts, family.moments(parameters, values, responsibilities, counts))
    for key in family.parameter_names:
        np.testing.assert_allclose(found[key], parameters[key], atol=0.02)


def soft(family, parameters):
    rng = np.random.default_rng(1)
    values = family.sample(parameters, rng.integers(0, 2, 400), rng)
    responsibilities = rng.dirichlet([1.0, 2.0], 400).T
    counts = responsibilities.sum(axis=1)
    return values, responsibilities, counts, family.moments(parameters, values, responsibilities, counts)


def test_maximize_is_where_the_expected_log_density_is_highest(name, covariance):
    family, parameters = example(name, covariance)
    values, responsibilities, counts, moments = soft(family, parameters)
    best = family.maximize(counts, moments)
    highest = family.expected_log_density(best, counts, moments).sum()
    direct = (responsibilities * family.log_density(best, values)).sum()
    assert highest == pytest.approx(direct, rel=1e-12)
    free = family.contraction(parameters)
    for direction in range(free.shape[1]):
        for step in (1e-4, -1e-4):
            away = family.displaced(best, step * free[:, direction].reshape(family.n_local, 2))
            assert family.expected_log_density(away, counts, moments).sum() < highest


def test_scores_and_second_derivatives_are_those_of_finite_differences(name, covariance):
    family, parameters = example(name, covariance)
    values = np.linspace(-4, 6, 23)
    scores, hessians = family.derivatives(parameters, values)
    step = 1e-4

    def at(*moves):
        steps = np.zeros((family.n_local, 2))
        for place, length in moves:
            steps[place] += length
        return family.log_density(family.displaced(parameters, steps), values)

    for i in range(family.n_local):
        first = (at((i, step)) - at((i, -step))) / (2 * step)
        np.testing.assert_allclose(scores[i], first, rtol=1e-5, atol=1e-5)
        for j in range(family.n_local):
            second = (
                at((i, step), (j, step))
                - at((i, step), (j, -step))
                - at((i, -step), (j, step))
                + at((i, -step), (j, -step))
            ) / (4 * step**2)
            np.testing.assert_allclose(hessians[i, j], second, rtol=1e-3, atol=1e-3)


def test_the_information_is_what_one_row_tells_on_average(name, covariance):
    family, parameters = example(name, covariance)
    for k in range(2):
        nodes = IN_SCIPY[name](parameters, k).ppf((np.arange(200_000) + 0.5) / 200_000)
        scores = family.derivatives(parameters, nodes).scores[:, k]
        np.testing.assert_allclose(np.square(scores).mean(axis=1), family.information(parameters)[:, k], rtol=1e-3)


def test_the_number_of_parameters_is_the_free_local_steps_and_weights(name, covariance):
    family, parameters = example(name, covariance)
    for k in (1, 2, 7):
        repeated = {key: np.resize(array, k) for key, array in parameters.items()}
        assert family.n_parameters(k) == family.contraction(repeated).shape[1] + k - 1


def test_free_local_steps_keep_a_tied_mixture_tied(name, covariance):
    family, parameters = example(name, covariance)
    free = family.contraction(parameters)
    moved = family.displaced(parameters, (free @ np.linspace(-0.3, 0.4, free.shape[1])).reshape(family.n_local, 2))
    family.check(moved)
    if covariance == "tied":
        assert np.ptp(family.spread(moved)) == pytest.approx(0.0, abs=1e-15)


def test_moments_pool_whatever_the_centres(name, covariance):
    family, parameters = example(name, covariance)
    values, responsibilities, counts, moments = soft(family, parameters)
    elsewhere = {key: array + 0.25 for key, array in parameters.items()}
    parts = []
    for part, about in ((slice(None, 150), parameters), (slice(150, None), elsewhere)):
        share = responsibilities[:, part]
        held = share.sum(axis=1)
        parts.append((held, family.moments(about, values[part], share, held)))
    pooled = parts[0][1].pooled(parts[0][0], parts[1][1], parts[1][0])
    whole, added = family.maximize(counts, moments), family.maximize(counts, pooled)
    for key in family.parameter_names:
        np.testing.assert_allclose(added[key], whole[key], rtol=1e-12)


def test_parameters_that_are_none_are_refused(name, covariance):
    family, parameters = example(name, covariance)
    family.check(parameters)
    if "sd" in parameters:
        with pytest.raises(InputError, match="sd of component 2 must be greater than 0"):
            family.check({**parameters, "sd": np.array([1.0, 0.0])})
        if covariance == "tied":
            with pytest.raises(InputError, match="same sd"):
                family.check({**parameters, "sd": np.array([1.0, 1.1])})
