"""The numbers a parameter may be, and steps among them that are alike at any unit and any offset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from core.data import Array


class Domain(ABC):
    """What values a parameter may take. Steps lead from a reference to another value: 0 stays, and any size is allowed.

    Steps are (K, q) for values (K, …); unit, (K, 1) or (K, d), is the sd of each component, which measures locations.
    """

    words: ClassVar[str]
    is_location: ClassVar[bool] = False
    is_end: ClassVar[bool] = False
    """Whether it is an end of what can be seen, so that the likelihood breaks at it and does not bend."""
    ceiling: ClassVar[float] = float("inf")
    """The most that it may be, which stands for no bound at all; replicates of it are told apart by 1/value then."""

    def at_limit(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which of the values are as far as the parameter goes, where a maximum may be that is none."""
        return np.zeros(np.shape(values), dtype=np.bool_)

    @abstractmethod
    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which of the values (K, …) are allowed, (K,)."""

    @abstractmethod
    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """The steps (K, q) from a reference to the values."""

    @abstractmethod
    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """The values that steps (K, q) from a reference lead to."""


class Real(Domain):
    """A location: any number, or a row of them; steps are measured in sds."""

    words = "a number"
    is_location = True

    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Finite ones."""
        return np.asarray(np.isfinite(values).reshape(len(values), -1).all(axis=1))

    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """In sds."""
        return np.asarray((values - reference).reshape(len(values), -1) / unit)

    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """In sds."""
        return np.asarray(reference + (steps * unit).reshape(reference.shape))


class End(Real):
    """An end of an interval: any number."""

    is_end = True


class Positive(Domain):
    """A scale, rate or shape: greater than 0; steps are of its logarithm."""

    words = "greater than 0"

    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Finite ones above 0."""
        return np.asarray(np.isfinite(values) & (values > 0))

    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """Logarithm of the ratio."""
        return np.asarray(np.log(values / reference)[:, np.newaxis])

    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """Multiplied by e to the step."""
        return np.asarray(reference * np.exp(steps[:, 0]))


class Probability(Domain):
    """A chance: from 0 to 1; steps are of its log-odds."""

    words = "from 0 to 1"

    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """From 0 to 1."""
        return np.asarray((values >= 0) & (values <= 1))

    def steps(self, reference: Array, values: Array, unit: Array) -> Array:
        """Difference of the log-odds; 0 and 1 are taken for the nearest odds that are numbers."""
        return np.asarray((_log_odds(values) - _log_odds(reference))[:, np.newaxis])

    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """Log-odds shifted."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (_log_odds(reference) + steps[:, 0]))))


REAL, END, POSITIVE, PROBABILITY = Real(), End(), Positive(), Probability()


def _log_odds(values: Array) -> Array:
    inside = np.clip(values, 1e-300, 1.0 - 1e-16)
    return np.asarray(np.log(inside) - np.log1p(-inside))
