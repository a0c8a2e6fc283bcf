"""What the figures of goodness of fit say, in a sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.formatting import digits
from core.goodness.judgement import Goodness
from core.goodness.points import Envelope, Points

SPEAKS = 0.05
"""p-value up to which the data are said to depart from the model."""
TAIL = 0.1
"""Share of the rows at either end that is called a tail."""


def verdict(of: Goodness, envelope: Envelope | None = None) -> str:
    """Whether the data depart from the model, and where. Without p-values what the envelope shows."""
    leading = of.measured.leading
    if not leading:
        return of.measured.why_not
    p = of.p_values.get(leading)
    if p is not None and p > SPEAKS:
        return f"Nothing here speaks against this model: p = {p_text(p, of.n_sets)}."
    if p is not None:
        return f"The data depart from this model{_where(of)}: p = {p_text(p, of.n_sets)}."
    if of.points is None or envelope is None:
        return ""
    outside = envelope.outside(of.points)
    if outside.any():
        return f"The data leave the envelope{_about(of.points, outside)}."
    return "All points are within the envelope." if envelope.refitted else WIDE


WIDE = (
    "All points are within the envelope; but it is of sets that are not refitted, and too wide: only p-values tell "
    "whether the data depart from this model."
)


def p_text(p: float, n_sets: int) -> str:
    """A p-value in as many digits as the sets give."""
    return f"{p:.{2 if n_sets < 200 else 3}f}" if p >= 0.001 else f"{p:.1g}"


def _where(of: Goodness) -> str:
    if of.measured.cells is not None and of.measured.observed is not None and of.measured.expected is not None:
        expected = np.maximum(of.measured.expected, 1e-300)
        at = int(np.abs((of.measured.observed - expected) / np.sqrt(expected)).argmax())
        low, high = float(of.measured.cells.low[at]), float(of.measured.cells.high[at])
        if np.isneginf(low):
            return f", most of all up to {digits(high)}"
        return f", most of all above {digits(low)}" + ("" if np.isposinf(high) else f" up to {digits(high)}")
    return "" if of.points is None else _about(of.points, np.ones(len(of.points.p), dtype=np.bool_))


def _about(points: Points, among: NDArray[np.bool_]) -> str:
    """The tail that most of what A² adds up is from, or the value in the middle where rows are farthest."""
    squares = np.where(among, np.square(points.z), 0.0)
    held = np.diff(points.p, prepend=0.0) * squares
    left, right = points.p < TAIL, points.p > 1.0 - TAIL
    parts = [float(held[left].sum()), float(held[right].sum()), float(held[~(left | right)].sum())]
    if parts[2] < max(parts[:2]):
        return " in the left tail" if parts[0] >= parts[1] else " in the right tail"
    return f" about {digits(float(points.values[int(np.where(left | right, -1.0, squares).argmax())]))}"
