"""Components added, removed, split and merged by hand: each gives a new mixture and leaves the old one as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import hypot, inf, log, sqrt
from typing import NamedTuple

import numpy as np

from core.data import Array
from core.errors import InputError
from core.families.family import Family
from core.families.mixed import Mixed
from core.mixture import Mixture
from core.wording import exactly

APART = 0.5
"""How far from the old centre the halves of a split component stand, in its widths."""
OF_UNIFORM = sqrt(12.0) / 4.0
"""The same of a uniform one: so its halves lie side by side."""
WITHIN = 0.6744897501960817
"""Half of a normal component's rows are so many sds from its mean, or nearer."""
NORMAL_FROM = 2.1
"""Degrees of freedom from which on a t distribution has an sd to speak of; below, its scale stands for it."""

Numbers = Mapping[str, float]


class Part(NamedTuple):
    """One component: its number, weight and family, and its parameters by name."""

    identity: int
    weight: float
    family: Family
    numbers: Numbers


class Moments(NamedTuple):
    """Centre and width of a component: its mean and sd, of a lognormal one those of the logarithm."""

    centre: float
    width: float


def removed(mixture: Mixture, identity: int) -> Mixture:
    """The population without a component; the weights of the others share what it had, and they keep their numbers.

    Raises InputError where it is the only one.
    """
    parts = _parts(mixture)
    others = [part for part in parts if part.identity != identity]
    if not others:
        raise InputError("The only component cannot be removed.")
    total = sum(part.weight for part in others)
    if total <= 0.0:
        return _together([part._replace(weight=1.0 / len(others)) for part in others])
    return _together([part._replace(weight=part.weight / total) for part in others])


def added(mixture: Mixture, at: float, width: float) -> Mixture:
    """The population with one more component about a place, of weight 1 / (K + 1), taken from the others in proportion.

    It has the lowest number that is free, and of several families the most frequent that has a place. Raises InputError
    where none can stand there.
    """
    parts = _parts(mixture)
    family = _usual(parts)
    mean, sd = at, width
    low, high = _ends(family)
    if not (0.0 if family.name == "lognormal" else low) < at < high:
        raise InputError(f"A {family.title} component cannot stand at {exactly(at)}: it is of {family.support}.")
    if family.name == "lognormal":
        mean, sd = log(at), width / at
    like = [part.numbers for part in parts if part.family == family]
    tails = {name: float(np.median([one[name] for one in like])) for name in like[0]}
    k = len(parts)
    new = Part(_free(parts), 1.0 / (k + 1), family, _written(family, Moments(mean, sd), tails))
    return _together([*(part._replace(weight=part.weight * k / (k + 1)) for part in parts), new])


def split(mixture: Mixture, identity: int) -> Mixture:
    """The population with a component in two halves that together have its weight, mean and sd.

    They stand half an sd to either side; a uniform one is cut in the middle. Of families with one parameter the mean is
    kept. The upper half has the lowest number that is free.
    """
    parts = _parts(mixture)
    one = _named(parts, identity)
    centre, width = moments(one)
    low, high = _ends(one.family)
    away = width * (OF_UNIFORM if one.family.name == "uniform" else APART)
    away = min(away, 0.5 * (centre - low), 0.5 * (high - centre))
    narrow = sqrt(max(width * width - away * away, 0.0))
    halves = [
        Part(number, one.weight / 2.0, one.family, _written(one.family, Moments(at, narrow), one.numbers))
        for number, at in ((identity, centre - away), (_free(parts), centre + away))
    ]
    return _together([*(part for part in parts if part.identity != identity), *halves])


def merged(mixture: Mixture, identity: int, other: int) -> Mixture:
    """The population with one component in place of two of a family: it has their weight, and their mean and sd.

    Of families with one parameter the mean is kept; of uniform ones it reaches over both. It has the first one's
    number. Raises InputError where they are of different families.
    """
    parts = _parts(mixture)
    pair = [_named(parts, identity), _named(parts, other)]
    first, second = pair
    if first.family != second.family:
        raise InputError(f"Components {identity} and {other} are of different families, so they cannot be merged.")
    weight = first.weight + second.weight
    shares = [part.weight / weight if weight > 0.0 else 0.5 for part in pair]
    if first.family.name == "uniform":
        low, high = min(one.numbers["low"] for one in pair), max(one.numbers["high"] for one in pair)
        numbers: Numbers = {"low": low, "high": high}
    else:
        tails = {
            name: sum(share * part.numbers[name] for share, part in zip(shares, pair, strict=True))
            for name in first.numbers
        }
        numbers = _written(first.family, _pooled(shares, [moments(part) for part in pair]), tails)
    rest = [part for part in parts if part.identity not in (identity, other)]
    return _together([*rest, Part(identity, weight, first.family, numbers)])


