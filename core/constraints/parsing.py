"""Constraints from the lines in which a person writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf, isfinite

from core.constraints.constraint import WEIGHT, Bound, Constraint, Fix, Floor, Order, Prior, Tie
from core.errors import InputError, shown

LINE = re.compile(
    r"\s*(?P<parameter>[A-Za-z_]+(?:[ -][A-Za-z_]+)*)\s*"
    r"(?:\[\s*(?P<components>\d+(?:\s*,\s*\d+)*)\s*\])?\s*(?:=(?P<value>.*))?",
    re.DOTALL,
)
FORMS = {
    "fix": "“mean[1]=55”, or “sd=2” for every component",
    "tie": "“sd” or “cv”, or “sd[1,2]” for some components",
    "bound": "“sd[2]=0.1:5”, or “sd=0.1:” for every component; either side may be blank",
    "order": "“mean”",
    "floor": "“sd=0.1”",
    "prior": "“weight=2” or “sd=0.5:3”",
}
"""Kind of a constraint → what its line looks like."""


def parse(kind: str, text: str) -> Constraint:
    """The constraint of a kind ("fix", "tie", …) that a line says. Raises InputError where it says none."""
    match = LINE.fullmatch(text)
    if match is None:
        raise _unclear(kind, text)
    parameter = re.sub(r"[ -]", "_", match["parameter"]).lower()
    components = tuple(sorted({int(number) for number in (match["components"] or "").split(",") if number}))
    value = match["value"]
    if (value is None) != (kind in ("tie", "order")):
        raise _unclear(kind, text)
    return MAKERS[kind](text, parameter, components, "" if value is None else value.strip())


def _fix(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    return Fix(parameter, components, _number("fix", text, value))


def _tie(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    if len(components) == 1:
        raise InputError(f"--tie {shown(text)}: one component alone cannot be tied; name two or more, or none for all.")
    return Tie(parameter, components)


def _bound(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    low, colon, high = (part.strip() for part in value.partition(":"))
    if not colon or not (low or high):
        raise _unclear("bound", text)
    ends = (_number("bound", text, low) if low else -inf, _number("bound", text, high) if high else inf)
    return Bound(parameter, components, *ends)


def _order(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    if components:
        raise InputError(f"--order {shown(text)}: the order is that of all components; leave out the brackets.")
    return Order(parameter, ())


def _floor(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    return Floor(parameter, components, _number("floor", text, value))


def _prior(text: str, parameter: str, components: tuple[int, ...], value: str) -> Constraint:
    if components:
        raise InputError(f"--prior {shown(text)}: a prior is for all components; leave out the brackets.")
    first, colon, rows = (part.strip() for part in value.partition(":"))
    if colon and parameter == WEIGHT:
        raise InputError(f"--prior {shown(text)}: the prior of the weights takes one number, as in “weight=2”.")
    made = Prior(parameter, (), _number("prior", text, first), _number("prior", text, rows) if colon else 1.0)
    if made.rows <= 0:
        raise InputError(f"--prior {shown(text)}: the number of rows must be greater than 0.")
    return made


MAKERS: dict[str, Callable[[str, str, tuple[int, ...], str], Constraint]] = {
    "fix": _fix,
    "tie": _tie,
    "bound": _bound,
    "order": _order,
    "floor": _floor,
    "prior": _prior,
}
"""Kind of a constraint → what makes it of the line, the parameter, the components and what stands after "="."""


def _number(kind: str, text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise _unclear(kind, text) from None
    if not isfinite(number):
        raise InputError(f"--{kind} {shown(text)}: “{shown(value)}” is no finite number.")
    return number


def _unclear(kind: str, text: str) -> InputError:
    return InputError(f"--{kind} “{shown(text)}” cannot be understood: write it like {FORMS[kind]}.")
