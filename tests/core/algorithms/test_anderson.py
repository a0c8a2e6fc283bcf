"""Anderson acceleration: Hasselblad's deaths in very few passes, slow fits, saddles."""

from itertools import islice

import numpy as np
import pytest
from cases import data, drawn, mixture
from test_squarem import BEST, DEATHS, RATES, passes_to

from core import FitOptions, Problem, fit
from core.algorithms.anderson import Anderson
from core.em import run

START = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])


def test_hasselblads_deaths_take_a_thirtieth_of_ems_passes():
    assert passes_to(Anderson(), Problem(DEATHS), RATES, BEST) <= 40
    result, _ = fit(DEATHS, FitOptions(family="poisson", algorithm="anderson", tolerance=1e-9), RATES)
    assert result.log_likelihood == pytest.approx(BEST, abs=1e-8)
    assert result.mixture.weights[0] == pytest.approx(0.3598853970, abs=1e-5)
    np.testing.assert_allclose(result.mixture.parameters["rate"], [1.2560951013, 2.6634043567], atol=1e-5)


def test_nearly_coincident_components_take_a_hundredth_of_ems_passes():
    x = mixture([0.5, 0.5], [0.0, 1.5], [1.0, 1.0]).sample(1000, np.random.default_rng(1))[0]
    start = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.2])
    assert passes_to(Anderson(), Problem(data(x)), start, -1676.5280453693226) < 82, "EM takes 8,235"


def test_it_does_not_go_to_a_saddle_because_that_is_a_fixed_point_too():
    """Four components on three groups come by a saddle on the way; extrapolation alone would end there."""
    rows, start = Problem(data(drawn(900, 4))), mixture([0.25] * 4, [-2, 0, 1, 3], [1] * 4)
    assert passes_to(Anderson(), rows, start, -1858.6899034132346) < 1000, "EM takes 6,521"


@pytest.mark.parametrize("window", [1, 3, 50])
def test_any_window_leads_to_the_optimum(window):
    rows = data(drawn(500))
    best, _ = fit(rows, FitOptions(3), START)
    result, _ = fit(rows, FitOptions(3, algorithm="anderson", settings=(("window", window),)), START)
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=3e-6)
    assert result.n_passes < best.n_passes


def test_it_goes_around_annealing_once_that_has_cooled_down():
    rows = data(drawn(500))
    plain, _ = fit(rows, FitOptions(3, algorithm="annealed"), START)
    result, _ = fit(rows, FitOptions(3, algorithm="anderson", settings=(("around", "annealed"),)), START)
    assert result.log_likelihood == pytest.approx(plain.log_likelihood, abs=3e-6)
    assert result.n_passes < plain.n_passes


def test_the_objective_never_falls_even_from_starts_that_collapse():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(40)
        start = mixture(rng.dirichlet(np.ones(4)), rng.choice(x, 4), 10 ** rng.uniform(-2, 0, 4))
        made = [one.log_likelihood for one in islice(run(data(x), FitOptions(4, algorithm="anderson"), start), 60)]
        assert (np.diff(made) >= -1e-9).all()


def test_units_and_offsets_change_nothing():
    x = drawn(300)
    one = list(islice(run(data(x), FitOptions(3, algorithm="anderson"), START), 15))
    far = mixture(START.weights, (START.parameters["mean"] + 1e6) * 1e-9, START.parameters["sd"] * 1e-9)
    other = list(islice(run(data((x + 1e6) * 1e-9), FitOptions(3, algorithm="anderson"), far), 15))
    for here, there in zip(one, other, strict=True):
        assert there.log_likelihood + 300 * np.log(1e-9) == pytest.approx(here.log_likelihood, abs=1e-4)


def test_components_that_fall_onto_single_values_end_the_run_in_words():
    rows = data([1, 1, 1, 2, 2, 2, 2, 1])
    result, _ = fit(rows, FitOptions(2, family="weibull", algorithm="anderson", restarts=2))
    assert result.outcome.status == "degenerate"
    assert "has collapsed" in result.outcome.message
