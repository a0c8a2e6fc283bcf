"""`emgui predict`: memberships of new rows under a saved result."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from core.command_options import Parser, joined
from core.command_reading import add_dialect, dialect_of
from core.command_warnings import left_out
from core.errors import InputError, shown
from core.io import read_table
from core.io.atomic import check_target
from core.io.endings import ending_of
from core.io.memberships import class_column, columns_beside, write_memberships
from core.io.opening import regular_file
from core.io.rows import ENDINGS
from core.io.saved import read_saved
from core.io.standard_input import STANDARD_INPUT, named_file
from core.predict import under
from core.roles import Roles
from core.terminal import LiveLine, print_out, say

ROLES = {
    "lower": "column of the lower ends, where rows are intervals",
    "upper": "column of the upper ends",
    "observed": "column that is 0 where a value is only known to be larger, else 1",
    "errors": "column of the known sd of each value's measurement error",
    "group": "column by which rows are parted into groups",
    "where": "which rows are meant, as a condition in SQL",
}
EPILOG = """\
Columns are those that the result names, and what was done to its values is done
to these. Each row is given P(component | row) and the likeliest component, and
where the result has thresholds the component that these give it to; rows that
cannot be used are left out, and counted on standard error.

examples:
  emgui fit faithful.csv --column waiting --output result.json
  emgui predict result.json new.csv
  emgui predict result.json new.csv --column minutes --output groups.parquet
"""


def make_parser() -> Parser:
    """The parser of `emgui predict`."""
    parser = Parser(
        prog="emgui predict",
        usage="emgui predict RESULT.json FILE [options]",
        description="Gives the memberships of new rows under a saved result.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("result", metavar="RESULT.json", nargs="?", help="what emgui fit --output wrote")
    parser.add_argument("file", metavar="FILE", nargs="?", help="the new rows; - for standard input")
    parser.add_argument("-h", "--help", action="store_true", help="show this")
    group = parser.add_argument_group("reading the file")
    group.add_argument(
        "--column", metavar="NAME", action="append", default=[], help="column of the values (as in the result)"
    )
    for role, text in ROLES.items():
        metavar = "SQL" if role == "where" else "NAME"
        group.add_argument(f"--{role}", metavar=metavar, default="", help=f"{text}{_usual(role)}")
    add_dialect(group)
    group = parser.add_argument_group("what is written")
    group.add_argument("--output", metavar="FILE", help=f"where to, {' or '.join(ENDINGS)} (CSV on standard output)")
    group.add_argument("--keep-columns", action="store_true", help="the file's other columns, too")
    return parser


def _usual(role: str) -> str:
    return "" if role == "where" else " (as in the result)"


def run_predict(arguments: list[str]) -> str:
    """Writes the memberships, or returns the help that is to be printed. Raises InputError and OutputError."""
    parser = make_parser()
    found, unknown = parser.parse_known_args(joined(arguments))
    if found.help:
        return parser.format_help()
    if unknown:
        raise InputError(parser.unknown(unknown[0]))
    if not found.file:
        raise InputError("emgui predict needs a result and a file of new rows: see emgui predict --help.")
    output = None if found.output == "-" else found.output
    saved = read_saved(found.result)
    _check_target(found, output)
    roles = Roles(tuple(found.column), **{role: getattr(found, role) for role in ROLES})
    with LiveLine() as line, named_file(found.file) as path:
        name = shown(Path(path).name)
        table = read_table(path, dialect_of(found), lambda done: line.update(f"Reading {name}: {done:.0%}"))
        data, mixture = under(saved, table, roles)
        beside = [class_column(data, mixture, saved.thresholds)] if saved.thresholds else []
        beside += columns_beside(data, table) if found.keep_columns else []

        def told(done: float) -> None:
            line.update(f"Writing: {done:.0%}")

        if output is not None:
            write_memberships(output, data, mixture, told, beside)
        else:
            line.clear()
            with TemporaryDirectory(prefix="emgui-") as folder:
                rows = Path(folder) / "rows.csv"
                write_memberships(rows, data, mixture, told, beside)
                line.clear()
                _print(rows)
    for sentence in left_out(data):
        say(sentence)
    return ""


def _check_target(found: argparse.Namespace, output: str | None) -> None:
    """Raises InputError or OutputError where the output could not be written in the end."""
    if found.file != STANDARD_INPUT:
        regular_file(found.file)
    if output is None:
        return
    if not output:
        raise InputError("--output needs the name of a file.")
    ending_of(output, ENDINGS)
    check_target(output, [found.result, "/dev/stdin" if found.file == STANDARD_INPUT else found.file])


def _print(path: Path) -> None:
    """A file on standard output, a part at a time."""
    with path.open(encoding="utf-8", newline="") as file:
        while lines := file.readlines(1 << 20):
            print_out("".join(lines))
