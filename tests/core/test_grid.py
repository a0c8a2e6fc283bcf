"""Columns pressed into nodes: what is kept, how fine, however far, narrow, scaled, heaped or ordered the rows are."""

import numpy as np
import pytest
from cases import data, drawn, mixture
from hard_columns import hard_column

from core import Problem
from core.expectation import log_likelihood
from core.grid import FINE, SAMPLED, Bulk, Requirement, TooFineError, _edges, distinct, pressed, sample

ASKED = Requirement(np.array([-2.0, 0.8, 3.5]), np.array([0.8, 1.0, 0.6]))


def nodes_of(x, *requirements, counts=None):
    rows = data(x, counts)
    return pressed(rows, Bulk.of(sample(rows)), list(requirements) or [ASKED])


def moments(values, counts, centre):
    return np.array([(counts * (values - centre) ** power).sum() for power in range(4)])


@pytest.mark.parametrize("weighted", [False, True])
def test_nodes_keep_count_mean_variance_and_third_moment_of_every_bin(weighted):
    x = drawn(30_000)
    counts = np.random.default_rng(1).exponential(size=len(x)) if weighted else np.ones(len(x))
    nodes = nodes_of(x, counts=counts if weighted else None)
    values, held = nodes.data.column, nodes.data.counts
    places = (np.searchsorted(nodes.low, column, side="right") - 1 for column in (x, values))
    of_rows, of_nodes = places
    for bin_ in range(0, len(nodes.low), 37):
        centre = nodes.low[bin_]
        rows = (of_rows == bin_) & (x <= nodes.high[bin_])
        there = (of_nodes == bin_) & (values <= nodes.high[bin_])
        assert there.sum() == 2
        width = nodes.high[bin_] - nodes.low[bin_]
        scale = counts[rows].sum() * width ** np.arange(4)
        np.testing.assert_allclose(
            moments(values[there], held[there], centre) / scale,
            moments(x[rows], counts[rows], centre) / scale,
            rtol=0,
            atol=1e-13,
        )


def test_hardly_a_digit_of_the_log_likelihood_is_lost():
    rows = data(drawn(100_000))
    nodes = nodes_of(rows.column)
    assert len(nodes.data) < 1200
    for one in (mixture([0.3, 0.5, 0.2], [-2, 0.8, 3.5], [0.8, 1, 0.6]), mixture([0.4, 0.6], [-1, 2], [1.5, 1.2])):
        here, there = (log_likelihood(Problem(given), one) for given in (rows, nodes.data))
        assert there == pytest.approx(here, abs=1e-4)


def test_no_bin_is_wider_than_all_components_together_ask():
    wide, narrow = Requirement(np.array([0.0]), np.array([2.0])), Requirement(np.array([1.0]), np.array([1e-6]))
    edges = _edges(-50.0, 1e7, [wide, narrow])
    for one in (wide, narrow):
        assert (np.diff(edges) <= one.widths(edges[:-1], edges[1:]) * (1 + 1e-9)).all()
    assert len(edges) < 4000
    assert (np.diff(edges) > 0).all()


def test_a_bin_may_be_as_wide_as_its_point_nearest_to_each_component_says():
    one = Requirement(np.array([0.0]), np.array([1.0]), 0.1)
    low, high = np.array([-1.0, 16.0, -32.0]), np.array([1.0, 20.0, -24.0])
    np.testing.assert_allclose(one.widths(low, high), [0.1, 0.1 * 4, 0.1 * 9])


@pytest.mark.parametrize("far", [1e3, 1e12, 1e200, 1e300])
def test_however_far_the_rows_reach_bins_are_few(far):
    x = drawn(30_000)
    x[:2] = far, -far / 3
    nodes = nodes_of(x)
    assert len(nodes.data) < 3000
    assert nodes.data.n_samples == pytest.approx(30_000)
    assert nodes.data.maximum[0] == far
    assert nodes.data.minimum[0] == pytest.approx(-far / 3, rel=1e-15)


def test_bins_that_would_be_too_many_are_refused():
    with pytest.raises(TooFineError):
        nodes_of(drawn(30_000), Requirement(np.array([0.0]), np.array([1.0]), 1e-5))


def test_bins_are_no_narrower_than_float64_can_tell():
    nodes = nodes_of(1e6 + drawn(30_000), Requirement(np.array([1e6]), np.array([1e-300])))
    assert nodes.data.n_samples == pytest.approx(30_000)
    assert len(nodes.data) <= 60_000


def test_of_ties_and_of_one_or_two_rows_nothing_is_lost():
    whole = np.round(5 * drawn(30_000))
    nodes = nodes_of(whole, Requirement(np.array([0.0]), np.array([5.0])))
    values, counts = np.unique(whole, return_counts=True)
    np.testing.assert_allclose(nodes.data.column, values, atol=1e-12)
    np.testing.assert_allclose(nodes.data.counts, counts)
    assert len(nodes.low) == 0
    x = np.r_[np.zeros(25_000), 1000.0, 1000.5, 7000.0]
    nodes = nodes_of(x, Requirement(np.array([0.0]), np.array([1.0])))
    np.testing.assert_allclose(nodes.data.column, [0.0, 1000.0, 1000.5, 7000.0], rtol=1e-12, atol=1e-12)
    assert len(nodes.low) == 0
    assert nodes.widths_at(np.array([1000.0]))[0] == 0.0


