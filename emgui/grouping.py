"""Groups fitted apart: each by the options of the run that has ended, on a thread of its own."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject

from core.errors import InputError
from core.groups import GroupFits, fit_groups, is_apart
from core.stopping import DEGENERATE
from emgui.document import Document
from emgui.errands import Errand, Errands
from emgui.jobs import Report
from emgui.run import Run

log = logging.getLogger(__name__)


class Grouper(QObject):
    """Fits each group wherever the cursor comes to the end of a run, once for each run, into the document."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._errands = Errands()
        self._under_way: tuple[Run, Errand] | None = None
        document.moved.connect(self._look)

    def close(self) -> None:
        """Ends the fitting and waits for it."""
        self._errands.close()

    def _look(self) -> None:
        moment, run = self.document.moment, self.document.current
        if run is None or not is_apart(run.data):
            return
        if moment is None or moment.outcome is None or moment.outcome.status == DEGENERATE:
            return
        if run in self.document.group_fits or (self._under_way is not None and self._under_way[0] is run):
            return
        if self._under_way is not None:
            self._under_way[1].abandon()
        errand = self._errands.run(
            partial(fits_apart, run), "groups", done=partial(self._take, run), failed=partial(self._fail, run)
        )
        self._under_way = run, errand

    def _take(self, run: Run, fits: GroupFits | str) -> None:
        self._under_way = None
        if run.data is self.document.data:
            self.document.set_group_fits(run, fits)

    def _fail(self, run: Run, error: Exception) -> None:
        if not isinstance(error, InputError):
            log.error("groups could not be fitted", exc_info=error)
        self._take(run, str(error) if isinstance(error, InputError) else "The groups could not be fitted.")


def fits_apart(run: Run, report: Report) -> GroupFits:
    """Each group of a run's rows, fitted by the run's options; for a thread. report hears the part that is done.

    Raises InputError, which names the group, where one cannot be fitted, and Cancelled through report.
    """
    assert run.data.groups is not None
    done = {name: place / len(run.data.groups.names) for place, name in enumerate(run.data.groups.names)}
    start = run.given.plain if run.given is not None and run.options.start == "given" else None

    def watch(name: str, _: object) -> None:
        report(done[name])

    return fit_groups(run.data, run.options, start, watch, watch)
