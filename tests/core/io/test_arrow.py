"""Parquet, Feather and Arrow files: every type of column, and damage."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from core.errors import Cancelled, InputError
from core.io import arrow, read_table
from core.table import Dialect, Table

Written = Callable[[pa.Table], bytes]


def _parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file, row_group_size=7)
    return file.getvalue()


def _feather(table: pa.Table) -> bytes:
    file = io.BytesIO()
    feather.write_feather(table, file, chunksize=7, compression="lz4")
    return file.getvalue()


def _arrow(table: pa.Table) -> bytes:
    file = io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as stream:
        stream.write_table(table, max_chunksize=7)
    return file.getvalue()


WRITERS = {"parquet": _parquet, "feather": _feather, "arrow": _arrow}


@pytest.fixture(params=WRITERS)
def written(request: pytest.FixtureRequest) -> Written:
    """Each of the forms that a table can be written in."""
    return WRITERS[request.param]


def _read(tmp_path: Path, content: bytes, **dialect: object) -> Table:
    path = tmp_path / "some data.csv"
    path.write_bytes(content)
    return read_table(path, Dialect(**dialect))  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=40))
def test_numbers_come_back_to_the_last_digit_and_the_rest_is_counted(
    numbers: list[float | None], written: Written, tmp_path: Path
) -> None:
    table = _read(tmp_path, written(pa.table({"x": pa.array(numbers, pa.float64())})))
    finite = [number for number in numbers if number is not None and np.isfinite(number)]
    column = table.columns[0]
    assert table.n_rows == len(numbers)
    assert column.n_left_out == len(numbers) - len(finite)
    if finite:
        assert table.data().column.tolist() == finite
        assert [cell.row for cell in column.left_out] == [
            row for row, number in enumerate(numbers, 1) if number is None or not np.isfinite(number)
        ]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([1, None, 3], pa.int8()),
        pa.array([1, None, 3], pa.uint64()),
        pa.array(np.array([1, np.nan, 3], np.float16)),
        pa.array([1, None, 3], pa.float32()),
        pa.array([Decimal(1), None, Decimal(3)], pa.decimal128(30, 5)),
        pa.array([1, None, 3]).dictionary_encode(),
        pa.array(["1", "NA", " 3.0 "]),
        pa.array(["1", None, "3"]).dictionary_encode(),
        pa.array(["1", "", "3"], pa.large_string()),
    ],
    ids=lambda cells: str(cells.type),
)
def test_every_type_of_number_becomes_a_double(cells: pa.Array, written: Written, tmp_path: Path) -> None:
    table = _read(tmp_path, written(pa.table({"x": cells})))
    assert table.data("x").column.tolist() == [1, 3]
    assert [(cell.row, cell.reason) for cell in table.columns[0].left_out] == [(2, "missing")]
    levels = table.columns[0].levels
    assert levels is not None
    assert levels.codes.tolist() == [0, -1, 1]


@given(st.decimals(-(10**20), 10**20, places=9))
def test_a_decimal_becomes_the_double_nearest_to_it(number: Decimal) -> None:
    cells = pa.array([number], pa.decimal128(30, 9))
    typed = arrow.of_batches("x", cells.type, 1, lambda: iter([cells]), frozenset())
    assert typed.column.values is not None
    assert typed.column.values[0] == float(number)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pa.array([True, None, False]), "booleans: row 1 is “True”"),
        (pa.array([datetime(2020, 1, 2), None, datetime(2020, 1, 3)]), "dates: row 1 is “2020-01-02 00:00:00”"),
        (pa.array([1, None, 3], pa.timestamp("ns")), "dates"),
        (pa.array([1, None, 3], pa.date32()), "dates: row 1 is “1970-01-02”"),
        (pa.array([1, None, 3], pa.time64("us")), "clock times"),
        (pa.array([1, None, 3], pa.duration("us")), "durations"),
        (pa.array([[1], None, [2, 3]]), "nested values: row 1 is “[1]”"),
        (pa.array([{"a": 1}, None, {"a": 2}]), "nested values"),
        (pa.array([b"\xff", None, b""]), "bytes"),
        (pa.array(["a", None, "b"]), "words: row 1 is “a”, row 3 is “b”"),
        (pa.array(["1,5", "2,5", None]), "decimal commas"),
        (pa.nulls(3), "no values, only missing cells"),
    ],
    ids=lambda cells: str(cells.type) if isinstance(cells, pa.Array) else "",
)
def test_a_column_of_other_things_says_what_they_are(
    cells: pa.Array, words: str, written: Written, tmp_path: Path
) -> None:
    table = _read(tmp_path, written(pa.table({"x": [1.0, 2.0, 3.0], "other": cells})))
    assert words in table.columns[1].why_not
    assert table.columns[1].n_left_out == 3
    assert table.data().column.tolist() == [1, 2, 3]


def test_words_are_levels_where_they_are_few_and_can_be_asked_for_where_they_are_many(
    written: Written, tmp_path: Path
) -> None:
    few = ["b", "a", None, " b ", "NA"] * 10
    many = [f"n{i}" for i in range(49)] + [None]
    truths = [True, None] * 25
    table = _read(tmp_path, written(pa.table({"few": few, "many": many, "truths": truths})))
    levels = table.columns[0].levels
    assert levels is not None
    assert levels.names == ("a", "b")
    assert levels.codes.tolist() == [1, 0, -1, 1, -1] * 10
    assert table.columns[1].levels is None
    texts = table.columns[1].texts
    assert texts is not None
    assert texts() == many
    assert table.columns[2].levels is not None
    assert table.columns[2].levels.names == ("True",)


def test_texts_that_are_numbers_are_judged_as_in_a_text_file(written: Written, tmp_path: Path) -> None:
    cells = ["1", "2.5e1", " 3 ", "NA", "1e999", "abc", "-999", None]
    table = _read(
        tmp_path, written(pa.table({"x": cells, "y": pa.array([1, 2, 3, 4, 5, 6, -999, None])})), missing=("-999",)
    )
    assert [(cell.row, cell.reason, cell.text) for cell in table.columns[0].left_out] == [
        (4, "missing", "NA"),
        (5, "too large to store", "1e999"),
        (6, "not a number", "abc"),
        (7, "missing", "-999"),
        (8, "missing", ""),
    ]
    assert [cell.row for cell in table.columns[1].left_out] == [7, 8]
    assert table.columns[0].n_unreadable == 2


def test_whole_numbers_that_lose_digits_are_told_of(written: Written, tmp_path: Path) -> None:
    table = _read(tmp_path, written(pa.table({"id": pa.array([2**53 + 1, None, 5])})))
    assert "1 whole number in id has more digits than can be kept, and was rounded." in table.notes
    assert table.data().column.tolist() == [2.0**53, 5]


def test_names_are_unique_and_equal_ones_keep_their_own_cells(written: Written, tmp_path: Path) -> None:
    columns = [pa.array([1.0, 2.0]), pa.array([3.0, 4.0]), pa.array([5.0, 6.0]), pa.array([7.0, 8.0])]
    table = _read(tmp_path, written(pa.Table.from_arrays(columns, names=["x", "x", "", "x.y"])))
    assert [column.name for column in table.columns] == ["x", "x (2)", "column 3", "x.y"]
    assert [table.data(column.name).column.tolist() for column in table.columns] == [[1, 2], [3, 4], [5, 6], [7, 8]]


def test_a_file_without_rows_or_columns_is_a_sentence(written: Written, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"some data\.csv has no rows"):
        _read(tmp_path, written(pa.table({"x": pa.array([], pa.float64())})))


@pytest.mark.parametrize(
    "content", [b"PAR1" + bytes(40) + b"PAR1", b"PAR1", b"ARROW1\0\0" + bytes(40) + b"ARROW1", b"ARROW1\0\0"]
)
def test_a_mark_without_a_table_is_damage(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"some data\.csv is a damaged"):
        _read(tmp_path, content)


def test_damage_anywhere_is_a_sentence_or_is_accounted_for(written: Written, tmp_path: Path) -> None:
    good = written(
        pa.table(
            {
                "x": [1.5, None, 3.5] * 9,
                "s": ["a", None, "ccc"] * 9,
                "d": pa.array(["u", "v", None] * 9).dictionary_encode(),
                "l": [[1], None, []] * 9,
            }
        )
    )
    random = np.random.default_rng(3)
    for _ in range(150):
        content = bytearray(good)
        for place in random.integers(len(content), size=2):
            content[place] = random.integers(256)
        try:
            table = _read(tmp_path, bytes(content))
        except InputError:
            continue
        for column in table.columns:
            assert column.values is None or np.isfinite(column.values).sum() + column.n_left_out == table.n_rows


def test_reading_tells_its_progress_and_can_be_given_up(written: Written, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(written(pa.table({"x": np.arange(100.0), "y": np.arange(100.0)})))
    told: list[float] = []
    read_table(path, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1

    def give_up(fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_table(path, progress=give_up)


def test_memory_that_a_file_asks_for_and_there_is_not_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(arrow, "of_array", refuse)
    with pytest.raises(InputError, match="needs more memory"):
        _read(tmp_path, _parquet(pa.table({"x": [1.0]})))
