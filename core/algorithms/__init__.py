"""The variants of EM; adding one is a file and a line here."""

from __future__ import annotations

from core.algorithms.algorithm import Algorithm
from core.algorithms.em import EM

ALGORITHMS: dict[str, type[Algorithm]] = {
    variant.name: variant
    for variant in (
        EM,
    )
}  # fmt: skip
"""Name of a variant → its class, made with its own options."""
