"""How good a fit is, as it stands in a result file."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from core.goodness.statistics import chi_square_p

if TYPE_CHECKING:
    from core.fit import Fit
    from core.goodness.classification import Classification
    from core.goodness.judgement import Goodness


def goodness_dict(fit: Fit) -> dict[str, Any]:
    """What was found of how good the fit is, under "goodness"; nothing where it was not asked for."""
    found = fit.goodness
    if found is None:
        return {}
    told: dict[str, Any] = {"columns": [_column(one) for one in found.columns]}
    if found.classification is not None:
        order = [fit.mixture.ids.index(identity) for identity in fit.mixture.sorted().ids]
        told["classification"] = _classification(found.classification, order)
    return {"goodness": told}


def _column(of: Goodness) -> dict[str, Any]:
    told: dict[str, Any] = {"column": of.column}
    left = of.measured.degrees_of_freedom
    for name, statistic in of.measured.statistics.items():
        told[name] = {"statistic": statistic, "p_value": of.p_values.get(name)}
        if left is not None:
            told[name] |= {"degrees_of_freedom": left, "p_value_chi_square": chi_square_p(statistic, left)}
    why_not = of.measured.why_not or of.why_no_p
    return {**told, "n_simulated": of.n_sets, "n_failed": of.n_failed, **({"why_not": why_not} if why_not else {})}


def _classification(of: Classification, order: list[int]) -> dict[str, Any]:
    return {
        "uncertainty": of.uncertainty,
        "entropy": of.entropy,
        "normalised_entropy": of.normalised_entropy,
        "components": [
            {
                "id": of.ids[k],
                "members": float(of.members[k]),
                "average_posterior": _or_null(of.average_posterior[k]),
                "missed": _or_null(of.missed[k]),
            }
            for k in order
        ],
    }


def _or_null(number: float) -> float | None:
    return float(number) if isfinite(number) else None
