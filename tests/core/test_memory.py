"""No fit keeps an array of rows by components."""

import tracemalloc
from importlib import import_module

import numpy as np
import pytest
from cases import data

from core import FitOptions, fit, kernels


def added(n, **options):
    """Largest number of bytes that a fit takes beside the data."""
    values = np.random.default_rng(0).normal(size=n)
    values[: n // 2] += 4.0
    rows = data(values)
    if kernels.ready(n):
        import_module("core.kernels.normal")  # numba and all of its code: as much for any number of rows
        import_module("core.kernels.grid")
    tracemalloc.start()
    try:
        fit(rows, FitOptions(n_components=5, max_iterations=2, **options))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("start", ["kmeans", "quantiles", "random"])
def test_a_million_rows_and_five_components_take_little_beside_themselves(start):
    assert added(1_000_000, start=start) < 30e6, "rows by components alone would be 40 MB"


@pytest.mark.slow
def test_restarts_take_no_more_than_a_part_of_the_rows(monkeypatch):
    monkeypatch.setattr("core.scouting.LED", 6)  # each takes as much as any other
    assert added(1_000_000, restarts=3) < 40e6


def test_ten_million_rows_and_five_components_take_less_than_100_mb_beside_themselves():
    assert added(10_000_000) < 100e6
