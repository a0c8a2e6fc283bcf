"""From a start to the optimum: seconds, in passes over all rows and beside what others would take."""

from __future__ import annotations

import time
from collections.abc import Iterator

from core import Data, FitOptions, InputError, Mixture, Problem, fit
from core.algorithms import ALGORITHMS
from core.curvature import curvature
from core.em import Iteration, ended, run
from core.expectation import expect, maximize
from core.optima import Progress
from tests.benchmarks import peers
from tests.benchmarks.cases import CASES, MODERATE_5_CASE
from tests.benchmarks.iteration import half_steps
from tests.benchmarks.peers import ONEDAL, SCIKIT_LEARN, Start
from tests.benchmarks.rounds import NO_TARGET, at_least, at_most, interleaved, number, ratios, seconds_of, spread, table

FAST, PASS, WHOLE = "fast", "exact pass", "fast, through core.fit"
NEAR = 1e-6
"""Total log-likelihood by which a run may lie below the optimum."""
MOST = 20_000
PASSES = 5.0
SOONER = {SCIKIT_LEARN.name: 5000.0, ONEDAL.name: 200.0}
RESTARTS, SECONDS_OF_RESTARTS, PATIENCE = 500, 5.0, 120.0


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    if FAST not in ALGORITHMS:
        yield "`fast` is skipped: there is no such variant."
        return
    big = 1_000_000 if quick else 10_000_000
    yield from _beside_others(big, quick)
    yield from _all_cases(big // 10, big)
    yield from _restarts(big)


def _options(k: int, **others: object) -> FitOptions:
    return FitOptions(n_components=k, algorithm=FAST, **others)  # type: ignore[arg-type]


def _end(data: Data, start: Mixture) -> Iteration:
    """Where a run of `fast` ends."""
    *_, last = ended(run(data, _options(start.n_components), start))
    return last


def _beside_others(n: int, quick: bool) -> Iterator[str]:
    data, start = CASES[MODERATE_5_CASE].made(n)
    contenders = {
        PASS: lambda: half_steps(data, start, 3),
        FAST: lambda: seconds_of(lambda: _end(data, start)),
        WHOLE: lambda: seconds_of(lambda: fit(data, _options(5), start)),
    }
    times = interleaved(contenders, 3 if quick else 7)
    best = expect(Problem(data), _end(data, start).mixture).log_likelihood
    needed, reached = plain_em(data, start, best)
    yield (
        f"1-D, n = {n:,}, K = 5 ({MODERATE_5_CASE}, a start at quantiles). Plain EM from the same start, on all rows, "
        f"is within {NEAR:.0e} of the optimum of the total log-likelihood, {best:.6f}, after {needed:,} iterations"
        + ("." if reached else ", and further, for it was given up there.")
    )
    rows = [
        ("an M and an E step", spread(times[PASS], "ms", 1e3), "1", *NO_TARGET),
        *(
            (name, spread(times[name], "ms", 1e3), spread(ratios(times[name], times[PASS]), "passes"), *target)
            for name, target in (
                (FAST, at_most(ratios(times[FAST], times[PASS]), PASSES, "passes")),
                (WHOLE, NO_TARGET),
            )
        ),
    ]
    yield table(("emgui", "time", "in exact passes", "target", ""), rows)
    beside = {
        peer.name: peer.per_iteration(data.values, Start.of(start)) for peer in peers.usable() if peer.name in SOONER
    }
    if not beside:
        return
    slow = interleaved(beside | {FAST: contenders[FAST]}, 2 if quick else 3, warm=False)
    rows = []
    for name in beside:
        whole = [needed * seconds for seconds in slow[name]]
        sooner = ratios(whole, slow[FAST])
        rows.append(
            (name, spread(slow[name], "ms", 1e3), spread(whole, "s"), spread(sooner), *at_least(sooner, SOONER[name]))
        )
    yield (
        "Other programs were not run to the end: their time for an iteration, measured, times the iterations that "
        "plain EM needs. They make plain EM's iterations, so this is what they would take, were they told when to stop."
    )
    yield table(("program", "an iteration", f"{needed:,} iterations", "times emgui's", "target", ""), rows)


def plain_em(data: Data, start: Mixture, best: float) -> tuple[int, bool]:
    """Iterations of plain EM until the total log-likelihood is within NEAR of the best, and whether it came so far."""
    problem, mixture = Problem(data), start
    for made in range(MOST):
        statistics = expect(problem, mixture)
        if statistics.log_likelihood >= best - NEAR:
            return made, True
        mixture = maximize(problem, mixture, statistics)
    return MOST, False


def _all_cases(small: int, big: int) -> Iterator[str]:
    yield (
        "All cases by `fast`, one run each. Gap: log-likelihood still to be gained in that basin, the Newton decrement "
        "on all rows, worked out again here. Passes: those over all rows, by the variant's own count."
    )
    rows = []
    for name, case in CASES.items():
        row = [name]
        for n in (small, big):
            data, start = case.made(n)
            began = time.perf_counter()
            try:
                last = _end(data, start)
            except InputError as error:
                row += ["", "", "", str(error).partition(":")[0]]
                continue
            seconds = time.perf_counter() - began
            assert last.outcome is not None
            gap = curvature(Problem(data), last.mixture).remaining_gain if last.outcome.status == "converged" else None
            told = "" if gap is None else f"{gap:.0e}"
            row += [number(1e3 * seconds), number(last.n_passes), told, last.outcome.status]
        rows.append(row)
    sizes = [
        f"{what}, n = {n:.0e}".replace("e+0", "e") for n in (small, big) for what in ("ms", "passes", "gap", "ended")
    ]
    yield table(("case", *sizes), rows)


def _restarts(n: int) -> Iterator[str]:
    data, _ = CASES[MODERATE_5_CASE].made(n)
    began, last = time.perf_counter(), Progress(0, RESTARTS, "")

    def watch(progress: Progress) -> None:
        nonlocal last
        last = progress
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError

    try:
        result, _ = fit(data, _options(5, restarts=RESTARTS), watch_search=watch)
    except TimeoutError:
        yield (
            f"{RESTARTS} restarts, n = {n:,}, K = 5, by `fast`: given up after {PATIENCE:.0f} s "
            f"(target: at most {SECONDS_OF_RESTARTS:.0f} s, missed). It was at: {last.text}."
        )
        return
    seconds = time.perf_counter() - began
    target, met = at_most([seconds], SECONDS_OF_RESTARTS, "s")
    yield (
        f"{RESTARTS} restarts, n = {n:,}, K = 5, by `fast`: {number(seconds)} s (target: {target}, {met}), "
        f"log-likelihood {result.log_likelihood:.6f}, {len(result.optima)} distinct optima listed."
    )
