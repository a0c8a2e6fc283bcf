"""Adding something up over the data, a block at a time and on all cores, so that no n x K array ever exists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from threading import Lock, Thread
from typing import Protocol, Self, TypeVar

from core.data import Array

BLOCK_CELLS = 1 << 16
"""Numbers in a block's (K, m) array: 512 kB, which a processor's cache holds."""
GROUPS = 16
"""Groups of blocks that are added up side by side: so many sums are held at a time, whatever the number of rows."""
LEAST_BLOCKS = 4
"""Blocks for which it is worth starting a thread beside the one that asks."""


class Adds(Protocol):
    """Anything that can be added to its own kind."""

    def __add__(self, other: Self, /) -> Self: ...


Total = TypeVar("Total", bound=Adds)
Made = TypeVar("Made")


class Rows(Protocol):
    """Rows of numbers with their counts, a block at a time: all of the data, or a part of them."""

    @property
    def n_features(self) -> int:
        """Number of columns fitted together."""
        ...

    def blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """At most `size` rows at a time: values (m, d) and their counts (m,) or None."""
        ...

    def observed_blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """The same as densities take them: (m,), (m, d), or with what else is seen of the rows."""
        ...


def block_size(n_components: int) -> int:
    """Rows in a block for K components."""
    return max(512, BLOCK_CELLS // n_components)


def total(function: Callable[[Array, Array | None], Total], data: Rows, size: int) -> Total:
    """Sum of function(values (m,) or (m, d), counts (m,) or None) over blocks of `size` rows.

    Blocks are worked on by several threads, and added up in the order of the rows: on any number of cores the sum is
    the same to the last digit.
    """
    parts = list(blocks(data, size))
    each = -(-len(parts) // GROUPS)

    def group(place: int) -> Total:
        return summed(function(*part) for part in parts[place * each : (place + 1) * each])

    return summed(side_by_side(group, -(-len(parts) // each)))


def side_by_side(work: Callable[[int], Made], n: int) -> list[Made]:
    """What `work` makes of 0 to n − 1, in this order: by the thread that asks and others, one for each further core.

    What it raises is raised here, after the threads have stopped at the piece they were at.
    """
    n_others = min(n_threads(), n) - 1 if n >= LEAST_BLOCKS else 0
    if not n_others:
        return [work(place) for place in range(n)]
    made: dict[int, Made] = {}
    faults: list[BaseException] = []
    places, lock = iter(range(n)), Lock()

    def pull() -> None:
        while not faults:
            with lock:
                place = next(places, None)
            if place is None:
                return
            try:
                made[place] = work(place)
            except BaseException as fault:  # noqa: BLE001 - it is raised again, on the thread that asked
                faults.append(fault)

    others = [Thread(target=copy_context().run, args=(pull,), name="pass", daemon=True) for _ in range(n_others)]
    for thread in others:
        thread.start()
    pull()
    for thread in others:
        thread.join()
    if faults:
        raise faults[0]
    return [made[place] for place in range(n)]


def n_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def summed(parts: Iterable[Total]) -> Total:
    """Sum of one part or more, added in pairs.

    Adding in pairs, like a tournament, keeps the rounding error of 10 million rows at a few units of the last place.
    """
    pending: list[tuple[int, Total]] = []
    for level_0 in parts:
        level, part = 0, level_0
        while pending and pending[-1][0] == level:
            part = pending.pop()[1] + part
            level += 1
        pending.append((level, part))
    result = pending.pop()[1]
    while pending:
        result = pending.pop()[1] + result
    return result


def blocks(data: Rows, size: int) -> Iterator[tuple[Array, Array | None]]:
    """Blocks of at most `size` rows as densities take them, with their counts."""
    return data.observed_blocks(size)
