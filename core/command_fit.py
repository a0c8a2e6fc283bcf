"""`emgui fit`: reads the file, fits, and writes what was asked for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.command_options import Request, make_parser, parse
from core.data import Data
from core.em import Iteration, replay
from core.errors import InputError, shown
from core.fit import Fit, fit
from core.history import History
from core.io import read_table
from core.io.atomic import check_target, staged
from core.io.opening import regular_file
from core.io.result import read_start, result_text, write_result
from core.io.tables import write_memberships, write_trace
from core.mixture import Mixture
from core.options import FitOptions
from core.restarts import Progress
from core.terminal import LiveLine, say

if TYPE_CHECKING:
    from core.cli import Figure

STANDARD_INPUT = "-"
PICTURES = (".png", ".svg")


def run_fit(arguments: list[str], figure: Figure | None) -> str:
    """Fits as the arguments say and returns what is to be printed. Raises InputError and OutputError.

    Everything that can be found out beforehand is; no file is written before the fit is done.
    """
    request = parse(arguments)
    if request is None:
        return make_parser().format_help()
    if request.file != STANDARD_INPUT:
        regular_file(request.file)
    start = _start(request)
    options = _options(request, start)
    _check_outputs(request, figure)
    with LiveLine() as line:
        data = _read(request, line)
        result, history = _fit(data, options, start, line)
        _write_tables(request, result, history, line)
        if request.figure is not None and figure is not None:
            line.update("Drawing …")
            with staged(request.figure) as picture:
                figure(result, data, picture)
    text = result_text(result)
    if request.output is not None:
        write_result(request.output, result)
        text = ""
    for warning in _warnings(result):
        say(warning)
    return text


def _check_outputs(request: Request, figure: Figure | None) -> None:
    if request.figure is not None:
        if Path(request.figure).suffix.lower() not in PICTURES:
            raise InputError(f"--figure makes PNG and SVG: give “{shown(request.figure)}” the ending .png or .svg.")
        if figure is None:
            raise InputError("--figure needs emgui's window part, which this command was started without.")
    inputs: list[Path | str] = ["/dev/stdin" if request.file == STANDARD_INPUT else request.file]
    if request.start_file is not None:
        inputs.append(request.start_file)
    for place, target in enumerate(request.targets):
        check_target(target, inputs)
        others = [Path(other).resolve() for other in request.targets[:place]]
        if Path(target).resolve() in others:
            raise InputError(f"Two outputs cannot both be “{shown(target)}”: give each its own name.")


def _start(request: Request) -> Mixture | None:
    if request.start_file is None:
        return None
    start = read_start(request.start_file, request.given.get("family"), request.given.get("covariance"))
    asked = request.given.get("n_components", start.n_components)
    if asked != start.n_components:
        name = shown(request.start_file.name)
        raise InputError(f"--components says {asked}, but the start in {name} has {start.n_components} components.")
    return start


def _options(request: Request, start: Mixture | None) -> FitOptions:
    options = FitOptions(**request.given)
    if start is None:
        return options
    family = start.family
    return replace(
        options,
        n_components=start.n_components,
        family=family.name,
        covariance=family.covariance,
        start="given",
    )


def _read(request: Request, line: LiveLine) -> Data:
    if len(request.columns) > 1:
        raise InputError("Several columns cannot be fitted together yet: give --column once.")
    with _file(request.file) as path:
        name = shown(Path(path).name)
        table = read_table(path, request.dialect, lambda done: line.update(f"Reading {name}: {done:.0%}"))
    line.clear()
    return table.data(request.columns[0] if request.columns else None)


@contextmanager
def _file(name: str) -> Iterator[str | Path]:
    """The file to read; standard input is put into one first, since readers go over their file more than once."""
    if name != STANDARD_INPUT:
        yield name
        return
    if sys.stdin is None:
        raise InputError("Standard input is closed, so nothing can be read from it.")
    with TemporaryDirectory(prefix="emgui-") as folder:
        path = Path(folder) / "standard input"  # the name that messages and the result give
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


def _fit(data: Data, options: FitOptions, start: Mixture | None, line: LiveLine) -> tuple[Fit, History]:
    def iteration_made(made: Iteration) -> None:
        if line.is_due:
            speed = made.number / made.seconds if made.seconds > 0 else 0.0
            line.update(
                f"Iteration {made.number:,}, log-likelihood {made.log_likelihood:.6f}, {speed:,.0f} iterations a second"
            )

    def searched(progress: Progress) -> None:
        line.update(f"{progress.text}")

    result = fit(data, options, start, iteration_made, searched)
    line.clear()
    return result


def _write_tables(request: Request, result: Fit, history: History, line: LiveLine) -> None:
    if request.trace is not None:
        write_trace(request.trace, history, partial(replay, result.data, result.options))
    if request.memberships is not None:
        name = shown(Path(request.memberships).name)
        write_memberships(
            request.memberships, result.data, result.mixture, lambda done: line.update(f"Writing {name}: {done:.0%}")
        )


def _warnings(result: Fit) -> Iterator[str]:
    """What a person must know of a result although there is one."""
    improper = bool(result.optima) and all(optimum.reason is not None for optimum in result.optima)
    if result.outcome.status != "converged" or result.expected_gain is None or improper:
        yield result.outcome.message
    data = result.data
    if data.n_left_out:
        verb = "was" if data.n_left_out == 1 else "were"
        total = len(data) + data.n_left_out
        first = ""
        if data.left_out:
            cell = data.left_out[0]
            first = f"; the first is row {cell.row}: {cell.reason}" + (f", “{shown(cell.text)}”" if cell.text else "")
        yield f"{data.n_left_out:,} of {total:,} rows of “{shown(data.columns[0])}” {verb} left out{first}."
