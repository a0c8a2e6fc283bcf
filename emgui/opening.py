"""Opening data: a file, a sample, or rows drawn from a mixture; read on a thread, into the document."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
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
from core.samples import THREE_COMPONENTS, Recipe, Sample
from core.table import Dialect, Table
from emgui.dialogs.column_facts import Sketch, read_columns, sketches
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.generate import GenerateDialog
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


class Opener(QObject):
    """Brings data into the document. Whatever fails leaves the document as it was, with a message.

    `opened`: the table that the document has now. `failed`: the message that was shown. `noted`: what to say of the
    data in the status bar. may_replace is asked, once, before runs that were not exported would go.
    """

    opened = Signal(object)
    failed = Signal(object)
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
        self._last_attempt: tuple[Path, Dialect, str, Table | None] | None = None

    # ---- what can be opened

    def open_path(self, path: Path | str, dialect: Dialect = DETECT, column: str | None = None) -> None:
        """Opens a file: its one column of numbers at once, else it asks which; `column` answers beforehand."""
        path = Path(path)
        self._start(
            f"Reading {shown(path.name)}",
            lambda report: read_columns(path, dialect, report),
            done=lambda answer: self._file_read(path, dialect, column, *answer),
            failed=lambda error: self._file_failed(path, dialect, error),
        )

    def open_sample(self, sample: Sample) -> None:
        """Opens one of the data sets that come with the program, set up as it is meant to be tried."""
        truth = mixture_of(THREE_COMPONENTS) if sample.id == "three_components" else None
        self._start(
            f"Reading {sample.title}",
            lambda report: read_columns(sample.path, DETECT, report),
            done=lambda answer: self.take(answer[0], sample.column, sample.unit, truth, sample),
            failed=lambda error: self._file_failed(sample.path, DETECT, error),
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
            done=lambda table: self.take(table, "x", "", mixture_of(recipe), len(recipe.weights)),
            failed=lambda error: self._fail("The rows could not be drawn", _sentence(error)),
        )

    def choose_column(self, table: Table) -> None:
        """Asks for another column of a table that is open."""
        self._start(
            f"Looking at {shown(table.source)}",
            lambda report: sketches(table, report),
            done=lambda made: self._ask_column(table, made, self.document.column or None, table.dialect),
            failed=lambda error: self._fail("The columns could not be shown", _sentence(error)),
        )

    def choose_how(self) -> None:
        """Shows the file that could not be opened, and asks how to read it: what a message's button does."""
        if self._last_attempt is not None:
            path, dialect, problem, table = self._last_attempt
            self._ask(ColumnPicker(table, {}, self._errands, path, dialect, problem=problem, parent=self._window))

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

    def _file_read(
        self, path: Path, dialect: Dialect, column: str | None, table: Table, made: Mapping[str, Sketch]
    ) -> None:
        if column is not None or len(table.numeric) == 1:
            self.take(table, column or table.numeric[0].name)
        elif table.numeric:
            self._ask_column(table, made, None, dialect)
        else:
            name = shown(path.name)
            self._last_attempt = (path, dialect, "", table)
            self._fail(f"{name} has no column of numbers", _why_no_numbers(table), ("how", "Show the first rows"))

    def _file_failed(self, path: Path, dialect: Dialect, error: Exception) -> None:
        text = _sentence(error)
        self._last_attempt = (path, dialect, in_window_words(text), None)
        how = (("how", "Choose how to read it…"),) if names_a_field(text) else ()
        logged = () if isinstance(error, InputError) else (("log", "Show log"),)
        self._fail(f"{shown(path.name)} could not be opened", in_window_words(text), *how, *logged)

    def _fail(self, title: str, text: str, *actions: tuple[str, str]) -> None:
        message = Message("error", title, text, (OPEN, *actions))
        self.document.say(message)
        self.failed.emit(message)

    # ---- asking

    def _ask_column(
        self, table: Table, made: Mapping[str, Sketch], column: str | None, dialect: Dialect = DETECT
    ) -> None:
        path = Path(table.path) if table.path else None
        self._ask(ColumnPicker(table, made, self._errands, path, dialect, column, parent=self._window))

    def _ask(self, picker: ColumnPicker) -> None:
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
        column: str,
        unit: str = "",
        truth: Mixture | None = None,
        meant: Sample | int | None = None,
    ) -> None:
        """Puts a column into the document, if runs that would be lost may go.

        meant: the sample that says how it is to be fitted, or the number of components.
        """
        if column not in [usable.name for usable in table.numeric]:
            self._refuse(table, column)
            return
        if not self._may_replace():
            return
        options = _options(self.document.options, meant)
        counts = meant.counts if isinstance(meant, Sample) else None

        def put(data: Data) -> None:
            self.document.set_data(data, unit, table, truth, options)
            if table.path and truth is None and meant is None:
                remember(Path(table.path))
            self.opened.emit(table)
            self.noted.emit(_note(table, column))

        def fail(error: Exception) -> None:
            self._fail(f"{shown(table.source)} could not be opened", _sentence(error))

        if table.n_rows > AT_ONCE:
            self._start(
                f"Preparing {shown(column)}", lambda report: _ready(table, column, counts), done=put, failed=fail
            )
            return
        try:
            put(_ready(table, column, counts))
        except InputError as error:
            fail(error)

    def _refuse(self, table: Table, column: str) -> None:
        try:
            table.column(column)
        except InputError as error:
            self._fail(f"{shown(table.source)} could not be opened", str(error))


def _options(options: FitOptions, meant: Sample | int | None) -> FitOptions:
    """The options for other data: what held the old parameters goes, and so does a model that brings its own data."""
    options = replace(options, constraints=NONE)
    if isinstance(meant, Sample):
        return replace(options, n_components=meant.n_components, family=meant.family, trials=None)
    if options.family in MODELS:
        options = replace(options, family=FitOptions().family, n_components=FitOptions().n_components)
    return options if meant is None else changed(options, None, family="gaussian", n_components=meant)


def _ready(table: Table, column: str, counts: str | None = None) -> Data:
    """The data of a column, with what every fit asks of them first."""
    data = table.data(column, counts=counts or "")
    _ = data.minimum, data.maximum, data.moments, data.n_samples
    return data


def mixture_of(recipe: Recipe) -> Mixture:
    """The mixture that a recipe draws from, its components numbered by mean."""
    parameters = {"mean": recipe.means, "sd": recipe.sds}
    return Mixture(make_family("gaussian", Setting()), recipe.weights, parameters).numbered()  # type: ignore[arg-type]


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


def _note(table: Table, column: str) -> str:
    """Rows and what was left out, then what the reader had to say of the whole file."""
    chosen = table.column(column)
    counted = f"{table.n_rows - chosen.n_left_out:,} rows of {shown(column)} loaded"
    left_out = f", {chosen.n_left_out:,} left out" if chosen.n_left_out else ""
    others = [note for note in table.notes if not any(note.endswith(f" in {shown(c.name)}.") for c in table.numeric)]
    return " ".join([f"{counted}{left_out}.", *others])


def _name_filters() -> list[str]:
    from core.io import READERS

    endings = sorted({f"*{ending}" for reader in READERS.values() for ending in reader.extensions})
    return [f"Data files ({' '.join(endings)})", "All files (*)"]
