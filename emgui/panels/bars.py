"""What stands on the ground of the histogram: bars, whole or in layers, their key, and a tick for each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter

from core.data import Array, Data
from core.scale import Scale
from emgui.panels.badges import Key
from emgui.panels.plot import PlotPanel
from emgui.theme import Theme, mixed

GAP_FROM = 4.0
"""Bars at least so many px wide stand 1 px apart."""
FEW = 500
"""Up to so many rows each gets a tick under the bars."""


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
    """Stacks of bars over a baseline, a layer for each colour."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self.layers: list[Layer] = []
        self._baseline = panel.line(1.0, antialias=False)

    def restyle(self) -> None:
        """Colours of the theme."""
        self._baseline.setPen(self._panel.pen(self._panel.theme.edge, 1.0))

    def hide(self) -> None:
        """Takes all bars away."""
        self._baseline.setData([], [])
        for layer in self.layers:
            layer.setVisible(False)

    def show(
        self, edges: Array, heights: Array, colours: list[QColor], open_ends: tuple[bool, bool] = (False, False)
    ) -> None:
        """Stacks heights (L, B) between edges (B + 1,) in L colours; those of open ends fade outwards."""
        while len(self.layers) < len(heights):
            layer = Layer()
            self.layers.append(layer)
            self._panel.box.addItem(layer, ignoreBounds=True)
        seen, pixel = self._panel.box.seen(), self._panel.box.per_pixel()[0]
        gap = np.where(np.diff(edges) >= GAP_FROM * pixel, pixel, 0.0)
        tops = np.cumsum(heights, axis=0)
        for layer, bottom, top, colour in zip(self.layers, tops - heights, tops, colours, strict=False):
            there = top > bottom
            layer.setOpts(
                x0=edges[:-1][there], x1=(edges[1:] - gap)[there], y0=bottom[there], y1=top[there],
                brush=QBrush(colour), brushes=self._brushes(edges, there, colour, open_ends),
            )  # fmt: skip
            layer.setVisible(True)
        for layer in self.layers[len(heights) :]:
            layer.setVisible(False)
        self._baseline.setData([seen.left, seen.right], [0.0, 0.0])

    def _brushes(
        self, edges: Array, there: NDArray[np.bool_], colour: QColor, open_ends: tuple[bool, bool]
    ) -> list[QBrush] | None:
        """A brush for each bar that is drawn, where the outer ones fade; None where all are alike."""
        if not any(open_ends):
            return None
        made = [QBrush(colour)] * len(there)
        if open_ends[0]:
            made[0] = _fading(colour, float(edges[1]), float(edges[0]))
        if open_ends[1]:
            made[-1] = _fading(colour, float(edges[-2]), float(edges[-1]))
        return [brush for brush, is_drawn in zip(made, there.tolist(), strict=True) if is_drawn]


def _fading(colour: QColor, begin: float, end: float) -> QBrush:
    """A colour at `begin` that is gone at `end`."""
    faint, gone = QColor(colour), QColor(colour)
    faint.setAlphaF(0.75 * colour.alphaF())
    gone.setAlphaF(0.0)
    gradient = QLinearGradient(begin, 0.0, end, 0.0)
    gradient.setColorAt(0.0, colour)
    gradient.setColorAt(0.4, faint)
    gradient.setColorAt(1.0, gone)
    return QBrush(gradient)


class Rug:
    """A short tick under the baseline for each value, while there are few."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._line = panel.line(-1.0, antialias=False, connect="pairs")
        self._of: Data | None = None
        self._x = np.empty(0)

    def restyle(self) -> None:
        """Colours of the theme."""
        theme = self._panel.theme
        self._line.setPen(self._panel.pen(mixed(QColor(theme.plot), QColor(theme.ink2), 0.4), 1.0))

    def hide(self) -> None:
        """Takes the ticks away."""
        self._line.setData([], [])

    def show(self, data: Data, scale: Scale) -> None:
        """Draws a tick for each different value that is known."""
        if self._of is not data:
            self._of = data
            values = np.unique(data.column[data.exact]) if len(data) <= FEW else np.empty(0)
            self._x = np.repeat(scale.to_view(values), 2)
        dy = self._panel.box.per_pixel()[1]
        self._line.setData(self._x, np.tile([-2.0 * dy, -6.0 * dy], len(self._x) // 2))


class LabelKey:
    """The key to the colours of labels, in the upper corner over the lower bars."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._key = Key()
        self.hide()
        panel.box.addItem(self._key, ignoreBounds=True)

    def hide(self) -> None:
        """Takes it away."""
        self._key.setVisible(False)

    def show(self, names: tuple[str, ...], heights: Array, colours: list[QColor]) -> None:
        """Names the colours of layers with heights (L + 1, B), the last of which are rows without a label."""
        if not names:
            self.hide()
            return
        rows = list(zip(colours, names, strict=False))
        if heights[-1].sum() > 1e-9 * heights.sum():  # the rest after subtraction: rounding is no row
            rows.append((colours[-1], "no label"))
        width = self._key.show_rows(rows, self._panel.theme)
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        tall, quarter = heights.sum(axis=0), heights.shape[1] // 4 + 1
        is_right = tall[-quarter:].max() <= tall[:quarter].max()
        self._key.setPos(seen.right - 4 * dx if is_right else seen.left + (width + 8) * dx, seen.top - 4 * dy)
        self._key.setVisible(True)


def known_colours(n: int, theme: Theme) -> list[QColor]:
    """The colours of rows that are known to be of components 1 to n: stronger than the tint of those that are not."""
    return [mixed(QColor(theme.plot), theme.component(number), 0.6) for number in range(1, n + 1)]


def label_colours(n: int, theme: Theme) -> list[QColor]:
    """A pale colour for each of n labels, and one for rows without: greys while they can be told apart, then tints."""
    ground, ink = QColor(theme.plot), QColor(theme.ink2)
    if n <= 3:
        greys = [mixed(ground, ink, share) for share in (0.22, 0.46, 0.72)]
        return [*greys[:n], QColor(theme.grid)]
    palette = len(theme.components)
    return [*(mixed(ground, theme.component(palette - i % palette), 0.45) for i in range(n)), QColor(theme.bars)]
