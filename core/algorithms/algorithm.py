"""What a variant of EM is: two pure functions over an immutable state, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.expectation import Problem, State
from core.mixture import Mixture


@dataclass(frozen=True)
class Algorithm:
    """A variant: `init` makes the state of a start, `step` the next one. No loop, no stopping rule, no printing.

    monotone: the exact log-likelihood never falls. exact: each state's statistics are of the whole data under its own
    mixture. passes: how many times a step goes through the data.
    """

    name: str
    title: str
    summary: str
    init: Callable[[Problem, Mixture, np.random.Generator], State]
    step: Callable[[Problem, State, np.random.Generator], State]
    monotone: bool = True
    exact: bool = True
    passes: float = 1.0
