"""Columns of a table as data: one or several of them, with frequencies or reliabilities, every row accounted for."""

import numpy as np
import pytest

from core import FitOptions, InputError, fit
from core.data import LeftOut
from core.io import read_table
from core.samples import FOLDER
from core.table import Column, Table

NAN = float("nan")


def table(**columns):
    made, n_rows = [], 0
    for name, cells in columns.items():
        values, n_rows = np.array(cells, dtype=float), len(cells)
        bad = tuple(LeftOut(i + 1, name, "missing", "") for i in np.flatnonzero(np.isnan(values)))
        made.append(Column(name, values, len(bad), bad))
    return Table("rows.csv", "", "", n_rows, tuple(made))


def test_a_row_with_a_bad_cell_in_any_column_is_left_out_once():
    data = table(x=[1, NAN, 3, NAN, 5], y=[1, 2, NAN, NAN, 6]).data("x", "y")
    assert data.values.tolist() == [[1, 1], [5, 6]]
    assert data.rows.tolist() == [1, 5]
    assert data.n_left_out == 3
    assert [(cell.row, cell.column) for cell in data.left_out] == [(2, "x"), (3, "y"), (4, "x")]


def test_columns_stand_in_the_order_they_are_asked_for():
    data = table(x=[1, 2, 4], y=[5, 6, 8]).data("y", "x")
    assert data.columns == ("y", "x")
    assert data.values[0].tolist() == [5, 1]


def test_a_count_of_0_is_no_row_not_even_one_left_out():
    data = table(x=[1, 2, NAN, NAN, 5], n=[2, 0, 0, 3, 4]).data("x", counts="n")
    assert data.column.tolist() == [1, 5]
    assert data.counts.tolist() == [2, 4]
    assert data.n_samples == 6
    assert data.n_left_out == 1
    assert [cell.row for cell in data.left_out] == [4]
    assert (data.counted_by, data.weighted_by) == ("n", "")


def test_weights_are_scaled_to_mean_1_over_the_rows_that_have_any():
    data = table(x=[1, 2, 3, NAN], w=[10, 0, 30, 5]).data("x", weights="w")
    assert data.column.tolist() == [1, 3]
    assert data.counts == pytest.approx([0.5, 1.5])
    assert data.n_samples == pytest.approx(2)
    assert data.weighted_by == "w"


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e300])
def test_scaling_all_weights_changes_nothing(scale):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=50), rng.uniform(0, 2, 50)
    plain, scaled = table(x=x, w=w).data("x", weights="w"), table(x=x, w=w * scale).data("x", weights="w")
    np.testing.assert_allclose(scaled.counts, plain.counts, rtol=1e-13)


def test_weights_of_1_are_no_weights_and_counts_are_repeated_rows():
    rng = np.random.default_rng(2)
    x, n = rng.normal(size=40).round(1), rng.integers(0, 4, 40)
    options = FitOptions(max_iterations=20)
    bare, _ = fit(table(x=x).data("x"), options)
    ones, _ = fit(table(x=x, w=np.ones(40)).data("x", weights="w"), options)
    assert ones.log_likelihood == bare.log_likelihood
    assert ones.bic == bare.bic
    counted, _ = fit(table(x=x, n=n).data("x", counts="n"), options, bare.mixture)
    repeated, _ = fit(table(x=np.repeat(x, n)).data("x"), options, bare.mixture)
    assert counted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-12)
    assert counted.icl == pytest.approx(repeated.icl, rel=1e-9)
    assert counted.mixture.parameters["sd"] == pytest.approx(repeated.mixture.parameters["sd"], rel=1e-9)


def test_the_column_of_counts_is_not_taken_for_the_one_to_fit():
    assert table(x=[1, 2], n=[1, 2]).data(counts="n").columns == ("x",)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        ({"counts": "half"}, "Counts must be whole numbers from 0 up, but “half” is 0.5 in row 2"),
        ({"counts": "minus"}, "Counts .* “minus” is -1 in row 1"),
        ({"counts": "gap"}, "“gap” holds no usable number in row 2"),
        ({"weights": "minus"}, "Weights must be numbers from 0 up, but “minus” is -1 in row 1"),
        ({"weights": "gap"}, "“gap” holds no usable number in row 2"),
        ({"weights": "zero"}, "No row of rows.csv has a number above 0 in “zero”"),
        ({"counts": "x"}, "two roles"),
        ({"counts": "nowhere"}, "no column “nowhere”"),
    ],
)
def test_what_cannot_count_or_weigh_is_said_with_its_row(ask, sentence):
    rows = table(x=[1, 2, 3], half=[1, 0.5, 1], minus=[-1, 1, 1], gap=[1, NAN, 1], zero=[0, 0, 0])
    with pytest.raises(InputError, match=sentence):
        rows.data("x", **ask)


def test_the_same_column_twice_is_refused():
    with pytest.raises(InputError, match="named twice"):
        table(x=[1, 2]).data("x", "x")


def test_a_file_is_read_into_several_columns():
    data = read_table(FOLDER / "faithful.csv").data("eruptions", "waiting")
    assert data.values.shape == (272, 2)
    assert data.n_features == 2
