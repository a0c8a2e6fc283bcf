"""What components of transformed values mean in the unit of the original ones."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from core.data import Array
from core.mixture import Mixture
from core.transforms import LN_10, Standardise, Transform

CENTRAL = 0.68
"""Share of a component's values that its interval holds."""

QUANTILES = (0.5, 0.5 - CENTRAL / 2, 0.5 + CENTRAL / 2)
_AWAY = NormalDist().inv_cdf(QUANTILES[2])
_STEPS = 2_200
"""Halvings after which an interval between any two float64 numbers is empty."""


def in_original_unit(mixture: Mixture, transforms: Sequence[Transform]) -> list[dict[str, Any]]:
    """For each component, in its order, what is known of it in the unit of the columns before these transforms.

    Of standardised values: mean and sd (or covariance), or location and scale. Of logarithms, where components are
    normal: median and factor_sd (a value is this many times the median, or this part of it, one sd away), mean and sd.
    Else median and interval, which holds the central 68 % of the component. Numbers, or lists of them for several
    columns; None where there is no such number, as where a normal component of square roots reaches below 0.
    """
    names = mixture.family.of_components or (mixture.family.name,) * mixture.n_components
    quantiles = None
    found = []
    for k, name in enumerate(names):
        own = {key: array[k] for key, array in mixture.parameters.items()}
        if isinstance(transforms[0], Standardise) and name in ("gaussian", "student_t"):
            found.append(_rescaled(own, transforms))
        elif name == "gaussian":
            found.append(_of_normal(own, transforms))
        else:
            quantiles = _quantiles(mixture) if quantiles is None else quantiles
            found.append(_between(transforms, *quantiles[:, k, np.newaxis]))
    return found


def _rescaled(own: dict[str, Array], transforms: Sequence[Transform]) -> dict[str, Any]:
    """The parameters of a family of locations and scales, exactly."""
    centres = np.array([transform.centre for transform in transforms])
    units = np.array([transform.unit for transform in transforms])
    to_unit = {
        "mean": lambda of: centres + units * of,
        "location": lambda of: centres + units * of,
        "sd": lambda of: units * of,
        "scale": lambda of: units * of,
        "covariance": lambda of: np.outer(units, units) * of,
    }
    return {key: _told(to_unit[key](own[key])) for key in own if key in to_unit and not np.isnan(own[key]).any()}


def _of_normal(own: dict[str, Array], transforms: Sequence[Transform]) -> dict[str, Any]:
    means = np.atleast_1d(own["mean"])
    sds = np.atleast_1d(own["sd"]) if "covariance" not in own else np.sqrt(np.diagonal(own["covariance"]))
    if transforms[0].name not in ("log", "log10"):
        return _between(transforms, means, means - _AWAY * sds, means + _AWAY * sds)
    base = LN_10 if transforms[0].name == "log10" else 1.0
    means, sds = means * base, sds * base
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.exp(means + 0.5 * sds**2)
        return {
            "median": _told(np.exp(means)),
            "factor_sd": _told(np.exp(sds)),
            "mean": _told(mean),
            "sd": _told(mean * np.sqrt(np.expm1(sds**2))),
        }


def _between(transforms: Sequence[Transform], middle: Array, low: Array, high: Array) -> dict[str, Any]:
    """Median and interval, from quantiles of the transformed values (d,) each."""
    back = [[float(of.backward(y[column])) for y in (middle, low, high)] for column, of in enumerate(transforms)]
    intervals = [[_number(min(ends)), _number(max(ends))] for _, *ends in back]
    medians = [_number(median) for median, *_ in back]
    one = len(back) == 1
    return {"median": medians[0] if one else medians, "interval": intervals[0] if one else intervals}


def _quantiles(mixture: Mixture) -> Array:
    """The `QUANTILES` of each component, (3, K), by bisection."""
    family, parameters = mixture.family, mixture.parameters
    found = np.empty((len(QUANTILES), mixture.n_components))
    for row, share in enumerate(QUANTILES):
        low, high = _around(mixture, share)
        for _ in range(_STEPS):
            middle = low + 0.5 * (high - low)
            if ((middle <= low) | (middle >= high)).all():
                break
            with np.errstate(all="ignore"):
                below = np.diagonal(family.cdf(parameters, middle)) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        found[row] = high
    return found


def _around(mixture: Mixture, share: float) -> tuple[Array, Array]:
    """Numbers (K,) below and above the quantile of each component."""
    family, parameters = mixture.family, mixture.parameters
    middle, reach = family.location(parameters), family.spread(parameters)
    low, high = middle - reach, middle + reach
    for _ in range(1000):
        with np.errstate(all="ignore"):
            too_high = np.diagonal(family.cdf(parameters, low)) >= share
            too_low = np.diagonal(family.cdf(parameters, high)) < share
        if not (too_high | too_low).any():
            break
        reach = 2.0 * reach
        low, high = np.where(too_high, middle - reach, low), np.where(too_low, middle + reach, high)
    return low, high


def _told(numbers: Array) -> Any:
    """Numbers as JSON has them: one alone where there is one, None for what is no number."""
    told = np.asarray(numbers, dtype=np.float64)
    if told.size == 1:
        return _number(float(told.ravel()[0]))
    return [_told(of) for of in told]


def _number(number: float) -> float | None:
    return number + 0.0 if np.isfinite(number) else None
