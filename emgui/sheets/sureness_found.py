"""What has been found of how sure a fit is: its information, its replicates as they come, and its profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from time import monotonic

import numpy as np

from core.data import Array
from core.families.family import spoken
from core.fit import Fit
from core.stopping import DEGENERATE
from core.sureness.bootstrap import Bootstrapped, Plan, Replicate, summarised
from core.sureness.profile import Point, Profile
from core.sureness.uncertainty import HELD, WEIGHT, Uncertainty, numbers, why_none
from emgui.run import Run

OFTEN, RARELY = 0.1, 10.0
"""Seconds between two sums of the replicates at least, and how many times as long as making one takes."""


@dataclass(frozen=True)
class Number:
    """A number of a component: the parameter's name, and which of its entries where it has several."""

    component: int
    name: str
    entry: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """As it is called in a table."""
        places = ", ".join(str(one + 1) for one in self.entry)
        return f"{spoken(self.name)} [{places}]" if places else spoken(self.name)

    def of(self, values: Array, ids: Sequence[int]) -> Array:
        """What an array (K, …) holds of it."""
        return np.asarray(values[(ids.index(self.component), *self.entry)])


@dataclass(eq=False)
class Found:
    """All that is known of one fit. n_made: replicates so far; profiles, and the points of one in the making."""

    fit: Fit
    plan: Plan | None = None
    n_made: int = 0
    bootstrapped: Bootstrapped | None = None
    profiles: dict[Number, Profile] = field(default_factory=dict)
    points: dict[Number, list[Point]] = field(default_factory=dict)

    def why_none(self, number: Number) -> str:
        """In a word why the number has no standard error: held at a value, at a bound …; "" where it has one."""
        if number.name == WEIGHT and self.fit.mixture.n_components == 1:
            return HELD
        why = why_none(self.fit.options.constraints, self.fit.mixture)[number.name]
        return str(why[(self.fit.mixture.ids.index(number.component), *number.entry)])

    def is_unbounded(self, number: Number) -> bool:
        """Whether the number is as large as it may be in some of the replicates."""
        drawn = self.bootstrapped
        if drawn is None or number.name not in drawn.unbounded:
            return False
        return bool(drawn.unbounded[number.name][:, self.fit.mixture.ids.index(number.component)].any())


@dataclass(frozen=True, eq=False)
class Sums:
    """What so many replicates say; None while fewer than two are proper."""

    n_made: int
    bootstrapped: Bootstrapped | None


def summed(fitted: Fit, plan: Plan, made: Iterable[tuple[int, Replicate]]) -> Iterator[Sums]:
    """What the replicates say as they come: now and then, so that summing up takes little of the time."""
    known: dict[int, Replicate] = {}
    told, cost = 0.0, 0.0
    for place, one in made:
        known[place] = one
        began = monotonic()
        if began - told > OFTEN + RARELY * cost or len(known) == plan.replicates:
            found = summarised(fitted, plan, [known[at] for at in sorted(known)])
            if found is not None:
                # So that the window need not count them.
                _ = found.n_left_out, found.n_capped, found.n_unbounded, found.n_realigned, found.exchanges
            yield Sums(len(known), found)
            told = monotonic()
            cost = told - began


def fit_of(run: Run | None) -> Fit | None:
    """The fit at which a run ended; None where it did not, or collapsed."""
    if run is None or run.outcome is None or run.outcome.status == DEGENERATE:
        return None
    number = run.last_number
    passes = float(run.history.scalar("n_passes")[number])
    mixture = run.mixture(number)
    return Fit(run.data, run.options, run.outcome, number, mixture, run.log_likelihood, passes, None, None, None)


def information_of(run: Run | None) -> Uncertainty | None:
    """How sure the fit at the end of a run is by its curvature; None where that is not known, or not yet."""
    if run is None or run.sure is None or run.sure[0] != run.last_number or isinstance(run.sure[1], Bootstrapped):
        return None
    return run.sure[1]


def numbers_of(fitted: Fit) -> Iterator[Number]:
    """The numbers of a fit, component by component, by their locations."""
    of, ids, shared = numbers(fitted.mixture), fitted.mixture.ids, fitted.mixture.family.shared
    if shared:
        yield from (Number(ids[0], name) for name in shared)
        return
    for identity in fitted.mixture.sorted().ids:
        for name, values in of.items():
            for entry in np.ndindex(values.shape[1:]):
                upper = len(entry) == 2 and entry[1] > entry[0]
                if not upper and isfinite(float(values[(ids.index(identity), *entry)])):
                    yield Number(identity, name, entry)


def alignment(found: Bootstrapped, ids: Sequence[int]) -> str:
    """What became of which component, in a sentence; "" where every one stayed."""
    if not found.n_realigned:
        return ""
    counts = found.exchanges
    moves = [
        f"{ids[j]} became {ids[i]} in {int(counts[i, j])}"
        for i in range(len(counts))
        for j in range(len(counts))
        if i != j and counts[i, j] > 0
    ]
    more = f", and {len(moves) - 4} more" if len(moves) > 4 else ""
    return (
        f"Components were exchanged in {found.n_realigned:,}, so that each stands for its own: "
        f"{'; '.join(moves[:4])}{more}."
    )
