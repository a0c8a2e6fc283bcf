"""How the time of an iteration grows with the rows and with the components."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core import Mixture
from tests.benchmarks import report
from tests.benchmarks.cases import MODERATE_3, Array, normals, one_column
from tests.benchmarks.iteration import half_steps
from tests.benchmarks.rounds import Times, interleaved, number, spread, table

ROWS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000)
COMPONENTS = (2, 4, 8, 16, 32, 64)
K, N = 3, 1_000_000
MEMORY_FOR_THE_MOST = 6 * 2**30
PICTURE = "benchmarks-growth.png"
COLOUR, GREY = "#5A54D6", "#8A8A96"
SIZE = (960, 380)


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    most = 30_000_000 if quick or report.memory() < MEMORY_FOR_THE_MOST else ROWS[-1]
    sizes = [n for n in ROWS if n <= most]
    values = MODERATE_3(most, np.random.default_rng(0))
    start = normals([0.3, 0.5, 0.2], [-1.5, 0.5, 3], [1, 1, 1])
    rounds = 3 if quick else 5
    by_rows = interleaved({str(n): _iteration(values[:n], start) for n in sizes}, rounds)
    by_components = interleaved({str(k): _iteration(values[:N], _even(k)) for k in COMPONENTS}, rounds)
    yield from _told(f"rows, K = {K}", "n", by_rows, K)
    yield from _told(f"components, n = {N:,}", "K", by_components, N)
    if not quick:
        draw({f"rows (K = {K})": by_rows, f"components (n = {N:,})": by_components}, report.PATH.parent / PICTURE)
        yield f"![Seconds of an iteration by rows and by components, beside lines that grow in proportion]({PICTURE})"


def exponent(times: Times) -> float:
    """Slope of the line through log seconds by log size, of the smallest time at each size: 1 is in proportion."""
    sizes, seconds = _least(times)
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _even(k: int) -> Mixture:
    """K components side by side over the rows."""
    return normals([1] * k, list(np.linspace(-4, 5, k)), [2 / k + 0.5] * k)


def _iteration(values: Array, start: Mixture) -> Callable[[], float]:
    data = one_column(values)
    steps = max(1, min(20, 20_000_000 // (len(values) * start.n_components)))
    return lambda: half_steps(data, start, steps)


def _least(times: Times) -> tuple[Array, Array]:
    return np.array([float(size) for size in times]), np.array([min(seconds) for seconds in times.values()])


def _told(what: str, letter: str, times: Times, beside: int) -> Iterator[str]:
    yield (
        f"**By {what}.** The time of an M and an E step grows with {letter} to the power of {exponent(times):.2f} "
        "(1 is in proportion; through the smallest time at each size)."
    )
    rows = [
        (f"{int(size):,}", spread(seconds, "ms", 1e3), number(1e9 * min(seconds) / int(size) / beside))
        for size, seconds in times.items()
    ]
    yield table((letter, "an iteration", "ns a row and component, at best"), rows)


def draw(panels: dict[str, Times], path: Path) -> None:
    """Draws seconds by size, both logarithmic, a panel each, beside a dashed line in proportion, as a PNG."""
    import pyqtgraph as pg
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(["bench", "-platform", "offscreen"])
    pg.setConfigOptions(background="w", foreground="#333333", antialias=True)
    sheet = pg.GraphicsLayoutWidget(size=SIZE)
    for place, (name, times) in enumerate(panels.items()):
        sizes, seconds = _least(times)
        plot = sheet.addPlot(row=0, col=place, title=f"to the power of {exponent(times):.2f}")
        plot.setLabels(bottom=name, left="ms an iteration")
        plot.setLogMode(x=True, y=True)
        proportion = np.exp(np.mean(np.log(seconds / sizes))) * sizes
        plot.plot(sizes, 1e3 * proportion, pen=pg.mkPen(GREY, width=2, style=Qt.PenStyle.DashLine))
        plot.plot(sizes, 1e3 * seconds, pen=pg.mkPen(COLOUR, width=2), symbol="o", symbolBrush=COLOUR, symbolPen=None)
        plot.getAxis("bottom").setTicks([[(np.log10(size), _short(size)) for size in sizes]])
        plot.getAxis("left").setTicks([[(power, f"{10.0**power:g}") for power in range(-3, 6)]])
    sheet.show()
    for _ in range(5):
        application.processEvents()
    sheet.grab().save(str(path))
    sheet.close()


def _short(size: float) -> str:
    return f"{size:.0e}".replace("+0", "") if size >= 1000 else f"{size:g}"
