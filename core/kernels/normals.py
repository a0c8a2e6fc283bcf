"""Compiled passes for normal distributions of several columns, with covariances of any shape."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import float64, njit, types

from core.data import Array
from core.engine import side_by_side, summed
from core.kernels.lanes import LANES, exp, larger, load, load_every, log, spread, store, total, zero_below

TILE = 128
"""Rows worked on at a time: what is calculated of them stays in the nearest cache."""
STEP = 4 * LANES
"""Rows whose densities are calculated together, in registers; the last tile is filled up to a multiple of it."""
LINE = 8
"""float64 in a line of the cache: vectors begin where one does."""
LOWEST = -1.7976931348623157e308
LEAST_DIFFERENCE = -800.0
"""The exponential of this is 0, as of all that is less; and 0 times this is 0, which 0 times −∞ is not."""
LEAST_COUNT = 5e-324
LEAST_SPAN, MOST_SPAN = 2048, 16384
SPAN_CELLS = 1 << 18
"""Rows times components times columns in a span, within those limits: a fraction of a millisecond."""
MOST_SPANS = 256
"""Longer data have longer spans, so that the sums of all spans need no more memory."""
NO_COUNTS = np.empty(0)

READ_1, READ_2, READ_3 = (types.Array(float64, n, "C", readonly=True) for n in (1, 2, 3))
inlined = njit(forceinline=True, nogil=True, error_model="numpy")


class Sums(NamedTuple):
    """What an E step leaves of the rows, each shared out by responsibilities r and counted c times.

    counts (K,): Σ c r. firsts (K, d) and seconds (K, d, d): Σ c r a and Σ c r a aᵀ with a = x − centre; for factors of
    uncorrelated columns seconds are (K, d), the diagonals alone. log_likelihood: Σ c ln f(x), entropy: −Σ c r ln r,
    sureness: Σ c ln r of the largest r of each row.
    """

    counts: Array
    firsts: Array
    seconds: Array
    log_likelihood: float
    entropy: float
    sureness: float


def e_step(
    values: Array, counts: Array | None, log_norms: Array, means: Array, inverse_factors: Array, centres: Array
) -> Sums:
    """The E step of a mixture of K normal distributions in d columns, on all cores, whatever their number alike.

    values (n, d); counts (n,) or None for one each; log_norms (K,): logarithm of the weight times the density at the
    mean; means (K, d); inverse_factors (K, d, d): L⁻¹, lower triangular, of covariances L Lᵀ, or (K, d) where columns
    are uncorrelated: 1 / sd of each. centres (K, d), about which the sums are taken: usually the means; where sums show
    that one lies further from the rows' mean than digits allow, call again with better ones. A row whose density is 0
    under every component gives a log-likelihood of −∞, and sums that are no numbers.
    """
    k_components, d = means.shape
    is_full = inverse_factors.ndim == 3
    sums = _summed_up(values, counts, log_norms, means, inverse_factors, centres)
    of_components, even = sums[3:].reshape(k_components, -1), d + d % 2
    seconds = of_components[:, 1 + even :]
    if is_full:
        square = np.empty((k_components, even, even))
        kept, rows, columns = _places(even)
        square[:, rows, columns] = square[:, columns, rows] = seconds[:, kept]
        seconds = square[:, :d]
    return Sums(of_components[:, 0], of_components[:, 1 : 1 + d], seconds[..., :d], *(float(one) for one in sums[:3]))


def log_likelihood(
    values: Array, counts: Array | None, log_norms: Array, means: Array, inverse_factors: Array
) -> float:
    """Σ c ln f(x) alone, of what `e_step` takes; −∞ where a row's density is 0."""
    return float(_summed_up(values, counts, log_norms, means, inverse_factors, means[:0])[0])


