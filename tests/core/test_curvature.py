"""The curvature is that of the log-likelihood, and the decrement is what is still to be gained."""

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import FitOptions, Problem, fit
from core import curvature as module
from core.curvature import curvature
from core.em import ended, run
from core.expectation import expect
from core.stopping import CONVERGED

K = 3
ROWS = {
    "plain": data(drawn(300)),
    "counted": data(np.round(drawn(300), 1), np.random.default_rng(0).integers(0, 4, 300)),
    "far from 0": data(drawn(300) + 1e6),
}


def displaced(here, steps):
    """The mixture after local steps of log-weights, means and log-sds, (3K,)."""
    weights = here.weights * np.exp(steps[:K])
    moved = here.family.displaced(here.parameters, steps[K:].reshape(2, K))
    return mixture(weights / weights.sum(), moved["mean"], moved["sd"])


@pytest.mark.parametrize("covariance", ["full", "tied"])
@pytest.mark.parametrize("rows", list(ROWS))
def test_gradient_and_hessian_are_those_of_finite_differences(rows, covariance):
    offset = 1e6 if rows == "far from 0" else 0.0
    sds = [0.8, 1.1, 0.6] if covariance == "full" else [0.9, 0.9, 0.9]
    here = mixture([0.3, 0.4, 0.3], np.array([-1.5, 1.0, 3.0]) + offset, sds, covariance)
    problem, bend = Problem(ROWS[rows]), curvature(Problem(ROWS[rows]), here)
    spread, step = bend.spread, 1e-3 * np.sqrt(ROWS[rows].n_samples)  # columns of spread shrink with √n

    def at(direction):
        return expect(problem, displaced(here, spread @ direction)).log_likelihood

    axes = step * np.eye(spread.shape[1])
    gradient = [(at(axis) - at(-axis)) / (2 * step) for axis in axes]
    np.testing.assert_allclose(bend.gradient, gradient, rtol=1e-4, atol=1e-4 * np.abs(bend.gradient).max())
    null = np.zeros(len(axes))
    null[:K] = np.sqrt(here.weights)
    for i, one in enumerate(axes):
        for j, other in enumerate(axes):
            second = (at(one + other) - at(one - other) - at(other - one) + at(-one - other)) / (4 * step**2)
            expected = -second + 2.0 * null[i] * null[j]
            assert bend.negative_hessian[i, j] == pytest.approx(expected, rel=1e-3, abs=2e-4)


def test_at_a_maximum_the_smallest_eigenvalue_is_one_minus_the_rate_of_em():
    rows = data(column("faithful.csv", "waiting"))
    made = list(ended(run(rows, FitOptions(tolerance=0.0), mixture([0.5, 0.5], [50, 80], [10, 10]))))
    bend = curvature(Problem(rows), made[-1].mixture)
    means = np.array([iteration.mixture.parameters["mean"][0] for iteration in made])
    rate = (means[18] - means[17]) / (means[17] - means[16])
    assert bend.is_maximum
    assert 1.0 - bend.smallest_eigenvalue == pytest.approx(rate, rel=1e-3)


SLOW = [
    ("ordinary", data(column("faithful.csv", "waiting")), mixture([0.5, 0.5], [50, 80], [10, 10])),
    ("tied", data(column("faithful.csv", "waiting")), mixture([0.5, 0.5], [50, 80], [10, 10], "tied")),
    ("one component", data(drawn(300)), mixture([1.0], [3.0], [9.0])),
    (
        "overlapping",
        data(drawn(1500, 1, (0.4, 0.6), (-0.9, 0.9), (1.0, 1.4))),
        mixture([0.5, 0.5], [-1, 1], [1.0, 1.0]),
    ),
    (
        "three overlapping",
        data(drawn(1500, 2, (0.3, 0.4, 0.3), (-1.8, 0.0, 2.0), (0.8, 1.0, 0.9))),
        mixture([1 / 3, 1 / 3, 1 / 3], [-1.5, 0, 1.5], [0.6, 0.6, 0.6]),
    ),
]


@pytest.mark.parametrize(
    ("name", "rows", "start"),
    [pytest.param(*case, marks=pytest.mark.slow if case is SLOW[-1] else (), id=case[0]) for case in SLOW],
)
def test_what_is_said_to_be_still_to_be_gained_is_so_within_a_factor_of_two(name, rows, start):
    options = FitOptions(n_components=start.n_components, covariance=start.family.covariance, max_iterations=200_000)
    exact, _ = fit(rows, FitOptions(**{**vars(options), "tolerance": 1e-12}), start)
    for tolerance in (1e-2, 1e-4, 1e-6):
        result, _ = fit(rows, FitOptions(**{**vars(options), "tolerance": tolerance}), start)
        assert result.outcome.status == CONVERGED
        assert result.expected_gain <= tolerance
        gap = exact.log_likelihood - result.log_likelihood
        noise = 1e-13 * abs(exact.log_likelihood) + 1e-11
        assert 0.5 * result.expected_gain - noise <= gap <= 2.0 * result.expected_gain + noise


def test_with_too_many_directions_nothing_is_known(monkeypatch):
    here = mixture([0.3, 0.4, 0.3], [-1.5, 1.0, 3.0], [0.8, 1.1, 0.6])
    assert curvature(Problem(ROWS["plain"]), here).is_known
    monkeypatch.setattr(module, "MOST_STEPS", 8)
    bend = curvature(Problem(ROWS["plain"]), here)
    assert not bend.is_known
    assert bend.remaining_gain is None
    assert not bend.is_maximum
    assert bend.flat_directions == []
