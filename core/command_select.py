"""`emgui select`: fits every combination of components, families and covariances, and ranks them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from core import criteria, formatting
from core.command_model import add_model_options, model_given
from core.command_options import Parser, add_field, joined
from core.command_ratio import line_of, with_tests
from core.command_reading import add_columns, data_of, dialect_of, roles_of, whole
from core.command_warnings import left_out, warnings_of
from core.cores import cores_for
from core.data import Data
from core.errors import InputError, shown
from core.families import make_family
from core.families.family import Setting
from core.io.atomic import check_target
from core.io.opening import regular_file
from core.io.selection_result import selection_text, write_selection
from core.io.standard_input import STANDARD_INPUT
from core.options import COVARIANCES, MOST_COMPONENTS, FitOptions
from core.roles import Roles
from core.selection.cross_validation import FOLDS, check_folds
from core.selection.likelihood_ratio import check_replicates
from core.selection.models import Selection, Skipped, combinations, model_name, select
from core.selection.ranking import CRITERIA, Ranked, check_criterion, n_parameters
from core.start import STARTS
from core.stopping import CONVERGED
from core.terminal import LiveLine, print_out, say, show_beside

COMPONENTS, RESTARTS = "1-6", 10
"""What is tried where nothing is said: models are worth comparing only where each is at its best."""
OF_MODELS = ("n_components", "family", "covariance", "restarts")
"""Options of a fit that are another here."""
EPILOG = """\
Each model is a whole fit, as emgui fit makes it with the same options. Lower is
better, but for cv, the log-likelihood of rows held out, of which higher is. The
difference is to the best, the weight is exp(-difference/2), of cv
exp(-difference), all weights adding up to 1. Fits that ended degenerate or
improper (a component on a few rows or on a spike) are listed last and never
win. Combinations that make no sense are skipped, and said on standard error,
where the table is, too.

--likelihood-ratio B tests K components against K + 1, each model from the
fewest on, up to the first p-value above 0.05: B sets are drawn from the fit of
K, and both are fitted to each (McLachlan 1987). That takes B times as long.

examples:
  emgui select faithful.csv --column waiting
  emgui select faithful.csv --column waiting --components 1-4 --covariance full,tied
  emgui select delays.csv --components 1,2,4 --family gamma,lognormal,weibull --criterion aicc
  emgui select faithful.csv --column eruptions --column waiting --criterion icl --output ranked.json
  emgui select faithful.csv --column waiting --criterion cv --folds 5
  emgui select faithful.csv --column waiting --components 1-3 --likelihood-ratio 99

