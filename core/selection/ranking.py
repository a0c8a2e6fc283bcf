"""What fitted models are ranked by, and their order: information criteria, and how well they foretell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import exp, inf, isfinite

from core import criteria
from core.errors import InputError, shown
from core.fit import Fit
from core.selection.cross_validation import CrossValidation


@dataclass(frozen=True, eq=False)
class Made:
    """A model that was fitted. place: among the models asked for. fault: why it describes no data; "" where it does.

    cross_validation: how well it foretells, where that was asked.
    """

    place: int
    fit: Fit
    fault: str = ""
    cross_validation: CrossValidation | None = None


def _aicc(made: Made) -> float | None:
    if made.fit.aic is None:
        return None
    return criteria.aicc(made.fit.aic, n_parameters(made.fit), made.fit.data.n_samples)


def _cv(made: Made) -> float | None:
    found = made.cross_validation
    return None if found is None or found.reason else found.log_likelihood


@dataclass(frozen=True)
class Criterion:
    """A figure that models are ranked by: its title, its value of a model (None where it has none), and its sense.

    scale: what a difference is multiplied by for it to be one of log-likelihood, as weights need it.
    """

    title: str
    of: Callable[[Made], float | None]
    higher_is_better: bool = False
    scale: float = 0.5


CV = "cv"
NOT_YET = "Not cross-validated yet."
CRITERIA: dict[str, Criterion] = {
    "aic": Criterion("AIC", lambda made: made.fit.aic),
    "aicc": Criterion("AICc", _aicc),
    "bic": Criterion("BIC", lambda made: made.fit.bic),
    "icl": Criterion("ICL", lambda made: made.fit.icl),
    CV: Criterion("CV log-likelihood", _cv, higher_is_better=True, scale=1.0),
}
"""Name → criterion."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """A model in its place. value: its criterion; difference: how much worse than the best, never below 0.

    weight: exp(−½ difference), of cross-validation exp(−difference), so that all add up to 1. reason says why it cannot
    win; "" for one that can. Then difference and weight are None.
    """

    made: Made
    value: float | None
    difference: float | None = None
    weight: float | None = None
    reason: str = ""

    @property
    def fit(self) -> Fit:
        """The fit."""
        return self.made.fit


def n_parameters(fitted: Fit) -> int:
    """Free parameters of a fit."""
    return fitted.options.constraints.n_parameters(fitted.mixture)


def check_criterion(name: str) -> None:
    """Raises InputError where there is no such criterion."""
    if name not in CRITERIA:
        raise InputError(f"--criterion must be one of {', '.join(CRITERIA)}; “{shown(name)}” is none of them.")


def ranked(made: Iterable[Made], criterion: str) -> tuple[Ranked, ...]:
    """Models by a criterion, best first; those that cannot win are last. Of equal ones the smaller is first."""
    by = CRITERIA[criterion]
    sign = -1.0 if by.higher_is_better else 1.0

    def order(one: Ranked) -> tuple[float, int]:
        return inf if one.value is None else sign * one.value, n_parameters(one.fit)

    all_of_them = [Ranked(one, by.of(one), reason=one.fault or _why_none(one, criterion)) for one in made]
    proper = sorted((one for one in all_of_them if not one.reason), key=order)
    others = sorted((one for one in all_of_them if one.reason), key=order)
    differences = [abs(_known(one) - _known(proper[0])) for one in proper]
    shares = [exp(-by.scale * difference) for difference in differences]
    with_weights = [
        replace(one, difference=difference, weight=share / sum(shares))
        for one, difference, share in zip(proper, differences, shares, strict=True)
    ]
    return (*with_weights, *others)


def _why_none(made: Made, criterion: str) -> str:
    """Why a model that describes the data has no value of a criterion; "" where it has one."""
    value = CRITERIA[criterion].of(made)
    if value is not None and isfinite(value):
        return ""
    if criterion == CV:
        return made.cross_validation.reason if made.cross_validation is not None else NOT_YET
    return "There are too few rows for so many parameters to have this criterion."


def _known(one: Ranked) -> float:
    assert one.value is not None
    return one.value
