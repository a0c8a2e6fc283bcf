"""The `emgui` command: without a verb the window, with one the command line (which never imports Qt)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VERBS = ("fit", "algorithms", "families", "formats", "--version", "--help", "-h")
USAGE = "emgui [FILE] [--column NAME] opens the window; emgui --help tells the rest"


def main(arguments: list[str] | None = None) -> int:
    """Runs emgui; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in VERBS:
        from core import cli

        return cli.main(arguments, figure=_figure)
    parsed = _window_arguments(arguments)
    if parsed is None:
        sys.stderr.write(f"emgui: {' '.join(arguments)[:200]!r} is not understood: {USAGE}.\n")
        return 2
    if not _has_display():
        from emgui.headless import run_without_window

        return run_without_window(*parsed)
    return _open_window(*parsed)


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


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_window(file: str | None, column: str | None) -> int:
    from emgui import app
    from emgui.window import Window

    application = app.make_application(sys.argv[:1])
    app.start_log()
    window = Window()
    app.catch_faults(window.document)
    window.show()
    if file is not None:
        window.opener.open_path(Path(file), column=column)
    return application.exec()


def _figure(*arguments: object) -> None:
    """A picture of a fit, for the command line."""
    from emgui.headless import write_figure

    write_figure(*arguments)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
