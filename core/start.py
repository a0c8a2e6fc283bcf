"""Where a run begins: k-means, quantiles, points of the data, or numbers from nowhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data import Array, Data
from core.families.family import Family
from core.mixture import Mixture

SUBSET = 100_000
"""Rows that k-means and quantiles look at; more would cost time and add nothing to a start."""
LLOYD_ROUNDS = 10
SMALLEST_SHARE = 1e-6
"""Smallest weight, and smallest sd beside that of all clusters pooled, that a start is given."""

StartMaker = Callable[[Data, Family, int, np.random.Generator], Mixture]


def kmeans(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """k-means++ (Arthur and Vassilvitskii 2007) and a few Lloyd rounds; weight, mean and sd of each cluster."""
    values, counts, offset, scale = _subset(data, rng)
    centres = _spread_out(values, counts, n_components, rng)
    for _ in range(LLOYD_ROUNDS):
        labels = _assign(values, centres)
        held = np.bincount(labels, counts, n_components).astype(np.float64)
        sums = np.bincount(labels, counts * values, n_components)
        moved = np.where(held > 0, sums / np.where(held > 0, held, 1.0), centres)
        moved.sort()
        if np.array_equal(moved, centres):
            break
        centres = moved
    labels = _assign(values, centres)
    held = np.bincount(labels, counts, n_components).astype(np.float64)
    squares = np.bincount(labels, counts * np.square(values - centres[labels]), n_components).astype(np.float64)
    return _mixture(data, family, np.maximum(held, 1.0), offset + scale * centres, scale * _sds(held, squares))


def quantiles(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Equal weights, means at the quantiles (k − ½)/K, sds a little wider than an equal share of the middle."""
    values, counts, offset, scale = _subset(data, rng)
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(counts[order]) / counts.sum()
    at = (np.arange(n_components) + 0.5) / n_components
    means = values[order][np.searchsorted(cumulated, at).clip(0, len(values) - 1)]
    low, high = values[order][np.searchsorted(cumulated, [0.16, 0.84]).clip(0, len(values) - 1)]
    sd = 0.6 * float(high - low) / n_components or _sd(values, counts) / n_components
    return _mixture(data, family, np.ones(n_components), offset + scale * means, np.full(n_components, scale * sd))


def random(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Points of the data as means, equal weights, and for each sd a K-th of the data's."""
    means = _points(data, n_components, rng)
    return _mixture(data, family, np.ones(n_components), means, np.full(n_components, data.sd[0] / n_components))


def uniform(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Means and sds from U(0, 1) whatever the data, equal weights: good for showing what a bad start does."""
    means = rng.uniform(size=n_components)
    sds = 1.0 - rng.uniform(size=n_components)  # in (0, 1]: an sd of 0 is none
    return _mixture(data, family, np.ones(n_components), means, sds)


def scattered(data: Data, family: Family, n_components: int, rng: np.random.Generator, spread_out: bool) -> Mixture:
    """A start drawn for diversity: k-means++ centres or points of the data, log-uniform sds, Dirichlet weights.

    Sds reach from 0.1 to 1 of the data's: k-means starts alone never find a wide component beside a narrow one.
    """
    if spread_out:
        values, counts, offset, scale = _subset(data, rng)
        means = offset + scale * _spread_out(values, counts, n_components, rng)
    else:
        means = _points(data, n_components, rng)
    sds = data.sd[0] * 10.0 ** rng.uniform(-1.0, 0.0, size=n_components)
    return _mixture(data, family, rng.dirichlet(np.ones(n_components)), means, sds)


STARTS: dict[str, StartMaker] = {
    "kmeans": kmeans,
    "quantiles": quantiles,
    "random": random,
    "uniform": uniform,
}
"""Name of a start → what makes it."""


def _mixture(data: Data, family: Family, weights: Array, means: Array, sds: Array) -> Mixture:
    """Numbered by location."""
    weights = np.maximum(weights / weights.sum(), SMALLEST_SHARE)
    weights = weights / weights.sum()
    parameters = family.resembling(weights, means, sds, data.minimum[0], data.maximum[0])
    return Mixture(family, weights, parameters).numbered()


def _subset(data: Data, rng: np.random.Generator) -> tuple[Array, Array, float, float]:
    """At most SUBSET values as (value − offset) / scale, which squares safely, with their counts; offset and scale."""
    offset, scale = float(data.mean[0]), float(data.sd[0])
    index = np.arange(len(data)) if len(data) <= SUBSET else np.sort(rng.integers(0, len(data), SUBSET))
    counts = np.ones(len(index)) if data.counts is None else data.counts[index]
    return (data.column[index] - offset) / scale, counts, offset, scale


def _spread_out(values: Array, counts: Array, n_components: int, rng: np.random.Generator) -> Array:
    """k-means++ seeds, sorted: each drawn with probability proportional to its squared distance to those before."""
    centres = [_draw(values, counts, rng)]
    distances = np.square(values - centres[0])
    while len(centres) < n_components:
        chances = counts * distances
        centres.append(_draw(values, chances if chances.sum() > 0.0 else counts, rng))
        np.minimum(distances, np.square(values - centres[-1]), out=distances)
    return np.sort(centres)


def _draw(values: Array, chances: Array, rng: np.random.Generator) -> float:
    cumulated = np.cumsum(chances)
    at = int(np.searchsorted(cumulated, rng.uniform() * cumulated[-1], side="right"))
    return float(values[min(at, len(values) - 1)])


def _points(data: Data, n_components: int, rng: np.random.Generator) -> Array:
    """K rows of the data, all different while there are enough different ones among a few hundred drawn."""
    chances = None if data.counts is None else data.counts / data.counts.sum()
    drawn = data.column[rng.choice(len(data), size=max(400, 20 * n_components), p=chances)]
    different = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return np.concatenate([different, drawn])[:n_components]


def _assign(values: Array, centres: Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Position of the nearest centre (sorted) of each value: between two centres the midpoint decides."""
    return np.searchsorted(0.5 * (centres[1:] + centres[:-1]), values).astype(np.int64)


def _sds(held: Array, squares: Array) -> Array:
    """Sd of each cluster; one without any to speak of takes that of all clusters pooled, or a K-th of the data's."""
    pooled = float(np.sqrt(squares.sum() / held.sum())) or 1.0 / len(held)
    sds: Array = np.sqrt(squares / np.where(held > 0, held, 1.0))
    return np.where(sds > SMALLEST_SHARE * pooled, sds, pooled)


def _sd(values: Array, counts: Array) -> float:
    mean = np.average(values, weights=counts)
    return float(np.sqrt(np.average(np.square(values - mean), weights=counts)))
