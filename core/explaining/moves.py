"""What an M step did, in sentences: which component moved, because of which rows, and what that lifted."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from core import formatting
from core.explaining.amounts import amount, capital, rough, rows, told, total
from core.explaining.equations import family_of, numbers_of
from core.explaining.half_step import HalfStep, Pull
from core.families.family import spoken
from core.mixture import Mixture

NEXT_TO_NOTHING = 1e-12
"""Step, in a parameter's own measure, below which it has not moved."""
HARDLY = 0.01
"""Part of a component's largest step below which another of its parameters is not worth a word."""
ONE_BY_ONE = ("em", "hard")
"""Variants whose M step is one, made of all rows under the responsibilities that are shown."""


class Move(NamedTuple):
    """How far a parameter of a component moved in its own measure, and from where to where."""

    place: int
    name: str
    size: float
    old: float
    new: float


def of_m_step(step: HalfStep) -> list[str]:
    """What an M step did, in sentences, some of which may be empty."""
    if step.before is None:
        return []
    if step.mixture.family.shared:
        return [_of_shared(step), _lifting(step), step.noted]
    moves = _moves(step.before.plain, step.mixture.plain)
    if not moves:
        return [_making(step), "No parameter moved.", _lifting(step), step.noted]
    most = max(moves, key=lambda move: move.size)
    return [_making(step), _moved(step, moves, most.place), _because(step, most), _held_to(step), _lifting(step),
            step.noted]  # fmt: skip


def _making(step: HalfStep) -> str:
    """How this variant came by the parameters, where that is not by one M step; "" for one."""
    algorithm, before = step.algorithm, step.held_before
    name, is_step = algorithm.name, isfinite(step.heights.after_m)
    if name == "hard":
        return "Each component was fitted to the rows it was given, and to no others."
    if name == "stochastic" and not step.note:
        return "The components were fitted to the rows as they were drawn."
    if name == "incremental":
        blocks = min(algorithm.options["blocks"], len(step.data))
        return f"There were {blocks:,} M steps, one before each block of rows; this is what they did together."
    if name == "online":
        return (
            "There was an M step before each batch, on statistics in which older batches count less and less; this is "
            "what they did together."
        )
    if name == "annealed" and step.held is not None and step.held.temperature > 1.0:
        return "The responsibilities were blurred, and components were then shaken a little, so that they can part."
    if name == "gradient" and not is_step:
        stood = step.heights.log_likelihood == step.heights.log_likelihood_before
        if stood:
            return "There was no M step: the trial up the gradient was refused, and the next is shorter."
        return "There was no M step: the parameters went up the gradient of the log-likelihood."
    if name == "squarem" and step.n_passes > 1.0:
        return "Two steps of EM said how far a third may go; what was kept is the higher of that and the second."
    if name == "anderson" and step.n_passes > 1.0:
        return (
            "The last points together said where EM would hardly move any more; what was kept is an M step from there, "
            "or the plain one."
        )
    if name == "fast" and before is None:
        return "The way to the optimum was gone at once, on the rows pressed into few."
    return ""


def _moves(before: Mixture, after: Mixture) -> list[Move]:
    """What every parameter did, weights too, but for those that stood still."""
    family, found = after.family, []
    units = family.units(before.parameters)
    with np.errstate(all="ignore"):
        for name, domain in family.domains.items():
            old, new = before.parameters[name], after.parameters[name]
            sizes = np.nan_to_num(np.abs(domain.steps(old, new, units))).reshape(len(old), -1).max(axis=1)
            if old.ndim == 1:
                found += [Move(k, name, float(sizes[k]), float(old[k]), float(new[k])) for k in range(len(old))]
        sizes = np.nan_to_num(np.abs(np.log(after.weights / before.weights)) * np.sqrt(before.weights))
    pairs = zip(sizes.tolist(), before.weights.tolist(), after.weights.tolist(), strict=True)
    found += [Move(k, "weight", size, old, new) for k, (size, old, new) in enumerate(pairs)]
    return [move for move in found if move.size > NEXT_TO_NOTHING]


def _moved(step: HalfStep, moves: list[Move], place: int) -> str:
    parts, own = [], sorted((one for one in moves if one.place == place), key=lambda one: -one.size)
    for move in (one for one in own if one.size > HARDLY * own[0].size):
        parts.append(f"{spoken(move.name)} from {' to '.join(told(move.old, move.new))}")
    several = step.mixture.n_components > 1
    subject = f"Component {step.mixture.ids[place]} moved the most" if several else "It moved"
    return f"{subject}: {', '.join(parts)}."


