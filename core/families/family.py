"""What a distribution must be able to do to be a component of a mixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.data import Array


class Moments(Protocol):
    """Sufficient statistics of K shares of the data. They pool: the moments of two sets of rows give those of both."""

    def pooled(self, counts: Array, other: Self, other_counts: Array) -> Self:
        """The moments of both sets of rows; counts and other_counts (K,) are how many rows each share holds."""
        ...


class Derivatives(NamedTuple):
    """Scores (P, K, m) and second derivatives (P, P, K, m) of the log-density of m values in a family's local steps."""

    scores: Array
    hessians: Array


class Family(Protocol):
    """A distribution with parameters of leading axis K, one row of numbers at a time or many.

    A family reads only moments that it made itself, hence `Any` where they come back to it.
    `parameters` is a mapping of names to (K,) arrays; densities take values (m,) and give (K, m). Local steps are the
    dimensionless coordinates in which curvature is measured: 1 is one sd of a location, one unit of log-scale.
    """

    @property
    def name(self) -> str:
        """Name in files and options."""
        ...

    @property
    def title(self) -> str:
        """Name a person reads."""
        ...

    @property
    def covariance(self) -> str:
        """ "full" when each component has its own spread, "tied" when all share one."""
        ...

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of a component's parameters, the location first."""
        ...

    @property
    def n_local(self) -> int:
        """Number P of local steps of one component."""
        ...

    def n_parameters(self, n_components: int) -> int:
        """Number of free parameters of a mixture of K components, its K − 1 weights included."""
        ...

    def check(self, parameters: Mapping[str, Array]) -> None:
        """Raises InputError when the parameters are outside what the family allows."""
        ...

    def log_density(self, parameters: Mapping[str, Array], values: Array) -> Array:
        """Natural log of each component's density at each value, (K, m)."""
        ...

    def cdf(self, parameters: Mapping[str, Array], values: Array) -> Array:
        """P(X ≤ value) under each component, (K, m)."""
        ...

    def sample(self, parameters: Mapping[str, Array], labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """One draw for each entry of labels (m,), from the component it names."""
        ...

    def moments(
        self, parameters: Mapping[str, Array], values: Array, responsibilities: Array, counts: Array
    ) -> Moments:
        """Sufficient statistics of one block: values (m,), responsibilities (K, m), their sums counts (K,)."""
        ...

    def maximize(self, counts: Array, moments: Any) -> dict[str, Array]:
        """The parameters that maximise the expected log-density: the M step without the weights."""
        ...

    def expected_log_density(self, parameters: Mapping[str, Array], counts: Array, moments: Any) -> float:
        """Σ over rows and components of responsibility times log-density, from the moments alone."""
        ...

    def derivatives(self, parameters: Mapping[str, Array], values: Array) -> Derivatives:
        """Scores and second derivatives of the log-density in local steps."""
        ...

    def information(self) -> Array:
        """Expected information of one row in each local step, (P,): the metric in which curvature is measured."""
        ...

    def contraction(self, n_components: int) -> Array:
        """Matrix (K·P, free) that spreads the free local steps over all components: identity, or tied columns."""
        ...

    def displaced(self, parameters: Mapping[str, Array], steps: Array) -> dict[str, Array]:
        """The parameters after local steps (P, K)."""
        ...

    def spread(self, parameters: Mapping[str, Array]) -> Array:
        """Standard deviation of each component, (K,)."""
        ...

    def location(self, parameters: Mapping[str, Array]) -> Array:
        """What components are sorted by, (K,)."""
        ...
