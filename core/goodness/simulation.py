"""Data drawn from a fit as `core.simulation` draws them, and censored at times as those of the data are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.data import Array, Data
from core.errors import InputError
from core.goodness.empirical import product_limit
from core.mixture import Mixture
from core.rounding import units_of
from core.simulation import simulated, why_not


@dataclass(frozen=True, eq=False)
class Simulator:
    """Draws data like these from a mixture. Raises InputError where rows of this form cannot be drawn.

    Times at which values are censored are drawn from Kaplan and Meier's estimate of them.
    """

    data: Data
    mixture: Mixture

    def __post_init__(self) -> None:
        if self.data.n_features > 1:
            raise InputError("p-values are had of one column only.")
        reason = why_not(self._uncensored, self.mixture)
        if reason:
            raise InputError(reason)

    def draw(self, rng: np.random.Generator) -> Data:
        """One set."""
        made = simulated(self._uncensored, self.mixture, rng, self._units)
        return self._censored(made, rng) if self._is_censored else made

    @cached_property
    def _is_censored(self) -> bool:
        return self.data.form.intervals and not self.data.form.all_hidden

    @cached_property
    def _uncensored(self) -> Data:
        """The data as if each value had been seen; bins as they are."""
        if not self._is_censored:
            return self.data
        form = replace(self.data.form, intervals=False, all_hidden=False)
        seen = None if self.data.seen is None or not form.columns else self.data.seen[:, 2:]
        return replace(self.data, form=form, seen=seen)

    @cached_property
    def _units(self) -> Array:
        """What values are rounded to; the times of censored ones have units of their own."""
        return units_of(self.data)

    def _censored(self, made: Data, rng: np.random.Generator) -> Data:
        data, values = self.data, made.column
        assert data.seen is not None
        times, shares = product_limit(data.seen[:, 0], ~data.exact, data.counts)
        limits = np.append(times, np.inf)[np.searchsorted(shares, rng.uniform(size=len(values)), side="right")]
        top = data.form.truncate[1] if data.form.truncate is not None else np.inf
        hidden = values > limits
        low = np.where(hidden, limits, values)
        return replace(made, values=low, seen=np.column_stack([low, np.where(hidden, top, low)]), form=data.form)
