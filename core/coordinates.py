"""A mixture as a vector and back: dimensionless steps from another mixture, for whatever extrapolates or climbs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.domains import Domain
from core.mixture import Mixture

SMALLEST_WEIGHT = float(np.finfo(np.float64).tiny)
"""What a weight of 0 is taken for where its logarithm is needed."""


def steps(reference: Mixture, mixture: Mixture) -> Array:
    """The vector (n,) that leads from a reference to a mixture of the same family; 0 where they are equal.

    First the K logarithms of the ratios of the weights, then each parameter's steps in its domain, in the units of the
    reference: locations in its sds, scales by their logarithm. A parameter that is NaN, because a component of another
    family has none, gives 0; so does a weight of 0 in the reference. Entries are infinite where no finite step leads
    there.
    """
    parts = [_log_ratios(reference.weights, mixture.weights)]
    units = reference.family.units(reference.parameters)
    with np.errstate(all="ignore"):
        for name, domain in reference.family.domains.items():
            led = domain.steps(reference.parameters[name], mixture.parameters[name], units)
            parts.append(np.where(np.isnan(led), 0.0, led).ravel())
    return np.concatenate(parts)


def moved(reference: Mixture, vector: Array) -> Mixture:
    """The mixture that a vector of steps leads to: `steps` undone. Weights add up to 1 again, and those of 0 stay 0.

    Steps may be of any size; where they are too large for float64 the mixture is not `sound`.
    """
    k = reference.n_components
    parameters, at = {}, k
    with np.errstate(all="ignore"):
        held = reference.weights > 0
        logarithms = np.log(np.where(held, reference.weights, 1.0)) + vector[:k]
        weights = np.where(held, np.exp(logarithms - logarithms[held].max()), 0.0)
        units = reference.family.units(reference.parameters)
        for name, domain, width in _layout(reference):
            part = vector[at : at + k * width].reshape(k, width)
            parameters[name] = domain.moved(reference.parameters[name], part, units)
            at += k * width
        return Mixture(reference.family, weights / weights.sum(), parameters, reference.ids)


def owners(reference: Mixture) -> Array:
    """The position of the component to which each entry of a vector of steps belongs, (n,) whole numbers."""
    positions = np.arange(reference.n_components)
    return np.concatenate([positions, *(np.repeat(positions, width) for _, _, width in _layout(reference))])


def sound(mixture: Mixture) -> bool:
    """Whether densities can be made of a mixture: weights are numbers, parameters in their domains or NaN."""
    if not np.isfinite(mixture.weights).all():
        return False
    return all(
        bool((domain.allows(mixture.parameters[name]) | _absent(mixture.parameters[name])).all())
        for name, domain in mixture.family.domains.items()
    )


def _layout(reference: Mixture) -> Iterator[tuple[str, Domain, int]]:
    """Name, domain and number of steps a component of each parameter, in the order in which they stand in a vector."""
    units = reference.family.units(reference.parameters)
    for name, domain in reference.family.domains.items():
        values = reference.parameters[name]
        with np.errstate(all="ignore"):
            yield name, domain, domain.steps(values, values, units).shape[1]


def _log_ratios(reference: Array, weights: Array) -> Array:
    """Logarithms of weights over the reference's; 0 where the reference has none."""
    ratios: Array = np.log(np.maximum(weights, SMALLEST_WEIGHT)) - np.log(np.maximum(reference, SMALLEST_WEIGHT))
    return np.where(reference > 0, ratios, 0.0)


def _absent(values: Array) -> NDArray[np.bool_]:
    """Which components (K,) have no such parameter."""
    return np.asarray(np.isnan(values).reshape(len(values), -1).all(axis=1), dtype=np.bool_)
