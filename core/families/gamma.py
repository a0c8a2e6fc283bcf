"""The gamma distribution, told by shape and scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log, pi
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.families.domains import POSITIVE, Domain
from core.families.family import Derivatives, Parameters
from core.families.lines import Line, logarithmic
from core.families.positive import PositiveFamily, positive_means, variation, within
from core.ratios import MOST, SMALLEST, divergence, log_values, ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

LARGE = 10.0
"""Shapes from which Stirling's series is exact to the last digits, where the closed forms lose theirs."""
STEPS = 50
SMALL_STEP = 1e-9
"""A step of Newton's method after which the next would be lost in rounding, relatively."""
LEAST_DIVERGENCE = 1e-30
"""That of a share held by one value, whose shape would be infinite: its sd is then 1e-15 of its mean."""

LEAST_EXCESS = 2.0**-53 - 1.0
"""That of rows whose mean is so far below the centre that it cannot be told from 0 beside it, but is not 0."""


class MeanAndDivergence(NamedTuple):
    """Mean of several sets of rows as centre · (1 + excess), and the mean of x/mean − 1 − log(x/mean), all (K,).

    The divergence is to the gamma distribution what the variance is to the normal one: about 1 / (2 shape), small where
    a component is narrow, and never a difference of large numbers.
    """

    centres: Array
    excesses: Array
    divergences: Array

    @property
    def means(self) -> Array:
        """Mean of each set."""
        return self.centres * (1.0 + self.excesses)

    def beside(self, means: Array) -> Array:
        """Mean of x/m − 1 − log(x/m), (K,), about any means m."""
        excess = ((self.centres - means) + self.centres * self.excesses) / means
        return self.divergences + divergence(self.means / means, excess)

    def pooled(self, counts: Array, other: MeanAndDivergence, other_counts: Array) -> MeanAndDivergence:
        """Those of both sets of rows together: as with variances, within the sets and between their means."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        apart = ((other.centres - self.centres) + other.centres * other.excesses) / self.centres - self.excesses
        excesses = np.maximum(self.excesses + share * apart, LEAST_EXCESS)
        pooled = MeanAndDivergence(self.centres, excesses, self.divergences)
        divergences = (1.0 - share) * self.beside(pooled.means) + share * other.beside(pooled.means)
        return pooled._replace(divergences=divergences)

    def scaled(self, factor: float) -> MeanAndDivergence:
        """The same: means do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class Gamma(PositiveFamily):
    """Gamma components: density x^(shape − 1) exp(−x / scale) / (Γ(shape) scale^shape), mean shape · scale."""

    name: ClassVar[str] = "gamma"
    title: ClassVar[str] = "gamma"
    domains: ClassVar[dict[str, Domain]] = {"shape": POSITIVE, "scale": POSITIVE}
    n_local: ClassVar[int] = 2
    of_ratios: ClassVar[bool] = True

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the gamma density, (K, m).

        As −log x + log(shape^shape e^−shape / Γ(shape)) − shape (u − 1 − log u), u = x / mean.
        """
        shapes = parameters["shape"]
        with np.errstate(over="ignore"):
            found = divergence(*ratios(values, self.location(parameters))) * -shapes[:, np.newaxis]
        found += _constant(shapes)[:, np.newaxis] - log_values(values)
        return within(values, found)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """The regularised incomplete gamma function, (K, m)."""
        from scipy.special import gammainc

        with np.errstate(over="ignore"):
            scaled = np.maximum(values, 0.0) / parameters["scale"][:, np.newaxis]
        return np.asarray(gammainc(parameters["shape"][:, np.newaxis], scaled))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Gamma draws for each entry of labels; of tiny shapes some would be 0 in float64, which is no value."""
        draws = rng.standard_gamma(parameters["shape"][labels]) * parameters["scale"][labels]
        return np.asarray(np.maximum(draws, SMALLEST))

    def moments(
        self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array
    ) -> MeanAndDivergence:
        """Mean and divergence of a block's rows as they are shared out, by way of the component's own mean."""
        centres = self.location(parameters)
        ratio, excess = ratios(values, centres)
        held = np.where(counts > 0, counts, 1.0)
        excesses = np.maximum(np.einsum("km,km->k", responsibilities, excess) / held, LEAST_EXCESS)
        about_centres = np.einsum("km,km->k", responsibilities, divergence(ratio, excess)) / held
        between = divergence(1.0 + excesses, excesses)
        return MeanAndDivergence(centres, excesses, np.maximum(about_centres - between, 0.0))

    def maximize(self, counts: Array, moments: MeanAndDivergence) -> dict[str, Array]:
        """The mean, and the shape at which log shape − ψ(shape) is the divergence (Newton's method, guarded)."""
        shapes = _shape_of(np.maximum(moments.divergences, LEAST_DIVERGENCE))
        return {"shape": shapes, "scale": moments.means / shapes}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: MeanAndDivergence) -> Array:
        """Σ r log f = N (log(shape^shape e^−shape / Γ(shape)) − shape · divergence − E log x)."""
        shapes = parameters["shape"]
        with np.errstate(over="ignore"):
            divergences = moments.beside(self.location(parameters))
        mean_logs = np.log(moments.means) - moments.divergences
        return np.asarray(counts * (_constant(shapes) - shapes * divergences - mean_logs))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of log mean, in units of the sd but at most 1, and of log shape, which are orthogonal."""
        shapes = parameters["shape"][:, np.newaxis]
        unit = _unit(parameters)[:, np.newaxis]
        ratio, excess = ratios(values, self.location(parameters))
        with np.errstate(over="ignore"):
            of_mean = shapes * unit * excess
            bent = -shapes * unit**2 * ratio
            of_shape = _slope(shapes) - shapes * divergence(ratio, excess)
        bent_shape = of_shape - _information(shapes)
        hessians = np.stack([np.stack([bent, of_mean]), np.stack([of_mean, bent_shape])])
        return Derivatives(np.stack([of_mean, of_shape]), hessians)

    def information(self, parameters: Parameters) -> Array:
        """shape · unit² for log mean and shape² ψ′(shape) − shape for log shape, per row."""
        shapes = parameters["shape"]
        return np.stack([shapes * _unit(parameters) ** 2, _information(shapes)])

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Means and shapes multiplied by e to the step."""
        factors = np.exp(steps[1])
        scales = parameters["scale"] * np.exp(_unit(parameters) * steps[0]) / factors
        return {"shape": parameters["shape"] * factors, "scale": scales}

    def line(self, parameters: Parameters) -> Line:
        """The logarithm: its density peaks at the mean."""
        shape, scale = float(parameters["shape"][0]), float(parameters["scale"][0])
        return logarithmic(float(np.log(shape) + np.log(scale)), 1.0 / np.sqrt(shape))

    def spread(self, parameters: Parameters) -> Array:
        """The sds, √shape · scale."""
        return np.asarray(np.sqrt(parameters["shape"]) * parameters["scale"])

    def location(self, parameters: Parameters) -> Array:
        """The means, shape · scale."""
        with np.errstate(over="ignore"):
            return np.asarray(np.clip(parameters["shape"] * parameters["scale"], SMALLEST, MOST))

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Components with these means and sds (the method of moments)."""
        means = positive_means(means, high)
        shapes = variation(means, sds) ** -2.0
        return {"shape": shapes, "scale": means / shapes}


def _unit(parameters: Parameters) -> Array:
    """What a local step of log mean is: the sd in means, but no more than a factor e."""
    return np.asarray(1.0 / np.sqrt(np.maximum(parameters["shape"], 1.0)))


def _shape_of(divergences: Array) -> Array:
    """The shapes a at which log a − ψ(a) is as given, (K,): a lies between 1/(2d) and 1/d.

    Newton's method for log q − log a − log d as a function of log a, q = a (log a − ψ(a)), which runs from 1 to ½.
    """
    apart = divergences - 3.0
    shapes = (np.sqrt(apart * apart + 24.0 * divergences) - apart) / (12.0 * divergences)
    for _ in range(STEPS):
        slope = _slope(shapes)
        steps = np.log(slope / (shapes * divergences)) * slope / _information(shapes)
        moved = np.clip(shapes * np.exp(steps), 0.5 / divergences, 1.0 / divergences)
        still = np.abs(moved - shapes) <= SMALL_STEP * shapes
        shapes = moved
        if still.all():
            break
    return np.asarray(shapes)


def _constant(shapes: Array) -> Array:
    """log(a^a e^−a / Γ(a)), (K,)."""
    a = np.maximum(shapes, LARGE)
    inverse = 1.0 / (a * a)
    stirling = _series([1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12], inverse) / a
    large = 0.5 * np.log(a / (2.0 * pi)) - stirling
    small = [min(a, LARGE) * (log(min(a, LARGE)) - 1.0) - lgamma(min(a, LARGE)) for a in shapes]
    return np.asarray(np.where(shapes < LARGE, small, large))


def _slope(shapes: Array) -> Array:
    """a (log a − ψ(a)): what log(a^a e^−a / Γ(a)) rises by per unit of log a."""
    from scipy.special import psi

    a = np.maximum(shapes, LARGE)
    inverse = 1.0 / (a * a)
    series = _series([1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12], inverse) / a
    small = np.minimum(shapes, LARGE)
    return np.asarray(np.where(shapes < LARGE, small * (np.log(small) - psi(small)), 0.5 + series))


def _information(shapes: Array) -> Array:
    """a² ψ′(a) − a: what one row tells of log shape; from 1 (small shapes) to ½ (large ones)."""
    from scipy.special import polygamma

    a = np.maximum(shapes, LARGE)
    inverse = 1.0 / (a * a)
    series = _series([7 / 6, -691 / 2730, 5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6], inverse) / a
    small = np.minimum(shapes, LARGE)
    return np.asarray(np.where(shapes < LARGE, small * (small * polygamma(1, small) - 1.0), 0.5 + series))


def _series(coefficients: list[float], of: Array) -> Array:
    """A polynomial, the highest power first."""
    found = np.full_like(of, coefficients[0])
    for coefficient in coefficients[1:]:
        found *= of
        found += coefficient
    return found