def test_weighted_rows_are_not_taken_for_one_or_two():
    x = np.r_[np.zeros(25_000), 1000.0, 1000.2, 1000.5]
    counts = np.r_[np.ones(25_000), 0.5, 0.5, 0.5]
    nodes = nodes_of(x, Requirement(np.array([0.0]), np.array([1.0])), counts=counts)
    assert len(nodes.low) == 1
    assert nodes.widths_at(np.array([1000.0, 500.0]))[0] >= 0.5
    assert nodes.widths_at(np.array([1000.0, 500.0]))[1] == 0.0


def test_all_equal_values_are_one_node():
    nodes = nodes_of(np.full(30_000, 7.3))
    assert nodes.data.column.tolist() == [0.0], "less the shift"
    assert nodes.data.counts.tolist() == [30_000.0]


@pytest.mark.parametrize("exponent", [-900, -40, 40, 660, 900])
def test_another_unit_changes_nothing_else(exponent):
    x, unit = drawn(30_000), 2.0**exponent
    here, there = nodes_of(x), nodes_of(x * unit, Requirement(ASKED.means * unit, ASKED.sds * unit))
    np.testing.assert_array_equal(there.data.column, here.data.column * unit)
    np.testing.assert_array_equal(there.data.counts, here.data.counts)


def test_an_offset_costs_no_digit_that_the_rows_still_have():
    x = np.round(drawn(30_000) * 2.0**20) / 2.0**20
    rows = data(x + 2.0**30)
    bulk = Bulk.of(rows)
    away = 2.0**30 - bulk.shift
    nodes = pressed(rows, bulk, [Requirement(ASKED.means + away, ASKED.sds)])
    held = nodes.data.counts
    assert (held @ nodes.data.column) / held.sum() - away == pytest.approx(x.mean(), abs=1e-12)


def test_distinct_values_lose_nothing():
    x = np.round(drawn(3000), 1)
    nodes = distinct(data(x, np.arange(1, 3001)), 0.0)
    np.testing.assert_array_equal(nodes.data.column, np.unique(x))
    assert nodes.data.counts.sum() == pytest.approx(3000 * 3001 / 2)
    assert nodes.is_fine(Requirement(np.zeros(1), np.full(1, 1e-9)))
    assert nodes.widths_at(np.zeros(2)).tolist() == [0.0, 0.0]


def test_a_grid_is_fine_enough_until_a_component_is_narrower_than_its_bins():
    nodes = nodes_of(drawn(30_000))
    assert nodes.is_fine(ASKED)
    assert nodes.is_fine(Requirement(ASKED.means, 0.9 * ASKED.sds))
    assert not nodes.is_fine(Requirement(ASKED.means, 0.3 * ASKED.sds))
    assert ASKED.fineness == FINE


def test_the_order_of_the_rows_changes_nothing_but_rounding():
    x = drawn(30_000)
    one, other = nodes_of(x), nodes_of(np.sort(x))
    np.testing.assert_allclose(one.data.column, other.data.column, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.data.counts, other.data.counts, rtol=1e-6)


@pytest.mark.parametrize("order", ["sorted", "periodic"])
def test_a_sample_is_like_the_whole_however_the_rows_are_ordered(order):
    x, _ = hard_column(order, 3 * SAMPLED)
    few = sample(data(x, np.arange(len(x)) % 3 + 1.0))
    assert len(few) == SAMPLED == len(few.counts)
    np.testing.assert_allclose(
        np.quantile(few.column, [0.01, 0.25, 0.5, 0.75, 0.99]), np.quantile(x, [0.01, 0.25, 0.5, 0.75, 0.99]), atol=0.05
    )
    np.testing.assert_array_equal(sample(data(x)).column, few.column)
    assert few.stands_for == len(x)


def test_a_sample_of_few_rows_is_all_of_them():
    rows = data(drawn(500))
    assert sample(rows) is rows


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["moderate 5", "cauchy", "integers", "offset", "sds 1 to 1e7"])
def test_compiled_code_sums_up_the_same(name, weighted, monkeypatch):
    pytest.importorskip("numba")
    x, start = hard_column(name, 30_000)
    counts = np.random.default_rng(2).exponential(size=len(x)) if weighted else None
    rows = data(x, counts)
    bulk = Bulk.of(rows)
    asked = Requirement(start.parameters["mean"] - bulk.shift, start.parameters["sd"])
    made = []
    for compiled in (False, True):
        monkeypatch.setattr("core.kernels.ready", lambda cells, compiled=compiled: compiled)
        made.append(pressed(rows, bulk, [asked]).data)
    assert len(made[0]) == len(made[1])
    scale = np.maximum(np.abs(made[0].column), 1e-3)
    np.testing.assert_allclose(made[1].column / scale, made[0].column / scale, atol=1e-8)
    np.testing.assert_allclose(made[1].counts.sum(), made[0].counts.sum(), rtol=1e-13)
    one = [log_likelihood(Problem(nodes), mixture([1.0], [bulk.low], [bulk.high - bulk.low])) for nodes in made]
    assert one[0] == pytest.approx(one[1], rel=1e-12)


@pytest.mark.slow
def test_millions_of_equal_rows_are_still_one_value():
    heaps = np.repeat([0.1, 0.3, 7.7], [3_000_000, 1_000_000, 1_000])
    nodes = nodes_of(heaps, Requirement(np.array([0.0]), np.array([1.0])))
    np.testing.assert_allclose(nodes.data.column, [0.1, 0.3, 7.7], rtol=1e-12)
    np.testing.assert_allclose(nodes.data.counts, [3_000_000, 1_000_000, 1_000])
