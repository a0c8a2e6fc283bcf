"""Who holds which rows at a half-step, as far as it follows from a row's value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.data import Array
from core.expectation import State
from core.mixture import Mixture, log_sum_exp

WINNER = 0.0
"""The temperature at which a row belongs to one component alone."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """The responsibilities in force: in proportion to (weight · density)^(1 / temperature) under a mixture.

    temperature 1: the posterior; above: more even; 0: each row belongs to the likeliest component alone. is_exact is
    False where a variant's responsibilities do not follow from a row's value (drawn, or left over from earlier
    parameters): then these are the posterior that they stand for.
    """

    mixture: Mixture
    temperature: float = 1.0
    is_exact: bool = True

    @property
    def ids(self) -> tuple[int, ...]:
        """Numbers of the components, (K,)."""
        return self.mixture.ids

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return self.mixture.n_components

    def responsibilities(self, values: Array) -> Array:
        """Share of each component in each value, (K, m); NaN where no component can take the value."""
        return self.of(self.mixture.joint(values))

    def of(self, joint: Array) -> Array:
        """The same from the log of weight times density (or probability), (K, m)."""
        with np.errstate(all="ignore"):
            if self.temperature == WINNER:
                won = np.zeros_like(joint)
                won[np.argmax(joint, axis=0), np.arange(joint.shape[1])] = 1.0
                won[:, np.isneginf(joint).all(axis=0)] = np.nan
                return won
            return log_sum_exp(joint / self.temperature)[1]

    @property
    def remark(self) -> str:
        """What a reader must know of it; "" for the posterior itself."""
        if not self.is_exact:
            return "the posterior; the rows' own shares differ"
        if self.temperature == WINNER:
            return "winner takes all"
        return "" if self.temperature == 1.0 else f"at temperature {self.temperature:.3g}"


def temperature_of(algorithm: Algorithm, state: State) -> float:
    """The temperature of the responsibilities that a state holds."""
    if algorithm.name == "hard":
        return WINNER
    return float(getattr(state.memory, "temperature", 1.0))
