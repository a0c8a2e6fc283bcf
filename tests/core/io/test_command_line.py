"""The line that repeats a fit: it asks for what was asked for, and gives the same numbers."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import Data, Fit, FitOptions, fit
from core.command_options import parse
from core.constraints import Constraints
from core.constraints.parsing import parse as constraint
from core.io import read_table
from core.io.command_line import arguments, command_line
from core.models import MODELS
from core.prepare import prepared
from core.roles import Roles
from core.samples import FOLDER
from core.table import Dialect, Origin

FAITHFUL = FOLDER / "faithful.csv"
WAITING = fit(prepared(read_table(FAITHFUL), Roles(("waiting",))), FitOptions())[0]

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
dialects = st.builds(
    Dialect,
    delimiter=st.none() | st.sampled_from([",", ";", "\t", " ", "", "|"]),
    decimal=st.none() | st.sampled_from([".", ","]),
    encoding=st.none() | words,
    header=st.none() | st.integers(0, 9),
    missing=st.lists(words, max_size=2).map(tuple),
    sheet=st.none() | words,
)
numbers = st.floats(-1e6, 1e6)


@st.composite
def roles(draw: st.DrawFn) -> Roles:
    names = draw(st.lists(words, min_size=6, max_size=6, unique=True))
    form: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"columns": (names[0],)},
                {"columns": (names[0], names[1]), "counts": names[2]},
                {"columns": (names[0],), "weights": names[2], "labels": names[3], "labels_for": "start"},
                {"columns": (names[0],), "observed": names[2], "truncate": (-1.5, float("inf"))},
                {"columns": (names[0],), "errors": names[2], "where": names[3], "transform": "log10"},
                {"lower": names[0], "upper": names[1], "group": names[4], "share": "components"},
            ]
        )
    )
    return Roles(**form)


options = st.builds(
    FitOptions,
    n_components=st.integers(1, 5),
    family=st.sampled_from(["gaussian", "gamma"]),
    algorithm=st.sampled_from(["em", "squarem", "fast"]),
    start=st.sampled_from(["kmeans", "random"]),
    seed=st.integers(0, 99),
    restarts=st.integers(1, 3),
    tolerance=st.floats(0, 1),
    max_iterations=st.integers(0, 20_000),
)


@settings(max_examples=150, deadline=None)
@given(asked=roles(), dialect=dialects, chosen=options, file=words)
def test_the_line_asks_for_what_was_asked_for(asked: Roles, dialect: Dialect, chosen: FitOptions, file: str) -> None:
    data = replace(WAITING.data, roles=asked, origin=Origin(file, "delimited", Dialect(), dialect))
    line = command_line(replace(WAITING, data=data, options=chosen))
    command, verb, *rest = shlex.split(line)
    request = parse(rest)
    assert (command, verb) == ("emgui", "fit")
    assert request is not None
    assert request.file.removeprefix("./") == file.removeprefix("./")
    assert request.roles == asked
    assert FitOptions(**request.given) == chosen
    spelled = {"\t": "tab", " ": "space", "": "none"}
    delimiter = dialect.delimiter if dialect.delimiter is None else spelled.get(dialect.delimiter, dialect.delimiter)
    assert request.dialect == replace(dialect, delimiter=delimiter)


@pytest.mark.parametrize(
    "chosen",
    [
        FitOptions(algorithm="incremental", settings=(("blocks", 7),)),
        FitOptions(algorithm="annealed", settings=(("temperature", 3.5),), tolerance=1e-9),
        FitOptions(family="gaussian+uniform"),
        FitOptions(family="binomial", trials=100),
        FitOptions(
            constraints=Constraints(
                (constraint("fix", "mean[1]=-55.5"), constraint("tie", "sd"), constraint("prior", "weight=2"))
            )
        ),
    ],
)
def test_options_of_the_algorithm_the_family_and_constraints_are_told(chosen: FitOptions) -> None:
    request = parse(arguments(replace(WAITING, options=chosen)))
    assert request is not None
    assert FitOptions(**request.given) == chosen


def test_a_plain_fit_has_a_plain_line() -> None:
    assert command_line(WAITING, "faithful.csv") == "emgui fit faithful.csv --column waiting --components 2"
    assert command_line(WAITING).split()[2] == str(FAITHFUL)


def test_a_run_that_was_stopped_is_made_as_long() -> None:
    stopped = replace(WAITING, outcome=replace(WAITING.outcome, status="stopped"), number=7)
    assert command_line(stopped, "x.csv").endswith("--components 2 --max-iterations 7")


def test_a_model_that_brings_its_data_needs_no_file() -> None:
    linkage = fit(MODELS["linkage"](), FitOptions(family="linkage", n_components=5, start="given"))[0]
    assert command_line(linkage) == "emgui fit --model linkage"


def test_data_of_no_file_are_called_by_their_name() -> None:
    made: Fit = replace(WAITING, data=Data(WAITING.data.values, ("waiting",), source="3 components, seed 0"))
    assert command_line(made) == "emgui fit '3 components, seed 0' --column waiting --components 2"


def test_a_shell_understands_every_name(tmp_path: Path) -> None:
    name = "a b'c\"d\\e$f`g\n*?;&|<>()#!~-ä"
    data = replace(WAITING.data, columns=(name,), roles=Roles((name,)))
    line = command_line(replace(WAITING, data=data), "-x")
    script = 'emgui() { for one in "$@"; do printf "%s\\0" "$one"; done; }\n' + line
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, cwd=tmp_path, check=True)
    assert done.stdout.decode().split("\0")[:-1] == ["fit", "./-x", "--column", name, "--components", "2"]
