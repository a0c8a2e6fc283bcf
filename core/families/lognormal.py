"""The lognormal distribution: numbers whose logarithm is normal."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.families.domains import POSITIVE, REAL, Domain
from core.families.family import Derivatives, Parameters
from core.families.lines import Line, logarithmic
from core.families.positive import PositiveFamily, positive_means, variation, within
from core.moments import MeanAndSd
from core.ratios import LEAST, MOST, log_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

LOG_SQRT_2PI = 0.5 * log(2.0 * pi)


@dataclass(frozen=True)
class Lognormal(PositiveFamily):
    """Lognormal components, told by mean and sd of the natural log. They are sorted by it, that is, by their medians.

    The median is also what stands for their place: a mean that depends on the sd would not.
    """

    name: ClassVar[str] = "lognormal"
    title: ClassVar[str] = "lognormal"
    domains: ClassVar[dict[str, Domain]] = {"log_mean": REAL, "log_sd": POSITIVE}
    n_local: ClassVar[int] = 2

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the lognormal density, (K, m): that of the normal one at log x, less log x."""
        logs = log_values(values)
        z = _standardised(parameters, logs)
        with np.errstate(over="ignore"):
            found = -0.5 * z * z - (np.log(parameters["log_sd"]) + LOG_SQRT_2PI)[:, np.newaxis] - logs
        return within(values, found)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """Normal distribution function at log x, (K, m)."""
        from scipy.special import ndtr

        return np.asarray(np.where(values > 0, ndtr(_standardised(parameters, log_values(values))), 0.0))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """e to normal draws for each entry of labels."""
        logs = parameters["log_mean"][labels] + parameters["log_sd"][labels] * rng.standard_normal(len(labels))
        return np.asarray(np.exp(logs))

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> MeanAndSd:
        """Mean and sd of log x as a block's rows are shared out, about each component's own (two passes)."""
        away = np.subtract(log_values(values), parameters["log_mean"][:, np.newaxis])
        held = np.where(counts > 0, counts, 1.0)
        offsets = np.einsum("km,km->k", responsibilities, away) / held
        away -= offsets[:, np.newaxis]
        variances = np.einsum("km,km->k", responsibilities, np.square(away, out=away)) / held
        return MeanAndSd(parameters["log_mean"], offsets, np.sqrt(variances))

    def maximize(self, counts: Array, moments: MeanAndSd) -> dict[str, Array]:
        """Mean and sd of log x."""
        return {"log_mean": moments.means, "log_sd": moments.sds}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: MeanAndSd) -> Array:
        """Σ r log f = −N (log sd + ½ log 2π + ½ E z² + E log x)."""
        sds = parameters["log_sd"]
        bias = ((moments.centres - parameters["log_mean"]) + moments.offsets) / sds
        squares = np.square(moments.sds / sds) + np.square(bias)
        return np.asarray(-counts * (np.log(sds) + LOG_SQRT_2PI + 0.5 * squares + moments.means))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of one log_sd of log_mean and of the log of log_sd: scores (z, z² − 1)."""
        z = _standardised(parameters, log_values(values))
        with np.errstate(over="ignore"):
            square = z * z
        mixed = -2.0 * z
        hessians = np.stack([np.stack([np.full_like(z, -1.0), mixed]), np.stack([mixed, -2.0 * square])])
        return Derivatives(np.stack([z, square - 1.0]), hessians)

    def information(self, parameters: Parameters) -> Array:
        """1 for log_mean and 2 for the log of log_sd, per row."""
        return np.repeat([[1.0], [2.0]], len(parameters["log_sd"]), axis=1)

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """log_mean moved by steps of log_sd, log_sd multiplied by e to the step."""
        sds = parameters["log_sd"]
        return {"log_mean": parameters["log_mean"] + sds * steps[0], "log_sd": sds * np.exp(steps[1])}

    def as_normal(self, parameters: Parameters) -> tuple[Array, Array, bool]:
        """The logarithms."""
        return parameters["log_mean"], parameters["log_sd"], True

    def line(self, parameters: Parameters) -> Line:
        """The logarithm, which is normal."""
        return logarithmic(float(parameters["log_mean"][0]), float(parameters["log_sd"][0]))

    def spread(self, parameters: Parameters) -> Array:
        """The sds of x, in the data's unit; the largest number where float64 has none so large."""
        variances = np.square(parameters["log_sd"])
        with np.errstate(over="ignore"):
            sds = np.exp(parameters["log_mean"] + 0.5 * variances) * np.sqrt(np.expm1(variances))
        return np.asarray(np.clip(sds, 0.0, MOST))

    def units(self, parameters: Parameters) -> Array:
        """log_sd, (K, 1), in which log_mean is measured."""
        return parameters["log_sd"][:, np.newaxis]

    def location(self, parameters: Parameters) -> Array:
        """The medians, e to log_mean, in the data's unit."""
        return np.asarray(np.exp(np.clip(parameters["log_mean"], log(LEAST), log(MOST))))

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Components with these means and sds of x (the method of moments)."""
        means = positive_means(means, high)
        variances = np.log1p(np.square(variation(means, sds)))
        return {"log_mean": np.log(means) - 0.5 * variances, "log_sd": np.sqrt(variances)}


def _standardised(parameters: Parameters, logs: Array) -> Array:
    """(log x − log_mean) / log_sd, (K, m)."""
    with np.errstate(over="ignore"):
        return np.asarray((logs - parameters["log_mean"][:, np.newaxis]) / parameters["log_sd"][:, np.newaxis])
