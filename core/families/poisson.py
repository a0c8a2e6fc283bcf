"""The Poisson distribution: counts of events that come independently at a rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.families.domains import Domain, Positive
from core.families.family import Derivatives, Family, Parameters
from core.ratios import divergence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

LEAST = 1e-300
"""What stands for a rate of 0 where its logarithm is needed."""
LARGE = 16.0
"""From this count on, Stirling's series has all digits."""
NARROWEST = 1e-3


class Rate(Positive):
    """0 or greater: a component on zeros alone has the rate 0. Steps are of its logarithm."""

    words = "0 or greater"

    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Finite ones that are not below 0."""
        return np.asarray(np.isfinite(values) & (values >= 0))

    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """Logarithm of the ratio."""
        return super().steps(np.maximum(reference, LEAST), np.maximum(values, LEAST), unit)


class Counted(NamedTuple):
    """Mean of each share of the rows, and mean of their log-probability under the rates `centres`, (K,) each.

    The log-probability under nearby rates follows from both without cancelling, however large the counts.
    """

    centres: Array
    means: Array
    at_centres: Array

    def about(self, rates: Array) -> Array:
        """Mean log-probability under other rates, (K,); −∞ where the rate is 0 and the rows are not."""
        apart = rates - self.centres
        with np.errstate(divide="ignore", over="ignore"):
            logs, relative = np.log(rates) - np.log(self.centres), apart / self.centres
        tilt = np.multiply(self.means, logs, out=np.zeros_like(logs), where=self.means > 0)
        # Near the centre the logarithm and the difference cancel; what is left of both together keeps its digits.
        near = np.abs(relative) < 0.5
        excess = np.where(near, relative, 0.0)
        close = (self.means - self.centres) * np.log1p(excess) - self.centres * divergence(1.0 + excess, excess)
        return np.asarray(self.at_centres + np.where(near, close, tilt - apart))

    def pooled(self, counts: Array, other: Counted, other_counts: Array) -> Counted:
        """Those of both sets of rows together, about the centres of the first."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        means = (1.0 - share) * self.means + share * other.means
        at_centres = (1.0 - share) * self.at_centres + share * other.about(self.centres)
        return Counted(self.centres, means, at_centres)

    def scaled(self, factor: float) -> Counted:
        """The same: means do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class Poisson(Family):
    """Poisson components, each with its rate, which is also the mean."""

    name: ClassVar[str] = "poisson"
    title: ClassVar[str] = "Poisson"
    domains: ClassVar[dict[str, Domain]] = {"rate": Rate()}
    n_local: ClassVar[int] = 1
    discrete: ClassVar[bool] = True
    unbounded: ClassVar[bool] = False
    support: ClassVar[str] = "whole numbers from 0 up"

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Whole numbers that are not below 0."""
        return np.asarray((values >= 0) & (values == np.rint(values)))

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the probability, (K, m); of 0 at rate 0 it is 0."""
        rates = parameters["rate"][:, np.newaxis]
        supported = self.supports(values)
        counts = np.where(supported, values, 0.0)
        at_most = _log_at_own_rate(counts)
        held = np.where(counts > 0.0, counts, 1.0)
        with np.errstate(divide="ignore", over="ignore"):
            apart = rates - counts
            relative = apart / held
            # Near the count itself the logarithm and the difference cancel; log1p keeps their digits.
            logs = np.where(np.abs(relative) < 0.5, np.log1p(np.maximum(relative, -0.5)), np.log(rates) - np.log(held))
        logs = np.where(counts > 0.0, logs, 0.0)
        return np.where(supported, at_most + (counts * logs - apart), -np.inf)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """P(X ≤ value), (K, m)."""
        from scipy.special import pdtr

        whole = np.floor(values)
        rates = parameters["rate"][:, np.newaxis]
        return np.where(whole < 0.0, 0.0, pdtr(np.maximum(whole, 0.0), rates))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Poisson draws for each entry of labels."""
        return rng.poisson(parameters["rate"][labels]).astype(np.float64)

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Counted:
        """Mean and mean log-probability of a block's rows as they are shared out."""
        centres = np.maximum(parameters["rate"], LEAST)
        held = np.where(counts > 0, counts, 1.0)
        density = self.log_density({"rate": centres}, values)
        np.copyto(density, 0.0, where=responsibilities == 0.0)
        means = np.where(counts > 0, responsibilities @ values / held, parameters["rate"])
        return Counted(centres, means, np.einsum("km,km->k", responsibilities, density) / held)

    def maximize(self, counts: Array, moments: Counted) -> dict[str, Array]:
        """The mean of each share."""
        return {"rate": moments.means}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Counted) -> Array:
        """Σ r log f from the means of the shares."""
        mean = moments.about(parameters["rate"])
        return np.asarray(np.multiply(counts, mean, out=np.zeros_like(mean), where=counts > 0))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of log rate that are about one sd: (x − rate) and −rate, in that unit."""
        unit = _unit(parameters)
        scores = ((values - parameters["rate"][:, np.newaxis]) * unit[:, np.newaxis])[np.newaxis]
        hessians = np.broadcast_to(-self.information(parameters)[:, :, np.newaxis], scores.shape)
        return Derivatives(scores, hessians[np.newaxis].copy())

    def information(self, parameters: Parameters) -> Array:
        """rate/(1 + rate) per row: that of log rate in its unit."""
        return (parameters["rate"] * np.square(_unit(parameters)))[np.newaxis]

    def contraction(self, parameters: Parameters) -> Array:
        """All steps are free, but from rate 0 none leads away."""
        return np.eye(len(parameters["rate"]))[:, parameters["rate"] > 0]

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Rates multiplied by e to the step, in its unit."""
        return {"rate": parameters["rate"] * np.exp(steps[0] * _unit(parameters))}

    def spread(self, parameters: Parameters) -> Array:
        """√rate, but at least 0.001."""
        return np.maximum(np.sqrt(parameters["rate"]), NARROWEST)

    def location(self, parameters: Parameters) -> Array:
        """The rates."""
        return parameters["rate"]

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Rates of these means; where that is not above 0 a small one, as EM never leaves the rate 0."""
        return {"rate": np.maximum(means, min(0.1, 0.01 * max(float(high), 1.0)))}


def _unit(parameters: Parameters) -> Array:
    """Steps of log rate: about one sd of the values where the rate is large, one unit of log rate where it is small."""
    return np.asarray(1.0 / np.sqrt(1.0 + parameters["rate"]))


def _log_at_own_rate(counts: Array) -> Array:
    """Log-probability (m,) of each count at the rate that is the count: x log x − x − log x! (Loader 2000)."""
    from scipy.special import gammaln, xlogy

    large = np.maximum(counts, LARGE)
    inverse = 1.0 / large
    square = inverse * inverse
    error = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    few = np.minimum(counts, LARGE)
    direct = xlogy(few, few) - few - gammaln(few + 1.0)
    return np.where(counts < LARGE, direct, -0.5 * np.log(2.0 * np.pi * large) - error)
