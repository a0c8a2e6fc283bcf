"""Constraints worked out for a family and the numbers of its components; contradictions are found here."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import inf

import numpy as np

from core.constraints.constraint import CV, WEIGHT, Bound, Constraint, Fix, Floor, Order, Prior, Tie
from core.constraints.coordinates import range_of
from core.constraints.holding import Held
from core.constraints.spreads import SCALES, VARIATION, WITH_PRIOR, members, names_of
from core.constraints.weights import HeldWeights
from core.errors import InputError, shown
from core.families.family import Family, spoken
from core.wording import exactly

SUM_OF_WEIGHTS = 1e-9
"""How far sums of fixed weights may be from 1, as decimal fractions are."""


@lru_cache(maxsize=256)
def held(constraints: tuple[Constraint, ...], family: Family, ids: tuple[int, ...]) -> Held:
    """The constraints on components with these numbers. Raises InputError where they make no sense or contradict."""
    return _Builder(family, ids).built(constraints)


class _Builder:
    def __init__(self, family: Family, ids: tuple[int, ...]) -> None:
        self.family, self.ids, k = family, ids, len(ids)
        self.kinds = names_of(family, k)
        self.names = tuple(family.domains) if family.n_features == 1 else ()
        self.members = members(family, k)
        self.present = np.array([[name in own.domains for own in self.members] for name in self.names], dtype=np.bool_)
        self.present = self.present.reshape(len(self.names), k)
        rows = (len(self.names) + 1, k)  # the last row is of the weights
        self.low, self.high = np.full(rows, -inf), np.full(rows, inf)
        self.low[-1], self.high[-1] = 0.0, 1.0
        for row, name in enumerate(self.names):
            self.low[row], self.high[row] = range_of(family.domains[name])
        self.groups = np.tile(np.arange(k), (rows[0], 1))
        self.fixes: dict[tuple[int, int], float] = {}
        self.ordered = np.zeros(len(self.names), dtype=np.bool_)
        self.ratio, self.proportional = (0, 0), np.zeros(0, dtype=np.intp)
        self.floors, self.prior_values, self.prior_rows = (np.zeros((len(self.names), k)) for _ in range(3))
        self.concentration = 1.0
        tied = [i for i in range(k) if self.members[i].covariance == "tied" and "sd" in self.members[i].domains]
        if tied and self.names:
            self._join(self.names.index("sd"), tied)

    def built(self, constraints: tuple[Constraint, ...]) -> Held:
        put: dict[type[Constraint], Callable[..., None]] = {
            Fix: self._fix,
            Tie: self._tie,
            Bound: self._bound,
            Order: self._order,
            Floor: self._floor,
            Prior: self._prior,
        }
        for constraint in constraints:
            put[type(constraint)](constraint)
        for row in range(len(self.low)):
            self._tighten(row)
        self._check_variation()
        self._check_weights()
        d = len(self.names)
        return Held(
            self.family,
            self.names,
            self.present,
            self.low[:d],
            self.high[:d],
            self.groups[:d],
            self.ordered,
            np.argsort(self.ids),
            self.ratio,
            self.proportional,
            self.floors,
            self.prior_values,
            self.prior_rows,
            HeldWeights(self.low[d], self.high[d], self.groups[d], self.concentration),
            all(one.parameter == WEIGHT for one in constraints),
        )

    def _row(self, constraint: Constraint) -> int:
        """The row of a constraint's parameter. Raises InputError where the family has none of that name."""
        if type(self.family.plain).directions is not Family.directions:
            raise InputError(f"{shown(constraint.flag)}: the parameters of this model cannot be held.")
        if constraint.parameter == WEIGHT:
            return len(self.names)
        if self.family.n_features > 1:
            flag = f"--{constraint.kind} {shown(constraint.parameter)}"
            raise InputError(f"{flag}: with several columns only weights can be held.")
        if constraint.parameter not in self.names:
            # How many columns there will be is not known before there are data.
            there = f"weight and, in one column, {' and '.join(self.names)}" if self.family.covaries else ""
            named = shown(constraint.parameter)
            there = there or ", ".join((WEIGHT, *self.names))
            raise InputError(f"{shown(constraint.flag)}: there is no parameter “{named}”; there are {there}.")
        return self.names.index(constraint.parameter)

    def _positions(self, constraint: Constraint, row: int) -> list[int]:
        """The positions of a constraint's components. Raises InputError where there is no such component."""
        k = len(self.ids)
        for number in constraint.components:
            if number not in self.ids:
                there = "there is only 1 component" if k == 1 else f"there are components 1 to {k}"
                raise InputError(f"{shown(constraint.flag)}: there is no component {number}; {there}.")
            if row < len(self.names) and not self.present[row, self.ids.index(number)]:
                kind = self.kinds[self.ids.index(number)]
                raise InputError(f"{shown(constraint.flag)}: component {number} is {kind} and has no such parameter.")
        every = range(k) if row == len(self.names) else np.flatnonzero(self.present[row])
        return [self.ids.index(number) for number in constraint.components] or [int(i) for i in every]

    def _named(self, row: int, position: int) -> str:
        return f"{(*self.names, WEIGHT)[row]}[{self.ids[position]}]"

    def _fix(self, constraint: Fix) -> None:
        row = self._row(constraint)
        if row == len(self.names):
            allowed, words = 0.0 < constraint.value <= 1.0, "greater than 0 and at most 1"
        else:
            domain = self.family.domains[constraint.parameter]
            allowed, words = bool(domain.allows(np.array([constraint.value]))[0]), domain.words
        if not allowed:
            raise InputError(f"{shown(constraint.flag)}: the {spoken(constraint.parameter)} must be {words}.")
        for position in self._positions(constraint, row):
            before = self.fixes.setdefault((row, position), constraint.value)
            if before != constraint.value:
                twice = f"{exactly(before)} and {exactly(constraint.value)}"
                raise InputError(f"{self._named(row, position)} is fixed at two values, {twice}.")

    def _tie(self, constraint: Tie) -> None:
        if constraint.parameter == CV:
            self._tie_variation(constraint)
            return
        row = self._row(constraint)
        positions = self._positions(constraint, row)
        if row < len(self.names) and np.broadcast_to(self.family.noise, len(self.ids))[positions].any():
            raise InputError(f"{shown(constraint.flag)}: a background component cannot be tied.")
        self._join(row, positions)

    def _tie_variation(self, constraint: Tie) -> None:
        positions = [
            i for i in range(len(self.ids)) if not constraint.components or self.ids[i] in constraint.components
        ]
        if not constraint.components:
            positions = [i for i in positions if not np.broadcast_to(self.family.noise, len(self.ids))[i]]
        kinds = {self.kinds[i] for i in positions}
        names = VARIATION.get(kinds.pop()) if len(kinds) == 1 else None
        if names is None or self.family.n_features > 1:
            raise InputError("--tie cv needs components of one family that has a coefficient of variation of its own.")
        if len(names) == 1:
            self._join(self.names.index(names[0]), self._positions(Tie(names[0], constraint.components), 0))
            return
        rows = self.names.index(names[0]), self.names.index(names[1])
        if len(self.proportional):
            raise InputError("--tie cv can be given once.")
        self.ratio = rows
        self.proportional = np.array(self._positions(Tie(names[1], constraint.components), rows[1]), dtype=np.intp)

    def _bound(self, constraint: Bound) -> None:
        row = self._row(constraint)
        if row < len(self.names):
            domain = self.family.domains[constraint.parameter]
            for end, open_at_zero in ((constraint.low, True), (constraint.high, False)):
                free = abs(end) == inf or (open_at_zero and end == 0.0)
                if not free and not domain.allows(np.array([end]))[0]:
                    what = f"the bounds of the {spoken(constraint.parameter)} must be {domain.words}"
                    raise InputError(f"{shown(constraint.flag)}: {what}.")
        elif not (constraint.low < 1.0 and constraint.high > 0.0):
            raise InputError(f"{shown(constraint.flag)}: a weight is greater than 0 and at most 1.")
        positions = self._positions(constraint, row)
        self.low[row, positions] = np.maximum(self.low[row, positions], constraint.low)
        self.high[row, positions] = np.minimum(self.high[row, positions], constraint.high)

    def _order(self, constraint: Order) -> None:
        row = self._row(constraint)
        if row == len(self.names):
            raise InputError("--order weight: weights cannot be ordered; order a parameter of the components.")
        if np.broadcast_to(self.family.noise, len(self.ids))[self.present[row]].any():
            raise InputError(f"{shown(constraint.flag)}: a background component cannot be ordered.")
        self.ordered[row] = True

    def _floor(self, constraint: Floor) -> None:
        self._check_fits(constraint, SCALES, ())
        row = self._row(constraint)
        positions = self._positions(constraint, row)
        if constraint.value <= 0.0:
            raise InputError(f"{shown(constraint.flag)}: a floor must be greater than 0.")
        self.low[row, positions] = np.maximum(self.low[row, positions], constraint.value)
        self.floors[row, positions] = np.maximum(self.floors[row, positions], constraint.value)

    def _prior(self, constraint: Prior) -> None:
        self._check_fits(constraint, WITH_PRIOR, (WEIGHT,))
        row = self._row(constraint)
        if row == len(self.names):
            if constraint.value < 1.0:
                raise InputError(f"{shown(constraint.flag)}: the concentration must be at least 1.")
            if self.concentration != 1.0:
                raise InputError("The prior of the weights is given twice.")
            self.concentration = constraint.value
            return
        positions = self._positions(constraint, row)
        if constraint.value <= 0.0:
            raise InputError(f"{shown(constraint.flag)}: the sd of earlier rows must be greater than 0.")
        if self.prior_rows[row].any():
            raise InputError(f"The prior of the {spoken(constraint.parameter)} is given twice.")
        self.prior_values[row, positions], self.prior_rows[row, positions] = constraint.value, constraint.rows

    def _check_fits(self, constraint: Floor | Prior, table: dict[str, str], also: tuple[str, ...]) -> None:
        """Raises InputError, naming what is there for it, where a floor or a prior is put on another parameter."""
        if constraint.parameter in also or self.family.n_features > 1:
            return
        fitting = (*also, *sorted({table[kind] for kind in self.kinds if kind in table}))
        what = f"a {constraint.kind} {'goes under' if isinstance(constraint, Floor) else 'is for'}"
        if constraint.parameter not in fitting:
            better = (
                f"{what} {' or '.join(map(spoken, fitting))}" if fitting else "this family has no spread to hold up"
            )
            raise InputError(f"{shown(constraint.flag)}: {better}; any parameter can be bounded.")
        for position in self._positions(constraint, self._row(constraint)):
            kind = self.kinds[position]
            if table.get(kind) != constraint.parameter:
                other = f"{what} the {spoken(table[kind])} of {kind}" if kind in table else f"{kind} takes none"
                raise InputError(f"{shown(constraint.flag)}: component {self.ids[position]} is {kind}, and {other}.")

    def _join(self, row: int, positions: list[int]) -> None:
        joined = np.isin(self.groups[row], self.groups[row, positions])
        self.groups[row, joined] = self.groups[row, joined].min()

    def _tighten(self, row: int) -> None:
        """Makes bounds follow from fixed values, ties and orders. Raises InputError where they leave nothing."""
        chain = self._chain(row)
        for first, one in enumerate(chain):  # what stands between two equal ones is equal too
            equal = [place for place, other in enumerate(chain) if self.groups[row, other] == self.groups[row, one]]
            self._join(row, chain[first : max(equal) + 1])
        for (of, position), value in self.fixes.items():
            if of == row:
                if not self.low[row, position] <= value <= self.high[row, position]:
                    name = self._named(row, position)
                    raise InputError(f"{name} is fixed at {exactly(value)}, {self._beyond(row, position, value)}.")
                self.low[row, position] = self.high[row, position] = value
        for label in np.unique(self.groups[row]):
            members = np.flatnonzero(self.groups[row] == label)
            low, high = members[self.low[row, members].argmax()], members[self.high[row, members].argmin()]
            self._agree(row, low, high, "are tied")
            self.low[row, members], self.high[row, members] = self.low[row, low], self.high[row, high]
        for before, after in pairwise(chain):
            self.low[row, after] = max(self.low[row, before], self.low[row, after])
            self._agree(row, after, after, "are ordered")
        for after, before in pairwise(reversed(chain)):
            self.high[row, before] = min(self.high[row, before], self.high[row, after])
            self._agree(row, before, before, "are ordered")

    def _beyond(self, row: int, position: int, value: float) -> str:
        """Which bound a value breaks, in words."""
        low, high = float(self.low[row, position]), float(self.high[row, position])
        if value > high:
            return f"above its upper bound, {exactly(high)}"
        of_floor = row < len(self.names) and self.floors[row, position] == low
        return f"below its {'floor' if of_floor else 'lower bound'}, {exactly(low)}"

    def _chain(self, row: int) -> list[int]:
        """Positions in the order that a row's values must have; none where it is free."""
        if row == len(self.names) or not self.ordered[row]:
            return []
        return [int(i) for i in np.argsort(self.ids) if self.present[row, i]]

    def _agree(self, row: int, low: int, high: int, how: str) -> None:
        """Raises InputError where the bounds of what is tied or ordered have nothing in common."""
        at_least, at_most = float(self.low[row, low]), float(self.high[row, high])
        if at_least <= at_most:
            return
        name = (*self.names, WEIGHT)[row]
        if low == high and how == "are tied":
            raise InputError(f"The bounds of {self._named(row, low)} contradict each other.")
        if low == high:
            raise InputError(f"The {spoken(name)}s {how}, which the values they are fixed at or bounded to contradict.")
        if (row, low) in self.fixes and (row, high) in self.fixes:
            values = f"are fixed at different values, {exactly(at_least)} and {exactly(at_most)}"
            raise InputError(f"{self._named(row, low)} and {self._named(row, high)} {how}, but {values}.")
        ends = f"must be at least {exactly(at_least)}, the other at most {exactly(at_most)}"
        raise InputError(f"{self._named(row, low)} and {self._named(row, high)} {how}, but the first {ends}.")

    def _check_variation(self) -> None:
        """Raises InputError where a common sd / mean cannot be."""
        if len(self.proportional) == 0:
            return
        location, scale = self.ratio
        for row in self.ratio:
            if len(np.unique(self.groups[row])) < len(self.ids):
                raise InputError(f"With --tie cv the {spoken(self.names[row])}s cannot be tied too.")
        if (self.high[location, self.proportional] <= 0.0).any():
            raise InputError(f"--tie cv needs {spoken(self.names[location])}s greater than 0.")
        low, high = (np.log(np.maximum(ends[:, self.proportional], 1e-300)) for ends in (self.low, self.high))
        if (low[scale] - high[location]).max() > (high[scale] - low[location]).min() + SUM_OF_WEIGHTS:
            raise InputError("--tie cv contradicts the values and bounds of the components.")

    def _check_weights(self) -> None:
        low, high = float(self.low[-1].sum()), float(self.high[-1].sum())
        fixed = self.low[-1] == self.high[-1]
        if low > 1.0 + SUM_OF_WEIGHTS:
            what = "fixed weights" if fixed.any() else "lower bounds of the weights"
            raise InputError(f"The {what} add up to {exactly(round(low, 9))}, more than 1.")
        if fixed.any() and not fixed.all() and low >= 1.0:
            raise InputError("The fixed weights add up to 1, which leaves nothing for the other components.")
        if high < 1.0 - SUM_OF_WEIGHTS:
            what = "fixed weights" if fixed.all() else "upper bounds of the weights"
            raise InputError(f"The {what} add up to {exactly(round(high, 9))}, less than 1.")
