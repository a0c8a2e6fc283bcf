"""Sheets at one and a half times the usual text: nothing is cut off that cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractSpinBox, QApplication
from pytestqt.qtbot import QtBot

from core import FitOptions
from core.families.gaussian import Gaussian
from core.io import read_table
from core.mixture import Mixture
from core.optima import Optimum
from core.optima_map import Map
from emgui import theme
from emgui.document import Document
from emgui.panels.badges import Mark
from emgui.sheets.compare import CompareSheet
from emgui.sheets.explain import ExplainSheet
from emgui.sheets.goodness import GoodnessSheet
from emgui.sheets.optima import OptimaSheet
from emgui.sheets.race import RaceSheet
from emgui.sheets.race_table import LAST
from emgui.sheets.sheet import Sheet
from emgui.sheets.sureness import SurenessSheet
from emgui.sheets.thresholds import ThresholdsSheet
from emgui.sheets.thresholds_model import WHERE

Show = Callable[[type[Sheet]], Sheet]
ONE = Mixture(Gaussian(), np.array([0.4, 0.6]), {"mean": np.array([55.0, 80.0]), "sd": np.array([6.0, 5.5])})


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication, faithful: Path) -> Iterator[Show]:
    """Shows a sheet of Old Faithful's waits, the text half as large again."""
    before = QFont(qapp.font())
    larger = QFont(before)
    larger.setPixelSize(20)
    qapp.setFont(larger)
    theme.apply(qapp, theme.DARK)
    document = Document()
    document.set_data(read_table(faithful).data("waiting"), options=FitOptions())
    made: list[Sheet] = []

    def open_one(kind: type[Sheet]) -> Sheet:
        sheet = kind(document, theme.DARK)
        made.append(sheet)
        sheet.refresh()
        sheet.show()
        qtbot.waitExposed(sheet)
        return sheet

    yield open_one
    for sheet in made:
        sheet.close()
        sheet.end()
        sheet.deleteLater()
    qapp.setFont(before)
    theme.apply(qapp, theme.LIGHT)


def test_the_table_of_distances_is_as_high_as_its_rows_and_none_is_elided(show: Show) -> None:
    sheet = show(GoodnessSheet)
    assert isinstance(sheet, GoodnessSheet)
    table = sheet.distances
    titles = ("Kolmogorov-Smirnov D", "Anderson-Darling A²", "Cramér-von Mises W²")
    table.figures.show_rows([[title, "0.0225", "0.65"] for title in titles])
    table.show()
    QApplication.processEvents()
    last = table.visualRect(table.figures.index(2, 0))
    assert last.bottom() <= table.viewport().height()
    assert max(map(table.fontMetrics().horizontalAdvance, titles)) + theme.px(6) <= table.columnWidth(0)


def test_the_form_of_models_fits_into_its_width(show: Show) -> None:
    sheet = show(CompareSheet)
    assert isinstance(sheet, CompareSheet)
    bar = sheet.form.horizontalScrollBar()
    assert bar.maximum() == 0


@pytest.mark.parametrize(("kind", "column"), [(RaceSheet, LAST), (OptimaSheet, 4), (ThresholdsSheet, WHERE)])
def test_the_last_columns_can_be_scrolled_to(show: Show, kind: type[Sheet], column: int) -> None:
    sheet = show(kind)
    table = sheet.table  # type: ignore[attr-defined]
    sheet.resize(700, 500)
    QApplication.processEvents()
    header, bar = table.horizontalHeader(), table.horizontalScrollBar()
    assert table.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    assert header.length() <= table.viewport().width() + bar.maximum()
    least = {
        RaceSheet: "Converged",
        OptimaSheet: "34 % at 9.7 ± 1.8",
        ThresholdsSheet: "equally likely, beyond all rows",
    }
    assert table.columnWidth(column) > QFontMetrics(theme.font()).horizontalAdvance(least[kind])
    table.resize(3000, 300)
    assert header.length() == table.viewport().width()


def test_counts_and_the_word_stand_clear_in_the_map(show: Show) -> None:
    sheet = show(OptimaSheet)
    assert isinstance(sheet, OptimaSheet)
    optima = [Optimum(-1000.0 - 4.0 * place, ONE, 30, None) for place in range(4)]
    optima += [Optimum(-996.0 - 8.0 * place, ONE, 5, "a spike") for place in range(8)]
    plot = sheet.plot
    plot.show_map(Map(160, 160, 0, tuple(optima), True), None, -1)
    plot.flush()
    plot.schedule()
    plot.flush()

    seen, (dx, dy) = plot.box.seen(), plot.box.per_pixel()

    def place(item: Mark) -> QRectF:
        at = item.pos()
        return item.boundingRect().translated((at.x() - seen.left) / dx, (seen.top - at.y()) / dy)

    inside = QRectF(0, 0, plot.box.width(), plot.box.height())
    shown = [words for words in plot._words if words.isVisible()]
    assert len(shown) == len(optima)
    assert all(place(words).bottom() <= inside.bottom() for words in shown)
    word = place(plot._degenerate)
    assert not any(word.intersects(place(dot).adjusted(6, 6, -6, -6)) for dot in plot._dots[: len(optima)])


def test_number_fields_have_their_digits_at_the_right(show: Show) -> None:
    for kind in (GoodnessSheet, ExplainSheet, ThresholdsSheet, CompareSheet, OptimaSheet, RaceSheet, SurenessSheet):
        for field in show(kind).findChildren(QAbstractSpinBox):
            assert field.alignment() & Qt.AlignmentFlag.AlignRight, f"{kind.__name__}: {field.accessibleName()}"
