"""The way off a saddle of the log-likelihood, where EM would stay for ever; and what to say when there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.collapse import collapsed
from core.curvature import Curvature
from core.data import Array
from core.errors import InputError
from core.expectation import Problem, State, expect, maximize
from core.mixture import Mixture
from core.wording import about

LENGTHS = (1.0, 0.3, 0.1)
"""Largest local steps that are tried: 1 is one sd of a mean, or a factor e of an sd or of a weight."""
SETTLING = 2
"""EM steps before a displacement is judged. Coincident components that part widen the mixture as a whole and gain only
once their sds have given way: judged at once, even well-separated halves would look like a loss."""
COINCIDENT = 0.05


@dataclass(frozen=True, eq=False)
class Escape:
    """The run stands on a saddle: go on from this mixture, which is higher up."""

    mixture: Mixture
    note: str


def escape(problem: Problem, mixture: Mixture, here: float, bend: Curvature, tolerance: float) -> Escape | None:
    """Steps to both sides along the directions that do not bend down; None when none gains more than the tolerance.

    here: the log-likelihood of the mixture. A log prior counts too.
    """
    constraints = problem.constraints
    before = here + constraints.log_prior(mixture)
    for direction in bend.flat_directions:
        for length in LENGTHS:
            sides = [_settled(problem, bend.displaced(direction, side)) for side in (length, -length)]
            reached = [state for state in sides if state is not None]
            if not reached:
                continue
            heights = [state.statistics.log_likelihood + constraints.log_prior(state.mixture) for state in reached]
            best, gain = reached[int(np.argmax(heights))], max(heights) - before
            if gain > tolerance and collapsed(problem, best) is None:
                return Escape(best.mixture, f"stepped off a saddle of the log-likelihood and gained {about(gain)}")
    return None


def superfluous(mixture: Mixture) -> str:
    """Why a mixture that cannot be bettered is no strict maximum: names two components that cannot be told apart."""
    return coincident(mixture) or "the log-likelihood is flat in one direction, so some parameters cannot be told"


def coincident(mixture: Mixture) -> str | None:
    """Names two components that cannot be told apart; None where there are none."""
    apart = distances(mixture)
    np.fill_diagonal(apart, np.inf)
    if mixture.family.shared or apart.min() > COINCIDENT:
        return None
    one, other = sorted(divmod(int(apart.argmin()), mixture.n_components))
    return f"components {mixture.ids[one]} and {mixture.ids[other]} coincide, so one is superfluous"


def distances(mixture: Mixture) -> Array:
    """How far the parameters of each component are from each other one's, in steps, summed (K, K).

    Infinite where one has a parameter that the other has not.
    """
    k, family = mixture.n_components, mixture.family
    units = family.units(mixture.parameters)
    apart = np.zeros((k, k))
    for name, domain in family.domains.items():
        values = mixture.parameters[name]
        for one in range(k):
            reference = np.broadcast_to(values[one], values.shape)
            with np.errstate(all="ignore"):
                steps = domain.steps(reference, values, np.broadcast_to(units[one], units.shape))
            numbers, own = np.isfinite(values).reshape(k, -1).all(axis=1), np.isfinite(values[one]).all()
            same = (values == reference).reshape(k, -1).all(axis=1) | ~(numbers | own)
            apart[one] += np.where(same, 0.0, np.nan_to_num(np.abs(steps).sum(axis=1), nan=np.inf))
    return apart


def _settled(problem: Problem, mixture: Mixture) -> State | None:
    """A displaced mixture a few EM steps on, where all constraints hold; None where a row has no density there."""
    try:
        mixture = problem.constraints.conforming(mixture)
        state = State(mixture, expect(problem, mixture))
        for _ in range(SETTLING):
            if collapsed(problem, state) is not None:
                break
            moved = maximize(problem, state.mixture, state.statistics)
            state = State(moved, expect(problem, moved))
    except InputError:
        return None
    return state
