"""Without a display: a fit on the terminal, and pictures drawn by Qt's offscreen platform."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from core.data import Data
from core.em import Iteration
from core.errors import InputError, OutputError, shown
from core.fit import Fit, fit
from core.io.atomic import check_target, staged
from core.options import FitOptions
from core.samples import list_samples
from core.terminal import say

PICTURE = Path("emgui.png")
SIZE = (1280, 800)
FIGURE_SIZE = (160.0, 105.0)
"""Width and height of a figure in mm."""
PATIENCE = 60.0


def run_without_window(file: str | None, column: str | None, why: str = "There is no display") -> int:
    """Says why there is no window; fits the file or the first sample, prints it, and draws the window."""
    from core.io import read_table

    sample = list_samples()[0]
    path = Path(file) if file is not None else sample.path
    column = column or (sample.column if file is None else None)
    print_line(f"{why}, so no window can be opened. Fitting {shown(path.name)} on the terminal instead.")
    try:
        data = read_table(path).data(*([column] if column else []))
        result, _ = fit(data, FitOptions(), watch=_print_iteration)
    except InputError as error:
        say(str(error))
        return 2
    _print_result(result)
    picture = free_name(PICTURE)
    try:
        check_target(picture)
        _draw_window(path, data.columns[0], picture)
    except (ImportError, OutputError) as error:
        say(f"No picture of the window was drawn: {str(error).rstrip('.')}.")
        return 1
    print_line(f"A picture of the window: {shown(str(picture.resolve()))}")
    return 0


def free_name(path: Path) -> Path:
    """The path, or where that is taken the first of name-2, name-3 … that is not."""
    names = (path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


def write_figure(result: Fit, data: Data, path: Path) -> None:
    """The histogram with the fitted curves and the posterior beneath it, in the form that the name's ending says."""
    from emgui import figures, theme
    from emgui.counting import Counter
    from emgui.document import Document
    from emgui.panels.centre import Arrangement
    from emgui.run import Run

    application = _application()
    document = Document()
    counter = Counter(document)
    # What is drawn is the posterior, whatever shares a variant would begin with.
    options = replace(result.options, algorithm="em", settings=())
    document.set_data(data, options=options)
    document.set_view(replace(document.view, tint=False))
    run = Run(data, options, "result", result.mixture)
    _evaluate(document, run)
    theme.apply(application, theme.LIGHT)
    _wait(application, lambda: document.histogram is not None)
    figures.write_figure(path, document, figures.Figure("view", *FIGURE_SIZE), Arrangement(("histogram", "posterior")))
    counter.close()


def print_line(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _print_iteration(iteration: Iteration) -> None:
    mixture = iteration.mixture
    parameters = "".join(
        f"   {name} {' '.join(f'{value:.6g}' for value in values)}" for name, values in mixture.parameters.items()
    )
    print_line(f"iteration {iteration.number:4d}   log-likelihood {iteration.log_likelihood:.6f}{parameters}")


def _print_result(result: Fit) -> None:
    print_line(result.outcome.message)
    mixture = result.mixture
    print_line("component    weight" + "".join(f"  {name:>12}" for name in mixture.parameters))
    for identity, weight, *values in zip(mixture.ids, mixture.weights, *mixture.parameters.values(), strict=True):
        print_line(f"{identity:9d}  {weight:.6f}" + "".join(f"  {value:12.6g}" for value in values))
    bic = "–" if result.bic is None else f"{result.bic:.3f}"
    print_line(f"log-likelihood {result.log_likelihood:.6f}   BIC {bic}")


def _draw_window(path: Path, column: str, picture: Path) -> None:
    from PySide6.QtCore import QSettings

    from emgui.window import Window

    application = _application()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    application.setApplicationName("emgui-without-display")
    window = Window()
    window.resize(*SIZE)
    window.show()
    window.opener.open_path(path, column=column)
    _wait(application, lambda: window.document.moment is not None and window.document.histogram is not None)
    window.transport.finish()
    _wait(application, lambda: not window.document.playing)
    _wait(application, lambda: False, 0.5)
    with staged(picture) as temporary:
        if not window.grab().save(str(temporary), "PNG"):
            raise OutputError(f"{shown(picture.name)} cannot be written as a picture.")
    for run in window.document.runs:
        window.document.mark_saved(run)
    window.close()


def _application():  # Qt is imported only where it is needed
    """An application that draws in memory. Raises ImportError or OutputError where there can be none."""
    # Qt ends the whole program when its platform is missing, so none that was asked for counts here.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    from PySide6.QtCore import QLibraryInfo
    from PySide6.QtWidgets import QApplication

    from emgui import app

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    if not any(plugins.glob("*qoffscreen*")):
        raise OutputError(f"Qt's offscreen platform is not in {shown(str(plugins))}.")
    app.log_qt()
    return QApplication.instance() or app.make_application(["emgui"])


def _evaluate(document: object, run: object) -> None:
    from core.em import run as iterations
    from emgui.document import Document
    from emgui.run import Run

    assert isinstance(document, Document)
    assert isinstance(run, Run)
    assert run.given is not None
    document.set_current(run)
    document.extend(run, [next(iterations(run.data, run.options, run.given))], follow=True)


def _wait(application, done: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.005)
    application.processEvents()
