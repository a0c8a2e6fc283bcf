"""How sure it is which component each row belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data import Array, Data
from core.engine import total
from core.expectation import Problem
from core.mixture import Mixture, log_sum_exp

BINS = 20
"""Bins in which rows are counted by their uncertainty."""


@dataclass(frozen=True, eq=False)
class Classification:
    """Rows given to their most likely component, and how sure that is.

    A row's uncertainty is 1 − its largest posterior. ids (K,). members (K,): rows of each component. average (K, K):
    mean posterior of each component (columns) among the members of one (rows), NaN where it has none. uncertainty:
    mean over the rows, which is the share that is expected to be misclassified. entropy: −Σ r ln r over all rows;
    normalised_entropy: per row, over ln K: 0 where all rows are sure, 1 where none says anything. counts (K, 20):
    members by their uncertainty, from 0 to 1 − 1/K. missed (K,): share of a component's rows that is expected among
    the members of others.
    """

    ids: tuple[int, ...]
    n: float
    members: Array
    average: Array
    uncertainty: float
    entropy: float
    counts: Array
    missed: Array

    @property
    def normalised_entropy(self) -> float:
        """Entropy for each row over ln K; 0 of a single component."""
        k = len(self.ids)
        return self.entropy / (self.n * float(np.log(k))) if k > 1 else 0.0

    @property
    def average_posterior(self) -> Array:
        """AvePP (Nagin 2005): mean posterior of each component among its own members, (K,)."""
        return np.asarray(np.diagonal(self.average))

    @property
    def edges(self) -> Array:
        """Edges of the bins of uncertainty, (21,)."""
        return np.linspace(0.0, 1.0 - 1.0 / len(self.ids) if len(self.ids) > 1 else 1.0, BINS + 1)


def classification(
    data: Data, mixture: Mixture, progress: Callable[[float], None] = lambda done: None
) -> Classification:
    """Looks at the posterior of every row, in one pass. progress may raise Cancelled."""
    k = mixture.n_components
    widest = 1.0 - 1.0 / k if k > 1 else 1.0
    done = 0

    def block(values: Array, counts: Array | None) -> Array:
        nonlocal done
        shares = log_sum_exp(mixture.joint(values))[1]
        weights = np.ones(shares.shape[1]) if counts is None else counts
        member = shares.argmax(axis=0)
        unsure = 1.0 - shares.max(axis=0)
        summed = np.stack([np.bincount(member, weights * one, k) for one in shares], axis=1)
        at = np.minimum((unsure / widest * BINS).astype(np.int64), BINS - 1).clip(0)
        binned = np.bincount(member * BINS + at, weights, k * BINS)
        with np.errstate(divide="ignore", invalid="ignore"):
            entropy = -np.nan_to_num(shares * np.log(shares)).sum(axis=0)
        done += len(values)
        progress(done / len(data))
        parts = (np.bincount(member, weights, k), summed.ravel(), binned)
        return np.concatenate([*parts, [weights @ unsure, weights @ entropy]])

    found = total(block, data, Problem(data).rows(k))
    members, summed = found[:k], found[k : k + k * k].reshape(k, k)
    binned = found[k + k * k : -2].reshape(k, BINS)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = summed / members[:, np.newaxis]
        missed = 1.0 - np.diagonal(summed) / summed.sum(axis=0)
    n = float(members.sum())
    return Classification(mixture.ids, n, members, average, float(found[-2]) / n, float(found[-1]), binned, missed)
