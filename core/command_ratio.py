"""`emgui select --likelihood-ratio`: tests each model's numbers of components against one more, and says it."""

from __future__ import annotations

from dataclasses import replace

from core import formatting
from core.cores import cores_for
from core.data import Data
from core.errors import InputError
from core.mixture import Mixture
from core.options import FitOptions
from core.selection.likelihood_ratio import LikelihoodRatio, stepwise
from core.selection.models import Selection
from core.terminal import LiveLine


def with_tests(data: Data, selection: Selection, replicates: int, line: LiveLine) -> tuple[Selection, list[str]]:
    """The selection with its tests of K against K + 1, and what to say of models that cannot be tested."""
    of_models: dict[tuple[str, str], list[tuple[FitOptions, Mixture]]] = {}
    for one in selection.models:
        if not one.made.fault:
            options = one.fit.options
            of_models.setdefault((options.family, options.covariance), []).append((options, one.fit.mixture))
    tests: list[LikelihoodRatio] = []
    sentences: dict[str, None] = {}
    for (family, covariance), fits in of_models.items():
        called = family if covariance == "full" else f"{family} {covariance}"

        def shown_now(called: str = called) -> None:
            line.update(f"Testing K against K + 1 components of {called}")

        try:
            tests += stepwise(data, fits, replicates, cores_for(len(data)), shown_now)
        except InputError as error:
            sentences[str(error)] = None
    return replace(selection, tests=tuple(tests)), list(sentences)


def line_of(test: LikelihoodRatio) -> str:
    """A test as a line of text."""
    called = test.family if test.covariance == "full" else f"{test.family} {test.covariance}"
    return (
        f"{called}: {test.n_components} against {test.n_components + 1} components: likelihood ratio "
        f"{formatting.number(test.statistic, 3)}, p = {formatting.number(test.p_value, 3)} "
        f"({len(test.ratios)} simulated sets)\n"
    )
