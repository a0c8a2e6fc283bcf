"""Many starts, and the best proper optimum they lead to."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from math import inf

import numpy as np

from core.collapse import improper, rounding_unit
from core.data import Data
from core.em import Iteration, ended, family_of, run
from core.errors import InputError
from core.expectation import Problem
from core.held_start import held_start
from core.mixture import Mixture
from core.options import FitOptions
from core.start import scattered
from core.stopping import DEGENERATE

DRAWS = 8
"""Starts drawn for each restart; all make a short run, and only the best of them are restarts."""
SHORT, MEDIUM = 20, 100
"""Iterations of a short run on at most SUBSET rows, and of a longer one on all rows; the best then go to their end."""
SUBSET = 10_000
CARRIED = 0.25
SAME_BASIN = 0.05
"""Short runs whose log-likelihoods are this near to each other are taken to be on the way to the same optimum."""
APART, FIRST_APART = (10.0, 3.0, 1.0, 0.3), (1.0, 0.0)
"""Log-likelihood, summed over rows without sign, by which mixtures differ that are taken to be on different ways:
those to run on for longer, and those to carry to the end first."""
SAME_LOG_LIKELIHOOD = 1e-4


@dataclass(frozen=True)
class Progress:
    """How far a search is: starts tried so far of all, and what is being done."""

    done: int
    of: int
    text: str


@dataclass(frozen=True, eq=False)
class Optimum:
    """An optimum that a start led to. reason says why it is improper; None for a proper one."""

    log_likelihood: float
    mixture: Mixture
    n_starts: int
    reason: str | None


@dataclass(frozen=True, eq=False)
class Search:
    """What the starts led to: the one to keep, its place among them (0 = the named start), and the distinct optima.

    found is False when no start led to a proper optimum; the named start is kept then.
    """

    start: Mixture
    index: int
    found: bool
    optima: tuple[Optimum, ...]


class _Candidate:
    """One start, run a little at a time. last is None where the start cannot even be evaluated."""

    def __init__(self, data: Data, options: FitOptions, index: int, start: Mixture) -> None:
        self.index = index
        self.start = start
        self.iterations = ended(run(data, options, start))
        self.last: Iteration | None = None
        with suppress(InputError):
            self.last = next(self.iterations)

    def advance(self, iterations: int | None) -> Iterator[None]:
        for iteration in islice(self.iterations, iterations):
            self.last = iteration
            yield

    @property
    def log_likelihood(self) -> float:
        """What it has reached so far; −∞ where it came to nothing."""
        if self.last is None or (self.last.outcome is not None and self.last.outcome.status == DEGENERATE):
            return -inf
        return self.last.log_likelihood


def starts(data: Data, options: FitOptions, named: Mixture) -> Iterator[Mixture]:
    """The named start, then ones drawn for diversity, alternately about k-means++ centres and points of the data.

    In one column those about points have a spike. All of them are held to what the options hold the parameters to.
    """
    yield named
    rng, spikes = np.random.default_rng((options.seed, 1)), np.random.default_rng((options.seed, 3))
    family = family_of(options, data.n_features)
    spiky = data.n_features == 1 and family.covariance != "tied"
    for number in range((options.restarts - 1) * DRAWS):
        spike = spikes if spiky and number % 2 == 1 else None
        drawn = scattered(data, family, options.n_components, rng, number % 2 == 0, spike)
        yield held_start(data, options.constraints, drawn)


def search(data: Data, options: FitOptions, named: Mixture) -> Generator[Progress, None, Search]:
    """Tries many starts, short runs first, and carries the best to the end (Biernacki, Celeux and Govaert 2003).

    Yields progress after every iteration made, so that whoever pulls can stop. Collapsed starts drop out; improper
    optima are listed, not kept.
    """
    few = _subset(data, np.random.default_rng((options.seed, 2)))
    short = yield from _short_runs(data, few, options, named)
    field = [_Candidate(data, options, index, start) for index, start in short]
    for place, candidate in enumerate(field):
        for _ in candidate.advance(MEDIUM):
            yield Progress(place, len(field), f"Start {place + 1} of {len(field)}")
    problem, unit = Problem(data, options.constraints), rounding_unit(data)
    best: _Candidate | None = None
    finished: list[Optimum] = []
    carried = max(3, round(CARRIED * options.restarts))
    for place, candidate in enumerate(_and_diverse(few, _ranked(field), [], len(field), FIRST_APART)):
        if _enough(finished, len(data), carried):
            break
        for _ in candidate.advance(None):
            yield Progress(place, len(field), "The best starts are carried to the end")
        if candidate.last is None or candidate.log_likelihood == -inf:
            continue
        reason = improper(problem, candidate.last.state, unit)
        optimum = Optimum(candidate.log_likelihood, candidate.last.mixture.sorted(), 1, reason)
        finished.append(optimum)
        if reason is None and (best is None or _better(candidate, best)):
            best = candidate
    index, start = (best.index, best.start) if best else (0, named)
    return Search(start, index, best is not None, tuple(_distinct(finished)))


def _enough(finished: list[Optimum], rows: int, carried: int) -> bool:
    """Whether so many starts were carried to a proper end. Of few rows so many different ends are wanted."""
    proper = [optimum for optimum in finished if optimum.reason is None]
    return len(list(_distinct(proper)) if rows <= SUBSET else proper) >= carried


def _short_runs(
    data: Data, few: Data, options: FitOptions, named: Mixture
) -> Generator[Progress, None, list[tuple[int, Mixture]]]:
    """The named start and the best of the drawn ones, one a basin, `options.restarts` in all, with their places."""
    ends: list[_Candidate] = []
    of = (options.restarts - 1) * DRAWS + 1
    for index, start in enumerate(starts(data, options, named)):
        candidate = _Candidate(few, options, index, start)
        ends.append(candidate)
        for _ in candidate.advance(SHORT):
            yield Progress(index, of, f"Short run {index + 1} of {of}")
    ranked = _ranked(ends[1:])
    chosen = _one_a_basin(ranked, (options.restarts + 1) // 2)
    chosen = _and_diverse(few, ranked, chosen, options.restarts - 1, APART)
    return [(0, named), *((candidate.index, candidate.start) for candidate in chosen)]


def _one_a_basin(ranked: list[_Candidate], most: int) -> list[_Candidate]:
    """The best, but only one of those whose log-likelihoods are alike."""
    chosen: list[_Candidate] = []
    for candidate in ranked:
        if len(chosen) < most and (not chosen or chosen[-1].log_likelihood - candidate.log_likelihood > SAME_BASIN):
            chosen.append(candidate)
    return chosen


def _and_diverse(
    data: Data, ranked: list[_Candidate], chosen: list[_Candidate], most: int, levels: tuple[float, ...]
) -> list[_Candidate]:
    """These and the best of the others that differ from them, first those that differ the most.

    An optimum that draws most runs, as the spurious ones of an unbounded likelihood do, would else take all places.
    """
    values = data.values if data.n_features > 1 else data.column
    densities = {one.index: one.last.mixture.log_density(values) for one in ranked if one.last is not None}
    counts = np.ones(len(data)) if data.counts is None else data.counts
    chosen = list(chosen)
    for apart in levels:
        for candidate in ranked:
            if len(chosen) == most:
                return chosen
            here = densities[candidate.index]
            if all((counts * np.abs(here - densities[other.index])).sum() > apart for other in chosen):
                chosen.append(candidate)
    return chosen


def _subset(data: Data, rng: np.random.Generator) -> Data:
    if len(data) <= SUBSET:
        return data
    index = np.sort(rng.choice(len(data), SUBSET, replace=False, shuffle=False))
    return replace(
        data, values=data.values[index], rows=None, counts=None if data.counts is None else data.counts[index]
    )


def _ranked(field: list[_Candidate]) -> list[_Candidate]:
    alive = [candidate for candidate in field if candidate.log_likelihood > -inf]
    return sorted(alive, key=lambda candidate: (-candidate.log_likelihood, candidate.index))


def _better(candidate: _Candidate, best: _Candidate) -> bool:
    gain = candidate.log_likelihood - best.log_likelihood
    return gain > SAME_LOG_LIKELIHOOD or (gain > -SAME_LOG_LIKELIHOOD and candidate.index < best.index)


def _distinct(finished: list[Optimum]) -> Iterator[Optimum]:
    """The highest first, and those that several starts led to once."""
    last: Optimum | None = None
    for optimum in sorted(finished, key=lambda one: -one.log_likelihood):
        if last is not None and last.log_likelihood - optimum.log_likelihood < SAME_LOG_LIKELIHOOD:
            last = replace(last, n_starts=last.n_starts + 1)
            continue
        if last is not None:
            yield last
        last = optimum
    if last is not None:
        yield last
