"""The application around the window: font, theme, settings, log file, and what happens when something breaks."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from core.logs import log_path
from emgui import theme as looks
from emgui.document import Document, Message

log = logging.getLogger("emgui")
LOG_BYTES = 1_000_000
TURN = 0.0005
"""Seconds after which a thread that calculates lets the window have its turn."""


def make_application(arguments: list[str]) -> QApplication:
    """The QApplication, with its name, font and icon."""
    # A frame asks for its turn some twenty times: with Python's usual 5 ms it would come a tenth of a second late.
    sys.setswitchinterval(TURN)
    application = QApplication(arguments)
    application.setOrganizationName("emgui")
    application.setApplicationName("emgui")
    application.setApplicationDisplayName("emgui")
    application.setFont(looks.application_font())
    application.setWindowIcon(QIcon(looks.pixmap("emgui", "#5A54D6", 64, 2)))
    return application


def start_log() -> None:
    """Writes warnings and faults to the log file; without a place to write, to nowhere."""
    try:
        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


def log_qt() -> None:
    """Qt's own remarks go to the log; only what ends the program is also said on the terminal."""

    def note(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            log.error("Qt: %s", text)
            sys.stderr.write(f"{text}\n")
        else:
            log.info("Qt: %s", text)

    qInstallMessageHandler(note)


def catch_faults(document: Document) -> None:
    """No traceback reaches a person: it goes to the log, and the window says that something went wrong."""

    def caught(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, fault, trace)
            return
        log.error("an unexpected fault", exc_info=(kind, fault, trace))
        text = (
            "This is a fault of emgui, not of your data. Your runs are as they were. Help ▸ Show log has the details."
        )
        document.say(Message("error", "Something went wrong", text, (("log", "Show log"),)))

    sys.excepthook = caught
    threading.excepthook = lambda args: log.error(
        "an unexpected fault on %s",
        args.thread,
        exc_info=(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback),
    )
