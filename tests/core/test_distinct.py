"""Values that repeat, each once with its count."""

import numpy as np
import pytest
from cases import data

from core import Data
from core.distinct import BLOCK_ROWS, distinct

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [200, BLOCK_ROWS + 1000, 3 * BLOCK_ROWS])
@pytest.mark.parametrize("weighted", [False, True])
def test_whole_numbers_are_counted_whatever_the_number_of_rows(n, weighted):
    values = RNG.poisson(6.0, n).astype(float)
    counts = RNG.integers(0, 4, n).astype(float) if weighted else np.ones(n)
    few = distinct(data(values, counts if weighted else None))
    held = np.unique(values[counts > 0])
    np.testing.assert_array_equal(few.column, held)
    np.testing.assert_allclose(few.counts, [counts[values == value].sum() for value in held], rtol=1e-13)
    assert few.n_samples == pytest.approx(counts.sum(), rel=1e-13)


def test_rounded_values_are_told_apart_to_the_last_bit():
    values = np.round(RNG.normal(size=20_000), 1) + 0.1
    few = distinct(data(values))
    np.testing.assert_array_equal(few.column, np.unique(values))


def test_values_that_seldom_repeat_stay_rows():
    assert distinct(data(RNG.normal(size=1000))) is None
    assert distinct(data(np.repeat(RNG.normal(size=1000), 2))) is None


def test_values_that_only_seem_to_repeat_stay_rows():
    values = RNG.normal(size=100_000)
    values[::5] = 1.0  # where it is looked first
    assert distinct(data(values)) is None


def test_several_columns_stay_rows():
    assert distinct(Data(np.ones((50, 2)), ("a", "b"))) is None
