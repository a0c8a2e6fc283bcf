"""Rows drawn from a mixture of one's own: components, how many rows, and the seed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHBoxLayout, QSpinBox, QTableView, QVBoxLayout, QWidget

from core import formatting
from core.errors import InputError
from core.samples import THREE_COMPONENTS, Recipe
from emgui import theme as looks
from emgui.dialogs.parts import Line, badge, bottom_row, button, dim, heading, modal, paragraph
from emgui.dialogs.preview import Curves, Preview

MOST_COMPONENTS, MOST_ROWS = 10, 10_000_000
LARGEST, FINEST = 1e150, 1e-12
"""Beyond these, squares or differences of values have no digits left."""
HEADS = ("weight", "mean", "sd")
Index = QModelIndex | QPersistentModelIndex


class ComponentModel(QAbstractTableModel):
    """Weight, mean and sd of each component, as a person types them. Weights are shares: they need not add up to 1."""

    def __init__(self, recipe: Recipe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = [list(row) for row in zip(recipe.weights, recipe.means, recipe.sds, strict=True)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Number of components."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Weight, mean and sd."""
        return 0 if parent.isValid() else len(HEADS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The numbers, six digits of them."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return formatting.short(self.rows[index.row()][index.column()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADS[index.column()]} of component {index.row() + 1}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        """Names over the columns, numbers beside the rows."""
        across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section] if across else ""
        if role == Qt.ItemDataRole.DecorationRole and not across:
            return badge(section + 1)
        return f"component {section + 1}" if role == Qt.ItemDataRole.AccessibleTextRole and not across else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """All can be typed over."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Takes a number; anything else leaves what was there."""
        try:
            number = formatting.parsed(str(value))
        except ValueError:
            return False
        self.rows[index.row()][index.column()] = number
        self.dataChanged.emit(index, index)
        return True

    def add(self) -> None:
        """One component more, a step to the right of the last."""
        _, mean, sd = self.rows[-1]
        share = sum(row[0] for row in self.rows) / len(self.rows)
        self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
        self.rows.append([float(f"{share:.2g}"), mean + 2 * sd, sd])
        self.endInsertRows()

    def remove(self, row: int) -> None:
        """One component fewer."""
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.rows[row]
        self.endRemoveRows()
        self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(self.rows))

    def recipe(self, n_samples: int, seed: int) -> Recipe:
        """The mixture that is typed in. Raises InputError where it is none."""
        weights, means, sds = (tuple(column) for column in zip(*self.rows, strict=True))
        if not all(np.isfinite(weights)) or min(weights) <= 0:
            raise InputError("Every weight must be a number greater than 0.")
        total = sum(weights)
        return Recipe(tuple(weight / total for weight in weights), means, sds, n_samples, seed)


