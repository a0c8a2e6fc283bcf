"""Files and folders that were used lately, remembered between sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import QSettings

MOST_RECENT = 8
_FILES, _FOLDER = "recent/files", "recent/folder"


@dataclass(frozen=True)
class Recent:
    """A file opened before: where it is, its folder as a person writes it, and when that was, in words."""

    path: Path
    folder: str
    when: str


def recent_files() -> tuple[Recent, ...]:
    """The files opened last, the latest first, at most MOST_RECENT; files that are gone are left out."""
    entries = [(Path(path), when) for path, when in _entries()]
    return tuple(Recent(path, _tilde(path.parent), _in_words(when)) for path, when in entries if _is_there(path))


def remember(path: Path) -> None:
    """Puts a file first among the recent ones, and its folder is where the next dialog begins."""
    path = path.absolute()
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    others = [[old, when] for old, when in _entries() if Path(old) != path and _is_there(Path(old))]
    QSettings().setValue(_FILES, json.dumps([[str(path), now], *others][:MOST_RECENT]))
    remember_folder(path)


def last_folder() -> Path:
    """Where a dialog for files begins: the folder used last, else the home folder."""
    folder = Path(str(QSettings().value(_FOLDER, "")) or Path.home())
    try:
        return folder if folder.is_dir() else Path.home()
    except OSError:
        return Path.home()


def remember_folder(path: Path) -> None:
    """The folder of this file is where the next dialog begins."""
    QSettings().setValue(_FOLDER, str(path.absolute().parent))


def _entries() -> list[tuple[str, str]]:
    """Pairs of path and time. Settings can be edited by hand, so whatever does not fit is passed over."""
    try:
        stored = json.loads(str(QSettings().value(_FILES, "[]")))
    except (ValueError, RecursionError):
        return []
    pairs = stored if isinstance(stored, list) else []
    return [(pair[0], pair[1]) for pair in pairs if _is_entry(pair)]


def _is_entry(pair: object) -> bool:
    return (
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) and "\0" not in text for text in pair)
    )


def _is_there(path: Path) -> bool:
    """Whether it is a file that can be reached; a folder that cannot be looked into has none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _tilde(folder: Path) -> str:
    try:
        inside = folder.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return str(folder)
    return "~" if inside == Path() else str(Path("~") / inside)


def _in_words(when: str) -> str:
    """today, yesterday, 12 November, or with the year when it is another one."""
    try:
        day = datetime.fromisoformat(when).astimezone().date()
    except (ValueError, OverflowError):
        return ""
    today = date.today()
    if (today - day).days in (0, 1):
        return "today" if day == today else "yesterday"
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"
