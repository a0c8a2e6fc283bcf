"""Sparse EM: implausible components keep their responsibilities, and only the others' densities are evaluated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.algorithms.algorithm import Algorithm
from core.choices import choice
from core.data import Array
from core.engine import blocks, summed
from core.expectation import Problem, State, evaluable, lower_bound, maximize, summed_up
from core.mixture import Mixture, Statistics, log_sum_exp


@dataclass(frozen=True, eq=False)
class Block:
    """What the last full sweep left of one block of m rows.

    plausible: which components (K, m) are evaluated; share (m,): what they have between them of each row. frozen: the
    statistics of what the others hold.
    """

    plausible: NDArray[np.bool_]
    share: Array
    frozen: Statistics


@dataclass(frozen=True, eq=False)
class Frozen:
    """The blocks of the last full sweep, the sum of what is frozen in them, and how many densities were evaluated.

    age: passes since that sweep. evaluations: single densities f_k(x_i) since the start, whose own are counted too.
    """

    blocks: tuple[Block, ...]
    statistics: Statistics
    age: int
    evaluations: int


@dataclass(frozen=True)
class Sparse(Algorithm):
    """Responsibilities under `threshold` are frozen as the last full sweep left them (Neal and Hinton 1998, section 5).

    The plausible components share what the frozen ones leave of a row. The lower bound is that of these
    responsibilities and never falls; at a full sweep it is the log-likelihood. A run is judged by the M step that comes
    of a full sweep.
    """

    threshold: float = choice(
        0.001, "Threshold", "responsibilities under it are frozen until the next full sweep", range=(0.0, 0.5)
    )
    every: int = choice(5, "Full sweep every", "passes from one full sweep to the next", range=(1, 10_000))

    name: ClassVar[str] = "sparse"
    title: ClassVar[str] = "Sparse EM"
    summary: ClassVar[str] = (
        "small responsibilities are frozen between full sweeps and their densities not evaluated; "
        "the lower bound never falls"
    )
    monotone: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and a full sweep."""
        return self._sweep(problem, mixture, 0)

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The M step, then the E step of the plausible components, or of all in a full sweep."""
        memory: Frozen = state.memory
        mixture = maximize(problem, state.mixture, state.statistics)
        full = memory.age + 1 >= self.every
        following = self._sweep(problem, mixture, memory.evaluations) if full else _update(problem, mixture, memory)
        bound = lower_bound(mixture, state.statistics)
        # With something frozen, parameters may stand still that a full sweep would move on: only the M step after one
        # says how near the end is.
        return replace(following, bound_after_m=bound, settled=memory.age == 0)

    def _sweep(self, problem: Problem, mixture: Mixture, evaluations: int) -> State:
        """The E step of all components, which says what is frozen from here on."""
        size = problem.rows(mixture.n_components)
        swept = [self._swept(mixture, values, counts) for values, counts in blocks(problem.data, size)]
        frozen = summed(block.frozen for block, _ in swept)
        statistics = evaluable(frozen + summed(free for _, free in swept))
        evaluations += mixture.n_components * len(problem.data)
        return State(mixture, statistics, Frozen(tuple(block for block, _ in swept), frozen, 0, evaluations))

    def _swept(self, mixture: Mixture, values: Array, counts: Array | None) -> tuple[Block, Statistics]:
        """What is frozen of one block of rows, and the statistics of what is not."""
        joint = mixture.joint(values)
        log_density, responsibilities = log_sum_exp(joint)
        # However high the threshold, the most likely component is plausible.
        plausible = responsibilities >= np.minimum(self.threshold, responsibilities.max(axis=0))
        np.copyto(joint, 0.0, where=responsibilities == 0.0)
        entropies = responsibilities * (log_density - joint)
        free, held = np.where(plausible, responsibilities, 0.0), np.where(plausible, 0.0, responsibilities)
        free_entropy, held_entropy = (np.einsum("km,km->m", entropies, part) for part in (plausible, ~plausible))
        share = free.sum(axis=0)
        # The rows and their log-likelihood are counted once, with what is free.
        frozen = summed_up(mixture, values, counts, held, np.zeros_like(log_density), held_entropy)
        of_free = summed_up(mixture, values, counts, free, log_density, free_entropy)
        return Block(plausible, share, replace(frozen, n=0.0)), of_free


def evaluations(state: State) -> int:
    """How many single densities f_k(x_i) a run of sparse EM has evaluated up to this state, its start's included.

    Not those of a look at the log-likelihood from outside.
    """
    memory: Frozen = state.memory
    return memory.evaluations


def _update(problem: Problem, mixture: Mixture, memory: Frozen) -> State:
    """The E step of the plausible components. Its statistics' log-likelihood is of these components only."""
    size = problem.rows(mixture.n_components)
    rows = zip(blocks(problem.data, size), memory.blocks, strict=True)
    free = summed(_updated(mixture, values, counts, block) for (values, counts), block in rows)
    evaluated = sum(int(np.count_nonzero(block.plausible)) for block in memory.blocks)
    following = replace(memory, age=memory.age + 1, evaluations=memory.evaluations + evaluated)
    return State(mixture, evaluable(memory.statistics + free), following, exact=False)


def _updated(mixture: Mixture, values: Array, counts: Array | None, block: Block) -> Statistics:
    """The statistics of what the plausible components hold: in proportion to weight times density."""
    joint = np.full(block.plausible.shape, -np.inf)
    with np.errstate(divide="ignore"):
        log_weights = np.log(mixture.weights)
    for k, rows in enumerate(block.plausible):
        if rows.any():
            parameters = {name: array[k : k + 1] for name, array in mixture.parameters.items()}
            joint[k, rows] = mixture.family.part([k]).log_density(parameters, values[rows])[0] + log_weights[k]
    log_density, responsibilities = log_sum_exp(joint)
    np.copyto(joint, 0.0, where=responsibilities == 0.0)
    # −Σ q ln q of q = share · responsibility
    spread_out = log_density - np.einsum("km,km->m", responsibilities, joint)
    entropy = block.share * (spread_out - np.log(block.share))
    responsibilities *= block.share
    return summed_up(mixture, values, counts, responsibilities, log_density, entropy)
