"""Data drawn anew: rows drawn from the rows, rows weighed at random, or rows drawn from the fitted mixture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.data import Array, Data
from core.errors import InputError
from core.mixture import Mixture
from core.simulation import simulated
from core.simulation import why_not as why_not_simulated


def usual(data: Data) -> str:
    """The kind of bootstrap that asks least of the data: weighted for weighted rows, else by cases."""
    return "weighted" if data.is_weighted else "cases"


def why_not(kind: str, data: Data, mixture: Mixture) -> str:
    """Why data cannot be drawn anew in a way, and what can be done; "" where they can."""
    if kind != "parametric":
        return ""
    if mixture.family.shared:
        reason = "This model says nothing of single rows, so they cannot be drawn from it."
    elif data.is_weighted:
        reason = "Reliabilities are not in the model, so weighted rows cannot be drawn from it."
    else:
        reason = why_not_simulated(data, mixture)
    return f"{reason} Choose {usual(data)} in place of parametric." if reason else ""


def drawn(kind: str, data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """Data of the same form and size, drawn anew. Raises InputError where `why_not` has a reason."""
    reason = why_not(kind, data, mixture)
    if reason:
        raise InputError(reason)
    return KINDS[kind](data, mixture, rng)


def _by_cases(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """n observations drawn from the n with replacement; a row with a reliability keeps it."""
    n = len(data)
    if data.counts is not None and not data.is_weighted:
        shares = data.counts / data.counts.sum()
        return replace(data, counts=rng.multinomial(round(data.n_samples), shares).astype(np.float64))
    times = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
    return replace(data, counts=times if data.counts is None else _scaled(times * data.counts, data))


def _by_weights(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """Every observation weighed by an exponential draw, all of them together as much as before.

    The weights are then Dirichlet's, as in the weighted likelihood bootstrap of Newton and Raftery (1994): mean and
    variance are those of drawing rows (up to 1/n), but no row is ever lost, so none of the few rows that carry a
    component or most of the weight is. A reliability is multiplied by the draw of its row; a count of rows has the sum
    of as many draws.
    """
    if data.counts is None or data.is_weighted:
        draws = rng.standard_exponential(len(data))
        return replace(data, counts=_scaled(draws if data.counts is None else draws * data.counts, data))
    return replace(data, counts=_scaled(rng.standard_gamma(data.counts), data))


def _by_model(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """As many observations drawn from the mixture, recorded in the way that these were: rounded, too."""
    return simulated(data, mixture, rng)


def _scaled(counts: Array, data: Data) -> Array:
    """Weights that add up to the number of observations."""
    return np.asarray(counts * (data.n_samples / counts.sum()))


KINDS: dict[str, Callable[[Data, Mixture, np.random.Generator], Data]] = {
    "cases": _by_cases,
    "parametric": _by_model,
    "weighted": _by_weights,
}
"""Kind of bootstrap → what draws its data."""