exit status: as of emgui fit
"""


def make_parser() -> Parser:
    """The parser of `emgui select`."""
    parser = Parser(
        prog="emgui select",
        usage="emgui select FILE [options]",
        description="Fits many models to one or more columns of numbers and gives them as JSON, best first.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="the data, as of emgui fit; - for standard input")
    parser.add_argument("-h", "--help", action="store_true", help="show this")
    models = parser.add_argument_group("models")
    models.add_argument(
        "--components", metavar="A-B", default=COMPONENTS, help=f"numbers of components, as 1-6 or 1,2,4 ({COMPONENTS})"
    )
    models.add_argument(
        "--family",
        metavar="NAMES",
        default="gaussian",
        help="families, parted by commas; see emgui families (gaussian)",
    )
    models.add_argument(
        "--covariance", metavar="NAMES", default="full", help=f"of {', '.join(COVARIANCES)}, parted by commas (full)"
    )
    models.add_argument(
        "--criterion", metavar="NAME", default="bic", help=f"what they are ranked by: {', '.join(CRITERIA)} (bic)"
    )
    models.add_argument(
        "--folds", metavar="N", type=whole, default=FOLDS, help=f"parts that the rows are dealt into for cv ({FOLDS})"
    )
    models.add_argument(
        "--likelihood-ratio", metavar="B", type=whole, help="test K against K + 1 components, with B simulated sets"
    )
    models.add_argument(
        "--restarts", metavar="N", type=whole, default=RESTARTS, help=f"number of starts to try for each ({RESTARTS})"
    )
    add_columns(parser)
    groups: dict[str, Any] = {}
    for item in fields(FitOptions):
        section = item.metadata.get("section")
        if section is None or item.name in OF_MODELS:
            continue
        if section not in groups:
            groups[section] = parser.add_argument_group("fits" if section == "Model" else section.lower())
        add_field(groups[section], item)
        if item.name == "algorithm":
            add_model_options(
                groups[section], parser.add_argument_group("constraints (each may be given more than once)")
            )
    written = parser.add_argument_group("what is written")
    written.add_argument("--output", metavar="FILE", help="the models as JSON (standard output)")
    return parser


def run_select(arguments: list[str]) -> str:
    """Fits and ranks the models, prints or writes them; or returns the help that is to be printed.

    Nothing is written before all is done. Raises InputError and OutputError.
    """
    parser = make_parser()
    found, unknown = parser.parse_known_args(joined(arguments))
    if found.help:
        return parser.format_help()
    if unknown:
        raise InputError(parser.unknown(unknown[0]))
    if not found.file:
        raise InputError("Which file to fit is missing: emgui select FILE; see emgui select --help.")
    untested: list[str] = []
    roles, dialect, output = _roles(found), dialect_of(found), None if found.output == "-" else found.output
    check_criterion(found.criterion)
    check_folds(found.folds)
    if found.likelihood_ratio is not None:
        check_replicates(found.likelihood_ratio)
    models, skipped = combinations(
        components_of(found.components),
        _names(found.family, "--family"),
        _names(found.covariance, "--covariance"),
        max(1, len(roles.columns)),
        **_given(found),
    )
    _check_target(found.file, output)
    with LiveLine() as line:
        data = data_of(found.file, roles, dialect, line)
        selection = _selected(data, models, skipped, found, line)
        if found.likelihood_ratio is not None:
            selection, untested = with_tests(data, selection, found.likelihood_ratio, line)
    if output is not None:
        write_selection(output, selection)
    try:
        if output is None:
            print_out(selection_text(selection))
    finally:
        show_beside(table(selection))
        for test in selection.tests or ():
            show_beside(line_of(test))
        _warn(selection, data)
        for sentence in untested:
            say(sentence)
    return ""


def _selected(
    data: Data, models: Sequence[FitOptions], skipped: Sequence[Skipped], found: argparse.Namespace, line: LiveLine
) -> Selection:
    steps = select(
        data,
        models,
        found.criterion,
        skipped,
        lambda progress: line.update(progress.text),
        cores_for(len(data)),
        found.folds,
    )
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            selection: Selection = stop.value
            return selection


def components_of(text: str) -> list[int]:
    """Numbers of components, as in “1-6” or “1,2,4-6”. Raises InputError where the text says none."""
    numbers: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*([0-9]{1,4})\s*(?:-\s*([0-9]{1,4})\s*)?", part)
        if ends is None:
            raise InputError(f"--components must be numbers as in 1-6 or 1,2,4; “{shown(text)}” is not.")
        low, high = int(ends[1]), int(ends[2] or ends[1])
        if not 1 <= low <= high <= MOST_COMPONENTS:
            raise InputError(
                f"--components must be from 1 to {MOST_COMPONENTS}, the lower number first; “{shown(text)}” is not."
            )
        numbers += range(low, high + 1)
    return sorted(set(numbers))


def table(selection: Selection) -> str:
    """The models as lines of text, best first, with the reason where one cannot win."""
    called = CRITERIA[selection.criterion].title
    heads = ("family", "covariance", "components", "parameters", "log-likelihood", called, "difference", "weight", "")
    rows = [heads, *(_row(one) for one in selection.models)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads) - 1)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "".join(f"{line}\n" for line in lines)


def _row(one: Ranked) -> tuple[str, ...]:
    fitted = one.fit
    covaries = make_family(fitted.options.family, Setting()).covaries
    ended = one.reason if one.reason or fitted.outcome.status == CONVERGED else "not converged"
    return (
        fitted.options.family,
        fitted.options.covariance if covaries else "–",
        str(fitted.options.n_components),
        str(n_parameters(fitted)),
        formatting.log_likelihood(criteria.comparable(fitted.log_likelihood, fitted.data)),
        formatting.criterion(one.value),
        formatting.criterion(one.difference),
        formatting.number(one.weight, 4),
        ended,
    )


def _warn(selection: Selection, data: Data) -> None:
    """What a person must know of the ranking although there is one."""
    alike: dict[tuple[str, str, str], list[int]] = {}
    for one in selection.skipped:
        alike.setdefault((one.family, one.covariance, one.reason), []).append(one.n_components)
    for (family, covariance, reason), numbers in alike.items():
        say(f"Skipped: {model_name(numbers, family, covariance)}. {reason}")
    best = selection.best
    if best is None:
        say("No model can win: each ended degenerate or improper, so fewer components or a floor may help.")
        sentences = left_out(data)
    else:
        sentences = warnings_of(best.fit)
    for sentence in sentences:
        say(sentence)


def _roles(found: argparse.Namespace) -> Roles:
    roles = roles_of(found)
    if roles.group and roles.share == "none":
        raise InputError(
            "Models are compared on all rows together: use --share components or all, or pick a group with --where."
        )
    return roles


def _names(text: str, flag: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise InputError(f"{flag} must be names parted by commas; “{shown(text)}” is not.")
    return names


def _given(found: argparse.Namespace) -> dict[str, Any]:
    """The fit options that all models share, by field, as far as they were named."""
    given = {item.name: getattr(found, item.name) for item in fields(FitOptions) if hasattr(found, item.name)}
    given = {
        name: value for name, value in given.items() if name not in ("n_components", "family", "covariance", "trials")
    }
    if "start" in given and given["start"] not in STARTS:
        names = ", ".join(STARTS)
        raise InputError(f"--start must be one of {names} where models are compared; “{shown(given['start'])}” is not.")
    return given | model_given(found, given)


def _check_target(file: str, output: str | None) -> None:
    """Raises InputError or OutputError where the data cannot be read or the output not be written in the end."""
    if file != STANDARD_INPUT:
        regular_file(file)
    if output == "":
        raise InputError("--output needs the name of a file.")
    if output is not None:
        check_target(output, [Path("/dev/stdin") if file == STANDARD_INPUT else file])
