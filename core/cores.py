"""The same work for many items, shared among processes: one for each core, where the work takes longer than they do."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from types import MappingProxyType
from typing import Any, TypeVar

from core.engine import n_threads
from core.errors import InputError

PATIENCE = 1.0
"""Seconds of work before processes are started: each takes about half of that to begin."""
HEARTBEAT = 0.05
"""Seconds between two looks at whether whoever asked still wants the answers."""
ROWS_ALONE = 500_000
"""Rows from which a single fit keeps all cores busy by itself, so that processes would only hold copies of the data."""

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Answer = TypeVar("Answer")
Check = Callable[[], None]
Work = Callable[[Shared, Item, Check], Answer]


def cores_for(n_rows: int) -> int:
    """How many processes should share work on so many rows: 1 where a fit of them uses all cores by itself."""
    return 1 if n_rows >= ROWS_ALONE else n_threads()


def each(
    work: Callable[[Shared, Item, Check], Answer],
    shared: Shared,
    items: Sequence[Item],
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[tuple[int, Answer], None, None]:
    """`work(shared, item, check)` of every item, as (place, answer) in the order in which they are done.

    check is called about twenty times a second, here or by the work itself, and may raise to stop everything at once.
    Work must be a function of a module and give the same answer wherever it is done; shared is copied once for each
    process. What work raises is raised here. Raises InputError where a process ends by itself.
    """
    begun = time.monotonic()
    done = 0
    while done < len(items) and (cores < 2 or time.monotonic() - begun < PATIENCE or len(items) - done < 2):
        check()
        yield done, work(shared, items[done], check)
        done += 1
    if done == len(items):
        return
    # A fork of a program that has threads may stand still for ever, so processes begin from nothing.
    pool = ProcessPoolExecutor(min(cores, len(items) - done), get_context("spawn"), _take, (shared,))
    try:
        places = {pool.submit(_do, work, items[place]): place for place in range(done, len(items))}
        waiting: set[Future[Answer]] = set(places)
        while waiting:
            check()
            ready, waiting = wait(waiting, HEARTBEAT, FIRST_COMPLETED)
            for future in ready:
                yield places[future], future.result()
    except BrokenProcessPool as error:
        raise InputError("A process that shared the work ended by itself, as they do where memory runs out.") from error
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


_shared: list[Any] = []
"""In a process of the pool: what all items have in common."""


def _take(shared: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked, who ends the processes
    _shared[:] = [shared]


def _do(work: Work[Any, Any, Answer], item: object) -> Answer:
    return work(_shared[0], item, lambda: None)


def _read_only(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


# Mixtures keep their parameters in read-only mappings, which do not travel by themselves.
ForkingPickler.register(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))
