"""Components of two mixtures are paired as they stand, whatever their numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.pairing import FAR, assigned, distances, partners


def mixture(means, sds, ids=()):
    k = len(means)
    return Mixture(Gaussian(), np.full(k, 1 / k), {"mean": np.array(means), "sd": np.array(sds)}, ids)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_assignment_costs_less(data):
    n = data.draw(st.integers(1, 7))
    m = data.draw(st.integers(n, 9))
    costs = data.draw(arrays(float, (n, m), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0, 1e6]) | st.floats(0, 9)))
    found = assigned(costs)
    assert len(set(found.tolist())) == n
    rows, columns = linear_sum_assignment(costs)
    assert costs[np.arange(n), found].sum() == pytest.approx(costs[rows, columns].sum(), rel=1e-12, abs=1e-9)


def test_fifty_components_find_theirs_in_any_order():
    rng = np.random.default_rng(3)
    costs = rng.random((50, 50))
    rows, columns = linear_sum_assignment(costs)
    assert costs[np.arange(50), assigned(costs)].sum() == pytest.approx(costs[rows, columns].sum(), rel=1e-12)


def test_numbers_do_not_pair_but_places_do():
    one = mixture([10.0, 50.0, 90.0], [2.0, 3.0, 4.0], (1, 2, 3))
    other = mixture([51.0, 88.0, 11.0], [3.0, 4.0, 2.0], (1, 2, 3))
    assert partners(one, other) == {1: 3, 2: 1, 3: 2}


def test_components_at_one_place_are_told_apart_by_their_widths():
    one = mixture([0.0, 0.0], [1.0, 10.0])
    assert partners(one, mixture([0.1, 0.1], [9.0, 1.1], (4, 7))) == {1: 7, 2: 4}


def test_where_one_has_more_the_ones_that_fit_worst_are_left_over():
    two, three = mixture([54.0, 80.0], [6.0, 6.0]), mixture([54.0, 66.0, 80.0], [5.0, 1.0, 6.0])
    assert partners(two, three) == {1: 1, 2: 3}
    assert partners(three, two) == {1: 1, 3: 2}


@given(st.floats(1e-9, 1e9))
def test_a_unit_changes_no_distance(unit):
    here, there = ([0.0, 5.0], [1.0, 2.0]), ([1.0, 4.0], [1.5, 2.5])
    plain = distances(mixture(*here), mixture(*there))
    moved = [mixture([unit * m for m in means], [unit * s for s in sds]) for means, sds in (here, there)]
    assert distances(*moved) == pytest.approx(plain, rel=1e-9)


def test_a_component_without_width_is_far_from_all_and_still_paired():
    one, other = mixture([0.0, 5.0], [1.0, 0.0]), mixture([5.0, 0.0], [1.0, 1.0])
    assert distances(one, other)[1].max() == FAR
    assert partners(one, other) == {1: 2, 2: 1}
