"""What can be read off at one value: the density of each component, who the value belongs to, the rows about it."""

from __future__ import annotations

from math import floor, log10
from typing import NamedTuple

import numpy as np

from core import formatting
from core.binning import Histogram
from core.data import Array
from core.explaining.half_step import Shares
from core.mixture import Mixture
from core.whole_numbers import Cells


class Reading(NamedTuple):
    """A mixture read at one value.

    densities (K,): weight times density (of whole numbers the probability of the group that the value is in); posterior
    (K,). rows in the bin from low to high, all None beyond the bins; of bins that count whole numbers the first and the
    last of these.
    """

    value: float
    ids: tuple[int, ...]
    densities: Array
    posterior: Array
    rows: float | None
    low: float | None
    high: float | None

    @property
    def density(self) -> float:
        """Of the mixture."""
        return float(self.densities.sum())


def read_at(value: float, mixture: Mixture, shares: Shares, bins: Histogram, cells: Cells | None = None) -> Reading:
    """Reads a mixture of the population, and who holds what, at a value; cells: the groups of whole numbers, if any."""
    at = int(np.searchsorted(bins.edges, value, side="right")) - 1
    inside = 0 <= at < len(bins.counts)
    edges = np.array([value, value])
    if cells is not None:
        edges = cells.edges(value, value)[:2]
        value = float(round(edges[0] + 0.5)) if cells.width == 1.0 else value
    with np.errstate(all="ignore"):
        plain = shares.mixture.plain
        here = np.array([value])
        own, held = (one.joint(here) if cells is None else cells.joint(one, edges) for one in (mixture, plain))
        densities, posterior = np.exp(own[:, 0]), np.nan_to_num(shares.of(held)[:, 0])
    low = high = rows = None
    if inside:
        rows, low, high = float(bins.counts[at]), float(bins.edges[at]), float(bins.edges[at + 1])
        if cells is not None:
            low, high = float(round(low + 0.5)), float(round(high - 0.5))
    return Reading(value, mixture.ids, densities, posterior, rows, low, high)


def value_text(value: float, pixel: float) -> str:
    """A value in as many digits as can be told apart where one px is so much."""
    finest = log10(abs(value) / pixel) if value != 0.0 and pixel > 0.0 else 0.0
    text = f"{value:.{min(15, max(3, floor(finest) + 2))}g}"
    return formatting.short(float(text))


def bin_text(reading: Reading) -> str:
    """The rows about it, in words: 12 rows from 66 to 68; no bin here."""
    if reading.rows is None or reading.low is None or reading.high is None:
        return "beyond all rows"
    rows = f"{formatting.count(reading.rows)} row" + ("" if reading.rows == 1.0 else "s")
    low, high = (formatting.short(float(f"{end:.12g}")) for end in (reading.low, reading.high))
    return f"{rows} of {low}" if low == high else f"{rows} from {low} to {high}"
