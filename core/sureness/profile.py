"""How the log-likelihood falls as one parameter is moved and all others follow: its profile, and the interval by it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np

from core.constraints import Constraints
from core.constraints.constraint import Fix
from core.data import Array
from core.em import check as check_usable
from core.em import ended, run
from core.errors import InputError
from core.expectation import Problem
from core.families.domains import PROBABILITY, Domain
from core.fit import Fit
from core.formatting import digits
from core.mixture import Mixture
from core.options import FitOptions
from core.stopping import DEGENERATE
from core.sureness.uncertainty import WEIGHT, Uncertainty, Z, numbers, uncertainty

DROP = 0.5 * Z**2
"""Of the log-likelihood at the ends of a 95 % interval: half the quantile of chi-square with one degree of freedom."""
STRIDE = 0.4
"""Of the first steps, in Wald standard errors; and of the signed root of twice the drop, from point to point."""
LONGEST = 2.0
"""How much longer than the one before a step may be."""
MOST_STEPS, MOST_LOOKS, MOST_HALVINGS = 30, 12, 4
"""To one side; where an end is looked for between two of them; where a step leads to what cannot be."""
CLOSE = 1e-4
"""By how much the log-likelihood at an end may differ from what it should be."""
HIGHER = 1e-3
"""By how much more the log-likelihood elsewhere must be for the fit not to be the highest maximum."""
JUMP = 0.05
"""By how much the signed root falls on the way outwards where the other parameters are at another maximum."""
UNKNOWN = 0.1
"""First step, in sds or of a logarithm, where there is no standard error."""
MOST_ITERATIONS = 2_000
"""For each point: where the log-likelihood is so flat that more are needed, what is left of it does not show."""
AT_ONCE = 20_000
"""Rows from which a fit is made by the way that leads over few looks at all of them."""

AT_A_WALL = "It ends where the model does: further out is a constraint or a collapse."
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
    gives none. remark: what else is to be said, "" for nothing.
    """

    name: str
    component: int
    estimate: float
    standard_error: float | None
    points: tuple[Point, ...]
    interval: tuple[float, float]
    wald: tuple[float, float] | None
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
    held = options.constraints.fixed(mixture).get(name)
    if held is not None and held[mixture.ids.index(component)]:
        return "It is held at a value."
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
    remark = " ".join(dict.fromkeys(filter(None, remarks)))
    points.sort(key=lambda point: point.value)
    return Profile(name, component, way.estimate, way.error, tuple(points), (ends[1], ends[0]), way.wald, remark)


class _Way:
    """The road along one parameter: where steps lead to, and the best of the others there."""

    def __init__(self, fitted: Fit, name: str, component: int, check: Check) -> None:
        self.fitted, self.name, self.component, self.check = fitted, name, component, check
        mixture = fitted.mixture.plain
        self.k, self.values = mixture.ids.index(component), numbers(mixture)[name]
        self.domain: Domain = PROBABILITY if name == WEIGHT else mixture.family.domains[name]
        self.unit = mixture.family.units(mixture.parameters)
        self.estimate = float(self.values[self.k])
        # By the curvature, whatever the standard errors shown are by.
        sure = uncertainty(Problem(fitted.data, fitted.options.constraints), fitted.mixture)
        self.error, self.wald = _wald(sure, name, self.k)
        slope = (self.value(1e-4) - self.value(-1e-4)) / 2e-4
        self.reach = UNKNOWN if self.error is None else self.error / slope
        self.known: list[tuple[float, Mixture]] = [(0.0, fitted.mixture)]

    def value(self, step: float) -> float:
        """The value that a step in the parameter's own measure leads to."""
        with np.errstate(all="ignore"):
            moved = self.domain.moved(self.values, np.full((len(self.values), 1), step), self.unit)
        return float(moved[self.k])

    def drop(self, step: float) -> float | None:
        """How far the highest log-likelihood with that value is below the fit's; None where there is none."""
        value = self.value(step)
        if not np.isfinite(value):
            return None
        try:
            options = _held(self.fitted, self.name, self.component, value)
            near = min(self.known, key=lambda one: abs(one[0] - step))[1]
            made = None
            for made in ended(run(self.fitted.data, options, options.constraints.conforming(near))):  # noqa: B007
                self.check()
        except InputError:
            return None  # a constraint does not allow it, or rows are too far from every component
        if made is None or made.outcome is None or made.outcome.status == DEGENERATE:
            return None
        self.known.append((step, made.mixture))
        return self.fitted.log_likelihood - made.log_likelihood


def _one_side(way: _Way, side: float) -> Generator[Point, None, tuple[float, str]]:
    """The points to one side of the estimate; in the end where the interval ends, and what is to be said of that."""
    at, root, stride, halvings, remark = 0.0, 0.0, STRIDE * way.reach, 0, ""
    for _ in range(MOST_STEPS):
        step = at + stride
        if way.value(side * step) == way.value(side * at):
            break  # as far as the parameter goes
        drop = way.drop(side * step)
        if drop is None:
            halvings += 1
            stride *= 0.5
            if halvings > MOST_HALVINGS:
                return way.value(side * at), remark or AT_A_WALL
            continue
        yield Point(way.value(side * step), drop)
        found = _root(drop)
        if drop >= DROP:
            end = yield from _end(way, side, (at, root), (step, found))
            return way.value(side * end), remark
        if found < root - JUMP:
            remark = remark or f"About {digits(way.value(side * step))} the other parameters jump to another solution."
        gained = max(found - root, 1e-3)
        at, root = step, found
        stride *= min(max(STRIDE / gained, 0.5), LONGEST)
    return side * inf, remark or OPEN


def _end(way: _Way, side: float, low: tuple[float, float], high: tuple[float, float]) -> Generator[Point, None, float]:
    """The step between two at which the drop is that of the interval's end, by false position on its root."""
    kept = 0
    step = high[0]
    for _ in range(MOST_LOOKS):
        if abs(0.5 * high[1] ** 2 - DROP) < CLOSE:
            return high[0]
        below, above = Z - low[1], high[1] - Z
        # Where one end has stayed twice the line is drawn nearer to it.
        if kept > 1:
            above *= 0.5 ** (kept - 1)
        elif kept < -1:
            below *= 0.5 ** (-kept - 1)
        step = low[0] + (high[0] - low[0]) * below / (below + above)
        drop = way.drop(side * step)
        if drop is None:
            return high[0]
        yield Point(way.value(side * step), drop)
        if abs(drop - DROP) < CLOSE:
            return step
        if drop > DROP:
            high, kept = (step, _root(drop)), min(kept, 0) - 1
        else:
            low, kept = (step, _root(drop)), max(kept, 0) + 1
    return step


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
