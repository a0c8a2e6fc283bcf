"""The normal distribution of several columns, with covariances of its own, shared, or of a simpler shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from core.errors import InputError
from core.families.covariances import POSITIVE_DEFINITE, factor, sds_of, stretched, symmetric_basis
from core.families.domains import REAL, Domain
from core.families.family import Derivatives, Family, Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

LOG_2PI = log(2.0 * pi)
UNLIKE = 1e-9
"""Difference, in sds, between entries of covariances that ought to be equal and are not."""


class MeanAndCovariance(NamedTuple):
    """Mean (K, d) and covariance (K, d, d; divided by n) of K shares of the rows. The mean is kept as centre + offset.

    Offsets are small beside a centre of 1e9 and keep the digits it would cost.
    """

    centres: Array
    offsets: Array
    covariances: Array

    @property
    def means(self) -> Array:
        """Mean of each share, (K, d)."""
        return self.centres + self.offsets

    def pooled(self, counts: Array, other: MeanAndCovariance, other_counts: Array) -> MeanAndCovariance:
        """Those of both sets of rows (Chan, Golub and LeVeque 1983, the update of pairwise variances)."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        apart = (other.centres - self.centres) + (other.offsets - self.offsets)
        both = share[:, np.newaxis, np.newaxis]
        between = apart[:, :, np.newaxis] * apart[:, np.newaxis, :]
        covariances = (1.0 - both) * self.covariances + both * (other.covariances + (1.0 - both) * between)
        return MeanAndCovariance(self.centres, self.offsets + share[:, np.newaxis] * apart, covariances)

    def scaled(self, factor: float) -> MeanAndCovariance:
        """The same: means and covariances do not depend on how often every row counts."""
        return self


