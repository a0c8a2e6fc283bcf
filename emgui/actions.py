"""Everything a person can do, as data: its words, its key, where it stands, and when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QGuiApplication, QKeySequence

from core.io.writers import WRITERS
from emgui.sheets import SHEETS, Listed

if TYPE_CHECKING:
    from emgui.window import Window

SEPARATOR = "-"


@dataclass(frozen=True)
class Act:
    """One action. do and enabled take the window; checked says whether it is on, for those that can be."""

    name: str
    text: str
    tip: str
    do: Callable[[Window], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    enabled: Callable[[Window], bool] = lambda window: True
    checked: Callable[[Window], bool] | None = None


EXPORT_TEXTS = {
    kind: text
    for kind, text in (
        ("result", "&Result (JSON)…"),
        ("parameters", "&Parameters…"),
        ("memberships", "&Memberships…"),
        ("threshold_table", "Thre&sholds…"),
        ("trace", "&Iteration log…"),
        ("half_steps", "&Half-steps…"),
        ("figure", "&Figure…"),
        ("film", "Fi&lm…"),
        ("replay", "Repla&y (HTML)…"),
        ("report", "Repor&t (HTML)…"),
        ("code", "Co&de…"),
    )
    if kind in WRITERS
}
"""Kind of export → what the menu calls it."""


def _has_data(window: Window) -> bool:
    return window.document.data is not None


def _has_start(window: Window) -> bool:
    return window.document.moment is not None


def _has_components_to_part(window: Window) -> bool:
    """Whether there are several in one histogram: those of groups have none."""
    document = window.document
    if document.moment is None or document.data is None or (document.view.groups and document.data.groups is not None):
        return False
    return document.moment.mixture.n_components > 1


def _can_have_bands(window: Window) -> bool:
    """Whether there are curves in one histogram that may have bands: not where a run ended without standard errors."""
    document, run = window.document, window.document.current
    moment = document.moment
    if moment is None or document.data is None or document.family.discrete:
        return False
    known_to_have_none = run is not None and moment.outcome is not None and run.sure == (moment.number, None)
    return not known_to_have_none and not (document.view.groups and document.data.groups is not None)


def _has_one_population(window: Window) -> bool:
    """Whether one component of the family could be all rows': not where some are known to be of others."""
    data = window.document.data
    if data is None or not _has_start(window) or window.document.family.shared or data.form.labels:
        return False
    return not data.form.groups and not (data.groups is not None and window.document.view.groups)


def _can_open(listed: Listed) -> Callable[[Window], bool]:
    def can(window: Window) -> bool:
        data = window.document.data
        if data is None or (listed.needs_start and window.document.moment is None):
            return False
        return not listed.one_column or data.n_features == 1

    return can


