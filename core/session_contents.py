"""What a session holds, as values: the data, the runs, and what lies open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.data import Data
from core.history import Tape
from core.mixture import Mixture
from core.optima import Optimum
from core.options import FitOptions
from core.roles import PLAIN, Roles
from core.stopping import Outcome
from core.table import Dialect, Table


@dataclass(frozen=True)
class Source:
    """The file that data were read from: where it is, from the session's folder too, what it held, how it was read."""

    path: str
    relative: str
    sha256: str
    dialect: Dialect = field(default_factory=Dialect)
    roles: Roles = PLAIN


@dataclass(frozen=True, eq=False)
class SavedRun:
    """A run as it was: its options, its start, its tape, and what was found and said of it.

    number 0: a start alone. title: what a person calls it; "" for its number.
    """

    number: int
    options: FitOptions
    start_label: str
    tape: Tape
    given: Mixture | None = None
    optima: tuple[Optimum, ...] = ()
    remark: str = ""
    searched: bool = False
    saved: bool = False
    outcome: Outcome | None = None
    icl: tuple[int, float] | None = None
    finished_from: int | None = None
    temperatures: Mapping[int, float] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True, eq=False)
class Desk:
    """What lies open: options, the place of the current run among all (None for none), cursor, selection and words.

    source: the data's file; title: what the data are called. window: what whoever shows all this remembers of how, as
    names with plain values.
    """

    options: FitOptions
    current: int | None = None
    position: int = 0
    selected: int = 0
    unit: str = ""
    title: str = ""
    truth: Mixture | None = None
    source: Source | None = None
    window: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Session:
    """All of it. data None: they are to be read again, see `completed`. damage: what could not be read; "" mostly."""

    desk: Desk
    data: Data | None
    table: Table | None
    runs: tuple[SavedRun, ...]
    damage: str = ""


@dataclass(frozen=True)
class Glance:
    """What a session is said to hold, without reading it."""

    title: str
    n_runs: int
