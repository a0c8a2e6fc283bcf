"""Counts of events."""

import numpy as np
import pytest
from cases import data
from scipy import special

from core import FitOptions, InputError, Mixture, fit
from core.families.poisson import Poisson

FAMILY = Poisson()
DEATHS = data(np.arange(10.0), [162, 267, 271, 185, 111, 61, 27, 8, 3, 1])
HORSE_KICKS = data(np.arange(5.0), [109, 65, 22, 3, 1])


def test_em_leads_to_hasselblads_optimum():
    # Deaths of women of 80 and over by day, The Times 1910 to 1912 (Hasselblad 1969; Titterington et al. 1985).
    start = Mixture(FAMILY, np.array([0.3, 0.7]), {"rate": np.array([1.0, 2.5])})
    options = FitOptions(family="poisson", tolerance=1e-12)
    result, history = fit(DEATHS, options, start)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(-1989.945859883, rel=0, abs=1e-8)
    assert result.mixture.weights[0] == pytest.approx(0.3598853970, abs=1e-6)
    np.testing.assert_allclose(result.mixture.parameters["rate"], [1.2560951013, 2.6634043567], atol=2e-6)
    assert (np.diff(history.scalar("log_likelihood")) > -1e-11).all()
    bounds, exact = history.scalar("bound_after_m")[1:], history.scalar("log_likelihood")
    assert (bounds <= exact[1:] + 1e-11).all()
    assert (bounds >= exact[:-1] - 1e-11).all()


def test_one_component_has_the_mean_as_its_rate():
    # Prussian soldiers killed by horse kicks (von Bortkiewicz 1898); certified to 18 digits.
    result, _ = fit(HORSE_KICKS, FitOptions(n_components=1, family="poisson"))
    assert result.mixture.parameters["rate"][0] == pytest.approx(0.61, rel=1e-14)
    assert result.log_likelihood == pytest.approx(-206.106721471754082, rel=1e-13)
    assert result.aic == pytest.approx(414.213442943508164, rel=1e-13)


def test_of_two_components_for_horse_kicks_one_is_superfluous():
    # They vary less than one Poisson distribution would: no two rates are better than one.
    result, _ = fit(HORSE_KICKS, FitOptions(family="poisson"))
    assert result.outcome.status == "converged"
    assert "components 1 and 2 coincide, so one is superfluous" in result.outcome.message
    assert result.log_likelihood == pytest.approx(-206.106721471754, rel=0, abs=1e-5)


def test_a_rate_of_zero_gives_zero_and_nothing_else():
    parameters = {"rate": np.array([0.0, 2.0])}
    density = FAMILY.log_density(parameters, np.array([0.0, 1.0, 7.0]))
    np.testing.assert_array_equal(density[0], [0.0, -np.inf, -np.inf])
    np.testing.assert_array_equal(FAMILY.cdf(parameters, np.array([-1.0, 0.0, 3.0]))[0], [0.0, 1.0, 1.0])
    assert FAMILY.contraction(parameters).shape == (2, 1)
    assert (FAMILY.spread(parameters) > 0).all()
    FAMILY.check(parameters)
    zeros, counts = np.zeros(3), np.array([3.0, 0.0])
    shares = np.stack([np.ones(3), np.zeros(3)])
    moments = FAMILY.moments(parameters, zeros, shares, counts)
    np.testing.assert_array_equal(FAMILY.expected_log_density(parameters, counts, moments), [0.0, 0.0])
    np.testing.assert_array_equal(FAMILY.maximize(counts, moments)["rate"], [0.0, 2.0])
    with pytest.raises(InputError, match="rate of component 2 must be 0 or greater"):
        FAMILY.check({"rate": np.array([1.0, -0.1])})


def test_a_component_on_zeros_alone_is_no_collapse():
    # More zeros than a Poisson distribution has: a rate goes to 0, where the likelihood stays bounded.
    rng = np.random.default_rng(3)
    values = np.concatenate([np.zeros(150), rng.poisson(6.0, 250)])
    result, _ = fit(data(values), FitOptions(family="poisson"))
    rates = result.mixture.sorted().parameters["rate"]
    assert result.outcome.status == "converged"
    assert rates[0] < 1e-3
    # Zero-inflated: rate/(1 − e^−rate) is the mean of the rows above 0.
    above = values[values > 0].mean()
    assert rates[1] / -np.expm1(-rates[1]) == pytest.approx(above, rel=1e-3)


def test_large_counts_keep_their_digits():
    rate, values = 1e9, 1e9 + np.array([-1e5, -3e4, 0.0, 1.0, 5e4])
    density = FAMILY.log_density({"rate": np.array([rate])}, values)[0]
    ratios = np.diff(density)
    # log f(b) − log f(a) = Σ log(rate/i) over i = a + 1 … b, here by the integral of the logarithm (Euler-Maclaurin).
    away = values - rate
    sums = [-(a * a / 2 + a / 2) / rate + (a**3 / 6 + a * a / 4) / rate**2 - a**4 / 12 / rate**3 for a in away]
    np.testing.assert_allclose(ratios, np.diff(sums), rtol=0, atol=1e-7)
    assert density[2] == pytest.approx(-0.5 * np.log(2 * np.pi * 1e9) - 1 / 12e9, rel=1e-14)
    small = np.arange(200.0)
    direct = special.xlogy(small, 30.0) - 30.0 - special.gammaln(small + 1.0)
    np.testing.assert_allclose(FAMILY.log_density({"rate": np.array([30.0])}, small)[0], direct, rtol=1e-12)


def test_values_that_are_no_counts_are_refused():
    with pytest.raises(InputError, match=r"whole numbers from 0 up, but “x” is 2.5 in row 3"):
        fit(data([0.0, 1.0, 2.5, 4.0]), FitOptions(n_components=1, family="poisson"))
    with pytest.raises(InputError, match=r"“x” is -1 in row 1"):
        fit(data([-1.0, 1.0, 2.0, 4.0]), FitOptions(n_components=1, family="poisson"))


def test_beside_a_huge_count_the_lower_bound_keeps_its_digits():
    rows = data(np.r_[DEATHS.column, 1e12, 1e18])
    result, history = fit(rows, FitOptions(3, family="poisson", algorithm="annealed"))
    bounds, exact = history.scalar("bound_after_m")[1:], history.scalar("log_likelihood")[1:]
    assert (bounds <= exact + 1e-7).all()
    assert (history.scalar("bound_after_e") <= history.scalar("log_likelihood") + 1e-9).all()
    assert result.outcome.status == "converged"
