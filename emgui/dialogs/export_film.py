"""Asks how a film of the iterations is to be made."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from emgui.dialogs.export_form import ExportForm, combo, length, remember, remembered
from emgui.film import REST, SPEEDS, WITHOUT_FFMPEG, Film, filters, has_ffmpeg, positions

LEAST, MOST = 240, 3840
SPACINGS = {"early": "More of the first ones", "even": "Evenly"}


@dataclass(frozen=True)
class FilmChoices:
    """What was chosen: the ending of the film's file, its size in px, frames a second, and which iterations."""

    ending: str = ".gif"
    width: int = 800
    height: int = 600
    speed: int = 5
    spacing: str = "early"
    halves: bool = True

    @property
    def film(self) -> Film:
        """What is to be made, within what can be."""
        width, height = (min(max(side, LEAST), MOST) for side in (self.width, self.height))
        speed = self.speed if self.speed in SPEEDS else FilmChoices.speed
        return Film(width, height, speed, self.spacing != "even", self.halves)


class FilmDialog(ExportForm):
    """`wanted` carries the FilmChoices. last: the last iteration of the tape."""

    wanted = Signal(object)

    def __init__(self, last: int, parent: QWidget | None = None) -> None:
        super().__init__("Export film", parent)
        before = remembered("film", FilmChoices())
        film = before.film
        self._last = last
        self.ending = combo(
            {ending: f"{ending[1:].upper()} ({name.lower()})" for name, ending in filters().items()}, before.ending
        )
        self.width_field, self.height_field = length(LEAST, MOST), length(LEAST, MOST)
        for side, value in ((self.width_field, film.width), (self.height_field, film.height)):
            side.setSuffix(" px")
            side.setSingleStep(20)
            side.setValue(value)
        self.speed = combo(
            {str(speed): f"{speed} frame{'s' * (speed > 1)} a second" for speed in SPEEDS}, str(film.speed)
        )
        self.spacing = combo(SPACINGS, "early" if film.early else "even")
        self.halves = QCheckBox("E and M steps of the first ones")
        self.halves.setChecked(film.halves)
        for label, field in (
            ("&Format", self.ending), ("&Width", self.width_field), ("&Height", self.height_field),
            ("&Speed", self.speed), ("&Iterations", self.spacing), ("", self.halves),
        ):  # fmt: skip
            self.row(label, field, "Half-steps" if field is self.halves else "")
        self.halves.toggled.connect(self._say)
        for box in (self.ending, self.speed, self.spacing):
            box.currentIndexChanged.connect(self._say)
        self._say()

    @property
    def choices(self) -> FilmChoices:
        """What is chosen."""
        return FilmChoices(
            self.ending.currentData(), int(self.width_field.value()), int(self.height_field.value()),
            int(self.speed.currentData()), self.spacing.currentData(), self.halves.isChecked(),
        )  # fmt: skip

    def accept(self) -> None:
        """Goes on to the file's name."""
        choices = self.choices
        remember("film", choices)
        super().accept()
        self.wanted.emit(choices)

    def _say(self) -> None:
        film = self.choices.film
        frames = len(positions(self._last, film))
        seconds = frames / film.speed + REST
        lasts = f"{frames:,} frames of {self._last + 1:,} iterations, {seconds:,.0f} seconds."
        self.note.setText(lasts if has_ffmpeg() else f"{lasts} {WITHOUT_FFMPEG}")
