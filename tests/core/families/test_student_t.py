"""Heavy tails, and the normal distribution at the end of their range."""

import json
from pathlib import Path

import numpy as np
import pytest
from cases import column, data
from scipy import stats

from core import FitOptions, InputError, Mixture, fit
from core.em import run
from core.families.heavy_tails import MOST_CENTRES, log_constant
from core.families.student_t import StudentT

FITS = json.loads((Path(__file__).parent / "certified_student_t.json").read_text(encoding="utf-8"))["fits"]
FAMILY = StudentT()


def floats(texts):
    return np.array([float(text) for text in texts])


def made(location, scale, degrees):
    parameters = {"location": location, "scale": scale, "degrees_of_freedom": degrees}
    return {key: np.atleast_1d(np.asarray(each, dtype=float)) for key, each in parameters.items()}


def moments_of(parameters, values, responsibilities=None):
    shares = np.ones((len(parameters["scale"]), len(values))) if responsibilities is None else responsibilities
    counts = shares.sum(axis=1)
    return counts, FAMILY.moments(parameters, values, shares, counts)


def tangent_bound(at, parameters, values, responsibilities):
    """Σ r log f with log(1 + z²/ν) replaced by its tangent, in z², at the location and scale of the E step."""
    inverse = 1.0 / parameters["degrees_of_freedom"][:, None]
    before = (values - at["location"][:, None]) / at["scale"][:, None]
    after = (values - parameters["location"][:, None]) / parameters["scale"][:, None]
    tangent = np.log1p(before**2 * inverse) + inverse * (after**2 - before**2) / (1.0 + before**2 * inverse)
    constant = log_constant(inverse)[0] - np.log(parameters["scale"][:, None])
    return (responsibilities * (constant - 0.5 * (1.0 + 1.0 / inverse) * tangent)).sum(axis=1)


@pytest.mark.parametrize("entry", FITS, ids=lambda entry: entry["id"])
def test_the_fit_is_the_certified_one(entry):
    options = FitOptions(n_components=entry["n_components"], family="student_t", restarts=2)
    result, history = fit(data(column(entry["file"], entry["column"])), options)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(float(entry["log_likelihood"]), rel=0, abs=1e-5)
    assert result.aic == pytest.approx(float(entry["aic"]), rel=0, abs=2e-5)
    assert result.bic == pytest.approx(float(entry["bic"]), rel=0, abs=2e-5)
    if entry["boundary"]:
        assert "degrees of freedom of component 1 grow without bound: it is normal" in result.outcome.message
        assert result.mixture.parameters["degrees_of_freedom"][0] == pytest.approx(1e10, rel=1e-9)
    else:
        assert "without bound" not in result.outcome.message
        mixture = result.mixture.sorted()
        for key, expected in entry["parameters"].items():
            allowed = 0.01 * np.array(entry["standard_errors"][key])
            assert (np.abs(mixture.parameters[key] - floats(expected)) <= allowed).all(), key
    assert (np.diff(history.scalar("log_likelihood")) >= -1e-12 * abs(result.log_likelihood)).all()


def test_galaxies_have_a_normal_group_and_one_with_heavy_tails():
    # Certified: a supremum of −210.8548122 with weights .0833 and .9167, scales .419 and 2.018, the first normal.
    result, _ = fit(data(column("galaxies.csv", "velocity")), FitOptions(family="student_t", restarts=3))
    mixture = result.mixture.sorted()
    assert result.log_likelihood == pytest.approx(-210.8548122, rel=0, abs=1e-5)
    np.testing.assert_allclose(mixture.weights, [0.0832656, 0.9167344], atol=1e-4)
    np.testing.assert_allclose(mixture.parameters["scale"], [0.4194388, 2.0177426], rtol=1e-3)
    np.testing.assert_allclose(mixture.parameters["degrees_of_freedom"], [1e10, 3.198165], rtol=1e-3)


