"""What a fit of ten million rows takes beyond the data, by the peak of a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from core import FitOptions, fit
from core.em import ended, run
from tests.benchmarks.cases import MODERATE_5, normals, one_column
from tests.benchmarks.report import load_kernels
from tests.benchmarks.rounds import at_most, number, table

TARGET_MB = 100.0
ITERATIONS = 5
FEW = 1_000
LOADED, EM, WHOLE, FAST = "data loaded", "em", "em, through core.fit", "fast"


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    n, times = (1_000_000, 1) if quick else (10_000_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.npy"
        np.save(path, MODERATE_5(n, np.random.default_rng(0)))

        def lowest(way: str, rows: int) -> float:
            return min(_peak_of(way, path, rows) for _ in range(times)) / 1e6

        loaded = lowest(LOADED, n)
        peaks = {way: (lowest(way, n) - loaded, lowest(way, FEW) - loaded) for way in (EM, WHOLE, FAST)}
    yield (
        f"Peak resident memory of a fresh process, 1-D, n = {n:,}, K = 5, less that of one that only holds the data "
        f"({number(loaded)} MB, {8 * n / 1e6:.0f} of them data); the smallest of {times}. {ITERATIONS} iterations of "
        f"em; fast to its end. With {FEW:,} of the rows the same takes what the program itself needs for it, numba "
        "first of all; the rest is what comes with the rows."
    )
    rows = [
        (way, number(all_rows), number(few), number(all_rows - few), *at_most([all_rows], TARGET_MB, "MB"))
        for way, (all_rows, few) in peaks.items()
    ]
    yield table(("what", "MB beyond the data", f"with {FEW:,} rows", "with the rows", "target", ""), rows)


def _peak_of(way: str, path: Path, rows: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", way, str(path), str(rows)]
    told = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return float(told.stdout)


def peak() -> float:
    """Largest resident memory of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return 1024.0 * float(line.split()[1])
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else 1024 * most)


def _go(way: str, path: Path, rows: int) -> None:
    """In the fresh process: loads the data, does what is named with so many of them, and prints the peak."""
    whole = one_column(np.load(path))
    data = one_column(whole.column[:rows])
    start = normals([1] * 5, [-4, -1.5, 0.5, 2.5, 6], [1] * 5)
    if way != LOADED:
        load_kernels()
    if way == EM:
        for _ in islice(run(data, FitOptions(n_components=5), start), 1 + ITERATIONS):
            pass
    elif way == FAST:
        for _ in ended(run(data, FitOptions(n_components=5, algorithm=FAST), start)):
            pass
    elif way == WHOLE:
        fit(data, FitOptions(n_components=5, max_iterations=ITERATIONS), start)
    print(peak())


if __name__ == "__main__":
    _go(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
