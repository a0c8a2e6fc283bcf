"""Figures for papers and slides: plots and parameters drawn once more on white, at a size in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QMimeData, QPoint, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPageSize, QPaintDevice, QPainter, QPdfWriter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from core.errors import OutputError, shown
from core.groups import together
from emgui import theme as look
from emgui.document import Document
from emgui.panels.centre import Arrangement, Centre
from emgui.panels.parameter_model import ParameterModel
from emgui.theme import LIGHT

PX_PER_INCH, MM_PER_INCH = 96.0, 25.4
"""A px of a plot is 1/96 inch on paper, so that its captions of 11 px are 8 pt."""
PAGE_DPI = 1200
"""Dots in an inch of a PDF's coordinates."""
SHOWS: dict[str, tuple[str, ...]] = {
    "view": (),
    "histogram": ("histogram",),
    "posterior": ("posterior",),
    "timeline": ("timeline",),
}
"""What a figure can show → its plots; () for those that the window shows."""
TITLES = {"view": "Whole view", "histogram": "Histogram", "posterior": "Posterior", "timeline": "Log-likelihood"}
HEIGHTS = {"view": 110.0, "histogram": 60.0, "posterior": 40.0, "timeline": 50.0}
"""Usual height in mm at the width of a column."""
ROW, CELL_GAP = 18.0, 10.0
EDGE = 16.0


@dataclass(frozen=True)
class Figure:
    """What a figure shows, its size in mm, and the pixels in an inch of a picture. table: the parameters beneath."""

    shows: str = "view"
    width: float = 85.0
    height: float = HEIGHTS["view"]
    dpi: int = 300
    table: bool = False

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return max(1, round(self.width / MM_PER_INCH * self.dpi)), max(1, round(self.height / MM_PER_INCH * self.dpi))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px of the plots."""
        return round(self.width / MM_PER_INCH * PX_PER_INCH), round(self.height / MM_PER_INCH * PX_PER_INCH)


def still(document: Document, as_one: bool = False) -> Document:
    """A document that shows the same and stays as it is, with nothing selected, while the other goes on.

    as_one: of groups that are fitted apart it shows the run of all rows together, whose iterations there are to see.
    """
    assert document.data is not None
    data = together(document.data) if as_one else document.data
    copy = Document()
    copy.set_data(data, document.unit, document.table, document.truth, document.options)
    copy.histogram, copy.sample_histogram = document.histogram, document.sample_histogram
    copy.set_view(document.view)
    copy.set_single(document.single)
    current = document.current
    if current is not None:
        current = replace(current, data=data, history=current.history.snapshot())
    copy.runs = [current if run is document.current else run for run in document.runs if current is not None]
    copy.set_current(current, document.position)
    fits = document.group_fits.get(document.current) if document.current is not None else None
    if current is not None and fits is not None and not as_one:
        copy.set_group_fits(current, fits)
    return copy


def write_figure(path: Path, document: Document, figure: Figure, arrangement: Arrangement | None = None) -> None:
    """Writes a figure in the form that the name's ending says. Raises OutputError, and OSError where the disk does."""
    drawn = FORMS.get(path.suffix.lower())
    if drawn is None:
        raise OutputError(f"The name of a figure must end in .png, .svg or .pdf; “{shown(path.name)}” does not.")
    # Into memory first: of a file, Qt would not say that the disk is full.
    path.write_bytes(drawn(document, figure, arrangement))


def picture(document: Document, figure: Figure, arrangement: Arrangement | None = None) -> QImage:
    """The figure as an image."""
    width, height = figure.pixels
    scale = figure.dpi / PX_PER_INCH
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise OutputError(f"A picture of {width:,} × {height:,} pixels is too large: choose a smaller size.")
    image.fill(QColor(LIGHT.plot))
    image.setDevicePixelRatio(scale)
    _paint(image, document, figure, arrangement, scale)
    image.setDotsPerMeterX(round(figure.dpi / MM_PER_INCH * 1000))
    image.setDotsPerMeterY(round(figure.dpi / MM_PER_INCH * 1000))
    return image


