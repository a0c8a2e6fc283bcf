"""A line for the screen, drawn anew up to sixty times a second: what pyqtgraph would find out each time is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from core.data import Array


class ScreenLine(pg.PlotCurveItem):
    """A curve that may be anywhere in view, so that its bounds need not be looked for in its points."""

    xData: Array | None  # noqa: N815 - pyqtgraph's name
    _boundingRect: QRectF | None  # noqa: N815 - pyqtgraph's name

    def setData(self, *args: Array, **given: Any) -> None:  # noqa: N802
        """Other points x (m,) and y (m,)."""
        if given or len(args) != 2 or self.xData is None:
            super().setData(*args, **given)
            return
        self.xData, self.yData = (np.asarray(values, dtype=float) for values in args)
        self.path = self.fillPath = self._fillPathList = self._mouseShape = None
        self._lineSegmentsRendered = False
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """All that is in view."""
        if self._boundingRect is None:
            box = self.getViewBox()
            self._boundingRect = QRectF() if box is None else box.viewRect()
        return self._boundingRect
