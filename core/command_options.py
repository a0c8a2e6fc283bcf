"""The options of `emgui fit`: made from the same fields as the window's form, so that each is listed once."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from core.command_goodness import add_goodness, n_sets_of
from core.command_model import add_model_options, model_given
from core.command_reading import ROLES, add_columns, dialect_of, roles_of, whole
from core.command_sureness import add_sureness, asked, spelled_out
from core.constraints.parsing import FORMS
from core.errors import InputError, shown
from core.fit import check_thresholds
from core.io.writers import WRITERS, Writer
from core.models import MODELS, N_COMPONENTS
from core.options import FitOptions
from core.roles import Roles
from core.start import STARTS
from core.sureness.bootstrap import Plan
from core.table import Dialect
from core.thresholds.rules import EQUAL, Rule, is_rule, parsed

OUTPUTS: dict[str, Writer] = {
    name: one for name, one in WRITERS.items() if name == "figure" or (one.write is not None and name != "all_columns")
}
"""What can be written without a window; all columns are memberships with --keep-columns, and the figure is drawn by a
function that the window hands over."""
THRESHOLDS = "--thresholds"
METAVARS = {"n_components": "K", "tolerance": "T"}
EPILOG = """\
The start, the seed and the options decide the numbers: the window and `import
core` give the same ones for the same options. Means and sds, starts and
constraints are in the unit of the column, or under --transform in that of what
is fitted; the ends of --truncate are always the column's. Log-likelihoods are
totals in natural logarithms; AIC, BIC and ICL: lower is better.

examples:
  emgui fit faithful.csv --column waiting
  emgui fit faithful.csv --column waiting --components 3 --restarts 20 --output three.json
  emgui fit faithful.csv --column waiting --start three.json --max-iterations 0
  emgui fit - --delimiter tab --missing -999 < table.txt
  emgui fit heights.csv --covariance tied --memberships groups.csv --trace steps.csv
  emgui fit faithful.csv --column eruptions --column waiting --components 3
  emgui fit deaths.csv --column deaths --counts days --family poisson --algorithm squarem
  emgui fit faithful.csv --column waiting --fix "mean[1]=55" --floor sd=2
  emgui fit --model linkage --trace steps.csv

exit status:
  0    a result was written; a warning on standard error says if the fit did
       not converge (status: max-iterations or degenerate) or rows were left out
  1    the output could not be written, or a fault of emgui's own
  2    the file or the options cannot be used; one sentence says why
  130  interrupted
"""


@dataclass(frozen=True)
class Request:
    """What the command line asks for. given: the fit options it named, by field; start_file: a start from a file.

    file is "" where model brings its own data. roles: what the columns are for, and which rows are meant. outputs: name
    of an export → the file it is written to. standard_errors: the way to them, "" for none; bootstrap: its plan.
    thresholds: which are to be in the result and beside the memberships. goodness: how many sets are to be simulated to
    say how good the fit is, None where it is not asked for.
    """

    file: str
    model: str | None
    roles: Roles
    given: dict[str, Any]
    start_file: Path | None
    dialect: Dialect
    outputs: Mapping[str, str]
    standard_errors: str
    bootstrap: Plan | None = None
    thresholds: tuple[Rule, ...] = ()
    goodness: int | None = None

    @property
    def output(self) -> str | None:
        """Where the result is written to; None for standard output."""
        return self.outputs.get("result")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, each one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raises InputError in place of printing the usage and leaving the program."""
        found = re.match(r"argument ([^:]*): (.*)", message, re.DOTALL)
        if found is None:
            raise InputError(f"{message[:1].upper()}{message[1:]}.")
        flag, complaint = found.groups()
        if complaint.startswith("expected one argument"):
            raise InputError(f"{flag} needs a value.")
        raise InputError(f"{flag} {complaint}.")

    def unknown(self, argument: str) -> str:
        """What to say of an argument that means nothing."""
        if not argument.startswith("-"):
            return f"“{shown(argument)}” is one file too many: only one is read at a time."
        flag = argument.partition("=")[0]
        near = get_close_matches(flag, list(self._option_string_actions), 1)
        return f"There is no option “{shown(flag)}”; " + (
            f"perhaps {near[0]} is meant." if near else f"see {self.prog} --help."
        )


