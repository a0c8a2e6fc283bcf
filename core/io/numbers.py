"""Which cells are numbers, which are missing, and in which words to say what other cells are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from numbers import Integral
from typing import SupportsFloat

from core.errors import shown

BLANKS = " \t"

MOST_EXACT = 2**53
"""Whole numbers up to this one are doubles; of those beyond some are not."""

MISSING = frozenset(
    ["", "nan", "na", "n/a", "null", "none", ".", "-", "?"]
    + [sign + word for sign in ("", "+", "-") for word in ("inf", "infinity", "∞")]
)
"""Cells that hold no value, in lower case."""


class Kind(IntEnum):
    """What a cell is to a column of numbers."""

    NUMBER = 0
    MISSING = 1
    NOT_A_NUMBER = 2
    TOO_LARGE = 3


REASONS = {Kind.MISSING: "missing", Kind.NOT_A_NUMBER: "not a number", Kind.TOO_LARGE: "too large to store"}


def number_pattern(decimal: str) -> str:
    """The regular expression of a plain decimal number, blanks around it allowed; for Python and for RE2 alike.

    Only what has one meaning counts: no thousands separators, hexadecimal, underscores or other scripts' digits.
    """
    point = re.escape(decimal)
    return rf"[ \t]*[+-]?([0-9]+({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?[ \t]*"


_NUMBER = {decimal: re.compile(number_pattern(decimal)) for decimal in (".", ",")}
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


def missing_texts(further: Iterable[str]) -> frozenset[str]:
    """The texts that mean a missing cell, those the person named included, in lower case."""
    return MISSING | {text.strip(BLANKS).lower() for text in further}


def is_number(cell: str, decimal: str) -> bool:
    """Whether the cell is written as a plain decimal number."""
    return _NUMBER[decimal].fullmatch(cell) is not None


def has_point(cell: str, decimal: str) -> bool:
    """Whether the cell is a number that uses this decimal sign."""
    return decimal in cell and is_number(cell, decimal)


def number_text(number: SupportsFloat) -> str:
    """A number as it would stand in a text file: whole ones without a point, others with the digits they need."""
    value = float(number)
    if isinstance(number, Integral) or not abs(value) < MOST_EXACT or value != int(value):
        return str(number)
    return str(int(value))


def may_be_thousands(cell: str) -> bool:
    """Whether a comma in the cell may group thousands just as well as it may start the decimals: "1,234"."""
    return _AMBIGUOUS.fullmatch(cell.strip(BLANKS)) is not None


_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = (
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{4}-\d{1,2}"
    rf"|\d{{1,4}}[-. ]*{_MONTH}([-. ]*\d{{2,4}})?|{_MONTH}[-. ]+\d{{1,4}}(,? \d{{4}})?"
)
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (words, re.compile(pattern, re.IGNORECASE))
    for words, pattern in (
        ("booleans", r"true|false|yes|no|t|f"),
        ("hexadecimal numbers", r"[+-]?0x[0-9a-f]+"),
        ("clock times", _TIME),
        ("dates", rf"({_DATE})([ T]+{_TIME}.*)?"),
        ("percentages", r"[+-]?[\d.,]+\s*[%‰]"),
        ("amounts of money", r"[+-]?[$€£¥]\s*[+-]?[\d.,' ]+|[+-]?[\d.,' ]+\s*([$€£¥]|eur|usd|chf|gbp)"),
        ("numbers with underscores", r"[+-]?\d+(_\d+)+(\.\d*)?"),
        ("numbers with thousands separators", r"[+-]?\d{1,3}([,'’ \u00a0\u202f]\d{3})+([.,]\d*)?|\d{1,3}(\.\d{3}){2,}"),
        ("numbers with thousands separators", r"[+-]?\d{1,3}(\.\d{3})+,\d+"),
        ("decimal commas (say --decimal ,)", r"[+-]?\d*,\d+(e[+-]?\d+)?"),
        ("decimal points (say --decimal .)", r"[+-]?\d*\.\d*(e[+-]?\d+)?"),
        ("fractions", r"[+-]?\d+ ?/ ?\d+|\d+ \d+/\d+"),
        ("expressions", r"=.*|[+-]?[\d.]+(\s*[-+*/^]\s*[\d.]+)+"),
        ("numbers with units", r"[+-]?(\d+([.,]\d*)?|[.,]\d+)\s*[^\W\d]{1,5}[/\w²³]*"),
    )
)


def form(cell: str) -> str:
    """What a cell that is no number holds, in words: "dates", "percentages", …, at last "words"."""
    text = cell.strip()
    if any(c.isdecimal() and not c.isascii() for c in text):
        return "digits of another script"
    return next((words for words, pattern in _FORMS if pattern.fullmatch(text)), "words")


def why_not(examples: Sequence[tuple[int, str]], what: str = "") -> str:
    """Why a column is no column of numbers, by (row, cell) of a few cells that are none: "words: row 1 is “alice”".

    what: the word for what these cells are, where more is known of them than their text.
    """
    if not examples:
        return "no values, only missing cells"
    rows = ", ".join(f"row {row} is “{shown(cell)}”" for row, cell in examples)
    return f"{what or form(examples[0][1])}: {rows}"
