"""Pieces that all dialogs are made of: headings, captions, lines, and the theme that is on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from emgui import theme as looks
from emgui.theme import DARK, LIGHT, Theme


def theme_now() -> Theme:
    """The theme that the application's palette shows, so that a dialog follows it even while it is open."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def heading(text: str) -> QLabel:
    """A section's title."""
    label = _label(text)
    label.setObjectName("heading")
    label.setFont(looks.font(looks.TEXT, 600))
    return label


def caption(text: str) -> QLabel:
    """A small note beside or over something."""
    label = _label(text)
    label.setProperty("caption", "true")
    label.setFont(looks.font(looks.CAPTION))
    return label


def dim(text: str, buddy: QWidget | None = None) -> QLabel:
    """The label of a field; its mnemonic leads to the field."""
    label = QLabel(text)
    label.setProperty("dim", "true")
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def paragraph(text: str) -> QLabel:
    """A sentence that wraps and can be copied; what a file says in it is shown as it is, never as HTML."""
    label = _label(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class Line(QWidget):
    """A divider of one pixel, in the theme that is on."""

    def __init__(self, vertical: bool = False) -> None:
        super().__init__()
        self.setFixedWidth(1) if vertical else self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """One colour."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme_now().line))
        painter.end()


def button(text: str, primary: bool = False) -> QPushButton:
    """A button; the primary one is what Enter does."""
    made = QPushButton(text)
    made.setAutoDefault(primary)
    made.setDefault(primary)
    if primary:
        made.setProperty("primary", "true")
    return made


def bottom_row(*widgets: QWidget | None) -> QHBoxLayout:
    """The row of buttons under a dialog; None stands for the space that pushes the rest to the right."""
    row = QHBoxLayout()
    row.setContentsMargins(16, 12, 16, 12)
    row.setSpacing(8)
    for widget in widgets:
        row.addStretch(1) if widget is None else row.addWidget(widget)
    return row


def badge(number: int) -> QPixmap:
    """The rounded square that stands for a component: its number on its colour."""
    theme, scale = theme_now(), 2
    side = looks.px(16)
    made = QPixmap(side * scale, side * scale)
    made.setDevicePixelRatio(scale)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.component(number))
    painter.drawRoundedRect(0, 0, side, side, 4, 4)
    painter.setPen(theme.on_component(number))
    painter.setFont(looks.font(looks.CAPTION, 600))
    painter.drawText(QRectF(0, 0, side, side), Qt.AlignmentFlag.AlignCenter, str(number))
    painter.end()
    return made


def elided(text: str, label: QWidget, width: int) -> str:
    """The text, its middle left out where it is wider than `width` px."""
    return QFontMetrics(label.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, width)


def modal(dialog: QDialog, title: str) -> None:
    """Gives a dialog its title and holds the window behind it back; it goes when it is closed."""
    dialog.setWindowTitle(title)
    dialog.setModal(True)
    dialog.setSizeGripEnabled(False)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
