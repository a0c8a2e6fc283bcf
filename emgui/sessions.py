"""Saving all that is open as one file, and opening it again: the same picture, the same numbers, the same way on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError, OutputError, shown
from core.io.atomic import check_target
from core.session import SUFFIX, Session, completed, is_session, open_session, save, source_of
from emgui.document import Document, Message
from emgui.errands import Errands, ShownErrand
from emgui.jobs import Report
from emgui.recent import last_folder, remember, remember_folder
from emgui.run import Run
from emgui.snapshots import Snapshot, put, taken

log = logging.getLogger(__name__)
FILTERS = [f"emgui sessions (*{SUFFIX})", "All files (*)"]
OPEN = ("open_session", "Open another session…")
LOCATE = ("locate", "Find the file…")


class Sessions(QObject):
    """Saves what is open under a name, and opens what was saved. Whatever fails leaves file and document as they were.

    `noted`: what to say in the status bar; `changed`: there is another name. layout gives what the window remembers of
    itself, lay_out takes it; may_replace is asked, once, before runs that were not saved would go.
    """

    noted = Signal(str)
    changed = Signal()

    def __init__(
        self,
        document: Document,
        layout: Callable[[], Mapping[str, Any]] = dict,
        lay_out: Callable[[Mapping[str, Any]], None] = lambda told: None,
        may_replace: Callable[[], bool] = lambda: True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.path: Path | None = None
        self.dialog: QFileDialog | None = None
        self._layout, self._lay_out, self._may_replace, self._window = layout, lay_out, may_replace, parent
        self._errands = Errands()
        self._work = ShownErrand(document, self._errands)
        self._held: tuple[object, ...] = ()
        self._homeless: tuple[Path, Session] | None = None
        self._is_restoring = False
        document.data_changed.connect(self._other_data)

    @property
    def name(self) -> str:
        """What the session is called; "" where it was never saved."""
        return "" if self.path is None else self.path.name

    @property
    def is_changed(self) -> bool:
        """Whether there is something in the session that its file does not have."""
        return self.path is not None and self._held != self._standing()

    def snapshot(self) -> Snapshot | None:
        """All that is open now; None where nothing is."""
        snapshot = taken(self.document, self._layout())
        if snapshot is None or self.path is None:
            return snapshot
        window = {**snapshot.desk.window, "session": str(self.path)}
        return replace(snapshot, desk=replace(snapshot.desk, window=window))

    # ---- saving

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Saves under the name it has, or asks for one; then goes on."""
        if self.path is not None:
            self.write(self.path, then)
        else:
            self.save_as(then)

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Asks where to, and saves."""
        if self.document.data is None:
            return
        dialog = QFileDialog(self._window, "Save session", str(last_folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(FILTERS)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(self.name or f"{Path(self.document.data.source).stem or 'session'}{SUFFIX}")
        dialog.fileSelected.connect(lambda path: self.write(Path(path), then))
        self._show(dialog)

    def write(self, path: Path, then: Callable[[], None] = lambda: None) -> None:
        """Saves to a file; an old one stays as it was until the new one is whole."""
        snapshot, table = self.snapshot(), self.document.table
        if snapshot is None:
            return
        try:
            check_target(path, [table.path] if table is not None and table.path else [])
        except (InputError, OutputError) as error:
            self._failed(path, "was not saved", error)
            return
        if self._work.is_under_way:
            self._failed(path, "was not saved", OutputError("Another session is still being read or written."))
            return
        held, runs = self._standing(), self.document.runs[:]
        self._work.run(
            f"Saving {shown(path.name)} …",
            "save-session",
            lambda report: save(path, snapshot.session(saved=True), report),
            done=lambda answer: self._saved(path, snapshot, runs, held, then),
            failed=lambda error: self._failed(path, "was not saved", error),
            cancelled=lambda: self.noted.emit("Cancelled; nothing was saved."),
        )

    def _saved(
        self, path: Path, snapshot: Snapshot, runs: list[Run], held: tuple[object, ...], then: Callable[[], None]
    ) -> None:
        lengths = {run.number: len(run.history) for run in snapshot.runs}
        for run in runs:
            if run in self.document.runs and lengths.get(run.number) == len(run.history):
                self.document.mark_saved(run)
        self.path, self._held = path, held
        remember(path)
        self.noted.emit(f"{shown(path.name)} saved in {path.parent}.")
        self.changed.emit()
        then()

    # ---- opening

    def choose(self) -> None:
        """Asks for a session to open."""
        self._ask_for_file("Open session", FILTERS, lambda path: self.open(Path(path)))

    def open(self, path: Path | str) -> None:
        """Opens a session."""
        path = Path(path)

        def work(report: Report) -> Session:
            session = open_session(path, report)
            is_there = session.data is not None or source_of(session, path.parent) is not None
            return completed_and_ready(session, path.parent, report) if is_there else session

        self._start(path, work)

    def locate(self) -> None:
        """Asks where the data of a session are now."""
        if self._homeless is not None:
            path, session = self._homeless
            source = session.desk.source
            title = "Find the data" if source is None else f"Find {Path(source.path).name}"
            self._ask_for_file(title, ["All files (*)"], lambda found: self.open_with(path, session, Path(found)))

    def open_with(self, path: Path, session: Session, found: Path) -> None:
        """Opens a session whose data are in a file that a person has found."""
        self._start(path, lambda report: completed_and_ready(session, path.parent, report, found))

    def take(self, session: Session, path: Path | None, title: str) -> bool:
        """Shows a session, if runs that would be lost may go; whether it did. path: where it is saved from now on."""
        if not self._may_replace():
            return False
        self._is_restoring = True
        try:
            with self.document.changing(f"open {shown(title)}"):
                layout = put(session, self.document)
        finally:
            self._is_restoring = False
        self._lay_out(layout)
        self.path, self._held = path, self._standing()
        n = len(self.document.runs)
        rows = f"{len(session.data):,} rows" if session.data is not None else ""
        self.noted.emit(f"{shown(title)} opened: {rows}, {n:,} {'run' if n == 1 else 'runs'}.")
        if session.damage:
            self.document.say(Message("warning", f"{shown(title)} is damaged", session.damage))
        self.changed.emit()
        return True

    def take_unsaved(self, session: Session) -> bool:
        """The same with one that was never saved as it is: where it had a name, that still has to be written."""
        told = session.desk.window.get("session")
        path = Path(told) if isinstance(told, str) and is_session(told) and not session.damage else None
        done = self.take(session, path, session.desk.title or "What was open")
        if done:
            self._held = ()
            self.changed.emit()
        return done

    def _start(self, path: Path, work: Callable[[Report], Session]) -> None:
        self._work.run(
            f"Opening {shown(path.name)} …",
            "open-session",
            work,
            done=lambda session: self._read(path, session),
            failed=lambda error: self._failed(path, "could not be opened", error, OPEN),
            cancelled=lambda: self.noted.emit("Cancelled; nothing was opened."),
        )

    def _read(self, path: Path, session: Session) -> None:
        if session.data is None:
            self._homeless = (path, session)
            where = shown(str(session.desk.source.path)) if session.desk.source is not None else "a file"
            title = f"The data of {shown(path.name)} are not where they were"
            text = f"They were read from {where}, which is not there. Say where the file is now."
            self.document.say(Message("warning", title, text, (LOCATE,)))
        # What is damaged is not overwritten unasked.
        elif self.take(session, None if session.damage else path, path.name):
            self._homeless = None
            remember(path)

    # ---- ends

    def cancel(self) -> None:
        """Stops reading or writing."""
        self._work.cancel()

    def close(self) -> None:
        """Stops everything and waits until no thread is left."""
        if self.dialog is not None:
            self.dialog.close()
        self._errands.close()
        self._work.clear()

    def _ask_for_file(self, title: str, filters: list[str], then: Callable[[str], None]) -> None:
        dialog = QFileDialog(self._window, title, str(last_folder()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(filters)
        dialog.fileSelected.connect(then)
        self._show(dialog)

    def _show(self, dialog: QFileDialog) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog
        dialog.fileSelected.connect(lambda path: remember_folder(Path(path)))
        dialog.finished.connect(lambda: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QFileDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    def _failed(self, path: Path, what: str, error: Exception, *actions: tuple[str, str]) -> None:
        known = isinstance(error, (InputError, OutputError))
        if not known:
            log.error("a session %s", what, exc_info=error)
        text = str(error) if known else "emgui met a fault of its own; the log says where. Nothing was changed."
        if isinstance(error, MemoryError):
            text = "It does not fit into this machine's memory."
        logged = () if known else (("log", "Show log"),)
        self.document.say(Message("error", f"{shown(path.name)} {what}", text, (*actions, *logged)))

    def _other_data(self) -> None:
        if not self._is_restoring and self.path is not None:
            self.path, self._held = None, ()
            self.changed.emit()

    def _standing(self) -> tuple[object, ...]:
        """What tells one state of the document from another, as far as it is worth saving."""
        document = self.document
        runs = [item for run in document.runs for item in (run, run.title, len(run.history))]
        return (document.data, document.options, document.unit, *runs)


def completed_and_ready(session: Session, folder: Path, report: Report, found: Path | None = None) -> Session:
    """A session with its data, read again where they are not in it, and with what every picture asks of them first."""
    session = completed(session, folder, found, report)
    assert session.data is not None
    _ = session.data.minimum, session.data.maximum, session.data.moments, session.data.n_samples
    return session
