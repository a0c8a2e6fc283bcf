"""The genetic linkage example of Dempster, Laird and Rubin (1977): EM that is no mixture, on the same loop."""

from fractions import Fraction
from itertools import islice
from math import log, sqrt

import numpy as np
import pytest

from core import FitOptions, InputError, fit
from core.algorithms import ALGORITHMS
from core.em import run, start_of
from core.models import LINKAGE_COUNTS, MODELS

DATA = MODELS["linkage"]()
BEST = (15 + sqrt(53809)) / 394
PRINTED = [0.5, 0.608247423, 0.624321051, 0.626488879, 0.626777323, 0.626815632, 0.626820719, 0.626821395, 0.626821484]
"""As the paper prints them, in its section 1."""


def options(**more):
    return FitOptions(family="linkage", n_components=5, **more)


def made(n, **more):
    chosen = options(**more)
    return list(islice(run(DATA, chosen, start_of(DATA, chosen, np.random.default_rng(0))), n))


def pi(mixture):
    return float(mixture.parameters["pi"][0])


def recurrence(n):
    """The iterates in exact fractions: π ← (125 π / (2 + π) + 34) / (125 π / (2 + π) + 18 + 20 + 34)."""
    at, (first, second, third, fourth) = Fraction(1, 2), LINKAGE_COUNTS
    for _ in range(n):
        yield float(at)
        hidden = first * at / (2 + at)
        at = ((hidden + fourth) / (hidden + second + third + fourth)).limit_denominator(10**40)


def test_the_iterates_are_those_of_the_paper():
    iterates = [pi(one.mixture) for one in made(16)]
    assert iterates[:9] == pytest.approx(PRINTED, abs=1e-9)
    assert iterates == pytest.approx(list(recurrence(16)), abs=1e-12)


def test_it_ends_at_the_root_of_the_likelihood_equation():
    result, _ = fit(DATA, options(stop_on="parameters", tolerance=1e-13))
    assert pi(result.mixture) == pytest.approx(BEST, abs=1e-12)
    cells = [0.5 + BEST / 4, (1 - BEST) / 4, (1 - BEST) / 4, BEST / 4]
    expected = sum(count * log(cell) for count, cell in zip(LINKAGE_COUNTS, cells, strict=True))
    assert result.log_likelihood == pytest.approx(expected, abs=1e-10)


def test_the_rate_of_convergence_is_the_fraction_of_missing_information():
    result, _ = fit(DATA, options(stop_on="parameters", tolerance=1e-13))
    away = [pi(one.mixture) - BEST for one in made(7)]
    assert result.outcome.convergence_rate == pytest.approx(0.132778733745599, abs=1e-9)
    assert away[6] / away[5] == pytest.approx(result.outcome.convergence_rate, rel=1e-3)


def test_what_is_still_to_be_gained_is_so():
    for one in made(6)[2:]:
        stopped, _ = fit(DATA, options(max_iterations=one.number, tolerance=1e-13))
        gained = -205.715887045898274 - one.log_likelihood
        assert stopped.expected_gain == pytest.approx(gained, rel=0.05)


@pytest.mark.parametrize("name", [name for name in ALGORITHMS if ALGORITHMS[name].judged])
def test_every_variant_that_climbs_the_likelihood_gets_there(name):
    result, _ = fit(DATA, options(algorithm=name, tolerance=1e-12))
    assert result.outcome.status == "converged"
    assert pi(result.mixture) == pytest.approx(BEST, abs=1e-5)


def test_more_starts_than_its_own_and_other_numbers_of_cells_are_refused():
    with pytest.raises(InputError, match="start of its own"):
        options(restarts=2)
    with pytest.raises(InputError, match="5 cells"):
        FitOptions(family="linkage", n_components=4)
