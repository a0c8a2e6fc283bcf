"""Weibull components, whose moments are a series about the E step's parameters."""

from itertools import islice

import numpy as np
import pytest
from cases import column, data
from certified_positive import assert_certified, certified
from scipy import stats

from core import FitOptions, InputError, Mixture, fit
from core.constraints import Constraints, Fix
from core.em import run
from core.families.weibull import Weibull
from core.powers import MOST_CENTRES


@certified("weibull")
def test_the_fit_is_the_certified_one(entry):
    assert_certified(entry)


def seen(values, shape, scale, shares=None):
    shares = np.ones((1, len(values))) if shares is None else shares
    about = {"shape": np.array([shape]), "scale": np.array([scale])}
    counts = shares.sum(axis=1)
    return counts, Weibull().moments(about, values, shares, counts)


def drawn(n=500, shape=2.5, scale=3.0, seed=0):
    return stats.weibull_min(shape, scale=scale).rvs(n, random_state=seed)


@pytest.mark.parametrize(("shape", "scale"), [(2.5, 3.0), (2.0, 2.0), (0.7, 40.0), (9.0, 2.0)])
def test_the_series_is_the_mean_of_powers_wherever_it_says_so(shape, scale):
    values = drawn()
    counts, moments = seen(values, shape, scale)
    reached = 0
    for ratio in np.linspace(0.5, 1.5, 201):
        parameters = {"shape": np.array([shape * ratio]), "scale": np.array([1.1 * scale])}
        expected = Weibull().log_density(parameters, values).sum()
        found = Weibull().expected_log_density(parameters, counts, moments)[0]
        if found == -np.inf:
            assert not moments.reaches(parameters["shape"])[0]
            continue
        reached += 1
        assert found == pytest.approx(expected, rel=3e-12)
    assert reached >= 5


def test_the_range_is_wide_about_components_that_fit():
    _, moments = seen(drawn(), 2.5, 3.0)
    assert moments.reaches(np.array([2.5 * 0.8]))[0]
    assert moments.reaches(np.array([2.5 * 1.2]))[0]


