"""The genetic linkage model: four classes of animals, one of which hides two, and a single probability π.

Dempster, Laird and Rubin (1977), section 1; the counts are Rao's (1965).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.domains import PROBABILITY, Domain
from core.families.family import Derivatives, Directions, Family, Parameters

CLASSES = np.array([1.0, 1.0, 2.0, 3.0, 4.0])
"""The observed class of each hidden cell: the first class is two cells, (2 + π)/4 = 1/2 + π/4."""
WEIGHTS, SLOPES = np.array([0.5, 0.0, 0.25, 0.25, 0.0]), np.array([0.0, 0.25, -0.25, -0.25, 0.25])
"""Probability of each cell: WEIGHTS + SLOPES · π."""


@dataclass(frozen=True)
class Nothing:
    """Moments of a model whose M step needs the counts of its cells only."""

    def pooled(self, counts: Array, other: Nothing, other_counts: Array) -> Nothing:
        """Nothing and nothing are nothing."""
        return self

    def scaled(self, factor: float) -> Nothing:
        """Nothing is nothing, however often."""
        return self


@dataclass(frozen=True)
class Linkage(Family):
    """Multinomial cells with probabilities 1/2, π/4, (1 − π)/4, (1 − π)/4 and π/4, the first two seen as one class.

    EM that is no mixture of distributions: the components are the hidden cells, each on the one value of its class, and
    their weights follow from π, which all of them share. cells: those that these components are, of the five.
    """

    cells: tuple[int, ...] = (0, 1, 2, 3, 4)
    name: ClassVar[str] = "linkage"
    title: ClassVar[str] = "Genetic linkage"
    domains: ClassVar[dict[str, Domain]] = {"pi": PROBABILITY}
    n_local: ClassVar[int] = 0
    discrete: ClassVar[bool] = True
    unbounded: ClassVar[bool] = False
    shared: ClassVar[tuple[str, ...]] = ("pi",)
    n_cells: ClassVar[int] = len(CLASSES)

    def n_parameters(self, n_components: int) -> int:
        """π."""
        return 1

    @property
    def support(self) -> str:
        """The four classes."""
        return "classes 1, 2, 3 and 4"

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """1, 2, 3 and 4."""
        return np.isin(values, CLASSES)

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """0 where the value is the cell's class, −∞ elsewhere."""
        return np.where(values == CLASSES[list(self.cells), np.newaxis], 0.0, -np.inf)

    def part(self, positions: Any) -> Linkage:
        """Some of the cells, for their densities."""
        return Linkage(tuple(np.array(self.cells)[positions].tolist()))

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """Whether the class is at most the value."""
        return (values >= CLASSES[list(self.cells), np.newaxis]).astype(np.float64)

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """The class of each cell."""
        return CLASSES[labels]

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Nothing:
        """The counts say it all."""
        return Nothing()

    def maximize(self, counts: Array, moments: Nothing) -> dict[str, Array]:
        """π = (n₂ + n₅) / (n₂ + n₃ + n₄ + n₅), from the counts of the cells."""
        for_pi = counts[1] + counts[4]
        return {"pi": np.full(len(counts), for_pi / (for_pi + counts[2] + counts[3]))}

    def weights(self, counts: Array, parameters: Parameters) -> Array:
        """The probability of each cell."""
        return np.asarray(WEIGHTS + SLOPES * parameters["pi"])

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Nothing) -> Array:
        """0: a cell is on its class."""
        return np.zeros(len(counts))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """None: all of the model is in the weights."""
        k, m = len(CLASSES), len(values)
        return Derivatives(np.zeros((0, k, m)), np.zeros((0, 0, k, m)))

    def information(self, parameters: Parameters) -> Array:
        """None beyond the weights'."""
        return np.zeros((0, len(CLASSES)))

    def directions(self, weights: Array, parameters: Parameters) -> Directions:
        """One: π, in steps of 1, as it moves the logarithms of the weights."""
        slopes = SLOPES / weights
        return Directions(slopes[:, np.newaxis], -np.square(slopes)[:, np.newaxis, np.newaxis], None)

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """The same: there are no local steps."""
        return dict(parameters)

    def spread(self, parameters: Parameters) -> Array:
        """A tenth of a class, for want of a width."""
        return np.full(len(CLASSES), 0.1)

    def location(self, parameters: Parameters) -> Array:
        """The class."""
        return CLASSES

    def own_start(self) -> tuple[Array, dict[str, Array]]:
        """That of 1977: π = 1/2."""
        parameters = {"pi": np.full(len(CLASSES), 0.5)}
        return self.weights(np.ones(len(CLASSES)), parameters), parameters

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """The start of 1977: π = 1/2."""
        return {"pi": np.full(len(CLASSES), 0.5)}
