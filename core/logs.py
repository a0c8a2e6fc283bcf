"""Where faults of the program are written down, so that no traceback has to be shown to a person."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from pathlib import Path

LARGEST_LOG = 1 << 20
"""Bytes after which the log is begun anew."""


def log_path() -> Path:
    """The log file of this machine's user, whether it exists yet or not; RuntimeError where there is no home folder."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "emgui"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Logs" / "emgui"
    else:
        folder = Path.home() / ".local" / "state" / "emgui" / "log"
    return folder / "emgui.log"


def log_fault(error: BaseException) -> Path | None:
    """Appends the traceback of a fault to the log and returns where that is; None when it cannot be written."""
    try:
        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        begin = path.exists() and path.stat().st_size > LARGEST_LOG
        text = "".join(traceback.format_exception(error))
        with path.open("w" if begin else "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{text}\n")
    except (OSError, RuntimeError):
        return None
    return path
