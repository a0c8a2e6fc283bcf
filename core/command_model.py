"""The options of `emgui fit` that say more of the model: an algorithm's own, trials, constraints."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any

from core.algorithms import ALGORITHMS
from core.choices import flag_of
from core.constraints import Constraints
from core.constraints.parsing import FORMS, parse
from core.errors import InputError, shown

CONSTRAINTS = {
    "fix": ("NAME[K]=VALUE", "hold a parameter at a value: mean[1]=55, or sd=2 for every component"),
    "tie": ("NAME", "equal across components: sd, mean, weight, …; cv: an equal ratio of sd to mean"),
    "bound": ("NAME[K]=LOW:HIGH", "keep a parameter within bounds, either of which may be blank"),
    "order": ("NAME", "increasing with the component's number: mean"),
    "floor": ("NAME=VALUE", "a least value that keeps components from collapsing: sd=0.1"),
    "prior": ("NAME=…", "maximise the posterior: weight=2 (Dirichlet), sd=0.5:3 (3 more rows with sd 0.5 in each)"),
}
"""Kind of constraint → what its text looks like, and what it does. All may be given more than once."""


def add_model_options(group: Any, constraints: Any) -> None:
    """Adds the flags to a parser's groups."""
    group.add_argument(
        "--option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an option of the algorithm's own, as emgui algorithms lists them; repeatable",
    )
    group.add_argument("--trials", metavar="N", type=_whole, help="number of trials behind each value: binomial")
    assert set(CONSTRAINTS) == set(FORMS)
    for kind, (metavar, text) in CONSTRAINTS.items():
        constraints.add_argument(f"--{kind}", metavar=metavar, action="append", default=[], help=text)


def model_given(found: argparse.Namespace, given: dict[str, Any]) -> dict[str, Any]:
    """The fit options that these flags stand for, by field, only those that were used.

    given: the other options that were named. Raises InputError.
    """
    options: dict[str, Any] = {}
    if found.option:
        options["settings"] = _settings(given.get("algorithm", "em"), found.option)
    if found.trials is not None:
        options["trials"] = found.trials
    held = [parse(kind, text) for kind in CONSTRAINTS for text in getattr(found, kind)]
    if held:
        options["constraints"] = Constraints(tuple(held))
    if "+" in given.get("family", "") and "n_components" not in given:
        options["n_components"] = given["family"].count("+") + 1
    return options


def _settings(algorithm: str, texts: list[str]) -> tuple[tuple[str, Any], ...]:
    """NAME=VALUE texts as the options of an algorithm."""
    if algorithm not in ALGORITHMS:
        return ()  # which is refused in words when the options are made
    known = {flag_of(item): item for item in fields(ALGORITHMS[algorithm])}
    settings: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        name = name.strip().replace("_", "-")
        if not sign:
            raise InputError(f"--option needs NAME=VALUE; “{shown(text)}” is not of that form.")
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise InputError(f"The algorithm {algorithm} has no option “{shown(name)}”; {has}.")
        if known[name].name in settings:
            raise InputError(f"--option {name} is given twice.")
        settings[known[name].name] = _converted(algorithm, known[name], value.strip())
    return tuple(sorted(settings.items()))


def _converted(algorithm: str, item: Field[Any], text: str) -> Any:
    kinds: dict[type, tuple[Callable[[str], Any], str]] = {int: (int, "a whole number"), float: (float, "a number")}
    convert, kind = kinds.get(type(item.default), (str, "a word"))
    try:
        return convert(text if "_" not in text or convert is str else "")
    except ValueError:
        name = flag_of(item)
        raise InputError(f"The option {name} of {algorithm} must be {kind}, which “{shown(text)}” is not.") from None


def _whole(text: str) -> int:
    if text.strip().isdecimal() and len(text) > 15:
        raise argparse.ArgumentTypeError(f"must be a whole number of at most 15 digits, which “{shown(text)}” is not")
    if not text.strip().isascii() or not text.strip().isdecimal() or len(text) > 15:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, which “{shown(text)}” is not")
    return int(text)
