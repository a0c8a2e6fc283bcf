"""How the log-likelihood bends at a mixture: what is still to be gained, and where a saddle lets go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.data import Array
from core.engine import total
from core.expectation import Problem
from core.mixture import Mixture, log_sum_exp

FLAT = 1e-11
"""Eigenvalues, in units of the complete-data information, that cannot be told from 0 in float64."""
MOST_DIRECTIONS = 3
"""Flat directions looked at. Components that coincide make several, but each is a blend of all ways to part them."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What a pass adds up: counts (K,), scores (P, K), own second derivatives (P, P, K), products (K+PK, K+PK)."""

    counts: Array
    scores: Array
    own: Array
    products: Array
    n: float

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.counts + other.counts,
            self.scores + other.scores,
            self.own + other.own,
            self.products + other.products,
            self.n + other.n,
        )


@dataclass(frozen=True, eq=False)
class Curvature:
    """Gradient and Hessian of the log-likelihood in local steps, measured in the metric of EM.

    The first K local steps are of the log-weights (softmax), the others the family's, tied where it ties them. In the
    metric of the complete-data information the eigenvalues of −H are 1 minus EM's rates of convergence (Dempster, Laird
    and Rubin 1977, section 3), so the smallest is EM's speed.
    """

    mixture: Mixture
    gradient: Array
    negative_hessian: Array
    spread: Array

    @cached_property
    def _eigen(self) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(self.negative_hessian)
        return values, vectors

    @property
    def smallest_eigenvalue(self) -> float:
        """Smallest eigenvalue of −H: positive at a proper maximum, 1 minus EM's slowest rate."""
        return float(self._eigen[0][0])

    @property
    def is_maximum(self) -> bool:
        """Whether the log-likelihood bends down in every direction."""
        return self.smallest_eigenvalue > FLAT

    @property
    def remaining_gain(self) -> float | None:
        """Newton decrement ½ gᵀ(−H)⁻¹g: log-likelihood still to be gained nearby; None where −H is not positive."""
        if not self.is_maximum:
            return None
        values, vectors = self._eigen
        along = vectors.T @ self.gradient
        return float(0.5 * (np.square(along) / values).sum())

    @property
    def flat_directions(self) -> list[Array]:
        """The directions in which the log-likelihood does not bend down, in local steps, the steepest rise first."""
        values, vectors = self._eigen
        chosen = np.flatnonzero(values <= FLAT)[:MOST_DIRECTIONS]
        return [self.spread @ vectors[:, i] for i in chosen]

    def displaced(self, direction: Array, length: float) -> Mixture:
        """The mixture moved along a direction in local steps, the largest of which becomes `length`."""
        k = self.mixture.n_components
        steps = direction * (length / np.abs(direction).max())
        logits = np.log(self.mixture.weights) + steps[:k]
        weights = np.exp(logits - logits.max())
        family = self.mixture.family
        parameters = family.displaced(self.mixture.parameters, steps[k:].reshape(family.n_local, k))
        return Mixture(family, weights / weights.sum(), parameters, self.mixture.ids)


def curvature(problem: Problem, mixture: Mixture) -> Curvature:
    """The curvature at a mixture, exactly, in one pass over the data (fourth moments of each share, no n x K array).

    Louis (1982): the observed information is the complete one less what is missing; here in local steps.
    """
    sums = _sums(problem, mixture)
    family, weights, n = mixture.family, mixture.weights, sums.n
    contraction = family.contraction(mixture.parameters)
    k, p = mixture.n_components, family.n_local
    hessian = -sums.products
    diagonal = np.arange(k)
    hessian[diagonal, diagonal] += sums.counts
    for i in range(p):
        rows = k + i * k + diagonal
        hessian[diagonal, rows] += sums.scores[i]
        hessian[rows, diagonal] += sums.scores[i]
        for j in range(p):
            hessian[rows, k + j * k + diagonal] += sums.own[i, j]
    hessian[:k, :k] -= n * (np.diag(weights) - np.outer(weights, weights))
    gradient = np.concatenate([sums.counts - n * weights, sums.scores.ravel()])

    free = np.zeros((k + p * k, k + contraction.shape[1]))
    free[:k, :k] = np.eye(k)
    free[k:, k:] = contraction
    information = n * np.concatenate([weights, (family.information(mixture.parameters) * weights).ravel()])
    scale = 1.0 / np.sqrt(free.T**2 @ information)
    spread = free * scale
    negative_hessian = -(spread.T @ hessian @ spread)
    null = np.zeros(len(scale))
    null[:k] = np.sqrt(weights)  # adding the same to every log-weight changes nothing: push that direction away
    negative_hessian += 2.0 * np.outer(null, null)
    return Curvature(mixture, spread.T @ gradient, 0.5 * (negative_hessian + negative_hessian.T), spread)


def _sums(problem: Problem, mixture: Mixture) -> Sums:
    k, p = mixture.n_components, mixture.family.n_local

    def block(values: Array, counts: Array | None) -> Sums:
        responsibilities = log_sum_exp(mixture.joint(values))[1]
        scores, hessians = mixture.family.derivatives(mixture.parameters, values)
        with np.errstate(invalid="ignore", over="ignore"):
            shared = np.concatenate([responsibilities[np.newaxis], responsibilities * scores]).reshape(k + p * k, -1)
        # A share of 0 far away times a huge score is 0, also where the score itself overflows.
        np.nan_to_num(shared, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        weighted = shared if counts is None else shared * counts
        share = weighted[:k]
        with np.errstate(invalid="ignore", over="ignore"):
            own = np.nan_to_num(scores[:, np.newaxis] * scores[np.newaxis] + hessians, posinf=0.0, neginf=0.0)
        return Sums(
            share.sum(axis=1),
            weighted[k:].sum(axis=1).reshape(p, k),
            np.einsum("km,ijkm->ijk", share, own),
            weighted @ shared.T,
            float(len(values)) if counts is None else float(counts.sum()),
        )

    # A block here holds some ten times as many numbers as in an E step.
    return total(block, problem.data, max(256, problem.rows(k) // (2 + p * p)))
