"""What the values of data are rounded to, and other values rounded alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.collapse import rounding_unit
from core.data import Array, Data
from core.families.family import Family
from core.transforms import transforms_of


def units_of(data: Data) -> Array:
    """The powers of ten to which the values of each column are rounded, (d,); 0 where no rounding shows.

    It is the values of the file that are rounded, before a transform, and of censored rows nothing is known. Whole
    numbers that are counted need no rounding; they have a unit all the same.
    """
    values = data.values[data.exact] if data.form.intervals else data.values
    if len(values) < 2:
        return np.zeros(data.n_features)
    transforms = transforms_of(data)
    units = []
    for place in range(data.n_features):
        column = values[:, place]
        if transforms:
            column = transforms[place].backward(column)
        units.append(rounding_unit(Data(column, ("",))) if np.isfinite(column).all() else 0.0)
    return np.array(units)


def rounded(values: Array, units: Array, data: Data, family: Family) -> Array:
    """Values (n,) or (n, d), drawn for these data, rounded to the units.

    Where the nearest value is none that the family has, or is beyond a truncation, it is the one next to it.
    """
    if not units.any():
        return values
    columns = values.reshape(len(values), -1).copy()
    transforms = transforms_of(data)
    for place in np.flatnonzero(units):
        unit, column = units[place], columns[:, place]
        original = transforms[place].backward(column) if transforms else column
        left = np.ones(len(column), dtype=np.bool_)
        made = column.copy()
        for to_whole in (np.rint, np.ceil, np.floor):
            whole = to_whole(original / unit) * unit
            with np.errstate(divide="ignore", invalid="ignore"):
                whole = transforms[place].forward(whole) if transforms else whole
            usable = left & _possible(whole, column, data, family)
            made[usable] = whole[usable]
            left &= ~usable
            if not left.any():
                break
        columns[:, place] = made
    return columns.reshape(values.shape)


def _possible(values: Array, otherwise: Array, data: Data, family: Family) -> NDArray[np.bool_]:
    """Which values (n,) could have been recorded. otherwise: values that could."""
    low, high = data.form.truncate or (-np.inf, np.inf)
    found = np.isfinite(values)
    if data.n_features == 1:
        found &= (values >= low) & (values <= high)
        found &= family.supports(np.where(found, values, otherwise))
    return found
