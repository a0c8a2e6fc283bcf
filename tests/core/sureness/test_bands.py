"""Bands around curves, compared with closed forms and with draws of the parameters."""

import numpy as np
import pytest
from cases import column, mixture
from scipy import stats

from core import Data, FitOptions, fit
from core.fit import with_uncertainty
from core.sureness.bands import bands
from core.sureness.bootstrap import Plan, bootstrap

WAITS = Data(column("faithful.csv", "waiting"), ("x",))
X = np.linspace(40.0, 100.0, 61)


def test_of_one_normal_component_it_is_the_closed_form():
    found = with_uncertainty(fit(WAITS, FitOptions(n_components=1))[0])
    mean, sd, n = float(found.mixture.parameters["mean"][0]), float(found.mixture.parameters["sd"][0]), len(WAITS)
    z = (X - mean) / sd
    # d log f = z/s dm + (z² − 1)/s ds, with variances s²/n and s²/2n.
    expected = np.sqrt(z**2 / n + (z**2 - 1.0) ** 2 / (2 * n))
    made = bands(found.mixture, found.uncertainty.covariance, X)
    assert np.log(made.mixture) / 1.959964 == pytest.approx(expected, rel=1e-5)
    assert made.components[0] == pytest.approx(made.mixture)


def test_it_is_the_scatter_of_curves_whose_parameters_are_drawn():
    found = with_uncertainty(fit(WAITS, FitOptions())[0])
    made, rng = bands(found.mixture, found.uncertainty.covariance, X), np.random.default_rng(1)
    at = np.concatenate([found.mixture.weights, *found.mixture.parameters.values()])
    small = 1e-4 * found.uncertainty.covariance  # so small that curves are straight in them
    draws = rng.multivariate_normal(at, small, size=4000, method="svd")
    logs = []
    for draw in draws:
        parts = draw[:2, np.newaxis] * stats.norm(draw[2:4, np.newaxis], draw[4:, np.newaxis]).pdf(X)
        logs.append(np.log([parts.sum(axis=0), *parts]))
    scatter = 100.0 * np.std(logs, axis=0)
    assert np.log(made.mixture) / 1.959964 == pytest.approx(scatter[0], rel=0.06)
    known = scatter[1:] < 2.0  # further out the band ends
    assert np.log(made.components[known]) / 1.959964 == pytest.approx(scatter[1:][known], rel=0.06)


def test_it_can_be_of_a_bootstrap_and_is_about_as_wide():
    found = with_uncertainty(fit(WAITS, FitOptions())[0])
    drawn = bootstrap(found, Plan("cases", 100), cores=1)
    middle = (X > 50) & (X < 88)
    ours, theirs = (np.log(bands(found.mixture, of.covariance, X[middle]).mixture) for of in (found.uncertainty, drawn))
    assert theirs == pytest.approx(ours, rel=0.6)


def test_where_nothing_is_known_the_band_ends_and_never_falls_below_its_curve():
    one = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    made = bands(one, 1e6 * np.eye(6), np.array([-50.0, 0.0, 50.0]))
    assert made.mixture.max() == pytest.approx(np.exp(5.0))
    assert (bands(one, np.zeros((6, 6)), X).components == 1.0).all()
    with pytest.raises(ValueError, match="covariance"):
        bands(one, np.eye(5), X)
