"""The whole way to the optimum in one step, certified on every row; where there is no such road, accelerated EM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.algorithms.anderson import Anderson, Memory
from core.algorithms.warm_start import TAKEN_OVER, Way, begun, onward
from core.ascent import COLLAPSE
from core.errors import InputError
from core.expectation import Problem, State, expect, lower_bound, maximize
from core.grid import TooFineError
from core.mixture import Mixture
from core.road import Landing, Road, corrected, finest, leads

ARRIVED = "arrived"


@dataclass(frozen=True)
class Fast(Algorithm):
    """One step: the rows pressed into nodes, the maximum found there, and looked at with all rows.

    Other families, several columns and constraints begin at the optimum of a sample and go on by steps on all rows; of
    few rows, or few distinct values, they too go the whole way (`warm_start`). Where the road is not certified at its
    end, or a sample leads nowhere, Anderson acceleration of EM on all rows takes over. The first iteration's note says
    which. Of several maxima it is not always EM's that a start leads to. Where a component collapses the iteration
    before is the start.
    """

    name: ClassVar[str] = "fast"
    title: ClassVar[str] = "Fast"
    summary: ClassVar[str] = (
        "to the optimum at once, on the rows pressed into few or by a sample of them, and certified on all rows"
    )
    iteration: ClassVar[str] = "the whole way to the optimum, or from a sample's on a step on all rows"
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False
    at_ems_speed: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step."""
        return State(mixture, expect(problem, mixture))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The whole way from a start; after it what rounding has left, or accelerated EM where there was no way."""
        if isinstance(state.memory, Memory):
            return self._exact(problem, state)
        if state.memory == ARRIVED:
            return self._onward(problem, state)
        if isinstance(state.memory, Way):
            return onward(problem, state)
        if not leads(problem, state.mixture):
            return begun(problem, state)
        reached = self._travelled(problem, state)
        if reached.memory == ARRIVED:
            return reached
        exact = self._exact(problem, reached, reached.note)
        return replace(exact, n_passes=reached.n_passes + exact.n_passes)

    def _travelled(self, problem: Problem, state: State) -> State:
        """The end of the road, as one that has arrived; or from where accelerated EM is to go on, and why."""
        road, begin = Road(problem.data), state
        try:
            summit = road.climb(state.mixture)
            landing = road.land(summit)
        except (TooFineError, InputError):
            why = "components are too narrow for nodes, or too far from rows"
        else:
            is_lower = _is_lower(landing, state)
            if landing.collapsed or (landing.is_certified and not is_lower):
                note = f"climbed on {landing.n_nodes:,} nodes, looked at {landing.n_looks:,} times"
                note += ", over a saddle, where EM stands still" if summit.left_saddle else ""
                return self._reached(state, landing.state, road.n_passes, note)
            begin = state if is_lower or summit.ending == COLLAPSE else landing.state
            why = "where the nodes led is no maximum of all rows"
        return State(begin.mixture, begin.statistics, n_passes=road.n_passes, note=f"{TAKEN_OVER}: {why}")

    def _onward(self, problem: Problem, state: State) -> State:
        """A step by the curvature that the road has left; where that leads no nearer, one of EM."""
        nearer, n_passes = corrected(problem, state), 1.0
        if nearer is None:
            n_passes += state.bend is not None
            mixture = maximize(problem, state.mixture, state.statistics)
            nearer = State(mixture, expect(problem, mixture))
        return self._reached(state, nearer, n_passes)

    def _reached(self, before: State, after: State, n_passes: float, note: str = "") -> State:
        bound = lower_bound(after.mixture, before.statistics)
        return replace(after, memory=ARRIVED, bound_after_m=bound, n_passes=n_passes, note=note)

    def _exact(self, problem: Problem, state: State, note: str = "") -> State:
        return replace(Anderson().leap(problem, state), note=note)


def _is_lower(landing: Landing, start: State) -> bool:
    """Whether the way led down: a start may be on a height so narrow that the nodes have missed it."""
    return landing.state.statistics.log_likelihood < start.statistics.log_likelihood - finest(start)
