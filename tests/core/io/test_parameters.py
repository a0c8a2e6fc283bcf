"""The table of parameters in its forms: every digit for machines, six for people, and nothing that runs."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from core import Data, Fit, FitOptions, fit
from core.data import LeftOut
from core.errors import InputError
from core.fit import with_uncertainty
from core.io import read_table
from core.io.parameters import parameter_table, parameters_text, write_parameters
from core.io.rows import FORMULA_SIGNS
from core.samples import FOLDER

RNG = np.random.default_rng(1)
VALUES = np.concatenate([RNG.normal(0.0, 1.0, 150), RNG.normal(6.0, 2.0, 250)])
ONE = fit(Data(VALUES, ("x",)), FitOptions())[0]
TWO = fit(Data(np.column_stack([VALUES, RNG.normal(size=400)]), ("a", "b")), FitOptions(max_iterations=3))[0]
MIXED = fit(Data(VALUES, ("x",)), FitOptions(family="gaussian+uniform", max_iterations=3))[0]
names = st.text(max_size=6).map(lambda text: text or "x")


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def called(one: Fit, *columns: str) -> Fit:
    return replace(one, data=replace(one.data, columns=columns, source=columns[0]))


@pytest.mark.parametrize("one", [ONE, TWO, MIXED], ids=["one column", "two columns", "two families"])
def test_csv_and_excel_hold_the_numbers_to_the_last_digit(one: Fit, tmp_path: Path) -> None:
    from python_calamine import load_workbook

    table = parameter_table(one)
    for ending in (".csv", ".xlsx"):
        write_parameters(tmp_path / f"p{ending}", one)
    head, *lines = read(tmp_path / "p.csv")
    assert head == list(table.names)
    book = load_workbook(tmp_path / "p.xlsx")
    assert book.sheet_names == ["Parameters", "Fit", "Data"]
    top, *rows = book.get_sheet_by_name("Parameters").to_python()
    assert top == head
    for row, line, cells in zip(table.rows, lines, rows, strict=True):
        for value, text, one_cell in zip(row, line, cells, strict=True):
            told = value if value is not None else ""
            assert one_cell == told
            assert (text if isinstance(told, str) else float(text)) == told


def test_the_workbook_says_how_the_fit_was_made_and_of_what(tmp_path: Path) -> None:
    from python_calamine import load_workbook

    left_out = LeftOut(7, "x", "missing", "=HYPERLINK()")
    one = replace(ONE, data=replace(ONE.data, n_left_out=1, left_out=(left_out,), source="=1+1"))
    write_parameters(tmp_path / "p.xlsx", one)
    book = load_workbook(tmp_path / "p.xlsx")
    facts = {row[0]: row[1] for row in book.get_sheet_by_name("Fit").to_python()}
    assert facts["log-likelihood"] == one.log_likelihood
    assert facts["BIC"] == one.bic
    rows = book.get_sheet_by_name("Data").to_python()
    assert rows[0][:2] == ["file", "=1+1"]
    assert rows[-1] == [7, "x", "missing", "=HYPERLINK()"]
    assert b"<f>" not in unzipped(tmp_path / "p.xlsx")


def unzipped(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_what_people_read_has_six_digits(tmp_path: Path) -> None:
    mixture = replace(
        ONE.mixture,
        weights=np.array([0.123456789, 0.876543211]),
        parameters={"mean": np.array([-1234567.0, 1e-9]), "sd": np.array([2.0, 1.5e20])},
    )
    one = replace(ONE, mixture=mixture)
    write_parameters(tmp_path / "p.md", one)
    write_parameters(tmp_path / "p.tex", one)
    markdown = (tmp_path / "p.md").read_text(encoding="utf-8").splitlines()
    assert markdown[0] == "| id | weight | mean | sd |"
    assert markdown[2] == "| 1 | 0.123457 | -1234567 | 2 |"
    assert markdown[3] == "| 2 | 0.876543 | 1.00000e-09 | 1.50000e+20 |"
    assert f"log-likelihood = {ONE.log_likelihood:.3f}" in markdown[-1]
    latex = (tmp_path / "p.tex").read_text(encoding="utf-8")
    assert r"$2$ & $0.876543$ & $1.00000 \times 10^{-9}$ & $1.50000 \times 10^{20}$ \\" in latex
    for rule in ("top", "mid", "bottom"):
        assert f"\\{rule}rule" in latex


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=names, second=names)
@example(first="\r", second="\n")
@example(first="a|b&c%#$\\", second='"')
def test_no_column_name_gets_out_of_its_cell(first: str, second: str, tmp_path: Path) -> None:
    assume(first.split() != second.split())
    one, table = called(TWO, first, second), parameter_table(TWO)
    for ending in (".csv", ".md", ".tex", ".xlsx"):
        write_parameters(tmp_path / f"p{ending}", one)
    assert {len(line) for line in read(tmp_path / "p.csv")} == {len(table.names)}
    assert not any(cell.startswith(FORMULA_SIGNS) for cell in read(tmp_path / "p.csv")[0])
    markdown = (tmp_path / "p.md").read_text(encoding="utf-8").split("\n")
    cells = markdown[0].replace("\\\\", "").replace("\\|", "")
    assert cells.count("|") == len(table.names) + 1
    assert len(markdown) == len(table.rows) + 5
    latex = (tmp_path / "p.tex").read_text(encoding="utf-8").split("\n")
    assert len(latex) == len(table.rows) + 9
    head = latex[3].replace("\\&", "")
    assert head.count("&") == len(table.names) - 1
    assert not set("%#$") & set(head.replace("\\%", "").replace("\\#", "").replace("\\$", ""))
    lines = parameters_text(one).split("\n")
    assert lines[0].count("\t") == len(table.names) - 1


def test_the_text_to_paste_has_the_parameters_and_how_the_fit_was_made() -> None:
    lines = [line.split("\t") for line in parameters_text(called(ONE, "=x")).splitlines()]
    assert lines[0] == ["id", "weight", "mean", "sd"]
    assert [float(cell) for cell in lines[1]] == list(parameter_table(ONE).rows[0])
    facts = {line[0]: line[1:] for line in lines[4:]}
    assert float(facts["log-likelihood"][0]) == ONE.log_likelihood
    assert facts["column"] == ["'=x"]


def test_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv, \.md, \.tex or \.xlsx"):
        write_parameters(tmp_path / "p.docx", ONE)
    assert list(tmp_path.iterdir()) == []


def test_standard_errors_follow_where_they_are_known() -> None:
    data = read_table(FOLDER / "faithful.csv").data("waiting")
    found = with_uncertainty(fit(data, FitOptions())[0])
    table = parameter_table(found)
    assert table.names[-3:] == ("se(weight)", "se(mean)", "se(sd)")
    assert found.uncertainty is not None
    assert [row[-2] for row in table.rows] == pytest.approx(found.uncertainty.standard_errors["mean"].tolist())
