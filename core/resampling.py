"""Data drawn anew: rows drawn from the rows, rows weighed at random, or rows drawn from a mixture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data
from core.errors import InputError
from core.families.observed import Observed
from core.mixture import Mixture
from core.roles import PLAIN

Positions = NDArray[np.int64]
TOGETHER = 1e-3
"""How much of all that the model expects may lie outside of the bins that came with the data."""
MOST_ROUNDS = 2_000
"""How often values that could not have been recorded are drawn again."""


def usual(data: Data) -> str:
    """The kind of bootstrap that asks least of the data: weighted for weighted rows, else by cases."""
    return "weighted" if _are_reliabilities(data) else "cases"


def why_not(kind: str, data: Data, mixture: Mixture) -> str:
    """Why data cannot be drawn anew in a way, in one sentence; "" where they can."""
    return _why_no_simulation(data, mixture) if kind == "parametric" else ""


def drawn(kind: str, data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """Data of the same form and size, drawn anew. Raises InputError where `why_not` has a reason."""
    return KINDS[kind](data, mixture, rng)


def _by_cases(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """n observations drawn from the n with replacement; a row with a reliability keeps it."""
    n = len(data)
    if data.counts is not None and not _are_reliabilities(data):
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
    if data.counts is None or _are_reliabilities(data):
        draws = rng.standard_exponential(len(data))
        return replace(data, counts=_scaled(draws if data.counts is None else draws * data.counts, data))
    return replace(data, counts=_scaled(rng.standard_gamma(data.counts), data))


def _scaled(counts: Array, data: Data) -> Array:
    """Weights that add up to the number of observations."""
    return np.asarray(counts * (data.n_samples / counts.sum()))


def _are_reliabilities(data: Data) -> bool:
    """Whether counts say how much each row is worth, not how many rows it is."""
    return data.counts is not None and bool(data.weighted_by or (data.counts != np.floor(data.counts)).any())


def _by_model(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """As many observations drawn from the mixture, recorded in the way that these were."""
    reason = _why_no_simulation(data, mixture)
    if reason:
        raise InputError(reason)
    form = data.form
    if form.all_hidden:
        return _drawn_bins(data, mixture, rng)
    per_row = form.errors or bool(form.labels) or bool(form.groups)
    rows: Positions = np.arange(round(data.n_samples))
    if per_row:
        rows = np.arange(len(data)) if data.counts is None else np.repeat(np.arange(len(data)), _whole(data.counts))
    of_rows = () if data.seen is None else data.seen[rows if per_row else rows[:0]].T
    said = dict(zip(form.columns, of_rows, strict=True))
    groups = said["groups"].astype(np.int64) if form.groups else None
    values, components = _drawn_values(data, mixture, len(rows), groups, rng)
    if form.labels:
        assert isinstance(mixture.family, Observed)
        label_of = np.argsort(mixture.family.labelled)
        said["labels"] = np.where(said["labels"] >= 0, label_of[components], -1.0)
    if form.errors:
        values = values + rng.normal(size=len(values)) * said["errors"]
    if form.intervals:
        limit = _one_limit(data)
        assert limit is not None
        over = values > limit
        values = np.where(over, limit, values)
        said |= {"lower": values, "upper": np.where(over, np.inf, values)}
    seen = np.stack([said[name] for name in form.columns], axis=1) if form.columns else None
    if form.is_plain and mixture.family.discrete:
        values, counts = np.unique(values, return_counts=True)
        return Data(values, data.columns, counts=counts.astype(np.float64), roles=PLAIN)
    return Data(values, data.columns, seen=seen, form=form, roles=PLAIN)


def _drawn_values(
    data: Data, mixture: Mixture, n: int, groups: Positions | None, rng: np.random.Generator
) -> tuple[Array, Positions]:
    """n values that could be recorded, (n,) or (n, d), and the position of the component of each."""
    plain, (low, high) = mixture.plain, data.form.truncate or (-np.inf, np.inf)
    weights = plain.weights[:, np.newaxis] / plain.weights.sum()
    if groups is not None:
        assert isinstance(mixture.family, Observed)
        weights = plain.weights[:, np.newaxis] * mixture.family.group_shares(mixture.parameters)
        weights = weights / weights.sum(axis=0)
    up_to = np.cumsum(weights, axis=0)
    group = np.zeros(n, dtype=np.int64) if groups is None else groups
    values = np.empty(n) if plain.family.n_features == 1 else np.empty((n, plain.family.n_features))
    components, missing = np.zeros(n, dtype=np.int64), np.arange(n)
    for _ in range(MOST_ROUNDS):
        above = rng.random(len(missing)) > up_to[:-1, group[missing]]
        components[missing] = above.sum(axis=0)
        values[missing] = plain.family.sample(plain.parameters, components[missing], rng)
        if data.form.truncate is None:
            return values, components
        missing = missing[(values[missing] <= low) | (values[missing] >= high)]
        if not len(missing):
            return values, components
    raise InputError(
        "The model expects hardly any value where it could be recorded, so data cannot be drawn from it: "
        "use the bootstrap by cases."
    )


def _drawn_bins(data: Data, mixture: Mixture, rng: np.random.Generator) -> Data:
    """Counts of the bins that came with the data."""
    first, shares = _bins(data, mixture)
    counts = rng.multinomial(round(data.n_samples), shares / shares.sum()).astype(np.float64)
    assert data.seen is not None
    return Data(data.values[first], data.columns, counts=counts, seen=data.seen[first], form=data.form, roles=PLAIN)


def _bins(data: Data, mixture: Mixture) -> tuple[Positions, Array]:
    """A row of each of the intervals, rising, and their probabilities."""
    assert data.seen is not None
    first = np.unique(data.seen[:, :2], axis=0, return_index=True)[1]
    return first, np.exp(mixture.log_density(data.observations(first)))


def _one_limit(data: Data) -> float | None:
    """The value beyond which no value was seen, where that was the same for all rows."""
    assert data.seen is not None
    lower, upper = data.seen[~data.exact, 0], data.seen[~data.exact, 1]
    is_one = np.isposinf(upper).all() and (lower == lower[0]).all() and (data.column[data.exact] <= lower[0]).all()
    return float(lower[0]) if is_one else None


def _why_no_simulation(data: Data, mixture: Mixture) -> str:
    form, other = data.form, "use the bootstrap by cases."
    if mixture.family.shared:
        return f"This model says nothing of single rows, so they cannot be drawn from it: {other}"
    if data.counts is not None and _are_reliabilities(data):
        return (
            "Reliabilities are not in the model, so weighted rows cannot be drawn from it: use the weighted bootstrap."
        )
    if form.intervals and (form.labels or form.groups or (form.truncate is not None and not form.all_hidden)):
        return f"Rows that are intervals and have labels, groups or limits cannot be drawn from the model: {other}"
    if form.all_hidden:
        assert data.seen is not None
        bins = np.unique(data.seen[:, :2], axis=0)
        if (bins[1:, 0] < bins[:-1, 1]).any() or _bins(data, mixture)[1].sum() < 1.0 - TOGETHER:
            return f"The intervals overlap or leave gaps, so it is not known how a drawn value would be seen: {other}"
    elif form.intervals and _one_limit(data) is None:
        return (
            f"Rows are censored at different values, and what would have ended the others is not in the model: {other}"
        )
    if form.labels and len(form.labels) < mixture.n_components:
        return f"Only some components have a label, so it is not known which drawn rows would have one: {other}"
    return ""


def _whole(counts: Array) -> Positions:
    return np.round(counts).astype(np.int64)


KINDS: dict[str, Callable[[Data, Mixture, np.random.Generator], Data]] = {
    "cases": _by_cases,
    "parametric": _by_model,
    "weighted": _by_weights,
}
"""Kind of bootstrap → what draws its data."""
