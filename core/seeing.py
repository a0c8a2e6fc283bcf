"""Mixtures as data show them: starts that fit intervals, truncation, labels and groups, and shares of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.data import Array, Data
from core.errors import InputError
from core.families.family import Family
from core.families.observed import LEAST_SHARE, Observed, observed
from core.mixture import Mixture

BY_LABELS = ("kmeans", "quantiles")
"""Starts that look for groups of rows: where some of them are known there is less to look for."""


def as_seen(data: Data, mixture: Mixture) -> Mixture:
    """A mixture of a population as these data show it: its labels stand for the components of their numbers."""
    if data.form.is_plain or isinstance(mixture.family, Observed):
        return mixture
    family = observed(mixture.family, data.form)
    assert isinstance(family, Observed)
    if len(data.form.labels) > mixture.n_components:
        raise InputError(_too_many(data, mixture.n_components))
    places = tuple(mixture.ids.index(number + 1) for number in range(len(data.form.labels)))
    family = replace(family, labelled=places)
    weights, parameters = family.wrapped(mixture.weights, mixture.parameters)
    return Mixture(family, weights, parameters, mixture.ids)


def check_seen(data: Data, family: Family, n_components: int, holds_weights: bool) -> None:
    """Raises InputError where rows of this form cannot be fitted by components of this family.

    holds_weights: whether weights are held to anything.
    """
    form, plain = data.form, family.plain
    members = getattr(plain, "families", (plain,))
    if form.errors and any(one.name != "gaussian" for one in members):
        raise InputError("Measurement errors can be taken out of Gaussian components only: use --family gaussian.")
    without = next((one for one in members if not one.discrete and type(one).line is Family.line), None)
    if (form.intervals or form.truncate is not None) and without is not None:
        what = "Intervals and censored values" if form.intervals else "Truncated values"
        raise InputError(f"{what} say nothing about where a {without.title} component ends: use another family.")
    if form.truncate is not None and plain.discrete:
        _check_ends(data)
    if form.intervals and data.seen is not None and not data.exact.any():
        low, high = data.seen[:, 0], data.seen[:, 1]
        if np.isinf(high).all() or np.isinf(low).all():
            side = "larger than something" if np.isinf(high).all() else "smaller than something"
            raise InputError(f"No value was seen: each is only known to be {side}, so the likelihood has no maximum.")
    if holds_weights and form.truncate is not None:
        raise InputError("Where values are truncated, weights cannot be held to anything: leave out that constraint.")
    if holds_weights and form.groups:
        raise InputError(
            "Where groups have weights of their own, these cannot be held to anything: leave out that constraint."
        )
    names = form.labels or (data.labels.names if data.labels is not None else ())
    if len(names) > n_components:
        raise InputError(_too_many(data, n_components))


def _check_ends(data: Data) -> None:
    """Raises InputError where a whole number is one of the ends of a truncation, which are outside themselves."""
    low, high = data.form.truncate or (-np.inf, np.inf)
    values = data.values[:, 0]
    wrong = data.exact & ((values <= low) | (values >= high))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"Row {data.row_number(at)} is {values[at]:g}, an end of --truncate, which is itself outside: for whole "
            "numbers from 1 up say --truncate=0:."
        )


def _too_many(data: Data, n_components: int) -> str:
    names = data.form.labels or (data.labels.names if data.labels is not None else ())
    components = "1 component" if n_components == 1 else f"{n_components} components"
    return f"There are {len(names)} labels but only {components}: use at least as many components."


def numbered(data: Data, start: Mixture) -> Mixture:
    """A start with its components numbered by location; by their labels where rows have any, the rest by location."""
    start = start.numbered()
    if not data.form.labels or not isinstance(start.family, Observed):
        return start
    means = _of_labels(data)[1]
    free = list(range(start.n_components))
    locations = start.family.location(start.parameters)
    taken = []
    for mean in means:
        taken.append(min(free, key=lambda k: abs(locations[k] - mean)))
        free.remove(taken[-1])
    order = [*taken, *free]
    parameters = {name: array[order] for name, array in start.parameters.items()}
    family = replace(start.family.part(order), labelled=tuple(range(len(means))))
    return Mixture(family, start.weights[order], parameters)


def labelled_start(data: Data, family: Family, start: Mixture) -> Mixture:
    """A start in which the components that rows are known to be of have the share, mean and sd of those rows."""
    counts, means, sds = _of_labels(data)
    k, few = start.n_components, len(means)
    locations, spreads = family.location(start.parameters), family.spread(start.parameters)
    free = list(range(k))
    for mean in means:
        free.remove(min(free, key=lambda place: abs(locations[place] - mean)))
    all_means, all_sds = np.concatenate([means, locations[free]]), np.concatenate([sds, spreads[free]])
    share = few / k
    weights = np.concatenate([share * counts / counts.sum(), np.full(k - few, 1.0 / k)])
    low, high = data.minimum[0], data.maximum[0]
    return Mixture(family, weights, family.resembling(weights, all_means, all_sds, low, high))


def _of_labels(data: Data) -> tuple[Array, Array, Array]:
    """How many rows have each label (L,), and their mean and sd, of one that has too few rows the data's (L,)."""
    assert data.labels is not None
    codes, n = data.labels.codes, len(data.labels.names)
    known = codes >= 0
    values = data.values[known, 0]
    weights = np.ones(len(values)) if data.counts is None else data.counts[known]
    held = np.bincount(codes[known], weights, n)
    some = np.where(held > 0, held, 1.0)
    means = np.bincount(codes[known], weights * (values - data.mean[0]), n) / some
    squares = np.bincount(codes[known], weights * np.square(values - data.mean[0] - means[codes[known]]), n) / some
    sds = np.where(squares > 0, np.sqrt(squares), data.sd[0] / n)
    return np.maximum(held, 1.0), data.mean[0] + means, sds


def weighted_in_groups(data: Data, mixture: Mixture, weights: Array) -> Mixture:
    """A mixture of a population with other weights in each group that shares its components, (G, K)."""
    shares, k = np.array(data.form.group_shares), mixture.n_components
    seen = as_seen(data, Mixture(mixture.family, np.full(k, 1.0 / k), mixture.parameters, mixture.ids))
    assert isinstance(seen.family, Observed)
    recorded = weights * seen.weights  # of equal weights those that are recorded, up to a factor
    joint = shares[:, np.newaxis] * (recorded / recorded.sum(axis=1, keepdims=True))
    of_group = joint / np.maximum(joint.sum(axis=0), LEAST_SHARE)
    named = dict(zip(seen.family.group_names, of_group, strict=True))
    return Mixture(seen.family, joint.sum(axis=0), {**seen.parameters, **named}, mixture.ids)


def group_weights(data: Data, mixture: Mixture) -> Array:
    """The weights in the population of each group that shares the components, (G, K); (0, K) where there are none."""
    family = mixture.family
    if not isinstance(family, Observed) or not family.n_groups:
        return np.zeros((0, mixture.n_components))
    joint = mixture.plain.weights[:, np.newaxis] * family.group_shares(mixture.parameters)
    return np.asarray((joint / joint.sum(axis=0)).T)
