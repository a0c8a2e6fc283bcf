"""The fit in figures: log-likelihood, criteria, iterations, rows, and in words how the run stands."""

from __future__ import annotations

import re
from math import ceil, isfinite, log10

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from core import criteria, formatting
from core.groups import is_apart
from core.stopping import CONVERGED, DEGENERATE, Outcome
from core.wording import about
from emgui import theme as looks
from emgui.comparing import figures_less
from emgui.document import Document
from emgui.forms import LARGE
from emgui.grouped import parameters_note
from emgui.run import Moment, Phase, Run, gap_words
from emgui.theme import Theme

ROW = 24
LEAST_SAID = -6
"""Power of ten of the smallest bound that is told in words: less makes no difference to anyone."""
USUAL_END = re.compile(r"(Converged)( after [\d,]+ iterations?): at most \S+ of log-likelihood still to be gained")
NAMES = (
    "Log-likelihood", "… of the original values", "Lower bound F", "Entropy of q", "Gap",
    "Change in this iteration", "Best visited",
    "AIC", "BIC", "ICL", "Missing information", "Left to gain",
    "Free parameters", "Iterations", "Data passes", "Rows", "Left out",
)  # fmt: skip
COMPARED = ("Log-likelihood", "AIC", "BIC", "ICL", "Free parameters")
"""Figures that are set beside those of the run that is compared."""
TIPS = {
    "… of the original values": "With the Jacobian of the transform: by this one, and the criteria made of it, fits "
    "of other transforms compare.",
    "Lower bound F": "What an M step raises over the parameters, and an E step over the responsibilities q: never "
    "above the log-likelihood.",
    "Entropy of q": "How undecided the responsibilities q in force are: 0 where each row belongs to one component.",
    "Gap": "Log-likelihood less lower bound: 0 where the responsibilities are the posterior at these parameters.",
    "Best visited": "The highest log-likelihood that this run has come by.",
    "Missing information": "The largest share of what the rows would tell if it were known which component each is "
    "of. It is EM's rate of convergence: so much of the distance to the maximum is left after an iteration.",
    "Left to gain": "Log-likelihood that is expected to be gained yet, near here: the Newton decrement.",
    "Data passes": "How often all rows were gone through up to this iteration.",
}


def percent(share: float) -> str:
    """A share as people say it, with more digits where it is nearly all: 48 %, 99.7 %, 99.996 %."""
    digits = max(0, min(9, ceil(-log10(max(1.0 - share, 1e-9))) - 1)) if share > 0.9 else 0
    return f"{100.0 * share:.{digits}f} %"


def plainly(ending: str, outcome: Outcome, counted: bool = False) -> str:
    """How a run ended, in words; where it converged with what is left known, said by a round bound above it.

    counted: whether the number of iterations is told.
    """
    if outcome.status != CONVERGED or outcome.expected_gain is None:
        return ending
    exponent = max(LEAST_SAID, ceil(log10(max(outcome.expected_gain, 10.0**LEAST_SAID))))
    bound = f"{10.0**exponent:.{max(0, -exponent)}f}"
    count = r"\2" if counted else ""
    said = rf"\1{count}: less than {bound} of log-likelihood is left to gain"
    return USUAL_END.sub(said, ending, count=1)


