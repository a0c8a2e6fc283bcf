"""`--goodness B` of `emgui fit`: how good the fit is, with p-values from B simulated sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.errors import InputError
from core.fit import Fit
from core.goodness.judgement import with_goodness
from core.terminal import LiveLine

MOST = 1_000_000


def add_goodness(group: Any, whole: Callable[[str], int]) -> None:
    """Adds the flag to a group of a parser."""
    group.add_argument(
        "--goodness",
        type=whole,
        metavar="B",
        help="how good the fit is, too: distances of the rows from it with p-values by B simulated sets, each fitted "
        "again (0: without p-values), and how sure memberships are",
    )


def n_sets_of(asked: int | None) -> int | None:
    """How many sets are asked for, None for no look at all. Raises InputError for a number that is none."""
    if asked is not None and not 0 <= asked <= MOST:
        raise InputError(f"--goodness must be a number of sets from 0 to {MOST:,}; {asked} is not.")
    return asked


def judged(fitted: Fit, n_sets: int, line: LiveLine) -> Fit:
    """The fit with how good it is."""

    def watch(done: int) -> None:
        if line.is_due:
            line.update(f"Simulated set {done:,} of {n_sets:,}")

    found = with_goodness(fitted, n_sets, watch)
    line.clear()
    return found
