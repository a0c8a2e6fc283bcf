"""The exponential distribution: waiting times without memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.families.domains import POSITIVE, Domain
from core.families.family import Derivatives, Family, Parameters
from core.families.lines import Line, logarithmic
from core.families.positive import positive_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array


class Averages(NamedTuple):
    """Mean of each share of the rows, (K,): all values are on one side of 0, so nothing cancels."""

    means: Array

    def pooled(self, counts: Array, other: Averages, other_counts: Array) -> Averages:
        """Those of both sets of rows together."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        return Averages((1.0 - share) * self.means + share * other.means)

    def scaled(self, factor: float) -> Averages:
        """The same: means do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class Exponential(Family):
    """Exponential components: density rate · exp(−rate · x) from 0 up.

    Its likelihood has an upper bound wherever a component may come to lie, except on the value 0 alone.
    """

    name: ClassVar[str] = "exponential"
    title: ClassVar[str] = "exponential"
    domains: ClassVar[dict[str, Domain]] = {"rate": POSITIVE}
    n_local: ClassVar[int] = 1

    @property
    def support(self) -> str:
        """Numbers from 0 up."""
        return "numbers from 0 up"

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Those that are not below 0."""
        return np.asarray(values >= 0)

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """log rate − rate · x, (K, m); −∞ below 0."""
        rates = parameters["rate"][:, np.newaxis]
        with np.errstate(over="ignore"):
            found = np.asarray(np.log(rates) - rates * values)
        if (values < 0).any():
            found[:, values < 0] = -np.inf
        return found

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """1 − exp(−rate · x), (K, m)."""
        with np.errstate(over="ignore"):
            return np.asarray(-np.expm1(-parameters["rate"][:, np.newaxis] * np.maximum(values, 0.0)))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Exponential draws for each entry of labels."""
        draws: Array = rng.standard_exponential(len(labels)) / parameters["rate"][labels]
        return draws

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Averages:
        """Mean of a block's rows as they are shared out."""
        # Divided first: a sum of 10 million values of 1e305 is no number.
        shares = responsibilities / np.where(counts > 0, counts, 1.0)[:, np.newaxis]
        return Averages(shares @ values)

    def maximize(self, counts: Array, moments: Averages) -> dict[str, Array]:
        """Rate = 1 / mean."""
        with np.errstate(divide="ignore", over="ignore"):
            return {"rate": np.asarray(1.0 / moments.means)}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Averages) -> Array:
        """Σ r log f = N (log rate − rate · mean)."""
        return np.asarray(counts * (np.log(parameters["rate"]) - parameters["rate"] * moments.means))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of log rate: score 1 − rate · x."""
        with np.errstate(over="ignore"):
            relative = parameters["rate"][:, np.newaxis] * values
        return Derivatives((1.0 - relative)[np.newaxis], -relative[np.newaxis, np.newaxis])

    def information(self, parameters: Parameters) -> Array:
        """1 for log rate, per row."""
        return np.ones((1, len(parameters["rate"])))

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Rates multiplied by e to the step."""
        return {"rate": parameters["rate"] * np.exp(steps[0])}

    def line(self, parameters: Parameters) -> Line:
        """The logarithm: its density peaks at the mean."""
        return logarithmic(float(-np.log(parameters["rate"][0])), 1.0)

    def spread(self, parameters: Parameters) -> Array:
        """The sds, which are the means."""
        return self.location(parameters)

    def location(self, parameters: Parameters) -> Array:
        """The means, 1 / rate."""
        return np.asarray(1.0 / parameters["rate"])

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Rates of these means; sds follow from them."""
        return {"rate": 1.0 / positive_means(means, high)}
