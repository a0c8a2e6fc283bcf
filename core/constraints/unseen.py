"""The M step of values that were not seen as they are: that of the family, on what is expected of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.families.observed import Observed
from core.mixture import Mixture, Statistics

ROUNDS = 3
"""M steps in which the values that could not be recorded are expected anew; the next E step goes on from there."""


def maximized(mixture: Mixture, statistics: Statistics, maximize: Callable[[Mixture, Statistics], Mixture]) -> Mixture:
    """The M step, given that of the plain family.

    Intervals, errors and labels are all in the moments. Truncated components are made complete with what could not be
    recorded, again and again: EM within the M step, which never lowers what it climbs.
    """
    family = mixture.family
    assert isinstance(family, Observed)
    plain = Mixture(family.base, mixture.weights, mixture.parameters, mixture.ids)
    seen = replace(statistics, moments=statistics.moments.values)
    groups = family.best_groups(statistics.moments)
    if family.form.truncate is None:
        made = maximize(plain, seen)
        return Mixture(family, made.weights, {**made.parameters, **groups}, mixture.ids)
    made = plain
    for _ in range(ROUNDS):
        counts, moments = family.with_unrecorded(made.parameters, seen.counts, seen.moments)
        before, made = made, maximize(made, replace(seen, counts=counts, moments=moments))
        if not all(np.isfinite(of[np.isfinite(before.parameters[name])]).all() for name, of in made.parameters.items()):
            made = before
            break
    weights = family.base.weights(seen.counts, made.parameters)
    return Mixture(family, weights, {**made.parameters, **groups}, mixture.ids)
