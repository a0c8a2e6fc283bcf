"""The exponential and the logarithm that are inlined, beside NumPy's."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

numba = pytest.importorskip("numba")

FLAGS = {"reassoc", "contract", "nsz"}
"""Flags of the loops around, which must not reach into what is inlined."""


@pytest.fixture(scope="module")
def loops():
    from core.kernels import exponential

    @numba.njit("void(float64[::1], float64[::1])", error_model="numpy", fastmath=FLAGS)
    def exp(x, out):
        for i in range(len(x)):
            out[i] = exponential.exp(x[i])

    @numba.njit("void(float64[::1], float64[::1])", error_model="numpy", fastmath=FLAGS)
    def log(x, out):
        for i in range(len(x)):
            out[i] = exponential.log(x[i])

    return {"exp": exp, "log": log}


def of(loop, numbers):
    out = np.empty_like(numbers)
    loop(numbers, out)
    return out


def ulps_apart(ours, theirs):
    return np.max(np.abs(ours - theirs) / np.spacing(np.abs(theirs)))


@given(st.lists(st.floats(-708.0, 709.78), min_size=1, max_size=40))
def test_exp_is_within_two_units_of_the_last_place_of_numpy(loops, numbers):
    x = np.array(numbers)
    assert ulps_apart(of(loops["exp"], x), np.exp(x)) <= 2


@given(st.lists(st.floats(5e-324, 1.7e308), min_size=1, max_size=40))
def test_log_is_within_two_units_of_the_last_place_of_numpy(loops, numbers):
    x = np.array(numbers)
    assert ulps_apart(of(loops["log"], x), np.log(x)) <= 2


@pytest.mark.parametrize("width", [1e-6, 1.0, 40.0, 708.0])
def test_exp_holds_on_many_numbers(loops, width):
    x = np.random.default_rng(1).uniform(-width, width, 100_003)
    assert ulps_apart(of(loops["exp"], x), np.exp(x)) <= 2


@pytest.mark.parametrize("factor", [1.0001, 2.0, 1e300])
def test_log_holds_on_many_numbers(loops, factor):
    x = factor ** np.random.default_rng(2).uniform(-1.0, 1.0, 100_003)
    assert ulps_apart(of(loops["log"], x), np.log(x)) <= 2


def test_exp_ends_where_float64_ends(loops):
    x = np.array([0.0, -0.0, -708.1, -1e300, -np.inf, np.inf, 709.79, 1e300, np.nan])
    assert_array_equal(of(loops["exp"], x), [1.0, 1.0, 0.0, 0.0, 0.0, np.inf, np.inf, np.inf, np.nan])


def test_log_ends_where_float64_ends(loops):
    x = np.array([1.0, 0.0, -0.0, np.inf, -1.0, -np.inf, np.nan])
    assert_array_equal(of(loops["log"], x), [0.0, -np.inf, -np.inf, np.inf, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("name", ["exp", "log"])
def test_the_loops_call_no_library_and_are_vectorised_where_there_are_vectors(loops, name):
    (assembly,) = loops[name].inspect_asm().values()
    assert not re.search(rf"\b(call|bl)\S*\s+.*\b{name}\b", assembly)
    if "ymm" in assembly or "zmm" in assembly:
        assert re.search(r"v\w+pd\s+.*%[yz]mm", assembly)
