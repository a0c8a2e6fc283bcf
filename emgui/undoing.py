"""What a person changed, as values that can be put back: undo and redo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from core import formatting
from core.data import Data
from core.groups import GroupFits
from core.mixture import Mixture
from core.options import FitOptions
from core.table import Table
from emgui.run import Run

if TYPE_CHECKING:
    from emgui.document import View

MOST_CHANGES = 200
MOST_VALUES = 50_000_000
"""Numbers of other data that are kept to go back to, beside those of the last."""


@dataclass(frozen=True, eq=False)
class Standing:
    """How the document stands, as far as a change can alter it.

    Runs are the ones that are listed: they may go on meanwhile. titles: what each of them is called. last_number: of
    the runs with these data so far, deleted ones too.
    """

    data: Data | None
    table: Table | None
    unit: str
    truth: Mixture | None
    options: FitOptions
    view: View
    runs: tuple[Run, ...]
    titles: tuple[str, ...]
    group_fits: Mapping[Run, GroupFits | str]
    last_number: int
    current: Run | None
    position: int
    selected: int

    def is_like(self, other: Standing) -> bool:
        """Whether nothing that counts as a change is between the two."""
        same = self.data is other.data and self.table is other.table and self.current is other.current
        mine, theirs = (
            (one.unit, one.options, one.runs, one.titles, one.view.threshold_rules) for one in (self, other)
        )
        return same and mine == theirs


@dataclass(frozen=True, eq=False)
class Change:
    """A change by name, and the standing on its other side. deleted: runs that it took from the list."""

    name: str
    to: Standing
    deleted: tuple[Run, ...] = ()
    series: str = ""

    def runs_undone(self, now: Standing) -> tuple[Run, ...]:
        """The runs once it is undone: those of now, with what it deleted. No run that was made since goes."""
        if now.data is not self.to.data:
            return self.to.runs
        back = [run for run in self.deleted if run not in now.runs]
        return tuple(sorted((*now.runs, *back), key=lambda run: run.number))

    def runs_redone(self, now: Standing) -> tuple[Run, ...]:
        """The runs once it is done again."""
        if now.data is not self.to.data:
            return self.to.runs
        return tuple(run for run in now.runs if run not in self.deleted)


class Changes:
    """The changes that can be undone, the last one last, and those that were undone and can be redone."""

    def __init__(self) -> None:
        self.undone: list[Change] = []
        self.done: list[Change] = []
        self._left: Run | None = None
        self._left_at = 0

    def add(self, name: str, before: Standing, after: Standing, series: str = "") -> None:
        """Takes a change that was made. Those of one series, one right after the other, are one."""
        self.undone.clear()
        last = self.done[-1] if self.done else None
        untouched = before.current is self._left and _length(self._left) == self._left_at
        self._left, self._left_at = after.current, _length(after.current)
        if series and last is not None and last.series == series and untouched:
            self.done[-1] = Change(name, last.to, last.deleted, series)
            return
        deleted = tuple(run for run in before.runs if run not in after.runs) if before.data is after.data else ()
        self.done.append(Change(name, before, deleted, series))
        del self.done[:-MOST_CHANGES]
        self._forget_old_data(after.data)

    def undo(self, now: Standing) -> Change | None:
        """Takes the last change back; None where there is none."""
        return self._moved(self.done, self.undone, now)

    def redo(self, now: Standing) -> Change | None:
        """Makes again the change that was undone last; None where there is none."""
        return self._moved(self.undone, self.done, now)

    def _moved(self, here: list[Change], there: list[Change], now: Standing) -> Change | None:
        if not here:
            return None
        change = here.pop()
        there.append(Change(change.name, now, change.deleted))
        return change

    def _forget_old_data(self, current: Data | None) -> None:
        """Drops the oldest changes where they keep too many numbers; those of the last data but one stay."""
        seen: list[Data] = []
        n_values = 0
        for place in range(len(self.done) - 1, -1, -1):
            data = self.done[place].to.data
            if data is None or data is current or any(data is one for one in seen):
                continue
            seen.append(data)
            if len(seen) > 1:
                n_values += _size(data, self.done[place].to.table)
            if n_values > MOST_VALUES:
                del self.done[: place + 1]
                return


def _length(run: Run | None) -> int:
    """How many iterations a run has; a start has none, made or not."""
    return 0 if run is None else max(0, run.last_number)


def _size(data: Data, table: Table | None) -> int:
    columns = () if table is None else table.columns
    return data.values.size + sum(0 if one.values is None else one.values.size for one in columns)


def words_of(before: FitOptions, after: FitOptions) -> str:
    """What a person chose, as it stands behind Undo: "set 3 components", "set family gamma"."""
    return f"set {_different(before, after)}"


def series_of(before: FitOptions, after: FitOptions) -> str:
    """What tells one series of typed numbers from another: the field; "" for what is chosen, which is no series."""
    names = _changed(before, after)
    typed = [name for name in names if name == "settings" or isinstance(getattr(after, name), (int, float))]
    return typed[0] if typed and not {"family", "algorithm"} & set(names) else ""


def _different(before: FitOptions, after: FitOptions) -> str:
    names = _changed(before, after)
    if "family" in names:
        return f"family {after.family.replace('_', ' ')}"
    if "n_components" in names:
        return "1 component" if after.n_components == 1 else f"{after.n_components} components"
    if "algorithm" in names:
        return f"algorithm {after.algorithm}"
    if "settings" in names:
        return f"option of {after.algorithm}"
    if not names or "constraints" in names:
        return "constraints"
    value = getattr(after, names[0])
    shown = formatting.short(value) if isinstance(value, (int, float)) else str(value).replace("_", " ")
    return f"{names[0].replace('max_', 'most ').replace('_', ' ')} {shown}"


def _changed(before: FitOptions, after: FitOptions) -> list[str]:
    return [item.name for item in fields(FitOptions) if getattr(before, item.name) != getattr(after, item.name)]
