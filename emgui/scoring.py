"""ICL and standard errors of the run that has ended: a pass over the data each, on a thread of their own."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject

from core import criteria
from core.expectation import Problem
from core.stopping import DEGENERATE
from core.sureness.uncertainty import Uncertainty, uncertainty
from emgui.document import Document
from emgui.errands import Errand, Errands
from emgui.run import Moment, Run

log = logging.getLogger(__name__)


class Scorer(QObject):
    """Finds ICL, then standard errors, wherever the cursor comes to the end of a run, once each, into the document."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._errands = Errands()
        self._under_way: tuple[Run, int, Errand] | None = None
        document.moved.connect(self._look)

    def close(self) -> None:
        """Ends the counting and waits for it."""
        self._errands.close()

    def _look(self) -> None:
        moment, run = self.document.moment, self.document.current
        if moment is None or run is None or moment.outcome is None or moment.outcome.status == DEGENERATE:
            return
        if run.icl is not None and run.icl[0] == moment.number:
            return
        if self._under_way is not None:
            if self._under_way[:2] == (run, moment.number):
                return
            self._under_way[2].abandon()
        errand = self._errands.run(
            partial(_icl, run, moment), "icl", done=partial(self._take, run, moment.number),
            failed=partial(self._fail, run, moment.number),
        )  # fmt: skip
        self._under_way = run, moment.number, errand

    def _take(self, run: Run, number: int, value: float) -> None:
        self._under_way = None
        self.document.set_icl(run, number, value)
        moment = self.document.moment
        if run is self.document.current and moment is not None and moment.number == number:
            self._errands.run(
                partial(_uncertainty, run, moment), "errors", done=partial(self.document.set_uncertainty, run, number),
                failed=partial(self._fail_errors, run, number),
            )  # fmt: skip

    def _fail_errors(self, run: Run, number: int, error: Exception) -> None:
        log.error("standard errors could not be found", exc_info=error)
        self.document.set_uncertainty(run, number, None)

    def _fail(self, run: Run, number: int, error: Exception) -> None:
        log.error("ICL could not be counted", exc_info=error)
        self._take(run, number, float("nan"))


def _uncertainty(run: Run, moment: Moment, report: object) -> Uncertainty | None:
    return uncertainty(Problem(run.data, run.options.constraints), moment.observed)


def _icl(run: Run, moment: Moment, report: object) -> float:
    comparable = criteria.comparable(moment.log_likelihood, run.data)
    bic = criteria.bic(comparable, run.n_parameters, run.data.n_samples)
    return criteria.icl(Problem(run.data), moment.observed, bic)
