"""Exports of groups that are each fitted apart: their own fits, or what is of all rows and says so."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core import em
from core.cli import main
from core.groups import fit_groups
from core.io import read_table
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from emgui.document import Document
from emgui.exporting import Exporter
from emgui.panels.results import ResultsPanel
from emgui.run import Run
from emgui.theme import LIGHT

RNG = np.random.default_rng(3)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    values = np.concatenate([RNG.normal(0, 1, 80), RNG.normal(6, 1, 120)])
    lines = [f"{x},{group}" for x, group in zip(values, RNG.choice(["u", "=v,w"], 200), strict=True)]
    quoted = [line.replace("=v,w", '"=v,w"') for line in lines]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["x,g", *quoted]) + "\n", encoding="utf-8")
    return path


def opened(source: Path, share: str) -> Exporter:
    """An exporter of rows in groups, with a run of all of them that has ended."""
    table = read_table(source)
    data = prepared(table, Roles(("x",), group="g", share=share))
    document = Document()
    document.set_data(data, "", table)
    run = Run(data, document.options, "kmeans")
    document.set_current(run)
    start = em.start_of(data, run.options, np.random.default_rng(0))
    document.extend(run, list(em.ended(em.run(data, run.options, start))), follow=True)
    return Exporter(document)


@pytest.fixture
def exporter(source: Path) -> Iterator[Exporter]:
    """Of groups that are each fitted apart."""
    made = opened(source, "none")
    yield made
    made.close()


def written(qtbot: QtBot, exporter: Exporter, kind: str, path: Path) -> str:
    """Exports as a person would; what is said of it."""
    exporter.ask(kind)
    assert isinstance(exporter.dialog, QFileDialog)
    with qtbot.waitSignal(exporter.noted, timeout=10_000) as noted:
        exporter.dialog.fileSelected.emit(str(path))
        exporter.dialog.reject()
    assert exporter.document.message is None
    assert noted.args is not None
    return str(noted.args[0])


def test_the_result_has_the_fit_of_each_group_as_the_command_line_has(
    qtbot: QtBot, exporter: Exporter, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "groups.json"
    assert written(qtbot, exporter, "result", path).endswith(": each group fitted apart.")
    main(["fit", str(source), "--column", "x", "--group", "g"])
    printed, saved = json.loads(capsys.readouterr().out), json.loads(path.read_text(encoding="utf-8"))
    assert saved == printed
    run = exporter.document.current
    assert run is not None
    assert run.saved
    assert run in exporter.document.group_fits


def test_fits_that_are_there_are_written_and_not_made_again(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    document = exporter.document
    assert document.data is not None
    assert document.current is not None
    other = fit_groups(document.data, FitOptions(n_components=1))
    document.set_group_fits(document.current, other)
    written(qtbot, exporter, "result", tmp_path / "groups.json")
    saved = json.loads((tmp_path / "groups.json").read_text(encoding="utf-8"))
    assert saved["log_likelihood"] == other.log_likelihood


def test_the_parameters_are_a_line_for_each_component_of_each_group(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path
) -> None:
    written(qtbot, exporter, "parameters", tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    document = exporter.document
    assert document.data is not None
    assert document.current is not None
    fits = fit_groups(document.data, document.current.options)
    means = [mean for one in fits.groups for mean in one.fit.mixture.sorted().parameters["mean"]]
    assert [line["group"] for line in lines] == ["'=v,w", "'=v,w", "u", "u"]  # no formula to a spreadsheet
    assert [float(line["mean"]) for line in lines] == means


def test_a_form_that_parameters_of_groups_do_not_have_is_refused(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path
) -> None:
    run = exporter.document.current
    assert run is not None
    with qtbot.waitSignal(exporter.document.message_changed, timeout=10_000):
        exporter.write("parameters", run, run.last_number, tmp_path / "p.xlsx")
    assert exporter.document.message is not None
    assert ".csv" in exporter.document.message.text
    assert not (tmp_path / "p.xlsx").exists()


def test_a_group_that_cannot_be_fitted_leaves_no_file(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    run = exporter.document.current
    assert run is not None
    exporter.document.set_group_fits(run, "Group “u” of “g” has too few rows.")
    with qtbot.waitSignal(exporter.document.message_changed, timeout=10_000):
        exporter.write("result", run, run.last_number, tmp_path / "r.json")
    assert exporter.document.message is not None
    assert exporter.document.message.text == "Group “u” of “g” has too few rows."
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(("kind", "name"), [("report", "r.html"), ("code", "r.sh"), ("replay", "p.html")])
def test_what_is_of_all_rows_says_that_the_groups_share_all(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path, kind: str, name: str
) -> None:
    said = written(qtbot, exporter, kind, tmp_path / name)
    assert said.endswith(": the fit of all rows together.")
    text = (tmp_path / name).read_text(encoding="utf-8")
    if kind != "replay":
        assert "--group g --share all" in text


def test_memberships_are_those_of_all_rows(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    assert written(qtbot, exporter, "memberships", tmp_path / "m.csv").endswith(": the fit of all rows together.")


@pytest.mark.parametrize(
    ("share", "said"), [("none", "each group's own fit"), ("components", "Weights are those of all rows"), ("all", "")]
)
def test_the_panels_say_which_rows_they_are_of(qtbot: QtBot, source: Path, share: str, said: str) -> None:
    exporter = opened(source, share)
    panel = ResultsPanel(exporter.document, LIGHT)
    qtbot.addWidget(panel)
    panel.refresh()
    assert panel._note.text() == "" if not said else said in panel._note.text()
    assert ("All rows together" in panel.figures._words.text()) == (share == "none")
    assert ("Each run is of all rows together." in panel._run_note.text()) == (share == "none")
    exporter.close()
