"""What an M step makes of the rows, parameter by parameter: ratios of two sums in which rows count by their shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.data import Array
from core.families.family import Family
from core.mixture import Mixture

Numbers = Mapping[str, float]
Parts = Callable[[Numbers, Numbers, Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Equation:
    """A parameter of a component, or what is made of it, as a ratio: `left` = `over` / `under`.

    The texts have {k} for the component's number, r for a row's responsibility, N for their sum. value: the left side,
    from the component's parameters; parts: what a row adds to both sums for each unit of its responsibility, (m,) each,
    from the parameters after the M step, those before it, and the values (m,). root: the name of what the left side is
    the square of. pooled: whether both sums go over all components. about: what the ratio is an average of, in words.
    """

    parameter: str
    left: str
    over: str
    under: str
    value: Callable[[Numbers], float]
    parts: Parts
    root: str = ""
    pooled: bool = False
    about: str = ""


def _mean(name: str, about: str = "the mean of its rows") -> Equation:
    label = name.replace("_", " ")
    return Equation(
        name, f"{label}{{k}}", "Σ r{k} x", "N{k}", lambda p: p[name], lambda p, _, x: (x, np.ones_like(x)), about=about
    )


def _gaussian(tied: bool) -> tuple[Equation, ...]:
    def squares(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return np.square(x - p["mean"]), np.ones_like(x)

    if tied:
        over, under = "Σ Σ r (x − mean)²", "n"
        spread = Equation("sd", "sd²", over, under, lambda p: p["sd"] ** 2, squares, "sd", pooled=True)
    else:
        spread = Equation("sd", "sd{k}²", "Σ r{k} (x − mean{k})²", "N{k}", lambda p: p["sd"] ** 2, squares, root="sd")
    return _mean("mean"), spread


def _lognormal() -> tuple[Equation, ...]:
    def logs(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return np.log(x), np.ones_like(x)

    def squares(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return np.square(np.log(x) - p["log_mean"]), np.ones_like(x)

    about = "the mean of its rows’ logarithms"
    return (
        Equation("log_mean", "log mean{k}", "Σ r{k} ln x", "N{k}", lambda p: p["log_mean"], logs, about=about),
        Equation(
            "log_sd", "log sd{k}²", "Σ r{k} (ln x − log mean{k})²", "N{k}", lambda p: p["log_sd"] ** 2, squares,
            root="log sd",
        ),
    )  # fmt: skip


def _exponential() -> tuple[Equation, ...]:
    about = "one over the mean of its rows"
    return (
        Equation("rate", "rate{k}", "N{k}", "Σ r{k} x", lambda p: p["rate"], lambda p, _, x: (np.ones_like(x), x),
                 about=about),
    )  # fmt: skip


def _binomial(trials: int) -> tuple[Equation, ...]:
    return (
        Equation(
            "probability", "probability{k}", "Σ r{k} x", f"{trials} N{{k}}", lambda p: p["probability"],
            lambda p, _, x: (x, np.full_like(x, float(trials))), about=f"the mean of its rows over {trials} trials",
        ),
    )  # fmt: skip


def _gamma() -> tuple[Equation, ...]:
    def curved(p: Numbers) -> float:
        from scipy.special import digamma

        return float(np.log(p["shape"]) - digamma(p["shape"]))

    def logs(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return np.log(p["shape"] * p["scale"] / x), np.ones_like(x)

    return (
        Equation(
            "mean (shape · scale)", "shape{k} · scale{k}", "Σ r{k} x", "N{k}", lambda p: p["shape"] * p["scale"],
            lambda p, _, x: (x, np.ones_like(x)), about="the mean of its rows",
        ),
        Equation("shape", "ln shape{k} − ψ(shape{k})", "Σ r{k} ln(mean{k} / x)", "N{k}", curved, logs),
    )  # fmt: skip


def _weibull() -> tuple[Equation, ...]:
    def powers(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return np.power(x / p["scale"], p["shape"]), np.ones_like(x)

    def slopes(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        z = x / p["scale"]
        return np.ones_like(x), (np.power(z, p["shape"]) - 1.0) * np.log(z)

    power = "(x / scale{k})^shape{k}"
    return (
        Equation("scale", "1", f"Σ r{{k}} {power}", "N{k}", lambda p: 1.0, powers),
        Equation(
            "shape", "shape{k}", "N{k}", f"Σ r{{k}} ({power} − 1) ln(x / scale{{k}})", lambda p: p["shape"], slopes
        ),
    )


def _student_t() -> tuple[Equation, ...]:
    def pull(p: Numbers, before: Numbers, x: Array) -> Array:
        # z is of the E step, ν of the M step: see StudentT.expected_log_density.
        nu, z = p["degrees_of_freedom"], (x - before["location"]) / before["scale"]
        return np.asarray((1.0 + 1.0 / nu) / (1.0 + z * z / nu))

    def places(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return pull(p, before, x) * x, pull(p, before, x)

    def squares(p: Numbers, before: Numbers, x: Array) -> tuple[Array, Array]:
        return pull(p, before, x) * np.square(x - p["location"]), np.ones_like(x)

    about = "the mean of its rows, those far out counting less"
    return (
        Equation("location", "location{k}", "Σ r{k} u{k} x", "Σ r{k} u{k}", lambda p: p["location"], places,
                 about=about),
        Equation("scale", "scale{k}²", "Σ r{k} u{k} (x − location{k})²", "N{k}", lambda p: p["scale"] ** 2, squares,
                 root="scale"),
    )  # fmt: skip


def equations(family: Family) -> tuple[Equation, ...]:
    """The equations of a family's components, its location first; () where it has none that are ratios of sums."""
    made: dict[str, Callable[[], tuple[Equation, ...]]] = {
        "gaussian": lambda: _gaussian(family.covariance == "tied"),
        "lognormal": _lognormal,
        "exponential": _exponential,
        "poisson": lambda: (_mean("rate"),),
        "binomial": lambda: _binomial(family.trials or 1),
        "gamma": _gamma,
        "weibull": _weibull,
        "student_t": _student_t,
    }
    return made[family.name]() if family.name in made and family.n_features == 1 else ()


REMARKS = {
    "student_t": "u = (ν + 1) / (ν + z²), where z = (x − location) / scale as they were before, so that rows far out "
    "count less; ν is the number of degrees of freedom at which the lower bound is highest.",
    "gamma": "ψ is the digamma function: the second equation is solved for the shape.",
    "weibull": "Both equations are solved together for shape and scale.",
    "uniform": "Low and high are the smallest and the largest of the rows that it holds any of.",
}
"""What is to be said beside the equations of a family."""


def family_of(mixture: Mixture, place: int) -> Family:
    """The family of one component of a plain mixture."""
    families: tuple[Family, ...] | None = getattr(mixture.family, "families", None)
    return mixture.family if families is None else families[place]


def numbers_of(mixture: Mixture, place: int) -> dict[str, float]:
    """The parameters of one component by name, of one column."""
    own = family_of(mixture, place).parameter_names
    return {name: float(mixture.parameters[name][place]) for name in own}
