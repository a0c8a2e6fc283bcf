"""Asks what a figure is to show, in which form and how large."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from core.io.writers import WRITERS
from emgui.dialogs.export_form import ExportForm, combo, length, remember, remembered
from emgui.figures import HEIGHTS, MM_PER_INCH, TITLES, Figure

LEAST, MOST = 20.0, 600.0
"""Sides of a figure in mm."""
MOST_PIXELS = 20_000
UNITS = {"mm": "mm", "px": "pixels"}


@dataclass(frozen=True)
class FigureChoices:
    """What was chosen: the figure, the ending of its file and the unit of its size."""

    shows: str = "view"
    ending: str = ".png"
    width: float = 85.0
    height: float = HEIGHTS["view"]
    dpi: int = 300
    unit: str = "mm"
    table: bool = False

    @property
    def figure(self) -> Figure:
        """What is to be drawn, within what can be."""
        shows = self.shows if self.shows in TITLES else "view"
        width, height = (min(max(side, LEAST), MOST) for side in (self.width, self.height))
        most = MOST_PIXELS / (max(width, height) / MM_PER_INCH)
        return Figure(shows, width, height, min(max(36, self.dpi), int(most)), self.table)


class FigureDialog(ExportForm):
    """`wanted` carries the FigureChoices."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Export figure", parent)
        last = remembered("figure", FigureChoices())
        figure = last.figure
        self.shows = combo(TITLES, figure.shows)
        self.table = QCheckBox("With the parameters beneath")
        self.table.setChecked(last.table)
        self.ending = combo(
            {ending: f"{ending[1:].upper()} ({name.lower()})" for name, ending in WRITERS["figure"].filters.items()},
            last.ending,
        )
        self.unit = combo(UNITS, last.unit)
        self.width_field, self.height_field = length(LEAST, MOST), length(LEAST, MOST)
        self.dpi = length(36, 1200)
        self.dpi.setSuffix(" dpi")
        self.dpi.setValue(figure.dpi)
        self._mm = [figure.width, figure.height]
        self._unit = "mm"
        for label, field in (
            ("&Show", self.shows), ("", self.table), ("&Format", self.ending), ("Size &in", self.unit),
            ("&Width", self.width_field), ("&Height", self.height_field), ("&Resolution", self.dpi),
        ):  # fmt: skip
            self.row(label, field, "Parameters" if field is self.table else "")
        self._show_size()
        self.shows.currentIndexChanged.connect(self._usual_height)
        self.unit.currentIndexChanged.connect(self._show_size)
        self.dpi.valueChanged.connect(self._show_size)
        self.ending.currentIndexChanged.connect(self._say)
        for place, side in enumerate((self.width_field, self.height_field)):
            side.valueChanged.connect(lambda value, place=place: self._take(place, value))
        self._say()

    @property
    def choices(self) -> FigureChoices:
        """What is chosen."""
        width, height = self._mm
        return FigureChoices(
            self.shows.currentData(), self.ending.currentData(), width, height, int(self.dpi.value()),
            self.unit.currentData(), self.table.isChecked(),
        )  # fmt: skip

    def accept(self) -> None:
        """Goes on to the file's name."""
        choices = self.choices
        remember("figure", choices)
        super().accept()
        self.wanted.emit(choices)

    # ---- sizes: kept in mm, shown in either unit

    @property
    def _per_mm(self) -> float:
        return 1.0 if self.unit.currentData() == "mm" else self.dpi.value() / MM_PER_INCH

    def _show_size(self) -> None:
        for side, mm in zip((self.width_field, self.height_field), self._mm, strict=True):
            side.blockSignals(True)
            side.setRange(LEAST * self._per_mm, MOST * self._per_mm)
            side.setSuffix(" mm" if self._per_mm == 1.0 else " px")
            side.setValue(mm * self._per_mm)
            side.blockSignals(False)
        self._say()

    def _take(self, place: int, value: float) -> None:
        self._mm[place] = value / self._per_mm
        self._say()

    def _usual_height(self) -> None:
        self._mm[1] = HEIGHTS[self.shows.currentData()]
        self._show_size()

    def _say(self) -> None:
        figure, is_picture = self.choices.figure, self.ending.currentData() == ".png"
        width, height = figure.pixels
        inches = f"{figure.width:.0f} × {figure.height:.0f} mm"
        self.dpi.setEnabled(is_picture or self.unit.currentData() == "px")
        self.note.setText(
            f"{inches}, {width:,} × {height:,} pixels. Captions are 8 pt at this size."
            if is_picture
            else f"{inches}, drawn in lines that stay sharp. Captions are 8 pt at this size."
        )
