"""When a run ends, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, log1p
from typing import NamedTuple

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.collapse import collapsed
from core.curvature import Curvature, curvature
from core.expectation import Problem, State
from core.mixture import Mixture
from core.saddle import Escape, coincident, escape, superfluous
from core.wording import about, at_most

CONVERGED, CAPPED, STOPPED, DEGENERATE = "converged", "max-iterations", "stopped", "degenerate"
EPSILON = float(np.finfo(np.float64).eps)
ROUNDING = 4.0 * EPSILON
LEAST_RISE = 1e-6
"""Log-likelihood that leaving a saddle must gain where no tolerance is in its unit."""
NEARLY_FLAT = 1e-3
"""Smallest eigenvalue of −H, in EM's metric, below which a maximum may only be that of fewer components."""
BY_AITKEN_ALONE = 0.01
"""Part of the tolerance to which Aitken's estimate, which is too hopeful, is held where nothing else can decide."""
SHORTEST_WAIT = 5
"""Iterations after which it is looked at again where a variant is faster than EM."""
LONGEST_WAIT = 1000
"""Iterations after which the decrement is looked at again, however slow EM is said to be."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its status, a sentence, and the log-likelihood still to be gained (None where unknown).

    convergence_rate: by how much EM shrinks its distance from the maximum in an iteration there: the largest fraction
    of missing information (Dempster, Laird and Rubin 1977, section 3); None where unknown.
    """

    status: str
    message: str
    expected_gain: float | None = None
    convergence_rate: float | None = None


Verdict = Outcome | Escape | None


@dataclass(frozen=True)
class Watched:
    """What a rule has to remember of the iterations before, so that a run can be resumed as if it had never paused.

    gain: what the last iteration added to the log-likelihood, None where no M step led to it. look_again: no earlier
    than at this iteration is another look at the curvature worth a pass over the data.
    """

    gain: float | None = None
    look_again: int = 0


NOTHING_YET = Watched()


class Seen(NamedTuple):
    """A state, and the log-likelihood of its mixture over all rows."""

    state: State
    log_likelihood: float

    def objective(self, problem: Problem) -> float:
        """What is climbed: the log-likelihood, plus the log prior where there is one."""
        return self.log_likelihood + problem.constraints.log_prior(self.state.mixture)


@dataclass(frozen=True)
class StoppingRule:
    """Says of each iteration of a run whether it is the last.

    Every rule ends a run whose component collapsed, and one that has made max_iterations (never called convergence).
    """

    problem: Problem
    algorithm: Algorithm
    tolerance: float
    max_iterations: int

    def verdict(self, number: int, before: Seen | None, seen: Seen, watched: Watched) -> tuple[Verdict, Watched]:
        """What to do after iteration `number`, a step from `before` (None: a start), and what to remember."""
        fault = collapsed(self.problem, seen.state)
        if fault is not None:
            return Outcome(DEGENERATE, fault), watched
        verdict: Verdict = None
        if before is not None and seen.state.settled:
            verdict, watched = self.judge(number, before, seen, watched)
        if number >= self.max_iterations and not isinstance(verdict, Outcome):
            verdict = self.capped(number, seen.state.mixture)
        return verdict, watched

    def judge(self, number: int, before: Seen, seen: Seen, watched: Watched) -> tuple[Verdict, Watched]:
        """The rule's own opinion of a healthy state."""
        raise NotImplementedError

    def capped(self, number: int, mixture: Mixture) -> Outcome:
        """The end of a run that made all the iterations it was allowed: says what is still to be had."""
        bend = curvature(self.problem, mixture) if self.algorithm.judged else None
        still = "" if bend is None else self.still(bend)
        if number == 0:
            return self.ended(CAPPED, f"The start was evaluated; no iteration was asked for{still}.", mixture, bend)
        message = f"Stopped at the limit of {_iterations(number)}, not converged{still}."
        return self.ended(CAPPED, message, mixture, bend)

    def ended(self, status: str, message: str, mixture: Mixture, bend: Curvature | None) -> Outcome:
        """The end of a run, with all that is to be said of where it ended."""
        family, constraints = mixture.family, self.problem.constraints
        for position, words in family.at_boundary(mixture.parameters).items():
            message += f" {words.format(mixture.ids[position])[0].upper()}{words.format(mixture.ids[position])[1:]}."
        moved = constraints.moves_the_maximum(mixture)
        if moved and not constraints.has_prior:
            message += " A floor holds a component up, so this is not the maximum of the likelihood."
        if bend is None or moved:
            return Outcome(status, message)
        # Under constraints the metric of the curvature is not quite that of EM.
        known = status == CONVERGED and bend.is_maximum and family.is_exponential and not constraints.items
        known = known and not bend.is_sampled
        rate = 1.0 - bend.smallest_eigenvalue if known else None
        return Outcome(status, message, bend.remaining_gain, rate)

    def still(self, bend: Curvature) -> str:
        """What is still to be gained, as the end of a sentence; "" where that is unknown."""
        gain = bend.remaining_gain
        return "" if gain is None else f"; about {about(gain)} of {self.goal} still to be gained"

    @property
    def goal(self) -> str:
        """What is climbed, in words."""
        return "log-likelihood plus log prior" if self.problem.constraints.has_prior else "log-likelihood"

    def at_saddle(self, number: int, seen: Seen, bend: Curvature, tolerance: float) -> Verdict:
        """What to do where EM stands still but the log-likelihood does not bend down in every direction."""
        way = escape(self.problem, seen.state.mixture, seen.log_likelihood, bend, tolerance)
        if way is not None:
            return way
        mixture = seen.state.mixture
        return self.ended(CONVERGED, f"Converged after {_iterations(number)}: {superfluous(mixture)}.", mixture, bend)


