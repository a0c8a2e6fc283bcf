"""What can be exported from a fit; adding one is a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.io.reader import Progress
from core.io.result import write_result
from core.io.tables import write_memberships, write_parameters, write_trace

if TYPE_CHECKING:
    from core.fit import Fit
    from core.history import History


@dataclass(frozen=True)
class Writer:
    """A kind of export: its name, what it is in a few words, the usual extensions, and how it is written.

    write(path, fit, history, progress) replaces the file whole or not at all; progress may raise Cancelled. Raises
    OutputError.
    """

    name: str
    description: str
    extensions: tuple[str, ...]
    write: Callable[[Path, Fit, History, Progress], None]


def _result(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_result(path, fit)


def _parameters(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_parameters(path, fit)


def _trace(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_trace(path, history)


def _memberships(path: Path, fit: Fit, history: History, progress: Progress) -> None:
    write_memberships(path, fit.data, fit.mixture, progress)


WRITERS: dict[str, Writer] = {
    "result": Writer("result", "the result as JSON, which reproduces the fit", (".json",), _result),
    "parameters": Writer("parameters", "the parameters, a line per component", (".csv",), _parameters),
    "trace": Writer("trace", "the iterations, a line each", (".csv",), _trace),
    "memberships": Writer("memberships", "each row's memberships", (".csv",), _memberships),
}
"""Name of an export → how it is written."""
