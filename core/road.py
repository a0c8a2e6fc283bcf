"""The road to the optimum of all rows: pressed into nodes, climbed there, and certified on every row.

The nodes only lead the way. What is answered is the maximum of the likelihood of all rows, with the log-likelihood that
is still to be gained by their own gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.ascent import COLLAPSE, ENOUGH, LOST, Summit, ascend, newton
from core.curvature import certified
from core.data import Data
from core.expectation import Problem, State, expect
from core.families.gaussian import Gaussian
from core.grid import DISTINCT, FINE, Nodes, Requirement, Sample, TooFineError, of_sample, pressed, sample
from core.mixture import Mixture

COARSE, LESS_COARSE = 0.5, 0.25
"""Widths of bins, in sds, of the trial fit to a sample, which only says how fine the grid must be."""
MOST_TRIALS, MOST_GRIDS = 4, 8
TRIAL_ENOUGH = 1e-4
OF_BIN = 0.05
"""Part of the width of a bin for which a component is taken that has fallen into it."""
CERTIFIED = 1e-7
"""Log-likelihood still to be gained, by all rows, with which the road has led to the optimum."""
WORTH_CORRECTING = 1e-9
CONTRACTING = 3.0


@dataclass(frozen=True, eq=False)
class Landing:
    """Where the road led. state: the mixture and all rows' statistics there; its bend says what is still to be gained.

    is_certified: whether that is next to nothing. collapsed: a component fell onto a value. n_passes over all rows;
    n_nodes that the rows were pressed into, and how often those were looked at.
    """

    state: State
    is_certified: bool
    collapsed: bool
    n_passes: float
    n_nodes: int
    n_looks: int


def leads(problem: Problem, mixture: Mixture) -> bool:
    """Whether there is such a road: for normal distributions of one column without constraints."""
    return type(mixture.family) is Gaussian and not problem.constraints.items


class Road:
    """The road for one column: a sample by which grids are laid, and what was asked of them so far.

    Many starts can go it: the nodes are made again only when a component asks for narrower bins than any before.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        self.laid_by: Sample = sample(data)
        self.asked: list[Requirement] = []
        self.nodes: Nodes | None = None
        self.n_passes = 0.0

    @property
    def problem(self) -> Problem:
        """The nodes as data to be fitted."""
        assert self.nodes is not None
        return Problem(replace(self.nodes.data, stands_for=len(self.data)))

    def climb(self, start: Mixture) -> Summit:
        """The maximum of the nodes that a start leads to, its bins fine enough for it. Raises TooFineError."""
        begin = self.shifted(start, -self.laid_by.shift)
        if self.nodes is None:
            self._press(self._trial(begin))
        for _ in range(MOST_GRIDS):
            assert self.nodes is not None
            summit = ascend(self.problem, begin)
            finer = self._finer(summit)
            if finer is None:
                break
            self._press(finer)
        return summit

    def land(self, summit: Summit) -> Landing:
        """The summit on all rows: certified there, or corrected by their gradient until it is."""
        assert self.nodes is not None
        problem = Problem(self.data)
        mixture, looks, passes = self.unshifted(summit.mixture), summit.n_e_steps + summit.n_curvatures, 0
        before, is_certified = np.inf, False
        while True:
            state = State(mixture, expect(problem, mixture))
            passes += 1
            if summit.bend is None or summit.ending != "maximum":
                break
            bend = certified(summit.bend, state)
            state = replace(state, bend=bend)
            remaining = bend.remaining_gain
            if remaining is None:
                break
            is_certified = remaining < CERTIFIED
            if remaining < WORTH_CORRECTING or not remaining * CONTRACTING < before:
                break
            before, mixture = remaining, bend.moved(newton(bend, np.inf).steps)
        collapse = summit.ending == COLLAPSE
        return Landing(state, is_certified, collapse, self.n_passes + passes, len(self.nodes.data), looks)

    def shifted(self, mixture: Mixture, by: float) -> Mixture:
        """A mixture with all means moved."""
        if by == 0.0:
            return mixture
        means = mixture.parameters["mean"] + by
        return Mixture(mixture.family, mixture.weights, {**mixture.parameters, "mean": means}, mixture.ids)

    def unshifted(self, mixture: Mixture) -> Mixture:
        """A mixture of the nodes in the unit of the rows."""
        return self.shifted(mixture, self.laid_by.shift)

    def _press(self, requirement: Requirement) -> None:
        self.asked.append(requirement)
        self.nodes = pressed(self.data, self.laid_by, self.asked)
        self.n_passes += self.nodes.n_passes

    def _asking(self, mixture: Mixture, fineness: float = FINE) -> Requirement:
        sds = np.maximum(mixture.parameters["sd"], self.laid_by.least_sd)
        return Requirement(mixture.parameters["mean"], sds, fineness)

    def _trial(self, begin: Mixture) -> Requirement:
        """How fine the grid must be, as a fit to a coarse one of a sample says; its only use."""
        if len(self.data) <= DISTINCT:
            return self._asking(begin)
        asked, fineness = [self._asking(begin, COARSE)], COARSE
        reached = begin
        for _ in range(MOST_TRIALS):
            nodes = of_sample(self.laid_by, asked)
            summit = ascend(Problem(nodes.data), begin, TRIAL_ENOUGH)
            reached = summit.mixture
            if summit.ending == COLLAPSE or nodes.is_fine(self._asking(reached, fineness)):
                break
            fineness = LESS_COARSE
            asked.append(self._asking(reached, fineness))
        return self._asking(reached)

    def _finer(self, summit: Summit) -> Requirement | None:
        """What a summit asks that the nodes are not fine enough for; None where they are."""
        assert self.nodes is not None
        mixture = summit.mixture
        if summit.ending == COLLAPSE:
            widths = np.array([self.nodes.width_at(mean) for mean in mixture.parameters["mean"]])
            sds = mixture.parameters["sd"]
            if not (widths > sds).any():
                return None
            return Requirement(mixture.parameters["mean"], np.maximum(sds, OF_BIN * widths))
        asking = self._asking(mixture)
        return None if summit.ending == LOST or self.nodes.is_fine(asking) else asking


__all__ = ["ENOUGH", "Landing", "Road", "TooFineError", "leads"]