class RemainingGain(StoppingRule):
    """Stops when at most `tolerance` of total log-likelihood is still to be gained.

    Aitken's estimate from the last two gains proposes, unless the variant knows the curvature; the Newton decrement on
    all rows, with −H positive definite, decides. Where −H is not, the run is on a saddle (components that coincide): it
    is stepped off along a direction that does not bend down, and if that gains nothing a component is superfluous.
    """

    def judge(self, number: int, before: Seen, seen: Seen, watched: Watched) -> tuple[Verdict, Watched]:
        """Propose by Aitken, decide by the decrement."""
        finest = _finest(seen)
        tolerance = max(self.tolerance, finest)
        gain = seen.objective(self.problem) - before.objective(self.problem)
        look_again = watched.look_again
        mixture, bend = seen.state.mixture, seen.state.bend
        if bend is None:
            if number < look_again or not _proposed(watched.gain, gain, tolerance, finest):
                return None, Watched(gain, look_again)
            bend = curvature(self.problem, mixture)
        if bend.is_sampled and bend.remaining_gain is not None and bend.remaining_gain <= tolerance:
            bend = curvature(self.problem, mixture)  # of some of the rows it may propose, but not decide
        remaining = bend.remaining_gain
        if not bend.is_known:
            return self.by_aitken(number, seen, gain, tolerance, watched)
        if remaining is None:
            return self.at_saddle(number, seen, bend, tolerance), NOTHING_YET
        if remaining <= tolerance:
            bound = at_most(max(remaining, finest))
            message = f"Converged after {_iterations(number)}: at most {bound} of {self.goal} still to be gained."
            if finest > self.tolerance:
                message = f"{message[:-1]}, which is as little as can be told in float64."
            alike = coincident(mixture) if bend.smallest_eigenvalue < NEARLY_FLAT else None
            if alike is not None:
                message = f"{message[:-1]}; {alike}."
            return self.ended(CONVERGED, message, mixture, bend), Watched(gain, look_again)
        wait = _iterations_needed(remaining, tolerance, bend.smallest_eigenvalue)
        return None, Watched(gain, number + (wait if self.algorithm.at_ems_speed else min(wait, SHORTEST_WAIT)))

    def by_aitken(
        self, number: int, seen: Seen, gain: float, tolerance: float, watched: Watched
    ) -> tuple[Verdict, Watched]:
        """The decision where the curvature is unknown, as with very many parameters: Aitken's, held to much less."""
        finest = _finest(seen)
        if not _proposed(watched.gain, gain, max(finest, BY_AITKEN_ALONE * tolerance), finest):
            return None, Watched(gain, watched.look_again)
        message = (
            f"Converged after {_iterations(number)} by Aitken's estimate of what is still to be gained: "
            "the curvature cannot be calculated here."
        )
        return self.ended(CONVERGED, message, seen.state.mixture, None), Watched(gain, watched.look_again)


