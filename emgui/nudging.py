"""A parameter a little larger or smaller: what a grip does in small steps, for keys."""

from __future__ import annotations

import numpy as np

from core.families.domains import PROBABILITY
from core.mixture import Mixture
from emgui.holding import WEIGHT

OF_SPREAD, FACTOR = 0.1, 1.05
"""Steps: of a location in spreads of its component; of what is positive as a factor, of a share in its odds."""


def nudged(mixture: Mixture, identity: int, name: str, by: int) -> float:
    """The value of a component's parameter so many steps up (or down, where by is negative)."""
    place = mixture.ids.index(identity)
    values = mixture.weights if name == WEIGHT else mixture.parameters[name]
    value = float(values[place])
    domain = PROBABILITY if name == WEIGHT else mixture.family.domains[name]
    if domain.is_location:
        spread = float(mixture.family.spread(mixture.parameters)[place])
        return value + by * OF_SPREAD * spread
    if domain is PROBABILITY:
        with np.errstate(divide="ignore"):
            odds = np.divide(value, 1.0 - value) * FACTOR**by
        return float(odds / (1.0 + odds)) if np.isfinite(odds) else value
    return value * FACTOR**by
