"""What a fit of ten million rows takes beyond the data, by the peak of a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from tests.benchmarks.rounds import at_most, number, table

TARGET_MB = 100.0
ITERATIONS = 5
LOADED, COMPILED, EM, FAST, WHOLE = "data loaded", "compiled passes loaded", "em", "fast", "em, through core.fit"
WAYS = (LOADED, COMPILED, EM, WHOLE, FAST)


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    from core.algorithms import ALGORITHMS
    from tests.benchmarks.cases import MODERATE_5

    n = 1_000_000 if quick else 10_000_000
    ways = [way for way in WAYS if way != FAST or FAST in ALGORITHMS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.npy"
        np.save(path, MODERATE_5(n, np.random.default_rng(0)))
        peaks = {way: min(_peak_of(way, path) for _ in range(1 if quick else 3)) for way in ways}
    yield (
        f"Peak resident memory of a fresh process, 1-D, n = {n:,}, K = 5 ({8 * n / 1e6:.0f} MB of data), less that of "
        f"one that only holds the data; the smallest of some. {ITERATIONS} iterations of em; fast to its end."
    )
    rows = []
    for way, peak in peaks.items():
        beyond = (peak - peaks[LOADED]) / 1e6
        target = at_most([beyond], TARGET_MB, "MB") if way in (EM, FAST, WHOLE) else ("", "")
        beside = number((peak - peaks[COMPILED]) / 1e6) if way in (EM, FAST, WHOLE) else ""
        rows.append((way, number(peak / 1e6), number(beyond), beside, *target))
    yield table(("what", "peak MB", "MB beyond the data", "of these not the compiled passes", "target", ""), rows)


def _peak_of(way: str, path: Path) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", way, str(path)]
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


def _go(way: str, path: Path) -> None:
    """In the fresh process: loads the data, does what is named, and prints the peak."""
    from core import FitOptions, fit
    from core.em import ended, run
    from tests.benchmarks.cases import normals, one_column
    from tests.benchmarks.report import load_kernels

    data = one_column(np.load(path))
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
    _go(sys.argv[1], Path(sys.argv[2]))
