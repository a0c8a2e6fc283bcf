"""M steps under constraints of which the maximum can be written down."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.constraints.conforming import increasing
from core.constraints.holding import Held, Mask
from core.data import Array
from core.moments import MeanAndSd

MEAN_AND_SD = {("mean", "sd"), ("log_mean", "log_sd")}
"""Parameters that are the mean and sd of the rows, or of their logarithms, as normal distributions have them."""


def within(held: Held, best: Array) -> Array:
    """The unconstrained parameters (d, K) cut to their bounds: the maximum where a component has one parameter.

    The same goes for a background component: rows outside its ends have no share in it.
    """
    return np.asarray(np.where(held.present, np.clip(best, held.low, held.high), np.nan))


def settled(held: Held, best: Array) -> Mask:
    """Components (K,) of which the unconstrained parameters, cut to their bounds, are the maximum under constraints."""
    cut = within(held, best)
    untouched = ((cut == best) | ~held.present).all(axis=0)
    single = (held.present.sum(axis=0) == 1) | np.broadcast_to(held.family.noise, len(held.order))
    done = (untouched | single) & ~held.shared.any(axis=0) & ~held.prior_rows.any(axis=0)
    done[held.proportional] = False
    for row in np.flatnonzero(held.ordered):
        chain = held.order[held.present[row, held.order]]
        if not done[chain].all() or (np.diff(cut[row, chain]) < 0).any():
            done[chain] = False
    return np.asarray(done)


def by_family(held: Held, counts: Array, moments: Any) -> Array | None:
    """The maximum (d, K) where the family itself knows it within limits; None where it does not."""
    if len(held.proportional) or not held.names:
        return None
    found = held.family.maximize_within(counts, moments, held.limits)
    if found is None:
        return None
    made = np.array([found[name] for name in held.names])
    return made if _in_order(held, made) else None


def normal(held: Held, counts: Array, moments: Any, best: Array, moving: Mask) -> Array | None:
    """The maximum for normal and lognormal components with means apart from each other; None where they are not.

    The mean is cut to its bounds, whatever the sd; the sd is then that about it, pooled over those who share it and
    with the rows of the prior, and cut to its bounds (its log-likelihood rises before its maximum and falls after).
    Where sds are ordered, neighbouring variances out of order are pooled (Robertson, Wright and Dykstra 1988, section
    1.5), which with one pair of bounds for all is the maximum too.
    """
    if held.names not in MEAN_AND_SD or not isinstance(moments, MeanAndSd) or len(held.proportional):
        return None
    k = len(counts)
    apart = (held.groups[0] == np.arange(k)) | held.fixed[0]
    if not apart[held.groups[0]].all() or not apart.all():
        return None
    means = np.clip(best[0], held.low[0], held.high[0])
    sds = np.hypot(moments.sds, np.where(means == best[0], 0.0, (moments.centres - means) + moments.offsets))
    rows, seen = held.prior_rows[1], held.prior_values[1]
    size = max(float(sds.max()), float(seen.max())) or 1.0
    squares = np.bincount(held.groups[1], counts * np.square(sds / size) + rows * np.square(seen / size), k)
    shares = np.bincount(held.groups[1], counts + rows, k)
    variances = np.divide(squares, shares, out=np.zeros(k), where=shares > 0)[held.groups[1]]
    variances = np.where(shares[held.groups[1]] > 0, variances, np.square(best[1] / size))
    ends = held.low[1], held.high[1]
    if held.ordered[1] and (np.diff(variances[held.order]) < 0).any():
        if any((end != end[0]).any() for end in ends):
            return None
        variances[held.order] = increasing(variances[held.order], np.maximum(counts + rows, 1e-300)[held.order])
    made = np.array([means, np.clip(size * np.sqrt(variances), *ends)])
    return np.where(moving, made, best) if _in_order(held, made) else None


def _in_order(held: Held, values: Array) -> bool:
    """Whether values (d, K), none of them missing, stand in the order that they are held to."""
    return all((np.diff(values[row, held.order]) >= 0).all() for row in np.flatnonzero(held.ordered))
