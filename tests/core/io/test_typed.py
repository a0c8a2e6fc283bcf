"""Cells that have types already: what counts as a number, and that no cell is lost."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import LEFT_OUT_LISTED
from core.io.numbers import missing_texts
from core.io.typed import Typed, n_rounded, of_array, of_codes, of_objects, table_of


def _left_out(typed: Typed) -> list[tuple[int, str, str]]:
    return [(cell.row, cell.reason, cell.text) for cell in typed.column.left_out]


def _values(typed: Typed) -> list[float]:
    assert typed.column.values is not None
    return typed.column.values[np.isfinite(typed.column.values)].tolist()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["NA", "1.5", " 2 ", "1e999", "1,5", "abc", ""]),
    st.dates(),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(CELLS, min_size=1, max_size=60))
def test_every_cell_is_a_number_or_is_counted(cells: list[object]) -> None:
    typed = of_objects("x", cells)
    column = typed.column
    assert sum(typed.counts.values()) == len(cells)
    if column.values is None:
        assert column.why_not
        return
    assert int(np.isfinite(column.values).sum()) + column.n_left_out == len(cells)
    assert [cell.row for cell in column.left_out] == (np.flatnonzero(np.isnan(column.values)) + 1).tolist()
    assert column.n_unreadable == sum(cell.reason != "missing" for cell in column.left_out)


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**53), 2**53)), min_size=1))
def test_plain_numbers_mean_the_same_with_and_without_a_text_among_them(cells: list[float | None]) -> None:
    cells = [1.0, *cells]
    plain, mixed = of_objects("x", cells), of_objects("x", [*cells, "NA"])
    assert _values(plain) == _values(mixed)
    assert [(row, reason) for row, reason, _ in _left_out(plain)] == [
        (row, reason) for row, reason, _ in _left_out(mixed) if row <= len(cells)
    ][: len(plain.column.left_out)]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_that_lose_digits_are_counted(numbers: list[int]) -> None:
    expected = sum(int(float(number)) != number for number in numbers)
    assert n_rounded(np.array(numbers, dtype=np.int64)) == expected
    assert of_array("x", np.array(numbers, dtype=np.int64)).n_rounded == expected
    assert of_objects("x", numbers).n_rounded == expected


def test_numbers_that_were_rounded_are_told_of(tmp_path: Path) -> None:
    table = table_of(
        tmp_path / "a", "test", [of_objects("id", [2**53 + 1, 1]), of_objects("n", [2**60 + 1, 2**61 + 1])]
    )
    assert table.notes == (
        "1 whole number in id has more digits than can be kept, and was rounded.",
        "2 whole numbers in n have more digits than can be kept, and were rounded.",
    )


def test_texts_are_numbers_as_in_a_text_file() -> None:
    typed = of_objects("x", ["1", " 2.5e1 ", "NA", "", "1e999", "1,5", 3, -999], missing_texts(["-999"]))
    assert _values(typed) == [1, 25, 3]
    assert _left_out(typed) == [
        (3, "missing", "NA"),
        (4, "missing", ""),
        (5, "too large to store", "1e999"),
        (6, "not a number", "1,5"),
        (8, "missing", "-999"),
    ]
    assert typed.column.n_unreadable == 2
    assert _values(of_objects("x", ["1,5", "2,5"], decimal=",")) == [1.5, 2.5]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (True, "booleans"),
        (date(2020, 1, 2), "dates"),
        (time(1, 2), "clock times"),
        (timedelta(hours=1), "durations"),
        (1j, "complex numbers"),
        ([1, 2], "nested values"),
        ({"a": 1}, "nested values"),
        ("alice", "words"),
    ],
)
def test_what_is_no_number_is_named(cell: object, words: str) -> None:
    column = of_objects("x", [None, cell, cell]).column
    assert column.values is None
    assert column.why_not.startswith(f"{words}: row 2 is “")


def test_half_a_column_of_numbers_is_numeric_and_less_is_not() -> None:
    assert of_objects("x", [1, "a", None, 2, "b"]).column.is_numeric
    assert not of_objects("x", [1, "a", None, "b"]).column.is_numeric


def test_few_distinct_texts_are_levels_and_many_can_be_asked_for() -> None:
    levels = of_objects("x", ["m", "f", None, " m "]).column.levels
    assert levels is not None
    assert levels.names == ("f", "m")
    assert levels.codes.tolist() == [1, 0, -1, 1]
    many = of_objects("x", [*(f"n{i}" for i in range(30)), None]).column
    assert many.levels is None
    assert many.texts is not None
    assert many.texts()[28:] == ["n28", "n29", None]


@given(st.lists(st.sampled_from([1.0, 2.5, -3.0, np.nan, np.inf]), min_size=1))
def test_levels_of_numbers_lead_back_to_them(numbers: list[float]) -> None:
    levels = of_array("x", np.array(numbers)).column.levels
    finite = [number for number in numbers if np.isfinite(number)]
    if levels is None:
        assert not finite
        return
    assert [float(levels.names[code]) for code in levels.codes if code >= 0] == finite


def test_absent_cells_of_an_array_are_missing_and_what_it_is_a_view_of_stays() -> None:
    cells = np.array([1.0, np.inf, 3.0, -999.0])
    cells.flags.writeable = False
    typed = of_array("x", cells, np.array([True, False, False, False]), missing_texts(["-999"]))
    assert _left_out(typed) == [(1, "missing", ""), (2, "missing", "inf"), (4, "missing", "-999")]
    assert typed.first == ("", "inf", "3", "-999")
    assert cells.tolist() == [1.0, np.inf, 3.0, -999.0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (np.array([True, False]), "booleans"),
        (np.array(["a", "b"]), "words"),
        (np.array([b"a", b"\xff"]), "words"),
        (np.array(["2020-01-01", "NaT"], dtype="M8[D]"), "dates"),
        (np.array([1, 2], dtype="m8[s]"), "durations"),
        (np.array([1j]), "complex"),
        (np.zeros(2, dtype=[("a", "f8")]), "records"),
    ],
)
def test_arrays_of_other_things_are_no_columns_of_numbers(cells: np.ndarray, words: str) -> None:
    column = of_array("x", cells).column
    assert column.values is None
    assert words in column.why_not


def test_a_number_wider_than_a_double_is_too_large() -> None:
    wide = np.array(["1e4000", "2"], dtype=np.longdouble)
    if not np.isfinite(wide[0]):
        pytest.skip("this machine knows no wider numbers")
    assert [reason for _, reason, _ in _left_out(of_array("x", wide))] == ["too large to store"]


def test_codes_stand_for_their_cells() -> None:
    typed = of_codes("x", ["1", "b", "NA", " 1 ", "2"], np.array([0, 1, 2, 3, 4, -1]))
    assert _values(typed) == [1, 1, 2]
    assert _left_out(typed) == [(2, "not a number", "b"), (3, "missing", "NA"), (6, "missing", "")]
    levels = typed.column.levels
    assert levels is not None
    assert levels.names == ("1", "2", "b")
    assert levels.codes.tolist() == [0, 2, -1, 0, 1, -1]


def test_the_first_cells_left_out_are_listed_and_all_are_counted() -> None:
    column = of_objects("x", [*range(1000), *["a"] * 150]).column
    assert column.n_left_out == 150
    assert [cell.row for cell in column.left_out] == list(range(1001, 1001 + LEFT_OUT_LISTED))