class GenerateDialog(QDialog):
    """Asks for a mixture and shows its density. `wanted` carries the Recipe."""

    wanted = Signal(object)

    def __init__(self, recipe: Recipe = THREE_COMPONENTS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        modal(self, "Generate data")
        self.model = ComponentModel(recipe, self)
        self.preview = Preview()
        self.preview.setAccessibleName("Density of the mixture")
        self.preview.setMinimumSize(420, 260)
        self.rows = _number(1, MOST_ROWS, recipe.n_samples, "Rows")
        self.seed = _number(0, 2**31 - 1, recipe.seed, "Seed")
        self._build()
        for signal in (self.model.dataChanged, self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(self.refresh)
        self.table.selectionModel().currentChanged.connect(self.refresh)
        self.refresh()

    def recipe(self) -> Recipe:
        """The mixture, rows and seed that are typed in. Raises InputError where they are none."""
        return self.model.recipe(self.rows.value(), self.seed.value())

    def refresh(self) -> None:
        """Draws the density, or says what is wrong."""
        n = self.model.rowCount()
        self.add.setEnabled(n < MOST_COMPONENTS)
        self.remove.setEnabled(n > 1)
        try:
            self.preview.show_curves(_curves(self.recipe()), "x")
            problem = ""
        except InputError as error:
            problem = str(error)
            self.preview.show_sentence(problem)
        self._draw.setEnabled(not problem)
        total = sum(row[0] for row in self.model.rows)
        scaled = "" if problem or abs(total - 1) < 1e-9 else f"The weights add up to {total:.4g}; they are scaled to 1."
        self._note.setText(scaled)

    def accept(self) -> None:
        """Draws the rows."""
        try:
            recipe = self.recipe()
        except InputError:
            return
        super().accept()
        self.wanted.emit(recipe)

    def _remove(self) -> None:
        row = self.table.currentIndex().row()
        self.model.remove(row if row >= 0 else self.model.rowCount() - 1)

    def _build(self) -> None:
        self.table = _table(self.model)
        self.add, self.remove = button("&Add"), button("Re&move")
        self.add.clicked.connect(self.model.add)
        self.remove.clicked.connect(self._remove)
        cancel, self._draw = button("Cancel"), button("Draw", primary=True)
        cancel.clicked.connect(self.reject)
        self._draw.clicked.connect(self.accept)
        self._note = paragraph("")
        self._note.setFont(looks.font(looks.CAPTION))
        self._note.setProperty("caption", "true")
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addLayout(self._left_side())
        upper.addWidget(Line(vertical=True))
        upper.addWidget(self.preview, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(upper, 1)
        whole.addWidget(Line())
        rows, seed = dim("&Rows", self.rows), dim("&Seed", self.seed)
        whole.addLayout(bottom_row(rows, self.rows, seed, self.seed, None, cancel, self._draw))
        self.resize(looks.window_size(760, 400))

    def _left_side(self) -> QVBoxLayout:
        keys = QHBoxLayout()
        keys.setSpacing(8)
        keys.addWidget(self.add)
        keys.addWidget(self.remove)
        keys.addStretch(1)
        side = QVBoxLayout()
        side.setContentsMargins(16, 16, 16, 12)
        side.setSpacing(8)
        side.addWidget(heading("Components"))
        side.addWidget(self.table, 1)
        side.addWidget(self._note)
        side.addLayout(keys)
        return side


def _curves(recipe: Recipe) -> Curves:
    """The weighted densities from four sds below the lowest mean to four above the highest."""
    weights, means, sds = (np.array(part)[:, np.newaxis] for part in (recipe.weights, recipe.means, recipe.sds))
    with np.errstate(over="ignore"):
        low, high = (means - 4 * sds).min(), (means + 4 * sds).max()
    if not high / 2 - low / 2 < LARGEST:
        raise InputError("These numbers are too large for a mixture.")
    if sds.min() < (high - low) * FINEST:
        raise InputError(f"The sd {formatting.short(sds.min())} is too small beside the distances of the means.")
    x = np.union1d(np.linspace(low, high, 301), (means + sds * np.linspace(-4, 4, 61)).ravel())
    densities = weights / (sds * np.sqrt(2 * np.pi)) * np.exp(-0.5 * ((x - means) / sds) ** 2)
    return Curves(x, densities)


def _number(low: int, high: int, value: int, name: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setGroupSeparatorShown(True)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setAccessibleName(name)
    box.setFixedWidth(looks.px(118))
    return box


def _table(model: ComponentModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("Components")
    table.setShowGrid(False)
    table.setFrameShape(QTableView.Shape.NoFrame)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    triggers = QAbstractItemView.EditTrigger
    table.setEditTriggers(
        triggers.DoubleClicked | triggers.SelectedClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
    )
    table.setTabKeyNavigation(False)
    table.verticalHeader().setDefaultSectionSize(looks.px(28))
    table.verticalHeader().setFixedWidth(looks.px(24))
    table.verticalHeader().setStyleSheet("QHeaderView::section { border: none; }")
    table.horizontalHeader().setHighlightSections(False)
    table.verticalHeader().setHighlightSections(False)
    for place in range(len(HEADS)):
        table.setColumnWidth(place, looks.px(76))
    table.setFixedWidth(looks.px(24 + 3 * 76 + 12))
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return table
