"""Many models of the same data, ranked: every number of components with every family and every covariance."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from core.cores import each
from core.data import Data
from core.errors import InputError, shown
from core.families import MODELS, make_family
from core.families.family import Setting
from core.fit import Fit
from core.formatting import listed
from core.optima import Progress
from core.options import COVARIANCES, FitOptions
from core.selection.cross_validation import FOLDS, check_folds, cross_validate
from core.selection.likelihood_ratio import LikelihoodRatio
from core.selection.proper import Check, judged_fit, unit_of
from core.selection.ranking import CV, Made, Ranked, check_criterion, ranked


@dataclass(frozen=True)
class Skipped:
    """A combination that was not fitted, and why, in a sentence."""

    n_components: int
    family: str
    covariance: str
    reason: str


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
        at = min(done, len(models) - 1)
        name = f": {_name(models[at])}" if cores == 1 else ""  # several cores have several in hand
        watch(Progress(done, len(models), f"Model {at + 1} of {len(models)}{name}"))

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
