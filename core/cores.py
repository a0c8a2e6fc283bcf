"""The same work for many items, shared among processes: one for each core, where the work takes longer than they do."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from types import MappingProxyType
from typing import Any, TypeVar

from core import kernels
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
    Work must be a function of a module and give the same answer wherever it is done, as it does by the same code:
    compiled kernels that are loaded here are loaded there; shared is copied once for each process. What work raises is
    raised here. Raises InputError where a process ends by itself.
    """
    begun = time.monotonic()
    done = 0
    while done < len(items) and (cores < 2 or time.monotonic() - begun < PATIENCE or len(items) - done < 2):
        check()
        yield done, work(shared, items[done], check)
        done += 1
    left = iter(range(done, len(items)))
    processes: list[SpawnProcess] = []
    at_work: dict[Connection, int] = {}
    try:
        for place in left:
            pipe = _begun(processes, work, shared)
            pipe.send(items[place])
            at_work[pipe] = place
            if len(processes) == cores:
                break
        while at_work:
            check()
            for ready in wait(list(at_work), HEARTBEAT):
                assert isinstance(ready, Connection)
                is_answer, answer = ready.recv()
                if not is_answer:
                    raise answer
                place = at_work.pop(ready)
                following = next(left, None)
                if following is not None:
                    ready.send(items[following])
                    at_work[ready] = following
                yield place, answer
    except (EOFError, ConnectionError) as error:
        raise InputError("A process that shared the work ended by itself, as they do where memory runs out.") from error
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _begun(
    processes: list[SpawnProcess], work: Callable[[Shared, Item, Check], Answer], shared: Shared
) -> Connection[Any, Any]:
    """One process more, and the way to it. It begins from nothing: a fork of a program with threads may stand still."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, work, shared, kernels.is_loaded()), daemon=True)
    with _deaf():
        process.start()
    processes.append(process)
    there.close()  # so that the end of the process is the end of the pipe
    return here


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C is not heard meanwhile, nor ever by a process begun here: whoever asked hears of it, and ends them all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _serve(
    pipe: Connection[Any, Any], work: Callable[[Any, Any, Check], Any], shared: object, by_compiled_code: bool
) -> None:
    """In a process: does what comes until nobody asks any more, by the same code as whoever asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a process that was not begun by the main thread
    if by_compiled_code:
        kernels.load()
    with suppress(EOFError, ConnectionError):
        while True:
            item = pipe.recv()
            try:
                answer = ForkingPickler.dumps((True, work(shared, item, lambda: None)))
            except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
                answer = ForkingPickler.dumps((False, _that_travels(error)))
            pipe.send_bytes(answer)


def _that_travels(error: Exception) -> Exception:
    """An error with where it was raised, or what it says where it cannot go from one process to another itself."""
    error.add_note(traceback.format_exc())
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:  # noqa: BLE001 - whatever its own code does when it is taken apart and put together
        return RuntimeError("".join(traceback.format_exception_only(error)).strip())
    return error


def _read_only(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


# Mixtures keep their parameters in read-only mappings, which do not travel by themselves.
ForkingPickler.register(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))
