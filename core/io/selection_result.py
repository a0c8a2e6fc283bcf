"""Ranked models as one file, laid out as resources/emgui-select.schema.json says."""

from __future__ import annotations

from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.io.atomic import replacing_text
from core.io.result import result_dict, safe_json

if TYPE_CHECKING:
    from core.selection.likelihood_ratio import LikelihoodRatio
    from core.selection.models import Selection
    from core.selection.ranking import Ranked

FORMAT, VERSION = "emgui-select", 1


def write_selection(path: Path | str, selection: Selection) -> None:
    """Saves ranked models as JSON in UTF-8. Raises OutputError; the old file is whole then."""
    with replacing_text(path) as file:
        file.write(selection_text(selection))


def selection_text(selection: Selection) -> str:
    """Ranked models as the text of a file, safe to print."""
    return safe_json(selection_dict(selection))


def selection_dict(selection: Selection) -> dict[str, Any]:
    """Ranked models as plain values: the whole result of each, best first, and how each stands in the same order."""
    result = {
        "format": FORMAT,
        "version": VERSION,
        "criterion": selection.criterion,
        "models": [result_dict(one.fit) for one in selection.models],
        "ranking": [_rank(one, selection.best) for one in selection.models],
        "skipped": [
            {
                "n_components": one.n_components,
                "family": one.family,
                "covariance": one.covariance,
                "reason": one.reason,
            }
            for one in selection.skipped
        ],
    }
    if selection.tests is not None:
        result["likelihood_ratio"] = [_test(one) for one in selection.tests]
    return result


def _rank(one: Ranked, best: Ranked | None) -> dict[str, Any]:
    ranked: dict[str, Any] = {
        "value": one.value,
        "difference": one.difference,
        "weight": one.weight,
        "reason": one.reason or None,
    }
    found = one.made.cross_validation
    if found is not None:
        of_best = None if best is None else best.made.cross_validation
        apart = nan if of_best is None else found.error_of_difference(of_best)
        ranked["cross_validation"] = {
            "log_likelihood": _number(found.log_likelihood),
            "standard_error": _number(found.standard_error),
            "standard_error_of_difference": _number(apart),
            "n_folds": len(found.counts),
        }
    return ranked


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _test(test: LikelihoodRatio) -> dict[str, Any]:
    return {
        "family": test.family,
        "covariance": test.covariance,
        "n_components": test.n_components,
        "against": test.n_components + 1,
        "statistic": test.statistic,
        "p_value": test.p_value,
        "seed": test.seed,
        "n_left_out": test.n_left_out,
        "simulated": list(test.ratios),
    }
