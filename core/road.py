"""The road to the optimum of all rows: pressed into nodes, climbed there, and certified on every row.

The nodes only lead the way. What is answered is the maximum of the likelihood of all rows, with the log-likelihood that
is still to be gained by their own gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.ascent import COLLAPSE, ENOUGH, FIRST_STEPS, LOST, MAXIMUM, IsKnown, Summit, ascend, newton
from core.collapse import collapsed
from core.curvature import certified
from core.data import Data
from core.errors import InputError
from core.expectation import Problem, State, expect
from core.families.gaussian import Gaussian
from core.grid import DISTINCT, FINE, Bulk, Nodes, Requirement, distinct, pressed, sample
from core.mixture import Mixture

COARSE, LESS_COARSE = 0.5, 0.25
"""Widths of bins, in sds, of the trial fit to a sample, which only says how fine the grid must be; the first also where
the way begins."""
MOST_TRIALS, MOST_GRIDS = 5, 8
TRIAL_ENOUGH = 1e-4
OF_BIN = 0.05
"""Part of the width of a bin for which a component is taken that has fallen into it."""
CERTIFIED = 1e-7
"""Log-likelihood still to be gained, by all rows, with which the road has led to the optimum."""
ROUNDING, LAST_DIGIT = 1e-15, 2.0**-52
"""Part of the log-likelihood, and of a mean, that cannot be told from nothing: to correct for less is worth no pass."""
CONTRACTING = 3.0
"""How many times less must be left after a correction, for it to lead anywhere."""


@dataclass(frozen=True, eq=False)
class Landing:
    """Where the road led. state: the mixture and all rows' statistics there; its bend says what is still to be gained.

    is_certified: whether that is next to nothing. collapsed: whether all rows, too, show that a component has fallen
    onto a value. n_passes over all rows, from the first grid on; n_nodes that the rows were pressed into last, and how
    often those were looked at.
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

    Many starts can go it: nodes are made again only when a component asks for narrower bins than any before, and each
    start goes by the coarsest that will do.
    n_passes: how often all rows were looked at.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        self.sample = sample(data)
        self.bulk = Bulk.of(self.sample)
        self.asked: list[Requirement] = []
        self.grids: list[Nodes] = []
        self.n_passes = 0.0

    @property
    def problem(self) -> Problem:
        """The finest nodes as data to be fitted."""
        return Problem(self.grids[-1].data)

    def climb(
        self,
        start: Mixture,
        is_known: IsKnown = lambda bend, state: False,
        first_steps: int = FIRST_STEPS,
    ) -> Summit:
        """The maximum of the nodes that a start leads to, its bins fine enough for it; or where is_known ends the way.

        Raises TooFineError where they would be too many, InputError where a row is too far from every component.
        """
        begin = self.shifted(start, -self.bulk.shift)
        nodes, is_patient = self._laid_for(begin), False
        for _ in range(MOST_GRIDS):
            # Always from the start: no grid chooses where it leads.
            summit = ascend(Problem(nodes.data), begin, ENOUGH, is_patient, is_known, first_steps)
            finer = finer_for(nodes, summit)
            if finer is not None:
                nodes = self._fine_for(finer) or self._press(finer)
            elif summit.ending in (COLLAPSE, LOST) and not is_patient:
                is_patient = True  # the bins are not to blame
            else:
                break
        if len(self.data) <= DISTINCT:  # where nodes are the values themselves, a look at them is one at the rows
            self.n_passes += (summit.n_e_steps + summit.n_curvatures) * len(nodes.data) / len(self.data)
        return summit

    def land(self, summit: Summit) -> Landing:
        """The summit on all rows: certified there, or corrected by their gradient until it is.

        Raises InputError where a row is too far from every component.
        """
        problem, mixture = Problem(self.data), self.unshifted(summit.mixture)
        state = State(mixture, expect(problem, mixture))
        self.n_passes += 1.0
        remaining = None
        if summit.ending == MAXIMUM and summit.bend is not None:
            state = replace(state, bend=certified(summit.bend, state))
            while (remaining := remaining_gain(state)) is not None and remaining > finest(state):
                nearer = corrected(problem, state)
                self.n_passes += 1.0
                if nearer is None:
                    break
                state = nearer
        fell = summit.ending == COLLAPSE and collapsed(problem, state) is not None
        looks, n_nodes = summit.n_e_steps + summit.n_curvatures, len(self.problem.data)
        is_certified = remaining is not None and remaining <= max(CERTIFIED, finest(state))
        return Landing(state, is_certified, fell, self.n_passes, n_nodes, looks)

    def shifted(self, mixture: Mixture, by: float) -> Mixture:
        """A mixture with all means moved."""
        if by == 0.0:
            return mixture
        means = mixture.parameters["mean"] + by
        return Mixture(mixture.family, mixture.weights, {**mixture.parameters, "mean": means}, mixture.ids)

    def unshifted(self, mixture: Mixture) -> Mixture:
        """A mixture of the nodes as one of the rows."""
        return self.shifted(mixture, self.bulk.shift)

    def _laid_for(self, begin: Mixture) -> Nodes:
        """Nodes on which a start can be told from others, and with them what it leads to as far as that is foreseen."""
        if len(self.data) <= DISTINCT:
            if not self.grids:
                self.grids.append(distinct(self.data, self.bulk.shift))
                self.n_passes += 1.0
            return self.grids[0]
        start = asking(begin, COARSE)
        if not self.grids:
            return self._press(start, self._trial(begin))
        return self._fine_for(start) or self._press(start)

    def _fine_for(self, requirement: Requirement) -> Nodes | None:
        """The coarsest of the nodes made so far that will do; None where none will."""
        return next((nodes for nodes in self.grids if nodes.is_fine(requirement)), None)

    def _press(self, *requirements: Requirement) -> Nodes:
        self.asked.extend(requirements)
        self.grids.append(pressed(self.data, self.bulk, self.asked))
        self.n_passes += 1.0
        return self.grids[-1]

    def _trial(self, begin: Mixture) -> Requirement:
        """How fine the grid must be, as a fit to a coarse one of a sample says; its only use."""
        asked, fineness = [asking(begin, COARSE)], COARSE
        reached = begin
        for _ in range(MOST_TRIALS):
            nodes = pressed(self.sample, self.bulk, asked)
            summit = ascend(Problem(nodes.data), begin, TRIAL_ENOUGH, is_patient=False)
            reached = summit.mixture
            if summit.ending == COLLAPSE or nodes.is_fine(asking(reached, fineness)):
                break
            fineness = LESS_COARSE
            asked.append(asking(reached, fineness))
        return asking(reached)


