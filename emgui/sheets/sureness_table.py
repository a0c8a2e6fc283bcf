"""The table of a fit's numbers: standard errors, bias and intervals, by each way to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf, isfinite, log10
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core import formatting
from core.sureness.bootstrap import Bootstrapped
from core.sureness.uncertainty import BOUND, END, HELD, LIMIT, Uncertainty, numbers
from emgui import theme as looks
from emgui.sheets.sheet_table import SheetTable
from emgui.sheets.sureness_found import Found, Number, numbers_of
from emgui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
Interval = tuple[float, float]
HEADS = ("", "parameter", "estimate", "± information", "± bootstrap", "bias", "information", "bootstrap", "profile")
BADGE, PARAMETER, ESTIMATE, BY_INFORMATION, BY_BOOTSTRAP, BIAS, INFORMATION, BOOTSTRAP, PROFILE = range(9)
COPIED = (
    *("component", "parameter", "estimate", "se_information", "se_bootstrap", "bias", "information_low"),
    *("information_high", "bootstrap_low", "bootstrap_high", "profile_low", "profile_high"),
)
TIPS = {
    BY_INFORMATION: "Standard error by the curvature of the log-likelihood; of weighted rows by the sandwich",
    BY_BOOTSTRAP: "Standard deviation of the replicates",
    BIAS: "Mean of the replicates less the estimate",
    INFORMATION: "95 % interval by the curvature",
    BOOTSTRAP: "Between the 2.5th and the 97.5th percentile of the replicates",
    PROFILE: "Where the log-likelihood, all others at their best, has fallen by 1.92: press Find profile",
}
WIDTHS = (34, 96, 86, 96, 92, 76, 130, 130, 130)
ROW, SIDE, PAD = 28, 16, 8
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NONE, UNBOUNDED = "–", "unbounded"
WHY = {
    HELD: "It is held at a value, so it is known",
    BOUND: "It is at a bound that a constraint sets: how far it would scatter beyond is not known",
    LIMIT: "It is at the end of its range, where a standard error means nothing; look at intervals",
    END: "It is an end, at which the log-likelihood breaks: neither curvature nor replicates say how sure it is",
    UNBOUNDED: "It grows without bound in some replicates, so that it has an interval, but no standard error",
}
"""Why a number has no standard error, in a word → in a sentence."""


@dataclass(frozen=True)
class Line:
    """A number of the fit and all that is known of how sure it is; None where it is not known.

    why_none: in a word why it has no standard error, by information and by bootstrap; "" where it has one.
    """

    number: Number
    is_first: bool
    why_none: tuple[str, str]
    estimate: float
    errors: tuple[float | None, float | None]
    bias: float | None
    intervals: tuple[Interval | None, Interval | None, Interval | None]

    @property
    def is_held(self) -> bool:
        """Whether it is held at a value."""
        return self.why_none[0] == HELD


def lines_of(found: Found | None, information: Uncertainty | None) -> list[Line]:
    """The lines of a fit."""
    if found is None:
        return []
    ids, estimates, lines, last = found.fit.mixture.ids, numbers(found.fit.mixture), [], 0
    for number in numbers_of(found.fit):
        ways = (information, found.bootstrapped)
        profile = found.profiles.get(number)
        bias = found.bootstrapped.bias if isinstance(found.bootstrapped, Bootstrapped) else None
        lines.append(
            Line(
                number,
                number.component != last,
                (why := found.why_none(number), why or (UNBOUNDED if found.is_unbounded(number) else "")),
                float(number.of(estimates[number.name], ids)),
                (_error(ways[0], number, ids), _error(ways[1], number, ids)),
                None if bias is None else _known(float(number.of(bias[number.name], ids))),
                (
                    _interval(ways[0], number, ids),
                    _interval(ways[1], number, ids),
                    None if profile is None else profile.interval,
                ),
            )
        )
        last = number.component
    return lines


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _error(sure: Uncertainty | None, number: Number, ids: Sequence[int]) -> float | None:
    return None if sure is None else _known(float(number.of(sure.standard_errors[number.name], ids)))


def _interval(sure: Uncertainty | None, number: Number, ids: Sequence[int]) -> Interval | None:
    if sure is None:
        return None
    low, high = (float(end) for end in number.of(sure.intervals[number.name], ids))
    return (low, high) if isfinite(low) and isfinite(high) else None


class SurenessModel(QAbstractTableModel):
    """The lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Takes others."""
        same = [one.number for one in lines] == [one.number for one in self.lines]
        if not same:
            self.beginResetModel()
        self.lines = lines
        if not same:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(HEADS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Numbers of the fit."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """What is told of each."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """What the columns are."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"95 % {HEADS[section]}" if section >= INFORMATION else HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section <= PARAMETER else RIGHT
        return TIPS.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts of a cell."""
        if not index.isValid():
            return None
        text = self.texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if index.column() <= PARAMETER else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return WHY.get(text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = str(self.headerData(index.column(), Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole))
            return f"{head or 'component'}: {text}"
        return None

    def texts(self, row: int) -> tuple[str, ...]:
        """What is written in a row: as many digits as the finest standard error has two of."""
        line = self.lines[row]
        finest = min((one for one in line.errors if one is not None and one > 0.0), default=None)
        if finest is not None and 1e-7 < finest < 1e7:
            decimals = max(0, 1 - floor(log10(finest)))

            def text(value: float | None) -> str:
                return NONE if value is None else _end(value) or formatting.number(value, decimals)
        else:

            def text(value: float | None) -> str:
                return NONE if value is None else _end(value) or formatting.digits(value)

        intervals = tuple(NONE if one is None else f"{text(one[0])} to {text(one[1])}" for one in line.intervals)
        errors = tuple(why or text(one) for why, one in zip(line.why_none, line.errors, strict=True))
        bias = NONE if line.bias is None else _signed(line.bias, text(line.bias))
        return (str(line.number.component), line.number.title, text(line.estimate), *errors, bias, *intervals)

    def text(self) -> str:
        """The table with tabs between its cells, with full precision, as spreadsheets paste it."""
        rows = ["\t".join(COPIED)]
        for line in self.lines:
            ends = [end for one in line.intervals for end in (one or (None, None))]
            cells = ["" if one is None else repr(one) for one in (line.estimate, *line.errors, line.bias, *ends)]
            rows.append("\t".join([str(line.number.component), line.number.title, *cells]))
        return "\n".join(rows) + "\n"


def _signed(value: float, text: str) -> str:
    """A bias with its sign; none where nothing but zeros is left of it."""
    if not any(digit in text for digit in "123456789"):
        return text.lstrip(formatting.MINUS)
    return text if value < 0.0 else f"+{text}"


def _end(value: float) -> str:
    """An end that is open, in a sign; "" for a number."""
    return {inf: "∞", -inf: f"{formatting.MINUS}∞"}.get(value, "")


class SurenessDelegate(QStyledItemDelegate):
    """Draws a cell: tint when selected, a rule above each component, its badge once, quiet dashes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme, rect, model = self.theme, option.rect, index.model()
        assert isinstance(model, SurenessModel)
        line, text = model.lines[index.row()], str(index.data())
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.tint))
        if line.is_first and index.row():
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(rect.topLeft(), rect.topRight())
        if index.column() == BADGE:
            if line.is_first:
                self._badge(painter, QRectF(rect), line.number.component)
        else:
            quiet = text == NONE or (text in WHY and index.column() in (BY_INFORMATION, BY_BOOTSTRAP))
            painter.setPen(QColor(theme.ink3 if text == NONE else theme.ink2 if quiet else theme.ink))
            painter.setFont(looks.font())
            side = LEFT if index.column() == PARAMETER else RIGHT
            painter.drawText(rect.adjusted(PAD, 0, -PAD, 0), int(side), text)
        painter.restore()

    def _badge(self, painter: QPainter, rect: QRectF, identity: int) -> None:
        side = looks.px(SIDE)
        box = QRectF(rect.left() + PAD, rect.center().y() - side / 2 + 0.5, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.theme.component(identity))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self.theme.on_component(identity))
        painter.setFont(looks.font(11 if identity < 10 else 9, 600))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(identity))


