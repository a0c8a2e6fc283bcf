"""How well fits foretell rows they were not fitted to: cross-validated log-likelihood (Stone 1974; Smyth 2000)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from core.cores import each
from core.criteria import comparable
from core.data import Array, Data, Levels
from core.errors import InputError
from core.expectation import Problem, log_likelihood
from core.mixture import Mixture
from core.options import FitOptions
from core.selection.proper import judged_fit, unit_of

FOLDS = 10
"""Parts the rows are dealt into where nothing is said."""
MOST_FOLDS = 1000
STREAM = 10
"""Second number of the seed that deals the rows, apart from those of the fits."""

Check = Callable[[], None]


@dataclass(frozen=True)
class CrossValidation:
    """What a model says of rows it was not fitted to: the log-likelihood of each fold, and of how many rows it is.

    Higher is better. reason: why there is none, in a sentence; then log_likelihood and standard_error are NaN.
    """

    log_likelihoods: tuple[float, ...]
    counts: tuple[float, ...]
    jacobian: float = 0.0
    reason: str = ""

    @property
    def log_likelihood(self) -> float:
        """Of all rows, each under a fit of the others; of the original values, where they were transformed."""
        return nan if self.reason else sum(self.log_likelihoods) + self.jacobian

    @property
    def standard_error(self) -> float:
        """Of the log-likelihood, by how the folds differ."""
        return nan if self.reason else _error(np.array(self.log_likelihoods), np.array(self.counts))

    def error_of_difference(self, other: CrossValidation) -> float:
        """Standard error of the difference to another model's on the same folds: smaller than those of either.

        NaN where there is none: one of the models has no value, or the folds are others.
        """
        if self.reason or other.reason or self.counts != other.counts:
            return nan
        return _error(np.array(self.log_likelihoods) - np.array(other.log_likelihoods), np.array(self.counts))


def _error(sums: Array, counts: Array) -> float:
    means = sums / counts
    return float(counts.sum() * means.std(ddof=1) / sqrt(len(means)))


def check_folds(folds: int) -> None:
    """Raises InputError where so many folds cannot be made of any rows."""
    if not 2 <= folds <= MOST_FOLDS:
        raise InputError(f"--folds must be from 2 to {MOST_FOLDS}, not {folds}.")


def parts(data: Data, folds: int, seed: int, fold: int) -> tuple[Data, Data]:
    """The rows to fit and those held out in a fold, from 0.

    Rows are dealt at random, as equally as can be; frequencies are dealt one by one, as if each were a row.
    """
    rng = np.random.default_rng((seed, STREAM))
    if data.counts is None or data.is_weighted:
        held = rng.permutation(np.arange(len(data)) % folds) == fold
        return _rows(data, ~held), _rows(data, held)
    rows = np.repeat(np.arange(len(data)), np.rint(data.counts).astype(np.int64))
    dealt = rng.permutation(np.arange(len(rows)) % folds)
    counts = np.bincount(rows[dealt == fold], minlength=len(data)).astype(np.float64)
    return replace(data, counts=data.counts - counts), replace(data, counts=counts)


def _rows(data: Data, those: NDArray[np.bool_]) -> Data:
    def levels(of: Levels | None) -> Levels | None:
        return None if of is None else Levels(of.names, of.codes[those])

    return replace(
        data,
        values=data.values[those],
        rows=None if data.rows is None else data.rows[those],
        counts=None if data.counts is None else data.counts[those],
        seen=None if data.seen is None else data.seen[those],
        labels=levels(data.labels),
        groups=levels(data.groups),
    )


@dataclass(frozen=True, eq=False)
class _Item:
    """One fit to make: a model and the fold it does without. start: the fit of all rows, which is one of the starts."""

    options: FitOptions
    start: Mixture
    fold: int


def cross_validate(
    data: Data,
    fits: Sequence[tuple[FitOptions, Mixture]],
    folds: int = FOLDS,
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[tuple[int, CrossValidation], None, None]:
    """How well each model, given with its fit of all rows, foretells; as (place, answer), as they are done.

    Each fold is fitted as the whole was, beginning at the fit of all rows and, with restarts, at others. All models are
    asked about the same folds: as many as asked for, or as there are rows where those are fewer. check is called all
    the while and may raise to stop. Raises InputError for a number of folds that cannot be.
    """
    check_folds(folds)
    folds = min(folds, len(data) if data.is_weighted else round(data.n_samples))
    seed = fits[0][0].seed if fits else 0
    items = [_Item(options, mixture, fold) for options, mixture in fits for fold in range(folds)]
    shared = (data, folds, seed, unit_of(data))
    answers: dict[int, list[tuple[float, float, str] | None]] = {}
    jacobian = comparable(0.0, data)
    for done, answer in each(_foretell, shared, items, cores, check):
        place, fold = divmod(done, folds)
        of_model = answers.setdefault(place, [None] * folds)
        of_model[fold] = answer
        whole = [one for one in of_model if one is not None]
        if len(whole) == folds:
            reason = next((reason for _, _, reason in whole if reason), "")
            yield place, CrossValidation(tuple(v for v, _, _ in whole), tuple(n for _, n, _ in whole), jacobian, reason)
            del answers[place]


def _foretell(shared: tuple[Data, int, int, float], item: _Item, check: Check) -> tuple[float, float, str]:
    """The log-likelihood of the rows held out, their number, and what went wrong."""
    data, folds, seed, unit = shared
    fitted_to, held_out = parts(data, folds, seed, item.fold)
    n = held_out.n_samples
    try:
        fitted, fault = judged_fit(fitted_to, item.options, item.start, check, unit)
    except InputError as error:
        return nan, n, f"Without fold {item.fold + 1} of {folds} it cannot be fitted: {error}"
    if fault:
        return nan, n, f"Without fold {item.fold + 1} of {folds}: {fault}"
    value = log_likelihood(Problem(held_out), fitted.mixture)
    if not isfinite(value):
        return nan, n, f"A row of fold {item.fold + 1} of {folds} is impossible under the fit of the others."
    return value, n, ""
