"""Data to measure with: drawn from known mixtures, with the starts that everybody begins from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core import Data, Mixture
from core.families import make_family
from core.families.family import Setting

Array = NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Array]
Start = Callable[[Array], Mixture]
CHUNK = 1_000_000


def normals(weights: list[float], means: list[float], sds: list[float]) -> Mixture:
    """A mixture of normal distributions of one column; the weights are made to add up to 1."""
    family = make_family("gaussian", Setting())
    shares = np.array(weights, dtype=float)
    return Mixture(family, shares / shares.sum(), {"mean": np.array(means, float), "sd": np.array(sds, float)})


def multivariate(weights: Array, means: Array, covariances: Array) -> Mixture:
    """A mixture of normal distributions of several columns, full covariances."""
    family = make_family("gaussian", Setting(n_features=means.shape[1]))
    return Mixture(family, weights, {"mean": means, "covariance": covariances})


def one_column(values: Array) -> Data:
    """Values as data."""
    return Data(values, ("x",))


def drawn(weights: list[float], means: list[float], sds: list[float]) -> Draw:
    """What draws values (n,) from a mixture of normal distributions."""
    chances, centres, widths = np.array(weights) / np.sum(weights), np.array(means), np.array(sds)

    def draw(n: int, rng: np.random.Generator) -> Array:
        values = rng.standard_normal(n)
        for first in range(0, n, CHUNK):
            part = values[first : first + CHUNK]
            labels = rng.choice(len(chances), size=len(part), p=chances)
            part *= widths[labels]
            part += centres[labels]
        return values

    return draw


def columns(n: int, d: int, k: int) -> tuple[Data, Mixture]:
    """Rows of d columns about k overlapping centres, and a start beside the truth."""
    rng = np.random.default_rng((d, k))
    means = 1.5 * rng.standard_normal((k, d))
    values = rng.standard_normal((n, d)) + means[rng.integers(k, size=n)]
    start = multivariate(np.full(k, 1 / k), means + 0.3, np.repeat(1.5 * np.eye(d)[np.newaxis], k, axis=0))
    return Data(values, tuple(f"x{i}" for i in range(d))), start


def quantile_start(values: Array, k: int) -> Mixture:
    """Equal weights, means at the quantiles (k + ½)/K, sds 1.2 times half the range of 16 to 84 % over K."""
    low, high, *means = np.quantile(values, [0.16, 0.84, *((np.arange(k) + 0.5) / k)])
    return normals([1.0] * k, means, [1.2 * (high - low) / 2 / k] * k)


@dataclass(frozen=True)
class Case:
    """A way to draw values, and the start for them."""

    draw: Draw
    start: Start

    def made(self, n: int) -> tuple[Data, Mixture]:
        """So many rows, always the same, and their start."""
        values = self.draw(n, np.random.default_rng(n))
        return one_column(values), self.start(values)


def _quantiles(k: int) -> Start:
    return partial(quantile_start, k=k)


def _given(weights: list[float], means: list[float], sds: list[float]) -> Start:
    return lambda values: normals(weights, means, sds)


def _changed(draw: Draw, change: Callable[[Array, np.random.Generator], Array]) -> Draw:
    return lambda n, rng: change(draw(n, rng), rng)


def _replaced(share_or_rows: float, by: Callable[[int, np.random.Generator], Array]) -> Callable[..., Array]:
    """Puts other values in the place of a share of the rows, or of so many."""

    def change(values: Array, rng: np.random.Generator) -> Array:
        rows = round(share_or_rows * len(values)) if share_or_rows < 1 else round(share_or_rows)
        values[rng.choice(len(values), rows, replace=False)] = by(rows, rng)
        return values

    return change


def _rounded(values: Array, rng: np.random.Generator, step: float = 1.0) -> Array:
    return step * np.round(values / step)


MODERATE_2 = drawn([0.4, 0.6], [-1.5, 1.5], [1, 1.2])
HEAVY_2 = drawn([0.4, 0.6], [-0.6, 0.6], [1, 1.4])
MODERATE_3 = drawn([0.3, 0.5, 0.2], [-2, 0.8, 3.5], [0.8, 1, 0.6])
HEAVY_3 = drawn([0.3, 0.4, 0.3], [-1.5, 0, 1.6], [0.8, 1, 0.9])
MODERATE_5 = drawn([0.15, 0.25, 0.3, 0.2, 0.1], [-4, -1.5, 0.5, 2.5, 6], [0.7, 0.9, 0.5, 0.8, 1.2])
HEAVY_5 = drawn([1] * 5, [-3, -1.5, 0, 1.5, 3], [0.8, 0.9, 0.8, 0.7, 0.8])
MODERATE_8 = drawn(
    [0.1, 0.15, 0.1, 0.15, 0.15, 0.1, 0.1, 0.15],
    [-9, -6, -3.5, -1, 1.5, 4, 7, 10],
    [0.8, 0.9, 0.6, 0.7, 0.8, 0.7, 1, 1.1],
)
HEAVY_8 = drawn([1] * 8, [1.6 * i for i in range(8)], [0.8, 0.9, 0.8, 0.7, 0.8, 0.75, 0.85, 0.8])
STANDARD = drawn([1], [0], [1])


def _outliers(rows: int, rng: np.random.Generator) -> Array:
    return 10.0 ** rng.uniform(3, 6, size=rows) * rng.choice([-1.0, 1.0], size=rows)


def _a_tenth_of_a_percent(rows: int, rng: np.random.Generator) -> Array:
    return np.full(rows, 0.123)


MODERATE_5_CASE = "moderate K5"
CASES: dict[str, Case] = {
    MODERATE_5_CASE: Case(MODERATE_5, _quantiles(5)),
    "moderate K2": Case(MODERATE_2, _quantiles(2)),
    "heavy K2": Case(HEAVY_2, _quantiles(2)),
    "moderate K3": Case(MODERATE_3, _quantiles(3)),
    "heavy K3": Case(HEAVY_3, _quantiles(3)),
    "heavy K5": Case(HEAVY_5, _quantiles(5)),
    "moderate K8": Case(MODERATE_8, _quantiles(8)),
    "heavy K8": Case(HEAVY_8, _quantiles(8)),
    "separated K5": Case(drawn([1] * 5, [-16, -8, 0, 8, 16], [1, 0.9, 1.1, 1, 0.95]), _quantiles(5)),
    "20 outliers, K3": Case(
        _changed(MODERATE_3, _replaced(20, _outliers)), _given([1, 1, 1], [-2, 0.8, 3.5], [1, 1, 1])
    ),
    "20 outliers, K4": Case(
        _changed(MODERATE_3, _replaced(20, _outliers)),
        _given([0.33, 0.33, 0.33, 0.01], [-2, 0.8, 3.5, 0], [1, 1, 1, 1e5]),
    ),
    "Student's t (2), K4": Case(lambda n, rng: rng.standard_t(2, size=n), _quantiles(4)),
    "narrow in wide, K2": Case(drawn([0.5, 0.5], [0, 5], [0.001, 2]), _quantiles(2)),
    "narrow and rare, K2": Case(drawn([0.01, 0.99], [1, 5], [0.0005, 2]), _given([1, 1], [1, 5], [0.01, 2])),
    "whole numbers, K3": Case(_changed(drawn([0.3, 0.4, 0.3], [12, 24, 36], [4, 4, 5]), _rounded), _quantiles(3)),
    "coarse whole numbers, K3": Case(_changed(drawn([1, 1, 1], [1, 2, 3], [0.5, 0.3, 0.7]), _rounded), _quantiles(3)),
    "rounded to 0.01, K5": Case(_changed(MODERATE_5, partial(_rounded, step=0.01)), _quantiles(5)),
    "start at 30, K3": Case(MODERATE_3, _given([1, 1, 1], [-2, 0.8, 30], [1, 1, 1])),
    "start at 100, K3": Case(MODERATE_3, _given([1, 1, 1], [-2, 0.8, 100], [1, 1, 1])),
    "coincident, K2": Case(STANDARD, _given([1, 1], [-0.05, 0.05], [1, 1])),
    "coincident, K3": Case(STANDARD, _given([1, 1, 1], [-0.1, 0, 0.1], [1, 1, 1])),
    "nearly coincident, K2": Case(drawn([1, 1], [0, 0.05], [1, 1]), _quantiles(2)),
    "0.1 % at 0.123, K4": Case(
        _changed(MODERATE_3, _replaced(0.001, _a_tenth_of_a_percent)),
        _given([0.3, 0.5, 0.19, 0.01], [-2, 0.8, 3.5, 0.123], [0.8, 1, 0.6, 0.01]),
    ),
    "offset 1e9, K3": Case(_changed(MODERATE_3, lambda values, rng: values + 1e9), _quantiles(3)),
    "log-normal (1), K4": Case(lambda n, rng: np.exp(rng.standard_normal(n)), _quantiles(4)),
    "log-normal (2), K4": Case(lambda n, rng: np.exp(2 * rng.standard_normal(n)), _quantiles(4)),
    "uniform, K4": Case(lambda n, rng: rng.uniform(size=n), _quantiles(4)),
}
"""One-dimensional problems, easy and hard: overlap, outliers, ties, far starts, components that coincide."""
