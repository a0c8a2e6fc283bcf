"""The window: what drawing takes from a fit's speed, how late it shows, and when it is up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from core.samples import FOLDER
from tests.benchmarks.rounds import NO_TARGET, at_least, at_most, number, ratios, spread, table

ROOT = Path(__file__).parents[2]
KEPT = 0.85
"""Part of a fit's speed that drawing leaves, at a million rows."""
FRAME_MS = 1000 / 60
UP_SECONDS = 0.8


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    yield from _speed(quick)
    yield from _lateness(quick)
    yield from _up(3 if quick else 9)


def _told_by(*words: object) -> dict[str, list[float]]:
    """What a process of its own says, with settings of its own and no display."""
    with tempfile.TemporaryDirectory() as settings:
        told = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.window_process", *(str(word) for word in words)],
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": settings, "XDG_STATE_HOME": settings},
            capture_output=True,
            text=True,
            check=True,
        )
    result: dict[str, list[float]] = json.loads(told.stdout.splitlines()[-1])
    return result


def _speed(quick: bool) -> Iterator[str]:
    rows = []
    seconds, rounds = (1, 3) if quick else (4, 5)
    for n, target in ((1_000_000, KEPT), (272, None)):
        told = _told_by("speed", n, seconds, rounds)
        kept = ratios(told["window"], told["bare"])
        rows.append(
            (
                f"{n:,}",
                spread(told["bare"], "/s"),
                spread(told["window"], "/s"),
                spread(kept, "%", 100),
                *(at_least([100 * one for one in kept], 100 * target) if target else NO_TARGET),
            )
        )
    yield (
        "Iterations a second of `em`: the iterator pulled bare, and by the window that records every iteration and "
        f"draws, offscreen, 1280 x 800, in turns of {seconds} s in one process. 1,000,000 rows with K = 5, 272 with "
        "K = 2."
    )
    yield table(("rows", "bare", "with the window", "kept", "target", ""), rows)


def _lateness(quick: bool) -> Iterator[str]:
    told = _told_by("late", 272, 1 if quick else 4)
    late = [1e3 * one for one in told["late"]]
    shown, whole = quantiles(late, n=20)[-1], told["made"][0] == told["recorded"][0]
    yield (
        f"At 272 rows the window recorded {told['recorded'][0]:,.0f} of the {told['made'][0]:,.0f} iterations that "
        f"were made (target: all, {'met' if whole else 'missed'}). When a plot began to be painted, the iteration in "
        f"it had been made {spread(late, 'ms')} before, 95 % of times at most {number(shown)} ms (target: "
        f"{' ms, '.join(at_most([shown], FRAME_MS))})."
    )


def _up(rounds: int) -> Iterator[str]:
    rows = []
    for words, name in (((), "emgui"), ((FOLDER / "faithful.csv",), "emgui faithful.csv")):
        seconds = [one for _ in range(1 + rounds) for one in _told_by("up", time.time(), *words)["up"]][1:]
        rows.append((name, spread(seconds, "s"), *at_most(seconds, UP_SECONDS, "s")))
    yield (
        "From the start of the process until the window has been painted for the first time, offscreen, files in "
        "memory already."
    )
    yield table(("command", "window up", "target", ""), rows)
