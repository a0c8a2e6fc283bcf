"""Many starts, each led to its maximum on the nodes of one column: what restarts of normal components run on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import inf

import numpy as np

from core import passes
from core.ascent import MAXIMUM, Summit
from core.collapse import collapsed, improper, rounding_unit, safe_sd
from core.data import Data
from core.drawing import n_drawn, starts
from core.em import algorithm_of, ended, family_of, run
from core.errors import InputError
from core.expectation import Problem, State, expect, maximize
from core.families.gaussian import Gaussian
from core.grid import TooFineError, pressed
from core.mixture import Mixture
from core.optima import SAME_LOG_LIKELIHOOD, Optimum, Progress, Search, chosen, distinct
from core.options import FitOptions
from core.road import Road, asking
from core.saddle import Escape
from core.stopping import CONVERGED

SHORT = 20
"""Steps of EM that every start makes before the best are chosen."""
LED = 160
"""Starts that are led to their maxima, unless more restarts are asked for: a few milliseconds each."""
LOOKS = 40
"""How often the way to a maximum looks at the nodes, about."""
STANDING_FOR = 10_000
"""Rows that short runs are taken to be made on, so that their log-likelihoods compare as those of few rows do."""
SAME = 1e-3
"""Difference of a parameter, in sds, up to which two maxima are the same one, found on nodes of different fineness."""
LISTED = 10
"""Optima, the highest of the proper and of the improper ones, that are looked at with all rows and listed."""
TRIED, SOON = 5, 5000
"""Starts of which it is looked whether the variant that was asked for goes where they were led to, and in how many
iterations; where none does the run begins at the optimum itself."""


def n_led(options: FitOptions) -> int:
    """How many starts are led to their maxima, the named one among them."""
    return max(options.restarts, LED)


def leads(data: Data, options: FitOptions) -> bool:
    """Whether starts can be led so: normal distributions of one column, without constraints, to be fitted best."""
    family = family_of(options, data.n_features, data.form)
    return type(family) is Gaussian and not options.constraints.items and algorithm_of(options).judged


@dataclass(frozen=True, eq=False)
class Scout:
    """A start after a short run. log_likelihood: −∞ where it came to nothing."""

    index: int
    start: Mixture
    mixture: Mixture
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Found:
    """A start and the maximum of the nodes that it leads to."""

    scout: Scout
    summit: Summit
    reason: str | None

    @property
    def height(self) -> float:
        """Its log-likelihood on the nodes."""
        return self.summit.state.statistics.log_likelihood

    @cached_property
    def sorted(self) -> Mixture:
        """The maximum with its components in order."""
        return self.summit.mixture.sorted()


def search(data: Data, options: FitOptions, named: Mixture) -> Generator[Progress, None, Search | None]:
    """Tries many starts; None where components are too narrow for nodes to stand for the rows.

    All make a short run on the nodes of a sample; the best and the most diverse are led to their maxima on the nodes
    of all rows, and the highest of these are looked at with all rows.
    """
    road = Road(replace(data, stands_for=len(data) * LOOKS * n_led(options)) if len(data) <= STANDING_FOR else data)
    try:
        scouts = yield from _scouts(road, options, named)
        found: list[Found] = []
        unit = rounding_unit(data)
        for place, scout in enumerate(scouts):
            yield Progress(place, len(scouts), f"Start {place + 1} of {len(scouts)}")
            try:
                summit = road.climb(scout.start)
            except InputError:
                continue
            if summit.ending == MAXIMUM:
                found.append(Found(scout, summit, improper(Problem(data), summit.state, unit)))
        yield Progress(len(scouts), len(scouts), "The best optima are looked at with all rows")
        return _judged(road, options, named, sorted(found, key=lambda one: (-one.height, one.scout.index)))
    except TooFineError:
        return None


def _scouts(road: Road, options: FitOptions, named: Mixture) -> Generator[Progress, None, list[Scout]]:
    """The named start and the best of the drawn ones, after short runs on the nodes of a sample."""
    shift = road.bulk.shift
    nodes = pressed(road.sample, road.bulk, [asking(road.shifted(named, -shift))]).data
    assert nodes.counts is not None
    few = replace(nodes, counts=nodes.counts * (min(STANDING_FOR, len(road.data)) / nodes.n_samples))
    problem, of, ends = Problem(few), n_drawn(options) + 1, []
    for index, start in enumerate(starts(few, options, road.shifted(named, -shift))):
        yield Progress(index, of, f"Short run {index + 1} of {of}")
        ends.append(_short_run(problem, index, start))
    best = chosen(few, ends[1:], n_led(options) - 1)
    return [replace(scout, start=road.unshifted(scout.start)) for scout in (ends[0], *best)]


def _short_run(problem: Problem, index: int, start: Mixture) -> Scout:
    try:
        state = State(start, expect(problem, start))
        made = passes.steps(start, state.statistics, problem.data, SHORT, safe_sd(problem.data))
        if made is not None:
            state = State(made.mixture(len(made) - 1), made.statistics(len(made) - 1))
        for _ in range(SHORT - (0 if made is None else len(made))):
            if collapsed(problem, state) is not None:
                return Scout(index, start, state.mixture, -inf)
            mixture = maximize(problem, state.mixture, state.statistics)
            state = State(mixture, expect(problem, mixture))
    except InputError:
        return Scout(index, start, start, -inf)
    return Scout(index, start, state.mixture, state.statistics.log_likelihood)


def _judged(road: Road, options: FitOptions, named: Mixture, found: list[Found]) -> Search:
    """The highest proper optimum as a start, and the distinct ones, all as all rows see them."""
    seen: list[tuple[Optimum, list[Found]]] = []
    groups = _alike(found)
    for is_proper in (True, False):
        for group in [group for group in groups if (group[0].reason is None) is is_proper][:LISTED]:
            try:
                reached = road.land(group[0].summit).state
            except InputError:  # a row that the nodes did not show is too far from every component
                continue
            height = reached.statistics.log_likelihood
            seen.append((Optimum(height, reached.mixture.sorted(), len(group), group[0].reason), group))
    listed = tuple(distinct([optimum for optimum, _ in seen]))
    proper = [pair for pair in seen if pair[0].reason is None]
    if not proper:
        return Search(named, 0, False, listed)
    best, group = max(proper, key=lambda pair: pair[0].log_likelihood)
    group.sort(key=lambda one: one.scout.index)
    for one in group[:TRIED]:
        if options.algorithm == "fast" or _goes_there(road, options, one):
            return Search(one.scout.start, one.scout.index, True, listed)
    return Search(best.mixture, group[0].scout.index, True, listed)


def _alike(found: list[Found]) -> list[list[Found]]:
    """Those that led to the same optimum together, the highest first: as far as nodes of different fineness tell."""
    groups: list[list[Found]] = []
    for one in found:
        same = next((group for group in groups if _are_the_same(group[0].sorted, one.sorted)), None)
        if same is None:
            groups.append([one])
        else:
            same.append(one)
    return groups


def _are_the_same(one: Mixture, other: Mixture) -> bool:
    """Whether no parameter differs by more than SAME, in sds of its component."""
    sds = np.maximum(one.parameters["sd"], other.parameters["sd"])
    apart = [one.weights - other.weights] + [(one.parameters[of] - other.parameters[of]) / sds for of in ("mean", "sd")]
    return bool(np.abs(apart).max() < SAME)


def _goes_there(road: Road, options: FitOptions, one: Found) -> bool:
    """Whether the variant that was asked for is led to the same optimum on the nodes by the same start, and soon."""
    start = road.shifted(one.scout.start, -road.bulk.shift)
    made = ended(run(road.problem.data, options, start))
    last = None
    for last in islice(made, SOON):
        if isinstance(last.verdict, Escape):
            return False  # a saddle: how long it takes to leave that hangs on rounding
    if last is None or last.outcome is None or last.outcome.status != CONVERGED:
        return False
    return last.log_likelihood > one.height - max(options.tolerance, SAME_LOG_LIKELIHOOD)
