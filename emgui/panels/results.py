"""The right side: parameters, the fit in figures, and the runs."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.families.family import spoken
from core.groups import is_apart
from core.options import MOST_COMPONENTS
from emgui import theme as looks
from emgui.document import Document
from emgui.forms import LARGE
from emgui.grouped import parameters_note
from emgui.panels.figures import FiguresPanel
from emgui.panels.parameters import ParameterTable
from emgui.panels.runs import RunList
from emgui.theme import Theme, named

QUARTER_SECOND = 250
SAME_BIC = 0.005
"""Runs whose BIC differ by less have come to the same optimum."""


class ResultsPanel(QScrollArea):
    """Three sections one under another; at full speed the numbers change four times a second."""

    components_wanted = Signal(int)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self._theme = document, theme
        self.setObjectName("right")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        is_large = looks.scale() > LARGE  # then there may be no width in which all of a line has room
        policies = Qt.ScrollBarPolicy
        self.setHorizontalScrollBarPolicy(policies.ScrollBarAsNeeded if is_large else policies.ScrollBarAlwaysOff)
        self.parameters = ParameterTable(document, theme)
        self.figures = FiguresPanel(document, theme)
        self.runs = RunList(document, theme)
        self._fewer, self._more = QToolButton(autoRaise=True), QToolButton(autoRaise=True)
        self._note, self._run_note = _note(), _note()
        self._run_heads = QWidget()
        inside = named(QWidget(), "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 8, 0, 16)
        column.setSpacing(0)
        column.addWidget(self._heading("Parameters", self._fewer, self._more))
        column.addWidget(self.parameters)
        column.addWidget(self._note)
        column.addSpacing(20)
        column.addWidget(self._heading("Fit"))
        column.addWidget(self.figures)
        column.addSpacing(20)
        column.addWidget(self._heading("Runs"))
        column.addWidget(self._run_heads)
        column.addWidget(self.runs)
        column.addWidget(self._run_note)
        column.addStretch(1)
        self.setWidget(inside)
        self._head_runs()
        self._wire_buttons()
        self._slow = QTimer(self, singleShot=True, interval=QUARTER_SECOND)
        self._slow.timeout.connect(self.refresh)
        document.moved.connect(self._refresh_soon)
        document.advanced.connect(self._refresh_soon)
        for signal in (document.scored, document.runs_changed, document.view_changed, document.playing_changed):
            signal.connect(self.refresh)
        document.data_changed.connect(self.refresh)
        document.compared_changed.connect(self.refresh)
        self.restyle(theme)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._theme = theme
        for part in (self.parameters, self.figures, self.runs):
            part.restyle(theme)
        self._fewer.setIcon(looks.icon("remove", theme))
        self._more.setIcon(looks.icon("add", theme))
        self.refresh()

    def refresh(self) -> None:
        """Shows the document."""
        self._slow.stop()
        self.parameters.refresh()
        self.figures.refresh()
        self.runs.refresh()
        moment, run = self.document.moment, self.document.current
        text = "A row for each component: its weight and its parameters."
        if moment is not None and run is not None:
            text = "" if run.last_number > 0 else f"These are the start ({run.start_label})."
            compared = self.parameters.rows.comparison
            differs = compared.note() if compared is not None else ""
            text = " ".join(filter(None, (text, differs, self._held_words(), parameters_note(run.data))))
        self._note.setText(text)
        self._note.setVisible(bool(text))
        runs = self.document.runs
        self.runs.setVisible(bool(runs))
        self._run_heads.setVisible(bool(runs))
        self._run_note.setText(
            self._said_of_runs() if runs else "None yet. Run (Space) records the first; every new start makes another."
        )
        self._run_note.setVisible(bool(self._run_note.text()))
        n = self.document.options.n_components
        self._fewer.setEnabled(self.document.data is not None and n > 1)
        self._more.setEnabled(self.document.data is not None and n < MOST_COMPONENTS)

    def _held_words(self) -> str:
        held = self.parameters.rows.held()
        if not held:
            return ""
        if len(held) > 1:
            return f"{len(held)} values are held."
        return f"One value is held: {spoken(held[0].name)} of component {held[0].identity}."

    def _refresh_soon(self) -> None:
        if not (self.document.playing and self.document.fast):
            self.refresh()
        elif not self._slow.isActive():
            self._slow.start()

    def _said_of_runs(self) -> str:
        data = self.document.data
        apart = "Each run is of all rows together." if data is not None and is_apart(data) else ""
        return " ".join(filter(None, (apart, self._lowest_bic())))

    def _lowest_bic(self) -> str:
        runs = [run for run in self.document.runs if isfinite(run.bic)]
        if len(runs) < 2:
            return ""
        lowest = min(run.bic for run in runs)
        names = [run.name for run in runs if run.bic - lowest < SAME_BIC]
        return f"Lowest BIC: {', '.join(names[:4])}. Lower is better."

    def _heading(self, text: str, *buttons: QToolButton) -> QWidget:
        row = QWidget()
        row.setFixedHeight(looks.px(32))
        line = QHBoxLayout(row)
        line.setContentsMargins(12, 0, 8, 0)
        line.setSpacing(4)
        line.addWidget(named(QLabel(text), "heading"))
        line.addStretch(1)
        for button in buttons:
            button.setFixedSize(looks.px(24), looks.px(24))
            button.setIconSize(QSize(looks.px(16), looks.px(16)))
            line.addWidget(button)
        return row

    def _head_runs(self) -> None:
        line = QHBoxLayout(self._run_heads)
        line.setContentsMargins(12, 2, 8, 2)
        line.setSpacing(0)
        line.addStretch(1)
        for text, width in (("log-likelihood", 0), ("BIC", 76)):
            label = QLabel(text, alignment=Qt.AlignmentFlag.AlignRight)
            label.setProperty("caption", True)
            if width:
                label.setFixedWidth(looks.px(width))
            line.addWidget(label)

    def _wire_buttons(self) -> None:
        for button, by, words in ((self._fewer, -1, "One component fewer"), (self._more, 1, "One component more")):
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.clicked.connect(lambda checked=False, by=by: self.components_wanted.emit(by))


def _note() -> QLabel:
    note = QLabel(wordWrap=True)
    note.setProperty("caption", True)
    note.setContentsMargins(12, 4, 8, 0)
    note.setTextFormat(Qt.TextFormat.PlainText)
    note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return note
