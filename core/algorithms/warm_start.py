"""The way to the optimum of any family and any number of columns: begun on few rows, ended on all of them.

Where values repeat, the distinct ones with their counts are the same problem, and the whole way is gone there. Else the
start is carried to an optimum of a sample, and from there every step looks at all rows: by their slope and the sample's
curvature, or, where there is a prior or there are too many parameters for a curvature, by accelerated EM. Constraints
leave the directions free that they do at the sample's optimum; where those lead no higher, accelerated EM goes on.

The sample may lead to another maximum than all rows would, as where a component is of so few rows that hardly one of
them is in the sample; but never lower than the start: then, or where a component collapses there, the way begins at the
start itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from core.algorithms.anderson import Anderson, Memory
from core.algorithms.quasi_newton import ROUNDING, WINDOW, Model, climbed, evaluated
from core.ascent import MAXIMUM, ascend
from core.collapse import collapsed
from core.curvature import MOST_STEPS, Curvature, curvature
from core.data import Data
from core.distinct import distinct
from core.errors import InputError
from core.expectation import Problem, State, expect, lower_bound
from core.mixture import Mixture
from core.saddle import coincident

FEW = 20_000
"""Rows up to which the whole way is gone on all of them."""
SAMPLED, LEAST_SAMPLED, FOR_EACH_STEP = 50, 5_000, 50
"""One row of so many is in a sample, but no fewer rows than that, and so many for each log-weight and local step: then
the sample's curvature is mostly good enough to say how much is left, which spares a look at that of all rows."""
LARGER, MOST_SAMPLED = 5, 2
"""How many times more rows are sampled where fewer cannot even tell that the log-likelihood bends down; and of how many
rows one at most. Heavily overlapping components lead a small sample astray, and then cost a hundred passes."""
ENOUGH = 1.0
"""Log-likelihood still to be gained at which a sample, counted for all rows, is left: far more is in its noise."""
LEAST_GAIN, MOST_LEAPS = 0.1, 200
"""Gain of an accelerated step of EM below which a sample is left, and most such steps there."""
PARTS = 4
"""Parts of a sample of which the curvatures are compared."""
NEAR = 1.0
"""Gain of a step on few values from which on it is asked how much is left."""
TAKEN_OVER = "accelerated EM on all rows took over"
OVER_SADDLE = ", over a saddle, where EM stands still"


@dataclass(frozen=True, eq=False)
class Way:
    """What is remembered on the way. pressed: the values that stand for all rows, None where none do; inner: what the
    next step goes by, accelerated EM where it is no model, and then n_leaps: how many such steps were made by now."""

    pressed: Data | None
    inner: Model | Memory | None
    n_leaps: int = 0


@dataclass(frozen=True, eq=False)
class Attempt:
    """Where few rows have led: the state there with the sums of all rows, None where to begin at the start instead.

    n_passes over the rows of the problem; model: how to go on; note: what happened.
    """

    state: State | None
    n_passes: float
    note: str
    model: Model | None = None


def begun(problem: Problem, state: State) -> State:
    """The first step from a start: to the optimum of a sample, or the whole way where few values or rows allow it."""
    pressed = distinct(problem.data)
    within = problem if pressed is None else replace(problem, data=pressed)
    attempt = _attempted(within, state)
    share = len(within.data) / len(problem.data)
    n_passes = attempt.n_passes * share + (pressed is not None)
    note = attempt.note if pressed is None else f"{len(pressed):,} distinct values stand for all rows; {attempt.note}"
    if attempt.state is None:
        reached = onward(problem, replace(state, memory=Way(pressed, None)))
        return replace(reached, n_passes=n_passes + reached.n_passes, note=note)
    return replace(
        attempt.state,
        memory=Way(pressed, attempt.model),
        bound_after_m=lower_bound(attempt.state.mixture, state.statistics),
        n_passes=n_passes,
        note=note,
        bend=_bound(within, attempt.state, attempt.model),
    )


