"""Jobs under way, kept alive until they are over, and waited for when the window closes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emgui.jobs import Job, Report

Ear = Callable[[Any], None]


@dataclass(eq=False)
class Errand:
    """A job and whether it has told how it ended, or nobody wants to know any more."""

    job: Job
    is_over: bool = False

    def cancel(self) -> None:
        """Asks the work to stop; its end is told."""
        self.job.cancel()

    def abandon(self) -> None:
        """Asks the work to stop and hears no more of it."""
        self.job.abandon()
        self.is_over = True

    def finish(self) -> None:
        """It has told how it ended."""
        self.is_over = True


class Errands:
    """Starts jobs and holds them: one that nobody listens to any more still has a thread that must end."""

    def __init__(self) -> None:
        self._errands: list[Errand] = []

    def run(
        self,
        work: Callable[[Report], Any],
        name: str,
        done: Ear,
        failed: Ear | None = None,
        progressed: Ear | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> Errand:
        """Does `work(report)` on a thread of its own; the ears are called on the window's thread."""
        self._errands = [errand for errand in self._errands if not (errand.is_over and errand.job.join(0))]
        errand = Errand(Job(work, name))
        job = errand.job
        for signal, ear in ((job.finished, done), (job.failed, failed), (job.cancelled, cancelled)):
            signal.connect(errand.finish)
            if ear is not None:
                signal.connect(ear)
        if progressed is not None:
            job.progressed.connect(progressed)
        self._errands.append(errand)
        job.start()
        return errand

    def close(self) -> None:
        """Stops everything and waits until no thread is left."""
        for errand in self._errands:
            errand.abandon()
        for errand in self._errands:
            errand.job.join()
        self._errands.clear()
