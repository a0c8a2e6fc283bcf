"""The bootstrap: a fit made again on data drawn anew, many times, and how far its parameters scatter."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.algorithms.hard import Hard
from core.cores import cores_for, each
from core.data import Array, Data
from core.errors import InputError, shown
from core.families.domains import PROBABILITY
from core.fit import Fit, fit
from core.mixture import Mixture
from core.options import FitOptions
from core.stopping import CAPPED, DEGENERATE
from core.sureness.resampling import KINDS, drawn, usual, why_not
from core.sureness.uncertainty import LIMIT, WEIGHT, Uncertainty, is_still, numbers, why_none

REPLICATES = 200
FEWEST, MOST = 10, 100_000
LEVEL = 0.95
AT_ONCE = 20_000
"""Rows from which a replicate is fitted by the way that leads over few looks at all of them."""
MOST_ITERATIONS = 1_000
"""Of a replicate: one that is still on its way after so many is on a ridge; it counts where it is, and is counted."""
NEAR = 1e-9
"""Of a ceiling: as near as a number comes to it."""
LOOKED_AT = 4_096
"""Rows by which components are told apart."""

Check = Callable[[], None]


@dataclass(frozen=True)
class Plan:
    """What is asked of a bootstrap: how data are drawn (cases, parametric, weighted), how often, and from which seed.

    kind "" is the one that asks least of the data. restarts: starts that each replicate is fitted from, the first of
    which is the fit itself. Raises InputError where a value is not allowed.
    """

    kind: str = ""
    replicates: int = REPLICATES
    seed: int = 0
    restarts: int = 1

    def __post_init__(self) -> None:
        if self.kind and self.kind not in KINDS:
            raise InputError(f"--bootstrap must be one of {', '.join(KINDS)}; “{shown(self.kind)}” is none of them.")
        if not FEWEST <= self.replicates <= MOST:
            raise InputError(f"--replicates must be from {FEWEST} to {MOST}; {self.replicates} is not.")


@dataclass(frozen=True, eq=False)
class Replicate:
    """One fit of data drawn anew. mixture: of the population, its components in the fit's order, with its numbers.

    mixture is None where no proper fit came of it. order: which of its components, as they were fitted, by position,
    stands for each of the fit's. is_capped: whether it was stopped before it had converged.
    """

    mixture: Mixture | None
    order: tuple[int, ...] = ()
    is_capped: bool = False

    @property
    def is_realigned(self) -> bool:
        """Whether components had to be exchanged to stand for those of the fit."""
        return self.order != tuple(range(len(self.order)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Bootstrapped(Uncertainty):
    """Standard errors (sds of the replicates), and 95 % intervals between their percentiles.

    bias: name → (K, …), mean of the replicates less the estimate. replicates: all of them, in the order of the seeds.
    values: name → (B, K, …), what the B proper ones say. unbounded: name → (B, K), where a number is as large as it
    may be, which stands for infinity (Student's degrees of freedom): then it has an interval, but neither standard
    error nor bias. The covariance has such a number by its inverse, ν² times as much, which is bounded.
    """

    bias: Mapping[str, Array]
    plan: Plan
    replicates: tuple[Replicate, ...]
    values: Mapping[str, Array]
    unbounded: Mapping[str, NDArray[np.bool_]]

    @cached_property
    def n_capped(self) -> int:
        """How many of those that count were stopped before they had converged."""
        return sum(one.is_capped for one in self.replicates if one.mixture is not None)

    @cached_property
    def n_unbounded(self) -> int:
        """In how many of those that count some number was as large as it may be."""
        return int(np.sum(np.any([one.any(axis=1) for one in self.unbounded.values()], axis=0)))

    @cached_property
    def n_left_out(self) -> int:
        """How many replicates ended at no proper fit, and do not count."""
        return sum(one.mixture is None for one in self.replicates)

    @cached_property
    def n_realigned(self) -> int:
        """In how many replicates components were exchanged."""
        return sum(one.is_realigned for one in self.replicates if one.mixture is not None)

    @cached_property
    def exchanges(self) -> Array:
        """How often a replicate's component (column) stands for one of the fit's (row), (K, K)."""
        orders = np.array([one.order for one in self.replicates if one.mixture is not None])
        return np.stack([(orders == place).sum(axis=0) for place in range(orders.shape[1])], axis=1).astype(float)


@dataclass(frozen=True, eq=False)
class _Shared:
    """What the processes have in common."""

    data: Data
    options: FitOptions
    mixture: Mixture
    kind: str


def planned(plan: Plan, fitted: Fit) -> Plan:
    """The plan with its kind named. Raises InputError where these data cannot be drawn anew so."""
    if fitted.outcome.status == DEGENERATE:
        raise InputError("A component has collapsed, so there is nothing to be sure of: fit again first.")
    kind = plan.kind or usual(fitted.data)
    reason = why_not(kind, fitted.data, fitted.mixture)
    if reason:
        raise InputError(reason)
    return replace(plan, kind=kind)


def replicates(
    fitted: Fit, plan: Plan, cores: int | None = None, check: Check = lambda: None
) -> Generator[tuple[int, Replicate], None, None]:
    """The replicates as they are done, each with its place. check may raise to stop. Raises InputError as `planned`.

    Each has a seed of its own, so that they do not depend on the number of cores.
    """
    plan = planned(plan, fitted)
    # Where the rows come from is not needed, and would be copied into each process.
    data = replace(fitted.data, rows=None, origin=None, left_out=())
    options = _options(fitted, plan)
    seeds = np.random.SeedSequence(plan.seed).spawn(plan.replicates)
    shared = _Shared(data, options, fitted.mixture, plan.kind)
    yield from each(_replicate, shared, seeds, cores_for(len(data)) if cores is None else cores, check)


def bootstrap(
    fitted: Fit,
    plan: Plan | None = None,
    cores: int | None = None,
    check: Check = lambda: None,
    watch: Callable[[int], None] = lambda done: None,
) -> Bootstrapped | None:
    """The whole bootstrap of a fit; None where fewer than two replicates are proper. watch: told how many are done.

    From a script only beneath `if __name__ == "__main__":`, since it starts processes; with cores=1 from anywhere.
    """
    plan = planned(plan or Plan(), fitted)
    made: dict[int, Replicate] = {}
    for place, one in replicates(fitted, plan, cores, check):
        made[place] = one
        watch(len(made))
    return summarised(fitted, plan, [made[place] for place in sorted(made)])


def with_bootstrap(
    fitted: Fit, plan: Plan | None = None, cores: int | None = None, watch: Callable[[int], None] = lambda done: None
) -> Fit:
    """The fit with standard errors and intervals by a bootstrap, as it is where there are none."""
    return replace(fitted, uncertainty=bootstrap(fitted, plan, cores, watch=watch))


def summarised(fitted: Fit, plan: Plan, made: Sequence[Replicate]) -> Bootstrapped | None:
    """What replicates say of a fit, as many as there are; None where fewer than two are proper."""
    proper = [one.mixture for one in made if one.mixture is not None]
    if len(proper) < 2:
        return None
    plain, why = fitted.mixture.plain, why_none(fitted.options.constraints, fitted.mixture)
    errors: dict[str, Array] = {}
    intervals: dict[str, Array] = {}
    bias: dict[str, Array] = {}
    unbounded: dict[str, NDArray[np.bool_]] = {}
    columns: list[Array] = []
    every = [numbers(one) for one in proper]
    draws = {name: np.stack([one[name] for one in every]) for name in every[0]}
    for name, estimate in numbers(fitted.mixture).items():
        values = draws[name]
        domain = PROBABILITY if name == WEIGHT else plain.family.domains[name]
        even = values
        if domain.ceiling < np.inf:
            unbounded[name], even = values >= domain.ceiling * (1.0 - NEAR), -1.0 / values
        with np.errstate(all="ignore"):
            # At the end of its range a number has no standard error, but replicates elsewhere make an interval.
            none = ((why[name] != "") & (why[name] != LIMIT)) | is_still(plain, name, estimate, values.std(axis=0))
            if name == WEIGHT and (~none).sum() < 2:
                none[:] = True
            unsure = none | (why[name] == LIMIT)
            if name in unbounded:
                unsure |= unbounded[name].any(axis=0)
            errors[name] = np.where(unsure, np.nan, values.std(axis=0, ddof=1))
            bias[name] = np.where(unsure, np.nan, values.mean(axis=0) - estimate)
            ends = np.quantile(even, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
            if domain.ceiling < np.inf:
                ends, even = -1.0 / ends, estimate * (2.0 + estimate * even)
        intervals[name] = np.where(none[..., np.newaxis], np.nan, np.moveaxis(ends, 0, -1))
        known = ~none & (why[name] == "") & np.isfinite(even).all(axis=0)
        columns.append(np.where(known, even, 0.0).reshape(len(proper), -1))
    covariance = np.atleast_2d(np.cov(np.concatenate(columns, axis=1), rowvar=False))
    return Bootstrapped(
        errors,
        intervals,
        covariance,
        bias=bias,
        plan=plan,
        replicates=tuple(made),
        values=draws,
        unbounded=unbounded,
    )


def _options(fitted: Fit, plan: Plan) -> FitOptions:
    """Those of the fit, with a variant that comes to the same kind of maximum sooner."""
    if fitted.options.algorithm == Hard.name:
        return replace(fitted.options, restarts=plan.restarts)  # its fixed point is another
    name = "fast" if len(fitted.data) >= AT_ONCE else "anderson"
    return replace(
        fitted.options,
        restarts=plan.restarts,
        algorithm=name,
        settings=(),
        stop_on="log-likelihood",
        max_iterations=MOST_ITERATIONS,
    )


def _replicate(shared: _Shared, seed: np.random.SeedSequence, check: Check) -> Replicate:
    """One replicate: data drawn, fitted from the fit's parameters, and its components put in the fit's order."""
    rng = np.random.default_rng(seed)
    data = drawn(shared.kind, shared.data, shared.mixture, rng)
    try:
        made, _ = fit(data, shared.options, shared.mixture, lambda iteration: check(), lambda progress: check())
    except InputError:
        return Replicate(None)  # too few distinct values are left, say
    if made.outcome.status == DEGENERATE:
        return Replicate(None)
    put = aligned(shared.data, shared.options, shared.mixture, made.mixture)
    return replace(put, is_capped=made.outcome.status == CAPPED)


def aligned(data: Data, options: FitOptions, reference: Mixture, mixture: Mixture) -> Replicate:
    """A mixture with its components in the order of another's: so that both agree best on who belongs to whom.

    Components that constraints or labels name are never exchanged, nor are those of different families.
    """
    k, plain = reference.n_components, mixture.plain
    order = list(range(k))
    if k > 1 and not (options.constraints.name_components or data.form.labels or mixture.family.shared):
        from scipy.optimize import linear_sum_assignment

        rows = np.arange(0, len(data), max(1, len(data) // LOOKED_AT))
        seen, counts = data.observations(rows), 1.0 if data.counts is None else data.counts[rows]
        with np.errstate(all="ignore"):
            before, after = (np.nan_to_num(one.responsibilities(seen)) for one in (reference, mixture))
        agreement = (before * counts) @ after.T
        kinds = reference.family.plain.of_components
        if kinds is not None:
            agreement[np.array(kinds)[:, np.newaxis] != np.array(kinds)] = -float(len(data)) * (1.0 + np.max(counts))
        order = [int(place) for place in linear_sum_assignment(agreement, maximize=True)[1]]
    parameters = {name: values[order] for name, values in plain.parameters.items()}
    found = Mixture(plain.family.part(order), plain.weights[order], parameters, reference.ids)
    return Replicate(found, tuple(order))
