"""Films: which iterations are shown, and that what is written is a film of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, OutputError
from core.io import read_table
from emgui import film
from emgui.errands import Errands
from emgui.film import MOST_FRAMES, Film, Filming, filters, positions, write_film
from tests.emgui.test_figures import opened

SMALL = Film(320, 240, 10)


@pytest.fixture
def filming(qtbot: QtBot, faithful: Path) -> Iterator[Filming]:
    made = Filming(opened(read_table(faithful).data("waiting")), SMALL)
    made.start()
    yield made
    made.stop()
    made.deleteLater()


def made(qtbot: QtBot, filming: Filming, path: Path) -> Exception | None:
    """Writes a film as the window does; what went wrong, if anything."""
    ends: list[Exception | None] = []
    errands = Errands()
    errands.run(lambda report: write_film(path, filming, report), "film", ends.append, ends.append)
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    errands.close()
    return ends[0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2_000_000), st.builds(Film, speed=st.just(5), early=st.booleans(), halves=st.booleans()),
    st.integers(20, MOST_FRAMES),
)  # fmt: skip
def test_a_film_goes_from_the_start_to_the_end_within_its_frames(last: int, wanted: Film, most: int) -> None:
    shown = positions(last, wanted, most)
    assert shown[0] == 0
    assert shown[-1] == (2 * last + 1 if last or wanted.halves else 0)
    assert shown == sorted(set(shown))
    assert len(shown) <= most
    if last <= 4:
        assert len(shown) == (2 * last + 2 if wanted.halves else last + 1)


def test_early_iterations_are_shown_more_often_when_asked_for() -> None:
    early, evenly = (positions(100_000, Film(early=early, halves=False)) for early in (True, False))
    assert sum(position < 2000 for position in early) > 10 * sum(position < 2000 for position in evenly)


def test_a_gif_has_a_frame_for_each_step_one_palette_and_a_rest_at_the_end(
    qtbot: QtBot, filming: Filming, tmp_path: Path
) -> None:
    path = tmp_path / "film.gif"
    assert made(qtbot, filming, path) is None
    with Image.open(path) as gif:
        assert gif.size == (320, 240)
        assert gif.n_frames == filming.total  # type: ignore[attr-defined]
        durations = []
        for place in range(filming.total):
            gif.seek(place)
            durations.append(gif.info["duration"])
            assert gif.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert set(durations[:-1]) == {100}
    assert durations[-1] == 2100


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")
def test_an_mp4_is_one_that_can_be_read(qtbot: QtBot, filming: Filming, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    assert made(qtbot, filming, path) is None
    read = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"], capture_output=True, text=True, check=False
    )
    assert (read.returncode, read.stderr) == (0, "")
    assert b"ftyp" in path.read_bytes()[:16]


def test_without_ffmpeg_only_gif_is_offered_and_the_sentence_says_why(
    qtbot: QtBot, filming: Filming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "which", lambda name: None)
    assert list(filters().values()) == [".gif"]
    error = made(qtbot, filming, tmp_path / "film.mp4")
    assert isinstance(error, OutputError)
    assert "need the program ffmpeg" in str(error)


def test_what_ffmpeg_complains_of_is_passed_on_and_nothing_is_written(
    qtbot: QtBot, filming: Filming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = folder / "ffmpeg"
    fake.write_text("#!/bin/sh\necho no such encoder >&2\nexit 3\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    error = made(qtbot, filming, tmp_path / "film.mp4")
    assert isinstance(error, OutputError)
    assert "no such encoder" in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_a_film_that_is_cancelled_leaves_the_old_file(
    qtbot: QtBot, filming: Filming, tmp_path: Path, ending: str
) -> None:
    if ending == ".mp4" and shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg")
    path = tmp_path / f"film{ending}"
    path.write_bytes(b"old")
    ends: list[str] = []
    errands = Errands()

    def cancelling(report: Callable[[float], None]) -> None:
        def told(fraction: float) -> None:
            if fraction > 0.3:
                raise Cancelled
            report(fraction)

        write_film(path, filming, told)

    errands.run(cancelling, "film", lambda _: ends.append("done"), cancelled=lambda: ends.append("cancelled"))
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    errands.close()
    assert ends == ["cancelled"]
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_fault_while_drawing_ends_the_writing(
    qtbot: QtBot, filming: Filming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filming, "_drawn", lambda position: 1 / 0)
    assert isinstance(made(qtbot, filming, tmp_path / "film.gif"), ZeroDivisionError)
    assert list(tmp_path.iterdir()) == []