def test_blocks_seen_from_one_place_are_added_up_and_give_what_the_whole_gives():
    values = drawn(1000)
    _, whole = seen(values, 2.4, 2.9)
    held, total = seen(values[:100], 2.4, 2.9)
    for first in range(100, 1000, 100):
        more, part = seen(values[first : first + 100], 2.4, 2.9)
        total, held = total.pooled(held, part, more), held + more
    assert total.shapes.shape == (1, 1)
    for found, expected in zip(total, whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_blocks_seen_from_many_places_have_the_maximum_of_the_whole():
    values = drawn(1000)
    held, total = seen(values[:20], 2.5, 3.0)
    for number in range(1, 50):
        more, part = seen(values[20 * number : 20 * (number + 1)], 2.5 + 0.003 * number, 3.0 - 0.002 * number)
        total, held = total.pooled(held, part, more), held + more
    assert len(total.shapes) == 50
    np.testing.assert_allclose(total.shares.sum(axis=0), 1.0)
    shape, _, scale = stats.weibull_min.fit(values, floc=0)
    found = Weibull().maximize(held, total)
    assert found["shape"][0] == pytest.approx(shape, rel=1e-4)  # as precise as SciPy's simplex
    assert found["scale"][0] == pytest.approx(scale, rel=1e-4)
    for found, expected in zip(
        Weibull().maximize(held, total).values(), Weibull().maximize(*seen(values, 2.5, 3.0)).values(), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_where_many_places_are_to_be_forgotten_the_lightest_are_dropped_and_the_others_stand_for_all():
    values = drawn(200)
    held, total = seen(values, 2.5, 3.0)
    for number in range(1, MOST_CENTRES + 40):
        more, part = seen(values[:2], 2.5 + 1e-3 * number, 3.0)
        total, held = total.pooled(held, part, more), held + more
    assert len(total.shapes) == MOST_CENTRES + 40
    total = total.scaled(0.9)
    assert len(total.shapes) == MOST_CENTRES
    assert 2.5 in total.shapes
    np.testing.assert_allclose(total.shares.sum(axis=0), 1.0)
    found = Weibull().maximize(held, total)
    assert np.isfinite(Weibull().expected_log_density(found, held, total)).all()


def test_em_goes_the_whole_way_from_a_start_far_off_without_ever_falling():
    values = column("faithful.csv", "waiting")
    for shape, scale in ((0.2, 1.0), (300.0, 60.0), (1.0, 1e6)):
        start = Mixture(Weibull(), np.ones(1), {"shape": np.array([shape]), "scale": np.array([scale])})
        result, history = fit(data(values), FitOptions(n_components=1, family="weibull"), start)
        assert result.outcome.status == "converged"
        assert result.log_likelihood == pytest.approx(-1085.00789974041359, rel=0, abs=5e-6)  # as certified
        assert (np.diff(history.scalar("log_likelihood")) >= -1e-9).all()


def test_rows_of_no_share_do_not_count_however_far_they_are():
    values = np.concatenate([drawn(50), [1e290, 1e-290]])
    shares = np.append(np.ones(50), [0.0, 0.0])[np.newaxis]
    expected = Weibull().maximize(*seen(drawn(50), 30.0, 3.0))
    found = Weibull().maximize(*seen(values, 30.0, 3.0, shares))
    for key in ("shape", "scale"):
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-13)


def test_a_start_has_the_means_and_sds_it_was_asked_for():
    means, sds = np.array([1.0, 5.0, 1e9, 2.0]), np.array([0.2, 12.0, 1e4, 0.05])
    start = Weibull().resembling(np.full(4, 0.25), means, sds, np.array(0.1), np.array(2e9))
    np.testing.assert_allclose(Weibull().location(start), means, rtol=1e-12)
    np.testing.assert_allclose(Weibull().spread(start), sds, rtol=1e-10)
    for k in (0, 1, 3):
        scipys = stats.weibull_min(start["shape"][k], scale=start["scale"][k])
        assert scipys.mean() == pytest.approx(means[k], rel=1e-10)
        assert scipys.std() == pytest.approx(sds[k], rel=1e-8)


def test_the_spread_of_narrow_components_is_that_of_their_limit():
    # log x is Gumbel's: sd π/√6, in units of 1 / shape, and 1 / shape² corrections.
    shapes = np.array([1e5, 1e8])
    spread = Weibull().spread({"shape": shapes, "scale": np.full(2, 7.0)})
    np.testing.assert_allclose(spread, 7.0 * np.pi / np.sqrt(6.0) / shapes, rtol=3e-5)


def test_a_single_row_draws_its_component_ever_narrower_until_that_is_said():
    values = np.concatenate([drawn(60, scale=1.0), [50.0]])
    start = {"shape": np.array([2.0, 5.0]), "scale": np.array([1.0, 50.0])}
    made = list(
        islice(run(data(values), FitOptions(family="weibull"), Mixture(Weibull(), np.array([0.9, 0.1]), start)), 80)
    )
    assert made[-1].outcome is not None
    assert made[-1].outcome.status == "degenerate"


def test_zero_is_refused():
    with pytest.raises(InputError, match=r"numbers greater than 0, but “x” is 0 in row 2"):
        fit(data([1.0, 0.0, 2.0, 3.0, 4.0, 5.0]), FitOptions(family="weibull"))


@pytest.mark.parametrize("scale", [1e296, 1e-288])
def test_any_unit_gives_the_same_fit_while_float64_holds_it(scale):
    values = np.concatenate([stats.gamma(2).rvs(100, random_state=0), stats.gamma(20).rvs(100, random_state=1)])
    plain, _ = fit(data(values), FitOptions(family="weibull"))
    made, _ = fit(data(values * scale), FitOptions(family="weibull"))
    np.testing.assert_allclose(made.mixture.parameters["shape"], plain.mixture.parameters["shape"], rtol=1e-9)
    np.testing.assert_allclose(made.mixture.parameters["scale"] / scale, plain.mixture.parameters["scale"], rtol=1e-9)
    assert made.log_likelihood == pytest.approx(plain.log_likelihood - 200 * np.log(scale), rel=1e-12)


def test_values_and_ratios_that_float64_cannot_hold_are_refused_in_words():
    values = stats.gamma(2).rvs(100, random_state=0)
    for family in ("weibull", "weibull+uniform"):
        with pytest.raises(InputError, match=r"too far for Weibull.* use a larger unit"):
            fit(data(values * 1e300), FitOptions(family=family))
        with pytest.raises(InputError, match=r"runs from 1e-300 to .*too large a ratio"):
            fit(data(np.r_[values, 1e-300]), FitOptions(family=family))
    result, history = fit(data(np.r_[values, 1e-285]), FitOptions(family="weibull"))
    assert result.log_likelihood == pytest.approx(result.mixture.log_density(np.r_[values, 1e-285]).sum(), rel=1e-12)
    assert (np.diff(history.scalar("log_likelihood")) >= -1e-9).all()


def test_a_shape_held_at_next_to_nothing_is_evaluated_without_overflow():
    result, _ = fit(
        data(drawn(100)), FitOptions(family="weibull", constraints=Constraints((Fix("shape", (1,), 1e-200),)))
    )
    assert np.isfinite(result.log_likelihood)
