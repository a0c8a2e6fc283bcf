"""The one loop: EM as a generator that yields an iteration at a time, and a fit that pulls it to its end."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import cache
from time import perf_counter

import numpy as np

from core import passes
from core.algorithms import ALGORITHMS
from core.algorithms.algorithm import Algorithm
from core.algorithms.em import EM
from core.algorithms.fast import Fast
from core.collapse import safe_sd
from core.data import Data
from core.expectation import Problem, State, log_likelihood, lower_bound
from core.families import make_family
from core.families.family import Family, Setting
from core.families.observed import observed
from core.held_start import held_start
from core.mixture import Mixture
from core.options import FitOptions
from core.roles import VALUES, Form
from core.saddle import Escape
from core.seeing import BY_LABELS, as_seen, check_seen, labelled_start, numbered
from core.start import STARTS
from core.stopping import (
    DEGENERATE,
    NOTHING_YET,
    STOPPING_RULES,
    Outcome,
    OwnEnd,
    RemainingGain,
    Seen,
    StoppingRule,
    Verdict,
    Watched,
)
from core.usable import check_usable

KEPT = 100_000
"""Mixtures that a tape keeps before it is thinned to every second, fourth … iteration."""


LEAST_ROWS_AT_ONCE = 10_000
"""Rows from which on to finish is to go the whole way at once; of fewer every iteration is made in no time."""
STRETCH, STRETCH_CELLS = 64, 1 << 21
"""Iterations made at a stretch, where nothing is to be said of them, and rows times components looked at in them, a few
milliseconds' work: whoever watches is told soon, and whoever pauses does not wait."""


@dataclass(frozen=True, eq=False)
class Iteration:
    """What an observer may see of one iteration: an M step, then an E step. The next one follows from it alone.

    log_likelihood is that of this iteration's mixture, of all rows. bound_after_m: the lower bound after the last M
    step, under the responsibilities before its E step (NaN at the start and where there was no M step); bound_after_e:
    under those it left. seconds and n_passes count from the start of the run; the start's own E step is in seconds and
    is no iteration's pass, and looking on from outside, where the variant itself does not know the log-likelihood, is
    in neither. verdict: how the run ended if it did, or where it goes on. watched: what the stopping rule remembers.
    """

    number: int
    state: State
    log_likelihood: float
    bound_after_m: float
    bound_after_e: float
    seconds: float
    n_passes: float
    verdict: Verdict = None
    watched: Watched = NOTHING_YET

    @property
    def mixture(self) -> Mixture:
        """The parameters."""
        return self.state.mixture

    @property
    def note(self) -> str:
        """What happened instead of an ordinary step; "" for nothing."""
        return self.state.note

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

    def rng(self, number: int) -> np.random.Generator:
        """A generator of its own for each iteration that draws, so that a run can be resumed without those before."""
        return _rng(self.seed, number) if self.algorithm.draws else _undrawn()


@dataclass(frozen=True, eq=False)
class Stretch:
    """Iterations of plain EM on few rows, made at a stretch by compiled code: nothing is to be said of any of them.

    last: the iteration before. seconds: of each.
    """

    last: Iteration
    steps: passes.Steps
    seconds: float

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def iterations(self) -> Iterator[Iteration]:
        """Each of them, in order."""
        return (self.iteration(place) for place in range(len(self)))

    def iteration(self, place: int) -> Iteration:
        """One of them, from 0."""
        steps, last = self.steps, self.last
        heights, bound = steps.log_likelihoods, float(steps.bounds_after_m[place])
        before = last.log_likelihood if place == 0 else float(heights[place - 1])
        return Iteration(
            last.number + 1 + place,
            State(steps.mixture(place), steps.statistics(place), bound_after_m=bound),
            float(heights[place]),
            bound,
            float(steps.bounds_after_e[place]),
            last.seconds + (place + 1) * self.seconds,
            last.n_passes + place + 1,
            None,
            Watched(float(heights[place]) - before, last.watched.look_again),
        )


def iterate(recipe: Recipe, begin: Mixture | Iteration) -> Iterator[Iteration]:
    """Yields a start as iteration 0, or goes on after an iteration, one at a time.

    Whoever pulls owns the loop. When the rule ends the run the iteration carries the outcome; pulling on makes further
    iterations all the same, except after a collapse, from which there is no way on.
    """
    for part in by_stretches(recipe, begin):
        if isinstance(part, Iteration):
            yield part
        else:
            yield from part.iterations


