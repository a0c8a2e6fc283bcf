"""One half-step of a run as it is to be explained: what was before and after, and what it did to the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from core.algorithms.algorithm import Algorithm
from core.binning import freedman_diaconis
from core.data import Array, Data
from core.explaining.equations import Equation, equations, family_of, numbers_of
from core.mixture import Mixture
from core.options import FitOptions

START, E, M = "start", "E step", "M step"
MOST_CELLS, MOST_UNSEEN = 80_000, 10_000
"""Rows times components that are looked at, and where rows say less than a value: one of many stands for the others."""
TOUCHING = 1e-9
"""Part of the log-likelihood (or of the number of rows) by which a lower bound that touches it may differ."""
AGREEING = 1e-6
"""Part of a value (or of its component's sd) by which a ratio of sums over all rows may miss it."""
EXACTLY, ROUGHLY = 1e-3, 0.1
"""Part of a move by which the rows' own effects may miss it, where all rows are looked at and where only some are."""
HARDLY = 0.05
"""Share of the largest effect of a bin below which one at the end of a stretch of bins is left out."""


class Shares(Protocol):
    """Responsibilities as they follow from a row: in proportion to (weight · density)^(1 / temperature)."""

    @property
    def mixture(self) -> Mixture:
        """Whose components share, as the rows show it."""
        ...

    @property
    def temperature(self) -> float:
        """1 for the posterior, 0 where a row belongs to one component alone."""
        ...

    @property
    def is_exact(self) -> bool:
        """Whether the variant's own responsibilities are these."""
        ...

    def of(self, joint: Array) -> Array:
        """Shares (K, m) from the log of weight times density (K, m)."""
        ...


class Heights(NamedTuple):
    """The lower bound before a half-step's iteration, after its M step and after its E step, and what bounds it.

    before: after the E step of the iteration before, log_likelihood_before that of its parameters. NaN for none.
    """

    before: float
    after_m: float
    after_e: float
    log_likelihood: float
    log_likelihood_before: float


class Looked(NamedTuple):
    """The rows that are looked at: as densities take them, their values (m,), how many rows each stands for (m,)."""

    observations: Array
    values: Array
    counts: Array
    is_whole: bool


class Change(NamedTuple):
    """What an E step changed: rows with another likeliest component, rows' worth of responsibility that went over to
    another component, and what each component holds before and after, (K,)."""

    rows: float
    moved: float
    before: Array
    after: Array


class Pull(NamedTuple):
    """The rows that moved a parameter the most: between two values, how many, how much more they count for the
    component than before, how far that alone moved it, and how far it moved in all."""

    low: float
    high: float
    rows: float
    more: float
    effect: float
    move: float


@dataclass(frozen=True, eq=False)
class HalfStep:
    """A half-step and those around it.

    phase: START, E or M. mixture: the parameters after it, as rows show them; before: of the iteration before. held:
    who holds which rows after an E step, or in an M step; held_before: the responsibilities before those. note: what
    happened instead of an ordinary step. n_passes: over the data, that the iteration made.
    """

    phase: str
    number: int
    data: Data
    options: FitOptions
    algorithm: Algorithm
    mixture: Mixture
    before: Mixture | None
    held: Shares | None
    held_before: Shares | None
    heights: Heights
    note: str = ""
    n_passes: float = 1.0

    @property
    def is_seen(self) -> bool:
        """Whether every row says its value, and none is missing: then sums over the rows make the parameters."""
        form = self.data.form
        return not (form.intervals or form.errors or form.truncate is not None)

    @property
    def rounding(self) -> float:
        """How far a lower bound that touches the log-likelihood may be from it."""
        return TOUCHING * max(1.0, abs(self.heights.log_likelihood), self.data.n_samples)

    @property
    def touches(self) -> bool:
        """Whether the lower bound touches the log-likelihood once this iteration's E step is done."""
        return abs(self.heights.log_likelihood - self.heights.after_e) <= self.rounding

    @property
    def noted(self) -> str:
        """The note as a sentence; "" for none."""
        return f"Noted of this iteration: {self.note.rstrip('.')}." if self.note else ""

    @cached_property
    def looked(self) -> Looked:
        """All rows, or some of everywhere that stand for them."""
        data = self.data
        most = MOST_CELLS if data.form.is_plain else MOST_UNSEEN
        stride = -(-len(data) * self.mixture.n_components // most)
        # One row of each stretch, by chance: every so-manieth would meet a file's own order.
        rows = slice(None) if stride == 1 else _one_of_each(len(data), stride)
        counts = np.ones(len(data.values[rows])) if data.counts is None else data.counts[rows]
        if stride > 1:
            counts = counts * (data.n_samples / counts.sum())
        return Looked(data.observations(rows), data.values[rows][:, 0], counts, stride == 1)

    def responsibilities(self, shares: Shares) -> Array:
        """What each component has of each row looked at, (K, m)."""
        with np.errstate(all="ignore"):
            return np.nan_to_num(shares.of(shares.mixture.joint(self.looked.observations)))

    @cached_property
    def now(self) -> Array:
        """The responsibilities in force, (K, m)."""
        assert self.held is not None
        return self.responsibilities(self.held)

    @cached_property
    def then(self) -> Array | None:
        """Those before them, (K, m); None where there were none."""
        return None if self.held_before is None else self.responsibilities(self.held_before)

    @cached_property
    def change(self) -> Change | None:
        """What changed from the responsibilities before to those in force; None where there were none before."""
        if self.held is None or self.then is None:
            return None
        counts = self.looked.counts
        changed = self.now.argmax(axis=0) != self.then.argmax(axis=0)
        moved = 0.5 * np.abs(self.now - self.then).sum(axis=0)
        # Not by BLAS, whose threads would wait for each other while a fit has all cores.
        before, after = (np.einsum("km,m->k", shares, counts) for shares in (self.then, self.now))
        return Change(float(counts[changed].sum()), float((moved * counts).sum()), before, after)

    def equation(self, place: int) -> Equation | None:
        """What gives the location of a component by its rows; None where nothing so simple does."""
        plain = self.mixture.plain
        found = equations(family_of(plain, place)) if self.is_seen else ()
        return next((one for one in found if one.about), None)

    def sums(self, equation: Equation, place: int, shares: Array, mixture: Mixture, before: Mixture) -> Array:
        """What each row looked at adds to both sums of an equation, (2, m)."""
        numbers = numbers_of(mixture.plain, place), numbers_of(before.plain, place)
        with np.errstate(all="ignore"):
            over, under = equation.parts(*numbers, self.looked.values)
            weight = shares[place] * self.looked.counts
            return np.where(weight > 0.0, np.stack([over, under]) * weight, 0.0)

    def agrees(self, equation: Equation, place: int) -> bool:
        """Whether the M step's parameter is what the equation makes of the rows under the responsibilities in force.

        Not where it is held to something, nor where a variant makes it otherwise. Known only where all rows are looked
        at.
        """
        if self.before is None or self.held is None or not self.looked.is_whole:
            return False
        over, under = self.sums(equation, place, self.now, self.mixture, self.before).sum(axis=1)
        value = equation.value(numbers_of(self.mixture.plain, place))
        spread = float(self.mixture.plain.family.spread(self.mixture.plain.parameters)[place])
        return bool(abs(over / under - value) <= AGREEING * max(min(abs(value), spread), 1e-300)) if under else False

    def pull(self, place: int) -> Pull | None:
        """Which rows moved a component's location; None where that cannot be said of this step.

        Where the location is a ratio A/B of sums over rows, before as well as after, it moved by Σ (ΔA − old ΔB)/B:
        each row's term is what the change of its own responsibility did.
        """
        equation, before = self.equation(place), self.before
        if equation is None or before is None or self.then is None:
            return None
        if self.looked.is_whole and not self.agrees(equation, place):
            return None
        assert self.held_before is not None
        new = self.sums(equation, place, self.now, self.mixture, before)
        old = self.sums(equation, place, self.then, before, self.held_before.mixture)
        value, total = float(old[0].sum() / old[1].sum()), float(new[1].sum())
        move = equation.value(numbers_of(self.mixture.plain, place)) - equation.value(numbers_of(before.plain, place))
        terms = ((new[0] - old[0]) - value * (new[1] - old[1])) / total
        # Only where the parameter before was made in the same way do the terms add up to the move.
        most = EXACTLY if self.looked.is_whole else ROUGHLY
        if move == 0.0 or not abs(float(terms.sum()) - move) <= most * abs(move):
            return None
        more = (self.now[place] - self.then[place]) * self.looked.counts
        return self._strongest(terms, more, move, place)

    def _strongest(self, terms: Array, more: Array, move: float, place: int) -> Pull | None:
        """The stretch of neighbouring bins, on one side of where the component was, that did most of the move."""
        assert self.before is not None
        edges = freedman_diaconis(self.data)
        at = np.searchsorted(edges, self.looked.values, side="right").clip(1, len(edges) - 1) - 1
        n_bins = len(edges) - 1
        effects = np.bincount(at, terms, n_bins) * np.sign(move)
        middle = float(self.before.plain.family.location(self.before.plain.parameters)[place])
        side = edges[:-1] + 0.5 * np.diff(edges) > middle
        best: tuple[float, int, int] | None = None
        for first, last in _stretches(effects > HARDLY * effects.max(initial=0.0), side):
            effect = float(effects[first:last].sum())
            if best is None or effect > best[0]:
                best = effect, first, last
        if best is None:
            return None
        inside = (at >= best[1]) & (at < best[2])
        return Pull(
            float(edges[best[1]]), float(edges[best[2]]), float(self.looked.counts[inside].sum()),
            float(more[inside].sum()), float(terms[inside].sum()), move,
        )  # fmt: skip


def _one_of_each(n: int, stride: int) -> NDArray[np.int64]:
    """A row of each stretch of so many rows, always the same ones."""
    firsts = np.arange(0, n - stride + 1, stride)
    return np.asarray(firsts + np.random.default_rng(n).integers(0, stride, len(firsts)))


def _stretches(held: NDArray[np.bool_], side: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of bins that are held and on one side, as (first, one past the last)."""
    ends = np.flatnonzero((np.diff(held) != 0) | (np.diff(side) != 0)) + 1
    for first, last in pairwise([0, *ends.tolist(), len(held)]):
        if held[first]:
            yield first, last
