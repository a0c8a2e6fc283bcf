"""Without a display: a fit on the terminal, and pictures drawn by Qt's offscreen platform."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core.data import Data
from core.em import Iteration
from core.errors import InputError
from core.fit import Fit, fit
from core.options import FitOptions
from core.samples import list_samples

PICTURE = Path("emgui.png")
SIZE = (1280, 800)
FIGURE_SIZE = (900, 600)
PATIENCE = 60.0


def run_without_window(file: str | None, column: str | None) -> int:
    """Says that there is no display; fits the file or the first sample, prints it, and draws the window."""
    from core.io import read_table

    sample = list_samples()[0]
    path = Path(file) if file is not None else sample.path
    column = column or (sample.column if file is None else None)
    print_line(f"There is no display, so no window can be opened. Fitting {path.name} on the terminal instead.")
    try:
        data = read_table(path).data(column)
        result, _ = fit(data, FitOptions(), watch=_print_iteration)
    except InputError as error:
        sys.stderr.write(f"emgui: {error}\n")
        return 2
    _print_result(result)
    _draw_window(path, data.columns[0], PICTURE)
    print_line(f"A picture of the window: {PICTURE.resolve()}")
    return 0


def write_figure(result: Fit, data: Data, path: Path) -> None:
    """The histogram with the fitted curves and the posterior beneath it, as PNG or SVG by the name's ending."""
    from emgui import theme
    from emgui.counting import Counter
    from emgui.document import Document
    from emgui.panels.centre import Centre
    from emgui.run import Run

    application = _application()
    document = Document()
    counter = Counter(document)
    document.set_data(data)
    run = Run(data, result.options, "result", result.mixture)
    _evaluate(document, run)
    theme.apply(application, theme.LIGHT)
    centre = Centre(document, theme.LIGHT)
    centre.show_panel("timeline", False)
    centre.resize(*FIGURE_SIZE)
    centre.show()
    _wait(application, lambda: document.histogram is not None)
    if path.suffix.lower() == ".svg":
        centre.write_svg(path)
    elif not centre.picture(*FIGURE_SIZE, 2.0).save(str(path)):
        raise InputError(f"The figure {path.name} cannot be drawn: its name must end in .png or .svg.")
    counter.close()
    centre.close()


def print_line(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _print_iteration(iteration: Iteration) -> None:
    mixture = iteration.mixture
    means = " ".join(f"{mean:.6g}" for mean in mixture.parameters["mean"])
    sds = " ".join(f"{sd:.6g}" for sd in mixture.parameters["sd"])
    print_line(
        f"iteration {iteration.number:4d}   log-likelihood {iteration.log_likelihood:.6f}   means {means}   sds {sds}"
    )


def _print_result(result: Fit) -> None:
    print_line(result.outcome.message)
    print_line("component    weight         mean           sd")
    mixture = result.mixture
    rows = zip(mixture.ids, mixture.weights, mixture.parameters["mean"], mixture.parameters["sd"], strict=True)
    for identity, weight, mean, sd in rows:
        print_line(f"{identity:9d}  {weight:.6f}  {mean:12.6g} {sd:12.6g}")
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
    window.grab().save(str(picture))
    for run in window.document.runs:
        window.document.mark_saved(run)
    window.close()


def _application():  # Qt is imported only where it is needed
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from emgui import app

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
