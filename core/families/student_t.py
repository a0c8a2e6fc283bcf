"""Student's t distribution with a location, a scale and degrees of freedom of its own for each component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.families.degrees_of_freedom import best, limited
from core.families.domains import POSITIVE, REAL, Domain, Positive
from core.families.family import Derivatives, Family, Limits, Parameters
from core.families.heavy_tails import FARTHEST, LEAST_INVERSE, MOST_INVERSE, Expansions, log_constant
from core.families.lines import Line, stretched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.data import Array

FEWEST, MOST = 1.0 / MOST_INVERSE, 1.0 / LEAST_INVERSE
"""Degrees of freedom are kept within these, 0.1 and 1e10."""
AT_THE_START = 10.0


class DegreesOfFreedom(Positive):
    """From 0.1, where tails are far heavier than Cauchy's, to 1e10, the normal distribution."""

    words = f"from {FEWEST} to {MOST:.0e}".replace("+", "")
    ceiling = MOST

    def at_limit(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Those at an end of the range."""
        return np.asarray((values > MOST * (1.0 - 1e-9)) | (values < FEWEST * (1.0 + 1e-9)))

    def allows(self, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Those in the range."""
        return np.asarray((values >= FEWEST) & (values <= MOST))

    def moved(self, reference: Array, steps: Array, unit: Array) -> Array:
        """Multiplied by e to the step, and kept in the range."""
        return np.clip(super().moved(reference, steps, unit), FEWEST, MOST)


@dataclass(frozen=True)
class StudentT(Family):
    """Components that forgive outliers: t distributions, the fewer degrees of freedom the heavier their tails.

    Inside, 1/ν stands for the degrees of freedom ν, so that the normal distribution is at 0, not at infinity. Values
    farther than 1e150 scales count as so far.
    """

    name: ClassVar[str] = "student_t"
    title: ClassVar[str] = "Student’s t"
    domains: ClassVar[dict[str, Domain]] = {
        "location": REAL,
        "scale": POSITIVE,
        "degrees_of_freedom": DegreesOfFreedom(),
    }
    n_local: ClassVar[int] = 3

    @property
    def is_exponential(self) -> bool:
        """No."""
        return False

    def log_density(self, parameters: Parameters, values: Array) -> Array:
        """Natural log of the density, (K, m); exact up to the normal limit."""
        inverse = 1.0 / parameters["degrees_of_freedom"]
        density = _standardised(parameters, values)
        np.square(density, out=density)
        density *= inverse[:, np.newaxis]
        np.log1p(density, out=density)
        density *= (-0.5 * (1.0 + inverse) / inverse)[:, np.newaxis]
        density += (log_constant(inverse)[0] - np.log(parameters["scale"]))[:, np.newaxis]
        return density

    def cdf(self, parameters: Parameters, values: Array) -> Array:
        """Distribution function, (K, m)."""
        from scipy.special import stdtr

        return np.asarray(stdtr(parameters["degrees_of_freedom"][:, np.newaxis], _standardised(parameters, values)))

    def sample(self, parameters: Parameters, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Draws for each entry of labels."""
        drawn: Array = rng.standard_t(parameters["degrees_of_freedom"][labels])
        return parameters["location"][labels] + parameters["scale"][labels] * drawn

    def moments(self, parameters: Parameters, values: Array, responsibilities: Array, counts: Array) -> Expansions:
        """Sums from which the expected log-density follows for all degrees of freedom near the present ones."""
        z = _standardised(parameters, values)
        inverse = 1.0 / parameters["degrees_of_freedom"]
        return Expansions.of((parameters["location"], parameters["scale"], inverse), counts, z, responsibilities)

    def maximize(self, counts: Array, moments: Expansions) -> dict[str, Array]:
        """The joint maximiser of the bound, with the degrees of freedom within the range of the expansion.

        For given degrees of freedom, location and scale are weighted least squares (Lange, Little and Taylor 1989); the
        degrees of freedom climb with them (as in ECME, Liu and Rubin 1995), and reach their limit in a few steps where
        the maximum is the normal distribution.
        """
        locations, scales, inverse = best(moments)
        degrees = np.clip(1.0 / inverse, FEWEST, MOST)
        return {"location": locations, "scale": scales, "degrees_of_freedom": degrees}

    def maximize_within(self, counts: Array, moments: Expansions, limits: Limits) -> dict[str, Array] | None:
        """The same with the degrees of freedom fixed, bounded or shared, and scales too; locations fixed or bounded.

        None where locations are shared, or where one scale is shared by components with several ν to fit.
        """
        groups, low, high = limits.groups["location"], limits.low, limits.high
        shared = groups != np.arange(len(groups))
        if (shared & (low["location"] < high["location"])).any():
            return None
        search = limited(moments, limits)
        if search is None:
            return None
        locations, scales, inverse = search.best
        made = {"location": locations, "scale": scales, "degrees_of_freedom": 1.0 / inverse}
        return {name: np.clip(one, low[name], high[name]) for name, one in made.items()}

    def expected_log_density(self, parameters: Parameters, counts: Array, moments: Expansions) -> Array:
        """A lower bound of Σ r log f that touches it where the E step was made; −∞ outside the expansion's range.

        log(1 + z²/ν), concave in z², is bounded by its tangent at the z of the E step: what the latent precisions of
        the rows come to when they are re-optimised for each ν (Neal and Hinton 1998, section 2).
        """
        return moments.bound(parameters["location"], parameters["scale"], 1.0 / parameters["degrees_of_freedom"])

    def derivatives(self, parameters: Parameters, values: Array) -> Derivatives:
        """In steps of one scale of the location, of log scale, and of log(1 + 1/ν).

        The third keeps scale · (1 + 1/ν), so that no step tells of another: the information is diagonal.
        """
        inverse = (1.0 / parameters["degrees_of_freedom"])[:, np.newaxis]
        raised = 1.0 + inverse
        z = _standardised(parameters, values)
        square = np.square(z)
        u = 1.0 / (1.0 + inverse * square)
        w = square * u
        tails = _tails(inverse * square, u)
        _, first, second = log_constant(inverse)

        pull = raised * z * u
        of_pull = raised * u * (2.0 * u - 1.0)
        of_scale = raised * w - 1.0
        of_scale_twice = -(square * of_pull + z * pull)
        mixed = -(z * of_pull + pull)
        # ½ log(1 + z²/ν)·ν and its derivatives by 1/ν, from series in w/ν that do not cancel near the normal limit.
        half, slope, bend = 0.5 * w * tails[0], -0.5 * w**2 * tails[1], w**3 * tails[2]
        of_inverse = first - half - raised * slope
        of_inverse_twice = second - 2.0 * slope - raised * bend
        crossed = 1.0 - raised * w

        scores = np.stack([pull, of_scale, raised * of_inverse - of_scale])
        location_inverse = raised * z * u * crossed - mixed
        scale_inverse = raised * w * crossed - of_scale_twice
        twice = raised * (raised * of_inverse_twice + of_inverse - 2.0 * w * crossed) + of_scale_twice
        hessians = np.stack(
            [
                np.stack([-of_pull, mixed, location_inverse]),
                np.stack([mixed, of_scale_twice, scale_inverse]),
                np.stack([location_inverse, scale_inverse, twice]),
            ]
        )
        return Derivatives(scores, hessians)

    def information(self, parameters: Parameters) -> Array:
        """Per row: (ν + 1)/(ν + 3), 2ν/(ν + 3), and for the third step 3/2 in the normal limit."""
        inverse = 1.0 / parameters["degrees_of_freedom"]
        raised, thrice = 1.0 + inverse, 1.0 + 3.0 * inverse
        _, first, second = log_constant(inverse)
        of_inverse = (7.0 + 3.0 * inverse) / (2.0 * raised * thrice) - second - 2.0 * (first + 0.25) / inverse
        return np.stack([raised / thrice, 2.0 / thrice, raised**2 * of_inverse - 2.0 / thrice])

    def contraction(self, parameters: Parameters) -> Array:
        """All steps are free, but for degrees of freedom that are at an end of their range."""
        k = len(parameters["scale"])
        held = np.concatenate([np.zeros(2 * k, dtype=np.bool_), _at_most(parameters) | _at_fewest(parameters)])
        return np.eye(3 * k)[:, ~held]

    def displaced(self, parameters: Parameters, steps: Array) -> dict[str, Array]:
        """Locations moved by steps of their scale; scale · (1 + 1/ν) and 1 + 1/ν multiplied by e to the step."""
        inverse = 1.0 / parameters["degrees_of_freedom"]
        moved = np.clip(inverse + (1.0 + inverse) * np.expm1(steps[2]), LEAST_INVERSE, MOST_INVERSE)
        ratio = (1.0 + inverse) / (1.0 + moved)
        return {
            "location": parameters["location"] + parameters["scale"] * steps[0],
            "scale": parameters["scale"] * np.exp(steps[1]) * ratio,
            "degrees_of_freedom": np.clip(1.0 / moved, FEWEST, MOST),
        }

    def line(self, parameters: Parameters) -> Line:
        """asinh of the distance in scales times the root of ν, whose density is cosh(y)^−ν."""
        root = float(np.sqrt(parameters["degrees_of_freedom"][0]))
        return stretched(float(parameters["location"][0]), float(parameters["scale"][0]) * root, 1.0 / root)

    def spread(self, parameters: Parameters) -> Array:
        """The scales: an sd is infinite with two degrees of freedom or fewer."""
        return parameters["scale"]

    def location(self, parameters: Parameters) -> Array:
        """The locations."""
        return parameters["location"]

    def resembling(self, weights: Array, means: Array, sds: Array, low: Array, high: Array) -> dict[str, Array]:
        """These means and sds, with 10 degrees of freedom."""
        return {
            "location": means,
            "scale": sds * np.sqrt(1.0 - 2.0 / AT_THE_START),
            "degrees_of_freedom": np.full_like(means, AT_THE_START),
        }

    def at_boundary(self, parameters: Parameters) -> dict[int, str]:
        """Components that became normal, or whose tails are as heavy as they may be."""
        normal = "the degrees of freedom of component {} grow without bound: it is normal"
        heavy = f"the degrees of freedom of component {{}} are at their lower limit, {FEWEST}"
        said = {int(k): normal for k in np.flatnonzero(_at_most(parameters))}
        return said | {int(k): heavy for k in np.flatnonzero(_at_fewest(parameters))}


def _at_most(parameters: Parameters) -> NDArray[np.bool_]:
    return np.asarray(parameters["degrees_of_freedom"] > MOST * (1.0 - 1e-9))


def _at_fewest(parameters: Parameters) -> NDArray[np.bool_]:
    return np.asarray(parameters["degrees_of_freedom"] < FEWEST * (1.0 + 1e-9))


def _standardised(parameters: Parameters, values: Array) -> Array:
    """(value − location) / scale, (K, m): the difference first, so that no digit is lost at a large offset."""
    z = np.subtract(values[np.newaxis, :], parameters["location"][:, np.newaxis])
    with np.errstate(over="ignore"):
        z /= parameters["scale"][:, np.newaxis]
    return np.clip(z, -FARTHEST, FARTHEST, out=z)


def _tails(y: Array, u: Array) -> list[Array]:
    """Σ tⁱ/(j + 1 + i) over i = 0, 1, … for j = 0, 1, 2, where t = y/(1 + y) and u = 1/(1 + y)."""
    t = y * u
    small = t < 0.2
    safe = np.where(small, 0.5, t)
    few = np.where(small, t, 0.0)
    last = np.zeros_like(t)
    for i in range(24, -1, -1):
        last = 1.0 / (3 + i) + few * last
    forward = np.log1p(y) / safe
    onward = (forward - 1.0) / safe
    last = np.where(small, last, (onward - 0.5) / safe)
    middle = 0.5 + t * last
    return [1.0 + t * middle, middle, last]
