"""Starts made to conform to constraints, by the M step that their own responsibilities lead to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.constraints import Constraints
from core.data import Array, Data
from core.engine import block_size, total
from core.errors import InputError
from core.expectation import Problem, evaluable, maximize_unless_collapsed, summed_up
from core.families.family import Family
from core.mixture import Mixture, Statistics, log_sum_exp
from core.parts import strided
from core.seeing import numbered
from core.start import scattered

SUBSET = 20_000
"""Rows that are shared out; more would cost time and add nothing to a start."""
TRIES = 30
"""Starts drawn at most for each that is wanted, where constraints refuse some."""
ROUNDS = 8
"""M steps at most where the moments of a family know only what is near to where they were made."""
NEAR = 1e-3
"""Largest change of the lower bound for each row after which one more is not worth while."""


def held_start(data: Data, constraints: Constraints, start: Mixture) -> Mixture:
    """A start like this one where the constraints hold; itself where they do already.

    Rows are shared out as the start does, and the parameters are those that explain these shares best under the
    constraints. (The mean of two shapes, or of two scales of unlike shapes, need be near to neither component.) It is
    numbered by location, unless constraints name components or order them.
    """
    placed = constraints.arranged(start)
    near = constraints.conforming(placed)
    if all(np.array_equal(near.parameters[name], of, equal_nan=True) for name, of in placed.parameters.items()):
        return near
    made = _explained(data, constraints, placed, near)
    return made if constraints.name_components else numbered(data, made)


def _explained(data: Data, constraints: Constraints, placed: Mixture, near: Mixture) -> Mixture:
    """The mixture that explains the shares under `placed` best, from one nearby; that one where there is none."""
    problem = Problem(data, constraints)
    bound = -np.inf
    for _ in range(1 if near.family.is_exponential else ROUNDS):
        try:
            statistics = _shared_out(data, placed, near)
        except InputError:  # the run says it, with what to do
            return near
        following = maximize_unless_collapsed(problem, near, statistics)
        if following is None:
            return near
        near = following
        before, bound = bound, _bound(near, statistics)
        if not bound - before > NEAR * statistics.n:
            break
    return near


def _shared_out(data: Data, placed: Mixture, about: Mixture) -> Statistics:
    """The statistics of the shares under one mixture, with moments made about the parameters of another."""

    def block(values: Array, counts: Array | None) -> Statistics:
        log_density, shares = log_sum_exp(placed.joint(values))
        return summed_up(about, values, counts, shares, log_density, 0.0)

    rows = strided(data, 0, -(-len(data) // SUBSET))
    return evaluable(total(block, rows, block_size(placed.n_components)))


def _bound(mixture: Mixture, statistics: Statistics) -> float:
    """The lower bound but for the entropy, which stays."""
    expected = mixture.family.expected_log_density(mixture.parameters, statistics.counts, statistics.moments)
    return float((statistics.counts * np.log(mixture.weights) + expected).sum())


def drawn(
    data: Data, family: Family, n_components: int, constraints: Constraints, seed: int, n_starts: int
) -> Iterator[Mixture]:
    """Starts drawn for diversity, alternately about k-means++ centres and points of the data, held to constraints.

    In one column those about points have a spike.
    """
    rng, spikes = np.random.default_rng((seed, 1)), np.random.default_rng((seed, 3))
    spiky = data.n_features == 1 and family.covariance != "tied"
    n_made = 0
    for number in range(TRIES * n_starts):
        spike = spikes if spiky and number % 2 == 1 else None
        start = scattered(data, family, n_components, rng, number % 2 == 0, spike)
        try:
            held = held_start(data, constraints, numbered(data, start))
        except InputError:  # which component has which family is drawn, too, and one may be named that has another
            if number + 1 == TRIES * n_starts and n_made == 0:
                raise
            continue
        yield held
        n_made += 1
        if n_made == n_starts:
            return
