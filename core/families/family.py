"""What a distribution must be able to do to be a component of a mixture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.errors import InputError
from core.families.domains import Domain
from core.families.lines import Line

Parameters = Mapping[str, Array]

DIFFERENCE, DIFFERENCES = 0.01, (45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0)
"""Local step of a central difference of sixth order, and what the values one, two and three steps away weigh."""


@dataclass(frozen=True)
class Setting:
    """What a family has to know before there are parameters: how variances are shared, trials, how many columns."""

    covariance: str = "full"
    trials: int | None = None
    n_features: int = 1


class Moments(Protocol):
    """Sufficient statistics of K shares of the data. They pool: the moments of two sets of rows give those of both."""

    def pooled(self, counts: Array, other: Self, other_counts: Array) -> Self:
        """The moments of both sets of rows; counts and other_counts (K,) are how many rows each share holds."""
        ...

    def scaled(self, factor: float) -> Self:
        """The moments of rows that each count `factor` times."""
        ...


class Derivatives(NamedTuple):
    """Scores (P, K, m) and second derivatives (P, P, K, m) of the log-density of m values in a family's local steps."""

    scores: Array
    hessians: Array


@dataclass(frozen=True, eq=False)
class Limits:
    """What each parameter is held to, name → (K,) numbers in the parameter's unit.

    low and high: bounds, equal where a value is fixed. groups: position of the first component with the same value.
    prior_rows: a spread counts so many rows more, with prior_values for their sd about the component's own location.
    """

    low: Mapping[str, Array]
    high: Mapping[str, Array]
    groups: Mapping[str, NDArray[np.intp]]
    prior_rows: Mapping[str, Array]
    prior_values: Mapping[str, Array]


class Directions(NamedTuple):
    """The free directions of a mixture, as they move the K logarithms of its weights and the P·K local steps (P first).

    free (K + P·K, F): how each free direction moves them; bend (K + P·K, F, F): how they curve along the way, None
    where they are straight; null (F,): the direction that changes nothing (the same added to every log-weight), or
    None.
    """

    free: Array
    bend: Array | None
    null: Array | None


