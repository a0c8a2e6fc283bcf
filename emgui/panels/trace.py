"""Traces of a run cut to what a screen can show: at most a few hundred points, however long the tape."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np

from core.data import Array

MOST = 480
"""Points of a drawn line."""
LEFT_OUT = 0.12
"""Share of the first iterations that the y range leaves out, so that the tail can be read."""
SHORTEST = 20
"""Iterations that the empty time line has room for."""
CALM = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def thinned(values: Array, first: int, last: int) -> tuple[Array, Array]:
    """Iterations and values from first to last: all of them, or the smallest and largest of every stretch."""
    first, last = max(0, first), min(last, len(values) - 1)
    if last < first:
        return np.empty(0), np.empty(0)
    n = last - first + 1
    if n <= MOST:
        return np.arange(first, last + 1, dtype=float), values[first : last + 1]
    starts = first + (np.arange(MOST // 2) * n) // (MOST // 2)
    part = values[: last + 1]
    ends = np.append(starts[1:], last + 1) - 1
    iterations = np.stack([starts, ends], axis=1).ravel().astype(float)
    low, high = np.minimum.reduceat(part, starts), np.maximum.reduceat(part, starts)
    is_falling = part[starts] > part[ends]
    pairs = np.where(is_falling[:, np.newaxis], np.stack([high, low], axis=1), np.stack([low, high], axis=1))
    pairs[-1, 1] = part[last]
    return iterations, pairs.ravel()


def stairs(after_e: Array, after_m: Array, first: int, last: int, open_end: bool) -> tuple[Array, Array]:
    """The lower bound from iteration first to last: to F after each M step, then straight to F after the E step.

    open_end: the last E step is still to be done. F after the E step is the log-likelihood, unless the variant's
    responsibilities are others than the posterior.
    """
    first, last = max(0, first), min(last, len(after_m) - 1)
    if last <= first:
        return np.empty(0), np.empty(0)
    iterations = np.repeat(np.arange(first, last + 1, dtype=float), 2)[1:]
    heights = np.stack([after_m[first : last + 1], after_e[first : last + 1]], axis=1).ravel()[1:]
    return (iterations[:-1], heights[:-1]) if open_end else (iterations, heights)


def calm_end(last: float) -> float:
    """The end of an axis that shows `last` iterations: a round number, so that a growing run moves it seldom."""
    if last <= SHORTEST:
        return float(SHORTEST)
    power = 10.0 ** floor(log10(last))
    return float(next(ceil(step * power) for step in CALM if step * power >= last))


def tail_start(first: int, last: int) -> int:
    """The first of the iterations first to last that the y range has to show."""
    return first + int(LEFT_OUT * (last - first))
