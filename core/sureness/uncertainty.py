"""How sure the parameters of a fit are: standard errors and intervals from the curvature of the log-likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.constraints import Constraints
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
STILL = 1e-9
"""Of its size, or of the sd of a component for a location: what moves no more than that does so by rounding alone."""
TOUCHING = 1e-9
HELD, BOUND, LIMIT, END = "held", "at bound", "at limit", "end"
"""Why a number has no standard error: it is held at a value, at a bound, at the end of its range; or is an end itself.

At an end or a bound the log-likelihood does not bend, so that neither its curvature nor replicates tell anything.
"""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Standard errors and 95 % intervals of weights and parameters of the population, by name, as the components stand.

    standard_errors: (K, …), NaN where a parameter has none (see `why_none`); intervals (K, …, 2). Intervals are
    symmetric for locations, in the logarithm for scales and in the log-odds for weights, so that none reaches what the
    parameter cannot be. is_sandwich: whether the scores of the rows are in them, as they must be where rows are
    weighted.
    covariance: of all these numbers in the order of `stacked`: the K weights, then each parameter's K values in the
    order of the plain family (of several columns each component's numbers row by row); 0 where a number has none, or a
    component no such number. It is in the units of the parameters, squared.
    """

    standard_errors: Mapping[str, Array]
    intervals: Mapping[str, Array]
    covariance: Array
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
    why = why_none(problem.constraints, mixture)
    errors: dict[str, Array] = {}
    intervals: dict[str, Array] = {}
    moves: list[Array] = []
    for name, values in numbers(mixture).items():
        variances = np.einsum("...i,ij,...j->...", slopes[name], covariance, slopes[name])
        sds = np.sqrt(np.maximum(variances, 0.0))
        sds[(why[name] != "") | is_still(plain, name, values, sds)] = np.nan
        if name == WEIGHT and np.isfinite(sds).sum() < 2:
            sds[:] = np.nan  # it is what the others leave of 1
        moves.append(np.where(np.isfinite(sds)[..., np.newaxis], slopes[name], 0.0).reshape(sds.size, -1))
        errors[name] = sds
        domain = PROBABILITY if name == WEIGHT else plain.family.domains[name]
        intervals[name] = _interval(plain, domain, values, sds)
    of_all = np.concatenate(moves)
    return Uncertainty(errors, intervals, of_all @ covariance @ of_all.T, is_sandwich)


def why_none(constraints: Constraints, mixture: Mixture) -> dict[str, NDArray[np.str_]]:
    """Why numbers of the population have no standard error, in a word: name → (K, …), "" where they have one."""
    plain = mixture.plain
    fixed = constraints.fixed(mixture) if not mixture.family.shared else {}
    bounds = constraints.bounds(mixture) if constraints.items else {}
    made: dict[str, NDArray[np.str_]] = {}
    for name, values in numbers(mixture).items():
        domain = PROBABILITY if name == WEIGHT else plain.family.domains[name]
        why = np.full(values.shape, "", dtype="<U8")
        if domain.is_end:
            why[:] = END
        why[domain.at_limit(values)] = LIMIT
        if name in bounds:
            low, high = bounds[name]
            room = TOUCHING * np.abs(values)
            why[(values <= low + room) | (values >= high - room)] = BOUND
        if name in fixed:
            why[fixed[name]] = HELD
        made[name] = why
    return made


def is_still(plain: Mixture, name: str, values: Array, sds: Array) -> NDArray[np.bool_]:
    """Which numbers (K, …) do not move by more than rounding, by their sds."""
    if name != WEIGHT and plain.family.domains[name].is_location:
        size = plain.family.units(plain.parameters).max(axis=1)
    else:
        size = np.abs(values).reshape(len(values), -1).max(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(sds <= STILL * size.reshape(-1, *(1,) * (values.ndim - 1)))


def stacked(mixture: Mixture) -> Array:
    """All numbers of a mixture of the population one behind the other, as `Uncertainty.covariance` has them."""
    return np.concatenate([values.ravel() for values in numbers(mixture).values()])


def _slopes(bend: Curvature, sizes: Array) -> dict[str, Array]:
    """How each number of the plain mixture moves with each free direction, by name, (K, …, F)."""
    made: dict[str, list[Array]] = {name: [] for name in numbers(bend.mixture)}
    for direction, size in enumerate(sizes):
        step = STEP * float(size)
        moved = {times: numbers(_moved(bend, times * step * bend.spread[:, direction])) for times in (-2, -1, 1, 2)}
        for name, columns in made.items():
            near, far = moved[1][name] - moved[-1][name], moved[2][name] - moved[-2][name]
            columns.append((8.0 * near - far) / (12.0 * step))
    here = numbers(bend.mixture)
    return {name: np.stack(of, axis=-1) if of else np.zeros((*here[name].shape, 0)) for name, of in made.items()}


def _moved(bend: Curvature, steps: Array) -> Mixture:
    """The mixture after local steps; where weights hang on parameters these follow them."""
    moved = bend.moved(steps)
    family = moved.family
    if family.directions(moved.weights, moved.parameters) is None:
        return moved
    return Mixture(family, moved.weights, family.maximize(moved.weights, None), moved.ids)


def numbers(mixture: Mixture) -> dict[str, Array]:
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
