"""The bootstrap, compared with what replicates are by definition and with closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from cases import column, mixture

from core import Data, FitOptions, fit
from core.constraints import Constraints, parse
from core.errors import InputError
from core.fit import with_uncertainty
from core.roles import Roles
from core.sureness.bands import bands
from core.sureness.bootstrap import Plan, aligned, bootstrap, planned, replicates
from core.thresholds.placing import place
from core.thresholds.rules import Rule

WAITS = Data(column("faithful.csv", "waiting"), ("x",))


def fitted(data=WAITS, start=None, **options):
    return fit(data, FitOptions(**options), start)[0]


def held(*texts):
    return Constraints(tuple(parse("fix", text) for text in texts))


def test_replicates_by_cases_are_fits_of_rows_drawn_with_replacement():
    found = bootstrap(fitted(n_components=1), Plan("cases", 12, seed=7), cores=1)
    x, expected = WAITS.column, []
    for child in np.random.SeedSequence(7).spawn(12):
        expected.append(x[np.random.default_rng(child).integers(0, len(x), len(x))])
    means, sds = np.mean(expected, axis=1), np.std(expected, axis=1)
    assert found.values["mean"][:, 0] == pytest.approx(means, rel=1e-9)
    assert found.values["sd"][:, 0] == pytest.approx(sds, rel=1e-9)
    assert found.standard_errors["mean"][0] == pytest.approx(means.std(ddof=1), rel=1e-7)
    assert found.bias["mean"][0] == pytest.approx(means.mean() - x.mean(), rel=1e-6)
    assert found.intervals["sd"][0] == pytest.approx(np.quantile(sds, [0.025, 0.975]), rel=1e-9)
    assert np.isnan(found.standard_errors["weight"]).all()


@pytest.mark.parametrize("kind", ["cases", "parametric", "weighted"])
def test_each_kind_scatters_as_the_information_says(kind):
    one = fitted()
    sure, found = with_uncertainty(one).uncertainty, bootstrap(one, Plan(kind, 150), cores=1)
    for name in ("weight", "mean", "sd"):
        # 150 draws tell a standard error to 6 %; that the model is not quite true adds to it.
        assert found.standard_errors[name] == pytest.approx(sure.standard_errors[name], rel=0.3)
        assert (np.abs(found.bias[name]) < 0.4 * found.standard_errors[name]).all()
    assert np.sqrt(np.diag(found.covariance))[2:4] == pytest.approx(found.standard_errors["mean"])


def test_more_replicates_begin_with_the_same_ones():
    one = fitted()
    few, many = (bootstrap(one, Plan("cases", n, seed=3), cores=1) for n in (10, 13))
    assert (many.values["mean"][:10] == few.values["mean"]).all()


def test_components_that_changed_places_are_put_back_and_counted():
    one = fitted().mixture
    swapped = mixture(one.weights[::-1], one.parameters["mean"][::-1] + 1.0, one.parameters["sd"][::-1])
    put = aligned(WAITS, FitOptions(), one, swapped)
    assert put.order == (1, 0)
    assert put.is_realigned
    assert put.mixture.parameters["mean"] == pytest.approx(one.parameters["mean"] + 1.0)
    assert put.mixture.ids == one.ids
    assert not aligned(WAITS, FitOptions(), one, one).is_realigned
    named = FitOptions(constraints=held("sd[1]=6"))
    assert not aligned(WAITS, named, one, swapped).is_realigned


def test_exchanges_say_which_component_became_which():
    one = fitted(n_components=4)
    found = bootstrap(one, Plan("cases", 60), cores=1)
    assert found.exchanges.sum(axis=0) == pytest.approx(np.full(4, len(found.values["mean"])))
    assert found.n_realigned == sum(list(each.order) != [0, 1, 2, 3] for each in found.replicates if each.mixture)
    off_diagonal = found.exchanges - np.diag(np.diag(found.exchanges))
    assert (off_diagonal.sum() > 0) == (found.n_realigned > 0)


def test_replicates_that_collapse_are_left_out_and_counted():
    data = Data(np.array([1.0, 1.1, 1.2, 1.35, 5.0, 5.1, 5.3, 9.0, 9.4, 9.7]), ("x",))
    one = fitted(data, n_components=2)
    found = bootstrap(one, Plan("cases", 60), cores=1)
    assert 0 < found.n_left_out < 60
    assert len(found.values["mean"]) == 60 - found.n_left_out
    assert np.isfinite(found.standard_errors["sd"]).all()


def test_what_is_held_has_no_error_and_what_is_tied_has_one():
    one = fitted(constraints=held("mean[1]=55"))
    found = bootstrap(one, Plan("cases", 20), cores=1)
    assert np.isnan(found.standard_errors["mean"][0])
    assert np.isnan(found.intervals["mean"][0]).all()
    assert np.isfinite(found.standard_errors["mean"][1])
    assert not found.covariance[2].any()
    tied = bootstrap(fitted(covariance="tied"), Plan("cases", 20), cores=1)
    assert tied.standard_errors["sd"][0] == pytest.approx(tied.standard_errors["sd"][1], rel=1e-9)


def test_weighted_rows_scatter_as_the_sandwich_says():
    rng = np.random.default_rng(4)
    x, weights = rng.normal(size=400), rng.exponential(size=400)
    weights /= weights.mean()
    data = Data(x, ("x",), counts=weights, roles=Roles(("x",), weights="w"))
    one = with_uncertainty(fitted(data, n_components=1))
    for kind in ("cases", "weighted"):
        found = bootstrap(one, Plan(kind, 200), cores=1)
        assert found.standard_errors["mean"] == pytest.approx(one.uncertainty.standard_errors["mean"], rel=0.25)
    assert planned(Plan(), one).kind == "weighted"
    with pytest.raises(InputError, match="Choose weighted in place of parametric"):
        bootstrap(one, Plan("parametric", 10), cores=1)


def test_several_columns_have_errors_too():
    rng = np.random.default_rng(5)
    data = Data(np.concatenate([rng.normal(size=(60, 2)), rng.normal(6.0, 1.0, size=(60, 2))]), ("x", "y"))
    found = bootstrap(fitted(data), Plan("parametric", 15), cores=1)
    assert found.standard_errors["mean"].shape == (2, 2)
    assert found.standard_errors["mean"] == pytest.approx(np.full((2, 2), 1 / 60**0.5), rel=0.8)
    assert found.intervals["covariance"].shape == (2, 2, 2, 2)


def test_it_stops_when_it_is_told_to():
    class EnoughError(Exception):
        pass

    looks = iter(range(30))

    def check():
        if next(looks) > 20:
            raise EnoughError

    with pytest.raises(EnoughError):
        list(replicates(fitted(), Plan("cases", 1000), 1, check))


def test_a_fit_that_collapsed_has_none_and_plans_are_looked_at():
    collapsed = replace(fitted(), outcome=replace(fitted().outcome, status="degenerate"))
    with pytest.raises(InputError, match="collapsed"):
        bootstrap(collapsed, Plan(), cores=1)
    with pytest.raises(InputError, match="--bootstrap must be one of cases, parametric, weighted"):
        Plan("jackknife")
    with pytest.raises(InputError, match="--replicates must be from 10 to 100000; 3 is not"):
        Plan("cases", 3)


def test_degrees_of_freedom_without_bound_in_some_replicates_spoil_nothing_else():
    rng = np.random.default_rng(3)
    data = Data(np.r_[rng.standard_t(8, 200), 7 + rng.standard_t(8, 200)], ("x",))
    one = fitted(data, family="student_t")
    found = bootstrap(one, Plan("cases", 40), cores=1)
    many = found.unbounded["degrees_of_freedom"]
    assert many.any(axis=0).all()
    assert many.any(axis=1).sum() == found.n_unbounded < 40
    assert list(found.unbounded) == ["degrees_of_freedom"]
    assert np.isnan(found.standard_errors["degrees_of_freedom"]).all()
    assert np.isnan(found.bias["degrees_of_freedom"]).all()
    assert np.isfinite(found.intervals["degrees_of_freedom"]).all()
    middle = place(one.mixture, (Rule(),), found.covariance).thresholds[0]
    own = [place(each.mixture, (Rule(),)).thresholds for each in found.replicates]
    nearest = [min((cut.value for cut in cuts), key=lambda value: abs(value - middle.value)) for cuts in own]
    assert middle.standard_error == pytest.approx(np.std(nearest), rel=0.3)
    drawn = bands(one.mixture, found.covariance, np.array([0.0, 3.5, 7.0]))
    assert (drawn.mixture < 2.0).all()


@pytest.mark.parametrize("kind", ["cases", "weighted", "parametric"])
def test_ends_and_numbers_at_a_bound_have_no_error(kind):
    flat = Data(np.random.default_rng(1).uniform(size=60), ("x",))
    found = bootstrap(fitted(flat, n_components=1, family="uniform"), Plan(kind, 10), cores=1)
    for name in ("low", "high"):
        assert np.isnan(found.standard_errors[name]).all()
        assert np.isnan(found.intervals[name]).all()
    bound = bootstrap(fitted(constraints=Constraints((parse("bound", "sd[1]=0.1:5"),))), Plan(kind, 10), cores=1)
    assert np.isnan(bound.standard_errors["sd"][0])
    assert np.isfinite(bound.standard_errors["sd"][1])
    assert not bound.covariance[4].any()


def test_rounding_alone_is_no_scatter():
    one = fitted(constraints=Constraints((parse("bound", "weight[1]=0.4:1"),)))
    found = bootstrap(one, Plan("cases", 12), cores=1)
    assert np.isnan(found.standard_errors["weight"]).all()
    assert np.isfinite(found.standard_errors["mean"]).all()


def test_replicates_that_did_not_converge_are_counted(monkeypatch):
    assert bootstrap(fitted(), Plan("cases", 10), cores=1).n_capped == 0
    monkeypatch.setattr("core.sureness.bootstrap.MOST_ITERATIONS", 1)
    assert bootstrap(fitted(), Plan("cases", 10), cores=1).n_capped == 10


@pytest.mark.slow
def test_the_number_of_cores_changes_nothing():
    one = fitted(family="student_t")
    alone, shared = (bootstrap(one, Plan("cases", 60), cores=cores) for cores in (1, 2))
    assert (alone.values["location"] == shared.values["location"]).all()
