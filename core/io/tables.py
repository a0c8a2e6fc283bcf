"""What a fit leaves as tables: CSV files of its iterations, of each row's memberships, and of its parameters."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data import Array
from core.engine import block_size
from core.io.atomic import replacing_text
from core.io.reader import Progress

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit
    from core.history import History
    from core.mixture import Mixture

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins with one of these for a formula and would run it."""


def write_parameters(path: Path | str, fit: Fit) -> None:
    """Saves a line per component, sorted by mean: id, weight and parameters in the data's unit. Raises OutputError."""
    mixture, columns = fit.mixture.sorted(), fit.data.columns
    families = mixture.family.of_components
    parts = {name: _places(name, array, columns) for name, array in mixture.parameters.items()}
    names = [label for places in parts.values() for label in places]
    with replacing_text(path) as file:
        file.write(header("id", *(["family"] if families else []), "weight", *names))
        for k, identity in enumerate(mixture.ids):
            cells = [mixture.parameters[name][k][place] for name, places in parts.items() for place in places.values()]
            family = f"{families[k]}," if families else ""
            file.write(f"{identity},{family}{_line(map(float, [mixture.weights[k], *cells]))}\n")


def write_trace(
    path: Path | str,
    history: History,
    again: Callable[[Mixture, int], Mixture] | None = None,
    progress: Progress | None = None,
) -> None:
    """Saves a line per iteration from 0, the start: log-likelihood, lower bound after the M step, and parameters.

    Columns bear the numbers of the components. Where a long tape was thinned, `again(mixture, steps)` makes the
    parameters of an iteration from those of the line before. Without it, and after an iteration with a note, which was
    no ordinary step, their cells are empty. progress is told the fraction done at each line and may raise Cancelled.
    Raises OutputError.
    """
    names = list(_by_id(history.parameters(0)))
    with replacing_text(path) as file:
        file.write(header("iteration", "n_passes", "log_likelihood", "lower_bound", *names))
        for done, line in enumerate(_trace_lines(history, len(names), again), start=1):
            file.write(line)
            if progress is not None:
                progress(done / len(history))


def _trace_lines(history: History, n_parameters: int, again: Callable[[Mixture, int], Mixture] | None) -> Iterator[str]:
    mixture, known = history.parameters(0), True
    scalars = (history.scalar(name) for name in ("n_passes", "log_likelihood", "bound_after_m"))
    for number, row in enumerate(zip(*scalars, strict=True)):
        if history.is_kept(number):
            mixture, known = history.parameters(number), True
        elif known and again is not None and number not in history.notes:
            mixture = again(mixture, 1)
        else:
            known = False  # nor are those after it, until the next that was kept
        values = _by_id(mixture).values() if known else [float("nan")] * n_parameters
        yield f"{number},{_line([*map(float, row), *values])}\n"


def write_memberships(path: Path | str, data: Data, mixture: Mixture, progress: Progress | None = None) -> None:
    """Saves a line per row: its number in the file, its value, P(component | value) of each, and the likeliest.

    Rows are done a block at a time, so that any number of them fits in memory. progress is told the fraction done and
    may raise Cancelled. A value so far away that no component has a density there gets empty cells. Raises OutputError.
    """
    names = [f"component[{i}]" for i in sorted(mixture.ids)]
    taken = {"row", "component", *names}
    columns = [f"{name} (2)" if name in taken else name for name in data.columns]
    with replacing_text(path) as file:
        file.write(header("row", *columns, *names, "component"))
        for done, text in _membership_blocks(data, mixture):
            file.write(text)
            if progress is not None:
                progress(done / len(data))


def _membership_blocks(data: Data, mixture: Mixture) -> Iterator[tuple[int, str]]:
    order, size = np.argsort(mixture.ids), block_size(mixture.n_components)
    ids = np.sort(mixture.ids)
    for first in range(0, len(data), size):
        values = data.values[first : first + size]
        last = first + len(values)
        rows = np.arange(first + 1, last + 1) if data.rows is None else data.rows[first:last]
        shares = mixture.responsibilities(values[:, 0] if data.n_features == 1 else values)[order]
        likeliest = np.where(np.isfinite(shares).all(axis=0), ids[shares.argmax(axis=0)].astype(str), "")
        cells = np.column_stack([values, shares.T])
        lines = (
            f"{row},{_line(numbers)},{component}\n"
            for row, numbers, component in zip(rows.tolist(), cells.tolist(), likeliest.tolist(), strict=True)
        )
        yield last, "".join(lines)


def header(*names: str) -> str:
    """The first line of a CSV file; a name that a spreadsheet would take for a formula gets an apostrophe before it."""
    line = StringIO()
    cells = [f"'{name}" if name.startswith(FORMULA_SIGNS) else name for name in names]
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _by_id(mixture: Mixture) -> dict[str, float]:
    """Every number of a mixture: weight[1], …, mean[1], …; mean[1,2] for a second column, covariance[1,1,2]."""
    shared = mixture.family.shared
    if shared:
        return {name: float(mixture.parameters[name][0]) for name in shared}
    numbers: dict[str, float] = {}
    order = np.argsort(mixture.ids)
    for name, array in {"weight": mixture.weights, **mixture.parameters}.items():
        for k in order:
            if not np.isnan(array[k]).any():
                for place in _upper(array[k].shape):
                    index = ",".join(str(i) for i in (mixture.ids[k], *(j + 1 for j in place)))
                    numbers[f"{name}[{index}]"] = float(array[k][place])
    return numbers


def _places(name: str, array: Array, columns: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Where the numbers of one component's parameter are, by a name that tells: mean[waiting]."""
    return {
        f"{name}[{','.join(columns[i] for i in place)}]" if place else name: place for place in _upper(array.shape[1:])
    }


def _upper(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The places of an array, of a symmetric matrix only those on and above the diagonal."""
    return [place for place in np.ndindex(*shape) if tuple(sorted(place)) == place]


def _line(numbers: Iterable[float]) -> str:
    return ",".join(map(_cell, numbers))


def _cell(number: float) -> str:
    """The shortest digits that read back as the same number, whole numbers without a point; empty for no number."""
    return repr(number).removesuffix(".0") if isfinite(number) else ""
