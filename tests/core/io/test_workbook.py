"""Workbooks: which sheet and which rows are read, and that no workbook takes more than it may."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, InputError
from core.io import read_table, workbook, workbook_lines
from core.io.workbook import sheets
from core.table import Dialect, Table
from tests.core.io.workbook_files import compound, ods, xls, xlsx


def _read(tmp_path: Path, content: bytes, name: str = "some data.xlsx", **dialect: object) -> Table:
    path = tmp_path / name
    path.write_bytes(content)
    return read_table(path, Dialect(**dialect))  # type: ignore[arg-type]


NUMBERS = [["x", "y", "note"], [1.5, 2.0, "a"], [None, 3.25, "b"], [-4.0, "NA", "c"]]


@pytest.mark.parametrize(
    "content", [xlsx({"S": NUMBERS}), ods({"S": NUMBERS}), xls("S", NUMBERS)], ids=["xlsx", "ods", "xls"]
)
@pytest.mark.parametrize("name", ["data.xlsx", "data.csv", "data"])
def test_every_form_of_workbook_is_read_whatever_its_name(content: bytes, name: str, tmp_path: Path) -> None:
    table = _read(tmp_path, content, name)
    assert table.format == "workbook"
    assert table.dialect == Dialect(header=1, sheet="S")
    assert table.n_rows == 3
    assert [column.name for column in table.columns] == ["x", "y", "note"]
    x, y, note = table.columns
    assert table.data("x").column.tolist() == [1.5, -4.0]
    assert [(cell.row, cell.reason) for cell in x.left_out] == [(2, "missing")]
    assert [(cell.row, cell.reason, cell.text) for cell in y.left_out] == [(3, "missing", "NA")]
    assert note.why_not.startswith("words: row 1 is “a”")
    assert table.notes == ("1 missing in x.", "1 missing in y.")
    assert table.preview[0] == ("1.5", "2", "a")


def _as_a_spreadsheet_keeps_it(number: float) -> float:
    return float(f"{number:.15g}")


NUMBER = st.floats(-1e300, 1e300).map(_as_a_spreadsheet_keeps_it)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.one_of(st.none(), NUMBER), NUMBER), min_size=1, max_size=30))
def test_numbers_come_back_to_the_last_digit(rows: list[tuple[float | None, float]], tmp_path: Path) -> None:
    table = _read(tmp_path, xlsx({"S": [["x", "y"], *rows]}))
    numbers = [x for x, _ in rows if x is not None]
    assert table.n_rows == len(rows)
    assert table.columns[0].n_left_out == len(rows) - len(numbers)
    if numbers:
        assert table.data("x").column.tolist() == numbers
    assert table.data("y").column.tolist() == [y for _, y in rows]


def test_the_first_sheet_with_cells_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    content = xlsx({"Cover": [], "First": [["x"], [1.0]], "Second": [["y"], [2.0]]})
    table = _read(tmp_path, content)
    assert table.dialect.sheet == "First"
    assert table.notes == ("Sheet “First” was read, one of 3: Cover, First, Second.",)
    assert sheets(tmp_path / "some data.xlsx") == ("Cover", "First", "Second")


def test_a_sheet_is_chosen_by_its_name_or_its_number(tmp_path: Path) -> None:
    content = xlsx({"A": [["x"], [1.0]], "B": [["y"], [2.0]], "1": [["z"], [3.0]]})
    assert _read(tmp_path, content, sheet="B").columns[0].name == "y"
    assert _read(tmp_path, content, sheet="2").columns[0].name == "y"
    assert _read(tmp_path, content, sheet="1").columns[0].name == "z"  # a name before a number
    assert _read(tmp_path, content, sheet="B").notes == ()
    with pytest.raises(InputError, match="no sheet “Q”; its sheets are: A, B, 1"):
        _read(tmp_path, content, sheet="Q")
    with pytest.raises(InputError, match="no sheet “4”"):
        _read(tmp_path, content, sheet="4")


def test_charts_are_no_sheets(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$A$2:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)
        book.add_worksheet("Data").write_column(0, 0, ["x", 1.0])
    assert _read(tmp_path, file.getvalue()).dialect.sheet == "Data"
    assert sheets(tmp_path / "some data.xlsx") == ("Data",)


def test_blank_rows_are_no_rows_and_blank_columns_before_the_first_are_none(tmp_path: Path) -> None:
    table = _read(tmp_path, xlsx({"S": [[], [], [None, "x", "y"], [None, 1.0, 2.0], [None, " "], [None, None, 4.0]]}))
    assert table.dialect.header == 3
    assert [column.name for column in table.columns] == ["x", "y"]
    assert table.n_rows == 2
    assert [cell.row for cell in table.columns[0].left_out] == [2]


def test_a_title_is_never_taken_for_names(tmp_path: Path) -> None:
    content = xlsx({"S": [["A title"], [], ["x", "y"], [1.0, 2.0], [3.0, 4.0]]})
    with pytest.raises(InputError, match=r"Row 1 of sheet “S” of some data\.xlsx has 1 cell .* say --header 3"):
        _read(tmp_path, content)
    table = _read(tmp_path, content, header=3)
    assert table.data("y").column.tolist() == [2, 4]
    assert table.notes == ("What stands before row 3 was passed over.",)
    with pytest.raises(InputError, match="Row 2 holds no names"):
        _read(tmp_path, content, header=2)


def test_without_names_the_columns_are_called_by_their_place(tmp_path: Path) -> None:
    table = _read(tmp_path, xlsx({"S": [[1.0, 2.0], [3.0, 4.0]]}))
    assert table.dialect.header == 0
    assert [column.name for column in table.columns] == ["column 1", "column 2"]
    assert "no row of names" in table.notes[0]
    assert _read(tmp_path, xlsx({"S": [["x"], [1.0], [2.0]]}), header=0).n_rows == 3


def test_dates_booleans_and_errors_are_no_numbers(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["when", date(2020, 1, 2), date(2020, 1, 3)])
        sheet.write_column(0, 1, ["is", True, False])
        sheet.write_column(0, 2, ["x", 1.5])
        sheet.write_formula(2, 2, "=1/0", value="#DIV/0!")
        sheet.write_column(0, 3, ["y", 1.5, "#N/A"])
    when, is_, x, y = _read(tmp_path, file.getvalue()).columns
    assert when.why_not.startswith("dates: row 1 is “2020-01-02”")
    assert is_.why_not.startswith("booleans: row 1 is “True”")
    assert [(cell.row, cell.reason) for cell in x.left_out] == [(2, "missing")]
    assert [(cell.row, cell.reason) for cell in y.left_out] == [(2, "missing")]


def test_a_code_for_missing_is_missing_in_numbers_and_in_texts(tmp_path: Path) -> None:
    table = _read(
        tmp_path, xlsx({"S": [["x"], [1.0], [-999.0], ["-999"], ["none given"]]}), missing=("-999", "None given")
    )
    assert [(cell.row, cell.reason) for cell in table.columns[0].left_out] == [
        (2, "missing"),
        (3, "missing"),
        (4, "missing"),
    ]


GOOD = xlsx({"S": [["x"], [1.0], [2.0]]})


def _with_part(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return file.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"
_FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    b"</sheetData></worksheet>"
)
_ENTITY = (
    b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="str"><v>&e;</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[: len(GOOD) // 2], "damaged workbook"),
        (_with_part(_SHEET, b"<worksheet><sheetData><row"), "damaged workbook|without any cell"),
        (_with_part("xl/workbook.xml", b"nonsense"), "damaged workbook"),
        (_with_part(_SHEET, _FAR), "more memory than a workbook may have"),
        (xlsx({"S": []}), "without any cell"),
        (xlsx({"S": [["x"]]}), "row of names but no other|words"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged workbook"),
        (compound(bytes(4096), "EncryptedPackage"), "protected by a password; save it without one"),
        (xls("S", NUMBERS)[:3000], "damaged workbook"),
    ],
    ids=[
        "cut off",
        "sheet cut off",
        "nonsense",
        "far cell",
        "blank",
        "names only",
        "compound",
        "password",
        "xls cut off",
    ],
)
def test_what_cannot_be_read_is_one_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as caught:
        _read(tmp_path, content).data()
    assert "some data.xlsx" in str(caught.value)
    assert str(caught.value).isprintable()


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    try:
        table = _read(tmp_path, _with_part(_SHEET, _ENTITY))
    except InputError:
        return
    assert "root" not in str([column.name for column in table.columns]) + str(table.preview)


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 100_000)
    with pytest.raises(InputError, match="unpacks to"):
        _read(tmp_path, _with_part(_SHEET, b" " * 200_000))


def test_more_cells_than_can_be_held_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_lines, "MOST_CELLS", 2)
    with pytest.raises(InputError, match="more than 2 cells"):
        _read(tmp_path, GOOD)


def test_reading_can_be_given_up_before_the_first_row_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(GOOD)

    def give_up(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(tmp_path / "a.xlsx", progress=give_up)


def test_a_column_of_many_words_can_be_asked_for_its_texts(tmp_path: Path) -> None:
    table = _read(tmp_path, xlsx({"S": [["name", "x"], *([f"n{i}", float(i)] for i in range(40))]}))
    texts = table.columns[0].texts
    assert texts is not None
    assert texts()[39] == "n39"
    assert np.isfinite(table.data("x").column).all()


def test_a_first_sheet_of_notes_is_passed_over_for_one_with_numbers(tmp_path: Path) -> None:
    path = tmp_path / "fish.xlsx"
    with xlsxwriter.Workbook(path) as book:
        notes, lengths = book.add_worksheet("Notes"), book.add_worksheet("Lengths")
        notes.write_column(0, 0, ["Fish of three rivers", "measured in May", "by hand"])
        lengths.write_column(0, 0, ["length", 12.5, 13.5, 14.5])
    table = read_table(path)
    assert table.dialect.sheet == "Lengths"
    assert table.data().column.tolist() == [12.5, 13.5, 14.5]
    assert any("“Lengths” was read, one of 2" in note for note in table.notes)
    assert read_table(path, Dialect(sheet="Notes")).numeric == ()
