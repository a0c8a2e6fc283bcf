"""The main window: builds the parts, and brings what they ask for to the one that does it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError, shown
from core.io.saved import start_in_groups
from core.io.start_file import read_start
from core.options import MOST_COMPONENTS
from emgui import theme as looks
from emgui.actions import make_actions, refresh_actions
from emgui.asking import Answer, ask_about_runs
from emgui.counting import Counter
from emgui.document import Document, Message
from emgui.exporting import Exporter
from emgui.forms import LARGE, scrolled
from emgui.grouping import Grouper
from emgui.holding import countable, floored
from emgui.keys import Keys
from emgui.matching import changed
from emgui.menus import Menus
from emgui.message_bar import MessageBar
from emgui.opening import Opener
from emgui.panels.results import ResultsPanel
from emgui.panels.setup import SetupPanel
from emgui.panels.welcome import WelcomePage
from emgui.recent import last_folder, recent_files, remember_folder
from emgui.remembering import lay_out, layout_of, remember, restore, restore_plots
from emgui.run import Phase, Run
from emgui.scoring import Scorer
from emgui.sessions import Sessions
from emgui.sheets import SHEETS
from emgui.single import SingleFit
from emgui.status import StatusBar
from emgui.steering import Steering
from emgui.tab_order import put_in_order
from emgui.theme import Theme, named
from emgui.toolbar import COMPACT_BELOW, Toolbar
from emgui.transport import Transport

if TYPE_CHECKING:
    from emgui.panels.centre import Centre
    from emgui.recovering import Recovering
    from emgui.sheets.sheet import Sheet, Wanted

log = logging.getLogger(__name__)
LEFT, RIGHT, RIGHT_COMPACT = 248, 344, 296
PAUSE = "&Pause"
MOST_LETTERS = 80
"""Letters that a run's name may have."""


