"""The tape of a fit as a long table: a line for each iteration, or for each half-step; CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.io.reader import Progress
from core.io.rows import TEXT, WHOLE, Block, Cells, Heading, write_rows

if TYPE_CHECKING:
    from core.history import History
    from core.mixture import Mixture

Again = Callable[["Mixture", int], "Mixture"]
NONE = float("nan")


def write_trace(
    path: Path | str, history: History, again: Again | None = None, progress: Progress | None = None
) -> None:
    """Saves a line per iteration from 0, the start: log-likelihood, lower bound after the M step, and parameters.

    Columns bear the numbers of the components. Where a long tape was thinned, `again(mixture, steps)` makes the
    parameters of an iteration from those of the line before. Without it, and after an iteration with a note, which was
    no ordinary step, their cells are empty. progress is told the fraction done at each line and may raise Cancelled.
    Raises OutputError.
    """
    names = list(_by_id(history.parameters(0)))
    headings = [Heading("iteration", WHOLE), *map(Heading, ("n_passes", "log_likelihood", "lower_bound", *names))]
    scalars = (history.scalar(name).tolist() for name in ("n_passes", "log_likelihood", "bound_after_m"))
    lines = zip(*scalars, _numbers(history, len(names), again), strict=True)
    blocks = (
        Block([[number], *([one] for one in told), *([one] for one in numbers)], (number + 1) / len(history))
        for number, (*told, numbers) in enumerate(lines)
    )
    write_rows(path, headings, blocks, progress)


def write_half_steps(
    path: Path | str, history: History, again: Again | None = None, progress: Progress | None = None
) -> None:
    """Saves a line per half-step: the start, its E step, then the M step and the E step of each iteration.

    After an M step the parameters are new and the lower bound is that under the responsibilities before; the E step
    lifts it, where it is exact to the log-likelihood, which is that of the line's parameters throughout. n_passes: made
    by the end of the half-step. The start itself has no responsibilities, so no lower bound. Cells of parameters are
    empty as in `write_trace`; so is a lower bound that the variant does not know. Raises OutputError.
    """
    names = list(_by_id(history.parameters(0)))
    headings = [Heading("iteration", WHOLE), Heading("half_step", TEXT)]
    headings += map(Heading, ("lower_bound", "log_likelihood", "n_passes", *names))
    kept = ("bound_after_m", "bound_after_e", "log_likelihood", "n_passes")
    scalars = (history.scalar(name).tolist() for name in kept)
    lines = zip(*scalars, _numbers(history, len(names), again), strict=True)

    def blocks() -> Iterator[Block]:
        before = 0.0
        for number, (after_m, after_e, log_likelihood, passes, numbers) in enumerate(lines):
            columns: list[Cells] = [[number, number], ["M" if number else "start", "E"]]
            columns += [[after_m if number else NONE, after_e], [log_likelihood, log_likelihood], [before, passes]]
            columns += [[one, one] for one in numbers]
            yield Block(columns, (number + 1) / len(history))
            before = passes

    write_rows(path, headings, blocks(), progress)


def _numbers(history: History, n_parameters: int, again: Again | None) -> Iterator[list[float]]:
    """The parameters of each iteration, NaN where they are not known."""
    mixture, known = history.parameters(0), True
    for number in range(len(history)):
        if history.is_kept(number):
            mixture, known = history.parameters(number), True
        elif known and again is not None and number not in history.notes:
            mixture = again(mixture, 1)
        else:
            known = False  # nor are those after it, until the next that was kept
        yield list(_by_id(mixture).values()) if known else [NONE] * n_parameters


def _by_id(mixture: Mixture) -> dict[str, float]:
    """Every number of a mixture: weight[1], …, mean[1], …; mean[1,2] for a second column, covariance[1,1,2]."""
    shared = mixture.family.shared
    if shared:
        return {name: float(mixture.parameters[name][0]) for name in shared}
    mixture = mixture.plain
    numbers: dict[str, float] = {}
    order = np.argsort(mixture.ids)
    for name, array in {"weight": mixture.weights, **mixture.parameters}.items():
        for k in order:
            if not np.isnan(array[k]).any():
                for place in upper(array[k].shape):
                    index = ",".join(str(i) for i in (mixture.ids[k], *(j + 1 for j in place)))
                    numbers[f"{name}[{index}]"] = float(array[k][place])
    return numbers


def upper(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The places of an array, of a symmetric matrix only those on and above the diagonal."""
    return [place for place in np.ndindex(*shape) if tuple(sorted(place)) == place]
