"""MATLAB: vectors lie side by side however they are turned, fields have dotted names, and objects stay closed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.io import savemat
from scipy.sparse import csc_array

from core.errors import InputError
from core.table import Table
from tests.fuzzing.checking import check

ReadBytes = Callable[..., Table]
X, Y = np.array([1.5, 2.5, 3.5]), np.array([10, 20, 30])


def mat(packed: bool = False, **named: Any) -> bytes:
    file = io.BytesIO()
    savemat(file, named, do_compression=packed)
    return file.getvalue()


def mat_73(fill: Callable[[Any], object]) -> bytes:
    """A file of version 7.3: HDF5 behind 512 bytes of MATLAB's own."""
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as content:
        fill(content)
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    return head + file.getvalue()[len(head) :]


@pytest.mark.parametrize("packed", [False, True])
def test_rows_and_columns_of_one_length_lie_side_by_side(packed: bool, read_bytes: ReadBytes) -> None:
    table = read_bytes(mat(packed, x=X.reshape(1, 3), y=Y.reshape(3, 1), n=5, name="text"), "a.csv")
    assert table.format == "matlab"
    assert [column.name for column in table.columns] == ["x", "y"]
    assert table.data("y").column.tolist() == [10, 20, 30]
    assert table.notes == ("Passed over in the file: n, name.",)


def test_fields_of_structures_have_dotted_names(read_bytes: ReadBytes) -> None:
    table = read_bytes(mat(s={"x": X, "deep": {"y": Y, "cell": np.array([X, "a"], dtype=object)}}))
    assert [column.name for column in table.columns] == ["s.x", "s.deep.y"]
    assert table.data("s.deep.y").column.tolist() == [10, 20, 30]


def test_a_matrix_is_rows_of_columns(read_bytes: ReadBytes) -> None:
    table = read_bytes(mat(m=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])))
    assert table.data("column 2").column.tolist() == [2, 4, 6]


def test_of_several_tables_one_is_named(read_bytes: ReadBytes) -> None:
    content = mat(x=X, m=np.ones((4, 2)), s={"z": np.arange(5.0)})
    with pytest.raises(InputError, match=r"holds 3 tables.*x \(1 × 3\), m \(4 × 2\), s.z \(1 × 5\)"):
        read_bytes(content)
    assert read_bytes(content, sheet="s.z").data().column.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match=r"no “q”; it holds: x, m, s\.z"):
        read_bytes(content, sheet="q")


def test_cells_and_sparse_matrices_say_what_they_are(read_bytes: ReadBytes) -> None:
    with pytest.raises(InputError, match=r"c .1.: a cell array; save"):
        read_bytes(mat(c=np.array([X, "a"], dtype=object)))
    with pytest.raises(InputError, match=r"a sparse matrix; save it with full\(\)"):
        read_bytes(mat(c=csc_array(np.eye(3))))


def test_a_list_of_structures_is_a_row_for_each(read_bytes: ReadBytes) -> None:
    rows = np.array([(1.5, "a", X), (2.5, "b", Y), (3.5, "a", X)], dtype=[("x", "O"), ("s", "O"), ("more", "O")])
    table = read_bytes(mat(r=rows))
    assert [column.name for column in table.columns] == ["r.x", "r.s"]
    assert table.data().column.tolist() == [1.5, 2.5, 3.5]
    assert table.notes == ("Passed over in the file: r.more.",)


def test_version_7_3_is_turned_the_right_way(read_bytes: ReadBytes) -> None:
    def fill(file: Any) -> None:
        file["x"] = X.reshape(3, 1)
        file["s/y"] = Y.reshape(1, 3)
        file["m"] = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
        file["name"] = np.array([[97], [98], [99]], dtype="u2")
        file["name"].attrs["MATLAB_class"] = np.bytes_(b"char")
        file["empty"] = np.array([0, 0], dtype="u8")
        file["empty"].attrs["MATLAB_empty"] = 1
        file["#refs#/a"] = X

    content = mat_73(fill)
    with pytest.raises(InputError, match=r"holds 2 tables.*m \(4 × 2\), s\.y \(3 × 1\) and x \(1 × 3\)"):
        read_bytes(content)
    assert read_bytes(content, sheet="m").data("column 2").column.tolist() == [5, 6, 7, 8]
    table = read_bytes(content, sheet="x")
    assert [column.name for column in table.columns] == ["s.y", "x"]
    assert table.data("x").column.tolist() == X.tolist()
    with pytest.raises(InputError, match="damaged"):
        read_bytes(content[:900])


def test_a_variable_that_unpacks_to_many_times_the_file_is_refused_unpacked(read_bytes: ReadBytes) -> None:
    packed = zlib.compress(bytes(100_000_000), 1)
    content = mat(x=X)[:128] + struct.pack("<II", 15, len(packed)) + packed
    with pytest.raises(InputError, match="times its size"):
        read_bytes(content)


def test_damage_is_a_sentence(read_bytes: ReadBytes) -> None:
    for content in (mat(x=X), mat(True, x=np.arange(1000.0))):
        with pytest.raises(InputError, match="damaged MATLAB file"):
            read_bytes(content[:-9])
        with pytest.raises(InputError, match=r"damaged MATLAB file|no array"):
            read_bytes(content[:150] + b"\xff" * 40 + content[190:])


@pytest.mark.parametrize("byte", [0x00, 0x7F, 0xA2, 0xFF])
def test_sizes_that_cannot_be_are_a_sentence(byte: int, tmp_path: Path) -> None:
    content = mat(x=X, s={"y": Y, "t": "text"}, c=np.array([X, "a"], dtype=object))
    for place in range(128, len(content), 3):
        (tmp_path / "a.mat").write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
        check(tmp_path / "a.mat")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=arrays(st.sampled_from(["f8", "f4", "i2", "u8", "i4", "u1"]), st.integers(2, 40)), packed=st.booleans())
def test_the_numbers_that_were_saved_are_read(x: np.ndarray[Any, Any], packed: bool, read_bytes: ReadBytes) -> None:
    column = read_bytes(mat(packed, x=x)).columns[0]
    expected = np.where(np.isfinite(x.astype(float)), x.astype(float), np.nan)
    if column.values is None:
        assert np.isnan(expected).all()
    else:
        np.testing.assert_array_equal(column.values, expected)
