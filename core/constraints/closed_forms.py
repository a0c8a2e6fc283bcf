"""M steps under constraints of which the maximum can be written down."""

from __future__ import annotations

from typing import Any

import numpy as np

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


def normal(held: Held, counts: Array, moments: Any, best: Array, moving: Mask) -> Array | None:
    """The maximum for normal and lognormal components with means apart from each other; None where they are not.

    The mean is cut to its bounds, whatever the sd; the sd is then that about it, pooled over those who share it and
    with the rows of the prior, and cut to its bounds (its log-likelihood rises before its maximum and falls after).
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
    pooled = size * np.sqrt(np.divide(squares, shares, out=np.zeros(k), where=shares > 0))[held.groups[1]]
    pooled = np.where(shares[held.groups[1]] > 0, pooled, best[1])
    made = np.array([means, np.clip(pooled, held.low[1], held.high[1])])
    for row in np.flatnonzero(held.ordered):
        if (np.diff(made[row, held.order]) < 0).any():
            return None
    return np.where(moving, made, best)
