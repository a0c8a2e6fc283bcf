"""The border between two plots, which a mouse drags and arrow keys move."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QRegion
from PySide6.QtWidgets import QSplitter, QSplitterHandle

from emgui import theme as looks

STEP = 8
"""Px at scale 1 that an arrow key moves a border."""
KEYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Divider(QSplitterHandle):
    """A border that Tab reaches: a line of a px, three in the accent while it has the keyboard."""

    def __init__(self, parent: QSplitter) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Border between plots")
        self.setAccessibleDescription("The up and down keys move it.")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Up and down move it."""
        key = Qt.Key(event.key())
        if key in KEYS:
            self.moveSplitter(self.y() + self.contentsMargins().top() + KEYS[key] * looks.px(STEP))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Becomes thicker."""
        super().focusInEvent(event)
        self.setMask(QRegion(self.contentsRect().adjusted(0, -1, 0, 1)))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Becomes a line again."""
        super().focusOutEvent(event)
        self.setMask(QRegion(self.contentsRect()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """One colour."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(self.palette().color(QPalette.ColorRole.Accent)))
            painter.end()
