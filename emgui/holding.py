"""What the parameters of a table's cells are held to: read from the constraints, changed by hand, and said in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core import formatting
from core.constraints import Constraints
from core.constraints.constraint import CV, WEIGHT, Bound, Constraint, Fix, Floor, Order, Prior, Tie
from core.data import Array, Data
from core.em import family_of
from core.errors import InputError
from core.families.family import Family
from core.mixture import Mixture
from core.options import FitOptions
from core.steering import renumbered

SPREADS = ("sd", "scale", "log_sd")
FLOOR = 0.01
"""A floor that a message offers, in sds of the data: narrower components are hardly ever meant."""


class Hold(NamedTuple):
    """One thing a cell is held to: its kind, and a sentence about it."""

    kind: str
    words: str


def holds(options: FitOptions, identity: int, name: str) -> list[Hold]:
    """All that a parameter of a component is held to under the options."""
    found = [Hold(one.kind, words) for one in options.constraints.items for words in _said(one, identity, name)]
    if family_of(options).covariance == "tied" and name == "sd":
        found.append(Hold(Tie.kind, "the same in all components (covariance tied)"))
    return found


def is_fixed(options: FitOptions, identity: int, name: str) -> bool:
    """Whether a parameter of a component is held at a value."""
    return any(isinstance(one, Fix) and _concerns(one, identity, name) for one in options.constraints.items)


def toggled(options: FitOptions, mixture: Mixture, identity: int, name: str) -> FitOptions:
    """The options with a parameter held at its value in a mixture, or let go where it was held.

    Raises InputError where it cannot be held.
    """
    if is_fixed(options, identity, name):
        return held_to(options, tuple(_without(options, mixture.ids, identity, name)))
    fix = Fix(name, (identity,), value_of(mixture, identity, name))
    return held_to(options, (*options.constraints.items, fix))


def countable(mixture: Mixture, identity: int = 0) -> tuple[Mixture, int]:
    """The mixture with its components numbered from 1 to K, as constraints name them, and a component's number then."""
    made = renumbered(mixture)
    return made, made.ids[mixture.ids.index(identity)] if identity else 0


def following(options: FitOptions, before: Mixture, after: Mixture, identity: int, name: str) -> FitOptions:
    """The options for a mixture in which one value was edited: what was held at the old value is held at the new."""
    if not is_fixed(options, identity, name):
        return options
    return toggled(toggled(options, before, identity, name), after, identity, name)


def held_to(options: FitOptions, constraints: tuple[Constraint, ...]) -> FitOptions:
    """The options with other constraints. Raises InputError where they do not fit the model or one another."""
    made = Constraints(constraints)
    made.check(family_of(options), options.n_components)
    return replace(options, constraints=made)


def spread_name(family: Family) -> str | None:
    """The parameter that says how wide a component is and so can be kept from 0; None where there is none."""
    return next((name for name in SPREADS if name in family.parameter_names), None)


def floored(options: FitOptions, data: Data) -> FitOptions:
    """The options with a floor under the spread: a hundredth of the data's sd, in one digit."""
    name = spread_name(family_of(options))
    if name is None:
        return options
    scale = float(data.sd[0]) if name != "log_sd" else 1.0
    return held_to(options, (*options.constraints.items, Floor(name, (), float(f"{FLOOR * scale:.0e}"))))


def value_of(mixture: Mixture, identity: int, name: str) -> float:
    """A component's weight or parameter."""
    array = mixture.weights if name == WEIGHT else mixture.parameters[name]
    return float(array[mixture.ids.index(identity)])


def edited(options: FitOptions, mixture: Mixture, identity: int, name: str, value: float) -> Mixture:
    """The mixture with one value changed, and with what is tied to it: a weight leaves the rest to the others.

    Raises InputError where the value is not allowed.
    """
    place = mixture.ids.index(identity)
    if name == WEIGHT:
        weights = _shared_out(mixture.weights, place, value)
        return Mixture(mixture.family, weights, mixture.parameters, mixture.ids).checked()
    array = np.array(mixture.parameters[name])
    tied = any(hold.kind == Tie.kind for hold in holds(options, identity, name))
    array[np.isfinite(array) if tied else place] = value
    return Mixture(mixture.family, mixture.weights, {**mixture.parameters, name: array}, mixture.ids).checked()


def _shared_out(weights: Array, place: int, value: float) -> Array:
    if len(weights) == 1:
        raise InputError("The weight of a single component is 1.")
    if not 0.0 < value < 1.0:
        raise InputError(f"A weight must be between 0 and 1; {formatting.short(value)} is not.")
    changed = np.array(weights)
    rest = changed.sum() - changed[place]
    changed *= (1.0 - value) / rest if rest > 0.0 else 0.0
    if rest == 0.0:
        changed[:] = (1.0 - value) / (len(weights) - 1)
    changed[place] = value
    return changed


def _concerns(constraint: Constraint, identity: int, name: str) -> bool:
    return constraint.parameter == name and (not constraint.components or identity in constraint.components)


def _without(options: FitOptions, ids: tuple[int, ...], identity: int, name: str) -> Iterator[Constraint]:
    """The constraints without the fix of one cell; one of several cells is left to the others."""
    for one in options.constraints.items:
        if not (isinstance(one, Fix) and _concerns(one, identity, name)):
            yield one
            continue
        others = tuple(other for other in one.components or sorted(ids) if other != identity)
        if others:
            yield replace(one, components=others)


def _said(constraint: Constraint, identity: int, name: str) -> Iterator[str]:
    if isinstance(constraint, Tie) and constraint.parameter == CV:
        if name == "sd":
            yield "in the same ratio to the mean in all components"
    elif _concerns(constraint, identity, name):
        yield _words(constraint)


def _words(constraint: Constraint) -> str:
    match constraint:
        case Fix(value=value):
            return f"held at {formatting.digits(value)}"
        case Tie(components=ids):
            return f"the same in components {formatting.listed(ids)}" if ids else "the same in all components"
        case Bound(low=low, high=high):
            return _between(low, high)
        case Order():
            return "increasing with the component's number"
        case Floor(value=value):
            return f"kept at {formatting.digits(value)} or more"
        case Prior(value=value, rows=rows):
            of = "" if constraint.parameter == WEIGHT else f", as strong as {formatting.digits(rows)} rows"
            return f"under a prior at {formatting.digits(value)}{of}"
    return constraint.text


def _between(low: float, high: float) -> str:
    if np.isfinite(low) and np.isfinite(high):
        return f"kept from {formatting.digits(low)} to {formatting.digits(high)}"
    return (
        f"kept at {formatting.digits(low)} or more"
        if np.isfinite(low)
        else f"kept at {formatting.digits(high)} or less"
    )
