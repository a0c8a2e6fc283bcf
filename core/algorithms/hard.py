"""Classification EM: every row belongs wholly to its most likely component (Celeux and Govaert 1992)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.algorithms.algorithm import Algorithm
from core.data import Array
from core.engine import blocks, summed
from core.expectation import Problem, State, evaluable, lower_bound, maximize, summed_up
from core.mixture import Mixture, Statistics, log_sum_exp

LEAST_RISE = 1e-6
"""Classification log-likelihood that another M step on the same rows must gain to be worth it."""


@dataclass(frozen=True)
class Hard(Algorithm):
    """Winner takes all. The lower bound is the classification log-likelihood Σ ln(w_z f_z(x)): what this climbs.

    Its fixed point is another than the maximum of the likelihood: weights and spreads are too far apart.
    """

    name: ClassVar[str] = "hard"
    title: ClassVar[str] = "Hard EM"
    summary: ClassVar[str] = (
        "every row belongs wholly to its most likely component; the classification log-likelihood never falls"
    )
    monotone: ClassVar[bool] = False
    judged: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start, and the component of every row under it."""
        size = problem.rows(mixture.n_components)
        parts = [_assigned(mixture, values, counts) for values, counts in blocks(problem.data, size)]
        labels = np.concatenate([labels for _, labels in parts])
        return State(mixture, evaluable(summed(statistics for statistics, _ in parts)), labels)

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The M step on each component's own rows, then the component of every row."""
        mixture = maximize(problem, state.mixture, state.statistics)
        following = self.init(problem, mixture, rng)
        bound = lower_bound(mixture, state.statistics)
        return State(mixture, following.statistics, following.memory, bound_after_m=bound)

    def end(self, problem: Problem, number: int, before: State, state: State) -> str | None:
        """Ends when no row changed its component, and the parameters are the best for where the rows are."""
        if not np.array_equal(before.memory, state.memory):
            return None
        climbed = lower_bound(state.mixture, state.statistics)
        # The M step of some families is only as long as their statistics are good for.
        following = maximize(problem, state.mixture, state.statistics)
        if lower_bound(following, state.statistics) - climbed > LEAST_RISE:
            return None
        iterations = "1 iteration" if number == 1 else f"{number:,} iterations"
        return (
            f"Converged after {iterations}: no row changed its component; "
            f"the classification log-likelihood is {climbed:.3f}."
        )


def _assigned(mixture: Mixture, values: Array, counts: Array | None) -> tuple[Statistics, NDArray[np.integer]]:
    """The statistics of one block of rows, and the position of each one's component: of equals the first."""
    joint = mixture.joint(values)
    log_density, _ = log_sum_exp(joint)
    labels = joint.argmax(axis=0)
    held = (labels == np.arange(mixture.n_components)[:, np.newaxis]).astype(np.float64)
    return summed_up(mixture, values, counts, held, log_density, 0.0), labels.astype(
        np.min_scalar_type(mixture.n_components)
    )
