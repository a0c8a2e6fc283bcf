"""A film of the iterations: which of them are its frames, how they are drawn, and how they become a file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from queue import Empty, Full, Queue
from shutil import which
from tempfile import TemporaryFile
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QImage

from core.errors import OutputError, shown
from core.io.atomic import staged
from core.io.writers import WRITERS
from emgui.document import Document
from emgui.figures import still
from emgui.jobs import Report
from emgui.panels.centre import Arrangement, Centre
from emgui.run import Run
from emgui.theme import LIGHT

if TYPE_CHECKING:
    from PIL import Image

MOST_FRAMES = 300
SHOWN_BY_HALVES = 5
"""Iterations at the beginning of which both half-steps are shown."""
SLICE = 0.03
"""Seconds for which frames are drawn before the window has its turn again."""
WAITING, PATIENCE = 6, 0.05
"""Frames that may wait to be written, and seconds between two looks at whether there is one."""
REST = 2.0
"""Seconds for which the last frame stays."""
SAMPLES = 3
"""Frames from which the colours of a GIF are chosen."""
NEAR_GROUND = 18
"""Difference, of red, green and blue together, from the ground below which a colour of a GIF becomes the ground."""
SPEEDS = (1, 2, 5, 10, 20, 25)
WITHOUT_FFMPEG = "MP4 and WebM need the program ffmpeg, which is not found here; GIF does not."


@dataclass(frozen=True)
class Film:
    """How a film is made: size in px, frames a second, and which iterations are shown.

    early: more of the first ones; else evenly. halves: the first ones by E and M steps.
    """

    width: int = 800
    height: int = 600
    speed: int = 5
    early: bool = True
    halves: bool = True

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as encoders take them: even."""
        return max(4, self.width // 4 * 4), max(4, self.height // 2 * 2)


def has_ffmpeg() -> bool:
    """Whether films other than GIF can be made."""
    return which("ffmpeg") is not None


def filters() -> dict[str, str]:
    """What the dialog calls a film → its ending, of those that can be made here."""
    known = WRITERS["film"].filters
    return known if has_ffmpeg() else {name: ending for name, ending in known.items() if ending == ".gif"}


def positions(last: int, film: Film, most: int = MOST_FRAMES) -> list[int]:
    """The half-steps on a tape up to iteration `last` that are shown, from the start to the end."""
    first = min(last, SHOWN_BY_HALVES) if film.halves else 0
    halves = list(range(2 * first + 2)) if film.halves else [0]
    room = max(1, most - len(halves))
    rest = last - first
    if rest <= room:
        numbers = np.arange(first + 1, last + 1)
    elif film.early:
        # Steps that grow by the same factor, whole numbers one after the other where they would be smaller than 1.
        numbers = first + _growing(rest, room)
    else:
        numbers = np.unique(first + np.linspace(1, rest, room).round().astype(int))
    return halves + [2 * int(number) + 1 for number in numbers]


def _growing(last: int, most: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """At most so many whole numbers from 1 to `last`, the steps between them growing."""
    n = most
    while True:
        numbers = np.unique(np.geomspace(1.0, float(last), n).round().astype(np.int64))
        if len(numbers) >= most or n > 20 * most:
            return np.asarray(numbers[np.unique(np.linspace(0, len(numbers) - 1, min(most, len(numbers))).astype(int))])
        n += most - len(numbers)


class Filming(QObject):
    """Draws the frames of a run a few at a time on the window's thread, for an encoder on another.

    `frames(report)` is what the encoder takes them from; it raises Cancelled through `report`, and whatever went wrong
    while drawing.
    """

    def __init__(
        self, document: Document, film: Film, arrangement: Arrangement | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        assert document.current is not None
        self.film = film
        self._document = still(document, as_one=True)
        run = self._document.current
        assert isinstance(run, Run)
        self.positions = positions(run.last_number, film)
        self._order = iter([*_samples(self.positions), *self.positions])
        self._queue: Queue[bytes | Exception] = Queue(WAITING)
        self._sheet = Centre(self._document, LIGHT)
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._sheet.arrange(arrangement or Arrangement())
        self._sheet.timeline.is_filmed = True
        self._waiting: bytes | None = None
        self._cost = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._draw_some)

    @property
    def total(self) -> int:
        """Number of frames."""
        return len(self.positions)

    def start(self) -> None:
        """Begins to draw."""
        self._sheet.settle(*self.film.size)
        self._timer.start()

    def stop(self) -> None:
        """Draws no more, and lets everything go."""
        self._timer.stop()
        self._sheet.close()
        self._sheet.deleteLater()

    def frames(self, report: Report) -> Iterator[bytes]:
        """RGB rows of each frame, first of SAMPLES of them, then of all in their order. For the encoder's thread."""
        for place in range(-SAMPLES, self.total):
            while True:
                report(max(0, place) / self.total)
                with suppress(Empty):
                    frame = self._queue.get(timeout=PATIENCE)
                    break
            if isinstance(frame, Exception):
                raise frame
            yield frame

    def _draw_some(self) -> None:
        began = perf_counter()
        try:
            for one in count():
                if one and perf_counter() - began + self._cost > SLICE:
                    return
                if self._waiting is None:
                    position = next(self._order, None)
                    if position is None:
                        self._timer.stop()
                        return
                    drawing = perf_counter()
                    self._waiting = self._drawn(position)
                    self._cost = perf_counter() - drawing
                self._queue.put_nowait(self._waiting)
                self._waiting = None
        except Full:
            self._timer.setInterval(5)
        except Exception as error:  # noqa: BLE001 - whatever it is, the encoder must hear of it and end
            self._timer.stop()
            self._queue.queue.clear()
            self._queue.put(error)

    def _drawn(self, position: int) -> bytes:
        self._document.move(position)
        self._sheet.flush()
        width, height = self.film.size
        image = QImage(width, height, QImage.Format.Format_RGB888)
        image.fill(LIGHT.plot)
        self._sheet.render(image)
        return bytes(image.constBits())


def _samples(positions: list[int]) -> list[int]:
    """The first, a middle and the last frame."""
    return [positions[0], positions[len(positions) // 2], positions[-1]]


# ---- files


def write_film(path: Path, filming: Filming, report: Report) -> None:
    """Writes the film in the form that the name's ending says. Raises OutputError, and Cancelled through report."""
    write = ENCODERS.get(path.suffix.lower())
    if write is None:
        raise OutputError(f"The name of a film must end in .gif, .mp4 or .webm; “{shown(path.name)}” does not.")
    if write is not _write_gif and not has_ffmpeg():
        raise OutputError(WITHOUT_FFMPEG)
    with staged(path) as temporary:
        write(temporary, filming, report)


def _write_gif(path: Path, filming: Filming, report: Report) -> None:
    from PIL import Image

    frames, size = filming.frames(report), filming.film.size
    samples = [Image.frombytes("RGB", size, frame) for frame in islice(frames, SAMPLES)]
    palette = _palette(samples)
    pictures = (
        Image.frombytes("RGB", size, frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames
    )
    each = max(20, round(1000 / filming.film.speed))
    durations = [each] * (filming.total - 1) + [each + round(1000 * REST)]
    first = next(pictures)
    with path.open("wb") as stream:
        first.save(
            stream, "GIF", save_all=True, append_images=pictures, duration=durations, loop=0, optimize=False, disposal=1
        )


def _palette(samples: list[Image.Image]) -> Image.Image:
    """One palette for all frames, so that no colour flickers."""
    from PIL import Image, ImageColor

    width, height = samples[0].size
    strip = Image.new("RGB", (width, height * len(samples)))
    for place, sample in enumerate(samples):
        strip.paste(sample, (0, place * height))
    chosen = strip.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    # Colours are chosen as means: the ground, which is most of a frame, would be a little off.
    colours = np.array(chosen.getpalette()).reshape(-1, 3)
    ground = np.array(ImageColor.getrgb(LIGHT.plot))
    colours[np.abs(colours - ground).sum(axis=1) <= NEAR_GROUND] = ground
    chosen.putpalette(colours.ravel().tolist())
    return chosen


def _write_video(path: Path, filming: Filming, report: Report, options: tuple[str, ...]) -> None:
    """Pipes the frames into ffmpeg."""
    width, height = filming.film.size
    command = [
        "ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-r", str(filming.film.speed), "-i", "-", "-an", *options, "-pix_fmt", "yuv420p", "-y", str(path.absolute()),
    ]  # fmt: skip
    frames = islice(filming.frames(report), SAMPLES, None)
    with TemporaryFile() as complaints:
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
        assert encoder.stdin is not None
        try:
            frame = b""
            with suppress(BrokenPipeError):
                for frame in frames:
                    encoder.stdin.write(frame)
                for _ in range(round(REST * filming.film.speed)):
                    encoder.stdin.write(frame)
                encoder.stdin.close()
            status = encoder.wait()
        finally:
            if encoder.poll() is None:
                encoder.kill()
                encoder.wait()
            with suppress(OSError):
                encoder.stdin.close()
        if status != 0:
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").split("\n")
            said = next((line for line in reversed(lines) if line.strip()), "it does not say why")
            raise OutputError(f"ffmpeg could not make the film: {shown(said.strip())}.")


def _write_mp4(path: Path, filming: Filming, report: Report) -> None:
    _write_video(path, filming, report, ("-f", "mp4", "-movflags", "+faststart"))


def _write_webm(path: Path, filming: Filming, report: Report) -> None:
    _write_video(path, filming, report, ("-f", "webm", "-b:v", "0", "-crf", "32"))


ENCODERS: dict[str, Callable[[Path, Filming, Report], None]] = {
    ".gif": _write_gif,
    ".mp4": _write_mp4,
    ".webm": _write_webm,
}
"""Ending of a film's name → how it is written."""
