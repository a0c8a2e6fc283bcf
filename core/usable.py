"""Whether a model can be fitted to data at all; if not, the sentence that says why."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from core.constraints import NONE, Constraints
from core.data import Array, Data
from core.engine import total
from core.errors import InputError, shown
from core.families.family import Family
from core.wording import exactly

WIDEST, NARROWEST = 1e305, 1e-290
"""Half the range of the data at most, and their sd at least: beyond, differences overflow or lose their digits."""
WIDEST_SQUARED, NARROWEST_SQUARED = 1e140, 1e-140
"""The same where products of columns are made."""
LARGEST, WIDEST_RATIO = 1e298, 1e290
"""The largest value, and its ratio to the smallest above 0, at most, for families that see values as ratios."""
DEPENDENT = 1e-12
"""Smallest eigenvalue of the columns' correlations that can be told from 0."""
BLOCK_ROWS = 1 << 16


def check_usable(data: Data, family: Family, n_components: int, constraints: Constraints = NONE) -> None:
    """Raises InputError, before any work, when no fit of so many components to these data can exist."""
    for place in range(data.n_features):
        _check_column(data, place, family)
    _check_support(data, family)
    if family.support:
        _check_intervals(data, family)
    if family.of_ratios:
        _check_ratios(data, family)
    needed = constraints.n_free(family, tuple(range(1, n_components + 1)))
    if data.n_samples < needed:
        components = "1 component" if n_components == 1 else f"{n_components} components"
        has = "has" if data.n_features == 1 else "have"
        free = "free " if constraints.items else ""
        raise InputError(
            f"{_names(data)} {has} {_said(data.n_samples)} usable rows, fewer than the {needed} {free}parameters of "
            f"{components}: use fewer components."
        )
    if data.n_features > 1 and family.covariance in ("full", "tied"):
        _check_dependence(data)


def _said(n: float) -> str:
    """A number of rows, which their weights may make a small one."""
    return f"{n:,.0f}" if n >= 1.0 or n == 0.0 else f"{n:.2g}"


def _names(data: Data) -> str:
    names = [f"“{shown(name)}”" for name in data.columns]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _check_column(data: Data, place: int, family: Family) -> None:
    name, low, high = shown(data.columns[place]), float(data.minimum[place]), float(data.maximum[place])
    if low == high:
        what = f"All {data.n_samples:,.0f} values" if data.n_samples > 1 else "The only value"
        verb = "are" if data.n_samples > 1 else "is"
        why = "components cannot be told apart" if family.discrete else "the likelihood has no upper bound"
        raise InputError(
            f"{what} of “{name}” {verb} {exactly(low)}: with no variation {why}, so there is nothing to fit."
        )
    one = data.n_features == 1
    widest, narrowest = (WIDEST, NARROWEST) if one else (WIDEST_SQUARED, NARROWEST_SQUARED)
    if high / 2 - low / 2 > widest or data.sd[place] < narrowest:
        raise InputError(
            f"“{name}” runs from {exactly(low)} to {exactly(high)}, which float64 cannot calculate with: "
            "use a larger or a smaller unit."
        )


def _check_support(data: Data, family: Family) -> None:
    """Raises InputError that names the first row whose value the family cannot take."""
    first = 0
    for values, _ in data.blocks(BLOCK_ROWS):
        wrong = np.zeros(1, dtype=np.bool_)
        if family.support:
            wrong = ~family.supports(values[:, 0]) & data.exact[first : first + len(values)]
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InputError(
                f"{_article(family)} {family.title} {_kind(family)} is of {family.support}, but "
                f"“{shown(data.columns[0])}” is {exactly(float(values[at, 0]))} in row "
                f"{data.row_number(first + at)}: use another family."
            )
        first += len(values)


def _check_intervals(data: Data, family: Family) -> None:
    """Raises InputError that names the first interval in which the family has no value."""
    if not data.form.intervals or data.seen is None:
        return
    low, high = data.seen[:, 0], data.seen[:, 1]
    if family.discrete:
        first = np.maximum(np.floor(low) + 1.0, 0.0)
        wrong = (first > high) | ~family.supports(np.where(np.isfinite(first), first, 0.0))
    else:
        wrong = ~family.supports(high)
    wrong &= low < high
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"{_article(family)} {family.title} {_kind(family)} is of {family.support}, but row {data.row_number(at)} "
            f"reaches from {low[at]:g} to {high[at]:g}: use another family."
        )


def _article(family: Family) -> str:
    return "An" if family.title[0].upper() in "AEIO" else "A"


def _kind(family: Family) -> str:
    return "distribution" if family.of_components is None else "mixture"


def _check_ratios(data: Data, family: Family) -> None:
    """Raises InputError when ratios of values would overflow or lose their digits."""
    high = float(data.maximum[0])
    low = min(float(values.min(where=values > 0, initial=high)) for values, _ in data.blocks(BLOCK_ROWS))
    if high <= 0 or (high <= LARGEST and high / WIDEST_RATIO <= low):
        return
    name, title = shown(data.columns[0]), family.title
    if high > LARGEST:
        raise InputError(
            f"“{name}” goes up to {exactly(high)}, too far for {title} components in float64: use a larger unit."
        )
    raise InputError(
        f"“{name}” runs from {exactly(low)} to {exactly(high)}, too large a ratio for {title} "
        "components in float64: use another family or leave the smallest values out."
    )


def _check_dependence(data: Data) -> None:
    """Raises InputError when one column can be calculated from others, but for rounding."""
    correlations = _correlations(data)
    if np.linalg.eigvalsh(correlations)[0] > DEPENDENT:
        return
    for one, other in combinations(range(data.n_features), 2):
        if 1.0 - abs(correlations[one, other]) < DEPENDENT:
            raise InputError(
                f"“{shown(data.columns[one])}” and “{shown(data.columns[other])}” lie on a straight line: {_REMEDY}"
            )
    raise InputError(f"One of {_names(data)} follows from the others: {_REMEDY}")


_REMEDY = "the likelihood has no upper bound, so leave one of them out or use diag or spherical covariance."


def _correlations(data: Data) -> Array:
    """Of the columns, (d, d)."""

    def block(values: Array, counts: Array | None) -> Array:
        standardised = (values - data.mean) / data.sd
        weighted = standardised if counts is None else standardised * counts[:, np.newaxis]
        return np.asarray(weighted.T @ standardised)

    return np.asarray(total(block, data, BLOCK_ROWS) / data.n_samples)
