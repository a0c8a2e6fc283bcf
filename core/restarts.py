"""Many starts, and the best proper optimum they lead to."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from itertools import islice
from math import inf

import numpy as np

from core import scouting
from core.collapse import improper, rounding_unit
from core.data import Data
from core.drawing import n_drawn, starts
from core.em import Iteration, ended, run
from core.errors import InputError
from core.expectation import Problem
from core.mixture import Mixture
from core.optima import Optimum, Progress, Search, and_diverse, chosen, distinct, is_better, ranked
from core.options import FitOptions
from core.stopping import DEGENERATE

SHORT, MEDIUM = 20, 100
"""Iterations of a short run on at most SUBSET rows, and of a longer one on all rows; the best then go to their end."""
SUBSET = 10_000
CARRIED = 0.25


class _Runner:
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
    def mixture(self) -> Mixture:
        """Where it has got to."""
        return self.start if self.last is None else self.last.mixture

    @property
    def log_likelihood(self) -> float:
        """What it has reached so far; −∞ where it came to nothing."""
        if self.last is None or (self.last.outcome is not None and self.last.outcome.status == DEGENERATE):
            return -inf
        return self.last.log_likelihood


def search(data: Data, options: FitOptions, named: Mixture) -> Generator[Progress, None, Search]:
    """Tries many starts, short runs first, and carries the best to the end (Biernacki, Celeux and Govaert 2003).

    Yields progress after every iteration made, so that whoever pulls can stop. Collapsed starts drop out; improper
    optima are listed, not kept. Normal components in one column without constraints are led to their maxima on nodes.
    """
    if scouting.leads(data, options):
        found = yield from scouting.search(data, options, named)
        if found is not None:
            return found
    few = _subset(data, np.random.default_rng((options.seed, 2)))
    short = yield from _short_runs(data, few, options, named)
    field = [_Runner(data, options, index, start) for index, start in short]
    for place, runner in enumerate(field):
        for _ in runner.advance(MEDIUM):
            yield Progress(place, len(field), f"Start {place + 1} of {len(field)}")
    problem, unit = Problem(data, options.constraints), rounding_unit(data)
    best: _Runner | None = None
    finished: list[Optimum] = []
    carried = max(3, round(CARRIED * options.restarts))
    for place, runner in enumerate(and_diverse(few, ranked(field), [], len(field))):
        if _enough(finished, len(data), carried):
            break
        for _ in runner.advance(None):
            yield Progress(place, len(field), "The best starts are carried to the end")
        if runner.last is None or runner.log_likelihood == -inf:
            continue
        reason = improper(problem, runner.last.state, unit)
        finished.append(Optimum(runner.log_likelihood, runner.mixture.sorted(), 1, reason))
        if reason is None and (best is None or is_better(runner, best)):
            best = runner
    index, start = (best.index, best.start) if best else (0, named)
    return Search(start, index, best is not None, tuple(distinct(finished)))


def _enough(finished: list[Optimum], rows: int, carried: int) -> bool:
    """Whether so many starts were carried to a proper end. Of few rows so many different ends are wanted."""
    proper = [optimum for optimum in finished if optimum.reason is None]
    return len(list(distinct(proper)) if rows <= SUBSET else proper) >= carried


def _short_runs(
    data: Data, few: Data, options: FitOptions, named: Mixture
) -> Generator[Progress, None, list[tuple[int, Mixture]]]:
    """The named start and the best of the drawn ones, `options.restarts` in all, with their places."""
    ends: list[_Runner] = []
    of = n_drawn(options) + 1
    for index, start in enumerate(starts(data, options, named)):
        runner = _Runner(few, options, index, start)
        ends.append(runner)
        for _ in runner.advance(SHORT):
            yield Progress(index, of, f"Short run {index + 1} of {of}")
    best = chosen(few, ends[1:], options.restarts - 1)
    return [(0, named), *((runner.index, runner.start) for runner in best)]


def _subset(data: Data, rng: np.random.Generator) -> Data:
    if len(data) <= SUBSET:
        return data
    index = np.sort(rng.choice(len(data), SUBSET, replace=False, shuffle=False))
    return data.taken(index, None if data.counts is None else data.counts[index])