def asking(mixture: Mixture, fineness: float = FINE) -> Requirement:
    """What normal components ask of a grid."""
    return Requirement(mixture.parameters["mean"], mixture.parameters["sd"], fineness)


def finer_for(nodes: Nodes, summit: Summit) -> Requirement | None:
    """What a summit asks that the nodes are not fine enough for; None where they are, or nothing came of it."""
    if summit.ending == MAXIMUM:
        return None if nodes.is_fine(asking(summit.mixture)) else asking(summit.mixture)
    means, sds = (summit.mixture.parameters[name] for name in ("mean", "sd"))
    widths = nodes.widths_at(means)
    if summit.ending == COLLAPSE and (widths > sds).any():
        # The component has fallen into a bin, not onto a value: so much the bins said, not the rows.
        return Requirement(means, np.maximum(sds, OF_BIN * widths))
    return None


def finest(state: State) -> float:
    """The smallest difference of log-likelihood that is more than rounding: of itself, and of means far from 0.

    A mean is a multiple of its last digit, not nearer to the best one than that.
    """
    means, sds = (state.mixture.parameters[name] for name in ("mean", "sd"))
    height, n = abs(state.statistics.log_likelihood), state.statistics.n
    return ROUNDING * max(height, n) + 0.5 * n * (LAST_DIGIT * float((np.abs(means) / sds).max())) ** 2


def remaining_gain(state: State) -> float | None:
    """Log-likelihood still to be gained; None where it is unknown."""
    return None if state.bend is None else state.bend.remaining_gain


def corrected(problem: Problem, state: State) -> State | None:
    """A step by the gradient of all rows and the curvature of the nodes; None where it leaves no less to be gained."""
    remaining = remaining_gain(state)
    if state.bend is None or remaining is None:
        return None
    with np.errstate(all="ignore"):
        mixture = state.bend.moved(newton(state.bend, np.inf).steps)
        try:
            reached = State(mixture, expect(problem, mixture))
        except InputError:
            return None
    bend = certified(state.bend, reached)
    left = bend.remaining_gain
    return replace(reached, bend=bend) if left is not None and left * CONTRACTING < remaining else None
