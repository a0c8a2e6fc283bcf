"""Thresholds as they are wanted of a mixture, each with how sure it is and what is expected on its wrong side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core import formatting
from core.data import Array, Data
from core.mixture import Mixture
from core.sureness.uncertainty import Z
from core.thresholds.beside import extremes
from core.thresholds.crossings import (
    Misclassified,
    Threshold,
    belong_above,
    misclassified,
    neighbours,
    standard_error,
    thresholds,
)
from core.thresholds.error_rates import Among, Side, error_of_value_at_error, values_at_error
from core.thresholds.rules import (
    AT,
    EQUAL,
    ERROR_ABOVE,
    ERROR_BELOW,
    SENSITIVITY,
    SPECIFICITY,
    Rule,
)

CALLED: dict[str, tuple[Side, Among]] = {
    ERROR_ABOVE: ("above", "called"),
    ERROR_BELOW: ("below", "called"),
    SPECIFICITY: ("above", "members"),
    SENSITIVITY: ("below", "members"),
}
"""What a rule of a share is called by `value_at_error`."""


@dataclass(frozen=True)
class Placed:
    """A threshold and what is known of it, in the unit of the values as fitted.

    rule: what placed it. parts: the threshold whose sides the components belong to. standard_error: None where none is
    known, or a person chose the value. wrong: shares of the population expected on the wrong side, as if all of it
    were called by this threshold alone. sensitivity: share of the components of above that is above; specificity: of
    those of below that is below. in_order: whether the location of the component below is the lower one; if not, a wide
    component is on both sides of a narrow one, and no single threshold parts them.
    """

    value: float
    rule: Rule
    parts: Threshold
    standard_error: float | None
    wrong: Misclassified
    sensitivity: float
    specificity: float
    in_order: bool = True

    @property
    def below(self) -> int:
        """Number of the component below it."""
        return self.parts.below

    @property
    def above(self) -> int:
        """Number of the component above it."""
        return self.parts.above

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval, symmetric; None where there is no standard error."""
        if self.standard_error is None:
            return None
        return self.value - Z * self.standard_error, self.value + Z * self.standard_error

    @property
    def moved(self) -> Rule:
        """The rule of this threshold at another value, but for the value: what is replaced when it is dragged."""
        if self.rule.by_hand:
            return self.rule
        return Rule(self.rule.kind, self.value, (self.below, self.above))


@dataclass(frozen=True)
class Placing:
    """Thresholds, rising, sentences on those that are wanted and are not there, and the rules that place them."""

    thresholds: tuple[Placed, ...] = ()
    remarks: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def cuts(self) -> tuple[Threshold, ...]:
        """Values and what they part, all that `classes` needs."""
        return tuple(Threshold(one.value, one.below, one.above) for one in self.thresholds)


def place(mixture: Mixture, rules: Sequence[Rule], covariance: Array | None = None) -> Placing:
    """The thresholds that rules place in a mixture of one column.

    covariance: of weights and parameters as `core.sureness.uncertainty` has it; without it there are no standard
    errors. One that a person has moved stands in place of that of its rule.
    """
    return replace(by_hand(mixture, computed(mixture, rules, covariance), rules), rules=tuple(rules))


def computed(mixture: Mixture, rules: Sequence[Rule], covariance: Array | None = None) -> Placing:
    """Those that rules place by themselves, as if nothing had been moved or added by hand."""
    plain = mixture.plain
    if plain.n_components < 2:
        return Placing((), ("One component has nothing to be parted from: thresholds need two.",))
    found: list[Placed] = []
    remarks: list[str] = []
    for rule in rules:
        if not rule.by_hand:
            found += _by_rule(plain, rule, covariance, remarks)
    return _rising(found, remarks)


def by_hand(mixture: Mixture, placing: Placing, rules: Sequence[Rule]) -> Placing:
    """What rules place by themselves, with those that a person has moved or added; takes next to no time."""
    plain = mixture.plain
    if plain.n_components < 2:
        return placing
    kinds = {rule.kind for rule in rules if not rule.by_hand}
    moved = {(rule.kind, rule.between): rule for rule in rules if rule.between is not None and rule.kind in kinds}
    found = [one for one in placing.thresholds if (one.rule.kind, (one.below, one.above)) not in moved]
    for rule in moved.values():
        found += _moved(plain, rule, placing)
    found += [_placed(plain, rule.number, rule, _pair_at(plain, rule.number)) for rule in rules if rule.kind == AT]
    return _rising(found, placing.remarks)


def _rising(found: Sequence[Placed], remarks: Sequence[str]) -> Placing:
    return Placing(tuple(sorted(found, key=lambda one: one.value)), tuple(dict.fromkeys(remarks)))


