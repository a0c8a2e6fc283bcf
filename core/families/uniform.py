"""The uniform distribution on an interval: a background of noise without a place of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.errors import InputError
from core.families.domains import END, Domain
from core.families.family import Derivatives, Family, Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array


class Interval(NamedTuple):
    """The smallest interval that holds all rows with a share in each component, (K,), and the one they were seen under.

    Where no row has a share, low is ∞ and high −∞.
    """

    lows: Array
    highs: Array
    lows_before: Array
    highs_before: Array

    def pooled(self, counts: Array, other: Interval, other_counts: Array) -> Interval:
        """Those of both sets of rows together."""
        return Interval(
            np.minimum(self.lows, other.lows),
            np.maximum(self.highs, other.highs),
            np.minimum(self.lows_before, other.lows_before),
            np.maximum(self.highs_before, other.highs_before),
        )

    def scaled(self, factor: float) -> Interval:
        """The same: ends do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class Uniform(Family):
    """Components as likely everywhere from low to high, and nowhere else: noise or background beside others.

    As a start they reach over all the data, and there they stay while every row has a share in them, however small. An
    interval without width is never made of one that has some, so that nothing is unbounded.
    """

    name: ClassVar[str] = "uniform"
    title: ClassVar[str] = "uniform"
    domains: ClassVar[dict[str, Domain]] = {"low": END, "high": END}
    n_local: ClassVar[int] = 0
    noise: ClassVar[bool] = True
    unbounded: ClassVar[bool] = False

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when an end is no number, or low is not below high."""
        super().check(parameters)
        wrong = parameters["low"] >= parameters["high"]
        if wrong.any():
            raise InputError(f"The low of component {int(np.argmax(wrong)) + 1} must be less than its high.")

    @property
    def is_exponential(self) -> bool:
        """No."""
        return False

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """−log(high − low) from low to high, −∞ elsewhere, (K, m)."""
        low, high = parameters["low"][:, np.newaxis], parameters["high"][:, np.newaxis]
        return np.where((values >= low) & (values <= high), -np.log(high - low), -np.inf)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """Distribution function, (K, m)."""
        low, high = parameters["low"][:, np.newaxis], parameters["high"][:, np.newaxis]
        return np.asarray((np.clip(values, low, high) - low) / (high - low))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Uniform draws for each entry of labels."""
        return rng.uniform(parameters["low"][labels], parameters["high"][labels])

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Interval:
        """Smallest and largest of a block's rows that have a share."""
        held = responsibilities > 0.0
        lows = np.where(held, values, np.inf).min(axis=1)
        highs = np.where(held, values, -np.inf).max(axis=1)
        return Interval(lows, highs, parameters["low"], parameters["high"])

    def maximize(self, counts: Array, moments: Interval) -> dict[str, Array]:
        """The smallest interval that holds all rows with a share; unchanged where it would have no width."""
        some = moments.highs > moments.lows
        return {
            "low": np.where(some, moments.lows, moments.lows_before),
            "high": np.where(some, moments.highs, moments.highs_before),
        }

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Interval) -> Array:
        """Σ r log f: −∞ where a row with a share is outside."""
        inside = (moments.lows >= parameters["low"]) & (moments.highs <= parameters["high"])
        return np.where(inside, -counts * np.log(parameters["high"] - parameters["low"]), -np.inf)

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """None: the density does not bend with its ends, it breaks."""
        shape = (len(parameters["low"]), len(values))
        return Derivatives(np.zeros((0, *shape)), np.zeros((0, 0, *shape)))

    def information(self, parameters: Parameters) -> Array:
        """None."""
        return np.zeros((0, len(parameters["low"])))

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """The same: there are no local steps."""
        return dict(parameters)

    def spread(self, parameters: Parameters) -> Array:
        """The sds, width/√12."""
        return np.asarray((parameters["high"] - parameters["low"]) / np.sqrt(12.0))

    def location(self, parameters: Parameters) -> Array:
        """The middles."""
        return parameters["low"] + 0.5 * (parameters["high"] - parameters["low"])

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """From the lowest to the highest value of the data, whatever the means and sds."""
        return {"low": np.full_like(means, low), "high": np.full_like(means, high)}
