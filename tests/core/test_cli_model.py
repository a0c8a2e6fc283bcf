"""The command line's words for variants, families, constraints, several columns, counts and weights."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from core.algorithms import ALGORITHMS
from core.cli import main
from core.families import FAMILIES
from core.families.family import Setting
from core.samples import FOLDER

FAITHFUL = str(FOLDER / "faithful.csv")
WAITING = [FAITHFUL, "--column", "waiting"]
SCHEMA = json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
DEATHS = (162, 267, 271, 185, 111, 61, 27, 8, 3, 1)

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


def result(emgui: Run, *arguments: str) -> dict[str, Any]:
    status, out, err = emgui("fit", *arguments)
    assert status == 0, err
    made: dict[str, Any] = json.loads(out)
    jsonschema.validate(made, SCHEMA)
    return made


def deaths() -> str:
    path = Path("deaths.csv")
    rows = [f"{k},{days}" for k, days in enumerate(DEATHS)]
    path.write_text("\n".join(["deaths,days", *rows]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_every_algorithm_leaves_a_result_that_the_schema_knows(emgui: Run, algorithm: str) -> None:
    made = result(emgui, *WAITING, "--algorithm", algorithm)
    assert made["fit"]["algorithm"] == algorithm
    assert made["fit"]["status"] == ("converged" if ALGORITHMS[algorithm].converges else "max-iterations")
    assert made["fit"]["options"] == ALGORITHMS[algorithm]().options
    assert (made["fit"]["expected_gain"] is None) is not ALGORITHMS[algorithm].judged


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in ("binomial", "poisson")])
def test_every_continuous_family_leaves_a_result_that_the_schema_knows(emgui: Run, family: str) -> None:
    made = result(emgui, *WAITING, "--family", family, "--components", "1")
    assert made["model"]["family"] == family
    assert set(made["components"][0]) - {"id", "weight"} == set(FAMILIES[family](Setting()).parameter_names)


def test_a_family_for_each_component_needs_no_number_of_components(emgui: Run) -> None:
    made = result(emgui, *WAITING, "--family", "gaussian+gaussian+uniform")
    assert made["model"]["n_components"] == 3
    assert sorted(one["family"] for one in made["components"]) == ["gaussian", "gaussian", "uniform"]
    Path("start.json").write_text(json.dumps(made), encoding="utf-8")
    again = result(emgui, *WAITING, "--start", "start.json", "--max-iterations", "0")
    assert again["log_likelihood"] == pytest.approx(made["log_likelihood"], rel=1e-12)
    assert again["model"] == made["model"] | {"family": again["model"]["family"]}


def test_counts_stand_for_equal_rows(emgui: Run) -> None:
    given = ("--column", "deaths", "--counts", "days", "--family", "poisson")
    made = result(emgui, deaths(), *given, "--tolerance", "1e-9")
    assert made["data"]["n_samples"] == sum(DEATHS)
    assert made["data"]["counts"] == "days"
    assert made["log_likelihood"] == pytest.approx(-1989.945859883, abs=1e-6)
    assert [one["rate"] for one in made["components"]] == pytest.approx([1.2560951, 2.6634044], abs=1e-4)


def test_weights_of_one_change_nothing_and_their_scale_neither(emgui: Run) -> None:
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=60), rng.uniform(0.5, 2, 60)
    lines = [f"{a!r},1,{b!r},{1000 * b!r}" for a, b in zip(x.tolist(), w.tolist(), strict=True)]
    Path("w.csv").write_text("\n".join(["x,one,w,more", *lines]) + "\n", encoding="utf-8")
    bare, ones, weighted, scaled = (
        result(emgui, "w.csv", "--column", "x", *also)
        for also in ([], ["--weights", "one"], ["--weights", "w"], ["--weights", "more"])
    )
    assert ones["components"] == bare["components"]
    assert scaled["log_likelihood"] == pytest.approx(weighted["log_likelihood"], rel=1e-9)
    assert weighted["log_likelihood"] != pytest.approx(bare["log_likelihood"], rel=1e-6)
    assert weighted["data"]["weights"] == "w"
    assert weighted["data"]["n_samples"] == pytest.approx(60)


def test_several_columns_are_fitted_together(emgui: Run) -> None:
    columns = ("--column", "eruptions", "--column", "waiting")
    status, _, err = emgui(
        "fit", FAITHFUL, *columns, "--trace", "t.csv", "--memberships", "m.csv", "--output", "r.json"
    )
    assert status == 0, err
    made = json.loads(Path("r.json").read_text(encoding="utf-8"))
    jsonschema.validate(made, SCHEMA)
    assert made["log_likelihood"] == pytest.approx(-1130.2639601847416, abs=1e-5)
    assert np.array(made["components"][0]["covariance"]).shape == (2, 2)
    with Path("t.csv").open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    assert names[4:] == [
        *("weight[1]", "weight[2]", "mean[1,1]", "mean[1,2]", "mean[2,1]", "mean[2,2]"),
        *(f"covariance[{k},{place}]" for k in (1, 2) for place in ("1,1", "1,2", "2,2")),
    ]
    with Path("m.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == [*("row", "eruptions", "waiting", "component[1]", "component[2]", "component")]
    again = result(emgui, FAITHFUL, *columns, "--start", "r.json", "--max-iterations", "0")
    assert again["log_likelihood"] == pytest.approx(made["log_likelihood"], rel=1e-12)


def test_constraints_hold_and_are_told(emgui: Run) -> None:
    made = result(emgui, *WAITING, "--fix", "mean[1]=55", "--floor", "sd=6", "--bound", "weight[1]=:0.4")
    assert made["components"][0]["mean"] == 55
    assert all(one["sd"] >= 6 for one in made["components"])
    assert made["model"]["constraints"] == ["fix mean[1]=55", "bound weight[1]=:0.4", "floor sd=6"]
    assert made["model"]["n_parameters"] == 4
    assert made["fit"]["expected_gain"] is None, "the floor holds a component up"


def test_tied_sds_are_tied_covariances(emgui: Run) -> None:
    tied = result(emgui, *WAITING, "--tie", "sd")
    covariance = result(emgui, *WAITING, "--covariance", "tied")
    assert tied["log_likelihood"] == pytest.approx(covariance["log_likelihood"], abs=2e-6)
    assert tied["model"]["n_parameters"] == covariance["model"]["n_parameters"] == 4


def test_a_prior_is_told_and_promises_no_maximum_of_the_likelihood(emgui: Run) -> None:
    made = result(emgui, *WAITING, "--prior", "sd=5:10")
    assert made["fit"]["expected_gain"] is None
    assert made["fit"]["log_prior"] < 0


def test_the_linkage_model_needs_no_file(emgui: Run) -> None:
    made = result(emgui, "--model", "linkage", "--trace", "t.csv", "--stop-on", "parameters", "--tolerance", "1e-13")
    assert made["parameters"]["pi"] == pytest.approx(0.6268214978709824, abs=1e-12)
    assert made["model"] == {"family": "linkage", "n_parameters": 1}
    assert made["fit"]["convergence_rate"] == pytest.approx(0.132779, abs=1e-6)
    assert made["log_likelihood"] == pytest.approx(-205.715887045898274, abs=1e-10)
    assert "components" not in made
    with Path("t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    iterates = [0.5, 0.60824742268041237, 0.62432105036927045, 0.62648887907966736]
    assert [float(row["pi"]) for row in rows[:4]] == pytest.approx(iterates, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*WAITING, "--option", "blocks=3"], "em has no option “blocks”; it has none"),
        ([*WAITING, "--algorithm", "incremental", "--option", "block=3"], "it has blocks"),
        ([*WAITING, "--algorithm", "incremental", "--option", "blocks"], "needs NAME=VALUE"),
        ([*WAITING, "--algorithm", "incremental", "--option", "blocks=many"], "must be a whole number"),
        ([*WAITING, "--algorithm", "incremental", "--option", "blocks=0"], "must be from 1"),
        ([*WAITING, "--family", "binomial"], "--trials"),
        ([*WAITING, "--family", "binomial", "--trials", "0"], "--trials"),
        ([*WAITING, "--family", "gaussian+gama"], "gama"),
        ([*WAITING, "--family", "gaussian+gamma", "--components", "3"], "2 components"),
        ([*WAITING, "--fix", "mean[3]=1"], "component"),
        ([*WAITING, "--fix", "shape[1]=1"], "shape"),
        ([*WAITING, "--fix", "mean"], "--fix"),
        ([*WAITING, "--floor", "sd=-1"], "sd"),
        ([*WAITING, "--counts", "eruptions"], "whole numbers"),
        ([*WAITING, "--counts", "eruptions", "--weights", "eruptions"], "may not be combined"),
        ([*WAITING, "--weights", "waiting"], "two roles"),
        ([FAITHFUL, "--column", "waiting", "--column", "waiting"], "twice"),
        ([FAITHFUL, "--column", "eruptions", "--column", "waiting", "--family", "gamma"], "one column"),
        (["--model", "linkage", FAITHFUL], "leave the file out"),
        (["--model", "linkage", "--restarts", "3"], "--restarts"),
        (["--model", "linkage", "--column", "x"], "--column"),
        (["--model", "blood"], "--model must be one of linkage"),
        ([], "Which file"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(emgui: Run, arguments: list[str], sentence: str) -> None:
    status, out, err = emgui("fit", *arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_the_lists_tell_options_and_supports(emgui: Run) -> None:
    assert "--option blocks=20" in emgui("algorithms")[1]
    assert "of numbers greater than 0" in emgui("families")[1]
