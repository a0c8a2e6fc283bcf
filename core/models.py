"""EM that is no mixture of distributions, by name: models that bring their own data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data import Data
from core.families.linkage import Linkage
from core.roles import Roles

LINKAGE_COUNTS = (125, 18, 20, 34)
"""197 animals in four classes, by whom the model of Dempster, Laird and Rubin (1977, section 1) is fitted."""


def linkage() -> Data:
    """The four classes with the number of animals in each."""
    classes = np.arange(1.0, 1.0 + len(LINKAGE_COUNTS))
    counts = np.array(LINKAGE_COUNTS, dtype=np.float64)
    return Data(values=classes, columns=("class",), source="linkage", counts=counts, roles=Roles(counts="animals"))


MODELS: dict[str, Callable[[], Data]] = {Linkage.name: linkage}
"""Name of a model → its data."""
N_COMPONENTS = {Linkage.name: Linkage.n_cells}
"""Name of a model → the number of its hidden cells, which stand for components."""
