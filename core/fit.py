"""A whole fit: starts, the run from the best of them, and the figures of where it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from core import criteria
from core.data import Data
from core.em import Iteration, Stretch, algorithm_of, check, replay, start_of, tape, whole
from core.errors import InputError
from core.expectation import Problem
from core.history import History
from core.mixture import Mixture
from core.optima import Optimum, Progress
from core.options import FitOptions
from core.restarts import search
from core.seeing import as_seen
from core.stopping import DEGENERATE, Outcome
from core.sureness.uncertainty import Uncertainty, uncertainty
from core.thresholds.placing import Placing, place
from core.thresholds.rules import Rule

if TYPE_CHECKING:
    from core.goodness.judgement import Judgement


@dataclass(frozen=True, eq=False)
class Fit:
    """A run that ended, or stands where a person stopped it: what a result file says.

    number, mixture and log_likelihood are of the last iterate, or of the last before the collapse of a degenerate run;
    then aic, bic, icl and expected_gain are None. Of transformed data log_likelihood is that of the values as fitted;
    aic, bic and icl are those of the original ones. start: the parameters from which the run began. best_visited: the
    highest log-likelihood that a wandering variant came by, and where. uncertainty: what `with_uncertainty` adds.
    thresholds: what `with_thresholds` does. goodness: what `core.goodness.judgement.with_goodness` does.
    """

    data: Data
    options: FitOptions
    outcome: Outcome
    number: int
    mixture: Mixture
    log_likelihood: float
    n_passes: float
    aic: float | None
    bic: float | None
    icl: float | None
    optima: tuple[Optimum, ...] = field(default=())
    start: Mixture | None = None
    best_visited: tuple[float, Mixture] | None = None
    uncertainty: Uncertainty | None = None
    thresholds: Placing | None = None
    goodness: Judgement | None = None

    @property
    def log_likelihood_original(self) -> float | None:
        """Log-likelihood of the values before they were transformed; None where it is infinite, by a 0 under sqrt."""
        return self.log_likelihood + self.data.jacobian if isfinite(self.data.jacobian) else None

    @property
    def expected_gain(self) -> float | None:
        """Log-likelihood still to be gained; None where it is unknown."""
        return self.outcome.expected_gain


def fit(
    data: Data,
    options: FitOptions | None = None,
    start: Mixture | None = None,
    watch: Callable[[Iteration], None] | None = None,
    watch_search: Callable[[Progress], None] | None = None,
) -> tuple[Fit, History]:
    """Fits a mixture and keeps its tape. Raises InputError when the data or the options cannot be used.

    start: a given mixture instead of `options.start`. watch sees every iteration of the run that is kept, watch_search
    the progress of the restarts before it; either may raise to stop.
    """
    options = options or FitOptions()
    check(data, options)
    chosen, optima, remark = choose(data, options, start, watch_search)
    history = History(tape(options))
    for part in whole(data, options, chosen):
        if watch is None and isinstance(part, Stretch):
            history.extend(part)
            continue
        for iteration in part.iterations if isinstance(part, Stretch) else (part,):
            history.append(iteration)
            if watch is not None:
                watch(iteration)
    outcome = history.outcome
    assert outcome is not None
    if remark:
        outcome = replace(outcome, message=f"{outcome.message} {remark}")
    return summary(data, options, history, outcome, optima), history


def choose(
    data: Data,
    options: FitOptions,
    start: Mixture | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> tuple[Mixture, tuple[Optimum, ...], str]:
    """The start to run from, the optima that restarts led to, and a remark on them for the person ("" for none)."""
    named = as_seen(data, start or start_of(data, options, np.random.default_rng(options.seed)))
    _check_columns(data, named)
    if named.checked().n_components != options.n_components:
        raise InputError(
            f"The start has {named.n_components} components, but {options.n_components} are asked for; "
            "make the two numbers the same."
        )
    named = options.constraints.starting(named)
    if options.restarts == 1:
        return named, (), ""
    searching = search(data, options, named)
    while True:
        try:
            progress = next(searching)
        except StopIteration as stop:
            return stop.value.start, stop.value.optima, remark(stop.value.found)
        if watch is not None:
            watch(progress)


def _check_columns(data: Data, start: Mixture) -> None:
    columns = start.family.n_features
    if columns != data.n_features:
        raise InputError(
            f"The start is for {columns} column{'s' * (columns > 1)}, but {data.n_features} "
            f"{'are' if data.n_features > 1 else 'is'} to be fitted."
        )


def remark(found: bool) -> str:
    """What to say of a search that found no proper optimum."""
    return "" if found else "None of the starts that were tried led to a proper optimum; this is the first."


def summary(
    data: Data,
    options: FitOptions,
    history: History,
    outcome: Outcome,
    optima: tuple[Optimum, ...] = (),
    number: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Fit:
    """The result of a run at an iteration: by default the last, or the last before a collapse.

    progress is told the fraction done of the pass over the data that ICL takes, and may raise Cancelled.
    """
    degenerate = outcome.status == DEGENERATE
    if number is None:
        number = max(0, len(history) - (2 if degenerate else 1))
    mixture, last = history.parameters(number, partial(replay, data, options)), history.last
    log_likelihood = float(history.scalar("log_likelihood")[number])
    aic = bic = icl = None
    if not degenerate:
        free = options.constraints.n_parameters(mixture)
        compared = criteria.comparable(log_likelihood, data)
        aic = criteria.aic(compared, free)
        bic = criteria.bic(compared, free, data.n_samples)
        known = last.state.statistics if last is not None and last.number == number and last.state.exact else None
        icl = criteria.icl(Problem(data), mixture, bic, progress, known)
    passes = float(history.scalar("n_passes")[number])
    start = history.parameters(0)
    best = algorithm_of(options).best_visited(last.state) if last is not None and last.number == number else None
    return Fit(data, options, outcome, number, mixture, log_likelihood, passes, aic, bic, icl, optima, start, best)


def with_uncertainty(fitted: Fit) -> Fit:
    """The fit with standard errors and intervals of its parameters, in one pass over the data.

    As it is where there are none: of a degenerate run, where the log-likelihood does not bend down, under a prior.
    """
    if fitted.outcome.status == DEGENERATE:
        return fitted
    return replace(fitted, uncertainty=uncertainty(Problem(fitted.data, fitted.options.constraints), fitted.mixture))


def check_thresholds(n_features: int, family_shared: bool = False) -> None:
    """Raises InputError where a model has no values that part its components."""
    if n_features > 1:
        raise InputError("Thresholds part the values of one column: leave them out, or fit one column.")
    if family_shared:
        raise InputError("A model that is no mixture has no components for thresholds to part.")


def with_thresholds(fitted: Fit, rules: Sequence[Rule]) -> Fit:
    """The fit with the thresholds that rules place, with their standard errors where there are any.

    Raises InputError where it is of several columns, or of no mixture.
    """
    check_thresholds(fitted.data.n_features, bool(fitted.mixture.family.shared))
    sure = fitted.uncertainty or with_uncertainty(fitted).uncertainty
    return replace(fitted, thresholds=place(fitted.mixture, rules, None if sure is None else sure.covariance))
