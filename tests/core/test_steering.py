"""Components added, removed, split and merged: what of the mixture stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.families import make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.steering import added, merged, partners, removed, renumbered, split, width_about

COMPONENTS: dict[str, dict[str, tuple[float, float, float]]] = {
    "gaussian": {"mean": (1.0, 4.0, 9.0), "sd": (0.5, 1.0, 2.0)},
    "student_t": {
        "location": (1.0, 4.0, 9.0),
        "scale": (0.5, 1.0, 2.0),
        "degrees_of_freedom": (5.0, 5.0, 5.0),
    },
    "lognormal": {"log_mean": (0.1, 1.0, 2.0), "log_sd": (0.2, 0.4, 0.3)},
    "gamma": {"shape": (3.0, 9.0, 0.1), "scale": (0.5, 0.4, 2.0)},
    "weibull": {"shape": (3.0, 1.5, 5.0), "scale": (1.0, 4.0, 9.0)},
    "exponential": {"rate": (2.0, 0.5, 0.1)},
    "poisson": {"rate": (0.5, 4.0, 12.0)},
    "binomial": {"probability": (0.1, 0.4, 0.9)},
    "uniform": {"low": (0.0, 2.0, 5.0), "high": (2.0, 5.0, 9.0)},
}
ONE_PARAMETER = ("exponential", "poisson", "binomial")
WEIGHTS = np.array([0.2, 0.3, 0.5])


def mixture(name: str) -> Mixture:
    parameters = {key: np.array(values) for key, values in COMPONENTS[name].items()}
    return Mixture(make_family(name, Setting(trials=10 if name == "binomial" else None)), WEIGHTS, parameters)


def mean_and_variance(one: Mixture) -> tuple[float, float]:
    """Of the whole mixture, from scipy's moments of each component; of a lognormal one those of the logarithm."""
    from scipy import stats

    p = one.parameters
    laws = {
        "gaussian": lambda: stats.norm(p["mean"], p["sd"]),
        "student_t": lambda: stats.t(p["degrees_of_freedom"], p["location"], p["scale"]),
        "lognormal": lambda: stats.norm(p["log_mean"], p["log_sd"]),
        "gamma": lambda: stats.gamma(p["shape"], scale=p["scale"]),
        "weibull": lambda: stats.weibull_min(p["shape"], scale=p["scale"]),
        "exponential": lambda: stats.expon(scale=1.0 / p["rate"]),
        "poisson": lambda: stats.poisson(p["rate"]),
        "binomial": lambda: stats.binom(10, p["probability"]),
        "uniform": lambda: stats.uniform(p["low"], p["high"] - p["low"]),
    }
    law = laws[one.family.name]()
    means, variances = np.asarray(law.mean()), np.asarray(law.var())
    mean = float(one.weights @ means)
    return mean, float(one.weights @ (variances + np.square(means - mean)))


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("identity", [1, 2, 3])
def test_a_split_keeps_mean_and_variance_of_the_mixture(name: str, identity: int) -> None:
    before = mixture(name)
    after = split(before, identity)
    assert after.ids == (1, 2, 3, 4)
    assert after.weights[[identity - 1, 3]] == pytest.approx([WEIGHTS[identity - 1] / 2] * 2)
    (mean, variance), (mean_after, variance_after) = mean_and_variance(before), mean_and_variance(after)
    assert mean_after == pytest.approx(mean, rel=1e-9)
    if name not in ONE_PARAMETER:
        assert variance_after == pytest.approx(variance, rel=1e-9)
    location = after.family.location(after.parameters)
    assert location[identity - 1] < location[3]


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_merge_keeps_mean_and_variance_of_the_mixture(name: str) -> None:
    before = mixture(name)
    after = merged(before, 2, 1)
    assert after.ids == (2, 3)
    assert after.weights == pytest.approx([0.5, 0.5])
    if name == "uniform":
        assert (after.parameters["low"][0], after.parameters["high"][0]) == (0.0, 5.0)
        return
    (mean, variance), (mean_after, variance_after) = mean_and_variance(before), mean_and_variance(after)
    assert mean_after == pytest.approx(mean, rel=1e-9)
    if name not in ONE_PARAMETER:
        assert variance_after == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name not in ONE_PARAMETER])
def test_merging_what_was_split_gives_the_component_back(name: str) -> None:
    before = mixture(name)
    again = merged(split(before, 2), 2, 4)
    assert again.ids == before.ids
    assert again.weights == pytest.approx(before.weights)
    for key, values in before.parameters.items():
        assert again.parameters[key] == pytest.approx(values, rel=1e-7)


