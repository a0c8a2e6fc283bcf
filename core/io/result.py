"""A fit as JSON: the file that reproduces it, laid out as resources/emgui-fit.schema.json says."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.io.atomic import replacing_text
from core.io.start_file import FORMAT, VERSION
from core.io.start_file import read_start as read_start

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit
    from core.mixture import Mixture
    from core.restarts import Optimum


def write_result(path: Path | str, fit: Fit) -> None:
    """Saves a fit as JSON in UTF-8. Raises OutputError; the old file is whole then."""
    with replacing_text(path) as file:
        file.write(result_text(fit))


def result_text(fit: Fit) -> str:
    """A fit as the text of a result file, safe to print: characters that a terminal would obey are spelled out."""
    text = json.dumps(result_dict(fit), indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def result_dict(fit: Fit, software: bool = True) -> dict[str, Any]:
    """A fit as plain numbers, texts, lists and dicts, every number to its last digit.

    Components are sorted by mean, each with its id. software adds the versions that made it.
    """
    result: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "data": _data(fit.data),
        "model": _model(fit),
        "fit": _run(fit),
        "components": components(fit.mixture),
        "log_likelihood": float(fit.log_likelihood),
        "aic": fit.aic,
        "bic": fit.bic,
        "icl": fit.icl,
    }
    return {**result, "software": _software()} if software else result


def components(mixture: Mixture) -> list[dict[str, Any]]:
    """The components sorted by mean: id, weight and the family's parameters, in the data's unit."""
    mixture = mixture.sorted()
    rows = zip(mixture.ids, mixture.weights, *mixture.parameters.values(), strict=True)
    names = ("weight", *mixture.parameters)
    return [{"id": identity, **dict(zip(names, map(float, row), strict=True))} for identity, *row in rows]


def _data(data: Data) -> dict[str, Any]:
    return {
        "source": data.source,
        "sha256": data.sha256,
        "columns": list(data.columns),
        "n_samples": _count(data.n_samples),
        "n_features": data.n_features,
        "n_left_out": data.n_left_out,
        "left_out": [
            {"row": cell.row, "column": cell.column, "reason": cell.reason, "text": cell.text} for cell in data.left_out
        ],
    }


def _model(fit: Fit) -> dict[str, Any]:
    mixture = fit.mixture
    return {
        "family": fit.options.family,
        "n_components": mixture.n_components,
        "covariance": mixture.family.covariance,
        "n_parameters": fit.options.constraints.n_parameters(mixture),
    }


def _run(fit: Fit) -> dict[str, Any]:
    options, outcome = fit.options, fit.outcome
    run: dict[str, Any] = {
        "algorithm": options.algorithm,
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
    }
    if options.start == "given" and fit.start is not None:
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
    import numpy as np

    from core.version import version

    return {"emgui": version(), "numpy": np.__version__, "python": platform.python_version()}


def _count(number: float) -> int | float:
    """Whole numbers as such: 272 rows, not 272.0."""
    return int(number) if float(number).is_integer() else float(number)
