"""Thresholds: where components are equally likely, what is on the wrong side, and how sure they are."""

import hypothesis
import numpy as np
import pytest
from cases import data, mixture
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from test_families import EXAMPLES

from core import Data, Mixture
from core.families import make_family
from core.families.family import Setting
from core.roles import Form
from core.thresholds.beside import rows_beside
from core.thresholds.crossings import (
    Threshold,
    crossings,
    misclassified,
    neighbours,
    standard_error,
    thresholds,
)
from core.thresholds.error_rates import value_at_error

TWO = mixture([0.36, 0.64], [54.6, 80.1], [5.9, 7.9])


def closed_form(weights, means, sds):
    """Where two weighted normal densities are equal: the real roots of a polynomial of second degree."""
    (a, b), (m, n), (s, t) = weights, means, sds
    roots = np.roots(
        [
            0.5 / t**2 - 0.5 / s**2,
            m / s**2 - n / t**2,
            0.5 * n**2 / t**2 - 0.5 * m**2 / s**2 + np.log(a / s) - np.log(b / t),
        ]
    )
    return np.sort(roots[np.abs(roots.imag) < 1e-9].real)


def test_equal_sds_have_one_threshold_where_the_closed_form_has_it():
    (found,) = crossings(mixture([0.3, 0.7], [-1.0, 3.0], [1.5, 1.5]), 1, 2)
    assert found.value == pytest.approx(1.0 + 1.5**2 * np.log(0.3 / 0.7) / 4.0, rel=1e-14)
    assert (found.below, found.above) == (1, 2)


@given(
    st.floats(0.05, 0.95),
    st.floats(0.0, 12.0),
    st.floats(0.2, 5.0).filter(lambda ratio: abs(ratio - 1.0) > 0.05),
    st.sampled_from([0.0, -1e3, 1e6]),
)
def test_unequal_sds_have_the_two_crossings_of_the_closed_form_or_none(weight, apart, ratio, offset):
    expected = closed_form((weight, 1.0 - weight), (0.0, apart), (1.0, ratio))
    found = crossings(mixture([weight, 1.0 - weight], [offset, offset + apart], [1.0, ratio]), 1, 2)
    # Beyond 141 sds nothing is compared, and a stretch of next to no width may not be seen.
    if len(expected) == 2 and (np.diff(expected) < 0.05 or np.abs(expected).max() > 100.0):
        return
    values = [one.value - offset for one in found]
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9 + 1e-12 * abs(offset))


def test_components_far_apart_are_parted_between_them():
    (found,) = thresholds(mixture([0.5, 0.5], [0.0, 1e6], [1.0, 1.0]))
    assert found.value == pytest.approx(5e5, rel=1e-12)


def test_a_wide_component_comes_on_both_sides_of_a_narrow_one():
    found = thresholds(mixture([0.5, 0.5], [0.0, 0.5], [1.0, 10.0]))
    assert [(one.below, one.above) for one in found] == [(2, 1), (1, 2)]


def test_where_a_third_component_is_likelier_two_have_a_crossing_but_no_threshold():
    three = mixture([0.3, 0.4, 0.3], [0.0, 5.0, 10.0], [1.0, 1.0, 1.0])
    assert [one.value for one in crossings(three, 1, 3)] == pytest.approx([5.0])
    assert [(one.below, one.above) for one in thresholds(three)] == [(1, 2), (2, 3)]
    assert neighbours(three) == ((1, 2), (2, 3))


def test_one_component_and_two_that_coincide_have_no_threshold():
    assert thresholds(mixture([1.0], [0.0], [1.0])) == ()
    assert thresholds(mixture([0.5, 0.5], [1.0, 1.0], [2.0, 2.0])) == ()
    assert thresholds(mixture([1.0, 0.0], [1.0, 5.0], [2.0, 2.0])) == ()


CONTINUOUS = [(name, example) for name, example in EXAMPLES if name not in ("poisson", "binomial", "uniform")]


