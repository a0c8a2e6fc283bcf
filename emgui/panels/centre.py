"""The sheet of three plots in the middle of the window, one over the other."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from emgui import theme as looks
from emgui.document import Document
from emgui.panels.cutting import cut_to_view
from emgui.panels.divider import Divider
from emgui.panels.histogram import HistogramPanel
from emgui.panels.plot import NARROWEST, PlotPanel
from emgui.panels.posterior import PosteriorPanel
from emgui.panels.timeline import TimelinePanel
from emgui.theme import Theme

MEASURES = {"histogram": (330, 160, 24), "posterior": (128, 102, 102), "timeline": (220, 120, 70)}
"""Share of the height to begin with, the least height, and how much of either grows with the text; px at scale 1.

Of the posterior all does, so that its lines keep apart where text leaves little room."""


@dataclass(frozen=True)
class Arrangement:
    """Which plots a sheet shows, how its height is shared, and what is in view of the column's axis.

    sizes: () for the usual ones; x_range: drawn places, None for all of the data.
    """

    shown: tuple[str, ...] = tuple(MEASURES)
    sizes: tuple[int, ...] = ()
    x_range: tuple[float, float] | None = None


class Centre(QSplitter):
    """Histogram, posterior and time line with one left and one right edge; the first two share their x axis."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None, figure: float = 0.0) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.document = document
        self.histogram = HistogramPanel(document, theme, figure)
        self.posterior = PosteriorPanel(document, theme, figure)
        self.timeline = TimelinePanel(document, theme, figure)
        self.panels: dict[str, PlotPanel] = {
            "histogram": self.histogram,
            "posterior": self.posterior,
            "timeline": self.timeline,
        }
        self.setObjectName("" if figure else "centre")
        self.setChildrenCollapsible(False)
        self.setHandleWidth(0 if figure else 1)
        for name, panel in self.panels.items():
            share, least, text = MEASURES[name]
            panel.setMinimumHeight(least + looks.px(text) - text)
            panel.setMinimumWidth(240)
            self.addWidget(panel)
            self.setStretchFactor(self.indexOf(panel), share)
            panel.labels_changed.connect(self._align)
        self.setSizes([share + looks.px(text) - text for share, _, text in MEASURES.values()])
        self._shown = dict.fromkeys(self.panels, True)
        self._arrangement = Arrangement()
        self._width = float(NARROWEST)
        self.histogram.box.sigXRangeChanged.connect(self._follow_histogram)
        self.posterior.box.sigXRangeChanged.connect(self._follow_posterior)
        self.histogram.readout.went.connect(self.posterior.guide.stand)
        self.posterior.box.hovered.connect(self._read_posterior)
        document.data_changed.connect(self._forget_width)
        self._place_x_axis()
        self.restyle(theme)

    def createHandle(self) -> QSplitterHandle:  # noqa: N802
        """A border that keys can move."""
        return Divider(self)

    def restyle(self, theme: Theme) -> None:
        """Takes the theme in all plots."""
        self.theme = theme
        for panel in self.panels.values():
            panel.restyle(theme)

    def show_panel(self, name: str, shown: bool) -> None:
        """Shows or hides "histogram", "posterior" or "timeline"."""
        self._shown[name] = shown
        self.panels[name].setVisible(shown)
        self._place_x_axis()

    def flush(self) -> None:
        """Draws what is waiting to be drawn."""
        for panel in self.panels.values():
            panel.flush()

    # ---- one sheet

    def _place_x_axis(self) -> None:
        self.histogram.show_x_axis(not self._shown["posterior"])

    def _follow_histogram(self) -> None:
        self.posterior.box.setXRange(*self.histogram.box.viewRange()[0], padding=0)

    def _follow_posterior(self) -> None:
        self.histogram.box.setXRange(*self.posterior.box.viewRange()[0], padding=0)

    def _read_posterior(self, at: QPointF | None) -> None:
        """The pointer over the posterior reads both plots."""
        seen, (dx, _) = self.posterior.box.seen(), self.posterior.box.per_pixel()
        self.histogram.readout.go(None if at is None else seen.left + at.x() * dx)

    def _forget_width(self) -> None:
        self._width = float(NARROWEST)

    def _align(self) -> None:
        """The widest label decides; the edge gives way at once but comes back only with other data, lest it flutter."""
        widest = max(panel.label_width for name, panel in self.panels.items() if self._shown[name])
        self._width = max(self._width, round(widest + 20.0))
        for panel in self.panels.values():
            panel.set_left_width(self._width)

    # ---- figures and films

    @property
    def arrangement(self) -> Arrangement:
        """What is shown of the plots now, and how high."""
        left, right = self.histogram.box.viewRange()[0]
        names = tuple(name for name, shown in self._shown.items() if shown)
        return Arrangement(names, tuple(self.sizes()), (float(left), float(right)))

    def arrange(self, arrangement: Arrangement, only: tuple[str, ...] = ()) -> None:
        """Shows what another sheet shows, or only some plots, however small; drawn by `settle`."""
        for name, panel in self.panels.items():
            panel.setMinimumSize(1, 1)
            self.show_panel(name, name in (only or arrangement.shown))
        self._arrangement = arrangement

    def _shares(self, height: int) -> list[int]:
        """Heights of the plots in px: what is written about them takes its room first, they share the rest."""
        around = [panel.around for panel in self.panels.values()]
        sizes = self._arrangement.sizes or tuple(share for share, _, _ in MEASURES.values())
        insides = [
            max(1, size - more) * shown for size, more, shown in zip(sizes, around, self._shown.values(), strict=True)
        ]
        rest = max(0, height - sum(more for more, shown in zip(around, self._shown.values(), strict=True) if shown))
        return [round(more + rest * inside / sum(insides)) for more, inside in zip(around, insides, strict=True)]

    def settle(self, width: int, height: int) -> None:
        """Draws everything at a size in px, without a screen."""
        self.resize(width, height)
        self.show()
        self.setSizes(self._shares(height))
        for _ in range(3):  # the first drawing tells how wide the labels are, the second how wide that leaves the plots
            if self._arrangement.x_range is not None:
                self.histogram.box.setXRange(*self._arrangement.x_range, padding=0)
                self.posterior.box.setXRange(*self._arrangement.x_range, padding=0)
            for panel in self.panels.values():
                panel.schedule()
            self.flush()
        for panel in self.panels.values():
            cut_to_view(panel.box)
