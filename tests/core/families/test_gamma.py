"""Gamma components from nearly one value to over all magnitudes."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from cases import data
from certified_positive import assert_certified, certified
from scipy import special, stats

from core import FitOptions, InputError, fit
from core.families.gamma import Gamma, MeanAndDivergence
from core.ratios import divergence


@certified("gamma")
def test_the_fit_is_the_certified_one(entry):
    assert_certified(entry)


def test_the_shape_is_found_to_rounding_from_a_millionth_to_a_million_million():
    # log a − ψ(a): as it stands for small shapes, and its asymptotic series for large ones.
    small = np.geomspace(1e-6, 5.0, 60)
    large = np.geomspace(1e3, 1e12, 60)
    series = 1 / (2 * large) + 1 / (12 * large**2) - 1 / (120 * large**4) + 1 / (252 * large**6)
    shapes = np.concatenate([small, large])
    divergences = np.concatenate([np.log(small) - special.psi(small), series])
    moments = MeanAndDivergence(np.full(120, 3.0), np.zeros(120), divergences)
    found = Gamma().maximize(np.ones(120), moments)
    np.testing.assert_allclose(found["shape"], shapes, rtol=3e-14)
    np.testing.assert_allclose(found["shape"] * found["scale"], 3.0, rtol=1e-15)


def test_the_divergence_keeps_its_digits_where_the_ratio_is_nearly_one():
    excess = np.concatenate([s * np.geomspace(1e-12, 0.999, 200) for s in (1, -1)] + [np.geomspace(1, 1e6, 20)])
    with localcontext() as context:
        context.prec = 60
        expected = [float(Decimal(e) - (1 + Decimal(e)).ln()) for e in excess]
    np.testing.assert_allclose(divergence(1.0 + excess, excess), expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [1e-3, 0.3, 9.99, 10.01, 400.0])
def test_the_density_is_scipys_for_small_and_large_shapes(shape):
    values = stats.gamma(shape, scale=2.0).ppf(np.linspace(0.01, 0.99, 25))
    values = values[values > 1e-250]
    parameters = {"shape": np.array([shape]), "scale": np.array([2.0])}
    expected = stats.gamma(shape, scale=2.0).logpdf(values)
    np.testing.assert_allclose(Gamma().log_density(parameters, values)[0], expected, rtol=1e-11, atol=1e-11)


def test_a_narrow_component_is_nearly_normal_to_the_last_digits():
    shape, z = 1e12, np.linspace(-4, 4, 17)
    parameters = {"shape": np.array([shape]), "scale": np.array([3.0 / shape])}
    values = 3.0 + 3e-6 * z
    z = (values - 3.0) / 3e-6
    # The normal density and the first term beyond: (z³/3 − z)/√shape.
    expected = stats.norm.logpdf(z) - np.log(3e-6) + (z**3 / 3 - z) * 1e-6
    np.testing.assert_allclose(Gamma().log_density(parameters, values)[0], expected, rtol=0, atol=1e-9)


def test_a_narrow_component_is_found_from_blocks_seen_from_different_places():
    rng = np.random.default_rng(0)
    values = 5.0 * (1.0 + 1e-6 * rng.standard_normal(4000))
    family, total = Gamma(), None
    for part, mean in ((values[:1500], 5.00001), (values[1500:], 4.99998)):
        about = {"shape": np.array([1e10]), "scale": np.array([mean * 1e-10])}
        counts = np.array([float(len(part))])
        moments = family.moments(about, part, np.ones((1, len(part))), counts)
        total = (counts, moments) if total is None else (total[0] + counts, total[1].pooled(total[0], moments, counts))
    found = family.maximize(*total)
    relative = (values - 5.0) / 5.0
    variance = np.square(relative - relative.mean()).mean()
    assert found["shape"][0] == pytest.approx(1.0 / variance, rel=1e-5)
    mean = found["shape"][0] * found["scale"][0]
    assert mean == pytest.approx(values.mean(), rel=1e-14)


def test_a_share_of_equal_rows_has_a_narrow_finite_component():
    about = {"shape": np.array([4.0]), "scale": np.array([0.5])}
    counts = np.array([3.0])
    found = Gamma().maximize(counts, Gamma().moments(about, np.full(3, 7.0), np.ones((1, 3)), counts))
    assert Gamma().location(found)[0] == pytest.approx(7.0, rel=1e-14)
    assert 0.0 < Gamma().spread(found)[0] < 7e-7


def test_a_start_has_the_means_and_sds_it_was_asked_for():
    means, sds = np.array([1.0, 5.0, 1e9]), np.array([0.2, 12.0, 1e4])
    start = Gamma().resembling(np.full(3, 1 / 3), means, sds, np.array(0.1), np.array(2e9))
    np.testing.assert_allclose(Gamma().location(start), means, rtol=1e-14)
    np.testing.assert_allclose(Gamma().spread(start), sds, rtol=1e-14)


def test_zero_is_refused():
    with pytest.raises(InputError, match=r"numbers greater than 0, but “x” is 0 in row 2"):
        fit(data([1.0, 0.0, 2.0, 3.0, 4.0, 5.0]), FitOptions(family="gamma"))


@pytest.mark.parametrize("scale", [1e296, 1e-288])
def test_any_unit_gives_the_same_fit_while_float64_holds_it(scale):
    values = np.concatenate([stats.gamma(2).rvs(100, random_state=0), stats.gamma(20).rvs(100, random_state=1)])
    plain, _ = fit(data(values), FitOptions(family="gamma"))
    made, _ = fit(data(values * scale), FitOptions(family="gamma"))
    np.testing.assert_allclose(made.mixture.parameters["shape"], plain.mixture.parameters["shape"], rtol=1e-9)
    np.testing.assert_allclose(made.mixture.parameters["scale"] / scale, plain.mixture.parameters["scale"], rtol=1e-9)
    assert made.log_likelihood == pytest.approx(plain.log_likelihood - 200 * np.log(scale), rel=1e-12)


def test_values_and_ratios_that_float64_cannot_hold_are_refused_in_words():
    values = stats.gamma(2).rvs(100, random_state=0)
    for family in ("gamma", "gamma+uniform"):
        with pytest.raises(InputError, match=r"too far for gamma.* use a larger unit"):
            fit(data(values * 1e300), FitOptions(family=family))
        with pytest.raises(InputError, match=r"runs from 1e-300 to .*too large a ratio"):
            fit(data(np.r_[values, 1e-300]), FitOptions(family=family))
    result, history = fit(data(np.r_[values, 1e-285]), FitOptions(family="gamma"))
    assert result.log_likelihood == pytest.approx(result.mixture.log_density(np.r_[values, 1e-285]).sum(), rel=1e-12)
    assert (np.diff(history.scalar("log_likelihood")) >= -1e-9).all()


def test_a_share_of_nothing_but_a_tiny_value_has_a_mean_beside_any_other():
    values = np.concatenate([stats.gamma(2).rvs(100, random_state=0), stats.gamma(20).rvs(100, random_state=1)])
    options = [FitOptions(family="gamma+uniform", algorithm=name) for name in ("em", "sparse")]
    plain, sparse = (fit(data(np.r_[values, 1e-285]), one)[0].log_likelihood for one in options)
    assert sparse == pytest.approx(plain, abs=1e-5)
