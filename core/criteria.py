"""Figures by which fits are compared: AIC, AICc, BIC and ICL, all lower is better."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, log

import numpy as np

from core import passes
from core.data import Array, Data
from core.engine import total
from core.expectation import Problem
from core.mixture import Mixture, Statistics, log_sum_exp


def comparable(log_likelihood: float, data: Data) -> float:
    """The log-likelihood of the original values, from that of the values as fitted: fits of other transforms compare.

    Where a value is 0 under sqrt there is none, and that of the values as fitted stands for it.
    """
    return log_likelihood + data.jacobian if isfinite(data.jacobian) else log_likelihood


def aic(log_likelihood: float, n_parameters: int) -> float:
    """Akaike (1974): −2 logL + 2k."""
    return -2.0 * log_likelihood + 2.0 * n_parameters


def aicc(aic_value: float, n_parameters: int, n: float) -> float | None:
    """Hurvich and Tsai (1989): AIC + 2k(k + 1)/(n − k − 1); None where there are not that many rows."""
    spare = n - n_parameters - 1.0
    return aic_value + 2.0 * n_parameters * (n_parameters + 1.0) / spare if spare > 0.0 else None


def bic(log_likelihood: float, n_parameters: int, n: float) -> float:
    """Schwarz (1978): −2 logL + k ln n."""
    return -2.0 * log_likelihood + n_parameters * log(n)


def icl(
    problem: Problem,
    mixture: Mixture,
    bic_value: float,
    progress: Callable[[float], None] | None = None,
    statistics: Statistics | None = None,
) -> float:
    """Biernacki, Celeux and Govaert (2000): BIC − 2 Σ ln max r.

    In one pass over the data, unless it stands in the statistics of an E step under this mixture. progress is told the
    fraction done after each block and may raise Cancelled.
    """
    if statistics is None:
        statistics = passes.expect(mixture, problem.data, problem.data)
    if statistics is not None and isfinite(statistics.sureness):
        return bic_value - 2.0 * statistics.sureness
    done = 0

    def block(values: Array, counts: Array | None) -> float:
        nonlocal done
        sure = np.log(log_sum_exp(mixture.joint(values))[1].max(axis=0))
        done += len(values)
        if progress is not None:
            progress(done / len(problem.data))
        return float((sure if counts is None else sure * counts).sum())

    return bic_value - 2.0 * total(block, problem.data, problem.rows(mixture.n_components))
