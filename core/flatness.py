"""Components of several columns that fall onto a line, a plane or a point, and optima that only look like ones."""

from __future__ import annotations

import numpy as np

from core.data import Array, Data
from core.families.family import Parameters
from core.mixture import Mixture
from core.wording import about

FLATTEST = 1e-6
"""Smallest sd in any direction, columns in units of the data's sds, that float64 can tell from none."""
MORE_ROWS = 1.5
"""Rows more than columns that a component of its own covariance must hold to describe any data."""
SPURIOUS_SD_RATIO = 0.05
SPURIOUS_ROWS = 50.0


def flattened(data: Data, mixture: Mixture, following: Parameters) -> str | None:
    """Which component has become flat, now or after the M step that would follow, in a sentence; None for none.

    d rows or fewer span no volume in d columns, and neither do any that lie on a line or a plane.
    """
    family = mixture.family
    flatness = np.minimum(family.flatness(mixture.parameters, data.sd), family.flatness(following, data.sd))
    flattest = int(np.argmin(flatness))
    if flatness[flattest] >= FLATTEST:
        return None
    subject = f"Component {mixture.ids[flattest]} has"
    if family.covariance == "tied":
        subject = "All components have"
    where = "the sd" if family.covariance == "spherical" else "in one direction the sd"
    return f"{subject} collapsed: {where} is below {about(FLATTEST)} of the data's."


def remedies(mixture: Mixture) -> str:
    """What a person can do about a flat component, in a sentence."""
    simpler = {"full": "tied, diag or spherical covariance", "diag": "tied or spherical covariance"}
    ways = ["Use another start", "more restarts"]
    if mixture.n_components > 1:
        ways.append("fewer components")
    if mixture.family.covariance in simpler:
        ways.append(simpler[mixture.family.covariance])
    return f"{', '.join(ways[:-1])} or {ways[-1]}."


def slim(mixture: Mixture, counts: Array, n_features: int) -> str | None:
    """Why an optimum in several columns is an artefact of the unbounded likelihood; None where it is none.

    In one column these are the rules for its sds; in several they hold for the narrowest direction.
    """
    family = mixture.family
    if not np.any(family.unbounded):
        return None
    slimness = family.slimness(mixture.parameters)
    for k, identity in enumerate(mixture.ids):
        if counts[k] < n_features + MORE_ROWS:
            return f"component {identity} holds only {about(counts[k])} rows of {n_features} columns"
        if slimness[k] < SPURIOUS_SD_RATIO and counts[k] < SPURIOUS_ROWS:
            ratio = about(slimness[k])
            return f"component {identity} is flat: {about(counts[k])} rows, in one direction sd {ratio} of the widest"
    return None
