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
