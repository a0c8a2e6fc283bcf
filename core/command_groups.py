"""`emgui fit --group`: each group of rows fitted apart, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.command_options import Request
from core.command_sureness import made_sure
from core.command_warnings import left_out, warnings_of
from core.data import Data
from core.em import Iteration
from core.errors import InputError, shown
from core.fit import with_thresholds
from core.groups import fit_groups
from core.io.groups_result import groups_text, write_groups
from core.io.writers import WRITERS
from core.mixture import Mixture
from core.optima import Progress
from core.options import FitOptions
from core.terminal import LiveLine, print_out, say


def is_apart(request: Request) -> bool:
    """Whether each group is to be fitted apart. Raises InputError where an output is asked for that is of one fit."""
    if not request.roles.group or request.roles.share != "none":
        return False
    single = next((name for name in request.outputs if name != "result"), None)
    if single is not None:
        flag = "--memberships" if single == "all_columns" else WRITERS[single].flag
        raise InputError(
            f"{flag} is of one fit, and each group has its own: pick one with --where, or use --share components."
        )
    return True


def run_apart(request: Request, data: Data, options: FitOptions, start: Mixture | None, line: LiveLine) -> str:
    """Fits each group apart and prints or writes one result for all. Returns what is still to be printed: nothing.

    Raises InputError where a group cannot be fitted, and OutputError.
    """

    def iteration_made(group: str, made: Iteration) -> None:
        line.update(f"{shown(group)}: iteration {made.number:,}, log-likelihood {made.log_likelihood:.6f}")

    def searched(group: str, progress: Progress) -> None:
        line.update(f"{shown(group)}: {progress.text}")

    fits = fit_groups(data, options, start, iteration_made, searched)
    if request.standard_errors:
        sure = tuple(replace(one, fit=made_sure(one.fit, request.bootstrap, line)) for one in fits.groups)
        fits = replace(fits, groups=sure)
    if request.thresholds:
        cut = tuple(replace(one, fit=with_thresholds(one.fit, request.thresholds)) for one in fits.groups)
        fits = replace(fits, groups=cut)
    line.clear()
    if request.output is None:
        print_out(groups_text(data, fits))
    else:
        write_groups(Path(request.output), data, fits)
    for group in fits.groups:
        for warning in warnings_of(group.fit):
            say(f"Group “{shown(group.name)}”: {warning}")
    for warning in left_out(data):
        say(warning)
    return ""
