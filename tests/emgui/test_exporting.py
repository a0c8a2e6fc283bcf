"""Exports: what is written, under which name, and that an old or an open file is never lost."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from core import em
from core.binning import freedman_diaconis, histogram
from core.io import read_table
from core.io.result import read_start
from core.io.writers import WRITERS
from core.options import FitOptions
from emgui.dialogs.export_figure import FigureDialog
from emgui.dialogs.export_film import FilmDialog
from emgui.document import Document
from emgui.errands import Errands
from emgui.exporting import Exporter
from emgui.film import Film, positions
from emgui.run import Run

TABLES = ("result", "parameters", "trace", "memberships")


@pytest.fixture
def exporter(qtbot: QtBot, faithful: Path) -> Iterator[Exporter]:
    """An exporter with a finished run of Old Faithful's waiting times."""
    document = Document()
    document.set_table(read_table(faithful), "waiting", "min")
    assert document.data is not None
    options = FitOptions()
    run = Run(document.data, options, "kmeans")
    document.set_current(run)
    start = em.start_of(document.data, options, np.random.default_rng(0))
    document.extend(run, list(em.ended(em.run(document.data, options, start))), follow=True)
    document.set_histogram(histogram(document.data, freedman_diaconis(document.data)))
    made = Exporter(document)
    yield made
    made.close()


