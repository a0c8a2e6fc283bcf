"""Stochastic EM: every row's component is drawn, so the parameters wander (Celeux and Diebolt 1985)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.choices import choice
from core.collapse import collapsed
from core.data import Array
from core.engine import blocks, summed
from core.expectation import Problem, State, evaluable, expect, lower_bound, maximize, summed_up
from core.mixture import Mixture, Statistics, log_sum_exp


@dataclass(frozen=True, eq=False)
class Walk:
    """What a run remembers of its way.

    made: iterations since the start. weights and parameters: sums of those of the iterations to be averaged, None
    where there are none yet, or their mean has just been taken. best: the highest log-likelihood so far, and where.
    """

    made: int
    weights: Array | None
    parameters: Mapping[str, Array]
    best: tuple[float, Mixture]

    def moved(self, mixture: Mixture, counted: bool) -> Walk:
        """One iteration on. counted: whether it is averaged."""
        if not counted:
            return Walk(self.made + 1, None, {}, self.best)
        if self.weights is None:
            return Walk(self.made + 1, mixture.weights, mixture.parameters, self.best)
        parameters = {name: array + mixture.parameters[name] for name, array in self.parameters.items()}
        return Walk(self.made + 1, self.weights + mixture.weights, parameters, self.best)

    def past(self, log_likelihood: float, mixture: Mixture) -> Walk:
        """The same, with this mixture visited."""
        best = self.best if self.best[0] >= log_likelihood else (log_likelihood, mixture)
        return Walk(self.made, self.weights, self.parameters, best)


@dataclass(frozen=True)
class Stochastic(Algorithm):
    """The M step takes each row to belong to one component, drawn from its responsibilities.

    A row with a count of c is c draws; where counts are not whole numbers, one draw of the whole row. The last
    iteration is the mean of the weights and parameters of the `average` iterations before and with it. Where too few
    rows are drawn for a component to live on, all rows are shared out instead of drawn, in a pass more.
    """

    burn_in: int = choice(100, "Burn-in", "iterations before those that are averaged", range=(0, 1_000_000))
    average: int = choice(100, "Averaged", "iterations whose parameters are averaged in the end", range=(1, 1_000_000))

    name: ClassVar[str] = "stochastic"
    title: ClassVar[str] = "Stochastic EM"
    summary: ClassVar[str] = (
        "every row's component is drawn from its responsibilities; "
        "ends with the mean of the last iterations' parameters"
    )
    monotone: ClassVar[bool] = False
    draws: ClassVar[bool] = True
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False
    judged: ClassVar[bool] = False
    converges: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start, and the draws under it."""
        state = _drawn(problem, mixture, rng)
        walk = Walk(0, None, {}, (state.statistics.log_likelihood, mixture))
        return State(mixture, state.statistics, walk, note=state.note)

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The M step on the rows as drawn, then draws under the new parameters; in the last, the mean of many."""
        last: Walk = state.memory
        mixture = maximize(problem, state.mixture, state.statistics)
        place = last.made % self.n_iterations + 1
        walk = last.moved(mixture, counted=place > self.burn_in)
        if place == self.n_iterations:
            return self._averaged(problem, mixture, walk)
        drawn = _drawn(problem, mixture, rng)
        walk = walk.past(drawn.statistics.log_likelihood, mixture)
        bound = lower_bound(mixture, state.statistics)
        return State(mixture, drawn.statistics, walk, bound_after_m=bound, n_passes=drawn.n_passes, note=drawn.note)

    def end(self, problem: Problem, number: int, before: State, state: State) -> str | None:
        """Ends with the average."""
        if state.memory.made % self.n_iterations:
            return None
        highest = state.memory.best[0]
        return (
            f"Ended after burn-in and averaging: the parameters are the means of the last {self.average:,} of "
            f"{number:,} iterations; the highest log-likelihood on the way was {highest:.3f}."
        )

    def best_visited(self, state: State) -> tuple[float, Mixture] | None:
        """The highest log-likelihood of any iteration, the start's and the average's included, and its mixture."""
        best: tuple[float, Mixture] = state.memory.best
        return best

    @property
    def n_iterations(self) -> int:
        """Iterations of a run."""
        return self.burn_in + self.average

    def _averaged(self, problem: Problem, mixture: Mixture, walk: Walk) -> State:
        """The mean of the parameters, evaluated like a start."""
        assert walk.weights is not None
        parameters = {name: array / self.average for name, array in walk.parameters.items()}
        mean = Mixture(mixture.family, walk.weights / self.average, parameters, mixture.ids)
        mean = problem.constraints.conforming(mean)
        statistics = expect(problem, mean)
        walk = Walk(walk.made, None, {}, walk.best).past(statistics.log_likelihood, mean)
        return State(
            mean,
            statistics,
            walk,
            note=f"The mean of the last {self.average:,} iterations' parameters.",
        )


def _drawn(problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
    """The mixture with the statistics of rows of which each is drawn for one component."""
    counts = problem.data.counts
    whole = counts is not None and bool((counts == np.rint(counts)).all())
    block = partial(_drawn_block, mixture, rng, whole)  # one after the other: they draw from one generator
    statistics = evaluable(summed(block(*part) for part in blocks(problem.data, problem.rows(mixture.n_components))))
    state = State(mixture, statistics)
    if collapsed(problem, state) is None:
        return state
    shared = expect(problem, mixture)
    return State(mixture, shared, n_passes=2.0, note="Too few rows were drawn for a component: they are shared out.")


def _drawn_block(
    mixture: Mixture, rng: np.random.Generator, whole: bool, values: Array, counts: Array | None
) -> Statistics:
    """The statistics of one block; whole: counts are whole numbers, so that each of a row's is drawn by itself."""
    log_density, responsibilities = log_sum_exp(mixture.joint(values))
    if not np.isfinite(log_density).all():
        held = responsibilities  # nothing can be drawn, and the caller says why
    elif whole and counts is not None:
        held = rng.multinomial(counts.astype(np.int64), responsibilities.T).T / counts
    else:
        cumulated = responsibilities.cumsum(axis=0)
        labels = (cumulated[:-1] <= rng.random(len(values)) * cumulated[-1]).sum(axis=0)
        held = (labels == np.arange(mixture.n_components)[:, np.newaxis]).astype(np.float64)
    return summed_up(mixture, values, counts, held, log_density, 0.0)
