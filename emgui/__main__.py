"""The `emgui` command: without a verb the window, with one the command line (which never imports Qt)."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from core import cli
from core.errors import shown
from core.terminal import say

COMPILE_AFTER_MS = 2000
USAGE = "emgui [FILE] [--column NAME] opens the window; emgui --help tells the rest"


def main(arguments: list[str] | None = None) -> int:
    """Runs emgui; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in cli.VERBS:
        return cli.main(arguments, figure=_figure)
    parsed = _window_arguments(arguments)
    if parsed is None:
        say(f"“{shown(' '.join(arguments))}” is not understood: {USAGE}.")
        return cli.UNUSABLE
    if arguments and _is_stray(arguments[0]):
        say(_stray(arguments[0]))
        return cli.UNUSABLE
    from emgui.display import why_no_display

    why = why_no_display(os.environ)
    if why:
        from emgui.headless import run_without_window

        return run_without_window(*parsed, why)
    return _open_window(*parsed)


def _is_stray(word: str) -> bool:
    """Whether a first word is a command misspelt rather than the name of a file."""
    return not word.startswith("-") and not any(sign in word for sign in "./\\") and not Path(word).exists()


def _stray(word: str) -> str:
    near = get_close_matches(word, [verb for verb in cli.VERBS if not verb.startswith("-")], 1)
    hint = f"perhaps “{near[0]}” is meant" if near else "see emgui --help"
    return f"“{shown(word)}” is neither a file nor a command: {hint}."


def _window_arguments(arguments: list[str]) -> tuple[str | None, str | None] | None:
    file: str | None = None
    column: str | None = None
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--column" and rest:
            column = rest.pop(0)
        elif word.startswith("--column="):
            column = word.partition("=")[2]
        elif word.startswith("-") or file is not None:
            return None
        else:
            file = word
    return file, column


def _open_window(file: str | None, column: str | None) -> int:
    from PySide6.QtCore import QTimer

    from emgui import app, recovering
    from emgui.window import Window

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C on the terminal ends it, also inside Qt's event loop
    application = app.make_application(sys.argv[:1])
    app.start_log()
    app.log_qt()
    window = Window()
    app.catch_faults(window.document)
    window.show()
    with suppress(RuntimeError):  # there is no home folder
        window.recover(recovering.recovery_folder(), recovering.seconds_between())
    if file is not None:
        window.opener.open_path(Path(file), column=column)
    QTimer.singleShot(COMPILE_AFTER_MS, _compile)
    return application.exec()


def _compile() -> None:
    """Has a process compile what makes large fits fast, where an installation has not done so; nobody waits for it."""
    from PySide6.QtCore import QProcess

    from core.kernels.compiling import background

    command = background()
    if command is not None:
        QProcess.startDetached(command[0], command[1:], str(Path(__file__).parents[1]))


def _figure(*arguments: object) -> None:
    """A picture of a fit, for the command line."""
    from emgui.headless import write_figure

    write_figure(*arguments)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
