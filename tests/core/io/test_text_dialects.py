"""Text in any dialect: what was written is what is read, or there is one sentence; never anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.table import Table
from tests.fuzzing.checking import check

ReadBytes = Callable[..., Table]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**6).map(float),
    st.floats(-1000, 1000).map(lambda value: round(value, 2)),
)
MARKS = ("", "NA", "NaN", "null", "?", "-", "n/a", "None")
NAMES = st.text("abcxyzäöß µ_()", min_size=1, max_size=8).filter(lambda name: name.strip() == name)


@dataclass(frozen=True)
class Written:
    """A table as it was written: the bytes, and what a reader may be told of them."""

    content: bytes
    values: list[list[float | None]]
    delimiter: str
    decimal: str
    encoding: str
    has_names: bool


@st.composite
def tables(draw: st.DrawFn) -> Written:
    """A table of numbers in a dialect of its own."""
    width, n_rows = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    decimal = draw(st.sampled_from([".", ","]))
    delimiter = draw(st.sampled_from([sign for sign in (",", ";", "\t", "|", ":") if sign != decimal]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"]))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from(["never", "always", "some"]))
    cells = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.none())
    values = [[draw(cells) for _ in range(width)] for _ in range(n_rows)]

    def quoted(text: str) -> str:
        return f'"{text}"' if quoting == "always" or (quoting == "some" and draw(st.booleans())) else text

    def written(value: float | None, is_last: bool) -> str:
        # Nothing at the end of a line may be no cell, and a line with nothing on it is no row.
        marks = MARKS[1:] if is_last else MARKS
        return quoted(draw(st.sampled_from(marks)) if value is None else repr(value).replace(".", decimal))

    lines = [delimiter.join(written(cell, i == width - 1) for i, cell in enumerate(row)) for row in values]
    has_names = draw(st.booleans())
    if has_names:
        names = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
        lines.insert(0, delimiter.join(map(quoted, names)))
    for _ in range(draw(st.integers(0, 2))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(["# a comment", "", "  "])))
    text = line_end.join(lines) + draw(st.sampled_from(["", line_end]))
    return Written(text.encode(encoding), values, delimiter, decimal, encoding, has_names)


def assert_same(table: Table, values: list[list[float | None]]) -> None:
    """Each column has the numbers that were written, unless it says that it has none."""
    assert table.n_rows == len(values)
    assert len(table.columns) == len(values[0])
    for column, cells in zip(table.columns, zip(*values, strict=True), strict=True):
        assert column.n_left_out == sum(cell is None for cell in cells)
        if column.values is None:
            assert all(cell is None for cell in cells)
        else:
            np.testing.assert_array_equal(column.values, np.array([np.nan if c is None else c for c in cells]))


@QUICK
@given(written=tables())
def test_what_was_written_is_read_where_the_dialect_is_told(written: Written, read_bytes: ReadBytes) -> None:
    table = read_bytes(
        written.content,
        delimiter=written.delimiter,
        decimal=written.decimal,
        encoding=written.encoding,
        header=None if written.has_names else 0,
    )
    if written.has_names and all(cell is None for row in written.values for cell in row):
        return  # texts above nothing but marks may be names or not
    assert_same(table, written.values)


@QUICK
@given(written=tables())
def test_what_was_written_is_read_or_refused_where_the_dialect_is_found_out(
    written: Written, read_bytes: ReadBytes
) -> None:
    try:
        table = read_bytes(written.content)
    except InputError:
        return
    if written.delimiter == ":" or (written.decimal == "," and len(written.values[0]) == 1):
        return  # "12:30" is a clock time, and "1,5" on each line may just as well be two columns
    filled = [[cell for cell in column if cell is not None] for column in zip(*written.values, strict=True)]
    if all(filled):
        assert_same(table, written.values)


PIECES = st.sampled_from(
    [
        *(
            *",;\t| :\"'#\n\r\\\0\ufeff",
            "\r\n",
            "\n\n",
            '""',
            "1",
            "2.5",
            "-3e4",
            "1,5",
            "1.234.567",
            "NA",
            "x",
            "größe",
        ),
        *(
            "1e999",
            "0x1F",
            "50%",
            "12:30",
            "2020-01-01",
            "#N/A",
            "=1+1",
            "a b",
            "\u2028",
            "\x1b[2J",
            "١٢",
            "\U0001f980",
        ),
    ]
)


@QUICK
@given(
    pieces=st.lists(PIECES, min_size=1, max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252"]),
)
def test_any_text_is_a_table_whose_rows_are_accounted_for_or_one_sentence(
    pieces: list[str], encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "data"
    path.write_bytes("".join(pieces).encode(encoding, "replace"))
    check(path)


@QUICK
@given(
    pieces=st.lists(PIECES, min_size=1, max_size=30),
    delimiter=st.sampled_from([None, ",", ";", "\t", " ", ""]),
    decimal=st.sampled_from([None, ".", ","]),
    header=st.sampled_from([None, 0, 1, 2, 7]),
    encoding=st.sampled_from([None, "utf-8", "latin-1", "utf-16"]),
)
def test_any_text_in_any_told_dialect_is_read_or_refused(
    pieces: list[str],
    delimiter: str | None,
    decimal: str | None,
    header: int | None,
    encoding: str | None,
    read_bytes: ReadBytes,
) -> None:
    try:
        table = read_bytes(
            "".join(pieces).encode(), delimiter=delimiter, decimal=decimal, header=header, encoding=encoding
        )
    except InputError:
        return
    for column in table.numeric:
        assert column.values is not None
        assert np.isfinite(column.values).sum() + column.n_left_out == table.n_rows


def test_a_line_of_another_scripts_blanks_is_no_row(read_bytes: ReadBytes) -> None:
    blank = "\u2028\u2003\n".encode()
    with pytest.raises(InputError, match="no rows"):
        read_bytes(blank, delimiter=" ")
    assert read_bytes(b"x y\n" + blank + b"1 2\n", delimiter=" ").data("y").column.tolist() == [2]
