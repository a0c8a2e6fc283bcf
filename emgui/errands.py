"""Jobs under way, kept alive until they are over, waited for when the window closes, and shown in the status bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emgui.document import Busy, Document
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


class ShownErrand:
    """One errand at a time of those in `errands`, its progress shown in the status bar while it goes on."""

    def __init__(self, document: Document, errands: Errands) -> None:
        self._document = document
        self._errands = errands
        self._errand: Errand | None = None
        self._busy: Busy | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it has begun and not yet told how it ended."""
        return self._errand is not None

    def run(
        self,
        text: str,
        name: str,
        work: Callable[[Report], Any],
        done: Ear,
        failed: Ear,
        cancelled: Callable[[], None],
    ) -> None:
        """Does `work(report)` on a thread and shows the text meanwhile; of one still under way nothing more is heard.

        The ears are called when it is no longer shown.
        """
        if self._errand is not None:
            self._errand.abandon()
        self._show(Busy(text))
        self._errand = self._errands.run(
            work,
            name,
            done=lambda answer: self._ended(lambda: done(answer)),
            failed=lambda error: self._ended(lambda: failed(error)),
            progressed=lambda fraction: self._show(Busy(text, fraction)),
            cancelled=lambda: self._ended(cancelled),
        )

    def cancel(self) -> None:
        """Asks the work to stop; its end is told."""
        if self._errand is not None:
            self._errand.cancel()

    def clear(self) -> None:
        """Shows nothing any more, for whoever has closed the errands."""
        self._errand = None
        if self._busy is not None and self._document.busy == self._busy:
            self._document.set_busy(None)
        self._busy = None

    def _ended(self, then: Callable[[], None]) -> None:
        self.clear()
        then()

    def _show(self, busy: Busy) -> None:
        self._busy = busy
        self._document.set_busy(busy)
