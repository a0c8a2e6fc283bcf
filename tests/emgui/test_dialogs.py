"""The dialogs: what they show, and what a keyboard does in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from core.data import Data, LeftOut
from core.errors import InputError
from core.options import FitOptions
from core.roles import Roles
from core.samples import THREE_COMPONENTS
from core.table import Column, Dialect, Table
from emgui import theme
from emgui.dialogs.column_facts import SUBSET, details, sketch
from emgui.dialogs.column_list import ColumnList, about
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.generate import GenerateDialog
from emgui.dialogs.left_out import LeftOutDialog
from emgui.dialogs.log import TAIL_BYTES, LogDialog, tail
from emgui.dialogs.manual import ManualDialog, manual_text
from emgui.dialogs.preview import formatting_of, ticks
from emgui.dialogs.roles import VALUE
from emgui.dialogs.sources import Look, of_file
from emgui.errands import Errands

Show = Callable[[Any], Any]
MEASURES = "".join(f"{i},{100 - i % 13},{i % 3},word {i}\n" for i in range(60))


@pytest.fixture
def errands() -> Iterator[Errands]:
    made = Errands()
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of two measurements, a label and words."""
    made = tmp_path / "many.csv"
    made.write_text("group,height,label,name\n" + MEASURES, encoding="utf-8")
    return made


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Shows dialogs, and closes them after the test."""
    made: list[Any] = []

    def shown(dialog: Any) -> Any:
        made.append(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        return dialog

    yield shown
    for dialog in made:
        dialog.close()
        dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def picker(show: Show, errands: Errands, path: Path) -> ColumnPicker:
    picked = show(ColumnPicker(look(path), errands, of_file(path)))
    assert isinstance(picked, ColumnPicker)
    return picked


def look(path: Path, dialect: Dialect = Dialect()) -> Look:  # noqa: B008
    return of_file(path).look(dialect, lambda fraction: None)


def figure(picker: ColumnPicker, name: str) -> str:
    return picker.view._figures[name].text()


def test_the_first_measurement_is_suggested_and_neither_numberings_nor_labels_are(
    qtbot: QtBot, picker: ColumnPicker
) -> None:
    assert picker.given == {VALUE: "height"}
    assert picker._open.text() == "Open height"
    assert picker.windowTitle() == "Open many.csv"
    assert picker._count.text() == "3 of 4 columns are numbers"
    listed = {c.name: about(c, picker.list.columns.sketches.get(c.name)) for c in picker.list.columns.columns}
    assert listed["group"] == ("0 to 59", "60 whole numbers")
    assert listed["label"] == ("0 to 2", "60 whole numbers")
    assert listed["name"][0].startswith("words: row 1 is “word 0”")


def test_arrow_keys_move_and_the_figures_follow(qtbot: QtBot, picker: ColumnPicker) -> None:
    QTest.keyClick(picker.list, Qt.Key.Key_Up)
    assert picker.given == {VALUE: "group"}
    QTest.keyClick(picker.list, Qt.Key.Key_Down)
    assert picker.given == {VALUE: "height"}
    qtbot.waitUntil(lambda: figure(picker, "Mean") == "94.33", timeout=5000)
    assert (figure(picker, "Rows"), figure(picker, "Left out"), figure(picker, "Different values")) == ("60", "0", "13")


def test_a_column_of_words_cannot_be_chosen(picker: ColumnPicker) -> None:
    for _ in range(6):
        QTest.keyClick(picker.list, Qt.Key.Key_Down)
    assert picker.given == {VALUE: "label"}
    picker.list.choose("name")
    assert picker.given == {VALUE: "group"}


def test_enter_opens_and_esc_cancels(show: Show, errands: Errands, path: Path) -> None:
    seen = look(path)
    picked: list[tuple[Table, Roles, str]] = []
    for key, result in (
        (Qt.Key.Key_Return, QDialog.DialogCode.Accepted),
        (Qt.Key.Key_Escape, QDialog.DialogCode.Rejected),
    ):
        dialog = ColumnPicker(seen, errands, of_file(path), roles=Roles(("height",)), unit="cm")
        dialog.picked.connect(lambda table, roles, unit: picked.append((table, roles, unit)))
        dialog.show()
        QTest.keyClick(dialog.list, key)
        assert dialog.result() == result.value
        dialog.deleteLater()
    assert picked == [(seen.table, Roles(("height",)), "cm")]


def test_another_separator_reads_the_file_again(qtbot: QtBot, picker: ColumnPicker) -> None:
    separator = next(box for box in picker.findChildren(QComboBox) if box.accessibleName() == "Separator")
    assert separator.currentText() == "comma"
    separator.setCurrentIndex(separator.findText("semicolon"))
    separator.activated.emit(separator.currentIndex())
    assert not picker._open.isEnabled()
    qtbot.waitUntil(lambda: picker._count.text() == "0 of 1 columns are numbers", timeout=5000)
    assert not picker._open.isEnabled()


def test_names_in_no_row_make_the_first_row_data(qtbot: QtBot, show: Show, errands: Errands, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("5,6\n" * 30, encoding="utf-8")
    dialog = show(ColumnPicker(look(path, Dialect(header=1)), errands, of_file(path)))
    assert dialog.table.n_rows == 29
    next(iter(dialog.findChildren(QSpinBox))).setValue(0)
    qtbot.waitUntil(lambda: dialog.table is not None and dialog.table.n_rows == 30, timeout=5000)
    assert dialog.given == {VALUE: "column 1"}


def test_a_way_of_reading_that_fails_says_why_and_keeps_the_fields(qtbot: QtBot, picker: ColumnPicker) -> None:
    picker.read_again(Dialect(header=999))
    qtbot.waitUntil(lambda: picker._problem.isVisible(), timeout=5000)
    assert picker._problem.text()
    assert picker.table is None
    assert not picker._open.isEnabled()
    picker.read_again(Dialect())
    qtbot.waitUntil(lambda: picker.table is not None, timeout=5000)
    assert not picker._problem.isVisible()
    assert picker._open.isEnabled()


def test_a_sketch_looks_at_a_few_rows_and_knows_the_range_of_all() -> None:
    values = np.zeros(50 * SUBSET)
    values[7] = -3.0
    values[11] = 9.0
    made = sketch(Column("x", values))
    assert (made.low, made.high) == (-3.0, 9.0)
    assert made.bars.max() == 1.0


@pytest.mark.parametrize(
    "values",
    [[1.0], [2.0, 2.0], [np.nan, np.nan], [-1.7e308, 1.7e308, 0.0], [5e-324, 0.0], [np.nan, 1.0, 2.0]],
    ids=["one", "equal", "none", "huge", "tiny", "gaps"],
)
def test_any_column_can_be_sketched_and_painted(show: Show, values: list[float]) -> None:
    column = Column("x", np.array(values))
    made = sketch(column)
    assert np.isfinite(made.bars).all()
    view = show(ColumnList())
    view.columns.set_columns((column,), {"x": made})
    view.grab()


def test_details_count_every_row() -> None:
    values = np.array([1.0, np.nan, 2.0, 2.0, 4.0])
    column = Column("x", values, n_left_out=1, left_out=(LeftOut(2, "x", "missing", ""),))
    found = details(Table("a", "", "", 5, (column,)), "x")
    assert (found.n_rows, found.n_left_out, found.mean, found.n_different) == (4, 1, 2.25, 3)
    assert found.histogram.counts.sum() == 4


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 5.08, ["0", "1", "2", "3", "4", "5"]),
        (-0.31, 0.3, ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]),
        (1e9, 1e9 + 4, [f"100000000{i}" for i in range(5)]),
        (0.0, 3e-9, ["0", "5e−10", "1e−9", "1.5e−9", "2e−9", "2.5e−9", "3e−9"]),
    ],
)
def test_ticks_are_round_and_told_apart(low: float, high: float, texts: list[str]) -> None:
    assert formatting_of(ticks(low, high, 7)) == texts


def test_generating_shows_the_mixture_and_scales_its_weights(show: Show) -> None:
    dialog = show(GenerateDialog())
    assert dialog.recipe().means == THREE_COMPONENTS.means
    for row, weight in enumerate(("1", "2", "1")):
        assert dialog.model.setData(dialog.model.index(row, 0), weight)
    assert dialog.recipe().weights == (0.25, 0.5, 0.25)
    assert dialog._note.text() == "The weights add up to 4; they are scaled to 1."


def test_from_one_to_ten_components_can_be_generated(show: Show) -> None:
    dialog = show(GenerateDialog())
    while dialog.add.isEnabled():
        dialog.add.click()
    assert dialog.model.rowCount() == 10
    while dialog.remove.isEnabled():
        dialog.remove.click()
    assert dialog.model.rowCount() == 1
    assert dialog.recipe().weights == (1.0,)


WRONG = [(0, "0"), (0, "-1"), (2, "0"), (2, "1e-320"), (1, "1e308"), (1, "inf")]


@pytest.mark.parametrize(("column", "text"), WRONG)
def test_no_rows_are_drawn_from_what_is_no_mixture(show: Show, column: int, text: str) -> None:
    dialog = show(GenerateDialog())
    dialog.model.setData(dialog.model.index(0, column), text)
    if text not in ("1e-320", "1e308"):
        with pytest.raises(InputError):
            dialog.recipe()
    assert not dialog._draw.isEnabled()
    dialog.grab()


def test_words_are_no_numbers_of_a_mixture(show: Show) -> None:
    dialog = show(GenerateDialog())
    assert not dialog.model.setData(dialog.model.index(0, 1), "abc")
    assert dialog.recipe() == THREE_COMPONENTS


def left_out_data(n: int) -> Data:
    cells = tuple(LeftOut(3 * i + 1, "waiting", "not a number", "<b>x</b>\n") for i in range(min(n, 100)))
    return Data(np.arange(500.0), ("waiting",), n_left_out=n, left_out=cells)


def test_rows_left_out_are_listed_counted_and_copied(show: Show) -> None:
    dialog = show(LeftOutDialog(left_out_data(137)))
    assert dialog.table.rowCount() == 100
    assert dialog.more.text() == "… and 37 more"
    dialog.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] == ["row\tcolumn\treason\ttext", "1\twaiting\tnot a number\t<b>x</b>"]
    assert lines[-1] == "… and 37 more"


def test_a_list_that_is_whole_has_no_more(show: Show) -> None:
    dialog = show(LeftOutDialog(left_out_data(2)))
    assert not dialog.more.isVisible()
    assert dialog.text().count("\n") == 3


def test_the_manual_lists_every_option_and_finds_words(show: Show) -> None:
    text = manual_text()
    assert "{{" not in text
    for name in ("components", "max-iterations", "tolerance", "stop-on"):
        assert f"`--{name}`" in text
    assert str(FitOptions().max_iterations // 1000) + ",000" in text
    dialog = show(ManualDialog())
    headings = [dialog.contents.item(row).text() for row in range(dialog.contents.count())]
    assert headings == [line[3:] for line in text.splitlines() if line.startswith("## ")]
    dialog.search.setText("responsibilities")
    assert dialog.text.textCursor().selectedText().lower() == "responsibilities"
    first = dialog.text.textCursor().position()
    dialog.find_next()
    assert dialog.text.textCursor().position() > first
    dialog.contents.setCurrentRow(5)
    assert dialog.text.verticalScrollBar().value() > 0


def test_the_log_shows_its_end(show: Show, tmp_path: Path) -> None:
    path = tmp_path / "emgui.log"
    assert tail(path) == "Nothing has been written down yet."
    path.write_text("first line\n" + "a line of the log\n" * TAIL_BYTES + "last line\n", encoding="utf-8")
    text = tail(path)
    assert text.startswith("…\na line")
    assert text.endswith("last line\n")
    assert len(text) < TAIL_BYTES + 10
    dialog = show(LogDialog(path=path))
    assert dialog.view.toPlainText() == text


DIALOGS: dict[str, Callable[[], QDialog]] = {
    "generate": GenerateDialog,
    "left out": lambda: LeftOutDialog(left_out_data(3)),
    "manual": ManualDialog,
    "log": lambda: LogDialog(path=Path("nowhere.log")),
}


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=lambda look: look.name)
def test_every_field_has_a_name_for_a_screen_reader(show: Show, qapp: Any, name: str, look: theme.Theme) -> None:
    theme.apply(qapp, look)
    dialog = show(DIALOGS[name]())
    fields = [w for w in dialog.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    assert fields
    for widget in fields:
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    assert not dialog.grab().isNull()
    theme.apply(qapp, theme.LIGHT)


def test_the_column_picker_names_its_fields_too(picker: ColumnPicker) -> None:
    names = [box.accessibleName() for box in picker.findChildren(QComboBox)]
    assert names == ["Transform", "Labelled rows", "Groups", "Sheet", "Separator", "Decimal", "Encoding"]
    fields = [w for w in picker.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    assert [w for w in fields if not (w.accessibleName() or getattr(w, "text", str)())] == []
    assert picker.list.accessibleName() == "Columns and their roles"
    assert picker.view.plot.accessibleName()
