"""What lets a component of each family collapse, what a floor and a prior stand under, and what makes its sd / mean."""

from __future__ import annotations

from core.families.family import Family

COLLAPSE_BY: dict[str, dict[str, int]] = {
    "gaussian": {"sd": -1},
    "student_t": {"scale": -1},
    "lognormal": {"log_sd": -1},
    "gamma": {"scale": -1, "shape": 1},
    "weibull": {"shape": 1},
    "exponential": {"rate": 1},
}
"""Family → the parameters without which it cannot fall onto a point, and which way they go then (down −1, up 1).

Holding any one of them back is enough.
"""

SCALES: dict[str, str] = {"gaussian": "sd", "student_t": "scale", "lognormal": "log_sd", "gamma": "scale"}
"""Family → the parameter that a floor can be put under."""

WITH_PRIOR: dict[str, str] = {"gaussian": "sd", "student_t": "scale", "lognormal": "log_sd"}
"""Family → the parameter of which earlier rows tell something, as the prior says it."""

VARIATION: dict[str, tuple[str, ...]] = {
    "gaussian": ("mean", "sd"),
    "student_t": ("location", "scale"),
    "lognormal": ("log_sd",),
    "gamma": ("shape",),
    "weibull": ("shape",),
}
"""Family → the one parameter that sets its coefficient of variation, or the two whose ratio it is."""


def members(family: Family, n_components: int) -> tuple[Family, ...]:
    """Each component's own family, (K,)."""
    own: tuple[Family, ...] | None = getattr(family.plain, "families", None)
    return own or (family.plain,) * n_components


def names_of(family: Family, n_components: int) -> tuple[str, ...]:
    """The name of each component's family, (K,)."""
    return tuple(own.name for own in members(family, n_components))
