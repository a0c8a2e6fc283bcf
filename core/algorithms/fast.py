"""The whole way to the optimum in one step, certified on every row; where there is no such road, accelerated EM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.algorithms.anderson import Anderson
from core.expectation import Problem, State, expect, lower_bound, maximize
from core.mixture import Mixture
from core.road import Road, TooFineError, leads

ARRIVED = "arrived"
EXACT = "accelerated EM on all rows took over"


@dataclass(frozen=True)
class Fast(Algorithm):
    """One step: the rows pressed into nodes, the maximum found there, and looked at with all rows.

    Where the road does not lead (another family, constraints, components too narrow to press for) or is not certified
    at its end, Anderson acceleration of EM on all rows takes over, and a note says so.
    """

    name: ClassVar[str] = "fast"
    title: ClassVar[str] = "Fast"
    summary: ClassVar[str] = (
        "the whole way to the optimum in one step, on the rows pressed into a few thousand, certified on all of them"
    )
    iteration: ClassVar[str] = "the whole way to the optimum; where it does not lead, an accelerated step"
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False
    at_ems_speed: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step."""
        return State(mixture, expect(problem, mixture))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The whole way from a start; after it a step of EM, or of accelerated EM where there was no such way."""
        if state.memory is None:
            return self._whole_way(problem, state) or self._exact(problem, state, EXACT)
        if state.memory == ARRIVED:
            mixture = maximize(problem, state.mixture, state.statistics)
            bound = lower_bound(mixture, state.statistics)
            return State(mixture, expect(problem, mixture), ARRIVED, bound_after_m=bound)
        return self._exact(problem, state)

    def _whole_way(self, problem: Problem, state: State) -> State | None:
        if not leads(problem, state.mixture):
            return None
        road = Road(problem.data)
        try:
            landing = road.land(road.climb(state.mixture))
        except TooFineError:
            return None
        if not (landing.is_certified or landing.collapsed):
            return None
        note = f"climbed on {landing.n_nodes:,} nodes, looked at {landing.n_looks:,} times"
        reached = landing.state
        return replace(
            reached,
            memory=ARRIVED,
            bound_after_m=lower_bound(reached.mixture, state.statistics),
            n_passes=landing.n_passes,
            note=note,
        )

    def _exact(self, problem: Problem, state: State, note: str = "") -> State:
        inner = Anderson()
        plain = replace(state, memory=None) if state.memory is None else state
        return replace(inner.leap(problem, plain), note=note)
