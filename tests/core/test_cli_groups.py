"""Groups on the command line: fitted apart, or with shared components."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from core.cli import main
from core.samples import FOLDER

SCHEMA = json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
GROUPS = json.loads((FOLDER.parent / "emgui-groups.schema.json").read_text(encoding="utf-8"))
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def emgui(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with a table of two groups; gives exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(0, 1, 80), rng.normal(6, 1, 120)])
    lines = [f"{x},{group}" for x, group in zip(values, rng.choice(["u", "v"], 200), strict=True)]
    Path("rows.csv").write_text("\n".join(["x,g", *lines, "5,", "NA,u"]) + "\n", encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_groups_fitted_apart_are_the_fits_of_their_rows(emgui: Run) -> None:
    status, out, err = emgui("fit", "rows.csv", "--column", "x", "--group", "g")
    document = json.loads(out)
    assert (status, document["format"], document["group"]) == (0, "emgui-groups", "g")
    jsonschema.Draft202012Validator(GROUPS).validate(document)
    assert [group["name"] for group in document["groups"]] == ["u", "v"]
    assert document["data"]["n_left_out"] == 2
    assert "2 of 202 rows of “x” were left out" in err
    alone = [
        json.loads(emgui("fit", "rows.csv", "--column", "x", "--where", f"g = '{name}'")[1]) for name in ("u", "v")
    ]
    for group, one in zip(document["groups"], alone, strict=True):
        jsonschema.validate(group["result"], SCHEMA)
        assert group["result"]["components"] == one["components"]
    assert document["log_likelihood"] == pytest.approx(sum(one["log_likelihood"] for one in alone), rel=1e-12)
    assert document["n_parameters"] == 10


def test_the_result_of_groups_goes_to_a_file(emgui: Run) -> None:
    _, out, _ = emgui("fit", "rows.csv", "--column", "x", "--group", "g")
    status, printed, _ = emgui("fit", "rows.csv", "--column", "x", "--group", "g", "--output", "g.json")
    assert (status, printed) == (0, "")
    assert Path("g.json").read_text(encoding="utf-8") == out


@pytest.mark.parametrize("flag", ["--trace", "--memberships", "--code", "--report"])
def test_what_is_of_one_fit_is_refused_before_any_work(emgui: Run, flag: str) -> None:
    before = sorted(Path().iterdir())
    status, out, err = emgui("fit", "rows.csv", "--column", "x", "--group", "g", flag, "x")
    assert (status, out) == (2, "")
    assert f"{flag} is of one fit, and each group has its own" in err
    assert sorted(Path().iterdir()) == before


def test_shared_components_are_one_fit_with_weights_for_each_group(emgui: Run) -> None:
    status, out, _ = emgui("fit", "rows.csv", "--column", "x", "--group", "g", "--share", "components")
    document = json.loads(out)
    assert (status, document["format"]) == (0, "emgui-fit")
    assert [group["name"] for group in document["groups"]] == ["u", "v"]
    assert all(sum(group["weights"]) == pytest.approx(1.0) for group in document["groups"])
