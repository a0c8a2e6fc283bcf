"""E steps by compiled passes, where the family has one and the rows are many; the same numbers as block by block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.data import Array, Data
from core.engine import Rows, blocks, side_by_side, summed
from core.families.covariances import factor
from core.families.gaussian import LOG_SQRT_2PI, SQUARES, Gaussian
from core.families.multivariate_gaussian import LOG_2PI, MeanAndCovariance, MultivariateGaussian
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
    if type(mixture.family) is MultivariateGaussian:
        return _of_columns(mixture, rows, data) if _is_worth_it(mixture, data) else None
    if not _are_normals(mixture, data):
        return None
    means, sds = mixture.parameters["mean"], mixture.parameters["sd"]
    spans, shifts = _spans(rows), np.zeros(len(means))
    for _ in range(MOST_PASSES):
        sums = _of_normals(mixture, spans, shifts)
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
    return Statistics(counts, moments, log_likelihood, entropy, float(n), -float(logs))


def log_norms(mixture: Mixture) -> Array:
    """ln(w / (sd √2π)) of normal components, (K,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(mixture.weights) - np.log(mixture.parameters["sd"]) - LOG_SQRT_2PI)


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps of EM made at a stretch. rows (m, 6 K + 4): what the compiled loop leaves of each."""

    begin: Mixture
    n: float
    rows: Array

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def parameters(self) -> Array:
        """Weights, means and sds of each step, (m, 3 K)."""
        return self.rows[:, : 3 * self.begin.n_components]

    @property
    def log_likelihoods(self) -> Array:
        """Of each step's mixture, (m,)."""
        return self.rows[:, -4]

    @property
    def entropies(self) -> Array:
        """Of its responsibilities, (m,)."""
        return self.rows[:, -3]

    @property
    def bounds_after_m(self) -> Array:
        """The lower bound between the two half-steps, (m,)."""
        return self.rows[:, -2]

    @property
    def bounds_after_e(self) -> Array:
        """The lower bound after both, (m,)."""
        return self.rows[:, -1]

    def mixture(self, place: int) -> Mixture:
        """The mixture after a step."""
        weights, means, sds = self.parameters[place].reshape(3, -1)
        return Mixture(self.begin.family, weights, {"mean": means, "sd": sds}, self.begin.ids)

    def statistics(self, place: int) -> Statistics:
        """The statistics of its E step."""
        k = self.begin.n_components
        row = self.rows[place]
        counts, offsets, sds = row[3 * k : 6 * k].reshape(3, k)
        moments = MeanAndSd(row[k : 2 * k], offsets, sds)
        return Statistics(counts, moments, float(self.log_likelihoods[place]), float(self.entropies[place]), self.n)


def steps(
    mixture: Mixture,
    statistics: Statistics,
    data: Data,
    most: int,
    least_sd: float,
    tolerance: float = -np.inf,
    gain: float | None = None,
    unwatched: int | None = None,
) -> Steps | None:
    """Steps of EM on few rows, at most so many, of which nothing is to be said; None where none can be made so.

    It ends before a step at which a component is narrower than least_sd, and might have collapsed. After the first
    `unwatched` steps (None: all) it ends also before one where Aitken's estimate is within the tolerance; gain: of the
    step before.
    """
    if len(data) > SPAN or not _are_normals(mixture, data):
        return None
    from core.kernels.normal import em

    k, is_tied = mixture.n_components, mixture.family.covariance == "tied"
    moments = statistics.moments
    begin = np.concatenate(
        [
            mixture.weights,
            mixture.parameters["mean"],
            mixture.parameters["sd"],
            statistics.counts,
            (moments.centres - mixture.parameters["mean"]) + moments.offsets,
            moments.sds,
            [statistics.log_likelihood, statistics.entropy, np.nan, np.nan],
        ]
    )
    trace = np.empty((max(most, 0), 6 * k + 4))
    ((values, counts),) = _spans(data)
    made = em(
        values,
        counts,
        begin,
        tolerance,
        np.nan if gain is None else gain,
        most if unwatched is None else unwatched,
        least_sd,
        is_tied,
        data.n_samples,
        trace,
    )
    return Steps(mixture, data.n_samples, trace[:made]) if made else None


