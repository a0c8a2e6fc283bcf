"""The program as it is started: with a real window where an X server can be had, and without a display."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from emgui import app
from emgui.__main__ import main
from emgui.dialogs.log import LogDialog
from emgui.display import why_no_display
from emgui.headless import run_without_window

ROOT = Path(__file__).resolve().parents[2]
FAITHFUL = ROOT / "resources" / "samples" / "faithful.csv"


def environment(home: Path, **changes: str) -> dict[str, str]:
    """This process's environment without a display, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    return kept | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(ROOT)} | changes


@pytest.fixture
def display() -> Iterator[str]:
    """An X server that nobody sees; the test is skipped where there is none to be had."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_a_real_window_comes_up_and_goes_away_when_told(display: str, tmp_path: Path) -> None:
    probe = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from emgui import app\n"
        "from emgui.window import Window\n"
        "application = app.make_application(['emgui'])\n"
        "window = Window()\n"
        "window.show()\n"
        f"window.opener.open_path({str(ROOT / 'resources/samples/faithful.csv')!r}, column='waiting')\n"
        "def run():\n"
        "    if window.document.moment is None: return\n"
        "    clock.stop()\n"
        "    window.document.playing_changed.connect(done)\n"
        "    window.transport.run()\n"
        "def done():\n"
        "    if not window.document.playing:\n"
        "        print(application.platformName(), window.document.current.outcome.status)\n"
        "        window.document.mark_saved(window.document.current)\n"
        "        QTimer.singleShot(100, window.close)\n"
        "clock = QTimer()\n"
        "clock.timeout.connect(run)\n"
        "clock.start(20)\n"
        "sys.exit(application.exec())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe], env=environment(tmp_path, DISPLAY=display), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    if "could not connect to display" in result.stderr or ("xcb" in result.stderr and result.returncode != 0):
        pytest.skip("Qt's X11 libraries are not installed")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["xcb", "converged"]


def test_the_program_started_on_a_display_stays_until_it_is_ended(display: str, tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "main.py", "resources/samples/faithful.csv", "--column", "waiting"],
        cwd=ROOT, env=environment(tmp_path, DISPLAY=display), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3.0)
    is_up = program.poll() is None
    program.send_signal(signal.SIGTERM)
    _, complaints = program.communicate(timeout=20)
    if not is_up and "xcb" in complaints:
        pytest.skip("Qt's X11 libraries are not installed")
    assert is_up
    assert "Traceback" not in complaints


def test_without_a_display_it_says_so_fits_and_draws_a_picture(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(ROOT / "main.py"),
        str(ROOT / "resources/samples/faithful.csv"),
        "--column",
        "waiting",
    ]
    result = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "no display" in result.stdout
    assert "iteration    0" in result.stdout
    assert "log-likelihood -1034.00" in result.stdout
    assert (tmp_path / "emgui.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_is_drawn_for_the_command_line(tmp_path: Path) -> None:
    for name, head in (("fit.png", b"\x89PNG"), ("fit.svg", b"<?xml")):
        command = [sys.executable, str(ROOT / "main.py"), "fit", str(ROOT / "resources/samples/faithful.csv")]
        result = subprocess.run(
            [*command, "--column", "waiting", "--figure", name], cwd=tmp_path, env=environment(tmp_path),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        assert json.loads(result.stdout)["fit"]["status"] == "converged"
        assert (tmp_path / name).read_bytes().startswith(head)


def started(folder: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """The program run to its end in a folder, without a display unless `changes` has one."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    home = folder.parent / "home"
    return subprocess.run(
        command, cwd=folder, env=environment(home, **changes), capture_output=True, text=True, timeout=120, check=False
    )


def test_a_display_that_nobody_serves_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "emgui.png").write_bytes(b"a picture of someone's own")
    result = started(tmp_path, str(FAITHFUL), "--column", "waiting", DISPLAY=":7654")
    assert result.returncode == 0, result.stderr
    assert "The display “:7654” does not answer" in result.stdout
    assert "log-likelihood -1034.00" in result.stdout
    assert (tmp_path / "emgui.png").read_bytes() == b"a picture of someone's own"
    assert (tmp_path / "emgui-2.png").read_bytes().startswith(b"\x89PNG")


def test_a_platform_that_qt_does_not_have_does_not_cost_the_result(tmp_path: Path) -> None:
    arguments = ["fit", str(FAITHFUL), "--column", "waiting", "--figure", "f.png", "--output", "r.json"]
    result = started(tmp_path, *arguments, QT_QPA_PLATFORM="nonsense", QT_QPA_PLATFORM_PLUGIN_PATH=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["fit"]["status"] == "converged"
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_takes_no_picture_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("emgui.headless.PICTURE", tmp_path / "nowhere" / "emgui.png")
    assert run_without_window(str(FAITHFUL), "waiting") == 1
    said = capsys.readouterr()
    assert "log-likelihood -1034.00" in said.out
    assert "A picture of the window" not in said.out
    assert said.err.startswith("emgui: No picture of the window was drawn: emgui.png cannot be written: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("word", "hint"),
    [("algorthms", "perhaps “algorithms” is meant"), ("selec", "perhaps “select” is meant"), ("42", "see emgui")],
)
def test_a_first_word_that_is_neither_file_nor_command_is_refused(
    word: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([word]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"emgui: “{word}” is neither a file nor a command: {hint}")
    assert said.count("\n") == 1


def test_displays_answer_only_where_someone_serves_them(tmp_path: Path) -> None:
    nobody = {"DISPLAY": ":7654"}
    assert why_no_display({}) == "There is no display"
    for display in (":7654", "localhost:7654.0", "[::1]:7654", "unix:7654", "nonsense", ":99999", "a\0b:1"):
        assert why_no_display({"DISPLAY": display}).endswith("does not answer")
    assert why_no_display({"QT_QPA_PLATFORM": "offscreen", **nobody}) == ""
    assert why_no_display({"QT_QPA_PLATFORM": "xcb", **nobody}) != ""
    with socket.socket() as server:
        try:
            server.bind(("127.0.0.1", 6000 + 7653))
        except OSError:
            pytest.skip("the port is taken")
        server.listen()
        assert why_no_display({"DISPLAY": "localhost:7653"}) == ""
    if sys.platform != "linux":
        return
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:  # a socket's path is short
        server.bind(f"{short}/wayland-9")
        server.listen()
        assert why_no_display({"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": short, **nobody}) == ""
        assert why_no_display({"WAYLAND_DISPLAY": "wayland-8", "XDG_RUNTIME_DIR": short}) != ""


def test_no_home_folder_keeps_nothing_from_coming_up(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    app.start_log()
    dialog = LogDialog()
    qtbot.addWidget(dialog)
    assert dialog.view.toPlainText() == "There is no home folder, so there is no log."


def test_words_it_does_not_know_are_one_sentence_and_exit_2(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "--fast", "x.csv"]
    result = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
