"""Text files: what counts as a row, a number and a name, and what a person is told of the rest."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.data import LEFT_OUT_LISTED
from core.errors import Cancelled, InputError
from core.io import read_table
from core.table import Dialect, Table

ReadBytes = Callable[..., Table]


def _left_out(table: Table, column: str) -> list[tuple[int, str, str]]:
    return [(cell.row, cell.reason, cell.text) for cell in table.column(column).left_out]


def test_rows_left_out_are_numbered_as_lines_of_data(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"# a\nx\n1\n\n# c\nNA\n3\n#N/A\nabc\n1e999\n4\n5\n6\n")
    assert _left_out(table, "x") == [
        (2, "missing", "NA"),
        (4, "not a number", "#N/A"),
        (5, "not a number", "abc"),
        (6, "too large to store", "1e999"),
    ]
    data = table.data("x")
    assert data.rows is not None
    assert data.rows.tolist() == [1, 3, 7, 8, 9]
    assert table.notes == ("2 comment lines were passed over.", "1 missing, 2 not a number, 1 too large to store in x.")


@pytest.mark.parametrize(
    "cell", ["", " ", "NaN", "NA", "n/a", "NULL", "None", ".", "-", "?", "inf", "-Inf", "+infinity", "\t-\t"]
)
def test_a_cell_without_a_value_is_missing(cell: str, read_bytes: ReadBytes) -> None:
    table = read_bytes(f'x,y\n1,1\n"{cell}",2\n3,3\n'.encode())
    assert [(row, reason) for row, reason, _ in _left_out(table, "x")] == [(2, "missing")]
    assert "1 missing in x." in table.notes


def test_a_blank_line_is_no_row(read_bytes: ReadBytes) -> None:
    assert read_bytes(b"\n\nx\n1\n\n   \n2\n\n").data().column.tolist() == [1, 2]
    assert read_bytes(b"x\n1\n2\n\n").n_rows == 2


def test_a_quoted_blank_cell_is_a_row(read_bytes: ReadBytes) -> None:
    assert read_bytes(b'x\n1\n""\n2\n').n_rows == 3


def test_a_point_is_never_a_thousands_separator(read_bytes: ReadBytes) -> None:
    assert read_bytes(b"x;y\n1.234;1,5\n2.345;2,5\n").data("x").column.tolist() == [1.234, 2.345]
    table = read_bytes(b"x;y\n1.234;1,5\n2.345;2,5\n", decimal=",")
    assert [column.name for column in table.numeric] == ["y"]


def test_half_a_column_of_numbers_is_numeric_and_less_is_not(read_bytes: ReadBytes) -> None:
    assert read_bytes(b"x\n1\na\nNA\n2\nb\n").data().column.tolist() == [1, 2]
    assert not read_bytes(b"x\n1\na\nNA\nb\n").columns[0].is_numeric


def test_many_rows_left_out_are_all_counted_and_the_first_are_listed(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"x\n" + b"1\n" * 3000 + b"word\n2\n" * 300)
    column = table.column("x")
    assert column.n_left_out == 300
    assert [cell.row for cell in column.left_out] == list(range(3001, 3001 + 2 * LEFT_OUT_LISTED, 2))
    assert {cell.text for cell in column.left_out} == {"word"}


def test_names_are_unique_and_never_empty(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"x,,x, y ,x (2)\n1,2,3,4,5\n")
    assert [column.name for column in table.columns] == ["x", "column 2", "x (2)", "y", "x (2) (2)"]


def test_what_was_detected_is_told(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"a;b\r\n1,5;2\r\n")
    assert table.dialect == Dialect(";", ",", "utf-8", 1)
    assert read_bytes(b"1\n2\n").dialect == Dialect("", ".", "utf-8", 0)
    assert "no line of names" in read_bytes(b"1\n2\n").notes[0]
    assert "Latin-1" in read_bytes(b"gr\xf6\n1\n").notes[0]


def test_what_a_person_says_stands_above_what_is_detected(read_bytes: ReadBytes) -> None:
    assert read_bytes(b"x\n1,5\n2,5\n", decimal=",").data().column.tolist() == [1.5, 2.5]
    assert read_bytes(b"2020\n1\n2\n", header=1).data("2020").column.tolist() == [1, 2]
    assert read_bytes(b"x\n1\n2\n", header=0).n_rows == 3
    assert read_bytes(b"a title\nx,y\n1,2\n", header=2).data("y").column.tolist() == [2]
    assert read_bytes(b"# x y\n1 2\n3 4\n", header=1).data("y").column.tolist() == [2, 4]
    assert read_bytes(b"x:y\n1:2\n", delimiter=":").data("y").column.tolist() == [2]
    assert read_bytes(b"x\\ty\n1\n2\n", delimiter="").columns[0].name == "x\\ty"
    assert read_bytes(b"x\ty\n1\t2\n", delimiter="\\t").data("y").column.tolist() == [2]
    assert read_bytes(b"\xe4\n1\n", encoding="cp437").columns[0].name == "Σ"


def test_a_number_named_as_missing_is_missing(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"x\n1\n-999\n2\n", missing=("-999",))
    assert _left_out(table, "x") == [(2, "missing", "-999")]


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ({"delimiter": ",", "decimal": ","}, "both"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"delimiter": '"'}, "delimiter"),
        ({"decimal": ";"}, "decimal"),
        ({"header": -1}, "line"),
        ({"header": 9}, "blank lines or comments"),
        ({"encoding": "no-such"}, "no-such"),
        ({"encoding": "hex"}, "hex"),
        ({"encoding": "ascii"}, "--encoding"),
    ],
)
def test_settings_that_do_not_fit_are_refused(dialect: dict[str, object], words: str, read_bytes: ReadBytes) -> None:
    with pytest.raises(InputError, match=words):
        read_bytes("größe\n1\n2\n".encode(), **dialect)


def test_few_distinct_texts_are_levels(read_bytes: ReadBytes) -> None:
    levels = read_bytes(b"sex,x\nm,1\nf,2\n,3\nm,4\n").columns[0].levels
    assert levels is not None
    assert levels.names == ("f", "m")
    assert levels.codes.tolist() == [1, 0, -1, 1]


def test_levels_are_found_beyond_the_first_rows(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"g,h,x\n" + b"b,1,1\n" * 2000 + b"a,10,2\n,2,3\n")
    first, second, third = (column.levels for column in table.columns)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.names == ("a", "b")
    assert first.codes[-3:].tolist() == [1, 0, -1]
    assert second.names == ("1", "2", "10")
    assert second.codes[-3:].tolist() == [0, 2, 1]


def test_many_distinct_texts_are_no_levels(read_bytes: ReadBytes) -> None:
    late = b"x\n" + b"1\n" * 2000 + b"".join(b"%d\n" % i for i in range(50))
    assert read_bytes(late).columns[0].levels is None
    assert read_bytes(b"x\n" + b"".join(b"%d\n" % i for i in range(25))).columns[0].levels is None


def test_the_table_knows_its_file(read_bytes: ReadBytes) -> None:
    content = b"x,name\n" + b"1,a\n" * 20
    table = read_bytes(content, "some file.csv")
    assert table.source == "some file.csv"
    assert table.sha256 == hashlib.sha256(content).hexdigest()
    assert table.preview == (("1", "a"),) * 8
    assert table.format == "delimited"


@pytest.mark.parametrize("name", ["a[1].csv", "what*.csv", "ünï côde.CSV", "it's.csv", "100%.csv", "k=v.csv", "x.gz"])
def test_an_awkward_file_name_is_only_a_name(name: str, read_bytes: ReadBytes) -> None:
    assert read_bytes(b"x\n1\n2\n", name).data().column.tolist() == [1, 2]


def test_a_copy_made_in_reading_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    for content in (b"# c\nx\n1\n", b"x,y\n1,2\n\n1,2,3\n"):
        (tmp_path / "a.csv").write_bytes(content)
        with suppress(InputError):
            read_table(tmp_path / "a.csv")
        assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("content", [b"x\n" + b"1.5\n" * 300_000, b"x\n\n" + b"1.5\n" * 300_000])
def test_progress_rises_to_one_and_may_cancel_anywhere(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(content)
    told: list[float] = []
    assert read_table(path, progress=told.append).n_rows == 300_000
    assert told == sorted(told)
    assert told[-1] == 1.0
    for limit in (0.0, 0.1, 0.3, 0.6, 1.0):

        def cancel(fraction: float, limit: float = limit) -> None:
            if fraction >= limit:
                raise Cancelled

        with pytest.raises(Cancelled):
            read_table(path, progress=cancel)
    assert list(path.parent.iterdir()) == [path]


def test_a_quote_in_a_later_row_does_not_lose_rows(read_bytes: ReadBytes) -> None:
    rows = b"".join(b'"a\nb",%d\n' % i for i in range(5000))
    table = read_bytes(b"name,x\n" + b"c,0\n" * 2000 + rows)
    assert table.n_rows == 7000
    assert table.data("x").column[-1] == 4999


def test_a_thousand_columns_are_read(read_bytes: ReadBytes) -> None:
    rows = [",".join(f"c{j}" for j in range(1500))] + [",".join(str(i + j) for j in range(1500)) for i in range(5)]
    table = read_bytes("\n".join(rows).encode())
    assert table.data("c1499").column.tolist() == [1499, 1500, 1501, 1502, 1503]


@pytest.mark.slow
def test_ten_million_rows_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x\n" + b"0.25\n" * 10_000_000)
    data = read_table(path).data()
    assert len(data) == 10_000_000
    assert data.column.sum() == 2_500_000


finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _written(rows: list[list[str]], delimiter: str, line_end: str, encoding: str, quoting: int) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding)


@SLOWLY
@given(
    rows=st.lists(st.tuples(finite, texts), min_size=1, max_size=30),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_number_beside_any_text_comes_back_the_same(
    rows: list[tuple[float, str]], delimiter: str, decimal: str, line_end: str, encoding: str, read_bytes: ReadBytes
) -> None:
    if delimiter == decimal:
        delimiter = ";"
    cells = [["x", "note"]] + [[repr(value).replace(".", decimal), text] for value, text in rows]
    content = _written(cells, delimiter, line_end, encoding, csv.QUOTE_ALL)
    table = read_bytes(content, delimiter=delimiter, decimal=decimal, header=1)
    assert table.n_rows == len(rows)
    assert table.data("x").column.tolist() == [value for value, _ in rows]


@SLOWLY
@given(
    rows=st.lists(st.tuples(finite, finite, st.one_of(finite, st.none())), min_size=1, max_size=30),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
)
def test_columns_of_numbers_need_no_telling_how_they_are_written(
    rows: list[tuple[float, float, float | None]], delimiter: str, line_end: str, header: bool, read_bytes: ReadBytes
) -> None:
    cells = [["NA" if value is None else repr(value) for value in row] for row in rows]
    if header:
        cells.insert(0, ["a", "b", "c"])
    table = read_bytes(_written(cells, delimiter, line_end, "utf-8", csv.QUOTE_MINIMAL))
    assert table.n_rows == len(rows)
    for place, column in enumerate(table.columns):
        expected = [np.nan if row[place] is None else row[place] for row in rows]
        if column.values is None:
            assert np.isnan(np.array(expected)).all()
        else:
            np.testing.assert_array_equal(column.values, expected)