ACTIONS: tuple[Act, ...] = (
    Act("open", "&Open…", "Open a data file", lambda w: w.opener.choose_file(), ("Ctrl+O",), "open"),
    Act(
        "open_start",
        "Open &start…",
        "Begin from the parameters in a result file",
        lambda w: w.choose_start(),
        enabled=_has_data,
    ),
    Act(
        "open_session",
        "Open sessio&n…",
        "Open data, runs and all as they were saved",
        lambda w: w.sessions.choose(),
        ("Ctrl+Shift+O",),
    ),
    Act(
        "save_session",
        "Sa&ve session",
        "Data, every run with its tape and what is looked at, as one file",
        lambda w: w.sessions.save(),
        ("Ctrl+Shift+S",),
        enabled=_has_data,
    ),
    Act(
        "save_session_as",
        "Save session &as…",
        "The same, under another name",
        lambda w: w.sessions.save_as(),
        enabled=_has_data,
    ),
    Act("generate", "&Generate…", "Draw data from a mixture of your own", lambda w: w.opener.generate()),
    *(
        Act(
            f"export_{kind}",
            text,
            f"Write {WRITERS[kind].description}",
            lambda w, kind=kind: w.exporter.ask(kind),  # type: ignore[misc]
            ("Ctrl+S", "Ctrl+E") if kind == "result" else (),
            "export" if kind == "result" else "",
            _has_start,
        )
        for kind, text in EXPORT_TEXTS.items()
    ),
    Act(
        "export_columns",
        "Memberships with all &columns…",
        "Every row with its responsibilities, and what stands in the other columns of the file",
        lambda w: w.exporter.ask_with_columns(),
        enabled=lambda w: _has_start(w) and w.document.table is not None,
    ),
    Act(
        "apply_fit",
        "Appl&y fit to new data…",
        "Write who the rows of another file belong to under this fit",
        lambda w: w.exporter.ask_for_rows(),
        enabled=_has_start,
    ),
    Act(
        "close_data", "&Close data", "Back to the first page", lambda w: w.close_data(), ("Ctrl+W",), enabled=_has_data
    ),
    Act("quit", "&Quit", "Leave emgui", lambda w: w.close(), ("Ctrl+Q",)),
    Act(
        "undo",
        "&Undo",
        "Take the last change back; runs that were made since stay",
        lambda w: w.undo(),
        ("Ctrl+Z",),
        enabled=lambda w: bool(w.document.changes.done),
    ),
    Act(
        "redo",
        "&Redo",
        "Make again what was undone last",
        lambda w: w.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        enabled=lambda w: bool(w.document.changes.undone),
    ),
    Act(
        "copy",
        "&Copy",
        "The plot that was clicked last as a picture, else the parameter table",
        lambda w: w.copy(),
        ("Ctrl+C",),
        enabled=_has_start,
    ),
    Act(
        "copy_parameters",
        "Cop&y parameters",
        "The parameter table, for a spreadsheet",
        lambda w: w.copy_parameters(),
        enabled=_has_start,
    ),
    Act(
        "paste",
        "&Paste data",
        "Open cells of a spreadsheet, or other text, from the clipboard",
        lambda w: w.opener.paste(QGuiApplication.clipboard().text()),
        ("Ctrl+V",),
    ),
    Act(
        "hold",
        "&Hold value",
        "Hold the chosen parameter at its value, or let it go",
        lambda w: w.results.parameters.toggle_held(),
        ("H",),
        enabled=lambda w: _has_start(w) and w.document.selected > 0,
    ),
    Act(
        "edit_value",
        "Change &value",
        "Type another value for the chosen parameter: a new start",
        lambda w: w.results.parameters.edit_value(),
        ("F2",),
        enabled=lambda w: _has_start(w) and w.document.selected > 0,
    ),
    Act(
        "add_component",
        "&Add component",
        "One more component where most rows are missing from the mixture; a double click in the histogram says where",
        lambda w: w.steering.add(),
        enabled=lambda w: w.steering.can_add,
    ),
    Act(
        "split_component",
        "&Split component",
        "Two in place of the selected component, with the same weight, mean and sd together",
        lambda w: w.steering.split(),
        enabled=lambda w: w.steering.can_split,
    ),
    Act(
        "merge_component",
        "&Merge with nearest",
        "One in place of the selected component and the one nearest to it, with their weight, mean and sd",
        lambda w: w.steering.merge(),
        enabled=lambda w: bool(w.steering.partners),
    ),
    Act(
        "remove_component",
        "&Delete component",
        "The others keep their numbers and share its weight",
        lambda w: w.steering.remove(),
        ("Del",),
        enabled=lambda w: w.steering.can_remove,
    ),
    Act(
        "constraints",
        "C&onstraints…",
        "What the parameters are held to: fixed, tied, bounded, ordered",
        lambda w: w.edit_constraints(),
        enabled=_has_start,
    ),
    Act(
        "columns",
        "Colum&n…",
        "What the columns of this file are for, and which rows are meant",
        lambda w: w.choose_column(),
        enabled=_has_data,
    ),
    Act(
        "run",
        "&Run",
        "Run to the optimum, or pause",
        lambda w: w.transport.toggle(),
        ("Space",),
        "run",
        lambda w: w.document.playing or w.transport.can_run,
    ),
    Act(
        "finish",
        "&Finish",
        "To the optimum as fast as can be",
        lambda w: w.transport.finish(),
        ("Ctrl+Return",),
        enabled=lambda w: w.document.playing or w.transport.can_run,
    ),
    Act(
        "e_step",
        "&E step",
        "Share the rows out among the components",
        lambda w: w.half_step("E"),
        ("E",),
        "e_step",
        lambda w: w.transport.can_go_forward,
    ),
    Act(
        "m_step",
        "&M step",
        "Move the components to the rows they hold",
        lambda w: w.half_step("M"),
        ("M",),
        "m_step",
        lambda w: w.transport.can_go_forward,
    ),
    Act(
        "forward",
        "One iteration &on",
        "One iteration on",
        lambda w: w.transport.forward(),
        ("Right",),
        "step_forward",
        lambda w: w.transport.can_go_forward,
    ),
    Act(
        "back",
        "One iteration &back",
        "One iteration back",
        lambda w: w.transport.back(),
        ("Left",),
        "step_back",
        lambda w: w.transport.can_go_back,
    ),
    Act(
        "half_forward",
        "One &half-step on",
        "One half-step on",
        lambda w: w.transport.half_forward(),
        ("Shift+Right",),
        enabled=lambda w: w.transport.can_go_forward,
    ),
    Act(
        "half_back",
        "One half-step bac&k",
        "One half-step back",
        lambda w: w.transport.half_back(),
        ("Shift+Left",),
        enabled=lambda w: w.transport.can_go_back,
    ),
    Act(
        "to_start",
        "To the &start",
        "To the start",
        lambda w: w.transport.to_start(),
        ("Home",),
        "to_start",
        lambda w: w.transport.can_go_back,
    ),
    Act(
        "to_end",
        "To the l&ast",
        "To the last recorded iteration",
        lambda w: w.transport.to_end(),
        ("End",),
        "to_end",
        lambda w: _has_start(w) and not w.document.is_at_end,
    ),
    Act(
        "go_to",
        "&Go to iteration…",
        "Type a number to go there",
        lambda w: w.toolbar.edit_position(),
        ("Ctrl+G",),
        enabled=_has_start,
    ),
    Act(
        "new_seed",
        "New see&d",
        "Start again with the next seed",
        lambda w: w.new_seed(),
        ("Ctrl+D",),
        "new_seed",
        _has_data,
    ),
    Act("slower", "S&lower", "Slower", lambda w: w.toolbar.change_speed(-1), ("Ctrl+-",)),
    Act("faster", "Fas&ter", "Faster", lambda w: w.toolbar.change_speed(1), ("Ctrl++", "Ctrl+=")),
    Act(
        "zoom_in",
        "Zoom &in",
        "Zoom into the histogram",
        lambda w: w.zoom(0.8),
        ("Ctrl+Up",),
        enabled=_has_data,
    ),
    Act(
        "zoom_out", "Zoom &out", "Zoom out of the histogram", lambda w: w.zoom(1.25), ("Ctrl+Down",), enabled=_has_data
    ),
    Act(
        "reset_plots",
        "Reset &zoom",
        "All plots as they were; a double click on an axis does it for one plot",
        lambda w: w.reset_plots(),
        ("Ctrl+0",),
        enabled=_has_data,
    ),
    Act(
        "density",
        "&Density instead of counts",
        "The height of bars as density",
        lambda w: w.change_view(density=None),
        checked=lambda w: w.document.view.density,
        enabled=_has_data,
    ),
    Act(
        "tint",
        "&Tint bars by responsibilities",
        "The E step colours the data",
        lambda w: w.change_view(tint=None),
        checked=lambda w: w.document.view.tint,
    ),
    Act(
        "by_group",
        "A histogram for each &group",
        "Small histograms of the groups on the same axes, in place of one of all rows",
        lambda w: w.change_view(groups=None),
        checked=lambda w: w.document.view.groups,
        enabled=lambda w: w.document.data is not None and w.document.data.groups is not None,
    ),
    Act(
        "by_passes",
        "&Log-likelihood by data passes",
        "The time line counts passes over the data, so that variants can be compared",
        lambda w: w.change_view(by_passes=None),
        checked=lambda w: w.document.view.by_passes,
    ),
    Act(
        "truth",
        "Lay the tr&uth over",
        "The mixture that the data were drawn from",
        lambda w: w.change_view(truth=None),
        checked=lambda w: w.document.view.truth,
        enabled=lambda w: w.document.truth is not None,
    ),
    Act(
        "sample",
        "Lay a &sample from the fit over",
        "As many rows drawn from the fitted mixture",
        lambda w: w.change_view(sample=None),
        checked=lambda w: w.document.view.sample,
        enabled=_has_start,
    ),
    Act(
        "thresholds",
        "T&hresholds",
        "Lines in the histogram where another component becomes the likelier one",
        lambda w: w.change_view(thresholds=None),
        checked=lambda w: w.document.view.thresholds,
        enabled=_has_components_to_part,
    ),
    Act(
        "bands",
        "95 % &bands",
        "How sure the curves of a run that has ended are, point by point; there are none where there are no "
        "standard errors",
        lambda w: w.change_view(bands=None),
        checked=lambda w: w.document.view.bands,
        enabled=_can_have_bands,
    ),
    Act(
        "stop_comparing",
        "S&top comparing",
        "Take the run away that is laid over the one shown (Esc)",
        lambda w: w.document.compare(None),
        enabled=lambda w: w.document.compared is not None,
    ),
    Act(
        "rename_run",
        "&Rename run",
        "Another name for the run that is shown",
        lambda w: w.begin_rename(),
        enabled=lambda w: w.document.current in w.document.runs,
    ),
    Act(
        "delete_run",
        "&Delete run",
        "Take the run that is shown from the list",
        lambda w: w.delete_run(),
        enabled=lambda w: w.document.current in w.document.runs,
    ),
    Act(
        "single",
        "Si&ngle-component fit",
        "The fit of one component to all rows, laid underneath, to see what the mixture adds",
        lambda w: w.change_view(single=None),
        checked=lambda w: w.document.view.single,
        enabled=_has_one_population,
    ),
    *(
        Act(
            f"select_{number}",
            f"Component &{number}",
            f"Select component {number} everywhere",
            lambda w, number=number: w.document.select(number),  # type: ignore[misc]
            (f"Ctrl+{number}",),
            enabled=lambda w, number=number: _has_start(w) and number in w.document.moment.mixture.ids,  # type: ignore[misc]
        )
        for number in range(1, 10)
    ),
    Act(
        "select_none",
        "&None",
        "No component is selected, and no row is picked",
        lambda w: w.select_nothing(),
        enabled=lambda w: w.document.selected > 0 or w.document.picked is not None,
    ),
    Act(
        "forget_runs",
        "&Forget other runs",
        "Keep only the run that is shown",
        lambda w: w.forget_other_runs(),
        enabled=lambda w: len(w.document.runs) > 1 and w.document.current in w.document.runs,
    ),
    *(
        Act(
            f"sheet_{name}",
            listed.text,
            listed.tip,
            lambda w, name=name: w.open_sheet(name),  # type: ignore[misc]
            (listed.key,) if listed.key else (),
            enabled=_can_open(listed),
        )
        for name, listed in SHEETS.items()
    ),
    Act("manual", "&Manual", "The manual", lambda w: w.show_manual(), ("F1",)),
    Act("log", "Show &log", "What emgui wrote down of its work and faults", lambda w: w.show_log()),
    Act(
        "left_out",
        "Rows &left out…",
        "The rows that are not used, and why",
        lambda w: w.show_left_out(),
        enabled=lambda w: w.document.data is not None and w.document.data.n_left_out > 0,
    ),
)
"""All actions, each in a menu and reachable by a key or the menu's mnemonics."""

