"""The ways in which parameters can be held, as data: each is one line a person writes, and knows that line."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from core.errors import InputError
from core.wording import exactly

WEIGHT = "weight"
"""What the mixing proportions are called beside the family's own parameters."""
CV = "cv"
"""The coefficient of variation, sd / mean: no parameter of its own, but it can be tied."""


@dataclass(frozen=True)
class Constraint(ABC):
    """One thing that a mixture's parameters are held to. components: the numbers it is about, () for all."""

    parameter: str
    components: tuple[int, ...]
    kind: ClassVar[str]

    @property
    def subject(self) -> str:
        """The parameter and its components as a person writes them, as in "mean[1]"."""
        numbers = ",".join(map(str, self.components))
        return f"{self.parameter}[{numbers}]" if numbers else self.parameter

    @property
    def text(self) -> str:
        """The whole of it as a person writes it, as in "mean[1]=55"."""
        return self.subject

    @property
    def flag(self) -> str:
        """As it stands on the command line, for messages."""
        return f"--{self.kind} {self.text}"


@dataclass(frozen=True)
class Fix(Constraint):
    """A parameter held at a value."""

    value: float
    kind: ClassVar[str] = "fix"

    @property
    def text(self) -> str:
        """As in "mean[1]=55"."""
        return f"{self.subject}={exactly(self.value)}"


@dataclass(frozen=True)
class Tie(Constraint):
    """A parameter that is equal in several components; "cv": sds proportional to the means."""

    kind: ClassVar[str] = "tie"


@dataclass(frozen=True)
class Bound(Constraint):
    """A parameter kept from low to high, either of which may be infinite."""

    low: float
    high: float
    kind: ClassVar[str] = "bound"

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise InputError(f"{self.flag}: the lower bound is above the upper one.")

    @property
    def text(self) -> str:
        """As in "sd[2]=0.1:5"."""
        low, high = (("" if abs(end) == inf else exactly(end)) for end in (self.low, self.high))
        return f"{self.subject}={low}:{high}"

    @property
    def flag(self) -> str:
        """In quotation marks where a colon ends it: another one follows in messages."""
        return f"--{self.kind} “{self.text}”" if self.high == inf else super().flag


@dataclass(frozen=True)
class Order(Constraint):
    """A parameter that increases with the components' numbers."""

    kind: ClassVar[str] = "order"


@dataclass(frozen=True)
class Floor(Constraint):
    """The least that a spread may be, against collapse."""

    value: float
    kind: ClassVar[str] = "floor"

    @property
    def text(self) -> str:
        """As in "sd=0.1"."""
        return f"{self.subject}={exactly(self.value)}"


@dataclass(frozen=True)
class Prior(Constraint):
    """A prior density, whose logarithm is added to the log-likelihood: the fit is then a maximum a posteriori.

    Of the weights: Dirichlet with concentration `value` ≥ 1, log prior (value − 1) Σ log weight. Of a spread: as if
    `rows` more rows, with an sd of `value` about the component's mean, had been seen in each component, log prior
    −rows · (log sd + value² / (2 sd²)) (up to a constant an inverse gamma density of the variance, as Fraley and
    Raftery 2007 use it).
    """

    value: float
    rows: float = 1.0
    kind: ClassVar[str] = "prior"

    @property
    def text(self) -> str:
        """As in "sd=0.5:3" or "weight=2"."""
        rows = "" if self.parameter == WEIGHT else f":{exactly(self.rows)}"
        return f"{self.subject}={exactly(self.value)}{rows}"
