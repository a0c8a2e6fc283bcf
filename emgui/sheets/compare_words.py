"""What models and criteria are called where they are compared."""

from __future__ import annotations

from core import formatting
from core.families import make_family
from core.families.family import Setting
from core.selection.likelihood_ratio import LEVEL, LikelihoodRatio
from core.selection.models import Skipped
from core.selection.ranking import CRITERIA, CV, NOT_YET, Ranked
from emgui.dialogs.words import in_window_words, without_flag


def called(family: str, covariance: str) -> str:
    """A model without its number of components: Gaussian tied, gamma."""
    made = make_family(family, Setting())
    title = made.title if "+" not in family else family.replace("_", " ")
    title = f"{title[:1].upper()}{title[1:]}"
    return f"{title} {covariance}" if made.covaries and covariance != "full" else title


def components(n: int) -> str:
    """How many components, in words."""
    return f"{n} component{'s' * (n != 1)}"


def why_not(one: Skipped) -> str:
    """Why a model was not fitted, in the window's words."""
    family = make_family(one.family, Setting())
    if one.covariance != "full" and not family.covaries:
        return f"{one.covariance} is for Gaussian components"
    return without_flag(in_window_words(one.reason))


def waits(ranked: Ranked) -> bool:
    """Whether a model has not been cross-validated yet, which is the only reason why it cannot win."""
    return ranked.reason == NOT_YET


def conclusion(criterion: str, ranking: tuple[Ranked, ...]) -> str:
    """What the ranking says, in a sentence or two; "" while there is nothing to say."""
    if not ranking:
        return ""
    best = ranking[0]
    title = CRITERIA[criterion].title
    if best.reason:
        return "" if waits(best) else "No model can win: each ended degenerate or improper."
    sense = "highest" if CRITERIA[criterion].higher_is_better else "lowest"
    options = best.fit.options
    said = f"{title} is {sense} for {called(options.family, options.covariance)}, {components(options.n_components)}."
    if len(ranking) > 1 and ranking[1].difference is not None:
        second = ranking[1].fit.options
        name = f"{called(second.family, second.covariance)}, {components(second.n_components)}"
        said += f" Next is {name}, {formatting.criterion(ranking[1].difference)} behind"
        found, other = best.made.cross_validation, ranking[1].made.cross_validation
        if criterion == CV and found is not None and other is not None:
            said += f" (standard error {formatting.criterion(found.error_of_difference(other))})"
        said += "."
    return said


def outcome_of(test: LikelihoodRatio) -> str:
    """What a test says so far, in sentences."""
    n = test.n_components
    said = f"{components(n)} against {n + 1}: likelihood ratio {formatting.number(test.statistic, 2)}"
    if not test.ratios:
        return f"{said}."
    is_whole = len(test.ratios) + test.n_left_out >= test.replicates
    said += f", p = {_p(test.p_value)} ({len(test.ratios)} of {test.replicates} simulated sets)"
    said += f", the smallest p that {len(test.ratios)} sets can give." if is_whole and not test.n_larger else "."
    if test.n_left_out:
        said += f" {test.n_left_out} sets could not be fitted and are left out."
    if not is_whole:
        return said
    speaks = "Another component is called for." if test.p_value <= LEVEL else "Nothing calls for another component."
    if test.p_value > LEVEL and not test.n_larger:
        speaks = "More sets are needed to tell."
    return f"{said} {speaks}"


def _p(value: float) -> str:
    return formatting.number(value, 3 if value < 0.1 else 2)
