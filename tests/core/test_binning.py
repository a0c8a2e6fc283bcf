"""Histograms of what rows are: values, bins, intervals, and values that are only known to lie beyond."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.binning import Histogram, counted, freedman_diaconis, has_own_bins
from core.data import Array, Data
from core.roles import Form

INF = float("inf")


def intervals(low: list[float], high: list[float], counts: list[float] | None = None) -> Data:
    ends = np.column_stack([low, high]).astype(float)
    with np.errstate(invalid="ignore"):
        middle = ends.mean(axis=1)
    values = np.where(np.isfinite(middle), middle, np.where(np.isfinite(ends[:, 0]), ends[:, 0], ends[:, 1]))
    form = Form(intervals=True, all_hidden=bool((ends[:, 0] < ends[:, 1]).all()))
    weights = None if counts is None else np.array(counts, dtype=float)
    return Data(values, ("x",), counts=weights, seen=ends, form=form)


def shown(data: Data) -> Histogram:
    return counted(data, freedman_diaconis(data))


def test_bins_stay_the_bins_they_are_and_open_ends_are_as_wide_as_their_neighbours() -> None:
    made = shown(intervals([-INF, 1.0, 2.0, 5.0], [1.0, 2.0, 5.0, INF], [4, 8, 6, 3]))
    assert made.edges.tolist() == [0.0, 1.0, 2.0, 5.0, 8.0]
    assert made.counts.tolist() == [4.0, 8.0, 6.0, 3.0]
    assert made.open_ends == (True, True)
    assert not made.is_even


def test_rows_per_width_are_the_areas_of_uneven_bins() -> None:
    made = shown(intervals([0.0, 1.0, 2.0], [1.0, 2.0, 5.0], [4, 8, 6]))
    assert made.width == 1.0
    assert made.heights.tolist() == [4.0, 8.0, 2.0]
    assert float((made.heights * made.widths).sum()) == pytest.approx(made.width * made.counts.sum())


def test_a_gap_between_bins_is_an_empty_bin() -> None:
    made = shown(intervals([0.0, 3.0], [1.0, 4.0], [4, 8]))
    assert made.edges.tolist() == [0.0, 1.0, 3.0, 4.0]
    assert made.counts.tolist() == [4.0, 0.0, 8.0]


def test_intervals_that_overlap_are_spread_over_what_they_reach_over() -> None:
    data = intervals([0.0, 0.0, 4.0], [4.0, 8.0, 8.0])
    assert not has_own_bins(data)
    made = counted(data, np.arange(0.0, 9.0, 2.0))
    assert made.counts.tolist() == [0.75, 0.75, 0.75, 0.75]


def test_censored_rows_are_no_counts_but_stand_where_they_were_last_seen() -> None:
    data = intervals([1.0, 2.5, 2.5, 3.0, -INF], [1.0, 2.5, INF, INF, 1.5])
    made = counted(data, np.arange(0.0, 5.0))
    assert made.counts.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert made.hidden is not None
    assert made.hidden.tolist() == [[0, 1, 0, 0], [0, 0, 1, 1]]


def test_data_whose_rows_are_values_are_counted_as_ever() -> None:
    data = Data(np.arange(20.0), ("x",))
    assert not has_own_bins(data)
    made = shown(data)
    assert (made.hidden, made.open_ends, made.is_even) == (None, (False, False), True)
    assert made.heights is made.counts


ENDS = st.lists(
    st.tuples(st.floats(-50, 50), st.sampled_from([0.0, 0.5, 7.0, INF]), st.booleans()), min_size=2, max_size=30
)


@given(ENDS)
def test_no_row_is_lost_or_counted_twice(ends: list[tuple[float, float, bool]]) -> None:
    low: list[float] = [-INF if is_left and length == INF else x for x, length, is_left in ends]
    high = [x if is_left and length == INF else x + length for x, length, is_left in ends]
    data = intervals(low, high)
    made = shown(data)
    hidden = 0.0 if made.hidden is None else float(made.hidden.sum())
    assert float(made.counts.sum()) + hidden == pytest.approx(len(ends))
    finite: Array = np.concatenate([np.array(low), np.array(high)])
    finite = finite[np.isfinite(finite)]
    assert made.edges[0] <= finite.min()
    assert made.edges[-1] >= finite.max()


def test_labels_are_counted_apart_in_bins_of_the_rows_own() -> None:
    data = intervals([0.0, 1.0, 0.0], [1.0, 2.0, 1.0], [4, 8, 6])
    made = counted(data, freedman_diaconis(data), np.array([0, 1, -1], dtype=np.int32), 2)
    assert made.counts.tolist() == [10.0, 8.0]
    assert made.levels is not None
    assert made.levels.tolist() == [[4.0, 0.0], [0.0, 8.0]]
