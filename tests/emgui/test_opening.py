"""Opening data: what comes into the document, what is asked, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.roles import Roles
from core.samples import THREE_COMPONENTS, list_samples
from core.table import Dialect
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.generate import GenerateDialog
from emgui.dialogs.roles import VALUE
from emgui.dialogs.words import in_window_words
from emgui.document import Busy, Document
from emgui.opening import Opener
from emgui.recent import MOST_RECENT, recent_files, remember
from emgui.run import Run

TWO_COLUMNS = "height,weight\n" + "".join(f"{150 + i},{50 + i % 7}.5\n" for i in range(40))


@pytest.fixture
def opener(qtbot: QtBot) -> Iterator[Opener]:
    """An opener with an empty document."""
    made = Opener(Document())
    yield made
    made.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file and tells where it is."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def wait_opened(qtbot: QtBot, opener: Opener, start: Callable[[], Any]) -> None:
    with qtbot.waitSignal(opener.opened, timeout=10_000):
        start()


def failure(qtbot: QtBot, opener: Opener, start: Callable[[], Any]) -> Any:
    with qtbot.waitSignal(opener.failed, timeout=10_000) as caught:
        start()
    return caught.args[0]


def picker(qtbot: QtBot, opener: Opener) -> ColumnPicker:
    qtbot.waitUntil(lambda: isinstance(opener.dialog, ColumnPicker), timeout=10_000)
    dialog = opener.dialog
    assert isinstance(dialog, ColumnPicker)
    return dialog


def test_a_file_with_one_column_of_numbers_opens_without_a_question(qtbot: QtBot, opener: Opener, write: Any) -> None:
    notes: list[str] = []
    opener.noted.connect(notes.append)
    wait_opened(qtbot, opener, lambda: opener.open_path(write("one.csv", "x,name\n1,a\nNA,b\n3,c\n")))
    assert opener.document.column == "x"
    assert opener.document.busy is None
    assert opener.dialog is None
    assert notes == ["2 rows of x loaded, 1 left out."]


def test_rows_with_count_0_are_said_to_be_there(qtbot: QtBot, opener: Opener, write: Any) -> None:
    opener.open_path(write("counted.csv", "x,n\n1,2\n2,0\n3,5\nNA,1\nNA,0\n4,1\n"))
    dialog = picker(qtbot, opener)
    assert dialog.table is not None
    notes: list[str] = []
    opener.noted.connect(notes.append)
    wait_opened(qtbot, opener, lambda: opener.take(dialog.table, Roles(("x",), counts="n", where="x is null or x > 1")))
    dialog.reject()
    assert notes == ["2 rows of x loaded, 1 left out, 2 with count 0."]


def test_reading_shows_as_work_until_it_is_done(qtbot: QtBot, opener: Opener, faithful: Path) -> None:
    opener.open_path(faithful, column="waiting")
    assert opener.document.busy == Busy("Reading faithful.csv …")
    qtbot.waitUntil(lambda: opener.document.data is not None, timeout=10_000)
    assert opener.document.busy is None


def test_a_file_with_several_columns_asks_which(qtbot: QtBot, opener: Opener, write: Any) -> None:
    opener.open_path(write("two.csv", TWO_COLUMNS))
    dialog = picker(qtbot, opener)
    assert opener.document.data is None
    dialog.list.choose("weight")
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.column == "weight"
    assert opener.dialog is None


def test_cancelling_the_question_opens_nothing(qtbot: QtBot, opener: Opener, write: Any) -> None:
    opener.open_path(write("two.csv", TWO_COLUMNS))
    picker(qtbot, opener).reject()
    assert opener.document.data is None
    assert opener.dialog is None
    assert recent_files() == ()


def test_a_named_column_is_not_asked_for(qtbot: QtBot, opener: Opener, write: Any) -> None:
    wait_opened(qtbot, opener, lambda: opener.open_path(write("two.csv", TWO_COLUMNS), column="height"))
    assert opener.document.column == "height"


def test_a_file_without_numbers_says_why_and_what_to_do(qtbot: QtBot, opener: Opener, write: Any) -> None:
    message = failure(qtbot, opener, lambda: opener.open_path(write("people.csv", "name\nalice\nbob\n")))
    assert message.title == "people.csv has no column of numbers"
    assert message.text.startswith("Its one column, “name”, holds words: row 1 is “alice”, row 2 is “bob”. A column")
    assert message.actions == (("open", "Open another file…"), ("how", "Show the first rows"))
    assert opener.document.message == message
    opener.choose_how()
    dialog = picker(qtbot, opener)
    assert dialog.view.rows.item(1, 1).text().strip() == "alice"  # type: ignore[union-attr]
    assert not dialog._open.isEnabled()
    dialog.reject()


def test_a_failed_open_leaves_what_was_loaded(qtbot: QtBot, opener: Opener, faithful: Path, tmp_path: Path) -> None:
    wait_opened(qtbot, opener, lambda: opener.open_path(faithful, column="waiting"))
    table = opener.document.table
    message = failure(qtbot, opener, lambda: opener.open_path(tmp_path / "nowhere.csv"))
    assert "there is no such file" in message.text
    assert opener.document.table is table
    assert [recent.path for recent in recent_files()] == [faithful]


def test_a_wrong_column_lists_the_columns_there_are(qtbot: QtBot, opener: Opener, write: Any) -> None:
    message = failure(qtbot, opener, lambda: opener.open_path(write("two.csv", TWO_COLUMNS), column="age"))
    assert "has no column “age”; its columns are: height, weight" in message.text


def test_a_comma_of_two_meanings_can_be_settled_in_the_window(qtbot: QtBot, opener: Opener, write: Any) -> None:
    path = write("commas.csv", "x\n1,234\n2,345\n3,456\n")
    message = failure(qtbot, opener, lambda: opener.open_path(path))
    assert "--" not in message.text
    assert ("how", "Choose how to read it…") in message.actions
    opener.choose_how()
    dialog = picker(qtbot, opener)
    assert dialog.given == {}
    dialog.read_again(Dialect(delimiter="", decimal=","))
    qtbot.waitUntil(lambda: dialog.given == {VALUE: "x"}, timeout=5000)
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.data is not None
    assert opener.document.data.column.tolist() == [1.234, 2.345, 3.456]


def test_markup_in_names_stays_text(qtbot: QtBot, opener: Opener, write: Any) -> None:
    opener.open_path(write("html.csv", "<b>a</b>,b & c\n1,2\n3,4\n"))
    dialog = picker(qtbot, opener)
    dialog.list.choose("b & c")
    assert dialog._open.text() == "Open b && c"
    dialog.reject()


def test_runs_that_were_not_exported_are_asked_about_once(qtbot: QtBot, faithful: Path) -> None:
    asked: list[bool] = []

    def ask() -> bool:
        asked.append(True)
        return False

    opener = Opener(Document(), ask)
    opener.document.runs.append(Run(None, opener.document.options, "start"))  # type: ignore[arg-type]
    opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    qtbot.wait(20)
    assert asked == [True]
    assert opener.document.data is None
    opener.close()


def test_cancel_leaves_the_document_and_says_so(qtbot: QtBot, opener: Opener, faithful: Path) -> None:
    with qtbot.waitSignal(opener.noted, timeout=10_000) as noted:
        opener.open_path(faithful, column="waiting")
        opener.cancel()
    assert noted.args == ["Cancelled; nothing was opened."]
    assert opener.document.data is None
    assert opener.document.busy is None


def test_a_second_open_overtakes_the_first(qtbot: QtBot, opener: Opener, faithful: Path, write: Any) -> None:
    seen: list[Any] = []
    opener.opened.connect(seen.append)
    opener.open_path(faithful, column="waiting")
    wait_opened(qtbot, opener, lambda: opener.open_path(write("b.csv", "x\n1\n2\n")))
    qtbot.wait(50)
    assert [table.source for table in seen] == ["b.csv"]


@pytest.mark.parametrize("sample", list_samples(), ids=lambda sample: sample.id)
def test_a_sample_opens_as_it_is_meant_to_be_tried(qtbot: QtBot, opener: Opener, sample: Any) -> None:
    wait_opened(qtbot, opener, lambda: opener.open_sample(sample))
    document = opener.document
    assert document.column == sample.column
    assert document.unit == sample.unit
    assert document.options.n_components == sample.n_components
    assert (document.truth is not None) == (sample.id == "three_components")
    assert recent_files() == ()


def test_drawn_rows_bring_their_truth(qtbot: QtBot, opener: Opener) -> None:
    opener.generate()
    dialog = opener.dialog
    assert isinstance(dialog, GenerateDialog)
    wait_opened(qtbot, opener, dialog.accept)
    document = opener.document
    assert document.data is not None
    assert document.truth is not None
    assert len(document.data) == THREE_COMPONENTS.n_samples
    np.testing.assert_allclose(document.truth.parameters["mean"], THREE_COMPONENTS.means)
    assert document.options.n_components == 3


def test_another_column_of_an_open_table_can_be_chosen(qtbot: QtBot, opener: Opener, write: Any) -> None:
    wait_opened(qtbot, opener, lambda: opener.open_path(write("two.csv", TWO_COLUMNS), column="height"))
    assert opener.document.table is not None
    opener.choose_column(opener.document.table)
    dialog = picker(qtbot, opener)
    assert dialog.given == {VALUE: "height"}
    dialog.list.choose("weight")
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.column == "weight"


def test_another_column_keeps_what_the_others_are_for(qtbot: QtBot, opener: Opener, write: Any) -> None:
    path = write("counted.csv", "x,y,n\n" + "".join(f"{i % 7}.5,{i},{i % 3 + 1}\n" for i in range(20)))
    opener.open_path(path)
    dialog = picker(qtbot, opener)
    assert dialog.given == {VALUE: "x", "counts": "n"}
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.table is not None
    table = opener.document.table
    wait_opened(qtbot, opener, lambda: opener.take_column(table, "y"))
    assert opener.document.data is not None
    assert (opener.document.data.columns, opener.document.data.roles.counts) == (("y",), "n")
    assert opener.document.data.n_samples == sum(i % 3 + 1 for i in range(20))


def test_the_dialog_of_an_open_table_shows_the_roles_in_effect(qtbot: QtBot, opener: Opener, write: Any) -> None:
    path = write("counted.csv", "x,y,n\n" + "".join(f"{i % 7}.5,{i},{i % 3 + 1}\n" for i in range(20)))
    opener.open_path(path)
    dialog = picker(qtbot, opener)
    dialog.give("n", "weights")
    dialog.give("y", VALUE)
    dialog.rows.unit.setText("mm")
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.unit == "mm"
    assert opener.document.table is not None
    opener.choose_column(opener.document.table)
    qtbot.waitUntil(lambda: isinstance(opener.dialog, ColumnPicker) and opener.dialog is not dialog, timeout=10_000)
    again = picker(qtbot, opener)
    assert again.given == {VALUE: "y", "weights": "n"}
    assert again.rows.unit.text() == "mm"
    again.reject()


def test_the_file_dialog_begins_where_the_last_one_ended(qtbot: QtBot, opener: Opener, write: Any) -> None:
    path = write("one.csv", "x\n1\n2\n")
    wait_opened(qtbot, opener, lambda: opener.open_path(path))
    opener.choose_file()
    assert isinstance(opener.dialog, QFileDialog)
    assert Path(opener.dialog.directory().absolutePath()) == path.parent
    assert "*.csv" in opener.dialog.nameFilters()[0]


def test_recent_files_are_few_the_latest_first_and_still_there(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(MOST_RECENT + 3)]
    for path in paths:
        path.touch()
        remember(path)
    remember(paths[5])
    paths[-1].unlink()
    listed = recent_files()
    assert listed[0].path == paths[5]
    assert listed[0].when == "today"
    assert len(listed) == MOST_RECENT - 1
    assert paths[-1] not in [recent.path for recent in listed]


def test_the_home_folder_is_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "data").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "data" / "b.csv"):
        path.touch()
        remember(path)
    assert [recent.folder for recent in recent_files()] == [str(Path("~") / "data"), "~"]


@pytest.mark.parametrize("stored", ["", "no list", "[1, 2]", '[["only a path"]]', '{"a": 1}', '[["a\\u0000b", "now"]]'])
def test_settings_spoilt_by_hand_are_passed_over(stored: str) -> None:
    QSettings().setValue("recent/files", stored)
    assert recent_files() == ()


def test_sentences_name_fields_in_place_of_options() -> None:
    said = in_window_words("It may be two cells; say --decimal , or --delimiter , to choose.")
    assert said == "It may be two cells; set Decimal to comma or Separator to comma to choose."
    assert in_window_words("say --header 3, and if") == "set Names in row to 3, and if"
    assert in_window_words("--counts and --weights may not be combined.") == (
        "“Count” and “Weight” may not be combined."
    )
    assert in_window_words("--truncate needs a lower end below the upper one, such as --truncate=50:90.") == (
        "“Recorded from … to” needs a lower end below the upper one."
    )
    assert in_window_words("say --encoding utf-16-le to read it so.") == "set Encoding to utf-16-le to read it so."


def test_pasted_cells_open_like_a_file(qtbot: QtBot, opener: Opener) -> None:
    opener.paste("time\tn\n" + "".join(f"{i % 5}.5\t{1 + i % 3}\n" for i in range(20)))
    dialog = picker(qtbot, opener)
    assert dialog.windowTitle() == "Open clipboard"
    assert dialog.given == {VALUE: "time", "counts": "n"}
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.data is not None
    assert opener.document.data.n_samples == sum(1 + i % 3 for i in range(20))
    assert recent_files() == ()
    assert opener.document.table is not None
    opener.choose_column(opener.document.table)
    again = picker(qtbot, opener)
    qtbot.waitUntil(again.dialect_row.isVisible, timeout=5000)  # what was pasted can be read in another way, too
    again.reject()


def test_an_empty_clipboard_says_so(qtbot: QtBot, opener: Opener) -> None:
    with qtbot.waitSignal(opener.noted) as noted:
        opener.paste(" \n")
    assert noted.args == ["There is no text on the clipboard."]


def test_of_several_arrays_in_a_file_the_first_is_shown_and_all_are_offered(
    qtbot: QtBot, opener: Opener, tmp_path: Path
) -> None:
    path = tmp_path / "two.npz"
    np.savez(path, before=np.linspace(0.0, 1.0, 30), after=np.linspace(5.0, 9.0, 50))
    opener.open_path(path)
    dialog = picker(qtbot, opener)
    sheet = dialog.dialect_row.sheet
    assert not sheet.isHidden()
    assert [sheet.itemText(place) for place in range(sheet.count())] == ["before", "after"]
    assert dialog.table is not None
    assert dialog.table.n_rows == 30
    sheet.setCurrentIndex(1)
    sheet.activated.emit(1)
    qtbot.waitUntil(lambda: dialog.table is not None and dialog.table.n_rows == 50, timeout=10_000)
    assert sheet.count() == 2
    wait_opened(qtbot, opener, dialog.accept)
    assert opener.document.data is not None
    assert len(opener.document.data) == 50
