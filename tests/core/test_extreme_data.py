"""Numbers at the edges of float64 give a sensible outcome: no warning, nothing that is no number."""

from contextlib import suppress

import numpy as np
import pytest
from cases import data, drawn

from core import FitOptions, InputError, fit
from core.em import family_of

RNG = np.random.default_rng(9)
CASES = {
    "1e300": drawn(200) * 1e300,
    "both signs of 1e300": np.r_[drawn(100) * 1e300, -drawn(100) * 1e300],
    "1e-200": drawn(200) * 1e-200,
    "nearly subnormal": drawn(200) * 1e-289,
    "subnormal": drawn(200) * 1e-310,
    "one outlier 1e12": np.r_[drawn(200), 1e12],
    "one outlier 1e300": np.r_[drawn(200), 1e300],
    "integers of 1e30": np.round(drawn(200) * 5) * 1e30,
    "whole numbers": RNG.poisson(3, 300).astype(float),
    "neighbours in float64": 1.0 + np.arange(20) * 2.0**-52,
    "an offset of 1e15": np.round(drawn(200) * 10) + 1e15,
    "tiny beside huge": np.r_[drawn(100) * 1e-150, drawn(100) * 1e150],
    "two rows": np.array([1.0, 2.0]),
    "two values": np.repeat([0.0, 1.0], 50),
    "heavy tails": RNG.standard_cauchy(500),
    "the largest": np.array([1.7e308, -1.7e308] * 5),
}


@pytest.mark.parametrize("covariance", ["full", "tied"])
@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("restarts", [1, 3])
@pytest.mark.parametrize("name", list(CASES))
def test_extreme_values_are_fitted_or_refused_in_words(name, restarts, k, covariance):
    options = FitOptions(n_components=k, covariance=covariance, restarts=restarts, max_iterations=200)
    if name in ("subnormal", "the largest") or len(CASES[name]) < family_of(options).n_parameters(k):
        with pytest.raises(InputError, match=r"(smaller unit|fewer components)\.$"):
            fit(data(CASES[name]), options)
        return
    result, history = fit(data(CASES[name]), options)
    assert result.outcome.status in ("converged", "max-iterations", "degenerate")
    assert np.isfinite(history.scalar("log_likelihood")).all()
    made = result.mixture.checked()
    assert np.isfinite(made.log_density(data(CASES[name]).column)).all()
    if k == 1 and len(CASES[name]) > 2:
        assert result.outcome.status == "converged"
        mean, sd = data(CASES[name]).mean[0], data(CASES[name]).sd[0]
        assert made.parameters["mean"][0] == pytest.approx(mean, rel=1e-12, abs=1e-12 * sd)
        assert made.parameters["sd"][0] == pytest.approx(sd, rel=1e-9)
    if result.outcome.status != "degenerate":
        assert np.isfinite([result.aic, result.bic, result.icl]).all()


@pytest.mark.parametrize("start", ["kmeans", "quantiles", "random", "uniform"])
@pytest.mark.parametrize("name", list(CASES))
def test_so_they_are_from_every_start(name, start):
    with suppress(InputError):
        result, _ = fit(data(CASES[name]), FitOptions(start=start, max_iterations=100))
        assert np.isfinite(result.log_likelihood)


def test_mean_and_sd_of_a_column_are_right_at_any_offset_and_scale():
    values = np.round(drawn(70_000) * 2**20) / 2**20
    for offset, scale in ((0.0, 1.0), (1e9, 1.0), (0.0, 1e300), (0.0, 1e-250), (-1e6, 2.0**40)):
        rows = data((values + offset) * scale)
        assert rows.sd[0] / scale == pytest.approx(values.std(), rel=1e-9)
        assert rows.mean[0] / scale - offset == pytest.approx(values.mean(), abs=1e-6)
