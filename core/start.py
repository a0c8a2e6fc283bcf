"""Where a run begins: k-means, quantiles, points of the data, or numbers from nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data
from core.families.family import Family
from core.mixture import Mixture

SUBSET = 100_000
"""Rows that k-means and quantiles look at; more would cost time and add nothing to a start."""
LLOYD_ROUNDS = 10
SMALLEST_SHARE = 1e-6
"""Smallest weight, and smallest sd beside that of all clusters pooled, that a start is given."""
NOISE = 0.1
"""Weight that all background components begin with together."""

SPIKE, SPIKE_WEIGHT = (-1.7, -1.0), 0.05
"""Of a drawn component that is a spike: the logarithm (base 10) of its sd in the data's, and its weight."""

StartMaker = Callable[[Data, Family, int, np.random.Generator], Mixture]


def kmeans(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """k-means++ (Arthur and Vassilvitskii 2007) and a few Lloyd rounds; weight, mean and sd of each cluster."""
    rows, k = _subset(data, family, rng), _n_clusters(family, n_components)
    centres = _spread_out(rows, k, rng)
    for _ in range(LLOYD_ROUNDS):
        held, means = _means(rows, _assign(rows.values, centres), k)
        moved = _in_order(np.where(held[:, np.newaxis] > 0, means, centres))
        if np.array_equal(moved, centres):
            break
        centres = moved
    labels = _assign(rows.values, centres)
    held, squares = _squares(rows, labels, centres)
    return _mixture(
        data, family, n_components, np.maximum(held, 1.0), rows.back(centres), rows.scale * _sds(held, squares)
    )


def quantiles(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Equal weights, means at the quantiles (k − ½)/K, sds a little wider than an equal share of the middle.

    In several columns: K equal shares of the rows, cut across the direction in which the columns vary most.
    """
    rows, k = _subset(data, family, rng), _n_clusters(family, n_components)
    along = rows.values[:, 0] if data.n_features == 1 else rows.values @ _principal_axis(rows)
    order = np.argsort(along, kind="stable")
    cumulated = np.cumsum(rows.counts[order]) / rows.counts.sum()
    if data.n_features == 1:
        at = np.searchsorted(cumulated, [*((np.arange(k) + 0.5) / k), 0.16, 0.84]).clip(0, len(along) - 1)
        *means, low, high = along[order][at]
        sd = 0.6 * float(high - low) / k or _sd(along, rows.counts) / k
        places, sds = np.array(means)[:, np.newaxis], np.full((k, 1), sd)
    else:
        labels = np.empty(len(along), dtype=np.int64)
        labels[order] = np.minimum(k * (cumulated - 0.5 * rows.counts[order] / rows.counts.sum()), k - 1).astype(int)
        places = _means(rows, labels, k)[1]
        sds = _sds(*_squares(rows, labels, places))
    return _mixture(data, family, n_components, np.ones(k), rows.back(places), rows.scale * sds)


def random(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Points of the data as means, equal weights, and sds with which K components fill the space that the data do."""
    k = _n_clusters(family, n_components)
    sds = np.repeat([data.sd / k ** (1.0 / data.n_features)], k, axis=0)
    return _mixture(data, family, n_components, np.ones(k), _points(data, k, rng), sds)


def uniform(data: Data, family: Family, n_components: int, rng: np.random.Generator) -> Mixture:
    """Means and sds from U(0, 1) whatever the data, equal weights: good for showing what a bad start does."""
    shape = (_n_clusters(family, n_components), data.n_features)
    means = rng.uniform(size=shape)
    sds = 1.0 - rng.uniform(size=shape)  # in (0, 1]: an sd of 0 is none
    return _mixture(data, family, n_components, np.ones(shape[0]), means, sds)


def scattered(
    data: Data,
    family: Family,
    n_components: int,
    rng: np.random.Generator,
    spread_out: bool,
    spike: np.random.Generator | None = None,
) -> Mixture:
    """A start drawn for diversity: k-means++ centres or points of the data, log-uniform sds, Dirichlet weights.

    Sds reach from 0.1 to 1 of the data's: k-means starts alone never find a wide component beside a narrow one. With a
    generator for spikes one component is narrower still, and light: small groups are found by nothing else. Where
    components differ in family, which of them gets which place is drawn too.
    """
    k = _n_clusters(family, n_components)
    if spread_out:
        rows = _subset(data, family, rng)
        means = rows.back(_spread_out(rows, k, rng))
    else:
        means = _points(data, k, rng)
    widths = 10.0 ** rng.uniform(-1.0, 0.0, size=k)
    weights = rng.dirichlet(np.ones(k))
    order = None if family.of_components is None else rng.permutation(k)
    if spike is not None and k > 1:
        one = int(spike.integers(k))
        widths[one], weights[one] = 10.0 ** spike.uniform(*SPIKE), SPIKE_WEIGHT
    return _mixture(data, family, n_components, weights, means, data.sd * widths[:, np.newaxis], order)


STARTS: dict[str, StartMaker] = {
    "kmeans": kmeans,
    "quantiles": quantiles,
    "random": random,
    "uniform": uniform,
}
"""Name of a start → what makes it."""


class _Rows(NamedTuple):
    """Rows as (value − offset) / scale, (n, d), which square safely, with their counts (n,); offset and scale (d,)."""

    values: Array
    counts: Array
    offset: Array
    scale: Array

    def back(self, places: Array) -> Array:
        """Places among these values in the data's unit."""
        return np.asarray(self.offset + self.scale * places)


def _noise(family: Family, n_components: int) -> NDArray[np.bool_]:
    """Which components are a background that no cluster is looked for, (K,); none where all would be."""
    noise = np.array(np.broadcast_to(family.noise, n_components), dtype=np.bool_)
    return noise & ~noise.all()


def _n_clusters(family: Family, n_components: int) -> int:
    return n_components - int(_noise(family, n_components).sum())


def _mixture(
    data: Data,
    family: Family,
    n_components: int,
    weights: Array,
    means: Array,
    sds: Array,
    order: NDArray[np.int64] | None = None,
) -> Mixture:
    """Components for clusters with weights (C,), means and sds (C, d), and a background; numbered by location.

    Where components differ in family the clusters get theirs in the order of the means, or in the order given.
    """
    order = np.argsort(means[:, 0], kind="stable") if order is None else order
    noise = _noise(family, n_components)
    shares = np.full(n_components, NOISE / max(1, noise.sum()))
    shares[~noise] = weights[order] / weights.sum() * (1.0 - NOISE * noise.any())
    shares = np.maximum(shares, SMALLEST_SHARE)
    shares = shares / shares.sum()
    all_means = np.repeat([data.mean], n_components, axis=0)
    all_sds = np.repeat([data.sd], n_components, axis=0)
    all_means[~noise], all_sds[~noise] = means[order], sds[order]
    low, high = data.minimum, data.maximum
    if data.n_features == 1:
        all_means, all_sds, low, high = all_means[:, 0], all_sds[:, 0], low[0], high[0]
    return Mixture(family, shares, family.resembling(shares, all_means, all_sds, low, high)).numbered()


def _subset(data: Data, family: Family, rng: np.random.Generator) -> _Rows:
    """At most SUBSET rows; columns are measured in their sds, or in one unit where components are spheres in it."""
    scale = data.sd
    if family.covariance == "spherical":
        scale = np.full(len(scale), scale.max() * np.sqrt(np.square(scale / scale.max()).mean()))
    index = np.arange(len(data)) if len(data) <= SUBSET else np.sort(rng.integers(0, len(data), SUBSET))
    counts = np.ones(len(index)) if data.counts is None else data.counts[index]
    return _Rows((data.values[index] - data.mean) / scale, counts, data.mean, scale)


def _principal_axis(rows: _Rows) -> Array:
    """The direction (d,) in which the values vary most, the first column growing."""
    axis = np.linalg.eigh((rows.values * rows.counts[:, np.newaxis]).T @ rows.values)[1][:, -1]
    return np.asarray(axis if axis[0] >= 0 else -axis)


def _spread_out(rows: _Rows, k: int, rng: np.random.Generator) -> Array:
    """k-means++ seeds (k, d): each drawn with probability proportional to its squared distance to those before."""
    centres = [_draw(rows.values, rows.counts, rng)]
    distances = np.square(rows.values - centres[0]).sum(axis=1)
    while len(centres) < k:
        chances = rows.counts * distances
        centres.append(_draw(rows.values, chances if chances.sum() > 0.0 else rows.counts, rng))
        np.minimum(distances, np.square(rows.values - centres[-1]).sum(axis=1), out=distances)
    return _in_order(np.array(centres))


def _draw(values: Array, chances: Array, rng: np.random.Generator) -> Array:
    cumulated = np.cumsum(chances)
    at = int(np.searchsorted(cumulated, rng.uniform() * cumulated[-1], side="right"))
    return np.asarray(values[min(at, len(values) - 1)])


def _points(data: Data, k: int, rng: np.random.Generator) -> Array:
    """k rows of the data (k, d), all different while there are enough different ones among a few hundred drawn."""
    chances = None if data.counts is None else data.counts / data.counts.sum()
    drawn = data.values[rng.choice(len(data), size=max(400, 20 * k), p=chances)]
    different = drawn[np.sort(np.unique(drawn, axis=0, return_index=True)[1])]
    return np.concatenate([different, drawn])[:k]


def _in_order(centres: Array) -> Array:
    """Centres sorted by their first coordinates."""
    return np.asarray(centres[np.argsort(centres[:, 0], kind="stable")])


def _assign(values: Array, centres: Array) -> NDArray[np.int64]:
    """Position of the nearest centre of each value; in one dimension the midpoints between sorted centres decide."""
    if values.shape[1] == 1:
        return np.searchsorted(0.5 * (centres[1:, 0] + centres[:-1, 0]), values[:, 0]).astype(np.int64)
    distances = np.stack([np.square(values - centre).sum(axis=1) for centre in centres])
    return np.asarray(distances.argmin(axis=0), dtype=np.int64)


def _means(rows: _Rows, labels: NDArray[np.int64], k: int) -> tuple[Array, Array]:
    """How many rows each cluster holds (k,), and their mean (k, d); 0 where there are none."""
    held = np.bincount(labels, rows.counts, k).astype(np.float64)
    sums = np.stack([np.bincount(labels, rows.counts * column, k) for column in rows.values.T], axis=1)
    return held, np.asarray(sums / np.where(held > 0, held, 1.0)[:, np.newaxis])


def _squares(rows: _Rows, labels: NDArray[np.int64], centres: Array) -> tuple[Array, Array]:
    """How many rows each cluster holds (k,), and their summed squared distances in each column (k, d)."""
    away = np.square(rows.values - centres[labels])
    sums = [np.bincount(labels, rows.counts * column, len(centres)) for column in away.T]
    held = np.bincount(labels, rows.counts, len(centres)).astype(np.float64)
    return held, np.stack(sums, axis=1).astype(np.float64)


def _sds(held: Array, squares: Array) -> Array:
    """Sds (k, d) of clusters; one without any to speak of takes that of all pooled, or a k-th of the data's."""
    pooled = np.sqrt(squares.sum(axis=0) / held.sum())
    pooled = np.where(pooled > 0.0, pooled, 1.0 / len(held))
    sds = np.sqrt(squares / np.where(held > 0, held, 1.0)[:, np.newaxis])
    return np.asarray(np.where(sds > SMALLEST_SHARE * pooled, sds, pooled))


def _sd(values: Array, counts: Array) -> float:
    mean = np.average(values, weights=counts)
    return float(np.sqrt(np.average(np.square(values - mean), weights=counts)))
