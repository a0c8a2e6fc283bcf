"""The options that say which columns of a file are meant, what each is for, and how the file is read."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.data import Data
from core.errors import InputError, shown
from core.io import read_table
from core.io.standard_input import STANDARD_INPUT, named_file
from core.prepare import prepared
from core.roles import Roles
from core.table import Dialect
from core.terminal import LiveLine

ROLES = {
    "counts": "column of frequencies: how many rows each row stands for, whole numbers",
    "weights": "column of reliabilities: how much each row counts, numbers from 0 up",
    "lower": "column of the lower ends, where rows are intervals; blank or infinite: open",
    "upper": "column of the upper ends",
    "observed": "column that is 0 where a value is only known to be larger (right censoring), else 1",
    "errors": "column of the known sd of each value's measurement error",
    "labels": "column that names the component of some rows; blank: unknown",
    "group": "column by which rows are parted into groups",
    "where": "which rows are meant, as a condition in SQL: \"sex = 'M' and year > 1990\"",
    "transform": "what is fitted: log, log10, sqrt, reciprocal or standardise of the column",
}
"""Roles that a column, or a text, may have → what it says of the rows."""


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that say what the columns are for, and how the file is to be read, to a parser."""
    group = parser.add_argument_group("reading the file")
    group.add_argument(
        "--column",
        metavar="NAME",
        action="append",
        default=[],
        help="column to fit (the only one of numbers); given more than once, the columns are fitted together",
    )
    for role, text in ROLES.items():
        group.add_argument(f"--{role}", metavar="SQL" if role == "where" else "NAME", help=text.replace("%", "%%"))
    group.add_argument(
        "--labels-for",
        metavar="NAME",
        default="clamp",
        help="clamp: a labelled row keeps its component in every E step; start: labels give the start only (clamp)",
    )
    group.add_argument(
        "--share",
        metavar="NAME",
        default="none",
        help="of groups: none, each fitted apart; components, with weights of their own; all (none)",
    )
    group.add_argument(
        "--truncate", metavar="LOW:HIGH", help="values outside could not be recorded; either side may be blank"
    )
    add_dialect(group)


def add_dialect(group: Any) -> None:
    """Adds the flags that say how a file is to be read to a parser, or a group of one; see `dialect_of`."""
    group.add_argument("--delimiter", metavar="C", help="what separates cells: a character, tab or space (detected)")
    group.add_argument("--decimal", metavar="C", help="decimal sign, . or , (detected)")
    group.add_argument("--encoding", metavar="E", help="text encoding, such as utf-8 or latin-1 (detected)")
    group.add_argument("--header", metavar="N", type=whole, help="line of the column names, 0 for none (detected)")
    group.add_argument("--sheet", metavar="NAME", help="sheet of a workbook, or table of a file, by name or number (1)")
    group.add_argument(
        "--missing",
        metavar="TEXT",
        action="append",
        default=[],
        help="a cell that means missing, besides the usual; repeatable",
    )


def dialect_of(found: argparse.Namespace) -> Dialect:
    """How the file is to be read, as far as the arguments say."""
    return Dialect(found.delimiter, found.decimal, found.encoding, found.header, tuple(found.missing), found.sheet)


def roles_of(found: argparse.Namespace) -> Roles:
    """What the columns are for. Raises InputError where they do not go together."""
    named = {role: getattr(found, role) or "" for role in ROLES}
    if found.share != "none" and not found.group:
        raise InputError("--share is about groups: name their column with --group.")
    if found.labels_for != "clamp" and not found.labels:
        raise InputError("--labels-for is about labels: name their column with --labels.")
    if found.where == "":
        raise InputError('--where needs a condition, such as "year > 1990".')
    return Roles(
        tuple(found.column),
        **named,
        labels_for=found.labels_for,
        share=found.share,
        truncate=None if found.truncate is None else _ends(found.truncate),
    )


def _ends(text: str) -> tuple[float, float]:
    """LOW:HIGH as two numbers, infinite where blank."""
    low, colon, high = text.partition(":")
    try:
        ends = float(low or "-inf"), float(high or "inf")
    except ValueError:
        colon = ""
    if not colon or "_" in text or ends[0] != ends[0] or ends[1] != ends[1]:
        raise InputError(f"--truncate must be LOW:HIGH, either of which may be blank; “{shown(text)}” is not.")
    return ends


def data_of(file: str, roles: Roles, dialect: Dialect, line: LiveLine) -> Data:
    """The rows of a file that are meant, progress on the live line. Raises InputError where they cannot be used."""
    with named_file(file) as path:
        name = shown(Path(path).name)
        table = read_table(path, dialect, lambda done: line.update(f"Reading {name}: {done:.0%}"))
        data = prepared(table, roles, lambda done: line.update(f"Filtering {name}: {done:.0%}"))
    line.clear()
    if file == STANDARD_INPUT and data.origin is not None:
        return replace(data, origin=replace(data.origin, path=STANDARD_INPUT))
    return data


def whole(text: str) -> int:
    """A text as a whole number. Raises ArgumentTypeError where it is none."""
    if re.fullmatch(r"[+-]?[0-9]{19,}", text):
        raise argparse.ArgumentTypeError(f"must be a whole number of at most 18 digits, which “{shown(text)}” is not")
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"must be a whole number, which “{shown(text)}” is not")
    return int(text)
