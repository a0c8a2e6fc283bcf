"""How good a fit is, in one object: points of plots, statistics, and what sets drawn from the fit say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.data import Data
from core.errors import InputError
from core.fit import Fit
from core.goodness.bootstrap import Replicate, bootstrap_of, sets
from core.goodness.classification import Classification, classification
from core.goodness.empirical import empirical
from core.goodness.measuring import Distances, marginals, measured, points_of
from core.goodness.points import Points
from core.mixture import Mixture
from core.options import FitOptions
from core.stopping import DEGENERATE


@dataclass(frozen=True, eq=False)
class Goodness:
    """How good a fit to one column is, or to each of several.

    column: its name. p_values by name of the statistic: (1 + number of sets that are as far from their own fit, or
    farther) / (1 + sets), None before any was drawn. why_no_p: why none can be. n_failed: sets that had no proper fit.
    """

    column: str
    points: Points | None
    measured: Distances
    p_values: dict[str, float] = field(default_factory=dict)
    n_sets: int = 0
    n_failed: int = 0
    why_no_p: str = ""


@dataclass(frozen=True, eq=False)
class Judgement:
    """How good a fit is in each of its columns, and how sure it is which component each row belongs to.

    classification: None of a model that is no mixture. wanted: how many sets were to be drawn.
    """

    columns: tuple[Goodness, ...]
    classification: Classification | None
    wanted: int = 0


def concluded(before: Goodness, made: Sequence[Replicate | None]) -> Goodness:
    """What the sets drawn so far say of the statistics."""
    proper = [one for one in made if one is not None]
    values: dict[str, float] = {}
    for name, statistic in before.measured.statistics.items():
        # Rounding must not tell a set from one that is as far away.
        as_far = sum(one.statistics[name] >= statistic * (1.0 - 1e-12) for one in proper)
        values[name] = (1.0 + as_far) / (1.0 + len(proper))
    return replace(before, p_values=values if proper else {}, n_sets=len(proper), n_failed=len(made) - len(proper))


def goodness(
    data: Data,
    mixture: Mixture,
    options: FitOptions,
    n_sets: int = 0,
    check: Callable[[], None] = lambda: None,
    told: Callable[[int], None] = lambda done: None,
) -> list[Goodness]:
    """How good a fit is, for each column that can be looked at; with p-values from so many sets drawn and refitted.

    told hears how many sets are done. check may raise to stop.
    """
    n_parameters = options.constraints.n_parameters(mixture)
    found = [_looked_at(one, own, n_parameters) for one, own in marginals(data, mixture)]
    if n_sets == 0 or not found:
        return found
    if len(found) > 1:
        return [replace(one, why_no_p="p-values are had of one column only.") for one in found]
    only = found[0]
    p = only.points.p if only.points is not None else np.empty(0)
    try:
        made: list[Replicate | None] = []
        for one in sets(bootstrap_of(data, mixture, options, p, only.measured), n_sets, options.seed, check):
            made.append(one)
            told(len(made))
    except InputError as error:
        return [replace(only, why_no_p=str(error))]
    return [concluded(only, made)]


def _looked_at(data: Data, mixture: Mixture, n_parameters: int) -> Goodness:
    at: Points | None = None
    try:
        found = empirical(data)
        at = points_of(data, mixture, found)
    except InputError:
        return Goodness(data.columns[0], None, measured(data, mixture, n_parameters, None))
    return Goodness(data.columns[0], at, measured(data, mixture, n_parameters, found))


def with_goodness(fitted: Fit, n_sets: int, told: Callable[[int], None] = lambda done: None) -> Fit:
    """The fit with how good it is; as it is where a component has collapsed. told hears how many sets are done."""
    if fitted.outcome.status == DEGENERATE:
        return fitted
    data, mixture = fitted.data, fitted.mixture
    columns = tuple(goodness(data, mixture, fitted.options, n_sets, told=told))
    sure = None if mixture.family.shared else classification(data, mixture)
    return replace(fitted, goodness=Judgement(columns, sure, n_sets))
