"""Many models of the same data, ranked: every number of components with every family and every covariance."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, inf
from typing import Any

from core import criteria
from core.collapse import improper, rounding_unit
from core.data import Data
from core.em import Iteration
from core.errors import InputError, shown
from core.expectation import Problem
from core.families import MODELS, make_family
from core.families.family import Setting
from core.fit import Fit, fit
from core.formatting import listed
from core.history import History
from core.optima import Progress
from core.options import COVARIANCES, FitOptions
from core.stopping import DEGENERATE


def _aicc(fitted: Fit) -> float | None:
    if fitted.aic is None:
        return None
    return criteria.aicc(fitted.aic, n_parameters(fitted), fitted.data.n_samples)


CRITERIA: dict[str, tuple[str, Callable[[Fit], float | None]]] = {
    "aic": ("AIC", lambda fitted: fitted.aic),
    "aicc": ("AICc", _aicc),
    "bic": ("BIC", lambda fitted: fitted.bic),
    "icl": ("ICL", lambda fitted: fitted.icl),
}
"""Name of a criterion → what it is called, and its value of a fit, lower being better; None where it has none."""


@dataclass(frozen=True)
class Skipped:
    """A combination that was not fitted, and why, in a sentence."""

    n_components: int
    family: str
    covariance: str
    reason: str


@dataclass(frozen=True, eq=False)
class Ranked:
    """A fitted model. value: its criterion; difference: to that of the best; weight: exp(−½ difference), normalised.

    reason says why a fit cannot win; "" for one that can. Then difference and weight are None.
    """

    fit: Fit
    value: float | None
    difference: float | None = None
    weight: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Selection:
    """Models of the same data, best first; those that cannot win are last, the degenerate after the improper."""

    criterion: str
    models: tuple[Ranked, ...]
    skipped: tuple[Skipped, ...]

    @property
    def best(self) -> Ranked | None:
        """The winner; None where no fit was proper."""
        return self.models[0] if self.models and not self.models[0].reason else None


def n_parameters(fitted: Fit) -> int:
    """Free parameters of a fit."""
    return fitted.options.constraints.n_parameters(fitted.mixture)


def model_name(components: Sequence[int], family: str, covariance: str) -> str:
    """A model in a few words, or those of several numbers of components: gaussian tied, 2 and 3 components."""
    shape = "" if covariance == "full" else f" {covariance}"
    return f"{family}{shape}, {listed(components)} component{'s' * (list(components) != [1])}"


def combinations(
    components: Iterable[int],
    families: Iterable[str],
    covariances: Iterable[str],
    n_features: int = 1,
    **given: Any,
) -> tuple[tuple[FitOptions, ...], tuple[Skipped, ...]]:
    """The options of every model that makes sense, and the others with the reason. given: the options of all of them.

    Raises InputError where a name is unknown, where models cannot be compared, and where no model is left.
    """
    families, covariances = list(dict.fromkeys(families)), list(dict.fromkeys(covariances))
    _check_names(families, covariances)
    models: dict[tuple[int, str, str], FitOptions] = {}
    skipped: list[Skipped] = []
    for n, family, covariance in product(dict.fromkeys(components), families, covariances):
        named = {**given, "n_components": n, "family": family, "covariance": covariance}
        if "binomial" not in family.split("+") and any("binomial" in one.split("+") for one in families):
            named.pop("trials", None)
        try:
            options = FitOptions(**named)
        except InputError as error:
            skipped.append(Skipped(n, family, covariance, str(error)))
            continue
        same = models.setdefault((n, family, _as_fitted(n, covariance, n_features)), options)
        if same is not options:
            where = "one component" if n == 1 else "one column"
            skipped.append(Skipped(n, family, covariance, f"With {where} it is the same model as {same.covariance}."))
    if not models:
        raise _none_left(skipped)
    return tuple(models.values()), tuple(skipped)


def _check_names(families: Sequence[str], covariances: Sequence[str]) -> None:
    for family in families:
        if family in MODELS:
            raise InputError(f"“{shown(family)}” is no mixture, so there is nothing to compare it with.")
    for covariance in covariances:
        if covariance not in COVARIANCES:
            names = ", ".join(COVARIANCES)
            raise InputError(f"--covariance must be of {names}; “{shown(covariance)}” is none of them.")
    made = [make_family(family, Setting()) for family in families]
    if len({family.discrete for family in made}) > 1:
        raise InputError(
            "A density of any numbers and a probability of whole numbers cannot be compared: "
            f"rank {', '.join(name for name, of in zip(families, made, strict=True) if of.discrete)} apart."
        )


def _as_fitted(n_components: int, covariance: str, n_features: int) -> str:
    """What a covariance comes to where there is one component, or one column."""
    if n_features == 1 and covariance in ("diag", "spherical"):
        return "full"
    return "full" if n_components == 1 and covariance == "tied" else covariance


def _none_left(skipped: Sequence[Skipped]) -> InputError:
    reasons = list(dict.fromkeys(one.reason for one in skipped)) or ["There is no model to fit."]
    if len(reasons) == 1:
        return InputError(reasons[0])
    first = skipped[0]
    name = model_name([first.n_components], first.family, first.covariance)
    return InputError(f"None of the {len(skipped)} models can be fitted; the first is {name}: {reasons[0]}")


def select(
    data: Data,
    models: Sequence[FitOptions],
    criterion: str = "bic",
    skipped: Sequence[Skipped] = (),
    watch: Callable[[Progress], None] | None = None,
) -> Generator[Progress, None, Selection]:
    """Fits each model as `core.fit.fit` does and ranks them. Yields before each, so that whoever pulls can stop.

    watch is told how far the fit in hand is, and may raise to stop. A model that these data cannot be fitted with is
    among the skipped. Raises InputError where the criterion is unknown, and where no model can be fitted.
    """
    if criterion not in CRITERIA:
        raise InputError(f"--criterion must be one of {', '.join(CRITERIA)}; “{shown(criterion)}” is none of them.")
    left_out, made = list(skipped), []
    unit = rounding_unit(data) if data.n_features == 1 and data.minimum[0] < data.maximum[0] else 0.0
    for place, options in enumerate(models):
        name = model_name([options.n_components], options.family, options.covariance)
        yield Progress(place, len(models), f"Model {place + 1} of {len(models)}: {name}")
        try:
            fitted, history = fit(data, options, None, *_watching(place, len(models), name, watch))
        except InputError as error:
            left_out.append(Skipped(options.n_components, options.family, options.covariance, str(error)))
            continue
        value = CRITERIA[criterion][1](fitted)
        made.append(Ranked(fitted, value, reason=_reason(fitted, history, value, unit)))
    if not made:
        raise _none_left(left_out)
    return Selection(criterion, tuple(_ranked(made)), tuple(left_out))


def _watching(
    place: int, of: int, name: str, watch: Callable[[Progress], None] | None
) -> tuple[Callable[[Iteration], None] | None, Callable[[Progress], None] | None]:
    """What sees the iterations of a fit, and what its search."""
    if watch is None:
        return None, None
    before = f"Model {place + 1} of {of}: {name}"

    def iterated(made: Iteration) -> None:
        watch(Progress(place, of, f"{before}, iteration {made.number:,}"))

    def searched(progress: Progress) -> None:
        watch(Progress(place, of, f"{before}, {progress.text[:1].lower()}{progress.text[1:]}"))

    return iterated, searched


def _reason(fitted: Fit, history: History, value: float | None, unit: float) -> str:
    """Why a fit cannot win; "" where it can."""
    if fitted.outcome.status == DEGENERATE:
        return fitted.outcome.message
    assert history.last is not None
    spurious = improper(Problem(fitted.data, fitted.options.constraints), history.last.state, unit)
    if spurious is not None:
        return f"Improper: {spurious}."
    return "" if value is not None else "There are too few rows for so many parameters to have this criterion."


def _ranked(made: Sequence[Ranked]) -> list[Ranked]:
    """Best first, with differences and weights; what cannot win is last."""

    def by_value(one: Ranked) -> tuple[float, int]:
        return inf if one.value is None else one.value, n_parameters(one.fit)

    proper = sorted((one for one in made if not one.reason), key=by_value)
    others = sorted((one for one in made if one.reason), key=by_value)
    differences = [_known(one) - _known(proper[0]) for one in proper]
    total = sum(exp(-0.5 * difference) for difference in differences)
    with_weights = [
        Ranked(one.fit, one.value, difference, exp(-0.5 * difference) / total)
        for one, difference in zip(proper, differences, strict=True)
    ]
    return [*with_weights, *others]


def _known(one: Ranked) -> float:
    assert one.value is not None
    return one.value
