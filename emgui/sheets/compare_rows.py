"""The rows of the table of models: what is told of each, and what is copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from core import criteria, formatting
from core.selection.models import Skipped
from core.selection.ranking import CRITERIA, CV, Made, Ranked, n_parameters
from core.stopping import CONVERGED, DEGENERATE
from emgui.sheets.compare_words import called, waits, why_not

Index = QModelIndex | QPersistentModelIndex
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Column:
    """A column of the table: its head, what it says, and whether it stands on the left."""

    name: str
    head: str
    tip: str
    left: bool = False


RANK = Column("rank", "", "Place by the criterion that is chosen")
MODEL = Column("model", "Model", "Family, and how spreads are shared", left=True)
ENDED = Column("ended", "How it ended", "How the fit ended, or why it cannot win", left=True)
COLUMNS = (
    RANK,
    MODEL,
    Column("components", "K", "Number of components"),
    Column("parameters", "Param.", "Number of free parameters"),
    Column("log_likelihood", "Log-likelihood", "Of all rows, natural logarithm"),
    *(Column(name, one.title, "Lower is better") for name, one in CRITERIA.items() if name != CV),
    Column(CV, "CV", "Cross-validated log-likelihood: higher is better"),
    Column("difference", "Difference", "How much worse than the best"),
    Column("weight", "Weight", "Weight among the models: all add up to 1"),
    ENDED,
)


@dataclass(frozen=True)
class Left:
    """Combinations that were not fitted for the same reason: a line of the table."""

    family: str
    covariance: str
    reason: str
    components: tuple[int, ...]

    @property
    def model(self) -> str:
        """What they are called: a covariance that the family has not stands beside its name, too."""
        name = called(self.family, self.covariance)
        return name if self.covariance == "full" or self.covariance in name else f"{name} {self.covariance}"


def left_of(skipped: Sequence[Skipped]) -> tuple[Left, ...]:
    """Those of the same family and covariance that have the same reason together."""
    numbers: dict[tuple[str, str, str], list[int]] = {}
    for one in skipped:
        numbers.setdefault((one.family, one.covariance, why_not(one)), []).append(one.n_components)
    return tuple(Left(*key, tuple(sorted(set(components)))) for key, components in numbers.items())


class CompareModel(QAbstractTableModel):
    """Ranked models, then the combinations that were not fitted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.criterion = "bic"
        self.models: tuple[Ranked, ...] = ()
        self.left: tuple[Left, ...] = ()
        self.shown: int | None = None
        self._columns = COLUMNS

    def show_models(self, criterion: str, models: Sequence[Ranked], skipped: Sequence[Skipped]) -> None:
        """Takes other rows."""
        self.beginResetModel()
        self.criterion, self.models, self.left = criterion, tuple(models), left_of(skipped)
        has_cv = criterion == CV or any(one.made.cross_validation is not None for one in models)
        self._columns = tuple(column for column in COLUMNS if column.name != CV or has_cv)
        self.endResetModel()

    def mark(self, place: int | None) -> None:
        """Marks the model that all panels show; None for none."""
        if place != self.shown:
            self.shown = place
            if self.models:
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def made(self, row: int) -> Made | None:
        """The model in a row; None for one that was not fitted."""
        return self.models[row].made if 0 <= row < len(self.models) else None

    def row_of(self, place: int) -> int:
        """The row of a model; −1 if there is none."""
        return next((row for row, one in enumerate(self.models) if one.made.place == place), -1)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of each model."""
        return self._columns

    def column(self, index: Index) -> Column:
        """Which column an index is in."""
        return self._columns[index.column()]

    def is_muted(self, row: int) -> bool:
        """Whether what stands in a row cannot win."""
        return row >= len(self.models) or bool(self.models[row].reason and not waits(self.models[row]))

    def is_shown(self, row: int) -> bool:
        """Whether all panels show this model."""
        made = self.made(row)
        return made is not None and made.place == self.shown

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Models and combinations that were not fitted."""
        return 0 if parent.isValid() else len(self.models) + len(self.left)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Of cross-validation there is a column only where it was asked for."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment and words of a cell."""
        if not index.isValid():
            return None
        column, row = self.column(index), index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(row, column.name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column.left else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = column.head or "rank"
            return f"{head}: {self.cell(row, column.name) or 'none'}"
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Heads; the criterion's has an arrow."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column.left else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = "↓ " if CRITERIA.get(column.name) is not None and CRITERIA[column.name].higher_is_better else "↑ "
            return f"{arrow}{column.head}" if column.name == self.criterion else column.head
        return None

    def cell(self, row: int, name: str) -> str:
        """What stands in a cell."""
        if row >= len(self.models):
            one = self.left[row - len(self.models)]
            told = {"model": one.model, "components": _numbers(one.components)}
            return {**told, "ended": f"not fitted: {one.reason}"}.get(name, "")
        ranked = self.models[row]
        fitted, options = ranked.fit, ranked.fit.options
        if name in CRITERIA:
            value = CRITERIA[name].of(ranked.made)
            return formatting.criterion(value)
        texts = {
            "rank": "" if ranked.reason else str(row + 1),
            "model": called(options.family, options.covariance),
            "components": str(options.n_components),
            "parameters": str(n_parameters(fitted)),
            "log_likelihood": formatting.log_likelihood(criteria.comparable(fitted.log_likelihood, fitted.data)),
            "difference": formatting.criterion(ranked.difference),
            "weight": _share(ranked.weight),
            "ended": ending(ranked),
        }
        return texts[name]

    def text(self) -> str:
        """The table as tab-separated lines with full precision, as spreadsheets paste it."""
        lines = ["\t".join(column.head or "rank" for column in self._columns)]
        for row in range(self.rowCount()):
            lines.append("\t".join(self._exact(row, column.name) for column in self._columns))
        return "\n".join(lines) + "\n"

    def _exact(self, row: int, name: str) -> str:
        if row >= len(self.models):
            return self.cell(row, name)
        ranked = self.models[row]
        number = {
            "log_likelihood": criteria.comparable(ranked.fit.log_likelihood, ranked.fit.data),
            "difference": ranked.difference,
            "weight": ranked.weight,
            **{key: one.of(ranked.made) for key, one in CRITERIA.items()},
        }
        if name == "ended":
            return ending(ranked)
        return self.cell(row, name) if name not in number else "" if number[name] is None else repr(number[name])

    def _tip(self, row: int) -> str:
        if row >= len(self.models):
            return self.left[row - len(self.models)].reason
        ranked = self.models[row]
        found = ranked.made.cross_validation
        said = ranked.fit.outcome.message if waits(ranked) else ranked.reason or ranked.fit.outcome.message
        if found is not None and not found.reason:
            value, error = formatting.criterion(found.log_likelihood), formatting.criterion(found.standard_error)
            said += f"\nCross-validated log-likelihood {value}, standard error {error}."
        return f"{said}\nEnter or a click shows it in the window."


def ending(ranked: Ranked) -> str:
    """How a fit ended, in a word or two, with the reason where it cannot win."""
    status = ranked.fit.outcome.status
    if status == DEGENERATE:
        return f"degenerate: {ranked.reason}"
    if ranked.reason and not waits(ranked):
        return ranked.reason[:1].lower() + ranked.reason[1:]
    return "converged" if status == CONVERGED else "not converged"


def _numbers(components: Sequence[int]) -> str:
    """Numbers of components in few characters: 3, 1–6, or 1, 2, 5."""
    if len(components) > 2 and components[-1] - components[0] == len(components) - 1:
        return f"{components[0]}–{components[-1]}"
    return ", ".join(str(one) for one in components)


def _share(weight: float | None) -> str:
    if weight is None:
        return "–"
    return "< 0.001" if 0.0 <= weight < 0.0005 else formatting.number(weight, 3)
