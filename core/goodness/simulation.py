"""Data drawn from a fit as `core.simulation` draws them, and rounded and censored as those of the data are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.collapse import rounding_unit
from core.data import Array, Data
from core.errors import InputError
from core.goodness.empirical import product_limit
from core.mixture import Mixture
from core.simulation import simulated, why_not
from core.transforms import transforms_of


@dataclass(frozen=True, eq=False)
class Simulator:
    """Draws data like these from a mixture. Raises InputError where rows of this form cannot be drawn.

    Values are rounded as those of the data are: ties make distances larger by themselves. Times at which values are
    censored are drawn from Kaplan and Meier's estimate of them.
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
        made = simulated(self._uncensored, self.mixture, rng)
        if self._unit > 0.0:
            made = replace(made, values=self._rounded(made.column)[:, np.newaxis])
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
    def _unit(self) -> float:
        """The power of ten to which the original values are rounded; 0 where none shows."""
        data = self.data
        if data.form.errors or data.form.all_hidden or self.mixture.plain.family.discrete:
            return 0.0
        values = data.column[data.exact]
        if data.transform:
            values = transforms_of(data)[0].backward(values)
        return rounding_unit(Data(values, ("",))) if len(values) > 1 and np.isfinite(values).all() else 0.0

    def _rounded(self, values: Array) -> Array:
        """Values rounded as those of the data are, but for those that would then be none that the fit allows."""
        unit = self._unit
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

    def _censored(self, made: Data, rng: np.random.Generator) -> Data:
        data, values = self.data, made.column
        assert data.seen is not None
        times, shares = product_limit(data.seen[:, 0], ~data.exact, data.counts)
        limits = np.append(times, np.inf)[np.searchsorted(shares, rng.uniform(size=len(values)), side="right")]
        top = data.form.truncate[1] if data.form.truncate is not None else np.inf
        hidden = values > limits
        low = np.where(hidden, limits, values)
        return replace(made, values=low, seen=np.column_stack([low, np.where(hidden, top, low)]), form=data.form)
