"""`emgui fit --thresholds`: what is in the result, beside the memberships and in the report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.cli import main
from core.samples import FOLDER

WAITING = [str(FOLDER / "faithful.csv"), "--column", "waiting"]
DEATHS = [str(FOLDER / "deaths.csv"), "--column", "deaths", "--counts", "days", "--family", "poisson"]
SCHEMA = json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def fitted(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `emgui fit` in an empty folder and gives its result, which is as the schema says."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> dict[str, Any]:
        assert main(["fit", *arguments]) == 0
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        jsonschema.validate(result, SCHEMA)
        return result

    return run


def lines(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_result_has_no_thresholds_unless_they_are_asked_for(fitted: Run) -> None:
    assert "thresholds" not in fitted(*WAITING)


def test_thresholds_may_stand_anywhere_and_mean_those_equally_likely(fitted: Run) -> None:
    before = fitted("--thresholds", *WAITING)["thresholds"]
    assert before == fitted(*WAITING, "--thresholds")["thresholds"]
    assert before == fitted(*WAITING, "--thresholds", "equal")["thresholds"]
    (one,) = before
    assert (one["below"], one["above"], one["kind"], one["by_hand"]) == (1, 2, "equal", False)
    assert one["value"] == pytest.approx(66.584, abs=1e-3)
    assert one["rows"] == {"below": 99, "above": 173}
    low, high = one["interval"]
    assert high - low == pytest.approx(2 * 1.959964 * one["standard_error"])


def test_rows_have_the_class_of_their_stretch_beside_their_memberships(fitted: Run) -> None:
    fitted(*WAITING, "--thresholds", "at=67.5", "--memberships", "m.csv")
    found = lines("m.csv")
    assert len(found) == 272
    assert all(row["threshold_class"] == ("1" if float(row["waiting"]) < 67.5 else "2") for row in found)
    fitted(*WAITING, "--memberships", "none.csv")
    assert "threshold_class" not in lines("none.csv")[0]


def test_all_columns_of_the_file_stand_beside_the_class(fitted: Run) -> None:
    fitted(*WAITING, "--thresholds", "--memberships", "m.csv", "--keep-columns")
    assert list(lines("m.csv")[0])[-2:] == ["threshold_class", "eruptions"]


def test_rows_between_two_error_rates_have_no_class(fitted: Run) -> None:
    found = fitted(*WAITING, "--thresholds", "error=0.001", "--memberships", "m.csv")["thresholds"]
    (low, below), (high, above) = ((one["value"], one["kind"]) for one in found)
    assert (below, above) == ("error-below", "error-above")
    between = [row for row in lines("m.csv") if low <= float(row["waiting"]) < high]
    assert between
    assert all(row["threshold_class"] == "" for row in between)


def test_of_a_transformed_column_the_value_stands_in_both_units(fitted: Run) -> None:
    for one in fitted(*WAITING, "--transform", "log10", "--thresholds", "specificity=0.95")["thresholds"]:
        assert one["original"]["value"] == pytest.approx(10 ** one["value"])
        assert one["original"]["interval"] == pytest.approx([10**end for end in one["interval"]])


def test_whole_numbers_with_counts_are_parted_at_a_whole_number(fitted: Run) -> None:
    (one,) = fitted(*DEATHS, "--thresholds")["thresholds"]
    assert one["value"] == int(one["value"])
    assert one["standard_error"] is None
    assert one["rows"]["below"] + one["rows"]["above"] == 1096


def test_censored_truncated_binned_and_grouped_rows_are_parted_in_their_population(fitted: Run) -> None:
    values = [row["waiting"] for row in lines(WAITING[0])]
    rows = [f"{min(float(v), 85)},{int(float(v) < 85)},{'ab'[i % 2]}" for i, v in enumerate(values)]
    Path("c.csv").write_text("\n".join(["time,seen,group", *rows]) + "\n", encoding="utf-8")
    (plain,) = fitted(*WAITING, "--thresholds")["thresholds"]
    censored = fitted("c.csv", "--column", "time", "--observed", "seen", "--thresholds", "--memberships", "m.csv")
    near = next(one for one in censored["thresholds"] if 60 < one["value"] < 75)
    assert near["rows"] == plain["rows"]
    assert abs(near["value"] - plain["value"]) < 1.0
    assert near["standard_error"] > 0.0
    assert {row["threshold_class"] for row in lines("m.csv")} >= {"1", "2"}
    (cut,) = fitted(*WAITING, "--truncate=:100", "--tie", "sd", "--thresholds")["thresholds"]
    assert abs(cut["value"] - plain["value"]) < 2.0
    shared = fitted("c.csv", "--column", "time", "--group", "group", "--share", "components", "--thresholds")
    assert sum(shared["thresholds"][0]["rows"].values()) == 272


def test_groups_fitted_apart_have_thresholds_of_their_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    values = [row["waiting"] for row in lines(WAITING[0])]
    path.write_text("\n".join(["time,group", *(f"{v},{'ab'[i % 2]}" for i, v in enumerate(values))]), encoding="utf-8")
    assert main(["fit", str(path), "--column", "time", "--group", "group", "--tie", "sd", "--thresholds"]) == 0
    found = json.loads(capsys.readouterr().out)["groups"]
    first, second = (one["result"]["thresholds"][0]["value"] for one in found)
    assert first != second


def test_the_report_has_a_table_of_them(fitted: Run) -> None:
    fitted(*WAITING, "--thresholds", "--thresholds", "specificity=0.9", "--report", "r.html")
    text = Path("r.html").read_text(encoding="utf-8")
    assert "<h2>Thresholds</h2>" in text
    assert "66.5843" in text
    assert "specificity 90 %" in text
    assert "--thresholds equal --thresholds specificity=0.9" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*WAITING, "--column", "eruptions", "--thresholds"], "of one column"),
        ([*WAITING, "--thresholds", "error=5"], "between 0 and 1"),
        ([*WAITING, "--thresholds=nearly"], "says nothing about thresholds"),
        (["--model", "linkage", "--thresholds"], "no mixture"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["fit", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_what_is_nowhere_parted_is_said_beside_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", *WAITING, "--components", "1", "--thresholds"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["thresholds"] == []
    assert "thresholds need two" in err


def test_new_rows_under_a_result_have_the_class_of_its_thresholds(fitted: Run) -> None:
    assert main(["fit", *WAITING, "--thresholds", "at=67.5", "--output", "r.json"]) == 0
    assert main(["predict", "r.json", WAITING[0], "--output", "new.csv"]) == 0
    found = lines("new.csv")
    assert all(row["threshold_class"] == ("1" if float(row["waiting"]) < 67.5 else "2") for row in found)


@pytest.mark.parametrize(
    "told",
    [
        [{"value": "a"}],
        {"value": 3},
        [{"value": 1.0, "below": 1, "above": 7}],
        [None],
        [{"value": 1.0, "below": [1], "above": 2}],
    ],
)
def test_thresholds_in_a_result_that_make_no_sense_are_refused(
    fitted: Run, capsys: pytest.CaptureFixture[str], told: object
) -> None:
    result = fitted(*WAITING)
    Path("r.json").write_text(json.dumps({**result, "thresholds": told}), encoding="utf-8")
    assert main(["predict", "r.json", WAITING[0]]) == 2
    assert "“thresholds” in “r.json”" in capsys.readouterr().err
