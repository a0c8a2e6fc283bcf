"""Grips on the selected component: its place, its width and its weight are moved with the mouse, as a new start."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication

from core import formatting
from core.constraints.constraint import WEIGHT
from core.data import Array
from core.errors import InputError
from core.families.family import spoken
from core.mixture import Mixture
from emgui import holding
from emgui.document import Document
from emgui.panels.badges import Mark, Words
from emgui.panels.estimate import Estimate
from emgui.panels.handles import Handle, ends_of, handles, location_of, rounded, told
from emgui.panels.plot import PlotPanel, scale_of
from emgui.run import Moment
from emgui.theme import Theme

PLACE, LOW, HIGH, TOP = "place", "low", "high", "top"
REACH = 12.0
"""How far from its middle a grip can be taken, in px."""
HANGING = 15.0
"""Room in px that the grip under the baseline needs."""
BESIDE, ROW = 18.0, 16.0
"""How far from the pointer the words stand, and how high a row of them is, in px."""


class Spot(NamedTuple):
    """Where a grip stands, in drawn places, and what it moves."""

    x: float
    y: float
    handle: Handle


@dataclass(eq=False)
class Drag:
    """A grip that is held: from which moment on, how far the pointer was from it (px), and what came of it so far."""

    kind: str
    identity: int
    handle: Handle
    moment: Moment
    offset: QPointF
    estimate: Estimate
    mixture: Mixture
    value: float
    pointer: QPointF
    words: tuple[str, str] = ("", "")

    @property
    def has_moved(self) -> bool:
        """Whether letting go would change anything."""
        return self.value != self.handle.value


class Grip(Mark):
    """The shape of one grip."""

    def __init__(self, kind: str) -> None:
        super().__init__(62.0)
        self._path = _shape(kind)
        self.middle = self._path.boundingRect().center()
        self._look: tuple[QColor, QColor] = (QColor(), QColor())
        self.resize_to(self._path.boundingRect().adjusted(-2, -2, 2, 2))
        self.setVisible(False)

    def show_as(self, theme: Theme, identity: int, is_hot: bool) -> None:
        """Takes the colours of a component; is_hot: the pointer is on it."""
        ground = QColor(theme.plot if theme.name == "light" else theme.ink)
        edge = QColor(theme.accent) if is_hot else theme.component(identity)
        if (ground, edge) != self._look:
            self._look = ground, edge
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draws it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._look[0])
        painter.setPen(QPen(self._look[1], 2.0))
        painter.drawPath(self._path)


class Grips(QObject):
    """The grips of a panel's selected component. Letting one go asks for a value of a parameter: a new start."""

    value_wanted = Signal(int, str, float)

    def __init__(self, document: Document, panel: PlotPanel) -> None:
        super().__init__(panel)
        self.document, self._panel = document, panel
        self.spots: dict[str, Spot] = {}
        self.value, self.height = Words(), Words()
        self._guides = panel.line(18.0, antialias=False, connect="pairs")
        self._grips = {kind: Grip(kind) for kind in (PLACE, LOW, HIGH, TOP)}
        for item in (*self._grips.values(), self.value, self.height):
            panel.box.addItem(item, ignoreBounds=True)
        for word in (self.value, self.height):
            word.setZValue(70.0)
            word.setVisible(False)
        self._hot = ""
        self._drag: Drag | None = None
        self._is_refused = False
        self._returning: tuple[float, int] | None = None
        panel.box.hovered.connect(self._hover)
        panel.box.pulled.connect(self._pull)
        for signal in (document.moved, document.data_changed, document.playing_changed, document.selection_changed):
            signal.connect(self.cancel)
        document.data_changed.connect(self._stay)
        document.moved.connect(self._return)

    @property
    def mixture(self) -> Mixture | None:
        """The mixture under the drag; None while no grip is held."""
        return self._drag.mixture if self._drag is not None else None

    # ---- drawing

    def show(self, mixture: Mixture, ids: tuple[int, ...], xs: list[Array], ys: list[Array]) -> None:
        """Puts the grips on the selected component, by the lines of the components (x and y of each)."""
        identity = self.document.selected
        if identity not in ids or self.document.playing or self._panel.figure:
            self.hide()
            return
        place = ids.index(identity)
        self.spots = self._standing(mixture, identity, xs[place], ys[place])
        seen, (_, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        for kind, grip in self._grips.items():
            spot = self.spots.get(kind)
            grip.setVisible(spot is not None)
            if spot is not None:
                lowest = seen.bottom + HANGING * dy
                grip.setPos(spot.x, max(spot.y, lowest) if kind == PLACE else spot.y)
                grip.show_as(self._panel.theme, identity, kind in self._lit)
        self._show_guides(identity, xs[place], ys[place])
        self._show_words()

    def hide(self) -> None:
        """Takes the grips away."""
        self.spots = {}
        self._hover(None)
        for item in (*self._grips.values(), self._guides, self.value, self.height):
            item.setVisible(False)

    @property
    def _lit(self) -> tuple[str, ...]:
        kind = self._drag.kind if self._drag is not None else self._hot
        return (LOW, HIGH) if kind in (LOW, HIGH) else (kind,)

    def _standing(self, mixture: Mixture, identity: int, x: Array, y: Array) -> dict[str, Spot]:
        """The grips that the component has and that are in view."""
        if len(x) == 0:
            return {}
        scale, found = scale_of(self.document), {}
        where, wide = handles(mixture, identity)
        if where is not None:
            found[PLACE] = Spot(float(scale.to_view(location_of(mixture, identity))), 0.0, where)
        if wide is not None:
            for kind, end in zip((LOW, HIGH), ends_of(mixture, identity), strict=True):
                at = float(scale.to_view(end))
                found[kind] = Spot(at, float(np.interp(at, x, np.nan_to_num(y))), wide)
        if mixture.n_components > 1:
            heights = np.nan_to_num(y)
            highest = float(heights.max())
            at = float(x[heights >= highest * (1 - 1e-9)].mean())
            weight = holding.value_of(mixture, identity, WEIGHT)
            if highest > 0.0:
                handle = Handle(WEIGHT, weight, lambda to: min(max(weight * to / highest, 0.001), 0.999))
                found[TOP] = Spot(at, highest, handle)
        seen = self._panel.box.seen()
        return {
            kind: spot
            for kind, spot in found.items()
            if seen.left <= spot.x <= seen.right and seen.bottom <= spot.y <= seen.top
        }

    def _show_guides(self, identity: int, x: Array, y: Array) -> None:
        ends: list[tuple[float, float]] = []
        if PLACE in self.spots:
            at = self.spots[PLACE].x
            ends += [(at, 0.0), (at, float(np.interp(at, x, np.nan_to_num(y))))]
        if LOW in self.spots and HIGH in self.spots:
            ends += [(self.spots[kind].x, self.spots[kind].y) for kind in (LOW, HIGH)]
        self._guides.setVisible(bool(ends))
        if ends:
            panel = self._panel
            self._guides.setPen(panel.pen(panel.theme.component(identity), 1.0, dashed=True))
            self._guides.setData(np.array([one for one, _ in ends]), np.array([one for _, one in ends]))

    def _show_words(self) -> None:
        """The value and the log-likelihood beside the pointer, inside the plot."""
        drag, panel = self._drag, self._panel
        for word in (self.value, self.height):
            word.setVisible(drag is not None and drag.has_moved)
        if drag is None or not drag.has_moved:
            return
        seen, (dx, dy) = panel.box.seen(), panel.box.per_pixel()
        widest = max(word.width(text) for word, text in zip((self.value, self.height), drag.words, strict=True))
        fits = drag.pointer.x() + BESIDE + widest < panel.box.width()
        if drag.kind == LOW and drag.pointer.x() > BESIDE + widest:
            fits = False  # where there is room on both sides, not over the component
        x = max(drag.pointer.x() + (BESIDE if fits else -BESIDE), 0.0 if fits else widest)
        y = min(max(drag.pointer.y() - 2.2 * ROW, ROW), panel.box.height() - 2 * ROW)
        for row, (word, text) in enumerate(zip((self.value, self.height), drag.words, strict=True)):
            word.say(text, panel.theme.ink if row == 0 else panel.theme.ink2, panel.theme, 0.0 if fits else 1.0)
            word.setPos(seen.left + x * dx, seen.top - (y + row * ROW) * dy)

    # ---- the mouse

    def at(self, x: float, y: float) -> str:
        """The grip at a point in px; "" for none."""
        nearest, found = REACH, ""
        for kind in self.spots:
            middle = self._middle(kind)
            away = max(abs(middle.x() - x), abs(middle.y() - y))
            if away <= nearest:
                nearest, found = away, kind
        return found

    def _middle(self, kind: str) -> QPointF:
        grip = self._grips[kind]
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        return QPointF((grip.x() - seen.left) / dx, (seen.top - grip.y()) / dy) + grip.middle

    def _hover(self, at: QPointF | None) -> None:
        if self._drag is not None:
            return
        kind = "" if at is None else self.at(at.x(), at.y())
        if kind == self._hot:
            return
        self._hot = kind
        if kind:
            upright = kind == TOP
            self._panel.box.setCursor(Qt.CursorShape.SizeVerCursor if upright else Qt.CursorShape.SizeHorCursor)
        else:
            self._panel.box.unsetCursor()
        if self.spots:
            self._panel.schedule()

    def _pull(self, start: QPointF, at: QPointF, is_over: bool) -> None:
        """The pointer was pressed at start and is now elsewhere."""
        if self._drag is None and not self._is_refused:
            self._is_refused = not self._take_up(start)
        if self._drag is not None:
            self._move(at)
        if is_over:
            self._is_refused = False
            _application().removeEventFilter(self)
            self._let_go()

    def _take_up(self, start: QPointF) -> bool:
        """Whether there was a grip to hold."""
        kind, moment, data = self.at(start.x(), start.y()), self.document.moment, self.document.data
        if not kind or moment is None or data is None:
            return False
        handle, middle = self.spots[kind].handle, self._middle(kind)
        estimate = Estimate(data, moment.mixture, moment.log_likelihood)
        offset, identity = middle - start, self.document.selected
        self._drag = Drag(kind, identity, handle, moment, offset, estimate, moment.mixture, handle.value, start)
        _application().installEventFilter(self)
        return True

    def _move(self, at: QPointF) -> None:
        drag = self._drag
        assert drag is not None
        drag.pointer = at
        value, step = self._value(drag, at + drag.offset)
        if not isfinite(value) or not isfinite(step):
            return
        wanted = rounded(value, step)
        try:
            mixture = holding.edited(
                self.document.options, drag.moment.mixture, drag.identity, drag.handle.name, wanted
            )
        except InputError:
            return  # out of what is allowed: the last value stays
        drag.value, drag.mixture = wanted, mixture
        drag.words = f"{spoken(drag.handle.name)} {told(wanted, step)}", self._height_words(drag)
        self.document.set_preview(mixture)
        self._panel.schedule()

    def _value(self, drag: Drag, at: QPointF) -> tuple[float, float]:
        """The value for a place of the grip in px, and how much a px more would change it; NaN for none."""
        seen, (dx, dy) = self._panel.box.seen(), self._panel.box.per_pixel()
        if drag.kind == TOP:
            return float(drag.handle.value_at(seen.top - at.y() * dy)), 0.001
        scale = scale_of(self.document)
        here, there = (float(scale.from_view(seen.left + (at.x() + more) * dx)) for more in (0.0, 1.0))
        try:
            value = float(drag.handle.value_at(here))
            return value, abs(float(drag.handle.value_at(there)) - value)
        except (ValueError, ZeroDivisionError, OverflowError):
            return float("nan"), float("nan")

    def _height_words(self, drag: Drag) -> str:
        is_whole = drag.estimate.is_whole  # of this number, not of the next
        found = drag.estimate.of(drag.mixture)
        change = found - drag.moment.log_likelihood
        sign = "+" if change > 0.0 else ""
        if not isfinite(found):
            return "log-likelihood: some rows are too far from every component"
        if is_whole:
            texts = formatting.log_likelihood(found), formatting.log_likelihood(change)
        else:
            shown = float(f"{change:.2g}")
            known = round(found, 1 - floor(log10(abs(shown)))) if shown else found
            texts = f"about {formatting.number(known, 0)}", formatting.number(shown, 0)
        return f"log-likelihood {texts[0]} ({sign}{texts[1]})"

    def _let_go(self) -> None:
        """Asks for the value; the component stays selected, whatever number it has in the new start."""
        drag, self._drag = self._drag, None
        self.document.set_preview(None)
        self._panel.schedule()
        if drag is None or not drag.has_moved:
            return
        before = self.document.current
        self._returning = None
        self.value_wanted.emit(drag.identity, drag.handle.name, drag.value)
        if self.document.current is not before:
            self._returning = location_of(drag.mixture, drag.identity), drag.identity
            self._return()

    def cancel(self) -> None:
        """Lets go of a grip, and nothing has changed."""
        if self._drag is not None:
            self._drag, self._is_refused = None, True
            self.document.set_preview(None)
            self._panel.schedule()

    def _stay(self) -> None:
        self._returning = None

    def _return(self) -> None:
        moment = self.document.moment
        if self._returning is None or moment is None:
            return
        (place, identity), self._returning = self._returning, None
        away = np.abs(moment.mixture.family.location(moment.mixture.parameters) - place)
        nearest = np.flatnonzero(away <= away.min())
        ids = [moment.mixture.ids[one] for one in nearest]
        if ids:
            self.document.select(identity if identity in ids else ids[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """While a grip is held, Esc is its own."""
        is_key = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if is_key and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self.cancel()
            return True
        return super().eventFilter(watched, event)


def _application() -> QCoreApplication:
    application = QApplication.instance()
    assert application is not None
    return application


def _shape(kind: str) -> QPainterPath:
    path = QPainterPath()
    if kind == PLACE:
        path.moveTo(0.0, 1.0)
        for x, y in ((6.0, 7.0), (6.0, 14.0), (-6.0, 14.0), (-6.0, 7.0)):
            path.lineTo(x, y)
        path.closeSubpath()
    elif kind == TOP:
        path.addEllipse(QPointF(0.0, 0.0), 6.5, 6.5)
    else:
        path.addRoundedRect(QRectF(-3.5, -8.0, 7.0, 16.0), 3.5, 3.5)
    return path
