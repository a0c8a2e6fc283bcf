"""The M step under any constraints: Newton's method along whatever holds, until nothing more is to be had.

The expected log-density is a sum over components and comes from the moments, so that its derivatives by differences
cost a few numbers and no look at the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.constraints.conforming import conformed, conforms
from core.constraints.coordinates import Coordinates
from core.constraints.faces import Walls
from core.constraints.holding import Held, Mask
from core.data import Array

STEP = 1e-3
"""Of the differences: their error is its fourth power in slopes, its square in curvatures."""
MOST_ROUNDS = 60
LONGEST = 1.0
NEARLY, THERE = 1e-5, 1e-10
"""Largest step (in sds of a location, in logarithms of a scale) after which one more, or none, is worth while."""
TOUCHING = 1e-11

Objective = Callable[[Array], Array]
"""Parameters (d, K) → what each component adds to the expected log-density, plus log prior, (K,)."""


@dataclass(frozen=True, eq=False)
class Climb:
    """A climb over the parameters of the components in `moving` (d, K); the others stay where they are.

    basis (R, U): how free coordinates move the R moving parameters, each in its own size; walls are of the coordinates.
    gaps: of each inequality, made from the steps.
    """

    held: Held
    at: Coordinates
    moving: Mask
    objective: Objective
    basis: Array
    walls: Walls
    offsets: Array
    signs: Array

    def value(self, steps: Array) -> float:
        """What is climbed; −∞ where it is no number."""
        with np.errstate(all="ignore"):
            parts = self.objective(self.at.values(steps))[self.moving.any(axis=0)]
        total = float(parts.sum())
        return total if np.isfinite(total) else -np.inf

    def gaps(self, steps: Array) -> Array:
        """How far (in sizes) the steps are from each inequality, never below 0."""
        return np.asarray(np.maximum(self.signs @ (steps / self.at.sizes)[self.moving] - self.offsets, 0.0))

    def top(self, steps: Array) -> Array:
        """The steps (d, K) at the maximum that is uphill from these, which must conform."""
        here = self.value(steps)
        for _ in range(MOST_ROUNDS):
            slopes, bends = self.derivatives(steps)
            with np.errstate(all="ignore"):
                gradient, curvature = self.basis.T @ slopes, -(self.basis.T @ bends @ self.basis)
            if not (np.isfinite(gradient).all() and np.isfinite(curvature).all()):
                break  # a component without width has a slope that is no number
            move = self.move(steps, gradient, curvature)
            change = self.basis @ move
            size = float(np.abs(change).max(initial=0.0))
            if size <= THERE:
                break
            share = min(1.0, LONGEST / size)
            expected, at_edge = float(gradient @ move), False
            while share > 1e-9:
                trial = steps.copy()
                trial[self.moving] += share * change * self.at.sizes[self.moving]
                there = self.value(trial)
                rounding = 1e-13 * (abs(here) + 1.0) if size < 1e-3 else 0.0
                if there >= here + 1e-4 * share * expected - rounding:
                    break
                at_edge |= there == -np.inf
                share *= 0.5
            else:
                break
            steps, here = trial, there
            if size <= NEARLY or at_edge:  # beyond what the moments know, the next E step leads on
                break
        return steps

    def move(self, steps: Array, gradient: Array, curvature: Array) -> Array:
        """Newton's step (U,) along the walls that hold it back, ending at the next wall."""
        gaps = self.gaps(steps)
        face = self.walls.pushed(self.walls.n_equal + np.flatnonzero(gaps <= TOUCHING), gradient)
        rows = self.walls.rows[self.walls.n_equal :]
        move = np.zeros(len(gradient))
        for _ in range(len(gaps) + 1):
            free = self.walls.along(face)
            move = free @ ascent(free.T @ gradient, free.T @ curvature @ free)
            closing = -(rows @ move)
            running = np.setdiff1d(np.flatnonzero(closing > 1e-14), face - self.walls.n_equal)
            reach = gaps[running] / closing[running]
            if len(running) == 0 or reach.min() >= 1.0:
                return move
            first = int(running[reach.argmin()])
            if gaps[first] > TOUCHING:
                return np.asarray(reach.min() * move)
            face = np.append(face, self.walls.n_equal + first)
        return np.zeros(len(gradient))

    def derivatives(self, steps: Array) -> tuple[Array, Array]:
        """Slopes (R,) and second derivatives (R, R) of what is climbed, in sizes, by central differences."""
        d, k = steps.shape
        shifts = STEP * self.at.sizes
        low, high = self.at.ends
        steps = np.clip(steps, low + 2.0 * shifts, high - 2.0 * shifts)  # at the end of a range, from just inside

        def at(*moved: tuple[int, float]) -> Array:
            trial = steps.copy()
            for row, times in moved:
                trial[row] += np.where(self.moving[row], times * shifts[row], 0.0)
            return self.objective(self.at.values(trial))

        with np.errstate(all="ignore"):
            middle = at()
            slopes, bends = np.zeros((d, k)), np.zeros((d, d, k))
            ends: list[tuple[Array, Array]] = []
            for i in range(d):
                up, down = at((i, 1.0)), at((i, -1.0))
                far = at((i, 2.0)) - at((i, -2.0))
                slopes[i] = (8.0 * (up - down) - far) / (12.0 * STEP)
                bends[i, i] = (up + down - 2.0 * middle) / STEP**2
                edge = ~np.isfinite(slopes[i])  # at the end of what the moments know: only inwards
                inwards = np.where(np.isfinite(up), np.maximum(up - middle, 0.0), np.minimum(middle - down, 0.0))
                slopes[i] = np.where(edge, np.nan_to_num(inwards, posinf=0.0, neginf=0.0) / STEP, slopes[i])
                ends.append((up, down))
            for i in range(d):
                for j in range(i):
                    mixed = at((i, 1.0), (j, 1.0)) + at((i, -1.0), (j, -1.0)) + 2.0 * middle
                    bends[i, j] = bends[j, i] = (mixed - sum(ends[i]) - sum(ends[j])) / (2.0 * STEP**2)
        bends = np.nan_to_num(bends, nan=0.0, posinf=0.0, neginf=0.0)
        rows, of = np.nonzero(self.moving)
        block = bends[rows[:, np.newaxis], rows, of[:, np.newaxis]] * (of[:, np.newaxis] == of)
        return slopes[self.moving], np.asarray(block)