def test_the_density_keeps_its_digits_up_to_the_normal_limit():
    z = np.linspace(-8.0, 8.0, 33)
    for degrees in (1e10, 1e7, 1e5, 41.0):
        # log f = log φ + (z⁴ − 2z² − 1)/4ν + …: the next term is of the order z⁶/6ν².
        expected = stats.norm.logpdf(z) + (z**4 - 2 * z**2 - 1) / (4 * degrees)
        found = FAMILY.log_density(made(0.0, 1.0, degrees), z)[0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-14 + 8.0**6 / degrees**2)
    here = FAMILY.log_density(made(0.0, 1.0, 39.999999), z)[0]
    there = FAMILY.log_density(made(0.0, 1.0, 40.000001), z)[0]
    np.testing.assert_allclose(here, there, rtol=0, atol=1e-6)


def test_the_constant_of_the_density_and_its_derivatives_are_smooth_where_the_formulas_meet():
    for inverse in (0.0249, 0.0251, 0.3, 4.0):
        step = 1e-4 * inverse
        low, here, high = (log_constant(np.array([inverse + d])) for d in (-step, 0.0, step))
        reference = stats.t(1.0 / inverse).logpdf(0.0)
        assert here[0][0] == pytest.approx(reference, rel=0, abs=3e-14)
        assert here[1][0] == pytest.approx((high[0][0] - low[0][0]) / (2 * step), rel=1e-7)
        assert here[2][0] == pytest.approx((high[1][0] - low[1][0]) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("degrees", [0.2, 2.0, 10.0, 80.0, 500.0, 1e4, 1e10])
@pytest.mark.parametrize("far", [False, True], ids=["", "rows far away"])
def test_the_bound_from_the_sums_is_that_of_the_rows_for_all_degrees_of_freedom_in_range(degrees, far):
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.standard_t(5, size=150), rng.normal(size=150), [1e3, 1e6] if far else []])
    at = made([0.5, 1.0], [1.0, 2.0], [degrees, degrees])
    shares = rng.dirichlet([1.0, 1.0], len(values)).T
    if far:
        shares[:, -2:] = 1e-30
    counts, moments = moments_of(at, values, shares)
    low, high = moments.range
    assert (high >= low * 1.2).all()
    for inverse in (low, high, 0.5 * (low + high), 1.0 / at["degrees_of_freedom"]):
        for shift, factor in ((0.0, 1.0), (0.3, 1.2)):
            there = made(at["location"] + shift, at["scale"] * factor, 1.0 / inverse)
            found = FAMILY.expected_log_density(there, counts, moments)
            assert (np.abs(found - tangent_bound(at, there, values, shares)) <= 2e-12 * counts).all()
            assert (found <= (shares * FAMILY.log_density(there, values)).sum(axis=1) + 2e-12 * counts).all()
    here = FAMILY.expected_log_density(at, counts, moments)
    np.testing.assert_allclose(here, (shares * FAMILY.log_density(at, values)).sum(axis=1), rtol=1e-13)
    beyond = made(at["location"], at["scale"], np.clip(0.5 / high, 0.1, 1e10))
    outside = 1.0 / beyond["degrees_of_freedom"] > high * 1.01
    assert (np.isneginf(FAMILY.expected_log_density(beyond, counts, moments)) == outside).all()


@pytest.mark.parametrize(("drawn_with", "degrees"), [(3.0, 10.0), (3.0, 1e10), (1.2, 0.3), (1e9, 5.0), (1e9, 200.0)])
def test_the_m_step_is_the_joint_maximiser_within_range(drawn_with, degrees):
    values = 3.0 + 2.0 * np.random.default_rng(2).standard_t(drawn_with, size=500)
    counts, moments = moments_of(made(2.5, 1.5, degrees), values)
    best = FAMILY.maximize(counts, moments)
    highest = FAMILY.expected_log_density(best, counts, moments)
    low, high = moments.range
    for inverse in np.linspace(low, high, 25):
        for location in best["location"] + np.array([-1e-3, 0.0, 1e-3]):
            for scale in best["scale"] * np.array([0.999, 1.0, 1.001]):
                there = made(location, scale, np.clip(1.0 / inverse, 0.1, 1e10))
                assert FAMILY.expected_log_density(there, counts, moments) <= highest + 1e-10


