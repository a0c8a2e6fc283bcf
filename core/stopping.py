"""When a run ends, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log1p

import numpy as np

from core.collapse import REMEDIES, collapsed
from core.curvature import Curvature, curvature
from core.expectation import Problem, State, expect
from core.mixture import Mixture

CONVERGED, CAPPED, STOPPED, DEGENERATE = "converged", "max-iterations", "stopped", "degenerate"
ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
ESCAPE_LENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its status, a sentence, and the log-likelihood still to be gained (None where unknown)."""

    status: str
    message: str
    expected_gain: float | None = None


@dataclass(frozen=True, eq=False)
class Escape:
    """The run stands on a saddle: go on from this mixture, which is higher up."""

    mixture: Mixture
    note: str


Verdict = Outcome | Escape | None


class StoppingRule:
    """Watches one run, iteration by iteration, and says when it ends.

    Every rule ends a run whose component collapsed, and one that has made max_iterations (never called convergence).
    """

    def __init__(self, problem: Problem, tolerance: float, max_iterations: int) -> None:
        self.problem = problem
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def verdict(self, number: int, before: State | None, state: State) -> Verdict:
        """What to do after iteration `number`, which went from `before` to `state`."""
        fault = collapsed(self.problem, state)
        if fault is not None:
            return Outcome(DEGENERATE, f"{fault} The likelihood has no upper bound there. {REMEDIES}")
        verdict = self.judge(number, before, state)
        if verdict is None and number >= self.max_iterations:
            return capped(self.problem, state.mixture, number)
        return verdict

    def judge(self, number: int, before: State | None, state: State) -> Verdict:
        """The rule's own opinion of a healthy state."""
        raise NotImplementedError


class RemainingGain(StoppingRule):
    """Stops when at most `tolerance` of total log-likelihood is still to be gained.

    Aitken's estimate from the last three iterations proposes; the Newton decrement on all rows, with −H positive
    definite, decides. Where −H is not, the run is on a saddle (components that coincide): it is stepped off once along
    the worst direction, and if that gains nothing a component is superfluous.
    """

    def __init__(self, problem: Problem, tolerance: float, max_iterations: int) -> None:
        super().__init__(problem, tolerance, max_iterations)
        self._last_gain: float | None = None
        self._look_again = 0

    def judge(self, number: int, before: State | None, state: State) -> Verdict:
        """Propose by Aitken, decide by the decrement."""
        log_likelihood = state.statistics.log_likelihood
        finest = ROUNDING * abs(log_likelihood)
        tolerance = max(self.tolerance, finest)
        previous, self._last_gain = self._last_gain, None
        if before is not None:
            self._last_gain = log_likelihood - before.statistics.log_likelihood
        if not self._proposed(previous, self._last_gain, tolerance, finest) or number < self._look_again:
            return None
        bend = curvature(self.problem, state.mixture)
        gain = bend.remaining_gain
        if gain is None:
            return self._leave_saddle(number, state, bend, tolerance)
        if gain <= tolerance:
            return Outcome(CONVERGED, converged_message(number, gain), gain)
        self._look_again = number + _iterations_needed(gain, tolerance, bend.smallest_eigenvalue)
        return None

    @staticmethod
    def _proposed(previous: float | None, gain: float | None, tolerance: float, finest: float) -> bool:
        if gain is None:
            return False
        if gain <= finest:
            return True
        if previous is None or gain >= previous:
            return False
        rate = gain / previous
        return gain * rate / (1.0 - rate) <= tolerance

    def _leave_saddle(self, number: int, state: State, bend: Curvature, tolerance: float) -> Verdict:
        here = state.statistics.log_likelihood
        best, gain = None, tolerance
        for length in ESCAPE_LENGTHS:
            for side in (length, -length):
                mixture = bend.displaced(side)
                rise = expect(self.problem, mixture).log_likelihood - here
                if rise > gain:
                    best, gain = mixture, rise
        if best is None:
            return Outcome(CONVERGED, f"Converged after {_iterations(number)}: {coincidence(state.mixture)}", None)
        self._last_gain = None
        return Escape(best, f"stepped off a saddle, where the log-likelihood was flat, and gained {gain:.3g}")


