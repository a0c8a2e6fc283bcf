"""The parameters at the cursor as rows of text: weight and the family's parameters of each component."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10, nan
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget

from core import formatting
from core.families.family import spoken
from core.mixture import Mixture
from core.options import FitOptions
from core.units import unit_of
from emgui import theme as looks
from emgui.comparing import Comparison, comparison
from emgui.document import Document
from emgui.holding import WEIGHT, Hold, holds, is_fixed

Index = QModelIndex | QPersistentModelIndex
FEWEST_DIGITS = 3
MARK_ROLE = Qt.ItemDataRole.UserRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Cell(NamedTuple):
    """Where a number stands: its component and its name."""

    identity: int
    name: str


class ParameterModel(QAbstractTableModel):
    """The mixture at the document's cursor; column 0 is the component's number."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self._mixture: Mixture | None = None
        self._options: FitOptions | None = None
        self._names: tuple[str, ...] = ()
        self._ids: tuple[int, ...] = ()
        self._values: list[list[float]] = []
        self._cells: list[list[str]] = []
        self.comparison: Comparison | None = None
        self._errors: list[list[float]] = []
        self._ends: list[list[list[float]]] = []
        self._holds: dict[Cell, list[Hold]] = {}
        self._held_for: tuple[object, ...] = ()
        self._is_followed = False
        self._room = self._head_room = 0.0

    def refresh(self) -> None:
        """Reads the document."""
        mixture = self.document.shown
        names = () if mixture is None else (WEIGHT, *mixture.parameters)
        ids = () if mixture is None else mixture.ids
        reshaped = names != self._names or len(ids) != len(self._ids)
        if reshaped:
            self.beginResetModel()
        texts = self._cells if self._is_followed and self.document.preview is not None else []
        self._is_followed = self.document.preview is not None
        self._names, self._ids, self._mixture = names, ids, mixture
        columns = [] if mixture is None else [mixture.weights, *mixture.parameters.values()]
        self._values = [column.tolist() for column in columns]
        self._read_errors()
        self.comparison = comparison(self.document)
        self._read_holds()
        self._write_cells()
        if reshaped:
            self.endResetModel()
        elif ids:
            for first, last in self._changed_rows(texts):
                self.dataChanged.emit(self.index(first, 0), self.index(last, len(names)))

    def set_room(self, room: float, head_room: float) -> None:
        """How many px a number may take, and the head of a column."""
        if (room, head_room) != (self._room, self._head_room):
            self._room, self._head_room = room, head_room
            self._write_cells()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, self.columnCount() - 1))

    def identity(self, row: int) -> int:
        """The number of the component in a row; 0 outside."""
        return self._ids[row] if 0 <= row < len(self._ids) else 0

    def row_of(self, identity: int) -> int:
        """The row of a component; −1 if there is none."""
        return self._ids.index(identity) if identity in self._ids else -1

    def cell(self, index: Index) -> Cell | None:
        """Whose number an index shows; None where there is none."""
        if not index.isValid() or index.column() == 0 or not isfinite(self.value(index)):
            return None
        return Cell(self._ids[index.row()], self._names[index.column() - 1])

    def value(self, index: Index) -> float:
        """The number at an index; NaN where a component has no such parameter."""
        return self._values[index.column() - 1][index.row()]

    @property
    def has_errors(self) -> bool:
        """Whether standard errors are known here."""
        return bool(self._errors)

    @property
    def has_notes(self) -> bool:
        """Whether something stands beneath the numbers: their standard errors, or how they differ from a run's."""
        return self.has_errors or self.comparison is not None

    def note_text(self, index: Index) -> str:
        """What stands beneath a number: the difference from the run it is compared with, else its standard error."""
        cell = self.cell(index)
        if self.comparison is None or cell is None:
            return self.error_text(index)
        return self.comparison.text(*cell)

    def partner(self, index: Index) -> int:
        """The number that a row's component has in the run it is compared with, where it is another; else 0."""
        identity = self._ids[index.row()]
        found = identity if self.comparison is None else self.comparison.partners.get(identity, identity)
        return 0 if found == identity else found

    def error_text(self, index: Index) -> str:
        """The standard error beside a number, to two digits of the smallest in its column; "" where there is none."""
        if not self._errors or index.column() == 0:
            return ""
        column = self._errors[index.column() - 1]
        error = column[index.row()]
        if not isfinite(error):
            return ""
        smallest = min(one for one in column if isfinite(one))
        if smallest <= 0.0 or not 1e-5 < smallest < 1e6:
            return f"± {formatting.scientific(error, 2)}"
        return f"± {formatting.number(error, max(0, 1 - floor(log10(smallest))))}"

    def mark(self, index: Index) -> str:
        """The kind of constraint that is shown beside a number, a fix before all others; "" for none."""
        cell = self.cell(index)
        kinds = [hold.kind for hold in self._holds.get(cell, ())] if cell is not None else []
        return "fix" if "fix" in kinds else kinds[0] if kinds else ""

    def held(self) -> list[Cell]:
        """The values that are held, row by row."""
        return [cell for cell, found in self._holds.items() if any(hold.kind == "fix" for hold in found)]

    def text(self) -> str:
        """The table as tab-separated lines with full precision, as spreadsheets paste it."""
        compared = self.comparison
        more = [] if compared is None else [f"{name} less {compared.run.name}" for name in self._names]
        lines = ["\t".join(("component", *self._names, *more))]
        for row, identity in enumerate(self._ids):
            numbers = [repr(column[row]) if isfinite(column[row]) else "" for column in self._values]
            if compared is not None:
                found = (compared.differences.get((identity, name)) for name in self._names)
                numbers += ["" if one is None else repr(one) for one in found]
            lines.append("\t".join((str(identity), *numbers)))
        return "\n".join(lines) + "\n"

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of components."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """The number, the weight and the family's parameters."""
        return 0 if parent.isValid() or not self._names else 1 + len(self._names)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A number can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self.cell(index) is not None else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment, mark and words of a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return str(self._ids[index.row()]) if index.column() == 0 else self._cells[index.column() - 1][index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == MARK_ROLE:
            return self.mark(index)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            partner = self.partner(index)
            return f"component {self._ids[index.row()]}" + (f", compared with component {partner}" if partner else "")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(index)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() > 0:
            return self._words(index) + ("" if self.cell(index) is None else f"\n{self._hint(index)}")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Names of the parameters, each with its unit where it has one."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if section == 0 or section > len(self._names):
            return "" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.head(section)
        return "\n".join(self.head_lines(section)) if role == Qt.ItemDataRole.DisplayRole else None

    def head(self, section: int) -> str:
        """What a column shows, in words, with its unit."""
        name, unit = self._names[section - 1], self._unit(self._names[section - 1])
        return f"{spoken(name)} ({unit})" if unit else spoken(name)

    def head_lines(self, section: int) -> list[str]:
        """The head of a column in one line, or in two where one is too narrow."""
        text, metrics = self.head(section), QFontMetrics(looks.font(looks.CAPTION))
        width = metrics.horizontalAdvance
        lines = [text]
        if width(text) > self._head_room and " " in text:
            breaks = [place for place, letter in enumerate(text) if letter == " "]
            at = min(breaks, key=lambda place: max(width(text[:place]), width(text[place + 1 :])))
            unit = self._unit(self._names[section - 1])
            at = text.index(" (") if unit else at
            lines = [text[:at], text[at + 1 :]]
            if unit and width(lines[1]) > self._head_room:
                lines = lines[:1]  # a unit that is cut short says nothing; the tool tip has it
        return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, int(self._head_room)) for line in lines]

    @property
    def head_height(self) -> int:
        """Lines of the tallest head."""
        return max((len(self.head_lines(section)) for section in range(1, len(self._names) + 1)), default=0)

    # ---- reading

    def _unit(self, name: str) -> str:
        return "" if self._mixture is None else unit_of(name, self._mixture.family, self.document.unit)

    def _read_errors(self) -> None:
        """Those of the end of a run, once they are found."""
        moment, run = self.document.moment, self.document.current
        self._errors, self._ends = [], []
        if moment is None or run is None or run.sure is None or moment.outcome is None:
            return
        number, sure = run.sure
        if number != moment.number or sure is None or set(self._names) - set(sure.standard_errors):
            return
        self._errors = [sure.standard_errors[name].tolist() for name in self._names]
        self._ends = [sure.intervals[name].tolist() for name in self._names]
        if self.document.preview is not None:  # what a hand has moved has none, but they come back with it
            self._errors = [[nan] * len(self._ids) for _ in self._names]

    def _changed_rows(self, texts: list[list[str]]) -> list[tuple[int, int]]:
        """The rows, from and to, that are to be drawn anew: while a hand moves one component few others change."""
        if not texts:
            return [(0, len(self._ids) - 1)]
        both = list(zip(texts, self._cells, strict=True))
        return [(row, row) for row in range(len(self._ids)) if any(old[row] != new[row] for old, new in both)]

    def _read_holds(self) -> None:
        run = self.document.current
        options = self.document.options if run is None else run.options
        key = (options, self._ids, self._names)
        if key == self._held_for:
            return
        self._held_for = key
        cells = [Cell(identity, name) for identity in self._ids for name in self._names]
        self._holds = {cell: found for cell in cells if (found := holds(options, *cell))}
        self._options = options

    def _write_cells(self) -> None:
        """Six digits, or as many as there is room for."""
        if self._mixture is None:
            self._cells = []
            return
        family = self._mixture.family
        # Locations are told apart in units of the spreads, whatever their offset.
        spread = float(np.min(family.spread(self._mixture.parameters)))
        self._cells = []
        for name, values in zip(self._names, self._values, strict=True):
            is_location = name in family.domains and family.domains[name].is_location
            self._cells.append(self._fitted(values, spread if is_location else None))

    def _fitted(self, values: Sequence[float], finest: float | None) -> list[str]:
        width = QFontMetrics(looks.font()).horizontalAdvance
        texts = formatting.column(values, finest)
        for digits in range(formatting.DIGITS - 1, FEWEST_DIGITS - 1, -1):
            if self._room <= 0.0 or max(map(width, texts)) <= self._room:
                return texts
            texts = formatting.column(values, finest if digits > FEWEST_DIGITS else None, digits)
        return texts

    def _words(self, index: Index) -> str:
        name, identity = self._names[index.column() - 1], self._ids[index.row()]
        cell = self.cell(index)
        if cell is None:
            return f"component {identity} has no {spoken(name)}"
        unit = self._unit(name)
        said = f"{spoken(name)} of component {identity}: {formatting.digits(self.value(index))} {unit}".rstrip()
        if self.error_text(index):
            low, high = self._ends[index.column() - 1][index.row()]
            said += f", standard error {self.error_text(index)[2:]}"
            said += f", 95 % interval {formatting.digits(low)} to {formatting.digits(high)}"
        differs = "" if self.comparison is None else self.comparison.words(*cell)
        said = "; ".join(filter(None, (said, differs)))
        return "; ".join([said, *(hold.words for hold in self._holds.get(cell, ()))])

    def _hint(self, index: Index) -> str:
        cell = self.cell(index)
        fixed = cell is not None and self._options is not None and is_fixed(self._options, *cell)
        pin = "Click the pin to let it go" if fixed else "Click the pin to hold it"
        return f"{pin} (Space, H); double-click to change it (F2); Alt+Up and Alt+Down move it."
