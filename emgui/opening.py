"""Opening data: a file, a sample, or rows drawn from a mixture; read on a thread, into the document."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from core.constraints import NONE
from core.data import Data
from core.errors import InputError, shown
from core.families import make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.models import MODELS
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from core.samples import THREE_COMPONENTS, Recipe, Sample
from core.session import SUFFIX, is_session
from core.table import Dialect, Table
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.generate import GenerateDialog
from emgui.dialogs.sources import Look, Report, Source, looked_at, of_file, of_text
from emgui.dialogs.words import in_window_words, names_a_field
from emgui.document import Document, Message
from emgui.errands import Errands, ShownErrand
from emgui.matching import changed
from emgui.recent import last_folder, recent_files, remember

__all__ = ["Opener", "recent_files"]

log = logging.getLogger(__name__)
DETECT = Dialect()
"""Nothing about how a file is written is set: all of it is detected."""
AT_ONCE = 200_000
"""Rows up to which a column is taken on the window's thread."""
OPEN = ("open", "Open another file…")
PASTED = "clipboard"
"""What a table that was pasted calls its source."""


class Opener(QObject):
    """Brings data into the document. Whatever fails leaves the document as it was, with a message.

    `opened`: the table that the document has now. `failed`: the message that was shown. `noted`: what to say of the
    data in the status bar. `session_found`: a file to be opened is a whole session. may_replace is asked, once, before
    runs that were not saved would go.
    """

    opened = Signal(object)
    failed = Signal(object)
    session_found = Signal(object)
    noted = Signal(str)

    def __init__(
        self, document: Document, may_replace: Callable[[], bool] = lambda: True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.dialog: QDialog | None = None
        self._may_replace = may_replace
        self._window = parent
        self._errands = Errands()
        self._reading = ShownErrand(document, self._errands)
        self._last_attempt: tuple[Source, Dialect, str, Look | None] | None = None
        self._pasted: Source | None = None

    # ---- what can be opened

    def open_path(self, path: Path | str, dialect: Dialect = DETECT, column: str | None = None) -> None:
        """Opens a file: its one column of numbers at once, else it asks which; `column` answers beforehand."""
        if is_session(path):
            self.session_found.emit(Path(path))
            return
        self._read(of_file(Path(path)), dialect, column)

    def paste(self, text: str) -> None:
        """Opens cells of a spreadsheet, or any other text, from the clipboard."""
        if not text.strip():
            self.noted.emit("There is no text on the clipboard.")
            return
        self._pasted = of_text(text, PASTED)
        self._read(self._pasted, DETECT, None)

    def open_sample(self, sample: Sample) -> None:
        """Opens one of the data sets that come with the program, set up as it is meant to be tried."""
        truth = mixture_of(THREE_COMPONENTS) if sample.id == "three_components" else None
        source, roles = of_file(sample.path), Roles((sample.column,), counts=sample.counts or "")
        self._start(
            f"Reading {sample.title}",
            lambda report: source.read(DETECT, report),
            done=lambda table: self.take(table, roles, sample.unit, truth, sample),
            failed=lambda error: self._reading_failed(source, DETECT, error),
        )

    def choose_file(self) -> None:
        """Asks for a file, beginning in the folder used last."""
        dialog = QFileDialog(self._window, "Open", str(last_folder()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(_name_filters())
        dialog.fileSelected.connect(self.open_path)
        self._show(dialog)

    def generate(self) -> None:
        """Asks for a mixture and draws rows from it; the mixture can then be laid over the fit."""
        dialog = GenerateDialog(parent=self._window)
        dialog.wanted.connect(self.draw)
        self._show(dialog)

    def draw(self, recipe: Recipe) -> None:
        """Draws rows from a mixture and opens them."""
        self._start(
            f"Drawing {recipe.n_samples:,} rows",
            lambda report: recipe.generate(),
            done=lambda table: self.take(table, Roles(("x",)), "", mixture_of(recipe), len(recipe.weights)),
            failed=lambda error: self._fail("The rows could not be drawn", _sentence(error)),
        )

    def choose_column(self, table: Table) -> None:
        """Asks what the columns of a table that is open are for."""
        data = self.document.data
        self._start(
            f"Looking at {shown(table.source)}",
            lambda report: looked_at(table, report),
            done=lambda look: self._ask(look, self._source_of(table), table.dialect, _meant(data), self.document.unit),
            failed=lambda error: self._fail("The columns could not be shown", _sentence(error)),
        )

    def choose_how(self) -> None:
        """Shows the file that could not be opened, and asks how to read it: what a message's button does."""
        if self._last_attempt is not None:
            source, dialect, problem, look = self._last_attempt
            self._ask(look, source, dialect, problem=problem)

    def take_column(self, table: Table, name: str) -> None:
        """Fits another column of the table that is open; what the others are for stays."""
        data = self.document.data
        roles = Roles((name,))
        if data is not None and not data.roles.lower and name not in data.roles.named.values():
            roles = replace(data.roles, columns=(name,))
        self.take(table, roles)

    # ---- ends

    def cancel(self) -> None:
        """Stops reading; the document stays as it is."""
        self._reading.cancel()

    def close(self) -> None:
        """Stops everything and waits until no thread is left."""
        if self.dialog is not None:
            self.dialog.close()
        self._errands.close()
        self._reading.clear()

    # ---- reading

    def _start(
        self, text: str, work: Callable[[Callable[[float], None]], object], done: Callable[..., None],
        failed: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        self._reading.run(
            f"{text} …", "open", work, done, failed, lambda: self.noted.emit("Cancelled; nothing was opened.")
        )

    def _read(self, source: Source, dialect: Dialect, column: str | None) -> None:
        self._start(
            f"Reading {shown(source.name)}",
            lambda report: source.look(dialect, report),
            done=lambda look: self._looked(source, dialect, column, look),
            failed=lambda error: self._reading_failed(source, dialect, error),
        )

    def _looked(self, source: Source, dialect: Dialect, column: str | None, look: Look) -> None:
        table = look.table
        if column is not None or (len(table.numeric) == 1 and not look.is_one_of):
            self.take(table, Roles((column or table.numeric[0].name,)))
        elif table.numeric:
            self._ask(look, source, dialect)
        else:
            name = shown(source.name)
            self._last_attempt = (source, dialect, "", look)
            self._fail(f"{name} has no column of numbers", _why_no_numbers(table), ("how", "Show the first rows"))

    def _reading_failed(self, source: Source, dialect: Dialect, error: Exception) -> None:
        text = _sentence(error)
        self._last_attempt = (source, dialect, in_window_words(text), None)
        how = (("how", "Choose how to read it…"),) if names_a_field(text) else ()
        logged = () if isinstance(error, InputError) else (("log", "Show log"),)
        self._fail(f"{shown(source.name)} could not be opened", in_window_words(text), *how, *logged)

    def _source_of(self, table: Table) -> Source | None:
        if table.path:
            return of_file(Path(table.path))
        return self._pasted if table.source == PASTED else None

    def _fail(self, title: str, text: str, *actions: tuple[str, str]) -> None:
        message = Message("error", title, text, (OPEN, *actions))
        self.document.say(message)
        self.failed.emit(message)

    # ---- asking

    def _ask(
        self,
        look: Look | None,
        source: Source | None,
        dialect: Dialect,
        roles: Roles | None = None,
        unit: str = "",
        problem: str = "",
    ) -> None:
        picker = ColumnPicker(look, self._errands, source, dialect, roles, unit, problem, self._window)
        picker.picked.connect(self.take)
        self._show(picker)

    def _show(self, dialog: QDialog) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog
        dialog.finished.connect(lambda: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    # ---- taking

    def take(
        self,
        table: Table,
        roles: Roles,
        unit: str = "",
        truth: Mixture | None = None,
        meant: Sample | int | None = None,
    ) -> None:
        """Puts the rows of a table into the document as its columns' roles say, if runs that would be lost may go.

        meant: the sample that says how it is to be fitted, or the number of components.
        """
        try:
            for name in roles.columns:
                table.named(name)
        except InputError as error:
            self._fail(f"{shown(table.source)} could not be opened", in_window_words(str(error)))
            return
        if not self._may_replace():
            return
        options = _options(self.document.options, meant)

        def put(data: Data) -> None:
            with self.document.changing(_change(self.document.table, table, data)):
                self.document.set_data(data, unit, table, truth, options)
            if table.path and truth is None and meant is None:
                remember(Path(table.path))
            self.opened.emit(table)
            self.noted.emit(_note(table, data))

        def fail(error: Exception) -> None:
            self._fail(f"{shown(table.source)} could not be opened", in_window_words(_sentence(error)))

        if table.n_rows > AT_ONCE or roles.where:
            named = shown(roles.columns[0] if roles.columns else table.source)
            self._start(f"Preparing {named}", lambda report: _ready(table, roles, report), done=put, failed=fail)
            return
        try:
            put(_ready(table, roles))
        except InputError as error:
            fail(error)


def _options(options: FitOptions, meant: Sample | int | None) -> FitOptions:
    """The options for other data: what held the old parameters goes, and so does a model that brings its own data."""
    options = replace(options, constraints=NONE)
    if isinstance(meant, Sample):
        return replace(options, n_components=meant.n_components, family=meant.family, trials=None)
    if options.family in MODELS:
        options = replace(options, family=FitOptions().family, n_components=FitOptions().n_components)
    return options if meant is None else changed(options, None, family="gaussian", n_components=meant)


def _ready(table: Table, roles: Roles, report: Report = lambda fraction: None) -> Data:
    """The data of a table, with what every fit asks of them first; `report` may raise Cancelled."""
    data = prepared(table, roles, report)
    _ = data.minimum, data.maximum, data.moments, data.n_samples
    return data


def _meant(data: Data | None) -> Roles | None:
    """The roles in effect, the value named where it was the only one."""
    if data is None:
        return None
    return data.roles if data.roles.columns or data.roles.lower else replace(data.roles, columns=data.columns)


def mixture_of(recipe: Recipe) -> Mixture:
    """The mixture that a recipe draws from, its components numbered by mean."""
    parameters = {"mean": recipe.means, "sd": recipe.sds}
    return Mixture(make_family("gaussian", Setting()), recipe.weights, parameters).numbered()  # type: ignore[arg-type]


def _change(before: Table | None, table: Table, data: Data) -> str:
    """What is undone then: another column of a table that was open, or the opening of one."""
    named = shown(", ".join(data.roles.columns or data.columns))
    return f"open column {named}" if before is table else f"open {shown(table.source)}"


def _sentence(error: Exception) -> str:
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The file does not fit into this machine's memory."
    log.error("opening failed", exc_info=error)
    return "emgui met a fault of its own; the log says where. Nothing was changed."


def _why_no_numbers(table: Table) -> str:
    named = [f"“{shown(column.name)}” holds {column.why_not}" for column in table.columns[:3]]
    if len(table.columns) == 1:
        reasons = f"Its one column, {named[0].replace(' holds', ', holds', 1)}."
    else:
        more = f"; and {len(table.columns) - 3:,} more" if len(table.columns) > 3 else ""
        reasons = f"Of its {len(table.columns):,} columns, {'; '.join(named)}{more}."
    return (
        f"{in_window_words(reasons)} A column can be used when at least half of its filled cells are numbers. "
        "Open another file, or add a column of numbers and open it again."
    )


def _note(table: Table, data: Data) -> str:
    """Rows and what was left out, then what the reader had to say of the whole file."""
    counted = f"{len(data):,} rows of {shown(data.columns[0])} loaded"
    left_out = f", {data.n_left_out:,} left out" if data.n_left_out else ""
    is_counted = data.counts is not None
    n_none = table.n_rows - len(data) - data.n_left_out - data.n_filtered if is_counted else 0
    left_out += f", {n_none:,} with {'count' if data.counted_by else 'weight'} 0" if n_none > 0 else ""
    others = [note for note in table.notes if not any(note.endswith(f" in {shown(c.name)}.") for c in table.numeric)]
    return " ".join([f"{counted}{left_out}.", *others])


def _name_filters() -> list[str]:
    from core.io import READERS

    endings = sorted({f"*{ending}" for reader in READERS.values() for ending in reader.extensions} | {f"*{SUFFIX}"})
    return [f"Data and sessions ({' '.join(endings)})", "All files (*)"]
