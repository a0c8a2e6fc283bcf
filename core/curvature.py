"""How the log-likelihood bends at a mixture: what is still to be gained, and where a saddle lets go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core import passes
from core.data import Array
from core.engine import total
from core.expectation import Problem, State
from core.families.family import Directions, Family, Parameters
from core.mixture import Mixture, log_sum_exp

FLAT = 1e-11
"""Eigenvalues, in units of the complete-data information, that cannot be told from 0 in float64."""
MOST_STEPS = 700
"""Log-weights and local steps of all components for which the curvature is made; beyond, it would take too long."""
BLOCK_NUMBERS = 1 << 23
"""Numbers that a block of rows may take up: 64 MB."""
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
    and Rubin 1977, section 3), so the smallest is EM's speed. Under constraints the directions are those left free, and
    a log prior is added. is_known: whether there was a curvature to be had. is_sampled: whether −H is from some of the
    rows, and no more than it must be at least; then EM's speed is not known from it.
    """

    mixture: Mixture
    gradient: Array
    negative_hessian: Array
    spread: Array
    is_known: bool = True
    is_sampled: bool = False

    @cached_property
    def eigen(self) -> tuple[Array, Array]:
        """Eigenvalues of −H in the metric of EM, rising, and its eigenvectors."""
        values, vectors = np.linalg.eigh(self.negative_hessian)
        return values, vectors

    @property
    def smallest_eigenvalue(self) -> float:
        """Smallest eigenvalue of −H: positive at a proper maximum, 1 minus EM's slowest rate; 1 if nothing is free."""
        return float(self.eigen[0][0]) if self.negative_hessian.size else 1.0

    @property
    def is_maximum(self) -> bool:
        """Whether the log-likelihood bends down in every direction."""
        return self.is_known and self.smallest_eigenvalue > FLAT

    @cached_property
    def remaining_gain(self) -> float | None:
        """Newton decrement ½ gᵀ(−H)⁻¹g: log-likelihood still to be gained nearby; None where −H is not positive."""
        if not self.is_maximum:
            return None
        values, vectors = self.eigen
        along = vectors.T @ self.gradient
        return float(0.5 * (np.square(along) / values).sum())

    @property
    def flat_directions(self) -> list[Array]:
        """The directions in which the log-likelihood does not bend down, in local steps, the steepest rise first."""
        values, vectors = self.eigen
        chosen = np.flatnonzero(values <= FLAT)[:MOST_DIRECTIONS]
        return [self.spread @ vectors[:, i] for i in chosen]

    def displaced(self, direction: Array, length: float) -> Mixture:
        """The mixture moved along a direction in local steps, the largest of which becomes `length`."""
        return self.moved(direction * (length / np.abs(direction).max()))

    def moved(self, steps: Array) -> Mixture:
        """The mixture after local steps (K + P·K,)."""
        k = self.mixture.n_components
        logits = np.log(self.mixture.weights) + steps[:k]
        weights = np.exp(logits - logits.max())
        family = self.mixture.family
        parameters = family.displaced(self.mixture.parameters, steps[k:].reshape(family.n_local, k))
        return Mixture(family, weights / weights.sum(), parameters, self.mixture.ids)


def certified(bend: Curvature, state: State) -> Curvature:
    """A curvature found on a pressed copy of the data, with the gradient of all rows at the same mixture.

    What is still to be gained then counts all rows: the gradient says how far the maximum is, the curvature only how
    the way there is measured.
    """
    mixture, statistics = state.mixture, state.statistics
    scores = mixture.family.scores(mixture.parameters, statistics.counts, statistics.moments)
    gradient = np.concatenate([statistics.counts - statistics.n * mixture.weights, scores.ravel()])
    return replace(bend, mixture=mixture, gradient=bend.spread.T @ gradient)


def curvature(problem: Problem, mixture: Mixture) -> Curvature:
    """The curvature at a mixture, exactly, in one pass over the data (fourth moments of each share, no n x K array).

    Louis (1982): the observed information is the complete one less what is missing; here in local steps. Constraints
    leave some directions free only; a prior adds its own. Not known where there are more than MOST_STEPS local steps.
    """
    family, weights, k = mixture.family, mixture.weights, mixture.n_components
    p = family.n_local
    if k + p * k > MOST_STEPS:
        return _unknown(mixture)
    sums = _sums(problem, mixture)
    hessian, n = _hessian(sums, weights), sums.n
    gradient = np.concatenate([sums.counts - n * weights, sums.scores.ravel()])
    own = family.directions(weights, mixture.parameters)
    directions = free_directions(family, weights, mixture.parameters)
    # Where weights hang on a parameter even the best ones are not the shares of the rows, which EM’s metric is made of.
    of_weights = n * weights if own is None else sums.counts
    of_steps = n * family.information(mixture.parameters) * weights
    information = np.concatenate([of_weights, of_steps.ravel()])
    spread = directions.free / np.sqrt(directions.free.T**2 @ information)
    tangent = problem.constraints.tangent(mixture, spread, gradient)
    if tangent is not None:
        spread, gradient, hessian = spread @ tangent.free, gradient + tangent.gradient, hessian + tangent.hessian
    negative_hessian = -(spread.T @ hessian @ spread)
    if directions.bend is not None:
        scale = 1.0 / np.sqrt(directions.free.T**2 @ information)
        negative_hessian -= np.einsum("l,lij->ij", gradient, directions.bend) * np.outer(scale, scale)
    if directions.null is not None and tangent is None:
        negative_hessian += 2.0 * np.outer(directions.null, directions.null)
    if not np.isfinite(negative_hessian).all():
        return _unknown(mixture)  # at the edge of what float64 can calculate with
    return Curvature(mixture, spread.T @ gradient, 0.5 * (negative_hessian + negative_hessian.T), spread)


