"""New rows under a saved result: the memberships that its own rows had, in every form that rows have."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import FitOptions, fit
from core.cli import main
from core.errors import InputError
from core.io import read_table
from core.io.command_line import START_FILE, arguments
from core.io.memberships import responsibilities, write_memberships
from core.io.result import write_result
from core.io.saved import read_saved
from core.predict import predicted
from core.prepare import prepared
from core.roles import Roles
from core.samples import FOLDER

FAITHFUL = FOLDER / "faithful.csv"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def emgui(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder and gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def written(folder: Path) -> Path:
    """A table with a column for each role."""
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(5.0, 1.0, 60), rng.normal(12.0, 2.0, 90)])
    columns: dict[str, Any] = {"x": x, "y": rng.normal(size=150), "from": np.floor(x), "to": np.floor(x) + 1.0}
    columns |= {"seen": (rng.random(150) > 0.2).astype(int), "error": rng.random(150), "k": rng.poisson(x)}
    columns |= {"group": rng.choice(["u", "v"], 150), "n": rng.integers(1, 4, 150)}
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


FORMS: list[tuple[Roles, dict[str, Any]]] = [
    (Roles(("x",)), {}),
    (Roles(("x",), counts="n"), {"family": "gamma"}),
    (Roles(("x",)), {"family": "gaussian+uniform", "max_iterations": 5}),
    (Roles(("k",)), {"family": "binomial", "trials": 50}),
    (Roles(("y", "x")), {"covariance": "tied"}),
    (Roles(lower="from", upper="to"), {}),
    (Roles(("x",), observed="seen"), {}),
    (Roles(("x",), errors="error"), {}),
    (Roles(("x",), truncate=(1.0, 25.0)), {}),
    (Roles(("x",), group="group", share="components"), {}),
    (Roles(("x",), transform="log10"), {}),
    (Roles(("y", "x"), transform="standardise"), {}),
    (Roles(lower="from", upper="to", transform="reciprocal"), {}),
]


@pytest.mark.parametrize(("roles", "options"), FORMS, ids=str)
def test_the_rows_of_a_fit_have_the_memberships_that_they_had(
    roles: Roles, options: dict[str, Any], tmp_path: Path
) -> None:
    table = read_table(written(tmp_path))
    one, _ = fit(prepared(table, roles), FitOptions(**options))
    write_result(tmp_path / "result.json", one)
    data, mixture = predicted(tmp_path / "result.json", table)
    every = slice(0, len(data))
    expected = responsibilities(one.data, one.mixture, every)
    np.testing.assert_allclose(responsibilities(data, mixture, every), expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("roles", "options"), FORMS, ids=str)
def test_a_result_that_is_evaluated_as_a_start_has_the_same_log_likelihood(
    roles: Roles, options: dict[str, Any], emgui: Run
) -> None:
    data = prepared(read_table(written(Path())), roles)
    one, _ = fit(data, FitOptions(**{"max_iterations": 5, **options}))
    write_result("result.json", one)
    line = arguments(replace(one, options=replace(one.options, start="given", max_iterations=0)))
    line = ["result.json" if part == START_FILE else part for part in line]
    again = json.loads(emgui("fit", *line)[1])
    assert again["log_likelihood"] == pytest.approx(one.log_likelihood, rel=1e-12)


def test_standardised_values_are_measured_as_those_that_were_fitted(tmp_path: Path) -> None:
    roles = Roles(("waiting",), transform="standardise")
    one, _ = fit(prepared(read_table(FAITHFUL), roles), FitOptions())
    write_result(tmp_path / "result.json", one)
    (tmp_path / "new.csv").write_text("waiting\n54\n80\n", encoding="utf-8")
    data, mixture = predicted(tmp_path / "result.json", read_table(tmp_path / "new.csv"))
    (mean, sd), *_ = one.data.scale
    np.testing.assert_allclose(data.column, [(54 - mean) / sd, (80 - mean) / sd], rtol=1e-12)
    assert responsibilities(data, mixture, slice(0, 2)).argmax(axis=0).tolist() == [0, 1]


def test_a_saved_component_keeps_its_number_where_others_are_missing(tmp_path: Path) -> None:
    components = [{"id": 5, "weight": 0.5, "mean": 0.0, "sd": 1.0}, {"id": 2, "weight": 0.5, "mean": 9.0, "sd": 1.0}]
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({"components": components}))
    assert read_saved(path).mixture.ids == (2, 5)
    assert read_saved(path).mixture.parameters["mean"].tolist() == [9.0, 0.0]


def test_a_group_that_was_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    one, _ = fit(prepared(read_table(path), Roles(("x",), group="group", share="components")), FitOptions())
    write_result(tmp_path / "result.json", one)
    path.write_text(path.read_text(encoding="utf-8").replace(",u,", ",w,"), encoding="utf-8")
    with pytest.raises(InputError, match="has no group “w”; it has u, v"):
        predicted(tmp_path / "result.json", read_table(path))


def fit_faithful(emgui: Run) -> None:
    assert emgui("fit", str(FAITHFUL), "--column", "waiting", "--output", "r.json", "--memberships", "m.csv")[0] == 0


def test_the_command_prints_what_the_fit_wrote_of_the_same_rows(emgui: Run) -> None:
    fit_faithful(emgui)
    status, out, err = emgui("predict", "r.json", str(FAITHFUL))
    assert (status, err) == (0, "")
    names, *lines = csv.reader(out.splitlines())
    before, *others = csv.reader(Path("m.csv").read_text(encoding="utf-8").splitlines())
    assert names == before
    np.testing.assert_allclose(np.array(lines, float), np.array(others, float), rtol=1e-12)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_writes_files_with_the_columns_that_are_kept(emgui: Run, ending: str) -> None:
    import duckdb

    fit_faithful(emgui)
    assert emgui("predict", "r.json", str(FAITHFUL), "--output", f"p.{ending}", "--keep-columns") == (0, "", "")
    found = duckdb.sql(f"SELECT * FROM 'p.{ending}'").fetchnumpy()
    assert list(found) == ["row", "waiting", "component[1]", "component[2]", "component", "eruptions"]
    np.testing.assert_array_equal(found["eruptions"], read_table(FAITHFUL).named("eruptions").values)


def test_the_only_column_may_have_another_name_and_one_of_several_is_named(emgui: Run) -> None:
    fit_faithful(emgui)
    Path("one.csv").write_text("minutes\n50\n90\n", encoding="utf-8")
    Path("two.csv").write_text("minutes,seconds\n50,1\n90,2\n", encoding="utf-8")
    assert emgui("predict", "r.json", "one.csv")[1].splitlines()[1].split(",")[-1] == "1"
    status, out, err = emgui("predict", "r.json", "two.csv")
    assert (status, out) == (2, "")
    assert "two.csv has no column “waiting”, which “r.json” was fitted to" in err
    assert emgui("predict", "r.json", "two.csv", "--column", "minutes")[1] == emgui("predict", "r.json", "one.csv")[1]


def test_rows_that_cannot_be_used_are_left_out_and_counted(emgui: Run) -> None:
    fit_faithful(emgui)
    Path("new.csv").write_text("waiting\n50\nNA\n90\n", encoding="utf-8")
    status, out, err = emgui("predict", "r.json", "new.csv")
    assert status == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["row", "1", "3"]
    assert err == "emgui: 1 of 3 rows of “waiting” was left out; the first is row 2: missing, “NA”.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["r.json"], "needs a result and a file"),
        (["r.json", "nowhere.csv"], "nowhere.csv"),
        (["nowhere.json", "new.csv"], "nowhere.json"),
        (["new.csv", "r.json"], "is not JSON"),
        (["r.json", "new.csv", "--output", "new.csv"], "is being read"),
        (["r.json", "new.csv", "--output", "r.json"], "does not say in which form"),
        (["r.json", "new.csv", "--output", "x.docx"], ".csv or .parquet"),
        (["r.json", "new.csv", "--colum", "x"], "perhaps --column is meant"),
        (["r.json", "new.csv", "--column", "x"], "no column “x”"),
        (["r.json", "new.csv", "more.csv"], "one file too many"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(emgui: Run, arguments: list[str], sentence: str) -> None:
    fit_faithful(emgui)
    Path("new.csv").write_text("waiting\n50\n90\n", encoding="utf-8")
    status, out, err = emgui("predict", *arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"data": 3},
        {"data": {"columns": "x"}},
        {"data": {"columns": [1]}},
        {"data": {"columns": ["waiting"], "lower": 3}},
        {"data": {"columns": ["waiting"], "transform": "cube"}},
        {"data": {"columns": ["waiting"], "transform": "standardise", "standardised": [{"mean": 1}]}},
        {"data": {"columns": ["waiting"], "transform": "standardise", "standardised": [{"mean": 1, "sd": 0}]}},
        {"groups": [{"name": "a", "weights": [1]}]},
        {"groups": 3},
        {"components": []},
    ],
)
def test_a_result_that_is_damaged_is_a_sentence(change: dict[str, Any], tmp_path: Path) -> None:
    one, _ = fit(prepared(read_table(FAITHFUL), Roles(("waiting",))), FitOptions())
    write_result(tmp_path / "r.json", one)
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    (tmp_path / "r.json").write_text(json.dumps({**document, **change}), encoding="utf-8")
    with pytest.raises(InputError):
        predicted(tmp_path / "r.json", read_table(FAITHFUL))


def test_components_written_down_by_hand_are_a_result_too(tmp_path: Path) -> None:
    entries = [{"weight": 0.5, "mean": 80, "sd": 6}, {"weight": 0.5, "mean": 55, "sd": 6}]
    (tmp_path / "hand.json").write_text(json.dumps({"components": entries}), encoding="utf-8")
    (tmp_path / "new.csv").write_text("anything\n50\n90\n", encoding="utf-8")
    data, mixture = predicted(tmp_path / "hand.json", read_table(tmp_path / "new.csv"))
    assert read_saved(tmp_path / "hand.json").mixture.parameters["mean"].tolist() == [55.0, 80.0]
    write_memberships(tmp_path / "m.csv", data, mixture)
    assert (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()[2].endswith(",2")
