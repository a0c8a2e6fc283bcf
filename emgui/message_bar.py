"""A message in the page, above what it concerns: what happened, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from emgui import theme as looks
from emgui.document import Document
from emgui.theme import Theme, named


class MessageBar(QFrame):
    """Icon, one bold sentence, one plain, up to three buttons and a cross. Shown while the document has a message."""

    chosen = Signal(str)

    def __init__(self, document: Document, theme: Theme, rounded: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self._theme = document, theme
        self.setObjectName("message")
        self.setProperty("round", "true" if rounded else "false")
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self._title, self._text = _wrapped("heading"), _wrapped("")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._close = QToolButton(autoRaise=True)
        self._close.setAccessibleName("Dismiss")
        self._close.setToolTip("Dismiss (Esc)")
        self._close.clicked.connect(self.dismiss)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addSpacing(6)
        words.addLayout(self._buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        document.message_changed.connect(self.refresh)
        self.refresh()

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme."""
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Shows the document's message, or nothing."""
        message = self.document.message
        self.setVisible(message is not None)
        while self._buttons.count():
            item = self._buttons.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if message is None:
            return
        colour = {"error": self._theme.error, "warning": self._theme.warning}.get(message.kind, self._theme.accent)
        self._icon.setPixmap(looks.pixmap(message.kind, colour, looks.px(20), round(self.devicePixelRatioF())))
        self._close.setIcon(looks.icon("close", self._theme))
        self._close.setIconSize(QSize(looks.px(16), looks.px(16)))
        self._title.setText(message.title)
        self._text.setText(message.text)
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(message.text)
        for name, text in message.actions:
            button = QPushButton(text)
            button.setObjectName(f"message-{name}")
            button.clicked.connect(lambda checked=False, name=name: self.chosen.emit(name))
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self.setProperty("kind", message.kind)
        self.style().unpolish(self)
        self.style().polish(self)

    def dismiss(self) -> None:
        """Takes the message away."""
        self.document.say(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Esc dismisses."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)


def _wrapped(name: str) -> QLabel:
    label = named(QLabel(wordWrap=True), name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
