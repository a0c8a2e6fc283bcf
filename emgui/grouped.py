"""The groups of the rows: how many each has, and the mixture of each at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core import formatting
from core.data import Data
from core.families.observed import Observed
from core.groups import GroupFits, is_apart
from core.mixture import Mixture
from emgui.document import Document


@dataclass(frozen=True, eq=False)
class Group:
    """One group: its name, its number of rows, and the mixture of its population; None while there is none."""

    name: str
    n: float
    mixture: Mixture | None


def groups_of(document: Document) -> list[Group]:
    """The groups of the rows, each with its mixture at the cursor."""
    data, moment = document.data, document.moment
    if data is None or data.groups is None:
        return []
    codes, names = data.groups.codes, data.groups.names
    held = np.bincount(codes[codes >= 0], None if data.counts is None else data.counts[codes >= 0], len(names))
    mixtures: list[Mixture | None] = [None] * len(names)
    fits = document.group_fits.get(document.current) if document.current is not None else None
    if isinstance(fits, GroupFits):
        found = {one.name: one.fit.mixture.plain for one in fits.groups}
        mixtures = [found.get(name) for name in names]
    elif moment is not None and data.roles.share != "none":
        mixtures = [*_mixtures(moment.observed, len(names))]
    return [Group(name, float(n), one) for name, n, one in zip(names, held, mixtures, strict=True)]


def note_of(document: Document) -> str:
    """What is still to be said of groups that are fitted apart; "" for nothing."""
    if document.data is None or not is_apart(document.data):
        return ""
    fits = document.group_fits.get(document.current) if document.current is not None else None
    if isinstance(fits, GroupFits):
        return f"each fitted apart, log-likelihood {formatting.number(fits.log_likelihood, 3)}"
    return fits if fits is not None else "each group is fitted apart once the run of all rows has ended"


def parameters_note(data: Data | None) -> str:
    """Of which rows the parameters and figures of a run are, where there are groups; "" where there are none."""
    if data is None or data.groups is None:
        return ""
    if is_apart(data):
        return "All rows together; each group's own fit is in the table of groups."
    if data.roles.share == "components":
        return "Weights are those of all rows; each group's own are in the table of groups."
    return ""


def of_all_rows(data: Data | None) -> str:
    """What the caption of a plot adds that shows the run of all rows, where groups are fitted apart; "" elsewhere."""
    return ", all rows together" if data is not None and is_apart(data) else ""


def _mixtures(mixture: Mixture, n_groups: int) -> list[Mixture]:
    """The mixture of each group: weights of its own where components are shared, else that of all rows."""
    plain, family = mixture.plain, mixture.family
    if not isinstance(family, Observed) or family.n_groups != n_groups:
        return [plain] * n_groups
    weights = plain.weights[:, np.newaxis] * family.group_shares(mixture.parameters)
    weights = weights / weights.sum(axis=0)
    return [Mixture(plain.family, own, plain.parameters, plain.ids) for own in weights.T]