class Family(ABC):
    """A distribution with parameters of leading axis K, one row of numbers at a time or many.

    `parameters` maps names to arrays (K,), or (K, …) in several dimensions; densities take values (m,), or (m, d) in
    several dimensions, and give (K, m). A family reads only moments that it made itself, hence `Any` where they come
    back. Local steps are the dimensionless coordinates in which curvature is measured: 1 is one sd of a location, one
    unit of log-scale.

    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the command line and files call it."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called in a sentence."""

    @property
    @abstractmethod
    def domains(self) -> Mapping[str, Domain]:
        """Name of each parameter → the numbers it may be, in the order a person sees them."""

    @property
    @abstractmethod
    def n_local(self) -> int:
        """Number P of local steps of one component."""

    @property
    def covariance(self) -> str:
        """How spreads are shared: "full" when each component has its own, "tied" when all have one."""
        return "full"

    @property
    def covaries(self) -> bool:
        """Whether it can be told how spreads are shared, by its covariance."""
        return False

    @property
    def n_features(self) -> int:
        """Number of columns that one row of values has."""
        return 1

    @property
    def trials(self) -> int | None:
        """Number of trials behind each value, where there are any."""
        return None

    @property
    def discrete(self) -> bool:
        """Whether values are whole numbers."""
        return False

    @property
    def of_ratios(self) -> bool:
        """Whether values are seen as ratios of one to another, all of which float64 must hold."""
        return False

    @property
    def noise(self) -> tuple[bool, ...] | bool:
        """Whether components are a background without a place of their own; (K,) where they differ."""
        return False

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of a component's parameters."""
        return tuple(self.domains)

    @property
    def unbounded(self) -> bool | NDArray[np.bool_]:
        """Whether a component on a single value has a likelihood without upper bound; (K,) where they differ."""
        return True

    def n_parameters(self, n_components: int) -> int:
        """Number of free parameters of a mixture of K components without constraints, its K − 1 weights included."""
        return n_components - 1 + n_components * len(self.domains)

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when the parameters are outside what the family allows."""
        k = len(next(iter(parameters.values())))
        check_domains(self.domains, parameters, range(1, k + 1))

    @property
    def support(self) -> str:
        """What its values must be, in words, as in "numbers greater than 0"; "" for any number."""
        return ""

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Which values (m,) it can take."""
        return np.ones(len(values), dtype=np.bool_)

    @abstractmethod
    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of each component's density (or probability) at each value, (K, m)."""

    @abstractmethod
    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """P(X ≤ value) under each component, (K, m)."""

    @abstractmethod
    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """One draw for each entry of labels (m,), from the component it names."""

    @abstractmethod
    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Any:
        """Sufficient statistics of one block: values (m,), responsibilities (K, m), their sums counts (K,)."""

    @abstractmethod
    def maximize(self, counts: Array, moments: Any) -> dict[str, Array]:
        """The parameters that maximise the expected log-density: the M step without the weights."""

    def maximize_within(self, counts: Array, moments: Any, limits: Limits) -> dict[str, Array] | None:
        """The M step within limits, where the family knows a closed way to it; None where it does not."""
        return None

    @abstractmethod
    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Any) -> Array:
        """Σ over rows of responsibility times log-density, for each component (K,), from the moments alone."""

    @abstractmethod
    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """Scores and second derivatives of the log-density in local steps."""

    def scores_and_bend(self, parameters: Parameters, values: Array, shares: Array) -> tuple[Array, Array]:
        """Scores (P, K, m), and the second derivatives summed over rows by their shares (K, m), (P, P, K).

        Where a share of 0 meets a derivative that overflows, the product is 0.
        """
        scores, hessians = self.derivatives(parameters, values)
        for huge in (scores, hessians):
            np.nan_to_num(huge, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return scores, np.einsum("km,ijkm->ijk", shares, hessians)

    def scores(self, parameters: Parameters, counts: Array, moments: Any) -> Array:
        """Gradient of the log-likelihood in local steps, (P, K), from the moments made under these parameters.

        That of the expected log-density, as Fisher's identity has it; by central differences, good to 1e-9 a row,
        unless the family knows it. NaN where the expected log-density is none nearby.
        """
        k, scores = len(counts), np.empty((self.n_local, len(counts)))
        for row in range(self.n_local):
            scores[row] = 0.0
            for far, weight in enumerate(DIFFERENCES, start=1):
                for side in (far, -far):
                    steps = np.zeros((self.n_local, k))
                    steps[row] = DIFFERENCE * side
                    with np.errstate(all="ignore"):
                        there = self.expected_log_density(self.displaced(parameters, steps), counts, moments)
                        scores[row] += np.sign(side) * weight / DIFFERENCE * there
        return scores

    @abstractmethod
    def information(self, parameters: Parameters) -> Array:
        """Expected information of one row in each local step, (P, K): the metric in which curvature is measured."""

    @abstractmethod
    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """The parameters after local steps (P, K)."""

    def line(self, parameters: Parameters) -> Line:
        """The coordinate in which one component's density (parameters of leading axis 1) can be integrated.

        Raises NotImplementedError where there is none.
        """
        raise NotImplementedError(f"intervals of {self.title} components")

    @abstractmethod
    def spread(self, parameters: Parameters) -> Array:
        """Standard deviation of each component, (K,), or where there is none what stands for it; always above 0."""

    def units(self, parameters: Parameters) -> Array:
        """What changes of a location are measured in: the sds, (K, 1), or (K, d) in several dimensions."""
        return self.spread(parameters)[:, np.newaxis]

    def flatness(self, parameters: Parameters, sds: Array) -> Array:
        """The smallest sd in any direction, (K,), columns in units of these sds (d,): near 0 in a component that has
        collapsed."""
        return np.asarray(self.spread(parameters) / sds[0])

    def slimness(self, parameters: Parameters) -> Array:
        """How narrow each component is beside another, (K,): the smallest ratio of their sds in one direction."""
        spread = self.spread(parameters)
        return np.asarray(spread / spread.max())

    @abstractmethod
    def location(self, parameters: Parameters) -> Array:
        """What components are sorted by, (K,): their means, or what stands for them."""

    @abstractmethod
    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Parameters of components about these means and as wide as these sds, as a start. low and high: the data's.

        weights (K,); means and sds (K,), low and high () in one dimension; (K, d) and (d,) in several.
        """

    def contraction(self, parameters: Parameters) -> Array:
        """Matrix (P·K, free) that spreads the free local steps over all components: identity, unless some are tied."""
        k = len(next(iter(parameters.values())))
        return np.eye(self.n_local * k)

    def directions(self, weights: Array, parameters: Parameters) -> Directions | None:
        """The free directions, where weights and parameters hang together; None: the weights are free of parameters."""
        return None

    def own_start(self) -> tuple[Array, dict[str, Array]] | None:
        """The weights and parameters from which the family always starts; None where data say where to start."""
        return None

    @property
    def is_exponential(self) -> bool:
        """Whether sums of an E step say all that an M step needs: then the metric of local steps is EM's own."""
        return True

    @property
    def shared(self) -> tuple[str, ...]:
        """Parameters that are of the model as a whole, not of a component."""
        return ()

    def weights(self, counts: Array, parameters: Parameters) -> Array:
        """The weights that maximise the lower bound, (K,): each component's share of the rows."""
        return np.asarray(counts / counts.sum())

    def at_boundary(self, parameters: Parameters) -> dict[int, str]:
        """Components of which a parameter went to the end of its range, by position, with what to say of it."""
        return {}

    def as_normal(self, parameters: Parameters) -> tuple[Array, Array, bool] | None:
        """Means and sds (K,) of what is normal in it, and whether that is the logarithm; None where nothing is."""
        return None

    @property
    def plain(self) -> Family:
        """The family of the values themselves, however they are seen."""
        return self

    def unwrapped(self, weights: Array, parameters: Parameters) -> tuple[Family, Array, Parameters]:
        """The plain family, with weights and parameters of the population."""
        return self, weights, parameters

    def part(self, positions: Any) -> Family:
        """The family of some of the components, in that order: itself, unless each component has its own."""
        return self

    @property
    def of_components(self) -> tuple[str, ...] | None:
        """The family's name for each component, (K,), where they differ; else None."""
        return None


def check_domains(domains: Mapping[str, Domain], parameters: Parameters, numbers: Sequence[int]) -> None:
    """Raises InputError where a parameter of the components of these numbers is none that its domain allows."""
    for name, domain in domains.items():
        wrong = ~domain.allows(parameters[name])
        if wrong.any():
            number = numbers[int(np.argmax(wrong))]
            raise InputError(f"The {spoken(name)} of component {number} must be {domain.words}.")


def spoken(name: str) -> str:
    """A parameter's name as it stands in a sentence."""
    return name.replace("_", " ")
