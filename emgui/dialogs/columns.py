"""Which column of a file to fit: every column at a glance, one of them closely, and how the file was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from core.errors import InputError, shown
from core.table import Dialect, Table
from emgui.dialogs.column_facts import Details, Sketch, details, read_columns
from emgui.dialogs.column_list import ColumnList
from emgui.dialogs.column_view import ColumnView
from emgui.dialogs.dialect_row import DialectRow
from emgui.dialogs.parts import Line, bottom_row, button, caption, elided, heading, modal, paragraph
from emgui.errands import Errand, Errands

BUTTON_TEXT = 150
DETECT = Dialect()


class ColumnPicker(QDialog):
    """Asks for a column. `picked` carries the table, as it was read in the end, and the column's name.

    table is None when the file could not be read as it is: `problem` says why, and the fields below may help.
    """

    picked = Signal(object, str)

    def __init__(
        self,
        table: Table | None,
        sketches: Mapping[str, Sketch],
        errands: Errands,
        path: Path | None = None,
        dialect: Dialect = DETECT,
        column: str | None = None,
        problem: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.table = table
        self._path, self._errands = path, errands
        self._reading: Errand | None = None
        self._counting: Errand | None = None
        self._wanted = ""
        source = table.source if table is not None else (path.name if path else "")
        modal(self, f"Open {shown(source)}")
        self.list, self.view, self.dialect_row = ColumnList(), ColumnView(), DialectRow(dialect)
        self._build()
        self.list.selectionModel().currentChanged.connect(self._show_chosen)
        self.list.doubleClicked.connect(self.accept)
        self.dialect_row.changed.connect(self.read_again)
        self._show_table(table, sketches, column, problem, dialect)
        self.list.setFocus()

    @property
    def column(self) -> str:
        """Name of the column that is selected, "" for none."""
        chosen = self.list.chosen
        return chosen.name if chosen is not None else ""

    def read_again(self, dialect: Dialect) -> None:
        """Reads the file in another way and shows what becomes of it."""
        path = self._path
        if path is None:
            return
        if self._reading is not None:
            self._reading.abandon()
        self._progress.setValue(0)
        self._progress.show()
        self._open.setEnabled(False)
        self._reading = self._errands.run(
            lambda report: read_columns(path, dialect, report),
            "reread",
            done=lambda answer: self._read(*answer),
            failed=lambda error: self._failed(error, dialect),
            progressed=lambda fraction: self._progress.setValue(round(100 * fraction)),
        )

    def accept(self) -> None:
        """Opens the selected column."""
        if self.table is None or not self.column or self._reading is not None:
            return
        table, column = self.table, self.column
        super().accept()
        self.picked.emit(table, column)

    def done(self, result: int) -> None:
        """Closes; what is still being counted goes unheard."""
        for errand in (self._reading, self._counting):
            if errand is not None:
                errand.abandon()
        super().done(result)

    # ---- reading again

    def _read(self, table: Table, sketches: Mapping[str, Sketch]) -> None:
        column = self.column or None
        self._reading = None
        self._show_table(table, sketches, column, "", table.dialect)

    def _failed(self, error: Exception, dialect: Dialect) -> None:
        self._reading = None
        text = str(error) if isinstance(error, InputError) else "The file cannot be read so; Help ▸ Show log says more."
        self._show_table(None, {}, None, text, dialect)

    def _show_table(
        self, table: Table | None, sketches: Mapping[str, Sketch], column: str | None, problem: str, dialect: Dialect
    ) -> None:
        self.table = table
        columns = table.columns if table is not None else ()
        n_numeric = len(table.numeric) if table is not None else 0
        self._progress.hide()
        self._count.setText(f"{n_numeric:,} of {len(columns):,} columns are numbers" if columns else "")
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.dialect_row.show_dialect(dialect if table is None else table.dialect)
        self.dialect_row.setVisible(self._path is not None and (table is None or table.dialect.delimiter is not None))
        self.list.columns.set_columns(columns, sketches)
        self.list.choose(column)
        self._show_chosen()

    # ---- the selected column

    def _show_chosen(self) -> None:
        name = self.column
        self._open.setText("Open " + elided(name, self._open, BUTTON_TEXT).replace("&", "&&") if name else "Open")
        self._open.setEnabled(bool(name) and self._reading is None)
        if self.table is None:
            self.view.show_nothing("Nothing to show: the file cannot be read in this way.")
            return
        self.view.rows.show_rows(self.table, self.list.chosen)
        if not name:
            self.view.plot.show_sentence("No column of this file holds numbers.")
            return
        self._wanted = name
        if self._counting is None:
            self._count_next()

    def _count_next(self) -> None:
        """Counts one column at a time: going through many with the arrow keys must not pile up work."""
        table, name = self.table, self._wanted
        if table is None or not name:
            return
        if table.n_rows > 500_000:
            self.view.show_waiting(name)
        self._counting = self._errands.run(
            lambda report: details(table, name),
            "details",
            done=lambda answer: self._counted(table, name, answer),
            failed=lambda error: self._counted(table, name, error),
        )

    def _counted(self, table: Table, name: str, answer: Details | Exception) -> None:
        self._counting = None
        if table is not self.table or name != self._wanted:
            self._count_next()
        elif isinstance(answer, Exception):
            self.view.plot.show_sentence(str(answer))
        else:
            self.view.show_details(name, answer)

    # ---- building

    def _build(self) -> None:
        self._count = caption("")
        self._problem = _problem_label()
        self._progress = QProgressBar(maximum=100, textVisible=False)
        self._progress.setFixedHeight(4)
        self._progress.setAccessibleName("Reading")
        cancel, self._open = button("Cancel"), button("Open", primary=True)
        cancel.clicked.connect(self.reject)
        self._open.clicked.connect(self.accept)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        sides.addLayout(self._left_side(), 448)
        sides.addWidget(Line(vertical=True))
        sides.addWidget(self.view, 510)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._problem)
        whole.addLayout(sides, 1)
        whole.addWidget(self._progress)
        whole.addWidget(Line())
        whole.addLayout(bottom_row(self.dialect_row, None, cancel, self._open))
        self.resize(980, 620)

    def _left_side(self) -> QVBoxLayout:
        title = QHBoxLayout()
        title.setContentsMargins(16, 16, 16, 8)
        title.addWidget(heading("Which column?"))
        title.addStretch(1)
        title.addWidget(self._count)
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addLayout(title)
        side.addWidget(self.list, 1)
        return side


def _problem_label() -> QLabel:
    label = paragraph("")
    label.setObjectName("message")  # the style sheet gives it the ground of an error
    label.setProperty("kind", "error")
    label.setContentsMargins(16, 10, 16, 10)
    return label
