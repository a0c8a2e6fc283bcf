"""The gradient of the log-likelihood, from the moments of an E step alone."""

import numpy as np
import pytest
from cases import data

from core import Data, Mixture, Problem
from core.curvature import certified, curvature
from core.expectation import State, expect
from core.families import FAMILIES, make_family
from core.families.family import Setting

RNG = np.random.default_rng(0)
WIDE = np.abs(RNG.normal(3.0, 1.2, 400)) + 0.05


def beside(name, values):
    """A mixture of two that is no maximum, for values of any of the families."""
    family = make_family(name, Setting(trials=9))
    low, high, sd = values.min(), values.max(), values.std()
    means, sds = np.quantile(values, [0.3, 0.8])[:, np.newaxis], np.full((2, 1), 0.7 * sd)
    weights = np.array([0.4, 0.6])
    return Mixture(family, weights, family.resembling(weights, means[:, 0], sds[:, 0], low, high))


@pytest.mark.parametrize("name", [*FAMILIES, "gaussian+gamma", "student_t+uniform"])
def test_from_moments_it_is_that_of_a_pass_over_the_rows(name):
    whole = name in ("poisson", "binomial")
    problem = Problem(data(np.round(WIDE) if whole else WIDE))
    mixture = beside(name, problem.data.column)
    exact = curvature(problem, mixture)
    found = certified(exact, State(mixture, expect(problem, mixture)))
    assert found.gradient == pytest.approx(exact.gradient, rel=1e-9, abs=1e-9 * 400)


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_of_several_columns_too(covariance):
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=(150, 3)), rng.normal(size=(250, 3)) * [1, 2, 0.5] + 2.0]) + 1e6
    family = make_family("gaussian", Setting(covariance, n_features=3))
    weights, means = np.array([0.5, 0.5]), np.array([[-0.3, 0, 0], [1.5, 2, 2.5]]) + 1e6
    parameters = family.resembling(weights, means, np.array([[1.0, 1.1, 1.0], [0.8, 1.5, 1.0]]), None, None)
    mixture = Mixture(family, weights, parameters)
    problem = Problem(Data(values, ("a", "b", "c")))
    exact = curvature(problem, mixture)
    found = certified(exact, State(mixture, expect(problem, mixture)))
    assert found.gradient == pytest.approx(exact.gradient, rel=1e-8, abs=1e-8)
