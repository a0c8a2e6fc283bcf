"""A map of the optima: where many starts end, each led the whole way, and how often each end was reached."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from core import scouting
from core.algorithms.fast import Fast
from core.ascent import COLLAPSE, KNOWN, LOST, MAXIMUM, Summit, newton
from core.collapse import improper, rounding_unit
from core.cores import HEARTBEAT, ROWS_ALONE, Check, cores_for, each
from core.curvature import Curvature, certified
from core.data import Array, Data
from core.em import check as check_model
from core.em import ended, family_of, run
from core.errors import InputError
from core.expectation import Problem, State, expect
from core.families.gaussian import Gaussian
from core.grid import TooFineError, pressed
from core.held_start import drawn
from core.mixture import Mixture
from core.optima import Optimum
from core.options import FitOptions
from core.road import Road, asking
from core.seeing import as_seen
from core.stopping import CONVERGED, DEGENERATE

FEWEST, MOST = 20, 500
"""Starts that a map is made of."""
LONELY, LONELY_PART = 2, 0.02
"""Starts, and part of all, up to which the best optimum is lonely: it may well not be the best there is."""
LOOKED_AT = 256
"""Rows whose densities tell optima apart."""
SAME_DENSITY, SAME_HEIGHT, SAME_ON_NODES = 5e-3, 1e-3, 1e-8
"""Difference of a log-density of a row, of the log-likelihood, and of that on nodes of different fineness a row, up to
which two ends are the same optimum."""
COLLAPSED = "a component falls onto a value, where the likelihood has no upper bound"
TOLERANCE, MOST_ITERATIONS = 1e-6, 10_000
"""With which a start is led to its end by all rows, on the log-likelihood, whatever the options say."""
FIRST_STEPS = 120
"""Steps of EM on nodes before any of Newton: they take less time than two of those, and go nearer to where EM goes."""
NEAR, FORESEEN = 0.3, 0.05
"""Longest of Newton's last steps that may be foregone, and how near to a known optimum it must lead."""


@dataclass(frozen=True, eq=False)
class Map:
    """Where starts have ended so far: the proper optima, the highest first, then the improper ones with their reasons.

    An end in a collapse is listed once, with a log-likelihood of infinity. n_done of n_starts have ended, n_lost of
    them nowhere: they cannot be evaluated, or did not converge. is_whole: whether the log-likelihoods are of all rows.
    """

    n_starts: int
    n_done: int
    n_lost: int
    optima: tuple[Optimum, ...]
    is_whole: bool = False

    @property
    def proper(self) -> tuple[Optimum, ...]:
        """The optima that describe the data."""
        return tuple(optimum for optimum in self.optima if optimum.reason is None)

    @property
    def best(self) -> Optimum | None:
        """The highest proper optimum; None while there is none."""
        return next(iter(self.proper), None)

    @property
    def is_lonely(self) -> bool:
        """Whether so few starts led to the best optimum that a better one may be missed."""
        return self.best is not None and self.best.n_starts <= max(LONELY, LONELY_PART * self.n_done)


def optima_map(
    data: Data, options: FitOptions, n_starts: int = 200, check: Check = lambda: None
) -> Generator[Map, None, None]:
    """The map as it grows, after each start that has ended; the last one is of all rows.

    Starts are drawn with the options' seed and led to the maximum of the likelihood, whatever variant the options name:
    of normal components in one column without constraints on nodes that stand for the rows, else by `fast`, shared
    among the cores. check is called often and may raise to stop. Raises InputError where the model has no such starts.
    """
    family = family_of(options, data.n_features, data.form)
    if family.own_start() is not None:
        raise InputError(f"{family.title} has a start of its own, so there are no others to compare it with.")
    if not FEWEST <= n_starts <= MOST:
        raise InputError(f"A map is made of {FEWEST} to {MOST} starts; {n_starts} is not.")
    check_model(data, options)
    atlas = _Atlas(data, n_starts)
    if scouting.leads(data, replace(options, algorithm=Fast.name, settings=())):
        left = yield from _on_nodes(atlas, options, check)
    else:
        left = []
        for start in drawn(data, family, options.n_components, options.constraints, options.seed, n_starts):
            check()
            left.append(options.constraints.starting(as_seen(data, start)))
    yield from _on_all_rows(atlas, options, left, check)
    yield atlas.map(is_whole=True)


