"""The command line: the same numbers as `core.fit`, one sentence for what is wrong, and honest exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from core import Data, Fit, FitOptions, fit
from core.cli import HELP, VERBS, main
from core.constraints.parsing import FORMS
from core.errors import OutputError
from core.families import FAMILIES
from core.io import READERS, read_table
from core.io.result import result_dict
from core.io.writers import WRITERS
from core.logs import log_path
from core.samples import FOLDER

FAITHFUL = str(FOLDER / "faithful.csv")
WAITING = [FAITHFUL, "--column", "waiting"]
SCHEMA = json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
ROOT = FOLDER.parent.parent

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def emgui(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder and gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **more: Any) -> tuple[int, str, str]:
        status = main(list(arguments), **more)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def column(*cells: object, name: str = "x") -> Path:
    path = Path("data.csv")
    path.write_text("\n".join([name, *map(str, cells)]) + "\n", encoding="utf-8")
    return path


def mixed(n: int = 60) -> list[float]:
    rng = np.random.default_rng(5)
    return [round(float(x), 3) for x in np.concatenate([rng.normal(0, 1, n), rng.normal(8, 1, n)])]


def child(*arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    code = "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, **pipes)


# --- Results --------------------------------------------------------------------------------------------------------


def test_a_fit_prints_a_valid_result_and_nothing_else(emgui: Run) -> None:
    status, out, err = emgui("fit", *WAITING)
    assert (status, err) == (0, "")
    jsonschema.validate(json.loads(out), SCHEMA)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ([], {}),
        (["--components", "3", "--covariance=tied"], {"n_components": 3, "covariance": "tied"}),
        (["--covariance", "diag"], {"covariance": "full"}),
        (["--covariance", "spherical", "--start", "quantiles"], {"start": "quantiles"}),
        (["--start=random", "--seed=7", "--restarts=3"], {"start": "random", "seed": 7, "restarts": 3}),
        (["--stop-on", "parameters", "--tolerance", "1e-4"], {"stop_on": "parameters", "tolerance": 1e-4}),
        (["--max-iterations", "3"], {"max_iterations": 3}),
        (["--family", "gaussian", "--algorithm", "em"], {}),
    ],
)
def test_the_numbers_are_those_of_the_library(emgui: Run, flags: list[str], options: dict[str, Any]) -> None:
    status, out, _ = emgui("fit", *WAITING, *flags)
    result, _ = fit(read_table(FAITHFUL).data("waiting"), FitOptions(**options))
    assert status == 0
    assert json.loads(out) == result_dict(result)


def test_the_old_faithful_fit_is_the_one_in_the_literature(emgui: Run) -> None:
    result = json.loads(emgui("fit", *WAITING)[1])
    assert result["log_likelihood"] == pytest.approx(-1034.0017, abs=1e-3)
    assert [component["mean"] for component in result["components"]] == pytest.approx([54.615, 80.091], abs=2e-3)


def test_options_may_stand_before_and_after_the_file(emgui: Run) -> None:
    after = emgui("fit", FAITHFUL, "--column", "waiting", "--components", "3")
    before = emgui("fit", "--components=3", "--column=waiting", FAITHFUL)
    around = emgui("fit", "--components", "3", FAITHFUL, "--column=waiting")
    assert before == after == around


def test_with_an_output_file_nothing_is_printed(emgui: Run) -> None:
    printed = emgui("fit", *WAITING)[1]
    assert emgui("fit", *WAITING, "--output", "r.json") == (0, "", "")
    assert Path("r.json").read_text(encoding="utf-8") == printed


def test_a_result_evaluated_again_has_the_same_log_likelihood(emgui: Run) -> None:
    emgui("fit", *WAITING, "--components", "3", "--output", "r.json")
    status, out, err = emgui("fit", *WAITING, "--start", "r.json", "--max-iterations", "0")
    first, again = json.loads(Path("r.json").read_text(encoding="utf-8")), json.loads(out)
    assert status == 0
    assert again["log_likelihood"] == pytest.approx(first["log_likelihood"], rel=1e-12, abs=0)
    assert again["fit"]["start"] == "given"
    assert again["fit"]["n_iterations"] == 0
    assert "The start was evaluated" in err


def test_the_trace_has_a_line_for_each_iteration(emgui: Run) -> None:
    out = emgui("fit", *WAITING, "--trace", "t.csv")[1]
    result = json.loads(out)
    lines = list(csv.DictReader(Path("t.csv").read_text(encoding="utf-8").splitlines()))
    assert [int(line["iteration"]) for line in lines] == list(range(result["fit"]["n_iterations"] + 1))
    assert float(lines[-1]["log_likelihood"]) == result["log_likelihood"]
    assert float(lines[-1]["mean[2]"]) == result["components"][1]["mean"]


def test_memberships_number_rows_as_the_file_does(emgui: Run) -> None:
    values = mixed()
    status, _, err = emgui("fit", str(column("NA", *values[:50], "abc", *values[50:])), "--memberships", "m.csv")
    lines = list(csv.reader(Path("m.csv").read_text(encoding="utf-8").splitlines()))[1:]
    assert status == 0
    assert [int(line[0]) for line in lines] == [*range(2, 52), *range(53, 123)]
    assert [float(line[1]) for line in lines] == values
    np.testing.assert_allclose([float(line[2]) + float(line[3]) for line in lines], 1.0, atol=1e-12)
    assert "2 of 122 rows of “x” were left out; the first is row 1: missing" in err


def test_standard_input_is_a_file_like_another(emgui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(FAITHFUL).read_bytes())))
    status, out, _ = emgui("fit", "-", "--column", "waiting")
    piped, read = json.loads(out), json.loads(emgui("fit", *WAITING)[1])
    assert status == 0
    assert piped["data"].pop("source") == "standard input"
    read["data"].pop("source")
    assert piped == read


def test_reading_can_be_told_what_is_detected_otherwise(emgui: Run) -> None:
    Path("d.txt").write_text("a comment\nx;y\n" + "".join(f"{v};-9e9\n-999;2\n" for v in mixed()), encoding="utf-8")
    flags = ["--column", "x", "--delimiter", ";", "--header", "2", "--missing", "-999", "--encoding", "utf-8"]
    status, out, err = emgui("fit", "d.txt", *flags, "--decimal", ".")
    assert status == 0, err
    assert json.loads(out)["data"]["n_left_out"] == 120


def test_a_figure_is_drawn_by_whoever_can(emgui: Run) -> None:
    drawn: list[tuple[Fit, Data]] = []

    def figure(result: Fit, data: Data, path: Path) -> None:
        drawn.append((result, data))
        assert path.suffix == ".svg"
        path.write_text("<svg/>", encoding="utf-8")

    status, out, _ = emgui("fit", *WAITING, "--figure", "f.svg", figure=figure)
    assert status == 0
    assert drawn[0][1] is drawn[0][0].data
    assert Path("f.svg").read_text(encoding="utf-8") == "<svg/>"
    assert json.loads(out) == result_dict(drawn[0][0])


def test_a_fit_that_cannot_be_put_into_a_form_is_a_result_all_the_same(emgui: Run) -> None:
    arguments = ["fit", *WAITING, "--family", "gamma", "--code", "fit.sklearn.py", "--parameters", "p.md"]
    status, out, err = emgui(*arguments)
    assert status == 1
    assert json.loads(out)["model"]["family"] == "gamma"
    assert err == (
        "emgui: The result is written, but not “fit.sklearn.py”: scikit-learn has mixtures of Gaussians only: "
        "write this fit as the NumPy script instead.\n"
    )
    assert [path.name for path in Path().iterdir()] == ["p.md"]


def test_every_kind_of_export_is_written_by_its_flag(emgui: Run) -> None:
    kinds = [writer for writer in WRITERS.values() if writer.write and writer.name not in ("result", "all_columns")]
    flags = [part for writer in kinds for part in (writer.flag, writer.suffix)]
    assert emgui("fit", *WAITING, *flags)[0] == 0
    assert sorted(path.name for path in Path().iterdir()) == sorted(writer.suffix for writer in kinds)


def test_the_other_columns_come_with_the_memberships(emgui: Run) -> None:
    assert emgui("fit", *WAITING, "--memberships", "m.csv", "--keep-columns")[0] == 0
    with Path("m.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["eruptions"]) for row in rows] == read_table(FAITHFUL).named("eruptions").values.tolist()
    assert "name one" in emgui("fit", *WAITING, "--keep-columns")[2]
    assert "standard input" in emgui("fit", "-", "--memberships", "n.csv", "--keep-columns")[2]


# --- Warnings -------------------------------------------------------------------------------------------------------


def test_a_fit_that_did_not_converge_is_a_result_with_a_warning(emgui: Run) -> None:
    status, out, err = emgui("fit", *WAITING, "--max-iterations", "2")
    assert (status, json.loads(out)["fit"]["status"]) == (0, "max-iterations")
    assert err.startswith("emgui: Stopped at the limit of 2 iterations, not converged")
    assert err.count("\n") == 1


def test_a_collapse_is_a_result_with_a_warning(emgui: Run) -> None:
    start = {"components": [{"weight": 0.1, "mean": 8, "sd": 1e-3}, {"weight": 0.9, "mean": 4, "sd": 4}]}
    Path("s.json").write_text(json.dumps(start), encoding="utf-8")
    status, out, err = emgui("fit", str(column(*mixed(), *[8] * 30)), "--start", "s.json")
    result = json.loads(out)
    assert status == 0
    assert (result["fit"]["status"], result["aic"]) == ("degenerate", None)
    assert "Component 2 has collapsed" in err


# --- What is wrong --------------------------------------------------------------------------------------------------


def wrong(emgui: Run, *arguments: str, status: int = 2, **more: Any) -> str:
    """The sentence of a command that cannot be done, which prints nothing and leaves no file."""
    before = sorted(Path().rglob("*"))
    found, out, err = emgui(*arguments, **more)
    assert (found, out) == (status, ""), err
    assert err.startswith("emgui: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert sorted(Path().rglob("*")) == before
    return err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit"], "Which file to fit is missing"),
        (["fit", ""], "Which file to fit is missing"),
        (["fit", "missing.csv"], "missing.csv cannot be opened: there is no such file"),
        (["fit", "missing.csv", "--output", "no/where.json"], "missing.csv cannot be opened"),
        (["fit", "."], "is a folder"),
        (["fit", FAITHFUL], "one must be chosen: eruptions, waiting"),
        (["fit", FAITHFUL, "--column", "wating"], "has no column “wating”; its columns are: eruptions, waiting"),
        (["fit", *WAITING, "other.csv"], "one file too many"),
        (["fit", *WAITING, "--component", "3"], "There is no option “--component”; perhaps --components is meant."),
        (["fit", *WAITING, "--frobnicate=3"], "There is no option “--frobnicate”"),
        (["fit", *WAITING, "--components"], "--components needs a value"),
        (["fit", *WAITING, "--components", "two"], "--components must be a whole number, which “two” is not"),
        (["fit", *WAITING, "--components", "2.5"], "--components must be a whole number"),
        (["fit", *WAITING, "--components", "0"], "--components must be from 1 to 50"),
        (["fit", *WAITING, "--components", "51"], "--components must be from 1 to 50"),
        (["fit", *WAITING, "--components", "9" * 5000], "--components must be a whole number"),
        (["fit", *WAITING, "--seed", "-1"], "--seed must be from 0"),
        (["fit", *WAITING, "--restarts", "0"], "--restarts must be from 1"),
        (["fit", *WAITING, "--tolerance", "-1e-6"], "--tolerance must be 0 or a positive number"),
        (["fit", *WAITING, "--tolerance", "nan"], "--tolerance must be 0 or a positive number"),
        (["fit", *WAITING, "--tolerance", "small"], "--tolerance must be a number, which “small” is not"),
        (["fit", *WAITING, "--family", "gausian"], "--family must be one of gaussian"),
        (["fit", *WAITING, "--covariance", "round"], "--covariance must be one of full, tied"),
        (["fit", *WAITING, "--algorithm", "me"], "--algorithm must be one of em"),
        (["fit", *WAITING, "--start", "middle"], "--start must be one of kmeans"),
        (["fit", *WAITING, "--start", "given"], "“given” is none of them"),
        (["fit", *WAITING, "--start", "missing.json"], "missing.json cannot be opened"),
        (["fit", *WAITING, "--start", FAITHFUL], "“faithful.csv” is not JSON"),
        (["fit", *WAITING, "--stop-on", "time"], "--stop-on must be one of log-likelihood, parameters"),
        (["fit", *WAITING, "--encoding", "klingon"], "no text encoding called “klingon”"),
        (["fit", *WAITING, "--delimiter", "ab"], "cannot be a delimiter"),
        (["fit", *WAITING, "--decimal", "x"], "decimal sign"),
        (["fit", *WAITING, "--header", "-1"], "names"),
        (["fit", *WAITING, "--output", ""], "--output needs the name of a file"),
        (["fit", *WAITING, "--output", FAITHFUL], "faithful.csv is being read"),
        (["fit", *WAITING, "--trace", "a.csv", "--memberships", "./a.csv"], "Two outputs cannot both be"),
        (["fit", *WAITING, "--figure", "f.png"], "--figure needs"),
        (["fit", *WAITING, "--figure", "f.gif"], "give it the ending .png"),
        (["algorithms", "em"], "takes no further arguments"),
        (["fti", FAITHFUL], "“fti” is no command"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(emgui: Run, arguments: list[str], sentence: str) -> None:
    assert sentence in wrong(emgui, *arguments)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["7"] * 20, "no variation"),
        (["1", "2"], "fewer than the 5 parameters"),
        (["alice", "bob"], "no column of numbers"),
        (["NA", "NA"], "no column of numbers"),
    ],
)
def test_data_that_no_mixture_can_be_fitted_to_get_one_sentence(emgui: Run, cells: list[str], sentence: str) -> None:
    Path("d.csv").write_text("x\n" + "\n".join(cells) + "\n", encoding="utf-8")
    assert sentence in wrong(emgui, "fit", "d.csv", "--output", "r.json", "--trace", "t.csv")


def test_components_that_contradict_the_start_are_an_error(emgui: Run) -> None:
    emgui("fit", *WAITING, "--output", "r.json")
    message = wrong(emgui, "fit", *WAITING, "--start", "r.json", "--components", "3")
    assert "--components says 3, but the start in r.json has 2 components" in message
    assert emgui("fit", *WAITING, "--start", "r.json", "--components", "2")[0] == 0


def test_a_start_far_from_the_data_is_an_error(emgui: Run) -> None:
    Path("s.json").write_text('{"components": [{"weight": 1, "mean": 1e200, "sd": 1e-100}]}', encoding="utf-8")
    assert "far from every component" in wrong(emgui, "fit", *WAITING, "--start", "s.json")


def test_the_start_is_not_written_over_either(emgui: Run) -> None:
    emgui("fit", *WAITING, "--output", "r.json")
    assert "is being read" in wrong(emgui, "fit", *WAITING, "--start", "r.json", "--output", "r.json")


def test_the_input_is_not_written_over_through_a_link(emgui: Run) -> None:
    path = column(*mixed())
    Path("link.csv").hardlink_to(path)
    before = path.read_bytes()
    for flag in ("--output", "--trace", "--memberships"):
        assert "is being read" in wrong(emgui, "fit", str(path), flag, "link.csv")
    assert path.read_bytes() == before


@pytest.mark.parametrize("flag", ["--output", "--trace", "--memberships"])
def test_an_output_that_cannot_be_written_is_found_before_the_fit(
    emgui: Run, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.command_fit.fit", lambda *_: pytest.fail("the fit was made in vain"))
    assert "there is no folder" in wrong(emgui, "fit", *WAITING, flag, "missing/out", status=1)


def test_a_disk_that_fills_up_leaves_the_old_file(emgui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("r.json").write_text("old", encoding="utf-8")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.io.atomic.os.fsync", full)
    assert "r.json cannot be written: the disk is full" in wrong(emgui, "fit", *WAITING, "--output", "r.json", status=1)
    assert Path("r.json").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    "error", [OutputError("The disk is full."), ImportError("libEGL.so.1: cannot open shared object file")]
)
def test_a_figure_that_fails_takes_nothing_else_with_it(emgui: Run, error: Exception) -> None:
    def figure(result: Fit, data: Data, path: Path) -> None:
        assert Path("r.json").is_file() or "--output" not in arguments
        path.write_text("half", encoding="utf-8")
        raise error

    arguments = ["fit", *WAITING, "--figure", "f.png"]
    status, out, err = emgui(*arguments, figure=figure)
    assert status == 1
    assert json.loads(out)["fit"]["status"] == "converged"
    assert err.startswith("emgui: The result is written, but not the figure: ")
    assert str(error).rstrip(".") in err
    assert err.count("\n") == 1
    assert list(Path().iterdir()) == []
    arguments += ["--output", "r.json", "--trace", "t.csv", "--memberships", "m.csv"]
    assert emgui(*arguments, figure=figure) == (1, "", err)
    assert sorted(path.name for path in Path().iterdir()) == ["m.csv", "r.json", "t.csv"]


def test_a_fault_of_ours_goes_to_the_log_and_only_its_name_to_the_person(
    emgui: Run, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("LOCALAPPDATA", str(home))

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("core.command_fit.fit", broken)
    message = wrong(emgui, "fit", *WAITING, status=1)
    assert str(log_path()) in message
    assert "secret detail" not in message
    assert "ZeroDivisionError: secret detail" in log_path().read_text(encoding="utf-8")


def test_a_warning_of_a_library_goes_to_the_log_alone(
    emgui: Run, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("LOCALAPPDATA", str(home))

    def warning(*arguments: Any) -> Any:
        warnings.simplefilter("default")
        warnings.warn("overflow in something", RuntimeWarning, stacklevel=1)
        return fit(*arguments)

    monkeypatch.setattr("core.command_fit.fit", warning)
    status, _, err = emgui("fit", *WAITING)
    assert (status, err) == (0, "")
    assert "RuntimeWarning: overflow in something" in log_path().read_text(encoding="utf-8")


def test_a_start_of_absurd_numbers_is_a_result_or_a_sentence(emgui: Run) -> None:
    for components in (
        [{"weight": 1, "mean": 1e308, "sd": 1e308}],
        [{"weight": 1, "mean": 70, "sd": 5e-324}],
        [{"weight": 0.5, "mean": -1.7e308, "sd": 1e-308}, {"weight": 0.5, "mean": 1.7e308, "sd": 1}],
        [{"weight": 0.5, "mean": 70, "sd": 1e300}, {"weight": 0.5, "mean": 70, "sd": 1}],
    ):
        Path("s.json").write_text(json.dumps({"components": components}), encoding="utf-8")
        status, _, err = emgui("fit", *WAITING, "--start", "s.json")
        assert status in (0, 2), err


def test_an_interruption_is_one_line_and_130(emgui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.command_fit.fit", interrupted)
    assert wrong(emgui, "fit", *WAITING, "--output", "r.json", status=130) == "emgui: Interrupted.\n"


def test_nothing_that_a_terminal_would_obey_is_printed(emgui: Run) -> None:
    nasty = "\x1b[2Jred\u202e"
    path = column(*mixed(), "abc", name=nasty)
    status, out, err = emgui("fit", str(path))
    assert status == 0
    for text in (out, err, wrong(emgui, "fit", str(path), "--column", "\x1b]0;"), wrong(emgui, "fit", nasty)):
        assert all(c.isprintable() or c == "\n" for c in text)
    assert json.loads(out)["data"]["columns"] == [nasty]


# --- Help and lists -------------------------------------------------------------------------------------------------


def test_help_mentions_every_option_with_its_default(emgui: Run) -> None:
    status, out, _ = emgui("fit", "--help")
    text = " ".join(out.split())
    assert status == 0
    for item in fields(FitOptions):
        if "section" not in item.metadata:
            assert item.name in ("settings", "trials", "constraints")
            continue
        assert "--" + item.metadata.get("flag", item.name).replace("_", "-") in text
        assert item.metadata["help"] in text
        assert f"({item.default})" in text
    for flag in ("option", "trials", "model", *FORMS, "counts", "weights"):
        assert f"--{flag} " in text
    for flag in ("column", "delimiter", "decimal", "encoding", "header", "missing"):
        assert f"--{flag} " in text
    for writer in WRITERS.values():
        is_flag = writer.name not in ("film", "all_columns")  # one needs the window, one is --keep-columns
        assert (f"{writer.flag} FILE" in text) is is_flag
    assert "exit status" in text


def test_every_verb_is_in_the_overview_and_answers(emgui: Run) -> None:
    assert emgui("--help") == emgui("-h") == emgui() == (0, HELP, "")
    for verb in VERBS:
        assert verb.removeprefix("emgui ") in HELP or verb == "-h"
        assert emgui(verb, "--help")[0] == 0


def test_the_lists_name_every_member(emgui: Run) -> None:
    assert all(name in emgui("families")[1] for name in FAMILIES)
    assert "em  " in emgui("algorithms")[1]
    formats = emgui("formats")[1]
    assert all(name in formats for name in (*READERS, *WRITERS))


def test_the_version_is_the_one_of_the_project(emgui: Run) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert emgui("--version") == (0, f"emgui {project['version']}\n", "")


# --- Terminals and pipes --------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_progress_is_one_line_that_is_gone_at_the_end(
    emgui: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    assert emgui("fit", *WAITING)[0] == 0
    written = terminal.getvalue()
    assert "Iteration 0, log-likelihood -1034." in written
    assert "\n" not in written
    assert written.rsplit("\r", 2)[1:] == [" " * len(written.rsplit("\r", 2)[1]), ""]
    assert max(len(part) for part in written.split("\r")) < 80


def test_nothing_of_qt_is_imported() -> None:
    code = (
        "import sys, core.cli, core.command_fit; print([m for m in sys.modules if 'PySide' in m or 'pyqtgraph' in m])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_does_without_the_readers_and_the_fit() -> None:
    code = "import sys; from core.cli import main; main(['--help']); sys.exit('core.io' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, check=True
    )


def test_a_reader_that_has_gone_is_no_reason_to_complain() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = child("fit", *WAITING, stdout=writing)
    os.close(writing)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_standard_output_is_a_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        process = child("fit", *WAITING, stdout=full)
        error = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1
    assert error == "emgui: Standard output cannot be written: no space left on device.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_ends_a_long_fit_with_130_and_leaves_no_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.normal(size=300_000))
    trace = tmp_path / "t.csv"
    process = child(
        "fit", str(tmp_path / "x.npy"), "--components", "5", "--tolerance", "0", "--trace", str(trace), cwd=tmp_path
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error) == (130, b"", b"emgui: Interrupted.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full here")
def test_a_result_is_printed_though_another_file_cannot_be_written(capsys, tmp_path):
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    status = main(["fit", str(FAITHFUL), "--column", "waiting", "--memberships", str(full)])
    out, err = capsys.readouterr()
    assert status == 1
    assert json.loads(out)["format"] == "emgui-fit"
    assert "The result is written, but not “full.csv”" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--parameters", "a.md", "--parameters", "b.tex"], "--parameters is given twice"),
        (["--truncate=:"], "--truncate needs at least one of its ends"),
        (["--share", "components"], "--share is about groups"),
        (["--labels-for", "start"], "--labels-for is about labels"),
        (["--where", ""], "--where needs a condition"),
        (["--where", "waiting > 50) or (1 = 1"], "must be a single condition"),
        (["--column", "eruptions", "--figure", "two.png"], "--figure draws the histogram of one column"),
    ],
)
def test_what_says_nothing_or_two_things_is_refused(arguments, sentence, capsys):
    assert main(["fit", str(FAITHFUL), "--column", "waiting", *arguments], figure=lambda *ask: None) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
