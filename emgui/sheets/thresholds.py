"""Thresholds: where components part, how sure that is, and what is expected on the wrong side."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout

from core import formatting
from core.thresholds.rules import AT, EQUAL, ERROR_ABOVE, ERROR_BELOW, RATES, SENSITIVITY, SPECIFICITY, Rule
from emgui.dialogs.parts import button, caption, dim
from emgui.sheets.sheet import Sheet
from emgui.sheets.thresholds_table import ThresholdsTable
from emgui.theme import Theme

RATES_OF: dict[str, tuple[str, ...]] = {
    "of the rows on each side": (ERROR_BELOW, ERROR_ABOVE),
    "of the rows above": (ERROR_ABOVE,),
    "of the rows below": (ERROR_BELOW,),
    "of the lower component’s members": (SPECIFICITY,),
    "of the upper component’s members": (SENSITIVITY,),
}
"""What an error rate is a share of → the rules that this makes."""
MEMBERS = (SPECIFICITY, SENSITIVITY)
USUAL = 5.0
LATER = 60
"""Milliseconds after which the table follows a run that goes on."""
HELP = "Drag a line in the histogram, or type a value; Alt+← and Alt+→ move the selected one."


class ThresholdsSheet(Sheet):
    """Kinds above, the thresholds as a table, what can be done with the selected one beneath."""

    TITLE = "Thresholds"
    SIZE = (1120, 380)

    def build(self) -> None:
        """Makes what is in the window."""
        self._parting = self.document.parting
        self.equal = QCheckBox("&Equally likely")
        self.equal.setToolTip("Where the likeliest component changes")
        self.by_rate = QCheckBox("E&rror rate")
        self.by_rate.setToolTip("Where a share that you choose is expected to be wrong")
        self.rate = QDoubleSpinBox(minimum=0.01, maximum=99.99, decimals=2, value=USUAL, suffix=" %")
        self.rate.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.rate.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.rate.setAccessibleName("Error rate in percent")
        self.rate.setKeyboardTracking(False)
        self.of = QComboBox()
        self.of.addItems(list(RATES_OF))
        self.of.setAccessibleName("What the error rate is a share of")
        self.drawn = QCheckBox("&Show in the histogram")
        self.table = ThresholdsTable(self.document, self.theme)
        self.words = caption("")
        self.words.setWordWrap(True)
        self.add = button("&Add")
        self.add.setToolTip("A threshold at a value of your own")
        self.take_back = button("&Put back")
        self.export = button("E&xport…")
        self.export.setToolTip("The thresholds as a table: CSV or Parquet")
        top, foot = QHBoxLayout(), QHBoxLayout()
        for row in (top, foot):
            row.setSpacing(8)
        top.addWidget(dim("Place them where"))
        for widget in (self.equal, self.by_rate, self.rate, self.of):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.drawn)
        foot.addWidget(self.add)
        foot.addWidget(self.take_back)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.export)
        self.body.addLayout(top)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(foot)
        self._late = QTimer(self, singleShot=True, interval=LATER)
        self._late.timeout.connect(self.refresh)
        self._connect()

    def _connect(self) -> None:
        for box in (self.equal, self.by_rate):
            box.clicked.connect(self._choose)
        self.rate.valueChanged.connect(self._choose)
        self.of.activated.connect(self._choose)
        self.drawn.clicked.connect(lambda on: self.document.set_view(replace(self.document.view, thresholds=on)))
        self.add.clicked.connect(self._add)
        self.take_back.clicked.connect(self.table.take_back)
        self.export.clicked.connect(lambda: self.export_wanted.emit("threshold_table"))
        self._parting.changed.connect(self._at_once)
        for signal in (self.document.moved, self.document.playing_changed, self.document.view_changed):
            signal.connect(self._soon)

    # ---- showing

    def refresh(self) -> None:
        """Shows the thresholds of what the cursor stands on."""
        self._late.stop()
        document, rules = self.document, self._parting.rules
        rates = tuple(rule for rule in rules if rule.kind in RATES and not rule.by_hand)
        self.equal.setChecked(Rule() in rules)
        self.by_rate.setChecked(bool(rates))
        if rates:
            self._show_rate(rates)
        self.rate.setEnabled(bool(rates))
        self.of.setEnabled(bool(rates))
        self.drawn.setChecked(document.view.thresholds)
        self.table.refresh()
        chosen, moment, data = self.table.chosen, document.moment, document.data
        can = moment is not None and data is not None and data.n_features == 1 and moment.mixture.n_components > 1
        for widget in (self.equal, self.by_rate, self.drawn, self.add):
            widget.setEnabled(can)
        self.export.setEnabled(can and bool(self.table.rows.lines))
        added = chosen is not None and chosen.rule.kind == AT
        self.take_back.setText("&Remove" if added else "&Put back")
        self.take_back.setToolTip("Takes the selected threshold away (Del)" if added else "Where it was placed (Del)")
        self.take_back.setEnabled(chosen is not None and chosen.rule.by_hand)
        sentence = self._sentence()
        self.table.hint = "" if self.table.rows.lines else sentence
        self.words.setText(sentence if self.table.rows.lines else "")
        self.table.setAccessibleDescription(sentence)
        self.table.viewport().update()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        super().restyle(theme)
        self.table.restyle(theme)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Whoever opens this wants to see the lines."""
        super().showEvent(event)
        if not event.spontaneous() and not self.document.view.thresholds:
            self.document.set_view(replace(self.document.view, thresholds=True))
        self.refresh()

    def _sentence(self) -> str:
        """What there is to say: why there is nothing, what could not be placed, which rows are not counted."""
        document = self.document
        data, moment = document.data, document.moment
        if data is None or moment is None:
            return "Here will be the values that part the components: open data, and Run fits them."
        if data.n_features > 1:
            return "Thresholds part the values of one column, and several are fitted here."
        placing = self._parting.shown
        parts = [*placing.remarks]
        if not placing.thresholds and not parts:
            parts.append("No kind is chosen: tick “Equally likely”, or Add one by hand.")
        line = next(iter(self.table.rows.lines), None)
        rest = 0.0 if line is None or line.rows is None else data.n_samples - sum(line.rows)
        if data.form.intervals and rest > 0.5:
            parts.append("Rows of which only ends are known count on a side where both ends are.")
        elif data.form.errors:
            parts.append("Rows are counted by their values as measured.")
        if line is not None and line.rows is None:
            parts.append(f"{formatting.count(data.n_samples)} rows are being sorted to be counted.")
        return " ".join(parts) or HELP

    def _show_rate(self, rates: tuple[Rule, ...]) -> None:
        kinds = tuple(rule.kind for rule in rates)
        title = next((title for title, wanted in RATES_OF.items() if set(wanted) == set(kinds)), None)
        if title is not None:
            self.of.setCurrentText(title)
        share = rates[0].number
        percent = 100.0 * (1.0 - share if kinds[0] in MEMBERS else share)
        if abs(self.rate.value() - percent) > 1e-9 * percent and not self.rate.hasFocus():
            self.rate.blockSignals(True)
            self.rate.setValue(percent)
            self.rate.blockSignals(False)

    def _soon(self) -> None:
        if self.isVisible() and not self._late.isActive():
            self._late.start()

    def _at_once(self) -> None:
        """While a line is dragged the figures follow."""
        if self.isVisible():
            self.refresh()

    # ---- what a person does

    def _choose(self) -> None:
        rules = [Rule(EQUAL)] if self.equal.isChecked() else []
        if self.by_rate.isChecked():
            share = float(f"{self.rate.value() / 100.0:.12g}")
            kinds = RATES_OF[self.of.currentText()]
            rules += [Rule(kind, float(f"{1.0 - share:.12g}") if kind in MEMBERS else share) for kind in kinds]
        self._parting.choose(tuple(rules))

    def _add(self) -> None:
        """One in the middle of the data, its field open."""
        data = self.document.data
        if data is None:
            return
        middle = float(f"{float(data.minimum[0]) / 2 + float(data.maximum[0]) / 2:.3g}")
        self._parting.add(middle)
        self.table.setFocus()
        self.table.edit_value()