def make_parser() -> Parser:
    """The parser of `emgui fit`."""
    parser = Parser(
        prog="emgui fit",
        usage="emgui fit FILE [options]",
        description="Fits a mixture to one or more columns of numbers by EM and gives the result as JSON.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="the data, in any of the forms that `emgui formats` lists; - for standard input",
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this")
    add_columns(parser)
    groups: dict[str, Any] = {}
    for item in fields(FitOptions):
        section = item.metadata.get("section")
        if section is None:
            continue
        if section not in groups:
            groups[section] = parser.add_argument_group(section.lower())
        add_field(groups[section], item)
        if item.name == "algorithm":
            constraints = parser.add_argument_group("constraints (each may be given more than once)")
            add_model_options(groups[section], constraints)
            groups[section].add_argument(
                "--model", metavar="NAME", help=f"EM that is no mixture; needs no FILE: {', '.join(MODELS)}"
            )
    _add_outputs(parser)
    return parser


def parse(arguments: list[str]) -> Request | None:
    """What the arguments ask for; None when it is help. Raises InputError where they cannot be understood."""
    parser = make_parser()
    found, unknown = parser.parse_known_args(joined(spelled_out(arguments)))
    if found.help:
        return None
    if unknown:
        raise InputError(parser.unknown(unknown[0]))
    if found.model is not None:
        _check_model(found)
    elif not found.file:
        raise InputError("Which file to fit is missing: emgui fit FILE; see emgui fit --help.")
    given, start_file = _given(found)
    way, plan = asked(found, given.get("seed", 0))
    return Request(
        file=found.file or "",
        model=found.model,
        roles=roles_of(found),
        given=given,
        start_file=start_file,
        dialect=dialect_of(found),
        outputs=_outputs(found),
        standard_errors=way,
        bootstrap=plan,
        thresholds=_thresholds(found),
        goodness=n_sets_of(found.goodness),
    )


def _given(found: argparse.Namespace) -> tuple[dict[str, Any], Path | None]:
    """The fit options that were named, by field; and the start, where it is a file."""
    given = {item.name: getattr(found, item.name) for item in fields(FitOptions) if hasattr(found, item.name)}
    given |= model_given(found, given)
    if found.model is not None:
        given |= {"family": found.model, "n_components": N_COMPONENTS[found.model], "start": "given"}
    if _is_file_name(given.get("start", "")):
        return given, Path(given.pop("start"))
    if "start" in given and given["start"] not in STARTS and found.model is None:
        # “given” is a word of result files for a start like the one that such a file holds.
        names = ", ".join([*STARTS, "or a JSON file with components"])
        raise InputError(f"--start must be one of {names}; “{shown(given['start'])}” is none of them.")
    return given, None


def _check_model(found: argparse.Namespace) -> None:
    """Raises InputError where a model by name is asked for what only a mixture has."""
    if found.model not in MODELS:
        raise InputError(f"--model must be one of {', '.join(MODELS)}; “{shown(found.model)}” is none of them.")
    if found.file:
        raise InputError(f"--model {found.model} brings its own data: leave the file out.")
    for name in (
        "family",
        "n_components",
        "covariance",
        "trials",
        "start",
        "restarts",
        *ROLES,
        "truncate",
        "standard_errors",
        "bootstrap",
        "replicates",
        "goodness",
        *FORMS,
    ):
        if getattr(found, name, None):
            flag = "components" if name == "n_components" else name.replace("_", "-")
            raise InputError(f"--{flag} says nothing to --model {found.model}, which is no mixture.")
    if found.column:
        raise InputError(f"--column says nothing to --model {found.model}, which brings its own data.")


def _thresholds(found: argparse.Namespace) -> tuple[Rule, ...]:
    """The thresholds that are asked for. Raises InputError where they make no sense, or have nothing to part."""
    if found.thresholds:
        check_thresholds(len(found.column), found.model is not None)
    return tuple(dict.fromkeys(rule for text in found.thresholds for rule in parsed(text)))


def _outputs(found: argparse.Namespace) -> dict[str, str]:
    """Name of an export → where to; the result to a file only where one is named. Raises InputError for a wrong one."""
    paths: dict[str, str] = {name: getattr(found, name) for name in OUTPUTS if getattr(found, name) is not None}
    for name, path in paths.items():
        if path == "":
            raise InputError(f"{OUTPUTS[name].flag} needs the name of a file.")
        if name != "result":
            OUTPUTS[name].ending(path)
    if found.keep_columns:
        if "memberships" not in paths:
            raise InputError("--keep-columns is about the file of --memberships: name one.")
        paths = {"all_columns" if name == "memberships" else name: path for name, path in paths.items()}
    if paths.get("result") == "-":
        del paths["result"]
    return paths


def add_field(group: Any, item: Field[Any]) -> None:
    """Adds the flag of an option of the fit to a group of a parser; what is not named is not among what is found."""
    text, choices = item.metadata["help"], item.metadata.get("choices")
    if choices is not None:
        names = [*choices]
        names += ["or a JSON file with components"] if item.name == "start" else []
        names += ["or one for each component, as gaussian+gaussian+uniform"] if item.name == "family" else []
        text += ("; one of " if len(names) > 1 else ": ") + ", ".join(names)
    flag = "--" + item.metadata.get("flag", item.name).replace("_", "-")
    group.add_argument(
        flag,
        dest=item.name,
        type=_CONVERT[type(item.default)],
        default=argparse.SUPPRESS,
        metavar=METAVARS.get(item.name, "NAME" if choices is not None else "N"),
        help=f"{text} ({item.default})".replace("%", "%%"),
    )


def _add_outputs(parser: Parser) -> None:
    group = parser.add_argument_group("what is written")
    for name, writer in OUTPUTS.items():
        forms = "standard output" if name == "result" else ", ".join(writer.extensions)
        group.add_argument(writer.flag, dest=name, action=_Once, metavar="FILE", help=f"{writer.description} ({forms})")
    add_sureness(group, whole)
    group.add_argument(
        "--thresholds",
        action="append",
        default=[],
        metavar="WHERE",
        help="values that part the components, too, in the result and as threshold_class in --memberships: equal, "
        "where two are equally likely (if nothing is said); error=0.05, where that share of the rows called is "
        "expected to be wrong (error-above, error-below: on one side); specificity=0.95, sensitivity=0.95; at=67.5. "
        "May be given more than once",
    )
    add_goodness(group, whole)
    group.add_argument("--keep-columns", action="store_true", help="with --memberships: the file's other columns, too")


class _Once(argparse.Action):
    """An option of which there can be one only."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Takes the value. Raises InputError where there is one already."""
        if getattr(namespace, self.dest, None) is not None:
            raise InputError(f"{option_string} is given twice, and only one such file is written.")
        setattr(namespace, self.dest, values)


def _real(text: str) -> float:
    try:
        return float(text if "_" not in text else "")
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, which “{shown(text)}” is not") from None


_CONVERT: dict[type, Callable[[str], Any]] = {int: whole, float: _real, str: str}


def joined(arguments: list[str]) -> list[str]:
    """Arguments with `--option -1e-3` made `--option=-1e-3`, since argparse takes such a number for an option.

    `--thresholds` is given what follows only where that says something about thresholds.
    """
    one_by_one: list[str] = []
    for argument in arguments:
        if one_by_one and one_by_one[-1] == THRESHOLDS:
            if is_rule(argument):
                one_by_one[-1] += f"={argument}"
                continue
            one_by_one[-1] += f"={EQUAL}"
        if re.fullmatch(r"-[0-9.].*", argument) and one_by_one and re.fullmatch(r"--[a-z-]+", one_by_one[-1]):
            one_by_one[-1] += f"={argument}"
        else:
            one_by_one.append(argument)
    return [f"{argument}={EQUAL}" if argument == THRESHOLDS else argument for argument in one_by_one]


def _is_file_name(start: str) -> bool:
    return start not in STARTS and (start.lower().endswith(".json") or Path(start).is_file())
