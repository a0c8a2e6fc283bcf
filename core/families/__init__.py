"""The distributions a component may have; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.families.gaussian import Gaussian

if TYPE_CHECKING:
    from core.families.family import Family

FAMILIES: dict[str, Callable[[str], Family]] = {
    "gaussian": Gaussian,
}
"""Name of a family → what makes it, given the covariance ("full" or "tied")."""
