"""Saving what a fit leaves: the result, tables and figures, each with a dialog for where, written on a thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError, OutputError, shown
from core.io.atomic import check_target, staged
from core.io.writers import WRITERS
from emgui.document import Document, Message
from emgui.errands import Errands, ShownErrand
from emgui.jobs import Report
from emgui.recent import last_folder, remember_folder
from emgui.run import Run

log = logging.getLogger(__name__)
FIGURE_SIZE, FIGURE_SCALE = (900, 680), 2.0


class Pictures(Protocol):
    """Whoever can draw the plots as a figure."""

    def write_png(self, path: str, width: int, height: int, scale: float) -> None:
        """The plots as an image."""
        ...

    def write_svg(self, path: str, width: int = 720, height: int = 680) -> None:
        """The plots as an SVG file."""
        ...


class Exporter(QObject):
    """Saves the run that is shown: parameters, memberships and figure at the cursor, and the whole log.

    `noted` says in the status bar what was saved. An old file is replaced only when the new one is whole.
    """

    noted = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.dialog: QFileDialog | None = None
        self._window = parent
        self._pictures: Pictures | None = None
        self._errands = Errands()
        self._writing = ShownErrand(document, self._errands)

    def set_pictures(self, pictures: Pictures) -> None:
        """Who draws the figures."""
        self._pictures = pictures

    def export_result(self) -> None:
        """The result as JSON, with all that repeats the fit."""
        self.ask("result")

    def export_parameters(self) -> None:
        """The parameter table."""
        self.ask("parameters")

    def export_trace(self) -> None:
        """All parameters at every iteration."""
        self.ask("trace")

    def export_memberships(self) -> None:
        """Every row with its responsibilities."""
        self.ask("memberships")

    def export_figure(self) -> None:
        """The plots as a picture."""
        self.ask("figure")

    def ask(self, kind: str) -> None:
        """Asks where to, then writes. What is under the cursor now is what is written, even if a run goes on."""
        run, moment = self.document.current, self.document.moment
        if run is None or moment is None:
            return
        writer = WRITERS[kind]
        filters = {f"{name} (*{ending})": ending for name, ending in writer.filters.items()}
        dialog = QFileDialog(self._window, writer.title, str(last_folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.setDefaultSuffix(writer.extensions[0])
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters[chosen]))
        dialog.selectFile(self.suggested_name(kind))
        dialog.fileSelected.connect(lambda path: self.write(kind, run, moment.number, Path(path)))
        dialog.finished.connect(lambda: self._forget(dialog))
        self.dialog = dialog
        dialog.open()

    def suggested_name(self, kind: str) -> str:
        """A name made of the file's, the column's and the kind's: faithful-waiting-fit.json."""
        source = self.document.table.source if self.document.table is not None else ""
        parts = [_slug(Path(source).stem if "." in source else source), _slug(self.document.column)]
        return "-".join([*filter(None, dict.fromkeys(parts)), WRITERS[kind].suffix])

    def write(self, kind: str, run: Run, number: int, path: Path) -> None:
        """Writes an export to a file; whatever fails becomes a message, and an old file stays as it was."""
        table = self.document.table
        try:
            check_target(path, [table.path] if table is not None and table.path else [])
        except (InputError, OutputError) as error:
            self._failed(path, error)
            return
        remember_folder(path)
        write = WRITERS[kind].write
        if write is None:
            self._write_figure(path, run)
            return
        # The run may go on meanwhile: the thread gets a tape that ends here.
        still = replace(run, history=run.history.snapshot())
        self._start(path, run, number, lambda report: write(path, still.fit(number, report), still.history, report))

    def cancel(self) -> None:
        """Stops writing; the old file stays."""
        self._writing.cancel()

    def close(self) -> None:
        """Stops everything and waits until no thread is left."""
        if self.dialog is not None:
            self.dialog.close()
        self._errands.close()
        self._writing.clear()

    # ---- writing

    def _start(self, path: Path, run: Run, number: int, work: Callable[[Report], None]) -> None:
        if self._writing.is_under_way:
            self._failed(path, OutputError("Another export is still being written; wait for it or cancel it."))
            return
        self._writing.run(
            f"Writing {shown(path.name)} …",
            "export",
            work,
            done=lambda answer: self._saved(path, run, number),
            failed=lambda error: self._failed(path, error),
            cancelled=lambda: self.noted.emit("Cancelled; nothing was written."),
        )

    def _write_figure(self, path: Path, run: Run) -> None:
        assert self._pictures is not None
        try:
            with staged(path) as temporary:
                if path.suffix.lower() == ".svg":
                    self._pictures.write_svg(str(temporary), *FIGURE_SIZE)
                elif path.suffix.lower() not in WRITERS["figure"].extensions:
                    raise OutputError(f"The name of a figure must end in .png or .svg; {shown(path.name)} does not.")
                else:
                    self._pictures.write_png(str(temporary), *FIGURE_SIZE, FIGURE_SCALE)
        except OutputError as error:
            self._failed(path, error)
            return
        self._saved(path, run)

    def _saved(self, path: Path, run: Run, number: int | None = None) -> None:
        """A run counts as saved once its end is; what was read off on the way there is said to be that."""
        which = ""
        if number is None or number == run.last_number:
            self.document.mark_saved(run)
        else:
            which = f": iteration {number:,} of {run.last_number:,}, as shown"
        self.noted.emit(f"{shown(path.name)} saved in {path.parent}{which}.")

    def _failed(self, path: Path, error: Exception) -> None:
        known = isinstance(error, (InputError, OutputError))
        if not known:
            log.error("exporting failed", exc_info=error)
        text = str(error) if known else "emgui met a fault of its own; the log says where. The old file is as it was."
        actions = () if known else (("log", "Show log"),)
        self.document.say(Message("error", f"{shown(path.name)} was not written", text, actions))

    def _forget(self, dialog: QFileDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()


def _slug(text: str) -> str:
    """A part of a file name that every system takes: letters and digits in groups, at most 40 of them."""
    return "-".join(re.findall(r"\w+", text.lower()))[:40].strip("-_")
