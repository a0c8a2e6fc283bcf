"""The page without data: open a file, drop one, pick a sample, go back to a recent file."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHideEvent, QPainter, QPaintEvent, QPolygonF, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.samples import Sample, list_samples
from emgui import theme as looks
from emgui.document import Document
from emgui.forms import scrolled
from emgui.message_bar import MessageBar
from emgui.recent import Recent
from emgui.sketches import Sketch, sketch_of
from emgui.theme import Theme, named

WIDTH, ROW, PICTURE = 800, 49, QRectF(8, 7, 112, 35)
PAUSE = 20
"""Milliseconds between two sketches, for whatever else the window has to do."""


class Line(QAbstractButton):
    """A row that can be pressed: a title, a note beneath it, and before those of a sample a sketch, once it is made."""

    def __init__(self, title: str, note: str, theme: Theme, sample: Sample | None = None) -> None:
        super().__init__()
        self.title, self.note, self.theme, self.sample = title, note, theme, sample
        self.sketch: Sketch | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{title}, {note}")
        self.setFixedHeight(looks.px(ROW))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:  # noqa: N802
        """One row."""
        return QSize(300, looks.px(ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the row."""
        painter, theme = QPainter(self), self.theme
        if self.underMouse() or self.hasFocus():
            painter.fillRect(self.rect(), QColor(theme.tint if self.hasFocus() else theme.chrome))
        painter.setPen(QColor(theme.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        if self.sketch is not None:
            self._draw_sketch(painter, self.sketch)
        left = 8 if self.sample is None else 136
        width = self.width() - left - 8
        for text, font, colour, top in (
            (self.title, looks.font(), theme.ink, looks.px(6)),
            (self.note, looks.font(looks.CAPTION), theme.ink2, looks.px(25)),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, width)
            painter.drawText(QRectF(left, top, width, looks.px(18)), int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _draw_sketch(self, painter: QPainter, sketch: Sketch) -> None:
        theme, box = self.theme, PICTURE.translated(0.0, (looks.px(ROW) - ROW) / 2)
        step = box.width() / len(sketch.bars)
        for i, height in enumerate(sketch.bars):
            bar = QRectF(box.left() + i * step, box.bottom() - height * box.height(), step - 1, height * box.height())
            painter.fillRect(bar, theme.bars_alone())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across = np.linspace(box.left(), box.right(), sketch.curves.shape[1])
        for i, curve in enumerate(sketch.curves):
            points = [QPointF(x, y) for x, y in zip(across, box.bottom() - curve * box.height(), strict=True)]
            painter.setPen(looks.pen(theme.component(i + 1), 1.25))
            painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class WelcomePage(QWidget):
    """What is shown while nothing is loaded."""

    open_wanted = Signal()
    paste_wanted = Signal()
    sample_wanted = Signal(object)
    recent_wanted = Signal(object)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._document, self._theme = document, theme
        self.message = MessageBar(document, theme, rounded=True)
        self._open = QPushButton("Open file…")
        self._open.setProperty("primary", True)
        self._open.clicked.connect(self.open_wanted)
        self._paste = QPushButton("Paste data")
        self._paste.clicked.connect(self.paste_wanted)
        self._samples, self._recent = QVBoxLayout(), QVBoxLayout()
        page = QVBoxLayout()
        page.setSpacing(0)
        page.addWidget(self.message)
        page.addSpacing(40)
        page.addWidget(named(QLabel("Open a data file"), "title"))
        hint = QLabel(
            "or drop one anywhere on this page: text, Excel, Parquet, JSON and others; one row for each observation."
        )
        hint.setProperty("dim", True)
        hint.setWordWrap(True)
        page.addWidget(hint)
        page.addSpacing(16)
        page.addLayout(self._open_row())
        page.addSpacing(36)
        page.addLayout(self._lists())
        centred = QHBoxLayout()
        centred.addStretch(1)
        middle = QWidget()
        middle.setMaximumWidth(looks.room(WIDTH))
        middle.setMinimumWidth(640)
        middle.setLayout(page)
        centred.addWidget(middle, 100)
        centred.addStretch(1)
        inside = named(QWidget(), "sheet")
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scrolled(inside))
        whole = QVBoxLayout(inside)
        whole.addStretch(2)
        whole.addLayout(centred)
        whole.addStretch(3)
        for sample in list_samples():
            line = Line(sample.title, sample.note, theme, sample)
            line.clicked.connect(lambda checked=False, sample=sample: self.sample_wanted.emit(sample))
            self._samples.addWidget(line)
        self._samples.addStretch(1)
        # Sketches are fits, which the first sight of the page is not to wait for.
        self._sketching = QTimer(self)
        self._sketching.setInterval(PAUSE)
        self._sketching.timeout.connect(self._sketch_next)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Has the sketches made that are not yet, one after the other."""
        super().showEvent(event)
        self._sketching.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """No more sketches."""
        super().hideEvent(event)
        self._sketching.stop()

    def _sketch_next(self) -> None:
        if self._document.busy is not None:
            return  # whoever opens a file does not wait for sketches
        for line in self.findChildren(Line):
            if line.sample is not None and line.sketch is None:
                line.sketch = sketch_of(line.sample)
                line.update()
                return
        self._sketching.stop()

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._theme = theme
        self.message.restyle(theme)
        for line in self.findChildren(Line):
            line.theme = theme
            line.update()

    def show_recent(self, files: tuple[Recent, ...]) -> None:
        """Lists recent files."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for recent in files:
            line = Line(recent.path.name, f"{recent.folder} · {recent.when}", self._theme)
            line.clicked.connect(lambda checked=False, path=recent.path: self.recent_wanted.emit(path))
            self._recent.addWidget(line)
        if not files:
            nothing = QLabel("Files that you open are listed here.")
            nothing.setProperty("caption", True)
            nothing.setContentsMargins(8, 8, 0, 0)
            self._recent.addWidget(nothing)
        self._recent.addStretch(1)

    def _open_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button, key in ((self._open, "Ctrl+O"), (self._paste, "Ctrl+V")):
            row.addWidget(button)
            row.addWidget(_key(key))
            row.addSpacing(8)
        row.addStretch(1)
        return row

    def _lists(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(48)
        for title, lines in (("Sample data", self._samples), ("Recent", self._recent)):
            column = QVBoxLayout()
            column.setSpacing(0)
            heading = named(QLabel(title), "heading")
            heading.setFixedHeight(looks.px(32))
            column.addWidget(heading)
            lines.setSpacing(0)
            column.addLayout(lines)
            column.addStretch(1)
            row.addLayout(column, 1)
        return row


def _key(text: str) -> QLabel:
    """The key that does the same as the button beside it."""
    label = QLabel(text)
    label.setProperty("dim", True)
    return label
