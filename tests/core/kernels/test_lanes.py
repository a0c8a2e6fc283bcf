"""Several numbers at a time: each lane is what one number would be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

numba = pytest.importorskip("numba")


@pytest.fixture(scope="module")
def lanes():
    from core.kernels import lanes

    return lanes


@pytest.fixture(scope="module")
def loops(lanes):
    from core.kernels.lanes import LANES, larger, load, load_every, spread, store, total, zero_below

    @numba.njit("void(float64[::1], float64[::1], float64[:, ::1])", error_model="numpy")
    def worked_out(x, y, out):
        for i in range(0, len(x), LANES):
            a, b = load(x, i), load(y, i)
            for row, made in enumerate(
                (a + b, a - b, a * b, a / b, 1.0 - a, a * 0.5, larger(a, b), zero_below(a, 0.5, b), spread(2.0))
            ):
                store(out, row * len(x) + i, made)

    @numba.njit("void(float64[::1], float64[::1], float64[::1])", error_model="numpy")
    def exp_and_log(x, exps, logs):
        for i in range(0, len(x), LANES):
            store(exps, i, lanes.exp(load(x, i)))
            store(logs, i, lanes.log(load(exps, i)))

    @numba.njit("void(float64[:, ::1], float64[::1], float64[::1])", error_model="numpy")
    def columns(table, out, sums):
        for j in range(table.shape[1]):
            column = load_every(table, j, table.shape[1])
            store(out, j * LANES, column)
            sums[j] = total(column)

    return worked_out, exp_and_log, columns


@given(st.data())
def test_each_lane_is_what_numpy_makes_of_one_number(lanes, loops, data):
    numbers = arrays(np.float64, 2 * lanes.LANES, elements=st.floats(-1e100, 1e100))
    x, y = data.draw(numbers), data.draw(numbers)
    out = np.empty((9, len(x)))
    loops[0](x, y, out)
    with np.errstate(all="ignore"):
        expected = [x + y, x - y, x * y, x / y, 1.0 - x, x * 0.5, np.maximum(x, y), np.where(x < 0.5, 0.0, y)]
    assert_array_equal(out, [*expected, np.full(len(x), 2.0)])


def test_the_exponential_and_the_logarithm_are_within_two_units_of_the_last_place(lanes, loops):
    x = np.random.default_rng(1).uniform(-700.0, 700.0, 1000 * lanes.LANES)
    exps, logs = np.empty_like(x), np.empty_like(x)
    loops[1](x, exps, logs)
    assert_allclose(exps, np.exp(x), rtol=5e-16)
    assert_allclose(logs, np.log(exps), rtol=5e-16)


def test_the_exponential_is_0_far_below_and_nan_of_nan(lanes, loops):
    x = np.resize([0.0, -708.1, -np.inf, np.nan], lanes.LANES)
    exps, logs = np.empty_like(x), np.empty_like(x)
    loops[1](x, exps, logs)
    assert_array_equal(exps[:4], [1.0, 0.0, 0.0, np.nan])
    assert logs[0] == 0.0
    assert np.isnan(logs[3])


def test_a_column_of_a_table_is_loaded_and_summed_up(lanes, loops):
    table = np.arange(3.0 * lanes.LANES).reshape(lanes.LANES, 3)
    out, sums = np.empty(table.size), np.empty(3)
    loops[2](table, out, sums)
    assert_array_equal(out.reshape(3, -1), table.T)
    assert_array_equal(sums, table.sum(axis=0))
