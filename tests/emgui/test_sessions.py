"""Sessions in the window: saved, closed, opened, and the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgui import recent
from emgui.asking import Answer
from emgui.window import Window


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[Callable[[], Window]]:
    """Makes windows, and closes them."""
    made: list[Window] = []

    def make() -> Window:
        window = Window()
        window.show()
        qtbot.waitExposed(window)
        made.append(window)
        return window

    yield make
    for window in made:
        forgotten(window).close()
        window.deleteLater()
    QApplication.processEvents()


def ready(qtbot: QtBot, window: Window) -> None:
    document = window.document
    qtbot.waitUntil(lambda: document.moment is not None and document.histogram is not None, timeout=10_000)


def loaded(qtbot: QtBot, window: Window, path: Path) -> Window:
    window.opener.open_path(path, column="waiting")
    ready(qtbot, window)
    return window


def ran(qtbot: QtBot, window: Window) -> None:
    window.transport.run()
    qtbot.waitUntil(lambda: not window.document.playing, timeout=20_000)


def saved(qtbot: QtBot, window: Window, path: Path) -> Path:
    with qtbot.waitSignal(window.sessions.noted, timeout=20_000):
        window.sessions.write(path)
    assert path.exists()
    return path


def opened(qtbot: QtBot, window: Window, path: Path) -> Window:
    with qtbot.waitSignal(window.sessions.noted, timeout=20_000):
        window.opener.open_path(path)
    ready(qtbot, window)
    return window


def forgotten(window: Window) -> Window:
    """The window, as one that may lose its runs."""
    for run in window.document.runs:
        run.saved = True
    return window


def table_of(window: Window) -> list[list[str]]:
    model = window.results.parameters.rows
    return [[str(model.index(r, c).data()) for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_a_session_opens_to_the_same_picture_and_the_same_numbers(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    ran(qtbot, window)
    window.transport.go_to(9)
    window.document.set_unit("min")
    ran(qtbot, window)
    window.transport.go_to(12)
    window.document.select(2)
    window.change_view(density=True)
    window.show_panel("posterior", False)
    window.zoom(0.5)
    path = saved(qtbot, window, tmp_path / "two runs.emgui")
    assert window.windowTitle() == "two runs.emgui – emgui"

    other = opened(qtbot, windows(), path)
    ours, theirs = window.document, other.document
    assert theirs.position == ours.position == 12
    assert theirs.selected == 2
    assert theirs.view == ours.view
    assert theirs.axis == "waiting (min)"
    assert [run.describe() for run in theirs.runs] == [run.describe() for run in ours.runs]
    assert theirs.current is theirs.runs[1]
    assert not other.menus.panels["posterior"].isChecked()
    assert not theirs.has_unsaved_runs
    ranges = [one.centre.histogram.box.viewRange()[0] for one in (window, other)]
    assert ranges[0] == pytest.approx(ranges[1])
    other.resize(window.size())  # it was made small enough for the screen, which is a small one here
    qtbot.waitUntil(lambda: table_of(other) == table_of(window))
    for mine, again in zip(ours.runs, theirs.runs, strict=True):
        for name in ("log_likelihood", "bound_after_m", "seconds"):
            assert mine.history.scalar(name).tobytes() == again.history.scalar(name).tobytes()
    assert other.windowTitle() == "two runs.emgui – emgui"


def test_a_run_that_was_paused_goes_on_to_the_same_numbers(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    window.transport.go_to(9)
    qtbot.waitUntil(lambda: window.document.position == 9)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    window.transport.go_to(29)
    qtbot.waitUntil(lambda: window.document.position == 29)
    straight = window.document.moment
    opened(qtbot, forgotten(window), path)
    assert window.document.position == 9
    window.transport.go_to(29)
    qtbot.waitUntil(lambda: window.document.position == 29)
    again = window.document.moment
    assert straight is not None
    assert again is not None
    assert again is not straight
    assert again.log_likelihood == straight.log_likelihood
    assert np.array_equal(again.mixture.parameters["mean"], straight.mixture.parameters["mean"])


def test_the_title_says_that_a_session_has_changed(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    ran(qtbot, window)
    assert window.windowTitle().startswith("*faithful.csv")
    saved(qtbot, window, tmp_path / "a.emgui")
    assert window.windowTitle() == "a.emgui – emgui"
    window.change_components(1)
    assert window.windowTitle() == "*a.emgui – emgui"


def test_a_start_without_a_run_is_a_session_too(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    path = saved(qtbot, window, tmp_path / "start.emgui")
    window.document.clear()
    opened(qtbot, window, path)
    assert window.document.runs == []
    assert window.document.position == 0
    ran(qtbot, window)
    assert "onverged" in window.status.sentence.full_text


def test_a_session_that_is_opened_is_among_the_recent_files(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    assert recent.recent_files()[0].path == path


def test_closing_with_runs_offers_to_save_the_session_and_closes_after_it(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = loaded(qtbot, windows(), faithful)
    ran(qtbot, window)
    window.sessions.path = tmp_path / "a.emgui"
    asked: list[int] = []

    def answer(n: int, parent: object) -> Answer:
        asked.append(n)
        return Answer.SAVE

    monkeypatch.setattr("emgui.window.ask_about_runs", answer)
    with qtbot.waitSignal(window.closed, timeout=20_000):
        window.close()
    assert asked == [1]
    assert (tmp_path / "a.emgui").exists()


def test_opening_a_session_asks_about_unsaved_runs(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = loaded(qtbot, windows(), faithful)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    ran(qtbot, window)
    asked: list[int] = []
    monkeypatch.setattr("emgui.window.ask_about_runs", lambda n, parent: asked.append(n) or Answer.KEEP)
    window.opener.open_path(path)
    qtbot.waitUntil(lambda: asked == [1], timeout=10_000)
    assert len(window.document.runs) == 1


def test_a_file_that_is_no_session_is_refused_in_words(
    qtbot: QtBot, windows: Callable[[], Window], tmp_path: Path
) -> None:
    window = windows()
    bad = tmp_path / "bad.emgui"
    bad.write_bytes(b"PK\x03\x04 nothing")
    window.sessions.open(bad)
    qtbot.waitUntil(lambda: window.document.message is not None, timeout=10_000)
    assert window.document.message is not None
    assert window.document.message.title == "bad.emgui could not be opened"
    assert "no session" in window.document.message.text


def test_a_damaged_session_opens_with_what_is_left_and_is_not_overwritten_unasked(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    window = loaded(qtbot, windows(), faithful)
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"run-1/float64.npy") + 500])
    opened(qtbot, window, path)
    message = window.document.message
    assert message is not None
    assert message.title == "a.emgui is damaged"
    assert message.text.endswith("the data and 0 of 1 run could be read; run 1 is damaged.")
    assert window.document.runs == []
    assert window.sessions.path is None


def test_data_that_were_moved_are_asked_for(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.session.EMBEDDED", 100)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(faithful.read_bytes())
    window = loaded(qtbot, windows(), copy)
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    window.document.clear()
    moved = copy.rename(tmp_path / "moved.csv")
    window.opener.open_path(path)
    qtbot.waitUntil(lambda: window.document.message is not None, timeout=20_000)
    message = window.document.message
    assert message is not None
    assert message.title == "The data of a.emgui are not where they were"
    assert message.actions == (("locate", "Find the file…"),)
    window.follow_message("locate")
    dialog = window.sessions.dialog
    assert dialog is not None
    dialog.fileSelected.emit(str(moved))
    dialog.reject()
    qtbot.waitUntil(lambda: len(window.document.runs) == 1, timeout=20_000)
    assert window.windowTitle() == "a.emgui – emgui"


def test_a_session_cannot_be_saved_over_its_data(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes(faithful.read_bytes())
    window = loaded(qtbot, windows(), copy)
    window.sessions.write(copy)
    assert window.document.message is not None
    assert window.document.message.title == "copy.csv was not saved"
    assert copy.read_bytes() == faithful.read_bytes()


def test_cancelling_leaves_the_old_session(
    qtbot: QtBot, windows: Callable[[], Window], faithful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = loaded(qtbot, windows(), faithful)
    path = saved(qtbot, window, tmp_path / "a.emgui")
    before = path.read_bytes()
    release = Event()

    def slow(file: Path, session: object, report: Callable[[float], None]) -> None:
        release.wait(20)
        report(0.5)

    monkeypatch.setattr("emgui.sessions.save", slow)
    with qtbot.waitSignal(window.sessions.noted, timeout=20_000) as noted:
        window.sessions.write(path)
        assert window.document.busy is not None
        assert window.document.busy.text == "Saving a.emgui …"
        window.cancel_work()
        release.set()
    assert noted.args == ["Cancelled; nothing was saved."]
    assert path.read_bytes() == before
