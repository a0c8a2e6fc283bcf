"""Components that fall onto a point, where the likelihood has no upper bound; and optima that only look like ones."""

from __future__ import annotations

from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from core.constraints.spreads import names_of
from core.data import Data
from core.expectation import Problem, State
from core.flatness import flattened, slim
from core.flatness import remedies as remedies_of_flatness
from core.mixture import Mixture
from core.wording import about, exactly

Mask = NDArray[np.bool_]
PARTICIPATION = 1e-6
SMALLEST_SD = 1e-9
LOOKED_INTO = 2e-3
"""Part of half the range. A share held by one value to within 5e-7 has an sd below 7.1e-4 of the range."""
WIDEST_SD = 1e140
FEWEST_ROWS = 2.5
SPURIOUS_SD_RATIO = 0.05
SPURIOUS_ROWS = 50.0
UNBOUNDED = "The likelihood has no upper bound there."
OTHERS = "Use another start, more restarts"
FLOORS = {
    "gaussian": "a floor under the sd",
    "student_t": "a floor under the scale",
    "lognormal": "a floor under the log sd",
    "gamma": "a floor under the scale",
    "weibull": "an upper bound of the shape",
    "exponential": "an upper bound of the rate",
}
"""Family → what keeps its components from falling onto a point."""


def collapsed(problem: Problem, state: State) -> str | None:
    """Which component has collapsed and onto what, and what to do about it, in sentences; None when all is well.

    A component has collapsed when it is carried by a single distinct value (its participation over distinct values,
    (Σ r)² / Σ r², is below 1 + 1e-6) or its sd is below 1e-9 of the data's, now or after the M step that would follow.
    Only where the likelihood has no upper bound there: not for most discrete families, nor where a spread is held up.
    Components that share their spread collapse together only. One that no row belongs to has collapsed in any family.
    """
    mixture, counts, data = state.mixture, state.statistics.counts, problem.data
    if (counts == 0.0).any():
        lost = int(np.argmin(counts))
        remedies = _remedies(problem, mixture, lost, of_spread=False)
        said = f"Component {mixture.ids[lost]} has collapsed: no row belongs to it any more."
        return said if mixture.family.shared else f"{said} {remedies}"
    family = mixture.family
    if data.n_features > 1:
        fault = flattened(data, mixture, problem.constraints.maximize(mixture, state.statistics).parameters)
        return None if fault is None else f"{fault} {UNBOUNDED} {remedies_of_flatness(mixture)}"
    following = problem.constraints.maximize(mixture, state.statistics).parameters
    locations, spreads = family.location(following), family.spread(following)
    sds = np.minimum(family.spread(mixture.parameters), spreads)
    if (sds >= safe_sd(data)).all():
        return None
    threatened, alone = _threatened(problem, mixture)
    if not threatened.any():
        return None
    extent = float(data.maximum[0] / 2 - data.minimum[0] / 2)
    for k in np.flatnonzero(threatened & alone):
        if spreads[k] < LOOKED_INTO * extent:
            value, rows = nearest(data, float(locations[k]))
            held = rows * float(mixture.responsibilities(np.array([value]))[k, 0])
            if held > (1.0 - 0.5 * PARTICIPATION) * counts[k]:
                onto = f" ({rows:,g} equal rows)" if rows > 1 else " (a single row)"
                onto = "" if data.weighted_by else onto  # a sum of weights is no number of rows
                fault = f"Component {mixture.ids[k]} has collapsed onto the value {exactly(value)}{onto}."
                return f"{fault} {UNBOUNDED} {_remedies(problem, mixture, int(k))}"
    # Only then the sds: of two groups 1e10 apart it is the one on a single row that has collapsed.
    for k in np.flatnonzero(threatened & (sds < SMALLEST_SD * data.sd[0])):
        before = float(family.spread(mixture.parameters)[k])
        if before / WIDEST_SD > data.sd[0]:  # squares of what the data are to it come to 0
            wide = f"Component {mixture.ids[k]} is too wide for float64 to calculate with: sd {about(before)}."
            return f"{wide} Use another start."
        subject = f"Component {mixture.ids[k]} has" if alone[k] else _together(~alone, mixture)
        fault = f"{subject} collapsed: sd {about(sds[k])}, below 1e-9 of the data's."
        return f"{fault} {UNBOUNDED} {_remedies(problem, mixture, int(k))}"
    return None


