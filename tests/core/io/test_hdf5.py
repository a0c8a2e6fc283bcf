"""HDF5: datasets are columns or tables, nothing outside the file is opened, and no declared size is believed."""

from __future__ import annotations

import builtins
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import Cancelled, InputError
from core.io import read_table
from core.table import Table

ReadBytes = Callable[..., Table]
X, Y = np.array([1.5, 2.5, 3.5]), np.array([10, 20, 30])


def hdf5(fill: Callable[[Any], object]) -> bytes:
    """A file that a function has put something into."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def holding(**named: Any) -> bytes:
    return hdf5(lambda file: [file.create_dataset(name, data=data) for name, data in named.items()])


def test_datasets_of_one_length_are_columns_by_their_paths(read_bytes: ReadBytes) -> None:
    table = read_bytes(holding(**{"a/x": X, "a/y": Y, "label": [b"u", b"v", b"u"]}), "a.csv")
    assert table.format == "hdf5"
    assert [column.name for column in table.columns] == ["a/x", "a/y", "label"]
    assert table.data("a/y").column.tolist() == [10, 20, 30]
    assert table.columns[2].levels is not None
    assert table.columns[2].levels.names == ("u", "v")


def test_a_table_and_records_are_columns(read_bytes: ReadBytes) -> None:
    table = read_bytes(holding(m=np.array([[1.0, 2.0], [3.0, 4.0]])))
    assert table.data("column 2").column.tolist() == [2, 4]
    records = np.array([(1, 2.5, b"a"), (3, 4.5, b"b")], dtype=[("n", "i4"), ("x", "f8"), ("s", "S3")])
    table = read_bytes(holding(r=records))
    assert [column.name for column in table.columns] == ["n", "x", "s"]
    assert table.data("x").column.tolist() == [2.5, 4.5]


def test_texts_of_any_length_among_records_are_left_out_of_them(read_bytes: ReadBytes) -> None:
    kind = np.dtype([("x", "f8"), ("s", h5py.string_dtype())])
    table = read_bytes(holding(r=np.array([(1.5, "a"), (2.5, "b")], dtype=kind)))
    assert [column.name for column in table.columns] == ["x"]


def test_a_frame_of_pandas_has_the_names_of_its_columns(read_bytes: ReadBytes) -> None:
    def fill(file: Any) -> None:
        group = file.create_group("frame")
        group.attrs["pandas_type"] = "frame"
        group["axis0"] = np.array([b"x", b"y"])
        group["axis1"] = np.arange(3)
        group["block0_items"] = np.array([b"x", b"y"])
        group["block0_values"] = np.column_stack([X, Y])

    table = read_bytes(hdf5(fill))
    assert [column.name for column in table.columns] == ["x", "y"]
    assert table.data("x").column.tolist() == X.tolist()


def test_of_several_tables_one_is_named_by_its_path(read_bytes: ReadBytes) -> None:
    content = holding(**{"a/x": X, "b": np.ones(7), "one": 5.0})
    with pytest.raises(InputError, match=r"holds 2 tables.*a/x \(3\), b \(7\)"):
        read_bytes(content)
    for sheet in ("a/x", "/a/x"):
        table = read_bytes(content, sheet=sheet)
        assert table.data().column.tolist() == X.tolist()
        assert table.notes == ("Passed over in the file: b, one.",)
    with pytest.raises(InputError, match="no “c”; it holds: a/x, b, one"):
        read_bytes(content, sheet="c")


def test_nothing_outside_the_file_is_opened(tmp_path: Path, read_bytes: ReadBytes) -> None:
    (tmp_path / "secret.bin").write_bytes(X.tobytes())
    (tmp_path / "secret.h5").write_bytes(holding(x=X))

    def external(file: Any) -> None:
        file.create_dataset("x", shape=(3,), dtype="f8", external=[(str(tmp_path / "secret.bin"), 0, 24)])

    def virtual(file: Any) -> None:
        layout = h5py.VirtualLayout(shape=(3,), dtype="f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", shape=(3,))
        file.create_virtual_dataset("x", layout)

    for fill in (external, virtual):
        with pytest.raises(InputError, match="other files"):
            read_bytes(hdf5(fill))

    def linked(file: Any) -> None:
        file["x"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x")
        file["round"] = h5py.SoftLink("/")
        file["group/back"] = file["/"]

    with pytest.raises(InputError, match="no array"):
        read_bytes(hdf5(linked))


def test_a_size_that_is_only_declared_is_not_believed(read_bytes: ReadBytes) -> None:
    content = hdf5(lambda file: file.create_dataset("x", shape=(10**12,), dtype="f8", chunks=(1000,)))
    with pytest.raises(InputError, match="times its size"):
        read_bytes(content)


def test_texts_that_stand_for_more_than_the_file_holds_are_refused(read_bytes: ReadBytes) -> None:
    content = holding(s=["a" * 60_000, *("b" * 2_000)])
    lengths = [found.start() for found in re.finditer((60_000).to_bytes(4, "little"), content)]
    place = next(place for place in lengths if content[place + 4 : place + 12] != bytes(8))  # an address follows
    reference = content[place : place + 16]
    with pytest.raises(InputError, match="times its size"):
        read_bytes(content[:place] + reference * 2_001 + content[place + 16 * 2_001 :])


@pytest.mark.parametrize("userblock", [0, 512, 1024])
def test_texts_of_any_length_are_labels(userblock: int, read_bytes: ReadBytes) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=userblock) as content:
        content["x"] = np.arange(500.0)
        content["s"] = ["größe" * 50 * (i % 3) for i in range(500)]
        content.create_dataset("pieces", data=["a"] * 500, chunks=(100,))
    table = read_bytes(file.getvalue())
    assert table.columns[0].levels is not None
    assert table.columns[0].levels.names == ("größe" * 50, "größe" * 100)
    assert table.columns[0].levels.codes[:4].tolist() == [-1, 0, 1, -1]
    assert table.notes[0] == "Passed over in the file: pieces."


def test_a_filter_that_is_not_there_is_named(read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    content = hdf5(lambda file: file.create_dataset("x", data=X, compression="gzip"))
    assert read_bytes(content).data().column.tolist() == X.tolist()
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda code: False)
    with pytest.raises(InputError, match=r"filter that is not installed .deflate"):
        read_bytes(content)


def test_types_that_are_no_columns_are_passed_over(read_bytes: ReadBytes) -> None:
    def fill(file: Any) -> None:
        file["x"] = X
        file.create_dataset("ragged", shape=(3,), dtype=h5py.vlen_dtype("f8"))
        file.create_dataset("references", shape=(3,), dtype=h5py.ref_dtype)
        file["nothing"] = h5py.Empty("f8")
        file["z"] = np.array([1j, 2, 3])

    table = read_bytes(hdf5(fill))
    assert [column.name for column in table.columns] == ["x", "z"]
    assert table.data().column.tolist() == X.tolist()
    assert table.notes[0] == "Passed over in the file: nothing, ragged, references."


def test_without_the_library_it_says_how_to_get_it(read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "h5py":
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=r'pip install "emgui\[hdf5\]"'):
        read_bytes(holding(x=X))


@pytest.mark.parametrize("length", [2**64 - 1, 10**6])
def test_damaged_texts_are_a_sentence_and_not_gigabytes(length: int, read_bytes: ReadBytes) -> None:
    content = holding(x=X, label=["u", "v", "u"])
    heap = content.index(b"GCOL")
    for place in (8, 24, 48):  # the size of the heap, and of the objects in it
        with pytest.raises(InputError, match="damaged HDF5"):
            read_bytes(content[: heap + place] + length.to_bytes(8, "little") + content[heap + place + 8 :])
    reference = content.index((1).to_bytes(4, "little") + heap.to_bytes(8, "little"))
    with pytest.raises(InputError, match="damaged HDF5"):
        read_bytes(content[:reference] + b"\xff" * 4 + content[reference + 4 :])
    with pytest.raises(InputError, match="damaged HDF5"):
        read_bytes(content[: reference + 4] + b"\xff" * 4 + content[reference + 8 :])


def test_half_a_file_is_a_sentence(read_bytes: ReadBytes) -> None:
    content = holding(x=np.arange(10_000.0))
    with pytest.raises(InputError, match="damaged HDF5"):
        read_bytes(content[: len(content) // 2])


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(holding(x=X))

    def cancel(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(tmp_path / "a.h5", progress=cancel)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    x=arrays(st.sampled_from(["f8", ">f8", "f4", "i2", "u8", ">i4"]), st.integers(1, 40)),
    packed=st.sampled_from([None, "gzip", "lzf"]),
)
def test_the_numbers_that_were_saved_are_read(
    x: np.ndarray[Any, Any], packed: str | None, read_bytes: ReadBytes
) -> None:
    column = read_bytes(hdf5(lambda file: file.create_dataset("x", data=x, compression=packed))).columns[0]
    expected = np.where(np.isfinite(x.astype(float)), x.astype(float), np.nan)
    if column.values is None:
        assert np.isnan(expected).all()
    else:
        np.testing.assert_array_equal(column.values, expected)
