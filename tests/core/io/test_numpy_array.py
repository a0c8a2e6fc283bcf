"""NumPy files: arrays of numbers are taken as they are, and nothing in them is ever executed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.io import read_table


class Canary:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickled_object_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([Canary(tmp_path / "unpickled")], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickled"):
        read_table(tmp_path / "a.npy")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("dtype", ["f8", "f4", ">f8", "i4", "u1", "f2"])
def test_every_kind_of_number_becomes_a_double(dtype: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1, 2, 3], dtype=dtype))
    data = read_table(tmp_path / "a.npy").data()
    assert data.column.tolist() == [1, 2, 3]
    assert data.column.dtype == np.float64


@pytest.mark.parametrize("order", ["C", "F"])
def test_two_dimensions_are_rows_of_columns(order: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], order=order))  # type: ignore[call-overload]
    table = read_table(tmp_path / "a.npy")
    assert table.n_rows == 3
    assert table.data("column 2").column.tolist() == [2, 4, 6]
    assert table.preview[0] == ("1", "2")


def test_what_is_not_finite_is_left_out_by_row(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1, np.nan, np.inf, 4]))
    table = read_table(tmp_path / "a.npy")
    assert [(cell.row, cell.reason) for cell in table.columns[0].left_out] == [(2, "missing"), (3, "missing")]
    assert table.data().column.tolist() == [1, 4]
    assert table.notes == ("2 missing in column 1.",)


def test_whole_numbers_of_more_digits_than_a_double_has_are_rounded_and_counted(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([2**53 + 1, 2**60, 2**63 - 1, 5]))
    table = read_table(tmp_path / "a.npy")
    assert table.data().column.tolist() == [2.0**53, 2.0**60, 2.0**63, 5]
    assert len(table.notes) == 1
    assert table.notes[0].startswith("2 whole numbers")


def test_each_column_of_two_is_chosen_by_its_place(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    table = read_table(tmp_path / "a.npy")
    with pytest.raises(InputError, match="one must be chosen: column 1, column 2"):
        table.data()
    assert table.data("column 1", "column 2").values.tolist() == [[1, 2], [3, 4]]
