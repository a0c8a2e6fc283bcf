"""Figures: what they show, how large they are on paper, and that they are drawings where they can be."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from core import em
from core.binning import freedman_diaconis, histogram
from core.data import Data
from core.errors import OutputError
from core.io import read_table
from core.options import FitOptions
from emgui import figures
from emgui.dialogs.export_figure import FigureChoices, FigureDialog
from emgui.dialogs.export_film import FilmDialog
from emgui.dialogs.export_form import remember, remembered
from emgui.document import Document
from emgui.figures import FORMS, SHOWS, Figure
from emgui.panels.centre import Arrangement
from emgui.run import Run

SVG = "{http://www.w3.org/2000/svg}"


def opened(data: Data, unit: str = "") -> Document:
    """A document with a run of a few iterations."""
    document, options = Document(), FitOptions(max_iterations=6)
    document.set_data(data, unit)
    document.set_histogram(histogram(data, freedman_diaconis(data)))
    run = Run(data, options, "kmeans")
    document.set_current(run)
    start = em.start_of(data, options, np.random.default_rng(0))
    document.extend(run, list(em.ended(em.run(data, options, start))), follow=True)
    return document


@pytest.fixture
def document(qtbot: QtBot, faithful: Path) -> Document:
    return opened(read_table(faithful).data("waiting"), "min")


def texts(drawing: bytes) -> list[str]:
    """What is written in a drawing."""
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("shows", SHOWS)
def test_every_plot_is_drawn_in_every_form(document: Document, tmp_path: Path, shows: str, ending: str) -> None:
    path = tmp_path / f"figure{ending}"
    figures.write_figure(path, document, Figure(shows, 85.0, 60.0, 150))
    assert path.read_bytes().startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[ending])


def test_a_picture_has_its_size_and_resolution_and_is_white(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "f.png"
    figures.write_figure(path, document, Figure("histogram", 85.0, 60.0, 300))
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1004, 709)  # 85 mm and 60 mm of 300 / 25.4 pixels each
    assert image.dotsPerMeterX() == 11811
    assert image.pixelColor(3, 3) == QColor("#FFFFFF")


def test_a_line_is_as_wide_at_any_resolution(document: Document) -> None:
    shares = []
    for dpi in (96, 288):
        image = figures.picture(document, Figure("timeline", 85.0, 50.0, dpi))
        dark = sum(image.pixelColor(x, y).lightness() < 90 for x in range(image.width()) for y in range(image.height()))
        shares.append(dark / (image.width() * image.height()))
    assert shares[1] == pytest.approx(shares[0], rel=0.5)


def test_a_drawing_has_its_size_in_mm_and_readable_text(qtbot: QtBot) -> None:
    data = Data(np.random.default_rng(0).normal(size=100), ("a < b & c",))
    drawing = figures.svg(opened(data, "mm"), Figure("view", 120.0, 100.0))
    root = ElementTree.fromstring(drawing)
    assert float(root.attrib["width"].removesuffix("mm")) == pytest.approx(120.0, abs=0.3)
    assert "a < b & c (mm) →" in texts(drawing)
    assert "mixture" in texts(drawing)
    assert not list(root.iter(f"{SVG}image"))


def test_a_page_is_as_large_as_the_figure(document: Document) -> None:
    page = figures.pdf(document, Figure("histogram", 85.0, 60.0))
    box = page.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
    assert [float(side) for side in box] == pytest.approx([0, 0, 85 / 25.4 * 72, 60 / 25.4 * 72], abs=1.0)
    assert b"/FontFile2" in page, "text is text"


def test_neither_selection_nor_playhead_is_in_a_figure(document: Document) -> None:
    document.move(5)
    plain = figures.svg(document, Figure())
    document.select(1)
    assert figures.svg(document, Figure()) == plain
    assert "lower bound touches" not in texts(plain)
    assert document.selected == 1
    assert document.position == 5


def test_parameters_stand_beneath_with_their_units(document: Document) -> None:
    document.move(document.current.last_position if document.current is not None else 0)
    without, with_table = (texts(figures.svg(document, Figure(table=table))) for table in (False, True))
    assert "mean (min)" in with_table
    assert "mean (min)" not in without
    assert document.moment is not None
    first = float(document.moment.mixture.parameters["mean"][0])
    assert f"{first:.4f}" in with_table


def test_only_what_the_window_shows_is_in_the_whole_view(document: Document) -> None:
    arrangement = Arrangement(("histogram", "timeline"))
    assert not any("P(component" in text for text in texts(figures.svg(document, Figure(), arrangement)))
    assert any("P(component" in text for text in texts(figures.svg(document, Figure("posterior"), arrangement)))


def test_a_still_document_does_not_follow_the_run(document: Document) -> None:
    document.move(3)
    still = figures.still(document)
    document.move(1)
    assert still.position == 3
    assert still.current is not document.current
    assert still.moment is not None


def test_a_name_that_says_no_form_is_a_sentence(document: Document, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"must end in \.png, \.svg or \.pdf"):
        figures.write_figure(tmp_path / "f.bmp", document, Figure())


def test_a_disk_that_is_full_is_an_error(document: Document, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full disk here")
    for ending in FORMS:
        full = tmp_path / f"full{ending}"
        full.symlink_to("/dev/full")
        with pytest.raises(OSError, match="space"):
            figures.write_figure(full, document, Figure("timeline", 60.0, 40.0, 96))


# ---- the dialogs


def test_a_size_is_chosen_in_mm_or_in_pixels(qtbot: QtBot) -> None:
    dialog = FigureDialog()
    qtbot.addWidget(dialog)
    dialog.width_field.setValue(100)
    dialog.dpi.setValue(254)
    assert "1,000 ×" in dialog.note.text()
    dialog.unit.setCurrentIndex(dialog.unit.findData("px"))
    assert dialog.width_field.value() == 1000
    dialog.width_field.setValue(2000)
    assert dialog.choices.figure.width == pytest.approx(200.0)
    assert dialog.choices.figure.pixels[0] == 2000


def test_choices_are_there_the_next_time(qtbot: QtBot) -> None:
    dialog = FigureDialog()
    qtbot.addWidget(dialog)
    dialog.shows.setCurrentIndex(dialog.shows.findData("timeline"))
    dialog.table.setChecked(True)
    dialog.ending.setCurrentIndex(dialog.ending.findData(".pdf"))
    with qtbot.waitSignal(dialog.wanted) as wanted:
        dialog.accept()
    again = FigureDialog()
    qtbot.addWidget(again)
    assert again.choices == wanted.args[0]
    assert again.choices.ending == ".pdf"


@pytest.mark.parametrize(
    "stored", ['{"width": "wide", "dpi": [1]}', "[" * 10_000, '{"shows": "nothing", "width": 1e99, "dpi": -5}', "7"]
)
def test_choices_that_make_no_sense_are_passed_over(qtbot: QtBot, stored: str) -> None:
    from PySide6.QtCore import QSettings

    QSettings().setValue("export/figure", stored)
    dialog = FigureDialog()
    qtbot.addWidget(dialog)
    figure = dialog.choices.figure
    assert figure.shows in SHOWS
    assert max(figure.pixels) <= 20_000
    assert figure.dpi >= 36


def test_only_what_is_of_the_right_kind_is_remembered() -> None:
    remember("figure", FigureChoices(dpi=600))
    assert remembered("figure", FigureChoices()).dpi == 600


def test_every_field_has_a_name_and_the_film_says_how_long_it_is(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emgui.film.which", lambda name: None)
    film = FilmDialog(31)
    figure = FigureDialog()
    for dialog in (film, figure):
        qtbot.addWidget(dialog)
    fields = (film.ending, film.width_field, film.height_field, film.speed, film.spacing, film.halves)
    assert all(field.accessibleName() for field in (*fields, figure.shows, figure.table, figure.dpi))
    assert [film.ending.itemData(row) for row in range(film.ending.count())] == [".gif"]
    assert "frames of 32 iterations" in film.note.text()
    assert "need the program ffmpeg" in film.note.text()
