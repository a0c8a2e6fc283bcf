"""The sheet of goodness of fit, driven by mouse and keys: it follows the cursor, and draws sets when it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core import Data
from core.binning import freedman_diaconis, histogram
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.io import read_table
from core.options import FitOptions
from core.samples import list_samples
from emgui import theme
from emgui.document import Document
from emgui.sheets import SHEETS
from emgui.sheets.goodness import GoodnessSheet
from emgui.transport import Transport

Desk = tuple[Document, Transport, GoodnessSheet]
WAIT = 20_000


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    """Old Faithful's waits with a start, and the sheet open."""
    document = Document()
    transport = Transport(document)
    sheet = SHEETS["goodness"].make(document, theme.LIGHT, None)  # type: ignore[arg-type]
    assert isinstance(sheet, GoodnessSheet)
    sample = list_samples()[0]
    data = read_table(sample.path).data(sample.column)
    document.set_data(data, options=FitOptions())
    document.set_histogram(histogram(data, freedman_diaconis(data)))
    qtbot.waitUntil(lambda: document.moment is not None, timeout=WAIT)
    sheet.refresh()
    sheet.show()
    yield document, transport, sheet
    sheet.close()
    sheet.end()
    sheet.deleteLater()
    transport.close()


def has_looked(sheet: GoodnessSheet) -> bool:
    return bool(sheet.members.figures.rows) and not sheet.is_busy


def finished(qtbot: QtBot, desk: Desk) -> GoodnessSheet:
    document, transport, sheet = desk
    transport.finish()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.outcome is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: sheet.start.isEnabled() and has_looked(sheet), timeout=WAIT)
    return sheet


def press(qtbot: QtBot, sheet: GoodnessSheet, place: int) -> None:
    qtbot.mouseClick(sheet.segments.button(place), Qt.MouseButton.LeftButton)


def test_it_follows_the_cursor_and_tests_only_where_a_run_has_ended(qtbot: QtBot, desk: Desk) -> None:
    _, transport, sheet = desk
    qtbot.waitUntil(lambda: has_looked(sheet), timeout=WAIT)
    of_start = sheet.distances.figures.rows
    assert not sheet.start.isEnabled()
    assert "run to the end" in sheet.note.text()
    finished(qtbot, desk)
    assert sheet.distances.figures.rows != of_start
    assert sheet.distances.figures.rows[0][1] == "0.0336"
    transport.back()
    qtbot.waitUntil(lambda: not sheet.start.isEnabled(), timeout=WAIT)


