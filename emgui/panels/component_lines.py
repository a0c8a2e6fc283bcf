"""The lines, fills and dotted shadows of components, and their badges: made once for each component, then moved."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from core.data import Array
from emgui import theme as look
from emgui.panels.badges import SIDE, Badge
from emgui.panels.bends import bends
from emgui.panels.plot import PlotPanel

WIDTH, SELECTED, BEFORE = 1.75, 2.25, 1.1
OVER_TINT = 0.6
"""Share of a fill's strength that is left over tinted bars."""
ABOVE = 16.0
"""How far over its peak a badge stands, in px."""
MOST_FILLED = 16
"""Components that are filled and drawn smoothly; of more, a frame would take longer than a person waits."""
CATCH = 8.0
"""How near to a line, in px, a click selects it."""


class ComponentLines:
    """A filled line for each component of a panel's plot."""

    def __init__(self, panel: PlotPanel, height: float, fill_to: float = 0.0) -> None:
        self._panel, self._height, self._fill_to = panel, height, fill_to
        self._fills: list[pg.PlotCurveItem] = []
        self._lines: list[pg.PlotCurveItem] = []
        self._styled: tuple[object, ...] = ()
        self.xs: list[Array] = []
        self.ys: list[Array] = []
        self.ids: tuple[int, ...] = ()

    def show(self, ids: tuple[int, ...], x: Array, ys: Array, selected: int, pale: bool = False) -> None:
        """Draws (K, m) heights at places x (m,) in the colours of the components; NaN is not drawn."""
        self._make(len(ids))
        self.ids, self.xs, self.ys = ids, [], []
        needed = bends(x, ys, self._panel.box.per_pixel()[1])
        for line, fill, y, bend in zip(self._lines, self._fills, ys, needed, strict=False):
            part = drawn_part(y)
            self.xs.append(x[part])
            self.ys.append(y[part])
            xs, heights = x[part][bend[part]], y[part][bend[part]]
            line.setData(xs, heights)
            if len(ids) <= MOST_FILLED:
                fill.setData(xs, np.where(np.isfinite(heights), heights, self._fill_to))
        self._style(ids, selected, pale)

    def at(self, x: float, y: float) -> int:
        """The component whose line passes nearest to a point in px, 0 for none near."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        nearest, found = CATCH, 0
        for identity, xs, ys in zip(self.ids, self.xs, self.ys, strict=True):
            if len(xs):
                distance = float(np.hypot((xs - seen.left) / dx - x, (seen.top - ys) / dy - y).min())
                if distance < nearest:
                    nearest, found = distance, identity
        return found

    def under(self, x: float, y: float) -> int:
        """The component whose fill covers a point in px, of several the highest there; 0 for none."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        place, height = seen.left + x * dx, seen.top - y * dy
        found, highest = 0, max(height, self._fill_to)
        for identity, xs, ys in zip(self.ids, self.xs, self.ys, strict=True):
            here = float(np.interp(place, xs, ys, left=np.nan, right=np.nan)) if len(xs) else np.nan
            if height >= self._fill_to and here > highest:
                found, highest = identity, here
        return found

    def hide(self) -> None:
        """Takes all lines away."""
        self.ids, self.xs, self.ys = (), [], []
        for item in (*self._lines, *self._fills):
            item.setVisible(False)
        self._styled = ()

    def restyle(self) -> None:
        """The theme has changed."""
        self._styled = ()

    def _make(self, n: int) -> None:
        while len(self._lines) < n:
            # Its edge is under the line, so on a screen it need not be smooth.
            smooth = bool(self._panel.figure)
            fill = self._panel.line(self._height, antialias=smooth, fillLevel=self._fill_to, pen=None)
            self._fills.append(fill)
            self._lines.append(self._panel.line(self._height + 5, connect="finite"))

    def _style(self, ids: tuple[int, ...], selected: int, pale: bool) -> None:
        key = (ids, selected, pale)
        if key == self._styled:
            return
        self._styled, theme = key, self._panel.theme
        for place, (line, fill) in enumerate(zip(self._lines, self._fills, strict=True)):
            line.setVisible(place < len(ids))
            fill.setVisible(place < len(ids) <= MOST_FILLED)
            line.opts["antialias"] = len(ids) <= MOST_FILLED
            if place >= len(ids):
                continue
            identity = ids[place]
            colour = theme.component(identity)
            is_selected = identity == selected
            line.setPen(self._panel.pen(colour, SELECTED if is_selected else WIDTH, theme.is_dashed(identity)))
            line.setZValue(self._height + (9 if is_selected else 5))
            colour.setAlphaF(theme.fill * (OVER_TINT if pale else 1.0))
            fill.setBrush(colour)