@pytest.mark.parametrize(("name", "example"), CONTINUOUS, ids=[f"{name} {i}" for i, (name, _) in enumerate(CONTINUOUS)])
@given(weight=st.floats(0.02, 0.98))
@hypothesis.example(weight=0.5)
def test_densities_are_equal_at_every_crossing_and_change_their_order_there(name, example, weight):
    family, parameters = example.made(name)
    made = Mixture(family, np.array([weight, 1.0 - weight]), parameters)
    found = crossings(made, 1, 2)
    scan = np.linspace(*np.quantile(example.values[family.supports(example.values)], [0.05, 0.95]), 2001)
    higher = made.joint(scan).argmax(axis=0)
    assert len(found) >= np.count_nonzero(np.diff(higher))
    assert len(found) >= (weight == 0.5)
    for one in found:
        joint = made.joint(np.array([one.value]))[:, 0]
        assert joint[0] == pytest.approx(joint[1], rel=1e-9, abs=1e-9)
        near = 1e-5 * max(abs(one.value), 1e-6)
        before, after = made.joint(one.value + near * np.array([-1.0, 1.0])).T
        assert before[one.below - 1] > before[one.above - 1]
        assert after[one.above - 1] > after[one.below - 1]


@pytest.mark.parametrize("name", ["poisson", "binomial"])
def test_of_whole_numbers_a_threshold_is_the_first_at_which_the_upper_one_is_likelier(name):
    family, parameters = next(example.made(name) for one, example in EXAMPLES if one == name)
    made = Mixture(family, np.array([0.5, 0.5]), parameters)
    likelier = made.joint(np.arange(0.0, 13.0)).argmax(axis=0)
    assert [one.value for one in thresholds(made)] == [float(np.argmax(likelier == 1))]


def test_numbers_of_a_large_rate_are_parted_exactly():
    made = Mixture(make_family("poisson", Setting()), np.array([0.3, 0.7]), {"rate": np.array([2.0, 1e6])})
    (found,) = thresholds(made)
    # w e^(−r) r^x of both are equal at this x.
    assert found.value == np.ceil((1e6 - 2.0 + np.log(0.3 / 0.7)) / np.log(5e5))


def test_a_background_ends_where_its_density_jumps():
    nan = np.nan
    parameters = {"mean": [5.0, nan], "sd": [1.0, nan], "low": [nan, 0.0], "high": [nan, 9.0]}
    family = make_family("gaussian+uniform", Setting())
    made = Mixture(family, np.array([0.5, 0.5]), {name: np.array(each) for name, each in parameters.items()})
    found = thresholds(made)
    assert [(one.below, one.above) for one in found] == [(1, 2), (2, 1), (1, 2), (2, 1)]
    assert found[0].value == 0.0
    assert found[-1].value == np.nextafter(9.0, 10.0)
    assert standard_error(made, found[0], np.eye(10)) is None


def test_the_misclassified_are_those_of_an_integral():
    for threshold in crossings(TWO, 1, 2):
        wrong = misclassified(TWO, threshold)
        for place, part in (("below", threshold.above), ("above", threshold.below)):
            k = part - 1
            density = stats.norm(TWO.parameters["mean"][k], TWO.parameters["sd"][k]).pdf
            ends = (-200.0, threshold.value) if place == "below" else (threshold.value, 300.0)
            expected = TWO.weights[k] * integrate.quad(density, *ends, epsabs=1e-13, points=[50.0, 80.0], limit=200)[0]
            assert getattr(wrong, place) == pytest.approx(expected, abs=1e-10)


def test_of_whole_numbers_the_threshold_itself_is_above():
    family = make_family("poisson", Setting())
    made = Mixture(family, np.array([0.5, 0.5]), {"rate": np.array([1.0, 9.0])})
    wrong = misclassified(made, Threshold(4.0, 1, 2))
    assert wrong.below == pytest.approx(0.5 * stats.poisson(9.0).cdf(3.0))
    assert wrong.above == pytest.approx(0.5 * stats.poisson(1.0).sf(3.0))
    assert wrong.total == wrong.below + wrong.above


