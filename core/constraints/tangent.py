"""The directions that constraints leave free at a mixture, and how they and priors bend what is climbed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.constraints.coordinates import Coordinates, coordinates, stacked
from core.constraints.faces import Walls, null_space
from core.constraints.holding import Held
from core.constraints.priors import of_parameters
from core.data import Array
from core.mixture import Mixture

STEP = 1e-3
TOUCHING = 1e-9


@dataclass(frozen=True, eq=False)
class Tangent:
    """What is left free, in the K log-weights and P·K local steps of a family (L in all).

    free (F₀, F): orthonormal combinations of the directions asked about. gradient (L,) is the log prior's own;
    hessian (L, L) is the log prior's and what the constraints' curvature adds.
    """

    free: Array
    gradient: Array
    hessian: Array


def tangent(held: Held, mixture: Mixture, spread: Array, gradient: Array) -> Tangent:
    """The tangent at a mixture that conforms.

    spread (L, F₀): the directions without constraints; gradient (L,) of the log-likelihood. Fixed values, ties and the
    sum of the weights hold everywhere; a bound or an order that is reached holds while the gradient pushes against it.
    With multipliers μ the Hessian along curved constraints h is that of log-likelihood − μᵀh (Nocedal and Wright 2006,
    section 12.5).
    """
    k = mixture.n_components
    weights, family = mixture.weights, mixture.family
    p = family.n_local if held.names else 0
    prior = _Blocks(mixture, p, lambda values: of_parameters(held, values)[np.newaxis], held)
    slope, bend = np.zeros_like(gradient), np.zeros((len(gradient), len(gradient)))
    slope[k : k + p * k] = prior.slopes[0].ravel()
    extra = held.weights.concentration - 1.0
    slope[:k] = extra * (1.0 - k * weights)
    bend[:k, :k] = -extra * k * (np.diag(weights) - np.outer(weights, weights))

    at = coordinates(held, mixture.parameters) if p else None
    equal_weights, touching_weights = _of_weights(held, weights)
    equal, touching = _of_parameters(held, at, mixture) if at else (np.zeros((0, held.present.size)),) * 2
    on_weights = _stacked(equal_weights, len(equal), touching_weights, len(touching))
    on_steps = _stacked(len(equal_weights), equal, len(touching_weights), touching)
    rows = np.zeros((len(on_weights), len(gradient)))
    rows[:, :k] = on_weights
    if at:
        slopes = _Blocks(mixture, p, at.steps, held).slopes  # (d, P, K)
        shaped = on_steps.reshape(len(rows), *held.present.shape)
        rows[:, k:] = np.einsum("rdk,dpk->rpk", shaped, slopes).reshape(len(rows), p * k)
    walls = Walls(rows @ spread, len(equal_weights) + len(equal))
    along = spread.T @ (gradient + slope)
    pushed = walls.pushed(np.arange(walls.n_equal, len(rows)), along)
    chosen = [*range(walls.n_equal), *pushed]
    multipliers = walls.multipliers(chosen, along)
    # The sum of the weights, log Σ w e^δ = 0, is the first of them.
    bend[:k, :k] -= multipliers[0] * (np.diag(weights) - np.outer(weights, weights))
    if at:
        weighed = (multipliers @ on_steps[chosen]).reshape(held.present.shape)

        def lagrangian(values: Array) -> Array:
            steps = np.where(weighed != 0.0, at.steps(values), 0.0)
            return np.asarray(of_parameters(held, values) - (weighed * steps).sum(axis=0))[np.newaxis]

        blocks = _Blocks(mixture, p, lagrangian, held).bends
        diagonal = np.arange(k)
        for i in range(p):
            for j in range(p):
                bend[k + i * k + diagonal, k + j * k + diagonal] += blocks[i, j]
    return Tangent(null_space(walls.rows[chosen]), slope, bend)


class _Blocks:
    """Slopes (q, P, K) and, of the first, second derivatives (P, P, K) of values (q, K) in local steps."""

    def __init__(self, mixture: Mixture, p: int, function: Callable[[Array], Array], held: Held) -> None:
        self.mixture, self.p, self.function, self.held = mixture, p, function, held

    def at(self, *moved: tuple[int, float]) -> Array:
        """The values after steps of some rows, in all components at once."""
        steps = np.zeros((self.p, self.mixture.n_components))
        for row, length in moved:
            steps[row] += length
        with np.errstate(all="ignore"):
            return np.asarray(
                self.function(stacked(self.held, self.mixture.family.displaced(self.mixture.parameters, steps)))
            )

    @property
    def slopes(self) -> Array:
        """First derivatives, to the fourth power of the step."""
        made = []
        for row in range(self.p):
            with np.errstate(invalid="ignore"):  # at the end of a range nothing moves
                near = self.at((row, STEP)) - self.at((row, -STEP))
                far = self.at((row, 2 * STEP)) - self.at((row, -2 * STEP))
                made.append((8.0 * near - far) / (12.0 * STEP))
        k = self.mixture.n_components
        return np.nan_to_num(np.array(made).reshape(self.p, -1, k).swapaxes(0, 1) if made else np.zeros((1, 0, k)))

    @property
    def bends(self) -> Array:
        """Second derivatives of the first value."""
        k, p = self.mixture.n_components, self.p
        made = np.zeros((p, p, k))
        middle = self.at()[0]
        with np.errstate(invalid="ignore"):
            single = [self.at((i, STEP))[0] + self.at((i, -STEP))[0] for i in range(p)]
            for i in range(p):
                made[i, i] = (single[i] - 2.0 * middle) / STEP**2
                for j in range(i):
                    both = self.at((i, STEP), (j, STEP))[0] + self.at((i, -STEP), (j, -STEP))[0]
                    made[i, j] = made[j, i] = (both + 2.0 * middle - single[i] - single[j]) / (2.0 * STEP**2)
        return np.nan_to_num(made, posinf=0.0, neginf=0.0)


def _of_weights(held: Held, weights: Array) -> tuple[Array, Array]:
    """Rows (·, K) of what must stay 0 (first the sum) and of what must not fall, of the log-weights."""
    of, k = held.weights, len(weights)
    unit = np.eye(k)
    tied = [unit[i] - unit[of.groups[i]] for i in range(k) if of.groups[i] != i]
    equal = np.array([weights, *tied, *unit[of.fixed]])
    low = unit[~of.fixed & (weights <= of.low * (1.0 + TOUCHING)) & (of.low > 0.0)]
    high = unit[~of.fixed & (weights >= of.high * (1.0 - TOUCHING)) & (of.high < 1.0)]
    return equal, np.concatenate([low, -high])


def _of_parameters(held: Held, at: Coordinates, mixture: Mixture) -> tuple[Array, Array]:
    """Rows (·, d·K) of what must stay 0 and of what must not fall, of the parameters' steps."""
    d, k = held.present.shape
    unit, here = np.eye(d * k), held.present
    basis = held.basis
    missing = null_space(basis[here.ravel()].T)  # combinations that ties and a common sd / mean leave at 0
    tied = np.zeros((missing.shape[1], d * k))
    tied[:, here.ravel()] = missing.T
    values = stacked(held, mixture.parameters)
    steps = at.steps(values) / at.sizes
    low, high = at.steps(held.low) / at.sizes, at.steps(held.high) / at.sizes
    loose = here & ~held.fixed
    at_low = loose & (steps <= low + TOUCHING) & np.isfinite(low)
    at_high = loose & (steps >= high - TOUCHING) & np.isfinite(high)
    orders = []
    for row in np.flatnonzero(held.ordered):
        chain = held.order[here[row, held.order]]
        for before, after in pairwise(chain):
            gap = steps[row, after] - steps[row, before] * at.sizes[row, before] / at.sizes[row, after]
            if held.groups[row, before] != held.groups[row, after] and gap <= TOUCHING:
                orders.append(unit[row * k + after] - unit[row * k + before])
    ordered = np.array(orders).reshape(-1, d * k)
    walls = np.concatenate([unit[at_low.ravel()], -unit[at_high.ravel()], ordered])
    return np.concatenate([tied, unit[held.fixed.ravel()]]), walls


def _stacked(*parts: Array | int) -> Array:
    """Rows one under the other, with as many of zeros where there is a number."""
    width = next(part.shape[1] for part in parts if not isinstance(part, int))
    return np.concatenate([np.zeros((part, width)) if isinstance(part, int) else part for part in parts])
