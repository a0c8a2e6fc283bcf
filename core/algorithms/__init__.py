"""The variants of EM; adding one is a file and a line here."""

from __future__ import annotations

from core.algorithms.algorithm import Algorithm
from core.algorithms.em import EM

ALGORITHMS: dict[str, Algorithm] = {
    "em": EM,
}
"""Name of a variant → its pair of pure functions and its words."""
