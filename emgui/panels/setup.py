"""The left side: the data, the model, the start and when to stop."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core import formatting
from core.binning import has_own_bins
from core.data import Data
from core.errors import shown
from emgui import theme as looks
from emgui.dialogs.roles import said
from emgui.document import Document, Message
from emgui.elided import Elided
from emgui.forms import SECTION_GAP, Combo, Spin, fitted, row_label, section_layout
from emgui.panels.model_form import ModelForm
from emgui.theme import Theme, named

MOST_BINS = 500


class SetupPanel(QScrollArea):
    """Forms for what is fitted and how. Edits go to the document; `left_out_wanted` asks for the list of rows."""

    left_out_wanted = Signal()
    column_wanted = Signal(str)
    constraints_wanted = Signal()

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self._theme = document, theme
        self.setObjectName("left")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = named(QWidget(), "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(SECTION_GAP)
        self._make_data(column)
        self.form = ModelForm(document)
        self.form.edited.connect(lambda options: document.choose(options, in_series=True))
        self.form.constraints_wanted.connect(self.constraints_wanted)
        self.form.refused.connect(lambda text: document.say(Message("error", "That value cannot be used", text)))
        column.addWidget(self.form)
        column.addStretch(1)
        self.setWidget(inside)
        document.data_changed.connect(self.refresh_data)
        document.view_changed.connect(self.refresh_data)
        document.histogram_changed.connect(self.refresh_data)
        document.options_changed.connect(self.form.refresh)
        self.refresh_data()

    def restyle(self, theme: Theme) -> None:
        """The style sheet brings all its colours."""
        self._theme = theme

    def refresh_data(self) -> None:
        """Shows what is loaded."""
        data, table, view = self.document.data, self.document.table, self.document.view
        self._file.full_text = table.source if table is not None else "–"
        self._show_columns()
        if not self._unit.hasFocus():
            self._unit.setText(self.document.unit)
        self._rows.setText(formatting.count(data.n_samples) if data is not None else "–")
        left_out = data.n_left_out if data is not None else 0
        is_long = data is not None and data.n_samples >= 1e6
        self._left_out.setText(f"{left_out:,} left out" if not is_long else "some left out")
        self._left_out.setToolTip(f"{left_out:,} rows left out: show them")
        self._left_out.setVisible(left_out > 0)
        self._none_left_out.setText(", " if left_out else ", 0 left out")
        self._none_left_out.setVisible(data is not None and not is_long)
        self._bins.blockSignals(True)
        histogram = self.document.histogram
        shown = f"auto ({len(histogram.counts)})" if histogram is not None and view.n_bins == 0 else "auto"
        self._bins.setSpecialValueText(shown)
        self._bins.setValue(view.n_bins)
        self._bins.setEnabled(data is None or not has_own_bins(data))
        self._bins.blockSignals(False)
        self._roles.setText(roles_said(data))
        self._roles.setVisible(bool(self._roles.text()))
        self._show_labels()

    def _make_data(self, column: QVBoxLayout) -> None:
        rows = section_layout(column, "Data")
        self._file = Elided(Qt.TextElideMode.ElideMiddle)
        self._file.setContentsMargins(looks.px(9), 0, 0, 0)
        self._column = Combo()
        self._column.activated.connect(lambda index: self._choose_column(self._column.itemData(index)))
        self._unit = QLineEdit(placeholderText="none", maxLength=40)
        self._unit.editingFinished.connect(self._set_unit)
        self._rows, self._none_left_out = QLabel(), QLabel(", 0 left out")
        self._left_out = QPushButton()
        self._left_out.setCursor(Qt.CursorShape.PointingHandCursor)
        self._left_out.setProperty("link", True)
        self._left_out.clicked.connect(self.left_out_wanted)
        facts = QWidget()
        line = QHBoxLayout(facts)
        line.setContentsMargins(looks.px(9), 0, 0, 0)
        line.setSpacing(0)
        for part in (self._rows, self._none_left_out):
            line.addWidget(part)
        line.addWidget(self._left_out)
        line.addStretch(1)
        self._bins = Spin()
        self._bins.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bins.setRange(0, MOST_BINS)
        self._bins.setSpecialValueText("auto")
        self._bins.setKeyboardTracking(False)
        self._bins.valueChanged.connect(
            lambda number: self.document.set_view(replace(self.document.view, n_bins=number))
        )
        self._labels = Combo()
        self._labels.activated.connect(
            lambda index: self.document.set_view(replace(self.document.view, label=self._labels.itemData(index)))
        )
        named = (
            ("File", self._file, "The file that is open"),
            ("Column", self._column, "The column that is fitted"),
            ("Unit", self._unit, "Unit of the column, for axes and tables"),
            ("Rows", facts, "Rows used, and rows left out"),
            ("Bins", self._bins, "Number of bins; auto follows the rule of Freedman and Diaconis"),
            ("Colour by", self._labels, "Colour the bars by a column of labels, which EM is not told"),
        )
        for text, editor, tip in named:
            editor.setAccessibleName(f"Data: {text}")
            editor.setToolTip(f"{tip}.")
            rows.addRow(row_label(text), fitted(editor))
        self._labels_label = rows.labelForField(self._labels)
        self._roles = QLabel()
        self._roles.setTextFormat(Qt.TextFormat.PlainText)
        self._roles.setWordWrap(True)
        self._roles.setProperty("caption", True)
        self._roles.setAccessibleName("Data: Roles")
        self._roles.setToolTip("What the columns are for. Edit ▸ Column… changes it.")
        rows.insertRow(2, self._roles)

    def _show_columns(self) -> None:
        table = self.document.table
        names = [column.name for column in table.numeric] if table is not None else []
        names += [self.document.value_column] if self.document.value_column not in ("", *names) else []
        if names != [self._column.itemData(i) for i in range(self._column.count())]:
            self._column.clear()
            for name in names:
                self._column.addItem(shown(name), name)
        self._column.setCurrentIndex(self._column.findData(self.document.value_column))

    def _show_labels(self) -> None:
        names = self.document.label_columns
        self._labels.clear()
        self._labels.addItem("nothing", "")
        for name in names:
            self._labels.addItem(shown(name), name)
        self._labels.setCurrentIndex(max(0, self._labels.findData(self.document.view.label)))
        self._labels.setVisible(bool(names))
        if self._labels_label is not None:
            self._labels_label.setVisible(bool(names))

    def _set_unit(self) -> None:
        unit = self._unit.text().strip()
        with self.document.changing(f"set unit {shown(unit) or 'none'}"):
            self.document.set_unit(unit)

    def _choose_column(self, name: str) -> None:
        if name != self.document.value_column:
            self.column_wanted.emit(name)
            self._show_columns()

    def show_document(self) -> None:
        """Shows what the document has, and drops what was typed but not taken."""
        self.refresh_data()
        self.form.refresh()


def roles_said(data: Data | None) -> str:
    """What the columns are for in words, and how many rows the filter has left; "" where a column is all there is."""
    if data is None:
        return ""
    filtered = f" · {data.n_filtered:,} rows filtered out" if data.n_filtered else ""
    return said(data.roles, data.columns) + filtered
