"""A fit as JSON: the file that reproduces it, laid out as resources/emgui-fit.schema.json says."""

from __future__ import annotations

import json
import platform
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.em import algorithm_of
from core.io.atomic import replacing_text
from core.io.goodness_result import goodness_dict
from core.io.start_file import FORMAT, VERSION
from core.io.start_file import read_start as read_start
from core.original import in_original_unit
from core.seeing import group_weights
from core.sureness.bootstrap import Bootstrapped
from core.thresholds.beside import rows_beside
from core.thresholds.rules import RATES
from core.transforms import Standardise, original_columns, transforms_of

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit
    from core.mixture import Mixture
    from core.optima import Optimum
    from core.sureness.uncertainty import Uncertainty
    from core.thresholds.placing import Placed


def write_result(path: Path | str, fit: Fit) -> None:
    """Saves a fit as JSON in UTF-8. Raises OutputError; the old file is whole then."""
    with replacing_text(path) as file:
        file.write(result_text(fit))


def result_text(fit: Fit) -> str:
    """A fit as the text of a result file, safe to print: characters that a terminal would obey are spelled out."""
    return safe_json(result_dict(fit))


def safe_json(document: dict[str, Any]) -> str:
    """A document as JSON on many lines, in which characters that a terminal would obey are spelled out."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def result_dict(fit: Fit, software: bool = True) -> dict[str, Any]:
    """A fit as plain numbers, texts, lists and dicts, every number to its last digit.

    Components are sorted by mean, each with its id; a model that is no mixture has parameters instead. What stands in
    another than the columns' own unit is said a second time in theirs. software adds the versions that made it.
    """
    result: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "data": data_dict(fit.data),
        "model": _model(fit),
        "fit": _run(fit),
        **_parameters(fit.mixture),
        **_original(fit),
        **_uncertainty(fit),
        **_thresholds(fit),
        **_groups(fit),
        **goodness_dict(fit),
        "log_likelihood": float(fit.log_likelihood),
        **_original_log_likelihood(fit),
        "aic": fit.aic,
        "bic": fit.bic,
        "icl": fit.icl,
    }
    return {**result, "software": _software()} if software else result


def _parameters(mixture: Mixture) -> dict[str, Any]:
    """The components; or the parameters of a model that has none."""
    shared = mixture.family.shared
    if not shared:
        return {"components": components(mixture)}
    return {"parameters": {name: float(mixture.parameters[name][0]) for name in shared}}


def components(mixture: Mixture) -> list[dict[str, Any]]:
    """The components sorted by mean: id, weight and the family's parameters, in the unit of the values as fitted.

    They are those of the population, however its values are seen. Where families differ each has its own, and only the
    parameters that this family has.
    """
    mixture = mixture.sorted().plain
    names = mixture.family.of_components
    return [
        {
            "id": identity,
            "weight": float(mixture.weights[k]),
            **({"family": names[k]} if names else {}),
            **{
                name: (array[k] + 0.0).tolist()  # a zero is 0, not −0
                for name, array in mixture.parameters.items()
                if not np.isnan(array[k]).any()
            },
        }
        for k, identity in enumerate(mixture.ids)
    ]


def _original(fit: Fit) -> dict[str, Any]:
    """The components once more, each with what is known of it in the unit of its columns, where that is another."""
    data, mixture = fit.data, fit.mixture
    if not data.transform or mixture.family.shared:
        return {}
    every = in_original_unit(mixture.sorted().plain, transforms_of(data))
    pairs = zip(components(mixture), every, strict=True)
    return {"components": [{**component, "original": original} for component, original in pairs]}


def _original_log_likelihood(fit: Fit) -> dict[str, Any]:
    return {"log_likelihood_original": fit.log_likelihood_original} if fit.data.transform else {}


def _uncertainty(fit: Fit) -> dict[str, Any]:
    """Standard errors and intervals in the order of the components, null where a parameter has none."""
    sure = fit.uncertainty
    if sure is None:
        return {}
    order = [fit.mixture.ids.index(identity) for identity in fit.mixture.sorted().ids]
    told: dict[str, Any] = {"standard_errors": [], "intervals": []}
    for k in order:
        names = _present(fit.mixture.plain, k)
        told["standard_errors"].append({name: _nulls(sure.standard_errors[name][k]) for name in names})
        ends = {name: sure.intervals[name][k] for name in names}
        told["intervals"].append({name: _nulls(of) if np.isfinite(of).any() else None for name, of in ends.items()})
    return {**told, "uncertainty": _way(sure)}


def _way(sure: Uncertainty) -> dict[str, Any]:
    """How standard errors were come by, so that they can be made again."""
    if not isinstance(sure, Bootstrapped):
        return {"method": "sandwich" if sure.is_sandwich else "information"}
    return {
        "method": "bootstrap",
        "bootstrap": sure.plan.kind,
        "replicates": len(sure.replicates),
        "seed": sure.plan.seed,
        "n_left_out": sure.n_left_out,
        "n_not_converged": sure.n_capped,
        "n_unbounded": sure.n_unbounded,
        "n_realigned": sure.n_realigned,
    }


def _thresholds(fit: Fit) -> dict[str, Any]:
    """The thresholds, rising in the unit of the values as fitted."""
    return {} if fit.thresholds is None else {"thresholds": [_threshold(one, fit) for one in fit.thresholds.thresholds]}


def _threshold(one: Placed, fit: Fit) -> dict[str, Any]:
    rule, data = one.rule, fit.data
    below, above = rows_beside(data, one.value, fit.mixture.plain.family.discrete)
    told: dict[str, Any] = {
        "value": one.value,
        "below": one.below,
        "above": one.above,
        "kind": rule.kind,
        **({"share": rule.number} if rule.kind in RATES and not rule.by_hand else {}),
        "by_hand": rule.by_hand,
        "standard_error": one.standard_error,
        "interval": None if one.interval is None else list(one.interval),
        "rows": {"below": _count(below), "above": _count(above)},
        "misclassified": {"below": one.wrong.below, "above": one.wrong.above},
        "sensitivity": one.sensitivity if isfinite(one.sensitivity) else None,
        "specificity": one.specificity if isfinite(one.specificity) else None,
    }
    if data.transform:
        (back,) = transforms_of(data)
        ends = np.array([one.value] if one.interval is None else [one.value, *one.interval])
        with np.errstate(all="ignore"):
            value, *interval = back.backward(ends).tolist()
        told["original"] = {"value": value, "interval": _nulls(sorted(interval)) if interval else None}
    return told


def _present(plain: Mixture, k: int) -> list[str]:
    """The names of the numbers that a component has."""
    every = {"weight": plain.weights, **plain.parameters}
    return [name for name, of in every.items() if not np.isnan(of[k]).any()]


def _nulls(numbers: Any) -> Any:
    """Numbers, or lists of them, with null for none."""
    if np.ndim(numbers):
        return [_nulls(one) for one in numbers]
    return float(numbers) if np.isfinite(numbers) else None


def _groups(fit: Fit) -> dict[str, Any]:
    """The weights of shared components in each group, in the order of the components."""
    weights = group_weights(fit.data, fit.mixture.sorted())
    if not len(weights):
        return {}
    names = fit.data.form.groups
    return {"groups": [{"name": name, "weights": of.tolist()} for name, of in zip(names, weights, strict=True)]}


def data_dict(data: Data) -> dict[str, Any]:
    """What a result says of its data: where they are from, what they are, and what was left out."""
    return {
        "source": data.source,
        "sha256": data.sha256,
        "columns": list(original_columns(data)),
        "n_samples": _count(data.n_samples),
        "n_features": data.n_features,
        **_reading(data),
        **_roles(data),
        **({"n_filtered": data.n_filtered} if data.roles.where else {}),
        "n_left_out": data.n_left_out,
        "left_out": [
            {"row": cell.row, "column": cell.column, "reason": cell.reason, "text": cell.text} for cell in data.left_out
        ],
    }


def _reading(data: Data) -> dict[str, Any]:
    """How the file was read, where a person said so, and which of its tables."""
    if data.origin is None:
        return {}
    told = {item.name: getattr(data.origin.asked, item.name) for item in fields(data.origin.asked)}
    told["sheet"] = data.origin.dialect.sheet
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    told = {name: value for name, value in told.items() if value not in (None, [])}
    return {"reading": told} if told else {}


def _roles(data: Data) -> dict[str, Any]:
    """What the columns were for, and what was done to them; an open end of a truncation is null."""
    told = dict(data.roles.said)
    if data.roles.truncate is not None:
        told["truncate"] = [end if isfinite(end) else None for end in data.roles.truncate]
    if data.labels is not None and data.roles.labels:
        told["label_names"] = list(data.labels.names)
    if data.transform:
        told["transform"] = data.transform
    if data.transform == Standardise.name:
        told["standardised"] = [{"mean": mean, "sd": sd} for mean, sd in data.scale]
    return told


def _model(fit: Fit) -> dict[str, Any]:
    mixture, options = fit.mixture, fit.options
    n_parameters = options.constraints.n_parameters(mixture)
    if mixture.family.shared:
        return {"family": options.family, "n_parameters": n_parameters}
    model: dict[str, Any] = {
        "family": options.family,
        "n_components": mixture.n_components,
        "covariance": mixture.family.covariance,
        "n_parameters": n_parameters,
    }
    if options.trials is not None:
        model["trials"] = options.trials
    if options.constraints.items:
        model["constraints"] = [f"{constraint.kind} {constraint.text}" for constraint in options.constraints.items]
    return model


def _run(fit: Fit) -> dict[str, Any]:
    options, outcome = fit.options, fit.outcome
    run: dict[str, Any] = {
        "algorithm": options.algorithm,
        "options": algorithm_of(options).options,
        "start": options.start,
        "seed": options.seed,
        "restarts": options.restarts,
        "stop_on": options.stop_on,
        "tolerance": options.tolerance,
        "max_iterations": options.max_iterations,
        "status": outcome.status,
        "message": outcome.message,
        "n_iterations": fit.number,
        "n_passes": _count(fit.n_passes),
        "expected_gain": fit.expected_gain,
        "convergence_rate": outcome.convergence_rate,
    }
    if options.constraints.has_prior:
        run["log_prior"] = options.constraints.log_prior(fit.mixture)
    if fit.best_visited is not None:
        log_likelihood, mixture = fit.best_visited
        run["best_visited"] = {"log_likelihood": float(log_likelihood), **_parameters(mixture)}
    if options.start == "given" and fit.start is not None and not fit.start.family.shared:
        run["start_components"] = components(fit.start)
    if options.restarts > 1:
        run["optima"] = [_optimum(optimum) for optimum in fit.optima]
    return run


def _optimum(optimum: Optimum) -> dict[str, Any]:
    return {
        "log_likelihood": float(optimum.log_likelihood),
        "n_starts": optimum.n_starts,
        "proper": optimum.reason is None,
        "reason": optimum.reason,
        "components": components(optimum.mixture),
    }


def _software() -> dict[str, str]:
    from core.version import version

    return {"emgui": version(), "numpy": np.__version__, "python": platform.python_version()}


def _count(number: float) -> int | float:
    """Whole numbers as such: 272 rows, not 272.0."""
    return int(number) if float(number).is_integer() else float(number)
