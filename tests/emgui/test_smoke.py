"""The program as it is started: with a real window where an X server can be had, and without a display."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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
        assert json.loads(result.stdout)["fit"]["status"] == "converged"
        assert (tmp_path / name).read_bytes().startswith(head)


def test_words_it_does_not_know_are_one_sentence_and_exit_2(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "--fast", "x.csv"]
    result = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
