"""Deterministic annealing: EM with responsibilities that are blurred at first (Ueda and Nakano 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from core.algorithms.algorithm import Algorithm
from core.algorithms.local_steps import displaced, scaled_directions
from core.choices import choice
from core.data import Array
from core.engine import total
from core.expectation import Problem, State, evaluable, expect, lower_bound, maximize, summed_up
from core.mixture import Mixture, Statistics, log_sum_exp

SHAKEN = 0.02
"""How far components are moved at random while it is hot, in sds of a location and logarithms of the others."""

ONE_GROUP = 0.25
"""How near to each other all components are, so measured, when heat has made one group of them."""
MERGED = "in the heat all components came to coincide; EM goes on from the start"


@dataclass(frozen=True, eq=False)
class Memory:
    """The temperature of the responsibilities; while it is above 1, the start."""

    temperature: float
    start: Mixture | None = None


@dataclass(frozen=True)
class Annealed(Algorithm):
    """Responsibilities in proportion to (w f)^(1/T), while the temperature T falls to 1.

    At T = 1 it is EM. Above, the components share the rows more evenly than they should, the free energy has fewer
    maxima, and components that a start put together part, or find others. It helps where groups stand apart. Where heat
    makes all components coincide, as it does where groups overlap, nothing is learnt, and it is EM from the start.
    """

    temperature: float = choice(4.0, "Temperature", "temperature at the start; 1 is plain EM", range=(1.0, 1000.0))
    cooling: float = choice(
        0.8, "Cooling", "what the temperature is multiplied by in each iteration until it is 1", range=(0.01, 0.999)
    )

    name: ClassVar[str] = "annealed"
    title: ClassVar[str] = "Annealed"
    summary: ClassVar[str] = (
        "responsibilities are blurred at first and sharpen as a temperature falls to 1, then it is EM; mends bad starts"
    )
    monotone: ClassVar[bool] = False
    draws: ClassVar[bool] = True
    bound_rises: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False

    def init(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """The start and its E step at the first temperature."""
        statistics = tempered(problem, mixture, self.temperature)
        return State(mixture, statistics, Memory(self.temperature, mixture), settled=self.temperature == 1.0)

    def onward(self, problem: Problem, mixture: Mixture, rng: np.random.Generator) -> State:
        """That of a start when it has cooled down: heat would undo what the move has gained."""
        return State(mixture, expect(problem, mixture), Memory(1.0))

    def step(self, problem: Problem, state: State, rng: np.random.Generator) -> State:
        """M step, then the E step at this iteration's temperature."""
        before: Memory = state.memory
        temperature = max(1.0, before.temperature * self.cooling)
        mixture = maximize(problem, state.mixture, state.statistics)
        if temperature == 1.0 < before.temperature and before.start is not None and _coincide(mixture):
            return State(before.start, expect(problem, before.start), Memory(1.0), settled=False, note=MERGED)
        if temperature > 1.0:
            mixture = _shaken(problem, mixture, state.statistics, rng)
        return State(
            mixture,
            tempered(problem, mixture, temperature),
            Memory(temperature, before.start if temperature > 1.0 else None),
            bound_after_m=lower_bound(mixture, state.statistics),
            settled=before.temperature == 1.0,
        )


def _shaken(problem: Problem, mixture: Mixture, statistics: Statistics, rng: np.random.Generator) -> Mixture:
    """The mixture moved a little at random: components that heat has made coincide would else never part again."""
    free = scaled_directions(mixture, 1.0)
    free /= np.abs(free).max(axis=0)
    return displaced(problem, mixture, statistics, free @ rng.normal(scale=SHAKEN, size=free.shape[1]))


def _coincide(mixture: Mixture) -> bool:
    """Whether all components are about the same."""
    family, parameters = mixture.family, mixture.parameters
    if family.of_components is not None or family.n_local == 0 or mixture.n_components == 1:
        return False
    first = np.zeros(mixture.n_components, dtype=np.int64)
    units = family.units(parameters)[first]
    apart = [
        np.abs(domain.steps(parameters[name][first], parameters[name], units)).max()
        for name, domain in family.domains.items()
    ]
    return bool(max(apart) < ONE_GROUP)


def tempered(problem: Problem, mixture: Mixture, temperature: float) -> Statistics:
    """The E step at a temperature; the log-likelihood is that of the mixture, whatever the temperature.

    Raises InputError when a row's density is 0 in float64 under every component.
    """
    if temperature == 1.0:
        return expect(problem, mixture)
    block = partial(_blurred, mixture, temperature)
    return evaluable(total(block, problem.data, problem.rows(mixture.n_components)))


def _blurred(mixture: Mixture, temperature: float, values: Array, counts: Array | None) -> Statistics:
    joint = mixture.joint(values)
    log_density = log_sum_exp(joint)[0]
    joint /= temperature
    log_total, responsibilities = log_sum_exp(joint)
    np.copyto(joint, 0.0, where=responsibilities == 0.0)
    entropy = log_total - np.einsum("km,km->m", responsibilities, joint)
    return summed_up(mixture, values, counts, responsibilities, log_density, entropy)
