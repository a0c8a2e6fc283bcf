"""What all sheets have in common: a window of their own, long work with its progress and Cancel, and their end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from emgui import theme as looks
from emgui.dialogs.parts import Line, paragraph
from emgui.document import Document
from emgui.endings import message_of_fault
from emgui.jobs import Report, Stream
from emgui.tab_order import put_in_order
from emgui.theme import Theme, named

log = logging.getLogger(__name__)
EDGE = 16
CHANGING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2)
"""Keys that change the main window's document, where nobody sees it."""
WITH_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


@dataclass(frozen=True, eq=False)
class Wanted:
    """A fit that a sheet found and the window is to show: its parameters, what to call it, and its options.

    is_start: whether the mixture is only where a run by these options is to begin.
    """

    mixture: Mixture
    label: str
    options: FitOptions
    is_start: bool = False


class Sheet(QWidget):
    """A window beside the main one. Sub-classes fill `body`, and say what they want with signals.

    `begin` does long work on a thread of its own; what it yields comes to `take` in batches, then `done` is called. At
    most one work goes on at a time; closing the sheet or other data end it.
    """

    fit_wanted = Signal(object)
    export_wanted = Signal(str)
    TITLE = ""
    SIZE = (760, 560)
    STEPS_BY_KEYS = False
    """Whether plain keys run and step the fit here, as in the main window; else they are for lists and fields."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.document, self.theme = document, theme
        self._stream: Stream | None = None
        self._streams: list[Stream] = []
        self.setWindowTitle(f"{self.TITLE} – emgui")
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.TITLE)
        self.resize(looks.window_size(*self.SIZE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self.body.setSpacing(8)
        column.addLayout(self.body, 1)
        column.addWidget(Line())
        column.addWidget(self._make_foot())
        self.build()
        self.restyle(theme)
        document.data_changed.connect(self._data_changed)
        self._restore()

    # ---- for sheets to fill in

    def build(self) -> None:
        """Makes what is in the window, once."""

    def refresh(self) -> None:
        """Shows the document."""

    def take(self, parts: list[Any]) -> None:
        """Takes what the work has yielded since the last time."""

    def done(self) -> None:
        """The work has ended by itself."""

    def forget(self) -> None:
        """Other data are open: what was found belongs to those before."""

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        self.theme = theme

    # ---- work

    @property
    def is_busy(self) -> bool:
        """Whether work goes on."""
        return self._stream is not None

    def begin(self, parts: Callable[[Report], Iterable[Any]], text: str) -> None:
        """Does `parts(report)` on a thread, the text shown meanwhile; work that still goes on is given up."""
        self.stop()
        self._streams = [stream for stream in self._streams if not stream.join(0)]
        stream = Stream(parts, self.TITLE.lower().replace(" ", "-"))
        stream.arrived.connect(self.take)
        stream.progressed.connect(self._show_progress)
        stream.finished.connect(self._finished)
        stream.failed.connect(self._failed)
        stream.cancelled.connect(self._cancelled)
        self._stream = stream
        self._streams.append(stream)
        self.say(text)
        self._bar.setRange(0, 0)
        self._show_work(True)
        stream.start()

    def stop(self) -> None:
        """Gives up the work under way; nothing more arrives from it."""
        if self._stream is not None:
            self._stream.abandon()
            self._stream = None
            self._show_work(False)

    def say(self, text: str) -> None:
        """A sentence at the foot of the window."""
        self._words.setText(text)

    def end(self) -> None:
        """Gives up the work and waits for its thread."""
        self.stop()
        for stream in self._streams:
            stream.join()
        self._streams.clear()

    def cancel(self) -> None:
        """Asks the work to stop; what it has found so far stays."""
        if self._stream is not None:
            self._stream.cancel()

    def _finished(self, answer: object) -> None:
        self._over("")
        self.done()

    def _cancelled(self) -> None:
        self._over("Cancelled. What was found until then is shown.")

    def _failed(self, fault: Exception) -> None:
        if isinstance(fault, InputError):
            self._over(str(fault))
            return
        log.error("%s failed", self.TITLE, exc_info=fault)
        message = message_of_fault(fault)
        self._over(f"{message.title}: {message.text}")

    def _over(self, words: str) -> None:
        self._stream = None
        self._show_work(False)
        self.say(words)

    def _show_progress(self, fraction: float) -> None:
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * fraction))

    def _show_work(self, shown: bool) -> None:
        self._bar.setVisible(shown)
        self._cancel.setVisible(shown)

    # ---- the window

    def _make_foot(self) -> QWidget:
        foot = named(QWidget(), "foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(EDGE, 8, EDGE, 8)
        row.setSpacing(8)
        self._words = paragraph("")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(looks.px(160), looks.px(6))
        self._bar.setAccessibleName("Progress")
        self._cancel = QPushButton("Cancel")
        self._cancel.setToolTip("Stop; what was found until then stays (Esc)")
        self._cancel.clicked.connect(self.cancel)
        foot.setMinimumHeight(looks.px(44))
        row.addWidget(self._words, 1)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        self._show_work(False)
        return foot

    @property
    def foot_words(self) -> QLabel:
        """The label at the foot."""
        return self._words

    def _data_changed(self) -> None:
        self.stop()
        self.say("")
        self.forget()
        self.refresh()

    def _restore(self) -> None:
        kept = QSettings().value(self._key)
        if isinstance(kept, QByteArray):
            self.restoreGeometry(kept)

    @property
    def _key(self) -> str:
        return f"sheets/{type(self).__name__}"

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here are not the main window's, whose keys reach its sheets, too."""
        is_key = event.type() == QEvent.Type.ShortcutOverride
        if is_key and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers()
        if event.matches(QKeySequence.StandardKey.Copy) or key in CHANGING or _closes(event):
            return True
        return not (self.STEPS_BY_KEYS or modifiers & WITH_COMMANDS or Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802, A002
        """Tab goes through the window as it is laid out."""
        put_in_order((self,))
        return super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Esc stops the work, or closes the window where none goes on; Ctrl+W closes it."""
        if event.key() == Qt.Key.Key_Escape and self.is_busy:
            self.cancel()
        elif event.key() == Qt.Key.Key_Escape or _closes(event):
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Work is given up; what was found is kept for when the window is opened again."""
        self.stop()
        QSettings().setValue(self._key, self.saveGeometry())
        super().closeEvent(event)


def _closes(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_W and event.modifiers() == Qt.KeyboardModifier.ControlModifier