def drawn_part(y: Array) -> slice:
    """The part of a line from the first point that is drawn to the last."""
    there = np.flatnonzero(np.isfinite(y))
    return slice(there[0], there[-1] + 1) if len(there) > 1 else slice(0, 0)


class Shadows:
    """Dotted lines where the components were before an M step."""

    def __init__(self, panel: PlotPanel, height: float) -> None:
        self._panel, self._height = panel, height
        self._lines: list[pg.PlotCurveItem] = []
        self._styled: tuple[int, ...] = ()

    def show(self, ids: tuple[int, ...], x: Array, ys: Array) -> None:
        """Draws (K, m) heights at places x (m,), dotted."""
        while len(self._lines) < len(ids):
            self._lines.append(self._panel.line(self._height, connect="finite"))
        needed = bends(x, ys, self._panel.box.per_pixel()[1])
        for line, y, bend in zip(self._lines, ys, needed, strict=False):
            part = drawn_part(y)
            line.setData(x[part][bend[part]], y[part][bend[part]])
        if self._styled != ids:
            self._style(ids)

    def hide(self) -> None:
        """Takes them away."""
        if self._styled:
            self._styled = ()
            for line in self._lines:
                line.setVisible(False)

    restyle = hide

    def _style(self, ids: tuple[int, ...]) -> None:
        self._styled = ids
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(ids))
            if place < len(ids):
                pen = self._panel.pen(QColor(self._panel.theme.component(ids[place])), BEFORE)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([2.0, 2.0])
                line.setPen(pen)


class Badges:
    """The badges of a plot: each over its peak, none over another."""

    def __init__(self, panel: PlotPanel) -> None:
        self._panel = panel
        self._badges: list[Badge] = []
        self._shown: tuple[int, ...] = ()
        self.centres: list[tuple[int, float, float]] = []

    def show(self, ids: tuple[int, ...], at: Array, tops: Array, over: Array) -> None:
        """Puts a badge at places `at` over heights `tops`, or over the heights `over` where those are close."""
        box = self._panel.box
        while len(self._badges) < len(ids):
            badge = Badge()
            self._badges.append(badge)
            box.addItem(badge, ignoreBounds=True)
        if ids != self._shown:
            self._shown = ids
            for badge, identity in zip(self._badges, ids, strict=False):
                badge.show_component(identity, self._panel.theme)
        seen, (dx, dy) = box.seen(), box.per_pixel()
        xs = (at - seen.left) / dx
        self.centres = _spread(ids, xs, (seen.top - tops) / dy, (seen.top - over) / dy, float(box.width()))
        inside = {identity: (x, y) for identity, x, y in self.centres}
        for place, badge in enumerate(self._badges):
            spot = inside.get(ids[place]) if place < len(ids) else None
            badge.setVisible(spot is not None)
            if spot is not None:
                badge.setPos(seen.left + spot[0] * dx, seen.top - spot[1] * dy)

    def at(self, x: float, y: float) -> int:
        """The component whose badge is at a point in px, 0 for none."""
        reach = look.px(SIDE) / 2 + 2
        return next((i for i, left, top in self.centres if abs(left - x) <= reach and abs(top - y) <= reach), 0)

    def hide(self) -> None:
        """Takes all badges away."""
        self.centres = []
        for badge in self._badges:
            badge.setVisible(False)

    def restyle(self) -> None:
        """The theme has changed."""
        self._shown = ()


def _spread(ids: tuple[int, ...], xs: Array, peaks: Array, over: Array, width: float) -> list[tuple[int, float, float]]:
    """Centres of badges in px from the top left: 16 over the peak, or the line over it; higher where one is taken."""
    taken: list[tuple[int, float, float]] = []
    side, above = look.px(SIDE), look.px(ABOVE)
    for place in np.argsort(xs, kind="stable"):
        x, peak, line = float(xs[place]), float(peaks[place]), float(over[place])
        if not (0.0 <= x <= width and np.isfinite(peak)):
            continue
        y = peak - above
        if y - side / 2 - 3 < line < peak:
            y = line - above
        x = min(max(x, side / 2 + 1), width - side / 2 - 1)
        y = max(y, side / 2 + 6)
        near = [height for _, other, height in taken if abs(x - other) < side + 1]
        for step in range(2 * len(near) + 1):
            up = y - step * (side + 2)
            if not any(abs(up - height) < side + 1 for height in near):
                break
        y = up if up >= side / 2 else y + side + 2
        taken.append((ids[place], x, y))
    return taken
