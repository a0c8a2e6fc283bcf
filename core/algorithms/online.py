"""Online EM: statistics that forget, updated by mini-batches (Cappé and Moulines 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.choices import choice
from core.engine import summed
from core.expectation import Problem, State, expect, lower_bound, maximize_unless_collapsed
from core.mixture import Mixture, Statistics
from core.parts import scattered


@dataclass(frozen=True, eq=False)
class Mix:
    """The statistics from which M steps are made, as of all rows, and how many batches went into them."""

    statistics: Statistics
    n_batches: int


@dataclass(frozen=True)
class Online(Algorithm):
    """After every batch of rows an M step, on statistics in which batch t has a share of (t + 2)^−decay.

    A state's own statistics are of every row's responsibilities as they were at its visit in this pass: their lower
    bound is one. The M steps are made from the mix, which is no E step of any rows, and which memory keeps.
    """

    passes: int = choice(2, "Passes", "passes over the data", range=(1, 1_000_000))
    batch: int = choice(1000, "Batch", "rows between one M step and the next", range=(1, 10_000_000))
    decay: float = choice(0.6, "Decay", "a batch's share is (its number + 1) to minus this power", range=(0.5, 1.0))

    name: ClassVar[str] = "online"
    title: ClassVar[str] = "Online EM"
    summary: ClassVar[str] = (
        "an M step after every mini-batch, on statistics that forget; near the maximum after two passes over many rows"
    )
    monotone: ClassVar[bool] = False
    draws: ClassVar[bool] = True
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False
    judged: ClassVar[bool] = False
    converges: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step, with which the mix begins."""
        statistics = expect(problem, mixture)
        return State(mixture, statistics, Mix(statistics, 0))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """A pass: for every batch an M step on the mix, then the batch's E step. Ends at once where one collapses."""
        mix: Mix = state.memory
        mixture, passed, seen = state.mixture, 0.0, []
        for part, share in scattered(problem.data, ceil(len(problem.data) / self.batch), rng):
            following = maximize_unless_collapsed(problem, mixture, mix.statistics)
            if following is None:
                # With the mix for its statistics, so that whoever looks sees what collapsed.
                return State(mixture, mix.statistics, mix, exact=False, n_passes=passed)
            mixture = following
            batch = expect(problem, mixture, part)
            seen.append(batch)
            size = (mix.n_batches + 2.0) ** -self.decay
            mix = Mix(mix.statistics * (1.0 - size) + batch * (size / share), mix.n_batches + 1)
            passed += share
        bound = lower_bound(mixture, state.statistics)
        return State(mixture, summed(seen), mix, exact=False, bound_after_m=bound)

    def end(self, problem: Problem, number: int, before: State, state: State) -> str | None:
        """Ends after as many passes as were asked for."""
        if number < self.passes:
            return None
        passes = "1 pass" if number == 1 else f"{number:,} passes"
        return f"Ended after {passes}, as asked for; how much is still to be gained is not known."
