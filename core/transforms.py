"""Values fitted on another scale: log, log10, sqrt, reciprocal or standardised, and the way back.

`transformed(data, name)` gives data whose values are those of the transform, with four things to remember it by:
`Data.transform`, its name; `Data.scale`, for each column the (centre, unit) that was found in the data (mean and sd of
standardise, the side of 0 of reciprocal); `Data.jacobian`, Σ counts · ln |g'(x)|, which added to the log-likelihood of
the values as fitted gives that of the original ones; and `Data.columns`, which names the axes: “log10(waiting)”.
`transforms_of(data)` are the transforms again, to be applied to any array, in either direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, inf, isinf, log
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data
from core.errors import InputError, listed, shown
from core.moments import BLOCK_ROWS
from core.roles import Form, Truncation

Scale = tuple[tuple[float, float], ...]

LN_10 = log(10.0)


@dataclass(frozen=True)
class Transform:
    """What is done to the values of one column before a fit: y = g(x), strictly monotone where it is defined.

    name: on the command line. title: what the axis is called, with {} for the column. domain: what x must be, in words.
    reverses: whether a larger x has a smaller y. centre and unit: what it found in the data, where it needs any.
    Arrays may have any shape; what is outside the domain gives NaN or an infinite number, never a warning.
    """

    centre: float = 0.0
    unit: float = 1.0

    name: ClassVar[str]
    title: ClassVar[str]
    domain: ClassVar[str]
    reverses: ClassVar[bool] = False

    def fitted(self, mean: float, sd: float, least: float) -> Self:
        """The transform for a column of this mean, sd and smallest value."""
        return self

    def allows(self, x: Array) -> NDArray[np.bool_]:
        """Which values are in the domain."""
        return np.asarray(x > 0.0)

    def forward(self, x: Array) -> Array:
        """g(x): the values as they are fitted."""
        with np.errstate(all="ignore"):
            return np.asarray(self._forward(np.asarray(x, dtype=np.float64)))

    def backward(self, y: Array) -> Array:
        """The x of which y is the transform; the nearest end of the domain (0 or infinite) where there is none."""
        with np.errstate(all="ignore"):
            return np.asarray(self._backward(np.asarray(y, dtype=np.float64)))

    def log_jacobian(self, x: Array) -> Array:
        """ln |g'(x)| at each value: what turns a log-density of y into one of x."""
        with np.errstate(all="ignore"):
            return np.asarray(self._log_jacobian(np.asarray(x, dtype=np.float64)))

    def ends(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Intervals of x as intervals of y, the lower end first; NaN where an interval has no part in the domain.

        An end that is infinite, or past the end of the domain, is open.
        """
        below, above = ~self.allows(low), ~self.allows(high)
        first = np.where(below | np.isinf(low), inf if self.reverses else -inf, self.forward(low))
        last = np.where(above | np.isinf(high), -inf if self.reverses else inf, self.forward(high))
        empty = below & above
        first[empty] = last[empty] = np.nan
        return (last, first) if self.reverses else (first, last)

    def _forward(self, x: Array) -> Array:
        raise NotImplementedError

    def _backward(self, y: Array) -> Array:
        raise NotImplementedError

    def _log_jacobian(self, x: Array) -> Array:
        raise NotImplementedError


class Log(Transform):
    """The natural logarithm."""

    name, title, domain = "log", "log({})", "numbers above 0"

    def _forward(self, x: Array) -> Array:
        return np.log(x)

    def _backward(self, y: Array) -> Array:
        return np.exp(y)

    def _log_jacobian(self, x: Array) -> Array:
        return -np.log(x)


class Log10(Transform):
    """The logarithm to base 10."""

    name, title, domain = "log10", "log10({})", "numbers above 0"

    def _forward(self, x: Array) -> Array:
        return np.log10(x)

    def _backward(self, y: Array) -> Array:
        return np.asarray(np.power(10.0, y))

    def _log_jacobian(self, x: Array) -> Array:
        return -np.log(x) - log(LN_10)


class Sqrt(Transform):
    """The square root. At 0 its slope is infinite, and so is the Jacobian of data with a 0."""

    name, title, domain = "sqrt", "sqrt({})", "numbers from 0 up"

    def allows(self, x: Array) -> NDArray[np.bool_]:
        """Which values have a square root."""
        return np.asarray(x >= 0.0)

    def _forward(self, x: Array) -> Array:
        return np.sqrt(x)

    def _backward(self, y: Array) -> Array:
        return np.square(np.maximum(y, 0.0))

    def _log_jacobian(self, x: Array) -> Array:
        return -0.5 * np.log(x) - log(2.0)


class Reciprocal(Transform):
    """1/x of values on one side of 0; unit is the side, 1 or −1."""

    name, title, domain, reverses = "reciprocal", "1/{}", "numbers that are all above 0, or all below", True

    def fitted(self, mean: float, sd: float, least: float) -> Self:
        """The reciprocal of values on the side of 0 where the smallest is."""
        return replace(self, unit=-1.0 if least < 0.0 else 1.0)

    def allows(self, x: Array) -> NDArray[np.bool_]:
        """Which values are on its side of 0."""
        return np.asarray(x * self.unit > 0.0)

    def _forward(self, x: Array) -> Array:
        return np.reciprocal(x)

    def _backward(self, y: Array) -> Array:
        return np.where(y * self.unit > 0.0, np.reciprocal(y), inf * self.unit)

    def _log_jacobian(self, x: Array) -> Array:
        return -2.0 * np.log(np.abs(x))


class Standardise(Transform):
    """The distance from the mean in sds (divided by n); centre and unit are these."""

    name, title, domain = "standardise", "standardised {}", "numbers that are not all the same"

    def fitted(self, mean: float, sd: float, least: float) -> Self:
        """The distance from this mean in these sds."""
        return replace(self, centre=mean, unit=sd)

    def allows(self, x: Array) -> NDArray[np.bool_]:
        """Every number, where their sd is not 0."""
        return np.full(np.shape(x), self.unit > 0.0)

    def _forward(self, x: Array) -> Array:
        return np.asarray((x - self.centre) / self.unit)

    def _backward(self, y: Array) -> Array:
        return np.asarray(self.centre + self.unit * y)

    def _log_jacobian(self, x: Array) -> Array:
        return np.full(np.shape(x), -log(self.unit))


TRANSFORMS: dict[str, Transform] = {made.name: made for made in (Log(), Log10(), Sqrt(), Reciprocal(), Standardise())}
"""Name on the command line and in files → the transform, as long as it knows no data."""


def named(name: str) -> Transform:
    """The transform of this name. Raises InputError that lists them."""
    if name not in TRANSFORMS:
        raise InputError(f"--transform must be one of {listed(TRANSFORMS)}; “{shown(name)}” is none of them.")
    return TRANSFORMS[name]


def transforms_of(data: Data) -> tuple[Transform, ...]:
    """What was done to each column of the data; () where nothing was."""
    return tuple(replace(named(data.transform), centre=centre, unit=unit) for centre, unit in data.scale)


def original_columns(data: Data) -> tuple[str, ...]:
    """The columns by the names that they have in their file."""
    if not data.transform:
        return data.columns
    before, _, after = named(data.transform).title.partition("{}")
    return tuple(column.removeprefix(before).removesuffix(after) for column in data.columns)


def transformed(data: Data, name: str, scale: Scale | None = None) -> Data:
    """The data with each column transformed, and ends of intervals and of truncation too; unchanged for the name "".

    scale: (centre, unit) of each column as an earlier fit had them, instead of those of these data. Raises InputError
    for a name that is none, for measurement errors, which keep their meaning in another unit only, and at the first
    value outside the domain, with its row; ValueError where the data are transformed already.
    """
    if not name:
        return data
    if data.transform:
        raise ValueError(f"the data are transformed already, by {data.transform}")
    transforms = _fitted(data, name, scale)
    values, jacobian = _values(data, transforms)
    seen, form = data.seen, data.form
    if seen is not None and form.intervals:
        low, high = _ends(data, transforms[0], seen[:, 0], seen[:, 1])
        hidden = ~data.exact
        values[hidden, 0] = _between(low[hidden], high[hidden])
        seen = np.column_stack([low, high, seen[:, 2:]])
    if seen is not None and form.errors:
        if name != "standardise":
            raise InputError(f"--errors are in the unit of the column, which {name} has not; leave one of the two out.")
        seen = seen.copy()
        seen[:, form.columns.index("errors")] /= transforms[0].unit
    return replace(
        data,
        values=values,
        columns=tuple(named(name).title.format(column) for column in data.columns),
        transform=name,
        scale=tuple((transform.centre, transform.unit) for transform in transforms),
        jacobian=jacobian,
        seen=seen,
        form=replace(form, truncate=_truncation(form, transforms[0])),
    )


def _fitted(data: Data, name: str, scale: Scale | None) -> list[Transform]:
    """The transform of each column, made for the data unless its scale is given."""
    bare = named(name)
    if scale is not None:
        if len(scale) != data.n_features:
            raise InputError(f"The scale is of {len(scale)} columns, but {data.n_features} are to be transformed.")
        return [replace(bare, centre=centre, unit=unit) for centre, unit in scale]
    return [bare.fitted(*map(float, found)) for found in zip(data.mean, data.sd, data.minimum, strict=True)]


def _values(data: Data, transforms: list[Transform]) -> tuple[Array, float]:
    """The values (n, d) transformed, 0 where a row is only known to be in an interval; and the Jacobian of the rest."""
    values, jacobians = np.empty_like(data.values), []
    exact = data.exact if data.form.intervals else None
    for first in range(0, len(data), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        held: slice | NDArray[np.intp] = rows if exact is None else np.flatnonzero(exact[rows]) + first
        values[rows] = 0.0
        for column, transform in enumerate(transforms):
            x = data.values[held, column]
            y = transform.forward(x)
            wrong = ~(transform.allows(x) & np.isfinite(y))
            if wrong.any():
                at = int(np.argmax(wrong))
                raise InputError(_outside(data, transform, column, first + at if isinstance(held, slice) else held[at]))
            values[held, column] = y
            slopes = transform.log_jacobian(x)
            jacobians.append(float((slopes if data.counts is None else slopes * data.counts[held]).sum()))
    return values, inf if inf in jacobians else fsum(jacobians)


def _ends(data: Data, transform: Transform, low: Array, high: Array) -> tuple[Array, Array]:
    """Ends of the rows' intervals. Raises InputError at the first that is outside the domain, or says nothing in it."""
    ends = transform.ends(low, high)
    empty = np.isnan(ends[0])
    idle = np.isinf(ends[0]) & np.isinf(ends[1])
    for wrong, why in ((empty, "lies outside"), (idle, "is all of them")):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InputError(
                f"{transform.name} needs {transform.domain}, but row {data.row_number(at)} reaches from {low[at]:g} "
                f"to {high[at]:g}, which {why}; leave such rows out with a filter."
            )
    return ends


def _between(low: Array, high: Array) -> Array:
    """What stands for the value of a row that is an interval: its middle, or the end that is not open."""
    with np.errstate(invalid="ignore"):
        middle = 0.5 * low + 0.5 * high
    return np.where(np.isfinite(middle), middle, np.where(np.isfinite(low), low, high))


def _truncation(form: Form, transform: Transform) -> Truncation | None:
    """The ends outside of which nothing could be recorded; None where none is left."""
    if form.truncate is None:
        return None
    low, high = transform.ends(*(np.array([end]) for end in form.truncate))
    if np.isnan(low[0]):
        raise InputError(f"{transform.name} needs {transform.domain}; --truncate leaves nothing of them.")
    ends = float(low[0]), float(high[0])
    return None if isinf(ends[0]) and isinf(ends[1]) else ends


def _outside(data: Data, transform: Transform, column: int, index: int) -> str:
    name, value = shown(data.columns[column]), data.values[index, column]
    row = data.row_number(index)
    if isinstance(transform, Standardise):
        return f"standardise needs {transform.domain}, but “{name}” is {value:g} in every row."
    hint = "leave such rows out with a filter, or choose another transform"
    if transform.allows(value):
        return f"{transform.name} of “{name}” is too large a number in row {row}, where it is {value:g}; {hint}."
    return f"{transform.name} needs {transform.domain}, but “{name}” is {value:g} in row {row}; {hint}."
