"""Fixtures for window tests: settings of their own, and a test fails that leaves a thread, timer or window behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from core.samples import list_samples
from emgui import app, theme


@pytest.fixture(scope="session")
def qapp_cls() -> Callable[[list[str]], QApplication]:
    """The application as emgui makes it, with its font and style."""

    def make(arguments: list[str]) -> QApplication:
        application = app.make_application(arguments)
        theme.apply(application, theme.LIGHT)
        return application

    return make


@pytest.fixture(scope="session", autouse=True)
def what_was_loaded_stays() -> None:
    """Looking for what a test leaves behind takes no look at what all have loaded: it would take twice as long."""
    import emgui.panels.centre
    import emgui.window  # noqa: F401

    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings in a folder of the test's own, so that no test sees another's, nor a person's."""
    folder = tmp_path_factory.mktemp("settings")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(folder))
    QSettings().clear()
    QSettings().setValue("appearance", "light")
    yield
    QSettings().sync()


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaks a worker thread, a running timer or a visible window."""
    before = set(threading.enumerate())
    yield
    for widget in qapp.topLevelWidgets():
        if widget.isVisible():
            leaked = f"{type(widget).__name__} {widget.objectName()}"
            widget.close()
            pytest.fail(f"a window was left open: {leaked}")
    # Outside an event loop nothing that was told to go goes by itself, and every window would slow the next one.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    gc.collect()
    ours = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not ours, f"threads were left behind: {ours}"
    timers = [timer for timer in _timers(qapp) if timer.isActive()]
    assert not timers, f"timers were left running: {timers}"


def _timers(application: QApplication) -> list[QTimer]:
    found: list[QTimer] = list(application.findChildren(QTimer))
    for widget in application.topLevelWidgets():
        if isinstance(widget, QObject) and widget.isVisible():
            found.extend(widget.findChildren(QTimer))
    return found


@pytest.fixture
def faithful() -> Path:
    """The file of a well-known data set: 272 waiting times with two components."""
    return list_samples()[0].path
