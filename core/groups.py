"""Rows in groups, each fitted apart: the same model and options for all, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core import criteria
from core.data import Data
from core.em import Iteration
from core.errors import InputError, shown
from core.fit import Fit, fit
from core.history import History
from core.mixture import Mixture
from core.optima import Progress
from core.options import FitOptions
from core.transforms import transforms_of


@dataclass(frozen=True, eq=False)
class GroupFit:
    """The fit of one group and its tape."""

    name: str
    fit: Fit
    history: History


@dataclass(frozen=True, eq=False)
class GroupFits:
    """The fits of all groups, in the order of their names.

    Together they are one model of all rows: log-likelihoods and numbers of parameters add up. aic and bic are None
    where a fit has none.
    """

    column: str
    groups: tuple[GroupFit, ...]

    @property
    def log_likelihood(self) -> float:
        """Of all rows."""
        return float(sum(one.fit.log_likelihood for one in self.groups))

    @property
    def n_parameters(self) -> int:
        """Free parameters of all groups."""
        return sum(one.fit.options.constraints.n_parameters(one.fit.mixture) for one in self.groups)

    @property
    def n_samples(self) -> float:
        """Rows of all groups."""
        return float(sum(one.fit.data.n_samples for one in self.groups))

    @property
    def aic(self) -> float | None:
        """Akaike's criterion of the model that all fits make."""
        return criteria.aic(self._original, self.n_parameters) if self._are_known else None

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion of the model that all fits make, n being all rows."""
        return criteria.bic(self._original, self.n_parameters, self.n_samples) if self._are_known else None

    @property
    def _are_known(self) -> bool:
        return all(one.fit.bic is not None for one in self.groups)

    @property
    def _original(self) -> float:
        """The log-likelihood in the unit of the file, by which criteria compare."""
        return sum(criteria.comparable(one.fit.log_likelihood, one.fit.data) for one in self.groups)


def is_apart(data: Data) -> bool:
    """Whether rows have groups that are each fitted apart."""
    return data.groups is not None and data.roles.share == "none"


def together(data: Data) -> Data:
    """The rows as a fit of all of them together is of them: what is written of it says that the groups share all."""
    return replace(data, roles=replace(data.roles, share="all")) if is_apart(data) else data


def by_group(data: Data) -> tuple[tuple[str, Data], ...]:
    """The rows of each group, by its name. Raises ValueError where rows have no groups."""
    if data.groups is None:
        raise ValueError("these rows have no groups")
    return tuple((name, _of_group(data, code)) for code, name in enumerate(data.groups.names))


def _of_group(data: Data, code: int) -> Data:
    assert data.groups is not None
    held = data.groups.codes == code
    places = np.flatnonzero(held)
    rows = places + 1 if data.rows is None else data.rows[held]
    seen = None if data.seen is None else data.seen[held]
    labels = None if data.labels is None else replace(data.labels, codes=data.labels.codes[held])
    counts = None if data.counts is None else data.counts[held]
    if counts is not None and data.roles.weights:
        counts = counts / counts.mean()  # reliabilities compare rows that are fitted together
    form, hidden = data.form, None if seen is None else ~data.exact[held]
    if hidden is not None and (form.intervals or form.errors):
        form = replace(form, all_hidden=bool(hidden.all()))
    jacobian = 0.0
    for transform, column in zip(transforms_of(data) if data.transform else (), data.values.T, strict=False):
        exact = held & (data.exact if data.form.intervals else True)
        slopes = transform.log_jacobian(transform.backward(column[exact]))
        jacobian += float((slopes if data.counts is None else slopes * data.counts[exact]).sum())
    return replace(
        data, values=data.values[held], rows=rows, counts=counts, seen=seen, labels=labels, groups=None, form=form,
        jacobian=jacobian, n_left_out=0, left_out=(),
    )  # fmt: skip


def fit_groups(
    data: Data,
    options: FitOptions | None = None,
    start: Mixture | None = None,
    watch: Callable[[str, Iteration], None] | None = None,
    watch_search: Callable[[str, Progress], None] | None = None,
) -> GroupFits:
    """Fits each group apart. watch and watch_search see which group is at what, and may raise to stop.

    Raises InputError, which names the group, where one cannot be fitted.
    """
    made = []
    for name, rows in by_group(data):
        seen = None if watch is None else (lambda one, name=name: watch(name, one))
        searched = None if watch_search is None else (lambda one, name=name: watch_search(name, one))
        try:
            made.append(GroupFit(name, *fit(rows, options, start, seen, searched)))
        except InputError as error:
            raise InputError(f"Group “{shown(name)}” of “{shown(data.roles.group)}”: {error}") from error
    return GroupFits(data.roles.group, tuple(made))
