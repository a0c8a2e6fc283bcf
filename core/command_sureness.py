"""`--standard-errors`: what is asked, and the fit with it."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.errors import InputError, shown
from core.fit import Fit, with_uncertainty
from core.sureness.bootstrap import REPLICATES, Plan, planned, with_bootstrap
from core.sureness.resampling import KINDS
from core.terminal import LiveLine

FLAG = "--standard-errors"
INFORMATION, BOOTSTRAP = "information", "bootstrap"
NO_MAXIMUM = "There are no standard errors: the run did not end at a proper maximum of the likelihood."
PRIOR = "There are no standard errors: a prior is part of what was climbed."
ALL_HELD = "There are no standard errors: every parameter is held."
TOO_FEW = "There are no standard errors: fewer than two of the replicates led to a proper fit."


def add_sureness(group: Any, whole: Any) -> None:
    """Adds the flags to a group of a parser; whole reads a whole number."""
    group.add_argument(
        FLAG,
        metavar="WAY",
        help="standard errors and 95 %% intervals of the parameters, too: =information (what the bare flag means), "
        "from the curvature of the log-likelihood; or =bootstrap, from fits of data drawn anew",
    )
    group.add_argument(
        "--bootstrap",
        metavar="KIND",
        help=f"how data are drawn anew: {', '.join(KINDS)} (cases; of rows with --weights weighted)",
    )
    group.add_argument("--replicates", metavar="N", type=whole, help=f"fits of data drawn anew ({REPLICATES})")


def spelled_out(arguments: list[str]) -> list[str]:
    """The arguments with the bare flag in full: only the name of a way after it is its value, all else is the file."""
    made: list[str] = []
    for argument in arguments:
        if made and made[-1] == FLAG:
            is_way = argument in (INFORMATION, BOOTSTRAP)
            made[-1] = f"{FLAG}={argument if is_way else INFORMATION}"
            if is_way:
                continue
        made.append(argument)
    if made and made[-1] == FLAG:
        made[-1] = f"{FLAG}={INFORMATION}"
    return made


def asked(found: argparse.Namespace, seed: int) -> tuple[str, Plan | None]:
    """Which way is asked for ("" for none), and the plan of a bootstrap. Raises InputError where it makes no sense."""
    way = found.standard_errors
    if way not in (None, INFORMATION, BOOTSTRAP):
        raise InputError(f"{FLAG} must be {INFORMATION} or {BOOTSTRAP}; “{shown(way)}” is neither.")
    for flag, value in (("--bootstrap", found.bootstrap), ("--replicates", found.replicates)):
        if value is not None and way != BOOTSTRAP:
            raise InputError(f"{flag} is about {FLAG}={BOOTSTRAP}: say that, too.")
    if way != BOOTSTRAP:
        return way or "", None
    return way, Plan(found.bootstrap or "", REPLICATES if found.replicates is None else found.replicates, seed)


def made_sure(fitted: Fit, plan: Plan | None, line: LiveLine) -> Fit:
    """The fit with standard errors, by a bootstrap where there is a plan. Raises InputError where it cannot be made."""
    if plan is None:
        return with_uncertainty(fitted)
    if fitted.outcome.status == "degenerate":
        return fitted
    plan = planned(plan, fitted)

    def watch(done: int) -> None:
        if line.is_due:
            line.update(f"Replicate {done:,} of {plan.replicates:,}")

    found = with_bootstrap(fitted, plan, watch=watch)
    line.clear()
    return found


def why_none(plan: Plan | None, fitted: Fit) -> str:
    """What to say where there are no standard errors."""
    if fitted.outcome.status == "degenerate":
        return NO_MAXIMUM
    if plan is not None:
        return TOO_FEW
    return PRIOR if fitted.options.constraints.has_prior else NO_MAXIMUM


def are_all_held(fitted: Fit) -> bool:
    """Whether there is a standard error of no parameter, each being held."""
    sure = fitted.uncertainty
    return sure is not None and all(bool(np.isnan(errors).all()) for errors in sure.standard_errors.values())
