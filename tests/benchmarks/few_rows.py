"""A whole fit of a small file: what a fit costs beside its arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import mean

from core import FitOptions, fit
from core.io import read_table
from core.samples import FOLDER
from tests.benchmarks import peers
from tests.benchmarks.cases import normals
from tests.benchmarks.peers import MLPACK, Start
from tests.benchmarks.rounds import NO_TARGET, at_most, interleaved, ratios, seconds_of, spread, table

TARGET_MS = 0.5
OURS = "emgui, core.fit"


def measured(quick: bool) -> Iterator[str]:
    """Paragraphs and tables of what was measured."""
    data = read_table(FOLDER / "faithful.csv").data("waiting")
    start, options = normals([1, 1], [50, 80], [10, 10]), FitOptions(n_components=2)
    result, _ = fit(data, options, start)
    needed = result.number
    fits = 20 if quick else 200

    def several(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: mean(seconds_of(work) for _ in range(fits))

    contenders = {OURS: several(lambda: fit(data, options, start))}
    for peer in peers.usable():
        if peer is not MLPACK:  # it cannot be told where to begin
            em = peer.prepare(data.values, Start.of(start))
            contenders[peer.name] = several(lambda em=em: em(data.values, needed))
    times = interleaved(contenders, 5 if quick else 15)
    rows = []
    for name, seconds in times.items():
        target = at_most([1e3 * one for one in seconds], TARGET_MS, "ms") if name == OURS else NO_TARGET
        beside = "1" if name == OURS else spread(ratios(seconds, times[OURS]))
        rows.append((name, spread(seconds, "ms", 1e3), beside, *target))
    yield (
        f"Old Faithful's waiting times, {len(data)} rows, K = 2, `em`, from weights ½, means 50 and 80, sds 10; the "
        f"mean of {fits} fits. emgui stops by itself after {needed} iterations, with the certificate, the tape, AIC, "
        "BIC and ICL; the others are told to make as many iterations and give parameters alone."
    )
    yield table(("program", "a fit", "times emgui's", "target", ""), rows)
