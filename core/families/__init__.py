"""The distributions a component may have; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.errors import InputError, shown
from core.families.binomial import Binomial
from core.families.exponential import Exponential
from core.families.family import Family, Setting
from core.families.gamma import Gamma
from core.families.gaussian import Gaussian
from core.families.linkage import Linkage
from core.families.lognormal import Lognormal
from core.families.mixed import Mixed
from core.families.multivariate_gaussian import MultivariateGaussian
from core.families.poisson import Poisson
from core.families.student_t import StudentT
from core.families.uniform import Uniform
from core.families.weibull import Weibull

FAMILIES: dict[str, Callable[[Setting], Family]] = {
    "gaussian": lambda setting: Gaussian(setting.covariance),
    "student_t": lambda setting: StudentT(),
    "lognormal": lambda setting: Lognormal(),
    "gamma": lambda setting: Gamma(),
    "weibull": lambda setting: Weibull(),
    "exponential": lambda setting: Exponential(),
    "poisson": lambda setting: Poisson(),
    "binomial": lambda setting: Binomial(setting.trials),
    "uniform": lambda setting: Uniform(),
}
"""Name of a family → what makes it, given the setting."""


MODELS: dict[str, Callable[[Setting], Family]] = {
    "linkage": lambda setting: Linkage(),
}
"""EM that is no mixture of distributions: made like a family, but not one to choose for data."""


def make_family(text: str, setting: Setting) -> Family:
    """The family that a name stands for, or "a+b+c", which gives each component its own.

    Raises InputError where there is no such family, or none for so many columns.
    """
    if text in MODELS:
        return MODELS[text](setting)
    names = [name.strip() for name in text.split("+")]
    unknown = next((name for name in names if name not in FAMILIES), None)
    if unknown is not None:
        raise InputError(f"--family must be one of {', '.join(FAMILIES)}; “{shown(unknown)}” is none of them.")
    if setting.n_features > 1:
        if names != [MultivariateGaussian.name]:
            raise InputError(f"--family {'+'.join(names)} is for one column, not {setting.n_features}.")
        return MultivariateGaussian(setting.covariance, setting.n_features)
    if setting.covariance not in ("full", "tied"):
        setting = replace(setting, covariance="full")
    families = tuple(FAMILIES[name](setting) for name in names)
    if len(families) == 1:
        return families[0]
    if len({family.discrete for family in families}) > 1:
        raise InputError(
            f"--family {'+'.join(names)} has components of whole numbers beside others of any number: "
            "a probability and a density cannot be added."
        )
    return Mixed(families)