@dataclass(eq=False)
class _Place:
    """An end that starts were led to. found: its log-likelihood as they saw it; look: as all rows do."""

    found: float
    mixture: Mixture
    reason: str | None
    densities: Array
    look: Future[float] | None = None
    n_starts: int = 0

    @property
    def height(self) -> float:
        """Its log-likelihood as all rows see it, once they were looked at."""
        return self.look.result() if self.look is not None and self.look.done() else self.found

    @property
    def optimum(self) -> Optimum:
        return Optimum(self.height, self.mixture, self.n_starts, self.reason)


class _Atlas:
    """The places found so far, told apart by what they say of some rows."""

    def __init__(self, data: Data, n_starts: int) -> None:
        self.data, self.n_starts = data, n_starts
        self.problem, self.unit = Problem(data), rounding_unit(data)
        self.places: list[_Place] = []
        self.n_done = self.n_lost = 0
        rows = np.unique(np.linspace(0, len(data) - 1, LOOKED_AT).astype(np.int64))
        few = data.taken(rows, None if data.counts is None else data.counts[rows])
        self.few = few.values if few.n_features > 1 else few.column

    def add(
        self,
        height: float,
        mixture: Mixture,
        judge: Callable[[], str | None],
        slack: float = SAME_HEIGHT,
    ) -> _Place:
        """Counts an end, at a place known or new. judge says why it is improper, and is asked only of a new one."""
        densities = np.zeros(0) if height == inf else np.asarray(mixture.log_density(self.few))
        for place in self.places:
            if place.found == height == inf or (abs(place.found - height) <= slack and _agree(place, densities)):
                return self.count(place)
        self.places.append(_Place(height, mixture.sorted(), judge(), densities))
        return self.count(self.places[-1])

    def count(self, place: _Place) -> _Place:
        """Counts a start that has led to a place."""
        self.n_done += 1
        place.n_starts += 1
        return place

    def ordered(self) -> list[_Place]:
        """The proper places, the highest first, then the others."""
        return sorted(self.places, key=lambda place: (place.reason is not None, -place.height))

    def marked(self) -> tuple[list[_Place], int, int]:
        """All that was counted so far, for `back_to`."""
        return [replace(place) for place in self.places], self.n_done, self.n_lost

    def back_to(self, mark: tuple[list[_Place], int, int]) -> None:
        """Forgets what was counted since."""
        self.places, self.n_done, self.n_lost = mark

    def lose(self) -> None:
        """Counts a start that led nowhere."""
        self.n_done += 1
        self.n_lost += 1

    def map(self, is_whole: bool = False) -> Map:
        """What is known now."""
        optima = tuple(place.optimum for place in self.ordered())
        return Map(self.n_starts, self.n_done, self.n_lost, optima, is_whole)


def _numbered(mixture: Mixture) -> Mixture:
    """The same components in the same places, with ids by location: so those of different ends compare."""
    ranks = np.argsort(np.argsort(mixture.family.location(mixture.parameters), kind="stable"))
    return Mixture(mixture.family, mixture.weights, mixture.parameters, tuple((ranks + 1).tolist()))


def _agree(place: _Place, densities: Array) -> bool:
    return len(place.densities) == len(densities) and bool(
        np.abs(place.densities - densities).max(initial=0.0) <= SAME_DENSITY
    )


# ---- on nodes


