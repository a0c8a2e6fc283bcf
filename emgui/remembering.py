"""What the window remembers from one time to the next: its place, the plots' heights, hidden panels and the speed."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray

from emgui.transport import SPEEDS

if TYPE_CHECKING:
    from emgui.panels.centre import Centre
    from emgui.window import Window


def remember(window: Window) -> None:
    """Writes the layout into the settings."""
    settings = window.settings
    settings.setValue("geometry", window.saveGeometry())
    if window.has_plots:
        settings.setValue("splitter", window.centre.saveState())
    hidden = [name for name, action in window.menus.panels.items() if not action.isChecked()]
    settings.setValue("hidden", ",".join(hidden))
    settings.setValue("speed", window.toolbar.slider.value())


def layout_of(window: Window) -> dict[str, Any]:
    """The layout as plain values, for a session."""
    told: dict[str, Any] = {"geometry": _text(window.saveGeometry())}
    if window.has_plots:
        told["splitter"] = _text(window.centre.saveState())
        told["across"] = tuple(map(float, window.centre.histogram.box.viewRange()[0]))
    told["hidden"] = ",".join(name for name, action in window.menus.panels.items() if not action.isChecked())
    told["speed"] = str(window.toolbar.slider.value())
    return told


def lay_out(window: Window, told: Mapping[str, Any]) -> None:
    """Lays the window out as a session says; what makes no sense in it is passed over."""
    if isinstance(told.get("geometry"), str):
        window.restoreGeometry(_bytes(told["geometry"]))
    if isinstance(told.get("splitter"), str):
        window.centre.restoreState(_bytes(told["splitter"]))
    across = told.get("across")
    if (
        isinstance(across, tuple)
        and len(across) == 2
        and all(isinstance(end, float) and isfinite(end) for end in across)
    ):
        window.centre.histogram.box.setXRange(*across, padding=0)
    if isinstance(told.get("hidden"), str):
        for name in window.menus.panels:
            window.show_panel(name, name not in told["hidden"].split(","))
    if told.get("speed") in [str(notch) for notch in range(len(SPEEDS))]:
        window.toolbar.slider.setValue(int(told["speed"]))


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))


def restore(window: Window) -> None:
    """Lays the window out as the settings say; what makes no sense in them is passed over."""
    settings = window.settings
    geometry = settings.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    hidden = str(settings.value("hidden", "")).split(",")
    for name in window.menus.panels:
        window.show_panel(name, name not in hidden)
    speed = str(settings.value("speed", ""))
    if speed in [str(notch) for notch in range(len(SPEEDS))]:
        window.toolbar.slider.setValue(int(speed))


def restore_plots(window: Window, centre: Centre) -> None:
    """Lays out the plots, which are made later than the window."""
    splitter = window.settings.value("splitter")
    if isinstance(splitter, QByteArray):
        centre.restoreState(splitter)
    for name in centre.panels.keys() & window.menus.panels.keys():
        centre.show_panel(name, window.menus.panels[name].isChecked())