def _summed_up(
    values: Array, counts: Array | None, log_norms: Array, means: Array, inverse_factors: Array, centres: Array
) -> Array:
    """The compiled pass over spans of rows, added in pairs: spans depend on the data alone, so sums do."""
    (n, d), k_components = values.shape, len(means)
    is_full = inverse_factors.ndim == 3
    rows = max(min(max(SPAN_CELLS // (k_components * d), LEAST_SPAN), MOST_SPAN), -(-n // MOST_SPANS))
    rows = -(-rows // TILE) * TILE
    padded = [_padded(one, even=1) for one in (means, centres)]
    factors = _padded(inverse_factors, even=2 if is_full else 1)
    if not is_full:
        factors = factors[:, np.newaxis]
    d += d % 2
    n_sums = 1 + d + (d * (d + 2) // 2 if is_full else d)
    values = np.ascontiguousarray(values)
    counted = NO_COUNTS if counts is None else np.ascontiguousarray(counts)

    def span(place: int) -> Array:
        those = slice(place * rows, (place + 1) * rows)
        out = np.empty(3 + len(centres) * n_sums)
        add_up(values[those], counted[those], log_norms, padded[0], factors, padded[1], out)
        return out

    return summed(side_by_side(span, -(-n // rows)))


def _padded(array: Array, even: int) -> Array:
    """The same with zeros after the last `even` axes where they are odd: columns are worked on two at a time."""
    if array.shape[-1] % 2 == 0:
        return np.ascontiguousarray(array)
    padded = np.zeros((*array.shape[: array.ndim - even], *(size + 1 for size in array.shape[array.ndim - even :])))
    padded[tuple(slice(size) for size in array.shape)] = array
    return padded


@lru_cache
def _places(d: int) -> tuple[Array, Array, Array]:
    """Which of the second sums of a component to take, and their rows and columns in the lower triangle."""
    every = [(i + under, j) for i in range(0, d, 2) for j in range(i + 2) for under in (0, 1)]
    kept = [place for place, (i, j) in enumerate(every) if j <= i]
    rows, columns = np.array(every)[kept].T
    return np.array(kept), rows, columns


@inlined
def _fill(values, counts, first, m, filled, work, rows, count):  # type: ignore[no-untyped-def]
    """Turns a tile of rows into columns, and fills it up with its first row, counted 0 times."""
    d, whole = values.shape[1], m - m % LANES
    for t in range(0, whole, LANES):
        for j in range(d):
            store(work, rows + j * TILE + t, load_every(values, (first + t) * d + j, d))
    for j in range(d):
        for i in range(whole, filled):
            work[rows + j * TILE + i] = values[first + i if i < m else first, j]
    for i in range(m):
        work[count + i] = counts[first + i] if counts.shape[0] else 1.0
    for i in range(m, filled):
        work[count + i] = 0.0


@inlined
def _full(work, rows, filled, log_norm, mean, factor, joint):  # type: ignore[no-untyped-def]
    """ln w f(x) = log_norm − ½ |z|² of one component, z = L⁻¹ (x − mean): two entries for four vectors at a time."""
    d = mean.shape[0]
    for t in range(0, filled, STEP):
        q0, q1, q2, q3 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
        for i in range(0, d, 2):
            y0, y1, y2, y3 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
            z0, z1, z2, z3 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
            for j in range(i + 2):
                place = rows + j * TILE + t
                m = mean[j]
                a0, a1 = load(work, place) - m, load(work, place + LANES) - m
                a2, a3 = load(work, place + 2 * LANES) - m, load(work, place + 3 * LANES) - m
                u, v = factor[i, j], factor[i + 1, j]
                y0, y1, y2, y3 = y0 + a0 * u, y1 + a1 * u, y2 + a2 * u, y3 + a3 * u
                z0, z1, z2, z3 = z0 + a0 * v, z1 + a1 * v, z2 + a2 * v, z3 + a3 * v
            q0, q1, q2, q3 = q0 + y0 * y0, q1 + y1 * y1, q2 + y2 * y2, q3 + y3 * y3
            q0, q1, q2, q3 = q0 + z0 * z0, q1 + z1 * z1, q2 + z2 * z2, q3 + z3 * z3
        store(work, joint + t, q0 * -0.5 + log_norm)
        store(work, joint + t + LANES, q1 * -0.5 + log_norm)
        store(work, joint + t + 2 * LANES, q2 * -0.5 + log_norm)
        store(work, joint + t + 3 * LANES, q3 * -0.5 + log_norm)


@inlined
def _uncorrelated(work, rows, filled, log_norm, mean, factor, joint):  # type: ignore[no-untyped-def]
    """The same where L is diagonal and factor (1, d) is what 1 over its diagonal is."""
    for t in range(0, filled, STEP):
        q0, q1, q2, q3 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
        for j in range(mean.shape[0]):
            place = rows + j * TILE + t
            m, u = mean[j], factor[0, j]
            z0, z1 = (load(work, place) - m) * u, (load(work, place + LANES) - m) * u
            z2, z3 = (load(work, place + 2 * LANES) - m) * u, (load(work, place + 3 * LANES) - m) * u
            q0, q1, q2, q3 = q0 + z0 * z0, q1 + z1 * z1, q2 + z2 * z2, q3 + z3 * z3
        store(work, joint + t, q0 * -0.5 + log_norm)
        store(work, joint + t + LANES, q1 * -0.5 + log_norm)
        store(work, joint + t + 2 * LANES, q2 * -0.5 + log_norm)
        store(work, joint + t + 3 * LANES, q3 * -0.5 + log_norm)


@inlined
def _share_out(work, filled, n_components, is_counted, joint, count, scale, tops, logs, bends):  # type: ignore[no-untyped-def]
    """Turns ln w f(x) into e to what stands beneath the highest, and leaves count / Σ e as the scale of each row.

    Adds up the highest, ln Σ e, and Σ r ln e. One logarithm is taken of many sums where each counts once: they lie from
    1 to K.
    """
    product = spread(1.0)
    for t in range(0, filled, LANES):
        top = load(work, joint + t)
        for k in range(1, n_components):
            top = larger(top, load(work, joint + k * TILE + t))
        finite = larger(top, LOWEST)
        sum_, bend = spread(0.0), spread(0.0)
        for k in range(n_components):
            place = joint + k * TILE + t
            beneath = larger(load(work, place) - finite, LEAST_DIFFERENCE)
            e = exp(beneath)
            sum_ = sum_ + e
            bend = bend + e * beneath
            store(work, place, e)
        held = load(work, count + t)
        scaled = held / sum_
        store(work, scale + t, scaled)
        tops = tops + zero_below(held, LEAST_COUNT, held * top)
        bends = bends + scaled * bend
        if is_counted:
            logs = logs + held * log(sum_)
        else:
            product = product * ((sum_ - 1.0) * held + 1.0)
    return tops, logs + log(product), bends


@inlined
def _first_sums(work, rows, filled, centre, joint, scale, share, sums):  # type: ignore[no-untyped-def]
    """Adds Σ r and Σ r (x − centre) of one component to the sums; leaves r and x − centre of the tile."""
    s0, s1 = load(work, sums), spread(0.0)
    for t in range(0, filled, 2 * LANES):
        r0 = load(work, joint + t) * load(work, scale + t)
        r1 = load(work, joint + t + LANES) * load(work, scale + t + LANES)
        store(work, share + t, r0)
        store(work, share + t + LANES, r1)
        s0, s1 = s0 + r0, s1 + r1
    store(work, sums, s0 + s1)
    for j in range(0, centre.shape[0], 2):
        place = sums + (1 + j) * LANES
        one, other = rows + j * TILE, rows + (j + 1) * TILE
        c0, c1 = centre[j], centre[j + 1]
        s0, s1, s2, s3 = load(work, place), spread(0.0), load(work, place + LANES), spread(0.0)
        for t in range(0, filled, 2 * LANES):
            r0, r1 = load(work, share + t), load(work, share + t + LANES)
            s0, s1 = s0 + (load(work, one + t) - c0) * r0, s1 + (load(work, one + t + LANES) - c0) * r1
            s2, s3 = s2 + (load(work, other + t) - c1) * r0, s3 + (load(work, other + t + LANES) - c1) * r1
        store(work, place, s0 + s1)
        store(work, place + LANES, s2 + s3)


@inlined
def _second_sums(work, rows, filled, centre, share, sums):  # type: ignore[no-untyped-def]
    """Adds Σ r (x − centre)(x − centre)ᵀ to the sums: two rows of it, and as many columns as reach the diagonal."""
    place = sums
    for i in range(0, centre.shape[0], 2):
        one, other = rows + i * TILE, rows + (i + 1) * TILE
        c, h = centre[i], centre[i + 1]
        j = 0
        while j + 4 <= i + 2:
            c0, c1, c2, c3 = centre[j], centre[j + 1], centre[j + 2], centre[j + 3]
            column = rows + j * TILE
            s0, s1 = load(work, place), load(work, place + LANES)
            s2, s3 = load(work, place + 2 * LANES), load(work, place + 3 * LANES)
            s4, s5 = load(work, place + 4 * LANES), load(work, place + 5 * LANES)
            s6, s7 = load(work, place + 6 * LANES), load(work, place + 7 * LANES)
            for t in range(0, filled, LANES):
                r = load(work, share + t)
                u, v = (load(work, one + t) - c) * r, (load(work, other + t) - h) * r
                a0, a1 = load(work, column + t) - c0, load(work, column + TILE + t) - c1
                a2, a3 = load(work, column + 2 * TILE + t) - c2, load(work, column + 3 * TILE + t) - c3
                s0, s1, s2, s3 = s0 + u * a0, s1 + v * a0, s2 + u * a1, s3 + v * a1
                s4, s5, s6, s7 = s4 + u * a2, s5 + v * a2, s6 + u * a3, s7 + v * a3
            store(work, place, s0)
            store(work, place + LANES, s1)
            store(work, place + 2 * LANES, s2)
            store(work, place + 3 * LANES, s3)
            store(work, place + 4 * LANES, s4)
            store(work, place + 5 * LANES, s5)
            store(work, place + 6 * LANES, s6)
            store(work, place + 7 * LANES, s7)
            place += 8 * LANES
            j += 4
        if j < i + 2:
            c0, c1 = centre[j], centre[j + 1]
            column = rows + j * TILE
            s0, s1 = load(work, place), load(work, place + LANES)
            s2, s3 = load(work, place + 2 * LANES), load(work, place + 3 * LANES)
            for t in range(0, filled, LANES):
                r = load(work, share + t)
                u, v = (load(work, one + t) - c) * r, (load(work, other + t) - h) * r
                a0, a1 = load(work, column + t) - c0, load(work, column + TILE + t) - c1
                s0, s1, s2, s3 = s0 + u * a0, s1 + v * a0, s2 + u * a1, s3 + v * a1
            store(work, place, s0)
            store(work, place + LANES, s1)
            store(work, place + 2 * LANES, s2)
            store(work, place + 3 * LANES, s3)
            place += 4 * LANES


@inlined
def _squares(work, rows, filled, centre, share, sums):  # type: ignore[no-untyped-def]
    """Adds the diagonal of Σ r (x − centre)(x − centre)ᵀ to the sums."""
    for j in range(centre.shape[0]):
        c, column = centre[j], rows + j * TILE
        s0, s1, s2, s3 = load(work, sums + j * LANES), spread(0.0), spread(0.0), spread(0.0)
        for t in range(0, filled, STEP):
            a0, a1 = load(work, column + t) - c, load(work, column + t + LANES) - c
            a2, a3 = load(work, column + t + 2 * LANES) - c, load(work, column + t + 3 * LANES) - c
            s0, s1 = s0 + a0 * load(work, share + t) * a0, s1 + a1 * load(work, share + t + LANES) * a1
            s2 = s2 + a2 * load(work, share + t + 2 * LANES) * a2
            s3 = s3 + a3 * load(work, share + t + 3 * LANES) * a3
        store(work, sums + j * LANES, (s0 + s1) + (s2 + s3))


@njit(
    types.void(READ_2, READ_1, READ_1, READ_2, READ_3, READ_2, types.Array(float64, 1, "C")),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def add_up(values, counts, log_norms, means, factors, centres, out):  # type: ignore[no-untyped-def]
    """One span of rows (m, d): log-likelihood, entropy and sureness to out, then the sums of each component.

    counts (m,), or none for one each. means, centres (K, D), factors (K, D, D), or (K, 1, D) of uncorrelated columns:
    zeros in the last of D columns where d is odd. Sums: Σ r, D first ones; second ones of rows i and i + 1 side by
    side, for columns up to i + 1, or D of the diagonal. Without centres: the first three numbers alone.
    """
    n, k_components, d = values.shape[0], means.shape[0], means.shape[1]
    is_full, is_counted = factors.shape[1] > 1, counts.shape[0] > 0
    n_sums = 1 + d + (d * (d + 2) // 2 if is_full else d)
    work = np.zeros(LINE + (d + k_components + 3) * TILE + centres.shape[0] * n_sums * LANES)
    rows = -(work.ctypes.data // 8) % LINE
    joint = rows + d * TILE
    count = joint + k_components * TILE
    scale, share, sums = count + TILE, count + 2 * TILE, count + 3 * TILE
    tops, logs, bends = spread(0.0), spread(0.0), spread(0.0)
    for first in range(0, n, TILE):
        m = min(TILE, n - first)
        filled = (m + STEP - 1) // STEP * STEP
        _fill(values, counts, first, m, filled, work, rows, count)
        for k in range(k_components):
            if is_full:
                _full(work, rows, filled, log_norms[k], means[k], factors[k], joint + k * TILE)
            else:
                _uncorrelated(work, rows, filled, log_norms[k], means[k], factors[k], joint + k * TILE)
        tops, logs, bends = _share_out(work, filled, k_components, is_counted, joint, count, scale, tops, logs, bends)
        for k in range(centres.shape[0]):
            place = sums + k * n_sums * LANES
            _first_sums(work, rows, filled, centres[k], joint + k * TILE, scale, share, place)
            if is_full:
                _second_sums(work, rows, filled, centres[k], share, place + (1 + d) * LANES)
            else:
                _squares(work, rows, filled, centres[k], share, place + (1 + d) * LANES)
    out[0] = total(tops) + total(logs)
    out[1] = total(logs) - total(bends)
    out[2] = -total(logs)
    for i in range(centres.shape[0] * n_sums):
        out[3 + i] = total(load(work, sums + i * LANES))