def by_stretches(recipe: Recipe, begin: Mixture | Iteration) -> Iterator[Iteration | Stretch]:
    """The same, where many iterations may come at once, of which none carries an outcome."""
    if isinstance(begin, Iteration):
        last = begin
    else:
        last = _first(recipe, begin)
        yield last
    while last.outcome is None or last.outcome.status != DEGENERATE:
        made = _stretch(recipe, last)
        if made is not None:
            yield made
            last = made.iteration(len(made) - 1)
        if made is None or len(made) < _longest(recipe, last):
            last = _next(recipe, last)
            yield last


def _longest(recipe: Recipe, last: Iteration) -> int:
    """Iterations in a stretch at most."""
    return max(1, min(STRETCH, STRETCH_CELLS // (len(recipe.problem.data) * last.mixture.n_components)))


def _stretch(recipe: Recipe, last: Iteration) -> Stretch | None:
    """Iterations before one that may be of note; None where there are none, or the run is not of this kind."""
    problem, rule = recipe.problem, recipe.rule
    if type(recipe.algorithm) is not EM or type(rule) is not RemainingGain or problem.constraints.items:
        return None
    if last.verdict is not None or problem.block_rows is not None:
        return None
    began = perf_counter()
    made = passes.steps(
        last.mixture,
        last.state.statistics,
        problem.data,
        min(_longest(recipe, last), rule.max_iterations - last.number - 1),
        safe_sd(problem.data),
        rule.tolerance,
        last.watched.gain,
        last.watched.look_again - last.number - 1,
    )
    return None if made is None else Stretch(last, made, (perf_counter() - began) / len(made))


def _first(recipe: Recipe, start: Mixture) -> Iteration:
    began = perf_counter()
    state = recipe.algorithm.init(recipe.problem, as_seen(recipe.problem.data, start), recipe.rng(0))
    return _iteration(recipe, 0, None, state, perf_counter() - began)


def _next(recipe: Recipe, last: Iteration) -> Iteration:
    began = perf_counter()
    algorithm, number = recipe.algorithm, last.number + 1
    rng = recipe.rng(number)
    if isinstance(last.verdict, Escape):
        state = algorithm.onward(recipe.problem, last.verdict.mixture, rng)
        bound = lower_bound(state.mixture, last.state.statistics)
        state = replace(state, note=last.verdict.note, bound_after_m=bound)
    else:
        state = algorithm.step(recipe.problem, last.state, rng)
    return _iteration(recipe, number, last, state, perf_counter() - began)


def _iteration(recipe: Recipe, number: int, last: Iteration | None, state: State, seconds: float) -> Iteration:
    """The iteration that a state is, with what is to be said of it."""
    exact = state.statistics.log_likelihood if state.exact else log_likelihood(recipe.problem, state.mixture)
    began = perf_counter()
    before = None if last is None else Seen(last.state, last.log_likelihood)
    watched = NOTHING_YET if last is None else last.watched
    escaped = last is not None and isinstance(last.verdict, Escape)
    verdict, watched = recipe.rule.verdict(number, None if escaped else before, Seen(state, exact), watched)
    seconds += perf_counter() - began
    return Iteration(
        number,
        state,
        exact,
        _told(state, state.bound_after_m),
        _told(state, lower_bound(state.mixture, state.statistics)),
        seconds if last is None else last.seconds + seconds,
        0.0 if last is None else last.n_passes + state.n_passes,
        verdict,
        watched,
    )


def _told(state: State, bound: float) -> float:
    """A lower bound as it is told: NaN, unknown, where a series does not reach the parameters, not −∞."""
    return float("nan") if np.isneginf(bound) and not state.mixture.family.is_exponential else bound


@cache
def _undrawn() -> np.random.Generator:
    """What a step that draws nothing is given: to make one for each iteration takes longer than a small E step."""
    return np.random.default_rng()


def _rng(seed: int, number: int) -> np.random.Generator:
    """A generator of its own for each iteration, so that a run can be resumed anywhere without those before."""
    return np.random.Generator(np.random.Philox(key=seed, counter=number << 128))


def family_of(options: FitOptions, n_features: int = 1, form: Form = VALUES) -> Family:
    """The family that the options name, for so many columns fitted together, as rows of this form show it."""
    return observed(make_family(options.family, Setting(options.covariance, options.trials, n_features)), form)


def algorithm_of(options: FitOptions) -> Algorithm:
    """The variant that the options name, with its own options."""
    return ALGORITHMS[options.algorithm](**dict(options.settings))


def tape(options: FitOptions) -> int:
    """How many mixtures a tape keeps before it is thinned: all, where thinned ones could not be made again."""
    return KEPT if algorithm_of(options).memoryless else sys.maxsize


def check(data: Data, options: FitOptions) -> None:
    """Raises InputError, before any work, when no fit of this model to these data can exist."""
    family = family_of(options, data.n_features, data.form)
    options.constraints.check(family.plain, options.n_components)
    holds_weights = options.constraints.holds_weights(family.plain, options.n_components)
    check_seen(data, family, options.n_components, holds_weights)
    check_usable(data, family, options.n_components, options.constraints)


def start_of(data: Data, options: FitOptions, rng: np.random.Generator) -> Mixture:
    """The start that the options name, held to what they hold the parameters to; its components numbered by mean."""
    family = family_of(options, data.n_features, data.form)
    own = family.own_start()
    if own is not None:
        return Mixture(family, *own).numbered()
    start = STARTS[options.start](data, family, options.n_components, rng)
    if data.labels is not None and options.start in BY_LABELS:
        start = labelled_start(data, family, start)
    return held_start(data, options.constraints, numbered(data, start))


def run(data: Data, options: FitOptions, start: Mixture) -> Iterator[Iteration]:
    """One run from a start, under the options: what the window, the command line and `fit` all pull."""
    return iterate(_recipe(data, options), start)


def resume(data: Data, options: FitOptions, last: Iteration) -> Iterator[Iteration]:
    """The iterations after `last`, as if the run had never paused."""
    return iterate(_recipe(data, options), last)


def stretches(data: Data, options: FitOptions, begin: Mixture | Iteration) -> Iterator[Iteration | Stretch]:
    """The iterations of `run` or `resume`, where many may come at once."""
    return by_stretches(_recipe(data, options), begin)


def finishes_at_once(data: Data, options: FitOptions) -> bool:
    """Whether to finish a run is to go the whole way at once: of plain EM on many rows."""
    return options.algorithm == EM.name and len(data) >= LEAST_ROWS_AT_ONCE


def finish(data: Data, options: FitOptions, last: Iteration) -> Iterator[Iteration]:
    """The iterations after `last` by the shortest way: plain EM on many rows goes on as `fast`, others as they are.

    The first such iteration has a note that says so. Plain EM can go on after any of them, since it needs no memory.
    """
    if not finishes_at_once(data, options):
        return resume(data, options, last)
    recipe = _recipe(data, replace(options, algorithm=Fast.name, settings=()))
    return iterate(recipe, replace(last, state=replace(last.state, memory=None)))


def replay(data: Data, options: FitOptions, mixture: Mixture, steps: int) -> Mixture:
    """The mixture so many iterations after another: what a thinned tape has lost of a memoryless variant."""
    problem, algorithm = Problem(data, options.constraints), algorithm_of(options)
    rng = np.random.default_rng(options.seed)
    state = algorithm.init(problem, mixture, rng)
    for _ in range(steps):
        state = algorithm.step(problem, state, rng)
    return state.mixture


def _recipe(data: Data, options: FitOptions) -> Recipe:
    problem, algorithm = Problem(data, options.constraints), algorithm_of(options)
    rule = STOPPING_RULES[options.stop_on] if algorithm.judged else OwnEnd
    return Recipe(problem, algorithm, rule(problem, algorithm, options.tolerance, options.max_iterations), options.seed)


def whole(data: Data, options: FitOptions, start: Mixture) -> Iterator[Iteration | Stretch]:
    """One run from a start to its end, by stretches."""
    for part in by_stretches(_recipe(data, options), start):
        yield part
        if isinstance(part, Iteration) and part.outcome is not None:
            return


def ended(iterations: Iterator[Iteration]) -> Generator[Iteration, None, None]:
    """Iterations up to and including the first that carries an outcome."""
    for iteration in iterations:
        yield iteration
        if iteration.outcome is not None:
            return
