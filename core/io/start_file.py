"""A start from a JSON file: a result of an earlier fit, or components written down by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, listed, shown
from core.families import FAMILIES, make_family
from core.families.family import Setting
from core.io.opening import opened, regular_file
from core.mixture import Mixture
from core.options import COVARIANCES, MOST_COMPONENTS

FORMAT, VERSION = "emgui-fit", 1
LARGEST_FILE = 64 << 20
EXACT = 1e-12
"""Weights that add up to 1 this closely are taken as they are; others, of a few digits, are made to."""


def read_start(path: Path | str, family: str | None = None, covariance: str | None = None) -> Mixture:
    """The mixture in a result file, or in {"components": [{"weight": …, "mean": …, "sd": …}, …]}.

    family and covariance, where given, stand above those of the file's "model"; where neither says, gaussian and full.
    Components are numbered from 1 by their means. Raises InputError, one sentence, for everything that can be wrong.
    """
    name = f"“{shown(Path(path).name)}”"
    document = _document(regular_file(path), name)
    if not isinstance(document, dict) or not isinstance(document.get("components"), list):
        raise InputError(f"{name} is no start: it has no list of “components”.")
    _check_format(document, name)
    model = document.get("model", {})
    if not isinstance(model, dict):
        raise InputError(f"The “model” in {name} is not an object with keys.")
    family = _choice(family or model.get("family", "gaussian"), tuple(FAMILIES), "family", name)
    covariance = _choice(
        covariance or model.get("covariance", "full"), (*COVARIANCES, "diag", "spherical"), "covariance", name
    )
    entries = document["components"]
    if not 1 <= len(entries) <= MOST_COMPONENTS:
        raise InputError(f"{name} has {len(entries)} components; a start has from 1 to {MOST_COMPONENTS}.")
    if model.get("n_components", len(entries)) != len(entries):
        raise InputError(f"{name} lists {len(entries)} components, but its model says another number.")
    try:
        return _mixture(entries, family, "tied" if covariance == "tied" else "full")
    except InputError as error:
        raise InputError(f"{name} is no start: {str(error)[0].lower()}{str(error)[1:]}") from error


def _document(path: Path, name: str) -> Any:
    with opened(path) as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise InputError(f"{name} is too large to be a start; it should be the JSON of a result.")
    try:
        return json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer
        )
    except InputError as error:
        raise InputError(f"{name} is no start: {error}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{name} is not JSON: line {error.lineno}, column {error.colno} cannot be read.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not JSON: it is not text in UTF-8.") from error
    except RecursionError as error:
        raise InputError(f"{name} is no start: its lists are nested too deeply.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InputError(f"the key “{shown(key)}” occurs twice in the same place.")
        result[key] = value
    return result


def _refuse(constant: str) -> float:
    raise InputError(f"{constant} is no number in JSON.")


def _integer(digits: str) -> int | float:
    # Python refuses to read integers of thousands of digits; a float says infinity, which is refused by name later.
    return int(digits) if len(digits) < 16 else float(digits)


def _check_format(document: dict[str, Any], name: str) -> None:
    if "format" not in document:
        return
    if document["format"] != FORMAT:
        raise InputError(f"{name} is not a result of a fit: its format is not “{FORMAT}”.")
    if document.get("version") != VERSION:
        raise InputError(f"{name} is of a version of the result format that this emgui does not know.")


def _choice(value: Any, choices: tuple[str, ...], what: str, name: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"The {what} in {name} is not one that emgui knows: {listed(choices)}.")
    return value


def _mixture(entries: list[Any], family_name: str, covariance: str) -> Mixture:
    family = make_family(family_name, Setting(covariance))
    keys = ("weight", *family.parameter_names)
    rows = np.array([_numbers(entry, place, keys, family_name) for place, entry in enumerate(entries, 1)])
    weights, *parameters = rows.T
    with np.errstate(over="ignore"):  # absurd numbers get a sentence, not a warning
        mixture = Mixture(family, weights, dict(zip(family.parameter_names, parameters, strict=True))).checked()
    if (weights == 0.0).any():
        raise InputError(f"The weight of component {int(weights.argmin()) + 1} is 0, and would stay so.")
    if abs(weights.sum() - 1.0) > EXACT:
        weights = weights / weights.sum()
    return Mixture(family, weights, mixture.parameters).numbered()


def _numbers(entry: Any, place: int, keys: tuple[str, ...], family: str) -> list[float]:
    if not isinstance(entry, dict):
        raise InputError(f"Component {place} is not an object with keys.")
    if entry.get("family", family) != family:
        raise InputError(f"Component {place} is not of the family {family}.")
    for key in entry:
        if key not in (*keys, "id", "family"):
            raise InputError(f"Component {place} has a key “{shown(key)}”; known ones are {', '.join(keys)}.")
    return [_number(entry, place, key) for key in keys]


def _number(entry: dict[str, Any], place: int, key: str) -> float:
    if key not in entry:
        raise InputError(f"Component {place} has no “{key}”.")
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"The {key} of component {place} is not a number.")
    if not np.isfinite(value):
        raise InputError(f"The {key} of component {place} is too large to be a number.")
    return float(value)
