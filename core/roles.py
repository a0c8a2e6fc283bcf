"""What the columns of a table are for: which is fitted, which counts, bounds, labels or groups the rows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf

from core.errors import InputError, shown

LABELS_FOR = ("clamp", "start")
SHARES = ("none", "components", "all")

Truncation = tuple[float, float]


@dataclass(frozen=True)
class Roles:
    """What each column is for, by name ("" for none), and which rows are meant.

    columns: the values; () for the only column of numbers. counts: frequencies; weights: reliabilities. lower, upper:
    the ends of intervals. observed: 0 where a value is only known to be larger. errors: known sd of each value's
    measurement error. labels: known component of some rows, for every E step ("clamp") or the start only ("start").
    group, share: rows fitted apart ("none"), with shared components ("components") or together ("all"). truncate:
    ends outside of which nothing could be recorded, infinite where open. where: SQL that says which rows are meant.
    transform: what is done to the values before. Raises InputError where the roles do not go together.
    """

    columns: tuple[str, ...] = ()
    counts: str = ""
    weights: str = ""
    lower: str = ""
    upper: str = ""
    observed: str = ""
    errors: str = ""
    labels: str = ""
    labels_for: str = "clamp"
    group: str = ""
    share: str = "none"
    truncate: Truncation | None = None
    where: str = ""
    transform: str = ""

    def __post_init__(self) -> None:
        if self.counts and self.weights:
            raise InputError(
                "--counts and --weights may not be combined: a row is either so many rows, or so reliable."
            )
        if bool(self.lower) != bool(self.upper):
            missing = "--upper" if self.lower else "--lower"
            raise InputError(f"Intervals need both of their ends: name the other column with {missing}.")
        if self.lower and (self.columns or self.observed):
            other = "--column" if self.columns else "--observed"
            raise InputError(f"--lower and --upper say what the rows are; leave out {other}.")
        if self.errors and (self.lower or self.observed or self.truncate):
            raise InputError(
                "Measurement errors are of values that were seen: leave out intervals, --observed and --truncate."
            )
        if self.labels_for not in LABELS_FOR:
            raise InputError(f"--labels-for must be clamp or start; “{shown(self.labels_for)}” is neither.")
        if self.share not in SHARES:
            raise InputError(f"--share must be none, components or all; “{shown(self.share)}” is none of them.")
        if self.truncate is not None and self.truncate == (-inf, inf):
            raise InputError("--truncate needs at least one of its ends, such as --truncate=50:.")
        if self.truncate is not None and not self.truncate[0] < self.truncate[1]:
            raise InputError("--truncate needs a lower end below the upper one, such as --truncate=50:90.")
        if len(set(self.columns)) < len(self.columns):
            raise InputError("The same column is named twice.")
        names = [*self.columns, *self.named.values()]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"Column “{shown(twice)}” is given two roles; each column can have one.")

    @property
    def named(self) -> dict[str, str]:
        """Role → the column that has it, of the columns beside the values."""
        roles = ("counts", "weights", "lower", "upper", "observed", "errors", "labels", "group")
        return {role: getattr(self, role) for role in roles if getattr(self, role)}

    @property
    def said(self) -> dict[str, object]:
        """What differs from plain values, as a result file says it: role → name, ends or text."""
        told = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "columns"}
        told = {name: value for name, value in told.items() if value}
        if not self.labels:
            told.pop("labels_for")
        if not self.group:
            told.pop("share")
        return told


@dataclass(frozen=True)
class Form:
    """What a row says beside, or instead of, its value.

    intervals: its lower and upper end, equal where the value is known; all_hidden: no value is known exactly. errors:
    the sd of its measurement error. labels: names of the known components. groups: names of the groups that share the
    components, and group_shares of the rows. truncate: ends outside of which nothing could be recorded.
    """

    intervals: bool = False
    all_hidden: bool = False
    errors: bool = False
    labels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    group_shares: tuple[float, ...] = ()
    truncate: Truncation | None = None

    @property
    def is_plain(self) -> bool:
        """Whether a row is its value and nothing else."""
        return self == VALUES

    @property
    def columns(self) -> tuple[str, ...]:
        """What a row says beside its value, in this order: positions stand for labels and groups."""
        told = (("lower", self.intervals), ("upper", self.intervals), ("errors", self.errors))
        names = (("labels", bool(self.labels)), ("groups", bool(self.groups)))
        return tuple(name for name, is_told in (*told, *names) if is_told)


VALUES = Form()
"""Rows that are values."""
PLAIN = Roles()
"""Nothing said: the only column of numbers, each row a value."""
