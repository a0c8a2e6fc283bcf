"""The curves of the run that is compared, dashed, over those of the run that is shown."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from core.data import Array
from emgui.comparing import Comparison
from emgui.panels.bends import bends
from emgui.panels.component_lines import drawn_part
from emgui.panels.plot import PlotPanel

WIDTH = 1.25
DASHES = [6.0, 3.0]


class ComparedCurves:
    """A dashed line for each component, in the colour of its counterpart; grey where it has none."""

    def __init__(self, panel: PlotPanel, height: float) -> None:
        self._panel, self._height = panel, height
        self._lines: list[pg.PlotCurveItem] = []
        self._styled: tuple[object, ...] = ()

    def show(self, comparison: Comparison, x: Array, ys: Array) -> None:
        """Draws (K, m) heights at places x (m,)."""
        while len(self._lines) < len(ys):
            self._lines.append(self._panel.line(self._height, connect="finite"))
        needed = bends(x, ys, self._panel.box.per_pixel()[1])
        for line, y, bend in zip(self._lines, ys, needed, strict=False):
            part = drawn_part(y)
            line.setData(x[part][bend[part]], y[part][bend[part]])
        ours = {partner: identity for identity, partner in comparison.partners.items()}
        self._style(tuple(ours.get(identity, 0) for identity in comparison.mixture.ids))

    def hide(self) -> None:
        """Takes them away."""
        if self._styled:
            self._styled = ()
            for line in self._lines:
                line.setVisible(False)

    restyle = hide

    def _style(self, identities: tuple[int, ...]) -> None:
        if identities == self._styled:
            return
        self._styled, theme = identities, self._panel.theme
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(identities))
            if place < len(identities):
                identity = identities[place]
                pen = self._panel.pen(theme.component(identity) if identity else QColor(theme.ink2), WIDTH)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern(DASHES)
                line.setPen(pen)
