"""One recorded run, and what the cursor on its tape shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from core import criteria
from core.data import Data
from core.em import replay
from core.fit import Fit, summary
from core.history import History
from core.mixture import Mixture
from core.options import FitOptions
from core.restarts import Optimum
from core.stopping import CAPPED, CONVERGED, DEGENERATE, Outcome, stopped


class Phase(Enum):
    """Which half-step was done last."""

    START = "start"
    E = "E step"
    M = "M step"


@dataclass(frozen=True, eq=False)
class Moment:
    """What every panel shows: the run at one half-step.

    mixture draws the curves; before is what the M step started from, after an M step only; sharing: whose
    responsibilities are in force. sharing and lower_bound are None before the first E step.
    """

    number: int
    phase: Phase
    mixture: Mixture
    before: Mixture | None
    sharing: Mixture | None
    log_likelihood: float
    lower_bound: float | None
    change: float | None
    outcome: Outcome | None

    @property
    def gap(self) -> float:
        """Log-likelihood less lower bound: 0 after an E step."""
        return 0.0 if self.lower_bound is None else self.log_likelihood - self.lower_bound


@dataclass(eq=False)
class Run:
    """A start and the tape of what came of it. number is 0 until the first iteration lists it among the runs.

    Half-steps are counted along the tape: 0 is the start as drawn, 1 its E step, then 2t the M step of iteration t and
    2t + 1 its E step.
    """

    data: Data
    options: FitOptions
    start_label: str
    given: Mixture | None = None
    number: int = 0
    history: History = field(default_factory=History)
    optima: tuple[Optimum, ...] = ()
    remark: str = ""
    searched: bool = False
    saved: bool = False
    outcome: Outcome | None = None
    icl: tuple[int, float] | None = None

    @property
    def name(self) -> str:
        """What the list of runs calls it."""
        return f"Run {self.number}" if self.number else "Start"

    @property
    def is_ready(self) -> bool:
        """Whether its start has been made and evaluated."""
        return len(self.history) > 0

    @property
    def last_number(self) -> int:
        """Number of the last iteration on the tape."""
        return len(self.history) - 1

    @property
    def last_position(self) -> int:
        """The last half-step on the tape."""
        return 2 * self.last_number + 1

    @property
    def is_over(self) -> bool:
        """Whether no iteration can follow: a component has collapsed."""
        return self.outcome is not None and self.outcome.status == DEGENERATE

    @property
    def log_likelihood(self) -> float:
        """Where the tape has come to; NaN before the start is evaluated, and for a collapse."""
        last = self.history.last
        return float("nan") if last is None or self.is_over else last.log_likelihood

    @property
    def bic(self) -> float:
        """BIC of where the tape has come to; NaN where there is none."""
        last = self.history.last
        if last is None or self.is_over:
            return float("nan")
        return criteria.bic(
            last.log_likelihood, self.options.constraints.n_parameters(last.mixture), self.data.n_samples
        )

    @property
    def has_ended(self) -> bool:
        """Whether a stopping rule ended it, in whatever way."""
        return self.outcome is not None

    def mixture(self, number: int) -> Mixture:
        """The parameters of an iteration; thinned ones are made again."""
        return self.history.parameters(number, self.again)

    def moment(self, position: int) -> Moment:
        """The run at a half-step of its tape."""
        number, e_done = divmod(position, 2)
        phase = Phase.START if position == 0 else (Phase.E if e_done else Phase.M)
        log_likelihoods = self.history.scalar("log_likelihood")
        bound = None
        if phase is not Phase.START:
            bound = float(self.history.scalar("bound_after_e" if e_done else "bound_after_m")[number])
            bound = None if math.isnan(bound) else bound
        mixture = self.mixture(number)
        before = self.mixture(number - 1) if phase is Phase.M and number > 0 else None
        change = float(log_likelihoods[number] - log_likelihoods[number - 1]) if number > 0 else None
        ended = self.outcome if position == self.last_position else None
        sharing = {Phase.START: None, Phase.E: mixture, Phase.M: before}[phase]
        return Moment(number, phase, mixture, before, sharing, float(log_likelihoods[number]), bound, change, ended)

    def fit(self, number: int | None = None, progress: Callable[[float], None] | None = None) -> Fit:
        """The result at an iteration: as the run ended, or as a person stopped it."""
        outcome = self.outcome
        if outcome is None or (number is not None and number != self.last_number):
            outcome = stopped(self.last_number if number is None else number)
            number = self.last_number if number is None else number
        else:
            number = None
        if self.remark:
            outcome = replace(outcome, message=f"{outcome.message} {self.remark}")
        return summary(self.data, self.options, self.history, outcome, self.optima, number, progress)

    def describe(self) -> str:
        """One line on what it was: components, covariance, start or how it ended."""
        model = f"K = {self.options.n_components}, {self.options.covariance}"
        count = f"{self.last_number:,} iteration" + ("" if self.last_number == 1 else "s")
        endings = {
            CONVERGED: count,
            CAPPED: f"not converged, {count}",
            DEGENERATE: f"degenerate at iteration {self.last_number}",
        }
        end = endings.get(self.outcome.status, count) if self.outcome else count
        return f"{model}, {self.start_label} · {end}"

    def again(self, mixture: Mixture, steps: int) -> Mixture:
        """The mixture so many iterations after another: what a thinned tape has lost."""
        return replay(self.data, self.options, mixture, steps)
