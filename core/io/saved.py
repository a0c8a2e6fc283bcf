"""A saved result as what new rows can be put under: its mixture, and what a row has to say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data import Array, Data
from core.errors import InputError, shown
from core.io.opening import regular_file
from core.io.start_file import numbers_of, read_document, read_start
from core.mixture import Mixture
from core.roles import Roles
from core.seeing import weighted_in_groups
from core.thresholds.crossings import Threshold
from core.transforms import Scale

ROLES = ("lower", "upper", "observed", "errors")
"""Roles of columns without which a row does not say what it said to the fit. Counts, weights and labels are not among
them: they are of the rows that were fitted."""


@dataclass(frozen=True)
class Saved:
    """What a result file knows that new rows need.

    mixture: of the population, components by their numbers. roles: what columns a row has. transform, scale: what is
    done to values before; scale is None where they say it themselves. groups: name → weights of the components in that
    group, (K,), where groups share components. thresholds: the values that part components, rising, if it has some.
    """

    name: str
    mixture: Mixture
    roles: Roles
    transform: str = ""
    scale: Scale | None = None
    groups: dict[str, Array] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()


def read_saved(path: Path | str) -> Saved:
    """A result file, or components written down by hand. Raises InputError, one sentence, where it is neither."""
    name = Path(path).name
    document = read_document(regular_file(path), f"“{shown(name)}”")
    if isinstance(document, dict):
        _refuse_others(document, name)
    data = document.get("data", {}) if isinstance(document, dict) else {}
    if not isinstance(data, dict):
        raise InputError(f"The “data” in “{shown(name)}” is not an object with keys.")
    columns = _texts(data.get("columns", []), name)
    try:
        mixture = _with_numbers(read_start(path, columns=columns or None), document)
    except InputError as error:
        raise InputError(str(error).replace(" is no start:", " is no result of a fit:")) from error
    told: dict[str, Any] = {role: _text(data[role], name) for role in (*ROLES, "group") if role in data}
    transform = _text(data.get("transform", ""), name)
    groups = _groups(document, mixture, name)
    if not groups:
        told.pop("group", "")
    roles = Roles(() if "lower" in told else columns, **told, share="components" if groups else "none")
    return Saved(name, mixture, roles, transform, _scale(data, name), groups, _thresholds(document, mixture, name))


def _with_numbers(mixture: Mixture, document: dict[str, Any]) -> Mixture:
    """The components with the numbers they have in the file, which need not go from 1 to K."""
    ids = numbers_of(document["components"])
    return mixture if ids is None else replace(mixture, ids=tuple(sorted(ids)))


def _refuse_others(document: dict[str, Any], name: str) -> None:
    """Raises InputError where a file is a result, but of no one mixture that rows could be put under."""
    if document.get("format") == "emgui-groups":
        raise InputError(
            f"“{shown(name)}” has a fit for each group, so no one mixture: save the “result” of one group as a file of "
            "its own, or fit with --share components."
        )
    if "parameters" in document and "components" not in document:
        raise InputError(f"“{shown(name)}” is of a model that is no mixture, so rows have no memberships under it.")


def start_in_groups(path: Path, data: Data, start: Mixture) -> Mixture:
    """A start from a file with the weights in each group that the file has, where these groups are the data's.

    Raises InputError where the file's groups cannot be understood.
    """
    if not data.form.groups:
        return start
    name = path.name
    groups = _groups(read_document(regular_file(path), f"“{shown(name)}”"), start, name)
    if not set(data.form.groups) <= set(groups):
        return start
    return weighted_in_groups(data, start, np.array([groups[one] for one in data.form.groups]))


def _groups(document: dict[str, Any], mixture: Mixture, name: str) -> dict[str, Array]:
    """Weights of each group, components in the order of the mixture."""
    entries = document.get("groups", [])
    ids = [entry.get("id", place) for place, entry in enumerate(document["components"], 1)]
    groups: dict[str, Array] = {}
    for entry in entries if isinstance(entries, list) else [None]:
        weights = entry.get("weights") if isinstance(entry, dict) else None
        if (
            not isinstance(entry, dict)
            or not isinstance(weights, list)
            or len(weights) != mixture.n_components
            or not all(map(_is_share, weights))
        ):
            raise InputError(f"The “groups” in “{shown(name)}” do not have a weight for each component.")
        groups[_text(entry.get("name"), name)] = np.array(weights, dtype=np.float64)[np.argsort(ids)]
    return groups


def _thresholds(document: dict[str, Any], mixture: Mixture, name: str) -> tuple[Threshold, ...]:
    """The values that part components."""
    entries, found = document.get("thresholds", []), []
    for entry in entries if isinstance(entries, list) else [None]:
        told: dict[str, Any] = entry if isinstance(entry, dict) else {}
        value, ids = told.get("value"), [told.get("below"), told.get("above")]
        if not _is_number(value) or not all(isinstance(one, int) and one in mixture.ids for one in ids):
            raise InputError(f"The “thresholds” in “{shown(name)}” are not values between two of its components.")
        found.append(Threshold(float(told["value"]), told["below"], told["above"]))
    return tuple(sorted(found, key=lambda one: one.value))


def _scale(data: dict[str, Any], name: str) -> Scale | None:
    """Mean and sd by which each column was standardised."""
    entries = data.get("standardised")
    if entries is None:
        return None
    wrong = InputError(f"The “standardised” in “{shown(name)}” are not a mean and an sd above 0 for each column.")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise wrong
    pairs = [(entry.get("mean"), entry.get("sd")) for entry in entries]
    if not all(_is_number(mean) and _is_number(sd) and sd > 0 for mean, sd in pairs):
        raise wrong
    return tuple((float(mean), float(sd)) for mean, sd in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0.0 <= value <= 1.0


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError(f"The “columns” in “{shown(name)}” are not a list of names.")
    return tuple(_text(one, name) for one in value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"“{shown(name)}” has something else where its “data” should name a column.")
    return value