def ascent(gradient: Array, curvature: Array) -> Array:
    """Newton's step; where the function bends up it is taken as if it bent down as much."""
    if len(gradient) == 0:
        return gradient
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-12 * np.abs(curvature).max() + 1e-300))
    values, vectors = np.linalg.eigh(curvature * np.outer(scale, scale))
    sizes = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
    along = vectors.T @ (scale * gradient)
    return np.asarray(scale * (vectors @ np.divide(along, sizes, out=np.zeros_like(along), where=sizes > 0)))


def climbed(held: Held, at: Coordinates, moving: Mask, objective: Objective, starts: list[Array]) -> Array:
    """The parameters (d, K) of the highest point uphill from the best of some starts, every one of which is conformed.

    The first start is where the parameters are now: if it conforms, the end is never lower than that.
    """
    climb = _climb(held, at, moving, objective)
    made = [np.where(moving, conformed(held, at, start), starts[-1]) for start in starts]
    steps = [np.where(held.present, at.steps(one), 0.0) for one in made]
    best = max(range(len(made)), key=lambda i: climb.value(steps[i]))
    if not np.isfinite(climb.value(steps[best])):
        return made[0]
    top = np.where(moving, conformed(held, at, at.values(climb.top(steps[best]))), made[best])
    if conforms(held, np.where(moving, starts[0], top)):
        before = np.where(moving, starts[0], top)
        if climb.value(at.steps(before)) > climb.value(at.steps(top)):
            return before
    return top


def _climb(held: Held, at: Coordinates, moving: Mask, objective: Objective) -> Climb:
    """Coordinates and walls: one coordinate for each group of equal parameters, a common one for all sd / mean."""
    basis = held.basis[moving.ravel()]
    basis = basis[:, np.abs(basis).max(axis=0, initial=0.0) > 0] / at.sizes[moving][:, np.newaxis]
    low, high = at.steps(held.low) / at.sizes, at.steps(held.high) / at.sizes
    fixed = held.fixed[moving]
    unit = np.eye(int(moving.sum()))
    signs, offsets = [], []
    for ends, sign in ((low[moving], 1.0), (high[moving], -1.0)):
        chosen = np.isfinite(ends) & ~fixed
        signs.append(sign * unit[chosen])
        offsets.append(sign * ends[chosen])
    number = np.full(moving.shape, -1)
    number[moving] = np.arange(int(moving.sum()))
    for row in np.flatnonzero(held.ordered):
        chain = held.order[moving[row, held.order]]
        before, after = number[row, chain[:-1]], number[row, chain[1:]]
        sizes = at.sizes[row]
        signs.append(unit[after] * sizes[chain[1:], np.newaxis] - unit[before] * sizes[chain[:-1], np.newaxis])
        offsets.append(np.zeros(len(before)))
    inequalities = np.concatenate(signs)
    walls = Walls(np.concatenate([unit[fixed], inequalities]) @ basis, int(fixed.sum()))
    return Climb(held, at, moving, objective, basis, walls, np.concatenate(offsets), inequalities)