def _because(step: HalfStep, most: Move) -> str:
    """Why: of a location that the rows give, who gave it."""
    place, family = most.place, family_of(step.mixture.plain, most.place)
    if not step.is_seen:
        return unseen(step)
    equation = step.equation(place)
    if equation is None:
        is_shrunk = family.name == "uniform" and not step.options.constraints.items
        return "Its ends are the smallest and the largest row that it holds any of." if is_shrunk else ""
    if not (step.agrees(equation, place) if step.looked.is_whole else _is_one_m_step(step)):
        return ""
    value = equation.value(numbers_of(step.mixture.plain, place))
    old = value if step.before is None else equation.value(numbers_of(step.before.plain, place))
    shares = "" if step.algorithm.name == "hard" else ", each counted by its responsibility"
    pull = step.pull(place)
    name = spoken(equation.parameter)
    why = f"Its {name} is {told(old, value)[1]} because that is {equation.about}{shares}"
    return f"{why}{'' if pull is None else _pulled(pull, step)}."


def unseen(step: HalfStep) -> str:
    """What rows count for that do not say their value, or are not there."""
    if step.data.form.truncate is not None:
        return "Rows that could not be recorded are counted in, as many and where their component expects them."
    return "Rows that say less than a value count with what their component expects of them."


def _pulled(pull: Pull, step: HalfStep) -> str:
    about = not step.looked.is_whole
    low, high = (formatting.short(float(f"{end:.12g}")) for end in (pull.low, pull.high))
    side, more = "more" if pull.more > 0 else "less", rough(abs(pull.more)) if about else amount(pull.more)
    are = "counts" if pull.rows == 1.0 else "count"
    alone, whole = (f"{'+' if one > 0 else formatting.MINUS}{amount(one)}" for one in (pull.effect, pull.move))
    return (
        f": {rows(pull.rows, about)} from {low} to {high} now {are} {'about ' if about else ''}{more} "
        f"{side} for it in all, which makes {alone}, and all rows together {whole}"
    )


def _is_one_m_step(step: HalfStep) -> bool:
    """Whether this variant makes its parameters by one M step of the responsibilities shown, whoever looks at rows."""
    is_cool = step.algorithm.name == "annealed" and step.held is not None and step.held.temperature == 1.0
    return (step.algorithm.name in ONE_BY_ONE or is_cool) and not step.note and not step.options.constraints.items


def _held_to(step: HalfStep) -> str:
    items = step.options.constraints.items
    if not items:
        return ""
    return f"The parameters were held to: {'; '.join(item.text for item in items)}."


def _of_shared(step: HalfStep) -> str:
    """The M step of the linkage model, whose one parameter the counts of the hidden cells give."""
    assert step.before is not None
    name = step.mixture.family.shared[0]
    old, new = (float(one.plain.parameters[name][0]) for one in (step.before, step.mixture))
    held = step.now @ step.looked.counts
    texts = [total(float(one)) for one in held]
    greek = "π" if name == "pi" else name
    first, second = told(old, new)
    return (
        f"{greek} moved from {first} to {second}: the cells that grow with {greek} hold {texts[1]} + {texts[4]} rows, "
        f"those that shrink with it {texts[2]} + {texts[3]}, and {greek} is the first over all four."
    )


def _lifting(step: HalfStep) -> str:
    """What the half-step did to lower bound and log-likelihood."""
    heights = step.heights
    now, rise = formatting.log_likelihood(heights.log_likelihood), (
        heights.log_likelihood - heights.log_likelihood_before
    )  # fmt: skip
    verb = "rose" if rise > 0 else "fell"
    whole = (
        f"the log-likelihood {verb} by {amount(rise)} to {now}" if abs(rise) > 0 else f"the log-likelihood stays {now}"
    )
    lift = heights.after_m - heights.before
    if not isfinite(lift):
        return f"{capital(whole)}."
    if abs(lift) <= step.rounding:
        return f"The lower bound stays, and {whole}."
    went = "lifted" if lift > 0 else "lowered"
    gap = heights.log_likelihood - heights.after_m
    after = f", {amount(gap)} above it" if gap > step.rounding else ""
    after += ": that gap is for the E step to close" if after and step.touches else ""
    return f"The lower bound was {went} by {amount(lift)}; {whole}{after}."
