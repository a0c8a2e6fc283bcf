"""Text from the clipboard: cells of a spreadsheet, a column of numbers, a piece of a file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.io.pasted import read_text
from core.table import Dialect


@pytest.mark.parametrize(
    ("text", "column", "numbers"),
    [
        ("x\ty\r\n1\t2.5\r\n3\t4.5\r\n", "y", [2.5, 4.5]),
        ('note\tx\n"two\nlines"\t1\n"a ""b"""\t2\n', "x", [1, 2]),
        ("1\n2\n3", None, [1, 2, 3]),
        ("79", None, [79]),
        ("Höhe\t1,5\nx\t2,5\n", "column 2", [1.5, 2.5]),
        ("a,b\n1,2\n3,4\n", "b", [2, 4]),
    ],
)
def test_what_is_copied_is_read_as_it_would_be_from_a_file(text: str, column: str | None, numbers: list[float]) -> None:
    table = read_text(text)
    assert table.data(column).column.tolist() == numbers
    assert table.source == "clipboard"
    assert table.path == ""
    assert table.origin is None


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("ab \"'\n\t,;é", max_size=5), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=20,
    )
)
def test_cells_quoted_as_spreadsheets_quote_them_keep_their_numbers(rows: list[tuple[str, float]]) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter="\t").writerows([("note", "x"), *((f"n{note}", repr(x)) for note, x in rows)])
    assert read_text(file.getvalue(), Dialect(delimiter="\t")).data("x").column.tolist() == [x for _, x in rows]


def test_what_a_person_says_holds() -> None:
    assert read_text("x\n1,5\n2,5\n", Dialect(decimal=",")).data().column.tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), (" \n", "no rows"), ("x\n1,5\n", "--decimal"), ("x\n1\0\n", "NUL")]
)
def test_what_is_no_table_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_text(text)
    assert "clipboard" in str(caught.value)


def test_half_a_character_does_not_matter() -> None:
    assert read_text("a\ud800\tx\nb\t1\n").data("x").column.tolist() == [1]


def test_many_texts_can_be_asked_for() -> None:
    texts = read_text("name\tx\n" + "".join(f"n{i}\t{i}\n" for i in range(40))).columns[0].texts
    assert texts is not None
    assert texts()[39] == "n39"
