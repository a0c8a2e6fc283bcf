"""The menu bar: every action in its place, and the submenus whose entries come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from core.errors import shown
from core.samples import list_samples
from emgui.actions import EXPORTS, MENUS, SELECTS, SEPARATOR
from emgui.panels import PANELS
from emgui.recent import recent_files

if TYPE_CHECKING:
    from emgui.window import Window

SUBMENUS = (
    ("samples", "Sam&ple data"),
    ("recent", "&Recent files"),
    ("export", "&Export"),
    ("labels", "&Colour by"),
    ("panels", "&Panels"),
    ("appearance", "&Appearance"),
    ("runs", "&Show run"),
    ("compare", "&Compare with"),
    ("merge", "Merge &with"),
    ("select", "Selec&t component"),
)
APPEARANCES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))


class Menus:
    """Builds the window's menu bar from `MENUS`, and keeps the submenus and the switches of the panels."""

    def __init__(self, window: Window, actions: dict[str, QAction]) -> None:
        self.window, self.actions = window, actions
        self.submenus = {name: QMenu(title, window) for name, title in SUBMENUS}
        self.panels: dict[str, QAction] = {}
        for title, names in MENUS:
            self._add_menu(window.menuBar().addMenu(title), names.split())
        self._add_menu(self.submenus["select"], SELECTS.split())
        self._add_samples()
        self._add_menu(self.submenus["export"], [name for name in EXPORTS.split() if name in (SEPARATOR, *actions)])
        self._add_panels()
        self._add_appearances()
        fillers = {
            "recent": self._fill_recent,
            "runs": self._fill_runs,
            "compare": self._fill_compare,
            "merge": self._fill_merge,
            "labels": self._fill_labels,
        }
        for name, fill in fillers.items():
            self.submenus[name].aboutToShow.connect(fill)

    def _add_menu(self, menu: QMenu, names: list[str]) -> None:
        for name in names:
            if name == SEPARATOR:
                menu.addSeparator()
            elif name in self.submenus:
                menu.addMenu(self.submenus[name])
            else:
                menu.addAction(self.actions[name])

    def _add_samples(self) -> None:
        menu = self.submenus["samples"]
        for sample in list_samples():
            action = menu.addAction(sample.title)
            action.triggered.connect(lambda checked=False, sample=sample: self.window.opener.open_sample(sample))
        menu.addSeparator()
        menu.addAction(self.actions["generate"])

    def _add_panels(self) -> None:
        for name, panel in PANELS.items():
            if not panel.can_hide:
                continue
            action = self.submenus["panels"].addAction(panel.title)
            action.setCheckable(True)
            action.setChecked(True)
            action.toggled.connect(lambda shown, name=name: self.window.show_panel(name, shown))
            self.panels[name] = action

    def _add_appearances(self) -> None:
        group = QActionGroup(self.window)
        for name, title in APPEARANCES:
            action = self.submenus["appearance"].addAction(title)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.setChecked(self.window.settings.value("appearance", "system") == name)
            action.triggered.connect(lambda checked=False, name=name: self.window.set_appearance(name))

    def _fill_recent(self) -> None:
        menu = self._emptied("recent")
        for recent in recent_files():
            action = menu.addAction(_literal(f"{recent.path.name}  ({recent.folder})"))
            action.triggered.connect(lambda checked=False, path=recent.path: self.window.opener.open_path(path))
        self._say_if_empty(menu)

    def _fill_runs(self) -> None:
        menu = self._emptied("runs")
        for run in self.window.document.runs:
            action = menu.addAction(_literal(f"{run.name}: {run.describe()}"))
            action.setCheckable(True)
            action.setChecked(run is self.window.document.current)
            action.triggered.connect(lambda checked=False, run=run: self.window.transport.select_run(run))
        self._say_if_empty(menu)

    def _fill_compare(self) -> None:
        menu, document = self._emptied("compare"), self.window.document
        for run in document.runs:
            if run is not document.current:
                action = menu.addAction(_literal(f"{run.name}: {run.describe()}"))
                action.setCheckable(True)
                action.setChecked(run is document.compared)
                action.triggered.connect(lambda on, run=run: document.compare(run if on else None))
        self._say_if_empty(menu)

    def _fill_merge(self) -> None:
        menu, steering = self._emptied("merge"), self.window.steering
        for one in steering.partners:
            action = menu.addAction(f"Component {one}")
            action.triggered.connect(lambda checked=False, one=one: steering.merge(one))
        if menu.isEmpty():
            menu.addAction("No other of its family").setEnabled(False)

    def _fill_labels(self) -> None:
        menu = self._emptied("labels")
        for name in ("", *self.window.document.label_columns):
            action = menu.addAction(_literal(shown(name)) if name else "Nothing")
            action.setCheckable(True)
            action.setChecked(name == self.window.document.view.label)
            action.triggered.connect(lambda checked=False, name=name: self.window.change_view(label=name))

    def _emptied(self, name: str) -> QMenu:
        menu = self.submenus[name]
        menu.clear()
        return menu

    @staticmethod
    def _say_if_empty(menu: QMenu) -> None:
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)


def _literal(text: str) -> str:
    """A text whose ampersands are no mnemonics."""
    return text.replace("&", "&&")
