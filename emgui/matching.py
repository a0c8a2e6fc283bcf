"""Choices that go together: what changes along when a person changes the family, the components or the variant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.constraints import NONE, Constraints
from core.data import Data
from core.em import family_of
from core.errors import InputError
from core.families import FAMILIES
from core.families.family import Family, Setting
from core.options import FitOptions


def changed(options: FitOptions, data: Data | None, **changes: Any) -> FitOptions:
    """The options with changes, and with those that follow from them. Raises InputError where a value is not allowed.

    A family for each component says how many there are, and components added or taken away say which families; only
    the Gaussian shares variances; the binomial needs trials, to begin with as many as the largest value; a variant
    comes with its own options; constraints that no longer make sense go.
    """
    if "family" in changes:
        changes["family"] = family_named(changes["family"])
        changes |= _of_family(changes["family"], options, data)
    elif "n_components" in changes and "+" in options.family:
        changes["family"] = resized(options.family, changes["n_components"])
    if changes.get("algorithm", options.algorithm) != options.algorithm:
        changes.setdefault("settings", ())
    constraints = changes.pop("constraints", options.constraints)
    made = replace(options, **changes, constraints=NONE)
    return replace(made, constraints=kept_constraints(constraints, family_of(made), made.n_components))


def family_named(text: str) -> str:
    """The name of a family from what a person typed: its name or title in any letters, several joined by +."""
    names = {_plain(make(Setting()).title): name for name, make in FAMILIES.items()}
    parts = (_plain(part) for part in text.split("+"))
    return "+".join(names.get(part, part.replace(" ", "_")) for part in parts)


def resized(family: str, n_components: int) -> str:
    """Families by component for another number of components: the first is repeated, or the most frequent gives way."""
    names = family.split("+")
    while len(names) < n_components:
        names.insert(0, names[0])
    while len(names) > n_components:
        del names[-1 - names[::-1].index(max(names[::-1], key=names.count))]
    return "+".join(names)


def kept_constraints(constraints: Constraints, family: Family, n_components: int) -> Constraints:
    """Those of the constraints that make sense for a family and a number of components, and with one another."""
    kept = NONE
    for one in constraints.items:
        longer = Constraints((*kept.items, one))
        try:
            longer.check(family, n_components)
        except InputError:
            continue
        kept = longer
    return kept


def shares_variance(family: str) -> bool:
    """Whether components of a family can have one sd for all."""
    return "gaussian" in family.split("+")


def has_trials(family: str) -> bool:
    """Whether a family needs a number of trials."""
    return "binomial" in family.split("+")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().replace("’", "'")


def _of_family(family: str, options: FitOptions, data: Data | None) -> dict[str, Any]:
    along: dict[str, Any] = {}
    if "+" in family:
        along["n_components"] = family.count("+") + 1
    if not shares_variance(family):
        along["covariance"] = "full"
    along["trials"] = None
    if has_trials(family):
        largest = int(min(max(1.0, float(data.maximum[0])), 2**31 - 1)) if data is not None else 1
        along["trials"] = max(options.trials or 1, largest)
    return along