def test_rows_without_heavy_tails_become_normal_in_a_few_steps():
    values = stats.norm.ppf((np.arange(500) + 0.5) / 500)
    result, _ = fit(data(values), FitOptions(n_components=1, family="student_t"))
    alone, _ = fit(data(values), FitOptions(n_components=1))
    assert result.number <= 12
    assert "it is normal" in result.outcome.message
    assert result.log_likelihood == pytest.approx(alone.log_likelihood, rel=0, abs=1e-7)
    assert result.mixture.parameters["scale"] == pytest.approx(alone.mixture.parameters["sd"], rel=1e-8)


def test_the_way_back_from_the_normal_limit_is_found():
    values = np.random.default_rng(5).standard_t(3.0, size=400)
    options = FitOptions(n_components=1, family="student_t")
    usual, _ = fit(data(values), options)
    start = Mixture(FAMILY, np.ones(1), made(0.0, 2.0, 1e10))
    back, _ = fit(data(values), options, start)
    assert back.log_likelihood == pytest.approx(usual.log_likelihood, rel=0, abs=2e-6)
    for key, found in back.mixture.parameters.items():
        assert found == pytest.approx(usual.mixture.parameters[key], rel=2e-3, abs=2e-3)


def test_an_offset_of_a_thousand_million_changes_nothing_but_the_offset():
    values = np.round(np.random.default_rng(6).standard_t(4.0, size=300) * 4096) / 4096  # exact also with the offset
    options = FitOptions(n_components=1, family="student_t", max_iterations=20, tolerance=0.0)
    here, _ = fit(data(values), options)
    there, _ = fit(data(values + 1e9), options)
    tiny, _ = fit(data(values * 2.0**-40), options)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, rel=0, abs=1e-7)
    assert tiny.log_likelihood == pytest.approx(here.log_likelihood + 300 * 40 * np.log(2.0), rel=1e-12)
    for key, unit, offset in (("location", 2.0**-40, 1e9), ("scale", 2.0**-40, 0.0), ("degrees_of_freedom", 1.0, 0.0)):
        expected = here.mixture.parameters[key]
        assert there.mixture.parameters[key] - offset == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert tiny.mixture.parameters[key] == pytest.approx(expected * unit, rel=1e-9)


def test_neither_bound_nor_log_likelihood_falls_from_a_start_far_away():
    values = np.random.default_rng(7).standard_t(2.5, size=200) + 1e6
    start = Mixture(FAMILY, np.ones(1), made(0.0, 1.0, 10.0))
    options = FitOptions(n_components=1, family="student_t")
    before = -np.inf
    for iteration in run(data(values), options, start):
        slack = 1e-12 * abs(iteration.log_likelihood)
        if iteration.number > 0:
            assert before - slack <= iteration.bound_after_m <= iteration.log_likelihood + slack
        before = iteration.log_likelihood
        if iteration.outcome is not None:
            break
    assert iteration.outcome.status == "converged"
    assert iteration.mixture.parameters["location"] == pytest.approx(1e6, abs=0.5)


def test_sums_about_many_centres_pool_and_where_they_are_scaled_the_lightest_give_way():
    values = np.random.default_rng(8).standard_t(6.0, size=4000)
    parts = np.array_split(values, 80)
    centres = [made(0.01 * (i % 7), 1.0 + 0.002 * i, 6.0 + 0.01 * i) for i in range(80)]
    counts, pooled = moments_of(centres[0], parts[0])
    for centre, part in zip(centres[1:], parts[1:], strict=True):
        held, one = moments_of(centre, part)
        pooled, counts = pooled.pooled(counts, one, held), counts + held
    assert len(pooled.counts) == 80
    assert pooled.counts.sum() == pytest.approx(4000.0, rel=1e-12)
    halved = pooled.scaled(0.5)
    assert len(halved.counts) == MOST_CENTRES
    assert halved.counts.sum() == pytest.approx(2000.0, rel=1e-12)
    some, few = moments_of(centres[0], parts[0]), moments_of(centres[9], parts[9])
    together = some[1].pooled(some[0], few[1], few[0])
    best = FAMILY.maximize(some[0] + few[0], together)
    highest = FAMILY.expected_log_density(best, some[0] + few[0], together)
    for step in np.concatenate([np.eye(3), -np.eye(3)]) * 1e-4:
        away = FAMILY.displaced(best, step[:, np.newaxis])
        assert FAMILY.expected_log_density(away, some[0] + few[0], together) < highest
    again = together.pooled(some[0] + few[0], few[1], few[0])
    assert len(again.counts) == 2
    np.testing.assert_allclose(again.counts.sum(axis=0), some[0] + 2 * few[0])


