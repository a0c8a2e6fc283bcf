"""Compiled sums of rows that fall into bins."""

from __future__ import annotations

from numba import float64, int64, njit, types, void

READ = types.Array(float64, 1, "C", readonly=True)


@njit(
    void(
        READ,
        READ,
        float64,
        float64,
        float64,
        types.Array(int64, 1, "C", readonly=True),
        READ,
        READ,
        READ,
        types.Array(float64, 2, "C"),
    ),
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"contract"},
)
def fill(x, counts, shift, low, per_cell, firsts, edges, centres, per_bin, sums):  # type: ignore[no-untyped-def]
    """Adds rows x (m,), less the shift, to the bins they fall into: sums (bins, 4) of 1, d, d² and d³.

    Bin b reaches from edges[b] up to edges[b + 1], but the first and the last have no end; d is the distance from its
    centre in its widths. Cells of equal width from low on say where to look: cell j meets bins firsts[j] to
    firsts[j + 1], and most cells one only. counts (m,), or (0,) for one each.
    """
    last = firsts.shape[0] - 2
    for i in range(x.shape[0]):
        v = x[i] - shift
        j = int(min(max((v - low) * per_cell, 0.0), float(last)))
        b, top = firsts[j], firsts[j + 1]
        while b < top:
            middle = (b + top + 1) >> 1
            if v >= edges[middle]:
                b = middle
            else:
                top = middle - 1
        d = (v - centres[b]) * per_bin[b]
        c = counts[i] if counts.shape[0] else 1.0
        cd = c * d
        sums[b, 0] += c
        sums[b, 1] += cd
        sums[b, 2] += cd * d
        sums[b, 3] += cd * d * d
