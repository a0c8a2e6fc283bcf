"""A mixture of components, and the sufficient statistics an E step leaves of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.errors import InputError
from core.families.family import Family


@dataclass(frozen=True, eq=False)
class Mixture:
    """K weighted components of one family: knows densities, not fitting.

    weights (K,) sum to 1; parameters: name → (K,) array, as the family names them, in the data's unit; ids (K,) are the
    numbers a person sees, given once to the start and kept. Raises InputError where a value is not allowed.
    """

    family: Family
    weights: Array
    parameters: Mapping[str, Array]
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        weights = _frozen(self.weights)
        parameters = {name: _frozen(self.parameters[name]) for name in self.family.parameter_names}
        if weights.ndim != 1 or len(weights) == 0 or any(p.shape[:1] != weights.shape for p in parameters.values()):
            raise ValueError("weights and parameters must have one entry for each component")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "parameters", MappingProxyType(parameters))
        object.__setattr__(self, "ids", self.ids or tuple(range(1, len(weights) + 1)))

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return len(self.weights)

    @property
    def plain(self) -> Mixture:
        """The mixture of the population, however its values are seen: plain family, weights and parameters."""
        family, weights, parameters = self.family.unwrapped(self.weights, self.parameters)
        return self if family is self.family else Mixture(family, weights, parameters, self.ids)

    def checked(self) -> Mixture:
        """This mixture, if it is one. Raises InputError naming the first thing that is wrong."""
        if not np.isfinite(self.weights).all():
            raise InputError(f"Every weight must be a number; component {_first(~np.isfinite(self.weights))} has none.")
        if (self.weights < 0).any():
            raise InputError(f"The weight of component {_first(self.weights < 0)} is negative.")
        if abs(self.weights.sum() - 1.0) > 1e-6:
            raise InputError(f"The weights must add up to 1; they add up to {self.weights.sum():.9g}.")
        self.family.check(self.parameters)
        return self

    def sorted(self) -> Mixture:
        """Components in the order of their locations, each with the id it had."""
        order = np.argsort(self.family.location(self.parameters), kind="stable")
        parameters = {name: array[order] for name, array in self.parameters.items()}
        return Mixture(self.family.part(order), self.weights[order], parameters, tuple(self.ids[i] for i in order))

    def numbered(self) -> Mixture:
        """Components in the order of their locations, numbered from 1: what a start is given, once."""
        ordered = self.sorted()
        return Mixture(ordered.family, ordered.weights, ordered.parameters)

    def joint(self, values: Array) -> Array:
        """Natural log of weight times density, (K, m) for values (m,), or (m, d) in several dimensions."""
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weights)
        joint = self.family.log_density(self.parameters, values)
        joint += log_weights[:, np.newaxis]
        return joint

    def log_density(self, values: Array) -> Array:
        """Natural log of the mixture's density, (m,)."""
        return log_sum_exp(self.joint(values))[0]

    def densities(self, values: Array) -> Array:
        """Weighted density of each component, (K, m); their sum is the mixture's."""
        return np.exp(self.joint(values))

    def responsibilities(self, values: Array) -> Array:
        """Posterior P(component | value), (K, m); columns add up to 1."""
        return log_sum_exp(self.joint(values))[1]

    def cdf(self, values: Array) -> Array:
        """P(X ≤ value) under the mixture, (m,)."""
        return np.asarray(self.weights @ self.family.cdf(self.parameters, values))

    def sample(self, n_samples: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
        """n_samples draws (n,) and the position of the component each came from (n,)."""
        labels = rng.choice(self.n_components, size=n_samples, p=self.weights / self.weights.sum()).astype(np.int64)
        return self.family.sample(self.parameters, labels, rng), labels


@dataclass(frozen=True, eq=False)
class Statistics:
    """What an E step leaves of the data: it adds, and scales; nothing else.

    counts (K,): rows shared out to each component. moments: the family's. log_likelihood of the mixture the E step was
    made under, entropy of the responsibilities (natural log), n the number of rows. From the counts and moments alone
    the M step follows (Neal and Hinton 1998, section 2). sureness: Σ ln of each row's largest responsibility, NaN where
    whoever made the statistics did not look.
    """

    counts: Array
    moments: Any
    log_likelihood: float
    entropy: float
    n: float
    sureness: float = float("nan")

    def __add__(self, other: Statistics) -> Statistics:
        """The statistics of both sets of rows together."""
        return Statistics(
            self.counts + other.counts,
            self.moments.pooled(self.counts, other.moments, other.counts),
            self.log_likelihood + other.log_likelihood,
            self.entropy + other.entropy,
            self.n + other.n,
            self.sureness + other.sureness,
        )

    def __mul__(self, factor: float) -> Statistics:
        """The statistics of rows counted `factor` times."""
        return Statistics(
            self.counts * factor,
            self.moments.scaled(factor),
            self.log_likelihood * factor,
            self.entropy * factor,
            self.n * factor,
            self.sureness * factor,
        )


def log_sum_exp(joint: Array) -> tuple[Array, Array]:
    """Log of the summed exponentials over components, (m,), and each one's share of the sum, (K, m).

    A column of which every entry is −inf (no density can be told from 0) gives −inf, and shares that are no numbers.
    """
    top = joint.max(axis=0)
    with np.errstate(invalid="ignore"):
        shares = np.exp(joint - top)
        total = shares.sum(axis=0)
        shares /= total
        log_density = np.log(total)
    log_density += top
    lost = np.isneginf(top)
    if lost.any():
        log_density[lost] = -np.inf
    return log_density, shares


def _frozen(array: Array) -> Array:
    copy = np.array(array, dtype=np.float64)
    copy.flags.writeable = False
    return copy


def _first(mask: Any) -> int:
    return int(np.argmax(mask)) + 1
