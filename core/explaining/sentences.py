"""What a half-step did, in sentences: who went over to whom in the E step, and what became of the gap."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from core import formatting
from core.explaining.amounts import amount, capital, rough, rows
from core.explaining.half_step import START, E, HalfStep
from core.explaining.moves import of_m_step


class Explanation(NamedTuple):
    """What a half-step did: a title, and sentences."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it in one paragraph."""
        return " ".join((f"{self.title}.", *self.sentences))


def explain(step: HalfStep) -> Explanation:
    """The half-step in words."""
    if step.phase == START:
        return Explanation("Start", _of_start(step))
    return Explanation(
        f"Iteration {step.number:,}, {step.phase}" if step.number else f"The start’s {step.phase}",
        tuple(filter(None, _of_e(step) if step.phase == E else of_m_step(step))),
    )


# ---- the start


def _of_start(step: HalfStep) -> tuple[str, ...]:
    k = step.mixture.n_components
    components = "1 component" if k == 1 else f"{k} components"
    return (
        f"The parameters of {components} are those that the start gave them; no row belongs to any yet.",
        f"The E step comes next: it shares out {rows(step.data.n_samples)}.",
    )


# ---- the E step


def _of_e(step: HalfStep) -> list[str]:
    return [_sharing(step), _changed(step), _closing(step), step.noted]


def _sharing(step: HalfStep) -> str:
    """How this variant shares the rows out."""
    algorithm, held = step.algorithm, step.held
    n, k = rows(step.data.n_samples), step.mixture.n_components
    temperature = 1.0 if held is None else held.temperature
    if algorithm.name == "hard":
        return f"Each of {n} went wholly to the component with the largest weight × density."
    if algorithm.name == "stochastic":
        return f"Of {n} each was drawn for one component by chance, with its responsibilities for the probabilities."
    if algorithm.name == "incremental":
        blocks = min(algorithm.options["blocks"], len(step.data))
        return (
            f"{capital(n)} were shared out in {blocks:,} blocks, each under the parameters of its own visit: "
            "but for the last block’s they are a little older than those shown."
        )
    if algorithm.name == "online" and step.number:
        return (
            f"{capital(n)} were shared out in batches of {algorithm.options['batch']:,}, each under the parameters "
            "of its own turn."
        )
    if algorithm.name == "sparse" and not step.touches:
        return (
            f"{capital(n)}: only components that had at least {algorithm.options['threshold']:g} of a row at the last "
            "full sweep were evaluated; the others keep what they had of it."
        )
    if temperature > 1.0:
        return (
            f"{capital(n)} were shared out in proportion to (weight × density)^(1/{temperature:.3g}): at temperature "
            f"{temperature:.3g}, more evenly than their densities say."
        )
    if k == 1:
        return f"There is one component, and all of {n} belong to it."
    if step.mixture.family.shared:
        return f"{capital(n)} were shared out among {k} hidden cells in proportion to the cells’ probabilities."
    return f"{capital(n)} were shared out among {k} components, in proportion to weight × density."


def _changed(step: HalfStep) -> str:
    change, ids = step.change, step.mixture.ids
    if step.mixture.n_components == 1 or step.held is None:
        return ""
    about = not step.looked.is_whole
    if change is None:
        most = step.now.argmax(axis=0)
        held = [float(step.looked.counts[most == place].sum()) for place in range(len(ids))]
        parts = [f"{rows(n, about)} of component {identity}" for identity, n in zip(ids, held, strict=True) if n > 0]
        return f"Most likely: {', '.join(parts)}." if len(parts) <= 8 else ""
    who = "" if step.held.is_exact else "By the posterior of the parameters "
    words = f"{who}{rows(change.rows, about)} changed {'its' if change.rows == 1.0 else 'their'} most likely component"
    words = words if change.rows else f"{who}{'hardly any' if about else 'no'} row changed its most likely component"
    if change.moved < 1e-9 * step.data.n_samples or not step.held.is_exact:
        return f"{capital(words)}."
    gain = change.after - change.before
    most = int(np.argmax(gain))
    more = rough(float(gain[most])) if about else amount(float(gain[most]))
    worth = rows(change.moved, True) if about else f"{amount(change.moved)} row" + "s" * (amount(change.moved) != "1")
    return (
        f"{capital(words)}; responsibilities worth {worth} went over to another. Component {ids[most]} now holds "
        f"{rows(float(change.after[most]), about)} in all, {more} more than before."
    )


def _closing(step: HalfStep) -> str:
    """What became of the gap between the lower bound and the log-likelihood."""
    heights = step.heights
    here, gap = formatting.log_likelihood(heights.log_likelihood), heights.log_likelihood - heights.after_e
    if not isfinite(gap):
        return f"The log-likelihood is {here}; this variant has no lower bound here."
    lifted = heights.after_e - heights.after_m
    if step.touches:
        if not isfinite(lifted):
            return f"The lower bound touches the log-likelihood, {here}."
        if lifted <= step.rounding:
            return f"The gap was already closed: the lower bound touches the log-likelihood, {here}."
        return (
            f"The parameters stand still, so the log-likelihood does too, at {here}; the lower bound rose by "
            f"{amount(lifted)} and touches it: the gap is closed."
        )
    return (
        f"The lower bound stays {amount(gap)} under the log-likelihood, {here}, because these responsibilities are not "
        f"the posterior of the parameters{_why_apart(step)}."
    )


def _why_apart(step: HalfStep) -> str:
    return {
        "hard": ": winner takes all",
        "stochastic": ": they are drawn",
        "annealed": ": they are blurred",
        "incremental": ": most were made under earlier ones",
        "online": ": most were made under earlier ones",
        "sparse": ": some are frozen",
    }.get(step.algorithm.name, "")
