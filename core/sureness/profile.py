"""How the log-likelihood falls as one parameter is moved and all others follow: its profile, and the interval by it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np

from core.collapse import collapsed, improper
from core.constraints import Constraints
from core.constraints.constraint import Fix
from core.data import Array
from core.em import Iteration, ended, run
from core.em import check as check_usable
from core.errors import InputError
from core.expectation import Problem
from core.families.domains import PROBABILITY, Domain
from core.fit import Fit
from core.formatting import digits
from core.mixture import Mixture
from core.options import FitOptions
from core.selection.proper import unit_of
from core.stopping import CAPPED, DEGENERATE
from core.sureness.bootstrap import aligned
from core.sureness.uncertainty import END, HELD, WEIGHT, Uncertainty, Z, numbers, uncertainty, why_none

DROP = 0.5 * Z**2
"""Of the log-likelihood at the ends of a 95 % interval: half the quantile of chi-square with one degree of freedom."""
STRIDE = 0.4
"""Of the first steps, in Wald standard errors; and of the signed root of twice the drop, from point to point."""
LONGEST = 2.0
"""How much longer than the one before a step may be."""
MOST_STEPS, MOST_LOOKS = 40, 40
"""To one side; where an end is looked for between two of them."""
NEAR = 1e-3
"""How near to a wall that is not known beforehand it is gone, in first steps: and between which two an end may be."""
CLOSE = 1e-4
"""By how much the log-likelihood at an end may differ from what it should be."""
HIGHER = 1e-3
"""By how much more the log-likelihood elsewhere must be for the fit not to be the highest maximum."""
UNKNOWN = 0.1
"""First step, in sds or of a logarithm, where there is no standard error."""
MOST_ITERATIONS = 2_000
"""For each point: where the log-likelihood is so flat that more are needed, what is left of it does not show."""
AT_ONCE = 20_000
"""Rows from which a fit is made by the way that leads over few looks at all of them."""

AT_A_WALL = "It ends at a constraint."
COLLAPSE = "Open to one side: before the log-likelihood has fallen far enough a component collapses or is a spike."
ANOTHER = "the other parameters go over to another solution."
OPEN = "To one side the log-likelihood does not fall far enough for the interval to end."

Check = Callable[[], None]


@dataclass(frozen=True)
class Point:
    """A value of the parameter, and how far the highest log-likelihood with it is below that of the fit."""

    value: float
    drop: float


@dataclass(frozen=True)
class Profile:
    """The profile of a parameter. points: rising by value, the estimate among them with a drop of 0.

    interval: 95 %, where twice the drop is 3.84; an end is infinite where the log-likelihood does not fall so far, and
    the last value possible where a constraint ends it. standard_error and wald: by the curvature alone, None where it
    gives none. n_capped: points at which the other parameters had not converged when they were stopped, so that the
    drop may be less. remark: what else is to be said, "" for nothing.
    """

    name: str
    component: int
    estimate: float
    standard_error: float | None
    points: tuple[Point, ...]
    interval: tuple[float, float]
    wald: tuple[float, float] | None
    n_capped: int = 0
    remark: str = ""

    def wald_drop(self, values: Array) -> Array:
        """The drop that the standard error alone leads to expect, a parabola; NaN where there is no standard error."""
        if self.standard_error is None:
            return np.full(np.shape(values), np.nan)
        return np.asarray(0.5 * np.square((np.asarray(values) - self.estimate) / self.standard_error))


def why_not(fitted: Fit, name: str, component: int) -> str:
    """Why a parameter of a component, by its number, has no profile, in a sentence; "" where it has one."""
    mixture, options = fitted.mixture, fitted.options
    if fitted.outcome.status == DEGENERATE:
        return "A component has collapsed, so there is no maximum to profile."
    if mixture.family.shared or mixture.family.own_start() is not None:
        return "The parameters of this model cannot be held, so they have no profile."
    if options.constraints.has_prior:
        return "Under a prior the log-likelihood is not what was climbed, so it has no profile."
    if mixture.family.n_features > 1 and name != WEIGHT:
        return "With several columns only weights can be held, so only they have a profile."
    if name == WEIGHT and mixture.n_components == 1:
        return "A single component's weight is 1."
    value = numbers(mixture)[name][mixture.ids.index(component)]
    if not np.isfinite(value):
        return "This component has no such parameter."
    why = why_none(options.constraints, mixture)[name][mixture.ids.index(component)]
    if np.any(why == HELD):
        return "It is held at a value."
    if np.any(why == END):
        return "It is an end, at which the log-likelihood breaks, so that how far it falls says nothing of an interval."
    try:
        check_usable(fitted.data, _held(fitted, name, component, float(value)))
    except InputError as error:
        return str(error)
    return ""


def profile(fitted: Fit, name: str, component: int, check: Check = lambda: None) -> Profile:
    """The whole profile of a parameter, "weight" or one of the family's, of a component by its number.

    check may raise to stop. Raises InputError where `why_not` has a reason.
    """
    making = profiled(fitted, name, component, check)
    while True:
        try:
            next(making)
        except StopIteration as stop:
            made: Profile = stop.value
            return made


def profiled(fitted: Fit, name: str, component: int, check: Check = lambda: None) -> Generator[Point, None, Profile]:
    """The same, point by point, outwards from the estimate: first up, then down."""
    reason = why_not(fitted, name, component)
    if reason:
        raise InputError(reason)
    way = _Way(fitted, name, component, check)
    ends, points, remarks = [], [Point(way.estimate, 0.0)], []
    yield points[0]
    for side in (1.0, -1.0):
        climb = _one_side(way, side)
        while True:
            try:
                point = next(climb)
            except StopIteration as stop:
                end, remark = stop.value
                break
            points.append(point)
            yield point
        ends.append(end)
        remarks.append(remark)
    lowest = min(points, key=lambda point: point.drop)
    if lowest.drop < -HIGHER:
        remarks.append(f"At {digits(lowest.value)} the log-likelihood is higher than that of the fit: fit again.")
    if way.n_capped:
        remarks.append(f"{way.n_capped} of its fits were stopped after {MOST_ITERATIONS:,} iterations, not converged.")
    remark = " ".join(dict.fromkeys(filter(None, remarks)))
    points.sort(key=lambda point: point.value)
    interval = (ends[1], ends[0])
    return Profile(name, component, way.estimate, way.error, tuple(points), interval, way.wald, way.n_capped, remark)


class _Way:
    """The road along one parameter: where steps lead to, and the best of the others there.

    n_capped: fits that were stopped before they converged. is_exchanged: whether components stood for each other at
    the last step. collapses: whether a component collapsed beyond.
    """

    def __init__(self, fitted: Fit, name: str, component: int, check: Check) -> None:
        self.fitted, self.name, self.component, self.check = fitted, name, component, check
        mixture = fitted.mixture.plain
        self.k, self.values = mixture.ids.index(component), numbers(mixture)[name]
        self.domain: Domain = PROBABILITY if name == WEIGHT else mixture.family.domains[name]
        self.unit = mixture.family.units(mixture.parameters)
        self.estimate = float(self.values[self.k])
        self.problem = Problem(fitted.data, fitted.options.constraints)
        # By the curvature, whatever the standard errors shown are by.
        sure = uncertainty(self.problem, fitted.mixture)
        self.error, self.wald = _wald(sure, name, self.k)
        slope = (self.value(1e-4) - self.value(-1e-4)) / 2e-4
        self.reach = UNKNOWN if self.error is None else self.error / slope
        self.known: list[tuple[float, Mixture]] = [(0.0, fitted.mixture)]
        self.n_capped, self.is_exchanged, self.collapses = 0, False, False

    def value(self, step: float) -> float:
        """The value that a step in the parameter's own measure leads to."""
        with np.errstate(all="ignore"):
            moved = self.domain.moved(self.values, np.full((len(self.values), 1), step), self.unit)
        return float(moved[self.k])

    def drop(self, step: float) -> float | None:
        """How far the highest log-likelihood with that value is below the fit's; None where there is none.

        Looked for from the nearest values on both sides, since the maximum beyond may be another one.
        """
        value = self.value(step)
        if not np.isfinite(value):
            return None
        inner = [one for one in self.known if abs(one[0]) <= abs(step) and one[0] * step >= 0.0]
        outer = [one for one in self.known if abs(one[0]) > abs(step) and one[0] * step > 0.0]
        nearest = [max(inner, key=lambda one: abs(one[0])), *sorted(outer, key=lambda one: abs(one[0]))[:1]]
        made = [found for _, start in nearest if (found := self.best(value, start)) is not None]
        if not made:
            return None
        best = max(made, key=lambda one: one.log_likelihood)
        assert best.outcome is not None
        self.n_capped += best.outcome.status == CAPPED
        self.known.append((step, best.mixture))
        put = aligned(self.fitted.data, self.fitted.options, self.fitted.mixture, best.mixture)
        self.is_exchanged = put.is_realigned
        return self.fitted.log_likelihood - best.log_likelihood

    def best(self, value: float, near: Mixture) -> Iteration | None:
        """Where a run with that value ends that begins at the others of a step near by; None where there is none."""
        made = None
        try:
            options = _held(self.fitted, self.name, self.component, value)
            for made in ended(run(self.fitted.data, options, options.constraints.conforming(near))):  # noqa: B007
                self.check()
        except InputError:
            return None  # a constraint does not allow it, or rows are too far from every component
        if made is None or made.outcome is None:
            return None
        if made.outcome.status == DEGENERATE or self._is_artefact(made):
            self.collapses = True
            return None
        return made

    def _is_artefact(self, made: Iteration) -> bool:
        """Whether a component, were it not held up at the value, would collapse, or lift the fit as a spike does."""
        if collapsed(self.problem, made.state) is not None:
            return True
        if made.log_likelihood < self.fitted.log_likelihood + HIGHER:
            return False
        return improper(self.problem, made.state, unit_of(self.fitted.data)) is not None

    def wall(self, side: float) -> float:
        """The step to the bound that a constraint sets on a side; infinite where there is none."""
        ends = self.fitted.options.constraints.bounds(self.fitted.mixture).get(self.name)
        end = np.inf if ends is None else float(ends[1 if side > 0.0 else 0][self.k])
        if not np.isfinite(end):
            return inf
        to = np.where(np.arange(len(self.values)) == self.k, end, self.values)
        with np.errstate(all="ignore"):
            step = float(self.domain.steps(self.values, to, self.unit)[self.k, 0])
        return abs(step) if np.isfinite(step) else inf