@pytest.mark.parametrize("rate", [0.2, 0.02, 0.001])
def test_an_error_rate_is_met_exactly_where_it_is_said_to_be(rate):
    threshold = thresholds(TWO)[-1]
    one, two = (stats.norm(m, s) for m, s in zip(TWO.parameters["mean"], TWO.parameters["sd"], strict=True))
    t = value_at_error(TWO, threshold, rate / 10)
    wrong, right = TWO.weights[0] * one.sf(t), TWO.weights[1] * two.sf(t)
    assert wrong / (wrong + right) == pytest.approx(rate / 10, rel=1e-9)
    t = value_at_error(TWO, threshold, rate, "below")
    wrong, right = TWO.weights[1] * two.cdf(t), TWO.weights[0] * one.cdf(t)
    assert wrong / (wrong + right) == pytest.approx(rate, rel=1e-9)


def test_an_error_rate_that_all_rows_meet_takes_all_and_one_that_none_meets_says_so():
    threshold = thresholds(TWO)[-1]
    assert value_at_error(TWO, threshold, 0.5) == -np.inf
    assert value_at_error(TWO, threshold, 0.9, "below") == np.inf
    hidden = mixture([0.9, 0.1], [0.0, 0.1], [10.0, 1.0])
    assert np.isnan(value_at_error(hidden, Threshold(0.05, 1, 2), 1e-3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        value_at_error(TWO, threshold, 0.0)


def test_whole_numbers_meet_an_error_rate_at_the_outermost_number_that_does():
    made = Mixture(make_family("poisson", Setting()), np.array([0.4, 0.6]), {"rate": np.array([2.0, 12.0])})

    def wrong(t, up):
        tails = [
            w * (stats.poisson(r).sf(t - 1) if up else stats.poisson(r).cdf(t - 1)) for w, r in ((0.4, 2), (0.6, 12))
        ]
        return tails[0 if up else 1] / sum(tails)

    (threshold,) = thresholds(made)
    t = value_at_error(made, threshold, 0.01)
    assert wrong(t, True) <= 0.01 < wrong(t - 1, True)
    t = value_at_error(made, threshold, 0.01, "below")
    assert wrong(t, False) <= 0.01 < wrong(t + 1, False)


def test_rows_are_counted_on_the_sides_by_their_counts_if_they_say_their_value():
    assert rows_beside(data([1.0, 2.0, 3.0], [2, 3, 4]), 2.0) == (2.0, 7.0)
    seen = np.array([[1.0, 1.0], [0.0, 4.0], [3.0, 3.0]])
    hidden = Data(np.array([1.0, 2.0, 3.0]), ("x",), seen=seen, form=Form(intervals=True))
    assert rows_beside(hidden, 2.5) == (1.0, 1.0)


def test_the_standard_error_is_that_of_the_closed_form():
    weights, means, sd = np.array([0.3, 0.7]), np.array([-1.0, 3.0]), 1.5
    made = mixture(weights, means, [sd, sd])
    (threshold,) = crossings(made, 1, 2)
    covariance = np.diag([0.02, 0.02, 0.1, 0.2, 0.0, 0.0]) ** 2
    covariance[0, 1] = covariance[1, 0] = -(0.02**2)
    # x = (m + n)/2 + s² ln(a / b) / (n − m), s held.
    apart, odds = means[1] - means[0], np.log(weights[0] / weights[1])
    by_means = np.array([0.5 + sd**2 * odds / apart**2, 0.5 - sd**2 * odds / apart**2])
    by_weight = sd**2 / apart * (1 / weights[0] + 1 / weights[1])
    expected = np.sqrt((by_means**2 @ [0.01, 0.04]) + by_weight**2 * 0.02**2)
    assert standard_error(made, threshold, covariance) == pytest.approx(expected, rel=1e-6)
    assert standard_error(made, threshold, None) is None
    with pytest.raises(ValueError, match="covariance"):
        standard_error(made, threshold, np.eye(4))
