"""JSON: rows as objects or lists, columns as lists, one level down too; and whatever else it holds is a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.io.arrays import SeveralTablesError
from core.table import Table

ReadBytes = Callable[..., Table]


def columns(table: Table) -> dict[str, list[float | None]]:
    return {
        column.name: [None if np.isnan(value) else value for value in column.values.tolist()]
        for column in table.columns
        if column.values is not None
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"x":[1,2,3]}', {"x": [1, 2, 3]}),
        ('{"x": [1, 2], "y": [3.5, 4]}', {"x": [1, 2], "y": [3.5, 4]}),
        ("[1, 2.5, 3]", {"column 1": [1, 2.5, 3]}),
        ("[null, 2.5, 3]", {"column 1": [None, 2.5, 3]}),
        ("[[1, 2], [3, 4]]", {"column 1": [1, 3], "column 2": [2, 4]}),
        ('[["x", "y"], [1, 2], [3, 4]]', {"x": [1, 3], "y": [2, 4]}),
        ('[["x", "x"], [1, 2]]', {"x": [1], "x (2)": [2]}),
        ('[{"x": 1, "y": 2}, {"y": 3, "x": 4}]', {"x": [1, 4], "y": [2, 3]}),
        ('[{"x": 1}, {"x": 2, "late": 5}, {}]', {"x": [1, 2, None], "late": [None, 5, None]}),
        ('{"about": "me", "rows": [{"x": 1}, {"x": 2}]}', {"x": [1, 2]}),
        ('{"rows": [["x"], [7]]}', {"x": [7]}),
        ('{"data": {"x": [1, 2], "y": [3, 4]}, "n": 2}', {"x": [1, 2], "y": [3, 4]}),
        ('{"x": {"0": 1, "5": 2}, "y": {"0": 3, "5": null}}', {"x": [1, 2], "y": [3, None]}),
        ('{"0": {"x": 1, "y": 3}, "5": {"y": null, "x": 2}}', {"x": [1, 2], "y": [3, None]}),
        ('{"x": 1, "y": 2.5}', {"x": [1], "y": [2.5]}),
        ('{"x": 1}\n{"x": 2}\n', {"x": [1, 2]}),
        ('{"x": 1}\r\n\r\n{"x": 2}', {"x": [1, 2]}),
        ('["x", "y"]\n[1, 2]\n[3, 4]\n', {"x": [1, 3], "y": [2, 4]}),
        ("[1, 2]\n[3, 4]\n", {"column 1": [1, 3], "column 2": [2, 4]}),
        ('[{"x": NaN}, {"x": -Infinity}, {"x": 1e999}, {"x": 5}]', {"x": [None, None, None, 5]}),
        ('[{"x": "1.5"}, {"x": "NA"}, {"x": ""}, {"x": 2}]', {"x": [1.5, None, None, 2]}),
        ('[{"": 1, "a": 2}]', {"column 1": [1], "a": [2]}),
        ('  [\n  {"x": 1},\n  {"x": 2}\n]\n', {"x": [1, 2]}),
        ('{"\\ud800": [1, 2]}', {"\\ud800": [1, 2]}),
    ],
)
def test_a_table_is_read_from(text: str, expected: dict[str, list[float]], read_bytes: ReadBytes) -> None:
    table = read_bytes(text.encode(), "a.csv")
    assert table.format == "json"
    assert columns(table) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_the_encoding_is_told_by_the_first_bytes(encoding: str, read_bytes: ReadBytes) -> None:
    assert columns(read_bytes('{"größe": [1, 2, 3]}'.encode(encoding))) == {"größe": [1, 2, 3]}


def test_texts_and_booleans_are_no_numbers_but_labels(read_bytes: ReadBytes) -> None:
    table = read_bytes(b'[{"s": "a", "b": true, "n": {"m": [1]}}, {"s": "b", "b": false, "n": []}]')
    assert [column.why_not.partition(":")[0] for column in table.columns] == ["words", "booleans", "nested values"]
    assert table.columns[0].levels is not None
    assert table.columns[0].levels.names == ("a", "b")


def test_a_number_among_those_that_mean_missing_is_missing(read_bytes: ReadBytes) -> None:
    for text in (b'{"x": [1, -999, 3]}', b'[{"x": 1}, {"x": -999.0}, {"x": 3}]'):
        table = read_bytes(text, missing=("-999",))
        assert columns(table) == {"x": [1, None, 3]}
        assert table.columns[0].n_left_out == 1


def test_of_several_tables_one_is_named(read_bytes: ReadBytes) -> None:
    content = b'{"x": [1, 2], "y": [3, 4], "rows": [{"z": 5}], "more": {"u": [6], "v": [7]}, "k": 1}'
    with pytest.raises(SeveralTablesError, match=r"holds 3 tables.*rows, more, x and y") as caught:
        read_bytes(content)
    assert caught.value.names == ("rows", "more", "x")
    assert columns(read_bytes(content, sheet="rows")) == {"z": [5]}
    assert columns(read_bytes(content, sheet="more")) == {"u": [6], "v": [7]}
    assert columns(read_bytes(content, sheet="y")) == {"x": [1, 2], "y": [3, 4]}
    assert "k" in read_bytes(content, sheet="y").notes[0]
    with pytest.raises(InputError, match="no table “q”; it holds: rows, more, x, y"):
        read_bytes(content, sheet="q")


def test_whether_the_first_list_holds_names_can_be_said(read_bytes: ReadBytes) -> None:
    content = b'[["a", "b"], ["c", "d"]]'
    assert [column.name for column in read_bytes(content, header=1).columns] == ["a", "b"]
    assert [column.name for column in read_bytes(content, header=0).columns] == ["column 1", "column 2"]
    assert read_bytes(content, header=0).n_rows == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"x": [1, 2', "no valid JSON.*line 1"),
        ('[{"x": 1},\n {"x": }]', "no valid JSON: .*line 2, column 8"),
        ('{"x": [1]} [2]', "no valid JSON: extra data"),
        ("[1 2]", "no valid JSON: expecting"),
        ('{"x": 1}\n{"x": 2}\n{"x": \n', "Line 3 of data.csv is no valid JSON"),
        ('{"x": 1}\n\xff', "Line 2 of data.csv is no UTF-8 text"),
        ('[{"x": "\xff"}]', "no UTF-8 text"),
        ('[{"x": 1, "x": 2}]', "“x” twice"),
        ('{"x": [1], "x": [2]}', "“x” twice"),
        ('{"x": 1}\n{"x": 1, "x": 2}\n', "“x” twice"),
        ("[]", "no rows"),
        ("{}", "no rows"),
        ("[[]]", "no rows"),
        ('{"rows": []}', "no rows"),
        ('{"data": {"x": [1, 2], "y": [3]}}', "“y” of data.csv has 1 value but “x” has 2"),
        ("[[1, 2], [3]]", "Row 2 of data.csv holds 1 value where 2 are expected"),
        ("[[1, 2], 3]", "Row 2 of data.csv holds no list"),
        ('[{"x": 1}, 3]', "Row 2 of data.csv is no object"),
        ("[" * 100_000, "nested too deeply|no valid JSON"),
        ('{"x":' * 100_000, "nested too deeply|no valid JSON"),
        ('[{"x":' * 100_000, "nested too deeply|no valid JSON"),
        ("[[" + ",".join(["1"] * 10_001) + "]]", "10,000 columns"),
        ("[{" + ",".join(f'"{i}":1' for i in range(10_001)) + "}]", "10,000 columns"),
    ],
)
def test_what_is_no_table_is_a_sentence(text: str, words: str, read_bytes: ReadBytes) -> None:
    with pytest.raises(InputError, match=words):
        read_bytes(text.encode("latin-1"))


def test_rows_with_ever_other_names_do_not_fill_the_memory(read_bytes: ReadBytes) -> None:
    names = "{" + ",".join(f'"{i}":1' for i in range(5_000)) + "}"
    for lines in ([names] + ["{}"] * 3_000, ["{}"] * 3_000 + [names], [f'{{"{i}":1}}' for i in range(5_000)]):
        with pytest.raises(InputError, match="Hardly any row"):
            read_bytes("\n".join(lines).encode())


def test_integers_of_any_length_are_read_or_too_large(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"[1, %s, %s, 9007199254740993]" % (b"9" * 300, b"9" * 100_000))
    assert columns(table) == {"column 1": [1, 1e300, None, 2.0**53]}
    assert any("rounded" in note for note in table.notes)


CELLS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30),
    names=st.tuples(st.text(), st.text()),
    data=st.data(),
)
def test_what_was_written_is_read_in_every_form(
    rows: list[tuple[Any, Any]], names: tuple[str, str], data: st.DataObject, read_bytes: ReadBytes
) -> None:
    if len({name.strip() for name in names} | {""}) < 3:
        names = ("x", "y")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    lists = [list(row) for row in rows]
    indent = data.draw(st.sampled_from([None, 0, 3]))
    forms = [
        json.dumps(records, indent=indent),
        json.dumps(lists, indent=indent),
        json.dumps({name: [row[i] for row in rows] for i, name in enumerate(names)}, indent=indent),
        json.dumps({"about": "what", "table": records}, indent=indent),
        "\n".join(json.dumps(record) for record in records),
    ]
    expected = [[row[i] for row in rows] for i in range(2)]
    for text in forms:
        table = read_bytes(text.encode())
        assert table.n_rows == len(rows)
        for column, cells in zip(table.columns, expected, strict=True):
            if column.values is None:
                assert all(cell is None for cell in cells)
            else:
                read = [None if np.isnan(value) else value for value in column.values.tolist()]
                assert read == cells
