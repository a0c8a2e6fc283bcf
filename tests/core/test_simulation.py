"""Rows drawn in the form of the data: what they are distributed as, and what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.data import Data, Levels
from core.errors import InputError
from core.families.exponential import Exponential
from core.families.gaussian import Gaussian
from core.families.lognormal import Lognormal
from core.families.multivariate_gaussian import MultivariateGaussian
from core.families.poisson import Poisson
from core.mixture import Mixture
from core.roles import Form, Roles
from core.rounding import units_of
from core.seeing import as_seen
from core.simulation import simulated, why_not

TWO = Mixture(Gaussian(), np.array([0.3, 0.7]), {"mean": np.array([-1.0, 2.0]), "sd": np.array([0.5, 1.0])})


def cdf_of_two(x):
    return 0.3 * stats.norm.cdf(x, -1.0, 0.5) + 0.7 * stats.norm.cdf(x, 2.0, 1.0)


def rng():
    return np.random.default_rng(5)


def test_values_have_the_distribution_of_the_mixture() -> None:
    made = simulated(Data(np.zeros(4000), ("x",)), TWO, rng())
    assert len(made) == 4000
    assert stats.kstest(made.column, cdf_of_two).pvalue > 0.01


def test_values_are_rounded_as_those_of_the_data_are() -> None:
    tenths = Data(np.array([[0.1, 10.0], [0.7, 30.0], [-1.3, 20.0]]), ("x", "y"))
    both = {"mean": np.array([[0.0, 20.0]]), "covariance": np.array([np.diag([1.0, 100.0])])}
    made = simulated(tenths, Mixture(MultivariateGaussian(), np.ones(1), both), rng())
    assert made.values == pytest.approx(np.rint(made.values * [10.0, 0.1]) * [0.1, 10.0], abs=1e-12)
    free = simulated(Data(rng().normal(size=50), ("x",)), TWO, rng())
    assert units_of(free)[0] < 1e-9


def test_rounding_leads_to_no_value_that_could_not_have_been_recorded() -> None:
    small = Mixture(Exponential(), np.ones(1), {"rate": np.array([1.0])})
    whole = Data(np.repeat([1.0, 2.0, 5.0], 100), ("x",))
    assert simulated(whole, small, rng()).minimum[0] == 0.0
    positive = Mixture(Lognormal(), np.ones(1), {"log_mean": np.zeros(1), "log_sd": np.ones(1)})
    made = simulated(whole, positive, rng())
    assert made.minimum[0] == 1.0
    assert (made.column == np.rint(made.column)).all()


def test_errors_of_measurement_do_not_keep_rows_from_being_rounded() -> None:
    form = Form(errors=True, all_hidden=True)
    data = Data(np.array([1.0, 4.0, 2.0]), ("x",), seen=np.full((3, 1), 3.0), form=form)
    one = Mixture(Gaussian(), np.ones(1), {"mean": np.zeros(1), "sd": np.array([4.0])})
    made = simulated(data, as_seen(data, one), rng())
    assert (made.column == np.rint(made.column)).all()


def test_frequencies_become_as_many_rows() -> None:
    data = Data(np.arange(5.0), ("x",), counts=np.array([3.0, 0.0, 2.0, 7.0, 1.0]), roles=Roles(("x",), counts="n"))
    made = simulated(data, TWO, rng())
    assert (made.n_samples, made.counts) == (13.0, None)


def test_whole_numbers_are_counted() -> None:
    data = Data(np.arange(3.0), ("x",), counts=np.array([500.0, 400.0, 100.0]))
    mixture = Mixture(Poisson(), np.ones(1), {"rate": np.array([1.5])})
    made = simulated(data, mixture, rng())
    assert made.counts is not None
    assert made.n_samples == 1000.0
    expected = 1000 * stats.poisson.pmf(made.column, 1.5)
    assert (abs(made.counts - expected) < 5 * np.sqrt(expected) + 1).all()


def test_reliabilities_stay_with_their_rows() -> None:
    weights = np.array([0.5, 1.5, 1.0])
    made = simulated(Data(np.zeros(3), ("x",), counts=weights, roles=Roles(("x",), weights="w")), TWO, rng())
    assert made.counts is not None
    assert made.counts.tolist() == weights.tolist()


def test_truncated_rows_are_inside_and_distributed_so() -> None:
    data = Data(np.ones(3000), ("x",), form=Form(truncate=(0.0, 3.0)))
    made = simulated(data, as_seen(data, TWO), rng())
    low, high = cdf_of_two(0.0), cdf_of_two(3.0)
    assert stats.kstest(made.column, lambda x: (cdf_of_two(x) - low) / (high - low)).pvalue > 0.01


def test_bins_are_drawn_by_their_probabilities() -> None:
    ends = np.array([[-np.inf, -1.0], [-1.0, 0.5], [0.5, 2.0], [2.0, np.inf]])
    form = Form(intervals=True, all_hidden=True)
    data = Data(np.array([-1.0, 0.0, 1.0, 2.0]), ("x",), counts=np.full(4, 2500.0), seen=ends, form=form)
    made = simulated(data, as_seen(data, TWO), rng())
    assert made.counts is not None
    expected = 10_000 * np.diff(cdf_of_two(np.array([-np.inf, -1.0, 0.5, 2.0, np.inf])))
    assert stats.chisquare(made.counts, expected).pvalue > 0.01


def test_bins_that_do_not_hold_everything_are_refused() -> None:
    form = Form(intervals=True, all_hidden=True)
    data = Data(
        np.array([0.0, 1.0]), ("x",), counts=np.full(2, 9.0), seen=np.array([[-1.0, 0.5], [0.5, 2.0]]), form=form
    )
    with pytest.raises(InputError, match="add open bins at the ends"):
        simulated(data, as_seen(data, TWO), rng())


def test_a_limit_of_detection_is_kept() -> None:
    ends = np.array([[-1.0, -1.0], [0.5, 0.5], [2.5, np.inf], [2.5, np.inf]])
    values = np.repeat(ends[:, 0], 500)
    data = Data(values, ("x",), seen=np.repeat(ends, 500, axis=0), form=Form(intervals=True))
    made = simulated(data, as_seen(data, TWO), rng())
    assert made.seen is not None
    censored = np.isinf(made.seen[:, 1])
    assert (made.seen[censored, 0] == 2.5).all()
    assert (made.seen[~censored, 0] == made.seen[~censored, 1]).all()
    assert made.seen[~censored, 1].max() <= 2.5
    assert censored.sum() == pytest.approx(2000 * (1 - cdf_of_two(2.5)), abs=4 * np.sqrt(400))


def test_limits_of_each_rows_own_are_refused() -> None:
    ends = np.array([[-1.0, -1.0], [0.5, np.inf], [2.5, np.inf]])
    data = Data(ends[:, 0], ("x",), seen=ends, form=Form(intervals=True))
    with pytest.raises(InputError, match="censored at the same value"):
        simulated(data, as_seen(data, TWO), rng())


def test_measurement_errors_are_added() -> None:
    data = Data(np.zeros(4000), ("x",), seen=np.full((4000, 1), 3.0), form=Form(errors=True, all_hidden=True))
    one = Mixture(Gaussian(), np.ones(1), {"mean": np.zeros(1), "sd": np.array([4.0])})
    made = simulated(data, as_seen(data, one), rng())
    assert stats.kstest(made.column, stats.norm(0, 5).cdf).pvalue > 0.01


def test_labels_and_groups_are_refused_in_a_sentence() -> None:
    data = Data(np.zeros(2), ("x",), seen=np.zeros((2, 1)), form=Form(labels=("a",)))
    assert "known components" in why_not(replace(data, labels=Levels(("a",), np.zeros(2, dtype=np.int32))), TWO)
    data = Data(np.zeros(2), ("x",), seen=np.zeros((2, 1)), form=Form(groups=("a",), group_shares=(1.0,)))
    assert "Groups" in why_not(data, TWO)
