"""Waiting times."""

import numpy as np
import pytest
from cases import data
from certified_positive import assert_certified, certified

from core import FitOptions, InputError, fit
from core.families.exponential import Exponential


@certified("exponential")
def test_the_fit_is_the_certified_one(entry):
    assert_certified(entry, mean=lambda parameters: 1.0 / parameters["rate"])


def test_zero_is_a_waiting_time_and_less_is_none():
    result, _ = fit(data([0.0, 1.0, 2.0, 5.0]), FitOptions(n_components=1, family="exponential"))
    assert result.mixture.parameters["rate"] == pytest.approx(0.5, rel=1e-15)
    with pytest.raises(InputError, match=r"numbers from 0 up, but “x” is -1 in row 3"):
        fit(data([0.0, 1.0, -1.0, 5.0]), FitOptions(n_components=1, family="exponential"))


def test_two_components_for_rows_that_vary_less_than_one_would_have_it_coincide():
    # Evenly spaced quantiles: their sd is below their mean, so no mixture of two distinct rates is more likely.
    rows = data(-np.log1p(-(np.arange(200) + 0.5) / 200))
    result, _ = fit(rows, FitOptions(family="exponential", start="random"))
    alone, _ = fit(rows, FitOptions(n_components=1, family="exponential"))
    assert result.outcome.status == "converged"
    assert "components 1 and 2 coincide, so one is superfluous" in result.outcome.message
    assert result.log_likelihood == pytest.approx(alone.log_likelihood, rel=0, abs=1e-5)


def test_components_are_sorted_by_their_means():
    parameters = {"rate": np.array([3.0, 0.5, 1.0])}
    np.testing.assert_allclose(Exponential().location(parameters), [1 / 3, 2.0, 1.0])
    np.testing.assert_allclose(Exponential().spread(parameters), [1 / 3, 2.0, 1.0])


def test_the_largest_numbers_have_a_mean():
    values = np.array([1e305, 1e305, 0.5e305] * 2000)
    shares, counts = np.ones((1, 6000)), np.array([6000.0])
    moments = Exponential().moments({"rate": np.ones(1)}, values, shares, counts)
    assert Exponential().maximize(counts, moments)["rate"] == pytest.approx(1.2e-305, rel=1e-12)
