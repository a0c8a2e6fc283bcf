"""A start from a JSON file: a result of an earlier fit, or components written down by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, listed, shown
from core.families import FAMILIES, make_family
from core.families.family import Family, Setting
from core.io.opening import opened, regular_file
from core.mixture import Mixture
from core.options import COVARIANCES, MOST_COMPONENTS
from core.transforms import TRANSFORMS

FORMAT, VERSION = "emgui-fit", 1
LARGEST_FILE = 64 << 20
_FOR_PEOPLE = ("original",)
"""Keys of a component that say once more, in another way, what its parameters say."""
EXACT = 1e-12
"""Weights that add up to 1 this closely are taken as they are; others, of a few digits, are made to."""


def read_start(
    path: Path | str,
    family: str | None = None,
    covariance: str | None = None,
    trials: int | None = None,
    columns: tuple[str, ...] | None = None,
    transform: str | None = None,
) -> Mixture:
    """The mixture in a result file, or in {"components": [{"weight": …, "mean": …, "sd": …}, …]}.

    family, covariance and trials, where given, stand above those of the file's "model"; where neither says, gaussian
    and full. columns: those to be fitted together, in whose order means and covariances are put where the file names
    its own; () for one of any name, None for as many as the file's means have, as they stand there. transform: what is
    done to the values, "" for nothing, which must be what was done to those of a result; None for whatever it is.
    Components are numbered from 1 in the order of their "id" where all have one, of different numbers; else by means.
    Raises InputError, one sentence, for everything that can be wrong.
    """
    name = f"“{shown(Path(path).name)}”"
    document = read_document(regular_file(path), name)
    if not isinstance(document, dict) or not isinstance(document.get("components"), list):
        raise InputError(f"{name} is no start: it has no list of “components”.")
    _check_format(document, name)
    _check_transform(document, name, transform)
    model = document.get("model", {})
    if not isinstance(model, dict):
        raise InputError(f"The “model” in {name} is not an object with keys.")
    entries = document["components"]
    if not 1 <= len(entries) <= MOST_COMPONENTS:
        raise InputError(f"{name} has {len(entries)} components; a start has from 1 to {MOST_COMPONENTS}.")
    if model.get("n_components", len(entries)) != len(entries):
        raise InputError(f"{name} lists {len(entries)} components, but its model says another number.")
    covariance = _choice(covariance or model.get("covariance", "full"), tuple(COVARIANCES), "covariance", name)
    trials = trials or model.get("trials")
    if trials is not None and not (isinstance(trials, int) and trials > 0):
        raise InputError(f"The trials in {name} are not a whole number above 0.")
    try:
        names = _families(entries, family, model.get("family", "gaussian"))
        n_features = _columns(entries) if columns is None else max(1, len(columns))
        mixture = _mixture(entries, names, Setting(covariance, trials, n_features))
        return _numbered(_in_columns(mixture, document.get("data"), columns or ()), entries)
    except InputError as error:
        raise InputError(f"{name} is no start: {str(error)[0].lower()}{str(error)[1:]}") from error


def read_document(path: Path, name: str) -> Any:
    """What is in a JSON file, name being what a message calls it. Raises InputError where it is none or hostile."""
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


def _check_transform(document: dict[str, Any], name: str, asked: str | None) -> None:
    """Raises InputError where a result is of values that were transformed in another way than is asked for."""
    data = document.get("data")
    if asked is None or not isinstance(data, dict):
        return
    done = data.get("transform", "")
    if done == asked:
        return
    if not isinstance(done, str) or (done and done not in TRANSFORMS):
        raise InputError(f"The transform in {name} is not one that emgui knows: {listed(TRANSFORMS)}.")
    if not done:
        raise InputError(f"{name} is of values as they are, not of their {asked}: leave --transform out.")
    other = f", not of their {asked}" if asked else ""
    raise InputError(f"{name} is of {done} of the values{other}: use --transform {done}.")


def _choice(value: Any, choices: tuple[str, ...], what: str, name: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"The {what} in {name} is not one that emgui knows: {listed(choices)}.")
    return value


def _families(entries: list[Any], asked: str | None, model: Any) -> list[str]:
    """The family of each component: its own, else by its place in "a+b+c", else the only one."""
    if not isinstance(model, str):
        raise InputError("the family of its model is not a name.")
    of_model = (asked or model).split("+")
    names = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise InputError(f"Component {place + 1} is not an object with keys.")
        by_place = of_model[place] if len(of_model) == len(entries) else of_model[0]
        one = entry.get("family", by_place)
        if not isinstance(one, str) or one not in FAMILIES:
            raise InputError(f"The family of component {place + 1} is not one that emgui knows: {listed(FAMILIES)}.")
        names.append(one)
    if asked is not None and sorted(names) != sorted(of_model * (len(names) if len(of_model) == 1 else 1)):
        raise InputError(f"Its components are of {'+'.join(names)}, not of the family {asked}.")
    return names


def _columns(entries: list[Any]) -> int:
    """How many columns the means of the first component have."""
    mean = entries[0].get("mean")
    return max(1, len(mean)) if isinstance(mean, list) else 1


def _mixture(entries: list[Any], names: list[str], setting: Setting) -> Mixture:
    alike = len(set(names)) == 1
    family = make_family(names[0] if alike else "+".join(names), setting)
    own = [make_family(one, setting) for one in names]
    for place, (entry, of_one) in enumerate(zip(entries, own, strict=True), 1):
        _check_keys(entry, place, ("weight", *of_one.parameter_names))
    weights = np.array([_number(entry, place, "weight") for place, entry in enumerate(entries, 1)])
    parameters = {
        name: np.array([_parameter(entry, place, name, of_one, setting.n_features) for place, entry, of_one in
                        zip(range(1, len(own) + 1), entries, own, strict=True)])
        for name in family.parameter_names
    }  # fmt: skip
    with np.errstate(over="ignore"):  # absurd numbers get a sentence, not a warning
        mixture = Mixture(family, weights, parameters).checked()
    if (weights == 0.0).any():
        raise InputError(f"The weight of component {int(weights.argmin()) + 1} is 0, and would stay so.")
    if abs(weights.sum() - 1.0) > EXACT:
        weights = weights / weights.sum()
    return Mixture(family, weights, mixture.parameters)


def _in_columns(mixture: Mixture, data: Any, columns: tuple[str, ...]) -> Mixture:
    """The mixture with its columns in the order asked for. Raises InputError where the file's are others.

    One column may have another name: it is the same quantity in another file.
    """
    named = data.get("columns") if isinstance(data, dict) else None
    if len(columns) < 2 or named is None or named == list(columns):
        return mixture
    if not isinstance(named, list) or sorted(map(str, named)) != sorted(columns):
        there = listed(map(str, named)) if isinstance(named, list) else "not a list"
        raise InputError(f"Its columns are {there}, not {listed(columns)}.")
    order = [named.index(name) for name in columns]
    parameters = dict(mixture.parameters)
    for name, of in parameters.items():
        for axis in range(1, of.ndim):
            parameters[name] = np.take(parameters[name], order, axis)
    return Mixture(mixture.family, mixture.weights, parameters)


def _numbered(mixture: Mixture, entries: list[Any]) -> Mixture:
    """The components in the order of the numbers they have in the file; by their means where they have none."""
    ids = numbers_of(entries)
    if ids is None:
        return mixture.numbered()
    order = np.argsort(ids)
    parameters = {name: of[order] for name, of in mixture.parameters.items()}
    return Mixture(mixture.family.part(order), mixture.weights[order], parameters)


def numbers_of(entries: list[Any]) -> list[int] | None:
    """The numbers that components have in a file; None where they are not all different numbers from 1."""
    ids = [entry.get("id") for entry in entries]
    if any(isinstance(one, bool) or not isinstance(one, int) or one < 1 for one in ids) or len(set(ids)) < len(ids):
        return None
    return ids


def _check_keys(entry: dict[str, Any], place: int, keys: tuple[str, ...]) -> None:
    for key in entry:
        if key not in (*keys, "id", "family", *_FOR_PEOPLE):
            raise InputError(f"Component {place} has a key “{shown(key)}”; known ones are {', '.join(keys)}.")


def _parameter(entry: dict[str, Any], place: int, name: str, family: Family, n_features: int) -> Any:
    """A component's number, or its row or square of numbers; no number where its family has no such parameter."""
    if name not in family.parameter_names:
        return float("nan")
    rank = {"mean": 1, "covariance": 2}.get(name, 0) if n_features > 1 else 0
    return (
        _number(entry, place, name)
        if rank == 0
        else _list(entry.get(name), f"{name} of component {place}", n_features, rank)
    )


def _list(value: Any, what: str, length: int, rank: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise InputError(f"The {what} is not a list of {length}, a number for each column.")
    if rank > 1:
        return [_list(row, what, length, rank - 1) for row in value]
    return [_number({what: number}, 0, what) for number in value]


def _number(entry: dict[str, Any], place: int, key: str) -> float:
    if key not in entry:
        raise InputError(f"Component {place} has no “{key}”.")
    value = entry[key]
    what = f"{key} of component {place}" if place else key
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"The {what} is not a number.")
    if not np.isfinite(value):
        raise InputError(f"The {what} is too large to be a number.")
    return float(value)
