"""The two half-steps: who belongs to whom (E), and the parameters that follow from it (M)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.data import Array, Data
from core.engine import block_size, total
from core.errors import InputError
from core.mixture import Mixture, Statistics, log_sum_exp


@dataclass(frozen=True)
class Problem:
    """What is to be fitted: the data, and how many rows are worked on at a time (None: as the cache likes it)."""

    data: Data
    block_rows: int | None = None

    def rows(self, n_components: int) -> int:
        """Rows in a block for K components."""
        return self.block_rows or block_size(n_components)


@dataclass(frozen=True, eq=False)
class State:
    """Where a run stands: a mixture, the statistics of an E step under it, and what else its variant must remember."""

    mixture: Mixture
    statistics: Statistics
    memory: Any = field(default=None)


def expect(problem: Problem, mixture: Mixture) -> Statistics:
    """The E step: shares every row out among the components and sums up what the M step needs.

    Raises InputError when a row is so far from every component that its density is 0 in float64.
    """

    def block(values: Array, counts: Array | None) -> Statistics:
        joint = mixture.joint(values)
        log_density, responsibilities = log_sum_exp(joint)
        # −Σ r ln r = ln f(x) − Σ r ln(w f_k(x)); a share of exactly 0 contributes 0, not 0 × −inf.
        np.copyto(joint, 0.0, where=responsibilities == 0.0)
        entropy = log_density - np.einsum("km,km->m", responsibilities, joint)
        if counts is not None:
            responsibilities *= counts
            log_density, entropy = log_density * counts, entropy * counts
        shares = responsibilities.sum(axis=1)
        moments = mixture.family.moments(mixture.parameters, values, responsibilities, shares)
        n = float(len(values)) if counts is None else float(counts.sum())
        return Statistics(shares, moments, float(log_density.sum()), float(entropy.sum()), n)

    statistics = total(block, problem.data, problem.rows(mixture.n_components))
    if not np.isfinite(statistics.log_likelihood):
        raise InputError(
            "Some rows are so far from every component that their density cannot be told from 0: "
            "begin with components nearer to the data, or wider ones."
        )
    return statistics


def maximize(mixture: Mixture, statistics: Statistics) -> Mixture:
    """The M step: the weights and parameters that maximise the lower bound for the responsibilities as they are."""
    parameters = mixture.family.maximize(statistics.counts, statistics.moments)
    return Mixture(mixture.family, statistics.counts / statistics.counts.sum(), parameters, mixture.ids)


def lower_bound(mixture: Mixture, statistics: Statistics) -> float:
    """F(q, θ) = E_q[ln p(x, z | θ)] + H(q), q from the statistics and θ from the mixture.

    The free energy of Neal and Hinton (1998, equation 7): never above the log-likelihood, and equal to it when the
    responsibilities were made under the same parameters.
    """
    held = statistics.counts > 0
    of_weights = float((statistics.counts[held] * np.log(mixture.weights[held])).sum())
    expected = mixture.family.expected_log_density(mixture.parameters, statistics.counts, statistics.moments)
    return of_weights + expected + statistics.entropy
