"""Where rows and fit are compared, and how far they are apart, for whatever rows say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data import Array, Data
from core.errors import InputError
from core.goodness.empirical import Empirical, effective, empirical
from core.goodness.fitted import Fitted
from core.goodness.points import Points, points
from core.goodness.statistics import (
    Cells,
    Steps,
    begun,
    cells_of_bins,
    cells_of_numbers,
    chi_squares,
    counted,
    distances,
    ended,
    named,
    sums,
)
from core.mixture import Mixture

NO_MIXTURE = "This model is no mixture: it has no distribution of values to compare with."


@dataclass(frozen=True, eq=False)
class Distances:
    """How far the rows are from the fit: statistics by name, or the sentence why there are none.

    degrees_of_freedom: cells less 1 less the free parameters, where the statistics are those of chi-square.
    """

    statistics: dict[str, float]
    why_not: str = ""
    cells: Cells | None = None
    observed: Array | None = None
    expected: Array | None = None
    degrees_of_freedom: int | None = None

    @property
    def leading(self) -> str:
        """The statistic that the verdict goes by: the one that sees tails, or chi-square; "" for none."""
        return next((name for name in ("anderson_darling", "chi_square") if name in self.statistics), "")


def marginals(data: Data, mixture: Mixture) -> list[tuple[Data, Mixture]]:
    """Each column with what the mixture says of it alone; a single column as it is."""
    if data.n_features == 1:
        return [(data, mixture)]
    from core.families.gaussian import Gaussian

    plain = mixture.plain
    if "covariance" not in plain.parameters:
        return []
    made = []
    for place, column in enumerate(data.columns):
        sds = np.sqrt(plain.parameters["covariance"][:, place, place])
        own = Mixture(Gaussian(), plain.weights, {"mean": plain.parameters["mean"][:, place], "sd": sds}, plain.ids)
        made.append((Data(data.values[:, place], (column,), counts=data.counts, roles=data.roles), own))
    return made


def points_of(data: Data, mixture: Mixture, found: Empirical | None = None) -> Points:
    """The points of QQ and PP plots of one column. Raises InputError where rows do not say enough for them."""
    if data.form.errors:
        raise InputError("Each value has an error of its own, so that they have no one distribution to be drawn.")
    if mixture.family.shared:
        raise InputError(NO_MIXTURE)
    return points(Fitted(mixture, data.form), found or empirical(data))


def measured(
    data: Data,
    mixture: Mixture,
    n_parameters: int,
    found: Empirical | None,
    progress: Callable[[float], None] = lambda done: None,
) -> Distances:
    """The statistics of one column; of values distances of distributions, of bins and whole numbers chi-square.

    found: the empirical distribution, where it is known already. progress may raise Cancelled.
    """
    try:
        if mixture.family.shared:
            raise InputError(NO_MIXTURE)
        fitted = Fitted(mixture, data.form)
        if data.form.errors:
            return Distances(with_errors(data, mixture))
        if mixture.plain.family.discrete or (data.form.intervals and data.form.all_hidden):
            return _in_cells(data, fitted, n_parameters)
        found = found or empirical(data)
        return Distances(distances(fitted, found, progress))
    except InputError as error:
        return Distances({}, str(error))


def _in_cells(data: Data, fitted: Fitted, n_parameters: int) -> Distances:
    if data.is_weighted:
        raise InputError("Chi-square counts rows, and of rows with weights there are no counts.")
    if not data.form.intervals:
        cells = cells_of_numbers(fitted, data.n_samples)
    elif fitted.family.discrete and not data.form.all_hidden:
        raise InputError("Chi-square counts the rows with each value, and of censored rows the value is not known.")
    else:
        empirical(data)  # says so where intervals overlap
        cells = cells_of_bins(data, fitted)
    observed, expected = counted(data, cells), cells.expected(fitted, data.n_samples)
    if len(cells.low) < 2:
        raise InputError("So few rows are expected in each cell that there is but one, and nothing to compare.")
    left = len(cells.low) - 1 - n_parameters
    return Distances(chi_squares(observed, expected), "", cells, observed, expected, left)


def with_errors(data: Data, mixture: Mixture) -> dict[str, float]:
    """Each value by the distribution that it has with its own error."""
    from scipy.special import ndtr

    assert data.seen is not None
    plain, values = mixture.plain, data.column
    errors = data.seen[:, data.form.columns.index("errors")]
    below, above = np.zeros(len(values)), np.zeros(len(values))
    for weight, mean, sd in zip(plain.weights, plain.parameters["mean"], plain.parameters["sd"], strict=True):
        z = (values - mean) / np.hypot(sd, errors)
        below, above = below + weight * ndtr(z), above + weight * ndtr(-z)
    order = np.argsort(below, kind="stable")
    counts = np.ones(len(values)) if data.counts is None else data.counts[order]
    shares = np.cumsum(counts) / counts.sum()
    of = Steps(np.minimum(below[order], 1.0), np.minimum(above[order], 1.0), shares)
    return named(sums(ended(begun(of))), effective(data))
