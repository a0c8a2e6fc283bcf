"""What a component's grips move: which parameter by family, its value for a place, and in how many digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, floor, isfinite, log, log10
from typing import NamedTuple

from core import formatting
from core.mixture import Mixture
from emgui import holding

WHERE: Mapping[str, tuple[str, Callable[[float, float, float], float]]] = {
    "gaussian": ("mean", lambda x, old, at: x),
    "student_t": ("location", lambda x, old, at: x),
    "poisson": ("rate", lambda x, old, at: x),
    "lognormal": ("log_mean", lambda x, old, at: log(x)),
    "exponential": ("rate", lambda x, old, at: 1.0 / x),
    "binomial": ("probability", lambda x, old, at: old * (x / at)),
    "gamma": ("scale", lambda x, old, at: old * (x / at)),
    "weibull": ("scale", lambda x, old, at: old * (x / at)),
}
"""Family → the parameter that moves a component along, and its value for a place x, from the old value and place."""
WIDE: Mapping[str, str] = {"gaussian": "sd", "student_t": "scale", "lognormal": "log_sd"}
"""Family → the parameter that makes a component wider and leaves it where it is."""


class Handle(NamedTuple):
    """What a grip moves: a parameter by name, its value, and its value for a drawn height or a value on the axis."""

    name: str
    value: float
    value_at: Callable[[float], float]


def handles(mixture: Mixture, identity: int) -> tuple[Handle | None, Handle | None]:
    """What moves a component of a population along the axis, and what makes it wider; None where there is none."""
    family, place = _kind(mixture, identity), mixture.ids.index(identity)
    at = location_of(mixture, identity)
    where = wide = None
    if family in WHERE and isfinite(at):
        name, value_at = WHERE[family]
        old = float(mixture.parameters[name][place])
        where = Handle(name, old, lambda x: value_at(x, old, at))
    if family in WIDE and isfinite(at):
        name = WIDE[family]
        old = float(mixture.parameters[name][place])
        logged = family == "lognormal"
        wide = Handle(name, old, lambda x: abs(log(x) - log(at)) if logged else abs(x - at))
    return where, wide


def _kind(mixture: Mixture, identity: int) -> str:
    names = mixture.family.of_components
    return names[mixture.ids.index(identity)] if names is not None else mixture.family.name


def location_of(mixture: Mixture, identity: int) -> float:
    """Where a component stands, in data values."""
    return float(mixture.family.location(mixture.parameters)[mixture.ids.index(identity)])


def ends_of(mixture: Mixture, identity: int) -> tuple[float, float]:
    """One width below the component's place and one above."""
    at, kind = location_of(mixture, identity), _kind(mixture, identity)
    width = holding.value_of(mixture, identity, WIDE[kind])
    if kind == "lognormal":
        return at * exp(-min(width, 700.0)), at * exp(min(width, 700.0))
    return at - width, at + width


def _decimals(step: float) -> int:
    return -floor(log10(step)) if step > 0.0 else 12


def rounded(value: float, step: float) -> float:
    """A value in no more digits than the pointer can tell apart; that it is not 0 stays so."""
    return round(value, _decimals(step)) or value


def told(value: float, step: float) -> str:
    """A value as it is shown beside the pointer, of which a px more would change it by step."""
    decimals = _decimals(step)
    return formatting.number(value, max(0, decimals)) if -6 < decimals < 7 else formatting.digits(value)
