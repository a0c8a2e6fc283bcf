"""How sure the curves of a mixture are: 95 % bands, point by point, from the covariance of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data import Array
from core.mixture import Mixture, log_sum_exp
from core.sureness.uncertainty import Z

STEP = 1e-4
"""Local step of a difference; what is left out is as small as its square."""
WIDEST = 5.0
"""Logarithm by which a band may reach from its curve at most: beyond, it says that nothing is known."""


@dataclass(frozen=True, eq=False)
class Bands:
    """By what the curves are multiplied and divided at the ends of their bands, each at least 1.

    mixture (m,): of its density; components (K, m): of each weighted density, 1 where it has none. A band in the
    logarithm never reaches below 0.
    """

    mixture: Array
    components: Array


def bands(mixture: Mixture, covariance: Array, values: Array) -> Bands:
    """Pointwise 95 % bands of a mixture of one column at values (m,), by the delta method in the logarithm.

    covariance: as `core.sureness.uncertainty.Uncertainty` has it, (K + P·K, K + P·K). What is held is taken as known.
    Raises ValueError where the covariance is of another shape, and for several columns.
    """
    plain = mixture.plain
    family, k = plain.family, plain.n_components
    if family.n_features > 1 or covariance.shape != (k * (1 + len(family.domains)),) * 2:
        raise ValueError("the covariance must be of all weights and parameters of one column")
    with np.errstate(all="ignore"):
        slopes = np.concatenate([_of_weights(plain, len(values)), *_of_parameters(plain, values)])  # (numbers, m)
        shares = np.nan_to_num(log_sum_exp(plain.joint(values))[1])
        own = np.tile(np.eye(k), (1, 1 + len(family.domains)))  # which numbers are of which component
        of_components = np.stack([_sds(slopes * mine[:, np.newaxis], covariance) for mine in own])
        of_mixture = _sds(slopes * np.tile(shares, (1 + len(family.domains), 1)), covariance)
    return Bands(_factor(of_mixture), _factor(of_components))


def _of_weights(plain: Mixture, m: int) -> Array:
    """How the logarithm of each weighted density moves with its weight, (K, m)."""
    return np.repeat(1.0 / plain.weights[:, np.newaxis], m, axis=1)


def _of_parameters(plain: Mixture, values: Array) -> list[Array]:
    """How the logarithm of each density moves with each of its parameters, (K, m) each; 0 where it has none."""
    family, k, made = plain.family, plain.n_components, []
    units = family.units(plain.parameters)
    for name, domain in family.domains.items():
        steps = np.full((k, 1), STEP)
        ends = [domain.moved(plain.parameters[name], side * steps, units) for side in (-1.0, 1.0)]
        low, high = (family.log_density({**plain.parameters, name: end}, values) for end in ends)
        made.append(np.nan_to_num((high - low) / (ends[1] - ends[0])[:, np.newaxis], posinf=0.0, neginf=0.0))
    return made


def _sds(slopes: Array, covariance: Array) -> Array:
    """Standard errors (m,) of what moves so (numbers, m) with the parameters."""
    return np.asarray(np.sqrt(np.maximum(((covariance @ slopes) * slopes).sum(axis=0), 0.0)))


def _factor(sds: Array) -> Array:
    return np.asarray(np.exp(np.minimum(Z * np.nan_to_num(sds), WIDEST)))
