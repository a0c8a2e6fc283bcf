"""The binomial distribution: how many of a known number of trials succeed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.errors import InputError
from core.families.domains import PROBABILITY, Domain
from core.families.family import Derivatives, Family, Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

NARROWEST = 1e-3
FEWEST_AT_THE_START = 0.1


class Successes(NamedTuple):
    """Mean number of successes in each share of the rows, and mean log of the ways to choose them, (K,) each."""

    means: Array
    log_ways: Array

    def pooled(self, counts: Array, other: Successes, other_counts: Array) -> Successes:
        """Those of both sets of rows together."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        rest = 1.0 - share
        return Successes(rest * self.means + share * other.means, rest * self.log_ways + share * other.log_ways)

    def scaled(self, factor: float) -> Successes:
        """The same: means do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class Binomial(Family):
    """Binomial components, each with its probability of success. trials: how many stand behind every value.

    It can be made without trials, to be named, but not used. Raises InputError where they are fewer than 1.
    """

    trials: int | None = None
    name: ClassVar[str] = "binomial"
    title: ClassVar[str] = "binomial"
    domains: ClassVar[dict[str, Domain]] = {"probability": PROBABILITY}
    n_local: ClassVar[int] = 1
    discrete: ClassVar[bool] = True
    unbounded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.trials is not None and self.trials < 1:
            raise InputError(f"--trials must be 1 or more; {self.trials} is not.")

    @property
    def n(self) -> int:
        """Number of trials. Raises InputError where it was not given."""
        if self.trials is None:
            raise InputError("--family binomial needs --trials N: how many trials stand behind each value.")
        return self.trials

    @property
    def support(self) -> str:
        """Whole numbers up to the trials."""
        return f"whole numbers from 0 to {'the number of trials' if self.trials is None else self.trials}"

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Whole numbers from 0 to the trials."""
        return np.asarray((values >= 0) & (values <= self.n) & (values == np.rint(values)))

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the probability, (K, m); at a probability of 0 or 1 that of its only value is 0."""
        from scipy.special import xlog1py, xlogy

        chances = parameters["probability"][:, np.newaxis]
        supported = self.supports(values)
        hits = np.where(supported, values, 0.0)
        density = xlogy(hits, chances) + xlog1py(self.n - hits, -chances) + self._log_ways(hits)
        return np.where(supported, density, -np.inf)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """P(X ≤ value), (K, m)."""
        from scipy.special import bdtr

        whole = np.floor(values)
        chances = parameters["probability"][:, np.newaxis]
        return np.where(whole < 0.0, 0.0, bdtr(np.clip(whole, 0.0, self.n), self.n, chances))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Binomial draws for each entry of labels."""
        return rng.binomial(self.n, parameters["probability"][labels]).astype(np.float64)

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Successes:
        """Mean successes of a block's rows as they are shared out."""
        held = np.where(counts > 0, counts, 1.0)
        means = np.where(counts > 0, responsibilities @ values / held, self.n * parameters["probability"])
        hits = np.clip(values, 0.0, self.n)  # rows of no support have no share
        return Successes(means, responsibilities @ self._log_ways(hits) / held)

    def maximize(self, counts: Array, moments: Successes) -> dict[str, Array]:
        """The share of successes."""
        return {"probability": np.minimum(moments.means / self.n, 1.0)}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Successes) -> Array:
        """Σ r log f from the means of the shares."""
        from scipy.special import xlog1py, xlogy

        chances = parameters["probability"]
        failures = np.maximum(self.n - moments.means, 0.0)
        mean = xlogy(moments.means, chances) + xlog1py(failures, -chances) + moments.log_ways
        return np.asarray(np.multiply(counts, mean, out=np.zeros_like(mean), where=counts > 0))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of the log-odds that are about one sd: (x − trials p) and −trials p (1 − p), in that unit."""
        means = (self.n * parameters["probability"])[:, np.newaxis]
        scores = ((values - means) * self._unit(parameters)[:, np.newaxis])[np.newaxis]
        hessians = np.broadcast_to(-self.information(parameters)[:, :, np.newaxis], scores.shape)
        return Derivatives(scores, hessians[np.newaxis].copy())

    def information(self, parameters: Parameters) -> Array:
        """v/(1 + v) per row with v = trials p (1 − p): that of the log-odds in their unit."""
        return (self._variance(parameters) * np.square(self._unit(parameters)))[np.newaxis]

    def contraction(self, parameters: Parameters) -> Array:
        """All steps are free, but from a probability of 0 or 1 none leads away."""
        return np.eye(len(parameters["probability"]))[:, self._variance(parameters) > 0]

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Odds multiplied by e to the step, in its unit."""
        chances = parameters["probability"]
        odds = np.exp(steps[0] * self._unit(parameters))
        return {"probability": chances * odds / (chances * odds + (1.0 - chances))}

    def spread(self, parameters: Parameters) -> Array:
        """√(trials p (1 − p)), but at least 0.001."""
        return np.maximum(np.sqrt(self._variance(parameters)), NARROWEST)

    def location(self, parameters: Parameters) -> Array:
        """The mean number of successes."""
        return np.asarray(self.n * parameters["probability"])

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """The probabilities with these means, away from 0 and 1, which EM never leaves."""
        margin = FEWEST_AT_THE_START / self.n
        return {"probability": np.clip(means / self.n, margin, 1.0 - margin)}

    def _variance(self, parameters: Parameters) -> Array:
        return np.asarray(self.n * parameters["probability"] * (1.0 - parameters["probability"]))

    def _unit(self, parameters: Parameters) -> Array:
        return np.asarray(1.0 / np.sqrt(1.0 + self._variance(parameters)))

    def _log_ways(self, hits: Array) -> Array:
        """Log of the number of ways (m,) to choose that many of the trials."""
        from scipy.special import gammaln

        return np.asarray(gammaln(self.n + 1.0) - gammaln(hits + 1.0) - gammaln(self.n - hits + 1.0))
