"""Data hold what they were given, whole, and cannot be changed."""

import numpy as np
import pytest

from core import Data


def test_rows_keep_their_numbers_in_the_file():
    rows = Data(np.array([1.0, 2.0, 3.0]), ("x",), rows=np.array([2, 5, 6]))
    assert [rows.row_number(i) for i in range(3)] == [2, 5, 6]
    assert [Data(np.array([1.0, 2.0]), ("x",)).row_number(i) for i in range(2)] == [1, 2]


def test_a_row_with_count_0_is_no_row():
    rows = Data(np.array([9.0, 2.0, 3.0, 9.0]), ("x",), counts=np.array([0.0, 2.0, 1.0, 0.0]))
    assert len(rows) == 2
    assert rows.n_samples == 3.0
    assert (rows.minimum[0], rows.maximum[0]) == (2.0, 3.0)
    assert [rows.row_number(i) for i in range(2)] == [2, 3]


def test_arrays_are_read_only():
    rows = Data(np.array([1.0, 2.0]), ("x",), counts=np.array([1.0, 2.0]))
    for array in (rows.values, rows.counts, rows.column):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0


def test_counts_are_frequencies_in_mean_and_sd():
    counted = Data(np.array([1.0, 2.0, 7.0]), ("x",), counts=np.array([3.0, 1.0, 2.0]))
    written = np.array([1.0, 1.0, 1.0, 2.0, 7.0, 7.0])
    assert counted.mean[0] == pytest.approx(written.mean())
    assert counted.sd[0] == pytest.approx(written.std())


@pytest.mark.parametrize(
    ("values", "more", "complaint"),
    [
        ([1.0, np.nan], {}, "finite"),
        ([1.0, np.inf], {}, "finite"),
        ([], {}, "at least one row"),
        ([1.0, 2.0], {"counts": np.zeros(2)}, "at least one row"),
        ([1.0, 2.0], {"counts": np.array([1.0, -1.0])}, "not negative"),
        ([1.0, 2.0], {"counts": np.array([1.0])}, "counts must have one entry"),
        ([1.0, 2.0], {"rows": np.array([1])}, "rows must have one entry"),
        ([[1.0, 2.0]], {}, "do not fit 1 column"),
    ],
)
def test_what_fits_nothing_is_refused(values, more, complaint):
    with pytest.raises(ValueError, match=complaint):
        Data(np.array(values), ("x",), **more)
