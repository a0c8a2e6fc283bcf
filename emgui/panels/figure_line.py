"""A line for files: in px like the page it is drawn on, because not every viewer knows pens that do not scale."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen


class FigureLine(pg.PlotCurveItem):
    """A curve that paints itself in the page's own coordinates. ratio: device pixels in a px, which its pen counts."""

    ratio = 1.0

    def paint(self, p: QPainter, *_: Any) -> None:
        """Draws fill and line."""
        x, _y = self.getData()
        if x is None or len(x) == 0:
            return
        transform, pen, brush = p.transform(), self.opts["pen"], self.opts["brush"]
        p.save()
        p.resetTransform()
        p.setRenderHint(QPainter.RenderHint.Antialiasing, self.opts["antialias"])
        if self.opts["fillLevel"] is not None and brush is not None:
            p.fillPath(transform.map(self._getFillPath()), brush)
        if pen is not None and pen.style() != Qt.PenStyle.NoPen:
            plain = QPen(pen)
            plain.setCosmetic(False)
            plain.setWidthF(pen.widthF() / self.ratio)
            p.setPen(plain)
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawPath(transform.map(self.getPath()))
        p.restore()
