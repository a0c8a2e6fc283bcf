"""Thresholds between components: lines through the histogram with their values, which the mouse can move."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import floor, log10

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QApplication

from core import formatting
from core.data import Data
from core.mixture import Mixture
from core.scale import Scale
from core.thresholds.placing import Placed
from emgui import theme as looks
from emgui.panels.badges import Words
from emgui.panels.bars import Layer
from emgui.panels.plot import PlotPanel, scale_of

DOWN, ROW, ROWS = 9.0, 14.0, 4
"""How far under the top the first row of values stands, from one row to the next (px at scale 1), and how many rows."""
BESIDE, APART = 4.0, 6.0
"""Px between a line and its value, and between two values in a row."""
BADGE = 11.0
"""How far, in px, the middle of a badge must stay from a value."""
REACH = 5.0
"""How far from a line it can be taken, in px."""
FEW = 3
"""Thresholds in view of which each also says what share of all rows is expected on its wrong side, if it is between the
locations of both components: where a wide one begins again beyond a narrow one, no single cut is meant."""
FEWEST = 3
"""Digits that a value has at least."""
PALE = 0.08
"""Opacity of the 95 % interval of a threshold."""


class Thresholds(QObject):
    """The lines of a panel's plot, their intervals and their values.

    A line can be dragged between its neighbours, and then is by hand; Esc lets it go where it was. taken: whether
    something else is held at a point in px.
    """

    def __init__(self, panel: PlotPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._parting = panel.document.parting
        self._bands = Layer()
        self._bands.setZValue(0.5)
        panel.box.addItem(self._bands, ignoreBounds=True)
        self._lines = panel.line(12.5, antialias=False, connect="pairs")
        self._by_hand = panel.line(12.6, antialias=False, connect="pairs")
        self._chosen = panel.line(12.7, antialias=False, connect="pairs")
        self._values: list[Words] = []
        self._says = (Words(), Words())
        for word in self._says:
            word.setZValue(70.0)
            word.setVisible(False)
            panel.box.addItem(word, ignoreBounds=True)
        self._drawn: list[tuple[Placed, float]] = []
        self._scale = Scale()
        self._mixture: Mixture | None = None
        self._data: Data | None = None
        self._hot = False
        self._is_refused = False
        self._held: Placed | None = None
        self._offset = 0.0
        self.found: tuple[Placed, ...] = ()
        self.taken: Callable[[QPointF], bool] = lambda at: False
        self._parting.changed.connect(panel.schedule)
        if not panel.figure:
            panel.box.hovered.connect(self._hover)
            panel.box.pulled.connect(self._pull)
            panel.box.clicked.connect(self._click)
            panel.document.data_changed.connect(self._give_up)

    def restyle(self) -> None:
        """Colours of the theme."""
        panel, theme = self._panel, self._panel.theme
        self._lines.setPen(panel.pen(theme.ink2, 1.0, dashed=True))
        self._by_hand.setPen(panel.pen(theme.ink, 1.0))
        self._chosen.setPen(panel.pen(theme.accent, 1.5))
        pale = QColor(theme.ink2)
        pale.setAlphaF(PALE)
        self._bands.setOpts(brush=pale)

    def hide(self) -> None:
        """Takes them away."""
        self._mixture, self._data, self.found, self._drawn = None, None, (), []
        for line in (self._lines, self._by_hand, self._chosen):
            line.setData([], [])
        self._show_bands([])
        for word in (*self._values, *self._says):
            word.setVisible(False)

    def show(self, mixture: Mixture, data: Data, scale: Scale, badges: list[tuple[int, float, float]]) -> None:
        """Draws the thresholds of a mixture, their values clear of badges (number, x and y in px from the top left)."""
        self._mixture, self._data, self._scale = mixture, data, scale
        self.found = self._parting.placing(mixture).thresholds
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        # Of whole numbers the line is between two bars, the first of the upper component on its right.
        half = 0.5 if mixture.plain.family.discrete else 0.0
        drawn = [(one, float(scale.to_view(one.value - half))) for one in self.found]
        self._drawn = drawn = [(one, x) for one, x in drawn if seen.left < x < seen.right]
        self._show_lines(seen.top)
        self._show_bands([one for one, _ in drawn])
        while len(self._values) < len(drawn):
            self._values.append(Words())
            self._values[-1].setVisible(False)
            self._panel.box.addItem(self._values[-1], ignoreBounds=True)
        for word in (*self._values, *self._says):
            word.setVisible(False)
        badge = looks.px(BADGE)
        taken = [(x - badge, x + badge, y) for _, x, y in badges]
        theme = self._panel.theme
        # The chosen one has its place before the others.
        order = sorted(range(len(drawn)), key=lambda place: not self._parting.is_selected(drawn[place][0]))
        for place in order:
            (one, x), value = drawn[place], self._values[place]
            is_chosen = self._parting.is_selected(one)
            text = self._words(one, float(scale.from_view(x + dx) - scale.from_view(x)), len(drawn) <= FEW, is_chosen)
            rows = 3 if is_chosen and self._parting.is_held else 1
            spot = self._free((x - seen.left) / dx, value.width(text), taken, rows)
            if spot is not None:
                at, down, align = spot
                value.say(text, theme.accent if is_chosen else theme.ink2, theme, align)
                value.setPos(seen.left + at * dx, seen.top - down * dy)
                value.setVisible(True)
                if rows > 1:
                    self._say(one, at, down, align)

    @property
    def sentence(self) -> str:
        """The thresholds among the data in words, for those who cannot see them; "" for none."""
        if self._data is None:
            return ""
        low, high = float(self._data.minimum[0]), float(self._data.maximum[0])
        among = [one for one in self.found if low < one.value <= high]
        if not among:
            return ""
        if any(one.above != other.below for one, other in pairwise(among)):
            parts = [f"{formatting.digits(one.value)} ({one.rule.words})" for one in among]
            return f" Thresholds stand at {', '.join(parts)}."
        parts = [f"component {one.above} from {formatting.digits(one.value)} on" for one in among]
        return f" Likeliest is component {among[0].below}, {', '.join(parts)}."

    # ---- drawing

    def _show_lines(self, top: float) -> None:
        groups: dict[bool | None, list[float]] = {None: [], True: [], False: []}
        for one, x in self._drawn:
            groups[None if self._parting.is_selected(one) else one.rule.by_hand].append(x)
        for line, kind in ((self._chosen, None), (self._by_hand, True), (self._lines, False)):
            line.setData(np.repeat(groups[kind], 2), np.tile([0.0, top], len(groups[kind])))

    def _show_bands(self, drawn: list[Placed]) -> None:
        """The intervals, as far as they are in view."""
        seen = self._panel.box.seen()
        ends = [one.interval for one in drawn if one.interval is not None]
        at = np.array([self._scale.to_view(np.array(pair)) for pair in ends]).reshape(-1, 2)
        low, high = np.clip(at, seen.left, seen.right).T
        self._bands.setOpts(x0=low, x1=high, y0=np.zeros(len(at)), y1=np.full(len(at), seen.top))

    def _words(self, one: Placed, pixel: float, says_wrong: bool, is_chosen: bool) -> str:
        """The value, how sure it is where it is chosen, and what is wrong where there is room for that."""
        text = value_text(one.value, pixel)
        if is_chosen and one.standard_error is not None:
            text += f" ± {formatting.short(float(f'{one.standard_error:.2g}'))}"
        if self._parting.is_held and is_chosen:
            return f"{text}, by hand"
        if says_wrong and self._mixture is not None and _is_between(self._mixture.plain, one):
            text += f", {100 * one.wrong.total:.2g} % wrong"
        return text

    def _say(self, one: Placed, at: float, down: float, align: float) -> None:
        """What is on either side of the one that is dragged, in two rows under its value."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        rows = self._parting.rows(one.value)
        shares = one.wrong.below, one.wrong.above
        for row, (word, side, share) in enumerate(zip(self._says, ("below", "above"), shares, strict=True)):
            counted = "" if rows is None else f"{formatting.count(rows[row])} rows "
            text = f"{counted}{side}, {100 * share:.2g} % wrong"
            word.say(text, self._panel.theme.ink2, self._panel.theme, align)
            word.setPos(seen.left + at * dx, seen.top - (down + (row + 1) * looks.px(ROW)) * dy)
            word.setVisible(True)

    def _free(
        self, at: float, width: float, taken: list[tuple[float, float, float]], rows: int = 1
    ) -> tuple[float, float, float] | None:
        """The first free place for a value beside a line: x and y in px, and the end of it that is there."""
        high = looks.px(ROW)
        for row in range(ROWS):
            down = looks.px(DOWN) + row * high
            for align in (0.0, 1.0):
                left = at + BESIDE if align == 0.0 else at - BESIDE - width
                inside = left >= 0.0 and left + width <= self._panel.box.width()
                if inside and not any(
                    left - APART < right and first < left + width + APART and abs(y - down) < high
                    for first, right, y in taken
                ):
                    taken += [(left, left + width, down + more * high) for more in range(rows)]
                    return left + align * width, down, align
        return None

    # ---- the mouse

    def at(self, x: float) -> Placed | None:
        """The threshold at so many px from the left; None for none."""
        seen, (dx, _) = self._panel.box.seen(), self._panel.box.per_pixel()
        near = [(abs((place - seen.left) / dx - x), one) for one, place in self._drawn]
        nearest = min(near, key=lambda pair: pair[0], default=(np.inf, None))
        return nearest[1] if nearest[0] <= REACH else None

    def _hover(self, at: QPointF | None) -> None:
        if self._held is not None:
            return
        is_hot = at is not None and not self.taken(at) and self.at(at.x()) is not None
        if is_hot != self._hot:
            self._hot = is_hot
            if is_hot:
                self._panel.box.setCursor(Qt.CursorShape.SplitHCursor)
                self._parting.rows(0.0)  # so that the rows are sorted when they are to be counted
            else:
                self._panel.box.unsetCursor()

    def _click(self, at: QPointF) -> None:
        """A click beside a line selects its threshold, one elsewhere none."""
        if not self._drawn and self._parting.selected is None:
            return
        one = None if self.taken(at) else self.at(at.x())
        self._parting.select(None if one is None else one.moved)

    def _pull(self, start: QPointF, at: QPointF, is_over: bool) -> None:
        """The pointer was pressed at start and is now elsewhere."""
        if self._held is None and not self._is_refused:
            self._is_refused = not self._take_up(start)
        if self._held is not None:
            self._move(at.x())
        if is_over:
            self._is_refused = False
            if self._held is not None:
                self._end()
                self._parting.let_go()

    def _take_up(self, start: QPointF) -> bool:
        one = None if self.taken(start) else self.at(start.x())
        if one is None:
            return False
        seen, (dx, _) = self._panel.box.seen(), self._panel.box.per_pixel()
        place = next(x for other, x in self._drawn if other is one)
        self._held, self._offset = one, (place - seen.left) / dx - start.x()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        return True

    def _move(self, x: float) -> None:
        """Puts the held one where the pointer is: to a number that a px more would change."""
        seen, (dx, _) = self._panel.box.seen(), self._panel.box.per_pixel()
        scale = scale_of(self._panel.document)
        here, there = (float(scale.from_view(seen.left + (x + self._offset + more) * dx)) for more in (0.0, 1.0))
        if self._held is None or not np.isfinite([here, there]).all():
            return
        if self._mixture is not None and self._mixture.plain.family.discrete:
            value = float(np.floor(here + 1.0))
        else:
            step = 10.0 ** floor(log10(abs(there - here))) if there != here else 0.0
            value = float(f"{round(here / step) * step:.15g}") if step > 0.0 else here
        self._parting.hold(self._held, value)
        self._held = next((one for one in self._parting.shown.thresholds if self._parting.is_selected(one)), self._held)

    def _end(self) -> None:
        self._held = None
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def _give_up(self) -> None:
        if self._held is not None:
            self._end()
            self._is_refused = True
            self._parting.give_up()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """While a line is held, Esc is its own."""
        is_key = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if is_key and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._give_up()
            return True
        return super().eventFilter(watched, event)


def _is_between(plain: Mixture, threshold: Placed) -> bool:
    """Whether the components that a threshold parts have their locations on the sides on which they are likelier."""
    at = dict(zip(plain.ids, plain.family.location(plain.parameters).tolist(), strict=True))
    return bool(at[threshold.below] < threshold.value <= at[threshold.above])


def value_text(value: float, pixel: float) -> str:
    """A value in as many digits as can be told apart in the plot, where one px is so much."""
    finest = log10(abs(value) / pixel) if value != 0.0 and pixel > 0.0 else 0.0
    return formatting.short(float(f"{value:.{min(15, max(FEWEST, floor(finest) + 1))}g}"))
