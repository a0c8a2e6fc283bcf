"""How sure the parameters of a fit are: standard errors and intervals from the curvature of the log-likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.curvature import Curvature, curvature, score_products
from core.data import Array
from core.expectation import Problem
from core.families.domains import PROBABILITY, Domain
from core.mixture import Mixture

Z = 1.959963984540054
"""Quantile of the standard normal distribution that leaves 2.5 % beyond it."""
STEP = 1e-3
"""Of the differences, in standard errors of a free direction: their error is its fourth power."""
WEIGHT = "weight"


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Standard errors and 95 % intervals of weights and parameters of the population, by name, as the components stand.

    standard_errors: (K, …), NaN where a parameter is held at a value; intervals (K, …, 2). Intervals are symmetric for
    locations, in the logarithm for scales and in the log-odds for weights, so that none reaches what the parameter
    cannot be. is_sandwich: whether the scores of the rows are in them, as they must be where rows are weighted.
    """

    standard_errors: Mapping[str, Array]
    intervals: Mapping[str, Array]
    is_sandwich: bool = False


def uncertainty(problem: Problem, mixture: Mixture) -> Uncertainty | None:
    """What the curvature at a maximum says of its parameters; None where it is none, or no curvature is known.

    From the inverse of the observed information (Louis 1982); of rows that are weighted by their reliability from the
    sandwich of it with the products of the rows' scores (White 1982).
    """
    bend = curvature(problem, mixture)
    if not bend.is_maximum or problem.constraints.has_prior:
        return None
    covariance = np.linalg.inv(bend.negative_hessian)
    is_sandwich = bool(problem.data.weighted_by)
    if is_sandwich:
        covariance = covariance @ score_products(problem, bend) @ covariance
    slopes, plain = _slopes(bend, np.sqrt(np.diag(covariance))), mixture.plain
    held = problem.constraints.fixed(mixture)
    errors: dict[str, Array] = {}
    intervals: dict[str, Array] = {}
    for name, values in _numbers(mixture).items():
        variances = np.einsum("...i,ij,...j->...", slopes[name], covariance, slopes[name])
        sds = np.sqrt(np.maximum(variances, 0.0))
        if name in held:
            sds[held[name]] = np.nan
        if name == WEIGHT and len(values) == 1:
            sds[:] = np.nan  # it is 1
        errors[name] = sds
        domain = PROBABILITY if name == WEIGHT else plain.family.domains[name]
        intervals[name] = _interval(plain, domain, values, sds)
    return Uncertainty(errors, intervals, is_sandwich)


def _slopes(bend: Curvature, sizes: Array) -> dict[str, Array]:
    """How each number of the plain mixture moves with each free direction, by name, (K, …, F)."""
    made: dict[str, list[Array]] = {name: [] for name in _numbers(bend.mixture)}
    for direction, size in enumerate(sizes):
        step = STEP * float(size)
        moved = {times: _numbers(bend.moved(times * step * bend.spread[:, direction])) for times in (-2, -1, 1, 2)}
        for name, columns in made.items():
            near, far = moved[1][name] - moved[-1][name], moved[2][name] - moved[-2][name]
            columns.append((8.0 * near - far) / (12.0 * step))
    return {name: np.stack(columns, axis=-1) for name, columns in made.items()}


def _numbers(mixture: Mixture) -> dict[str, Array]:
    """Weights and parameters of the population, by name; NaN where a component has none."""
    plain = mixture.plain
    return {WEIGHT: plain.weights, **plain.parameters}


def _interval(plain: Mixture, domain: Domain, values: Array, sds: Array) -> Array:
    """The 95 % interval of each value, (K, …, 2)."""
    if values.ndim > 1:
        return np.asarray(values[..., np.newaxis] + Z * sds[..., np.newaxis] * np.array([-1.0, 1.0]))
    unit = plain.family.units(plain.parameters)
    with np.errstate(all="ignore"):
        here = np.full((len(values), 1), STEP)
        slope = (domain.moved(values, here, unit) - domain.moved(values, -here, unit)) / (2.0 * STEP)
        reach = (Z * sds / slope)[:, np.newaxis]
        ends = np.stack([domain.moved(values, -reach, unit), domain.moved(values, reach, unit)], axis=-1)
    return np.asarray(np.where(np.isfinite(sds)[:, np.newaxis], ends, np.nan))
