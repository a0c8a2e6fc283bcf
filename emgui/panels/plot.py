"""What the three plots have in common: the sheet, its axes, grid and captions, zooming, and when to draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.scale import Scale
from core.whole_numbers import Cells
from emgui import theme as look
from emgui.document import Document
from emgui.panels.axis import Axis
from emgui.panels.badges import Words
from emgui.panels.box import PlotBox
from emgui.panels.figure_line import FigureLine
from emgui.panels.screen_line import ScreenLine
from emgui.theme import Theme

EDGE, RIGHT, CAPTION_ROW, AXIS_ROW = 16, 20, 24, 22
"""Left padding of captions, right margin, height of a caption's row and of tick labels, in px."""
NARROWEST = 60
BEYOND = 0.12
"""Part of the data's range that is shown beyond it, where values may be that were not seen or not recorded."""
WIDEST = {"xMin": -5.0, "xMax": 6.0, "minXRange": 1e-9}
"""How far the column's axis can be zoomed, in lengths of the data."""


class PlotPanel(QWidget):
    """A plot of the document. Draws at most once a turn of the event loop, and only while it can be seen."""

    labels_changed = Signal()
    NAME = ""

    def __init__(self, document: Document, theme: Theme, figure: float = 0.0) -> None:
        """figure: device pixels in a px of the figure that is to be drawn; 0 for a plot on the screen."""
        super().__init__()
        self.document, self.theme, self.figure = document, theme, figure
        self.caption, self.x_caption = "", ""
        self.box, self.left, self.bottom = PlotBox(), Axis("left"), Axis("bottom")
        self.plot = pg.PlotWidget(self, viewBox=self.box, axisItems={"left": self.left, "bottom": self.bottom})
        self._label_width = 0.0
        self._late = QTimer(self, singleShot=True, interval=0)
        self._late.timeout.connect(self.flush)
        self._dirty = True
        self._framed = False
        self._lay_out()
        self.grid = self.line(-10.0, antialias=False, connect="pairs")
        self._hint = Words(look.TEXT - 1, 400)
        self._hint.setVisible(False)
        self.box.addItem(self._hint, ignoreBounds=True)
        self.build()
        self.box.sigRangeChanged.connect(self.schedule)
        self.box.sigResized.connect(self.schedule)
        self.box.reset.connect(self.reset)
        self.setAccessibleName(self.NAME)
        self.restyle(theme)

    # ---- for panels to fill in

    def build(self) -> None:
        """Makes the items of the plot, once."""

    def style_items(self) -> None:
        """Gives the items the theme's colours."""

    def draw(self) -> None:
        """Puts the document's state into the items."""

    def reset(self) -> None:
        """Back to the ranges that show everything."""

    # ---- drawing

    def schedule(self) -> None:
        """Draws soon, once, however often it is asked for."""
        self._dirty = True
        if self.isVisible():
            self._late.start()

    def flush(self) -> None:
        """Draws now what is waiting to be drawn."""
        self._late.stop()
        if not self._dirty:
            return
        self._dirty = False
        self.draw()
        self._draw_grid()
        # Ranges that draw() itself has set are already in the picture.
        self._late.stop()
        self._dirty = False

    def restyle(self, theme: Theme) -> None:
        """Takes the theme's colours, pens and fonts."""
        self.theme = theme
        self.plot.setBackground(QColor(theme.plot))
        for axis in (self.left, self.bottom):
            axis.restyle(theme, self.ratio)
        self.grid.setPen(self.pen(theme.grid, 1.0))
        self.style_items()
        self.schedule()
        self.update()

    @property
    def ratio(self) -> float:
        """Device pixels in a px: pens of a plot count device pixels."""
        return self.figure or float(self.devicePixelRatioF())

    def pen(self, colour: QColor | str, width: float, dashed: bool = False) -> QPen:
        """A pen of so many px on this screen."""
        return look.pen(colour, width, dashed, self.ratio)

    def line(self, height: float, antialias: bool = True, **options: Any) -> pg.PlotCurveItem:
        """A line in the plot, drawn in order of height."""
        kind = FigureLine if self.figure else ScreenLine
        made = kind(antialias=antialias, skipFiniteCheck=options.get("connect") != "finite", **options)
        if isinstance(made, FigureLine):
            made.ratio = self.figure
        made.setZValue(height)
        self.box.addItem(made, ignoreBounds=True)
        return made

    def hint(self, text: str) -> None:
        """Says in the middle of an empty plot what will be there; "" for nothing."""
        self._hint.setVisible(bool(text))
        if text:
            seen = self.box.seen()
            if self._hint.width(text) > self.box.width() - 80.0:
                text = (
                    f"{text.partition('. ')[0].rstrip('.')}."  # where all of it does not fit, its first sentence does
                )
            self._hint.say(text, self.theme.ink2, self.theme)
            self._hint.setPos(seen.left + 0.48 * (seen.right - seen.left), (seen.top + seen.bottom) / 2)

    def describe(self, text: str) -> None:
        """One sentence on what can be seen, for those who cannot."""
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def set_captions(self, caption: str, x_caption: str = "") -> None:
        """What the axes are called."""
        if (caption, x_caption) != (self.caption, self.x_caption):
            self.caption, self.x_caption = caption, x_caption
            self.update()

    # ---- axes

    def show_x_axis(self, shown: bool) -> None:
        """Whether this panel carries the x axis, with its caption."""
        self.plot.showAxis("bottom", shown)
        self.bottom.setHeight(look.px(AXIS_ROW) if shown else 0)
        below = look.px(CAPTION_ROW) - 4 if shown else 0
        self._sheet.setContentsMargins(2, look.px(CAPTION_ROW), 2, below + 2)
        self._has_x = shown
        self.update()

    @property
    def around(self) -> int:
        """Px of its height that captions and labels take."""
        return look.px(CAPTION_ROW) + (look.px(AXIS_ROW) + look.px(CAPTION_ROW) if self._has_x else 4)

    @property
    def label_width(self) -> float:
        """Width of the widest label of the upright axis, in px."""
        return self._label_width

    def set_left_width(self, width: float) -> None:
        """Puts the left edge of the plot so many px from the panel's."""
        if self.left.width() != width:
            self.left.setWidth(width)
            self.plot.getPlotItem().layout.activate()

    def _draw_grid(self) -> None:
        left, right, bottom, top = self.box.seen()
        places = self.left.marks(bottom, top, float(self.box.height()))[0]
        self.grid.setData([left, right] * len(places), [place for place in places for _ in (0, 1)])
        width = self.left.widest(bottom, top, float(self.box.height()))
        if width != self._label_width:
            self._label_width = width
            self.labels_changed.emit()

    # ---- the widget

    def _lay_out(self) -> None:
        self._sheet = QVBoxLayout(self)
        self._sheet.setSpacing(0)
        self._sheet.addWidget(self.plot)
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        if self.figure:  # a cached ground would be a picture of pixels in a drawing
            self.plot.setCacheMode(self.plot.CacheModeFlag.CacheNone)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # A click brings the keyboard here, so that Ctrl+C copies this plot; no other key of the window's is used.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.layout.setContentsMargins(0, 0, RIGHT - 2, 0)
        self.left.setWidth(NARROWEST)
        self._has_x = True
        self.show_x_axis(True)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """What changed while it was hidden is drawn now."""
        super().showEvent(event)
        self.schedule()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Shows a frame when the keyboard came here, not when the window just gave it the focus."""
        self._framed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        """A screen with other pixels asks for other pens."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.restyle(self.theme)
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The sheet, its captions, and the frame that says where the keyboard is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.plot))
        if self._framed and self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        font = look.font(look.CAPTION)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.ink2))
        room = self.width() - EDGE - RIGHT
        painter.drawText(
            QRectF(EDGE, 4, room, look.px(CAPTION_ROW) - 4),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            elided(self.caption, metrics, room),
        )
        if self._has_x:
            painter.drawText(
                QRectF(EDGE, self.height() - look.px(CAPTION_ROW), room, look.px(CAPTION_ROW) - 6),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                elided(self.x_caption, metrics, room),
            )
        painter.end()


