"""What is kept in case emgui does not end well: all that is open, every minute, and offered at the next start."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from core.errors import InputError, shown
from core.session import SUFFIX, Session, glance, open_session, save
from emgui.document import Document, Message
from emgui.errands import Errands, ShownErrand
from emgui.jobs import Report
from emgui.sessions import Sessions, completed_and_ready
from emgui.snapshots import Snapshot

log = logging.getLogger(__name__)
EVERY = 50.0
"""Seconds between two looks whether something has changed: with the writing, no more than a minute is lost."""
SECONDS = "EMGUI_AUTOSAVE_SECONDS"
"""Variable of the environment with another number of them."""
FILE, LOCK = f"session{SUFFIX}", "lock"
RESTORE, DISCARD = ("restore", "Restore"), ("discard", "Discard")


def recovery_folder() -> Path:
    """Where this machine's user keeps what is to be recovered; RuntimeError where there is no home folder."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "emgui" / "recovery"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "emgui" / "recovery"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "emgui" / "recovery"


def seconds_between() -> float:
    """Seconds between two looks, as the environment or the program says."""
    try:
        return max(0.02, float(os.environ.get(SECONDS, EVERY)))
    except ValueError:
        return EVERY


class Place:
    """A folder of one process's own: its recovery file, and a lock that says that the process lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / FILE
        self._lock = QLockFile(str(folder / LOCK))
        self._lock.setStaleLockTime(0)  # however old, it is the process that counts

    @classmethod
    def made(cls, within: Path) -> Place | None:
        """A new one, locked; None where nothing can be written."""
        place = cls(within / secrets.token_hex(6))
        try:
            place.folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            log.warning("nothing can be kept for recovery in %s: %s", within, error)
            return None
        return place if place.locked() else None

    def locked(self) -> bool:
        """Takes the place over, unless a process that lives has it."""
        return self._lock.tryLock(0)

    def released(self) -> None:
        """Leaves it for whoever looks next."""
        self._lock.unlock()

    def removed(self) -> None:
        """Takes it away with all that is in it."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)  # first of all: what is left without it is nothing
        self._lock.unlock()
        shutil.rmtree(self.folder, ignore_errors=True)


def left_behind(within: Path) -> Place | None:
    """The latest recovery file whose process is gone, taken over; None where there is none. Empty ones are swept."""
    try:
        places = [Place(folder) for folder in within.iterdir() if folder.is_dir()]
    except OSError:
        return None
    found: Place | None = None
    for place in sorted(places, key=_written, reverse=True):
        if found is not None and _written(place) > 0.0:
            break  # older ones are offered another time
        if not place.locked():
            continue
        if _written(place) == 0.0:
            place.removed()
        else:
            found = place
    return found


def _written(place: Place) -> float:
    """When its file was written; 0 where there is none."""
    try:
        return place.file.stat().st_mtime
    except OSError:
        return 0.0


class Recovering(QObject):
    """Keeps a recovery file up to date on a thread, takes it away at a clean end, and offers one that was left behind.

    Nothing of this may ever disturb: where it cannot write, the log says so.
    """

    def __init__(
        self,
        document: Document,
        sessions: Sessions,
        within: Path,
        seconds: float = EVERY,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.sessions = document, sessions
        self._within = within
        self._errands = Errands()
        self._opening = ShownErrand(document, self._errands)
        self._is_writing = self._is_changed = False
        self._offered: Place | None = None
        self._place = Place.made(within)
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 * seconds))
        self._timer.timeout.connect(self.look)
        for signal in (
            document.data_changed,
            document.options_changed,
            document.view_changed,
            document.runs_changed,
            document.advanced,
            document.moved,
        ):
            signal.connect(self._note_change)
        document.data_changed.connect(self._offer_again)
        if self._place is not None:
            self._timer.start()

    # ---- keeping

    def _note_change(self) -> None:
        self._is_changed = True

    def look(self) -> None:
        """Writes what is open, if something has changed since."""
        if not self._is_changed or self._is_writing or self._place is None:
            return
        self._is_changed = False
        snapshot = self.sessions.snapshot()
        if snapshot is None:
            with suppress(OSError):
                self._place.file.unlink(missing_ok=True)
            return
        self._is_writing = True
        self._errands.run(_writing(snapshot, self._place.file), "recovery", self._written, self._failed)

    def _written(self, answer: object) -> None:
        self._is_writing = False

    def _failed(self, error: Exception) -> None:
        self._is_writing, self._is_changed = False, True  # the next look tries again
        log.warning("nothing could be kept for recovery: %s", error, exc_info=error)

    # ---- offering

    def offer(self) -> None:
        """Says in the page that a session was left behind, if one was."""
        self._offered = self._offered or left_behind(self._within)
        if self._offered is None or self.document.data is not None or self.document.message is not None:
            return
        when = datetime.fromtimestamp(_written(self._offered)).strftime("%H:%M on %d %B %Y")
        try:
            held = glance(self._offered.file)
            runs = f", {held.n_runs:,} {'run' if held.n_runs == 1 else 'runs'}" if held.n_runs else ""
            text = f"What was open can be restored as it was at {when}: {shown(held.title) or 'data'}{runs}."
        except InputError as error:
            text = f"What was open at {when} may be restored in part: {error}"
        self.document.say(Message("warning", "emgui did not end well last time", text, (RESTORE, DISCARD)))

    def restore(self) -> None:
        """Opens what was left behind, and keeps it where it lies until it is written anew."""
        place = self._offered
        if place is None:
            return

        def work(report: Report) -> Session:
            return completed_and_ready(open_session(place.file, report), place.folder, report)

        self._opening.run(
            "Restoring …",
            "restore",
            work,
            done=lambda session: self._restored(place, session),
            failed=self._not_restored,
            cancelled=self.offer,
        )

    def _restored(self, place: Place, session: Session) -> None:
        if not self.sessions.take_unsaved(session):
            return
        # From here on the file is this process's own: at no time is there none.
        own, self._place, self._offered = self._place, place, None
        if own is not None:
            own.removed()
        self._timer.start()

    def _not_restored(self, error: Exception) -> None:
        if not isinstance(error, InputError):
            log.error("restoring failed", exc_info=error)
        text = str(error) if isinstance(error, InputError) else "emgui met a fault of its own; the log says where."
        self.document.say(Message("error", "What was open could not be restored", text, (DISCARD,)))

    def discard(self) -> None:
        """Takes away what was left behind, and offers what else there is."""
        if self._offered is not None:
            self._offered.removed()
            self._offered = None
            self.offer()

    def _offer_again(self) -> None:
        if self._offered is not None and self.document.data is None:
            self.offer()

    # ---- ends

    def close(self) -> None:
        """A clean end: nothing is left to be recovered but what was left behind before, unanswered."""
        self._timer.stop()
        self._errands.close()
        self._opening.clear()
        if self._place is not None:
            self._place.removed()
        if self._offered is not None:
            self._offered.released()


def _writing(snapshot: Snapshot, file: Path) -> Callable[[Report], None]:
    return lambda report: save(file, snapshot.session(), report)
