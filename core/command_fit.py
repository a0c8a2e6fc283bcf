"""`emgui fit`: reads the file, fits, and writes what was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.command_goodness import judged
from core.command_groups import is_apart, run_apart
from core.command_options import Request, make_parser, parse
from core.command_reading import data_of
from core.command_sureness import ALL_HELD, are_all_held, made_sure, why_none
from core.command_warnings import warnings_of
from core.data import Data
from core.em import Iteration
from core.errors import InputError, OutputError, shown
from core.fit import Fit, fit, with_thresholds
from core.history import History
from core.io.atomic import check_target, staged
from core.io.opening import regular_file
from core.io.result import read_start, result_text
from core.io.saved import start_in_groups
from core.io.standard_input import STANDARD_INPUT
from core.io.writers import WRITERS
from core.mixture import Mixture
from core.models import MODELS
from core.optima import Progress
from core.options import FitOptions, like
from core.terminal import LiveLine, print_out, say

if TYPE_CHECKING:
    from core.cli import Figure


def run_fit(arguments: list[str], figure: Figure | None) -> str:
    """Fits as the arguments say; prints or writes the result. Returns what is still to be printed: help, or nothing.

    Everything that can be found out beforehand is; no file is written before the fit is done. Raises InputError and
    OutputError.
    """
    request = parse(arguments)
    if request is None:
        return make_parser().format_help()
    if request.file not in ("", STANDARD_INPUT):
        regular_file(request.file)
    start = _start(request)
    options = _options(request, start)
    _check_outputs(request, figure)
    apart = is_apart(request)
    with LiveLine() as line:
        data = _read(request, line)
        if start is not None and request.start_file is not None:
            start = start_in_groups(request.start_file, data, start)
        if apart and request.goodness is not None:
            raise InputError("--goodness is of one fit: say --share components, or pick one group with --where.")
        if apart:
            return run_apart(request, data, options, start, line)
        result, history = _fit(data, options, start, line)
        if request.standard_errors:
            result = made_sure(result, request.bootstrap, line)
        if request.thresholds:
            result = with_thresholds(result, request.thresholds)
        if request.goodness is not None:
            result = judged(result, request.goodness, line)
        refused = _write(request, result, history, line)
    for warning in warnings_of(result):
        say(warning)
    if request.standard_errors and result.uncertainty is None:
        say(why_none(request.bootstrap, result))
    elif request.standard_errors and are_all_held(result):
        say(ALL_HELD)
    for remark in result.thresholds.remarks if result.thresholds is not None else ():
        say(remark)
    if request.goodness is not None and result.goodness is None:
        say("There is nothing to say of how good the fit is: it ended at no proper maximum.")
    if request.output is None:
        print_out(result_text(result))
    if "figure" in request.outputs and figure is not None:
        _draw(result, request.outputs["figure"], figure)
    if refused:
        raise OutputError(f"The result is written, but not {refused}")
    return ""


def _check_outputs(request: Request, figure: Figure | None) -> None:
    if "figure" in request.outputs and figure is None:
        raise InputError("--figure needs emgui's window part, which this command was started without.")
    if "figure" in request.outputs and len(request.roles.columns) > 1:
        raise InputError("--figure draws the histogram of one column: leave it out, or fit one column.")
    inputs: list[Path | str] = ["/dev/stdin" if request.file == STANDARD_INPUT else request.file]
    if request.model is not None:
        inputs = []
    if request.start_file is not None:
        inputs.append(request.start_file)
    if "all_columns" in request.outputs and request.file == STANDARD_INPUT:
        raise InputError("--keep-columns reads the columns from the file again, which standard input cannot be.")
    targets = list(request.outputs.values())
    for place, target in enumerate(targets):
        check_target(target, inputs)
        others = [Path(other).resolve() for other in targets[:place]]
        if Path(target).resolve() in others:
            raise InputError(f"Two outputs cannot both be “{shown(target)}”: give each its own name.")


def _start(request: Request) -> Mixture | None:
    if request.start_file is None:
        return None
    start = read_start(
        request.start_file,
        request.given.get("family"),
        request.given.get("covariance"),
        request.given.get("trials"),
        request.roles.columns,
        request.roles.transform,
    )
    asked = request.given.get("n_components", start.n_components)
    if asked != start.n_components:
        name = shown(request.start_file.name)
        raise InputError(f"--components says {asked}, but the start in {name} has {start.n_components} components.")
    return start


def _options(request: Request, start: Mixture | None) -> FitOptions:
    if start is None:
        return FitOptions(**request.given)
    return FitOptions(**{**request.given, **like(start), "start": "given"})


def _read(request: Request, line: LiveLine) -> Data:
    if request.model is not None:
        return MODELS[request.model]()
    return data_of(request.file, request.roles, request.dialect, line)


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


def _write(request: Request, result: Fit, history: History, line: LiveLine) -> str:
    """The files that were asked for, the result first; gives which of the others could not be written, and why."""
    refused = ""
    for name, path in request.outputs.items():
        write = WRITERS[name].write
        if write is not None:
            doing = f"Writing {shown(Path(path).name)}"
            try:
                write(Path(path), result, history, lambda done, doing=doing: line.update(f"{doing}: {done:.0%}"))  # type: ignore[misc]
            except (InputError, OutputError) as error:
                if name == "result":
                    raise
                refused = refused or f"“{shown(Path(path).name)}”: {error}"
    return refused


def _draw(result: Fit, path: str, figure: Figure) -> None:
    """The figure comes last: whatever becomes of it, the result is there."""
    try:
        with staged(path) as picture:
            figure(result, result.data, picture)
    except ImportError as error:
        raise OutputError(f"The result is written, but not the figure: Qt cannot be loaded ({error}).") from error
    except OutputError as error:
        raise OutputError(f"The result is written, but not the figure: {error}") from error
