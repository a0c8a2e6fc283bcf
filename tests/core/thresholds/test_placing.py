"""Thresholds by rules: where they stand, how sure they are, and which rows are on which side."""

from dataclasses import replace

import numpy as np
import pytest
from cases import mixture
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core import Data, FitOptions, Mixture, fit
from core.errors import InputError
from core.expectation import Problem
from core.families import make_family
from core.families.family import Setting
from core.roles import Form
from core.sureness.uncertainty import uncertainty
from core.thresholds.beside import Beside, rows_beside
from core.thresholds.crossings import thresholds
from core.thresholds.placing import Placed, Placing, classes, place
from core.thresholds.rules import EQUAL, Rule, is_rule, parsed, rules_of, text_of

TWO = mixture([0.36, 0.64], [54.6, 80.1], [5.9, 7.9])
THREE = mixture([0.3, 0.4, 0.3], [0.0, 5.0, 10.0], [1.0, 1.0, 1.0])
EQUALLY = (Rule(),)


def values(placing: Placing) -> list[float]:
    return [one.value for one in placing.thresholds]


def between(placing: Placing, low: float, high: float) -> Placed:
    """The only threshold between two values: unequal sds have another one far out."""
    (one,) = [one for one in placing.thresholds if low < one.value < high]
    return one


def test_equally_likely_thresholds_are_those_of_the_mixture():
    assert values(place(THREE, EQUALLY)) == [one.value for one in thresholds(THREE)]


def test_specificity_is_a_quantile_of_the_lower_component_and_sensitivity_one_of_the_upper():
    (low,) = place(TWO, parsed("specificity=0.975")).thresholds
    (high,) = place(TWO, parsed("sensitivity=0.9")).thresholds
    assert low.value == pytest.approx(stats.norm.ppf(0.975, 54.6, 5.9), rel=1e-12)
    assert high.value == pytest.approx(stats.norm.ppf(0.1, 80.1, 7.9), rel=1e-12)
    assert low.specificity == pytest.approx(0.975, rel=1e-9)
    assert low.sensitivity == pytest.approx(stats.norm.sf(low.value, 80.1, 7.9), rel=1e-9)
    assert high.sensitivity == pytest.approx(0.9, rel=1e-9)


def test_an_error_rate_leaves_a_stretch_open_between_what_is_called_below_and_above():
    data = Data(np.array([50.0, 66.0, 85.0]), ("x",))
    placing = place(TWO, parsed("error=0.01"))
    low, high = values(placing)
    assert 50.0 < low < 66.0 < high < 85.0
    np.testing.assert_array_equal(classes(placing.cuts, data), [1.0, np.nan, 2.0])
    upper = 0.64 * stats.norm.sf(high, 80.1, 7.9)
    lower = 0.36 * stats.norm.sf(high, 54.6, 5.9)
    assert lower / (lower + upper) == pytest.approx(0.01, rel=1e-9)


def test_one_moved_by_hand_stands_in_place_of_that_of_its_rule_and_others_stay():
    first, second = place(THREE, EQUALLY).thresholds
    rules = (*EQUALLY, replace(first.moved, number=3.25))
    placing = place(THREE, rules)
    assert values(placing) == [3.25, second.value]
    assert [one.rule.by_hand for one in placing.thresholds] == [True, False]
    assert placing.thresholds[0].wrong.above == pytest.approx(0.3 * stats.norm.sf(3.25), rel=1e-9)
    assert values(place(THREE, EQUALLY)) == [first.value, second.value]


def test_one_moved_of_a_rule_that_is_not_wanted_any_more_is_not_there():
    (moved,) = parsed("equal[1-2]=3")
    assert place(THREE, (moved,)) == Placing(rules=(moved,))
    assert place(THREE, (Rule(), Rule(EQUAL, 3.0, (1, 7)))).thresholds == place(THREE, EQUALLY).thresholds


def test_a_value_of_a_persons_own_parts_the_components_about_it():
    placing = place(THREE, parsed("at=7"))
    assert [(one.below, one.above) for one in placing.thresholds] == [(2, 3)]
    assert [(one.below, one.above) for one in place(THREE, parsed("at=-50")).thresholds] == [(1, 2)]
    assert placing.thresholds[0].standard_error is None


