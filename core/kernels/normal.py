"""Compiled passes for normal distributions of one column."""

from __future__ import annotations

import numpy as np
from numba import float64, njit, types

from core.kernels.exponential import exp, log

TILE = 512
"""Rows worked on at a time: a tile of K components lies in the nearest cache."""
PER_LOGARITHM = 64
"""Rows whose sums over components, each from 1 to K, are multiplied before one logarithm is taken of all."""

exact = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
adding = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
READ = types.Array(float64, 1, "C", readonly=True)
"""A row of numbers that is only read: what may be written to is one, too."""


@exact
def _stand(x, mean, inverse_sd, log_norm, joint, top, is_first):  # type: ignore[no-untyped-def]
    """ln(w f(x)) of one component for a tile of rows, and the highest so far."""
    for i in range(x.shape[0]):
        z = (x[i] - mean) * inverse_sd
        q = log_norm - 0.5 * (z * z)
        joint[i] = q
        top[i] = q if is_first else max(top[i], q)


@exact
def _rise(joint, top, total, is_first):  # type: ignore[no-untyped-def]
    """e to what stands beneath the top, and the sum so far."""
    for i in range(joint.shape[0]):
        e = exp(joint[i] - top[i])
        joint[i] = e
        total[i] = e if is_first else total[i] + e


@adding
def _shared(x, mean, inverse_sd, shift, shares, scale):  # type: ignore[no-untyped-def]
    """Sums of r, r y and r y² over a tile, y = (x − mean) / sd − shift."""
    s0, s1, s2 = 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        y = (x[i] - mean) * inverse_sd - shift
        r = shares[i] * scale[i]
        ry = r * y
        s0 += r
        s1 += ry
        s2 += ry * y
    return s0, s1, s2


@adding
def _sum_of_logs(top, total):  # type: ignore[no-untyped-def]
    """Σ (top + ln total): logarithms of products, since every total lies between 1 and K."""
    s, n = 0.0, top.shape[0]
    for i in range(n):
        s += top[i]
    logs = 0.0
    for first in range(0, n, PER_LOGARITHM):
        product = 1.0
        for i in range(first, min(first + PER_LOGARITHM, n)):
            product *= total[i]
        logs += log(product)
    return s, logs


@adding
def _counted_sum_of_logs(top, total, counts):  # type: ignore[no-untyped-def]
    s, logs, n = 0.0, 0.0, 0.0
    for i in range(top.shape[0]):
        s += counts[i] * top[i]
        logs += counts[i] * log(total[i])
        n += counts[i]
    return s, logs, n


@exact
def _inverted(total, counts):  # type: ignore[no-untyped-def]
    """1 / total, or count / total, in place."""
    if counts.shape[0]:
        for i in range(total.shape[0]):
            total[i] = counts[i] / total[i]
    else:
        for i in range(total.shape[0]):
            total[i] = 1.0 / total[i]


@njit(
    types.void(READ, READ, READ, READ, READ, READ, types.Array(float64, 1, "C")),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def e_step(x, counts, log_norms, means, inverse_sds, shifts, out):  # type: ignore[no-untyped-def]
    """The E step of rows x (m,), each counted once or counts (m,) times: sums, written to out (3 K + 3,).

    log_norms (K,): ln(w / (sd √2π)). out: Σ r, Σ r y and Σ r y² of each component, y = (x − mean) / sd − shift; Σ of
    the highest ln(w f), Σ ln of the sum over components relative to it, and the number of rows.
    """
    n, k_components = x.shape[0], means.shape[0]
    joint = np.empty((k_components, TILE))
    top, total = np.empty(TILE), np.empty(TILE)
    out[:] = 0.0
    for first in range(0, n, TILE):
        m = min(TILE, n - first)
        rows = x[first : first + m]
        counted = counts[first : first + m] if counts.shape[0] else counts
        for k in range(k_components):
            _stand(rows, means[k], inverse_sds[k], log_norms[k], joint[k], top, k == 0)
        for k in range(k_components):
            _rise(joint[k, :m], top, total, k == 0)
        if counts.shape[0]:
            tops, logs, held = _counted_sum_of_logs(top[:m], total[:m], counted)
        else:
            tops, logs = _sum_of_logs(top[:m], total[:m])
            held = float(m)
        out[3 * k_components] += tops
        out[3 * k_components + 1] += logs
        out[3 * k_components + 2] += held
        _inverted(total[:m], counted)
        for k in range(k_components):
            s0, s1, s2 = _shared(rows, means[k], inverse_sds[k], shifts[k], joint[k], total)
            out[k] += s0
            out[k_components + k] += s1
            out[2 * k_components + k] += s2