@dataclass(frozen=True)
class MultivariateGaussian(Family):
    """Normal components in d columns.

    covariance: "full", each its own; "tied", one for all; "diag", without correlations; "spherical", one variance for
    all columns of a component. Parameters: mean (K, d), covariance (K, d, d). Local steps, of which 1 is one sd: d of
    the mean along the covariance's Cholesky factor L, and of S in L exp(S) Lᵀ.
    """

    covariance: str = "full"
    n_features: int = 2
    name: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian"
    domains: ClassVar[dict[str, Domain]] = {"mean": REAL, "covariance": POSITIVE_DEFINITE}

    @property
    def unbounded(self) -> bool:
        """Unless the covariance is shared."""
        return self.covariance != "tied"

    @property
    def n_local(self) -> int:
        """Steps of the mean and of the covariance: d + d (d + 1) / 2 where it is full."""
        return self.n_features + len(self._basis)

    @property
    def _basis(self) -> Array:
        return symmetric_basis(self.covariance, self.n_features)

    def n_parameters(self, n_components: int) -> int:
        """K − 1 weights, K d means, and the free entries of K covariances or of one."""
        covariances = 1 if self.covariance == "tied" else n_components
        return n_components - 1 + n_components * self.n_features + covariances * len(self._basis)

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when a covariance is none, or not of the shape that is asked for."""
        super().check(parameters)
        covariances = parameters["covariance"]
        shaped = self._shaped(np.ones(len(covariances)), covariances)
        sds = sds_of(covariances)
        away = np.abs(covariances - shaped) / sds[:, :, np.newaxis] / sds[:, np.newaxis, :]
        if (away > UNLIKE).any():
            number = int(np.argmax(away.max(axis=(1, 2)) > UNLIKE)) + 1
            raise InputError(
                "With tied covariance all components must have the same covariance; the given ones differ."
                if self.covariance == "tied"
                else f"The covariance of component {number} must be {self._shape_in_words}."
            )

    @property
    def _shape_in_words(self) -> str:
        if self.covariance == "diag":
            return "0 outside its diagonal, as diag covariance is"
        return "one variance times the identity, as spherical covariance is"

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the normal density of values (m, d), (K, m)."""
        means, lower = parameters["mean"], factor(parameters["covariance"])
        log_density = np.empty((len(means), len(values)))
        for k, inverse in enumerate(lower.inverse):
            standardised = (values - means[k]) @ inverse.T
            np.einsum("md,md->m", standardised, standardised, out=log_density[k])
        log_density += (lower.log_determinant + self.n_features * LOG_2PI)[:, np.newaxis]
        log_density *= -0.5
        return log_density

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """P(every column ≤ its value), (K, m): by SciPy's quadrature, to about five digits."""
        from scipy.stats import multivariate_normal

        rows = [
            np.atleast_1d(multivariate_normal.cdf(values, mean, covariance, abseps=1e-8))
            for mean, covariance in zip(parameters["mean"], parameters["covariance"], strict=True)
        ]
        return np.stack(rows)

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Normal draws (m, d) for each entry of labels."""
        lower = factor(parameters["covariance"]).lower
        draws = rng.standard_normal((len(labels), self.n_features))
        return np.asarray(parameters["mean"][labels] + np.einsum("mij,mj->mi", lower[labels], draws))

    def moments(
        self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array
    ) -> MeanAndCovariance:
        """Mean and covariance of a block's rows as they are shared out, about each component's mean (two passes)."""
        means = parameters["mean"]
        offsets, covariances = np.empty_like(means), np.empty_like(parameters["covariance"])
        held = np.where(counts > 0, counts, 1.0)
        for k, share in enumerate(responsibilities):
            away = values - means[k]
            offsets[k] = share @ away / held[k]
            away -= offsets[k]
            scatter = (away * share[:, np.newaxis]).T @ away / held[k]
            covariances[k] = 0.5 * (scatter + scatter.T)
        return MeanAndCovariance(means, offsets, covariances)

    def maximize(self, counts: Array, moments: MeanAndCovariance) -> dict[str, Array]:
        """Mean and covariance of each share, in the shape that is asked for."""
        return {"mean": moments.means, "covariance": self._shaped(counts, moments.covariances)}

    def _shaped(self, counts: Array, covariances: Array) -> Array:
        """The likeliest covariances of this shape (Celeux and Govaert 1995), for shares that have these."""
        if self.covariance == "tied":
            shared = np.einsum("k,kij->ij", counts / counts.sum(), covariances)
            return np.repeat(shared[np.newaxis], len(covariances), axis=0)
        if self.covariance == "diag":
            return np.asarray(covariances * np.eye(self.n_features))
        if self.covariance == "spherical":
            variances = np.trace(covariances, axis1=1, axis2=2) / self.n_features
            return np.asarray(variances[:, np.newaxis, np.newaxis] * np.eye(self.n_features))
        return covariances

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: MeanAndCovariance) -> Array:
        """Σ r log f from mean and covariance of the shares: −½ N (log |2π Σ| + E zᵀz)."""
        lower = factor(parameters["covariance"])
        bias = np.einsum("kij,kj->ki", lower.inverse, (moments.centres - parameters["mean"]) + moments.offsets)
        within = ((lower.inverse @ moments.covariances) * lower.inverse).sum(axis=(1, 2))
        squares = within + np.square(bias).sum(axis=1)
        return np.asarray(-0.5 * counts * (lower.log_determinant + self.n_features * LOG_2PI + squares))

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """Scores z of the mean and ½ (zᵀ E z − tr E) of S along each E of an orthonormal basis, z = L⁻¹ (x − mean)."""
        d, z = self.n_features, self._standardised(parameters, values)
        along = self._along(z)
        hessians = np.empty((self.n_local, self.n_local, *z.shape[1:]))
        hessians[:d, :d] = -np.eye(d)[:, :, np.newaxis, np.newaxis]
        hessians[d:, :d] = -along
        hessians[:d, d:] = np.swapaxes(hessians[d:, :d], 0, 1)
        flat = np.moveaxis(along, (0, 1), (-2, -1))
        hessians[d:, d:] = np.moveaxis(-0.5 * (flat @ np.swapaxes(flat, -1, -2)), (-2, -1), (0, 1))
        return Derivatives(self._scores(z), hessians)

    def scores_and_bend(self, parameters: Parameters, values: Array, shares: Array) -> tuple[Array, Array]:
        """Scores, and the sums of the second derivatives, as the first and second moments of z give them."""
        d, basis, z = self.n_features, self._basis, self._standardised(parameters, values)
        firsts = np.einsum("km,ikm->ki", shares, z)
        by_component = np.moveaxis(z, 1, 0)
        seconds = (by_component * shares[:, np.newaxis]) @ np.swapaxes(by_component, 1, 2)
        bend = np.empty((self.n_local, self.n_local, len(shares)))
        bend[:d, :d] = -np.eye(d)[:, :, np.newaxis] * shares.sum(axis=1)
        bend[d:, :d] = -np.einsum("qij,kj->qik", basis, firsts)
        bend[:d, d:] = np.swapaxes(bend[d:, :d], 0, 1)
        q = len(basis)
        for k, second in enumerate(seconds):
            bend[d:, d:, k] = -0.5 * (basis @ second).reshape(q, -1) @ basis.reshape(q, -1).T
        return self._scores(z), bend

    def scores(self, parameters: Parameters, counts: Array, moments: MeanAndCovariance) -> Array:
        """N E z and ½ N (E zᵀ E z − tr E) for each E of the basis, from mean and covariance of the shares."""
        inverse, basis = factor(parameters["covariance"]).inverse, self._basis
        bias = np.einsum("kij,kj->ki", inverse, (moments.centres - parameters["mean"]) + moments.offsets)
        squares = inverse @ moments.covariances @ np.swapaxes(inverse, 1, 2)
        squares += bias[:, :, np.newaxis] * bias[:, np.newaxis, :]
        of_covariance = np.einsum("qij,kij->qk", basis, squares - np.eye(self.n_features))
        return np.concatenate([bias.T, 0.5 * of_covariance]) * counts

    def _standardised(self, parameters: Parameters, values: Array) -> Array:
        """z = L⁻¹ (x − mean), (d, K, m)."""
        inverse = factor(parameters["covariance"]).inverse
        return np.stack([w @ (values - mean).T for w, mean in zip(inverse, parameters["mean"], strict=True)], axis=1)

    def _along(self, z: Array) -> Array:
        """E z for each E of the basis, (q, d, K, m)."""
        return np.asarray(np.tensordot(self._basis, z, axes=1))

    def _scores(self, z: Array) -> Array:
        """Of the mean and of S, (P, K, m): each matrix of the basis is of one pair of columns, or the identity's."""
        d, basis = self.n_features, self._basis
        scores = np.empty((d + len(basis), *z.shape[1:]))
        scores[:d] = z
        for score, matrix in zip(scores[d:], basis, strict=True):
            i, j = np.unravel_index(int(np.argmax(np.abs(matrix))), matrix.shape)
            if self.covariance == "spherical":
                np.einsum("ikm,ikm->km", z, z, out=score)
            else:
                np.multiply(z[i], z[j], out=score)
            score *= 0.5 * matrix[i, j] if i == j else matrix[i, j]
            score -= 0.5 * np.trace(matrix)
        return scores

    def information(self, parameters: Parameters) -> Array:
        """1 for each step of the mean and ½ for each of S, per row."""
        rows = np.full((self.n_local, len(parameters["mean"])), 0.5)
        rows[: self.n_features] = 1.0
        return rows

    def contraction(self, parameters: Parameters) -> Array:
        """All steps are free; tied: those of S are shared by all components."""
        k, d = len(parameters["mean"]), self.n_features
        if self.covariance != "tied":
            return np.eye(self.n_local * k)
        shared = np.kron(np.eye(len(self._basis)), np.ones((k, 1)))
        tied = np.zeros((self.n_local * k, d * k + shared.shape[1]))
        tied[: d * k, : d * k] = np.eye(d * k)
        tied[d * k :, d * k :] = shared
        return tied

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Means moved along the Cholesky factor, covariances stretched within it."""
        covariances, d = parameters["covariance"], self.n_features
        moved = parameters["mean"] + np.einsum("kij,jk->ki", factor(covariances).lower, steps[:d])
        return {
            "mean": moved,
            "covariance": stretched(covariances, np.einsum("qij,qk->kij", self._basis, steps[d:])),
        }

    def spread(self, parameters: Parameters) -> Array:
        """The geometric mean of the sds along the principal axes."""
        return np.asarray(np.exp(0.5 * factor(parameters["covariance"]).log_determinant / self.n_features))

    def units(self, parameters: Parameters) -> Array:
        """The sd of each column, (K, d)."""
        return sds_of(parameters["covariance"])

    def flatness(self, parameters: Parameters, sds: Array) -> Array:
        """The smallest sd in any direction, columns in units of these sds (d,), for each component (K,)."""
        scaled = parameters["covariance"] / sds[:, np.newaxis] / sds
        return np.asarray(np.sqrt(np.maximum(np.linalg.eigvalsh(scaled)[:, 0], 0.0)))

    def slimness(self, parameters: Parameters) -> Array:
        """The smallest ratio of a component's sd to another's in the same direction, for each component (K,)."""
        lower = factor(parameters["covariance"])
        inside = lower.inverse[:, np.newaxis] @ lower.lower
        least = np.linalg.eigvalsh(inside @ np.swapaxes(inside, -1, -2))[..., 0]
        return np.asarray(np.sqrt(np.maximum(least.min(axis=0), 0.0)))

    def location(self, parameters: Parameters) -> Array:
        """The first coordinates of the means."""
        return parameters["mean"][:, 0]

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """These means and sds without correlations; tied and spherical: with the mean of the variances."""
        covariances = np.square(sds)[:, :, np.newaxis] * np.eye(self.n_features)
        return {"mean": means, "covariance": self._shaped(weights, covariances)}