def onward(problem: Problem, state: State) -> State:
    """The next step of a run that is on its way."""
    way = state.memory
    assert isinstance(way, Way)
    within = problem if way.pressed is None else replace(problem, data=way.pressed)
    share = len(within.data) / len(problem.data)
    model, n_looks = way.inner if isinstance(way.inner, Model) else None, 0
    tired = model.is_full if model is not None else way.n_leaps >= WINDOW and _bends(within, state.mixture)
    if tired:
        model, n_looks = _exact_model(within, state.mixture), 1
    made = climbed(within, state, model) if model is not None else None
    if made is not None:
        reached, model = made
        n_passes = (n_looks + reached.n_passes) * share
        return replace(reached, memory=Way(way.pressed, model), n_passes=n_passes, bend=_bound(within, reached, model))
    plain = replace(state, memory=way.inner if isinstance(way.inner, Memory) else None)
    reached = Anderson().leap(within, plain)
    near = _objective(within, reached) - _objective(within, state) < NEAR
    bend = curvature(within, reached.mixture) if near and way.pressed is not None else None
    return replace(
        reached,
        memory=Way(way.pressed, reached.memory, 1 if tired else way.n_leaps + 1),
        n_passes=(n_looks + reached.n_passes) * share,
        bend=bend if bend is not None and bend.is_maximum else None,
    )


def _attempted(problem: Problem, state: State) -> Attempt:
    alike = coincident(state.mixture)
    if alike is not None:  # EM leaves that saddle by the best of several ways, a climb by any
        return Attempt(None, 0.0, f"{TAKEN_OVER}: {alike.partition(',')[0]}")
    return _whole(problem, state) if len(problem.data) <= FEW else _warm(problem, state)


def _whole(problem: Problem, state: State) -> Attempt:
    """The whole way on all rows of a problem."""
    if not _climbable(problem, state.mixture):
        return Attempt(None, 0.0, TAKEN_OVER)
    summit = ascend(problem, state.mixture, is_patient=False)
    looks = summit.n_e_steps + summit.n_curvatures
    bend = summit.bend
    if summit.ending != MAXIMUM or bend is None or not bend.is_maximum or _is_lower(problem, summit.state, state):
        return Attempt(None, looks, f"{TAKEN_OVER}: the climb came to no maximum")
    over = OVER_SADDLE if summit.left_saddle else ""
    return Attempt(summit.state, looks, f"climbed, looked at {looks:,} times{over}", Model.of(bend))


def _warm(problem: Problem, state: State) -> Attempt:
    """The way on a sample, and a look at all rows from where it has led."""
    data = problem.data
    if np.any(state.mixture.family.noise):
        return Attempt(None, 0.0, TAKEN_OVER)  # its ends are those of all rows: a sample would cut them off for good
    bends, n_passes = _bends(problem, state.mixture), 0.0
    steps = state.mixture.n_components * (1 + state.mixture.family.n_local)
    rows = min(max(len(data) // SAMPLED, LEAST_SAMPLED, FOR_EACH_STEP * steps), len(data) // 2)
    while True:
        few = sampled(data, rows)
        sample = _on_sample(replace(problem, data=few), state.mixture)
        n_passes += sample.looks * len(few) / len(data)
        if not bends or sample.is_sure or rows * LARGER * MOST_SAMPLED > len(data):
            break
        rows *= LARGER
    if sample.mixture is None:
        return Attempt(None, n_passes, f"{TAKEN_OVER}: {len(few):,} rows led to no maximum")
    n_passes += 1.0
    with np.errstate(all="ignore"):
        there = evaluated(problem, sample.mixture)
    if there is None or _is_lower(problem, there, state) or collapsed(problem, there) is not None:
        return Attempt(None, n_passes, f"{TAKEN_OVER}: {len(few):,} rows led down")
    model = sample.model
    if bends and not sample.is_sure:
        model, n_passes = _exact_model(problem, there.mixture), n_passes + 1.0
    return Attempt(there, n_passes, f"warm start on {len(few):,} rows, looked at {sample.looks:,} times", model)


class OnSample(NamedTuple):
    """Where a start leads on a sample, None where a component collapses or there is no maximum; its looks at it."""

    mixture: Mixture | None
    looks: int
    model: Model | None = None

    @property
    def is_sure(self) -> bool:
        """Whether the sample tells that the log-likelihood of all rows bends down there."""
        return self.model is not None and self.model.doubt < 1.0


def _on_sample(part: Problem, start: Mixture) -> OnSample:
    try:
        mixture, looks = _climb(part, start) if _climbable(part, start) else _leap(part, start)
    except InputError:
        return OnSample(None, 1)
    if mixture is None or not _bends(part, start):
        return OnSample(mixture, looks)
    return OnSample(mixture, looks + 1, _model(part, mixture))


def sampled(data: Data, rows: int) -> Data:
    """So many rows (or up to three fewer) of the data, counted so that they stand for all of them.

    One of each stride, not always at the same place of it, so that neither sorted nor periodic rows make a sample that
    differs; rows with a larger count the more often. The same for the same data.
    """
    rows -= rows % PARTS
    within = np.random.Generator(np.random.Philox(key=rows)).random(rows)
    if data.counts is None:
        edges = np.linspace(0, len(data), rows + 1).astype(np.int64)
        places = edges[:-1] + (within * np.diff(edges)).astype(np.int64)
    else:
        upto = np.cumsum(data.counts)
        at = (np.arange(rows) + within) / rows * upto[-1]
        places = np.minimum(np.searchsorted(upto, at, side="right"), len(data) - 1)
    counts = np.full(rows, data.n_samples / rows)
    return data.taken(places, counts)


def _model(part: Problem, mixture: Mixture) -> Model | None:
    """The curvature of a sample, and by how much those of its parts differ; None where it does not bend down.

    The sums of PARTS parts, added with either sign, are as far from 0 as that of the sample is from that of all rows.
    """
    data = part.data
    assert data.counts is not None
    bends = []
    for place in range(PARTS):
        rows = slice(place, None, PARTS)
        bends.append(curvature(replace(part, data=data.taken(rows, data.counts[rows] * PARTS)), mixture))
    free = bends[0].spread
    if not all(bend.is_known and free.shape == bend.spread.shape and np.allclose(free, bend.spread) for bend in bends):
        return None  # a bound may hold in some parts and not in others
    hessians = np.stack([bend.negative_hessian for bend in bends])
    whole = replace(bends[0], negative_hessian=hessians.mean(axis=0))
    if not whole.is_maximum:
        return None
    values, vectors = whole.eigen
    white = vectors / np.sqrt(values)
    signs = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]) / PARTS
    errors = white.T @ np.einsum("sp,pij->sij", signs, hessians) @ white
    return Model.of(whole, float(np.abs(np.linalg.eigvalsh(errors)).max(initial=0.0)))