def test_what_cannot_be_parted_is_said_in_a_sentence():
    swallowed = mixture([0.98, 0.02], [0.0, 0.5], [1.0, 1.0])
    placing = place(swallowed, EQUALLY)
    assert not placing.thresholds or placing.remarks == ()
    hidden = mixture([0.49, 0.02, 0.49], [0.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert place(hidden, EQUALLY).remarks == (
        "Component 2 is at no value the likeliest, so nothing parts it from the others.",
    )
    one = mixture([1.0], [0.0], [1.0])
    assert place(one, EQUALLY).thresholds == ()
    assert "need two" in place(one, EQUALLY).remarks[0]
    apart = mixture([0.999, 0.001], [0.0, 100.0], [1.0, 1.0])
    assert "all rows may be called below" in place(apart, parsed("error-below=0.05")).remarks[0]


def test_twelve_components_have_eleven_thresholds_of_each_rule():
    k = 12
    made = mixture([1 / k] * k, 10.0 * np.arange(k), [2.0] * k)
    for rule in ("equal", "specificity=0.95", "sensitivity=0.95", "error-above=0.05", "error-below=0.05"):
        assert len(place(made, parsed(rule)).thresholds) == k - 1


def test_a_wide_component_on_both_sides_of_a_narrow_one_has_a_class_on_both_sides():
    made = mixture([0.5, 0.5], [0.0, 0.5], [1.0, 10.0])
    rows = Data(np.array([-9.0, 0.0, 9.0]), ("x",))
    assert [one.in_order for one in place(made, EQUALLY).thresholds] == [False, True]
    assert classes(place(made, EQUALLY).cuts, rows).tolist() == [2.0, 1.0, 2.0]


def test_whole_numbers_meet_a_specificity_at_a_whole_number_and_have_no_standard_error():
    made = Mixture(make_family("poisson", Setting()), np.array([0.5, 0.5]), {"rate": np.array([2.0, 12.0])})
    (one,) = place(made, parsed("specificity=0.95"), np.eye(4)).thresholds
    assert one.value == stats.poisson.ppf(0.95, 2.0) + 1.0
    assert one.standard_error is None


@pytest.mark.parametrize("text", ["equal", "error-above=0.05", "at=-1e-09", "equal[1-2]=67.5", "specificity[2-3]=0.1"])
def test_a_rule_is_read_as_it_is_written(text):
    (rule,) = parsed(text)
    assert rule.text == text
    assert is_rule(text)
    assert rules_of(f"{text} nonsense {text}") == (rule,)
    assert rules_of(text_of((rule,))) == (rule,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("equal=3", "take no number"),
        ("error=5", "between 0 and 1"),
        ("specificity", "needs a number"),
        ("at=x", "needs a number"),
        ("at=inf", "needs a number"),
        ("faithful.csv", "says nothing about thresholds"),
        ("error=1_0", "needs a number"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_one_sentence(text, words):
    with pytest.raises(InputError, match=words):
        parsed(text)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(-6, 6), st.booleans())
def test_rows_on_the_sides_are_those_that_are_counted_one_by_one(rows, value, are_counted):
    data = Data(np.array(rows), ("x",), counts=np.arange(1.0, len(rows) + 1) if are_counted else None)
    assert Beside.of(data).rows(value) == rows_beside(data, value)


def test_of_intervals_only_those_wholly_on_a_side_are_counted_there():
    ends = np.array([[0.0, 1.0], [1.0, 2.0], [1.5, 3.0], [2.0, np.inf], [2.0, 2.0], [-np.inf, 2.0]])
    data = Data(np.array([0.5, 1.5, 2.0, 2.0, 2.0, 2.0]), ("x",), seen=ends, form=Form(intervals=True))
    assert Beside.of(data).rows(2.0) == (3.0, 2.0)
    placing = place(mixture([0.5, 0.5], [0.0, 4.0], [1.0, 1.0]), parsed("at=2"))
    np.testing.assert_array_equal(classes(placing.cuts, data), [1.0, 1.0, np.nan, 2.0, 2.0, 1.0])


def test_of_whole_numbers_an_interval_holds_those_above_its_lower_end():
    ends = np.array([[-1.0, 2.0], [2.0, 5.0], [4.0, 4.0]])
    data = Data(np.array([1.0, 4.0, 4.0]), ("x",), seen=ends, form=Form(intervals=True))
    assert Beside.of(data, discrete=True).rows(3.0) == (1.0, 2.0)
    assert Beside.of(data, discrete=True).rows(4.0) == (1.0, 1.0)
    made = Mixture(make_family("poisson", Setting()), np.array([0.5, 0.5]), {"rate": np.array([2.0, 12.0])})
    np.testing.assert_array_equal(classes(place(made, parsed("at=3")).cuts, data, discrete=True), [1.0, 2.0, 2.0])


@pytest.mark.parametrize(
    "rule", ["equal", "error-above=0.05", "error-below=0.1", "specificity=0.95", "sensitivity=0.9"]
)
def test_the_standard_error_is_what_drawing_parameters_from_their_covariance_gives(rule):
    rng = np.random.default_rng(7)
    data = Data(TWO.sample(4000, rng)[0], ("x",))
    made = fit(data, FitOptions(n_components=2))[0].mixture
    sure = uncertainty(Problem(data), made)
    assert sure is not None
    one = between(place(made, parsed(rule), sure.covariance), 60.0, 75.0)
    at = np.concatenate([made.weights, made.parameters["mean"], made.parameters["sd"]])
    drawn = rng.multivariate_normal(at, sure.covariance, 400)
    mixtures = [Mixture(made.family, d[:2] / d[:2].sum(), {"mean": d[2:4], "sd": d[4:]}) for d in drawn]
    found = [between(place(each, parsed(rule)), 60.0, 75.0).value for each in mixtures]
    assert one.standard_error == pytest.approx(np.std(found), rel=0.12)
    assert one.interval == pytest.approx(
        (one.value - 1.96 * one.standard_error, one.value + 1.96 * one.standard_error), rel=1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["equal", "error-above=0.05", "specificity=0.95"])
def test_the_standard_error_is_the_sd_over_simulated_data_sets(rule):
    rng = np.random.default_rng(11)
    truth = mixture([0.4, 0.6], [0.0, 3.5], [1.0, 1.3])
    found, errors = [], []
    for _ in range(200):
        data = Data(truth.sample(1000, rng)[0], ("x",))
        made = fit(data, FitOptions(n_components=2), truth)[0].mixture
        sure = uncertainty(Problem(data), made)
        assert sure is not None
        one = between(place(made, parsed(rule), sure.covariance), 0.5, 3.5)
        found.append(one.value)
        errors.append(one.standard_error)
    # The sd of 200 has itself a standard error of 5 %.
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.15)
