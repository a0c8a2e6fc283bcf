"""Steps by the slope of all rows, bent as some of them say: L-BFGS, begun with the curvature of a sample.

A pass over all rows gives the exact slope. How the log-likelihood bends, a sample knows well enough; where it does not,
the slopes of the last steps tell (Nocedal and Wright 2006, section 7.2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.coordinates import sound
from core.curvature import Curvature, certified
from core.data import Array
from core.errors import InputError
from core.expectation import Problem, State, expect, lower_bound
from core.mixture import Mixture

WINDOW = 15
"""Steps of which the slopes are remembered; after so many, of whatever kind, it is time for another curvature."""
LONGEST = 0.5
"""Largest local step at a time: in sds of a mean, or factors e of an sd or a weight."""
TRIALS, SHORTER = 4, 0.25
"""Steps that are tried before it is given up, each shorter than the one before."""
ACCEPTED = 1e-4
"""Part of what the slope promises that a step must gain."""
ROUNDING = 1e-15
"""Part of the log-likelihood, or of the rows, that cannot be told from nothing."""
SURE = 0.35
"""Doubt up to which a curvature says how much is still to be gained. In truth it may be wrong by twice as much, so it
is then said to be up to three times as much."""


@dataclass(frozen=True, eq=False)
class Model:
    """How the log-likelihood of all rows is taken to bend: a curvature, and what the last steps have said.

    doubt: by how much of itself −H may be wrong in some direction; 0 where it is that of all rows at the maximum,
    infinite where nobody knows. steps and changes (m, F): the last steps, in the curvature's own free directions, and
    how much the slope fell along each.
    """

    bend: Curvature
    doubt: float
    steps: Array
    changes: Array

    @classmethod
    def of(cls, bend: Curvature, doubt: float = 0.0) -> Model:
        """That of a curvature alone, which bends down in every direction."""
        nothing = np.empty((0, len(bend.negative_hessian)))
        return cls(bend, doubt, nothing, nothing)

    @property
    def is_full(self) -> bool:
        """Whether so many steps were made by it that another look at the curvature is worth its price."""
        return len(self.steps) >= WINDOW

    def slope(self, state: State) -> Array:
        """The gradient of the log-likelihood of all rows at a state, in the free directions (F,)."""
        return certified(self.bend, state).gradient

    def newton(self, slope: Array) -> Array:
        """The step (F,) to where the slope would be 0: the two loops of L-BFGS about the curvature's inverse."""
        rest, shares = slope.copy(), []
        pairs = list(zip(self.steps, self.changes, strict=True))
        for step, change in reversed(pairs):
            shares.append((step @ rest) / (step @ change))
            rest -= shares[-1] * change
        values, vectors = self.bend.eigen
        made = vectors @ ((vectors.T @ rest) / values)
        for (step, change), share in zip(pairs, reversed(shares), strict=True):
            made += step * (share - (change @ made) / (step @ change))
        return np.asarray(made)

    def with_pair(self, step: Array, change: Array) -> Model:
        """One pair more, unless it says that the slope rose."""
        if not step @ change > 1e-10 * np.linalg.norm(step) * np.linalg.norm(change):
            return self
        return replace(self, steps=np.vstack([self.steps, step]), changes=np.vstack([self.changes, change]))

    def bound(self, state: State) -> Curvature | None:
        """The slope of all rows with the least that −H may be, so that no less is said to be left than there is.

        None where the sample is too small to say, or the slope unknown.
        """
        if self.doubt > SURE:
            return None
        with np.errstate(all="ignore"):
            bend = certified(self.bend, state)
        if not np.isfinite(bend.gradient).all():
            return None
        if self.doubt == 0.0:
            return bend
        return replace(bend, negative_hessian=(1.0 - 2.0 * self.doubt) * bend.negative_hessian, is_sampled=True)


def climbed(problem: Problem, state: State, model: Model) -> tuple[State, Model] | None:
    """A step up from a state, in a pass or a few, and what it has said; None where no step leads higher."""
    with np.errstate(all="ignore"):
        slope = model.slope(state)
        step = model.newton(slope)
    length = float(np.abs(model.bend.spread @ step).max())
    if not np.isfinite(length) or length == 0.0:
        return None
    step = step * min(1.0, LONGEST / length)
    here, bend = state.statistics.log_likelihood, replace(model.bend, mixture=state.mixture)
    rounding = ROUNDING * max(abs(here), state.statistics.n)
    for number in range(1, TRIALS + 1):
        with np.errstate(all="ignore"):
            reached = evaluated(problem, problem.constraints.conforming(bend.moved(bend.spread @ step)))
        promised = float(slope @ step)
        if reached is not None:
            gain = reached.statistics.log_likelihood - here
            if gain >= ACCEPTED * promised or max(promised, abs(gain)) <= rounding:
                bound = lower_bound(reached.mixture, state.statistics)
                with np.errstate(all="ignore"):
                    change = slope - model.slope(reached)
                if not np.isfinite(change).all():
                    return None
                return replace(reached, bound_after_m=bound, n_passes=float(number)), model.with_pair(step, change)
        step = SHORTER * step
    return None


def evaluated(problem: Problem, mixture: Mixture) -> State | None:
    """A mixture and its E step; None where that is nowhere to be."""
    if not sound(mixture):
        return None
    try:
        state = State(mixture, expect(problem, mixture))
    except InputError:
        return None
    return state if (state.statistics.counts > 0).all() else None
