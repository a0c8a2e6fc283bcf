"""The inside of a plot: what is in view, and what mouse and wheel do there."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, Qt, Signal


class Seen(NamedTuple):
    """The edges of what is in view."""

    left: float
    right: float
    bottom: float
    top: float


class PlotBox(pg.ViewBox):
    """The plot's inside: the wheel zooms along the x axis, dragging an axis pans it, a double click resets.

    Where a panel sets `takes_doubles`, a double click between the axes is its own: `doubled`. `menu_wanted` carries
    where in the plot a menu was asked for, and where on the screen.
    `hovered` carries where the pointer is, None when it has left; `pulled` where it was pressed, where it is now, and
    whether it was let go. All in px.
    """

    reset = Signal()
    clicked = Signal(QPointF)
    doubled = Signal(QPointF)
    menu_wanted = Signal(QPointF, QPoint)
    dragged = Signal(QPointF)
    zoomed = Signal(int)
    hovered = Signal(object)
    pulled = Signal(QPointF, QPointF, bool)

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()
        self.takes_doubles = False

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802
        """Zooms the x axis over the plot, or the axis under the pointer."""
        axis = 0 if axis is None else axis
        super().wheelEvent(ev, axis=axis)
        self.zoomed.emit(axis)

    def zoom(self, factor: float) -> None:
        """Shows `factor` times as much of the x axis, about its middle."""
        self.scaleBy(x=factor)
        self.zoomed.emit(0)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802
        """Pans along an axis; inside the plot the panel decides."""
        if ev.button() != Qt.MouseButton.LeftButton:
            ev.ignore()
        elif axis is None:
            ev.accept()
            self.dragged.emit(QPointF(ev.pos()))
            self.pulled.emit(QPointF(ev.buttonDownPos()), QPointF(ev.pos()), bool(ev.isFinish()))
        elif self.state["mouseEnabled"][axis]:
            super().mouseDragEvent(ev, axis=axis)
            self.zoomed.emit(axis)

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802
        """A double click resets the ranges, the right button asks for a menu."""
        at = self.mapFromScene(QPointF(ev.scenePos()))
        is_inside = self.rect().contains(at)  # a click on an axis comes here too
        if ev.button() == Qt.MouseButton.RightButton and is_inside:
            ev.accept()
            self.menu_wanted.emit(at, ev.screenPos().toPoint())
        if ev.button() != Qt.MouseButton.LeftButton:
            return
        ev.accept()
        if ev.double() and self.takes_doubles and is_inside:
            self.doubled.emit(at)
        elif ev.double():
            self.reset.emit()
        else:
            self.clicked.emit(at)

    def hoverEvent(self, ev: Any) -> None:  # noqa: N802
        """Says where the pointer is, None when it has left."""
        self.hovered.emit(None if ev.isExit() else QPointF(ev.pos()))

    def seen(self) -> Seen:
        """What is in view, in drawn places."""
        (left, right), (bottom, top) = self.viewRange()
        return Seen(left, right, bottom, top)

    def per_pixel(self) -> tuple[float, float]:
        """How much of x and of y one px is."""
        seen = self.seen()
        return (seen.right - seen.left) / max(1.0, self.width()), (seen.top - seen.bottom) / max(1.0, self.height())