MENUS: tuple[tuple[str, str], ...] = (
    (
        "&File",
        "open samples recent - open_session save_session save_session_as - open_start - export apply_fit"
        " - close_data quit",
    ),
    (
        "&Edit",
        "undo redo - copy copy_parameters paste - hold edit_value constraints"
        " - select add_component split_component merge_component merge remove_component - columns left_out",
    ),
    (
        "&View",
        "density tint labels by_group by_passes - thresholds bands single sample truth - zoom_in zoom_out reset_plots"
        " - panels appearance",
    ),
    (
        "F&it",
        "run finish - e_step m_step - back forward half_back half_forward to_start to_end go_to"
        " - slower faster - new_seed",
    ),
    ("&Runs", "runs compare stop_comparing - rename_run delete_run forget_runs"),
    ("&Analyse", " ".join(f"sheet_{name}" for name in SHEETS)),
    ("&Help", "manual log"),
)
"""The menu bar: names of actions (- parts them), and of submenus that the window fills itself."""

SELECTS = " ".join(f"select_{number}" for number in range(1, 10)) + " - select_none"
"""The entries of Edit ▸ Select component."""

EXPORTS = (
    "export_result export_parameters - export_memberships export_columns export_threshold_table"
    " - export_trace export_half_steps - export_figure export_film - export_replay export_report - export_code"
)
"""The entries of File ▸ Export and of the toolbar's Export, - parts them."""


def make_actions(window: Window) -> dict[str, QAction]:
    """A QAction for each entry, owned by the window and bound to its keys."""
    made = {}
    for act in ACTIONS:
        action = QAction(act.text, window)
        action.setObjectName(act.name)
        action.setShortcuts([QKeySequence(key) for key in act.keys])
        key = f" ({QKeySequence(act.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})" if act.keys else ""
        action.setToolTip(f"{act.tip}{key}")
        action.setStatusTip("")
        action.setCheckable(act.checked is not None)
        action.triggered.connect(lambda checked=False, act=act: act.do(window))
        window.addAction(action)
        made[act.name] = action
    return made


def refresh_actions(window: Window, actions: dict[str, QAction]) -> None:
    """Enables what can be done now, and checks what is on."""
    for act in ACTIONS:
        action = actions[act.name]
        action.setEnabled(act.enabled(window))
        if act.checked is not None:
            action.setChecked(act.checked(window))
