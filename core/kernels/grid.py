"""Compiled sums of rows that fall into the cells of a grid."""

from __future__ import annotations

from numba import float64, int64, njit, types

READ = types.Array(float64, 1, "C", readonly=True)


@njit(
    int64(
        READ,
        READ,
        float64,
        float64,
        float64,
        types.Array(int64, 1, "C", readonly=True),
        READ,
        types.Array(float64, 2, "C"),
        types.Array(int64, 1, "C"),
    ),
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"contract"},
)
def fill(x, counts, shift, low, per_width, first_slots, parts, sums, outside):  # type: ignore[no-untyped-def]
    """Adds rows x (m,), less the shift, to the slots they fall into: sums (slots, 4) of 1, d, d² and d³.

    Coarse cell j, of width 1 / per_width from low on, is cut into parts[j] slots, of which the first is first_slots[j];
    d is the distance from a slot's centre in its widths. Returns how many rows lie outside all cells; the positions of
    as many of them as there is room for go to outside.
    """
    n_cells, room, n_outside = parts.shape[0], outside.shape[0], 0
    for i in range(x.shape[0]):
        u = ((x[i] - shift) - low) * per_width
        if not 0.0 <= u < n_cells:
            if n_outside < room:
                outside[n_outside] = i
            n_outside += 1
            continue
        j = int(u)
        f = (u - j) * parts[j]
        within = int(f)
        d = f - within - 0.5
        slot = first_slots[j] + min(within, int(parts[j]) - 1)
        c = counts[i] if counts.shape[0] else 1.0
        cd = c * d
        sums[slot, 0] += c
        sums[slot, 1] += cd
        sums[slot, 2] += cd * d
        sums[slot, 3] += cd * d * d
    return n_outside
