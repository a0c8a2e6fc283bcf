"""`emgui select --likelihood-ratio`: tests each model's numbers of components against one more, and says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from core import formatting
from core.cores import cores_for
from core.data import Data
from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from core.selection.likelihood_ratio import LEVEL, LikelihoodRatio, compared, pairs, stepwise
from core.selection.models import Selection
from core.selection.ranking import Made
from core.terminal import LiveLine


def with_tests(data: Data, selection: Selection, replicates: int, line: LiveLine) -> tuple[Selection, list[str]]:
    """The selection with its tests of K against K + 1, and what to say of models that cannot be tested."""
    of_models: dict[tuple[str, str], list[Made]] = {}
    for one in sorted(selection.models, key=lambda one: one.made.place):
        of_models.setdefault((one.fit.options.family, one.fit.options.covariance), []).append(one.made)
    tests: list[LikelihoodRatio] = []
    sentences: dict[str, None] = {}
    for (family, covariance), models in of_models.items():
        if covariance == "tied":  # with one component it is full, and fitted as that
            models = [
                *(one for one in of_models.get((family, "full"), []) if one.fit.options.n_components == 1),
                *models,
            ]
        called = family if covariance == "full" else f"{family} {covariance}"

        def shown_now(called: str = called) -> None:
            line.update(f"Testing K against K + 1 components of {called}")

        made: list[LikelihoodRatio] = []
        try:
            for test in stepwise(data, _proper(models, covariance), replicates, cores_for(len(data)), shown_now):
                made.append(test)
            sentences |= dict.fromkeys(_untested(called, models, made))
        except InputError as error:
            sentences[str(error)] = None
        tests += made
    return replace(selection, tests=tuple(tests)), list(sentences)


def _proper(models: Sequence[Made], covariance: str) -> list[tuple[FitOptions, Mixture | None]]:
    """The models that describe the data, as of one covariance; a start of another covariance is none for it."""
    return [
        (replace(options, covariance=covariance), one.fit.mixture if options.covariance == covariance else None)
        for one in models
        if not one.fault
        for options in (one.fit.options,)
    ]


def _untested(called: str, models: Sequence[Made], made: Sequence[LikelihoodRatio]) -> Iterator[str]:
    """Which tests that could be expected of a model were not made, and why. Raises InputError where it has none."""
    fits = {one.fit.options.n_components: one for one in models}
    asked = pairs(fits)
    if not asked:
        compared(models[0].fit.options)
        yield (
            f"{called}: nothing was tested, since K against K + 1 needs two numbers of components that follow each "
            "other, as in --components 1-3."
        )
    tested = {test.n_components for test in made}
    enough = made[-1].n_components if made and made[-1].p_value > LEVEL else inf
    for n in asked:
        if n in tested or n > enough:
            continue
        wrong = next(k for k in (n, n + 1) if fits[k].fault)
        yield f"{called}: {n} against {n + 1} components was not tested, since {wrong} ended degenerate or improper."


def line_of(test: LikelihoodRatio) -> str:
    """A test as a line of text."""
    called = test.family if test.covariance == "full" else f"{test.family} {test.covariance}"
    return (
        f"{called}: {test.n_components} against {test.n_components + 1} components: likelihood ratio "
        f"{formatting.number(test.statistic, 3)}, p = {formatting.number(test.p_value, 3)} "
        f"({len(test.ratios)} simulated sets)\n"
    )
