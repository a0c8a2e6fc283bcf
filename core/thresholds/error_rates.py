"""Thresholds at which a chosen share is on the wrong side: of the rows called, or of a component's members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.data import Array
from core.mixture import Mixture
from core.thresholds.crossings import STEP, Labels, Threshold, belong_above, changes, places_about, share_below

LEAST = 1e-9
"""Share of the population beyond a value from which on the errors among it are known: 1 − F is rounded to 1e-16."""
AT_ONCE = 60
"""Bits of a label."""
Side = Literal["above", "below"]
Among = Literal["called", "members"]


def value_at_error(
    mixture: Mixture, threshold: Threshold, rate: float, called: Side = "above", among: Among = "called"
) -> float:
    """The value that calls as many rows as possible so that no more than this share of some is expected to be wrong.

    called "above": the lowest t with P(a component of below | X ≥ t) ≤ rate; "below": the highest t with P(a component
    of above | X < t) ≤ rate. Among "members" the share is of the components that would be called wrongly, not of the
    rows that are called: P(X ≥ t | a component of below), and P(X < t | a component of above), which are one minus
    specificity and sensitivity. The components belong to the sides of a threshold as for `misclassified`. −∞ or ∞ where
    all rows may be called, NaN where no value has more than a billionth of the population on its side and meets the
    rate. Raises ValueError unless rate is between 0 and 1.
    """
    return values_at_error(mixture, [threshold], rate, called, among)[0]


def values_at_error(
    mixture: Mixture, parts: Sequence[Threshold], rate: float, called: Side = "above", among: Among = "called"
) -> list[float]:
    """What `value_at_error` gives for each of several thresholds, in about the time of one."""
    if not 0.0 < rate < 1.0:
        raise ValueError("an error rate must be between 0 and 1")
    found: list[float] = []
    for first in range(0, len(parts), AT_ONCE):
        found += _values(mixture.plain, parts[first : first + AT_ONCE], rate, called == "above", among)
    return found


def _values(plain: Mixture, parts: Sequence[Threshold], rate: float, up: bool, among: Among) -> list[float]:
    """At most `AT_ONCE` of them: whether the rate is met for each is a bit of one label."""
    upper = np.array([belong_above(plain, one) for one in parts])
    wrong = (~upper if up else upper).astype(np.float64)
    members = wrong @ plain.weights
    bits = np.int64(1) << np.arange(len(parts), dtype=np.int64)

    def met(values: Array) -> Labels:
        below = share_below(plain, values)
        mass = plain.weights[:, np.newaxis] * (1.0 - below if up else below)
        if among == "members":
            is_met = wrong @ mass <= rate * members[:, np.newaxis]
        else:
            whole = mass.sum(axis=0)
            is_met = (wrong @ mass <= rate * whole) & (whole >= LEAST)
        return np.asarray(bits @ is_met, dtype=np.int64)

    places = places_about(plain)
    at_end = int(met(places[[0 if up else -1]])[0])
    changed = changes(met, places, plain.family.discrete)
    made = []
    for bit in bits.tolist():
        own = [value for value, old, new in changed if (old ^ new) & bit and bool(new & bit) == up]
        if at_end & bit:
            made.append(-np.inf if up else np.inf)
        elif not own:
            made.append(float("nan"))
        elif up:
            made.append(own[0])
        else:
            made.append(own[-1] - 1.0 if plain.family.discrete else float(np.nextafter(own[-1], -np.inf)))
    return made


def error_of_value_at_error(
    mixture: Mixture,
    threshold: Threshold,
    value: float,
    rate: float,
    covariance: Array | None,
    called: Side = "above",
    among: Among = "called",
) -> float | None:
    """The standard error of what `value_at_error` gives, by the delta method, in the data's unit.

    covariance: as for `core.thresholds.crossings.standard_error`. None where there is none, for whole numbers, and
    where the value is at no finite place or the error rate does not change with it. Raises ValueError where the
    covariance is of another shape.
    """
    plain = mixture.plain
    family, k = plain.family, plain.n_components
    if covariance is None or family.discrete or not np.isfinite(value):
        return None
    if covariance.shape != (k * (1 + len(family.domains)),) * 2:
        raise ValueError("the covariance must be of all weights and parameters")
    upper, up = belong_above(plain, threshold), called == "above"
    wrong = ~upper if up else upper
    # What must be 0 is the sum of factor · weight · (share on the side called − allowed).
    factor = wrong.astype(np.float64) if among == "members" else wrong - rate
    allowed = rate if among == "members" else 0.0
    at = np.array([value])

    def called_of(parameters: dict[str, Array], places: Array = at) -> Array:
        below = np.asarray(family.cdf(parameters, places))
        return 1.0 - below if up else below

    with np.errstate(all="ignore"):
        here = dict(plain.parameters)
        step = STEP * float(family.spread(plain.parameters).min())
        ends = value + step * np.array([-1.0, 1.0])
        totals = (factor * plain.weights) @ called_of(here, ends)
        slope = float((totals[1] - totals[0]) / (ends[1] - ends[0]))
        slopes = [factor * (called_of(here)[:, 0] - allowed)]
        units = family.units(plain.parameters)
        for name, domain in family.domains.items():
            values, steps = plain.parameters[name], np.full((k, 1), STEP)
            low, high = domain.moved(values, -steps, units), domain.moved(values, steps, units)
            of_low, of_high = (called_of({**here, name: each})[:, 0] for each in (low, high))
            moves = factor * plain.weights * (of_high - of_low) / (high - low)
            slopes.append(np.where(np.isnan(values), 0.0, moves))
        by_parameters = np.concatenate(slopes) / slope
        variance = float(by_parameters @ covariance @ by_parameters)
    return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else None
