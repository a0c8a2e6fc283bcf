"""The normal distribution in one dimension, with an sd for each component (full) or one for all (tied)."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, log, pi, sqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.errors import InputError
from core.families.domains import POSITIVE, REAL, Domain
from core.families.family import Derivatives, Family, Parameters
from core.families.lines import Line, straight
from core.moments import MeanAndSd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

LOG_SQRT_2PI = 0.5 * log(2.0 * pi)
SQUARES = 1e150
"""Largest standardised distance whose square is still a number."""


@dataclass(frozen=True)
class Gaussian(Family):
    """Normal components. covariance: "full", each its own sd, or "tied", one sd for all."""

    covariance: str = "full"
    name: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian"
    domains: ClassVar[dict[str, Domain]] = {"mean": REAL, "sd": POSITIVE}
    n_local: ClassVar[int] = 2
    covaries: ClassVar[bool] = True

    @property
    def unbounded(self) -> bool:
        """Unless the sd is shared."""
        return self.covariance != "tied"

    def n_parameters(self, n_components: int) -> int:
        """K − 1 weights, K means, and K sds or one."""
        return 2 * n_components - 1 + (n_components if self.covariance == "full" else 1)

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when an sd is not positive, or sds differ although tied."""
        super().check(parameters)
        sds = parameters["sd"]
        if self.covariance == "tied" and np.ptp(sds) > 1e-9 * sds.max():
            raise InputError("With tied covariance all components must have the same sd; the given ones differ.")

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the normal density, (K, m)."""
        standardised = _standardised(parameters, values)
        with np.errstate(over="ignore"):
            np.square(standardised, out=standardised)
        standardised *= -0.5
        standardised -= (np.log(parameters["sd"]) + LOG_SQRT_2PI)[:, np.newaxis]
        return standardised

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """Normal distribution function, (K, m)."""
        complement = np.vectorize(erfc, otypes=[np.float64])
        return np.asarray(0.5 * complement(_standardised(parameters, values) * -sqrt(0.5)))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Normal draws for each entry of labels."""
        draws: Array = parameters["mean"][labels] + parameters["sd"][labels] * rng.standard_normal(len(labels))
        return draws

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> MeanAndSd:
        """Mean and sd of a block's rows as they are shared out, about each component's own mean (two passes)."""
        standardised = _standardised(parameters, values)
        if max(np.abs(values).max(), np.abs(parameters["mean"]).max()) / SQUARES > parameters["sd"].min():
            # A row so far away that its square overflows has no share, but 0 times infinity would still be no number.
            np.copyto(standardised, 0.0, where=responsibilities == 0.0)
        held = np.where(counts > 0, counts, 1.0)
        offsets = np.einsum("km,km->k", responsibilities, standardised) / held
        standardised -= offsets[:, np.newaxis]
        np.square(standardised, out=standardised)
        variances = np.einsum("km,km->k", responsibilities, standardised) / held
        sds = parameters["sd"]
        return MeanAndSd(parameters["mean"], sds * offsets, sds * np.sqrt(variances))

    def maximize(self, counts: Array, moments: MeanAndSd) -> dict[str, Array]:
        """Mean and sd of each share; tied: the sd pooled over all (Dempster, Laird and Rubin 1977, section 4.3)."""
        sds = moments.sds
        if self.covariance == "tied":
            shares = counts / counts.sum()
            scale = sds.max() or 1.0
            sds = np.full_like(sds, scale * np.sqrt((shares * np.square(sds / scale)).sum()))
        return {"mean": moments.means, "sd": sds}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: MeanAndSd) -> Array:
        """Σ r log f from mean and sd of the shares: −N (log sd + ½ log 2π + ½ E z²)."""
        sds = parameters["sd"]
        bias = ((moments.centres - parameters["mean"]) + moments.offsets) / sds
        squares = np.square(moments.sds / sds) + np.square(bias)
        return np.asarray(-counts * (np.log(sds) + LOG_SQRT_2PI + 0.5 * squares))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of one sd of the mean and of log sd: scores (z, z² − 1)."""
        z = _standardised(parameters, values)
        with np.errstate(over="ignore"):
            square = z * z
        scores = np.stack([z, square - 1.0])
        mixed = -2.0 * z
        hessians = np.stack([np.stack([np.full_like(z, -1.0), mixed]), np.stack([mixed, -2.0 * square])])
        return Derivatives(scores, hessians)

    def scores(self, parameters: Parameters, counts: Array, moments: MeanAndSd) -> Array:
        """N E z and N (E z² − 1)."""
        bias = ((moments.centres - parameters["mean"]) + moments.offsets) / parameters["sd"]
        squares = np.square(moments.sds / parameters["sd"]) + np.square(bias)
        return np.stack([counts * bias, counts * (squares - 1.0)])

    def information(self, parameters: Parameters) -> Array:
        """1 for the mean and 2 for log sd, per row."""
        return np.repeat([[1.0], [2.0]], len(parameters["sd"]), axis=1)

    def contraction(self, parameters: Parameters) -> Array:
        """All steps are free; tied: one step of log sd for all."""
        k = len(parameters["sd"])
        if self.covariance == "full":
            return np.eye(2 * k)
        tied = np.zeros((2 * k, k + 1))
        tied[:k, :k] = np.eye(k)
        tied[k:, k] = 1.0
        return tied

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Means moved by steps of their sd, sds multiplied by e to the step."""
        sds = parameters["sd"]
        return {"mean": parameters["mean"] + sds * steps[0], "sd": sds * np.exp(steps[1])}

    def as_normal(self, parameters: Parameters) -> tuple[Array, Array, bool]:
        """The values."""
        return parameters["mean"], parameters["sd"], False

    def line(self, parameters: Parameters) -> Line:
        """The values themselves."""
        return straight(float(parameters["mean"][0]), float(parameters["sd"][0]))

    def spread(self, parameters: Parameters) -> Array:
        """The sds."""
        return parameters["sd"]

    def location(self, parameters: Parameters) -> Array:
        """The means."""
        return parameters["mean"]

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """These means and sds; tied: all sds become the weighted root mean square of the given ones."""
        if self.covariance == "tied":
            largest = sds.max()
            sds = np.full_like(sds, largest * np.sqrt((weights * np.square(sds / largest)).sum()))
        return {"mean": means, "sd": sds}


def _standardised(parameters: Parameters, values: Array) -> Array:
    """(value − mean) / sd, (K, m): the difference first, so that no digit is lost at a large offset."""
    z = np.subtract(values[np.newaxis, :], parameters["mean"][:, np.newaxis])
    with np.errstate(over="ignore"):
        z /= parameters["sd"][:, np.newaxis]
    return np.asarray(z)
