"""The worker thread: pulls any iterator, one item a credit, and hands batches to the window, one in flight."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from math import ceil
from time import monotonic, thread_time
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import Cancelled

log = logging.getLogger(__name__)
FRAME_MS = 16
LONGEST = 0.45
"""Seconds after which there is another frame, whatever share of the time it takes."""
ENDLESS = -1
_stamps = itertools.count(1)


class FitRunner(QObject):
    """Pulls an iterator on a thread of its own. Lives on the window's thread; knows no formula.

    Credits say how many items may still be pulled: 0 pauses, `step` adds some, `run` has no end. Items arrive as lists
    through `arrived`, each once and in order, with at most one list under way; then `ended` with None, or with the
    exception that the iterator raised. Nothing arrives after `cancel`. An item for which `rests_at` is true pauses an
    endless run by itself, before the next is pulled.

    share: the part of its time that the window's thread may spend on what arrives from an endless run, where that takes
    the cores from the worker: lists come so much the seldomer, but the last one at once.
    """

    arrived = Signal(object)
    ended = Signal(object)
    _ready = Signal(object)

    def __init__(
        self,
        items: Iterator[Any],
        rests_at: Callable[[Any], bool] | None = None,
        parent: QObject | None = None,
        share: float = 1.0,
    ) -> None:
        super().__init__(parent)
        self._items = items
        self._share = share
        self._delivered = self._spent = 0.0
        self._rests_at = rests_at or (lambda item: False)
        self._stamp = next(_stamps)
        self._wake = threading.Condition()
        self._credits = 0
        self._begun = False
        self._cancelled = False
        self._interval = 0.0
        self._pending: list[Any] = []
        self._in_flight = False
        self._over = False
        self._error: Exception | None = None
        self._told = False
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self._frame_done)
        self._ready.connect(self._deliver)
        self._thread = threading.Thread(target=self._pull, name=f"fit-{self._stamp}", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it pulls without end."""
        with self._wake:
            return self._credits == ENDLESS and not self._over

    @property
    def is_waiting(self) -> bool:
        """Whether every credit has been used up and everything has arrived."""
        with self._wake:
            return self._credits == 0 and not self._pending

    def run(self, interval: float = 0.0) -> None:
        """Pull without end, one item each `interval` seconds at most."""
        with self._wake:
            self._credits, self._interval = ENDLESS, interval
            self._wake.notify_all()

    def pause(self) -> None:
        """Pull no further; what has been pulled still arrives, and so does the first item if it was asked for."""
        with self._wake:
            self._credits = 0 if self._begun or self._credits == 0 else 1
            self._wake.notify_all()
        self._hurry()

    def step(self, items: int = 1) -> None:
        """Pull that many items more."""
        with self._wake:
            self._credits = items if self._credits == ENDLESS else self._credits + items
            self._interval = 0.0
            self._wake.notify_all()
        self._hurry()

    def cancel(self) -> None:
        """End the thread as soon as the item under way is done; nothing arrives any more."""
        with self._wake:
            self._cancelled = True
            self._pending.clear()
            self._wake.notify_all()
        self._frame.stop()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the thread to end after `cancel`; whether it did."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    # ---- on the worker thread

    def _pull(self) -> None:
        error: Exception | None = None
        try:
            while self._may_pull():
                item = next(self._items, None)
                if item is None:
                    break
                self._hand_over(item)
        except Cancelled:
            pass
        except Exception as fault:  # noqa: BLE001 - it is passed on to the window, whatever it is
            error = fault
        self._items = iter(())  # frees what a paused generator holds
        with self._wake:
            self._over, self._error = True, error
            announce, self._in_flight = not self._cancelled, True
        if announce:
            self._announce()

    def _may_pull(self) -> bool:
        with self._wake:
            if self._interval and self._credits == ENDLESS:
                self._wake.wait_for(lambda: self._cancelled or self._credits != ENDLESS, self._interval)
            self._wake.wait_for(lambda: self._cancelled or self._credits != 0)
            if self._credits > 0:
                self._credits -= 1
            self._begun = True
            return not self._cancelled

    def _hand_over(self, item: Any) -> None:
        with self._wake:
            if self._cancelled:
                return
            self._pending.append(item)
            rests = self._credits == ENDLESS and self._rests_at(item)
            if rests:
                self._credits = 0
            announce, self._in_flight = rests or not self._in_flight, True
        if announce:
            self._announce()

    def _announce(self) -> None:
        try:
            self._ready.emit(self._stamp)
        except RuntimeError:  # the window is gone and took this object with it
            log.debug("runner %s outlived its window", self._stamp)

    # ---- on the window's thread

    def _deliver(self, stamp: int) -> None:
        if stamp != self._stamp:
            return
        with self._wake:
            if self._cancelled:
                return
            batch, self._pending = self._pending, []
            over, error = self._over, self._error
        self._delivered, self._spent = monotonic(), thread_time()
        if batch:
            self.arrived.emit(batch)
        if over and not self._told and not self._cancelled:
            self._told = True
            self.ended.emit(error)
        if not self._cancelled:
            self._frame.start(FRAME_MS)

    def _hurry(self) -> None:
        """Has what is pending delivered at once, however long the frame was to last."""
        if self._frame.isActive():
            self._frame.start(0)

    def _frame_done(self) -> None:
        if self.is_running:
            rest = rest_of_frame(thread_time() - self._spent, monotonic() - self._delivered, self._share)
            if rest > 0.0:
                self._frame.start(ceil(1000 * rest))
                return
        with self._wake:
            more = bool(self._pending) or (self._over and not self._told)
            self._in_flight = more
        if more:
            self._deliver(self._stamp)


def rest_of_frame(spent: float, gone: float, share: float) -> float:
    """Seconds that a frame has still to last after those gone, of which some were spent on it; 0 where it is over."""
    return 0.0 if share >= 1.0 else max(0.0, min(spent / share, LONGEST) - gone)
