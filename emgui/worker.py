"""The one worker of the window's fits: at most one runner at a time, and old ones waited for at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from emgui.runner import FitRunner

log = logging.getLogger(__name__)


class Worker(QObject):
    """Pulls the iterator it was given last; of those before, nothing arrives any more.

    `arrived` carries lists of items, `ended` None or the exception that the iterator raised.
    """

    arrived = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner: FitRunner | None = None
        self._retired: list[FitRunner] = []

    @property
    def has_work(self) -> bool:
        """Whether there is an iterator to pull."""
        return self._runner is not None

    def take(self, items: Iterator[Any], rests_at: Callable[[Any], bool] | None = None, share: float = 1.0) -> None:
        """Works on another iterator, from its first item; paused until it is told to step or run.

        share: the part of its time that the window may spend on what arrives, see `FitRunner`.
        """
        self.release()
        self._runner = FitRunner(items, rests_at, self, share)
        self._runner.arrived.connect(self.arrived)
        self._runner.ended.connect(self._over)

    def run(self, interval: float = 0.0) -> None:
        """Pulls without end, one item each `interval` seconds at most."""
        if self._runner is not None:
            self._runner.run(interval)

    def step(self, items: int = 1) -> None:
        """Pulls that many items more."""
        if self._runner is not None:
            self._runner.step(items)

    def pause(self) -> None:
        """Pulls no further."""
        if self._runner is not None:
            self._runner.pause()

    def release(self) -> None:
        """Lets go of the iterator: nothing more arrives from it."""
        if self._runner is not None:
            self._runner.cancel()
            self._retire()

    def close(self, seconds: float) -> None:
        """Ends all threads, waiting for the item each is at."""
        self.release()
        for runner in self._retired:
            if not runner.join(seconds):
                log.warning("a worker thread did not end in %.0f s", seconds)
        self._retired = []

    def _retire(self) -> None:
        assert self._runner is not None
        still = [runner for runner in self._retired if not runner.join(0)]
        for runner in set(self._retired) - set(still):
            runner.deleteLater()
        self._retired = [*still, self._runner]
        self._runner = None

    def _over(self, error: Exception | None) -> None:
        self._retire()
        self.ended.emit(error)