def bends(mixture: Mixture, data: Data) -> tuple[Array, Array] | None:
    """What the curvature of normal components is made of; None where NumPy is to add it up.

    (6, K): Σ r, Σ r z, Σ r (z² − 1), and Σ r times z² − 1, z³ − 3 z, z⁴ − 4 z² + 1; (3 K, 3 K): Σ v vᵀ with
    v = (r, r z, r (z² − 1)), all r first.
    """
    if not _are_normals(mixture, data):
        return None
    from core.kernels.normal import bend

    k, spans = mixture.n_components, _spans(data)
    norms, means, inverse_sds = log_norms(mixture), mixture.parameters["mean"], 1.0 / mixture.parameters["sd"]

    def span(place: int) -> Array:
        made = np.empty(6 * k + 9 * k * k)
        values, counts = spans[place]
        bend(values, counts, norms, means, inverse_sds, made[: 6 * k].reshape(6, k), made[6 * k :].reshape(3 * k, -1))
        return made

    sums = summed(side_by_side(span, len(spans)))
    products = sums[6 * k :].reshape(3, k, 3, k)
    one, other = _above_diagonal(k)
    products[:, one, :, other] = products[:, other, :, one].transpose(0, 2, 1)
    return sums[: 6 * k].reshape(6, k), products.reshape(3 * k, -1)


@lru_cache
def _above_diagonal(k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(k, 1)


def _is_worth_it(mixture: Mixture, data: Data) -> bool:
    """Whether rows and components are so many that compiled code is worth loading."""
    return kernels.ready(max(len(data), data.stands_for) * mixture.n_components)


def _are_normals(mixture: Mixture, data: Data) -> bool:
    """Whether there is compiled code for these components, it is worth it, and no square overflows in it."""
    if type(mixture.family) is not Gaussian or not _is_worth_it(mixture, data):
        return False
    farthest = max(data.maximum[0], -data.minimum[0], np.abs(mixture.parameters["mean"]).max())
    return bool(farthest / SQUARES <= mixture.parameters["sd"].min())


def _spans(rows: Rows) -> list[tuple[Array, Array]]:
    """The rows in spans as compiled code takes them: values, and their counts or nothing."""
    return [
        (np.ascontiguousarray(values), NO_COUNTS if counts is None else np.ascontiguousarray(counts))
        for values, counts in blocks(rows, SPAN)
    ]


def _of_columns(mixture: Mixture, rows: Rows, data: Data) -> Statistics | None:
    """The E step for normal distributions of several columns; None where squares of differences would overflow."""
    from core.kernels.normals import e_step

    means, lower = mixture.parameters["mean"], factor(mixture.parameters["covariance"])
    d = means.shape[1]
    sds = mixture.family.units(mixture.parameters)
    if (np.maximum(np.maximum(data.maximum, -data.minimum), np.abs(means)) / SQUARES > sds).any():
        return None
    with np.errstate(divide="ignore"):
        norms = np.log(mixture.weights) - 0.5 * (lower.log_determinant + d * LOG_2PI)
    is_diagonal = mixture.family.covariance in ("diag", "spherical")
    inverse = np.diagonal(lower.inverse, axis1=1, axis2=2) if is_diagonal else lower.inverse
    (values, counts), *more = rows.blocks(len(data))
    assert not more
    centres = means
    for _ in range(MOST_PASSES):
        sums = e_step(np.ascontiguousarray(values), counts, norms, means, np.ascontiguousarray(inverse), centres)
        held = np.where(sums.counts > 0, sums.counts, 1.0)
        offsets = sums.firsts / held[:, np.newaxis]
        if is_diagonal:
            covariances = (sums.seconds / held[:, np.newaxis] - np.square(offsets))[:, :, np.newaxis] * np.eye(d)
        else:
            covariances = (
                sums.seconds / held[:, np.newaxis, np.newaxis] - offsets[:, :, np.newaxis] * offsets[:, np.newaxis]
            )
        shifts = np.einsum("kij,kj->ki", factor(covariances).inverse, offsets)
        if not (np.square(shifts).sum(axis=1) > FARTHEST).any():
            break
        centres = centres + offsets
    n = float(len(values)) if counts is None else float(counts.sum())
    moments = MeanAndCovariance(means, (centres - means) + offsets, covariances)
    return Statistics(sums.counts, moments, sums.log_likelihood, sums.entropy, n, sums.sureness)


def _of_normals(mixture: Mixture, spans: list[tuple[Array, Array]], shifts: Array) -> Array:
    """The sums of the compiled E step, (3 K + 3,), over spans of rows."""
    from core.kernels.normal import e_step

    norms, means, inverse_sds = log_norms(mixture), mixture.parameters["mean"], 1.0 / mixture.parameters["sd"]

    def span(place: int) -> Array:
        made = np.empty(3 * len(means) + 3)
        e_step(*spans[place], norms, means, inverse_sds, shifts, made)
        return made

    return summed(side_by_side(span, len(spans)))