def png(document: Document, figure: Figure, arrangement: Arrangement | None = None) -> bytes:
    """The figure as a PNG file."""
    content = _buffer()
    writer = QImageWriter(content, QByteArray(b"png"))
    if not writer.write(picture(document, figure, arrangement)):
        raise OutputError(f"The picture cannot be written: {writer.errorString()}.")
    return bytes(content.data().data())


def svg(document: Document, figure: Figure, arrangement: Arrangement | None = None) -> bytes:
    """The figure as an SVG file, with its size in mm."""
    content, (width, height) = _buffer(), figure.size
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setResolution(round(PX_PER_INCH))
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRectF(0, 0, width, height))
    generator.setTitle(f"Mixture of {document.column}")
    _paint(generator, document, figure, arrangement, 1.0)
    return bytes(content.data().data())


def pdf(document: Document, figure: Figure, arrangement: Arrangement | None = None) -> bytes:
    """The figure as a page of its size."""
    content = _buffer()
    writer = QPdfWriter(content)
    writer.setResolution(PAGE_DPI)
    writer.setPageSize(
        QPageSize(
            QSizeF(figure.width, figure.height), QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch
        )
    )
    writer.setPageMargins(QMarginsF())
    writer.setTitle(f"Mixture of {document.column}")
    writer.setCreator("emgui")
    _paint(writer, document, figure, arrangement, PAGE_DPI / PX_PER_INCH)
    del writer
    return bytes(content.data().data())


FORMS = {".png": png, ".svg": svg, ".pdf": pdf}
"""Ending of a figure's name → how it is drawn."""


def mime(document: Document, figure: Figure, arrangement: Arrangement | None = None) -> QMimeData:
    """The figure for the clipboard: as a picture, and as a drawing for programs that take one."""
    data = QMimeData()
    data.setImageData(picture(document, figure, arrangement))
    data.setData("image/svg+xml", QByteArray(svg(document, figure, arrangement)))
    return data


# ---- drawing


def _paint(
    device: QPaintDevice, document: Document, figure: Figure, arrangement: Arrangement | None, scale: float
) -> None:
    shown_here = still(document)
    width, height = figure.size
    plots = Centre(shown_here, LIGHT, figure=scale)
    rows = _Rows(shown_here, width, plots) if figure.table and shown_here.moment is not None else None
    below = round(rows.height) if rows is not None else 0
    plots.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    try:
        plots.arrange(arrangement or Arrangement(), SHOWS[figure.shows])
        plots.settle(width, max(1, height - below))
        painter = QPainter(device)
        if isinstance(device, QPdfWriter):
            painter.scale(scale, scale)
        plots.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        if rows is not None:
            painter.translate(0.0, float(height - below))
            rows.paint(painter)
        painter.end()
    finally:
        plots.close()
        plots.deleteLater()


class _Rows:
    """The parameters as a table under the plots."""

    def __init__(self, document: Document, width: int, parent: QWidget) -> None:
        self._model = ParameterModel(document, parent)
        self._model.refresh()
        self._columns = max(1, self._model.columnCount() - 1)
        self._room = (width - 2 * EDGE - 24.0) / self._columns
        self._model.set_room(self._room - CELL_GAP, self._room - CELL_GAP)

    @property
    def height(self) -> float:
        """Px that it takes."""
        return ROW * (self._model.rowCount() + self._model.head_height) + 16.0

    def paint(self, painter: QPainter) -> None:
        """Draws heads, badges and numbers."""
        model, theme = self._model, LIGHT
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = min(self._room, 96.0)
        painter.setFont(look.font(look.CAPTION))
        head = ROW * model.head_height
        for column in range(self._columns):
            x = EDGE + 24.0 + column * room
            painter.setPen(QColor(theme.ink2))
            painter.drawText(QRectF(x, 0, room, head), right, "\n".join(model.head_lines(column + 1)))
            painter.setPen(QColor(theme.ink))
            for row in range(model.rowCount()):
                text = str(model.index(row, column + 1).data())
                painter.drawText(QRectF(x, head + row * ROW, room, ROW), right, text)
        for row in range(model.rowCount()):
            identity = model.identity(row)
            box = QRectF(EDGE, head + row * ROW + 1.0, 16.0, 16.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.component(identity))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(theme.on_component(identity))
            painter.setFont(look.font(look.CAPTION, 600))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(identity))


def _buffer() -> QBuffer:
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    return content
