"""The Weibull distribution, told by shape and scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, pi
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.families.domains import POSITIVE, Domain
from core.families.family import Derivatives, Limits, Parameters
from core.families.lines import Line, logarithmic
from core.families.positive import PositiveFamily, positive_means, variation, within
from core.powers import Powers, Shared
from core.ratios import LEAST, MOST, SMALLEST, log_ratio, log_values, ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

GAMMA = float(np.euler_gamma)
STEPS = 60
LEAST_SHAPE, MOST_SHAPE = 0.05, 1e7
"""Shapes that a start may have."""
NARROW = 50.0
"""Shape from which the variance is a series in 1 / shape; before, it is a difference of logarithms of Γ."""
ZETA = [1.000030588236307, 1.000061248135059, 1.000122713347579, 1.000246086553308, 1.000494188604119]
ZETA += [1.000994575127818, 1.002008392826082, 1.004077356197944, 1.008349277381923, 1.017343061984449]
ZETA += [1.036927755143370, 1.082323233711138, 1.202056903159594, pi * pi / 6]
"""ζ(15), ζ(14), … ζ(2)."""


@dataclass(frozen=True)
class Weibull(PositiveFamily):
    """Weibull components: P(X > x) = exp(−(x / scale)^shape).

    No finite number of sums over the data tells its expected log-density for every shape. The moments are a series
    about the shape of the E step, which holds to the last digits within a range about it; the M step maximises within
    that range, so the lower bound rises, and EM converges to the maximum itself.
    """

    name: ClassVar[str] = "weibull"
    title: ClassVar[str] = "Weibull"
    domains: ClassVar[dict[str, Domain]] = {"shape": POSITIVE, "scale": POSITIVE}
    n_local: ClassVar[int] = 2
    of_ratios: ClassVar[bool] = True

    @property
    def is_exponential(self) -> bool:
        """No."""
        return False

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the Weibull density, (K, m): log shape − log x + t − e^t, t = shape · log(x / scale)."""
        t = _standardised(parameters, values)
        with np.errstate(over="ignore"):
            found = t - np.exp(t)
        found += np.log(parameters["shape"])[:, np.newaxis] - log_values(values)
        return within(values, found)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """1 − exp(−(x / scale)^shape), (K, m)."""
        with np.errstate(over="ignore"):
            return np.asarray(np.where(values > 0, -np.expm1(-np.exp(_standardised(parameters, values))), 0.0))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Weibull draws for each entry of labels; of tiny shapes some would be 0 in float64, which is no value."""
        with np.errstate(over="ignore"):
            draws = rng.standard_exponential(len(labels)) ** (1.0 / parameters["shape"][labels])
        return np.asarray(np.clip(draws * parameters["scale"][labels], SMALLEST, MOST))

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Powers:
        """Series about these parameters of the mean of (x / scale)^shape over a block's rows as they are shared out."""
        t = _standardised(parameters, values)
        return Powers.about(parameters["shape"], parameters["scale"], t, responsibilities, counts)

    def maximize(self, counts: Array, moments: Powers) -> dict[str, Array]:
        """The shape that is best together with its scale, within the range of the series, and that scale."""
        found = moments.best()
        assert found is not None
        return dict(zip(self.domains, found, strict=True))

    def maximize_within(self, counts: Array, moments: Powers, limits: Limits) -> dict[str, Array] | None:
        """The same with shapes fixed, bounded or shared; None where a scale is shared, or held back by its bounds."""
        own = (limits.groups["scale"] == np.arange(len(counts))).all()
        held = Shared(limits.groups["shape"], counts, limits.low["shape"], limits.high["shape"])
        found = moments.best(held) if own and (counts > 0).all() else None
        if found is None or (found[1] < limits.low["scale"]).any() or (found[1] > limits.high["scale"]).any():
            return None
        return {"shape": np.clip(found[0], held.low, held.high), "scale": found[1]}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Powers) -> Array:
        """Σ r log f = N (log shape + E t − E e^t − E log x); −∞ outside the range of the series."""
        shapes, scales = parameters["shape"], parameters["scale"]
        mean_logs = moments.mean_logs(scales)
        with np.errstate(over="ignore"):
            mean_powers = np.exp(moments.log_mean_powers(shapes, scales))
        expected = np.log(shapes) + (shapes - 1.0) * mean_logs - mean_powers - np.log(scales)
        return np.asarray(np.where(moments.reaches(shapes), counts * expected, -np.inf))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of log location and log shape that are orthogonal: the one moves t, the other turns it about 1 − γ.

        The location step is 1 / shape (about the sd over the mean), but at most a factor e.
        """
        t = _standardised(parameters, values)
        with np.errstate(over="ignore", invalid="ignore"):
            power = np.exp(t)
            moved = -(parameters["shape"] * _unit(parameters))[:, np.newaxis]
            turned = t - (1.0 - GAMMA)
            rest = 1.0 - power
            scores = np.stack([rest * moved, 1.0 + rest * turned])
            mixed = moved * (rest - power * turned)
            own = [-power * moved * moved, rest * turned - power * turned * turned]
        return Derivatives(scores, np.stack([np.stack([own[0], mixed]), np.stack([mixed, own[1]])]))

    def information(self, parameters: Parameters) -> Array:
        """(shape · unit)² for the location and π²/6 for log shape, per row."""
        of_location = np.square(parameters["shape"] * _unit(parameters))
        return np.stack([of_location, np.full_like(of_location, pi * pi / 6)])

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Shape multiplied by e to the step, and the scale such that the distribution turns about one point."""
        shapes = parameters["shape"] * np.exp(steps[1])
        turned = (1.0 - GAMMA) * (1.0 / parameters["shape"] - 1.0 / shapes)
        return {"shape": shapes, "scale": parameters["scale"] * np.exp(_unit(parameters) * steps[0] + turned)}

    def line(self, parameters: Parameters) -> Line:
        """The logarithm: its density peaks at the scale."""
        return logarithmic(float(np.log(parameters["scale"][0])), 1.0 / float(parameters["shape"][0]))

    def spread(self, parameters: Parameters) -> Array:
        """The sds; the largest number where float64 has none so large."""
        shapes = parameters["shape"]
        with np.errstate(over="ignore"):
            sds = parameters["scale"] * _bounded(_log_gamma(1.0 / shapes)) * np.sqrt(_squared_variation(shapes))
        return np.asarray(np.clip(sds, 0.0, MOST))

    def location(self, parameters: Parameters) -> Array:
        """The means, scale · Γ(1 + 1 / shape); the largest number where float64 has none so large."""
        with np.errstate(over="ignore"):
            means = parameters["scale"] * _bounded(_log_gamma(1.0 / parameters["shape"]))
        return np.asarray(np.clip(means, SMALLEST, MOST))

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Components with these means and sds (the method of moments, the shape by bisection)."""
        means = positive_means(means, high)
        wanted = np.square(variation(means, sds))
        lower, upper = np.full_like(means, np.log(LEAST_SHAPE)), np.full_like(means, np.log(MOST_SHAPE))
        for _ in range(STEPS):
            middle = 0.5 * (lower + upper)
            too_wide = _squared_variation(np.exp(middle)) > wanted
            lower, upper = np.where(too_wide, middle, lower), np.where(too_wide, upper, middle)
        shapes = np.exp(lower)
        return {"shape": shapes, "scale": means / _bounded(_log_gamma(1.0 / shapes))}


def _standardised(parameters: Parameters, values: Array) -> Array:
    """t = shape · log(x / scale), (K, m)."""
    return parameters["shape"][:, np.newaxis] * log_ratio(*ratios(values, parameters["scale"]))


def _unit(parameters: Parameters) -> Array:
    return np.asarray(1.0 / np.maximum(parameters["shape"], 1.0))


def _log_gamma(inverses: Array) -> Array:
    """log Γ(1 + 1 / shape)."""
    return np.array([lgamma(1.0 + min(inverse, MOST)) for inverse in inverses])


def _bounded(logs: Array) -> Array:
    return np.exp(np.clip(logs, np.log(LEAST), np.log(MOST)))


def _squared_variation(shapes: Array) -> Array:
    """Variance over squared mean: Γ(1 + 2/shape) / Γ(1 + 1/shape)² − 1."""
    with np.errstate(over="ignore"):
        inverses = np.minimum(1.0 / shapes, MOST)
    orders = np.arange(15, 1, -1)
    small = np.minimum(inverses, 1.0 / NARROW)
    series = np.polyval([*(np.array(ZETA) * (-1.0) ** orders * (2.0**orders - 2.0) / orders), 0.0, 0.0], small)
    logs = _log_gamma(2.0 * inverses) - 2.0 * _log_gamma(inverses)
    return np.asarray(np.expm1(np.clip(np.where(inverses > 1.0 / NARROW, logs, series), 0.0, np.log(MOST))))
