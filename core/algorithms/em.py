"""Batch EM: an M step, then an E step over all rows (Dempster, Laird and Rubin 1977)."""

from __future__ import annotations

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.expectation import Problem, State, expect, maximize
from core.mixture import Mixture


def init(problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
    """The start and its E step."""
    return State(mixture, expect(problem, mixture))


def step(problem: Problem, state: State, rng: np.random.Generator) -> State:
    """M step on the last responsibilities, then the E step under the new parameters."""
    mixture = maximize(state.mixture, state.statistics)
    return State(mixture, expect(problem, mixture))


EM = Algorithm(
    name="em",
    title="EM",
    summary="All rows in the E step, then all parameters in the M step; the log-likelihood never falls.",
    init=init,
    step=step,
)
