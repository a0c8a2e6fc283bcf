"""Covariance matrices: their triangular factors, and steps among them that are alike in any unit."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.domains import Domain

LEAST_EIGENVALUE = 1e-14
"""Of a correlation matrix; what is below cannot be told from rounding, and is lifted to it."""
SMALLEST_SD = 1e-150
LARGEST_STEP = 200.0
"""Largest logarithm of an eigenvalue that a step multiplies by: further on variances would overflow."""
ASYMMETRY = 1e-9


class Factor(NamedTuple):
    """Cholesky factors of K covariances: lower and its inverse (K, d, d), log_determinant of the covariances (K,)."""

    lower: Array
    inverse: Array
    log_determinant: Array


def factor(covariances: Array) -> Factor:
    """The Cholesky factors of covariances (K, d, d), made of the correlations so that units cost no digit.

    A matrix that is singular, but for rounding, is taken for the nearest one that is not.
    """
    sds = np.maximum(sds_of(covariances), SMALLEST_SD)
    correlations = covariances / sds[:, :, np.newaxis] / sds[:, np.newaxis, :]
    try:
        unit = _cholesky(correlations)
    except np.linalg.LinAlgError:
        unit = _cholesky(_lifted(correlations))
    diagonal = np.diagonal(unit, axis1=1, axis2=2)
    log_determinant = 2.0 * (np.log(diagonal) + np.log(sds)).sum(axis=1)
    return Factor(sds[:, :, np.newaxis] * unit, _inverse(unit) / sds[:, np.newaxis, :], log_determinant)


def sds_of(covariances: Array) -> Array:
    """The sd of each column, (K, d)."""
    return np.asarray(np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)))


@lru_cache
def symmetric_basis(shape: str, d: int) -> Array:
    """Orthonormal symmetric matrices (q, d, d), of which a covariance's logarithm is made.

    shape "full" or "tied": all, d (d + 1) / 2; "diag": the diagonal ones; "spherical": the identity alone.
    """
    if shape == "spherical":
        return _read_only(np.eye(d)[np.newaxis] / np.sqrt(d))
    places = [(i, i) for i in range(d)]
    if shape != "diag":
        places += [(i, j) for i in range(d) for j in range(i + 1, d)]
    basis = np.zeros((len(places), d, d))
    for matrix, (i, j) in zip(basis, places, strict=True):
        matrix[i, j] = matrix[j, i] = 1.0 if i == j else np.sqrt(0.5)
    return _read_only(basis)


def stretched(covariances: Array, logarithms: Array) -> Array:
    """L exp(S) Lᵀ for covariances L Lᵀ and symmetric logarithms S, both (K, d, d): a covariance again."""
    values, vectors = np.linalg.eigh(logarithms)
    roots = vectors * np.exp(0.5 * np.clip(values, -LARGEST_STEP, LARGEST_STEP))[:, np.newaxis, :]
    halves = factor(covariances).lower @ roots
    return np.asarray(halves @ np.swapaxes(halves, 1, 2))


class PositiveDefinite(Domain):
    """A covariance matrix; steps are of the logarithm of what stretches the reference, in its own coordinates."""

    words = "symmetric and positive definite"

    def allows(self, values: Array) -> NDArray[np.bool_]:
        """Finite and symmetric ones with eigenvalues above 0."""
        return np.array([_is_covariance(value) for value in values], dtype=np.bool_)

    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """Logarithm of L⁻¹ V L⁻ᵀ in an orthonormal basis, d (d + 1) / 2 numbers."""
        inverse = factor(reference).inverse
        inside = inverse @ factor(values).lower
        stretches, vectors = np.linalg.eigh(inside @ np.swapaxes(inside, 1, 2))
        logarithms = (vectors * np.log(np.maximum(stretches, 1e-300))[:, np.newaxis, :]) @ np.swapaxes(vectors, 1, 2)
        return np.asarray(np.einsum("qij,kij->kq", symmetric_basis("full", values.shape[1]), logarithms))

    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """The reference stretched by the exponential of the steps."""
        return stretched(reference, np.einsum("qij,kq->kij", symmetric_basis("full", reference.shape[1]), steps))


POSITIVE_DEFINITE = PositiveDefinite()


def _cholesky(correlations: Array) -> Array:
    return np.asarray(np.linalg.cholesky(correlations), dtype=np.float64)


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _is_covariance(value: Array) -> bool:
    variances = np.diagonal(value)
    if not np.isfinite(value).all() or (variances <= 0).any():
        return False
    sds = np.sqrt(variances)
    correlations = value / sds[:, np.newaxis] / sds
    return bool(np.abs(correlations - correlations.T).max() < ASYMMETRY and np.linalg.eigvalsh(correlations)[0] > 0)


def _lifted(correlations: Array) -> Array:
    """With eigenvalues of at least LEAST_EIGENVALUE, so that there are Cholesky factors."""
    values, vectors = np.linalg.eigh(correlations)
    least = LEAST_EIGENVALUE * correlations.shape[1]
    lifted = (vectors * np.maximum(values, least)[:, np.newaxis, :]) @ np.swapaxes(vectors, 1, 2)
    return np.where((values[:, 0] < least)[:, np.newaxis, np.newaxis], lifted, correlations)


def _inverse(lower: Array) -> Array:
    """Inverse of lower triangular matrices (K, d, d), a row at a time."""
    inverse = np.zeros_like(lower)
    diagonal = 1.0 / np.diagonal(lower, axis1=1, axis2=2)
    for i in range(lower.shape[1]):
        inverse[:, i, i] = diagonal[:, i]
        if i > 0:
            before = lower[:, i : i + 1, :i] @ inverse[:, :i, :i]
            inverse[:, i, :i] = -diagonal[:, i, np.newaxis] * before[:, 0]
    return inverse
