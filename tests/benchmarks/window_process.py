"""The window in a process of its own, measured from inside. Prints its numbers as JSON.

python -m tests.benchmarks.window_process speed ROWS SECONDS ROUNDS | late ROWS SECONDS | up BEGAN [FILE]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Any


def speed(n: int, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Iterations a second of the same run, bare and in the window, in turns."""
    from core.em import Stretch, stretches

    window = _window()
    data, options, start = _problem(n)
    told: dict[str, list[float]] = {"bare": [], "window": []}
    for number in range(-1, rounds):
        began, last = time.perf_counter(), 0
        for part in stretches(data, options, start):
            last += len(part) if isinstance(part, Stretch) else part.number - last
            if time.perf_counter() - began > seconds:
                break
        bare = last / (time.perf_counter() - began)
        spent, made = _run_in(window, data, options, start, seconds)
        if number >= 0:
            told["bare"].append(bare)
            told["window"].append(made / spent)
    _close(window)
    return told


def late(n: int, seconds: float) -> dict[str, list[float]]:
    """How long ago the iteration was made that a plot shows when it begins to be painted, and how many are on tape."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QGraphicsView

    from core.em import Stretch
    from emgui.run import Run

    made: list[float] = []
    iterations: Callable[..., Iterator[Any]] = Run.iterations

    def stamped(run: Run, *asked: Any, **so: Any) -> Iterator[Any]:
        for part in iterations(run, *asked, **so):
            is_one = not isinstance(part, Stretch)
            if is_one and part.number == 0:  # of another run: the one before was only a start
                made.clear()
            made.extend([time.perf_counter()] * (1 if is_one else len(part)))
            yield part

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            moment = window.document.moment
            if event.type() == QEvent.Type.Paint and window.document.playing and moment is not None:
                told.append(time.perf_counter() - made[moment.number])
            return False

    Run.iterations = stamped  # type: ignore[method-assign]
    window = _window()
    told: list[float] = []
    watch = Watch()
    for view in window.findChildren(QGraphicsView):
        view.viewport().installEventFilter(watch)
    _run_in(window, *_problem(n), seconds)
    _until(lambda: window.document.current.last_number == len(made) - 1, 2.0)
    recorded = len(window.document.current.history)
    _close(window)
    return {"late": told, "made": [float(len(made))], "recorded": [float(recorded)]}


def up(began: float, *words: str) -> dict[str, list[float]]:
    """Seconds from when the process was started until the window has been painted."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    from emgui.__main__ import main

    told: list[float] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget) and not told:
                told.append(0.0)
                QTimer.singleShot(0, painted)  # comes after all of this first painting
            return False

    def painted() -> None:
        told[:] = [time.time() - began]
        QApplication.closeAllWindows()
        QApplication.quit()

    run = QApplication.exec

    def watched(application: QApplication) -> int:
        watch = Watch()
        application.installEventFilter(watch)
        return run()

    QApplication.exec = watched  # type: ignore[assignment, method-assign]
    main(list(words))
    return {"up": told}


def _problem(n: int) -> tuple[Any, ...]:
    """Data, options and a start from which plain EM goes on for very long."""
    import numpy as np

    from core import FitOptions
    from tests.benchmarks.cases import HEAVY_5, normals, one_column, quantile_start

    if n >= 100_000:
        values = HEAVY_5(n, np.random.default_rng(0))
        start = quantile_start(values, 5)
    else:  # quantiles of one normal distribution, so that two components never come to rest on them
        values = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
        start = normals([0.3, 0.7], [-0.5, 0.3], [1, 1])
    options = FitOptions(n_components=start.n_components, tolerance=0.0, max_iterations=10_000_000)
    return one_column(values), options, start


def _window() -> Any:
    from PySide6.QtWidgets import QApplication

    from emgui import app
    from emgui.window import Window

    QApplication.instance() or app.make_application(["emgui"])
    window = Window()
    window.show()
    _until(lambda: False, 0.5)
    return window


def _run_in(window: Any, data: Any, options: Any, start: Any, seconds: float) -> tuple[float, int]:
    """Runs in the window for so long; returns the seconds and the iterations made in them."""
    document = window.document
    if document.data is not data:
        document.set_data(data)
        document.set_options(options)
    window.transport.set_given(start, "given", options)
    _until(lambda: document.moment is not None and document.histogram is not None, 30.0)
    _until(lambda: False, 0.3)
    began = time.perf_counter()
    window.transport.run()
    _until(lambda: time.perf_counter() - began > seconds, 2 * seconds)
    spent = time.perf_counter() - began
    window.transport.pause()
    _until(lambda: not document.playing, 5.0)
    _until(lambda: False, 0.2)
    return spent, document.current.last_number  # with what was made since the last frame


def _until(is_so: Callable[[], bool], seconds: float) -> None:
    """Lets the window work in Qt's own event loop until something is so."""
    from PySide6.QtCore import QEventLoop, QTimer

    end, loop, look = time.perf_counter() + seconds, QEventLoop(), QTimer(interval=10)
    look.timeout.connect(lambda: loop.quit() if is_so() or time.perf_counter() > end else None)
    look.start()
    loop.exec()
    look.stop()


def _close(window: Any) -> None:
    for run in window.document.runs:
        run.saved = True
    window.close()


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "up":
        result = up(float(given[0]), *given[1:])
    else:
        from tests.benchmarks.report import load_kernels

        load_kernels()
        numbers = (int(given[0]), float(given[1]), *(int(one) for one in given[2:]))
        result = speed(*numbers) if what == "speed" else late(*numbers)
    print(json.dumps(result))