def _exact_model(problem: Problem, mixture: Mixture) -> Model | None:
    """The curvature of all rows, which costs several passes; None where it does not bend down.

    It is made on the way, and nobody knows how far from the maximum: how much is left it does not say.
    """
    bend = curvature(problem, mixture)
    return Model.of(bend, np.inf) if bend.is_maximum else None


def _bound(problem: Problem, state: State, model: Model | None) -> Curvature | None:
    """The curvature by which it is judged how much is left, where a model knows: not which bounds hold at the end."""
    return None if model is None or problem.constraints.items else model.bound(state)


def _bends(problem: Problem, mixture: Mixture) -> bool:
    """Whether there is a curvature to go by, in steps that lead to mixtures of the family, and the slope is all."""
    family, k = mixture.family, mixture.n_components
    if problem.constraints.has_prior or k * (1 + family.n_local) > MOST_STEPS:
        return False
    return family.directions(mixture.weights, mixture.parameters) is None


def _climbable(problem: Problem, mixture: Mixture) -> bool:
    """Whether a climb by Newton's steps leads to mixtures that are allowed."""
    return not problem.constraints.items and _bends(problem, mixture)


def _climb(part: Problem, start: Mixture) -> tuple[Mixture | None, int]:
    summit = ascend(part, start, ENOUGH, is_patient=False)
    return summit.mixture if summit.ending == MAXIMUM else None, summit.n_e_steps + summit.n_curvatures


def _leap(part: Problem, start: Mixture) -> tuple[Mixture | None, int]:
    """As high as accelerated EM comes on a sample; None where a component collapses."""
    state, looks, gain = State(start, expect(part, start)), 1.0, np.inf
    for _ in range(MOST_LEAPS):
        if collapsed(part, state) is not None:
            return None, round(looks)
        following = Anderson().leap(part, state)
        gain, before = _objective(part, following) - _objective(part, state), gain
        state, looks = following, looks + following.n_passes
        if max(gain, before) < LEAST_GAIN and (not _bends(part, start) or _is_near(part, state.mixture)):
            break
    return state.mixture, round(looks)


def _is_near(problem: Problem, mixture: Mixture) -> bool:
    """Whether a maximum is near, by the curvature there."""
    remaining = curvature(problem, mixture).remaining_gain
    return remaining is not None and remaining < ENOUGH


def _objective(problem: Problem, state: State) -> float:
    """What is climbed: the log-likelihood, plus the log prior where there is one."""
    return state.statistics.log_likelihood + problem.constraints.log_prior(state.mixture)


def _is_lower(problem: Problem, there: State, here: State) -> bool:
    height = _objective(problem, here)
    return _objective(problem, there) < height - ROUNDING * max(abs(height), here.statistics.n)
