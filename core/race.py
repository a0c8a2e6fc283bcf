"""A race: the same start under several variants, each measured by its own passes over the data and its own seconds."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter

import numpy as np

from core.algorithms.fast import Fast
from core.cores import Check
from core.data import Array, Data
from core.em import Iteration, Stretch, ended, run, stretches
from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from core.stopping import CAPPED, DEGENERATE, Outcome

TURN = 0.02
"""Seconds after which the next variant takes its turn, so that all can be watched side by side."""
MOST_PASSES = 1000
SMALLEST_GAP, ROUNDING, SLACK = 1e-10, 1e-15, 1e-3
"""The smallest gap that is told apart from none, the part of the log-likelihood that is rounding, and by how much of a
gap it may be missed."""
ITERATIONS_A_PASS = 100
"""Iterations made at most for each pass allowed: some variants look at little of the data at a time."""


@dataclass(frozen=True, eq=False)
class Aim:
    """The log-likelihood that is to be reached from the start, as far as is known before the race; −∞ for none."""

    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Leg:
    """What a variant has done in one turn, point by point (m,): its passes, its seconds, the log-likelihood there.

    ending: how it ended, None while it goes on. aim: the log-likelihood of the maximum at which it has ended, −∞ where
    there is none. is_degenerate: whether a component has collapsed; is_short: whether it ended before it had converged.
    mixture: where it has got to.
    """

    name: str
    passes: Array
    seconds: Array
    log_likelihoods: Array
    n_iterations: int
    mixture: Mixture | None
    ending: str | None = None
    aim: float = -inf
    is_degenerate: bool = False
    is_short: bool = False


def entered(options: FitOptions, name: str) -> FitOptions:
    """The options of a run as a variant has them in a race: by default its own, but for the variant that was chosen."""
    settings = options.settings if name == options.algorithm else ()
    return replace(options, algorithm=name, settings=settings, restarts=1, start="given")


def race(
    data: Data,
    options: FitOptions,
    start: Mixture,
    names: Sequence[str],
    most_passes: float = MOST_PASSES,
    check: Check = lambda: None,
) -> Generator[Aim | Leg, None, None]:
    """What there is to be reached, then the variants in turns until each has ended or made its passes.

    Only one variant works at a time, so their seconds compare. check is called between iterations and may raise.
    """
    yield Aim(_aimed_at(data, options, start, check))
    lanes = [_Lane(data, entered(options, name), start, most_passes) for name in names]
    while lanes:
        for lane in list(lanes):
            leg = lane.turn(check)
            yield leg
            if leg.ending is not None:
                lanes.remove(lane)


def _aimed_at(data: Data, options: FitOptions, start: Mixture, check: Check) -> float:
    last: Iteration | None = None
    try:
        for iteration in ended(run(data, entered(options, Fast.name), start)):
            check()
            last = iteration
    except InputError:
        return -inf
    return -inf if last is None or last.outcome is None else _maximum(last.log_likelihood, last.outcome)


def _maximum(log_likelihood: float, outcome: Outcome) -> float:
    """The log-likelihood of the maximum beside which a run has ended."""
    return -inf if outcome.status == DEGENERATE else log_likelihood + (outcome.expected_gain or 0.0)


class _Lane:
    """A variant on its way."""

    def __init__(self, data: Data, options: FitOptions, start: Mixture, most_passes: float) -> None:
        self.name, self.most_passes = options.algorithm, most_passes
        most = int(ITERATIONS_A_PASS * most_passes)
        self._parts = _pulled(stretches(data, replace(options, max_iterations=most), start))
        self._last: Iteration | None = None

    def turn(self, check: Check) -> Leg:
        """Goes on for a little while."""
        began = perf_counter()
        points: list[tuple[float, float, float]] = []
        ending: str | None = None
        while ending is None and (not points or perf_counter() - began < TURN):
            check()
            try:
                made = next(self._parts)
            except InputError as error:
                return self._leg(points, str(error))
            points += [(one.n_passes, one.seconds, one.log_likelihood) for one in made]
            self._last = made[-1]
            ending = self._ending(self._last)
        return self._leg(points, ending)

    def _ending(self, last: Iteration) -> str | None:
        if last.outcome is not None:
            return last.outcome.message
        if last.n_passes >= self.most_passes:
            return f"Stopped after {last.n_passes:,.0f} passes, before it had converged."
        return None

    def _leg(self, points: list[tuple[float, float, float]], ending: str | None) -> Leg:
        passes, seconds, heights = np.array(points).reshape(-1, 3).T
        last = self._last
        number, mixture = (0, None) if last is None else (last.number, last.mixture)
        outcome = None if last is None else last.outcome
        if last is None or outcome is None:
            return Leg(self.name, passes, seconds, heights, number, mixture, ending, is_short=ending is not None)
        aim, fell = _maximum(last.log_likelihood, outcome), outcome.status == DEGENERATE
        return Leg(self.name, passes, seconds, heights, number, mixture, ending, aim, fell, outcome.status == CAPPED)


def _pulled(parts: Iterator[Iteration | Stretch]) -> Iterator[list[Iteration]]:
    for part in parts:
        yield list(part.iterations) if isinstance(part, Stretch) else [part]


class Track:
    """All that a variant has done so far: its passes, seconds and log-likelihoods (m,), and how it ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.legs: list[Leg] = []
        self._points = np.empty((3, 0))
        self._n_joined = 0

    @property
    def last(self) -> Leg | None:
        """The last turn."""
        return self.legs[-1] if self.legs else None

    @property
    def ending(self) -> str | None:
        """How it ended; None while it goes on."""
        return None if self.last is None else self.last.ending

    @property
    def is_degenerate(self) -> bool:
        """Whether a component has collapsed."""
        return self.last is not None and self.last.is_degenerate

    @property
    def points(self) -> Array:
        """Passes, seconds and log-likelihoods, (3, m)."""
        if self._n_joined < len(self.legs):
            new = [np.stack([leg.passes, leg.seconds, leg.log_likelihoods]) for leg in self.legs[self._n_joined :]]
            self._points, self._n_joined = np.concatenate([self._points, *new], axis=1), len(self.legs)
        return self._points


