"""All that a mixture's parameters are held to, and the M step under it."""

from __future__ import annotations

from dataclasses import dataclass

from core.data import Array
from core.mixture import Mixture, Statistics


@dataclass(frozen=True)
class Constraints:
    """What the parameters are held to; nothing, so far."""

    def maximize(self, mixture: Mixture, statistics: Statistics) -> Mixture:
        """The M step: the weights and parameters that maximise the lower bound plus log prior, where all this holds."""
        family, counts = mixture.family, statistics.counts
        parameters = family.maximize(counts, statistics.moments)
        return Mixture(family, family.weights(counts, parameters), parameters, mixture.ids)

    def conforming(self, mixture: Mixture) -> Mixture:
        """A mixture like this one where all this holds: what a start is made."""
        return mixture

    def n_parameters(self, mixture: Mixture) -> int:
        """Number of free parameters."""
        return mixture.family.n_parameters(mixture.n_components)

    def log_prior(self, mixture: Mixture) -> float:
        """Natural log of the prior density at a mixture, but for a constant; 0 without a prior."""
        return 0.0

    def protected(self, mixture: Mixture) -> Array:
        """Which components (K,) cannot collapse, because their spread is held up."""
        raise NotImplementedError


NONE = Constraints()
