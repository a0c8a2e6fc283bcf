"""Whether one component more is called for: the likelihood ratio of K against K + 1, by parametric bootstrap.

McLachlan (1987). Under K components the ratio has no known distribution, since those of K + 1 that are K have no place
of their own among the parameters; so data are drawn from the fit of K, and both are fitted to each of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import SeedSequence

from core.cores import each
from core.data import Data
from core.em import algorithm_of
from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from core.selection.proper import judged_fit, unit_of
from core.simulation import simulated, why_not

REPLICATES, MOST_REPLICATES = 99, 9999
RESTARTS = 3
"""Restarts of each fit at most: of K the maximum of the population is a start, of K + 1 every split of the fit of K."""
LEVEL = 0.05
"""p-value above which one component more is not called for, and no further one is asked about."""
ASUNDER = 0.5
"""Local steps, of which 1 is one sd of a location, by which the halves of a component are moved to either side."""
STREAM = 11
"""Second number of the seed that the simulated sets are drawn by."""

Check = Callable[[], None]


@dataclass(frozen=True)
class LikelihoodRatio:
    """The test of n_components against one more, as far as it has come.

    statistic: 2 (logL of K + 1 − logL of K) of the data; ratios: the same of each simulated set so far, in the order of
    their seeds; replicates: how many are asked for; n_left_out: sets whose fit of K was degenerate or improper.
    """

    n_components: int
    family: str
    covariance: str
    statistic: float
    replicates: int
    seed: int
    ratios: tuple[float, ...] = ()
    n_left_out: int = 0

    @property
    def n_larger(self) -> int:
        """Simulated ratios at least as large as that of the data."""
        return sum(ratio >= self.statistic for ratio in self.ratios)

    @property
    def p_value(self) -> float:
        """(1 + the number of ratios at least as large) / (1 + the number of ratios)."""
        return (1.0 + self.n_larger) / (1.0 + len(self.ratios))


def check_replicates(replicates: int) -> None:
    """Raises InputError where so many sets are not to be simulated."""
    if not 1 <= replicates <= MOST_REPLICATES:
        raise InputError(f"--likelihood-ratio must be from 1 to {MOST_REPLICATES} simulated sets, not {replicates}.")


def likelihood_ratio(
    data: Data,
    options: FitOptions,
    start: Mixture | None = None,
    replicates: int = REPLICATES,
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[LikelihoodRatio, None, None]:
    """Tests the K of the options against K + 1; yields the test as it grows, first with no simulated set.

    The data and every simulated set are treated alike: values are rounded to the same unit, and by that it is judged
    which optima are proper; K is fitted from `start` (of simulated sets from the fit of the data) and as many others as
    restarts say, but no more than `RESTARTS`, K + 1 so too and from that fit with each component split. The ratios are
    the same on any number of cores. check is called all the while and may raise to stop. Raises InputError where there
    is no K + 1, where the data cannot be simulated, and where K components do not describe them.
    """
    check_replicates(replicates)
    fewer, more = compared(options)
    unit = unit_of(data)
    found = _ratio(data, fewer, more, start, check, unit)
    if isinstance(found, str):
        raise InputError(f"{_words(options)} cannot be tested against one more: {found}")
    statistic, mixture = found
    reason = why_not(data, mixture)
    if reason:
        raise InputError(reason)
    test = LikelihoodRatio(
        options.n_components, options.family, options.covariance, statistic, replicates, options.seed
    )
    yield test
    seeds = SeedSequence((options.seed, STREAM)).spawn(replicates)
    ratios: dict[int, float | None] = {}
    for place, ratio in each(_simulate, (data, fewer, more, mixture, unit), seeds, cores, check):
        ratios[place] = ratio
        known = tuple(one for _, one in sorted(ratios.items()) if one is not None)
        yield replace(test, ratios=known, n_left_out=len(ratios) - len(known))


def stepwise(
    data: Data,
    fits: Sequence[tuple[FitOptions, Mixture | None]],
    replicates: int = REPLICATES,
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[LikelihoodRatio, None, None]:
    """Tests fits of one model that differ in their number of components, from the fewest on; yields whole tests.

    Each K is tested against K + 1 where both are there, up to the first test that does not speak for K + 1.
    """
    by_number = {options.n_components: (options, mixture) for options, mixture in fits}
    for n in pairs(by_number):
        test = deque(likelihood_ratio(data, *by_number[n], replicates, cores, check), maxlen=1)[0]
        yield test
        if test.p_value > LEVEL:
            return


def pairs(numbers: Collection[int]) -> list[int]:
    """Those numbers of components, rising, of which one more is there, too."""
    return sorted(n for n in numbers if n + 1 in numbers)


def compared(options: FitOptions) -> tuple[FitOptions, FitOptions]:
    """The options of the fits of K, as given, and of K + 1. Raises InputError where there is no such pair."""
    if "+" in options.family:
        raise InputError("With a family for each component there is no K + 1: name one family for all of them.")
    if not algorithm_of(options).judged:
        raise InputError(
            f"A likelihood ratio is of maxima of the likelihood, to which {options.algorithm} does not lead: use em."
        )
    common = {"algorithm": "fast", "settings": ()}  # the way that is shortest where data are few; the same maximum
    n, restarts = options.n_components, min(options.restarts, RESTARTS)
    return (
        replace(options, **common, restarts=1 if n == 1 else restarts),  # type: ignore[arg-type]
        replace(options, **common, n_components=n + 1, restarts=restarts),  # type: ignore[arg-type]
    )


def _words(options: FitOptions) -> str:
    return f"{options.n_components} component{'s' * (options.n_components > 1)}"


def _simulate(
    shared: tuple[Data, FitOptions, FitOptions, Mixture, float], seed: SeedSequence, check: Check
) -> float | None:
    """The ratio of one simulated set; None where K components do not describe it."""
    data, fewer, more, mixture, unit = shared
    try:
        drawn = simulated(data, mixture, np.random.default_rng(seed))
        found = _ratio(drawn, fewer, more, mixture, check, unit)
    except InputError:  # drawn so that it cannot be fitted, such as all rows equal
        return None
    return None if isinstance(found, str) else found[0]


def _ratio(
    data: Data, fewer: FitOptions, more: FitOptions, start: Mixture | None, check: Check, unit: float
) -> tuple[float, Mixture] | str:
    """2 (logL of K + 1 − logL of K) and the fit of K, or why that fit describes no data.

    K components are K + 1 of which two coincide, so what a search finds below that is not the maximum of K + 1.
    """
    of_fewer, fault = judged_fit(data, fewer, start, check, unit)
    if fault:
        return fault
    highest = of_fewer.log_likelihood
    once = replace(more, restarts=1, start="given")
    tries: list[tuple[FitOptions, Mixture | None]] = [(once, one) for one in split(of_fewer.mixture)]
    if more.restarts > 1 or not tries:
        tries.append((more, None))
    for options, begin in tries:
        try:
            found, fault = judged_fit(data, options, begin, check, unit)
        except InputError:
            if begin is None:
                raise
            continue  # a half so far from all rows that nothing could be evaluated
        if not fault:
            highest = max(highest, found.log_likelihood)
    return 2.0 * (highest - of_fewer.log_likelihood), of_fewer.mixture


def split(mixture: Mixture) -> list[Mixture]:
    """The mixture with one component in two halves, once for each component and each way in which they can part.

    Of one column those ways are all local steps, so along the spread, too; of several columns those of the mean.
    """
    family, k = mixture.family, mixture.n_components
    ways = family.n_local if family.n_features == 1 else family.n_features
    made = []
    for component in range(k):
        order = [*range(component + 1), *range(component, k)]
        halves = [component, component + 1]
        parameters = {name: array[order] for name, array in mixture.parameters.items()}
        weights = mixture.weights[order]
        weights[halves] /= 2.0
        for way in range(ways):
            steps = np.zeros((family.n_local, k + 1))
            steps[way, halves] = -ASUNDER, ASUNDER
            moved = family.part(order).displaced(parameters, steps)
            made.append(Mixture(family.part(order), weights, moved))
    return made
