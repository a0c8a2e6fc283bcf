"""Where one component becomes likelier than another, how many rows are on the wrong side of it, and how sure it is.

All of it is of one column and of its population: of rows that say something else than their value (intervals, values
recorded between two ends) the plain mixture is meant. For whole numbers a threshold is a whole number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.mixture import Mixture

Labels = NDArray[np.int64]
NEAR = np.arange(1, 65) / 8.0
FAR = np.geomspace(8.5, 1e8, 40)
LOGARITHMIC = np.geomspace(0.02, 690.0, 40)
"""Where crossings are looked for: sds from each location, near and far; and logarithms from it where it is positive."""
DEEPEST = 1e4
"""How far below the highest logarithm of a density components are still compared: further out only rounding differs."""
MANY = 16
"""So many components more, and the places about each are so many times fewer."""
STEP = 1e-4
"""Local step of a difference; what is left out is as small as its square."""
SAME = 1e-6
"""By how much the logarithms of two densities differ at most where both are continuous and cross."""


@dataclass(frozen=True)
class Threshold:
    """A value from which on, going up, another component is the likelier one.

    value: the first number at which that is so; in whole numbers the first whole number. below, above: the numbers of
    the components that are likelier on either side. It is where their weighted densities are equal, or where one of
    them jumps over the other, as at the end of a uniform component.
    """

    value: float
    below: int
    above: int


@dataclass(frozen=True)
class Misclassified:
    """Expected shares of the whole population that a threshold puts on the wrong side: below it, and from it on up."""

    below: float
    above: float

    @property
    def total(self) -> float:
        """Of both sides together."""
        return self.below + self.above


def thresholds(mixture: Mixture) -> tuple[Threshold, ...]:
    """All values at which the likeliest of all components changes, rising.

    They part the column into stretches of one likeliest component each, so a wide component may come on both sides of a
    narrow one. Where no component has any density there is none. A stretch shorter than an eighth of an sd of every
    component may be missed.
    """
    plain = mixture.plain
    places, all_of_them = places_about(plain), list(range(plain.n_components))
    found = changes(_likeliest(plain, all_of_them), places, plain.family.discrete)
    return tuple(Threshold(value, plain.ids[a], plain.ids[b]) for value, a, b in found if a >= 0 and b >= 0)


def crossings(mixture: Mixture, first: int, second: int) -> tuple[Threshold, ...]:
    """All values at which two components, by their numbers, are equally likely, rising, whatever others are there.

    Of two normal components with different sds there are two or none, one of which may lie far outside. Looked for
    between the two locations, and beyond them wherever one of the two is above e^−10,000 of its highest density, which
    is 141 sds from a normal component. Raises ValueError where there is no such component.
    """
    plain = mixture.plain
    pair = [plain.ids.index(first), plain.ids.index(second)]
    ids, places = (first, second), places_about(plain)
    if not plain.family.discrete:
        places = _with_approaches(lambda values: np.subtract(*_joint(plain, values)[pair]), places)
    found = changes(_likeliest(plain, pair), places, plain.family.discrete)
    return tuple(Threshold(value, ids[a], ids[b]) for value, a, b in found if a >= 0 and b >= 0)


def neighbours(mixture: Mixture) -> tuple[tuple[int, int], ...]:
    """The numbers of the components that are next to each other in the order of their locations, K − 1 pairs."""
    ids = mixture.plain.sorted().ids
    return tuple(pairwise(ids))


def misclassified(mixture: Mixture, threshold: Threshold, value: float | None = None) -> Misclassified:
    """What is expected on the wrong side if rows below a threshold were given to the components that belong there.

    Each component belongs to the side on which its location is, the two that the threshold parts to the sides on which
    they are likelier. From the weights and distribution functions. value: another place to cut at, the components
    belonging to the sides of the threshold.
    """
    plain = mixture.plain
    upper = belong_above(plain, threshold)
    under = plain.weights * share_below(plain, np.array([threshold.value if value is None else value]))[:, 0]
    return Misclassified(float(under[upper].sum()), float((plain.weights - under)[~upper].sum()))


def standard_error(mixture: Mixture, threshold: Threshold, covariance: Array | None) -> float | None:
    """The standard error of a threshold, in the data's unit, from that of the parameters by the delta method.

    covariance: of the K weights and then of each parameter's K values in the family's order, all of the population, (K
    + P·K, K + P·K); entries of parameters that are held are 0. None where there is no covariance, for whole numbers,
    and where densities do not cross but jump. Raises ValueError where the covariance is of another shape.
    """
    plain = mixture.plain
    family, k = plain.family, plain.n_components
    if covariance is None or family.discrete:
        return None
    if covariance.shape != (k * (1 + len(family.domains)),) * 2:
        raise ValueError("the covariance must be of all weights and parameters")
    at = np.array([threshold.value])
    a, b = plain.ids.index(threshold.below), plain.ids.index(threshold.above)
    sign = np.zeros(k)
    sign[a], sign[b] = -1.0, 1.0
    with np.errstate(all="ignore"):
        joint = _joint(plain, at)[:, 0]
        if not abs(joint[b] - joint[a]) <= SAME * (1.0 + abs(joint[a])):
            return None
        step = STEP * float(family.spread(plain.parameters)[[a, b]].min())
        ends = at[0] + step * np.array([-1.0, 1.0])
        apart = np.subtract(*_joint(plain, ends)[[b, a]])
        slope = float((apart[1] - apart[0]) / (ends[1] - ends[0]))
        slopes = [sign / np.where(sign != 0.0, plain.weights, 1.0)]
        units = family.units(plain.parameters)
        for name, domain in family.domains.items():
            values, steps = plain.parameters[name], np.full((k, 1), STEP)
            low, high = domain.moved(values, -steps, units), domain.moved(values, steps, units)
            of_low, of_high = (
                family.log_density({**plain.parameters, name: each}, at)[:, 0] for each in (low, high)
            )  # fmt: skip
            moves = (of_high - of_low) / (high - low)
            slopes.append(np.where((sign != 0.0) & ~np.isnan(values), sign * moves, 0.0))
        by_parameters = np.concatenate(slopes) / slope
        variance = float(by_parameters @ covariance @ by_parameters)
    return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else None


# ---- what they are made of


def _joint(plain: Mixture, values: Array) -> Array:
    """Natural log of weight times density, (K, m); −∞ where there is none."""
    with np.errstate(all="ignore"):
        taken = plain.family.supports(values)
        joint = np.full((plain.n_components, len(values)), -np.inf)
        made = plain.joint(values[taken])
        joint[:, taken] = np.where(np.isnan(made), -np.inf, made)
    return joint


def _likeliest(plain: Mixture, positions: list[int]) -> Callable[[Array], Labels]:
    """What says which of the components at these positions is the likeliest at each value (m,).

    It says −1 where none has any density, and so far out that only rounding tells them apart.
    """
    at = plain.family.location(plain.parameters)[positions]
    low, high = np.floor(at.min()), np.ceil(at.max())
    peaks = _joint(plain, np.floor(at) if plain.family.discrete else at)[positions]
    floor = float(peaks[np.isfinite(peaks)].max(initial=-np.inf)) - DEEPEST

    def likeliest(values: Array) -> Labels:
        joint = _joint(plain, values)[positions]
        top = joint.max(axis=0)
        counts = (top > floor) | ((values >= low) & (values <= high) & ~np.isneginf(top))
        return np.asarray(np.where(counts, joint.argmax(axis=0), -1), dtype=np.int64)

    return likeliest


def share_below(plain: Mixture, values: Array) -> Array:
    """P(X < value) under each component, (K, m)."""
    with np.errstate(all="ignore"):
        return np.asarray(plain.family.cdf(plain.parameters, values - 1.0 if plain.family.discrete else values))


def belong_above(plain: Mixture, threshold: Threshold) -> NDArray[np.bool_]:
    """Which components (K,) belong above a threshold."""
    upper = plain.family.location(plain.parameters) >= threshold.value
    upper[plain.ids.index(threshold.below)], upper[plain.ids.index(threshold.above)] = False, True
    return np.asarray(upper)


def places_about(plain: Mixture) -> Array:
    """Values about all components, near and far, rising, of which the family can take each."""
    stride = 1 + plain.n_components // MANY
    steps, logs = np.concatenate([NEAR, FAR])[::stride], LOGARITHMIC[::stride]
    with np.errstate(all="ignore"):
        at = plain.family.location(plain.parameters)[:, np.newaxis]
        wide = plain.family.spread(plain.parameters)[:, np.newaxis]
        positive = np.where(at > 0.0, at, np.nan)
        parts = (at, at + wide * steps, at - wide * steps, positive * np.exp(logs), positive * np.exp(-logs))
        values = np.concatenate([part.ravel() for part in parts])
    tiny = np.nextafter(0.0, 1.0)
    values = np.concatenate([values[np.isfinite(values)], [-tiny, 0.0, tiny]])
    if plain.family.discrete:
        values = np.concatenate([np.floor(values), np.floor(values) + 1.0])
    values = np.unique(values)
    return np.asarray(values[plain.family.supports(values)])


def _with_approaches(apart: Callable[[Array], Array], places: Array) -> Array:
    """With the places at which two lines that do not cross between neighbours come nearest to each other.

    There a parabola through three neighbours has its end; its own neighbours and it make the next one.
    """
    left, middle, right = places[:-2], places[1:-1], places[2:]
    for _ in range(6):
        with np.errstate(all="ignore"):
            low, mid, high = apart(left), apart(middle), apart(right)
            nearest = (np.abs(mid) <= np.abs(low)) & (np.abs(mid) <= np.abs(high)) & (low * mid > 0) & (mid * high > 0)
            left, middle, right = left[nearest], middle[nearest], right[nearest]
            low, mid, high = low[nearest], mid[nearest], high[nearest]
            before, after = middle - left, middle - right
            part = before * (mid - high) - after * (mid - low)
            end = middle - 0.5 * (before**2 * (mid - high) - after**2 * (mid - low)) / part
        good = (end > left) & (end < right) & (end != middle)
        left, middle, right, end = left[good], middle[good], right[good], end[good]
        if not len(end):
            break
        places = np.union1d(places, end)
        reach = np.abs(end - middle)
        left, middle, right = np.maximum(left, end - reach), end, np.minimum(right, end + reach)
    return places


def changes(label: Callable[[Array], Labels], places: Array, whole: bool) -> list[tuple[float, int, int]]:
    """Where a label changes between neighbouring places: the first value with the new one, the old and the new label.

    Each change is halved down to neighbouring numbers of float64, or whole numbers; where a third label is found
    between two, both halves are looked at.
    """
    labels = label(places)
    at = np.flatnonzero(labels[1:] != labels[:-1])
    low, high, old, new = places[at], places[at + 1], labels[at], labels[at + 1]
    found: list[tuple[float, int, int]] = []
    while len(low):
        middle = low / 2.0 + high / 2.0
        if whole:
            middle = np.floor(middle)
        done = (middle <= low) | (middle >= high)
        found += zip(high[done].tolist(), old[done].tolist(), new[done].tolist(), strict=True)
        low, high, middle = low[~done], high[~done], middle[~done]
        old, new = old[~done], new[~done]
        if not len(low):
            break
        here = label(middle)
        first, second = here != old, here != new
        low, high = np.concatenate([low[first], middle[second]]), np.concatenate([middle[first], high[second]])
        old, new = np.concatenate([old[first], here[second]]), np.concatenate([here[first], new[second]])
    return sorted(found)