class ParameterChange(StoppingRule):
    """Stops when no parameter changes by more than `tolerance` in an iteration.

    A mean is measured in its component's sd, an sd relatively, a weight absolutely.
    """

    def judge(self, number: int, before: State | None, state: State) -> Verdict:
        """Compare the parameters with those of the iteration before."""
        if before is None:
            return None
        change = largest_change(before.mixture, state.mixture)
        if change > self.tolerance:
            return None
        gain = curvature(self.problem, state.mixture).remaining_gain
        message = f"Converged after {_iterations(number)}: no parameter changed by more than {change:.2g}"
        return Outcome(CONVERGED, f"{message}{_still(gain)}.", gain)


STOPPING_RULES: dict[str, Callable[[Problem, float, int], StoppingRule]] = {
    "log-likelihood": RemainingGain,
    "parameters": ParameterChange,
}
"""What a run may be stopped on → the rule; made with the problem, the tolerance and the largest number of iterations."""


def largest_change(before: Mixture, after: Mixture) -> float:
    """Largest change of any parameter: means in their component's sd, sds relatively, weights absolutely."""
    family = after.family
    spread = family.spread(after.parameters)
    changes = [np.abs(after.weights - before.weights)]
    for name in family.parameter_names:
        location = name == family.parameter_names[0]
        unit = spread if location else np.abs(after.parameters[name])
        changes.append(np.abs(after.parameters[name] - before.parameters[name]) / unit)
    return float(np.max(changes))


def capped(problem: Problem, mixture: Mixture, number: int) -> Outcome:
    """The end of a run that made all the iterations it was allowed: says what is still to be had."""
    gain = curvature(problem, mixture).remaining_gain
    if number == 0:
        return Outcome(CAPPED, f"The start was evaluated; no iteration was asked for{_still(gain)}.", gain)
    return Outcome(CAPPED, f"Stopped at the limit of {_iterations(number)}, not converged{_still(gain)}.", gain)


def stopped(number: int) -> Outcome:
    """The end of a run that a person stopped."""
    return Outcome(STOPPED, f"Stopped after {_iterations(number)}, before it converged.")


def converged_message(number: int, gain: float) -> str:
    """The sentence for a run that reached its optimum."""
    return (
        f"Converged after {_iterations(number)}: at most {max(gain, 1e-16):.1g} of log-likelihood still to be gained."
    )


def coincidence(mixture: Mixture) -> str:
    """The sentence for components that cannot be told apart, naming the two nearest to each other."""
    location, spread = mixture.family.location(mixture.parameters), mixture.family.spread(mixture.parameters)
    apart = np.abs(location[:, np.newaxis] - location) / spread + np.abs(np.log(spread[:, np.newaxis] / spread))
    np.fill_diagonal(apart, np.inf)
    if mixture.n_components == 1:
        return "the log-likelihood is flat here."
    one, other = sorted(divmod(int(apart.argmin()), mixture.n_components))
    return f"components {mixture.ids[one]} and {mixture.ids[other]} coincide, so one is superfluous."


def _iterations_needed(gain: float, tolerance: float, speed: float) -> int:
    """Iterations until EM, whose error shrinks by 1 − speed in each, has brought the gain down to the tolerance."""
    if speed >= 1.0:
        return 1
    return max(1, min(1000, ceil(0.5 * np.log(tolerance / gain) / log1p(-speed))))


def _iterations(number: int) -> str:
    return "1 iteration" if number == 1 else f"{number:,} iterations"


def _still(gain: float | None) -> str:
    return "" if gain is None else f"; about {gain:.2g} of log-likelihood still to be gained"