class ParameterChange(StoppingRule):
    """Stops when no parameter changes by more than `tolerance` in an iteration.

    A location is measured in its component's sd, a scale relatively, a weight absolutely; never finer than rounding
    allows. On a saddle, where nothing changes either, the run is stepped off it.
    """

    def judge(self, number: int, before: Seen, seen: Seen, watched: Watched) -> tuple[Verdict, Watched]:
        """Compare the parameters with those of the iteration before."""
        mixture = seen.state.mixture
        change = largest_change(before.state.mixture, mixture)
        finest = ROUNDING * (1.0 + largest_offset(mixture))
        if change > max(self.tolerance, finest):
            return None, watched
        bend = seen.state.bend
        if bend is None or bend.is_sampled:
            bend = curvature(self.problem, mixture)
        gain = bend.remaining_gain
        if gain is None and bend.is_known:
            return self.at_saddle(number, seen, bend, max(LEAST_RISE, _finest(seen))), watched
        moved = at_most(max(change, finest))
        still = self.still(bend)
        message = f"Converged after {_iterations(number)}: no parameter changed by more than {moved}{still}."
        return self.ended(CONVERGED, message, mixture, bend), watched


class OwnEnd(StoppingRule):
    """Ends a run of a variant whose fixed point is not the maximum of the likelihood when the variant says so."""

    def judge(self, number: int, before: Seen, seen: Seen, watched: Watched) -> tuple[Verdict, Watched]:
        """Ask the variant."""
        sentence = self.algorithm.end(self.problem, number, before.state, seen.state)
        if sentence is None:
            return None, watched
        status = CONVERGED if self.algorithm.converges else CAPPED
        return self.ended(status, sentence, seen.state.mixture, None), watched


STOPPING_RULES: dict[str, Callable[[Problem, Algorithm, float, int], StoppingRule]] = {
    "log-likelihood": RemainingGain,
    "parameters": ParameterChange,
}
"""What a run may be stopped on → the rule, made with problem, variant, tolerance and most iterations."""


def largest_change(before: Mixture, after: Mixture) -> float:
    """Largest change of any parameter: a location in its component's sd, others relatively, weights absolutely.

    Of a mixture of one family for all components or several.
    """
    family = after.family
    changes = [np.abs(after.weights - before.weights)]
    units = family.units(after.parameters)
    for name, domain in family.domains.items():
        steps = domain.steps(after.parameters[name], before.parameters[name], units)
        changes.append(np.abs(steps if domain.is_location else np.expm1(steps)).max(axis=1))
    return float(np.nanmax(changes))  # where components differ in family, some parameters are not theirs


def largest_offset(mixture: Mixture) -> float:
    """How far the farthest component is from 0, in its sds: what an offset costs in digits of a location."""
    family, parameters = mixture.family, mixture.parameters
    if family.n_features > 1:
        return float((np.abs(parameters["mean"]) / family.units(parameters)).max())
    return float((np.abs(family.location(parameters)) / family.spread(parameters)).max())


def stopped(number: int) -> Outcome:
    """The end of a run that a person stopped."""
    return Outcome(STOPPED, f"Stopped after {_iterations(number)}, before it converged.")


def _finest(seen: Seen) -> float:
    """The smallest difference of log-likelihood that is more than rounding.

    Each row adds about 1 to it, or more; and a location far from 0 is a multiple of its last digit, not nearer to the
    best one than that.
    """
    n = seen.state.statistics.n
    offset = EPSILON * largest_offset(seen.state.mixture)
    return ROUNDING * max(abs(seen.log_likelihood), n) + 0.5 * n * offset * offset


def _proposed(previous: float | None, gain: float, tolerance: float, finest: float) -> bool:
    """Whether Aitken's estimate of what is still to come, gain · rate / (1 − rate), is within the tolerance."""
    if gain <= finest:
        return True
    if previous is None or gain >= previous:
        return False
    rate = gain / previous
    return gain * rate / (1.0 - rate) <= tolerance


def _iterations_needed(gain: float, tolerance: float, speed: float) -> int:
    """Iterations until EM, whose error shrinks by 1 − speed in each, has brought the gain down to the tolerance."""
    if speed >= 1.0:
        return 1
    return max(1, ceil(min(LONGEST_WAIT, 0.5 * log(tolerance / gain) / log1p(-speed))))


def _iterations(number: int) -> str:
    return "1 iteration" if number == 1 else f"{number:,} iterations"
