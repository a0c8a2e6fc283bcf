"""Sentences of the readers in the window's words: where the command line says --decimal, a field is named."""

from __future__ import annotations

import re

FIELDS = {
    "delimiter": "Separator", "decimal": "Decimal", "encoding": "Encoding", "header": "Names in row", "sheet": "Sheet",
    "missing": "Missing",
}  # fmt: skip
ROLES = {
    "column": "Value", "counts": "Count", "weights": "Weight", "lower": "Lower bound", "upper": "Upper bound",
    "observed": "Observed flag", "labels": "Label", "group": "Group", "errors": "Measurement error",
    "truncate": "Recorded from … to", "where": "Filter", "transform": "Transform", "labels-for": "Labelled rows",
    "share": "Groups",
}  # fmt: skip
"""Options of the command line that say what columns are for, or which rows are meant → their names in the window."""
SIGNS = {",": "comma", ";": "semicolon", ".": "point", "|": "bar"}
_FLAG = re.compile(
    r"say --(delimiter|decimal|encoding|header|sheet|missing) (\S+?)(?=[\s).,;]|$)| or --(delimiter|decimal) (\S)"
)
_ROLE = re.compile(rf"--({'|'.join(sorted(ROLES, key=len, reverse=True))})(?![\w-])")
_EXAMPLE = re.compile(r",? such as --[a-z-]+=\S+(?=\.)")

_KIND = re.compile(r"--(fix|tie|bound|order|floor|prior) (?=\S+:|“)")


def in_window_words(text: str) -> str:
    """The sentence, its options named as the fields and roles of the open dialog."""
    return _ROLE.sub(lambda match: f"“{ROLES[match[1]]}”", _EXAMPLE.sub("", _FLAG.sub(_field, text)))


def without_flag(text: str) -> str:
    """A sentence about a constraint without the flag before it, where its kind is to be seen beside it."""
    return _KIND.sub("", text)


def names_a_field(text: str) -> bool:
    """Whether the sentence asks for something that those fields can say."""
    return _FLAG.search(text) is not None


def _field(match: re.Match[str]) -> str:
    first, value, second, other = match.groups()
    if first:
        return f"set {FIELDS[first]} to {SIGNS.get(value, value)}"
    return f" or {FIELDS[second]} to {SIGNS.get(other, other)}"
