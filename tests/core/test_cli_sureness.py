"""`--standard-errors` on the command line."""

import json

import jsonschema
import pytest
from cases import SAMPLES

from core.cli import main

FILE = str(SAMPLES / "faithful.csv")
SCHEMA = json.loads((SAMPLES.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))


def fitted(capsys, *arguments):
    assert main(["fit", FILE, "--column", "waiting", *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(result)
    return result


def test_the_bare_flag_takes_no_file_for_its_value(capsys):
    assert main(["fit", "--standard-errors", FILE, "--column", "waiting"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["uncertainty"] == {"method": "information"}
    assert fitted(capsys, "--standard-errors=information")["standard_errors"] == plain["standard_errors"]
    assert fitted(capsys, "--standard-errors", "information")["standard_errors"] == plain["standard_errors"]


def test_a_bootstrap_says_how_it_was_made_and_repeats(capsys):
    asked = ("--standard-errors=bootstrap", "--replicates", "25", "--seed", "9", "--fix", "sd[1]=6")
    result = fitted(capsys, *asked)
    assert result["uncertainty"] == {
        "method": "bootstrap", "bootstrap": "cases", "replicates": 25, "seed": 9, "n_left_out": 0,
        "n_not_converged": 0, "n_unbounded": 0, "n_realigned": 0,
    }  # fmt: skip
    assert result["standard_errors"][0]["sd"] is None
    assert result["intervals"][0]["sd"] is None
    low, high = result["intervals"][1]["mean"]
    assert low < result["components"][1]["mean"] < high
    assert fitted(capsys, *asked)["intervals"] == result["intervals"]
    other = fitted(capsys, *asked, "--bootstrap", "parametric")
    assert other["uncertainty"]["bootstrap"] == "parametric"
    assert other["intervals"] != result["intervals"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--standard-errors=jackknife"], "--standard-errors must be information or bootstrap"),
        (["--replicates", "50"], "--replicates is about --standard-errors=bootstrap"),
        (["--standard-errors", "--bootstrap", "cases"], "--bootstrap is about --standard-errors=bootstrap"),
        (["--standard-errors=bootstrap", "--bootstrap", "x"], "--bootstrap must be one of cases, parametric, weighted"),
        (["--standard-errors=bootstrap", "--replicates", "1"], "--replicates must be from 10 to 100000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(capsys, arguments, words):
    assert main(["fit", FILE, "--column", "waiting", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def test_groups_fitted_apart_have_each_their_own(capsys, tmp_path):
    path = tmp_path / "two.csv"
    lines = [f"{'ab'[i % 2]},{(i * 37 % 101) / 10 + 20 * (i % 2)}" for i in range(200)]
    path.write_text("g,x\n" + "\n".join(lines) + "\n", encoding="utf-8")
    asked = ["--components", "1", "--standard-errors=bootstrap", "--replicates", "12"]
    assert main(["fit", str(path), "--column", "x", "--group", "g", *asked]) == 0
    result = json.loads(capsys.readouterr().out)
    ways = [one["result"]["uncertainty"] if "result" in one else one["uncertainty"] for one in result["groups"]]
    assert [way["replicates"] for way in ways] == [12, 12]
