"""The line that repeats a fit on the command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import fields
from math import isinf
from typing import TYPE_CHECKING

from core.algorithms import ALGORITHMS
from core.choices import flag_of
from core.options import FitOptions
from core.roles import Roles
from core.stopping import STOPPED
from core.table import Dialect
from core.transforms import original_columns
from core.wording import exactly

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit

START_FILE = "start.json"
"""What the line calls the file of a start that was given by its numbers."""
_SPELLED = {"\t": "tab", " ": "space", "": "none"}


def command_line(fit: Fit, file: str | None = None) -> str:
    """`emgui fit …` with the file, the roles of its columns, how it is read, and every option that is not the usual.

    file: what to call the data; by default the path it was read from, or its name where there is none. Quoted for
    POSIX shells. A start that was given by its numbers is called `START_FILE`. Of a run that a person stopped the line
    makes as many iterations.
    """
    return shlex.join(["emgui", "fit", *arguments(fit, file)])


def arguments(fit: Fit, file: str | None = None) -> list[str]:
    """The same as a list of arguments, those after `emgui fit`."""
    told: list[str] = []
    of_data = () if fit.mixture.family.shared else _of_data(fit.data, file)
    for flag, value in (*of_data, *_of_options(fit)):
        if flag and value.startswith("-"):
            told.append(f"{flag}={value}")
        else:
            told += [flag, value] if flag else [value]
    return told


def _of_data(data: Data, file: str | None) -> Iterator[tuple[str, str]]:
    """The file, what its columns are for, and how it is read."""
    name = file or (data.origin.path if data.origin is not None else data.source)
    yield "", f"./{name}" if name.startswith("-") and name != "-" else name
    yield from _of_roles(data)
    if data.origin is not None:
        yield from _of_dialect(data.origin.asked)


def _of_roles(data: Data) -> Iterator[tuple[str, str]]:
    roles, plain = data.roles, Roles()
    if not roles.lower:
        yield from (("--column", name) for name in roles.columns or original_columns(data))
    for item in fields(Roles):
        value = getattr(roles, item.name)
        if item.name == "columns" or value == getattr(plain, item.name):
            continue
        if item.name == "truncate":
            value = ":".join("" if isinf(end) else exactly(end) for end in value)
        yield f"--{item.name.replace('_', '-')}", value


def _of_dialect(asked: Dialect) -> Iterator[tuple[str, str]]:
    for name in ("delimiter", "decimal", "encoding", "header", "sheet"):
        value = getattr(asked, name)
        if value is not None:
            yield f"--{name}", _SPELLED.get(value, str(value)) if name == "delimiter" else str(value)
    yield from (("--missing", text) for text in asked.missing)


def _of_options(fit: Fit) -> Iterator[tuple[str, str]]:
    """The options that are not the usual ones; components always, since a reader looks for their number."""
    options, usual = fit.options, FitOptions()
    shared = bool(fit.mixture.family.shared)
    if shared:
        yield "--model", options.family
    for item in fields(FitOptions):
        value = getattr(options, item.name)
        if "section" not in item.metadata or (shared and item.name in ("n_components", "family", "start")):
            continue
        if item.name == "max_iterations" and fit.outcome.status == STOPPED:
            value = fit.number
        if item.name == "start" and value == "given":
            value = START_FILE
        if value != getattr(usual, item.name) or item.name == "n_components":
            yield f"--{flag_of(item)}", exactly(value) if isinstance(value, float) else str(value)
    if options.trials is not None:
        yield "--trials", str(options.trials)
    flags = {item.name: flag_of(item) for item in fields(ALGORITHMS[options.algorithm])}
    for name, value in options.settings:
        yield "--option", f"{flags[name]}={exactly(value) if isinstance(value, float) else value}"
    for one in options.constraints.items:
        yield f"--{one.kind}", one.text
    for rule in fit.thresholds.rules if fit.thresholds is not None else ():
        yield "--thresholds", rule.text
