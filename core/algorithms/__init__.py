"""The variants of EM; adding one is a file and a line here."""

from __future__ import annotations

from core.algorithms.algorithm import Algorithm
from core.algorithms.anderson import Anderson
from core.algorithms.annealed import Annealed
from core.algorithms.em import EM
from core.algorithms.fast import Fast
from core.algorithms.gradient import Gradient
from core.algorithms.hard import Hard
from core.algorithms.incremental import Incremental
from core.algorithms.online import Online
from core.algorithms.sparse import Sparse
from core.algorithms.squarem import Squarem
from core.algorithms.stochastic import Stochastic

ALGORITHMS: dict[str, type[Algorithm]] = {
    variant.name: variant
    for variant in (
        EM,
        Incremental,
        Sparse,
        Hard,
        Stochastic,
        Online,
        Squarem,
        Anderson,
        Annealed,
        Gradient,
        Fast,
    )
}  # fmt: skip
"""Name of a variant → its class, made with its own options."""
