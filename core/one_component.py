"""The fit of a single component: what the population looks like before it is parted, to see what a mixture adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import em
from core.data import Data
from core.families.family import Family
from core.mixture import Mixture
from core.options import FitOptions


@dataclass(frozen=True, eq=False)
class OneComponent:
    """One component fitted to all rows, in the population's terms, with its log-likelihood."""

    mixture: Mixture
    log_likelihood: float

    def beside(self, log_likelihood: float) -> str:
        """How it stands beside a mixture with another log-likelihood, in words: 61.5 lower."""
        apart = log_likelihood - self.log_likelihood
        if abs(apart) <= 1e-9 * max(1.0, abs(log_likelihood)):
            return "log-likelihood no other"
        decimals = 1 if abs(apart) >= 10.0 else 3
        return f"log-likelihood {abs(apart):,.{decimals}f} {'lower' if apart > 0 else 'higher'}"


def one_component(data: Data, family: Family, check: Callable[[], None] = lambda: None) -> OneComponent:
    """Fits one component of a family, of different ones the first, to its maximum, under no constraints.

    check is called between iterations, and may raise. Raises InputError where there is no such fit.
    """
    plain = family.plain
    first: Family = getattr(plain, "families", (plain,))[0]
    options = FitOptions(n_components=1, family=first.name, trials=first.trials, start="quantiles")
    em.check(data, options)
    start = em.start_of(data, options, np.random.default_rng(options.seed))
    last = None
    for part in em.whole(data, options, start):
        check()
        last = part
    assert isinstance(last, em.Iteration)
    return OneComponent(last.mixture.plain, last.log_likelihood)
