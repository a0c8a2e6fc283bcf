"""A family as it is seen: through intervals, censoring, truncation, measurement errors, known labels and groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.borrowing import Borrowing
from core.families.domains import POSITIVE, Domain
from core.families.family import Derivatives, Family, Parameters
from core.families.intervals import Law, NormalLaw, blurred, law, normal_law
from core.families.unseen import ROWS, Ends, pooled_normal, products, side_by_side
from core.roles import VALUES, Form

LEAST_SHARE = 1e-300
"""What stands for a group of which a component has no row, where a logarithm is needed."""
NUMBERS, SPREADS = 1 << 20, 20.0
"""Whole numbers in intervals that are looked at together, and in how many spreads of a component there are any."""
MOST_UNRECORDED = 34.0
"""Logarithm of the most values that are taken to be lost for each one that was recorded."""


class ObservedMoments(NamedTuple):
    """The moments of the values, seen or expected, and what the way they were seen adds.

    hidden (K,): entropy of the values that were not seen, Σ r (ln P − E ln f), in log-likelihood. groups (K, G): how
    many rows of each group every component has; (K, 0) without groups.
    """

    values: Any
    hidden: Array
    groups: Array

    def pooled(self, counts: Array, other: ObservedMoments, other_counts: Array) -> ObservedMoments:
        """The moments of both sets of rows."""
        values = self.values.pooled(counts, other.values, other_counts)
        return ObservedMoments(values, self.hidden + other.hidden, self.groups + other.groups)

    def scaled(self, factor: float) -> ObservedMoments:
        """The moments of rows that each count `factor` times."""
        return ObservedMoments(self.values.scaled(factor), self.hidden * factor, self.groups * factor)


@dataclass(frozen=True)
class Observed(Borrowing):
    """The components of a family, told by rows that say less, or more, than one value each.

    A row is (value, …) as `form` has its columns: a lower and an upper end between which the value is, or the sd of its
    error, the position of its label (−1: unknown), that of its group. labelled: which component each label stands for.
    An interval is as likely as its probability; the E step puts in its place the distribution of the value within it
    (Dempster, Laird and Rubin 1977, section 4.2). A truncated mixture is one of truncated components, f_k / P_k, whose
    weights w_k P_k are those among the rows that could be recorded. With groups a row's density is that of its value
    times P(group | component) / P(group): so components are shared, and weights are each group's own. Values without
    more to them, (m,), have the density of the population.
    """

    form: Form = VALUES
    labelled: tuple[int, ...] = ()

    # ---- what it is

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """The family's parameters, then P(group | component) for each group."""
        return {**self.base.domains, **dict.fromkeys(self.group_names, POSITIVE)}

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Names of the parameters that say how many rows of a component are of each group."""
        return tuple(f"group[{name}]" for name in self.form.groups)

    @property
    def n_groups(self) -> int:
        """Number of groups that share the components; 0 for none."""
        return len(self.form.groups)

    @property
    def n_local(self) -> int:
        """The family's local steps, and the logarithm of each group's share against the last one's."""
        return self.base.n_local + max(0, self.n_groups - 1)

    @property
    def unbounded(self) -> bool | NDArray[np.bool_]:
        """That of the family; never where no value was seen exactly, since no interval has more than all."""
        return False if self.form.all_hidden else self.base.unbounded

    def n_parameters(self, n_components: int) -> int:
        """The family's; with groups K − 1 weights in each of them."""
        return self.base.n_parameters(n_components) + max(0, self.n_groups - 1) * (n_components - 1)

    def check(self, parameters: Parameters) -> None:
        """Raises InputError when the parameters are outside what the family allows."""
        self.base.check(self._own(parameters))

    def part(self, positions: Any) -> Observed:
        """Some of the components, in that order; a label whose component is not among them stands for none."""
        order = [int(k) for k in np.asarray(positions).ravel()]
        places = {k: place for place, k in enumerate(order)}
        labelled = tuple(places.get(k, -1) for k in self.labelled)
        return Observed(self.base.part(positions), self.form, labelled)

    def unwrapped(self, weights: Array, parameters: Parameters) -> tuple[Family, Array, Parameters]:
        """The family of the values, the weights in the population, and the family's own parameters."""
        own = self._own(parameters)
        if self.form.truncate is not None:
            weights = _in_population(weights, self.log_recorded(parameters))
        return self.base, weights, own

    def wrapped(self, weights: Array, parameters: Parameters) -> tuple[Array, dict[str, Array]]:
        """Weights and parameters as this family has them, of those of a population: groups are all alike."""
        if self.form.truncate is not None:
            weights = _in_population(weights, -self.log_recorded(parameters))
        return weights, {**parameters, **self._alike(len(weights))}

    def _alike(self, k: int) -> dict[str, Array]:
        return {name: np.full(k, share) for name, share in zip(self.group_names, self.form.group_shares, strict=True)}

    def group_shares(self, parameters: Parameters) -> Array:
        """P(group | component), (K, G)."""
        shares = np.stack([parameters[name] for name in self.group_names], axis=1)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def log_recorded(self, parameters: Parameters) -> Array:
        """ln P(LOW < X < HIGH) of each component, (K,); 0 without truncation."""
        if self.form.truncate is None:
            return np.zeros(_k(parameters))
        low, high = self._ends
        return self._masses(parameters, np.array([low]), np.array([high]))[:, 0]

    def _masses(self, parameters: Parameters, low: Array, high: Array) -> Array:
        """ln P(low < X <= high) of each component, (K, m)."""
        own = self._own(parameters)
        ends = Ends(np.arange(len(low)), low, high, np.arange(len(low)))
        normal = self._normal(own, ends)
        if normal is not None:
            return normal.log_mass
        return np.stack([law(family, one, low, high).log_mass for family, one in self._components(own)])

    # ---- densities

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Log of what each component makes of each row, (K, m): rows (m, c), or values alone (m,)."""
        if self._is_plain(values):
            return self.base.log_density(self._own(parameters), values)
        k = len(next(iter(parameters.values())))
        found = np.empty((k, len(values)))
        hidden = self._hidden(values)
        if not hidden.all():
            found[:, ~hidden] = self.base.log_density(self._own(parameters), self._seen(values)[~hidden])
        for ends in self._ends_of(parameters, values, hidden):
            found[:, ends.rows] = ends.spread(self._log_mass(parameters, ends))
        if self.form.truncate is not None:
            found -= self.log_recorded(parameters)[:, np.newaxis]
        if self.form.labels:
            components = np.array([*self.labelled, -1])[self._codes(values, "labels")]
            known = self._codes(values, "labels") >= 0
            found[:, known] = np.where(np.arange(k)[:, np.newaxis] == components[known], found[:, known], -np.inf)
        if self.n_groups:
            found += self._log_relative(parameters)[:, self._codes(values, "groups")]
        return found

    def _log_relative(self, parameters: Parameters) -> Array:
        """ln P(group | component) / P(group), (K, G)."""
        shares = np.maximum(self.group_shares(parameters), LEAST_SHARE)
        return np.asarray(np.log(shares) - np.log(np.array(self.form.group_shares)))

    # ---- moments

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> ObservedMoments:
        """Those of the values of one block of rows; in place of one that was not seen, of where it may be."""
        own, k = self._own(parameters), len(counts)
        hidden, unseen = self._hidden(values), np.zeros(k)
        total: Any = None
        held = np.zeros(k)

        def add(x: Array, shares: Array) -> None:
            nonlocal total, held
            some = shares.sum(axis=1)
            one = self.base.moments(own, x, shares, some)
            total, held = one if total is None else total.pooled(held, one, some), held + some

        if not hidden.any():
            add(self._seen(values), responsibilities)
        elif not hidden.all():
            add(self._seen(values)[~hidden], responsibilities[:, ~hidden])
        for ends in self._ends_of(parameters, values, hidden):
            of_rows = ends.summed(responsibilities[:, ends.rows])
            normal = self._normal(own, ends)
            if normal is not None:
                some = of_rows.sum(axis=1)
                one = pooled_normal(own, self.base, normal, of_rows, some)
                total, held = one if total is None else total.pooled(held, one, some), held + some
                unseen += products(of_rows, normal.log_mass - normal.expected_log_density).sum(axis=1)
                continue
            laws = self._laws(own, ends)
            add(*side_by_side(laws, of_rows))
            for place, law_of_one in enumerate(laws):
                lost = law_of_one.log_mass - law_of_one.expected_log_density
                unseen[place] += products(of_rows[place], lost).sum()
        groups = np.zeros((k, self.n_groups))
        if self.n_groups:
            codes = self._codes(values, "groups")
            for group in range(self.n_groups):
                groups[:, group] = responsibilities[:, codes == group].sum(axis=1)
        return ObservedMoments(total, unseen, groups)

    def maximize(self, counts: Array, moments: ObservedMoments) -> dict[str, Array]:
        """The family's M step, and each group's share; truncated ones go through `maximized`."""
        return {**self.base.maximize(counts, moments.values), **self.best_groups(moments)}

    def best_groups(self, moments: ObservedMoments) -> dict[str, Array]:
        """Each group's share of the rows of every component, by name, (K,) each."""
        held = moments.groups.sum(axis=1)
        shares = moments.groups / np.where(held > 0, held, 1.0)[:, np.newaxis]
        return {name: np.maximum(shares[:, place], LEAST_SHARE) for place, name in enumerate(self.group_names)}

    def with_unrecorded(self, parameters: Parameters, counts: Array, moments: Any) -> tuple[Array, Any]:
        """Counts and moments of the values that were recorded and those that, as it is, were not (K,).

        For each recorded row of a component there are expected to be (1 − P) / P that could not be.
        """
        own = self._own(parameters)
        low, high = self._ends
        recorded = self.log_recorded(parameters)
        sides = np.array([[-np.inf, low], [high, np.inf]])
        sides = sides[sides[:, 0] < sides[:, 1]]
        ends = Ends(np.arange(len(sides)), sides[:, 0], sides[:, 1], np.arange(len(sides)))
        normal = self._normal(own, ends)
        laws = [] if normal is not None else [law(f, one, *sides.T) for f, one in self._components(own)]
        masses = normal.log_mass if normal is not None else np.stack([one.log_mass for one in laws])
        shares = counts[:, np.newaxis] * np.exp(np.minimum(masses - recorded[:, np.newaxis], MOST_UNRECORDED))
        added = shares.sum(axis=1)
        if normal is not None:
            more: Any = pooled_normal(own, self.base, normal, shares, added)
        else:
            x, of_places = side_by_side(laws, shares)
            more = self.base.moments(own, x, of_places, added)
        return counts + added, moments.pooled(counts, more, added)

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: ObservedMoments) -> Array:
        """Σ of responsibility times log-density, (K,), and the entropy of what was not seen."""
        found = self.base.expected_log_density(self._own(parameters), counts, moments.values) + moments.hidden
        if self.form.truncate is not None:
            found = found - counts * self.log_recorded(parameters)
        if self.n_groups:
            found = found + (moments.groups * self._log_relative(parameters)).sum(axis=1)
        return np.asarray(found)

    # ---- curvature

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """Of the log-density of each row; of an interval's by Louis' formula (1982) within it."""
        own, k = self._own(parameters), len(next(iter(parameters.values())))
        if self._is_plain(values):
            return self.base.derivatives(own, values)
        p, m = self.base.n_local, len(values)
        scores, hessians = np.zeros((self.n_local, k, m)), np.zeros((self.n_local, self.n_local, k, m))
        hidden = self._hidden(values)
        if not hidden.all():
            exact = self.base.derivatives(own, self._seen(values)[~hidden])
            scores[:p, :, ~hidden], hessians[:p, :p, :, ~hidden] = exact
        for ends in self._ends_of(parameters, values, hidden):
            normal = self._normal(own, ends)
            if normal is not None:
                first, second = normal.derivatives()
                scores[:p, :, ends.rows], hessians[:p, :p, :, ends.rows] = ends.spread(first), ends.spread(second)
                continue
            for place, one in enumerate(self._laws(own, ends)):
                first, second = self._expected(own, place, one)
                scores[:p, place, ends.rows] = ends.spread(first)
                hessians[:p, :p, place, ends.rows] = ends.spread(second)
        if self.form.truncate is not None:
            first, second = self._of_recorded(own)
            scores[:p] -= first
            hessians[:p, :p] -= second
        if self.n_groups > 1:
            shares = self.group_shares(parameters)[:, :-1].T
            codes = self._codes(values, "groups")
            mine = codes == np.arange(self.n_groups - 1)[:, np.newaxis]
            scores[p:] = mine[:, np.newaxis, :] - shares[:, :, np.newaxis]
            bend = np.einsum("gk,hk->ghk", shares, shares) - np.einsum("gh,gk->ghk", np.eye(len(shares)), shares)
            hessians[p:, p:] = bend[..., np.newaxis]
        return Derivatives(scores, hessians)

    def _expected(self, own: Parameters, place: int, one: Law) -> tuple[Array, Array]:
        """Scores (P, m) and second derivatives (P, P, m) of the log-probability of intervals under a component."""
        made = self.base.derivatives(own, one.places.ravel())
        p, (m, q) = len(made.scores), one.places.shape
        scores = np.nan_to_num(made.scores[:, place].reshape(p, m, q), posinf=0.0, neginf=0.0)
        bends = np.nan_to_num(made.hessians[:, :, place].reshape(p, p, m, q), posinf=0.0, neginf=0.0)
        first = np.einsum("mq,pmq->pm", one.shares, scores)
        away = scores - first[..., np.newaxis]
        second = np.einsum("mq,pimq->pim", one.shares, bends) + np.einsum("mq,pmq,imq->pim", one.shares, away, away)
        return first, second

    def scores(self, parameters: Parameters, counts: Array, moments: ObservedMoments) -> Array:
        """Gradient of the log-likelihood in local steps, (P, K), by Fisher's identity."""
        own, p = self._own(parameters), self.base.n_local
        found = np.zeros((self.n_local, len(counts)))
        found[:p] = self.base.scores(own, counts, moments.values)
        if self.form.truncate is not None:
            found[:p] -= counts * self._of_recorded(own)[0][..., 0]
        if self.n_groups > 1:
            held = moments.groups.sum(axis=1, keepdims=True)
            found[p:] = (moments.groups - held * self.group_shares(parameters))[:, :-1].T
        return found

    def information(self, parameters: Parameters) -> Array:
        """The family's, as if every value were seen; of a group's share that of a Bernoulli draw."""
        of_values = self.base.information(self._own(parameters))
        if self.n_groups < 2:
            return of_values
        shares = np.clip(self.group_shares(parameters)[:, :-1].T, 1e-12, 1.0 - 1e-12)
        return np.concatenate([of_values, shares * (1.0 - shares)])

    def contraction(self, parameters: Parameters) -> Array:
        """The family's; groups' shares are free."""
        own = self.base.contraction(self._own(parameters))
        more = (self.n_local - self.base.n_local) * len(next(iter(parameters.values())))
        whole = np.zeros((len(own) + more, own.shape[1] + more))
        whole[: len(own), : own.shape[1]] = own
        whole[len(own) :, own.shape[1] :] = np.eye(more)
        return whole

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """The parameters after local steps (P, K)."""
        p = self.base.n_local
        moved = dict(self.base.displaced(self._own(parameters), steps[:p]))
        if self.n_groups:
            logs = np.log(np.maximum(self.group_shares(parameters), LEAST_SHARE))
            logs[:, :-1] += steps[p:].T
            shares = np.exp(logs - logs.max(axis=1, keepdims=True))
            shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), LEAST_SHARE)
            moved |= dict(zip(self.group_names, shares.T, strict=True))
        return moved

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """A start, in which all groups are alike."""
        return {**self.base.resembling(weights, means, sds, low, high), **self._alike(len(weights))}

    # ---- rows

    def _is_plain(self, values: Array) -> bool:
        """Whether these are values alone, and no rows as they are seen."""
        return values.ndim == 1 if self.n_features == 1 else values.shape[1] == self.n_features

    def _seen(self, values: Array) -> Array:
        return values[:, 0] if self.n_features == 1 else values[:, : self.n_features]

    def _column(self, values: Array, name: str) -> Array:
        return values[:, self.n_features + self.form.columns.index(name)]

    def _codes(self, values: Array, name: str) -> NDArray[np.int64]:
        return self._column(values, name).astype(np.int64)

    def _hidden(self, values: Array) -> NDArray[np.bool_]:
        """Which rows (m,) do not say their value."""
        if self.form.intervals:
            return np.asarray(self._column(values, "lower") != self._column(values, "upper"))
        if self.form.errors:
            return np.asarray(self._column(values, "errors") > 0.0)
        return np.zeros(len(values), dtype=np.bool_)

    def _own(self, parameters: Parameters) -> Parameters:
        """The family's own parameters among these."""
        return {name: parameters[name] for name in self.base.parameter_names} if self.n_groups else parameters

    def _components(self, parameters: Parameters) -> Iterator[tuple[Family, Parameters]]:
        """Each component's family, and its parameters with a leading axis of 1."""
        members: tuple[Family, ...] | None = getattr(self.base, "families", None)
        for k in range(_k(parameters)):
            family = self.base if members is None else members[k]
            yield family, {name: parameters[name][k : k + 1] for name in family.parameter_names}

    def _ends_of(self, parameters: Parameters, values: Array, hidden: NDArray[np.bool_]) -> Iterator[Ends]:
        """The rows that do not say their value, some at a time, each different pair of what they say once."""
        places = np.flatnonzero(hidden)
        if not len(places):
            return
        columns = [self._column(values, name) for name in ("lower", "upper")] if self.form.intervals else []
        columns = columns or [self._seen(values), self._column(values, "errors")]
        said = np.stack(columns, axis=1)[places]
        each = ROWS
        if self.discrete:
            if self.form.intervals:
                said[:, 1] = np.minimum(said[:, 1], self._ends[1])
            widest = float(self.base.spread(self._own(parameters)).max(initial=1.0))
            each = int(np.clip(NUMBERS / (1.0 + SPREADS * widest), 1, ROWS))
        for first in range(0, len(places), each):
            yield Ends.of(places[first : first + each], said[first : first + each])

    def _log_mass(self, parameters: Parameters, ends: Ends) -> Array:
        """The logarithm of what each component makes of these rows, (K, m)."""
        own = self._own(parameters)
        normal = self._normal(own, ends)
        return normal.log_mass if normal is not None else np.stack([one.log_mass for one in self._laws(own, ends)])

    def _normal(self, own: Parameters, ends: Ends) -> NormalLaw | None:
        """What the components say of intervals, where they are normal; else None."""
        normal = None if self.form.errors else self.base.as_normal(own)
        if normal is None:
            return None
        means, sds, in_logarithms = normal
        low, high = ends.first, ends.second
        if in_logarithms:
            with np.errstate(divide="ignore"):
                low, high = np.log(np.maximum(low, 0.0)), np.log(np.maximum(high, 0.0))
        made = normal_law(means, sds, low, high)
        # The log-density of x is that of its logarithm less the logarithm itself.
        return made._replace(expected_log_density=made.expected_log_density - made.means) if in_logarithms else made

    def _laws(self, own: Parameters, ends: Ends) -> list[Law]:
        """What each component says of where the values of these rows are."""
        if self.form.intervals:
            return [law(family, one, ends.first, ends.second) for family, one in self._components(own)]
        return [blurred(one, ends.first, ends.second) for _, one in self._components(own)]

    @property
    def _ends(self) -> tuple[float, float]:
        """Between which values can be recorded: above the first and up to the second, which is itself none of them."""
        low, high = self.form.truncate or (-np.inf, np.inf)
        return low, float(np.nextafter(high, -np.inf)) if self.discrete and high < np.inf else high

    def _of_recorded(self, own: Parameters) -> tuple[Array, Array]:
        """Scores (P, K, 1) and second derivatives (P, P, K, 1) of the log-probability of being recorded."""
        low, high = (np.array([end]) for end in self._ends)
        normal = self._normal(own, Ends(np.arange(1), low, high, np.arange(1)))
        if normal is not None:
            return normal.derivatives()
        laws = [law(family, one, low, high) for family, one in self._components(own)]
        made = [self._expected(own, place, one) for place, one in enumerate(laws)]
        return np.stack([first for first, _ in made], axis=1), np.stack([second for _, second in made], axis=2)


def observed(family: Family, form: Form) -> Family:
    """The family as rows of this form show it: itself, where they show values and nothing else."""
    if form.is_plain:
        return family
    return Observed(family, form, tuple(range(len(form.labels))))


def _k(parameters: Parameters) -> int:
    return len(next(iter(parameters.values())))


def _in_population(weights: Array, log_recorded: Array) -> Array:
    """Weights (K,) divided by the chances of being recorded, adding up to 1."""
    with np.errstate(divide="ignore"):
        logs = np.log(weights) - log_recorded
    relative = np.exp(logs - logs.max())
    return np.asarray(relative / relative.sum())
