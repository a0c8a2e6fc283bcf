"""Successes in a known number of trials."""

import numpy as np
import pytest
from cases import data

from core import FitOptions, InputError, Mixture, fit
from core.families.binomial import Binomial

FAMILY = Binomial(8)


def options(**more):
    return FitOptions(**{"family": "binomial", "trials": 8, **more})


def test_without_trials_it_has_a_name_and_asks_for_them():
    assert Binomial().title == "binomial"
    assert "number of trials" in Binomial().support
    with pytest.raises(InputError, match="--family binomial needs --trials N"):
        FitOptions(family="binomial")
    with pytest.raises(InputError, match="--family binomial needs --trials N"):
        FitOptions(family="poisson + binomial")
    with pytest.raises(InputError, match="--family binomial needs --trials N"):
        Binomial().supports(np.zeros(1))
    with pytest.raises(InputError, match="--trials must be 1 or more; 0 is not"):
        Binomial(0)


def test_one_component_has_the_share_of_successes():
    counts = np.array([1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0])  # a fair coin, thrown 8 times, 256 times
    result, _ = fit(data(np.arange(9.0), counts), options(n_components=1))
    assert result.mixture.parameters["probability"][0] == pytest.approx(0.5, rel=1e-14)
    assert result.log_likelihood == pytest.approx((counts * np.log(counts / 256)).sum(), rel=1e-13)
    assert result.outcome.status == "converged"


def test_two_components_for_rows_that_one_explains_coincide():
    counts = np.array([1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0])
    result, _ = fit(data(np.arange(9.0), counts), options(start="random"))
    assert result.outcome.status == "converged"
    assert "components 1 and 2 coincide, so one is superfluous" in result.outcome.message


def test_two_components_are_told_apart():
    truth = Mixture(FAMILY, np.array([0.4, 0.6]), {"probability": np.array([0.2, 0.7])})
    values, _ = truth.sample(20_000, np.random.default_rng(1))
    result, history = fit(data(values), options())
    mixture = result.mixture.sorted()
    np.testing.assert_allclose(mixture.weights, truth.weights, atol=0.015)
    np.testing.assert_allclose(mixture.parameters["probability"], [0.2, 0.7], atol=0.01)
    assert (np.diff(history.scalar("log_likelihood")) > -1e-9).all()


def test_certainty_gives_its_only_value_and_nothing_else():
    parameters = {"probability": np.array([0.0, 1.0, 0.5])}
    density = FAMILY.log_density(parameters, np.array([0.0, 4.0, 8.0]))
    np.testing.assert_array_equal(density[:2], [[0.0, -np.inf, -np.inf], [-np.inf, -np.inf, 0.0]])
    np.testing.assert_array_equal(FAMILY.cdf(parameters, np.array([-1.0, 0.0, 7.0, 8.0, 99.0]))[0], [0, 1, 1, 1, 1])
    np.testing.assert_array_equal(FAMILY.cdf(parameters, np.array([-1.0, 0.0, 7.0, 8.0, 99.0]))[1], [0, 0, 0, 1, 1])
    assert FAMILY.contraction(parameters).shape == (3, 1)
    assert (FAMILY.spread(parameters) > 0).all()
    values, shares = np.array([0.0, 8.0]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    counts = shares.sum(axis=1)
    moments = FAMILY.moments(parameters, values, shares, counts)
    np.testing.assert_array_equal(FAMILY.expected_log_density(parameters, counts, moments), [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(FAMILY.maximize(counts, moments)["probability"], [0.0, 1.0, 0.5])


def test_components_at_certainty_are_no_collapse():
    # Half never, half always: with both probabilities at the end of their range the fit is exact.
    result, _ = fit(data([0.0, 8.0], [30, 20]), options())
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(30 * np.log(0.6) + 20 * np.log(0.4), rel=1e-6)


def test_values_that_no_trials_give_are_refused():
    with pytest.raises(InputError, match=r"whole numbers from 0 to 8, but “x” is 9 in row 2"):
        fit(data([1.0, 9.0, 3.0]), options(n_components=1))
