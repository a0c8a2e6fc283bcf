"""A family for each component."""

from itertools import islice

import numpy as np
import pytest
from cases import column, data, numbers

from core import FitOptions, InputError, Mixture, fit
from core.algorithms import ALGORITHMS
from core.em import check, run
from core.expectation import Problem, expect, lower_bound, maximize
from core.families import make_family
from core.families.family import Setting
from core.families.gaussian import Gaussian
from core.families.mixed import Mixed

NAN = np.nan


def spike_on_background(n=1000, seed=1):
    """A tenth of the range wide, on a uniform background."""
    family = make_family("gaussian+uniform", Setting())
    parameters = {"mean": [3.0, NAN], "sd": [0.2, NAN], "low": [NAN, 0.0], "high": [NAN, 10.0]}
    return Mixture(family, [0.3, 0.7], parameters).sample(n, np.random.default_rng(seed))[0]


def three_kinds():
    family = make_family("gaussian+gamma+gaussian", Setting("tied"))
    parameters = {
        "mean": np.array([-2.0, NAN, 5.0]),
        "sd": np.array([0.7, NAN, 0.7]),
        "shape": np.array([NAN, 3.0, NAN]),
        "scale": np.array([NAN, 0.5, NAN]),
    }
    return Mixture(family, np.array([0.3, 0.5, 0.2]), parameters)


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_one_family_for_each_component_is_that_family(covariance):
    rows = data(column("faithful.csv", "waiting"))
    plain, _ = fit(rows, FitOptions(covariance=covariance))
    mixed, _ = fit(rows, FitOptions(family="gaussian+gaussian", covariance=covariance))
    assert mixed.number == plain.number
    assert mixed.outcome == plain.outcome
    assert mixed.log_likelihood == plain.log_likelihood
    np.testing.assert_array_equal(numbers(mixed.mixture), numbers(plain.mixture))
    assert mixed.bic == plain.bic


@pytest.mark.parametrize("start", ["kmeans", "quantiles", "random"])
@pytest.mark.parametrize("name", ["gaussian+uniform", "uniform+gaussian"])
def test_a_spike_on_a_background_is_found(name, start):
    result, _ = fit(data(spike_on_background()), FitOptions(family=name, start=start))
    assert result.outcome.status == "converged"
    spike = result.mixture.family.of_components.index("gaussian")
    found = {key: array[spike] for key, array in result.mixture.parameters.items()}
    assert result.mixture.weights[spike] == pytest.approx(0.3, abs=0.03)
    assert found["mean"] == pytest.approx(3.0, abs=0.03)
    assert found["sd"] == pytest.approx(0.2, abs=0.03)
    assert np.isnan([found["low"], found["high"]]).all()


def test_components_of_one_family_share_what_they_share_and_others_do_not():
    mixture = three_kinds()
    rows = data(mixture.sample(2000, np.random.default_rng(0))[0])
    options = FitOptions(n_components=3, family="gaussian+gamma+gaussian", covariance="tied")
    for iteration in islice(run(rows, options, mixture), 10):
        sds = iteration.mixture.parameters["sd"]
        assert sds[0] == sds[2]
    assert mixture.family.n_parameters(3) == 2 + 2 + 1 + 2
    assert mixture.family.contraction(mixture.parameters).shape[1] == 2 + 1 + 2
    assert mixture.family.unbounded.tolist() == [False, True, False]
    with pytest.raises(InputError, match="same sd"):
        mixture.family.check({**mixture.parameters, "sd": np.array([0.7, NAN, 0.8])})


def test_a_components_number_is_its_own_in_what_is_said_of_it():
    mixture = three_kinds()
    mixture.checked()
    with pytest.raises(InputError, match="The sd of component 3 must be greater than 0"):
        mixture.family.check({**mixture.parameters, "sd": np.array([0.7, NAN, -1.0])})
    with pytest.raises(InputError, match="The shape of component 2 must be greater than 0"):
        mixture.family.check({**mixture.parameters, "shape": np.array([NAN, NAN, NAN])})


def test_sorting_moves_families_with_their_components_and_keeps_the_names_in_order():
    mixture = three_kinds()
    there = Mixture(mixture.family.part([2, 0, 1]), *_permuted(mixture, [2, 0, 1]), (3, 1, 2))
    assert there.family.of_components == ("gaussian", "gaussian", "gamma")
    assert there.family.parameter_names == ("mean", "sd", "shape", "scale")
    values = np.linspace(-5, 8, 50)
    np.testing.assert_allclose(there.densities(values), mixture.densities(values)[[2, 0, 1]])
    back = there.sorted()
    assert back.ids == (1, 2, 3)
    assert back.family.of_components == mixture.family.of_components
    np.testing.assert_array_equal(numbers(back), numbers(mixture))


def _permuted(mixture, order):
    return mixture.weights[order], {name: array[order] for name, array in mixture.parameters.items()}


