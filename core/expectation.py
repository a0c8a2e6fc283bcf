"""The two half-steps: who belongs to whom (E), and the parameters that follow from it (M)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from core import passes
from core.constraints import NONE, Constraints
from core.data import Array, Data
from core.engine import Rows, block_size, total
from core.errors import InputError
from core.mixture import Mixture, Statistics, log_sum_exp

if TYPE_CHECKING:
    from core.curvature import Curvature

ROUNDING = 1e-14
"""Part of an expected log-density, and of its rows, that a difference must be more than."""


@dataclass(frozen=True)
class Problem:
    """What is to be fitted: the data, what the parameters are held to, and how many rows are worked on at a time.

    block_rows None: as the cache likes it.
    """

    data: Data
    constraints: Constraints = NONE
    block_rows: int | None = None

    def rows(self, n_components: int) -> int:
        """Rows in a block for K components."""
        return self.block_rows or block_size(n_components)


@dataclass(frozen=True, eq=False)
class State:
    """Where a run stands: a mixture, the statistics of its responsibilities q, and what its variant must remember.

    exact: whether statistics.log_likelihood is of all rows under this mixture; where it is not, whoever reports it
    looks at all rows once more. bound_after_m: the lower bound after the last M step that led here, before the E step.
    n_passes: passes over the data that the step which led here made. settled: whether a stopping rule may judge here.
    note: what happened instead of an ordinary step. bend: the curvature here, where the variant has found it itself.
    """

    mixture: Mixture
    statistics: Statistics
    memory: Any = None
    exact: bool = True
    bound_after_m: float = float("nan")
    n_passes: float = 1.0
    settled: bool = True
    note: str = ""
    bend: Curvature | None = None


def expect(problem: Problem, mixture: Mixture, rows: Rows | None = None) -> Statistics:
    """The E step: shares every row out among the components and sums up what the M step needs.

    rows: a part of the data, where only that is meant. Raises InputError when a row is so far from every component that
    its density is 0 in float64.
    """
    rows, data = problem.data if rows is None else rows, problem.data
    compiled = passes.expect(mixture, rows, data) if problem.block_rows is None else None
    block = partial(share_out, mixture)
    return evaluable(compiled or total(block, rows, problem.rows(mixture.n_components)))


def share_out(mixture: Mixture, values: Array, counts: Array | None) -> Statistics:
    """The E step of one block of rows: values (m,) or (m, d), counts (m,) or None for one each."""
    joint = mixture.joint(values)
    log_density, responsibilities = log_sum_exp(joint)
    # −Σ r ln r = ln f(x) − Σ r ln(w f_k(x)); a share of exactly 0 contributes 0, not 0 × −inf.
    np.copyto(joint, 0.0, where=responsibilities == 0.0)
    entropy = log_density - np.einsum("km,km->m", responsibilities, joint)
    return summed_up(mixture, values, counts, responsibilities, log_density, entropy)


def summed_up(
    mixture: Mixture,
    values: Array,
    counts: Array | None,
    responsibilities: Array,
    log_density: Array,
    entropy: Array | float,
) -> Statistics:
    """The statistics of one block of rows that are shared out in any way, as variants of the E step do it.

    responsibilities (K, m), which are overwritten where counts are given; log_density (m,) of each row under the
    mixture; entropy (m,) of each row's responsibilities.
    """
    entropy = np.broadcast_to(np.asarray(entropy), log_density.shape)
    n = float(len(values))
    if counts is not None:
        responsibilities *= counts
        log_density, entropy, n = log_density * counts, entropy * counts, float(counts.sum())
    shares = responsibilities.sum(axis=1)
    moments = mixture.family.moments(mixture.parameters, values, responsibilities, shares)
    return Statistics(shares, moments, float(log_density.sum()), float(entropy.sum()), n)


def evaluable(statistics: Statistics) -> Statistics:
    """These statistics. Raises InputError when a row's density is 0 in float64 under every component."""
    if not np.isfinite(statistics.log_likelihood):
        raise InputError(
            "Some rows are so far from every component that their density cannot be told from 0: "
            "begin with components nearer to the data, or wider ones."
        )
    return statistics


def log_likelihood(problem: Problem, mixture: Mixture) -> float:
    """Total log-likelihood of a mixture, in one pass over the data; −∞ where a row's density is 0 in float64."""

    compiled = passes.expect(mixture, problem.data, problem.data) if problem.block_rows is None else None
    if compiled is not None:
        return compiled.log_likelihood if np.isfinite(compiled.log_likelihood) else -np.inf

    def block(values: Array, counts: Array | None) -> float:
        log_density = mixture.log_density(values)
        return float(log_density.sum() if counts is None else (log_density * counts).sum())

    return total(block, problem.data, problem.rows(mixture.n_components))


def maximize(problem: Problem, mixture: Mixture, statistics: Statistics) -> Mixture:
    """The M step: the weights and parameters that maximise the lower bound for the responsibilities as they are.

    Under a prior they maximise the lower bound plus its logarithm. The constraints hold. A component for which they
    were looked for only where its sums reach, and which was higher before, stays as it was.
    """
    following, family = problem.constraints.maximize(mixture, statistics), mixture.family
    if family.is_exponential or problem.constraints.items:
        return following
    with np.errstate(all="ignore"):
        before, after = (
            family.expected_log_density(one.parameters, statistics.counts, statistics.moments)
            for one in (mixture, following)
        )
        fallen = before > after + ROUNDING * (np.abs(before) + statistics.counts)
    if not fallen.any():
        return following
    parameters = {name: np.where(fallen, mixture.parameters[name], new) for name, new in following.parameters.items()}
    return replace(following, parameters=parameters)


def maximize_unless_collapsed(problem: Problem, mixture: Mixture, statistics: Statistics) -> Mixture | None:
    """The M step; None where a component is left without a row or without a width, and nothing could be evaluated.

    For variants that make several M steps in one iteration: only after it is looked whether a component has collapsed.
    """
    if not (statistics.counts > 0).all():
        return None
    following = maximize(problem, mixture, statistics)
    return following if (following.family.spread(following.parameters) > 0).all() else None


def lower_bound(mixture: Mixture, statistics: Statistics) -> float:
    """F(q, θ) = E_q[ln p(x, z | θ)] + H(q), q from the statistics and θ from the mixture.

    The free energy of Neal and Hinton (1998, equation 7): never above the log-likelihood, and equal to it when the
    responsibilities were made under the same parameters.
    """
    held = statistics.counts > 0
    of_weights = float((statistics.counts[held] * np.log(mixture.weights[held])).sum())
    expected = mixture.family.expected_log_density(mixture.parameters, statistics.counts, statistics.moments)
    return of_weights + float(expected[held].sum()) + statistics.entropy