def written(qtbot: QtBot, exporter: Exporter, kind: str, path: Path) -> Path:
    """Exports through the dialog, as a person would."""
    exporter.ask(kind)
    dialog = exporter.dialog
    assert isinstance(dialog, QFileDialog)
    with qtbot.waitSignal(exporter.noted, timeout=10_000):
        dialog.fileSelected.emit(str(path))
        dialog.reject()
    assert exporter.document.message is None
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_result_is_that_of_the_finished_run(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    result = json.loads(written(qtbot, exporter, "result", tmp_path / "r.json").read_text(encoding="utf-8"))
    assert result["fit"]["status"] == "converged"
    assert result["log_likelihood"] == pytest.approx(-1034.00175, abs=1e-4)  # mclust, faithful$waiting, model V
    assert read_start(tmp_path / "r.json").n_components == 2


def test_looking_back_exports_the_iteration_under_the_cursor(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    document = exporter.document
    document.move(7)
    assert document.moment is not None
    result = json.loads(written(qtbot, exporter, "result", tmp_path / "r.json").read_text(encoding="utf-8"))
    assert result["fit"]["n_iterations"] == 3
    assert result["fit"]["status"] == "stopped"
    assert result["log_likelihood"] == document.moment.log_likelihood
    table = rows(written(qtbot, exporter, "parameters", tmp_path / "p.csv"))
    np.testing.assert_array_equal([float(row["mean"]) for row in table], document.moment.mixture.parameters["mean"])
    shares = rows(written(qtbot, exporter, "memberships", tmp_path / "m.csv"))
    expected = document.moment.mixture.responsibilities(document.data.column)  # type: ignore[union-attr]
    np.testing.assert_allclose([float(row["component[1]"]) for row in shares], expected[0], rtol=1e-12)


def test_the_iteration_log_is_the_whole_tape(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    exporter.document.move(0)
    table = rows(written(qtbot, exporter, "trace", tmp_path / "t.csv"))
    run = exporter.document.current
    assert run is not None
    assert [int(row["iteration"]) for row in table] == list(range(run.last_number + 1))
    assert [float(row["log_likelihood"]) for row in table] == run.history.scalar("log_likelihood").tolist()


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_figures_are_asked_about_then_drawn(qtbot: QtBot, exporter: Exporter, tmp_path: Path, ending: str) -> None:
    exporter.ask("figure")
    form = exporter.form
    assert isinstance(form, FigureDialog)
    form.shows.setCurrentIndex(form.shows.findData("histogram"))
    form.ending.setCurrentIndex(form.ending.findData(ending))
    exporter.document.move(4)  # what goes on behind the dialog is not what was asked for
    form.accept()
    dialog = exporter.dialog
    assert dialog is not None
    assert dialog.defaultSuffix() == ending[1:]
    assert dialog.selectedFiles()[0].endswith(f"faithful-waiting-figure{ending}")
    path = tmp_path / f"f{ending}"
    with qtbot.waitSignal(exporter.noted, timeout=10_000):
        dialog.fileSelected.emit(str(path))
        dialog.reject()
    assert path.read_bytes().startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[ending])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_figure_of_another_kind_is_refused_with_a_sentence(exporter: Exporter, tmp_path: Path) -> None:
    run = exporter.document.current
    assert run is not None
    exporter.write("figure", run, 0, tmp_path / "f.jpg")
    assert exporter.document.message is not None
    assert "must end in .png, .svg or .pdf" in exporter.document.message.text
    assert list(tmp_path.iterdir()) == []


def test_a_film_is_asked_about_then_made_while_the_window_answers(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path
) -> None:
    exporter.ask("film")
    form = exporter.form
    assert isinstance(form, FilmDialog)
    form.width_field.setValue(320)
    form.height_field.setValue(240)
    form.accept()
    dialog = exporter.dialog
    assert dialog is not None
    turns: list[int] = []
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: turns.append(1))
    timer.start()
    with qtbot.waitSignal(exporter.noted, timeout=20_000):
        dialog.fileSelected.emit(str(tmp_path / "film.gif"))
        dialog.reject()
    timer.stop()
    run = exporter.document.current
    assert run is not None
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (320, 240)
        assert film.n_frames == len(positions(run.last_number, Film()))  # type: ignore[attr-defined]
    assert len(turns) > 5, "other timers had their turns meanwhile"
    assert exporter.document.busy is None


def test_cancelling_a_film_leaves_nothing_behind(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    run = exporter.document.current
    assert run is not None
    with qtbot.waitSignal(exporter.noted, timeout=10_000) as noted:
        exporter.write("film", run, 0, tmp_path / "film.gif")
        exporter.cancel()
    assert noted.args == ["Cancelled; nothing was written."]
    assert list(tmp_path.iterdir()) == []


def test_pages_say_the_unit_that_the_window_knows(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    for kind in ("report", "replay"):
        path = written(qtbot, exporter, kind, tmp_path / f"{kind}.html")
        assert "waiting (min)" in path.read_text(encoding="utf-8")


def test_a_copied_plot_is_a_picture_and_a_drawing(qtbot: QtBot, exporter: Exporter) -> None:
    exporter.copy_plot("timeline", 400, 200)
    copied = QApplication.clipboard().mimeData()
    assert copied.hasImage()
    picture = copied.imageData()
    assert (picture.width(), picture.height()) == (800, 400)
    assert b"Iteration" in copied.data("image/svg+xml").data()


@pytest.mark.parametrize("kind", TABLES)
def test_every_export_saves_the_run_and_says_where(qtbot: QtBot, exporter: Exporter, tmp_path: Path, kind: str) -> None:
    notes: list[str] = []
    exporter.noted.connect(notes.append)
    assert exporter.document.has_unsaved_runs
    path = written(qtbot, exporter, kind, tmp_path / WRITERS[kind].suffix)
    assert not exporter.document.has_unsaved_runs
    assert notes == [f"{path.name} saved in {path.parent}."]
    assert exporter.document.busy is None


def test_names_are_suggested_from_file_column_and_kind(exporter: Exporter) -> None:
    assert exporter.suggested_name("result") == "faithful-waiting-fit.json"
    assert exporter.suggested_name("memberships") == "faithful-waiting-memberships.csv"


def test_the_dialog_adds_the_ending_and_remembers_the_folder(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    written(qtbot, exporter, "result", tmp_path / "r.json")
    exporter.ask("parameters")
    dialog = exporter.dialog
    assert dialog is not None
    assert Path(dialog.directory().absolutePath()) == tmp_path
    assert dialog.defaultSuffix() == "csv"
    dialog.filterSelected.emit("LaTeX (*.tex)")
    assert dialog.defaultSuffix() == "tex"
    dialog.reject()


@pytest.mark.parametrize("kind", WRITERS)
def test_the_open_file_is_never_written_over(exporter: Exporter, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "data.csv"
    source.write_text("x\n1\n2\n4\n", encoding="utf-8")
    document = exporter.document
    run = document.current
    assert run is not None
    document.table = read_table(source)
    exporter.write(kind, run, 0, source)
    assert document.message is not None
    assert document.message.title == "data.csv was not written"
    assert "is being read" in document.message.text
    assert source.read_text(encoding="utf-8") == "x\n1\n2\n4\n"


def test_a_folder_that_is_not_there_is_a_sentence(exporter: Exporter, tmp_path: Path) -> None:
    run = exporter.document.current
    assert run is not None
    exporter.write("result", run, 0, tmp_path / "nowhere" / "r.json")
    assert exporter.document.message is not None
    assert "there is no folder" in exporter.document.message.text
    assert exporter.document.has_unsaved_runs


def test_a_fault_while_writing_keeps_the_old_file(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    path.write_text("old", encoding="utf-8")
    run = exporter.document.current
    assert run is not None

    def fail(*arguments: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("core.io.writers.write_result", fail)
    exporter.write("result", run, 0, path)
    qtbot.waitUntil(lambda: exporter.document.message is not None, timeout=5000)
    assert exporter.document.message is not None
    assert "secret words" not in exporter.document.message.text
    assert exporter.document.message.actions == (("log", "Show log"),)
    assert path.read_text(encoding="utf-8") == "old"


def test_cancel_leaves_nothing_behind(
    qtbot: QtBot, exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked, usual = exporter.document.current, threading.Event(), WRITERS["memberships"]
    assert run is not None

    def write_late(*arguments: Any) -> None:
        assert asked.wait(10)
        assert usual.write is not None
        usual.write(*arguments)

    monkeypatch.setitem(WRITERS, "memberships", replace(usual, write=write_late))
    with qtbot.waitSignal(exporter.noted, timeout=10_000) as noted:
        exporter.write("memberships", run, 3, tmp_path / "m.csv")
        exporter.cancel()
        asked.set()
    assert noted.args == ["Cancelled; nothing was written."]
    assert list(tmp_path.iterdir()) == []
    assert exporter.document.has_unsaved_runs


def test_memberships_can_bring_the_other_columns_of_the_file(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    exporter.ask_with_columns()
    dialog = exporter.dialog
    assert dialog is not None
    with qtbot.waitSignal(exporter.noted, timeout=10_000):
        dialog.fileSelected.emit(str(tmp_path / "m.csv"))
        dialog.reject()
    table = rows(tmp_path / "m.csv")
    assert len(table) == 272
    assert float(table[0]["eruptions"]) == 3.6  # the first row of the file
    assert float(table[0]["component[1]"]) + float(table[0]["component[2]"]) == pytest.approx(1.0)
    assert not exporter.document.has_unsaved_runs


def test_a_fit_is_applied_to_the_rows_of_another_file(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    source = tmp_path / "new.csv"
    source.write_text("waiting\n50\nabc\n81.5\n", encoding="utf-8")
    exporter.ask_for_rows()
    first = exporter.dialog
    assert first is not None
    first.fileSelected.emit(str(source))
    first.reject()
    second = exporter.dialog
    assert second is not None
    assert second is not first
    assert second.selectedFiles()[0].endswith("new-memberships.csv")
    with qtbot.waitSignal(exporter.noted, timeout=10_000) as noted:
        second.fileSelected.emit(str(tmp_path / "m.csv"))
        second.reject()
    assert noted.args == ["m.csv saved: 2 rows of new.csv; 1 left out."]
    table = rows(tmp_path / "m.csv")
    assert [(row["row"], row["component"]) for row in table] == [("1", "1"), ("3", "2")]
    assert exporter.document.moment is not None
    expected = exporter.document.moment.mixture.responsibilities(np.array([50.0, 81.5]))
    np.testing.assert_allclose([float(row["component[1]"]) for row in table], expected[0], rtol=1e-9)
    assert exporter.document.has_unsaved_runs, "the run itself was not exported"


def test_a_file_of_new_rows_that_cannot_be_used_is_a_sentence(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    source = tmp_path / "new.csv"
    source.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    run = exporter.document.current
    assert run is not None
    exporter.apply(run, run.last_number, source, tmp_path / "m.csv")
    qtbot.waitUntil(lambda: exporter.document.message is not None, timeout=10_000)
    assert exporter.document.message is not None
    assert "waiting" in exporter.document.message.text
    assert not (tmp_path / "m.csv").exists()
    exporter.document.say(None)
    exporter.apply(run, run.last_number, source, source)
    assert exporter.document.message is not None
    assert "is being read" in exporter.document.message.text


def test_nothing_is_asked_without_a_run(qtbot: QtBot) -> None:
    exporter = Exporter(Document())
    exporter.ask("result")
    assert exporter.dialog is None
    exporter.close()


def test_closing_waits_for_every_thread(qtbot: QtBot) -> None:
    ended: list[bool] = []

    def work(report: Callable[[float], None]) -> Any:
        try:
            while True:
                report(0.5)
        finally:
            ended.append(True)

    errands = Errands()
    for _ in range(3):
        errands.run(work, "endless", done=lambda answer: None)
    errands.close()
    assert ended == [True] * 3