def test_scores_and_second_derivatives_are_those_of_finite_differences():
    mixture, values, h = three_kinds(), np.array([-3.0, -0.4, 0.8, 2.0, 6.0]), 1e-4
    family, parameters = mixture.family, mixture.parameters
    scores, hessians = family.derivatives(parameters, values)
    possible = np.isfinite(family.log_density(parameters, values))
    assert not possible[1, :2].any(), "gamma components have no density below 0"

    def at(*moves):
        steps = np.zeros((family.n_local, 3))
        for place, length in moves:
            steps[place] += length
        return np.where(possible, family.log_density(family.displaced(parameters, steps), values), 0.0)

    for i in range(family.n_local):
        np.testing.assert_allclose(scores[i], (at((i, h)) - at((i, -h))) / (2 * h), rtol=1e-5, atol=1e-5)
        for j in range(family.n_local):
            mixed = at((i, h), (j, h)) - at((i, h), (j, -h)) - at((i, -h), (j, h)) + at((i, -h), (j, -h))
            np.testing.assert_allclose(hessians[i, j], mixed / (4 * h * h), rtol=1e-3, atol=1e-3)


def test_statistics_of_parts_add_up_and_the_m_step_is_a_maximum():
    mixture = three_kinds()
    values = mixture.sample(500, np.random.default_rng(2))[0]
    problem = Problem(data(values))
    whole = expect(problem, mixture)
    parts = expect(Problem(data(values[:200])), mixture) + expect(Problem(data(values[200:])), mixture)
    best = maximize(problem, mixture, whole)
    np.testing.assert_allclose(numbers(maximize(problem, mixture, parts)), numbers(best), rtol=1e-10)
    highest, family = lower_bound(best, whole), mixture.family
    free = family.contraction(best.parameters)
    for direction in free.T:
        for step in (1e-4, -1e-4):
            moved = family.displaced(best.parameters, step * direction.reshape(family.n_local, 3))
            assert lower_bound(Mixture(family, best.weights, moved), whole) < highest


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_variant_fits_a_spike_on_a_background(name):
    rows = data(spike_on_background(500))
    result, history = fit(rows, FitOptions(family="gaussian+uniform", algorithm=name, max_iterations=300))
    climbed = history.scalar("log_likelihood")
    if ALGORITHMS[name].monotone:
        assert (np.diff(climbed) > -1e-8).all()
    best, _ = fit(rows, FitOptions(family="gaussian+uniform"))
    assert result.log_likelihood <= best.log_likelihood + 1e-5
    assert result.log_likelihood > climbed[0] - 1e-8
    if ALGORITHMS[name].judged and result.outcome.status == "converged":
        assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-5)


def test_values_that_no_component_can_take_are_refused_and_others_are_not():
    with pytest.raises(
        InputError,
        match=r"A lognormal \+ gamma mixture is of numbers greater than 0, but “x” is -1 in row 3: use another family",
    ):
        check(data([1.0, 2.0, -1.0, *range(1, 9)]), FitOptions(family="lognormal+gamma"))
    values = np.r_[np.random.default_rng(0).normal(-3, 1, 200), np.random.default_rng(1).exponential(2.0, 100)]
    result, _ = fit(data(values), FitOptions(family="gaussian+exponential"))
    assert result.outcome.status == "converged"
    assert result.mixture.weights == pytest.approx([2 / 3, 1 / 3], abs=0.03)


def test_what_is_no_mixture_of_families_is_said_in_a_sentence():
    with pytest.raises(InputError, match=r"--family gaussian\+uniform is for 2 components, not 3"):
        FitOptions(n_components=3, family="gaussian+uniform")
    with pytest.raises(InputError, match=r"--family must be one of gaussian, .*, uniform; “gausian” is none of them"):
        FitOptions(family="gausian+uniform")
    with pytest.raises(InputError, match="a probability and a density cannot be added"):
        FitOptions(family="gaussian+poisson")
    assert make_family("gaussian + uniform", Setting()).title == "Gaussian + uniform"
    assert make_family("gaussian+gaussian", Setting()).of_components is None


@pytest.mark.parametrize(("centre", "decay"), [(8.0, 1.0), (3.0, 10.0)])
def test_restarts_try_which_family_goes_where(centre, decay):
    rng = np.random.default_rng(4)
    rows = data(np.r_[rng.exponential(decay, 300), rng.normal(centre, 0.2, 200)])
    result, _ = fit(rows, FitOptions(family="gaussian+exponential", restarts=8))
    assert result.outcome.status == "converged"
    spike = result.mixture.family.of_components.index("gaussian")
    assert result.mixture.parameters["mean"][spike] == pytest.approx(centre, abs=0.1)
    assert result.mixture.parameters["rate"][1 - spike] == pytest.approx(1 / decay, rel=0.2)


def test_a_mixture_knows_its_groups_whatever_the_order():
    family = Mixed((Gaussian(), Gaussian("tied"), Gaussian()))
    assert [group.places.tolist() for group in family.groups] == [[0, 2], [1]]
    assert hash(family) == hash(Mixed((Gaussian(), Gaussian("tied"), Gaussian())))
