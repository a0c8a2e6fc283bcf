"""The form of what is fitted and how: the fields of the options, and rows that come and go with family and variant."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from core.algorithms import ALGORITHMS
from core.algorithms.algorithm import Algorithm
from core.models import MODELS
from core.options import FitOptions
from emgui.document import Document
from emgui.forms import SECTION_GAP, Form, Spin, fitted
from emgui.matching import changed, has_trials, shares_variance

MOST_TRIALS = 2**31 - 1
OF_SEVERAL_COLUMNS = ("diag", "spherical")
OF_MIXTURES = ("n_components", "start", "restarts")
"""What a model that is no mixture, with cells and a start of its own, does not ask for."""
JUDGED = ("stop_on", "tolerance")
"""What a variant that ends by itself does not ask for."""


class ModelForm(QWidget):
    """Rows for the fit's options; the variant's own options stand under the variant.

    `edited` carries new options, `refused` a sentence; `constraints_wanted` asks for the list of constraints.
    """

    edited = Signal(object)
    refused = Signal(str)
    constraints_wanted = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._form = Form(document.options, typed=("family",), change=self._changed)
        self._form.edited.connect(self.edited)
        self._form.refused.connect(self.refused)
        self._own: Form | None = None
        self._own_place = QWidget()
        self._own_place.setVisible(False)
        column = QVBoxLayout(self._own_place)
        column.setContentsMargins(0, 0, 0, 0)
        self._trials = Spin()
        self._trials.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._trials.setRange(1, MOST_TRIALS)
        self._trials.setKeyboardTracking(False)
        self._trials.setAccessibleName("Model: Trials")
        self._trials.setToolTip("Number of trials behind each value.")
        self._trials.valueChanged.connect(lambda number: self._edit(trials=number))
        self._held = QPushButton()
        self._held.setProperty("field", True)
        self._held.clicked.connect(self.constraints_wanted)
        self._form.put_after("algorithm", "constraints", fitted(self._held), "Constraints")
        self._form.put_after("algorithm", "own", self._own_place)
        self._form.put_after("family", "trials", fitted(self._trials), "Trials")
        self._prepare_choices()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SECTION_GAP)
        whole.addWidget(self._form)
        self.refresh()

    def editor(self, name: str) -> QWidget:
        """The field in which an option is edited: one of the fit's, "trials", "constraints", or the variant's own."""
        try:
            return self._form.editor(name)
        except KeyError:
            assert self._own is not None
            return self._own.editor(name)

    def refresh(self) -> None:
        """Shows the document's options."""
        options = self.document.options
        self._show_start(options)
        self._form.show_value(options)
        self._form.show_row("covariance", shares_variance(options.family))
        self._form.show_row("trials", has_trials(options.family))
        for name in OF_MIXTURES:
            self._form.show_row(name, options.family not in MODELS)
        self._trials.blockSignals(True)
        self._trials.setValue(options.trials or 1)
        self._trials.blockSignals(False)
        algorithm = self.document.algorithm
        self._show_own(algorithm)
        for name in JUDGED:
            editor = self._form.editor(name)
            editor.setEnabled(algorithm.judged)
        self._form.editor("family").setToolTip(
            f"Distribution of the components: {options.family.replace('_', ' ')}. "
            "Names joined by + give each component its own, as in gaussian+gaussian+uniform."
        )
        self._form.editor("algorithm").setToolTip(_of_variant(algorithm))
        self._show_held(options)

    # ---- making

    def _prepare_choices(self) -> None:
        algorithms, covariances = self._form.editor("algorithm"), self._form.editor("covariance")
        assert isinstance(algorithms, QComboBox)
        assert isinstance(covariances, QComboBox)
        for index in range(algorithms.count()):
            words = _of_variant(ALGORITHMS[algorithms.itemData(index)]())
            algorithms.setItemData(index, words, Qt.ItemDataRole.ToolTipRole)
        for name in OF_SEVERAL_COLUMNS:
            if covariances.findData(name) >= 0:
                covariances.removeItem(covariances.findData(name))

    def _changed(self, options: FitOptions, **changes: Any) -> FitOptions:
        return changed(options, self.document.data, **changes)

    def _edit(self, **changes: Any) -> None:
        self.edited.emit(self._changed(self.document.options, **changes))

    # ---- showing

    def _show_own(self, algorithm: Algorithm) -> None:
        """The options of the variant, in a form that is made anew when the variant is another."""
        layout = self._own_place.layout()
        assert layout is not None
        if self._own is None or type(self._own.value) is not type(algorithm):
            if self._own is not None:
                layout.removeWidget(self._own)
                self._own.hide()
                self._own.deleteLater()
            self._own = Form(algorithm, headed=False)
            self._own.edited.connect(self._edit_own)
            self._own.refused.connect(self.refused)
            layout.addWidget(self._own)
            self._form.show_row("own", bool(fields(algorithm)))
        self._own.show_value(algorithm)

    def _edit_own(self, algorithm: Algorithm) -> None:
        self._edit(settings=settings_of(algorithm))

    def _show_start(self, options: FitOptions) -> None:
        """A start that no rule made is called given; choosing a rule makes a start by it again."""
        editor = self._form.editor("start")
        assert isinstance(editor, QComboBox)
        given, at = options.start == "given", editor.findData("given")
        editor.blockSignals(True)
        if given and at < 0:
            editor.addItem("given", "given")
        elif not given and at >= 0:
            editor.removeItem(at)
        editor.blockSignals(False)

    def _show_held(self, options: FitOptions) -> None:
        texts = [f"{one.kind} {one.text}" for one in options.constraints.items]
        n = len(texts)
        shown = "none" if n == 0 else texts[0] if n == 1 else f"{n} constraints"
        metrics = self._held.fontMetrics()
        self._held.setText(metrics.elidedText(shown, Qt.TextElideMode.ElideRight, 104).replace("&", "&&"))
        listed = "; ".join(texts) if texts else "none; click to fix, tie or bound parameters"
        self._held.setToolTip(f"What the parameters are held to: {listed}.")
        self._held.setAccessibleName(f"Model: Constraints, {listed}")


def settings_of(algorithm: Algorithm) -> tuple[tuple[str, Any], ...]:
    """The options of a variant that differ from what they are by default, sorted by name."""
    usual = type(algorithm)().options
    return tuple(sorted((name, value) for name, value in algorithm.options.items() if value != usual[name]))


def _of_variant(algorithm: Algorithm) -> str:
    summary = algorithm.summary
    ends = "" if algorithm.judged else " It ends by itself."
    return f"{algorithm.title}: {summary}. An iteration is {algorithm.iteration}.{ends}"
