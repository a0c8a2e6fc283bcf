"""Flow cytometry: every way the standard lets numbers be written is read, and damage is a sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.table import Table
from tests.core.io.flow_files import assembled, fcs

ReadBytes = Callable[..., Table]
X = np.array([1.5, -2.5, 3e30], dtype="f4")


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "u2", "u4", "u8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", ["FCS2.0", "FCS3.0", "FCS3.1"])
def test_numbers_of_every_type_and_byte_order_come_back(
    dtype: str, order: str, version: str, read_bytes: ReadBytes
) -> None:
    x, y = np.array([1, 2, 200], dtype=dtype), np.array([7, 0, 255], dtype=dtype)
    table = read_bytes(fcs({"FSC-A": x, "SSC-A": y}, order=order, version=version))
    assert table.format == "fcs"
    assert [column.name for column in table.columns] == ["FSC-A", "SSC-A"]
    assert [column.values.tolist() for column in table.numeric] == [x.tolist(), y.tolist()]  # type: ignore[union-attr]
    assert table.preview[2] == ("200", "255")


def test_a_stain_stands_in_brackets_behind_the_detector(read_bytes: ReadBytes) -> None:
    table = read_bytes(fcs({"FL1-A": X, "Time": X, "": X}, {"$P1S": "CD3", "$P2S": "Time"}))
    assert [column.name for column in table.columns] == ["FL1-A (CD3)", "Time", "column 3"]


@pytest.mark.parametrize("delimiter", ["/", "|", "\\", "\x0c", "!", "\n", "*"])
def test_the_delimiter_doubled_stands_for_itself(delimiter: str, read_bytes: ReadBytes) -> None:
    name = f"a{delimiter}b"
    table = read_bytes(fcs({name: X}, {"$CYT": f"x{delimiter}{delimiter}y"}, delimiter=delimiter))
    assert table.columns[0].name == name


def test_an_empty_value_that_some_programs_write_does_not_shift_what_follows(read_bytes: ReadBytes) -> None:
    content = fcs({"x": X, "y": X}, {"$P1S": "", "$P2S": "", "$P2N": "z", "$CYT": "a/b", "$OP": ""})
    assert [column.name for column in read_bytes(content).columns] == ["x", "z"]


def test_where_the_data_are_may_stand_in_the_text_alone(read_bytes: ReadBytes) -> None:
    assert read_bytes(fcs({"x": X}, offsets_in_text=True)).data().column.tolist() == X.tolist()


def test_bits_above_the_range_are_masked(read_bytes: ReadBytes) -> None:
    x = np.array([1023, 1024 + 5, 65535], dtype="u2")
    assert read_bytes(fcs({"x": x}, {"$P1R": "1024"})).data().column.tolist() == [1023, 5, 1023]


def test_a_range_that_is_no_number_masks_nothing(read_bytes: ReadBytes) -> None:
    x = np.array([1023, 1024 + 5, 65535], dtype="u2")
    for largest in ("", "many", "9" * 500, "0"):
        table = read_bytes(fcs({"x": x}, {"$P1R": largest}))
        assert table.data().column.tolist() == x.tolist()


@pytest.mark.parametrize("order", ["<", ">"])
def test_cells_of_three_bytes_are_read(order: str, read_bytes: ReadBytes) -> None:
    numbers = [1, 70_000, 2**24 - 1]
    data = b"".join(n.to_bytes(3, "little" if order == "<" else "big") for n in numbers)
    said = {"$DATATYPE": "I", "$PAR": "1", "$TOT": "3", "$P1N": "x", "$P1B": "24", "$P1R": str(2**24)}
    said["$BYTEORD"] = "1,2,3,4" if order == "<" else "4,3,2,1"
    assert read_bytes(assembled(said, data)).data().column.tolist() == numbers


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(widths=st.lists(st.integers(1, 64), min_size=1, max_size=5), n=st.integers(1, 40), seed=st.integers(0, 99))
def test_cells_of_any_number_of_bits_follow_each_other_without_gaps(
    widths: list[int], n: int, seed: int, read_bytes: ReadBytes
) -> None:
    random = np.random.default_rng(seed)
    rows = [[int(random.integers(2**width, dtype=np.uint64, endpoint=False)) if width < 64 else 5 for width in widths]
            for _ in range(n)]  # fmt: skip
    bits = "".join(f"{cell:0{width}b}" for row in rows for cell, width in zip(row, widths, strict=True))
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    said = {"$DATATYPE": "I", "$PAR": str(len(widths)), "$TOT": str(n), "$BYTEORD": "4,3,2,1"}
    for i, width in enumerate(widths, 1):
        said |= {f"$P{i}N": f"p{i}", f"$P{i}B": str(width), f"$P{i}R": str(2**width)}
    table = read_bytes(assembled(said, data))
    for i, column in enumerate(table.columns):
        assert column.values is not None
        assert column.values.tolist() == [float(row[i]) for row in rows]


def test_numbers_are_as_stored_and_a_note_says_so(read_bytes: ReadBytes) -> None:
    x = np.array([1, 2, 3], dtype="u2")
    table = read_bytes(fcs({"FL1-H": x}, {"$P1E": "4,1", "$SPILLOVER": "1,FL1-H,1", "$NEXTDATA": "9999"}))
    assert table.data().column.tolist() == [1, 2, 3]
    assert len(table.notes) == 3
    for words, note in zip(
        ("logarithmic amplifier", "compensation", "more than one data set"), table.notes, strict=True
    ):
        assert words in note


def test_missing_numbers_are_counted(read_bytes: ReadBytes) -> None:
    table = read_bytes(fcs({"x": np.array([1, np.nan, np.inf, 4], dtype="f4")}))
    assert table.columns[0].n_left_out == 2
    assert table.data().column.tolist() == [1, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (fcs({"x": X})[:-1], "ends before the last"),
        (fcs({"x": X})[:50], "ends before its text"),
        (fcs({"x": X})[:100], "ends before its text"),
        (fcs({"x": X}).replace(b"      58", b"       x"), "its header"),
        (fcs({"x": X}, {"$TOT": "0"}), "holds no events"),
        (fcs({"x": X}, {"$TOT": "-3"}), "TOT"),
        (fcs({"x": X}, {"$TOT": "99999999999999999999"}), "ends before the last"),
        (fcs({"x": X}, {"$PAR": "99999999"}), "99,999,999 parameters"),
        (fcs({"x": X}, {"$PAR": "2"}), "P2B is missing"),
        (fcs({"x": X}, {"$P1B": "16"}), "16 bits"),
        (fcs({"x": X}, {"$P1B": "*"}), "P1B says"),
        (fcs({"x": X}, {"$MODE": "C"}), "histogram of several"),
        (fcs({"x": X}, {"$DATATYPE": "A"}), "written as text"),
        (fcs({"x": X}, {"$DATATYPE": "Q"}), "type “Q”"),
        (fcs({"x": X}, {"$BYTEORD": "3,4,1,2"}), "byte order “3,4,1,2”"),
        (fcs({"x": X}, {"$DATATYPE": "I", "$P1B": "13"}), "odd numbers of bits"),
        (fcs({"x": X}, {"$DATATYPE": "I", "$P1B": "0"}), "0 bits"),
    ],
)
def test_damage_is_a_sentence_that_says_what_is_wrong(content: bytes, words: str, read_bytes: ReadBytes) -> None:
    with pytest.raises(InputError, match=words):
        read_bytes(content, "a.fcs")
