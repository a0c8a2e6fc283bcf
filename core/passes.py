"""E steps by compiled passes, where the family has one and the rows are many; the same numbers as block by block."""

from __future__ import annotations

import numpy as np

from core import kernels
from core.data import Array, Data
from core.engine import Rows, blocks, side_by_side, summed
from core.families.gaussian import LOG_SQRT_2PI, SQUARES, Gaussian
from core.mixture import Mixture, Statistics
from core.moments import MeanAndSd

SPAN = 1 << 16
"""Rows whose sums are added one after the other, whatever the number of threads; those of spans are added in pairs."""
FARTHEST = 1e3
"""Squared shift of a mean, in variances, beyond which the sums are made again about the new mean: three digits."""
MOST_PASSES = 3
NO_COUNTS = np.empty(0)


def expect(mixture: Mixture, rows: Rows, data: Data) -> Statistics | None:
    """The E step of these rows of the data; None where NumPy is to make it.

    Not finite where a row's density is 0 under every component.
    """
    if type(mixture.family) is not Gaussian or not kernels.ready(len(data) * mixture.n_components):
        return None
    means, sds = mixture.parameters["mean"], mixture.parameters["sd"]
    if max(data.maximum[0], -data.minimum[0], np.abs(means).max()) / SQUARES > sds.min():
        return None  # squares would overflow: NumPy's way knows what to do
    shifts = np.zeros(len(means))
    for _ in range(MOST_PASSES):
        sums = _of_normals(mixture, list(blocks(rows, SPAN)), shifts)
        counts, firsts, seconds = sums[:-3].reshape(3, -1)
        held = np.where(counts > 0, counts, 1.0)
        offsets, squares = firsts / held, seconds / held
        variances = squares - np.square(offsets)
        if not (np.square(offsets) > FARTHEST * variances).any():
            break
        shifts = shifts + offsets
    tops, logs, n = sums[-3:]
    log_likelihood = float(tops + logs)
    standing = np.where(counts > 0, log_norms(mixture), 0.0)
    of_squares = seconds + 2.0 * shifts * firsts + np.square(shifts) * counts
    entropy = log_likelihood - float((counts * standing - 0.5 * of_squares).sum())
    moments = MeanAndSd(means, sds * (shifts + offsets), sds * np.sqrt(np.maximum(variances, 0.0)))
    return Statistics(counts, moments, log_likelihood, entropy, float(n))


def log_norms(mixture: Mixture) -> Array:
    """ln(w / (sd √2π)) of normal components, (K,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(mixture.weights) - np.log(mixture.parameters["sd"]) - LOG_SQRT_2PI)


def _of_normals(mixture: Mixture, spans: list[tuple[Array, Array | None]], shifts: Array) -> Array:
    """The sums of the compiled E step, (3 K + 3,), over spans of rows."""
    from core.kernels.normal import e_step

    norms, means, inverse_sds = log_norms(mixture), mixture.parameters["mean"], 1.0 / mixture.parameters["sd"]

    def span(place: int) -> Array:
        values, counts = (None if one is None else np.ascontiguousarray(one) for one in spans[place])
        made = np.empty(3 * len(means) + 3)
        e_step(values, NO_COUNTS if counts is None else counts, norms, means, inverse_sds, shifts, made)
        return made

    return summed(side_by_side(span, len(spans)))