class _Known:
    """The maxima of the nodes that starts were led to, by which others are told on their way to one of them."""

    def __init__(self, n_samples: float) -> None:
        self.slack = SAME_HEIGHT + SAME_ON_NODES * n_samples
        self.places: list[_Place] = []
        self.last: _Place | None = None
        self._heights, self._numbers = np.empty(0), np.empty((0, 3, 0))

    def add(self, place: _Place, summit: Summit) -> None:
        self.places.append(place)
        numbers = _in_order(summit.mixture)[np.newaxis]
        self._numbers = np.concatenate([self._numbers.reshape(-1, *numbers.shape[1:]), numbers])
        self._heights = np.append(self._heights, summit.state.statistics.log_likelihood)

    def recognised(self, bend: Curvature, state: State) -> bool:
        """Whether Newton's last steps from here lead to one of them, as far as the next one foresees."""
        self.last = None
        if not self.places or bend.remaining_gain is None:
            return False
        step = newton(bend, inf)
        if step.length > NEAR:
            return False
        weights, means, sds = self._numbers[:, 0], self._numbers[:, 1], self._numbers[:, 2]
        here = _in_order(bend.moved(step.steps))
        apart = np.abs([here[0] / weights - 1.0, (here[1] - means) / sds, here[2] / sds - 1.0]).max(axis=(0, 2))
        foreseen = state.statistics.log_likelihood + bend.remaining_gain
        apart[np.abs(self._heights - foreseen) > self.slack + 0.2 * bend.remaining_gain] = inf
        nearest = int(np.argmin(apart))
        if apart[nearest] <= FORESEEN:
            self.last = self.places[nearest]
        return self.last is not None


def _in_order(mixture: Mixture) -> Array:
    """Weights, means and sds (3, K), the components by their means."""
    order = np.argsort(mixture.parameters["mean"], kind="stable")
    return np.stack([mixture.weights, mixture.parameters["mean"], mixture.parameters["sd"]])[:, order]


def _on_nodes(atlas: _Atlas, options: FitOptions, check: Check) -> Generator[Map, None, list[Mixture]]:
    """Leads starts to their maxima on nodes; all rows are looked at for each of these, beside the way of the next ones.

    Gives the starts that nodes cannot stand for; of many rows these are lost.
    """
    data, left = atlas.data, []
    looks = len(data) * scouting.LOOKS * atlas.n_starts
    road = Road(replace(data, stands_for=looks) if len(data) < ROWS_ALONE else data)
    known = _Known(data.n_samples)
    beside = ThreadPoolExecutor(1, "look")  # a look is compiled work on all rows, the way up is not
    try:
        for start in _drawn_on_nodes(road, options, atlas.n_starts):
            check()
            try:
                summit = road.climb(start, known.recognised, FIRST_STEPS)
            except TooFineError:
                if len(data) < ROWS_ALONE:
                    left.append(start)
                else:
                    atlas.lose()
            except InputError:
                atlas.lose()
            else:
                _count(atlas, road, known, summit, beside)
            yield atlas.map()
        for place in atlas.ordered():
            while place.look is not None and not wait([place.look], HEARTBEAT).done:
                check()
            yield atlas.map()
    finally:
        beside.shutdown(cancel_futures=True)
    return left


def _count(atlas: _Atlas, road: Road, known: _Known, summit: Summit, beside: Executor) -> None:
    """Counts where a way ended, and has all rows looked at where that is new."""
    state = replace(summit.state, mixture=_numbered(summit.mixture))
    mixture, height = road.unshifted(state.mixture), state.statistics.log_likelihood
    if summit.ending == KNOWN and known.last is not None:
        atlas.count(known.last)
    elif summit.ending == COLLAPSE:
        atlas.add(inf, mixture, lambda: COLLAPSED)
    elif summit.ending == LOST:
        atlas.lose()
    else:
        judge = partial(improper, atlas.problem, state, atlas.unit)
        place = atlas.add(height, mixture, judge, known.slack)
        if place.look is None:
            place.look = beside.submit(_of_all_rows, atlas.problem, mixture, summit)
            if summit.ending == MAXIMUM:
                known.add(place, summit)


