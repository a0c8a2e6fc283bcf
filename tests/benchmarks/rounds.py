"""Contenders timed in turns, and what is said of their times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

REST = 0.05
"""Seconds of rest before each measurement: threads of the one before that still wait for work have gone to sleep."""

Times = dict[str, list[float]]
"""Name of a contender → seconds, one for each round."""


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int, warm: bool = True) -> Times:
    """The seconds that each contender reports, taken in turns: A B C A B C … so that a slow minute is everybody's.

    warm: each is run once before, unmeasured.
    """
    times: Times = {name: [] for name in contenders}
    for number in range(-warm, rounds):
        for name, measure in contenders.items():
            time.sleep(REST)
            seconds = measure()
            if number >= 0:
                times[name].append(seconds)
    return times


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratios(those: Sequence[float], ours: Sequence[float]) -> list[float]:
    """Their seconds over ours, round by round."""
    return [a / b for a, b in zip(those, ours, strict=True)]


def spread(values: Sequence[float], unit: str = "", scale: float = 1.0) -> str:
    """Median, and in brackets the smallest and the largest: "5.1 (4.9 to 5.6) ms"."""
    low, middle, high = (number(scale * value) for value in (min(values), median(values), max(values)))
    inside = f" ({low} to {high})" if len(values) > 1 else ""
    return f"{middle}{inside}{' ' * bool(unit)}{unit}"


def number(value: float) -> str:
    """A measured number with three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def at_least(values: Sequence[float], target: float) -> tuple[str, str]:
    """A target from below, and whether the median meets it."""
    return f"at least {number(target)}", _met(median(values) >= target)


def at_most(values: Sequence[float], target: float, unit: str = "") -> tuple[str, str]:
    """A target from above, and whether the median meets it."""
    return f"at most {number(target)}{' ' * bool(unit)}{unit}", _met(median(values) <= target)


NO_TARGET = ("", "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, its columns padded so that it can be read on a terminal too."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    padded = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in lines]
    return "\n".join([padded[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *padded[1:]])


def threads() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"
