"""What the columns of a file are for: every column at a glance, one of them closely, and how the file was read."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from core.data import Data
from core.errors import InputError, shown
from core.prepare import prepared
from core.roles import PLAIN, Roles
from core.table import Dialect, Table
from emgui import theme as looks
from emgui.dialogs.column_facts import Details, details
from emgui.dialogs.column_list import ColumnList
from emgui.dialogs.column_view import ColumnView
from emgui.dialogs.dialect_row import DialectRow
from emgui.dialogs.parts import Line, bottom_row, button, caption, elided, heading, modal, paragraph
from emgui.dialogs.roles import NONE, VALUE, Given, given_by, possible, roles_of
from emgui.dialogs.rows_form import RowsForm
from emgui.dialogs.sources import Look, Source
from emgui.dialogs.words import in_window_words
from emgui.errands import Errand, Errands

BUTTON_TEXT = 150
DETECT = Dialect()


class ColumnPicker(QDialog):
    """Asks what the columns are for. `picked` carries the table, as it was read in the end, its Roles and the unit.

    look is None when the file could not be read as it is: `problem` says why, and the fields below may help. Until a
    value was chosen by its role, selecting a column that has none makes it the value.
    """

    picked = Signal(object, object, str)

    def __init__(
        self,
        look: Look | None,
        errands: Errands,
        source: Source | None = None,
        dialect: Dialect = DETECT,
        roles: Roles | None = None,
        unit: str = "",
        problem: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.table: Table | None = None
        self._source, self._errands = source, errands
        self._reading: Errand | None = None
        self._counting: Errand | None = None
        self._checking: Errand | None = None
        self._wanted, self._wants_check = "", False
        self.given: Given = {}
        self._value_before = ""
        self._is_asked_for = False
        self._refusal = ""
        self._sheets: tuple[str, ...] = ()
        name = source.name if source is not None else look.table.source if look is not None else ""
        modal(self, f"Open {shown(name)}")
        self.list, self.view, self.dialect_row = ColumnList(), ColumnView(), DialectRow(dialect)
        self.rows = RowsForm(roles or PLAIN, unit)
        self._build()
        self.list.selectionModel().currentChanged.connect(self._select)
        self.list.doubleClicked.connect(self.accept)
        self.list.role_chosen.connect(self.give)
        self.rows.changed.connect(self._roles_changed)
        self.dialect_row.changed.connect(self.read_again)
        self._show_look(look, problem, dialect, given_by(roles) if roles else None)
        self.list.setFocus()

    @property
    def roles(self) -> Roles:
        """What the columns are for, as it stands. Raises InputError where it does not go together."""
        return roles_of(self.given, **self.rows.said)

    def give(self, name: str, role: str) -> None:
        """Gives a column a role, which whatever had it before loses; NONE takes its role away."""
        had_value = self.given.get(VALUE) == name
        self.given = {other: column for other, column in self.given.items() if column != name and other != role}
        if role != NONE:
            self.given[role] = name
        if role == VALUE:
            self._is_asked_for = True
        elif role in ("lower", "upper") and not self._is_asked_for:
            self.given.pop(VALUE, None)
        elif had_value and not self._is_asked_for and self._value_before not in ("", *self.given.values()):
            # It was the value only because it was looked at: the one before is the value again.
            self.given[VALUE] = self._value_before
        self._roles_changed()

    def read_again(self, dialect: Dialect) -> None:
        """Reads the file in another way and shows what becomes of it."""
        source = self._source
        if source is None:
            return
        if self._reading is not None:
            self._reading.abandon()
        self._progress.setValue(0)
        self._progress.show()
        self._reading = self._errands.run(
            lambda report: source.look(dialect, report),
            "reread",
            done=self._read,
            failed=lambda error: self._failed(error, dialect),
            progressed=lambda fraction: self._progress.setValue(round(100 * fraction)),
        )
        self._refresh()

    def accept(self) -> None:
        """Opens the table with the roles as they stand."""
        if not self._open.isEnabled() or self.table is None:
            return
        table, roles, unit = self.table, self.roles, self.rows.unit.text().strip()
        super().accept()
        self.picked.emit(table, roles, unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter in a field takes what was typed and hands the keys back to the list; elsewhere it opens."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(self.focusWidget(), (QLineEdit, QSpinBox)):
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Closes; what is still being counted goes unheard."""
        self.rows.stop()
        for errand in (self._reading, self._counting, self._checking):
            if errand is not None:
                errand.abandon()
        super().done(result)

    # ---- reading again

    def _read(self, look: Look) -> None:
        self._reading = None
        columns = {column.name: column for column in look.table.columns}
        kept = {role: name for role, name in self.given.items() if name in columns and possible(columns[name], role)}
        self._show_look(look, "", look.table.dialect, kept if kept == self.given and kept else None)

    def _failed(self, error: Exception, dialect: Dialect) -> None:
        self._reading = None
        text = str(error) if isinstance(error, InputError) else "The file cannot be read so; Help ▸ Show log says more."
        self._show_look(None, in_window_words(text), dialect, None)

    def _show_look(self, look: Look | None, problem: str, dialect: Dialect, given: Given | None) -> None:
        table = self.table = look.table if look is not None else None
        columns = table.columns if table is not None else ()
        n_numeric = len(table.numeric) if table is not None else 0
        self._progress.hide()
        self._count.setText(f"{n_numeric:,} of {len(columns):,} columns are numbers" if columns else "")
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._sheets = (look.sheets if look is not None else ()) or self._sheets
        self.dialect_row.show_dialect(dialect if table is None else table.dialect, self._sheets)
        has_dialect = table is None or table.dialect.delimiter is not None or table.dialect.sheet is not None
        self._reading_parts.setVisible(self._source is not None and has_dialect)
        self.given = dict(look.given if given is None else given) if look is not None else {}
        self._is_asked_for, self._value_before = False, ""
        self.list.columns.set_columns(columns, look.sketches if look is not None else {})
        self.list.choose(self.given.get(VALUE) or self.given.get("lower"))
        self._roles_changed()

    # ---- the selected column and the roles

    def _select(self) -> None:
        column = self.list.chosen
        name = column.name if column is not None else ""
        value = self.given.get(VALUE)
        is_free = column is not None and possible(column, VALUE) and name not in self.given.values()
        if value is None or not is_free or self._is_asked_for:
            self._refresh()
            return
        self._value_before, self.given[VALUE] = value, name
        self._roles_changed()

    def _roles_changed(self) -> None:
        """Shows the roles, and asks whether the rows can be used so."""
        self.list.show_roles({name: role for role, name in self.given.items()})
        self.rows.show_for(self.given)
        self._refusal = ""
        if self.table is not None:
            self._refusal = self._what_is_wrong()
            self._says.setText("")
            self._wants_check = not self._refusal and self.roles != Roles(self.roles.columns)
            self._check_next()
        self._refresh()

    def _what_is_wrong(self) -> str:
        if not self.given.get(VALUE) and not self.given.keys() & {"lower", "upper"}:
            usable = self.table is not None and self.table.numeric
            return "Choose the column that holds the values." if usable else "No column of this file holds numbers."
        try:
            _ = self.roles
        except InputError as error:
            return in_window_words(str(error))
        return ""

    def _refresh(self) -> None:
        name = self.given.get(VALUE, "")
        title = name or (
            f"{self.given['lower']} to {self.given['upper']}" if {"lower", "upper"} <= {*self.given} else ""
        )
        self._open.setText("Open " + elided(title, self._open, BUTTON_TEXT).replace("&", "&&") if title else "Open")
        self._open.setEnabled(self.table is not None and not self._refusal and self._reading is None)
        if self._refusal:
            self._say(self._refusal, "warning")
        self._show_chosen()

    def _say(self, text: str, kind: str) -> None:
        """The sentence beneath: why it cannot be opened so, or what will be opened."""
        self._says.setText(text)
        if self._says.property("kind") != kind:
            self._says.setProperty("kind", kind)
            self._says.setObjectName("message" if kind else "said")
            self._says.setProperty("round", "true" if kind else "false")
            self._says.setContentsMargins(*((10, 6, 10, 6) if kind else (0, 0, 0, 0)))
            self._says.style().unpolish(self._says)
            self._says.style().polish(self._says)

    # ---- whether the rows can be used so

    def _check_next(self) -> None:
        """Prepares the rows on a thread, one at a time, where more is said of them than which column is meant."""
        table = self.table
        if table is None or self._checking is not None or not self._wants_check:
            return
        self._wants_check = False
        roles = self.roles
        self._checking = self._errands.run(
            lambda report: prepared(table, roles, report),
            "check",
            done=lambda data: self._checked(table, roles, data),
            failed=lambda error: self._checked(table, roles, error),
        )

    def _checked(self, table: Table, roles: Roles, answer: Data | Exception) -> None:
        self._checking = None
        if table is not self.table or self._wants_check or self._refusal or roles != self.roles:
            self._check_next()
            return
        if isinstance(answer, InputError):
            self._refusal = in_window_words(str(answer))
        elif isinstance(answer, Exception):
            self._refusal = "The rows cannot be used so; Help ▸ Show log says more."
        else:
            self._say(_rows_said(answer, table), "")
        self._refresh()

    def _show_chosen(self) -> None:
        column = self.list.chosen
        if self.table is None:
            self.view.show_nothing("Nothing to show: the file cannot be read in this way.")
            return
        self.view.rows.show_rows(self.table, column)
        if column is None:
            self.view.plot.show_sentence("No column of this file holds numbers.")
        elif not column.is_numeric:
            self._wanted = ""
            self.view.show_levels(column)
        else:
            self._wanted = column.name
            if self._counting is None:
                self._count_next()

    def _count_next(self) -> None:
        """Counts one column at a time: going through many with the arrow keys must not pile up work."""
        table, name = self.table, self._wanted
        if table is None or not name or (table, name) == self.view.shows:
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
            self.view.shows = table, name

    # ---- building

    def _build(self) -> None:
        self._count = caption("")
        self._problem = _problem_label()
        self._progress = QProgressBar(maximum=100, textVisible=False)
        self._progress.setFixedHeight(4)
        self._progress.setAccessibleName("Reading")
        self._says = paragraph("")
        self._says.setAccessibleName("What will be opened")
        self._says.setContentsMargins(0, 0, 0, 0)
        cancel, self._open = button("Cancel"), button("Open", primary=True)
        cancel.clicked.connect(self.reject)
        self._open.clicked.connect(self.accept)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        sides.addLayout(self._left_side(), 530)
        sides.addWidget(Line(vertical=True))
        sides.addWidget(self.view, 440)
        self._reading_parts = QWidget()
        reading = QVBoxLayout(self._reading_parts)
        reading.setContentsMargins(0, 0, 0, 0)
        reading.setSpacing(0)
        reading.addWidget(Line())
        reading.addWidget(self.dialect_row)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._problem)
        whole.addLayout(sides, 1)
        whole.addWidget(self._reading_parts)
        whole.addWidget(self._progress)
        whole.addWidget(Line())
        below = bottom_row(self._says, cancel, self._open)
        below.setStretch(0, 1)
        whole.addLayout(below)
        self.resize(looks.window_size(1000, 660))

    def _left_side(self) -> QVBoxLayout:
        title = QHBoxLayout()
        title.setContentsMargins(16, 16, 16, 8)
        title.addWidget(heading("What are the columns for?"))
        title.addStretch(1)
        title.addWidget(self._count)
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addLayout(title)
        side.addWidget(self.list, 1)
        side.addWidget(Line())
        side.addWidget(self.rows)
        return side


def _rows_said(data: Data, table: Table) -> str:
    used = f"{len(data):,} of {table.n_rows:,} rows"
    return f"{used}, {data.n_left_out:,} left out" if data.n_left_out else used


def _problem_label() -> QLabel:
    label = paragraph("")
    label.setObjectName("message")  # the style sheet gives it the ground of an error
    label.setProperty("kind", "error")
    label.setContentsMargins(16, 10, 16, 10)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft)
    return label
