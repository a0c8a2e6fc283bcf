"""The way up to a maximum by Newton's method in the metric of EM, with steps of EM between.

Near a maximum that EM creeps to, Newton's step goes the slow way at once; where the slope is curved, steps of EM bring
the fast directions back. A trust radius in EM's own metric keeps both honest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core import passes
from core.collapse import collapsed, safe_sd
from core.curvature import FLAT, Curvature, curvature
from core.data import Array
from core.errors import InputError
from core.expectation import Problem, State, expect, maximize
from core.mixture import Mixture
from core.saddle import escape

FIRST_STEPS = 20
"""Steps of EM before the first of Newton: they go where EM would. Of 150 hard problems with random starts 120 ended so
in the very maximum that EM alone leads to, 20 in a higher one; with 100 steps 138 did, at half as much time again."""
ENOUGH = 1e-10
"""Log-likelihood still to be gained at which it ends, and takes the last step."""
MOST_STEPS = 1000
RADIUS, LARGEST_RADIUS = 1.0, 2.0
"""How far a step may go at first and at most, in sds of a mean and factors e of a weight or an sd."""
LONGER = 2.5
ACCEPTED, BADLY_FORESEEN, WELL_FORESEEN = 0.05, 0.25, 0.6
"""Parts of what a step should gain: from the first on it is accepted, below the second the next may go half as far,
above the third LONGER times."""
SHORTEST, SHORT, CORRECTIONS = 1e-12, 0.01, 2
"""Steps longer than SHORT are followed by so many of EM. Where components nearly coincide Newton alone needs 3 to 7
times as many steps, with 1, 2 or 5 of EM after each about as many; a threshold of 0.1 is hardly better than none."""
LEAST_RISE = 1e-6
"""Log-likelihood that leaving a saddle must gain."""
CONTRACTING = 3.0
"""How many times less must be left after a step that the log-likelihood cannot judge, for the next to be worth it."""
ROUNDING = 1e-15
"""Part of the log-likelihood, or of the rows, that a gain must be more than to be told from rounding. Not more: where
the log-likelihood is large only for the data's unit, the last of the way is otherwise gone blindly."""
AGAIN = ((300, 0.3, 0.5), (3000, 0.1, 0.2))
"""Steps of EM, first and largest radius, with which the way is tried again where it has led to no maximum."""

MAXIMUM, PLATEAU, COLLAPSE, LOST, KNOWN = "maximum", "plateau", "collapse", "lost", "known"
IsKnown = Callable[[Curvature, State], bool]


@dataclass(frozen=True, eq=False)
class Summit:
    """Where the way up ended: at a maximum, on a plateau, in a collapse, or lost (no way on, and no maximum).

    Or where it was known where it leads, before it is gone to the end.

    On a plateau the log-likelihood is flat in a direction: a component is superfluous.

    bend: the curvature there, or where it was looked at last before a collapse; n_e_steps and n_curvatures: how often
    all rows were looked at. left_saddle: whether the way led over a point where EM stands still although it is no
    maximum.
    """

    state: State
    ending: str
    bend: Curvature | None
    n_e_steps: int
    n_curvatures: int
    left_saddle: bool = False

    @property
    def mixture(self) -> Mixture:
        """The parameters."""
        return self.state.mixture


class Step(NamedTuple):
    """A step in local steps, and the log-likelihood that it should gain."""

    steps: Array
    gain: float

    @property
    def length(self) -> float:
        """Its largest local step."""
        return float(np.abs(self.steps).max(initial=0.0))


def ascend(
    problem: Problem,
    start: Mixture,
    enough: float = ENOUGH,
    is_patient: bool = True,
    is_known: IsKnown = lambda bend, state: False,
    first_steps: int = FIRST_STEPS,
) -> Summit:
    """The maximum of the log-likelihood that a start leads to. Raises InputError where a start cannot be evaluated.

    A component that collapses while EM alone is at work ends it; after steps of Newton, which may have jumped there or
    to nowhere, one who is patient tries again with more of EM and shorter steps. It is not always the maximum of EM.
    is_known is asked after each look, and ends the way where it knows the rest of it. first_steps: of EM, before any
    of Newton.
    """
    way = _Way(problem, is_known)
    begin = way.by_em(way.looked(start), first_steps)
    for more, radius, largest in ((0, RADIUS, LARGEST_RADIUS), *(AGAIN if is_patient else ())):
        begin = way.by_em(begin, more)
        if way.has_collapsed(begin):
            return way.ended(begin, COLLAPSE)
        summit = way.by_newton(begin, radius, largest, enough)
        if summit.ending in (MAXIMUM, PLATEAU, KNOWN):
            break
    return summit