def partners(mixture: Mixture, identity: int) -> tuple[int, ...]:
    """The components that another can be merged with, by number, the nearest first."""
    parts = _parts(mixture)
    one = _named(parts, identity)
    others = [part for part in parts if part.identity != identity and part.family == one.family]
    at = moments(one).centre
    return tuple(part.identity for part in sorted(others, key=lambda part: abs(moments(part).centre - at)))


def renumbered(mixture: Mixture) -> Mixture:
    """The same components numbered from 1 to K, in the order of the numbers they had."""
    order = sorted(mixture.ids)
    ids = tuple(order.index(identity) + 1 for identity in mixture.ids)
    return Mixture(mixture.family, mixture.weights, mixture.parameters, ids)


def width_about(edges: Array, counts: Array, at: float, share: float) -> float:
    """The sd of a normal component about a place that holds this share of all rows, by their histogram.

    Half of the share lies as near as 0.67 sds. edges (B + 1,), counts (B,); never less than half a bin.
    """
    whole = counts.sum()
    below = np.concatenate([[0.0], np.cumsum(counts)]) / whole
    reach = float(max(abs(at - edges[0]), abs(edges[-1] - at)))
    near, far = 0.0, reach
    for _ in range(60):
        middle = 0.5 * (near + far)
        held = np.interp(at + middle, edges, below) - np.interp(at - middle, edges, below)
        near, far = (middle, far) if held < 0.5 * share else (near, middle)
    return max(far / WITHIN, 0.5 * float(np.diff(edges).min()))