class Window(QMainWindow):
    """emgui's window. Owns the document and everything that works on it; closing it ends every thread."""

    closed = Signal()
    document: Document
    transport: Transport
    steering: Steering
    opener: Opener
    exporter: Exporter
    sessions: Sessions
    toolbar: Toolbar
    results: ResultsPanel

    def __init__(self, theme: Theme | None = None) -> None:
        super().__init__()
        self.settings = QSettings()
        self.theme = theme or self._chosen_theme()
        self.document = Document(self)
        self.transport = Transport(self.document, self)
        self.steering = Steering(self.document, self.transport, self)
        self.opener = Opener(self.document, self.may_lose_runs, self)
        self.counter = Counter(self.document, self)
        self.scorer = Scorer(self.document, self)
        self.single = SingleFit(self.document, self)
        self.grouper = Grouper(self.document, self)
        self.exporter = Exporter(self.document, self)
        self.sessions = Sessions(
            self.document, lambda: layout_of(self), lambda told: lay_out(self, told), self.may_lose_runs, self
        )
        self.recovering: Recovering | None = None
        self.sheets: dict[str, Sheet] = {}
        self._keys = Keys(self)
        self.setWindowTitle("emgui")
        self.setMinimumSize(1024, 700)
        self.resize(1280, 800)
        self.setAcceptDrops(True)
        self._actions = make_actions(self)
        self.menus = Menus(self, self._actions)
        self._make_parts()
        self._connect()
        restore(self)
        looks.apply(self._application(), self.theme)
        self.restyle(self.theme)
        self.refresh()
        self.setFocus()

    def recover(self, within: Path, seconds: float) -> None:
        """From now on keeps what is open in this folder every so many seconds, and offers what was left there."""
        from emgui.recovering import Recovering

        self.recovering = Recovering(self.document, self.sessions, within, seconds, self)
        self.recovering.offer()

    # ---- making

    def _make_parts(self) -> None:
        self.toolbar = Toolbar(self.document, self.transport, self._actions, self.menus.submenus, self.theme)
        self.setup = SetupPanel(self.document, self.theme)
        self.results = ResultsPanel(self.document, self.theme)
        self.welcome = WelcomePage(self.document, self.theme)
        self.message = MessageBar(self.document, self.theme)
        middle = named(QWidget(), "sheet")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        is_large = looks.scale() > LARGE  # then a message needs all of the window's width
        if not is_large:
            column.addWidget(self.message)
        self._sheet = column
        self.setup.setFixedWidth(looks.room(LEFT))
        self.results.setFixedWidth(looks.room(RIGHT))
        workspace = QWidget()
        above = QVBoxLayout(workspace)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(0)
        if is_large:
            above.addWidget(self.message)
        row = QHBoxLayout()
        row.setSpacing(0)
        above.addLayout(row, 1)
        row.addWidget(self.setup)
        row.addWidget(middle, 1)
        row.addWidget(self.results)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(workspace)
        whole = QWidget()
        page = QVBoxLayout(whole)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.toolbar)
        page.addWidget(self.pages, 1)
        self.setCentralWidget(whole)
        self.status = StatusBar(self.document, self.transport)
        self.setStatusBar(self.status)

    @cached_property
    def centre(self) -> Centre:
        """The plots. Made when they are needed or the window has been seen: they are half of what there is to load."""
        from emgui.panels.centre import Centre

        centre = Centre(self.document, self.theme)
        self._sheet.addWidget(scrolled(centre) if looks.scale() > LARGE else centre, 1)
        centre.timeline.scrubbed.connect(self.transport.go_to)
        centre.histogram.grips.value_wanted.connect(self.transport.drag_to)
        centre.histogram.add_wanted.connect(self.steering.add)
        centre.histogram.component_menu_wanted.connect(self.show_component_menu)
        centre.timeline.passes_wanted.connect(lambda wanted: self.change_view(by_passes=wanted))
        self.exporter.arrangement = lambda: centre.arrangement
        restore_plots(self, centre)
        for panel in centre.panels.values():
            panel.reset()
        return centre

    @property
    def has_plots(self) -> bool:
        """Whether the plots are made."""
        return "centre" in vars(self)

    def _make_plots(self) -> None:
        if self.isVisible():
            _ = self.centre

    def _connect(self) -> None:
        document = self.document
        for signal in (document.data_changed, document.message_changed, document.busy_changed,
                       document.view_changed, document.options_changed, document.selection_changed,
                       document.picked_changed, document.changes_changed):  # fmt: skip
            signal.connect(self.refresh)
        self._late = QTimer(self, singleShot=True, interval=0)
        self._late.timeout.connect(self.refresh)
        self.transport.changed.connect(self._refresh_soon)
        document.data_changed.connect(self._show_page)
        self.results.runs.chosen.connect(self.transport.select_run)
        self.results.runs.compare_wanted.connect(document.compare)
        document.compared_changed.connect(self.refresh)
        document.scored.connect(self._refresh_soon)
        self.results.components_wanted.connect(self.change_components)
        self.results.parameters.hold_wanted.connect(self.transport.toggle_held)
        self.results.parameters.value_wanted.connect(self.transport.set_value)
        self.results.parameters.component_menu_wanted.connect(self.show_component_menu)
        self.results.runs.rename_wanted.connect(self.rename_run)
        self.results.runs.delete_wanted.connect(self.transport.delete_run)
        self.steering.noted.connect(self.note)
        self.setup.left_out_wanted.connect(self.show_left_out)
        self.setup.column_wanted.connect(self.open_column)
        self.setup.constraints_wanted.connect(self.edit_constraints)
        self.welcome.open_wanted.connect(self.opener.choose_file)
        self.welcome.paste_wanted.connect(self._actions["paste"].trigger)
        self.welcome.sample_wanted.connect(self.opener.open_sample)
        self.welcome.recent_wanted.connect(self.opener.open_path)
        for bar in (self.message, self.welcome.message):
            bar.chosen.connect(self.follow_message)
        self.status.cancel_wanted.connect(self.cancel_work)
        self.transport.noted.connect(self.note)
        self.opener.noted.connect(self.note)
        self.exporter.noted.connect(self.note)
        self.opener.session_found.connect(self.sessions.open)
        self.sessions.noted.connect(self.note)
        self.sessions.changed.connect(self.refresh)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_theme_changed)
        self._application().installEventFilter(self._keys)
        self._show_page()

    # ---- showing

    def refresh(self) -> None:
        """Brings actions, title and status bar to what the document says."""
        self._late.stop()
        document = self.document
        refresh_actions(self, self._actions)
        self._actions["run"].setText(PAUSE if document.playing else "&Run")
        for name, waiting in (("undo", document.changes.done), ("redo", document.changes.undone)):
            of = f" {waiting[-1].name}".replace("&", "&&") if waiting else ""
            self._actions[name].setText(f"&{name.capitalize()}{of}")
        self.toolbar.refresh()
        source = document.table.source if document.table is not None else ""
        named = " – ".join(filter(None, (self.sessions.name or source, "emgui")))
        changed = document.has_unsaved_runs or self.sessions.is_changed
        self.setWindowTitle(f"{'*' if changed else ''}{shown(named)}")
        self.status.refresh()

    def _refresh_soon(self) -> None:
        """At once; while a run goes on fast once a frame, however much changes in it."""
        if self.document.playing and self.document.fast and self._actions["run"].text() == PAUSE:
            self._late.start()
        else:
            self.refresh()

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme, everywhere."""
        self.theme = theme
        for part in (self.toolbar, self.setup, self.results, self.welcome, self.message):
            part.restyle(theme)
        if self.has_plots:
            self.centre.restyle(theme)
        for sheet in self.sheets.values():
            sheet.restyle(theme)

    def note(self, text: str) -> None:
        """Says something in the status bar until something else happens."""
        self.status.note(text)

    def show_panel(self, name: str, shown: bool) -> None:
        """Shows or hides a panel."""
        if name == "setup":
            self.setup.setVisible(shown)
        elif name == "results":
            self.results.setVisible(shown)
        elif self.has_plots:
            self.centre.show_panel(name, shown)
        self.menus.panels[name].setChecked(shown)

    def set_appearance(self, name: str) -> None:
        """Light, dark, or as the system has it; remembered."""
        self.settings.setValue("appearance", name)
        theme = self._chosen_theme()
        looks.apply(self._application(), theme)
        self.restyle(theme)

    def _show_page(self) -> None:
        self.pages.setCurrentIndex(0 if self.document.data is None else 1)
        if self.document.data is None:
            self.welcome.show_recent(recent_files())
        else:
            _ = self.centre

    # ---- what actions ask for

    def half_step(self, letter: str) -> None:
        """The E or the M step; out of turn it says whose turn it is."""
        phase, other = (Phase.E, "M step") if letter == "E" else (Phase.M, "E step")
        if not self.transport.step(phase):
            self.note(f"The {letter} step has just been done: the {other} comes next.")

    def change_components(self, by: int) -> None:
        """One component more or fewer: a new start."""
        n = min(MOST_COMPONENTS, max(1, self.document.options.n_components + by))
        try:
            self.document.choose(changed(self.document.options, self.document.data, n_components=n))
        except InputError as error:
            self.note(str(error))

    def new_seed(self) -> None:
        """A new start with the next seed."""
        self.document.choose(replace(self.document.options, seed=(self.document.options.seed + 1) % 2**31))

    def change_view(self, **changes: bool | str | None) -> None:
        """Changes how data are drawn; None turns a switch over."""
        view = self.document.view
        new = {name: (not getattr(view, name)) if value is None else value for name, value in changes.items()}
        self.document.set_view(replace(view, **new))  # type: ignore[arg-type]

    def follow_message(self, name: str) -> None:
        """Does what a message's button says."""
        self.document.say(None)
        if name == "open":
            self.opener.choose_file()
        elif name == "how":
            self.opener.choose_how()
        elif name == "open_session":
            self.sessions.choose()
        elif name == "locate":
            self.sessions.locate()
        elif name == "restore" and self.recovering is not None:
            self.recovering.restore()
        elif name == "discard" and self.recovering is not None:
            self.recovering.discard()
        elif name == "tie":
            self.document.choose(replace(self.document.options, covariance="tied"))
        elif name == "floor" and self.document.data is not None:
            self.document.choose(floored(self.document.options, self.document.data))
        elif name == "new_seed":
            self.new_seed()
        elif name == "log":
            self.show_log()

    def reset_plots(self) -> None:
        """All plots as they were before any zoom."""
        for panel in self.centre.panels.values():
            panel.reset()

    def zoom(self, factor: float) -> None:
        """Zooms the histogram and the posterior about their middle."""
        self.centre.histogram.box.zoom(factor)

    def cancel_work(self) -> None:
        """Stops the long work that the status bar shows."""
        self.opener.cancel()
        self.exporter.cancel()
        self.sessions.cancel()
        if self.document.playing:
            self.transport.pause()

    def select_nothing(self) -> None:
        """Lets go of the selected component and of the row that is picked."""
        self.document.select(0)
        self.document.pick(None)

    def choose_start(self) -> None:
        """Takes the parameters of a result file as the start."""
        dialog = QFileDialog(self, "Open start", str(last_folder()), "Result (*.json);;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_start)
        dialog.open()

    def open_start(self, path: Path | str) -> None:
        """Begins from the parameters in a file."""
        path, data = Path(path), self.document.data
        remember_folder(path)
        try:
            columns, transform = (data.columns, data.transform) if data is not None else ((), None)
            mixture = read_start(path, columns=columns, transform=transform)
            if data is not None:
                mixture = start_in_groups(path, data, mixture)
        except InputError as error:
            self.document.say(Message("error", f"{path.name} cannot be used as a start", str(error)))
            return
        self.transport.set_given(mixture, f"start from {path.name}")

    def choose_column(self) -> None:
        """Another column of the file that is open."""
        if self.document.table is not None:
            self.opener.choose_column(self.document.table)

    def open_column(self, name: str) -> None:
        """Fits another column of the file that is open."""
        if self.document.table is not None:
            self.opener.take_column(self.document.table, name)

    def forget_other_runs(self) -> None:
        """Keeps only the run that is shown."""
        others = [run for run in self.document.runs if run is not self.document.current]
        if self.may_lose_runs(others):
            with self.document.changing("forget other runs"):
                self.document.keep_only(self.document.current)

    def show_component_menu(self, at: QPoint) -> None:
        """What can be done with the selected component."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in ("split_component", "merge_component"):
            menu.addAction(self._actions[name])
        menu.addMenu(self.menus.submenus["merge"])
        menu.addSeparator()
        menu.addAction(self._actions["remove_component"])
        menu.popup(at)

    def begin_rename(self) -> None:
        """Opens the field for the name of the run that is shown."""
        if self.document.current is not None:
            self.results.ensureWidgetVisible(self.results.runs)
            self.results.runs.begin_rename(self.document.current)

    def delete_run(self) -> None:
        """Takes the run that is shown from the list."""
        if self.document.current is not None:
            self.transport.delete_run(self.document.current)

    def rename_run(self, run: Run, title: str) -> None:
        """Calls a run by a name; "" or its number for none of its own."""
        title = "".join(letter for letter in " ".join(title.split()) if letter.isprintable())[:MOST_LETTERS]
        title = "" if title == f"Run {run.number}" else title
        with self.document.changing(f"rename {run.spoken}"):
            self.document.rename_run(run, title)

    def undo(self) -> None:
        """Takes the last change back; where that brings other data, runs that would be lost may go first."""
        done = self.document.changes.done
        if done and (done[-1].to.data is self.document.data or self.may_lose_runs(then=self.undo)):
            self.transport.undo()

    def redo(self) -> None:
        """Makes again what was undone last."""
        undone = self.document.changes.undone
        if undone and (undone[-1].to.data is self.document.data or self.may_lose_runs(then=self.redo)):
            self.transport.redo()

    def close_data(self) -> None:
        """Back to the first page."""
        if self.may_lose_runs():
            with self.document.changing("close data"):
                self.document.clear()

    def copy(self) -> None:
        """The plot that has the keyboard as a picture, else the parameter table, onto the clipboard."""
        for name, panel in self.centre.panels.items():
            if panel.hasFocus():
                self.exporter.copy_plot(name, panel.width(), panel.height())
                return
        self.copy_parameters()

    def copy_parameters(self) -> None:
        """The parameter table onto the clipboard."""
        self.results.parameters.copy()
        self.note("Parameters copied.")

    def edit_constraints(self) -> None:
        """What the parameters are held to."""
        from emgui.dialogs.constraints import ConstraintsDialog

        moment = self.document.moment
        if moment is not None:
            dialog = ConstraintsDialog(self.document.options, countable(moment.mixture)[0], self)
            dialog.taken.connect(self.transport.set_constraints)
            self._open_dialog(dialog)

    def open_sheet(self, name: str) -> None:
        """Brings one of the windows of Analyse to the front; it keeps what it found while the data are open."""
        if name not in self.sheets:
            sheet = SHEETS[name].make(self.document, self.theme, self)
            sheet.fit_wanted.connect(self._show_fit)
            sheet.export_wanted.connect(self.exporter.ask)
            self.sheets[name] = sheet
        sheet = self.sheets[name]
        sheet.refresh()
        sheet.show()
        sheet.raise_()
        sheet.activateWindow()

    def _show_fit(self, wanted: Wanted) -> None:
        show = self.transport.show_run if wanted.is_start else self.transport.show_fit
        show(wanted.mixture, wanted.label, wanted.options)

    def show_left_out(self) -> None:
        """The rows that are not used."""
        from emgui.dialogs.left_out import LeftOutDialog

        if self.document.data is not None:
            self._open_dialog(LeftOutDialog(self.document.data, self))

    def show_manual(self) -> None:
        """The manual."""
        from emgui.dialogs.manual import ManualDialog

        self._open_dialog(ManualDialog(self))

    def show_log(self) -> None:
        """The log file."""
        from emgui.dialogs.log import LogDialog

        self._open_dialog(LogDialog(self))

    def _open_dialog(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def may_lose_runs(self, runs: Sequence[Run] | None = None, then: Callable[[], object] = lambda: None) -> bool:
        """Whether runs (all, or these) of which nothing was saved may go; asks once, if there are any.

        then: what is done once they are saved, where that is the answer.
        """
        n = sum(not run.saved for run in (self.document.runs if runs is None else runs))
        if n == 0:
            return True
        answer = ask_about_runs(n, self)
        if answer is Answer.EXPORT:
            self.exporter.ask("result")
        elif answer is Answer.SAVE:
            self.sessions.save(lambda: QTimer.singleShot(0, self, then))
        return answer is Answer.FORGET

    # ---- events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Return hands the keys back from a field; Esc too, with the old value, and takes a message away."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.setFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self.setFocus()
            self.setup.show_document()
            self.toolbar.refresh()
            self.document.pick(None)
            if self.document.message is None:
                self.document.compare(None)
            self.document.say(None)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802, A002
        """Tab goes through the window as it is laid out, whatever was made last."""
        plots = [self.centre] if self.has_plots else []
        put_in_order((self.toolbar, self.welcome, self.setup, *plots, self.results, self.message, self.status))
        return super().focusNextPrevChild(next)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Narrow windows have a narrower right side."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < looks.px(COMPACT_BELOW)
        self.results.setFixedWidth(looks.room(RIGHT_COMPACT if is_narrow else RIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Once the window is seen there is time to make the plots."""
        super().paintEvent(event)
        if not self.has_plots:
            QTimer.singleShot(0, self, self._make_plots)  # goes with the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """One file can be dropped."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Opens the dropped file."""
        event.acceptProposedAction()
        self.opener.open_path(event.mimeData().urls()[0].toLocalFile())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Asks about unsaved runs once, then ends every thread."""
        if not self.may_lose_runs(then=self.close):
            event.ignore()
            return
        remember(self)
        self.hide()
        self._application().removeEventFilter(self._keys)
        for sheet in self.sheets.values():
            sheet.close()
            sheet.end()
        self.opener.close()
        self.exporter.close()
        self.sessions.close()
        if self.recovering is not None:
            self.recovering.close()
        self.counter.close()
        self.scorer.close()
        self.single.close()
        self.document.parting.close()
        self.grouper.close()
        self.transport.close()
        self.closed.emit()
        event.accept()

    def _chosen_theme(self) -> Theme:
        return looks.THEMES.get(str(self.settings.value("appearance", "system"))) or looks.system_theme()

    def _system_theme_changed(self) -> None:
        if self.settings.value("appearance", "system") == "system":
            self.set_appearance("system")

    @staticmethod
    def _application() -> QApplication:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        return application