class Standings:
    """A race as far as it has come: the tracks by name, and how far below the maximum each is."""

    def __init__(self, names: Sequence[str]) -> None:
        self.tracks = {name: Track(name) for name in names}
        self._aim = -inf

    def take(self, part: Aim | Leg) -> None:
        """Adds what a race has yielded."""
        if isinstance(part, Aim):
            self._aim = part.log_likelihood
        else:
            self.tracks[part.name].legs.append(part)

    @property
    def aim(self) -> float:
        """The highest maximum that is known of; −∞ while there is none."""
        known = [self._aim]
        for track in self.tracks.values():
            if track.last is not None and not track.is_degenerate and track.points.size:
                known += [float(track.points[2].max()), track.last.aim]
        return max(known)

    @property
    def finest(self) -> float:
        """The smallest gap that is more than rounding."""
        aim = self.aim
        return max(SMALLEST_GAP, ROUNDING * abs(aim)) if aim > -inf else SMALLEST_GAP

    def gaps(self, name: str) -> Array:
        """The log-likelihood that a variant lacked at each of its points, (m,); no less than rounding."""
        return np.asarray(np.maximum(self.aim - self.tracks[name].points[2], self.finest))

    def reached(self, name: str, within: float) -> tuple[float, float] | None:
        """The passes and seconds after which a variant was first within so much of the maximum; None where never."""
        there = np.flatnonzero(self.gaps(name) <= within * (1.0 + SLACK))
        if not len(there) or self.tracks[name].is_degenerate:
            return None
        passes, seconds, _ = self.tracks[name].points[:, there[0]]
        return float(passes), float(seconds)
