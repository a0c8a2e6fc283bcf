"""Where thresholds are wanted, in words that a command line, a session and a window share: equal, specificity=0.95."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from core.errors import InputError, shown

EQUAL, AT = "equal", "at"
ERROR_ABOVE, ERROR_BELOW = "error-above", "error-below"
SPECIFICITY, SENSITIVITY = "specificity", "sensitivity"
RATES = (ERROR_ABOVE, ERROR_BELOW, SPECIFICITY, SENSITIVITY)
BOTH = "error"
"""Short for an error rate above and below."""
FORMS = "equal, error=0.05, error-above=0.05, error-below=0.05, specificity=0.95, sensitivity=0.95, at=67.5"
"""What a person may say."""
_FORM = re.compile(r"([a-z-]+)(?:\[(\d+)-(\d+)\])?(?:=(.+))?")


@dataclass(frozen=True)
class Rule:
    """One way to place thresholds.

    kind "equal": where the likeliest component changes; "error-above" and "error-below": where of the rows from it on
    up, or below it, this share is expected to be wrong; "specificity" and "sensitivity": where this share of the
    members of the lower, or of the upper components, is on their own side; "at": at this value. number: the share or
    the value, 0 for "equal". between: the components below and above of a threshold of this kind that a person has
    moved by hand; then number is where to.
    """

    kind: str = EQUAL
    number: float = 0.0
    between: tuple[int, int] | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a person has chosen the value."""
        return self.kind == AT or self.between is not None

    @property
    def text(self) -> str:
        """The rule as it is written: specificity=0.95; moved by hand, equal[1-2]=67.5."""
        if self.between is not None:
            return f"{self.kind}[{self.between[0]}-{self.between[1]}]={self.number!r}"
        return self.kind if self.kind == EQUAL else f"{self.kind}={self.number!r}"

    @property
    def words(self) -> str:
        """The rule in a few words."""
        if self.by_hand:
            return "by hand"
        percent = f"{100.0 * self.number:.4g} %"
        return {
            EQUAL: "equally likely",
            ERROR_ABOVE: f"{percent} wrong above",
            ERROR_BELOW: f"{percent} wrong below",
            SPECIFICITY: f"specificity {percent}",
            SENSITIVITY: f"sensitivity {percent}",
        }[self.kind]


def is_rule(text: str) -> bool:
    """Whether a text looks like a rule rather than the name of a file."""
    found = _FORM.fullmatch(text)
    return found is not None and found[1] in (EQUAL, BOTH, AT, *RATES)


def parsed(text: str) -> tuple[Rule, ...]:
    """The rules that a text says; "error" says two. Raises InputError, with what may stand there, for any other."""
    found = _FORM.fullmatch(text.strip())
    if found is None or found[1] not in (EQUAL, BOTH, AT, *RATES):
        raise InputError(f"“{shown(text)}” says nothing about thresholds: use one of {FORMS}.")
    kind, below, above, told = found.groups()
    if kind == EQUAL and below is None:
        if told is not None:
            raise InputError("Thresholds where components are equally likely take no number: say equal.")
        return (Rule(),)
    number = _number(kind, told)
    if below is not None and kind not in (BOTH, AT):
        return (Rule(kind, number, (int(below), int(above))),)
    if kind == AT:
        return (Rule(AT, number),)
    if not 0.0 < number < 1.0:
        raise InputError(f"The share of {kind} must be between 0 and 1, such as 0.05, which “{shown(told)}” is not.")
    return (Rule(ERROR_BELOW, number), Rule(ERROR_ABOVE, number)) if kind == BOTH else (Rule(kind, number),)


def rules_of(text: str) -> tuple[Rule, ...]:
    """The rules of a text with blanks between them; what makes no sense is passed over."""
    rules: list[Rule] = []
    for part in text.split():
        try:
            rules += parsed(part)
        except InputError:
            continue
    return tuple(dict.fromkeys(rules))


def text_of(rules: tuple[Rule, ...]) -> str:
    """Rules as one text, which `rules_of` takes."""
    return " ".join(rule.text for rule in rules)


def _number(kind: str, told: str | None) -> float:
    try:
        number = float(told if told is not None and "_" not in told else "")
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise InputError(f"{kind} needs a number, such as {kind}={'67.5' if kind == AT else '0.05'}.")
    return number
