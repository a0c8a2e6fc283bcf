"""The distributions a component may have; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import InputError, shown
from core.families.family import Family, Setting
from core.families.gaussian import Gaussian
from core.families.linkage import Linkage

FAMILIES: dict[str, Callable[[Setting], Family]] = {
    "gaussian": lambda setting: Gaussian(setting.covariance),
}
"""Name of a family → what makes it, given the setting."""


MODELS: dict[str, Callable[[Setting], Family]] = {
    "linkage": lambda setting: Linkage(),
}
"""EM that is no mixture of distributions: made like a family, but not one to choose for data."""


def make_family(text: str, setting: Setting) -> Family:
    """The family that a name stands for, or "a+b+c", which gives each component its own.

    Raises InputError where there is no such family.
    """
    if text in MODELS:
        return MODELS[text](setting)
    if text not in FAMILIES:
        raise InputError(f"--family must be one of {', '.join(FAMILIES)}; “{shown(text)}” is none of them.")
    return FAMILIES[text](setting)
