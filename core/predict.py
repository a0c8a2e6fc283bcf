"""Memberships of new rows under a saved result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data import Data
from core.errors import InputError, listed, shown
from core.io.saved import Saved, read_saved
from core.mixture import Mixture
from core.prepare import prepared
from core.roles import Roles
from core.seeing import as_seen, weighted_in_groups
from core.table import Table
from core.transforms import transformed


def predicted(result: Path | str, table: Table, roles: Roles | None = None) -> tuple[Data, Mixture]:
    """The rows of a table as the saved result sees rows, and its mixture, for `core.io.memberships.write_memberships`.

    roles: what the columns of this table are for; what they leave out is as in the result, its columns by their names.
    Rows whose cells are not usable are left out, and counted. Raises InputError where the result cannot be read, or
    the table does not have what its rows need.
    """
    return under(read_saved(result), table, roles or Roles())


def under(saved: Saved, table: Table, roles: Roles) -> tuple[Data, Mixture]:
    """The same, of a result that is read."""
    wanted = _roles(saved, table, roles)
    data = prepared(table, wanted)
    if data.n_features != saved.mixture.family.n_features:
        raise InputError(
            f"“{shown(saved.name)}” is of {saved.mixture.family.n_features} columns, not {data.n_features}: "
            "name as many with --column."
        )
    data = transformed(data, saved.transform, saved.scale)
    return data, _in_groups(saved, data) if saved.groups else as_seen(data, saved.mixture)


def _roles(saved: Saved, table: Table, roles: Roles) -> Roles:
    """What the columns of the table are for: as said, else as in the result."""
    named, of_saved = roles, saved.roles
    if not (roles.columns or roles.lower) and not of_saved.lower:
        named = replace(named, columns=_columns(saved, table))
    told: dict[str, Any] = {role: name for role, name in of_saved.named.items() if not getattr(roles, role)}
    if roles.columns:
        told = {role: name for role, name in told.items() if role not in ("lower", "upper")}
    there = {column.name for column in table.columns}
    missing = next((role for role, name in told.items() if name not in there), None)
    if missing is not None:
        raise InputError(
            f"{shown(table.source)} has no column “{shown(told[missing])}”, which “{shown(saved.name)}” has for "
            f"--{missing}: name the one that stands for it; its columns are: {listed(sorted(there))}."
        )
    return replace(named, **told, share=of_saved.share)


def _columns(saved: Saved, table: Table) -> tuple[str, ...]:
    """The columns of the result where the table has them; a single one may have another name if it is the only one."""
    there = {column.name for column in table.columns}
    missing = [name for name in saved.roles.columns if name not in there]
    if not missing:
        return saved.roles.columns
    if len(saved.roles.columns) == 1 and len(table.numeric) == 1:
        return ()
    raise InputError(
        f"{shown(table.source)} has no column “{shown(missing[0])}”, which “{shown(saved.name)}” was fitted to: "
        f"name the one that stands for it with --column; its columns are: {listed(one.name for one in table.columns)}."
    )


def _in_groups(saved: Saved, data: Data) -> Mixture:
    """The mixture with the weights of each group. Raises InputError where a group is one that the result has not."""
    unknown = next((name for name in data.form.groups if name not in saved.groups), None)
    if unknown is not None:
        raise InputError(f"“{shown(saved.name)}” has no group “{shown(unknown)}”; it has {listed(saved.groups)}.")
    return weighted_in_groups(data, saved.mixture, np.array([saved.groups[name] for name in data.form.groups]))
