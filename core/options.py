"""What a person can choose about a fit: one list for the form, the command line, files and the manual."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from core.algorithms import ALGORITHMS
from core.errors import InputError
from core.families import FAMILIES
from core.start import STARTS
from core.stopping import STOPPING_RULES

MOST_COMPONENTS = 50
COVARIANCES = {"full": "each component has its own sd", "tied": "all components share one sd"}


def _choice(default: Any, label: str, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"label": label, "help": text, **more})


@dataclass(frozen=True)
class FitOptions:
    """The choices behind a fit. Each field's metadata: label, help, section, and either choices (with titles
    to show for them) or a range (low, high).

    Raises InputError, naming the option, where a value is not allowed.
    """

    n_components: int = _choice(
        2, "Components", "number of components", section="Model", flag="components", range=(1, MOST_COMPONENTS)
    )
    family: str = _choice(
        "gaussian",
        "Family",
        "distribution of the components",
        section="Model",
        choices=FAMILIES,
        titles={name: make("full").title for name, make in FAMILIES.items()},
    )
    covariance: str = _choice(
        "full",
        "Covariance",
        "full: each component its own sd; tied: one for all",
        section="Model",
        choices=COVARIANCES,
        titles={"full": "full (own sd)", "tied": "tied (one sd)"},
    )
    algorithm: str = _choice(
        "em",
        "Algorithm",
        "variant of EM",
        section="Model",
        choices=ALGORITHMS,
        titles={name: algorithm.title for name, algorithm in ALGORITHMS.items()},
    )
    start: str = _choice(
        "kmeans",
        "From",
        "how the start is made",
        section="Start",
        choices=STARTS,
        titles={"kmeans": "k-means", "random": "random rows", "uniform": "uniform (0, 1)"},
    )
    seed: int = _choice(
        0, "Seed", "seed of everything random; the same seed gives the same fit", section="Start", range=(0, 2**32 - 1)
    )
    restarts: int = _choice(
        1, "Restarts", "number of starts to try; the best proper optimum is kept", section="Start", range=(1, 10_000)
    )
    stop_on: str = _choice("log-likelihood", "On", "what the tolerance bounds", section="Stop", choices=STOPPING_RULES)
    tolerance: float = _choice(
        1e-6, "Tolerance", "log-likelihood still to be gained, or largest change of a parameter", section="Stop"
    )
    max_iterations: int = _choice(
        10_000, "At most", "largest number of iterations; 0 evaluates the start", section="Stop", range=(0, 10_000_000)
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            value, choices, limits = getattr(self, item.name), item.metadata.get("choices"), item.metadata.get("range")
            flag = "--" + item.metadata.get("flag", item.name).replace("_", "-")
            if choices is not None and value not in choices and not (item.name == "start" and value == "given"):
                raise InputError(f"{flag} must be one of {', '.join(choices)}; “{value}” is none of them.")
            if limits is not None and not limits[0] <= value <= limits[1]:
                raise InputError(f"{flag} must be from {limits[0]} to {limits[1]}; {value} is not.")
        if not 0.0 <= self.tolerance < float("inf"):
            raise InputError(f"--tolerance must be 0 or a positive number; {self.tolerance} is not.")
