"""Groups that were fitted apart as one JSON file: a result for each, and what they come to together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.io.atomic import replacing_text
from core.io.result import data_dict, result_dict, safe_json

if TYPE_CHECKING:
    from core.data import Data
    from core.groups import GroupFits

FORMAT, VERSION = "emgui-groups", 1


def write_groups(path: Path | str, data: Data, fits: GroupFits) -> None:
    """Saves the fits of all groups as JSON in UTF-8. Raises OutputError; the old file is whole then."""
    with replacing_text(path) as file:
        file.write(groups_text(data, fits))


def groups_text(data: Data, fits: GroupFits) -> str:
    """The fits of all groups as the text of a file, safe to print."""
    return safe_json(groups_dict(data, fits))


def groups_dict(data: Data, fits: GroupFits) -> dict[str, Any]:
    """The fits of all groups as plain values: log-likelihoods and free parameters are those of all groups together.

    Each group has its name and its whole result, which --start takes where it stands in a file of its own.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "data": data_dict(data),
        "group": fits.column,
        "n_parameters": fits.n_parameters,
        "log_likelihood": fits.log_likelihood,
        "aic": fits.aic,
        "bic": fits.bic,
        "groups": [{"name": one.name, "result": result_dict(one.fit)} for one in fits.groups],
    }
