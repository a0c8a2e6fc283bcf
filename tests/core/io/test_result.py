"""The result as JSON: valid by its schema, every digit kept, and a start for the next fit."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from core import Data, Fit, FitOptions, Mixture, fit
from core.constraints import Constraints, parse
from core.data import LeftOut
from core.em import ended, run, start_of
from core.errors import OutputError
from core.families import make_family
from core.families.family import Setting
from core.fit import summary
from core.history import History
from core.io import read_table
from core.io.result import read_start, result_dict, result_text, write_result
from core.prepare import prepared
from core.roles import Roles
from core.samples import FOLDER
from core.stopping import stopped
from core.table import Table

SCHEMA = json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
RNG = np.random.default_rng(3)
VALUES = np.concatenate([RNG.normal(0.0, 1.0, 120), RNG.normal(5.0, 2.0, 180)])
DATA = Data(
    VALUES,
    ("waiting",),
    source="geyser.csv",
    sha256="0" * 64,
    rows=np.arange(2, 302),
    n_left_out=1,
    left_out=(LeftOut(1, "waiting", "not a number", "abc"),),
)


def collapsing() -> Data:
    return Data(np.concatenate([VALUES, np.full(40, 2.0)]), ("x",))


def person_stopped() -> Fit:
    options, history = FitOptions(), History()
    start = start_of(DATA, options, np.random.default_rng(0))
    for iteration, _ in zip(ended(run(DATA, options, start)), range(3), strict=False):
        history.append(iteration)
    return summary(DATA, options, history, stopped(2))


NARROW = Mixture(
    make_family("gaussian", Setting("full")),
    np.array([0.2, 0.8]),
    {"mean": np.array([2.0, 3.0]), "sd": np.array([1e-3, 3.0])},
)
RESULTS = {
    "converged": fit(DATA)[0],
    "tied": fit(DATA, FitOptions(covariance="tied", n_components=3))[0],
    "one component": fit(DATA, FitOptions(n_components=1))[0],
    "max-iterations": fit(DATA, FitOptions(max_iterations=2))[0],
    "stopped": person_stopped(),
    "degenerate": fit(collapsing(), FitOptions(start="given"), NARROW)[0],
    "restarts": fit(DATA, FitOptions(restarts=4, n_components=3))[0],
    "generated": fit(Data(VALUES, ("x",)))[0],
}


@pytest.fixture(params=RESULTS)
def result(request: pytest.FixtureRequest) -> Fit:
    return RESULTS[request.param]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["groups", "select"])
def test_a_schema_that_holds_results_has_the_schema_of_one_within_it(name: str) -> None:
    whole = json.loads((FOLDER.parent / f"emgui-{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(whole)
    assert whole["$defs"]["emgui-fit.schema.json"] == SCHEMA, "copy emgui-fit.schema.json into its $defs"


def test_every_kind_of_result_is_valid(result: Fit) -> None:
    VALIDATOR.validate(result_dict(result))
    VALIDATOR.validate(result_dict(result, software=False))


def test_every_number_reads_back_as_it_was(result: Fit, tmp_path: Path) -> None:
    write_result(tmp_path / "r.json", result)
    written = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert written == result_dict(result)
    assert written["log_likelihood"] == result.log_likelihood
    ordered = result.mixture.sorted()
    for key, array in (("weight", ordered.weights), *ordered.parameters.items()):
        assert [component[key] for component in written["components"]] == array.tolist()


def test_components_are_sorted_by_mean_and_keep_their_numbers() -> None:
    mixture = RESULTS["converged"].mixture
    swapped = Mixture(
        mixture.family, mixture.weights[::-1], {n: a[::-1] for n, a in mixture.parameters.items()}, ids=(7, 4)
    )
    listed = result_dict(replace(RESULTS["converged"], mixture=swapped))["components"]
    assert [component["id"] for component in listed] == [4, 7]
    assert listed[0]["mean"] < listed[1]["mean"]


def test_a_result_says_what_was_fitted_and_how() -> None:
    written = result_dict(RESULTS["converged"])
    assert written["data"] == {
        "source": "geyser.csv",
        "sha256": "0" * 64,
        "columns": ["waiting"],
        "n_samples": 300,
        "n_features": 1,
        "n_left_out": 1,
        "left_out": [{"row": 1, "column": "waiting", "reason": "not a number", "text": "abc"}],
    }
    assert written["model"] == {"family": "gaussian", "n_components": 2, "covariance": "full", "n_parameters": 5}
    assert written["fit"]["stop_on"] == "log-likelihood"
    assert isinstance(written["fit"]["n_passes"], int)
    assert set(written["software"]) == {"emgui", "numpy", "python"}


def test_a_collapse_leaves_the_iterate_before_it_and_no_criteria() -> None:
    written = result_dict(RESULTS["degenerate"])
    assert written["fit"]["status"] == "degenerate"
    assert [written["aic"], written["bic"], written["icl"], written["fit"]["expected_gain"]] == [None] * 4
    assert np.isfinite(written["log_likelihood"])
    assert min(component["sd"] for component in written["components"]) > 0


def test_restarts_list_the_optima_they_led_to() -> None:
    optima = result_dict(RESULTS["restarts"])["fit"]["optima"]
    assert optima
    assert all(optimum["proper"] is (optimum["reason"] is None) for optimum in optima)
    assert "optima" not in result_dict(RESULTS["converged"])["fit"]


def test_numbers_that_are_none_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        result_text(replace(RESULTS["converged"], log_likelihood=float("nan")))


def test_text_that_a_terminal_would_obey_is_spelled_out_and_reads_back() -> None:
    nasty = "\x1b[31mred\x9b\u202e\ud800\U000e0001 °C"
    text = result_text(replace(RESULTS["converged"], data=replace(DATA, columns=(nasty,))))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "°C" in text
    assert json.loads(text)["data"]["columns"] == [nasty]


def test_a_result_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    monkeypatch.setattr("core.io.atomic.os.fsync", refuse)
    with pytest.raises(OutputError):
        write_result(path, RESULTS["converged"])
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def refuse(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_result_is_a_start_of_the_same_log_likelihood(result: Fit, tmp_path: Path) -> None:
    write_result(tmp_path / "r.json", result)
    start = read_start(tmp_path / "r.json")
    options = replace(
        result.options,
        n_components=start.n_components,
        covariance=start.family.covariance,
        max_iterations=0,
        restarts=1,
    )
    again, _ = fit(result.data, options, start)
    assert again.log_likelihood == pytest.approx(result.log_likelihood, rel=1e-12, abs=0)


def test_a_result_reproduces_a_fit_whose_numbered_components_changed_places(tmp_path: Path) -> None:
    waiting = np.loadtxt(FOLDER / "faithful.csv", delimiter=",", skiprows=1, usecols=1)
    constraints = Constraints((parse("fix", "sd[1]=3"),))
    crossed, _ = fit(Data(waiting, ("waiting",)), FitOptions(start="uniform", constraints=constraints))
    means = dict(zip(crossed.mixture.ids, crossed.mixture.parameters["mean"], strict=True))
    assert means[1] > means[2] + 10.0
    write_result(tmp_path / "r.json", crossed)
    again, _ = fit(crossed.data, replace(crossed.options, max_iterations=0), read_start(tmp_path / "r.json"))
    assert again.log_likelihood == pytest.approx(crossed.log_likelihood, rel=1e-14, abs=0)
    assert again.mixture.ids == crossed.mixture.ids
    (tmp_path / "s.json").write_text(json.dumps({"components": result_dict(again)["components"]}), encoding="utf-8")
    assert read_start(tmp_path / "s.json").parameters["sd"][0] == 3.0


def changed(path: str, value: Any, name: str = "converged") -> dict[str, Any]:
    """A valid result with one thing changed; removed where the value is `...`."""
    document = deepcopy(result_dict(RESULTS[name]))
    *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    place: Any = document
    for key in way:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        changed("extra", 1),
        changed("data/extra", 1),
        changed("fit/extra", 1),
        changed("components/0/variance", 1.0),
        changed("software/qt", "6"),
        changed("log_likelihood", None),
        changed("aic", None),
        changed("aic", ...),
        changed("components", []),
        changed("components/0/sd", 0.0),
        changed("components/0/weight", 1.5),
        changed("components/0/id", ...),
        changed("data/sha256", "abc"),
        changed("data/left_out/0/row", 0),
        changed("fit/status", "fine"),
        changed("fit/optima", []),
        changed("version", 2),
        changed("model/family", "gama"),
        changed("bic", 1.0, "degenerate"),
        changed("fit/expected_gain", 0.0, "degenerate"),
        changed("fit/optima", ..., "restarts"),
        changed("fit/optima/0/proper", not result_dict(RESULTS["restarts"])["fit"]["optima"][0]["proper"], "restarts"),
    ],
)
def test_the_schema_is_strict(document: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(document)


def test_every_key_of_a_result_is_described_or_typed_in_the_schema() -> None:
    for name, part in SCHEMA["$defs"].items():
        if part.get("type") == "object":
            assert part["additionalProperties"] is False, name
            assert set(part["required"]) <= set(part["properties"]), name


def test_every_role_that_a_column_can_have_is_in_the_schema() -> None:
    known = SCHEMA["$defs"]["data"]["properties"]
    assert [item.name for item in fields(Roles) if item.name not in known] == []


def rows_of(folder: Path, text: str) -> Table:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


@pytest.mark.parametrize(
    "roles",
    [
        Roles(("x",), observed="flag"),
        Roles(("x",), observed="flag", truncate=(-3.0, float("inf"))),
        Roles(lower="x", upper="top", counts="n"),
        Roles(("x",), labels="sex"),
        Roles(("x",), labels="sex", labels_for="start", weights="n"),
        Roles(("x",), group="place", share="components"),
        Roles(("x",), errors="error", where="n > 1"),
    ],
    ids=["censored", "truncated", "intervals", "labels", "start labels", "groups", "errors"],
)
def test_a_result_says_what_the_columns_were_for(tmp_path: Path, roles: Roles) -> None:
    lines = [
        f"{i / 7:.3f},{(i + 1) / 7:.3f},{i % 3 + 1},{int(i < 30)},{'F' if i < 5 else 'M' if i > 30 else ''},"
        f"{'ab'[i % 2]},0.1"
        for i in range(40)
    ]
    table = rows_of(tmp_path, "\n".join(["x,top,n,flag,sex,place,error", *lines]) + "\n")
    found = fit(prepared(table, roles), FitOptions(max_iterations=5))[0]
    told = result_dict(found)
    VALIDATOR.validate(told)
    for role, name in roles.said.items():
        if role != "truncate":
            assert told["data"][role] == name
    assert told["data"].get("truncate") == ([-3.0, None] if roles.truncate else None)
    assert told["data"].get("label_names") == (["F", "M"] if roles.labels else None)
    assert [group["name"] for group in told.get("groups", [])] == (["a", "b"] if roles.group else [])
    assert all(sum(group["weights"]) == pytest.approx(1.0) for group in told.get("groups", []))
    assert set(told["components"][0]) == {"id", "weight", "mean", "sd"}