@pytest.mark.parametrize("degrees", [2.0, 8.0, 1e4])
def test_sums_about_many_centres_lose_nothing_by_being_brought_to_one(degrees):
    rng = np.random.default_rng(11)
    parts = [rng.standard_t(5.0, size=(30,)) for _ in range(20)]
    centres = [made(0.05 * i - 0.4, 1.0 + 0.03 * i, degrees * (1.0 + 0.01 * i)) for i in range(20)]
    counts, pooled = moments_of(centres[0], parts[0])
    for centre, part in zip(centres[1:], parts[1:], strict=True):
        held, one = moments_of(centre, part)
        pooled, counts = pooled.pooled(counts, one, held), counts + held
    low, high = pooled.range
    assert (high > low * 1.05).all()
    for inverse in (low, 0.5 * (low + high), high):
        there = made(0.2, 1.3, 1.0 / inverse)
        rows = zip(centres, parts, strict=True)
        expected = sum(tangent_bound(at, there, part, np.ones((1, 30))) for at, part in rows)
        found = FAMILY.expected_log_density(there, counts, pooled)
        assert (np.abs(found - expected) <= 2e-12 * counts).all()


def test_at_an_end_of_the_range_the_degrees_of_freedom_are_held_and_said():
    parameters = made([0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [1e10, 5.0, 0.1])
    assert FAMILY.contraction(parameters).shape == (9, 7)
    np.testing.assert_array_equal(FAMILY.contraction(parameters)[6:].sum(axis=1), [0.0, 1.0, 0.0])
    said = FAMILY.at_boundary(parameters)
    assert set(said) == {0, 2}
    assert said[0].format(1) == "the degrees of freedom of component 1 grow without bound: it is normal"
    assert "lower limit, 0.1" in said[2].format(3)
    for degrees in (0.05, 2e10, np.inf):
        with pytest.raises(InputError, match=r"degrees of freedom of component 1 must be from 0\.1 to 1e10"):
            FAMILY.check(made(0.0, 1.0, degrees))


@pytest.mark.parametrize("degrees", [1e4, 1e10])
def test_curvature_is_right_near_the_normal_limit(degrees):
    parameters, values = made(1.0, 2.0, degrees), np.linspace(-7.0, 9.0, 9)
    scores, hessians = FAMILY.derivatives(parameters, values)
    z = (values - 1.0) / 2.0
    # The limits, by hand: log f = log φ(z) − log scale + (z⁴ − 2z² − 1)/4ν, with scale · (1 + 1/ν) kept in the third.
    np.testing.assert_allclose(scores[:, 0], [z, z**2 - 1, (z**4 - 6 * z**2 + 3) / 4], rtol=0, atol=2e4 / degrees)
    np.testing.assert_allclose(FAMILY.information(parameters)[:, 0], [1.0, 2.0, 1.5], rtol=10 / degrees)
    np.testing.assert_allclose(hessians[0, 0, 0], -1.0, rtol=0, atol=1e3 / degrees)


def test_a_row_far_away_weighs_next_to_nothing():
    values = np.append(np.random.default_rng(9).standard_t(3.0, size=200), 1e7)
    result, _ = fit(data(values), FitOptions(n_components=1, family="student_t"))
    assert result.outcome.status == "converged"
    assert abs(result.mixture.parameters["location"][0]) < 0.5
    assert result.mixture.parameters["scale"][0] < 3.0
