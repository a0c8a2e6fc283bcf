"""Profiles, compared with closed forms and with another optimizer."""

import numpy as np
import pytest
from cases import column, mixture
from scipy import optimize, stats

from core import Data, FitOptions, fit
from core.constraints import Constraints, parse
from core.errors import InputError
from core.roles import Form
from core.sureness.profile import DROP, profile, profiled, why_not

WAITS = Data(column("faithful.csv", "waiting"), ("x",))


def fitted(data=WAITS, **options):
    return fit(data, FitOptions(tolerance=1e-8, **options))[0]


def test_of_one_normal_component_it_is_the_closed_form():
    one, x = fitted(n_components=1), WAITS.column
    n, mean, sd = len(x), x.mean(), x.std()
    of_mean = profile(one, "mean", 1)
    for point in of_mean.points:
        assert point.drop == pytest.approx(0.5 * n * np.log1p(((point.value - mean) / sd) ** 2), abs=1e-5)
    reach = sd * np.sqrt(np.expm1(2 * DROP / n))
    assert of_mean.interval == pytest.approx((mean - reach, mean + reach), abs=1e-4 * sd)
    of_sd = profile(one, "sd", 1)

    def drop(value):
        return n * (np.log(value / sd) + 0.5 * (sd / value) ** 2 - 0.5)

    ends = [optimize.brentq(lambda v: drop(v) - DROP, *bracket) for bracket in ((0.5 * sd, sd), (sd, 2 * sd))]
    assert of_sd.interval == pytest.approx(tuple(ends), rel=1e-5)
    assert of_sd.wald[0] < of_sd.interval[0]
    assert [point.value for point in of_sd.points] == sorted(point.value for point in of_sd.points)


@pytest.mark.parametrize(("name", "component", "place"), [("mean", 1, 1), ("sd", 2, 4), ("weight", 1, 0)])
def test_the_others_are_at_their_best_as_another_optimizer_finds_it(name, component, place):
    one, x = fitted(), WAITS.column
    made = profile(one, name, component)
    weight, means, sds = one.mixture.weights[0], one.mixture.parameters["mean"], one.mixture.parameters["sd"]
    at = np.array([weight, *means, *sds])

    def negative(free, value):
        w, m, n, s, t = np.insert(free, place, value)
        if not 0 < w < 1 or s <= 0 or t <= 0:
            return np.inf
        return -np.log(w * stats.norm.pdf(x, m, s) + (1 - w) * stats.norm.pdf(x, n, t)).sum()

    for end in made.interval:
        options = {"maxiter": 4000, "xatol": 1e-8, "fatol": 1e-8}
        best = optimize.minimize(negative, np.delete(at, place), args=(end,), method="Nelder-Mead", options=options)
        assert best.fun + one.log_likelihood == pytest.approx(DROP, abs=3e-4)
    assert made.wald[0] == pytest.approx(made.interval[0], abs=0.3 * made.standard_error)


def test_a_parabola_by_the_standard_error_stands_beside_it():
    made = profile(fitted(), "mean", 2)
    values = np.array([made.estimate, made.estimate + 1.959964 * made.standard_error])
    assert made.wald_drop(values) == pytest.approx([0.0, DROP], rel=1e-5)


def test_what_is_tied_moves_together():
    one = fitted(covariance="tied")
    first, second = profile(one, "sd", 1), profile(one, "sd", 2)
    assert first.interval == pytest.approx(second.interval, rel=1e-6)


def test_where_the_log_likelihood_does_not_fall_the_interval_is_open():
    made = profile(fitted(family="student_t", n_components=1, start="quantiles"), "degrees_of_freedom", 1)
    assert made.interval[1] == np.inf
    assert np.isfinite(made.interval[0])
    assert "does not fall far enough" in made.remark


def test_a_bound_ends_it():
    bound = Constraints((parse("bound", "mean[1]=54:55"),))
    made = profile(fitted(constraints=bound), "mean", 1)
    assert made.interval == (54.0, 55.0)
    assert "constraint" in made.remark


def test_why_there_is_none_is_said():
    held = fitted(constraints=Constraints((parse("fix", "mean[1]=55"),)))
    assert why_not(held, "mean", 1) == "It is held at a value."
    assert why_not(held, "mean", 2) == ""
    assert "prior" in why_not(fitted(constraints=Constraints((parse("prior", "weight=2"),))), "mean", 1)
    assert why_not(fitted(n_components=1), "weight", 1) == "A single component's weight is 1."
    flat = fitted(n_components=1, family="uniform")
    assert "breaks" in why_not(flat, "low", 1)
    two = Data(np.random.default_rng(1).normal(size=(50, 2)), ("x", "y"))
    assert "several columns" in why_not(fitted(two, n_components=1), "mean", 1)
    x = WAITS.column
    cut = Data(x[(x > 50) & (x < 90)], ("x",), form=Form(truncate=(50.0, 90.0)))
    assert "weights cannot be held" in why_not(fitted(cut), "weight", 1)
    with pytest.raises(InputError, match="held at a value"):
        profile(held, "mean", 1)


def test_points_come_one_by_one_and_it_stops_when_it_is_told_to():
    class EnoughError(Exception):
        pass

    def check():
        raise EnoughError

    making = profiled(fitted(), "mean", 1, check)
    assert next(making).drop == 0.0
    with pytest.raises(EnoughError):
        next(making)


def test_of_an_sd_it_does_not_follow_a_component_that_collapses():
    start = mixture((0.0255, 0.335, 0.6395), (46.1, 55.2, 80.1), (0.746, 5.54, 5.88))
    one = fit(WAITS, FitOptions(n_components=3), start)[0]
    made = profile(one, "sd", 1)
    assert made.interval[0] == -np.inf
    assert 5.0 < made.interval[1] < 12.0
    assert "collapses" in made.remark
    assert "fit again" not in made.remark
    assert made.points[0].value > 0.1
    assert min(point.drop for point in made.points) > -0.002


def test_it_stops_at_another_maximum_that_is_higher_and_says_so():
    data = Data(column("galaxies.csv", "velocity"), ("x",))
    weights, means = (0.085, 0.35, 0.083, 0.28, 0.166, 0.036), (9.71, 19.9, 22.2, 21.9, 23.5, 33.0)
    start = mixture(weights, means, (0.422, 0.654, 0.226, 2.93, 0.678, 0.922))
    made = profile(fit(data, FitOptions(n_components=6), start)[0], "sd", 3)
    assert "fit again" in made.remark
    assert not np.isfinite(made.interval).any()
    assert min(point.drop for point in made.points) > -5.0


def test_where_the_others_go_over_to_another_solution_that_is_said():
    rng = np.random.default_rng(11)
    x = np.r_[rng.normal(0, 1, 20), rng.normal(2.2, 1, 20), rng.normal(5, 1, 20)]
    one = fit(Data(x, ("x",)), FitOptions(n_components=3, restarts=5))[0]
    made = profile(one, "mean", 1)
    assert "go over to another solution" in made.remark
    for end in made.interval:
        assert min(made.points, key=lambda point: abs(point.value - end)).drop == pytest.approx(DROP, abs=1e-4)


def test_points_that_did_not_converge_are_counted(monkeypatch):
    monkeypatch.setattr("core.sureness.profile.MOST_ITERATIONS", 2)
    made = profile(fitted(), "mean", 1)
    assert 0 < made.n_capped < len(made.points)
    assert f"{made.n_capped} of its fits were stopped after 2 iterations, not converged" in made.remark
    assert profile(fitted(n_components=1), "mean", 1).n_capped == 0
