"""Bars of a histogram, whole or parted into layers, kept from frame to frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QBrush, QColor, QPainter

from core.data import Array

GAP_FROM = 4.0
"""Bars at least so many px wide stand 1 px apart."""


class Layer(pg.BarGraphItem):
    """Bars of one colour, with hard edges."""

    def __init__(self) -> None:
        super().__init__(x0=np.empty(0), x1=np.empty(0), y0=np.empty(0), y1=np.empty(0), pen=None, brush=None)
        self.setOpts(pen=pg.mkPen(None))
        self.setZValue(0.0)

    def paint(self, p: QPainter, *args: Any) -> None:
        """Draws without antialiasing: a bar begins and ends on a pixel."""
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        super().paint(p, *args)


class Bars:
    """Stacks of bars in a view box, a layer for each colour."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self.layers: list[Layer] = []

    def show(self, edges: Array, heights: Array, colours: list[QColor], pixel: float) -> None:
        """Stacks heights (L, B) between edges (B + 1,) in L colours; pixel: how much of x one px is."""
        while len(self.layers) < len(heights):
            layer = Layer()
            self.layers.append(layer)
            self._box.addItem(layer, ignoreBounds=True)
        gap = pixel if edges[1] - edges[0] >= GAP_FROM * pixel else 0.0
        tops = np.cumsum(heights, axis=0)
        for layer, bottom, top, colour in zip(self.layers, tops - heights, tops, colours, strict=False):
            there = top > bottom
            layer.setOpts(
                x0=edges[:-1][there], x1=edges[1:][there] - gap, y0=bottom[there], y1=top[there], brush=QBrush(colour)
            )
            layer.setVisible(True)
        for layer in self.layers[len(heights) :]:
            layer.setVisible(False)
