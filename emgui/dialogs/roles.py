"""What columns can be for, in the window's words; which roles are certain enough to be suggested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.data import Array
from core.errors import shown
from core.roles import Roles
from core.table import Column, Table
from emgui.dialogs.column_facts import Sketch

NONE = ""
VALUE = "columns"
ROLES = {
    VALUE: ("Value", "The numbers that the mixture is fitted to"),
    "counts": ("Count", "How many rows each row stands for: whole numbers from 0 up"),
    "weights": ("Weight", "How much each row counts: numbers from 0 up"),
    "lower": ("Lower bound", "Rows are intervals: their lower ends; blank is open"),
    "upper": ("Upper bound", "Rows are intervals: their upper ends; blank is open"),
    "observed": ("Observed flag", "0 where the value is only known to be larger, 1 where it was seen"),
    "labels": ("Label", "The known component of some rows; blank is unknown"),
    "group": ("Group", "Rows are parted into groups by it"),
    "errors": ("Measurement error", "The known sd of each value's measurement error"),
    NONE: ("–", "Not used"),
}
"""Role → its name in the window, and what it says of the rows."""
OF_TEXTS = ("labels", "group")
"""The roles that a column without numbers can have."""
LABELS_FOR = {"clamp": "keep their component", "start": "give the start only"}
SHARES = {"none": "each fitted apart", "components": "share components", "all": "share everything"}
TRANSFORMS = {
    "": "none", "log": "log", "log10": "log10", "sqrt": "square root", "reciprocal": "reciprocal",
    "standardise": "standardise",
}  # fmt: skip

COUNT_NAMES = ("count", "counts", "freq", "frequency", "frequencies", "n")
OBSERVED_NAMES = ("observed", "event", "status", "uncensored")
BOUND_NAMES = (("lower", "upper"), ("low", "high"), ("lo", "hi"), ("from", "to"), ("left", "right"))

Given = dict[str, str]
"""Role → the column that has it."""


def possible(column: Column, role: str) -> bool:
    """Whether a column can have a role, as far as what it holds can tell."""
    if role in OF_TEXTS:
        return column.levels is not None
    return role == NONE or column.is_numeric


def usable(column: Column) -> bool:
    """Whether a column can have any role."""
    return column.is_numeric or column.levels is not None


def roles_of(given: Mapping[str, str], **more: Any) -> Roles:
    """What was given as Roles, with what else is said of the rows. Raises InputError where it does not go together."""
    others: dict[str, Any] = {role: name for role, name in given.items() if role != VALUE}
    return Roles((given[VALUE],) if given.get(VALUE) else (), **others, **more)


def given_by(roles: Roles) -> Given:
    """Role → column of Roles that are in effect."""
    values = {VALUE: roles.columns[0]} if roles.columns else {}
    return {**values, **roles.named}


def suggested(table: Table, sketches: Mapping[str, Sketch]) -> Given:
    """The roles to begin with: a value that looks like a measurement, and whatever else is certain.

    Names alone make nothing certain: what the columns hold has to agree.
    """
    numbers = {column.name.strip().lower(): column for column in reversed(table.numeric)}
    given = _bounds(numbers)
    if len(numbers) > 1:
        given |= _first("counts", COUNT_NAMES, numbers, _are_counts)
        given |= _first("observed", OBSERVED_NAMES, numbers, _are_flags) if "lower" not in given else {}
    if "lower" not in given:
        free = [column for column in table.numeric if column.name not in given.values()]
        value = _measurement(free, sketches, sequences="counts" in given)
        given |= {VALUE: value} if value else {}
    return given


def said(roles: Roles, data_columns: tuple[str, ...] = ()) -> str:
    """The roles in effect in words, as “value waiting · count n · filter year > 1990”; "" where only a value is."""
    how = {"labels": "clamped" if roles.labels_for == "clamp" else "for the start", "group": SHARES[roles.share]}
    parts = [f"intervals {shown(roles.lower)} to {shown(roles.upper)}"] if roles.lower else []
    for role, name in roles.named.items():
        if role not in ("lower", "upper"):
            title = ROLES[role][0].lower()
            named = title if title.startswith(name.lower()) else f"{title} {shown(name)}"
            parts.append(f"{named} ({how[role]})" if role in how else named)
    if roles.truncate is not None:
        low, high = roles.truncate
        ends = [f"from {low:g}" if np.isfinite(low) else "", f"to {high:g}" if np.isfinite(high) else ""]
        parts.append("recorded only " + " ".join(filter(None, ends)))
    parts += [f"filter {shown(roles.where)}"] if roles.where else []
    parts += [f"{TRANSFORMS.get(roles.transform, roles.transform)} of it fitted"] if roles.transform else []
    if not parts:
        return ""
    values = roles.columns or (() if roles.lower else data_columns)
    return " · ".join([*(f"value {shown(name)}" for name in values), *parts])


def _first(role: str, names: tuple[str, ...], numbers: Mapping[str, Column], agrees: Any) -> Given:
    found = (numbers[name] for name in names if name in numbers and agrees(_values(numbers[name])))
    column = next(found, None)
    return {} if column is None else {role: column.name}


def _bounds(numbers: Mapping[str, Column]) -> Given:
    for low, high in BOUND_NAMES:
        if low in numbers and high in numbers and _are_bounds(_values(numbers[low]), _values(numbers[high])):
            return {"lower": numbers[low].name, "upper": numbers[high].name}
    return {}


def _are_bounds(low: Array, high: Array) -> bool:
    """Whether intervals are in order, and adjoin or have an open end somewhere: two measurements would not."""
    both = np.isfinite(low) & np.isfinite(high)
    if not both.any() or not (low[both] <= high[both]).all():
        return False
    adjoin = bool((low[1:] == high[:-1]).sum() >= max(1, (len(low) - 1) // 2))
    return adjoin or not both.all()


def _are_counts(values: Array) -> bool:
    """Whether all are whole numbers from 0 up, and not all the same or a numbering of the rows."""
    whole = np.isfinite(values).all() and (values >= 0).all() and (values == np.floor(values)).all()
    return bool(whole and values.min() < values.max() and not is_sequence(values))


def _are_flags(values: Array) -> bool:
    """Whether each is 0 or 1, and both occur."""
    return bool(((values == 0) | (values == 1)).all() and values.min() < values.max())


def _measurement(columns: list[Column], sketches: Mapping[str, Sketch], sequences: bool) -> str:
    """The first column of many different values, else the first; a numbering of the rows only where it is counted."""
    plain = [column for column in columns if not is_sequence(_values(column))]
    many = [column for column in plain if column.name in sketches and not sketches[column.name].n_few]
    found = many or plain or (columns if sequences else [])
    return found[0].name if found else ""


def is_sequence(values: Array) -> bool:
    """Whether at least three whole numbers count the rows, each one more than the last: an ID, not a measurement."""
    if len(values) < 3 or not np.isfinite(values[[0, -1]]).all() or values[0] != np.floor(values[0]):
        return False
    return bool(values[-1] - values[0] == len(values) - 1 and (np.diff(values) == 1.0).all())


def _values(column: Column) -> Array:
    assert column.values is not None
    return column.values
