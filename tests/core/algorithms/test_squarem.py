"""SQUAREM: Hasselblad's deaths in few passes, and nothing that EM would not do."""

from itertools import islice

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import FitOptions, InputError, Mixture, Problem, expectation, fit
from core.algorithms.em import EM
from core.algorithms.squarem import Squarem
from core.em import run
from core.expectation import expect, maximize
from core.families import make_family
from core.families.family import Setting

# Hasselblad (1969): deaths of women of 80 and older in The Times, 1910 to 1912; the optimum to ten digits.
DEATHS = data(np.arange(10.0), [162, 267, 271, 185, 111, 61, 27, 8, 3, 1])
RATES = Mixture(make_family("poisson", Setting()), np.array([0.3, 0.7]), {"rate": np.array([1.0, 2.5])})
BEST = -1989.945859883


def passes_to(algorithm, problem, start, best, gap=1e-6, most=3000):
    """Passes until the log-likelihood is so near to the best."""
    rng, made = np.random.default_rng(0), 0.0
    state = algorithm.init(problem, start, rng)
    while best - state.statistics.log_likelihood > gap and made < most:
        state = algorithm.step(problem, state, rng)
        made += state.n_passes
    return made


def test_hasselblads_deaths_take_a_twentieth_of_ems_passes():
    assert passes_to(EM(), Problem(DEATHS), RATES, BEST) == pytest.approx(1300, abs=30)
    assert passes_to(Squarem(), Problem(DEATHS), RATES, BEST) <= 80


def test_hasselblads_deaths_end_at_the_published_optimum():
    result, history = fit(DEATHS, FitOptions(family="poisson", algorithm="squarem"), RATES)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(BEST, abs=1e-6)
    assert result.mixture.weights[0] == pytest.approx(0.3598853970, abs=2e-3)
    np.testing.assert_allclose(result.mixture.parameters["rate"], [1.2560951013, 2.6634043567], atol=2e-3)
    assert history.scalar("n_passes")[-1] == result.n_passes >= 2 * result.number


def test_nearly_coincident_components_take_a_tenth_of_ems_passes():
    x = mixture([0.5, 0.5], [0.0, 1.5], [1.0, 1.0]).sample(1000, np.random.default_rng(1))[0]
    start, best = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.2]), -1676.5280453693226
    assert passes_to(Squarem(), Problem(data(x)), start, best) < 800
    assert passes_to(EM(), Problem(data(x)), start, best) == 3000, "EM itself takes 8,235"


def test_passes_are_counted_as_they_are_made(monkeypatch):
    made, once = [], expectation.share_out
    monkeypatch.setattr(expectation, "share_out", lambda *given: made.append(1) or once(*given))
    problem = Problem(data(drawn(300)), block_rows=10_000)
    state = Squarem().init(problem, mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1]), np.random.default_rng(0))
    for _ in range(10):
        made.clear()
        state = Squarem().step(problem, state, np.random.default_rng(0))
        assert len(made) == state.n_passes


@pytest.mark.parametrize("around", ["em", "annealed"])
def test_it_goes_around_a_variant_and_is_faster(around):
    rows, start = data(drawn(500)), mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])
    plain, _ = fit(rows, FitOptions(3, algorithm=around), start)
    result, _ = fit(rows, FitOptions(3, algorithm="squarem", settings=(("around", around),)), start)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(plain.log_likelihood, abs=3e-6)
    assert result.n_passes < plain.n_passes


def test_what_it_goes_around_must_be_a_map_from_mixture_to_mixture():
    with pytest.raises(InputError, match="around of squarem must be one of em, annealed"):
        Squarem(around="stochastic")


def test_every_mixture_that_is_kept_comes_from_an_m_step():
    """With tied sds an extrapolation of each sd by itself would part them."""
    rows = data(column("faithful.csv", "waiting"))
    start = mixture([0.5, 0.5], [60, 70], [10, 10], "tied")
    for one in islice(run(rows, FitOptions(covariance="tied", algorithm="squarem"), start), 15):
        sds = one.mixture.parameters["sd"]
        assert sds[0] == sds[1]
        assert one.mixture.weights.sum() == pytest.approx(1.0, rel=1e-14)


def test_the_objective_never_falls_even_from_starts_that_collapse():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(40)
        start = mixture(rng.dirichlet(np.ones(4)), rng.choice(x, 4), 10 ** rng.uniform(-2, 0, 4))
        made = [one.log_likelihood for one in islice(run(data(x), FitOptions(4, algorithm="squarem"), start), 60)]
        assert (np.diff(made) >= -1e-9).all()


def test_a_plain_step_is_kept_where_the_long_one_is_lower(monkeypatch):
    rows, start = Problem(data(drawn(500))), mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])
    monkeypatch.setattr("core.algorithms.squarem._leap", lambda r, both, length: both + 50.0)
    state = Squarem().init(rows, start, np.random.default_rng(0))
    state = Squarem().step(rows, state, np.random.default_rng(0))
    plain = start
    for _ in range(2):
        plain = maximize(rows, plain, expect(rows, plain))
    np.testing.assert_array_equal(state.mixture.parameters["mean"], plain.parameters["mean"])
    assert state.memory.refused
