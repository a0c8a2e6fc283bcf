"""The one loop: EM as a generator that yields an iteration at a time, and a fit that pulls it to its end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from core.algorithms import ALGORITHMS
from core.algorithms.algorithm import Algorithm
from core.data import Data
from core.errors import InputError
from core.expectation import Problem, State, lower_bound
from core.families import FAMILIES
from core.families.family import Family
from core.mixture import Mixture
from core.options import FitOptions
from core.start import STARTS
from core.stopping import DEGENERATE, STOPPING_RULES, Escape, Outcome, StoppingRule, Verdict


@dataclass(frozen=True, eq=False)
class Iteration:
    """What an observer may see of one iteration: an M step, then an E step.

    log_likelihood is that of this iteration's mixture. bound_after_m: the lower bound under the responsibilities of the
    iteration before (NaN at the start); bound_after_e: under its own. exact: whether the log-likelihood is of all rows
    under this mixture. seconds and n_passes count from the start of the run. outcome: how the run ended, if it did.
    """

    number: int
    state: State
    bound_after_m: float
    bound_after_e: float
    seconds: float
    n_passes: float
    exact: bool = True
    note: str = ""
    outcome: Outcome | None = None

    @property
    def mixture(self) -> Mixture:
        """The parameters."""
        return self.state.mixture

    @property
    def log_likelihood(self) -> float:
        """Total log-likelihood of the parameters."""
        return self.state.statistics.log_likelihood


def iterate(
    problem: Problem,
    state: State,
    algorithm: Algorithm,
    rule: StoppingRule,
    rng: np.random.Generator,
    resumed: Iteration | None = None,
) -> Iterator[Iteration]:
    """Yields the start as iteration 0 (or goes on after `resumed`), then an iteration at a time.

    Whoever pulls owns the loop. When the rule ends the run the iteration carries the outcome; pulling on makes further
    iterations all the same, except after a collapse, from which there is no way on.
    """
    number, passes, before = 0, 0.0, None
    spent = perf_counter()
    verdict: Verdict = None
    if resumed is None:
        verdict = rule.verdict(0, None, state)
        start = Iteration(0, state, float("nan"), _bound(state), perf_counter() - spent, 0.0, algorithm.exact)
        yield _with(start, verdict)
        seconds = start.seconds
    else:
        number, passes, seconds = resumed.number, resumed.n_passes, resumed.seconds
    while not (isinstance(verdict, Outcome) and verdict.status == DEGENERATE):
        spent = perf_counter()
        before, note = state, ""
        if isinstance(verdict, Escape):
            state, note = algorithm.init(problem, verdict.mixture, rng), verdict.note
        else:
            state = algorithm.step(problem, state, rng)
        number, passes = number + 1, passes + algorithm.passes
        verdict = rule.verdict(number, before, state)
        seconds += perf_counter() - spent
        bound = lower_bound(state.mixture, before.statistics)
        made = Iteration(number, state, bound, _bound(state), seconds, passes, algorithm.exact, note)
        yield _with(made, verdict)


def _bound(state: State) -> float:
    return lower_bound(state.mixture, state.statistics)


def _with(iteration: Iteration, verdict: Verdict) -> Iteration:
    return replace(iteration, outcome=verdict) if isinstance(verdict, Outcome) else iteration


def family_of(options: FitOptions) -> Family:
    """The family that the options name."""
    return FAMILIES[options.family](options.covariance)


def check(data: Data, options: FitOptions) -> None:
    """Raises InputError, before any work, when no fit of this model to these data can exist."""
    name = data.columns[0]
    if data.n_features != 1:
        raise InputError("Several columns cannot be fitted together yet: choose one.")
    if data.minimum[0] == data.maximum[0]:
        raise InputError(
            f"All {data.n_samples:,.0f} values of “{name}” are {data.minimum[0]:g}: with no variation the likelihood "
            "has no upper bound, so there is nothing to fit."
        )
    needed = family_of(options).n_parameters(options.n_components)
    if data.n_samples < needed:
        raise InputError(
            f"“{name}” has {data.n_samples:,.0f} usable rows, fewer than the {needed} parameters of "
            f"{options.n_components} components: use fewer components."
        )


def start_of(data: Data, options: FitOptions, rng: np.random.Generator) -> Mixture:
    """The start that the options name, its components numbered by mean."""
    return STARTS[options.start](data, family_of(options), options.n_components, rng)


def run(data: Data, options: FitOptions, start: Mixture) -> Iterator[Iteration]:
    """One run from a start, under the options: what the window, the command line and `fit` all pull."""
    problem, algorithm = Problem(data), ALGORITHMS[options.algorithm]
    rng = np.random.default_rng(options.seed)
    rule = STOPPING_RULES[options.stop_on](problem, options.tolerance, options.max_iterations)
    yield from iterate(problem, algorithm.init(problem, start, rng), algorithm, rule, rng)


def resume(data: Data, options: FitOptions, last: Iteration) -> Iterator[Iteration]:
    """The iterations after `last`, as if the run had never paused."""
    problem, algorithm = Problem(data), ALGORITHMS[options.algorithm]
    rule = STOPPING_RULES[options.stop_on](problem, options.tolerance, options.max_iterations)
    yield from iterate(problem, last.state, algorithm, rule, np.random.default_rng(options.seed), resumed=last)


def ended(iterations: Iterator[Iteration]) -> Generator[Iteration, None, None]:
    """Iterations up to and including the first that carries an outcome."""
    for iteration in iterations:
        yield iteration
        if iteration.outcome is not None:
            return