def _one_side(way: _Way, side: float) -> Generator[Point, None, tuple[float, str]]:
    """The points to one side of the estimate; in the end where the interval ends, and what is to be said of that.

    Where a step leads to what cannot be, the next goes half as far, until it is known how far one can go.
    """
    at, before, stride, remark = 0.0, 0.0, STRIDE * way.reach, ""
    near, bound, wall, way.collapses = NEAR * stride, way.wall(side), inf, False
    for _ in range(MOST_STEPS):
        if at >= bound or wall - at < near:
            end, why = (side * inf, COLLAPSE) if way.collapses else (way.value(side * at), AT_A_WALL)
            return end, f"{remark} {why}".strip()
        step = min(at + stride, bound, 0.5 * (at + wall))
        if way.value(side * step) == way.value(side * at):
            break  # as far as the parameter goes
        drop = way.drop(side * step)
        if drop is None:
            wall = step
            continue
        yield Point(way.value(side * step), drop)
        if drop < -HIGHER:
            return side * inf, remark  # of another maximum, which is higher
        if drop < before - HIGHER or way.is_exchanged:
            remark = remark or f"About {digits(way.value(side * step))} {ANOTHER}"
        if drop >= DROP:
            met, is_met = yield from _end(way, side, (at, before), (step, drop))
            value = way.value(side * met)
            jump = "" if is_met else f"At {digits(value)} the log-likelihood falls in a jump."
            return value, f"{remark} {jump}".strip()
        gained = max(_root(drop) - _root(before), 1e-3)
        at, before = step, drop
        stride *= min(max(STRIDE / gained, 0.5), LONGEST)
    return side * inf, f"{remark} {OPEN}".strip()


