"""What a variant of EM is: two pure functions over an immutable state, its own options, and the words for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from core.choices import check_choices
from core.expectation import Problem, State
from core.mixture import Mixture


@dataclass(frozen=True)
class Algorithm(ABC):
    """A variant: `init` makes the state of a start, `step` the next one. No loop, no stopping rule, no printing.

    The fields of a variant are its options. summary: one sentence. iteration: what one iteration is. monotone: the
    log-likelihood (plus log prior) never falls. bound_rises: the lower bound (plus log prior) never falls, from half-
    step to half-step. memoryless: the next state follows from the mixture alone. judged: a stopping rule ends it at
    the maximum of the likelihood; a variant whose fixed point is another ends itself, by `end`. converges: that end
    is where it stands still, not a number of iterations. at_ems_speed: EM's rate of convergence says how long it takes.
    draws: whether a step draws anything; the generator of one that does not must not be used.

    Raises InputError where an option's value is not allowed.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    iteration: ClassVar[str] = "a pass over the data"
    monotone: ClassVar[bool] = True
    bound_rises: ClassVar[bool] = True
    memoryless: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    converges: ClassVar[bool] = True
    at_ems_speed: ClassVar[bool] = True
    draws: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_choices(self, f"The option {{}} of {self.name}")

    @abstractmethod
    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The state of a start: its E step is done."""

    def onward(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The state of a mixture to which a run was moved on its way: that of a start, unless the run's is past it."""
        return self.init(problem, mixture, rng)

    @abstractmethod
    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """The state one iteration on. Draws whatever is random from rng, which is of this iteration alone."""

    def end(self, problem: Problem, number: int, before: State, state: State) -> str | None:
        """Where `judged` is False: the sentence with which the run ends at this iteration, or None to go on."""
        return None

    def best_visited(self, state: State) -> tuple[float, Mixture] | None:
        """The highest log-likelihood that a run which wanders has come by, and where; None for one that only climbs."""
        return None

    @property
    def options(self) -> dict[str, Any]:
        """The options by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
