"""All that is open as one value, to be saved; and back from what was saved into the window's document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.data import Data
from core.history import History
from core.session import Desk, SavedRun, Session, Source
from core.table import Table
from emgui.document import Document, View
from emgui.run import Run

OF_BOTH = tuple(item.name for item in fields(SavedRun) if item.name != "tape")
"""What a run and its saved form have in common by name."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that is open as it is now; runs that go on meanwhile do not change it."""

    desk: Desk
    data: Data
    table: Table | None
    runs: tuple[Run, ...]

    def session(self, saved: bool = False) -> Session:
        """The same as values to be written; may take a while. saved: whether the runs are to count as saved there."""
        runs = [
            SavedRun(tape=run.history.tape(), **{name: getattr(run, name) for name in OF_BOTH}) for run in self.runs
        ]
        if saved:
            runs = [replace(run, saved=True) for run in runs]
        return Session(self.desk, self.data, self.table, tuple(runs))


def taken(document: Document, layout: Mapping[str, Any]) -> Snapshot | None:
    """All that is open, at once and without copying; None where nothing is."""
    data, table, current = document.data, document.table, document.current
    if data is None:
        return None
    runs = [*document.runs]
    if current is not None and current not in runs:
        runs.append(current)
    source = None
    if table is not None and table.path:
        source = Source(table.path, "", table.sha256, table.dialect, data.roles)
    desk = Desk(
        document.options,
        None if current is None else runs.index(current),
        document.position,
        document.selected,
        document.unit,
        data.source,
        document.truth,
        source,
        {"view": asdict(document.view), "layout": dict(layout)},
    )
    return Snapshot(desk, data, table, tuple(_as_it_is(run) for run in runs))


def _as_it_is(run: Run) -> Run:
    return replace(run, history=run.history.snapshot(), temperatures=dict(run.temperatures))


def put(session: Session, document: Document) -> Mapping[str, Any]:
    """Shows what a session holds, and returns the layout it was seen in. Its data must be there."""
    desk, data = session.desk, session.data
    assert data is not None
    runs = [_run_of(saved, data) for saved in session.runs]
    current = None if desk.current is None else runs[desk.current]
    document.restore(
        data,
        session.table,
        desk.options if current is None else replace(current.options, **_stopping(desk)),
        _view_of(desk.window.get("view")),
        [run for run in runs if run.number],
        current,
        desk.position,
        desk.selected,
        desk.unit,
        desk.truth,
    )
    layout = desk.window.get("layout")
    return layout if isinstance(layout, Mapping) else {}


def _stopping(desk: Desk) -> dict[str, Any]:
    """When a run is to stop may have been changed since it was made."""
    return {name: getattr(desk.options, name) for name in ("stop_on", "tolerance", "max_iterations")}


def _run_of(saved: SavedRun, data: Data) -> Run:
    told = {name: getattr(saved, name) for name in OF_BOTH}
    return Run(data, history=History.of(saved.tape), **{**told, "temperatures": dict(saved.temperatures)})


def _view_of(told: object) -> View:
    """How the data were drawn; what makes no sense is passed over."""
    if not isinstance(told, Mapping):
        return View()
    usual = asdict(View())
    known: dict[str, Any] = {str(name): value for name, value in told.items() if type(usual.get(name)) is type(value)}
    return View(**known)