def _end(
    way: _Way, side: float, low: tuple[float, float], high: tuple[float, float]
) -> Generator[Point, None, tuple[float, bool]]:
    """The step between two at which the drop is that of the interval's end, and whether it is met there.

    By false position on the drop's root, and by halves where that takes long: across a jump it would never end.
    """
    near, width = NEAR * STRIDE * way.reach, high[0] - low[0]
    for look in range(MOST_LOOKS):
        if abs(high[1] - DROP) < CLOSE:
            return high[0], True
        if high[0] - low[0] < near:
            break
        part = (Z - _root(low[1])) / (_root(high[1]) - _root(low[1])) if high[1] < inf else 0.5
        if look % 3 == 2:
            part, width = part if high[0] - low[0] < 0.5 * width else 0.5, high[0] - low[0]
        step = low[0] + (high[0] - low[0]) * part
        drop = way.drop(side * step)
        if drop is None:
            high = (step, inf)
            continue
        yield Point(way.value(side * step), drop)
        if abs(drop - DROP) < CLOSE:
            return step, True
        if drop > DROP:
            high = (step, drop)
        else:
            low = (step, drop)
    return high[0], False


def _root(drop: float) -> float:
    """The square root of twice the drop: nearly straight in the parameter."""
    return sqrt(2.0 * max(drop, 0.0))


def _held(fitted: Fit, name: str, component: int, value: float) -> FitOptions:
    """The options of the fit, the parameter held at a value besides, and a variant that comes to the maximum soon."""
    items = (*fitted.options.constraints.items, Fix(name, (component,), value))
    algorithm = "fast" if len(fitted.data) >= AT_ONCE else "anderson"
    return replace(
        fitted.options,
        constraints=Constraints(items),
        algorithm=algorithm,
        settings=(),
        restarts=1,
        stop_on="log-likelihood",
        max_iterations=MOST_ITERATIONS,
        tolerance=min(fitted.options.tolerance, 0.1 * CLOSE),
    )


def _wald(sure: Uncertainty | None, name: str, k: int) -> tuple[float | None, tuple[float, float] | None]:
    """Standard error and interval by the curvature; None where it gives none."""
    if sure is None or not np.isfinite(sure.standard_errors[name][k]) or not sure.standard_errors[name][k] > 0.0:
        return None, None
    low, high = sure.intervals[name][k]
    return float(sure.standard_errors[name][k]), (float(low), float(high))
