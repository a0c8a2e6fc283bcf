"""Which component of one mixture is which of another: the pairing with the least distance in all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.mixture import Mixture

FAR = 1e6
"""Distance of what is further apart, or of which no distance is known."""


def partners(one: Mixture, other: Mixture) -> dict[int, int]:
    """Number of a component in one mixture → number of its counterpart in the other; each is used at most once.

    Both are of one column. What pairs is where components stand and how wide they are, whatever their family, numbers
    and weights; where one mixture has more components, those that fit worst have no counterpart.
    """
    costs = distances(one.plain, other.plain)
    if one.n_components <= other.n_components:
        pairs = list(enumerate(assigned(costs).tolist()))
    else:
        pairs = [(row, column) for column, row in enumerate(assigned(costs.T).tolist())]
    return {one.ids[row]: other.ids[column] for row, column in sorted(pairs)}


def distances(one: Mixture, other: Mixture) -> Array:
    """How far the components of two mixtures are apart, (K, L), whatever the unit.

    The distance of Bhattacharyya between normal distributions of the same locations and spreads.
    """
    at, width = one.family.location(one.parameters), one.family.spread(one.parameters)
    to, breadth = other.family.location(other.parameters), other.family.spread(other.parameters)
    with np.errstate(all="ignore"):
        ratio = width[:, np.newaxis] / breadth
        apart = (at[:, np.newaxis] - to) / np.hypot(width[:, np.newaxis], breadth)
        found = 0.25 * apart**2 + 0.5 * np.log((ratio + 1.0 / ratio) / 2.0)
    return np.minimum(np.nan_to_num(found, nan=FAR, posinf=FAR), FAR)


def assigned(costs: Array) -> NDArray[np.int64]:
    """The column of each row, none twice, with the least sum of costs (n, m), n at most m: (n,).

    By shortest augmenting paths (Jonker and Volgenant 1987).
    """
    n, m = costs.shape
    row_price, column_price = np.zeros(n), np.zeros(m)
    row_of = np.full(m, -1, dtype=np.int64)
    for row in range(n):
        length, before = np.full(m, np.inf), np.full(m, -1, dtype=np.int64)
        done = np.zeros(m, dtype=bool)
        at, column, reached = row, -1, 0.0
        while at >= 0:
            through = reached + costs[at] - row_price[at] - column_price
            shorter = ~done & (through < length)
            length[shorter], before[shorter] = through[shorter], column
            column = int(np.argmin(np.where(done, np.inf, length)))
            done[column] = True
            reached = float(length[column])
            at = int(row_of[column])
        passed = np.flatnonzero(done & (row_of >= 0))
        row_price[row] += reached
        row_price[row_of[passed]] += reached - length[passed]
        column_price[done] -= reached - length[done]
        while column >= 0:
            earlier = int(before[column])
            row_of[column] = row if earlier < 0 else row_of[earlier]
            column = earlier
    found = np.empty(n, dtype=np.int64)
    found[row_of[row_of >= 0]] = np.flatnonzero(row_of >= 0)
    return found
