"""Saving what a fit leaves: the result, tables and figures, each with a dialog for where, written on a thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.data import Data
from core.errors import InputError, OutputError, shown
from core.fit import with_thresholds
from core.groups import is_apart, together
from core.io.atomic import check_target, staged
from core.io.endings import ending_of
from core.io.memberships import class_column, columns_beside, write_memberships
from core.io.replay import write_replay
from core.io.report import write_report
from core.io.writers import LONG, WRITERS
from core.thresholds.placing import place
from core.thresholds.rules import Rule
from emgui.document import Document, Message
from emgui.errands import Errands, ShownErrand
from emgui.grouping import fits_apart
from emgui.jobs import Report
from emgui.recent import last_folder, remember_folder
from emgui.run import Run

if TYPE_CHECKING:
    from core.groups import GroupFits
    from emgui.dialogs.export_figure import FigureDialog
    from emgui.dialogs.export_film import FilmDialog
    from emgui.figures import Figure
    from emgui.film import Film, Filming
    from emgui.panels.centre import Arrangement

log = logging.getLogger(__name__)
COPIED_DPI = 192
"""Pixels in an inch of a copied picture: two for each on an ordinary screen."""
COLUMNS = 0.3
"""Share of the work that collecting the other columns of a file is taken for."""
PAGES: dict[str, Callable[..., None]] = {"report": write_report, "replay": write_replay}
"""Exports that can say the unit of the values, which only the window knows."""
APART = {"result": WRITERS["result"].filters, "parameters": LONG}
"""Exports of groups that are each fitted apart, and the files they make; the others are of all rows together."""

CUT = ("result", "memberships", "report", "threshold_table")
"""Exports that say the thresholds."""


class Exporter(QObject):
    """Saves the run that is shown: parameters, memberships and figure at the cursor, and the whole log.

    `noted` says in the status bar what was saved. An old file is replaced only when the new one is whole.
    """

    noted = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.dialog: QFileDialog | None = None
        self.form: FigureDialog | FilmDialog | None = None
        self.arrangement: Callable[[], Arrangement | None] = lambda: None
        self._window = parent
        self._filming: Filming | None = None
        self._errands = Errands()
        self._writing = ShownErrand(document, self._errands)

    def ask(self, kind: str) -> None:
        """Asks how and where to, then writes. What is under the cursor now is written, even if a run goes on."""
        run, moment = self.document.current, self.document.moment
        if run is None or moment is None:
            return
        if kind == "figure":
            self._ask_figure(run)
        elif kind == "film":
            self._ask_film(run)
        else:
            forms = APART.get(kind, WRITERS[kind].filters) if is_apart(run.data) else WRITERS[kind].filters
            self._ask_where(kind, forms, lambda path: self.write(kind, run, moment.number, path))

    def _ask_figure(self, run: Run) -> None:
        from emgui.dialogs.export_figure import FigureChoices, FigureDialog
        from emgui.figures import still

        shown_now = still(self.document)

        def chosen(choices: FigureChoices) -> None:
            write = partial(self.write_figure, run, shown_now, choices.figure)
            self._ask_where("figure", WRITERS["figure"].filters, write, choices.ending)

        self._show_form(FigureDialog(self._window), chosen)

    def _ask_film(self, run: Run) -> None:
        from emgui.dialogs.export_film import FilmChoices, FilmDialog
        from emgui.figures import still
        from emgui.film import filters

        shown_now = still(self.document)

        def chosen(choices: FilmChoices) -> None:
            write = partial(self.write_film, run, shown_now, choices.film)
            self._ask_where("film", filters(), write, choices.ending)

        self._show_form(FilmDialog(run.last_number, self._window), chosen)

    def _show_form(self, form: FigureDialog | FilmDialog, chosen: Callable[[Any], None]) -> None:
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.wanted.connect(chosen)
        form.finished.connect(self._forget_form)
        self.form = form
        form.open()

    def _ask_where(
        self, kind: str, forms: dict[str, str], write: Callable[[Path], None], ending: str = "", name: str = ""
    ) -> None:
        """The file's name; its ending says in which of the forms (name → ending) it is written."""
        filters = {f"{title} (*{one})": one for title, one in forms.items()}
        usual = next((title for title, one in filters.items() if one == ending), next(iter(filters)))
        dialog = QFileDialog(self._window, WRITERS[kind].title, str(last_folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.selectNameFilter(usual)
        dialog.setDefaultSuffix(filters[usual].removeprefix("."))
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters[chosen].removeprefix(".")))
        suggested = self.suggested_name(kind, filters[usual])
        dialog.selectFile(f"{name}-{WRITERS[kind].suffix}" if name else suggested)
        dialog.fileSelected.connect(lambda path: write(Path(path)))
        dialog.finished.connect(lambda: self._forget(dialog))
        self.dialog = dialog
        dialog.open()

    def suggested_name(self, kind: str, ending: str = "") -> str:
        """A name made of the file's, the column's and the kind's: faithful-waiting-fit.json."""
        source = self.document.table.source if self.document.table is not None else ""
        parts = [_slug(Path(source).stem if "." in source else source), _slug(self.document.column)]
        writer = WRITERS[kind]
        suffix = writer.suffix.removesuffix(writer.extensions[0]) + (ending or writer.extensions[0])
        return "-".join([*filter(None, dict.fromkeys(parts)), suffix])

    def write(self, kind: str, run: Run, number: int, path: Path) -> None:
        """Writes an export to a file; whatever fails becomes a message, and an old file stays as it was."""
        write = WRITERS[kind].write
        if write is None:
            self._draw(kind, run, path)
            return
        if kind in APART and is_apart(run.data):
            self._write_groups(kind, run, path)
            return
        if not self._may_write(path):
            return
        if kind in PAGES:
            write = partial(PAGES[kind], unit=self.document.unit)
        still, rules = _still(run), self._rules(run, kind)

        def work(report: Report) -> None:
            made = still.fit(number, report)
            write(path, with_thresholds(made, rules) if rules else made, still.history, report)

        self._start(path, work, lambda _: self._saved(path, run, number))

    def _rules(self, run: Run, kind: str = "") -> tuple[Rule, ...]:
        """The thresholds that are written with an export: those that are shown; always in their own table."""
        if not (self.document.view.thresholds or kind == "threshold_table") or run.data.n_features > 1:
            return ()
        shared = run.history.parameters(0).family.shared
        return () if shared or kind not in (*CUT, "") else self.document.parting.rules

    def _write_groups(self, kind: str, run: Run, path: Path) -> None:
        """Writes the fits of the groups apart, which are made first where there are none yet."""
        from core.io.groups_result import write_group_parameters, write_groups

        if not self._may_write(path):
            return
        known = self.document.group_fits.get(run)

        def work(report: Report) -> GroupFits:
            if kind == "parameters":
                ending_of(path, tuple(LONG.values()))
            fits = fits_apart(run, report) if known is None else known
            if isinstance(fits, str):
                raise InputError(fits)
            if kind == "parameters":
                write_group_parameters(path, fits)
            else:
                write_groups(path, run.data, fits)
            return fits

        def done(fits: GroupFits) -> None:
            if run.data is self.document.data:
                self.document.set_group_fits(run, fits)
            self.document.mark_saved(run)
            self.noted.emit(f"{shown(path.name)} saved in {path.parent}: each group fitted apart.")

        self._start(path, work, done)

    def _draw(self, kind: str, run: Run, path: Path) -> None:
        """Writes the usual figure or film of what is shown."""
        from emgui.figures import Figure
        from emgui.film import Film

        if kind == "figure":
            self.write_figure(run, self.document, Figure(), path)
        else:
            self.write_film(run, self.document, Film(), path)

    def write_figure(self, run: Run, document: Document, figure: Figure, path: Path) -> None:
        """Draws what a document shows of a run into a file."""
        from emgui import figures

        if not self._may_write(path):
            return
        try:
            with staged(path) as temporary:
                figures.write_figure(temporary, document, figure, self.arrangement())
        except OutputError as error:
            self._failed(path, error)
            return
        self._saved(path, run)

    def write_film(self, run: Run, document: Document, film: Film, path: Path) -> None:
        """Draws the tape of a run into a film, a little at a time, while a thread writes it."""
        from emgui.film import Filming, write_film

        if not self._may_write(path) or not self._may_start(path):
            return
        filming = Filming(document, film, self.arrangement(), self)
        self._filming = filming
        filming.start()
        self._start(path, lambda report: write_film(path, filming, report), lambda _: self._saved(path, run))

    def ask_with_columns(self) -> None:
        """Asks where to, then writes the memberships beside all other columns of the file."""
        run, moment = self.document.current, self.document.moment
        if run is not None and moment is not None:
            write = partial(self.write_with_columns, run, moment.number)
            self._ask_where("memberships", WRITERS["memberships"].filters, write)

    def write_with_columns(self, run: Run, number: int, path: Path) -> None:
        """Writes every row with its memberships, and what stands in the other columns of the file."""
        table = self.document.table
        if table is None or not self._may_write(path):
            return
        still, rules = _still(run), self._rules(run)

        def work(report: Report) -> None:
            beside = columns_beside(still.data, table, lambda done: report(COLUMNS * done))
            mixture = still.mixture(number)
            if rules:
                beside = [class_column(still.data, mixture, place(mixture, rules).cuts), *beside]
            write_memberships(path, still.data, mixture, lambda done: report(COLUMNS + (1 - COLUMNS) * done), beside)

        self._start(path, work, lambda _: self._saved(path, run, number))

    def ask_for_rows(self) -> None:
        """Asks for a file of new rows and where to write who they belong to under the fit that is shown."""
        run, moment = self.document.current, self.document.moment
        if run is None or moment is None:
            return
        dialog = QFileDialog(self._window, "Apply fit to new data", str(last_folder()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

        def chosen(source: str) -> None:
            def write(path: Path) -> None:
                self.apply(run, moment.number, Path(source), path)

            self._ask_where("memberships", WRITERS["memberships"].filters, write, name=_slug(Path(source).stem))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(lambda: self._forget(dialog))
        self.dialog = dialog
        dialog.open()

    def apply(self, run: Run, number: int, source: Path, path: Path) -> None:
        """Writes the memberships of the rows of another file under a run's parameters at an iteration."""
        from emgui.applying import apply_fit

        if not self._may_write(path, source):
            return
        still, rules = _still(run), self._rules(run)

        def work(report: Report) -> Data:
            made = still.fit(number)
            return apply_fit(with_thresholds(made, rules) if rules else made, source, path, report)

        def done(data: Data) -> None:
            left_out = f"; {data.n_left_out:,} left out" if data.n_left_out else ""
            self.noted.emit(f"{shown(path.name)} saved: {len(data):,} rows of {shown(source.name)}{left_out}.")

        self._start(path, work, done)

    def copy_plot(self, name: str, width: int, height: int) -> None:
        """Puts a plot on the clipboard as it is seen, width x height px: as a picture and as a drawing."""
        from emgui import figures

        per_px = figures.MM_PER_INCH / figures.PX_PER_INCH
        figure = figures.Figure(name, width * per_px, height * per_px, COPIED_DPI)
        QApplication.clipboard().setMimeData(figures.mime(self.document, figure, self.arrangement()))
        self.noted.emit(f"{figures.TITLES[name]} copied as a picture.")

    def _may_write(self, path: Path, *inputs: Path) -> bool:
        """Whether a file may be written to; if not, a message says why."""
        table = self.document.table
        try:
            check_target(path, [*inputs, *([table.path] if table is not None and table.path else [])])
        except (InputError, OutputError) as error:
            self._failed(path, error)
            return False
        remember_folder(path)
        return True

    def cancel(self) -> None:
        """Stops writing; the old file stays."""
        self._writing.cancel()

    def close(self) -> None:
        """Stops everything and waits until no thread is left."""
        for dialog in (self.form, self.dialog):
            if dialog is not None:
                dialog.close()
        self._errands.close()
        self._stop_filming()
        self._writing.clear()

    # ---- writing

    def _may_start(self, path: Path) -> bool:
        """Whether nothing else is being written; if so, a message says that."""
        if self._writing.is_under_way:
            self._failed(path, OutputError("Another export is still being written; wait for it or cancel it."))
        return not self._writing.is_under_way

    def _start(self, path: Path, work: Callable[[Report], Any], done: Callable[[Any], None]) -> None:
        if not self._may_start(path):
            return

        def then(tell: Callable[..., None]) -> Callable[..., None]:
            def over(*arguments: object) -> None:
                self._stop_filming()
                tell(*arguments)

            return over

        self._writing.run(
            f"Writing {shown(path.name)} …",
            "export",
            work,
            done=then(done),
            failed=then(lambda error: self._failed(path, error)),
            cancelled=then(lambda: self.noted.emit("Cancelled; nothing was written.")),
        )

    def _stop_filming(self) -> None:
        if self._filming is not None:
            self._filming.stop()
            self._filming.deleteLater()
            self._filming = None

    def _saved(self, path: Path, run: Run, number: int | None = None) -> None:
        """A run counts as saved once its end is; what was read off on the way there is said to be that."""
        told = []
        if number is None or number == run.last_number:
            self.document.mark_saved(run)
        else:
            told.append(f"iteration {number:,} of {run.last_number:,}, as shown")
        if number is not None and is_apart(run.data):
            told.append("the fit of all rows together")
        which = f": {', '.join(told)}" if told else ""
        self.noted.emit(f"{shown(path.name)} saved in {path.parent}{which}.")

    def _failed(self, path: Path, error: Exception) -> None:
        known = isinstance(error, (InputError, OutputError))
        if not known:
            log.error("exporting failed", exc_info=error)
        text = str(error) if known else "emgui met a fault of its own; the log says where. The old file is as it was."
        actions = () if known else (("log", "Show log"),)
        self.document.say(Message("error", f"{shown(path.name)} was not written", text, actions))

    def _forget_form(self) -> None:
        self.form = None

    def _forget(self, dialog: QFileDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()


def _still(run: Run) -> Run:
    """A run whose tape ends here, though the run may go on; of all rows together, it says so."""
    return replace(run, data=together(run.data), history=run.history.snapshot())


def _slug(text: str) -> str:
    """A part of a file name that every system takes: letters and digits in groups, at most 40 of them."""
    return "-".join(re.findall(r"\w+", text.lower()))[:40].strip("-_")
