"""Data drawn from a fit, seen in the way that the rows were: as many, as rounded, as censored, as labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.collapse import rounding_unit
from core.data import Array, Data, Levels
from core.errors import InputError
from core.goodness.empirical import bins, product_limit
from core.goodness.fitted import Fitted
from core.mixture import Mixture
from core.seeing import group_weights
from core.transforms import transforms_of

DRAWS = 1000
"""How often values are drawn again where a truncation would not have let them be recorded."""


@dataclass(frozen=True, eq=False)
class Simulator:
    """Draws data like these from a mixture, of one column. Raises InputError where rows of this form cannot be drawn.

    Frequencies become so many rows, weights stay with their rows, and so do labels, groups and measurement errors.
    Values are rounded as those of the data are. Times at which values are censored are drawn from Kaplan and Meier's
    estimate of them; rows of bins are drawn given that they are in one.
    """

    data: Data
    mixture: Mixture

    def draw(self, rng: np.random.Generator) -> Data:
        """One set."""
        data = self.data
        if data.form.intervals and data.form.all_hidden:
            return self._of_bins(rng)
        rows = self._rows
        values = self._values(rows, rng)
        seen = None if data.seen is None else data.seen[rows].copy()
        if data.form.errors and seen is not None:
            values = values + seen[:, data.form.columns.index("errors")] * rng.standard_normal(len(values))
        values = self._rounded(values)
        if data.form.intervals and seen is not None:
            values, seen[:, 0], seen[:, 1] = self._censored(values, rng)
        counts = data.counts if data.weighted_by else None
        if self.mixture.family.discrete and seen is None and counts is None:
            values, counts = (np.asarray(one, dtype=np.float64) for one in np.unique(values, return_counts=True))
        return Data(
            values, data.columns, counts=counts, seen=seen, form=data.form, roles=data.roles, transform=data.transform,
            scale=data.scale, labels=_taken(data.labels, rows, len(values)),
            groups=_taken(data.groups, rows, len(values)),
        )  # fmt: skip

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        """The row that each drawn value stands for."""
        every = np.arange(len(self.data))
        if self.data.counts is None or self.data.weighted_by:
            return every
        return np.asarray(np.repeat(every, np.rint(self.data.counts).astype(np.int64)))

    @cached_property
    def _chances(self) -> Array:
        """Cumulated chances of the components, (G, K); one row for all unless groups have weights of their own."""
        of_groups = group_weights(self.data, self.mixture)
        weights = of_groups if len(of_groups) else self.mixture.plain.weights[np.newaxis]
        cumulated = np.cumsum(weights, axis=1)
        return np.asarray(cumulated / cumulated[:, -1:])

    def _components(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        form, seen = self.data.form, self.data.seen
        chances = self._chances
        if form.groups and seen is not None:
            of_rows = chances[seen[rows, form.columns.index("groups")].astype(np.int64)]
            drawn = (rng.uniform(size=len(rows))[:, np.newaxis] >= of_rows[:, :-1]).sum(axis=1)
        else:
            drawn = np.searchsorted(chances[0, :-1], rng.uniform(size=len(rows)), side="right")
        labelled = getattr(self.mixture.family, "labelled", ())
        if form.labels and seen is not None:
            known = np.array([*labelled, -1])[seen[rows, form.columns.index("labels")].astype(np.int64)]
            drawn = np.where(known >= 0, known, drawn)
        return np.asarray(drawn, dtype=np.int64)

    def _values(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """A value for each row that could have been recorded."""
        plain = self.mixture.plain
        low, high = self.data.form.truncate or (-np.inf, np.inf)
        values = np.empty(len(rows))
        waiting = np.arange(len(rows))
        for _ in range(DRAWS):
            components = self._components(rows[waiting], rng)
            drawn = plain.family.sample(plain.parameters, components, rng)
            values[waiting] = drawn
            waiting = waiting[(drawn <= low) | (drawn >= high)]
            if not len(waiting):
                return values
        raise InputError("So few values of this fit could be recorded that no set of them can be drawn.")

    @cached_property
    def _unit(self) -> float:
        """The power of ten to which the original values are rounded; 0 where none shows."""
        if self.data.form.errors or self.mixture.family.discrete:
            return 0.0
        values = self.data.column[self.data.exact]
        if self.data.transform:
            values = transforms_of(self.data)[0].backward(values)
        return rounding_unit(Data(values, ("",))) if len(values) > 1 and np.isfinite(values).all() else 0.0

    def _rounded(self, values: Array) -> Array:
        """Values rounded as those of the data are, but for those that would then be none that the fit allows."""
        unit = self._unit
        if unit == 0.0 or not np.ptp(values) / unit < 2.0**46:
            return values
        if self.data.transform:
            transform = transforms_of(self.data)[0]
            whole = transform.forward(np.rint(transform.backward(values) / unit) * unit)
        else:
            whole = np.rint(values / unit) * unit
        low, high = self.data.form.truncate or (-np.inf, np.inf)
        with np.errstate(invalid="ignore"):
            usable = np.isfinite(whole) & (whole >= low) & (whole <= high)
            usable &= self.mixture.plain.family.supports(np.where(usable, whole, values))
        return np.where(usable, whole, values)

    def _censored(self, values: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """The values as they are seen, and both ends of what is known of them."""
        assert self.data.seen is not None
        exact = self.data.exact
        times, shares = product_limit(self.data.seen[:, 0], ~exact, self.data.counts)
        limits = np.append(times, np.inf)[np.searchsorted(shares, rng.uniform(size=len(values)), side="right")]
        top = self.data.form.truncate[1] if self.data.form.truncate is not None else np.inf
        hidden = values > limits
        seen = np.where(hidden, limits, values)
        return seen, seen, np.where(hidden, top, seen)

    def _of_bins(self, rng: np.random.Generator) -> Data:
        data = self.data
        low, high, counts = bins(data)
        masses = Fitted(self.mixture, data.form).masses(low, high)
        drawn = rng.multinomial(int(np.rint(counts.sum())), masses / masses.sum()).astype(np.float64)
        with np.errstate(invalid="ignore"):
            middle = 0.5 * low + 0.5 * high
        values = np.where(np.isfinite(middle), middle, np.where(np.isfinite(low), low, high))
        return Data(
            values, data.columns, counts=drawn, seen=np.column_stack([low, high]), form=data.form, roles=data.roles,
            transform=data.transform, scale=data.scale,
        )  # fmt: skip


def check_drawable(data: Data) -> None:
    """Raises InputError where rows of this form cannot be drawn."""
    if data.n_features > 1:
        raise InputError("p-values are had of one column only.")
    if data.form.intervals and data.form.all_hidden and (data.form.labels or data.form.groups):
        raise InputError("p-values are not had of bins with labels or groups.")
    if data.form.intervals and data.weighted_by:
        raise InputError("p-values are not had of censored values with weights.")


def _taken(levels: Levels | None, rows: NDArray[np.int64], n: int) -> Levels | None:
    return Levels(levels.names, levels.codes[rows]) if levels is not None and n == len(rows) else None


def refitting(data: Data, mixture: Mixture) -> Simulator:
    """The simulator of a fit. Raises InputError where rows of this form cannot be drawn."""
    check_drawable(data)
    return Simulator(replace(data, left_out=(), origin=None), mixture)