def classes(cuts: Sequence[Threshold], data: Data, discrete: bool = False) -> Array:
    """The component that each row (n,) is given to by thresholds, rising; NaN where that is left open.

    Open is a stretch of which the thresholds at its two ends say different things, as between an error rate below and
    one above; and a row of which only ends are known that lie in different stretches. discrete: values are whole
    numbers.
    """
    if not cuts:
        return np.full(len(data), np.nan)
    at = np.array([one.value for one in cuts])
    above = [cuts[0].below, *(one.above for one in cuts)]
    below = [*(one.below for one in cuts), cuts[-1].above]
    named = np.array([a if a == b else np.nan for a, b in zip(above, below, strict=True)])
    low, high = extremes(data, discrete)
    first = np.searchsorted(at, low, side="right")
    last = first if low is high else np.searchsorted(at, high, side="right")
    return np.asarray(np.where(first == last, named[first], np.nan))


# ---- one rule


def _by_rule(plain: Mixture, rule: Rule, covariance: Array | None, remarks: list[str]) -> list[Placed]:
    if rule.kind == EQUAL:
        every = thresholds(plain)
        remarks += _nowhere(plain, every)
        return [_placed(plain, one.value, rule, one, standard_error(plain, one, covariance)) for one in every]
    return _at_rate(plain, rule, covariance, remarks)


def _at_rate(plain: Mixture, rule: Rule, covariance: Array | None, remarks: list[str]) -> list[Placed]:
    """Where a share is met between components that are next to each other."""
    called, among = CALLED[rule.kind]
    rate = 1.0 - rule.number if among == "members" else rule.number
    every = [_middle(plain, pair) for pair in neighbours(plain)]
    made = []
    for parts, value in zip(every, values_at_error(plain, every, rate, called, among), strict=True):
        between = f"Between components {parts.below} and {parts.above}"
        if np.isnan(value):
            remarks.append(f"{between} no value meets “{rule.words}”.")
        elif np.isinf(value):
            remarks.append(f"{between} every value meets “{rule.words}”: all rows may be called {called}.")
        else:
            error = error_of_value_at_error(plain, parts, value, rate, covariance, called, among)
            made.append(_placed(plain, value, rule, parts, error))
    return made


def _moved(plain: Mixture, rule: Rule, placing: Placing) -> list[Placed]:
    """A threshold that a person has moved; none where its components are no more."""
    assert rule.between is not None
    below, above = rule.between
    if below == above or not {below, above} <= set(plain.ids):
        return []
    # What it stands in place of says on which side every component is.
    own = [one.parts for one in placing.thresholds if one.rule.kind == rule.kind and one.moved.between == rule.between]
    return [_placed(plain, rule.number, rule, own[0] if own else _middle(plain, rule.between))]


def _placed(plain: Mixture, value: float, rule: Rule, parts: Threshold, error: float | None = None) -> Placed:
    wrong, upper = misclassified(plain, parts, value), belong_above(plain, parts)
    of_upper, of_lower = float(plain.weights[upper].sum()), float(plain.weights[~upper].sum())
    sensitivity = 1.0 - wrong.below / of_upper if of_upper > 0.0 else float("nan")
    specificity = 1.0 - wrong.above / of_lower if of_lower > 0.0 else float("nan")
    low, high = (_location(plain, one) for one in (parts.below, parts.above))
    return Placed(value, rule, parts, error, wrong, sensitivity, specificity, low <= high)


def _location(plain: Mixture, identity: int) -> float:
    return float(plain.family.location(plain.parameters)[plain.ids.index(identity)])


def _middle(plain: Mixture, pair: tuple[int, int]) -> Threshold:
    """What parts two components between their locations."""
    low, high = (_location(plain, one) for one in pair)
    return Threshold(low / 2.0 + high / 2.0, *pair)


def _pair_at(plain: Mixture, value: float) -> Threshold:
    """The neighbours between whose locations a value is, or those nearest to it, parted there."""
    pairs = neighbours(plain)
    at = np.sort(plain.family.location(plain.parameters))
    return _middle(plain, pairs[min(max(int(np.searchsorted(at, value)) - 1, 0), len(pairs) - 1)])


def _nowhere(plain: Mixture, every: Sequence[Threshold]) -> list[str]:
    """A sentence on the components that are the likeliest at no value."""
    if not every:
        return ["One component is the likeliest at every value, so no value parts them."]
    there = {one for threshold in every for one in (threshold.below, threshold.above)}
    missing = sorted(set(plain.ids) - there)
    if not missing:
        return []
    if len(missing) > 1:
        return [f"Components {formatting.listed(missing)} are at no value the likeliest, so nothing parts them."]
    return [f"Component {missing[0]} is at no value the likeliest, so nothing parts it from the others."]
