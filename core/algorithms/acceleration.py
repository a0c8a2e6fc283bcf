"""What accelerations of a fixed-point iteration have in common: what they go around, and how a long step is judged."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.algorithms.annealed import Annealed
from core.algorithms.em import EM
from core.choices import choice
from core.coordinates import moved, owners, sound
from core.data import Array
from core.errors import InputError
from core.expectation import Problem, State, expect, lower_bound, maximize
from core.mixture import Mixture, Statistics

AROUND: dict[str, type[Algorithm]] = {"em": EM, "annealed": Annealed}
"""Variants that end as a map from mixture to mixture: from there on it is the map of EM that is accelerated.

The next step of the others hangs on responsibilities from several iterations (incremental, sparse) or on chance, so
there is no map from mixture to mixture to be solved for.
"""

FARTHEST = 0.3
"""Most that an extrapolation may add to a coordinate: in sds of a location, in the logarithm of a scale or a weight."""


@dataclass(frozen=True)
class Acceleration(Algorithm):
    """Longer steps than those of the variant they go around, from the differences between its last ones.

    What is kept is always made by an M step, so that constraints hold, and its lower bound is at least that which the
    plain step reaches: the log-likelihood never falls.
    """

    at_ems_speed: ClassVar[bool] = False
    draws: ClassVar[bool] = True

    around: str = choice(
        "em",
        "Around",
        "the variant that is accelerated, em or annealed, with its own options as they are",
        choices=AROUND,
    )

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The state of a start of the variant it goes around."""
        return self._inner.init(problem, mixture, rng)

    def onward(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """That of the variant it goes around."""
        return self._inner.onward(problem, mixture, rng)

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """A plain step while that variant is not settled, then an accelerated one."""
        return self.leap(problem, state) if state.settled else self._inner.step(problem, state, rng)

    @abstractmethod
    def leap(self, problem: Problem, state: State) -> State:
        """An accelerated step from a state whose statistics are those of a whole E step."""

    @property
    def _inner(self) -> Algorithm:
        return AROUND[self.around]()


class Mapped(NamedTuple):
    """Where the map leads: the mixture after an M step, its lower bound, and that plus the log prior."""

    mixture: Mixture
    bound: float
    objective: float

    @property
    def sound(self) -> bool:
        """Whether there is a way on from there: not where a component has just fallen onto a point."""
        return bool(np.isfinite(self.objective)) and sound(self.mixture)


def mapped(problem: Problem, mixture: Mixture, statistics: Statistics) -> Mapped:
    """The map of EM, at a mixture whose E step is done."""
    with np.errstate(all="ignore"):
        reached = maximize(problem, mixture, statistics)
        bound = lower_bound(reached, statistics)
    return Mapped(reached, bound, bound + problem.constraints.log_prior(reached))


def ventured(problem: Problem, mixture: Mixture) -> Mapped | None:
    """The map of EM at a mixture that was extrapolated, in one pass; None where that is nowhere to be."""
    with np.errstate(all="ignore"):
        try:
            statistics = expect(problem, mixture)
        except InputError:
            return None
    if not (statistics.counts > 0).all():
        return None
    reached = mapped(problem, mixture, statistics)
    return reached if reached.sound else None


def extrapolated(reference: Mixture, vector: Array) -> Mixture | None:
    """The mixture that a vector of steps leads to; None where it is none."""
    if not np.isfinite(vector).all():
        return None
    mixture = moved(reference, vector)
    return mixture if sound(mixture) else None


def weighing(mixture: Mixture) -> Array:
    """What each coordinate weighs in a norm, (n,): the root of its component's weight.

    So measured, roughly by the information of the complete data, the map of EM near its fixed point is symmetric, as
    step lengths and combinations that are made of norms like it.
    """
    return np.asarray(np.sqrt(mixture.weights[owners(mixture)]))
