"""Sets drawn from a fit and fitted again, which say how far rows are from a fit by chance."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from core.algorithms.anderson import Anderson
from core.algorithms.fast import Fast
from core.cores import cores_for, each
from core.data import Array, Data
from core.em import algorithm_of
from core.errors import InputError
from core.fit import fit
from core.goodness.empirical import Empirical, empirical
from core.goodness.fitted import Fitted
from core.goodness.measuring import Distances, with_errors
from core.goodness.points import Envelope, envelope
from core.goodness.simulation import Simulator
from core.goodness.statistics import Cells, chi_squares, counted, distances
from core.mixture import Mixture
from core.options import FitOptions, like
from core.stopping import DEGENERATE

TOLERANCE = 1e-4
"""Log-likelihood that a refitted set may leave to be gained: it moves the statistics by next to nothing."""
MANY = 20_000
"""Rows from which a set is fitted by the shortest way, and looks now and then whether it is still wanted."""
ENOUGH_SETS = 39
"""Sets with which a 95 % envelope begins to be one."""


class Replicate(NamedTuple):
    """What a set drawn from the fit and fitted again came to: its statistics, and u at the shares p of the points."""

    statistics: dict[str, float]
    u: Array


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """What all sets have in common. p: shares at which u is wanted. cells: those of chi-square, kept as they are."""

    simulator: Simulator
    options: FitOptions
    p: Array
    cells: Cells | None


def bootstrap_of(data: Data, mixture: Mixture, options: FitOptions, p: Array, found: Distances) -> Bootstrap:
    """The parametric bootstrap of what was measured of a fit. Raises InputError where there can be none."""
    if not found.statistics:
        raise InputError(found.why_not)
    if options.constraints.has_prior:
        raise InputError("p-values are of fits by likelihood alone: a prior is part of what was climbed here.")
    changes: dict[str, Any] = {**like(mixture), "start": "given", "restarts": 1}
    if algorithm_of(options).judged:
        # The maximum is the same by whatever way; a variant that has an end of its own keeps it.
        changes |= {"algorithm": Fast.name if len(data) >= MANY else Anderson.name, "settings": ()}
    if options.stop_on == "log-likelihood":
        changes["tolerance"] = max(options.tolerance, TOLERANCE)
    return Bootstrap(
        Simulator(replace(data, left_out=(), origin=None), mixture), replace(options, **changes), p, found.cells
    )


def sets(
    shared: Bootstrap, n_sets: int, seed: int, check: Callable[[], None] = lambda: None, cores: int | None = None
) -> Generator[Replicate | None, None, None]:
    """Sets drawn from the fit, each fitted again from it and compared with that fit (Stute et al. 1993), as they come.

    None for a set that has no proper fit. The same seed gives the same sets on any number of cores. check may raise.
    """
    seeds = np.random.SeedSequence((seed, 4)).spawn(n_sets)
    cores = cores_for(len(shared.simulator.data)) if cores is None else cores
    for _, made in each(_one, shared, seeds, cores, check):
        yield made


def _one(shared: Bootstrap, seed: np.random.SeedSequence, check: Callable[[], None]) -> Replicate | None:
    data = shared.simulator.draw(np.random.default_rng(seed))
    watch = (lambda iteration: check()) if len(data) >= MANY else None
    try:
        made, _ = fit(data, shared.options, shared.simulator.mixture.plain, watch)
    except InputError:
        return None
    if made.outcome.status == DEGENERATE:
        return None
    if data.form.errors:
        return Replicate(with_errors(data, made.mixture), np.empty(0))
    fitted = Fitted(made.mixture, data.form)
    found = empirical(data) if shared.cells is None or len(shared.p) else None
    if shared.cells is not None:
        statistics = chi_squares(counted(data, shared.cells), shared.cells.expected(fitted, data.n_samples))
    elif found is not None:
        statistics = distances(fitted, found)
    return Replicate(statistics, _at(shared.p, fitted, found))


def _at(p: Array, fitted: Fitted, found: Empirical | None) -> Array:
    """The fitted probability u where the share of rows is p."""
    if found is None or not len(p):
        return np.empty(0)
    after = np.searchsorted(found.middles, p)
    kept = np.unique(np.concatenate([after, after - 1]).clip(0, len(found.middles) - 1))
    places = found.places[kept]
    u = fitted.below(places) if found.is_binned else fitted.middles(places)[0]
    ends = np.concatenate([[0.0], found.middles[kept], [1.0]])
    return np.asarray(np.interp(p, ends, np.concatenate([[0.0], u, [1.0]])))


def refitted_envelope(made: Sequence[Replicate | None]) -> Envelope | None:
    """The envelope of the sets; None where there are too few for one."""
    lines = [one.u for one in made if one is not None and len(one.u)]
    return envelope(np.array(lines), refitted=True) if len(lines) >= ENOUGH_SETS else None
