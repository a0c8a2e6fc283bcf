"""Components that each have a family of their own, as in Gaussians on a uniform background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.domains import Domain
from core.families.family import Derivatives, Family, Parameters, check_domains


class Group(NamedTuple):
    """The components that have one family: where they stand among all of them, (G,)."""

    family: Family
    places: NDArray[np.int64]

    def of(self, parameters: Parameters) -> dict[str, Array]:
        """The group's own parameters, (G,) each."""
        return {name: parameters[name][self.places] for name in self.family.parameter_names}


class MixedMoments(NamedTuple):
    """The moments of each group, and where its components stand among all of them."""

    parts: tuple[Any, ...]
    places: tuple[NDArray[np.int64], ...]

    def pooled(self, counts: Array, other: MixedMoments, other_counts: Array) -> MixedMoments:
        """The moments of both sets of rows, group by group."""
        both = zip(self.parts, other.parts, self.places, strict=True)
        parts = tuple(mine.pooled(counts[at], theirs, other_counts[at]) for mine, theirs, at in both)
        return MixedMoments(parts, self.places)

    def scaled(self, factor: float) -> MixedMoments:
        """The moments of rows that each count `factor` times."""
        return MixedMoments(tuple(part.scaled(factor) for part in self.parts), self.places)


@dataclass(frozen=True)
class Mixed(Family):
    """A family for each component; those of one family form a group, within which what it shares is shared.

    families (K,). kinds: the different families, in the order a person wrote them, which stays when components change
    places. Parameters are of all K components; where a component has no such parameter it is NaN. Values that a family
    cannot take have density 0 under its components.
    """

    families: tuple[Family, ...]
    kinds: tuple[Family, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", self.kinds or tuple(dict.fromkeys(self.families)))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The families that components have, each with their places."""
        places = [[k for k, family in enumerate(self.families) if family == kind] for kind in self.kinds]
        return tuple(Group(kind, np.array(at)) for kind, at in zip(self.kinds, places, strict=True) if at)

    @property
    def name(self) -> str:
        """The names of the components' families, in their order."""
        return "+".join(family.name for family in self.families)

    @property
    def title(self) -> str:
        """The titles of the components' families, in their order."""
        return " + ".join(family.title for family in self.families)

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """Those of all families, in the order in which they first appear."""
        return {name: domain for kind in self.kinds for name, domain in kind.domains.items()}

    @cached_property
    def n_local(self) -> int:
        """The most local steps that any family has."""
        return max(kind.n_local for kind in self.kinds)

    @property
    def covariance(self) -> str:
        """How the families share spreads that share them."""
        return next((kind.covariance for kind in self.kinds if kind.covariance != "full"), "full")

    @property
    def trials(self) -> int | None:
        """Number of trials behind each value, where a family has any."""
        return next((kind.trials for kind in self.kinds if kind.trials is not None), None)

    @property
    def discrete(self) -> bool:
        """Whether values are whole numbers."""
        return all(kind.discrete for kind in self.kinds)

    @property
    def of_ratios(self) -> bool:
        """Whether values are seen as ratios by one of the families."""
        return any(kind.of_ratios for kind in self.kinds)

    @property
    def noise(self) -> tuple[bool, ...]:
        """Which components are a background, (K,)."""
        return tuple(bool(family.noise) for family in self.families)

    @property
    def unbounded(self) -> NDArray[np.bool_]:
        """Which components' likelihood has no upper bound on a single value, (K,)."""
        return np.array([bool(family.unbounded) for family in self.families])

    @property
    def of_components(self) -> tuple[str, ...] | None:
        """The family's name for each component, (K,); None where all have the same."""
        return tuple(family.name for family in self.families) if len(self.groups) > 1 else None

    def part(self, positions: Any) -> Mixed:
        """The families of some of the components, in that order."""
        chosen = np.arange(len(self.families))[positions]
        return Mixed(tuple(self.families[k] for k in chosen), self.kinds)

    def n_parameters(self, n_components: int) -> int:
        """K − 1 weights, and what each group has."""
        return (
            n_components
            - 1
            + sum(group.family.n_parameters(len(group.places)) - (len(group.places) - 1) for group in self.groups)
        )

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when a component's parameters are outside what its family allows."""
        for group in self.groups:
            own = group.of(parameters)
            check_domains(group.family.domains, own, [int(k) + 1 for k in group.places])
            group.family.check(own)

    @property
    def support(self) -> str:
        """What values must be, in words: what some component can take."""
        words = dict.fromkeys(group.family.support for group in self.groups)
        return "" if "" in words else " or ".join(words)

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Which values (m,) some component can take."""
        return np.asarray(np.any([group.family.supports(values) for group in self.groups], axis=0))

    @property
    def covaries(self) -> bool:
        """Whether any of them does."""
        return any(group.family.covaries for group in self.groups)

    @property
    def is_exponential(self) -> bool:
        """Whether all of them are."""
        return all(group.family.is_exponential for group in self.groups)

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of each component's density, (K, m); −∞ for values that its family cannot take."""
        log_density = np.empty((len(self.families), len(values)))
        for group in self.groups:
            safe, taken = _taken(group.family, values)
            own = group.family.log_density(group.of(parameters), safe)
            log_density[group.places] = own if taken is None else np.where(taken, own, -np.inf)
        return log_density

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """P(X ≤ value) under each component, (K, m)."""
        return self._gathered(lambda group: group.family.cdf(group.of(parameters), values))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """One draw for each entry of labels, from the component it names."""
        draws = np.empty(len(labels))
        for group in self.groups:
            place_in_group = np.full(len(self.families), -1)
            place_in_group[group.places] = np.arange(len(group.places))
            within = place_in_group[labels]
            here = within >= 0
            draws[here] = group.family.sample(group.of(parameters), within[here], rng)
        return draws

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> MixedMoments:
        """The moments of each group, from its own responsibilities."""
        parts = [
            group.family.moments(
                group.of(parameters),
                _taken(group.family, values)[0],
                responsibilities[group.places],
                counts[group.places],
            )
            for group in self.groups
        ]
        return MixedMoments(tuple(parts), tuple(group.places for group in self.groups))

    def maximize(self, counts: Array, moments: MixedMoments) -> dict[str, Array]:
        """What maximises each group's expected log-density."""
        return self._spread_out(
            group.family.maximize(counts[group.places], part) for group, part in self._with_moments(moments)
        )

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: MixedMoments) -> Array:
        """Σ over rows of responsibility times log-density, (K,), from the moments alone."""
        expected = np.empty(len(self.families))
        for group, part in self._with_moments(moments):
            own = group.of(parameters)
            expected[group.places] = group.family.expected_log_density(own, counts[group.places], part)
        return expected

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """Each component's in the first local steps, as many as its family has; 0 in the others."""
        p, k, m = self.n_local, len(self.families), len(values)
        scores, hessians = np.zeros((p, k, m)), np.zeros((p, p, k, m))
        for group in self.groups:
            safe, taken = _taken(group.family, values)
            own = group.family.derivatives(group.of(parameters), safe)
            q = group.family.n_local
            scores[:q, group.places] = own.scores if taken is None else own.scores * taken
            hessians[:q, :q, group.places] = own.hessians if taken is None else own.hessians * taken
        return Derivatives(scores, hessians)

    def information(self, parameters: Parameters) -> Array:
        """Each component's, (P, K); 1 for steps that its family has not, and that the contraction drops."""
        information = np.ones((self.n_local, len(self.families)))
        for group in self.groups:
            information[: group.family.n_local, group.places] = group.family.information(group.of(parameters))
        return information

    def contraction(self, parameters: Parameters) -> Array:
        """The free steps of each group, side by side."""
        k = len(self.families)
        columns = []
        for group in self.groups:
            own = group.family.contraction(group.of(parameters))
            steps = np.arange(group.family.n_local)[:, np.newaxis]
            spread = np.zeros((self.n_local * k, own.shape[1]))
            spread[(steps * k + group.places).ravel()] = own
            columns.append(spread)
        return np.concatenate(columns, axis=1)

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Each group's parameters after its own local steps."""
        return self._spread_out(
            group.family.displaced(group.of(parameters), steps[: group.family.n_local, group.places])
            for group in self.groups
        )

    def spread(self, parameters: Parameters) -> Array:
        """What each family calls the spread of its components, (K,)."""
        return self._gathered(lambda group: group.family.spread(group.of(parameters)))

    def units(self, parameters: Parameters) -> Array:
        """What each family measures changes of a location in, (K, 1)."""
        return self._gathered(lambda group: group.family.units(group.of(parameters)))

    def location(self, parameters: Parameters) -> Array:
        """What each family calls the location of its components, (K,)."""
        return self._gathered(lambda group: group.family.location(group.of(parameters)))

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """Each group's parameters about these means and as wide as these sds."""
        return self._spread_out(
            group.family.resembling(
                weights[group.places] / weights[group.places].sum(), means[group.places], sds[group.places], low, high
            )
            for group in self.groups
        )

    def at_boundary(self, parameters: Parameters) -> dict[int, str]:
        """What each family says of its components."""
        return {
            int(group.places[place]): words
            for group in self.groups
            for place, words in group.family.at_boundary(group.of(parameters)).items()
        }

    def _with_moments(self, moments: MixedMoments) -> Iterator[tuple[Group, Any]]:
        return zip(self.groups, moments.parts, strict=True)

    def _gathered(self, function: Callable[[Group], Array]) -> Array:
        """An array (G, …) of each group put together to one of all components, (K, …)."""
        parts = [function(group) for group in self.groups]
        whole = np.empty((len(self.families), *parts[0].shape[1:]))
        for group, part in zip(self.groups, parts, strict=True):
            whole[group.places] = part
        return whole

    def _spread_out(self, parts: Iterator[dict[str, Array]]) -> dict[str, Array]:
        """The parameters of each group put together, NaN where a component has no such parameter."""
        whole = {name: np.full(len(self.families), np.nan) for name in self.parameter_names}
        for group, own in zip(self.groups, parts, strict=True):
            for name, array in own.items():
                whole[name][group.places] = array
        return whole


def _taken(family: Family, values: Array) -> tuple[Array, NDArray[np.bool_] | None]:
    """Values with one that the family can take in place of any that it cannot, and which it can; None for all."""
    if not family.support:
        return values, None
    taken = family.supports(values)
    if taken.all():
        return values, None
    return np.where(taken, values, values[np.argmax(taken)] if taken.any() else 1.0), taken
