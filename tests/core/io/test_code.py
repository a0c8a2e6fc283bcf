"""The fit as code: each script is run and finds the log-likelihood; no text of a file gets out of its place."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import Fit, FitOptions, fit
from core.errors import InputError
from core.io import read_table, script_data
from core.io.code import CODES, write_code
from core.io.script_python import numpy_script
from core.io.script_r import r_script
from core.prepare import prepared
from core.roles import Roles
from core.table import Dialect, Origin

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")


def rows() -> dict[str, Any]:
    """A table with a column for each role; values of several kinds."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(5.0, 1.0, 60), rng.normal(12.0, 2.0, 90)])
    n = len(x)
    labels = np.where(rng.random(n) < 0.7, "", np.where(np.arange(n) < 60, "low", "high"))
    return {
        "x": x, "y": rng.normal(size=n), "n": rng.integers(0, 4, n), "w": rng.random(n), "k": rng.poisson(x),
        "from": np.floor(x), "to": np.floor(x) + 1.0, "seen": (rng.random(n) > 0.2).astype(int),
        "error": 0.5 * rng.random(n), "label": labels, "group": rng.choice(["u", "v"], n),
    }  # fmt: skip


@pytest.fixture(scope="module")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    columns = rows()
    lines = [
        ",".join(columns),
        "# a comment",
        "",
        *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True)),
    ]
    lines[7] = lines[7].replace(lines[7].split(",")[0], "NA", 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


DETECTED = Dialect()


def fitted(path: Path, roles: Roles, dialect: Dialect = DETECTED, **options: Any) -> Fit:
    return fit(prepared(read_table(path, dialect), roles), FitOptions(**{"max_iterations": 3, **options}))[0]


def ran(command: list[str], folder: Path) -> list[str]:
    """The lines that scripts print which know nothing of this program."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


ONE_BY_ONE = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path, run_name='__main__')"
IN_R = "for (path in commandArgs(TRUE)) source(path, local = new.env())"


def check_scripts(fits: Mapping[str, Fit], ending: str, folder: Path, last: str = "") -> list[str]:
    """Each fit's script, all of them in one process, finds its log-likelihood; gives what a last one prints."""
    paths = [folder / f"{place}{ending}" for place in range(len(fits))]
    for path, one in zip(paths, fits.values(), strict=True):
        write_code(path, one)
        assert "import core" not in path.read_text(encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", "-c", ONE_BY_ONE]
    if ending == ".R":
        command = ["Rscript", "--vanilla", "-e", IN_R]
    if last:
        (folder / "last.py").write_text(last, encoding="utf-8")
        paths.append(folder / "last.py")
    lines = ran([*command, *map(str, paths)], folder)
    for (what, one), line in zip(fits.items(), lines[: len(fits)], strict=True):
        word, number = line.split()
        assert word == "log-likelihood"
        assert float(number) == pytest.approx(one.log_likelihood, rel=1e-9), what
    return lines[len(fits) :]


X = Roles(("x",))
PLAIN: Mapping[str, tuple[Roles, dict[str, Any]]] = {
    "gaussian": (X, {}),
    "tied": (X, {"covariance": "tied"}),
    "student_t": (X, {"family": "student_t"}),
    "lognormal": (X, {"family": "lognormal"}),
    "gamma": (X, {"family": "gamma"}),
    "weibull": (X, {"family": "weibull"}),
    "exponential": (X, {"family": "exponential"}),
    "uniform": (X, {"family": "uniform", "n_components": 1}),
    "poisson": (Roles(("k",)), {"family": "poisson"}),
    "binomial": (Roles(("k",)), {"family": "binomial", "trials": 40}),
    "mixed": (X, {"family": "gaussian+gamma+uniform", "n_components": 3}),
    "counts": (Roles(("x",), counts="n"), {}),
    "weights": (Roles(("x",), weights="w"), {}),
    "filtered": (Roles(("x",), where="\"group\" = 'u'"), {}),
    "log10": (Roles(("x",), transform="log10"), {}),
    "standardised": (Roles(("x", "y"), transform="standardise"), {}),
    "reciprocal": (Roles(("x",), transform="reciprocal"), {}),
    "full": (Roles(("x", "y")), {}),
    "tied columns": (Roles(("x", "y")), {"covariance": "tied"}),
    "diag": (Roles(("x", "y")), {"covariance": "diag"}),
    "spherical": (Roles(("x", "y")), {"covariance": "spherical"}),
}
SEEN: Mapping[str, tuple[Roles, dict[str, Any]]] = {
    "intervals": (Roles(lower="from", upper="to"), {}),
    "intervals of lognormal": (Roles(lower="from", upper="to"), {"family": "lognormal"}),
    "intervals of exponential": (Roles(lower="from", upper="to"), {"family": "exponential"}),
    "intervals of weibull": (Roles(lower="from", upper="to"), {"family": "weibull"}),
    "intervals on a log scale": (Roles(lower="from", upper="to", transform="log"), {}),
    "censored": (Roles(("x",), observed="seen"), {}),
    "truncated": (Roles(("x",), truncate=(1.0, 25.0)), {}),
    "labelled": (Roles(("x",), labels="label"), {}),
    "labelled and truncated": (Roles(("x",), labels="label", truncate=(1.0, 25.0)), {}),
    "errors": (Roles(("x",), errors="error"), {}),
    "groups": (Roles(("x",), group="group", share="components"), {}),
}


GAUSSIAN = [what for what, (_, options) in PLAIN.items() if "family" not in options]


@pytest.fixture(scope="module")
def fits(table_file: Path) -> dict[str, Fit]:
    return {what: fitted(table_file, roles, **options) for what, (roles, options) in {**PLAIN, **SEEN}.items()}


def test_the_numpy_script_finds_the_log_likelihood_of_every_model(fits: dict[str, Fit], tmp_path: Path) -> None:
    check_scripts(fits, ".py", tmp_path)


@pytest.mark.slow
def test_the_scikit_learn_script_finds_the_log_likelihood_of_gaussians(fits: dict[str, Fit], tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    told = "import runpy; made = runpy.run_path('0.sklearn.py'); print(made['NUMBERS'], *made['model'].predict_proba("
    told += "[[4.0], [8.5], [12.0]])[:, 0].tolist())"
    (line,) = check_scripts({what: fits[what] for what in GAUSSIAN}, ".sklearn.py", tmp_path, told)
    numbers, shares = line[:6], line[6:].split()
    expected = fits[GAUSSIAN[0]].mixture.responsibilities(np.array([4.0, 8.5, 12.0]))[0]
    assert numbers == "[1, 2]"
    np.testing.assert_allclose(np.array(shares, dtype=float), expected, rtol=1e-9)


@needs_r
def test_the_r_script_finds_the_log_likelihood_of_every_model_of_values(fits: dict[str, Fit], tmp_path: Path) -> None:
    check_scripts({what: fits[what] for what in (*PLAIN, "labelled")}, ".R", tmp_path)


MCLUST = """
density <- mclust::dens(parameters$variance$modelName, data = x, parameters = parameters, logarithm = TRUE)
cat(format(sum(counts * density), digits = 17), "\\n")
"""


@needs_r
def test_mclust_takes_the_parameters_of_the_r_script(fits: dict[str, Fit], tmp_path: Path) -> None:
    if subprocess.run(["Rscript", "-e", "library(mclust)"], capture_output=True, check=False).returncode:
        pytest.skip("mclust is not installed")
    for place, what in enumerate(GAUSSIAN):
        text = "suppressMessages(library(mclust))\n" + r_script(fits[what]) + MCLUST
        (tmp_path / f"{place}.R").write_text(text, encoding="utf-8")
    lines = ran(["Rscript", "--vanilla", "-e", IN_R, *(f"{place}.R" for place in range(len(GAUSSIAN)))], tmp_path)
    for what, line in zip(GAUSSIAN, lines[1::2], strict=True):
        assert float(line) == pytest.approx(fits[what].log_likelihood, rel=1e-9), what


def test_the_numpy_script_prints_the_memberships_of_the_rows(table_file: Path, tmp_path: Path) -> None:
    one = fitted(table_file, X)
    write_code(tmp_path / "fit.py", one)
    _, head, *lines = ran([sys.executable, "-I", "fit.py", "--memberships"], tmp_path)
    numbers = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    assert head == "row,component[1],component[2]"
    np.testing.assert_array_equal(numbers[:, 0], one.data.rows)
    assert 5 not in numbers[:, 0]
    expected = one.mixture.responsibilities(one.data.column)
    np.testing.assert_allclose(numbers[:, 1:].T, expected, rtol=1e-9, atol=1e-15)


TEXTS = (
    ("a;b\n1,5;2\n2,5;3\n7,25;1\n8;2\n9,5;4\n6;5\n", DETECTED),
    ("1.5\n2.5\n\n7.25\n8\n9.5\n6\n", DETECTED),
    (" a   b\n1.5  2\n 2.5 3\n7.25\t1\n8 2\n9.5 4\n6 5\n", DETECTED),
    ('"a, b",c\n"1.5",2\n2.5,"3"\n7.25,1\n8,2\n9.5,4\n6,5\n', DETECTED),
    ("title\n#a\tb\n1.5\t2\n2.5\t3\n7.25\t1\n8\t2\n9.5\t4\n6\t5\n", Dialect(header=2)),
    ("\ufeffä,ä\n1.5,2\n2.5,3\n7.25,1\n8,2\n9.5,4\n6,5\n", DETECTED),
)


def test_the_numpy_script_reads_files_as_they_were_read(tmp_path: Path) -> None:
    fits = {}
    for place, (text, dialect) in enumerate(TEXTS):
        path = tmp_path / f"{place}.txt"
        path.write_text(text, encoding="utf-8")
        name = read_table(path, dialect).columns[0].name
        fits[text] = fitted(path, Roles((name,)), dialect, n_components=1)
    check_scripts(fits, ".py", tmp_path)


def test_rows_that_came_from_no_text_stand_in_the_script(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", rows()["x"])
    one = fitted(tmp_path / "x.npy", Roles())
    (tmp_path / "x.npy").unlink()
    check_scripts({"x": one}, ".py", tmp_path)


def test_too_many_rows_for_a_script_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_data, "MOST_EMBEDDED", 10)
    np.save(tmp_path / "x.npy", rows()["x"])
    with pytest.raises(InputError, match="too many rows"):
        numpy_script(fitted(tmp_path / "x.npy", Roles()))


def test_a_file_that_has_changed_is_not_taken_for_the_one_that_was_fitted(table_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "rows.csv"
    shutil.copy(table_file, copy)
    write_code(tmp_path / "fit.py", fitted(copy, X))
    copy.write_text(copy.read_text(encoding="utf-8").replace("# a comment", "# another"), encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "fit.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not the file that was fitted" in done.stderr


@pytest.mark.parametrize(
    ("roles", "options", "ending", "sentence"),
    [
        (X, {"family": "gamma"}, ".sklearn.py", "Gaussians only"),
        (Roles(lower="from", upper="to"), {}, ".sklearn.py", "plain values only"),
        (Roles(lower="from", upper="to"), {"family": "gamma"}, ".py", "under gamma components"),
        (Roles(lower="from", upper="to"), {}, ".R", "not written as R"),
        (Roles(("x",), truncate=(1.0, 25.0)), {}, ".R", "not written as R"),
    ],
)
def test_what_a_script_would_get_wrong_is_refused(
    roles: Roles, options: dict[str, Any], ending: str, sentence: str, table_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        write_code(tmp_path / f"fit{ending}", fitted(table_file, roles, **options))
    assert list(tmp_path.iterdir()) == []


NASTY = [
    '"""',
    "'''",
    "\\",
    "\n",
    "\r",
    "\0",
    "\x1b[2J",
    "\u2028",
    "#",
    '")',
    "') #",
    "$(x)",
    "`x`",
    "\ud800",
    "'; x",
    "END",
]
nasty = st.lists(st.sampled_from(NASTY) | st.text(max_size=4), max_size=5).map("".join)


@pytest.fixture(scope="module")
def plain_fit(table_file: Path) -> Fit:
    return fitted(table_file, X)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=nasty, path=nasty, cell=nasty)
def test_no_text_of_a_file_gets_out_of_its_place_in_a_script(
    name: str, path: str, cell: str, plain_fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script_data, "_is_plain_text", lambda data: True)

    def named(column: str, file: str, delimiter: str) -> Fit:
        origin = Origin(file, "delimited", Dialect(delimiter, ".", "utf-8", 1))
        data = replace(plain_fit.data, columns=(column,), source=file, roles=Roles((column,)), origin=origin)
        return replace(plain_fit, data=data)

    usual, hostile = named("x", "f.csv", ","), named(name, path, cell)
    for make in CODES.values():
        make(hostile)  # none of them stumbles
    assert r_script(hostile) == r_script(usual)
    expected, tree = ast.parse(numpy_script(usual)), ast.parse(numpy_script(hostile))
    told = {"FILE": path, "COLUMNS": [name], "SHA256": usual.data.sha256}
    for before, after in zip(expected.body, tree.body, strict=True):
        if isinstance(after, ast.Assign) and isinstance(after.targets[0], ast.Name) and after.targets[0].id in told:
            assert ast.literal_eval(after.value) == told[after.targets[0].id]
        elif not isinstance(after, ast.Assign):
            assert ast.dump(before) == ast.dump(after)


def test_the_shell_script_writes_the_start_that_was_given(table_file: Path, tmp_path: Path) -> None:
    one = fitted(table_file, X)
    again, _ = fit(one.data, replace(one.options, start="given", max_iterations=3), one.mixture)
    write_code(tmp_path / "fit.sh", again)
    function = tmp_path / "emgui"
    function.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{RUN}" "$@"\n', encoding="utf-8")
    function.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "fit.sh"], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["log_likelihood"] == pytest.approx(again.log_likelihood, rel=1e-12)


ROOT = Path(__file__).parents[3]
RUN = f"import sys; sys.path.insert(0, '{ROOT}'); from core.cli import main; sys.exit(main(sys.argv[1:]))"
