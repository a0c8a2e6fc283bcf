"""Work that takes a while and gives one answer: reading a file, counting a histogram, writing memberships."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.errors import Cancelled

log = logging.getLogger(__name__)
Report = Callable[[float], None]
BETWEEN = 1 / 30
"""Seconds between two batches of a stream."""


class Job(QObject):
    """Runs `work(report)` on a thread of its own. Lives on the window's thread.

    `progressed` carries fractions, then one of `finished` (the answer), `failed` (the exception) or `cancelled` comes,
    unless the job was abandoned. `report` raises Cancelled after `cancel`, so work that reports can be stopped.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    _reported = Signal(object)
    _over = Signal(object, object)

    def __init__(self, work: Callable[[Report], Any], name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._work = work
        self._stop = threading.Event()
        self._abandoned = False
        self._told = 0.0
        self._reported.connect(self._tell_progress)
        self._over.connect(self._tell_end)
        self._thread = threading.Thread(target=self._do, name=f"job-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; `cancelled` follows, or `finished` if it was just done."""
        self._stop.set()

    def abandon(self) -> None:
        """Ask the work to stop and hear no more of it."""
        self._abandoned = True
        self._stop.set()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the thread to end; whether it did."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _do(self) -> None:
        answer: Any = None
        fault: Exception | None = None
        try:
            answer = self._work(self._report)
        except Exception as error:  # noqa: BLE001 - it is passed on to the window, whatever it is
            fault = error
        try:
            self._over.emit(answer, fault)
        except RuntimeError:  # the window is gone and took this object with it
            log.debug("job %s outlived its window", self.name)

    def _report(self, fraction: float) -> None:
        if self._stop.is_set():
            raise Cancelled
        # A hundred reports are enough for any progress bar.
        if fraction - self._told >= 0.01 or fraction >= 1.0:
            self._told = fraction
            self._reported.emit(fraction)

    def _tell_progress(self, fraction: float) -> None:
        if not self._abandoned:
            self.progressed.emit(fraction)

    def _tell_end(self, answer: Any, fault: Exception | None) -> None:
        if self._abandoned:
            return
        if fault is None:
            self.finished.emit(answer)
        elif isinstance(fault, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(fault)


class Stream(Job):
    """A job that gives its answers as it finds them: `arrived` carries a list of what came since the last, in order.

    `parts(report)` is iterated over on the thread and stops between two of its parts, or where it reports.
    """

    arrived = Signal(object)
    _came = Signal(object)

    def __init__(self, parts: Callable[[Report], Iterable[Any]], name: str, parent: QObject | None = None) -> None:
        super().__init__(self._pull, name, parent)
        self._parts = parts
        self._came.connect(self._tell_parts)

    def _pull(self, report: Report) -> None:
        batch: list[Any] = []
        sent = 0.0
        parts = self._parts(report)
        try:
            for part in parts:
                if self._stop.is_set():
                    raise Cancelled
                batch.append(part)
                if time.monotonic() - sent >= BETWEEN:
                    self._send(batch)
                    batch, sent = [], time.monotonic()
        finally:
            if isinstance(parts, Generator):
                parts.close()  # now, whoever may still hold it: it may have processes to end
            if batch:
                self._send(batch)

    def _send(self, batch: list[Any]) -> None:
        with suppress(RuntimeError):  # the window is gone and took this object with it
            self._came.emit(batch)

    def _tell_parts(self, batch: list[Any]) -> None:
        if not self._abandoned:
            self.arrived.emit(batch)
