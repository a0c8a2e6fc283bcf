"""What a person can choose about a fit: one list for the form, the command line, files and the manual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.algorithms import ALGORITHMS
from core.choices import check_choices, choice
from core.constraints import NONE, Constraints
from core.errors import InputError, shown
from core.families import FAMILIES, make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.start import STARTS
from core.stopping import STOPPING_RULES

MOST_COMPONENTS = 50
COVARIANCES = {
    "full": "each component has its own",
    "tied": "all components share one",
    "diag": "columns are uncorrelated within a component; with one column the same as full",
    "spherical": "columns are uncorrelated and vary alike within a component; with one column the same as full",
}


@dataclass(frozen=True)
class FitOptions:
    """The choices behind a fit. Fields with a section are the form's and the command line's by themselves.

    settings: the algorithm's own options, by name. trials: of the binomial family. constraints: what the parameters are
    held to. Raises InputError, naming the option, where a value is not allowed.
    """

    n_components: int = choice(
        2, "Components", "number of components", section="Model", flag="components", range=(1, MOST_COMPONENTS)
    )
    family: str = choice(
        "gaussian",
        "Family",
        "distribution of the components",
        section="Model",
        choices=FAMILIES,
        titles={name: make(Setting()).title for name, make in FAMILIES.items()},
        open=True,
    )
    covariance: str = choice(
        "full",
        "Covariance",
        "full: each component its own; tied: one for all; diag and spherical: of several columns",
        section="Model",
        choices=COVARIANCES,
        titles={"full": "full (own sd)", "tied": "tied (one sd)", "diag": "diagonal"},
    )
    algorithm: str = choice(
        "em",
        "Algorithm",
        "variant of EM",
        section="Model",
        choices=ALGORITHMS,
        titles={name: algorithm.title for name, algorithm in ALGORITHMS.items()},
    )
    settings: tuple[tuple[str, Any], ...] = ()
    trials: int | None = None
    constraints: Constraints = NONE
    start: str = choice(
        "kmeans",
        "From",
        "how the start is made",
        section="Start",
        choices=STARTS,
        titles={"kmeans": "k-means", "random": "random rows", "uniform": "uniform (0, 1)"},
        open=True,
    )
    seed: int = choice(
        0, "Seed", "seed of everything random; the same seed gives the same fit", section="Start", range=(0, 2**32 - 1)
    )
    restarts: int = choice(
        1, "Restarts", "number of starts to try; the best proper optimum is kept", section="Start", range=(1, 10_000)
    )
    stop_on: str = choice("log-likelihood", "On", "what the tolerance bounds", section="Stop", choices=STOPPING_RULES)
    tolerance: float = choice(
        1e-6, "Tolerance", "log-likelihood still to be gained, or largest change of a parameter", section="Stop"
    )
    max_iterations: int = choice(
        10_000, "At most", "largest number of iterations; 0 evaluates the start", section="Stop", range=(0, 10_000_000)
    )

    def __post_init__(self) -> None:
        check_choices(self)
        if self.start not in (*STARTS, "given"):
            raise InputError(f"--start must be one of {', '.join(STARTS)}; “{shown(self.start)}” is none of them.")
        family = make_family(self.family, Setting(self.covariance, self.trials))
        if self.covariance != "full" and not family.covaries:
            raise InputError(
                f"--covariance {self.covariance} is of Gaussian components; "
                f"to share a parameter of {shown(self.family)}, tie it."
            )
        if self.trials is not None and "binomial" not in self.family.split("+"):
            raise InputError("--trials is of binomial components only: leave it out.")
        if self.trials is None and any(name.strip() == "binomial" for name in self.family.split("+")):
            raise InputError("--family binomial needs --trials N: how many trials stand behind each value.")
        named = self.family.count("+") + 1
        if named not in (1, self.n_components):
            raise InputError(f"--family {shown(self.family)} is for {named} components, not {self.n_components}.")
        own = family.own_start()
        if own is not None and (self.restarts > 1 or self.n_components != len(own[0])):
            raise InputError(
                f"{family.title} has {len(own[0])} cells and a start of its own: leave out --components and --restarts."
            )
        ALGORITHMS[self.algorithm](**dict(self.settings))
        self.constraints.check(family, self.n_components)
        if not 0.0 <= self.tolerance < float("inf"):
            raise InputError(f"--tolerance must be 0 or a positive number; {self.tolerance} is not.")


def like(mixture: Mixture) -> dict[str, Any]:
    """The options, by field, that ask for a model like that of a mixture: components, family, covariance, trials."""
    family = mixture.family
    return {
        "n_components": mixture.n_components,
        "family": "+".join(family.of_components) if family.of_components else family.name,
        "covariance": family.covariance,
        "trials": family.trials,
    }
