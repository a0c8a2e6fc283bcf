"""The one owner of what is open: data, options, runs, the cursor and the selection. Panels read it and draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from core.algorithms.algorithm import Algorithm
from core.binning import Histogram
from core.data import Data, Levels
from core.em import Iteration, Stretch, algorithm_of, family_of
from core.families.family import Family
from core.groups import GroupFits
from core.mixture import Mixture
from core.one_component import OneComponent
from core.options import FitOptions
from core.sureness.uncertainty import Uncertainty
from core.table import Table
from emgui.parting import Parting
from emgui.run import Moment, Run
from emgui.undoing import Changes, Standing, series_of, words_of


@dataclass(frozen=True)
class View:
    """How data and runs are drawn: nothing here changes a number.

    n_bins 0 follows the rule of Freedman and Diaconis. by_passes: the time line counts passes over the data.
    groups: a small histogram for each group, where there are any. thresholds: lines where the likeliest component
    changes. threshold_rules: where there are to be some, as `core.thresholds.rules` reads it. single: the fit of one
    component, laid underneath. bands: how sure the curves at the end of a run are.
    """

    n_bins: int = 0
    density: bool = False
    tint: bool = True
    label: str = ""
    truth: bool = False
    sample: bool = False
    by_passes: bool = False
    groups: bool = True
    thresholds: bool = False
    threshold_rules: str = "equal"
    single: bool = False
    bands: bool = False


@dataclass(frozen=True)
class Message:
    """Something a person must know: one bold sentence, one plain, and actions by name with their texts."""

    kind: str
    title: str
    text: str
    actions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Busy:
    """Long work under way: what it is, and how much of it is done (None where that is unknown)."""

    text: str
    fraction: float | None = None


class Document(QObject):
    """Everything the window shows. Only its methods change it; each change is one signal, after it is whole.

    `advanced`: the current run's tape grew. `moved`: the cursor stands elsewhere, or on another run; panels that draw
    the moment listen to this one, which also follows `advanced` when the cursor goes along.
    """

    data_changed = Signal()
    histogram_changed = Signal()
    options_changed = Signal()
    view_changed = Signal()
    runs_changed = Signal()
    compared_changed = Signal()
    advanced = Signal()
    moved = Signal()
    selection_changed = Signal()
    message_changed = Signal()
    busy_changed = Signal()
    playing_changed = Signal()
    picked_changed = Signal()
    single_changed = Signal()
    scored = Signal()
    grouped = Signal()
    previewed = Signal()
    changes_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: Table | None = None
        self.data: Data | None = None
        self.unit = ""
        self.truth: Mixture | None = None
        self.histogram: Histogram | None = None
        self.sample_histogram: Histogram | None = None
        self.options = FitOptions()
        self.view = View()
        self.runs: list[Run] = []
        self.group_fits: dict[Run, GroupFits | str] = {}
        self.current: Run | None = None
        self._compared: Run | None = None
        self.position = 0
        self.selected = 0
        self.picked: int | None = None
        self.single: OneComponent | None = None
        self.message: Message | None = None
        self.busy: Busy | None = None
        self.playing = False
        self.fast = False
        self.preview: Mixture | None = None
        self.changes = Changes()
        self.parting = Parting(self)
        self._changing = self._to_select = 0
        self._last_number = 0
        self._moment: Moment | None = None

    # ---- data

    def set_table(self, table: Table, column: str, unit: str = "", truth: Mixture | None = None) -> None:
        """Opens a column of a table; the old data, runs and message go.

        Raises InputError, and changes nothing, when the column holds no usable number.
        """
        self.set_data(table.data(column), unit, table, truth)

    def set_data(
        self,
        data: Data,
        unit: str = "",
        table: Table | None = None,
        truth: Mixture | None = None,
        options: FitOptions | None = None,
    ) -> None:
        """Shows data that are ready to be fitted, with options for them; old data, their runs and the message go."""
        self.data, self.unit, self.table, self.truth = data, unit, table, truth
        self.options = options or self.options
        self.view = replace(self.view, label="", truth=False, sample=False, n_bins=0, threshold_rules="equal")
        self._forget()

    def restore(
        self,
        data: Data | None,
        table: Table | None,
        options: FitOptions,
        view: View,
        runs: Sequence[Run],
        current: Run | None,
        position: int = 0,
        selected: int = 0,
        unit: str = "",
        truth: Mixture | None = None,
    ) -> None:
        """Shows data with runs that were made of them before; what was open goes. current may be a start of no run."""
        self.data, self.unit, self.table, self.truth = data, unit, table, truth
        self.options, self.view = options, view
        self._forget(runs, current, position)
        self.select(selected)
        self._clamp_selection()

    def clear(self) -> None:
        """Closes the data; the first page is shown."""
        self.data, self.unit, self.table, self.truth = None, "", None, None
        self._forget()

    def _forget(self, runs: Sequence[Run] = (), current: Run | None = None, position: int = 0) -> None:
        """Drops what belonged to the data before, for what was restored with these, and tells everyone."""
        self.histogram = self.sample_histogram = self.message = self._moment = None
        self.runs, self.current, self.selected = list(runs), current, 0
        self.group_fits = {}
        self.preview = self.picked = self.single = None
        self._last_number = max((run.number for run in runs), default=0)
        self.position = 0 if current is None or not current.is_ready else max(0, min(position, current.last_position))
        for signal in (
            self.data_changed,
            self.options_changed,
            self.view_changed,
            self.runs_changed,
            self.message_changed,
            self.moved,
        ):
            signal.emit()

    def set_unit(self, unit: str) -> None:
        """The unit written behind the column's name."""
        if unit != self.unit:
            self.unit = unit
            self.view_changed.emit()

    def set_histogram(self, histogram: Histogram) -> None:
        """The counts of the data in bins, made elsewhere."""
        self.histogram = histogram
        self.histogram_changed.emit()

    @property
    def family(self) -> Family:
        """The family that the options ask for."""
        return family_of(self.options)

    @property
    def algorithm(self) -> Algorithm:
        """The variant that the options ask for, with its own options."""
        return algorithm_of(self.options)

    @property
    def column(self) -> str:
        """Name of the column that is fitted; "" without data."""
        return self.data.columns[0] if self.data is not None else ""

    @property
    def value_column(self) -> str:
        """Name of the column of the table that holds the values, however they are transformed; "" for none."""
        named = self.data.roles.columns if self.data is not None else ()
        return named[0] if named else self.column

    @property
    def axis(self) -> str:
        """The column's name with its unit."""
        return f"{self.column} ({self.unit})" if self.unit else self.column

    @property
    def label_columns(self) -> list[str]:
        """Columns by whose labels the histogram can be coloured."""
        columns = self.table.columns if self.table is not None else ()
        return [one.name for one in columns if one.levels is not None and one.name != self.value_column]

    @property
    def levels(self) -> Levels | None:
        """The label column by which the histogram is coloured, for the rows that are used; None for none."""
        if self.table is None or self.data is None or not self.view.label:
            return None
        for column in self.table.columns:
            if column.name == self.view.label and column.levels is not None:
                codes = column.levels.codes
                return Levels(column.levels.names, codes if self.data.rows is None else codes[self.data.rows - 1])
        return None

    @property
    def shown_levels(self) -> Levels | None:
        """The labels that the bars are coloured by: those of a column, else those that the fit is told."""
        if self.levels is not None or self.data is None or not self.data.form.labels:
            return self.levels
        return self.data.labels

    # ---- options and view

    def set_options(self, options: FitOptions) -> None:
        """The choices for the next run."""
        if options != self.options:
            self.options = options
            self.options_changed.emit()

    def set_view(self, view: View) -> None:
        """How the data are drawn."""
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    # ---- runs and the cursor

    def set_current(self, run: Run | None, position: int | None = None) -> None:
        """Shows a run, at a half-step or at the end of its tape."""
        self.current = run
        self.position = 0
        if run is not None and run.is_ready:
            self.position = run.last_position if position is None else min(position, run.last_position)
        self._moment = None
        self._clamp_selection()
        self.runs_changed.emit()
        self.moved.emit()

    def extend(self, run: Run, parts: Sequence[Iteration | Stretch], follow: bool) -> None:
        """Appends iterations to a run's tape, which the first one lists; with follow the cursor goes to their end."""
        was_ready = run.is_ready
        for part in parts:
            run.append(part)
        if run.last_number > 0:
            run.saved = False
            if run not in self.runs:
                self._last_number += 1  # also of a run that was deleted: it may come back
                run.number = self._last_number
                self.runs.append(run)
                self.runs_changed.emit()
        if run is not self.current:
            return
        self.advanced.emit()
        if follow or not was_ready:
            self.move(run.last_position if follow else 0)

    def move(self, position: int) -> None:
        """Puts the cursor on a half-step of the current tape."""
        if self.current is None or not self.current.is_ready:
            return
        self.position = max(0, min(position, self.current.last_position))
        self._moment = None
        self._clamp_selection()
        self.moved.emit()

    def set_icl(self, run: Run, number: int, value: float) -> None:
        """The ICL of a run at an iteration, counted elsewhere; NaN where it could not be."""
        run.icl = (number, value)
        self.scored.emit()

    def set_uncertainty(self, run: Run, number: int, sure: Uncertainty | None) -> None:
        """How sure the parameters of a run at an iteration are, found elsewhere; None where that is not known."""
        run.sure = (number, sure)
        self.scored.emit()

    def set_group_fits(self, run: Run, fits: GroupFits | str) -> None:
        """The fits of the groups apart, by the options of a run, made elsewhere; or why there are none."""
        self.group_fits[run] = fits
        self.grouped.emit()

    @property
    def moment(self) -> Moment | None:
        """What the cursor stands on; None without a start."""
        if self._moment is None and self.current is not None and self.current.is_ready:
            self._moment = self.current.moment(self.position)
        return self._moment

    @property
    def shown(self) -> Mixture | None:
        """The mixture that is drawn: the one under the cursor, or what a hand is making of it; None without a start."""
        return self.preview or (self.moment.mixture if self.moment is not None else None)

    @property
    def sure(self) -> Uncertainty | None:
        """How sure the parameters under the cursor are; None but at the end of a run, and where that is not known."""
        moment, run = self.moment, self.current
        if moment is None or run is None or moment.outcome is None or run.sure is None:
            return None
        return run.sure[1] if run.sure[0] == moment.number else None

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor stands on the last half-step of the tape."""
        return self.current is not None and self.current.is_ready and self.position == self.current.last_position

    @property
    def has_unsaved_runs(self) -> bool:
        """Whether closing would lose a run of which nothing was exported."""
        return any(not run.saved for run in self.runs)

    def keep_only(self, run: Run | None) -> None:
        """Forgets all listed runs but this one, which must be among them."""
        if run in self.runs:
            self.runs = [run]
            self.runs_changed.emit()

    def delete_run(self, run: Run) -> None:
        """Takes a run from the list; another one has to be shown in its place."""
        if run in self.runs:
            self.runs = [other for other in self.runs if other is not run]
            self.runs_changed.emit()

    def rename_run(self, run: Run, title: str) -> None:
        """Calls a run by a name of a person's own; "" for its number again."""
        if title != run.title:
            run.title = title
            self.runs_changed.emit()

    def mark_saved(self, run: Run) -> None:
        """Something of this run was exported."""
        run.saved = True
        self.runs_changed.emit()

    @property
    def compared(self) -> Run | None:
        """The listed run that is laid over the one shown, to compare; None for none."""
        return self._compared if self._compared in self.runs and self._compared is not self.current else None

    def compare(self, run: Run | None) -> None:
        """Lays a listed run over the one that is shown; None takes it away."""
        self._compared = run
        self.compared_changed.emit()

    # ---- undo and redo

    @contextmanager
    def changing(self, name: str, series: str = "") -> Iterator[None]:
        """All that changes within is one change that a person can undo by this name; of several, the outermost.

        Changes of one series, one right after the other, are one.
        """
        before, self._changing = self.standing(), self._changing + 1
        try:
            yield
        finally:
            self._changing -= 1
            after = self.standing()
            if self._changing == 0 and not before.is_like(after):
                self.changes.add(name, before, after, series)
                self.changes_changed.emit()

    def choose(self, options: FitOptions, in_series: bool = False) -> None:
        """A person's choices for the next run. in_series: edits of one field right after each other are one change."""
        series = series_of(self.options, options) if in_series else ""
        with self.changing(words_of(self.options, options), series):
            self.set_options(options)

    def standing(self) -> Standing:
        """How things stand, as a value."""
        return Standing(
            self.data, self.table, self.unit, self.truth, self.options, self.view, tuple(self.runs),
            tuple(run.title for run in self.runs), self.group_fits, self._last_number, self.current, self.position,
            self.selected,
        )  # fmt: skip

    def undo(self) -> None:
        """Takes the last change back. Whoever makes iterations must have let go of the run."""
        now = self.standing()
        change = self.changes.undo(now)
        if change is not None:
            self._stand(change.to, change.runs_undone(now))

    def redo(self) -> None:
        """Makes the change again that was undone last."""
        now = self.standing()
        change = self.changes.redo(now)
        if change is not None:
            self._stand(change.to, change.runs_redone(now))

    def _stand(self, to: Standing, runs: Sequence[Run]) -> None:
        """As things stood, but with these runs."""
        for run, title in zip(to.runs, to.titles, strict=True):
            run.title = title
        if to.data is not self.data:
            self.restore(
                to.data, to.table, to.options, to.view, runs, to.current, to.position, to.selected, to.unit, to.truth
            )
            self.group_fits = dict(to.group_fits)
            self._last_number = to.last_number
        else:
            self.runs, self.table, self.truth = list(runs), to.table, to.truth
            self.set_unit(to.unit)
            self.set_options(to.options)
            self.set_view(replace(self.view, threshold_rules=to.view.threshold_rules))
            self.set_current(to.current, to.position)
            self.select_once_there(to.selected)
            self._clamp_selection()
        self.changes_changed.emit()

    # ---- selection, messages, work

    def select(self, identity: int) -> None:
        """Selects a component by its number everywhere; 0 for none."""
        if identity != self.selected:
            self.selected = identity
            self.selection_changed.emit()

    def set_single(self, single: OneComponent | None) -> None:
        """The fit of one component of the family that is shown, made elsewhere; None where there is none (yet)."""
        if single is not self.single:
            self.single = single
            self.single_changed.emit()

    def pick(self, row: int | None) -> None:
        """Picks a row by its position among the data, whose numbers are then shown; None lets it go."""
        if row != self.picked:
            self.picked = row
            self.picked_changed.emit()

    def select_once_there(self, identity: int) -> None:
        """Selects a component of a start that is still to be made."""
        self._to_select = identity

    def say(self, message: Message | None) -> None:
        """Shows a message in place of the last; None takes it away."""
        if message is not None or self.message is not None:
            self.message = message
            self.message_changed.emit()

    def set_busy(self, busy: Busy | None) -> None:
        """Shows long work, or that it is over."""
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()

    def set_preview(self, mixture: Mixture | None) -> None:
        """Shows a mixture that a hand is moving in place of the one under the cursor; None when it has let go."""
        if mixture is not self.preview:
            self.preview = mixture
            self.previewed.emit()

    def set_playing(self, playing: bool, fast: bool = False) -> None:
        """Whether a run is going on by itself, and so fast that only whole iterations are shown."""
        if (playing, fast) != (self.playing, self.fast):
            self.playing, self.fast = playing, fast
            self.playing_changed.emit()

    def _clamp_selection(self) -> None:
        if self._to_select and self.moment is not None:
            wanted, self._to_select = self._to_select, 0
            if wanted in self.moment.mixture.ids:
                self.select(wanted)
        if self.selected and (self.moment is None or self.selected not in self.moment.mixture.ids):
            self.selected = 0
            self.selection_changed.emit()
