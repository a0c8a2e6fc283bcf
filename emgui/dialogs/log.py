"""What emgui wrote down of its work and its faults."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from core.logs import log_path
from emgui import theme as looks
from emgui.dialogs.parts import Line, bottom_row, button, caption, modal

TAIL_BYTES = 64 * 1024


class LogDialog(QDialog):
    """Shows the end of the log file, for a report of a fault."""

    def __init__(self, parent: QWidget | None = None, path: Path | None = None) -> None:
        super().__init__(parent)
        modal(self, "Log")
        self.path = path or _log_path()
        self.view = QPlainTextEdit(tail(self.path) if self.path else "There is no home folder, so there is no log.")
        self.view.setReadOnly(True)
        self.view.setAccessibleName("Log")
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.moveCursor(QTextCursor.MoveOperation.End)
        copy, folder, close = button("&Copy"), button("Open &folder"), button("Close", primary=True)
        folder.setEnabled(self.path is not None and self.path.parent.is_dir())
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.view.toPlainText()))
        folder.clicked.connect(self.open_folder)
        close.clicked.connect(self.accept)
        body = QVBoxLayout()
        body.setContentsMargins(16, 16, 16, 16)
        body.setSpacing(8)
        body.addWidget(caption(str(self.path or "")))
        body.addWidget(self.view, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(Line())
        whole.addLayout(bottom_row(copy, folder, None, close))
        self.resize(looks.window_size(760, 480))

    def open_folder(self) -> None:
        """Shows the folder of the log in the system's file manager."""
        if self.path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path.parent)))


def _log_path() -> Path | None:
    try:
        return log_path()
    except RuntimeError:
        return None


def tail(path: Path) -> str:
    """The last lines of a log, or a sentence where there are none."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            text = stream.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return "Nothing has been written down yet."
    except OSError as error:
        return f"The log cannot be read: {error.strerror}."
    if size > TAIL_BYTES:
        text = "…\n" + text.partition("\n")[2]
    return text or "Nothing has been written down yet."
