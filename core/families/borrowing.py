"""A family that is another one but for some of what it does: what it has of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.family import Directions, Family, Parameters
from core.families.lines import Line


@dataclass(frozen=True)
class Borrowing(Family):
    """All that does not change with how values are seen is the base's own, of the parameters that are its own."""

    base: Family

    def _own(self, parameters: Parameters) -> Parameters:
        """The base's own parameters among these."""
        return {name: parameters[name] for name in self.base.parameter_names}

    @property
    def name(self) -> str:
        """That of the family."""
        return self.base.name

    @property
    def title(self) -> str:
        """That of the family."""
        return self.base.title

    @property
    def plain(self) -> Family:
        """The family of the values themselves."""
        return self.base

    @property
    def covariance(self) -> str:
        """That of the family."""
        return self.base.covariance

    @property
    def covaries(self) -> bool:
        """That of the family."""
        return self.base.covaries

    @property
    def n_features(self) -> int:
        """That of the family."""
        return self.base.n_features

    @property
    def trials(self) -> int | None:
        """Those of the family."""
        return self.base.trials

    @property
    def discrete(self) -> bool:
        """That of the family."""
        return self.base.discrete

    @property
    def of_ratios(self) -> bool:
        """That of the family."""
        return self.base.of_ratios

    @property
    def noise(self) -> tuple[bool, ...] | bool:
        """That of the family."""
        return self.base.noise

    @property
    def is_exponential(self) -> bool:
        """That of the family."""
        return self.base.is_exponential

    @property
    def shared(self) -> tuple[str, ...]:
        """Those of the family."""
        return self.base.shared

    @property
    def of_components(self) -> tuple[str, ...] | None:
        """Those of the family."""
        return self.base.of_components

    @property
    def support(self) -> str:
        """That of the family."""
        return self.base.support

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """That of the family, for values that were seen."""
        return self.base.supports(values)

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """That of the population, (K, m)."""
        return self.base.cdf(self._own(parameters), values)

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Values of the population for each entry of labels."""
        return self.base.sample(self._own(parameters), labels, rng)

    def line(self, parameters: Parameters) -> Line:
        """That of the family."""
        return self.base.line(self._own(parameters))

    def spread(self, parameters: Parameters) -> Array:
        """Those of the population."""
        return self.base.spread(self._own(parameters))

    def units(self, parameters: Parameters) -> Array:
        """Those of the population."""
        return self.base.units(self._own(parameters))

    def flatness(self, parameters: Parameters, sds: Array) -> Array:
        """That of the population."""
        return self.base.flatness(self._own(parameters), sds)

    def slimness(self, parameters: Parameters) -> Array:
        """That of the population."""
        return self.base.slimness(self._own(parameters))

    def location(self, parameters: Parameters) -> Array:
        """Those of the population."""
        return self.base.location(self._own(parameters))

    def at_boundary(self, parameters: Parameters) -> dict[int, str]:
        """That of the family."""
        return self.base.at_boundary(self._own(parameters))

    def directions(self, weights: Array, parameters: Parameters) -> Directions | None:
        """Those of the family."""
        return self.base.directions(weights, self._own(parameters))