class _Way:
    """The looks at the rows on a way up, counted."""

    def __init__(self, problem: Problem, is_known: IsKnown) -> None:
        self.problem, self.is_known = problem, is_known
        self.n_e_steps, self.n_curvatures = 0, 0
        self.bend: Curvature | None = None
        self.left_saddle = False
        self.radius = RADIUS

    def looked(self, mixture: Mixture) -> State:
        self.n_e_steps += 1
        return State(mixture, expect(self.problem, mixture))

    def by_em(self, state: State, n_steps: int) -> State:
        """So many steps of EM, or until a component has collapsed; at a stretch while none has shrunk to a half."""
        data, family = self.problem.data, state.mixture.family
        in_stretches = data.n_features == 1 and not self.problem.constraints.items
        while n_steps > 0 and not self.has_collapsed(state):
            made = None
            if in_stretches:
                least = min(safe_sd(data), 0.5 * float(family.spread(state.mixture.parameters).min()))
                made = passes.steps(state.mixture, state.statistics, data, n_steps, least)
            if made is None:
                state = self.looked(maximize(self.problem, state.mixture, state.statistics))
            else:
                state = State(made.mixture(len(made) - 1), made.statistics(len(made) - 1))
                self.n_e_steps += len(made)
            n_steps -= 1 if made is None else len(made)
        return state

    def has_collapsed(self, state: State) -> bool:
        return collapsed(self.problem, state) is not None

    def height(self, state: State) -> float:
        return state.statistics.log_likelihood + self.problem.constraints.log_prior(state.mixture)

    def ended(self, state: State, ending: str) -> Summit:
        return Summit(state, ending, self.bend, self.n_e_steps, self.n_curvatures, self.left_saddle)

    def by_newton(self, state: State, radius: float, largest: float, enough: float) -> Summit:
        """Steps from a state until nothing is left to be gained; no more than MOST_STEPS on the whole way."""
        self.radius, before = radius, np.inf
        while self.n_curvatures < MOST_STEPS:
            bend = self.bend = curvature(self.problem, state.mixture)
            self.n_curvatures += 1
            if not bend.is_known:
                break
            if self.is_known(bend, state):
                return self.ended(state, KNOWN)
            rounding = ROUNDING * max(abs(state.statistics.log_likelihood), state.statistics.n)
            remaining = bend.remaining_gain
            if remaining is not None and remaining <= max(enough, rounding):
                # Too little for the log-likelihood to tell, but not for its slope.
                last = self.trial(bend, newton(bend, np.inf))
                if last is None or self.height(last) < self.height(state) - rounding:
                    return self.ended(state, MAXIMUM)
                if remaining < enough or remaining * CONTRACTING > before:
                    return self.ended(last if remaining < enough else state, MAXIMUM)
                before, state = remaining, last
                continue
            step, reached = self.stepped(state, bend, rounding)
            if reached is None:
                higher = self.stepped_off(state, bend, rounding)
                if higher is None:
                    return self.ended(state, PLATEAU if abs(bend.smallest_eigenvalue) <= FLAT else LOST)
                state, self.left_saddle = higher, True
                continue
            # EM gains half the squared slope, measured in its metric: where that is nothing, it stands still.
            self.left_saddle |= remaining is None and bool(0.5 * bend.gradient @ bend.gradient < enough)
            gain, state = self.height(reached) - self.height(state), reached
            if self.has_collapsed(state):
                return self.ended(state, COLLAPSE)
            if gain > WELL_FORESEEN * step.gain or max(abs(gain), step.gain) <= rounding:
                self.radius = min(LONGER * self.radius, largest)
            elif gain < BADLY_FORESEEN * step.gain:
                self.radius = 0.5 * step.length
        return self.ended(state, LOST)

    def stepped(self, state: State, bend: Curvature, rounding: float) -> tuple[Step, State | None]:
        """A step that gains nearly what it should, and where it leads: None if none gains anything."""
        while True:
            step = newton(bend, self.radius)
            if step.length < SHORTEST or (step.gain < 0.01 * rounding and not bend.is_maximum):
                return step, None
            reached = self.trial(bend, step)
            if reached is not None:
                gain = self.height(reached) - self.height(state)
                if gain >= ACCEPTED * step.gain or max(abs(gain), step.gain) <= rounding:
                    return step, reached
            self.radius = 0.25 * step.length

    def stepped_off(self, state: State, bend: Curvature, rounding: float) -> State | None:
        """A state higher up, where components that coincide are parted: of that a curvature says nothing."""
        rise = max(LEAST_RISE, rounding)
        way = escape(self.problem, state.mixture, state.statistics.log_likelihood, bend, rise)
        return None if way is None else self.looked(way.mixture)

    def trial(self, bend: Curvature, step: Step) -> State | None:
        """Where a step leads, a long one with steps of EM after it; None where that is nowhere to be."""
        with np.errstate(all="ignore"):
            mixture = bend.moved(step.steps)
            try:
                return self.by_em(self.looked(mixture), CORRECTIONS if step.length > SHORT else 0)
            except InputError:
                return None


def newton(bend: Curvature, radius: float) -> Step:
    """Newton's step, no longer than a radius; where the log-likelihood does not bend down, the best there is within.

    The hard case of a saddle, where the slope has no part along the direction that rises: along that to the radius.
    """
    values, vectors = bend.eigen
    along = vectors.T @ bend.gradient

    def made(shares: Array) -> Step:
        gain = float(along @ shares - 0.5 * (values * shares) @ shares)
        return Step(bend.spread @ (vectors @ shares), gain)

    if values[0] > FLAT:
        whole = made(along / values)
        if whole.length <= radius:
            return whole
    low = max(0.0, -float(values[0]))  # here the step is longer than the radius, or cannot be made
    beyond = max(1e-16, 1e-12 * abs(low))
    longest = made(along / (values + low + beyond)) if values[0] <= FLAT else None
    if longest is not None and longest.length <= radius:
        direction = bend.spread @ vectors[:, 0]
        side = 1.0 if along[0] >= 0 else -1.0
        left = radius - longest.length
        shares = along / (values + low + beyond)
        shares[0] += side * left / float(np.abs(direction).max())
        return made(shares)
    high = low + 1.0
    while made(along / (values + high)).length > radius:
        high = low + 4.0 * (high - low)
    for _ in range(60):
        middle = low + 0.5 * (high - low)
        step = made(along / (values + middle)) if middle > low else made(along / (values + high))
        if 0.9 * radius <= step.length <= radius:
            return step
        if step.length > radius:
            low = middle
        else:
            high = middle
    return made(along / (values + high))
