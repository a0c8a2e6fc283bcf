"""The one loop: EM as a generator that yields an iteration at a time, and a fit that pulls it to its end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from core.algorithms import ALGORITHMS
from core.algorithms.algorithm import Algorithm
from core.data import Data
from core.errors import InputError, shown
from core.expectation import Problem, State, lower_bound
from core.families import FAMILIES
from core.families.family import Family
from core.mixture import Mixture
from core.options import FitOptions
from core.saddle import Escape
from core.start import STARTS
from core.stopping import DEGENERATE, NOTHING_YET, STOPPING_RULES, Outcome, StoppingRule, Verdict, Watched
from core.wording import exactly

WIDEST, NARROWEST = 1e305, 1e-290
"""Half the range of the data at most, and their sd at least: beyond, differences overflow or lose their digits."""


@dataclass(frozen=True, eq=False)
class Iteration:
    """What an observer may see of one iteration: an M step, then an E step. The next one follows from it alone.

    log_likelihood is that of this iteration's mixture. bound_after_m: the lower bound under the responsibilities of the
    iteration before (NaN at the start); bound_after_e: under its own. exact: whether the log-likelihood is of all rows
    under this mixture. seconds and n_passes count from the start of the run; the start's own E step is in seconds and
    is no iteration's pass. note: what happened instead of an M step. verdict: how the run ended if it did, or where it
    goes on. watched: what the stopping rule remembers.
    """

    number: int
    state: State
    bound_after_m: float
    bound_after_e: float
    seconds: float
    n_passes: float
    exact: bool = True
    note: str = ""
    verdict: Verdict = None
    watched: Watched = NOTHING_YET

    @property
    def mixture(self) -> Mixture:
        """The parameters."""
        return self.state.mixture

    @property
    def log_likelihood(self) -> float:
        """Total log-likelihood of the parameters."""
        return self.state.statistics.log_likelihood

    @property
    def outcome(self) -> Outcome | None:
        """How the run ended, if it did."""
        return self.verdict if isinstance(self.verdict, Outcome) else None


@dataclass(frozen=True)
class Recipe:
    """What stays the same all through a run."""

    problem: Problem
    algorithm: Algorithm
    rule: StoppingRule
    seed: int


def iterate(recipe: Recipe, begin: Mixture | Iteration) -> Iterator[Iteration]:
    """Yields a start as iteration 0, or goes on after an iteration, one at a time.

    Whoever pulls owns the loop. When the rule ends the run the iteration carries the outcome; pulling on makes further
    iterations all the same, except after a collapse, from which there is no way on.
    """
    if isinstance(begin, Iteration):
        last = begin
    else:
        last = _first(recipe, begin)
        yield last
    while last.outcome is None or last.outcome.status != DEGENERATE:
        last = _next(recipe, last)
        yield last


def _first(recipe: Recipe, start: Mixture) -> Iteration:
    began = perf_counter()
    algorithm = recipe.algorithm
    state = algorithm.init(recipe.problem, start, _rng(recipe.seed, 0))
    verdict, watched = recipe.rule.verdict(0, None, state, NOTHING_YET)
    bound = lower_bound(state.mixture, state.statistics)
    seconds = perf_counter() - began
    return Iteration(0, state, float("nan"), bound, seconds, 0.0, algorithm.exact, "", verdict, watched)


def _next(recipe: Recipe, last: Iteration) -> Iteration:
    began = perf_counter()
    algorithm, number = recipe.algorithm, last.number + 1
    rng, note, before = _rng(recipe.seed, number), "", None
    if isinstance(last.verdict, Escape):
        state, note = algorithm.init(recipe.problem, last.verdict.mixture, rng), last.verdict.note
    else:
        before = last.state
        state = algorithm.step(recipe.problem, before, rng)
    verdict, watched = recipe.rule.verdict(number, before, state, last.watched)
    after_m = lower_bound(state.mixture, last.state.statistics)
    after_e = lower_bound(state.mixture, state.statistics)
    seconds = last.seconds + perf_counter() - began
    passes = last.n_passes + algorithm.passes
    return Iteration(number, state, after_m, after_e, seconds, passes, algorithm.exact, note, verdict, watched)


def _rng(seed: int, number: int) -> np.random.Generator:
    """A generator of its own for each iteration, so that a run can be resumed anywhere without those before."""
    return np.random.Generator(np.random.Philox(key=seed, counter=number << 128))


def family_of(options: FitOptions) -> Family:
    """The family that the options name."""
    return FAMILIES[options.family](options.covariance)


def check(data: Data, options: FitOptions) -> None:
    """Raises InputError, before any work, when no fit of this model to these data can exist."""
    if data.n_features != 1:
        raise InputError("Several columns cannot be fitted together yet: choose one.")
    name, low, high = shown(data.columns[0]), float(data.minimum[0]), float(data.maximum[0])
    if low == high:
        what = f"All {data.n_samples:,.0f} values" if data.n_samples > 1 else "The only value"
        verb = "are" if data.n_samples > 1 else "is"
        raise InputError(
            f"{what} of “{name}” {verb} {exactly(low)}: with no variation the likelihood has no upper bound, so there "
            "is nothing to fit."
        )
    if high / 2 - low / 2 > WIDEST or data.sd[0] < NARROWEST:
        raise InputError(
            f"“{name}” runs from {exactly(low)} to {exactly(high)}, which float64 cannot calculate with: "
            "use a larger or a smaller unit."
        )
    needed = family_of(options).n_parameters(options.n_components)
    if data.n_samples < needed:
        components = "1 component" if options.n_components == 1 else f"{options.n_components} components"
        raise InputError(
            f"“{name}” has {data.n_samples:,.0f} usable rows, fewer than the {needed} parameters of "
            f"{components}: use fewer components."
        )


def start_of(data: Data, options: FitOptions, rng: np.random.Generator) -> Mixture:
    """The start that the options name, its components numbered by mean."""
    return STARTS[options.start](data, family_of(options), options.n_components, rng)


def run(data: Data, options: FitOptions, start: Mixture) -> Iterator[Iteration]:
    """One run from a start, under the options: what the window, the command line and `fit` all pull."""
    return iterate(_recipe(data, options), start)


def resume(data: Data, options: FitOptions, last: Iteration) -> Iterator[Iteration]:
    """The iterations after `last`, as if the run had never paused."""
    return iterate(_recipe(data, options), last)


def replay(data: Data, options: FitOptions, mixture: Mixture, steps: int) -> Mixture:
    """The mixture so many iterations after another: what a thinned tape has lost."""
    problem, algorithm = Problem(data), ALGORITHMS[options.algorithm]
    rng = np.random.default_rng(options.seed)
    state = algorithm.init(problem, mixture, rng)
    for _ in range(steps):
        state = algorithm.step(problem, state, rng)
    return state.mixture


def _recipe(data: Data, options: FitOptions) -> Recipe:
    problem = Problem(data)
    rule = STOPPING_RULES[options.stop_on](problem, options.tolerance, options.max_iterations)
    return Recipe(problem, ALGORITHMS[options.algorithm], rule, options.seed)


def ended(iterations: Iterator[Iteration]) -> Generator[Iteration, None, None]:
    """Iterations up to and including the first that carries an outcome."""
    for iteration in iterations:
        yield iteration
        if iteration.outcome is not None:
            return
