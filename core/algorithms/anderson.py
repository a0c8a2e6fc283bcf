"""Anderson acceleration: the step for which the last differences leave the least residual (Walker and Ni 2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.algorithms.acceleration import FARTHEST, Acceleration, extrapolated, mapped, ventured, weighing
from core.choices import choice
from core.coordinates import steps
from core.data import Array
from core.expectation import Problem, State, expect
from core.mixture import Mixture

RIDGE = 1e-14
"""Singular values of the differences, squared, that count as none: relative to the largest."""


@dataclass(frozen=True, eq=False)
class Memory:
    """The last points as steps from a reference, (m, n), and where the map led from each, (m, n), the latest last."""

    reference: Mixture
    points: Array
    images: Array

    def with_pair(self, mixture: Mixture, image: Mixture, window: int) -> Memory:
        """One pair more, and the oldest forgotten where there are more than the window and one."""
        points = np.vstack([self.points, steps(self.reference, mixture)])[-window - 1 :]
        images = np.vstack([self.images, steps(self.reference, image)])[-window - 1 :]
        return Memory(self.reference, points, images)


@dataclass(frozen=True)
class Anderson(Acceleration):
    """The combination of the last points from which the map would lead least far, and a step of the map from there."""

    window: int = choice(8, "Window", "how many of the last differences are combined", range=(1, 50))

    name: ClassVar[str] = "anderson"
    title: ClassVar[str] = "Anderson"
    summary: ClassVar[str] = (
        "a step of EM from where the last ones together point to (Anderson acceleration); the likelihood never falls"
    )
    iteration: ClassVar[str] = "an accepted step, of 2 passes over the data"
    memoryless: ClassVar[bool] = False

    def leap(self, problem: Problem, state: State) -> State:
        """Extrapolate from the window, and a step of the map from there; or the plain one where that is higher."""
        here, memory = state.mixture, state.memory
        if not isinstance(memory, Memory):
            nothing = np.empty((0, len(steps(here, here))))
            memory = Memory(here, nothing, nothing)
        kept = mapped(problem, here, state.statistics)
        memory = memory.with_pair(here, kept.mixture, self.window)
        trial = None
        if len(memory.points) > 1:
            trial = extrapolated(memory.reference, _combined(memory, weighing(here)))
        if trial is None:
            return State(kept.mixture, expect(problem, kept.mixture), memory, bound_after_m=kept.bound)
        reached = ventured(problem, trial)
        if reached is not None and reached.objective > kept.objective:
            kept = reached
            memory = memory.with_pair(trial, reached.mixture, self.window)
        else:
            memory = Memory(memory.reference, memory.points[-1:], memory.images[-1:])
        return State(kept.mixture, expect(problem, kept.mixture), memory, bound_after_m=kept.bound, n_passes=2.0)


def _combined(memory: Memory, scale: Array) -> Array:
    """The vector to which the window points, no farther than FARTHEST in any coordinate from where the map leads.

    scale (n,): what each coordinate's residual weighs.
    """
    point, image = memory.points[-1], memory.images[-1]
    residuals = (memory.images - memory.points) * scale
    changes, moves = np.diff(residuals, axis=0), np.diff(memory.images, axis=0)
    shares = _least_squares(changes, residuals[-1])
    beyond = -shares @ moves
    if ((image + beyond - point) * scale) @ residuals[-1] < 0.0:
        size = float(changes[-1] @ changes[-1])
        # Where the last change is nothing, there is no direction to go on in: the plain step is left.
        beyond = abs(float(changes[-1] @ residuals[-1])) / size * moves[-1] if size > 0.0 else np.zeros_like(image)
    farthest = float(np.abs(beyond).max())
    return np.asarray(image + beyond * min(1.0, FARTHEST / farthest) if farthest > 0 else image)


def _least_squares(changes: Array, residual: Array) -> Array:
    """The shares (m,) of the changes (m, n) that add up to the residual as nearly as can be."""
    left, sizes, right = np.linalg.svd(changes, full_matrices=False)
    held = np.square(sizes) > RIDGE * np.square(sizes).sum()
    return np.asarray(left[:, held] @ ((right[held] @ residual) / sizes[held]))
