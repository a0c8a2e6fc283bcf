"""The sheet of three plots in the middle of the window, one over the other."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QSplitter, QWidget

from emgui.document import Document
from emgui.panels.cutting import cut_to_view
from emgui.panels.histogram import HistogramPanel
from emgui.panels.plot import NARROWEST, PlotPanel
from emgui.panels.posterior import PosteriorPanel
from emgui.panels.timeline import TimelinePanel
from emgui.theme import LIGHT, Theme

MEASURES = {"histogram": (330, 160), "posterior": (128, 88), "timeline": (220, 120)}
"""Share of the height to begin with, and the least height in px."""


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
        self.setObjectName("centre")
        self.setChildrenCollapsible(False)
        self.setHandleWidth(0 if figure else 1)
        for name, panel in self.panels.items():
            share, least = MEASURES[name]
            panel.setMinimumHeight(least)
            panel.setMinimumWidth(240)
            self.addWidget(panel)
            self.setStretchFactor(self.indexOf(panel), share)
            panel.labels_changed.connect(self._align)
        self.setSizes([share for share, _ in MEASURES.values()])
        self._shown = dict.fromkeys(self.panels, True)
        self._width = float(NARROWEST)
        self.histogram.box.sigXRangeChanged.connect(self._follow_histogram)
        self.posterior.box.sigXRangeChanged.connect(self._follow_posterior)
        document.data_changed.connect(self._forget_width)
        self._place_x_axis()
        self.restyle(theme)

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

    def _forget_width(self) -> None:
        self._width = float(NARROWEST)

    def _align(self) -> None:
        """The widest label decides; the edge gives way at once but comes back only with other data, lest it flutter."""
        widest = max(panel.label_width for name, panel in self.panels.items() if self._shown[name])
        self._width = max(self._width, round(widest + 20.0))
        for panel in self.panels.values():
            panel.set_left_width(self._width)

    # ---- figures

    def picture(self, width: int, height: int, scale: float = 1.0) -> QImage:
        """The plots as an image of width x height px, each `scale` px wide, on white."""
        image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor(LIGHT.plot))
        self._paint_figure(image, width, height, scale)
        return image

    def write_svg(self, path: Path | str, width: int = 720, height: int = 680) -> None:
        """The plots as an SVG file, on white. Raises OSError when it cannot be written whole."""
        content = QBuffer()
        content.open(QBuffer.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(content)  # of a file, the generator would not say that the disk is full
        generator.setSize(QSize(width, height))
        generator.setViewBox(QRectF(0, 0, width, height))
        generator.setTitle(f"Mixture of {self.document.column}")
        self._paint_figure(generator, width, height, 1.0)
        Path(path).write_bytes(content.data().data())

    def write_png(self, path: Path | str, width: int, height: int, scale: float) -> None:
        """The plots as a PNG file. Raises OSError when it cannot be written whole."""
        content = QBuffer()
        content.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(content, QByteArray(b"png")).write(self.picture(width, height, scale))
        Path(path).write_bytes(content.data().data())

    def _paint_figure(self, device: QImage | QSvgGenerator, width: int, height: int, scale: float) -> None:
        figure = self._figure(width, height, scale)
        painter = QPainter(device)
        figure.render(painter, QPoint())
        painter.end()
        figure.close()
        figure.deleteLater()

    def _figure(self, width: int, height: int, scale: float) -> Centre:
        """The same plots once more, in light colours and without a playhead."""
        figure = Centre(self.document, LIGHT, figure=scale)
        figure.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        for name, shown in self._shown.items():
            figure.show_panel(name, shown)
        figure.resize(width, height)
        figure.show()
        figure.setSizes(self.sizes())
        for _ in range(3):  # the first drawing tells how wide the labels are, the second how wide that leaves the plots
            figure.histogram.box.setXRange(*self.histogram.box.viewRange()[0], padding=0)
            for panel in figure.panels.values():
                panel.schedule()
            figure.flush()
        for panel in figure.panels.values():
            cut_to_view(panel.box)
        return figure
