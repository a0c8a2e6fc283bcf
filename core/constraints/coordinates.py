"""Parameters as steps from one common value, in which ties, bounds, orders and a common sd / mean are all linear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.constraints.holding import Held
from core.data import Array
from core.families.domains import POSITIVE, Domain, Positive, Probability
from core.families.family import Parameters


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Parameters (d arrays (K,)) as steps (d, K) from the value of one component, and back.

    Locations in units of the widest component, scales by their logarithm, chances by their log-odds. sizes (d, K): how
    large a step of one is to its component, 1 but for locations: its own sd.
    """

    held: Held
    domains: tuple[Domain, ...]
    references: Array
    unit: float
    sizes: Array

    def steps(self, values: Array) -> Array:
        """Steps (d, K) of values (d, K); infinite ones stay so."""
        return np.array([self._row(i, values[i]) for i in range(len(self.domains))]).reshape(values.shape)

    def values(self, steps: Array) -> Array:
        """Values (d, K) of steps (d, K)."""
        unit = np.full((steps.shape[1], 1), self.unit)
        rows = [
            domain.moved(np.full(steps.shape[1], reference), row[:, np.newaxis], unit)
            for domain, reference, row in zip(self.domains, self.references, steps, strict=True)
        ]
        return np.array(rows).reshape(steps.shape)

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """Steps at the ends of the ranges to which domains keep their numbers, (d, 1) each."""
        ranges = np.array([range_of(domain) for domain in self.domains]).reshape(-1, 2)
        return self.steps(ranges[:, :1]), self.steps(ranges[:, 1:])

    def _row(self, row: int, values: Array) -> Array:
        domain, k = self.domains[row], len(values)
        if isinstance(domain, Positive):
            values = np.maximum(values, 0.0)
        reference, unit = np.full(k, self.references[row]), np.full((k, 1), self.unit)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steps = domain.steps(reference, values, unit)[:, 0]
        if isinstance(domain, Probability):
            steps = np.where(values <= 0.0, -np.inf, np.where(values >= 1.0, np.inf, steps))
        return np.asarray(steps)


def coordinates(held: Held, parameters: Parameters) -> Coordinates:
    """Coordinates about a mixture's parameters."""
    values = stacked(held, parameters)
    domains = list(held.family.domains.values())
    if len(held.proportional):  # means in proportion to sds are positive
        domains[held.ratio[0]] = POSITIVE
    references = np.zeros(len(domains))
    for row, domain in enumerate(domains):
        usable = values[row][np.isfinite(values[row])]
        if isinstance(domain, Probability):
            references[row] = 0.5
        elif isinstance(domain, Positive):
            usable = usable[usable > 0]
            references[row] = usable[0] if len(usable) else 1.0
        else:
            references[row] = usable[0] if len(usable) else 0.0
    spread = held.family.units(parameters)[:, 0]
    spread = np.where(np.isfinite(spread) & (spread > 0), spread, np.nanmin(np.where(spread > 0, spread, np.nan)))
    unit = float(spread.max())
    sizes = np.ones(values.shape)
    for row, domain in enumerate(domains):
        if domain.is_location:
            sizes[row] = spread / unit
    if len(held.proportional):
        away = np.maximum(np.abs(values[held.ratio[0]]), spread)
        sizes[held.ratio[0]] = spread / np.where(np.isfinite(away), away, spread)
    return Coordinates(held, tuple(domains), references, unit, sizes)


def stacked(held: Held, parameters: Parameters) -> Array:
    """The parameters as one array (d, K)."""
    return np.array([parameters[name] for name in held.names]).reshape(len(held.names), len(held.order))


def unstacked(held: Held, values: Array) -> Mapping[str, Array]:
    """The parameters by name."""
    return dict(zip(held.names, values, strict=True))


def range_of(domain: Domain) -> tuple[float, float]:
    """The ends of the range to which a domain keeps its numbers, where it has one of its own."""
    if not isinstance(domain, Positive):
        return -np.inf, np.inf
    with np.errstate(over="ignore"):
        low, high = domain.moved(np.ones(2), np.array([[-1e4], [1e4]]), np.ones((2, 1)))
    return float(low) or -np.inf, float(high)
