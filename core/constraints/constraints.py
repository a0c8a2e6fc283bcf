"""All that a mixture's parameters are held to, and the M step under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from core.constraints.building import held
from core.constraints.climbing import climbed
from core.constraints.closed_forms import by_family, normal, settled, within
from core.constraints.conforming import arranged, conformed, conforms
from core.constraints.constraint import WEIGHT, Constraint, Order, Prior
from core.constraints.coordinates import coordinates, stacked, unstacked
from core.constraints.faces import null_space
from core.constraints.holding import Held, Mask
from core.constraints.priors import of_parameters, of_weights
from core.constraints.spreads import COLLAPSE_BY, names_of
from core.constraints.tangent import Tangent, tangent
from core.constraints.unseen import maximized
from core.data import Array
from core.families.family import Family
from core.families.observed import Observed
from core.mixture import Mixture, Statistics

AT_FLOOR = 1e-9
ROUNDING = 1e-13


@dataclass(frozen=True)
class Constraints:
    """What the parameters are held to: each a line that a person wrote. Components are named by their numbers."""

    items: tuple[Constraint, ...] = ()

    def check(self, family: Family, n_components: int) -> None:
        """Raises InputError where a constraint makes no sense for the family, or two of them contradict each other."""
        if self.items:
            held(self.items, family, tuple(range(1, n_components + 1)))

    @property
    def has_prior(self) -> bool:
        """Whether a log prior is added to the log-likelihood."""
        return any(isinstance(one, Prior) for one in self.items)

    def holds_weights(self, family: Family, n_components: int) -> bool:
        """Whether weights are held to anything, or have a prior."""
        return bool(self.items) and not _free(held(self.items, family, tuple(range(1, n_components + 1))))

    def maximize(self, mixture: Mixture, statistics: Statistics) -> Mixture:
        """The M step: the weights and parameters that maximise the lower bound plus log prior, where all this holds."""
        family, counts = mixture.family, statistics.counts
        if isinstance(family, Observed):
            return maximized(mixture, statistics, self.maximize)
        of = self._of(mixture) if self.items else None
        if of is None or of.all_free:
            parameters = family.maximize(counts, statistics.moments)
        else:
            parameters = dict(unstacked(of, _maximized(of, mixture, statistics)))
        if of is None:
            return Mixture(family, family.weights(counts, parameters), parameters, mixture.ids)
        weights = family.weights(counts, parameters) if _free(of) else of.weights.maximize(counts)
        return Mixture(family, weights, parameters, mixture.ids)

    @property
    def name_components(self) -> bool:
        """Whether it matters which component has which number."""
        return any(one.components or isinstance(one, Order) for one in self.items)

    def starting(self, mixture: Mixture) -> Mixture:
        """A given start like this one where all this holds.

        The numbers stay in their places, but an order or a fixed mean may hand the components round among them.
        """
        return self.conforming(self.arranged(mixture))

    def arranged(self, mixture: Mixture) -> Mixture:
        """The components of a start handed round among the numbers as an order or fixed means have it."""
        return arranged(self._of(mixture), mixture) if self.items else mixture

    def conforming(self, mixture: Mixture) -> Mixture:
        """A mixture like this one where all this holds, every component with the number it has.

        Parameters that conform stay as they are.
        """
        if not self.items:
            return mixture
        of = self._of(mixture)
        parameters, weights = mixture.parameters, mixture.weights
        if not of.all_free and not conforms(of, stacked(of, parameters)):
            made = conformed(of, coordinates(of, parameters), stacked(of, parameters))
            parameters = unstacked(of, made)
        if of.weights.is_held:
            weights = replace(of.weights, concentration=1.0).maximize(weights)
        return Mixture(mixture.family, weights, parameters, mixture.ids)

    def n_parameters(self, mixture: Mixture) -> int:
        """Number of free parameters: what is fixed or tied does not count, what is bounded or ordered does."""
        return self.n_free(mixture.family, mixture.ids)

    def n_free(self, family: Family, ids: tuple[int, ...]) -> int:
        """The same of any mixture of a family whose components have these numbers."""
        free = family.n_parameters(len(ids))
        if not self.items:
            return free
        of, without = held(self.items, family, ids), held((), family, ids)
        of_weights = len(ids) - 1 - of.weights.n_free
        return free - of_weights - (_n_free(without) - _n_free(of))

    def log_prior(self, mixture: Mixture) -> float:
        """Natural log of the prior density at a mixture, but for a constant; 0 without a prior."""
        if not self.has_prior:
            return 0.0
        of = self._of(mixture)
        return of_weights(of, mixture.weights) + float(of_parameters(of, stacked(of, mixture.parameters)).sum())

    def fixed(self, mixture: Mixture) -> dict[str, Mask]:
        """Which parameters are held at a value, and so have no standard error: name → (K,), "weight" among them."""
        of = self._of(mixture)
        return {WEIGHT: of.weights.fixed, **dict(zip(of.names, of.fixed, strict=True))}

    def bounds(self, mixture: Mixture) -> dict[str, tuple[Array, Array]]:
        """The least and the most that parameters and weights may be by constraints, name → ((K,), (K,)); else ∓∞."""
        of, free = self._of(mixture), held((), mixture.family, mixture.ids)

        def rows(one: Held) -> tuple[Array, Array]:
            return np.vstack([one.weights.low, one.low]), np.vstack([one.weights.high, one.high])

        (low, high), (lowest, highest) = rows(of), rows(free)
        low, high = np.where(low > lowest, low, -np.inf), np.where(high < highest, high, np.inf)
        return {name: (low[row], high[row]) for row, name in enumerate((WEIGHT, *of.names))}

    def protected(self, mixture: Mixture) -> Mask:
        """Which components (K,) cannot collapse, because their spread is held up."""
        of = self._of(mixture)
        kept = np.zeros(mixture.n_components, dtype=np.bool_)
        for position, kind in enumerate(names_of(mixture.family, mixture.n_components)):
            for name, way in COLLAPSE_BY.get(kind, {}).items():
                if name in of.names:
                    row = of.names.index(name)
                    low, high = of.low[row, position], of.high[row, position]
                    group = of.groups[row] == of.groups[row, position]
                    kept[position] |= bool(
                        (way < 0 and low > 0.0) or (way > 0 and high < np.inf) or of.prior_rows[row, group].any()
                    )
        return kept

    def shared(self, mixture: Mixture) -> Mask:
        """Which components (K,) have a spread in common with others, so that one of them alone cannot collapse."""
        of = self._of(mixture)
        alone = np.zeros(mixture.n_components, dtype=np.bool_)
        shared = of.shared
        for position, kind in enumerate(names_of(mixture.family, mixture.n_components)):
            for name in COLLAPSE_BY.get(kind, {}):
                if name in of.names:
                    alone[position] |= bool(shared[of.names.index(name), position])
        return alone

    def moves_the_maximum(self, mixture: Mixture) -> bool:
        """Whether the fit ends elsewhere than at the maximum of the likelihood: by a prior, or on a floor."""
        if self.has_prior:
            return True
        of = self._of(mixture)
        values = stacked(of, mixture.parameters)
        return bool(((of.floors > 0) & (values <= of.floors * (1.0 + AT_FLOOR))).any())

    def tangent(self, mixture: Mixture, spread: Array, gradient: Array) -> Tangent | None:
        """What is left free of the directions spread (L, F₀) at a mixture with this gradient (L,); None: all of it."""
        return tangent(self._of(mixture), mixture, spread, gradient) if self.items else None

    def _of(self, mixture: Mixture) -> Held:
        return held(self.items, mixture.family, mixture.ids)


NONE = Constraints()


@lru_cache(maxsize=2)  # whoever looks whether a component collapses makes the M step that comes next
def _maximized(of: Held, mixture: Mixture, statistics: Statistics) -> Array:
    """The parameters (d, K) that maximise the expected log-density plus log prior."""
    family, counts, moments = mixture.family, statistics.counts, statistics.moments

    def objective(values: Array) -> Array:
        expected = family.expected_log_density(unstacked(of, values), counts, moments)
        return np.asarray(expected + of_parameters(of, values))

    before = stacked(of, mixture.parameters)
    known = by_family(of, counts, moments)
    if known is not None and not _falls(objective, before, known):
        return known
    best = stacked(of, family.maximize(counts, moments))
    done = settled(of, best)
    cut = within(of, best)
    if done.all():
        return cut
    moving = of.present & ~done
    start = np.where(moving, best, cut)
    made = normal(of, counts, moments, start, moving)
    if made is not None:
        return made
    now = np.where(moving, before, cut)
    return climbed(of, coordinates(of, mixture.parameters), moving, objective, [now, start])


def _falls(objective: Callable[[Array], Array], before: Array, after: Array) -> bool:
    """Whether what is climbed is lower after than before, but for rounding."""
    with np.errstate(all="ignore"):
        here, there = float(objective(before).sum()), float(objective(after).sum())
    return there < here - ROUNDING * (abs(here) + 1.0)


def _free(of: Held) -> bool:
    """Whether weights are as the family has them."""
    return not of.weights.is_held and of.weights.concentration == 1.0


def _n_free(of: Held) -> int:
    """Number of free coordinates of the parameters."""
    return int(null_space(of.basis[of.fixed.ravel()]).shape[1])
