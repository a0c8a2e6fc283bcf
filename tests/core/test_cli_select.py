"""`emgui select`: ranked models as JSON, a table beside it, and what is refused or skipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import core.selection.proper
import core.selection.ranking
from core.cli import main
from core.command_select import components_of
from core.errors import InputError
from core.fit import fit
from core.samples import FOLDER

SCHEMA = json.loads((FOLDER.parent / "emgui-select.schema.json").read_text(encoding="utf-8"))
WAITING = (str(FOLDER / "faithful.csv"), "--column", "waiting")
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


def check(document: Any) -> None:
    """Raises where a document is not laid out as the schema says."""
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_ranked_models_are_valid_and_best_first(emgui: Run) -> None:
    status, out, err = emgui("select", *WAITING, "--components", "1-3", "--covariance", "full,tied")
    document = json.loads(out)
    check(document)
    assert (status, document["criterion"]) == (0, "bic")
    order = [(one["model"]["covariance"], one["model"]["n_components"]) for one in document["models"]]
    assert order == [("tied", 2), ("full", 2), ("tied", 3), ("full", 3), ("full", 1)]
    assert [one["value"] for one in document["ranking"]] == [one["bic"] for one in document["models"]]
    assert sum(one["weight"] for one in document["ranking"]) == pytest.approx(1.0)
    lines = err.splitlines()
    assert lines[0].split()[:6] == ["family", "covariance", "components", "parameters", "log-likelihood", "BIC"]
    assert lines[1].split() == ["gaussian", "tied", "2", "4", "−1034.002", "2090.43", "0.00", "0.9374"]
    assert lines[6] == ("emgui: Skipped: gaussian tied, 1 component. With one component it is the same model as full.")
    assert len(lines) == 7


def test_degenerate_models_are_valid_last_and_said(emgui: Run) -> None:
    values = [0.0] * 30 + [10 + place * 0.37 % 3 for place in range(30)]
    Path("x.csv").write_text("\n".join(["x", *map(str, values)]) + "\n", encoding="utf-8")
    flags = ("--components", "2", "--covariance", "full,tied", "--restarts", "1")
    status, out, err = emgui("select", "x.csv", *flags)
    document = json.loads(out)
    check(document)
    assert status == 0
    assert [one["fit"]["status"] for one in document["models"]] == ["converged", "degenerate"]
    assert document["ranking"][0]["weight"] == 1.0
    assert document["ranking"][1]["value"] is None
    assert document["ranking"][1]["reason"] in err


def test_where_nothing_can_win_it_is_said(emgui: Run) -> None:
    values = [0.0] * 30 + [10 + place * 0.37 % 3 for place in range(30)]
    Path("x.csv").write_text("\n".join(["x", *map(str, values)]) + "\n", encoding="utf-8")
    status, out, err = emgui("select", "x.csv", "--components", "2", "--restarts", "1")
    check(json.loads(out))
    assert status == 0
    assert "emgui: No model can win" in err


def test_each_result_is_the_one_of_fit_with_the_same_options(emgui: Run) -> None:
    flags = ("--seed", "4", "--restarts", "2", "--floor", "sd=1")
    document = json.loads(emgui("select", *WAITING, "--components", "2", *flags)[1])
    assert document["models"] == [json.loads(emgui("fit", *WAITING, "--components", "2", *flags)[1])]


def test_roles_and_families_are_taken(emgui: Run) -> None:
    Path("n.csv").write_text("x,n,g\n" + "".join(f"{x},{3 + x % 3},u\n" for x in range(1, 15)), encoding="utf-8")
    flags = ("--column", "x", "--counts", "n", "--family", "gamma,lognormal", "--components=1", "--criterion=aicc")
    document = json.loads(emgui("select", "n.csv", *flags)[1])
    assert {one["model"]["family"] for one in document["models"]} == {"gamma", "lognormal"}
    assert document["models"][0]["data"]["n_samples"] == sum(3 + x % 3 for x in range(1, 15))
    assert document["criterion"] == "aicc"


def test_models_of_several_columns_say_their_covariance(emgui: Run) -> None:
    columns = (WAITING[0], "--column", "eruptions", "--column", "waiting", "--components", "1,2")
    _, out, err = emgui("select", *columns, "--covariance", "tied,diag", "--family", "gaussian,gamma", "--restarts=1")
    assert {tuple(line.split()[:3]) for line in err.splitlines()[1:5]} == {
        ("gaussian", form, k) for form in ("tied", "diag") for k in "12"
    }
    reason = "--covariance tied is of Gaussian components; to share a parameter of gamma, tie it."
    assert f"emgui: Skipped: gamma tied, 1 and 2 components. {reason}\n" in err
    assert len(json.loads(out)["skipped"]) == 4


def test_the_log_likelihoods_of_transformed_values_are_those_that_the_criterion_is_of(emgui: Run) -> None:
    flags = ("--components", "1", "--transform", "log")
    _, out, err = emgui("select", *WAITING, *flags)
    result = json.loads(out)["models"][0]
    shown = float(err.splitlines()[1].split()[4].replace("−", "-"))
    assert shown == pytest.approx(result["log_likelihood_original"], abs=5e-4)


def test_the_models_go_to_a_file(emgui: Run) -> None:
    _, printed, table = emgui("select", *WAITING, "--components", "1,2")
    assert emgui("select", *WAITING, "--components", "1,2", "--output", "s.json") == (0, "", table)
    assert Path("s.json").read_text(encoding="utf-8") == printed


def test_a_fit_that_did_not_converge_is_called_so(emgui: Run) -> None:
    _, _, err = emgui("select", *WAITING, "--components", "3", "--max-iterations", "2", "--restarts", "1")
    lines = err.splitlines()
    assert lines[1].endswith("not converged")
    assert "Stopped at the limit of 2 iterations" in lines[2]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--components", "0-3"), "--components must be from 1 to 50"),
        (("--components", "two"), "--components must be numbers as in 1-6 or 1,2,4"),
        (("--family", "gausian"), "“gausian” is none of them"),
        (("--family", "gaussian,"), "--family must be names parted by commas"),
        (("--criterion", "dic"), "--criterion must be one of aic, aicc, bic, icl, cv"),
        (("--start", "x.json"), "--start must be one of kmeans"),
        (("--model", "linkage"), "There is no option “--model”"),
        (("--group", "eruptions"), "use --share components or all"),
        (("--folds", "1"), "--folds must be from 2 to 1000"),
        (("--likelihood-ratio", "0"), "--likelihood-ratio must be from 1 to 9999"),
        (("--output", ""), "--output needs the name of a file"),
        (("--output", "no/such/folder.json"), "folder"),
        (("second.csv",), "one file too many"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(
    emgui: Run, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.setattr("core.command_reading.read_table", lambda *_: pytest.fail("the file was read in vain"))
    status, out, err = emgui("select", *WAITING, *flags)
    assert (status in (1, 2), out) == (True, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_cross_validation_says_its_standard_errors(emgui: Run) -> None:
    flags = ("--components", "1-2", "--criterion", "cv", "--folds", "4", "--restarts", "1")
    status, out, err = emgui("select", *WAITING, *flags)
    document = json.loads(out)
    check(document)
    assert (status, document["criterion"]) == (0, "cv")
    first, second = (one["cross_validation"] for one in document["ranking"])
    assert document["models"][0]["model"]["n_components"] == 2
    assert first["log_likelihood"] > second["log_likelihood"]
    assert (first["n_folds"], first["standard_error_of_difference"]) == (4, 0.0)
    assert 0.0 < second["standard_error_of_difference"] < second["log_likelihood"] * -0.1
    assert "CV log-likelihood" in err


def test_the_likelihood_ratio_is_tested_up_to_the_number_that_suffices(emgui: Run) -> None:
    flags = ("--components", "1-4", "--covariance", "tied", "--likelihood-ratio", "19", "--restarts", "1")
    status, out, err = emgui("select", *WAITING, *flags)
    document = json.loads(out)
    check(document)
    tests = document["likelihood_ratio"]
    assert (status, [one["n_components"] for one in tests]) == (0, [1, 2])
    assert tests[0]["p_value"] == 1 / 20
    assert tests[1]["p_value"] > 0.05
    # 2 (−1034.0018 + 1095.2888), of the certified optima
    assert tests[0]["statistic"] == pytest.approx(122.574, abs=1e-3)
    assert len(tests[0]["simulated"]) == 19
    assert "1 against 2 components: likelihood ratio 122.574, p = 0.050 (19 simulated sets)" in err


@pytest.mark.parametrize("components", ["2", "1,3"])
def test_where_no_number_of_components_follows_another_it_is_said_that_nothing_is_tested(
    emgui: Run, components: str
) -> None:
    flags = ("--components", components, "--covariance", "tied", "--likelihood-ratio", "1", "--restarts", "1")
    status, out, err = emgui("select", *WAITING, *flags)
    assert (status, json.loads(out)["likelihood_ratio"]) == (0, [])
    assert "gaussian tied: nothing was tested, since K against K + 1 needs two numbers of components" in err


def test_where_a_number_of_components_is_improper_it_is_said_which_test_is_missing(emgui: Run) -> None:
    values = [0.0] * 30 + [10 + place * 0.37 % 3 for place in range(30)]
    Path("x.csv").write_text("\n".join(["x", *map(str, values)]) + "\n", encoding="utf-8")
    flags = ("--components", "1-2", "--likelihood-ratio", "1", "--restarts", "1")
    status, out, err = emgui("select", "x.csv", *flags)
    assert (status, json.loads(out)["likelihood_ratio"]) == (0, [])
    assert "gaussian: 1 against 2 components was not tested, since 2 ended degenerate or improper." in err


def test_one_component_of_tied_ones_is_tested_although_it_is_called_full(emgui: Run) -> None:
    flags = ("--components", "1-2", "--covariance", "full,tied", "--likelihood-ratio", "1", "--restarts", "1")
    _, out, err = emgui("select", *WAITING, *flags)
    document = json.loads(out)
    check(document)
    assert len(document["likelihood_ratio"]) == 2
    assert "gaussian tied: 1 against 2 components: likelihood ratio 122.574" in err


def test_what_cannot_be_simulated_is_ranked_all_the_same(emgui: Run) -> None:
    lines = [f"{x * 37 % 50 + 60 * (x % 2)},{'ab'[x % 2] if x % 3 == 0 else ''}" for x in range(90)]
    Path("x.csv").write_text("\n".join(["x,kind", *lines, ""]), encoding="utf-8")
    flags = ("--column", "x", "--labels", "kind", "--components=2-3", "--covariance=tied", "--likelihood-ratio=9")
    status, out, err = emgui("select", "x.csv", *flags)
    document = json.loads(out)
    check(document)
    assert (status, document["likelihood_ratio"]) == (0, [])
    assert "emgui: Rows with known components cannot be simulated" in err


def test_a_file_is_needed(emgui: Run) -> None:
    status, out, err = emgui("select")
    assert (status, out) == (2, "")
    assert err == "emgui: Which file to fit is missing: emgui select FILE; see emgui select --help.\n"


def test_ctrl_c_after_some_fits_writes_nothing(emgui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def interrupted(data: Any, options: Any, *more: Any) -> Any:
        if made:
            raise KeyboardInterrupt
        made.append(options.n_components)
        return fit(data, options, *more)

    monkeypatch.setattr(core.selection.proper, "fit", interrupted)
    assert emgui("select", *WAITING, "--output", "s.json") == (130, "", "emgui: Interrupted.\n")
    assert made == [1]
    assert list(Path().iterdir()) == []


def test_help_names_every_criterion_and_option(emgui: Run) -> None:
    status, text, err = emgui("select", "--help")
    assert (status, err) == (0, "")
    flags = ("--components A-B", "--family NAMES", "--covariance NAMES", "--criterion NAME", "--restarts N")
    assert all(
        flag in text
        for flag in (*flags, "--algorithm", "--where", "--floor", "--output FILE", *core.selection.ranking.CRITERIA)
    )


def test_numbers_of_components_are_read_from_ranges_and_lists() -> None:
    assert components_of("1-6") == [1, 2, 3, 4, 5, 6]
    assert components_of("4, 1,2-3,2") == [1, 2, 3, 4]
    for text in ("", "1-", "-3", "1..4", "1,,2", "99999"):
        with pytest.raises(InputError):
            components_of(text)
