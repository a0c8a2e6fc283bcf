"""Many models of the same data, ranked: every number of components with every family and every covariance."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import exp, inf, isfinite
from typing import Any

from core import criteria
from core.cores import each
from core.cross_validation import FOLDS, CrossValidation, check_folds, cross_validate
from core.data import Data
from core.errors import InputError, shown
from core.families import MODELS, make_family
from core.families.family import Setting
from core.fit import Fit
from core.formatting import listed
from core.likelihood_ratio import LikelihoodRatio
from core.optima import Progress
from core.options import COVARIANCES, FitOptions
from core.proper import Check, judged_fit, unit_of


@dataclass(frozen=True)
class Skipped:
    """A combination that was not fitted, and why, in a sentence."""

    n_components: int
    family: str
    covariance: str
    reason: str


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


@dataclass(frozen=True, eq=False)
class Selection:
    """Models of the same data, best first; those that cannot win are last.

    tests: of numbers of components against one more; None where none were asked for.
    """

    criterion: str
    models: tuple[Ranked, ...]
    skipped: tuple[Skipped, ...]
    tests: tuple[LikelihoodRatio, ...] | None = None

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


def check_criterion(name: str) -> None:
    """Raises InputError where there is no such criterion."""
    if name not in CRITERIA:
        raise InputError(f"--criterion must be one of {', '.join(CRITERIA)}; “{shown(name)}” is none of them.")


def fit_each(
    data: Data,
    models: Sequence[FitOptions],
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[Made | Skipped, None, None]:
    """Fits each model as `core.fit.fit` does, and gives them as they are done: on several cores in any order.

    The fits are the same on any number of cores. check is called all the while and may raise to stop. A model that
    these data cannot be fitted with comes as skipped.
    """
    shared = (data, unit_of(data))
    for place, (fitted, words) in each(_fit_one, shared, models, cores, check):
        if fitted is None:
            options = models[place]
            yield Skipped(options.n_components, options.family, options.covariance, words)
        else:
            yield Made(place, replace(fitted, data=data), words)


def _fit_one(shared: tuple[Data, float], options: FitOptions, check: Check) -> tuple[Fit | None, str]:
    data, unit = shared
    try:
        fitted, fault = judged_fit(data, options, None, check, unit)
    except InputError as error:
        return None, str(error)
    return replace(fitted, data=data.taken(slice(0, 1))), fault  # all the rows need not come back


def validated(
    data: Data,
    made: Sequence[Made],
    folds: int = FOLDS,
    cores: int = 1,
    check: Check = lambda: None,
) -> Generator[Made, None, None]:
    """Models with their cross-validated log-likelihood, as it is known; those that describe no data are left out."""
    proper = [one for one in made if not one.fault]
    fits = [(one.fit.options, one.fit.mixture) for one in proper]
    for place, found in cross_validate(data, fits, folds, cores, check):
        yield replace(proper[place], cross_validation=found)


def select(
    data: Data,
    models: Sequence[FitOptions],
    criterion: str = "bic",
    skipped: Sequence[Skipped] = (),
    watch: Callable[[Progress], None] = lambda progress: None,
    cores: int = 1,
    folds: int = FOLDS,
) -> Generator[Made, None, Selection]:
    """Fits and ranks models. Yields each as it is done, and again where cross-validation is the criterion.

    watch is told how far it is, many times a second, and may raise to stop. Raises InputError where the criterion is
    unknown, and where no model can be fitted.
    """
    check_criterion(criterion)
    check_folds(folds)
    left_out, made = list(skipped), dict[int, Made]()

    def fitting() -> None:
        done = len(made) + len(left_out) - len(skipped)
        name = _name(models[min(done, len(models) - 1)]) if cores == 1 and models else "all cores"
        watch(Progress(done, len(models), f"Model {done + 1} of {len(models)}: {name}"))

    for one in fit_each(data, models, cores, fitting):
        if isinstance(one, Skipped):
            left_out.append(one)
        else:
            made[one.place] = one
            yield one
    if not made:
        raise _none_left(left_out)
    if criterion == CV:
        known: list[int] = []

        def validating() -> None:
            watch(Progress(len(known), len(made), f"Cross-validation: {len(known)} of {len(made)} models"))

        for one in validated(data, [made[place] for place in sorted(made)], folds, cores, validating):
            known.append(one.place)
            made[one.place] = one
            yield one
    asked = {(one.n_components, one.family, one.covariance): place for place, one in enumerate(models)}
    left_out[len(skipped) :] = sorted(
        left_out[len(skipped) :], key=lambda one: asked[one.n_components, one.family, one.covariance]
    )
    return Selection(criterion, ranked([made[place] for place in sorted(made)], criterion), tuple(left_out))


def _name(options: FitOptions) -> str:
    return model_name([options.n_components], options.family, options.covariance)


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
