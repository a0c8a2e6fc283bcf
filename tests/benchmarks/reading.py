"""Reading ten million rows: a column of a text file beside pandas, and a NumPy array."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.io import read_table
from tests.benchmarks.rounds import NO_TARGET, at_least, interleaved, number, ratios, seconds_of, spread, table

X = "sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())"
FILES = {
    "one column": f"round({X}, 6) AS x",
    "five columns": f"range AS number, round({X}, 6) AS x, round({X} * 10 + 3, 4) AS y, "
    "(range * 7919) % 1000 AS code, round(random(), 6) AS z",
    "one column, 1 % missing": f"CASE WHEN random() < 0.01 THEN NULL ELSE round({X}, 6) END AS x",
}
"""What is in the file → the expressions that make it."""
MAPPED, COPIED = "mapped", "copied"
STATUS = Path("/proc/self/status")


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    n = 1_000_000 if quick else 10_000_000
    yield (
        f"{n:,} rows. emgui: `read_table(path).data('x')`, which reads all columns, accounts for every row and takes "
        "the file's SHA-256. pandas: `read_csv(path, usecols=['x'])`."
    )
    if find_spec("pandas") is None:
        yield "pandas is skipped: it is not installed."
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, expressions in FILES.items():
            path = Path(folder) / "values.csv"
            write(path, expressions, n)
            rows += _beside_pandas(name, path, 3 if quick else 5)
        yield table(("file", "program", "time", "times emgui's", "target", ""), rows)
        path = Path(folder) / "values.npy"
        np.save(path, np.random.default_rng(0).standard_normal(n))
        yield _mapped(path, 3 if quick else 5)


def write(path: Path, expressions: str, n: int) -> None:
    """Writes a text file of n rows, always the same."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads TO 1; SELECT setseed(0.5)")
        connection.execute(f"COPY (SELECT {expressions} FROM range({n})) TO '{path}' (FORMAT csv, HEADER)")


def _beside_pandas(name: str, path: Path, rounds: int) -> Iterator[tuple[str, ...]]:
    contenders = {"emgui": lambda: seconds_of(lambda: read_table(path).data("x"))}
    if find_spec("pandas") is not None:
        import pandas as pd

        contenders["pandas"] = lambda: seconds_of(lambda: pd.read_csv(path, usecols=["x"]))
        theirs = pd.read_csv(path, usecols=["x"])["x"].dropna().to_numpy()
        if not np.allclose(theirs, read_table(path).data("x").column, rtol=1e-15):
            raise RuntimeError("pandas and emgui read different numbers")
    times = interleaved(contenders, rounds)
    for program, seconds in times.items():
        beside = ratios(seconds, times["emgui"])
        target = at_least(beside, 1) if program == "pandas" else NO_TARGET
        yield name, program, spread(seconds, "s"), "1" if program == "emgui" else spread(beside), *target


def _mapped(path: Path, rounds: int) -> str:
    times = interleaved({"npy": lambda: seconds_of(lambda: read_table(path).data())}, rounds)["npy"]
    command = [sys.executable, "-m", "tests.benchmarks.reading", str(path)]
    told = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True).stdout
    size = path.stat().st_size / 1e6
    if not told.strip():
        return f"A .npy of {size:.0f} MB: {spread(times, 's')}. Whether it is mapped cannot be seen here: no /proc."
    private = float(told) / 1e6
    way, met = (MAPPED, "met") if private < size / 2 else (COPIED, "missed")
    return (
        f"A .npy of {size:.0f} MB: {spread(times, 's')}; it takes {number(private)} MB of memory of its own, so it is "
        f"{way} (target: {MAPPED}, {met})."
    )


def _private() -> float:
    """Bytes of memory that this process has to itself, not those of mapped files."""
    status = STATUS.read_text(encoding="utf-8").splitlines()
    return 1024.0 * float(next(line for line in status if line.startswith("RssAnon")).split()[1])


if __name__ == "__main__":
    if STATUS.exists():
        small = Path(sys.argv[1]).with_name("small.npy")
        np.save(small, np.arange(1000.0))
        read_table(small).data()  # what reading needs whatever the size is there before
        before = _private()
        data = read_table(sys.argv[1]).data()
        print(_private() - before)
