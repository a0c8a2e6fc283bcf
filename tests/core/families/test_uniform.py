"""Background."""

import numpy as np
import pytest
from cases import data

from core import FitOptions, InputError, Mixture, fit
from core.families import make_family
from core.families.family import Setting
from core.families.uniform import Uniform

FAMILY = Uniform()


def test_one_component_reaches_from_the_lowest_to_the_highest_value():
    values = np.array([3.0, 1.0, 7.0, 2.5])
    result, _ = fit(data(values), FitOptions(n_components=1, family="uniform"))
    assert result.mixture.parameters["low"] == 1.0
    assert result.mixture.parameters["high"] == 7.0
    assert result.log_likelihood == pytest.approx(-4 * np.log(6.0), rel=1e-14)
    assert result.outcome.status == "converged"


def test_a_group_is_told_from_its_background():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(3.0, 0.5, 3000), rng.uniform(-10.0, 10.0, 2000)])
    family = make_family("gaussian+uniform", Setting())
    nothing = np.nan
    start = Mixture(
        family,
        np.array([0.5, 0.5]),
        {
            "mean": np.array([1.0, nothing]),
            "sd": np.array([2.0, nothing]),
            "low": np.array([nothing, values.min()]),
            "high": np.array([nothing, values.max()]),
        },
    )
    result, history = fit(data(values), FitOptions(family="gaussian+uniform"), start)
    found = result.mixture.parameters
    assert result.outcome.status == "converged"
    np.testing.assert_allclose(result.mixture.weights, [0.6, 0.4], atol=0.02)
    assert found["mean"][0] == pytest.approx(3.0, abs=0.05)
    assert found["sd"][0] == pytest.approx(0.5, abs=0.05)
    assert found["low"][1] == values.min()
    assert found["high"][1] == values.max()
    assert (np.diff(history.scalar("log_likelihood")) > -1e-9).all()


def test_an_interval_holds_the_rows_with_a_share_and_no_others():
    parameters = {"low": np.array([0.0, 0.0, 2.0]), "high": np.array([9.0, 9.0, 4.0])}
    values = np.array([1.0, 3.0, 5.0, 8.0])
    shares = np.array([[0.0, 1.0, 0.2, 0.0], [1.0, 0.0, 0.8, 1.0], [0.0, 0.0, 0.0, 0.0]])
    counts = shares.sum(axis=1)
    moments = FAMILY.moments(parameters, values, shares, counts)
    best = FAMILY.maximize(counts, moments)
    np.testing.assert_array_equal(best["low"], [3.0, 1.0, 2.0])
    np.testing.assert_array_equal(best["high"], [5.0, 8.0, 4.0])
    narrower = {"low": best["low"] + 0.1, "high": best["high"]}
    assert np.isneginf(FAMILY.expected_log_density(narrower, counts, moments)[:2]).all()


def test_a_single_row_leaves_the_interval_as_wide_as_it_was():
    parameters = {"low": np.array([0.0]), "high": np.array([2.0])}
    moments = FAMILY.moments(parameters, np.array([1.0]), np.ones((1, 1)), np.ones(1))
    best = FAMILY.maximize(np.ones(1), moments)
    np.testing.assert_array_equal([best["low"], best["high"]], [[0.0], [2.0]])


def test_ends_in_the_wrong_order_are_refused():
    with pytest.raises(InputError, match="low of component 2 must be less than its high"):
        FAMILY.check({"low": np.array([0.0, 1.0]), "high": np.array([1.0, 1.0])})


def test_it_is_noise_and_bounded():
    assert FAMILY.noise
    assert not FAMILY.unbounded
