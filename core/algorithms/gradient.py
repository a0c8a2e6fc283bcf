"""Direct ascent on the log-likelihood: L-BFGS in local steps (Nocedal and Wright 2006, section 7.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.algorithms.local_steps import displaced, scaled_directions
from core.choices import choice
from core.coordinates import sound
from core.data import Array
from core.errors import InputError
from core.expectation import Problem, State, expect, lower_bound, maximize
from core.mixture import Mixture, Statistics

FARTHEST = 1.0
"""Longest trial step in any local step: an sd of a location, a factor e of a scale or a weight."""
ARMIJO = 1e-4
"""Share of the rise that the slope promises which a trial must bring to be accepted."""
OPENING = 10
"""Steps of EM at the start: far from an optimum the steepest way up may lead onto a single row, where EM's does not."""
PATIENCE = 4
"""Trials refused one after the other before a step of EM is made instead, which cannot be refused."""
DIFFERENCE = 1e-3
"""Local step of the differences from which a slope is made, to its fourth power."""
ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Memory:
    """What follows from the mixture and those before it, all in local steps (L,): log-weights, then the family's.

    gradient and direction, its slope; length: how much of the direction is tried next; pairs: the last steps and the
    falls of the gradient along them; refused: trials from here that were; plain: steps of EM to be made next.
    """

    gradient: Array
    direction: Array
    slope: float
    length: float
    pairs: tuple[tuple[Array, Array], ...] = ()
    refused: int = 0
    plain: int = 0


@dataclass(frozen=True)
class Gradient(Algorithm):
    """Quasi-Newton steps up the gradient; a trial that does not rise is refused, and the next is shorter.

    But for the opening and where trials keep being refused there is no M step: the lower bound, under responsibilities
    of the mixture's own, is its log-likelihood.
    """

    pairs: int = choice(10, "Pairs", "how many of the last steps tell the curvature", range=(1, 100))

    name: ClassVar[str] = "gradient"
    title: ClassVar[str] = "Gradient"
    summary: ClassVar[str] = "straight up the gradient of the log-likelihood by L-BFGS; the log-likelihood never falls"
    iteration: ClassVar[str] = "an evaluation of the log-likelihood and its gradient, of a pass over the data"
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False
    at_ems_speed: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step; the first steps are EM's."""
        statistics = expect(problem, mixture)
        return State(mixture, statistics, replace(_aimed(*_climb(problem, mixture, statistics)), plain=OPENING))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """One trial: a mixture higher up, or the same one and a shorter step to try next."""
        memory: Memory = state.memory
        if memory.plain > 0:
            mixture = maximize(problem, state.mixture, state.statistics)
            statistics, bound = expect(problem, mixture), lower_bound(mixture, state.statistics)
            memory = replace(_aimed(*_climb(problem, mixture, statistics)), plain=memory.plain - 1)
            return State(mixture, statistics, memory, bound_after_m=bound)
        moved = memory.length * memory.direction
        trial = displaced(problem, state.mixture, state.statistics, moved)
        reached = _expected(problem, trial)
        here = _objective(problem, state.mixture, state.statistics)
        rise = -np.inf if reached is None else _objective(problem, trial, reached) - here
        if reached is not None and rise >= ARMIJO * memory.length * memory.slope - ROUNDING * abs(here):
            return State(trial, reached, self._learnt(problem, memory, moved, trial, reached))
        return replace(state, memory=_shorter(memory, rise), n_passes=1.0, settled=False, bound_after_m=float("nan"))

    def _learnt(self, problem: Problem, memory: Memory, moved: Array, mixture: Mixture, reached: Statistics) -> Memory:
        gradient, free = _climb(problem, mixture, reached)
        fall = memory.gradient - gradient
        bends_down = float(moved @ fall) > 0.0
        pairs = (*memory.pairs, (moved, fall))[-self.pairs :] if bends_down else memory.pairs
        return _aimed(gradient, free, pairs)


def _shorter(memory: Memory, rise: float) -> Memory:
    """As far as the parabola through the slope here and the rise there is highest, from a tenth to half."""
    promised = memory.length * memory.slope
    share = 0.5 * promised / (promised - rise) if np.isfinite(rise) and rise < promised else 0.1
    refused = memory.refused + 1
    length = memory.length * min(0.5, max(0.1, share))
    return replace(memory, length=length, refused=refused, plain=1 if refused == PATIENCE else 0)


def _climb(problem: Problem, mixture: Mixture, statistics: Statistics) -> tuple[Array, Array]:
    """The gradient of what is climbed, (L,), and the directions in which that may be done, (L, F)."""
    gradient, free = _gradient(mixture, statistics), scaled_directions(mixture, statistics.n)
    tangent = problem.constraints.tangent(mixture, free, gradient)
    return (gradient, free) if tangent is None else (gradient + tangent.gradient, free @ tangent.free)


def _aimed(gradient: Array, free: Array, pairs: tuple[tuple[Array, Array], ...] = ()) -> Memory:
    """Where to go from a mixture, by the two-loop recursion; the first guess of the curvature is EM's.

    Steps and falls of the gradient are taken as they were: local steps are alike wherever the mixture is.
    """
    left, shares = gradient, []
    for moved, fall in reversed(pairs):
        shares.append(float(moved @ left) / float(moved @ fall))
        left = left - shares[-1] * fall
    direction = free @ (free.T @ left)
    for (moved, fall), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + (share - float(fall @ direction) / float(moved @ fall)) * moved
    slope = float(gradient @ direction)
    if pairs and not slope > 0.0:
        return _aimed(gradient, free)
    farthest = float(np.abs(direction).max(initial=0.0))
    return Memory(gradient, direction, slope, min(1.0, FARTHEST / farthest) if farthest > 0.0 else 1.0, pairs)


def _gradient(mixture: Mixture, statistics: Statistics) -> Array:
    """The gradient of the log-likelihood in local steps, (L,), from the statistics alone.

    By Fisher's identity it is that of the expected log-density at the same parameters.
    """
    family, k = mixture.family, mixture.n_components
    slopes = np.zeros((family.n_local, k))

    def expected(row: int, length: float) -> Array:
        steps = np.zeros((family.n_local, k))
        steps[row] = length
        parameters = family.displaced(mixture.parameters, steps)
        return family.expected_log_density(parameters, statistics.counts, statistics.moments)

    with np.errstate(all="ignore"):
        for row in range(family.n_local):
            near = expected(row, DIFFERENCE) - expected(row, -DIFFERENCE)
            far = expected(row, 2.0 * DIFFERENCE) - expected(row, -2.0 * DIFFERENCE)
            slopes[row] = (8.0 * near - far) / (12.0 * DIFFERENCE)
    of_weights = statistics.counts - statistics.n * mixture.weights
    return np.concatenate([of_weights, np.nan_to_num(slopes, posinf=0.0, neginf=0.0).ravel()])


def _expected(problem: Problem, mixture: Mixture) -> Statistics | None:
    """The E step at a trial; None where no density can be made of it, or no row belongs to a component."""
    if not sound(mixture):
        return None
    with np.errstate(all="ignore"):
        try:
            statistics = expect(problem, mixture)
        except InputError:
            return None
    return statistics if (statistics.counts > 0).all() else None


def _objective(problem: Problem, mixture: Mixture, statistics: Statistics) -> float:
    """What is climbed: the log-likelihood, plus the log prior where there is one."""
    return statistics.log_likelihood + problem.constraints.log_prior(mixture)