def test_the_buttons_show_each_picture_with_what_its_shades_are(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    said = []
    for place, plot in enumerate((sheet.points, sheet.points, sheet.points, sheet.residuals, sheet.memberships)):
        press(qtbot, sheet, place)
        assert sheet.pictures.currentWidget() is plot
        qtbot.waitUntil(lambda plot=plot: bool(plot.accessibleDescription()), timeout=WAIT)  # type: ignore[misc]
        plot.flush()
        said.append((plot.accessibleDescription(), sheet.key.text()))
    assert len({description for description, _ in said}) == 5
    assert "not fitted again" in said[0][1]
    assert sheet.points.points is not None
    assert not sheet.residual_kind.isVisible()
    press(qtbot, sheet, 3)
    assert sheet.residual_kind.isVisible()
    qtbot.keyClick(sheet.residual_kind, Qt.Key.Key_Down)
    sheet.residuals.flush()
    assert "Anscombe" in sheet.residuals.caption


def test_differences_are_what_is_left_of_the_points_without_the_line(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    sheet.differences.setFocus()
    captions = set()
    for place in range(3):
        press(qtbot, sheet, place)
        sheet.points.flush()
        captions.add(sheet.points.caption)
        qtbot.keyClick(sheet.differences, Qt.Key.Key_Space)
        sheet.points.flush()
        captions.add(sheet.points.caption)
        _, y = sheet.points._dots.getData()
        assert abs(float(y.mean()) - 0.5) < 0.2
        qtbot.keyClick(sheet.differences, Qt.Key.Key_Space)
    assert len(captions) == 6
    press(qtbot, sheet, 4)
    assert not sheet.differences.isVisible()


def test_what_is_zoomed_into_stays_while_sets_come_in(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    sheet.points.box.zoom(0.5)
    seen = sheet.points.box.seen()
    sheet.n_sets.setValue(19)
    qtbot.mouseClick(sheet.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=60_000)
    assert sheet.points.box.seen() == seen


def test_the_arrow_keys_go_from_one_picture_to_the_next(qtbot: QtBot, desk: Desk) -> None:
    _, _, sheet = desk
    sheet.segments.button(0).setFocus()
    qtbot.keyClick(sheet.segments.button(0), Qt.Key.Key_Right)
    assert sheet.segments.place == 1
    assert sheet.segments.button(1).property("lit") == "true"
    assert sheet.segments.button(0).property("lit") == "false"


def test_start_draws_sets_and_gives_p_values_and_a_sentence(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    sheet.n_sets.setValue(40)
    qtbot.mouseClick(sheet.start, Qt.MouseButton.LeftButton)
    assert sheet.is_busy
    assert not sheet.start.isEnabled()
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=60_000)
    assert all(0.0 < float(row[2]) <= 1.0 for row in sheet.distances.figures.rows)
    assert "40 simulated sets refitted" in sheet.note.text()
    assert sheet.words.text().startswith("Nothing here speaks against this model")
    press(qtbot, sheet, 1)
    assert "each fitted again" in sheet.key.text()
    assert sheet.start.isEnabled()


def test_cancel_keeps_what_the_sets_said_until_then(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    sheet.n_sets.setValue(100_000)
    qtbot.mouseClick(sheet.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.distances.figures.rows[0][2] != "–", timeout=WAIT)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=WAIT)
    assert "Cancelled" in sheet.foot_words.text()
    assert sheet.distances.figures.rows[0][2] != "–"
    assert sheet.start.isEnabled()


def test_other_parameters_give_up_the_sets_and_are_looked_at(qtbot: QtBot, desk: Desk) -> None:
    _, transport, sheet = desk
    finished(qtbot, desk)
    sheet.n_sets.setValue(100_000)
    qtbot.mouseClick(sheet.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.distances.figures.rows[0][2] != "–", timeout=WAIT)
    transport.back()
    qtbot.waitUntil(lambda: has_looked(sheet) and sheet.distances.figures.rows[0][2] == "–", timeout=WAIT)
    assert not sheet.start.isEnabled()


def test_a_sheet_that_was_closed_looks_again_when_it_is_opened(qtbot: QtBot, desk: Desk) -> None:
    _, _, sheet = desk
    sheet.close()
    sheet.refresh()
    sheet.show()
    qtbot.waitUntil(lambda: has_looked(sheet), timeout=WAIT)


def test_the_tables_are_copied_as_a_spreadsheet_takes_them(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    qtbot.keyClick(sheet.members, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "component\trows\tposterior\tmissed"
    assert lines[1] == "1\t99\t0.976\t0.016"
    qtbot.mouseClick(sheet.distances.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    qtbot.keyClick(sheet.distances, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("\tdistance\tp\nKolmogorov-Smirnov D\t0.0336\t–")


def test_rows_that_cannot_be_compared_say_why(qtbot: QtBot, desk: Desk) -> None:
    document, _, sheet = desk
    rng = np.random.default_rng(0)
    assert document.data is not None
    whole = Data(rng.poisson(3.0, 300).astype(float), ("n",))
    document.set_data(whole, options=replace(FitOptions(), family="poisson", n_components=1))
    qtbot.waitUntil(lambda: has_looked(sheet), timeout=WAIT)
    assert [row[0] for row in sheet.distances.figures.rows] == ["Chi-square X²", "Likelihood ratio G²"]
    assert sheet.sure_note.text() == "With one component every row belongs to it."
    document.clear()
    qtbot.waitUntil(lambda: not sheet.distances.isVisible(), timeout=WAIT)
    sheet.points.flush()
    assert "Run" in sheet.points.accessibleDescription()


def test_where_no_sets_can_be_simulated_start_is_off_and_says_why(qtbot: QtBot, desk: Desk) -> None:
    document, transport, sheet = desk
    values = np.random.default_rng(0).normal(size=80)
    held = FitOptions(n_components=1, constraints=Constraints((parse("prior", "sd=1:4"),)))
    document.set_data(Data(values, ("x",)), options=held)
    qtbot.waitUntil(lambda: document.moment is not None, timeout=WAIT)
    transport.finish()
    qtbot.waitUntil(lambda: "prior" in sheet.note.text(), timeout=WAIT)
    assert not sheet.start.isEnabled()


def test_all_that_can_be_changed_has_a_name_and_a_theme_changes_everything(qtbot: QtBot, desk: Desk) -> None:
    sheet = finished(qtbot, desk)
    for widget in (sheet.n_sets, sheet.residual_kind, sheet.segments, sheet.distances, sheet.members, sheet.points):
        assert widget.accessibleName()
    light = sheet.grab().toImage().pixelColor(200, 200)
    sheet.restyle(theme.DARK)
    qtbot.waitUntil(lambda: sheet.points.theme is theme.DARK, timeout=WAIT)
    sheet.points.flush()
    assert sheet.grab().toImage().pixelColor(200, 200) != light
