"""A program that does not end well loses next to nothing: killed for real, and what it left is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import em
from core.history import History
from core.io import read_table
from core.options import FitOptions
from core.samples import list_samples
from core.session import Desk, SavedRun, Session, open_session, save
from emgui.recovering import FILE, Place, left_behind
from emgui.window import Window

ROOT = Path(__file__).parents[2]
GOING_ON = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from core.io import read_table
from emgui.document import Document
from emgui.recovering import Recovering
from emgui.sessions import Sessions
from emgui.transport import Transport

application = QCoreApplication([])
document = Document()
transport = Transport(document)
keeping = Recovering(document, Sessions(document), Path(sys.argv[1]), 0.02)
written = keeping._written

def tell(answer):
    written(answer)
    with_runs = keeping._place.file.exists() and document.runs
    print(held[0] if with_runs else 0, flush=True)

held = [0]
look = keeping.look

def note():
    if not keeping._is_writing:
        held[0] = document.runs[0].last_number if document.runs else 0
    look()

keeping._timer.timeout.disconnect()
keeping._timer.timeout.connect(note)
keeping._written = tell
table = read_table(sys.argv[2])
document.set_table(table, "waiting")

def go(steps=[0]):
    steps[0] += 1
    if document.current is not None and document.current.is_ready:
        transport.go_to(document.current.last_position + 2)

from PySide6.QtCore import QTimer
clock = QTimer()
clock.timeout.connect(go)
clock.start(1)
application.exec()
"""


def killed(folder: Path, rng: random.Random) -> int:
    """Starts a process that goes on and on, kills it at some instant, and returns what it last said was kept."""
    arguments = [sys.executable, "-c", GOING_ON, str(folder), str(list_samples()[0].path)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()  # the first file is there
    time.sleep(rng.random() * 0.3)
    process.kill()
    said += process.stdout.read()
    process.wait()
    process.stdout.close()
    return max(int(line) for line in said.splitlines(keepends=True) if line.endswith("\n"))


def check_kills(folder: Path, times: int) -> None:
    rng = random.Random(1)
    for _ in range(times):
        kept = killed(folder, rng)
        place = left_behind(folder)
        assert place is not None
        session = open_session(place.file)
        assert session.damage == ""
        assert session.data is not None
        assert len(session.data) == 272
        (run,) = session.runs
        assert (0 if run.tape.last is None else run.tape.last.number) >= kept
        place.removed()
    assert left_behind(folder) is None
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_kept_is_whole_whenever_it_was_killed(tmp_path: Path) -> None:
    check_kills(tmp_path, 5)


@pytest.mark.slow
def test_what_a_process_kept_is_whole_after_each_of_fifty_kills(tmp_path: Path) -> None:
    check_kills(tmp_path, 50)


# ---- in the window


@pytest.fixture
def windows(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Makes windows that keep what is open, in one folder, and closes them."""
    made: list[Window] = []

    def make(within: Path = tmp_path) -> Window:
        window = Window()
        window.show()
        qtbot.waitExposed(window)
        window.recover(within, 0.05)
        made.append(window)
        return window

    yield make
    for window in made:
        for run in window.document.runs:
            run.saved = True
        window.close()
        window.deleteLater()
    QApplication.processEvents()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/{FILE}"))


def left(folder: Path, faithful: Path) -> Path:
    """A folder with what a process kept that was killed after three iterations."""
    data, options = read_table(faithful).data("waiting"), FitOptions()
    history = History()
    for iteration in islice(em.run(data, options, em.start_of(data, options, np.random.default_rng(0))), 4):
        history.append(iteration)
    run = SavedRun(1, options, "k-means", history.tape())
    (folder / "gone").mkdir()
    save(
        folder / "gone" / FILE, Session(Desk(options, current=0, position=7, title="faithful.csv"), data, None, (run,))
    )
    return folder / "gone"


def test_a_clean_end_leaves_nothing_to_recover(
    qtbot: QtBot, windows: Callable[..., Window], faithful: Path, tmp_path: Path
) -> None:
    window = windows()
    window.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: bool(files(tmp_path)), timeout=20_000)
    window.close()
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_behind_is_offered_and_restored(
    qtbot: QtBot, windows: Callable[..., Window], faithful: Path, tmp_path: Path
) -> None:
    copy = left(tmp_path, faithful)
    window = windows()
    message = window.document.message
    assert message is not None
    assert message.title == "emgui did not end well last time"
    assert "faithful.csv, 1 run" in message.text
    window.follow_message("restore")
    qtbot.waitUntil(lambda: len(window.document.runs) == 1, timeout=20_000)
    assert window.document.has_unsaved_runs
    assert (copy / FILE).exists()  # until it is written anew, and then in its place
    for run in window.document.runs:
        run.saved = True
    window.close()
    assert not copy.exists()


def test_what_was_left_behind_can_be_discarded(windows: Callable[..., Window], faithful: Path, tmp_path: Path) -> None:
    copy = left(tmp_path, faithful)
    window = windows()
    window.follow_message("discard")
    assert not copy.exists()
    assert window.document.message is None
    assert window.document.data is None


def test_what_was_offered_and_not_answered_is_offered_again(
    windows: Callable[..., Window], faithful: Path, tmp_path: Path
) -> None:
    copy = left(tmp_path, faithful)
    first = windows()
    second = windows()
    assert first.document.message is not None
    assert second.document.message is None  # one of them is enough
    first.close()
    assert copy.exists()
    assert windows().document.message is not None


def test_a_process_that_lives_keeps_its_own(tmp_path: Path) -> None:
    mine = Place.made(tmp_path)
    assert mine is not None
    mine.file.write_bytes(b"something")
    assert left_behind(tmp_path) is None
    mine.released()
    other = left_behind(tmp_path)
    assert other is not None
    assert other.file == mine.file
    other.removed()


def test_where_nothing_can_be_written_nothing_is_kept_and_nobody_is_disturbed(
    windows: Callable[..., Window], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    window = windows(blocked / "recovery")
    assert window.document.message is None
    assert window.recovering is not None
    window.recovering.look()