class SurenessTable(SheetTable):
    """The list; `chosen` says that another number is selected. Ctrl+C copies all of it."""

    chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Standard errors and intervals", ROW, parent)
        self.rows = SurenessModel(self)
        self._delegate = SurenessDelegate(theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        header = self.horizontalHeader()
        header.setSectionResizeMode(PARAMETER, QHeaderView.ResizeMode.Stretch)
        for place, width in enumerate(WIDTHS):
            if place != PARAMETER:
                header.resizeSection(place, looks.px(width))
        self.selectionModel().currentRowChanged.connect(lambda: self.chosen.emit())

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def show_lines(self, lines: list[Line]) -> None:
        """Takes other lines; the number that was selected stays so."""
        before = self.number
        self.rows.show(lines)
        if lines and self.currentIndex().row() < 0:
            places = [row for row, line in enumerate(lines) if line.number == before]
            free = [row for row, line in enumerate(lines) if not line.is_held and line.number.name != "weight"]
            self.selectRow([*places, *free, 0][0])

    def select_component(self, identity: int) -> None:
        """Selects the first number of a component, unless one of its is."""
        if identity and (self.number is None or self.number.component != identity):
            places = [row for row, line in enumerate(self.rows.lines) if line.number.component == identity]
            if places:
                self.selectRow(places[0])

    @property
    def number(self) -> Number | None:
        """The number that is selected."""
        row = self.currentIndex().row()
        return self.rows.lines[row].number if 0 <= row < len(self.rows.lines) else None

    def text(self) -> str:
        """The list as it is copied."""
        return self.rows.text()
