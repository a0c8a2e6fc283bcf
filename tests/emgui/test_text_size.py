"""The look follows the size of the system's font."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from core import FitOptions
from core.io import read_table
from emgui import theme
from emgui.document import Message
from emgui.elided import Elided
from emgui.window import Window

SIZES = {1.0: 13, 1.5: 20, 2.0: 26}
"""Scale → size of the application's font, px."""
LONG = "The likelihood has no upper bound there. Use another start, more restarts, tied sds or a floor under the sd."


@pytest.fixture
def usual(qapp: QApplication) -> Iterator[QFont]:
    """The application's font, put back afterwards."""
    before = QFont(qapp.font())
    yield before
    qapp.setFont(before)
    theme.apply(qapp, theme.LIGHT)


@pytest.fixture(params=SIZES)
def window(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, usual: QFont, faithful: Path
) -> Iterator[Window]:
    """A finished run of Old Faithful at 1280 by 800 px, at each scale."""
    font = QFont(usual)
    font.setPixelSize(SIZES[request.param])
    qapp.setFont(font)
    made = Window()
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    made.document.set_data(read_table(faithful).data("waiting"), unit="min", options=FitOptions())
    qtbot.waitUntil(lambda: made.document.moment is not None, timeout=10_000)
    made.transport.finish()
    qtbot.waitUntil(lambda: bool(made.document.runs) and made.document.runs[0].has_ended, timeout=10_000)
    qtbot.waitUntil(lambda: made.results.parameters.rows.has_errors, timeout=10_000)
    actions = (("tie", "Tie the sds"), ("floor", "Add a floor under the sd"), ("new_seed", "Start with another seed"))
    made.document.say(Message("warning", "A component has collapsed onto a value of many rows", LONG, actions))
    qtbot.waitUntil(lambda: made.message.height() >= made.message.sizeHint().height())
    yield made
    made.document.runs[0].saved = True
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("size", "scale"), [(12.0, 1.0), (13.0, 1.0), (14.67, 1.0), (18.0, 18 / 13), (26.0, 2.0), (60.0, 2.0), (6.0, 0.8)]
)
def test_sizes_that_systems_come_with_are_the_usual_one_and_others_count(size: float, scale: float) -> None:
    assert theme.scale_for(size) == pytest.approx(scale)


def test_at_the_usual_size_nothing_is_changed(usual: QFont) -> None:
    assert theme.scale() == 1.0
    assert [theme.px(length) for length in range(200)] == list(range(200))
    assert theme.room(344) == 344
    sheet = theme.style_sheet(theme.LIGHT)
    assert "QLineEdit { padding: 4px 6px; }" in sheet
    assert "QLineEdit:focus { border: 2px solid #5A54D6; padding: 3px 5px; }" in sheet


@pytest.mark.parametrize("size", range(10, 27))
def test_a_field_that_takes_the_focus_does_not_move_its_text(qapp: QApplication, usual: QFont, size: int) -> None:
    font = QFont(usual)
    font.setPixelSize(size)
    qapp.setFont(font)
    for length in (4, 6, 8, 12):
        assert theme.px(length) + theme.px(1) == theme.px(length) - 1 + theme.px(2)
    assert "$" not in theme.style_sheet(theme.DARK)


def cut_off(window: Window) -> list[str]:
    """Labels, buttons and fields that are seen and are narrower or lower than their text."""
    cut = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, Elided):
            continue
        metrics = QFontMetrics(widget.font())
        if isinstance(widget, (QLineEdit, QComboBox)) and widget.height() < metrics.height():
            cut.append(f"{type(widget).__name__} {widget.accessibleName()}")
        is_label = isinstance(widget, QLabel) and bool(widget.text()) and not widget.wordWrap()
        icon_only = isinstance(widget, QAbstractButton) and not widget.text()
        if is_label or (isinstance(widget, QAbstractButton) and not icon_only):
            text = widget.text().replace("&", "")  # type: ignore[attr-defined]
            style = getattr(widget, "toolButtonStyle", lambda: None)()
            wide = 0 if style is Qt.ToolButtonStyle.ToolButtonIconOnly else metrics.horizontalAdvance(text)
            if widget.width() < wide or widget.height() < metrics.ascent():
                cut.append(f"{type(widget).__name__} {text}: {widget.size()} for {wide}")
        wraps = isinstance(widget, QLabel) and widget.wordWrap() and bool(widget.text())
        if wraps and widget.height() < widget.heightForWidth(widget.width()):
            cut.append(f"{widget.text()}: {widget.height()}")  # type: ignore[attr-defined]
    return cut


def out_of_reach(window: Window) -> list[str]:
    """Controls that lie neither within the window nor within an area that scrolls."""
    lost = []
    for widget in window.findChildren(QWidget):
        if not (widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus):
            continue
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        inside = area.widget() if isinstance(area, QScrollArea) else window
        assert inside is not None
        place = QRect(widget.mapTo(inside, QPoint()), widget.size())
        if not inside.rect().contains(place):
            lost.append(f"{type(widget).__name__} {widget.accessibleName()} {place}")
    return lost


def assert_numbers_fit(window: Window) -> None:
    table = window.results.parameters
    metrics = QFontMetrics(theme.font())
    small = QFontMetrics(theme.font(theme.CAPTION))
    assert table.width() <= window.results.viewport().width()
    for row in range(2):
        assert table.rowHeight(row) >= metrics.height() + small.height()
        for column in range(1, 4):
            index = table.rows.index(row, column)
            width = table.columnWidth(column)
            assert metrics.horizontalAdvance(str(index.data())) <= width - theme.px(8)
            assert small.horizontalAdvance(table.rows.note_text(index)) <= width - theme.px(8)


def test_at_every_size_nothing_is_cut_off_and_all_can_be_reached(window: Window) -> None:
    assert not cut_off(window)
    assert not out_of_reach(window)
    assert (window.width(), window.height()) == (1280, 800)
    assert_numbers_fit(window)
    for name, least in (("histogram", 100), ("posterior", theme.px(26)), ("timeline", 45)):
        assert window.centre.panels[name].box.height() >= least
    runs = window.results.runs
    two_lines = QFontMetrics(theme.font()).height() + QFontMetrics(theme.font(theme.CAPTION)).height()
    assert runs.visualRect(runs.rows.index(0)).height() >= two_lines