def most_missing(mixture: Mixture, edges: Array, counts: Array) -> float:
    """Where a histogram has the most rows more than the mixture says, by stretches as wide as one more component's.

    edges (B + 1,), counts (B,).
    """
    whole, expected = counts.sum(), np.diff(mixture.plain.cdf(edges))
    excess = counts - whole * np.nan_to_num(expected)
    stretch = max(1, len(counts) // (2 * (mixture.n_components + 1)))
    at = int(np.argmax(np.convolve(excess, np.ones(stretch), "same")))
    return float(0.5 * (edges[at] + edges[at + 1]))


def moments(part: Part) -> Moments:
    """Centre and width of a component; of t components with very heavy tails the scale is the width."""
    numbers, name = part.numbers, part.family.name
    if name == "student_t":
        return Moments(numbers["location"], numbers["scale"] * _sds(numbers["degrees_of_freedom"]))
    if name == "lognormal":
        return Moments(numbers["log_mean"], numbers["log_sd"])
    arrays = {key: np.array([value]) for key, value in numbers.items()}
    return Moments(float(part.family.location(arrays)[0]), float(part.family.spread(arrays)[0]))


def _parts(mixture: Mixture) -> list[Part]:
    """The components of the population. Raises InputError where they are of several columns, or of no distribution."""
    plain = mixture.plain
    family = plain.family
    if family.n_features > 1:
        raise InputError("Components of several columns cannot be steered by hand.")
    if family.shared:
        raise InputError(f"The cells of {family.title} cannot be steered by hand.")
    families = family.families if isinstance(family, Mixed) else (family,) * plain.n_components
    return [
        Part(
            identity,
            float(plain.weights[place]),
            families[place],
            {name: float(plain.parameters[name][place]) for name in families[place].parameter_names},
        )
        for place, identity in enumerate(plain.ids)
    ]


def _together(parts: Sequence[Part]) -> Mixture:
    """A mixture of components, in the order of their numbers. Raises InputError where a value is not allowed."""
    parts = sorted(parts, key=lambda part: part.identity)
    families = tuple(part.family for part in parts)
    kinds = tuple(dict.fromkeys(families))
    family = kinds[0] if len(kinds) == 1 else Mixed(families)
    parameters = {
        name: np.array([part.numbers.get(name, float("nan")) for part in parts]) for name in family.parameter_names
    }
    weights = np.array([part.weight for part in parts])
    weights /= weights.sum()
    tied = np.array([one.name == "gaussian" and one.covariance == "tied" for one in families])
    if tied.any() and np.ptp(parameters["sd"][tied]) > 0.0:
        shares = weights[tied] / weights[tied].sum() if weights[tied].any() else np.full(tied.sum(), 1.0 / tied.sum())
        largest = parameters["sd"][tied].max()
        parameters["sd"][tied] = largest * np.sqrt((shares * np.square(parameters["sd"][tied] / largest)).sum())
    return Mixture(family, weights, parameters, tuple(part.identity for part in parts)).checked()


def _pooled(shares: Sequence[float], of: Sequence[Moments]) -> Moments:
    """Mean and sd of several together, from the distances between them, so that an offset costs no digit."""
    base = of[0].centre
    away = [one.centre - base for one in of]
    mean = sum(share * one for share, one in zip(shares, away, strict=True))
    width = hypot(*(sqrt(share) * part for share, one, at in zip(shares, of, away, strict=True)
                    for part in (one.width, at - mean)))  # fmt: skip
    return Moments(base + mean, width)


def _written(family: Family, of: Moments, tails: Numbers) -> Numbers:
    """The parameters of a component with these moments; tails: of which it takes what moments do not say."""
    return _BY_FAMILY[family.name](family, of.centre, of.width, tails)


def _weibull(family: Family, mean: float, sd: float, tails: Numbers) -> Numbers:
    one = np.ones(1)
    made = family.resembling(one, mean * one, sd * one, np.array(mean), np.array(mean))
    return {name: float(array[0]) for name, array in made.items()}


_BY_FAMILY: Mapping[str, Callable[[Family, float, float, Numbers], Numbers]] = {
    "gaussian": lambda family, mean, sd, tails: {"mean": mean, "sd": sd},
    "student_t": lambda family, mean, sd, tails: {
        "location": mean,
        "scale": sd / _sds(tails["degrees_of_freedom"]),
        "degrees_of_freedom": tails["degrees_of_freedom"],
    },
    "lognormal": lambda family, mean, sd, tails: {"log_mean": mean, "log_sd": sd},
    "gamma": lambda family, mean, sd, tails: {"shape": (mean / sd) ** 2, "scale": sd * (sd / mean)},
    "weibull": _weibull,
    "exponential": lambda family, mean, sd, tails: {"rate": 1.0 / mean},
    "poisson": lambda family, mean, sd, tails: {"rate": mean},
    "binomial": lambda family, mean, sd, tails: {"probability": mean / (family.trials or 1)},
    "uniform": lambda family, mean, sd, tails: {"low": mean - sqrt(3.0) * sd, "high": mean + sqrt(3.0) * sd},
}
"""Name of a family → a component's parameters, by its moments."""


def _sds(degrees: float) -> float:
    """The sd of a t distribution in scales."""
    return sqrt(degrees / (degrees - 2.0)) if degrees > NORMAL_FROM else 1.0


def _ends(family: Family) -> tuple[float, float]:
    """Between which numbers the centre of a component can be."""
    if family.name == "binomial":
        return 0.0, float(family.trials or inf)
    positive = family.name in ("gamma", "weibull", "exponential", "poisson")
    return (0.0 if positive else -inf), inf


def _usual(parts: Sequence[Part]) -> Family:
    """The most frequent family among those whose components have a place, else among all."""
    placed = [part.family for part in parts if not part.family.noise] or [part.family for part in parts]
    return max(dict.fromkeys(placed), key=placed.count)


def _free(parts: Sequence[Part]) -> int:
    """The lowest number that no component has."""
    taken = {part.identity for part in parts}
    return next(number for number in range(1, len(parts) + 2) if number not in taken)


def _named(parts: Sequence[Part], identity: int) -> Part:
    found = next((part for part in parts if part.identity == identity), None)
    if found is None:
        raise InputError(f"There is no component {identity}.")
    return found