@pytest.mark.parametrize("name", COMPONENTS)
def test_removing_leaves_the_others_as_they_are(name: str) -> None:
    before = mixture(name)
    after = removed(before, 2)
    assert after.ids == (1, 3)
    assert after.weights == pytest.approx([0.2 / 0.7, 0.5 / 0.7])
    for key, values in before.parameters.items():
        assert after.parameters[key].tolist() == values[[0, 2]].tolist()


@pytest.mark.parametrize("name", COMPONENTS)
def test_one_that_is_added_stands_at_its_place_and_takes_its_weight_in_proportion(name: str) -> None:
    after = added(removed(mixture(name), 2), 6.0, 0.7)
    assert after.ids == (1, 2, 3)
    assert after.weights == pytest.approx([0.2 / 0.7 * 2 / 3, 1 / 3, 0.5 / 0.7 * 2 / 3])
    assert after.family.location(after.parameters)[1] == pytest.approx(6.0)
    if name not in (*ONE_PARAMETER, "student_t", "lognormal"):
        assert after.family.spread(after.parameters)[1] == pytest.approx(0.7, rel=1e-6)


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e9), st.floats(0.01, 0.99))
def test_split_and_merge_are_the_same_at_any_offset_and_scale(offset: float, sd: float, weight: float) -> None:
    mean = offset * sd
    parameters = {"mean": np.array([mean, mean + 3 * sd]), "sd": np.array([sd, 2 * sd])}
    before = Mixture(make_family("gaussian", Setting()), np.array([weight, 1.0 - weight]), parameters)
    halves = split(before, 1)
    assert halves.parameters["sd"][0] == pytest.approx(sd * np.sqrt(0.75))
    assert np.ptp(halves.parameters["mean"][[0, 2]]) == pytest.approx(sd, rel=1e-8)
    one = merged(before, 1, 2)
    assert one.parameters["sd"][0] == pytest.approx(
        sd * np.sqrt(weight + (1 - weight) * 4 + weight * (1 - weight) * 9), rel=1e-6
    )


def test_tied_components_stay_tied_and_keep_the_variance_of_all() -> None:
    parameters = {"mean": np.array([0.0, 5.0]), "sd": np.array([1.0, 1.0])}
    before = Mixture(make_family("gaussian", Setting("tied")), np.array([0.4, 0.6]), parameters)
    for after in (split(before, 2), merged(before, 1, 2), added(before, 2.0, 0.3)):
        assert np.ptp(after.parameters["sd"]) == 0.0
    assert mean_and_variance(split(before, 2)) == pytest.approx(mean_and_variance(before))


def test_among_families_only_those_of_one_are_merged() -> None:
    parameters = {
        "mean": np.array([2.0, 4.0, np.nan]),
        "sd": np.array([1.0, 1.0, np.nan]),
        "low": np.array([np.nan, np.nan, 0.0]),
        "high": np.array([np.nan, np.nan, 9.0]),
    }
    before = Mixture(make_family("gaussian+gaussian+uniform", Setting()), WEIGHTS, parameters)
    assert partners(before, 1) == (2,)
    assert partners(before, 3) == ()
    with pytest.raises(InputError, match="different families"):
        merged(before, 1, 3)
    assert added(before, 3.0, 1.0).family.of_components == ("gaussian", "gaussian", "uniform", "gaussian")
    assert removed(before, 3).family == make_family("gaussian", Setting())
    assert split(before, 3).family.of_components == ("gaussian", "gaussian", "uniform", "uniform")


def test_partners_come_nearest_first() -> None:
    assert partners(mixture("gaussian"), 2) == (1, 3)
    assert partners(mixture("gaussian"), 3) == (2, 1)


def test_what_cannot_be_says_why() -> None:
    one = removed(removed(mixture("gaussian"), 1), 3)
    with pytest.raises(InputError, match="only component"):
        removed(one, 2)
    with pytest.raises(InputError, match="gamma component cannot stand at -1"):
        added(mixture("gamma"), -1.0, 0.5)
    with pytest.raises(InputError, match="cannot stand at 12"):
        added(mixture("binomial"), 12.0, 0.5)
    with pytest.raises(InputError, match="no component 7"):
        split(mixture("gaussian"), 7)


def test_renumbered_components_keep_their_order() -> None:
    assert renumbered(removed(mixture("gaussian"), 2)).ids == (1, 2)


def test_the_width_about_a_place_is_that_of_a_normal_share_of_the_rows() -> None:
    edges = np.linspace(-8.0, 8.0, 401)
    from scipy.stats import norm

    counts = np.diff(norm.cdf(edges)) * 1e6
    assert width_about(edges, counts, 0.0, 1.0) == pytest.approx(1.0, abs=1e-3)
    assert width_about(edges, counts, 7.0, 0.5) > 5.0  # where there are no rows it reaches to some
