"""Keeps the fit of one component at hand while it is to be laid under the mixture; fitted on a thread of its own."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject

from core.data import Data
from core.families.family import Family
from core.one_component import OneComponent, one_component
from emgui.document import Document
from emgui.errands import Errand, Errands
from emgui.jobs import Report

log = logging.getLogger(__name__)


class SingleFit(QObject):
    """Fits one component of the family that is shown, once for each data and family, into the document."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._errands = Errands()
        self._errand: Errand | None = None
        self._of: tuple[Data, Family] | None = None
        for signal in (document.view_changed, document.moved, document.data_changed):
            signal.connect(self._look)

    def close(self) -> None:
        """Ends the fit and waits for it."""
        self._errands.close()

    def _look(self) -> None:
        document, moment = self.document, self.document.moment
        if document.data is None or moment is None or not document.view.single:
            return
        wanted = document.data, moment.mixture.family
        if self._of is not None and self._of[0] is wanted[0] and self._of[1] == wanted[1]:
            return
        if self._errand is not None:
            self._errand.abandon()
        self._of = wanted
        document.set_single(None)
        self._errand = self._errands.run(
            partial(_fitted, *wanted), "one component", done=document.set_single, failed=self._fail
        )

    def _fail(self, error: Exception) -> None:
        log.warning("one component could not be fitted: %s", error)
        self.document.set_single(None)


def _fitted(data: Data, family: Family, report: Report) -> OneComponent:
    return one_component(data, family, lambda: report(0.0))
