"""Batch EM: an M step, then an E step over all rows (Dempster, Laird and Rubin 1977)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.expectation import Problem, State, expect, lower_bound, maximize
from core.mixture import Mixture


@dataclass(frozen=True)
class EM(Algorithm):
    """All rows in the E step, then all parameters in the M step."""

    name: ClassVar[str] = "em"
    title: ClassVar[str] = "EM"
    summary: ClassVar[str] = "all rows in the E step, then all parameters in the M step; the log-likelihood never falls"

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step."""
        return State(mixture, expect(problem, mixture))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """M step on the last responsibilities, then the E step under the new parameters."""
        mixture = maximize(problem, state.mixture, state.statistics)
        return State(mixture, expect(problem, mixture), bound_after_m=lower_bound(mixture, state.statistics))
