"""Compiled passes for normal distributions of one column."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import boolean, float64, int64, njit, types

from core.kernels.exponential import exp_of_negative, log

TILE = 256
"""Rows worked on at a time: a tile of K components lies in the nearest cache."""
PER_LOGARITHM = 64
"""Rows whose sums over components, each from 1 to K, are multiplied before one logarithm is taken of all."""

exact = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
adding = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
LOG_SQRT_2PI = 0.9189385332046727
FARTHEST = 1e3
"""Squared shift of a mean, in variances, beyond which sums about the old mean have lost digits."""
EPSILON = 2.220446049250313e-16
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
        e = exp_of_negative(joint[i] - top[i])
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


@exact
def _scores(x, mean, inverse_sd, shares, scale, counts, scores, weighted):  # type: ignore[no-untyped-def]
    """r, r z and r (z² − 1) of one component for a tile, and the same times the counts."""
    for i in range(x.shape[0]):
        z = (x[i] - mean) * inverse_sd
        r = shares[i] * scale[i]
        rz = r * z
        rs = rz * z - r
        scores[0, i] = r
        scores[1, i] = rz
        scores[2, i] = rs
    if counts.shape[0]:
        for i in range(x.shape[0]):
            for j in range(3):
                weighted[j, i] = scores[j, i] * counts[i]
    else:
        for j in range(3):
            weighted[j, : x.shape[0]] = scores[j, : x.shape[0]]


@adding
def _fourth(x, mean, inverse_sd, weighted, own):  # type: ignore[no-untyped-def]
    """Adds Σ r (∂² + score²) of a tile: for the mean z² − 1, mixed z³ − 3 z, for log sd z⁴ − 4 z² + 1."""
    a, b, c = 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        z = (x[i] - mean) * inverse_sd
        r, square = weighted[i], z * z
        a += r * (square - 1.0)
        b += r * (square - 3.0) * z
        c += r * ((square - 4.0) * square + 1.0)
    own[0] += a
    own[1] += b
    own[2] += c


@adding
def _pairs(one, other, n, into):  # type: ignore[no-untyped-def]
    """Σ one[i] other[j] over a tile, for i and j from 0 to 2."""
    a, b, c, d, e, f, g, h, i = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(n):
        x, y, z, u, v, w = one[0, t], one[1, t], one[2, t], other[0, t], other[1, t], other[2, t]
        a += x * u
        b += x * v
        c += x * w
        d += y * u
        e += y * v
        f += y * w
        g += z * u
        h += z * v
        i += z * w
    into[0], into[1], into[2], into[3], into[4] = a, b, c, d, e
    into[5], into[6], into[7], into[8] = f, g, h, i


@adding
def _total(values):  # type: ignore[no-untyped-def]
    s = 0.0
    for i in range(values.shape[0]):
        s += values[i]
    return s


@njit(
    types.void(READ, READ, READ, READ, READ, types.Array(float64, 2, "C"), types.Array(float64, 2, "C")),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def bend(x, counts, log_norms, means, inverse_sds, of_one, products):  # type: ignore[no-untyped-def]
    """What the curvature is made of, of rows x (m,), each counted once or counts (m,) times.

    of_one (6, K): Σ r, Σ r z, Σ r (z² − 1), and Σ r times z² − 1, z³ − 3 z, z⁴ − 4 z² + 1. products (3 K, 3 K): Σ v vᵀ,
    v = (r, r z, r (z² − 1)), all r first, for pairs of components of which the second is not after the first.
    """
    n, k_components = x.shape[0], means.shape[0]
    joint = np.empty((k_components, TILE))
    scores, weighted = np.empty((k_components, 3, TILE)), np.empty((k_components, 3, TILE))
    top, total, nine = np.empty(TILE), np.empty(TILE), np.empty(9)
    of_one[:] = 0.0
    products[:] = 0.0
    for first in range(0, n, TILE):
        m = min(TILE, n - first)
        rows = x[first : first + m]
        counted = counts[first : first + m] if counts.shape[0] else counts
        for k in range(k_components):
            _stand(rows, means[k], inverse_sds[k], log_norms[k], joint[k], top, k == 0)
        for k in range(k_components):
            _rise(joint[k, :m], top, total, k == 0)
        _inverted(total[:m], counts[:0])
        for k in range(k_components):
            _scores(rows, means[k], inverse_sds[k], joint[k], total, counted, scores[k], weighted[k])
            for j in range(3):
                of_one[j, k] += _total(weighted[k, j, :m])
            _fourth(rows, means[k], inverse_sds[k], weighted[k, 0], of_one[3:, k])
        for k in range(k_components):
            for other in range(k + 1):
                _pairs(weighted[k], scores[other], m, nine)
                for i in range(3):
                    for j in range(3):
                        products[i * k_components + k, j * k_components + other] += nine[3 * i + j]


@njit(
    int64(READ, READ, READ, float64, float64, int64, float64, boolean, float64, types.Array(float64, 2, "C")),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def em(x, counts, begin, tolerance, previous_gain, unwatched, least_sd, is_tied, n, trace):  # type: ignore[no-untyped-def]
    """Steps of EM that nothing is to be said of, at most as many as trace has rows; returns how many.

    begin and each row of trace (6 K + 4,): weights, means, sds; Σ r, mean of r (x − mean) and sd of each share; log-
    likelihood, entropy, and the lower bound after the M step and after the E step. It ends before a step that needs a
    closer look: where, but for the first `unwatched`, Aitken's estimate of what is still to be gained is within the
    tolerance, an sd falls below least_sd, a component is without rows, or sums would lose digits. previous_gain: of the
    step before, or NaN.
    """
    k_components = (begin.shape[0] - 4) // 6
    norms, inverse_sds, shifts = np.empty(k_components), np.empty(k_components), np.zeros(k_components)
    sums = np.empty(3 * k_components + 3)
    last, gain_before = begin, previous_gain
    for t in range(trace.shape[0]):
        now = trace[t]
        held, tied_variance = 0.0, 0.0
        for k in range(k_components):
            held += last[3 * k_components + k]
        for k in range(k_components):
            share, sd = last[3 * k_components + k], last[5 * k_components + k]
            now[k] = share / held
            now[k_components + k] = last[k_components + k] + last[4 * k_components + k]
            now[2 * k_components + k] = sd
            tied_variance += share / held * sd * sd
        bound, farthest = last[6 * k_components + 1], 0.0
        for k in range(k_components):
            if is_tied:
                now[2 * k_components + k] = sqrt(tied_variance)
            sd, share = now[2 * k_components + k], last[3 * k_components + k]
            if not (sd >= least_sd and share > 0.0):
                return t
            inverse_sds[k] = 1.0 / sd
            norms[k] = log(now[k]) - log(sd) - LOG_SQRT_2PI
            ratio = last[5 * k_components + k] / sd
            bound += share * (norms[k] - 0.5 * ratio * ratio)
            farthest = max(farthest, abs(now[k_components + k]) / sd)
        now[6 * k_components + 2] = bound
        e_step(x, counts, norms, now[k_components : 2 * k_components], inverse_sds, shifts, sums)
        log_likelihood = sums[3 * k_components] + sums[3 * k_components + 1]
        entropy = log_likelihood
        for k in range(k_components):
            share = sums[k]
            if not share > 0.0:
                return t
            offset, square = sums[k_components + k] / share, sums[2 * k_components + k] / share
            variance, sd = square - offset * offset, now[2 * k_components + k]
            if not (offset * offset <= FARTHEST * variance and sd * sqrt(variance) >= least_sd):
                return t
            now[3 * k_components + k] = share
            now[4 * k_components + k] = sd * offset
            now[5 * k_components + k] = sd * sqrt(variance)
            entropy -= share * norms[k] - 0.5 * sums[2 * k_components + k]
        now[6 * k_components] = log_likelihood
        now[6 * k_components + 1] = entropy
        bound = entropy
        for k in range(k_components):
            ratio, bias = now[5 * k_components + k] * inverse_sds[k], now[4 * k_components + k] * inverse_sds[k]
            bound += now[3 * k_components + k] * (norms[k] - 0.5 * (ratio * ratio + bias * bias))
        now[6 * k_components + 3] = bound
        gain = log_likelihood - last[6 * k_components]
        finest = 4.0 * EPSILON * max(abs(log_likelihood), n) + 0.5 * n * (EPSILON * farthest) ** 2
        if not np.isfinite(gain):
            return t
        if t >= unwatched:
            if gain <= finest:
                return t
            if gain < gain_before and gain * gain / (gain_before - gain) <= max(tolerance, finest):
                return t
        last, gain_before = now, gain
    return trace.shape[0]