def score_products(problem: Problem, bend: Curvature) -> Array:
    """Σ c² s sᵀ over rows of count or weight c, s being a row's score in the free directions, (F, F).

    The middle of the sandwich (White 1982).
    """
    mixture, spread = bend.mixture, bend.spread
    k, p = mixture.n_components, mixture.family.n_local

    def block(values: Array, counts: Array | None) -> Array:
        responsibilities = np.nan_to_num(log_sum_exp(mixture.joint(values))[1], copy=False, nan=0.0)
        scores, _ = mixture.family.scores_and_bend(mixture.parameters, values, responsibilities)
        of_steps = (responsibilities * scores).reshape(p * k, -1)
        of_weights = responsibilities - mixture.weights[:, np.newaxis]
        of_rows = spread.T @ np.concatenate([of_weights, of_steps])
        if counts is not None:
            of_rows = of_rows * counts
        return np.asarray(of_rows @ of_rows.T)

    return total(block, problem.data, max(256, problem.rows(k) // (2 + p * p)))


def _unknown(mixture: Mixture) -> Curvature:
    steps = mixture.n_components * (1 + mixture.family.n_local)
    return Curvature(mixture, np.zeros(0), np.zeros((0, 0)), np.zeros((steps, 0)), is_known=False)


def free_directions(family: Family, weights: Array, parameters: Parameters) -> Directions:
    """The directions that a mixture is free to take, but for constraints.

    The family's own where weights hang on parameters; else the log-weights, and the local steps as they are tied.
    """
    own = family.directions(weights, parameters)
    if own is not None:
        return own
    contraction, k = family.contraction(parameters), len(weights)
    free = np.zeros((k + len(contraction), k + contraction.shape[1]))
    free[:k, :k] = np.eye(k)
    free[k:, k:] = contraction
    null = np.zeros(free.shape[1])
    null[:k] = np.sqrt(weights)  # adding the same to every log-weight changes nothing: push that direction away
    return Directions(free, None, null)


def _hessian(sums: Sums, weights: Array) -> Array:
    """Second derivatives of the log-likelihood in log-weights and local steps, (K + P·K, K + P·K)."""
    k, p = len(weights), len(sums.scores)
    hessian = -sums.products
    diagonal = np.arange(k)
    hessian[diagonal, diagonal] += sums.counts
    for i in range(p):
        rows = k + i * k + diagonal
        hessian[diagonal, rows] += sums.scores[i]
        hessian[rows, diagonal] += sums.scores[i]
        for j in range(p):
            hessian[rows, k + j * k + diagonal] += sums.own[i, j]
    hessian[:k, :k] -= sums.n * (np.diag(weights) - np.outer(weights, weights))
    return np.asarray(hessian)


def _sums(problem: Problem, mixture: Mixture) -> Sums:
    k, p = mixture.n_components, mixture.family.n_local
    compiled = passes.bends(mixture, problem.data)
    if compiled is not None:
        of_one, products = compiled
        own = of_one[[3, 4, 4, 5]].reshape(2, 2, k)
        return Sums(of_one[0], of_one[1:3], own, products, problem.data.n_samples)

    def block(values: Array, counts: Array | None) -> Sums:
        responsibilities = np.nan_to_num(log_sum_exp(mixture.joint(values))[1], copy=False, nan=0.0)
        share = responsibilities if counts is None else responsibilities * counts
        with np.errstate(invalid="ignore", over="ignore"):
            scores, bend = mixture.family.scores_and_bend(mixture.parameters, values, share)
            shared = np.concatenate([responsibilities[np.newaxis], responsibilities * scores]).reshape(k + p * k, -1)
            weighted = shared if counts is None else shared * counts
            of_scores = weighted[k:].reshape(p, k, weighted.shape[1])
            squares = np.matmul(of_scores.transpose(1, 0, 2), scores.transpose(1, 2, 0)).transpose(1, 2, 0)
        return Sums(
            share.sum(axis=1),
            of_scores.sum(axis=2),
            bend + squares,
            weighted @ shared.T,
            float(len(values)) if counts is None else float(counts.sum()),
        )

    # A block here holds many times as many numbers as in an E step, above all where second derivatives are made of each
    # row; and the more directions there are, the more rows it takes for products to cost more than their sum.
    by_row = type(mixture.family).scores_and_bend is Family.scores_and_bend
    most = BLOCK_NUMBERS // ((3 * k * p * p if by_row else 0) + 8 * (k + p * k))
    return total(block, problem.data, max(1, min(most, max(256, k + p * k, problem.rows(k) // (2 + p * p)))))