def safe_sd(data: Data) -> float:
    """The sd from which on no component of one column can have collapsed."""
    return max(LOOKED_INTO * float(data.maximum[0] / 2 - data.minimum[0] / 2), SMALLEST_SD * float(data.sd[0]))


def _threatened(problem: Problem, mixture: Mixture) -> tuple[Mask, Mask]:
    """Which components (K,) can fall onto a point, and which of all can do so alone: their spread is theirs only."""
    constraints = problem.constraints
    shared = constraints.shared(mixture)
    unbounded = np.broadcast_to(np.asarray(mixture.family.unbounded), mixture.n_components) | shared
    return unbounded & ~constraints.protected(mixture), ~shared


def _together(shared: Mask, mixture: Mixture) -> str:
    """Components that share their spread, as the subject of a sentence."""
    if shared.all():
        return "All components have"
    return f"Components {' and '.join(str(mixture.ids[k]) for k in np.flatnonzero(shared))} have"


def _remedies(problem: Problem, mixture: Mixture, component: int, of_spread: bool = True) -> str:
    """What a person can do about it, in a sentence."""
    family, many = mixture.family, mixture.n_components > 1
    shared = problem.constraints.shared(mixture)
    ways = [OTHERS]
    if many:
        ways.append("fewer components")
    name = names_of(family, mixture.n_components)[component]
    if of_spread and name == "gaussian" and many and not shared.any():
        ways.append("tied sds")
    if of_spread and name in FLOORS and problem.data.n_features == 1:
        ways.append(FLOORS[name])
    return f"{', '.join(ways[:-1])} or {ways[-1]}."


def nearest(data: Data, point: float) -> tuple[float, float]:
    """The value nearest to a point, and how many rows have it (the sum of their counts)."""
    best, rows = float("inf"), 0.0
    for values, counts in data.blocks(1 << 18):
        column = values[:, 0]
        away = abs(column - point)
        here = float(column[int(away.argmin())])
        if abs(here - point) > abs(best - point):
            continue
        if here != best:
            best, rows = here, 0.0
        equal = column == here
        rows += float(equal.sum()) if counts is None else float(counts[equal].sum())
    return best, rows


def improper(problem: Problem, state: State, rounding_unit: float) -> str | None:
    """Why an optimum is an artefact of the unbounded likelihood and describes no data; None if it is proper.

    Where a spread is shared the likelihood is bounded, and even a component of one row is part of its maximum; so it is
    where a spread is held up.
    """
    mixture, counts = state.mixture, state.statistics.counts
    if problem.data.n_features > 1:
        return slim(mixture, counts, problem.data.n_features)
    threatened, alone = _threatened(problem, mixture)
    sds = mixture.family.spread(mixture.parameters)
    widest = sds[~np.broadcast_to(mixture.family.noise, len(sds))].max(initial=0.0)
    for k in np.flatnonzero(threatened):
        identity = mixture.ids[k]
        if alone[k] and counts[k] < FEWEST_ROWS:
            return f"component {identity} holds only {about(counts[k])} rows"
        if sds[k] < 0.5 * rounding_unit:
            unit = exactly(rounding_unit)
            return f"the sd of component {identity} is {about(sds[k])}, below half of the data's rounding unit {unit}"
        if alone[k] and sds[k] < SPURIOUS_SD_RATIO * widest and counts[k] < SPURIOUS_ROWS:
            ratio = about(sds[k] / widest)
            return f"component {identity} is a spike: {about(counts[k])} rows, sd {ratio} of the widest"
    return None


def rounding_unit(data: Data) -> float:
    """The power of ten to which all values are rounded (1 for whole numbers); 0 when no rounding shows."""
    first = ceil(-log10(max(float(data.maximum[0] - data.minimum[0]), 5e-324)))
    for exponent in range(first, min(first + 13, 300)):
        if _are_multiples(data, exponent):
            return float(10.0**-exponent)
    return 0.0


def _are_multiples(data: Data, exponent: int) -> bool:
    factor = 10.0 ** abs(exponent)
    for values, _ in data.blocks(1 << 16):
        scaled = values[:, 0] * factor if exponent >= 0 else values[:, 0] / factor
        size = np.abs(scaled)
        # Decimal fractions are rounded to binary ones, the more coarsely the farther they are from 0.
        if size.max() > 2.0**46 or (np.abs(scaled - np.rint(scaled)) > 1e-6 + 1e-15 * size).any():
            return False
    return True
