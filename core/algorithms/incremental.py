"""Incremental EM: one block of rows at a time, with an M step before each (Neal and Hinton 1998)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.choices import choice
from core.expectation import Problem, State, expect, lower_bound, maximize_unless_collapsed
from core.mixture import Mixture, Statistics
from core.parts import strided


@dataclass(frozen=True, eq=False)
class Tree:
    """Statistics of blocks of rows, and their sum: a binary tree in which one block's are exchanged by log₂ additions.

    Statistics cannot be subtracted without losing digits, so the old ones of a block are not taken off a running sum.
    """

    total: Statistics
    size: int = 1
    halves: tuple[Tree, Tree] | None = None

    @classmethod
    def of(cls, blocks: Sequence[Statistics]) -> Tree:
        """The tree of these blocks, at least one, in this order."""
        if len(blocks) == 1:
            return cls(blocks[0])
        middle = len(blocks) // 2
        return cls._joined(cls.of(blocks[:middle]), cls.of(blocks[middle:]))

    def exchanged(self, place: int, block: Statistics) -> Tree:
        """The tree with other statistics for one block."""
        if self.halves is None:
            return Tree(block)
        left, right = self.halves
        if place < left.size:
            return self._joined(left.exchanged(place, block), right)
        return self._joined(left, right.exchanged(place - left.size, block))

    @classmethod
    def _joined(cls, left: Tree, right: Tree) -> Tree:
        return cls(left.total + right.total, left.size + right.size, (left, right))


@dataclass(frozen=True)
class Incremental(Algorithm):
    """The rows in blocks; each block's E step follows an M step on the responsibilities of all rows as they stand.

    Row i is in block i modulo `blocks`, so that a sorted file does no harm. Between the visits of a block its
    responsibilities are those of earlier parameters: the lower bound rises at every visit all the same.
    """

    blocks: int = choice(
        20, "Blocks", "parts of the data between which M steps are made; at most the rows", range=(1, 10_000_000)
    )

    name: ClassVar[str] = "incremental"
    title: ClassVar[str] = "Incremental EM"
    summary: ClassVar[str] = (
        "one block of rows in the E step at a time, with an M step before each; the lower bound never falls"
    )
    iteration: ClassVar[str] = "a sweep over all blocks, a pass over the data"
    monotone: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start, and the E step of every block."""
        n_blocks = self.n_blocks(problem)
        tree = Tree.of([expect(problem, mixture, strided(problem.data, i, n_blocks)) for i in range(n_blocks)])
        return State(mixture, tree.total, tree)

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """A visit to every block in turn. Where a component collapses the sweep ends at once."""
        n_blocks = self.n_blocks(problem)
        for place in range(n_blocks):
            following = self.visit(problem, state, place)
            if following is None:
                return replace(state, n_passes=place / n_blocks)
            state = following
        return replace(state, n_passes=1.0)

    def visit(self, problem: Problem, state: State, place: int) -> State | None:
        """The M step on all rows, then the E step of one block; None where a component has collapsed."""
        mixture = maximize_unless_collapsed(problem, state.mixture, state.statistics)
        if mixture is None:
            return None
        n_blocks = self.n_blocks(problem)
        block = expect(problem, mixture, strided(problem.data, place, n_blocks))
        tree = state.memory.exchanged(place, block)
        bound = lower_bound(mixture, state.statistics)
        return State(mixture, tree.total, tree, exact=False, bound_after_m=bound, n_passes=1.0 / n_blocks)

    def n_blocks(self, problem: Problem) -> int:
        """Number of blocks: no more than there are rows."""
        return min(self.blocks, len(problem.data))
