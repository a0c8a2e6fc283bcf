"""What the parameters are held to, as a list: constraints in the words of the command line, added and taken away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from core.constraints import Constraints
from core.constraints.constraint import Constraint
from core.constraints.parsing import FORMS, parse
from core.em import family_of
from core.errors import InputError
from core.families.family import spoken
from core.mixture import Mixture
from core.options import FitOptions
from emgui import theme as looks
from emgui.dialogs.parts import Line, bottom_row, button, caption, dim, heading, modal
from emgui.dialogs.words import without_flag
from emgui.forms import Combo, fitted
from emgui.holding import held_to

TITLES = {
    "fix": "hold at a value",
    "tie": "equal across components",
    "bound": "keep within bounds",
    "order": "increasing",
    "floor": "least value",
    "prior": "prior",
}


class ConstraintsDialog(QDialog):
    """A list, and a line in which the next constraint is written. `taken` carries the options with what is listed."""

    taken = Signal(object)

    def __init__(self, options: FitOptions, mixture: Mixture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        modal(self, "Constraints")
        self.options, self.mixture = options, mixture
        self.list = QListWidget()
        self.list.setAccessibleName("Constraints")
        self.kind = Combo()
        for kind in FORMS:
            self.kind.addItem(f"{kind}: {TITLES.get(kind, kind)}", kind)
        self.kind.setAccessibleName("Kind of constraint")
        self.kind.currentIndexChanged.connect(self._show_form)
        self.line = QLineEdit()
        self.line.setAccessibleName("Constraint")
        self.line.textEdited.connect(self._look)
        self.add_button, self.remove_button = button("&Add"), button("&Remove")
        self.add_button.clicked.connect(self.add)
        self.remove_button.clicked.connect(self.remove)
        self.list.currentRowChanged.connect(lambda row: self.remove_button.setEnabled(row >= 0))
        self.words, self.free = caption(""), caption("")
        self.words.setWordWrap(True)
        self.words.setMinimumHeight(looks.px(30))
        take, cancel = button("Apply", primary=True), button("Cancel")
        take.clicked.connect(self.take)
        cancel.clicked.connect(self.reject)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list, self.remove, context=Qt.ShortcutContext.WidgetShortcut)
        self._lay_out(bottom_row(self.free, None, cancel, take))
        self._show_form()
        self._list()
        self.resize(looks.window_size(480, 400))
        self.line.setFocus()

    @property
    def constraints(self) -> Constraints:
        """What is listed."""
        return self.options.constraints

    def add(self) -> bool:
        """Takes the line into the list; whether it could be."""
        made = self._made()
        if isinstance(made, str):
            self._say(made)
            return False
        self.options = made
        self.line.clear()
        self._list()
        self._show_form()
        return True

    def remove(self) -> None:
        """Takes the chosen constraint off the list."""
        row = self.list.currentRow()
        if row >= 0:
            items = self.constraints.items
            self.options = held_to(self.options, (*items[:row], *items[row + 1 :]))
            self._list()

    def take(self) -> None:
        """Closes with what is listed, and with what still stands in the line."""
        if not self.line.text().strip() or self.add():
            self.taken.emit(self.options)
            self.accept()

    # ---- inside

    def _made(self) -> FitOptions | str:
        """The options with the line's constraint, or why it cannot be."""
        try:
            new: Constraint = parse(self.kind.currentData(), self.line.text())
            return held_to(self.options, (*self.constraints.items, new))
        except InputError as error:
            return without_flag(str(error))

    def _look(self) -> None:
        """Says at once whether what is typed could be added."""
        made = self._made() if self.line.text().strip() else ""
        self.add_button.setEnabled(not isinstance(made, str))
        self._say(made if isinstance(made, str) else "")
        if not self.line.text().strip():
            self._show_form()

    def _show_form(self) -> None:
        kind = self.kind.currentData()
        names = ", ".join(("weight", *map(spoken, family_of(self.options).parameter_names)))
        self._say(f"Write it like {FORMS[kind]}. In brackets stand components. Parameters: {names}.")
        self.add_button.setEnabled(False)
        if self.line.text().strip():
            self._look()

    def _say(self, text: str) -> None:
        self.words.setText(text)

    def _list(self) -> None:
        self.list.clear()
        for one in self.constraints.items:
            self.list.addItem(f"{one.kind}  {one.text}")
        self.remove_button.setEnabled(False)
        n = self.constraints.n_parameters(self.mixture)
        self.free.setText(f"{n} free parameter{'' if n == 1 else 's'}")

    def _lay_out(self, buttons: QHBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.kind.setFixedWidth(looks.px(172))
        for widget in (self.kind, self.line):
            widget.setFixedHeight(looks.px(28))
        row.addWidget(self.kind)
        row.addWidget(fitted(self.line), 1)
        row.addWidget(self.add_button)
        under = QHBoxLayout()
        under.addWidget(self.words, 1)
        body = QVBoxLayout()
        body.setContentsMargins(16, 16, 16, 12)
        body.setSpacing(8)
        body.addWidget(heading("What the parameters are held to"))
        body.addWidget(self.list, 1)
        beside = QHBoxLayout()
        beside.addStretch(1)
        beside.addWidget(self.remove_button)
        body.addLayout(beside)
        body.addWidget(dim("Another one"))
        body.addLayout(row)
        body.addLayout(under)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(Line())
        whole.addLayout(buttons)
