"""Parameters made to conform: fixed values put in, ties averaged, orders kept, everything within its bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.constraints.coordinates import Coordinates
from core.constraints.holding import Held
from core.data import Array
from core.errors import InputError
from core.mixture import Mixture


def conformed(held: Held, at: Coordinates, values: Array) -> Array:
    """The values (d, K) nearest to these, or nearly so, that conform. Raises InputError where there are none."""
    steps = np.where(held.present, at.steps(values), np.nan)
    low, high = at.steps(held.low), at.steps(held.high)
    if len(held.proportional):
        location, scale = held.ratio
        lowest = max(-np.inf, *(low[scale] - high[location])[held.proportional])
        highest = min(np.inf, *(high[scale] - low[location])[held.proportional])
        if lowest > highest + 1e-12:
            raise InputError("A common sd / mean contradicts the values and bounds of the components.")
        logs = np.where(np.isfinite(steps[location]), steps[location], np.nan)  # a mean below 0 has none
        ratio = (steps[scale] - logs)[held.proportional]
        middle = float(np.nanmean(ratio)) if np.isfinite(ratio).any() else 0.0
        ratio = np.clip(middle, lowest, highest)
        steps[location] = np.where(np.isfinite(logs), logs, steps[scale] - ratio)
        low[location, held.proportional] = np.maximum(low[location], low[scale] - ratio)[held.proportional]
        high[location, held.proportional] = np.minimum(high[location], high[scale] - ratio)[held.proportional]
    for row in range(len(steps)):
        steps[row] = _row(held, row, steps[row], low[row], high[row])
    if len(held.proportional):
        steps[scale, held.proportional] = steps[location, held.proportional] + ratio
    made = at.values(steps)
    if len(held.proportional) and not held.ordered[location]:  # the others may be below 0, where there is no logarithm
        others = np.setdiff1d(np.arange(made.shape[1]), held.proportional)
        made[location, others] = values[location, others]
    return put_in(held, made)


def put_in(held: Held, values: Array) -> Array:
    """Values that conform but for rounding, with fixed values and bounds to the last digit."""
    return np.asarray(np.where(held.present, np.clip(values, held.low, held.high), np.nan))


def conforms(held: Held, values: Array) -> bool:
    """Whether values (d, K) are what they are held to, but for rounding."""
    here = held.present
    within = ((held.low <= values) & (values <= held.high) | ~here).all()
    first = np.take_along_axis(values, held.groups, axis=1)
    equal = np.isclose(values, first, rtol=1e-12, atol=0.0) | ~here
    chains = [values[row, held.order[here[row, held.order]]] for row in np.flatnonzero(held.ordered)]
    ordered = all((np.diff(chain) >= 0).all() for chain in chains)
    kept = True
    if len(held.proportional):
        location, scale = values[held.ratio[0], held.proportional], values[held.ratio[1], held.proportional]
        kept = bool((location > 0).all() and np.ptp(np.log(scale) - np.log(location)) < 1e-12)
    return bool(within and equal.all() and ordered and kept)


def arranged(held: Held, mixture: Mixture) -> Mixture:
    """The components of a start handed round so that they stand in order, or nearest to the places that are fixed.

    Which is which in a start is chance; numbers in constraints are not.
    """
    if held.family.of_components is not None or held.all_free:
        return mixture
    order = np.arange(mixture.n_components, dtype=np.intp)
    if held.ordered.any():
        values = mixture.parameters[held.names[int(np.argmax(held.ordered))]]
        order[held.order] = np.argsort(values, kind="stable")
    else:
        for name, domain, fixed, targets in zip(
            held.names, held.family.domains.values(), held.fixed, held.low, strict=True
        ):
            if domain.is_location and fixed.any():
                order = _nearest(mixture.parameters[name], np.flatnonzero(fixed), targets)
                break
    parameters = {name: array[order] for name, array in mixture.parameters.items()}
    return Mixture(mixture.family, mixture.weights[order], parameters, mixture.ids)


def _nearest(values: Array, fixed: NDArray[np.intp], targets: Array) -> NDArray[np.intp]:
    """Which component to put at each position so that those at fixed places are the nearest to them."""
    order = np.arange(len(values), dtype=np.intp)
    away = np.abs(values - targets[fixed, np.newaxis])
    if np.isclose(away[np.arange(len(fixed)), fixed], 0.0).all():
        return order
    chosen: dict[int, int] = {}
    for place in np.argsort(away, axis=None, kind="stable"):
        one, other = divmod(int(place), len(values))
        if int(fixed[one]) not in chosen and other not in chosen.values():
            chosen[int(fixed[one])] = other
    left = iter(i for i in range(len(values)) if i not in chosen.values())
    return np.array([chosen[i] if i in chosen else next(left) for i in range(len(values))], dtype=np.intp)


def _row(held: Held, row: int, steps: Array, low: Array, high: Array) -> Array:
    """One parameter's steps (K,) with ties averaged, orders kept and bounds."""
    here, groups = held.present[row], held.groups[row]
    steps = steps.copy()
    bounded = np.clip(steps, np.maximum(low, -1e300), np.minimum(high, 1e300))
    for label in np.unique(groups[here]):
        members = here & (groups == label)
        steps[members] = np.mean(bounded[members])
    if held.ordered[row]:
        chain = held.order[here[held.order]]
        steps[chain] = increasing(steps[chain])
    return np.asarray(np.where(here, np.clip(steps, low, high), np.nan))


def increasing(values: Array, weights: Array | None = None) -> Array:
    """The nearest values that never fall: neighbours out of order are pooled to their mean (Barlow et al. 1972)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, np.ones_like(values) if weights is None else weights, strict=True):
        mean, held, size = float(value), float(weight), 1
        while pools and pools[-1][0] > mean:
            before, more, others = pools.pop()
            mean, held, size = (before * more + mean * held) / (more + held), more + held, others + size
        pools.append((mean, held, size))
    return np.repeat([mean for mean, _, _ in pools], [size for _, _, size in pools])
