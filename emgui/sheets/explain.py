"""Explain: what the half-step under the cursor did, in words, and its formula with the numbers of one row."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSpinBox, QWidget

from core.data import Data
from core.explaining.half_step import START
from core.explaining.sentences import explain
from core.explaining.worked import described, worked
from emgui.dialogs.parts import Line, dim, heading, paragraph
from emgui.halves import half_step
from emgui.sheets.bound_bar import BoundBar
from emgui.sheets.formula_view import FormulaView
from emgui.sheets.sheet import Sheet
from emgui.theme import Theme

BETWEEN = 0.25
"""Seconds from one picture to the next while a run goes on."""
STEPS = ("run", "e_step", "m_step", "forward", "back", "half_forward", "half_back", "to_start", "to_end")
"""Actions of the window whose keys work here too."""
KEYS = "The keys of the steps work here too: E, M, ← and →, Space. Ctrl+C copies the formulas."
NO_START = "What an E step or an M step did is explained here once there is a start."
NO_ROW = "Click a bar of the histogram, or give the number of a row: its numbers are put into the formulas here."
NO_STEP = "The E step comes next (E): then the row’s numbers are put into its formula."


class RowBox(QSpinBox):
    """The number of a row in the file; the lowest value is none."""

    def __init__(self) -> None:
        super().__init__()
        self._data: Data | None = None
        self.setSpecialValueText("none")
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName("Row")
        self.setToolTip("The row whose numbers are put into the formulas")

    def show_row(self, data: Data | None, row: int | None) -> None:
        """Takes data, and the position of the row among them."""
        self._data = data
        self.blockSignals(True)
        self.setRange(0, 0 if data is None else len(data))
        self.setValue(0 if row is None else row + 1)
        self.blockSignals(False)

    def textFromValue(self, value: int) -> str:  # noqa: N802
        """The row's number."""
        return str(value if self._data is None or value == 0 else self._data.row_number(value - 1))

    def valueFromText(self, text: str) -> int:  # noqa: N802
        """The row of a number, or the next one that is used."""
        if not text.isdecimal() or self._data is None:
            return 0
        number, rows = int(text), self._data.rows
        if rows is None:
            return min(number, len(self._data))
        return min(int(np.searchsorted(rows, number)) + 1, len(rows)) if number else 0


class ExplainSheet(Sheet):
    """Follows the cursor along the tape: words, the bar of the lower bound, and a row's formulas."""

    TITLE = "Explain"
    STEPS_BY_KEYS = True
    SIZE = (780, 640)

    def build(self) -> None:
        """Makes words, bar, row and formulas."""
        self.title, self.words = heading(""), paragraph("")
        self.bar = BoundBar(self.theme)
        self.row, self.row_words = RowBox(), paragraph("")
        self.row_words.setWordWrap(False)
        self.hint = paragraph("")
        self.formulas = FormulaView(self.theme)
        self.area = QScrollArea()
        self.area.setWidget(self.formulas)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setAccessibleName("Formulas of the half-step, to scroll")
        picking = QWidget()
        row = QHBoxLayout(picking)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        for part in (dim("&Row", self.row), self.row):
            row.addWidget(part)
        row.addWidget(self.row_words, 1)
        for widget in (self.title, self.words, self.bar, Line(), picking, self.hint):
            self.body.addWidget(widget)
        self.body.addWidget(self.area, 1)
        self._picking, self._drawn = picking, 0.0
        self._late = QTimer(self, singleShot=True)
        self._late.timeout.connect(self.refresh)
        document = self.document
        for signal in (document.moved, document.selection_changed, document.picked_changed, document.playing_changed):
            signal.connect(self._soon)
        self.row.valueChanged.connect(lambda value: document.pick(value - 1 if value else None))
        self.formulas.chosen.connect(document.select)
        window = self.parentWidget()
        if window is not None:
            self.addActions([one for one in window.actions() if one.objectName() in STEPS])

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        self.bar.restyle(theme)
        self.formulas.restyle(theme)

    def stop(self) -> None:
        """Nothing is drawn any more."""
        super().stop()
        self._late.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """What changed while it was hidden is shown now."""
        super().showEvent(event)
        self.formulas.setFocus()  # where every key of the steps is free
        self._soon()

    def _soon(self) -> None:
        """Shows the document now, or a little later where it was shown just before; hidden, it costs nothing."""
        if not self.isVisible() or self._late.isActive():
            return
        wait = self._drawn + BETWEEN - time.monotonic()
        if self.document.playing and wait > 0.0:
            self._late.start(round(1000 * wait))
        else:
            self.refresh()

    def refresh(self) -> None:
        """Words, bar and formulas of the half-step under the cursor."""
        self._late.stop()
        document, run = self.document, self.document.current
        if document.moment is None or run is None or document.data is None:
            self._show_nothing()
            return
        step = half_step(run, document.position)
        told = explain(step)
        self.title.setText(told.title)
        self.words.setText("\n".join(told.sentences))
        self.setAccessibleDescription(told.text)
        self.bar.show_step(None if step.phase == START else step)
        self._picking.setVisible(True)
        picked = document.picked
        self.row.show_row(document.data, picked)
        self.row_words.setText("" if picked is None else described(step, picked).partition(": ")[2])
        blocks = () if picked is None else worked(step, picked)
        self.formulas.show_blocks(blocks, document.selected)
        self.hint.setText(NO_ROW if picked is None else NO_STEP if not blocks else "")
        self.hint.setVisible(bool(self.hint.text()))
        self.say(KEYS)
        self._drawn = time.monotonic()

    def _show_nothing(self) -> None:
        self.title.setText("")
        self.words.setText(NO_START)
        self.bar.show_step(None)
        self._picking.setVisible(False)
        self.hint.setVisible(False)
        self.formulas.show_blocks(())
