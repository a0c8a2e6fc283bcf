"""Bands around the curves of a run that has ended: where each would be, point by point, with 95 % confidence."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from core.data import Array
from core.mixture import Mixture
from core.scale import Scale
from core.sureness.bands import bands
from core.sureness.uncertainty import Uncertainty
from emgui.panels.component_lines import MOST_FILLED, drawn_part
from emgui.panels.curves import FAR, Curves
from emgui.panels.plot import PlotPanel

POINTS = 240
"""Places in view at which bands are calculated; between them they are as smooth as the curves."""
MOST_POINTS = 500
MIXTURE, COMPONENT = 0.08, 0.18
"""How strong the fill of a band is, of the mixture's ink and of a component's colour."""


class Bands:
    """A pale shape around each curve of a panel's plot. top: how high the one of the mixture reaches."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._of_mixture = self._make(12.0)
        self._of_components: list[pg.PlotCurveItem] = []
        self.is_shown, self.top = False, 0.0

    def _make(self, height: float) -> pg.PlotCurveItem:
        return self._panel.line(height, antialias=bool(self._panel.figure), fillLevel="enclosed", pen=None)

    def restyle(self) -> None:
        """Colours of the theme."""
        ink = QColor(self._panel.theme.ink)
        ink.setAlphaF(MIXTURE)
        self._of_mixture.setBrush(ink)

    def hide(self) -> None:
        """Takes them away."""
        self.is_shown, self.top = False, 0.0
        for item in (self._of_mixture, *self._of_components):
            item.setVisible(False)

    def show(self, mixture: Mixture, sure: Uncertainty, curves: Curves, scale: Scale) -> None:
        """Draws the bands of the curves of a mixture."""
        seen, k = self._panel.box.seen(), mixture.n_components
        places = np.linspace(seen.left, seen.right, POINTS)
        found = bands(mixture, sure.covariance, scale.from_view(places))
        while len(self._of_components) < k:
            self._of_components.append(self._make(11.0))
        self._put(self._of_mixture, curves.x, curves.mixture, np.interp(curves.x, places, found.mixture))
        for place, item in enumerate(self._of_components):
            item.setVisible(False)
            if place < k <= MOST_FILLED:
                colour = self._panel.theme.component(mixture.ids[place])
                colour.setAlphaF(COMPONENT)
                item.setBrush(colour)
                part = drawn_part(curves.components[place])
                x = curves.x[part]
                self._put(item, x, curves.components[place][part], np.interp(x, places, found.components[place]))
        self.is_shown, self.top = True, float(self._of_mixture.getData()[1].max())

    def _put(self, item: pg.PlotCurveItem, x: Array, y: Array, factor: Array) -> None:
        """The shape between a curve divided and multiplied by a factor."""
        every = max(1, -(-len(x) // MOST_POINTS))
        x, y, factor = x[::every], np.nan_to_num(y[::every]), factor[::every]
        high = np.minimum(y * factor, FAR)
        item.setData(np.concatenate([x, x[::-1]]), np.concatenate([high, (y / factor)[::-1]]))
        item.setVisible(len(x) > 1)
