"""One recorded run, and what the cursor on its tape shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from core import criteria, em, formatting
from core.algorithms.algorithm import Algorithm
from core.algorithms.em import EM
from core.algorithms.fast import Fast
from core.data import Data
from core.fit import Fit, summary
from core.history import History
from core.mixture import Mixture
from core.optima import Optimum
from core.options import FitOptions
from core.stopping import CAPPED, CONVERGED, DEGENERATE, Outcome, stopped
from core.sureness.uncertainty import Uncertainty
from emgui.sharing import Sharing, temperature_of

TOUCHING = 1e-9
"""Part of the log-likelihood (or of the number of rows) by which a lower bound that touches it may differ."""


class Phase(Enum):
    """Which half-step was done last."""

    START = "start"
    E = "E step"
    M = "M step"


@dataclass(frozen=True, eq=False)
class Moment:
    """What every panel shows: the run at one half-step.

    mixture draws the curves, of the population; observed: the same as the rows show it. before is what the M step
    started from, after an M step only; sharing: who holds which rows. lower_bound and entropy are of the
    responsibilities in force: None before the first E step, and where a variant has no bound there. n_passes: over the
    data, up to and with this iteration.
    """

    number: int
    phase: Phase
    mixture: Mixture
    observed: Mixture
    before: Mixture | None
    sharing: Sharing | None
    log_likelihood: float
    lower_bound: float | None
    entropy: float | None
    n_passes: float
    change: float | None
    outcome: Outcome | None

    @property
    def gap(self) -> float | None:
        """Log-likelihood less lower bound: 0 where the responsibilities are those of the parameters."""
        return None if self.lower_bound is None else self.log_likelihood - self.lower_bound


@dataclass(eq=False)
class Run:
    """A start and the tape of what came of it. number is 0 until the first iteration lists it among the runs.
    title: what a person calls it, "" for its number.

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
    sure: tuple[int, Uncertainty | None] | None = None
    finished_from: int | None = None
    temperatures: dict[int, float] = field(default_factory=dict)
    title: str = ""
    _n_parameters: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not self.history:
            self.history = History(em.tape(self.options))

    def append(self, part: em.Iteration | em.Stretch) -> None:
        """Records the next iteration, or the next ones, made at a stretch."""
        if isinstance(part, em.Stretch):
            self.history.extend(part)
            self.outcome = None
            return
        # Plain EM makes again what was thinned away, but not what Finish made otherwise.
        is_other = self.options.algorithm == EM.name and part.state.memory is not None
        self.history.append(part, always=is_other)
        self.outcome = part.outcome
        temperature = temperature_of(self.algorithm, part.state)
        if temperature != 1.0:
            self.temperatures[part.number] = temperature

    @property
    def name(self) -> str:
        """What the list of runs calls it."""
        return self.title or (f"Run {self.number}" if self.number else "Start")

    @property
    def spoken(self) -> str:
        """What it is called within a sentence."""
        return self.title or self.name.lower()

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
        comparable = criteria.comparable(last.log_likelihood, self.data)
        return criteria.bic(comparable, self.n_parameters, self.data.n_samples)

    @property
    def has_ended(self) -> bool:
        """Whether a stopping rule ended it, in whatever way."""
        return self.outcome is not None

    @property
    def algorithm(self) -> Algorithm:
        """The variant that makes its iterations."""
        return em.algorithm_of(self.options)

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        if self._n_parameters is None:
            self._n_parameters = self.options.constraints.n_parameters(self.history.parameters(0))
        return self._n_parameters

    @property
    def best_visited(self) -> float | None:
        """The highest log-likelihood that a run which wanders has come by; None for one that only climbs."""
        best = None if self.history.last is None else self.algorithm.best_visited(self.history.last.state)
        return None if best is None else best[0]

    def iterations(
        self, finishing: bool = False, at_once: Callable[[], bool] = lambda: False
    ) -> Iterator[em.Iteration | em.Stretch]:
        """What comes next: the iterations after the last on the tape, or all of them, their start made first.

        finishing: by the shortest way. at_once: whether those made at a stretch may now come so, not one by one.
        """
        last = self.history.last
        if last is None:
            start = self.given or em.start_of(self.data, self.options, np.random.default_rng(self.options.seed))
            last = next(em.run(self.data, self.options, start))
            yield last
        if finishing:
            yield from em.finish(self.data, self.options, last)
            return
        for part in em.stretches(self.data, self.options, last):
            if isinstance(part, em.Stretch) and not at_once():
                yield from part.iterations
            else:
                yield part

    def note(self, number: int) -> str:
        """What an iteration was if it was no ordinary step; "" for nothing."""
        return self.history.notes.get(number, "")

    def remarks(self, number: int) -> str:
        """What is to be said of an iteration's parameters: on the search before it, and on how they were come by."""
        finish = ""
        if self.finished_from is not None and self.finished_from <= number:
            at = self.finished_from
            finish = f"Finish went on as {Fast.name} from iteration {at:,}: {self.note(at)}."
        return " ".join(filter(None, (self.remark, finish)))

    @property
    def ending(self) -> str:
        """How the run ended, in words, with what is to be said of its last iteration; "" while it has not."""
        if self.outcome is None:
            return ""
        note = self.note(self.last_number) if self.finished_from != self.last_number else ""
        note = f"Iteration {self.last_number:,}: {note}." if note else ""
        return " ".join(filter(None, (self.outcome.message, self.remarks(self.last_number), note)))

    def mixture(self, number: int) -> Mixture:
        """The parameters of an iteration; thinned ones are made again."""
        return self.history.parameters(number, self.again)

    def sharing(self, number: int) -> Sharing:
        """Who holds which rows after the E step of an iteration."""
        temperature = self.temperatures.get(number, 1.0)
        apart = self._at("log_likelihood", number) - self._at("bound_after_e", number)
        # Where the posterior is in force the lower bound touches; where it does not, something else is.
        touches = abs(apart) <= TOUCHING * max(1.0, abs(self._at("log_likelihood", number)), self.data.n_samples)
        return Sharing(self.mixture(number), temperature, touches or temperature != 1.0)

    def moment(self, position: int) -> Moment:
        """The run at a half-step of its tape."""
        number, e_done = divmod(position, 2)
        phase = Phase.START if position == 0 else (Phase.E if e_done else Phase.M)
        observed = self.mixture(number)
        before = self.mixture(number - 1).plain if phase is Phase.M and number > 0 else None
        change = self._at("log_likelihood", number) - self._at("log_likelihood", number - 1) if number > 0 else None
        bound = entropy = sharing = None
        if phase is Phase.E:
            bound, entropy = self._at("bound_after_e", number), self._at("entropy", number)
            sharing = self.sharing(number)
        elif phase is Phase.M:
            bound, entropy = self._at("bound_after_m", number), self._at("entropy", number - 1)
            sharing = self.sharing(number - 1)
        return Moment(
            number, phase, observed.plain, observed, before, sharing, self._at("log_likelihood", number),
            _or_none(bound), _or_none(entropy), self._at("n_passes", number), change,
            self.outcome if position == self.last_position else None,
        )  # fmt: skip

    def fit(self, number: int | None = None, progress: Callable[[float], None] | None = None) -> Fit:
        """The result at an iteration: as the run ended, or as a person stopped it."""
        outcome = self.outcome
        if outcome is None or (number is not None and number != self.last_number):
            outcome = stopped(self.last_number if number is None else number)
            number = self.last_number if number is None else number
        else:
            number = None
        remarks = self.remarks(self.last_number if number is None else number)
        if remarks:
            outcome = replace(outcome, message=f"{outcome.message} {remarks}")
        return summary(self.data, self.options, self.history, outcome, self.optima, number, progress)

    def describe(self) -> str:
        """One line on what it was: components, family, variant, what is held, start and how it ended."""
        model = f"K = {self.options.n_components}, {model_words(self.options)}"
        count = f"{self.last_number:,} iteration" + ("" if self.last_number == 1 else "s")
        endings = {
            CONVERGED: count,
            CAPPED: f"not converged, {count}",
            DEGENERATE: f"degenerate at iteration {self.last_number}",
        }
        end = endings.get(self.outcome.status, count) if self.outcome else count
        end += "" if self.finished_from is None else f", finished as {Fast.name}"
        return f"{model}, {self.start_label} · {end}"

    def again(self, mixture: Mixture, steps: int) -> Mixture:
        """The mixture so many iterations after another: what a thinned tape has lost."""
        return em.replay(self.data, self.options, mixture, steps)

    def _at(self, name: str, number: int) -> float:
        return float(self.history.scalar(name)[number])


def gap_words(moment: Moment) -> str:
    """The gap to a thousandth, as 0 where rounding is all there is of it; a dash where there is no bound."""
    if moment.gap is None:
        return "–"
    is_rounding = abs(moment.gap) <= 1e-9 * max(1.0, abs(moment.log_likelihood))
    return "0" if is_rounding else formatting.number(moment.gap, 3 if abs(moment.gap) >= 1e-2 else 6)


def model_words(options: FitOptions) -> str:
    """Family, covariance and variant in few words, the usual ones unsaid: full; tied; student t; full, hard."""
    gaussian = options.family == "gaussian"
    words = [options.covariance if gaussian else options.family.replace("_", " ")]
    if not gaussian and options.covariance != "full":
        words.append(options.covariance)
    if options.algorithm != "em":
        words.append(em.algorithm_of(options).title)
    held = len(options.constraints.items)
    if held:
        words.append("1 constraint" if held == 1 else f"{held} constraints")
    return ", ".join(words)


def _or_none(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
