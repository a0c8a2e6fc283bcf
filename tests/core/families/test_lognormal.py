"""Numbers whose logarithm is normal."""

import numpy as np
import pytest
from cases import column, data
from certified_positive import assert_certified, certified
from scipy import stats

from core import FitOptions, InputError, Mixture, fit
from core.em import run
from core.families.gaussian import Gaussian
from core.families.lognormal import Lognormal


@certified("lognormal")
def test_the_fit_is_the_certified_one(entry):
    assert_certified(entry)


def test_it_is_the_gaussian_fit_of_the_logarithms():
    values = column("galaxies.csv", "velocity")
    logs = np.log(values)
    start = {"log_mean": np.array([2.3, 3.1]), "log_sd": np.array([0.1, 0.2])}
    of_values = Mixture(Lognormal(), np.array([0.2, 0.8]), start)
    of_logs = Mixture(Gaussian(), of_values.weights, {"mean": start["log_mean"], "sd": start["log_sd"]})
    options = FitOptions(family="lognormal")
    pairs = zip(run(data(values), options, of_values), run(data(logs), FitOptions(), of_logs), strict=False)
    for (mine, gaussian), _ in zip(pairs, range(30), strict=False):
        assert mine.log_likelihood == pytest.approx(gaussian.log_likelihood - logs.sum(), rel=1e-12)
        np.testing.assert_allclose(mine.mixture.parameters["log_mean"], gaussian.mixture.parameters["mean"], rtol=1e-11)
        np.testing.assert_allclose(mine.mixture.parameters["log_sd"], gaussian.mixture.parameters["sd"], rtol=1e-10)


def test_a_start_has_the_means_and_sds_it_was_asked_for():
    means, sds = np.array([1.0, 5.0, 1e9]), np.array([0.2, 12.0, 1e4])
    start = Lognormal().resembling(np.full(3, 1 / 3), means, sds, np.array(0.1), np.array(2e9))
    for k in range(3):
        scipys = stats.lognorm(start["log_sd"][k], scale=np.exp(start["log_mean"][k]))
        assert scipys.mean() == pytest.approx(means[k], rel=1e-9)
        assert scipys.std() == pytest.approx(sds[k], rel=1e-6)
    np.testing.assert_allclose(Lognormal().spread(start), sds, rtol=1e-9)


def test_its_place_is_the_median_and_its_spread_is_a_number_at_any_width():
    parameters = {"log_mean": np.array([-700.0, 0.0, 3.0]), "log_sd": np.array([1e-3, 60.0, 0.5])}
    np.testing.assert_allclose(Lognormal().location(parameters), np.exp([-690.775527898, 0.0, 3.0]))
    spread = Lognormal().spread(parameters)
    assert (spread > 0).all()
    assert np.isfinite(spread).all()


def test_zero_is_refused():
    with pytest.raises(InputError, match=r"numbers greater than 0, but “x” is 0 in row 2"):
        fit(data([1.0, 0.0, 2.0, 3.0, 4.0, 5.0]), FitOptions(family="lognormal"))
