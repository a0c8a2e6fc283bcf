"""Steps of a mixture in the directions that it is free to take: log-weights, then its family's local steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.curvature import free_directions
from core.data import Array
from core.expectation import Problem, maximize
from core.mixture import Mixture, Statistics


def scaled_directions(mixture: Mixture, n: float) -> Array:
    """The free directions of a mixture of n rows, (L, F), but for constraints: of its log-weights and local steps.

    Each is as long as the information of the complete data makes it: to go as far along it as the gradient says is, to
    first order, a step of EM.
    """
    family, weights = mixture.family, mixture.weights
    free = free_directions(family, weights, mixture.parameters).free
    information = n * np.concatenate([weights, (family.information(mixture.parameters) * weights).ravel()])
    return np.asarray(free / np.sqrt(free.T**2 @ information))


def displaced(problem: Problem, mixture: Mixture, statistics: Statistics, steps: Array) -> Mixture:
    """The mixture after steps (L,), made to conform to what its parameters are held to.

    statistics: of its E step. The steps may be of any size; the result need not be `sound`.
    """
    family, k = mixture.family, mixture.n_components
    with np.errstate(all="ignore"):
        weights = mixture.weights * np.exp(steps[:k] - steps[:k].max())
        weights /= weights.sum()
        if family.directions(mixture.weights, mixture.parameters) is not None:
            # Weights hang on a parameter: it is what the M step makes of rows that are shared out as they say.
            return maximize(problem, mixture, replace(statistics, counts=statistics.n * weights))
        parameters = family.displaced(mixture.parameters, steps[k:].reshape(family.n_local, k))
        return problem.constraints.conforming(Mixture(family, weights, parameters, mixture.ids))
