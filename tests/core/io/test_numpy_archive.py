"""NumPy's archives: vectors of one length are columns, nothing is unpickled, and no bomb goes off."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import InputError
from core.io.arrays import SeveralTablesError
from core.table import Table

ReadBytes = Callable[..., Table]
X, Y = np.array([1.5, 2.5, 3.5]), np.array([10, 20, 30])


def npz(packed: bool = False, **named: Any) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **named)
    return file.getvalue()


class Canary:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("packed", [False, True])
def test_vectors_of_one_length_are_columns_by_their_names(packed: bool, read_bytes: ReadBytes) -> None:
    table = read_bytes(npz(packed, x=X, y=Y, label=np.array(["a", "b", "a"])), "a.npz")
    assert table.format == "npz"
    assert [column.name for column in table.columns] == ["x", "y", "label"]
    assert table.data("y").column.tolist() == [10, 20, 30]
    assert table.columns[2].levels is not None
    assert table.columns[2].levels.names == ("a", "b")


@pytest.mark.parametrize("order", ["C", "F"])
def test_two_dimensions_are_rows_of_columns(order: Any, read_bytes: ReadBytes) -> None:
    table = read_bytes(npz(m=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], order=order)))
    assert table.data("column 2").column.tolist() == [2, 4, 6]


def test_a_single_row_or_column_is_a_vector(read_bytes: ReadBytes) -> None:
    table = read_bytes(npz(x=X.reshape(1, 3), y=Y.reshape(3, 1)))
    assert [column.name for column in table.numeric] == ["x", "y"]


def test_records_are_columns_by_the_names_of_their_fields(read_bytes: ReadBytes) -> None:
    records = np.array([(1, [2.0, 3.0]), (4, [5.0, 6.0])], dtype=[("n", "i4"), ("place", "f8", 2)])
    table = read_bytes(npz(r=records))
    assert [column.name for column in table.columns] == ["n", "place 1", "place 2"]
    assert table.data("place 2").column.tolist() == [3, 6]


def test_of_arrays_of_several_lengths_one_is_named(read_bytes: ReadBytes) -> None:
    content = npz(x=X, w=Y, centres=np.array([1.0, 2.0]), m=np.ones((4, 2)))
    with pytest.raises(
        SeveralTablesError, match=r"3 tables.*x \(3\) and w \(3\), centres \(2\), m \(4 × 2\)"
    ) as caught:
        read_bytes(content)
    assert caught.value.names == ("x", "centres", "m")
    assert read_bytes(content, sheet="centres").data().column.tolist() == [1, 2]
    table = read_bytes(content, sheet="w")
    assert [column.name for column in table.columns] == ["x", "w"]
    assert table.dialect.sheet == "x"
    with pytest.raises(InputError, match=r"no “z”; it holds: x, w, centres, m"):
        read_bytes(content, sheet="z")


def test_what_is_no_column_is_passed_over_with_a_note(read_bytes: ReadBytes) -> None:
    table = read_bytes(npz(x=X, cube=np.zeros((2, 2, 2)), one=np.float64(5), nothing=np.zeros(0)))
    assert table.data().column.tolist() == X.tolist()
    assert table.notes == ("Passed over in the file: cube, one, nothing.",)
    with pytest.raises(InputError, match="3 dimensions"):
        read_bytes(npz(cube=np.zeros((2, 2, 2))))


def test_a_pickled_object_is_never_unpickled(tmp_path: Path, read_bytes: ReadBytes) -> None:
    array = np.array([Canary(tmp_path / "unpickled")], dtype=object)
    records = np.array([(1.0, Canary(tmp_path / "unpickled"))], dtype=[("x", "f8"), ("o", "O")])
    for content in (npz(a=array), npz(a=records)):
        with pytest.raises(InputError, match="never opened"):
            read_bytes(content)
        with pytest.raises(InputError, match="never opened"):
            read_bytes(content, sheet="a")
    assert not (tmp_path / "unpickled").exists()


def test_an_archive_that_unpacks_to_many_times_its_size_is_refused_unpacked(read_bytes: ReadBytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as stream:
        np.lib.format.write_array_header_1_0(  # type: ignore[no-untyped-call]
            stream, {"descr": "<f8", "fortran_order": False, "shape": (1 << 24,)}
        )
        for _ in range(128):
            stream.write(bytes(1 << 20))
    with pytest.raises(InputError, match="times its size"):
        read_bytes(file.getvalue())


@pytest.mark.parametrize("shape", ["(9999999999,)", "(-1,)", "(2, -3)", "('x',)", "3", "(1" * 5000])
def test_a_header_that_promises_something_else_is_damage(shape: str, read_bytes: ReadBytes) -> None:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + X.tobytes())
    with pytest.raises(InputError, match="damaged"):
        read_bytes(file.getvalue())


def test_signs_that_do_not_exist_are_replaced(read_bytes: ReadBytes) -> None:
    signs = np.array([[97, 0xFFFFFFFF], [0xD800, 98]], dtype="u4")
    table = read_bytes(npz(x=X[:2], s=signs.view("U2")[:, 0]))
    assert table.columns[1].levels is not None
    assert table.columns[1].levels.names == ("a\ufffd", "\ufffdb")


def test_other_archives_are_refused(read_bytes: ReadBytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", npz(x=X))
    with pytest.raises(InputError, match="does not write"):
        read_bytes(file.getvalue())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=arrays(st.sampled_from(["f8", ">f8", "f4", "i2", "u8", ">i4", "?"]), st.integers(1, 40)), packed=st.booleans())
def test_the_numbers_that_were_saved_are_read(x: np.ndarray[Any, Any], packed: bool, read_bytes: ReadBytes) -> None:
    column = read_bytes(npz(packed, x=x)).columns[0]
    if x.dtype.kind == "b":
        assert "booleans" in column.why_not
        return
    with np.errstate(over="ignore"):
        expected = np.where(np.isfinite(x.astype(float)), x.astype(float), np.nan)
    if column.values is None:
        assert np.isnan(expected).all()
    else:
        np.testing.assert_array_equal(column.values, expected)
