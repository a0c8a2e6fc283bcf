"""The M step of values that were not seen as they are: that of the family, on what is expected of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.families.observed import Observed
from core.mixture import Mixture, Statistics

ROUNDS = 3
"""M steps at most in which the values that could not be recorded are expected anew."""
SETTLED = 1e-7
"""Largest change of a component, in its sds, after which one more is not worth while: the next E step goes on."""


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
        units = family.base.units(before.parameters)
        moved = [
            np.abs(domain.steps(before.parameters[name], made.parameters[name], units)).max(initial=0.0)
            for name, domain in family.base.domains.items()
        ]
        if np.nanmax(moved) < SETTLED:
            break
    weights = family.base.weights(seen.counts, made.parameters)
    return Mixture(family, weights, {**made.parameters, **groups}, mixture.ids)
