"""The search of restarts before a run: many starts are tried on the worker, and the best becomes a run's start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.fit import remark
from core.optima import Progress, Search
from core.restarts import search
from emgui.document import Busy, Document
from emgui.run import Run
from emgui.worker import Worker


class Searcher:
    """Searches for one run at a time, and says in the status bar how far it is."""

    def __init__(self, document: Document, worker: Worker) -> None:
        self.document = document
        self._worker = worker
        self._run: Run | None = None
        self.then: Callable[[], None] = lambda: None

    @property
    def is_searching(self) -> bool:
        """Whether starts are being tried."""
        return self._run is not None

    @staticmethod
    def is_due(run: Run) -> bool:
        """Whether a run that is to go on asks for a search first."""
        return run.options.restarts > 1 and not run.searched and run.last_number <= 0

    def begin(self, run: Run, then: Callable[[], None]) -> None:
        """Tries the starts that a run asks for; then the best is run."""
        self._run, self.then = run, then
        self.document.set_busy(Busy(f"Trying {run.options.restarts} starts"))
        self._worker.take(_searching(run))
        self._worker.run()

    def arrived(self, last: Progress | Search) -> Run | None:
        """Takes what the worker found: shows how far it is, or gives the run from the best start."""
        run = self._run
        if run is None:
            return None
        if isinstance(last, Progress):
            self.document.set_busy(Busy(f"{last.text} …", last.done / max(1, last.of)))
            return None
        best = f"best of {run.options.restarts}"
        label = f"{best} starts" if last.index else f"{run.start_label}, {best}"
        chosen = Run(run.data, run.options, label, last.start, optima=last.optima, searched=True)
        chosen.remark = remark(last.found)
        return chosen

    def over(self) -> None:
        """The search has ended or is given up."""
        if self._run is not None:
            self._run = None
            self.document.set_busy(None)


def _searching(run: Run) -> Iterator[Progress | Search]:
    found = yield from search(run.data, run.options, run.history.parameters(0))
    yield found
