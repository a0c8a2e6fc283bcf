"""Groups that were fitted apart as one file: all results as JSON, or all parameters as a long table."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.io.atomic import replacing_text
from core.io.parameters import parameter_table
from core.io.result import data_dict, result_dict, safe_json
from core.io.rows import NUMBER, TEXT, WHOLE, Block, Cells, Heading, write_rows

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


def write_group_parameters(path: Path | str, fits: GroupFits) -> None:
    """Saves a line for each component of each group, sorted by mean within it: CSV, or Parquet, as the ending says.

    Raises InputError for any other ending, and OutputError; the old file is whole then.
    """
    tables = [(one.name, parameter_table(one.fit)) for one in fits.groups]
    names = tables[0][1].names
    kinds = {"id": WHOLE, "family": TEXT}
    headings = [Heading("group", TEXT), *(Heading(name, kinds.get(name, NUMBER)) for name in names)]
    lines = [(name, *row) for name, table in tables for row in table.rows]
    columns = [_cells([line[place] for line in lines], one.kind) for place, one in enumerate(headings)]
    write_rows(path, headings, [Block(columns, 1.0)])


def _cells(values: list[str | float | None], kind: str) -> Cells:
    if kind == TEXT:
        return [str(value) for value in values]
    return [nan if value is None else float(value) for value in values]


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