class FiguresPanel(QWidget):
    """Label and number in a line each; what does not apply yet is not shown."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self._theme = document, theme
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 0, 8, 0)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self._lines: dict[str, tuple[QLabel, QLabel]] = {}
        self._less = _less("")
        grid.addWidget(self._less, 0, 2)
        self._differences: dict[str, QLabel] = {}
        for row, name in enumerate(NAMES, 1):
            label, value = QLabel(name), QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setProperty("dim", True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if looks.scale() > LARGE:
                label.setWordWrap(True)
                label.setMinimumHeight(looks.px(ROW))
            else:
                label.setFixedHeight(looks.px(ROW))
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
            for part in (label, value):
                part.setToolTip(TIPS.get(name, ""))
            self._lines[name] = label, value
            if name in COMPARED:
                self._differences[name] = _less(name)
                grid.addWidget(self._differences[name], row, 2)
        self._mark, self._words = QLabel(), QLabel(wordWrap=True)
        self._words.setProperty("caption", True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._mark.setFixedWidth(looks.px(16))
        note = QHBoxLayout()
        note.setContentsMargins(0, 4, 0, 0)
        note.setSpacing(looks.px(8))
        note.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        note.addWidget(self._words, 1)
        grid.addLayout(note, len(NAMES) + 1, 0, 1, 3)

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Shows the figures at the cursor."""
        moment, run = self.document.moment, self.document.current
        texts = self._texts(moment, run) if moment is not None and run is not None else {}
        for name, (label, value) in self._lines.items():
            text = texts.get(name)
            label.setVisible(text is not None)
            value.setVisible(text is not None)
            if text is not None:
                value.setText(text)
                value.setAccessibleName(f"{name}: {text}")
        self._compare(texts)
        self._say(moment, run)

    def _compare(self, texts: dict[str, str]) -> None:
        """Beside the figures: how they differ from those of the run that is compared."""
        other = self.document.compared
        found = {} if other is None else figures_less(other, self.document)
        self._less.setVisible(bool(found))
        self._less.setText(f"less {other.name}" if other is not None else "")
        for name, label in self._differences.items():
            label.setVisible(name in found and name in texts)
            label.setText(found.get(name, ""))
            label.setAccessibleName(f"{name} {self._less.text()}: {label.text()}")

    def _texts(self, moment: Moment, run: Run) -> dict[str, str]:
        data = run.data
        texts = {"Log-likelihood": formatting.log_likelihood(moment.log_likelihood)}
        degenerate = moment.outcome is not None and moment.outcome.status == DEGENERATE
        if degenerate:
            texts |= {"Log-likelihood": "no maximum", "AIC": "–", "BIC": "–", "ICL": "–"}
        elif moment.phase is not Phase.START:
            texts["Lower bound F"] = formatting.log_likelihood(moment.lower_bound)
            texts["Entropy of q"] = formatting.log_likelihood(moment.entropy)
            texts["Gap"] = gap_words(moment)
        if moment.change is not None and moment.phase is Phase.E and moment.outcome is None:
            sign = "+" if moment.change >= 0 else ""
            texts["Change in this iteration"] = sign + formatting.number(
                moment.change, 3 if abs(moment.change) > 1e-2 else 6
            )
        best = run.best_visited
        if best is not None and moment.number == run.last_number:
            texts["Best visited"] = formatting.log_likelihood(best)
        if not degenerate and (moment.number > 0 or run.has_ended):
            k = run.n_parameters
            comparable = criteria.comparable(moment.log_likelihood, data)
            if data.transform and isfinite(data.jacobian):
                texts["… of the original values"] = formatting.log_likelihood(comparable)
            bic = criteria.bic(comparable, k, data.n_samples)
            texts["AIC"] = formatting.criterion(criteria.aic(comparable, k))
            texts["BIC"] = formatting.criterion(bic)
            icl = self._icl_of(moment, run)
            if icl is not None:
                texts["ICL"] = icl
        if moment.outcome is not None and moment.outcome.convergence_rate is not None:
            texts["Missing information"] = percent(moment.outcome.convergence_rate)
        if moment.outcome is not None and moment.outcome.expected_gain is not None:
            texts["Left to gain"] = about(moment.outcome.expected_gain)
        texts["Free parameters"] = str(run.n_parameters)
        texts["Iterations"] = f"{run.last_number:,}"
        if run.history.scalar("n_passes")[-1] != run.last_number:
            texts["Data passes"] = formatting.passes(moment.n_passes)
        texts["Rows"] = formatting.count(data.n_samples)
        texts["Left out"] = f"{data.n_left_out:,}"
        return texts

    def _icl_of(self, moment: Moment, run: Run) -> str | None:
        """ICL stands at the end of a run, as soon as it has been counted."""
        if moment.outcome is None:
            return None
        if run.icl is None or run.icl[0] != moment.number:
            return "…"
        return formatting.criterion(run.icl[1])

    def _say(self, moment: Moment | None, run: Run | None) -> None:
        icon, colour, text = "info", self._theme.ink2, ""
        if self.document.data is None:
            text = "The figures of the fit stand here."
        elif moment is None or run is None:
            text = "The figures come with the start."
        elif moment.outcome is not None:
            converged = moment.outcome.status == CONVERGED
            icon, colour = ("check", self._theme.ink2) if converged else ("warning", self._theme.warning)
            text = plainly(run.ending, moment.outcome)
        elif run.last_number == 0:
            text = "AIC, BIC and ICL appear with the first iteration."
        if run is not None and is_apart(run.data):
            text = f"{text} {parameters_note(run.data)}".strip()
        self._words.setText(text)
        self._words.setVisible(bool(text))
        self._mark.setVisible(bool(text) and moment is not None and moment.outcome is not None)
        if self._mark.isVisibleTo(self):
            ratio = max(1, round(self.devicePixelRatioF()))
            self._mark.setPixmap(looks.pixmap(icon, colour, looks.px(16), ratio))


def _less(name: str) -> QLabel:
    """A small number right of a figure, hidden until there is one."""
    label = QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setProperty("caption", True)
    label.setWordWrap(looks.scale() > LARGE)
    label.setVisible(False)
    label.setToolTip(f"{name or 'Figures'}: what is shown less the run that is compared")
    return label
