"""One exact EM iteration: an M step, then an E step over all rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from core import Data, FitOptions, Mixture, Problem
from core.em import run
from core.expectation import expect, maximize
from tests.benchmarks import cases, peers, yardstick
from tests.benchmarks.peers import ONEDAL, SCIKIT_LEARN, Start
from tests.benchmarks.rounds import NO_TARGET, at_least, at_most, interleaved, ratios, spread, table

STEPS = 10
OURS, LOOP, C = "emgui", "emgui, the whole loop", "C yardstick"
WITHIN = 1.5
"""Of the yardstick's time."""


@dataclass(frozen=True)
class Size:
    """A problem, and how many times sooner than others its iteration ought to be made."""

    title: str
    n: int
    d: int
    k: int
    targets: dict[str, float]


SIZES = (
    Size("1-D", 1_000_000, 1, 3, {SCIKIT_LEARN.name: 50, ONEDAL.name: 2}),
    Size("2-D, full covariances", 1_000_000, 2, 5, {SCIKIT_LEARN.name: 60, ONEDAL.name: 1.5}),
    Size("10-D, full covariances", 200_000, 10, 8, {SCIKIT_LEARN.name: 25, ONEDAL.name: 2}),
)


def half_steps(data: Data, start: Mixture, steps: int = STEPS) -> float:
    """Seconds of one M step and one E step, the mean of some."""
    problem = Problem(data)
    mixture, statistics = start, expect(problem, start)
    began = time.perf_counter()
    for _ in range(steps):
        mixture = maximize(problem, mixture, statistics)
        statistics = expect(problem, mixture)
    return (time.perf_counter() - began) / steps


def loop(data: Data, start: Mixture, steps: int = STEPS) -> float:
    """Seconds of one iteration as the window and the command line pull it, with all that is recorded of it."""
    options = FitOptions(n_components=start.n_components, tolerance=0.0)
    iterations = run(data, options, start)
    next(iterations)
    began = time.perf_counter()
    for _ in islice(iterations, steps):
        pass
    return (time.perf_counter() - began) / steps


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    yield (
        f"An M step and an E step over all rows, float64, the mean of {STEPS}, from the same parameters (mlpack: a "
        f"model of its own). Of a program that can only be asked for whole runs: one of {1 + ONEDAL.steps} iterations "
        f"({1 + SCIKIT_LEARN.steps} of the slow ones) less one of a single iteration. The last column: how far its "
        f"weights and means are from emgui's after {STEPS + 1} iterations."
    )
    for size in SIZES:
        yield from _size(size, quick)


def _size(size: Size, quick: bool) -> Iterator[str]:
    n = size.n // 10 if quick else size.n
    if size.d == 1:
        values = cases.MODERATE_3(n, np.random.default_rng(0))
        data, start = cases.one_column(values), cases.quantile_start(values, size.k)
    else:
        data, start = cases.columns(n, size.d, size.k)
    contenders: dict[str, Callable[[], float]] = {
        OURS: partial(half_steps, data, start),
        LOOP: partial(loop, data, start),
    }
    beside = {peer.name: peer.per_iteration(data.values, Start.of(start)) for peer in peers.usable()}
    with tempfile.TemporaryDirectory() as folder:
        ends = _ends(data, start)
        if size.d == 1:
            c = yardstick.made(data.column, Path(folder))
            if isinstance(c, str):
                yield c
            else:
                contenders[C] = lambda: c.run(start, STEPS)[0]
                ends[C] = _apart(c.run(start, STEPS + 1)[1][:, :2], _after(data, start))
        times = interleaved(contenders | beside, 3 if quick else 7)
    rows = []
    for name, seconds in times.items():
        beside_ours = ratios(seconds, times[OURS])
        target = at_least(beside_ours, size.targets[name]) if name in size.targets else NO_TARGET
        if name == C:
            ours = ratios(times[OURS], seconds)
            target = at_most(ours, WITHIN, f"of its time (emgui: {spread(ours)})")
        said = "1" if name == OURS else spread(beside_ours)
        rows.append((name, spread(seconds, scale=1e3), said, *target, ends.get(name, "")))
    yield f"**{size.title}, n = {n:,}, K = {size.k}**"
    yield table(("program", "ms an iteration", "times emgui's", "target", "", "apart"), rows)


def _after(data: Data, start: Mixture) -> np.ndarray:
    """Weights and means, (K, 1 + d), after as many iterations as the peers make."""
    problem, mixture = Problem(data), start
    for _ in range(STEPS + 1):
        mixture = maximize(problem, mixture, expect(problem, mixture))
    return np.column_stack([mixture.weights, mixture.parameters["mean"]])


def _ends(data: Data, start: Mixture) -> dict[str, str]:
    ours, given, apart = _after(data, start), Start.of(start), {}
    for peer in peers.usable():
        fitted = peer.prepare(data.values, given)(data.values, STEPS + 1)
        if fitted is not None:
            apart[peer.name] = _apart(np.column_stack(fitted), ours)
    return apart


def _apart(those: np.ndarray, ours: np.ndarray) -> str:
    return f"{np.abs(those - ours).max():.0e}"
