"""The weights that maximise Σ a log w where some are fixed, bounded or equal: exactly, by filling up with water."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import Array


@dataclass(frozen=True, eq=False)
class HeldWeights:
    """What the weights are held to: low and high (K,), groups (K,) of equal ones, and the prior's concentration.

    The bounds of a group are the same for all of it.
    """

    low: Array
    high: Array
    groups: NDArray[np.intp]
    concentration: float = 1.0

    @property
    def is_held(self) -> bool:
        """Whether the weights are held to anything, the prior aside."""
        return bool((self.low > 0).any() or (self.high < 1).any() or len(np.unique(self.groups)) < len(self.groups))

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Which weights are held at a value, (K,)."""
        return np.asarray(self.low == self.high)

    @property
    def n_free(self) -> int:
        """Number of free weights, of which the sum takes one."""
        return max(0, len(np.unique(self.groups[~self.fixed])) - 1)

    def maximize(self, counts: Array) -> Array:
        """The weights (K,) that maximise Σ (count + concentration − 1) log weight and sum to 1."""
        shares = counts + (self.concentration - 1.0)
        if not self.is_held:
            return np.asarray(shares / shares.sum())
        _, first, which, sizes = np.unique(self.groups, return_index=True, return_inverse=True, return_counts=True)
        pooled = np.bincount(which, shares) / sizes
        return filled(pooled, sizes.astype(np.float64), self.low[first], self.high[first])[which]


def filled(shares: Array, sizes: Array, low: Array, high: Array) -> Array:
    """The w (G,) that maximise Σ sizes · shares · log w with low ≤ w ≤ high and Σ sizes · w = 1.

    They are w = clip(t · shares, low, high), and the sum is a broken line in t that never falls: the piece of it that
    crosses 1 gives t without iteration.
    """
    rising = shares > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.concatenate([low[rising] / shares[rising], high[rising] / shares[rising]])
    breaks = np.unique(ends)
    heights = np.clip(breaks[:, np.newaxis] * np.where(rising, shares, 0.0), low, high) @ sizes
    above = int(np.searchsorted(heights, 1.0))
    if above == len(breaks):  # those without rows share what is left, as far as they may
        return _left_over(np.where(rising, high, low), ~rising, sizes, high)
    if above == 0 or heights[above] == 1.0:
        return np.asarray(np.clip(breaks[above] * shares, low, high))
    middle = 0.5 * (breaks[above - 1] + breaks[above])
    moving = rising & (middle * shares > low) & (middle * shares < high)
    held = np.clip(middle * shares, low, high)
    level = (1.0 - (sizes * held)[~moving].sum()) / (sizes * shares)[moving].sum()
    return np.asarray(np.where(moving, np.clip(level * shares, low, high), held))


def _left_over(weights: Array, takers: Any, sizes: Array, high: Array) -> Array:
    """The weights with what is missing to 1 given to the takers alike, none of them above its bound."""
    for _ in range(len(weights)):
        missing = 1.0 - float(sizes @ weights)
        able = takers & (weights < high)
        if missing <= 0.0 or not able.any():
            break
        weights = np.where(able, np.minimum(weights + missing / sizes[able].sum(), high), weights)
    return np.asarray(weights / (sizes @ weights))
