"""Components that fall onto a point, where the likelihood has no upper bound; and optima that only look like ones."""

from __future__ import annotations

from math import ceil, log10

import numpy as np

from core.data import Data
from core.expectation import Problem, State
from core.wording import about, exactly

PARTICIPATION = 1e-6
SMALLEST_SD = 1e-9
FEWEST_ROWS = 2.5
SPURIOUS_SD_RATIO = 0.05
SPURIOUS_ROWS = 50.0
REMEDIES = "Use another start, more restarts, fewer components or tied variances; a floor under the sd is planned."
REMEDIES_TIED = "Use another start, more restarts or fewer components."
UNBOUNDED = "The likelihood has no upper bound there."


def collapsed(problem: Problem, state: State) -> str | None:
    """Which component has collapsed and onto what, and what to do about it, in sentences; None when all is well.

    A component has collapsed when it is carried by a single distinct value (its participation over distinct values,
    (Σ r)² / Σ r², is below 1 + 1e-6) or its sd is below 1e-9 of the data's, now or after the M step that would follow.
    With tied sds a single value is no collapse: the likelihood stays bounded.
    """
    mixture, statistics, data = state.mixture, state.statistics, problem.data
    family, counts = mixture.family, statistics.counts
    own_sd = family.covariance != "tied"
    remedies = REMEDIES if own_sd else REMEDIES_TIED
    if (counts == 0.0).any():
        lost = mixture.ids[int(np.argmin(counts))]
        return f"Component {lost} has collapsed: no row belongs to it any more. {remedies}"
    following = family.maximize(counts, statistics.moments)
    locations, spreads = family.location(following), family.spread(following)
    sds = np.minimum(family.spread(mixture.parameters), spreads)
    extent = float(data.maximum[0] / 2 - data.minimum[0] / 2)
    for k, identity in enumerate(mixture.ids):
        # A share held by one value to within 5e-7 has an sd below 7.1e-4 of the range: only those are looked into.
        if own_sd and spreads[k] < 2e-3 * extent:
            value, rows = nearest(data, float(locations[k]))
            held = rows * float(mixture.responsibilities(np.array([value]))[k, 0])
            if held > (1.0 - 0.5 * PARTICIPATION) * counts[k]:
                onto = f"{rows:,g} equal rows" if rows > 1 else "a single row"
                fault = f"Component {identity} has collapsed onto the value {exactly(value)} ({onto})."
                return f"{fault} {UNBOUNDED} {remedies}"
    # Only then the sds: of two groups 1e10 apart it is the one on a single row that has collapsed.
    for k, identity in enumerate(mixture.ids):
        if sds[k] < SMALLEST_SD * data.sd[0]:
            subject = f"Component {identity} has" if own_sd else "All components have"
            return f"{subject} collapsed: sd {about(sds[k])}, below 1e-9 of the data's. {UNBOUNDED} {remedies}"
    return None


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

    With tied sds the likelihood is bounded, and even a component of one row is part of its maximum.
    """
    mixture, counts = state.mixture, state.statistics.counts
    sds = mixture.family.spread(mixture.parameters)
    own_sd = mixture.family.covariance != "tied"
    for k, identity in enumerate(mixture.ids):
        if own_sd and counts[k] < FEWEST_ROWS:
            return f"component {identity} holds only {about(counts[k])} rows"
        if sds[k] < 0.5 * rounding_unit:
            unit = exactly(rounding_unit)
            return f"the sd of component {identity} is {about(sds[k])}, below half of the data's rounding unit {unit}"
        if sds[k] < SPURIOUS_SD_RATIO * sds.max() and counts[k] < SPURIOUS_ROWS:
            ratio = about(sds[k] / sds.max())
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