def _drawn_on_nodes(road: Road, options: FitOptions, n_starts: int) -> Iterator[Mixture]:
    """Starts drawn on the nodes of a sample, as many as are asked for."""
    sample = road.sample
    width = Mixture(Gaussian(), np.ones(1), {"mean": sample.mean - road.bulk.shift, "sd": 0.1 * sample.sd})
    nodes = pressed(sample, road.bulk, [asking(width)]).data
    family = family_of(options)
    for start in drawn(nodes, family, options.n_components, options.constraints, options.seed, n_starts):
        yield road.unshifted(start)


def _of_all_rows(problem: Problem, mixture: Mixture, summit: Summit) -> float:
    """The log-likelihood of a summit of the nodes as all rows see it, and what they say is still to be gained there."""
    try:
        state = State(mixture, expect(problem, mixture))
    except InputError:  # a row that the nodes did not show is too far from every component
        return summit.state.statistics.log_likelihood
    gain = None if summit.bend is None else certified(summit.bend, state).remaining_gain
    return state.statistics.log_likelihood + (gain or 0.0)


# ---- on all rows


@dataclass(frozen=True, eq=False)
class _End:
    """Where a start came to by all rows. status: as of an outcome, "" where it came to nothing."""

    status: str
    mixture: Mixture
    log_likelihood: float
    reason: str | None

    def why(self) -> str | None:
        """Why it is improper."""
        return self.reason


@dataclass(frozen=True, eq=False)
class _Ride:
    """What all starts have in common."""

    data: Data
    options: FitOptions


def _on_all_rows(atlas: _Atlas, options: FitOptions, starts: list[Mixture], check: Check) -> Generator[Map, None, None]:
    """Leads starts to their ends by `fast`, shared among the cores.

    In the end they are counted once more, by the order of the starts: which of some ends that are nearly the same
    stands for the others must not depend on which process was first.
    """
    by = replace(options, algorithm=Fast.name, settings=(), restarts=1, stop_on="log-likelihood", tolerance=TOLERANCE)
    ride = _Ride(atlas.data, replace(by, max_iterations=MOST_ITERATIONS))
    before, ends = atlas.marked(), dict[int, _End]()
    for place, end in each(_ended, ride, starts, cores_for(len(atlas.data)), check):
        ends[place] = end
        _count_end(atlas, end)
        yield atlas.map()
    atlas.back_to(before)
    for place in sorted(ends):
        _count_end(atlas, ends[place])


def _count_end(atlas: _Atlas, end: _End) -> None:
    if end.status == DEGENERATE:
        atlas.add(inf, end.mixture, lambda: COLLAPSED)
    elif end.status == CONVERGED:
        atlas.add(end.log_likelihood, end.mixture, end.why)
    else:
        atlas.lose()


def _ended(ride: _Ride, start: Mixture, check: Check) -> _End:
    before = last = None
    try:
        for iteration in ended(run(ride.data, ride.options, start)):
            check()
            before, last = last, iteration
    except InputError:
        last = None
    if last is None or last.outcome is None:
        return _End("", start, -inf, None)
    end = last if last.outcome.status != DEGENERATE or before is None else before
    mixture = end.mixture
    if not ride.options.constraints.items and ride.data.form.is_plain:  # else something hangs on the ids they have
        mixture = _numbered(mixture)
    if last.outcome.status == DEGENERATE:
        return _End(DEGENERATE, mixture, inf, None)
    problem = Problem(ride.data, ride.options.constraints)
    reason = improper(problem, replace(last.state, mixture=mixture), rounding_unit(ride.data))
    return _End(last.outcome.status, mixture, last.log_likelihood, reason)
