"""The status bar: what is happening, in words; and progress with Cancel while something takes long."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from core import formatting
from core.errors import shown
from emgui import theme as looks
from emgui.document import Document
from emgui.elided import Elided
from emgui.panels.figures import plainly
from emgui.run import Moment, Phase, Run
from emgui.transport import Transport


class StatusBar(QStatusBar):
    """One sentence at the left, the figures at the right, a progress bar between them when there is work."""

    cancel_wanted = Signal()

    def __init__(self, document: Document, transport: Transport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self.transport = document, transport
        self.setSizeGripEnabled(False)
        self.sentence, self._figures = Elided(Qt.TextElideMode.ElideRight), QLabel()
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._progress.setFixedWidth(looks.px(140))
        self._progress.setAccessibleName("Progress")
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancel")
        self._cancel.clicked.connect(self.cancel_wanted)
        self.addWidget(self.sentence, 1)
        for part in (self._progress, self._cancel, self._figures):
            self.addPermanentWidget(part)
        self._note = ""
        self._note_of: tuple[object, ...] = ()

    def note(self, text: str) -> None:
        """Says something until something else happens."""
        self._note, self._note_of = text, self._standing
        self.refresh()

    @property
    def _standing(self) -> tuple[object, ...]:
        """While this is the same, nothing has happened that a note would be in the way of."""
        return self.document.current, self.document.position, self.document.playing, self.document.options

    def refresh(self) -> None:
        """Says what the document says."""
        busy = self.document.busy
        self._progress.setVisible(busy is not None)
        self._cancel.setVisible(busy is not None)
        if busy is not None:
            self._progress.setMaximum(0 if busy.fraction is None else 1000)
            self._progress.setValue(round(1000 * (busy.fraction or 0.0)))
        self.sentence.full_text = self._sentence()
        self._figures.setText(self._numbers())

    def _sentence(self) -> str:
        document, moment, run = self.document, self.document.moment, self.document.current
        if document.busy is not None:
            return document.busy.text
        if self._note and self._note_of == self._standing:
            return self._note
        self._note = ""
        if document.data is None:
            return "No data." if document.message is None else document.message.title
        loaded = f"{formatting.count(document.data.n_samples)} rows of {shown(document.column)} loaded."
        if moment is None or run is None:
            return loaded
        if self.transport.is_finishing:
            return f"{run.name} goes the whole way to its optimum as fast as can be …"
        if document.playing and document.fast:
            return f"{run.name} is running."
        if moment.phase is Phase.START and run.last_number == 0:
            return f"{loaded} The start is drawn; press Run (Space)."
        if moment.outcome is None:
            return half_step_sentence(moment, run)
        return plainly(run.ending, moment.outcome, counted=True)

    def _numbers(self) -> str:
        moment = self.document.moment
        if moment is None:
            return ""
        text = f"iteration {moment.number:,}   log-likelihood {formatting.log_likelihood(moment.log_likelihood)}"
        rate = self.transport.rate if self.document.playing else None
        return f"{text}   {rate:,.{0 if rate >= 1 else 1}f} it/s" if rate else text


def half_step_sentence(moment: Moment, run: Run) -> str:
    """What the half-step at the cursor did, and which comes next."""
    number = f"Iteration {moment.number:,}"
    if run.note(moment.number) and moment.phase is not Phase.START:
        number += f" ({run.note(moment.number)})"
    if moment.number < run.last_number:
        return f"{number} of {run.last_number:,}, from the tape. Run goes on from here as a new run."
    if moment.phase is Phase.START:
        return "The start. Next is the E step."
    if moment.phase is Phase.M:
        return f"{number}: the M step has moved the curves (dotted: where they were). Next is the E step."
    return f"{number}: the E step has shared the rows out. Next is the M step."