def elided(text: str, metrics: QFontMetricsF, width: float) -> str:
    """The text on one line, with its middle left out where it is too long."""
    return metrics.elidedText(" ".join(text.split()), Qt.TextElideMode.ElideMiddle, width)


def scale_of(document: Document) -> Scale:
    """How the column's numbers are drawn along x: the same in every plot that shares the axis."""
    data = document.data
    return Scale() if data is None else Scale.spanning(float(data.minimum[0]), float(data.maximum[0]))


def cells_of(document: Document) -> Cells | None:
    """The groups of whole numbers that the bars count; None where values are any numbers."""
    if document.histogram is None or not document.family.discrete:
        return None
    if document.data is not None and document.data.form.intervals:
        return Cells(-0.5, 1.0)  # bins that came with the data need not hold equally many numbers
    return Cells.of(document.histogram)


def extent_of(document: Document) -> tuple[float, float]:
    """The drawn places from a little left of all bins to a little right of them."""
    low, high = 0.0, 1.0
    if document.histogram is not None:
        edges = scale_of(document).to_view(document.histogram.edges[[0, -1]])
        low, high = min(low, float(edges[0])), max(high, float(edges[1]))
    hidden = document.histogram.hidden if document.histogram is not None else None
    if hidden is not None:
        # Rows beyond what was seen: their arrows, and what the curves say of them, have room.
        room = BEYOND * (high - low)
        low, high = low - room * bool(hidden[0].any()), high + room * bool(hidden[1].any())
    truncate = document.data.form.truncate if document.data is not None else None
    if truncate is not None:
        # A little of what could not be recorded is shown, where it is near.
        begin, end = (float(scale_of(document).to_view(end)) if np.isfinite(end) else np.nan for end in truncate)
        beyond = BEYOND * (high - low)
        low = min(low, begin - beyond) if begin > low - 3 * beyond else low
        high = max(high, end + beyond) if end < high + 3 * beyond else high
    margin = 0.04 * (high - low)
    return low - margin, high + margin
