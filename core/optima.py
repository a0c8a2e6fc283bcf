"""What many starts led to, and which of them to keep, or to go on with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol, TypeVar

import numpy as np

from core.data import Data
from core.mixture import Mixture

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


class Candidate(Protocol):
    """A start on its way: its place among the starts, where it is now and how high; −∞ where it came to nothing."""

    @property
    def index(self) -> int:
        """Its place among the starts."""
        ...

    @property
    def mixture(self) -> Mixture:
        """Where it has got to."""
        ...

    @property
    def log_likelihood(self) -> float:
        """How high that is."""
        ...


One = TypeVar("One", bound=Candidate)


def ranked(field: Sequence[One]) -> list[One]:
    """Those that came to something, the highest first."""
    alive = [candidate for candidate in field if candidate.log_likelihood > -inf]
    return sorted(alive, key=lambda candidate: (-candidate.log_likelihood, candidate.index))


def chosen(few: Data, field: Sequence[One], most: int) -> list[One]:
    """So many to go on with: half of them the highest, one a basin, and half those that differ from them the most."""
    order = ranked(field)
    return and_diverse(few, order, _one_a_basin(order, (most + 1) // 2), most, APART)


def _one_a_basin(order: Sequence[One], most: int) -> list[One]:
    """The best, but only one of those whose log-likelihoods are alike."""
    best: list[One] = []
    for candidate in order:
        if len(best) < most and (not best or best[-1].log_likelihood - candidate.log_likelihood > SAME_BASIN):
            best.append(candidate)
    return best


def and_diverse(
    few: Data, order: Sequence[One], taken: Sequence[One], most: int, levels: tuple[float, ...] = FIRST_APART
) -> list[One]:
    """These and the best of the others that differ from them, first those that differ the most.

    An optimum that draws most runs, as the spurious ones of an unbounded likelihood do, would else take all places.
    """
    values = few.values if few.n_features > 1 else few.column
    counts = np.ones(len(few)) if few.counts is None else few.counts
    densities = {one.index: one.mixture.log_density(values) for one in order}
    kept = list(taken)
    theirs = np.array([densities[one.index] for one in taken] + [np.empty(len(few))] * (most - len(taken)))
    for apart in levels:
        for candidate in order:
            n = len(kept)
            if n == most:
                return kept
            here = densities[candidate.index]
            if (np.abs(theirs[:n] - here) @ counts > apart).all():
                theirs[n] = here
                kept.append(candidate)
    return kept


def is_better(candidate: Candidate, best: Candidate) -> bool:
    """Whether one is higher than another, or as high and earlier among the starts."""
    gain = candidate.log_likelihood - best.log_likelihood
    return gain > SAME_LOG_LIKELIHOOD or (gain > -SAME_LOG_LIKELIHOOD and candidate.index < best.index)


def distinct(finished: Sequence[Optimum]) -> Iterator[Optimum]:
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
