"""Weights under constraints are the exact maximum."""

import numpy as np
import pytest
from cases import mixture
from constraint_lines import held
from scipy.optimize import minimize

from core.constraints.building import held as worked_out


def maximized(counts, *lines):
    family = mixture([1.0], [0.0], [1.0]).family
    ids = tuple(range(1, len(counts) + 1))
    return worked_out(held(*lines).items, family, ids).weights.maximize(np.array(counts, dtype=float))


@pytest.mark.parametrize(
    ("counts", "lines", "expected"),
    [
        ([1, 2, 7], [], [0.1, 0.2, 0.7]),
        ([1, 2, 7], ["fix weight[1]=0.4"], [0.4, 0.6 * 2 / 9, 0.6 * 7 / 9]),
        ([1, 2, 7], ["tie weight"], [1 / 3, 1 / 3, 1 / 3]),
        ([1, 2, 7], ["tie weight[1,3]"], [0.4, 0.2, 0.4]),
        ([1, 2, 7], ["bound weight[3]=:0.4"], [0.2, 0.4, 0.4]),
        ([1, 2, 7], ["bound weight=0.25:"], [0.25, 0.25, 0.5]),
        ([1, 2, 7], ["prior weight=2"], [2 / 13, 3 / 13, 8 / 13]),
        ([0, 0, 10], ["bound weight[3]=:0.4"], [0.3, 0.3, 0.4]),
        ([0, 0, 10], ["bound weight[3]=:0.4", "bound weight[1]=:0.1"], [0.1, 0.5, 0.4]),
        ([1, 2, 7], ["fix weight[1]=0.2", "fix weight[2]=0.3", "fix weight[3]=0.5"], [0.2, 0.3, 0.5]),
    ],
)
def test_closed_forms(counts, lines, expected):
    np.testing.assert_allclose(maximized(counts, *lines), expected, rtol=1e-14)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_weights_within_the_bounds_are_better(seed):
    rng = np.random.default_rng(seed)
    counts, low, high = rng.gamma(1.0, 10.0, 6), rng.uniform(0.0, 0.15, 6), rng.uniform(0.16, 0.6, 6)
    lines = [f"bound weight[{i + 1}]={low[i]}:{high[i]}" for i in range(6)]
    found = maximized(counts, *lines)
    best = minimize(
        lambda w: -(counts * np.log(w)).sum() / counts.sum(),
        np.full(6, 1 / 6),
        bounds=list(zip(low, high, strict=True)),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found.sum() == pytest.approx(1.0, abs=1e-15)
    assert ((low <= found) & (found <= high)).all()
    assert -(counts * np.log(found)).sum() / counts.sum() <= best.fun + 1e-12
    np.testing.assert_allclose(found, best.x, atol=1e-6)
