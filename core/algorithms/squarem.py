"""SQUAREM: two steps of EM, and a third whose length follows from them (Varadhan and Roland 2008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.algorithms.acceleration import FARTHEST, Acceleration, extrapolated, mapped, ventured, weighing
from core.coordinates import steps
from core.data import Array
from core.expectation import Problem, State, expect

GROWTH = 4.0
"""By how much the longest step grows when it was long enough and good, and shrinks when it was not good."""


@dataclass(frozen=True)
class Memory:
    """The longest α that may be tried next, and whether the last one was refused.

    After a refusal comes a step of α = 1, three plain ones in all: the directions in which a long step overshoots are
    those which plain steps settle fastest.
    """

    longest: float = GROWTH
    refused: bool = False

    def after(self, length: float, better: bool) -> Memory:
        """Longer after a good step that was as long as allowed, shorter after a bad one."""
        longest = self.longest
        if length >= longest:
            longest = longest * GROWTH if better else max(GROWTH, longest / GROWTH)
        return Memory(longest, not better)


@dataclass(frozen=True)
class Squarem(Acceleration):
    """Two steps of the map say how far a third may go."""

    name: ClassVar[str] = "squarem"
    title: ClassVar[str] = "SQUAREM"
    summary: ClassVar[str] = "after two steps of EM a long one, as far as those two say; the log-likelihood never falls"
    iteration: ClassVar[str] = "an accepted step, of 3 passes over the data"
    memoryless: ClassVar[bool] = False

    def leap(self, problem: Problem, state: State) -> State:
        """θ + 2 α r + α² v, where r and r + v are two steps of the map from θ, and a step of the map from there."""
        memory = state.memory if isinstance(state.memory, Memory) else Memory()
        first = mapped(problem, state.mixture, state.statistics)
        statistics = expect(problem, first.mixture)
        kept = mapped(problem, first.mixture, statistics)
        if not kept.sound:
            return State(first.mixture, statistics, memory, bound_after_m=first.bound)
        r, both = steps(state.mixture, first.mixture), steps(state.mixture, kept.mixture)
        length = 1.0 if memory.refused else _length(r, both - 2.0 * r, weighing(first.mixture), memory.longest)
        trial = extrapolated(state.mixture, _leap(r, both, length))
        reached = None if trial is None else ventured(problem, trial)
        better = reached is not None and reached.objective > kept.objective
        if reached is not None and better:
            kept = reached
        passes = 2.0 if trial is None else 3.0
        memory = memory.after(length, better)
        return State(kept.mixture, expect(problem, kept.mixture), memory, bound_after_m=kept.bound, n_passes=passes)


def _length(r: Array, v: Array, scale: Array, longest: float) -> float:
    """α of the third scheme, ‖r‖/‖v‖, at least 1, which is where two steps of the map lead."""
    size = float(np.linalg.norm(v * scale))
    return min(longest, max(1.0, float(np.linalg.norm(r * scale)) / size)) if size > 0 else longest


def _leap(r: Array, both: Array, length: float) -> Array:
    """The vector of a step of length α, cut short where it goes much farther than both steps of the map."""
    beyond = 2.0 * length * r + length**2 * (both - 2.0 * r) - both
    farthest = float(np.abs(beyond).max())
    return both + beyond * min(1.0, FARTHEST / farthest) if farthest > 0 else both
