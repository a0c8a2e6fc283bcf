"""Ranked models as one file, laid out as resources/emgui-select.schema.json says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.io.atomic import replacing_text
from core.io.result import result_dict, safe_json

if TYPE_CHECKING:
    from core.selection import Selection

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
    return {
        "format": FORMAT,
        "version": VERSION,
        "criterion": selection.criterion,
        "models": [result_dict(one.fit) for one in selection.models],
        "ranking": [
            {
                "value": one.value,
                "difference": one.difference,
                "weight": one.weight,
                "reason": one.reason or None,
            }
            for one in selection.models
        ],
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
