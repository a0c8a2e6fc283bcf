"""The traces of runs that are not the current one, thin and dashed, to compare with."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from core.data import Array
from emgui import theme as look
from emgui.document import Document
from emgui.panels.along import Along
from emgui.panels.badges import Words
from emgui.panels.cutting import cut
from emgui.panels.plot import PlotPanel
from emgui.panels.trace import thinned
from emgui.run import Run
from emgui.theme import Theme

MOST = 12
"""Runs drawn at most: the last ones of the list."""
DASHES = ((6.0, 3.0), (2.0, 2.0), (8.0, 2.0, 2.0, 2.0))
APART = 14.0
"""Px between the names of two runs; a name that would come nearer is left out."""


def run_pen(number: int, theme: Theme, ratio: float = 1.0, compared: bool = False) -> QPen:
    """The line of a run that is not the current one: the same in the plot and in the list of runs."""
    made = look.pen(theme.ink if compared else theme.ink2, 1.75 if compared else 1.25, ratio=ratio)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setDashPattern(list(DASHES[(number - 1) % len(DASHES)]))
    return made


def others(document: Document) -> list[Run]:
    """The listed runs beside the current one that are drawn: the last ones, and the one that is compared."""
    found = [run for run in document.runs if run is not document.current and run.is_ready]
    early = [run for run in found[:-MOST] if run is document.compared]
    return [*early, *found[-MOST:][len(early) :]]


class OtherRuns:
    """Their lines, each named at its end."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._lines = [panel.line(2.0 + place * 0.01, connect="finite") for place in range(MOST)]
        self._names = [Words(look.CAPTION, 400) for _ in range(MOST)]
        self._styled: list[tuple[int, bool]] = [(0, False)] * MOST
        self.drawn: list[tuple[Array, Array]] = []
        for name in self._names:
            name.setVisible(False)
            panel.box.addItem(name, ignoreBounds=True)

    def restyle(self) -> None:
        """The theme has changed."""
        self._styled = [(0, False)] * MOST

    def draw(self, runs: list[Run], origin: float, by_passes: bool = False) -> None:
        """Draws runs, their log-likelihoods less `origin`, along iterations or passes over the data."""
        seen = self._panel.box.seen()
        self.drawn = []
        taken: list[float] = []
        for place, line in enumerate(self._lines):
            if place >= len(runs):
                line.setVisible(False)
                self._names[place].setVisible(False)
                continue
            run = runs[place]
            key = run.number, run is self._panel.document.compared
            if self._styled[place] != key:
                self._styled[place] = key
                line.setPen(run_pen(run.number, self._panel.theme, self._panel.ratio, key[1]))
            along = Along.of(run, by_passes)
            first, last = (float(along.numbers(place)) for place in (seen.left, seen.right))
            first, last = max(0, int(np.floor(first))), max(0, min(run.last_number, int(np.ceil(last))))
            x, y = thinned(run.history.scalar("log_likelihood"), first, last)
            x = along.places(x)
            # Dashes are counted out along the whole line: one that leaves the view for −1e9 would take for ever.
            self.drawn.append(cut(x, y - origin, seen))
            line.setData(*self.drawn[-1])
            line.setVisible(True)
            self._name(self._names[place], run.name, taken)

    def _name(self, words: Words, text: str, taken: list[float]) -> None:
        """Writes a run's name over the right end of its line, or under it, unless another stands there."""
        (x, y), seen, (dx, dy) = self.drawn[-1], self._panel.box.seen(), self._panel.box.per_pixel()
        words.setVisible(False)
        if self._panel.box.height() < look.px(40):
            return
        there = np.flatnonzero((x <= seen.right - 4 * dx) & (x >= seen.left) & (y > seen.bottom) & (y < seen.top))
        if not len(there):
            return
        at = int(there[-1])
        apart, lowest = look.px(APART), self._panel.box.height() - 6.0
        for down in (-look.px(11), look.px(12)):
            height = (seen.top - y[at]) / dy + down
            if 6.0 < height < lowest and all(abs(height - other) > apart for other in taken):
                taken.append(height)
                text = words.elided(text, self._panel.box.width() / 3)
                width = words.say(text, self._panel.theme.ink2, self._panel.theme, 1.0)
                # Beside the left edge the whole name stands inside the plot.
                words.setPos(max(float(x[at]), seen.left + (width + 4.0) * dx), float(y[at]) - down * dy)
                words.setVisible(True)
                return
