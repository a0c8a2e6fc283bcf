"""What can be exported from a fit, for the window and the command line; adding one is a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError
from core.io.endings import ending_of
from core.io.memberships import classes_beside, columns_beside, write_memberships
from core.io.parameters import write_parameters
from core.io.reader import Progress
from core.io.result import write_result
from core.io.tables import write_half_steps, write_trace

if TYPE_CHECKING:
    from core.fit import Fit
    from core.history import History


@dataclass(frozen=True)
class Writer:
    """A kind of export: its name, what it is in a few words, the files it makes, and how it is written.

    title heads the window's dialog. filters: what the dialog calls a file → its ending, the usual one first; the ending
    says in which form it is written. suffix: the end of the suggested name. write(path, fit, history, progress)
    replaces the file whole or not at all; progress may raise Cancelled. Raises OutputError, and InputError where the
    fit cannot be put so. None for what only Qt can draw.
    """

    name: str
    description: str
    title: str
    filters: dict[str, str]
    suffix: str
    write: Callable[[Path, Fit, History, Progress], None] | None

    @property
    def extensions(self) -> tuple[str, ...]:
        """The endings of the files it makes."""
        return tuple(self.filters.values())

    @property
    def flag(self) -> str:
        """What the command line calls it: --half-steps; the result is its --output."""
        return "--output" if self.name == "result" else f"--{self.name.replace('_', '-')}"

    def ending(self, path: Path | str) -> str:
        """The one of its endings that a file's name has. Raises InputError, which lists them, for any other."""
        return ending_of(path, self.extensions)


def _result(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_result(path, fit)


def _parameters(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_parameters(path, fit)


def _trace(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.em import replay

    write_trace(path, history, partial(replay, fit.data, fit.options), progress)


def _half_steps(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.em import replay

    write_half_steps(path, history, partial(replay, fit.data, fit.options), progress)


def _memberships(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_memberships(path, fit.data, fit.mixture, progress, classes_beside(fit))


def _all_columns(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.io import read_table

    origin = fit.data.origin
    if origin is None or not Path(origin.path).is_file():
        raise InputError("The file that these rows are from is not at hand, so its columns cannot be written beside.")
    table = read_table(origin.path, origin.asked, lambda done: progress(0.5 * done))
    beside = [*classes_beside(fit), *columns_beside(fit.data, table, lambda done: None)]
    write_memberships(path, fit.data, fit.mixture, lambda done: progress(0.5 + 0.5 * done), beside)


def _threshold_table(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.fit import with_thresholds
    from core.io.thresholds_table import write_thresholds
    from core.thresholds.rules import Rule

    write_thresholds(path, fit if fit.thresholds is not None else with_thresholds(fit, (Rule(),)))


def _report(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.io.report import write_report

    write_report(path, fit, history, progress)


def _replay(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.io.replay import write_replay

    write_replay(path, fit, history, progress)


PAGE = {"Page": ".html"}


def _code(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    from core.io.code import write_code

    write_code(path, fit)


LONG = {"Table": ".csv", "Parquet": ".parquet"}

WRITERS: dict[str, Writer] = {
    writer.name: writer
    for writer in (
        Writer(
            "result", "the result as JSON, which reproduces the fit",
            "Export parameters", {"Result": ".json"}, "fit.json", _result,
        ),
        Writer(
            "parameters", "the parameters, a line per component", "Export parameters",
            {"Table": ".csv", "Markdown": ".md", "LaTeX": ".tex", "Excel": ".xlsx"}, "parameters.csv", _parameters,
        ),
        Writer(
            "trace", "the iterations, a line each from 0, the start",
            "Export iteration log", LONG, "iterations.csv", _trace,
        ),
        Writer(
            "half_steps", "the iterations, a line for each E and M step",
            "Export iteration log, every half-step", LONG, "half-steps.csv", _half_steps,
        ),
        Writer(
            "memberships", "the rows, a line each: P(component | value) and the likeliest component",
            "Export memberships", LONG, "memberships.csv", _memberships,
        ),
        Writer(
            "all_columns", "the rows with their memberships and all columns of their file",
            "Export memberships with all columns", LONG, "rows.csv", _all_columns,
        ),
        Writer(
            "threshold_table", "the values that part the components, a line each; those equally likely where "
            "--thresholds says nothing else", "Export thresholds", LONG, "thresholds.csv", _threshold_table,
        ),
        Writer(
            "code", "the fit as code: NumPy, scikit-learn, R, or the line that repeats it", "Export code",
            {
                "Python script (NumPy)": ".py", "Python script (scikit-learn)": ".sklearn.py", "R script": ".R",
                "Command line": ".sh",
            },
            "fit.py", _code,
        ),
        Writer(
            "figure", "the histogram with the fitted curves",
            "Export figure", {"Picture": ".png", "Drawing": ".svg", "PDF": ".pdf"}, "figure.png", None,
        ),
        Writer(
            "film", "the iterations as a film", "Export film",
            {"Animated picture": ".gif", "Film": ".mp4", "Film for pages": ".webm"}, "film.gif", None,
        ),
        Writer("replay", "the iterations, to play in a browser", "Export replay", PAGE, "replay.html", _replay),
        Writer("report", "the fit as a page to read and print", "Export report", PAGE, "report.html", _report),
    )
}  # fmt: skip
"""Name of an export → how it is written."""
