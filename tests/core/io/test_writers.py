"""What every kind of export keeps to: whole files or none, nothing over the input, and a form for each ending."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core import FitOptions, fit
from core.errors import Cancelled, InputError, OutputError
from core.io import atomic, read_table
from core.io.atomic import check_target
from core.io.endings import ending_of
from core.io.writers import WRITERS
from core.prepare import prepared
from core.roles import Roles
from core.samples import FOLDER

FAITHFUL = FOLDER / "faithful.csv"
RESULT, HISTORY = fit(prepared(read_table(FAITHFUL), Roles(("waiting",))), FitOptions(n_components=2))
FORMS = [(name, ending) for name, writer in WRITERS.items() if writer.write for ending in writer.extensions]


def no_progress(fraction: float) -> None:
    pass


def write(name: str, path: Path, progress=no_progress) -> None:  # type: ignore[no-untyped-def]
    made = WRITERS[name].write
    assert made is not None
    made(path, RESULT, HISTORY, progress)


@pytest.mark.parametrize("name", WRITERS)
def test_a_kind_is_called_by_its_name_and_suggests_its_usual_ending(name: str) -> None:
    writer = WRITERS[name]
    assert writer.name == name
    assert writer.suffix.endswith(writer.extensions[0])
    assert writer.ending(writer.suffix) == writer.extensions[0]


@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_every_form_is_written_alone_and_twice_the_same(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending}"
    write(name, path)
    assert path.stat().st_size > 0
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    if ending != ".xlsx":  # which holds the time it was made
        before = path.read_bytes()
        write(name, path)
        assert path.read_bytes() == before


@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_every_form_says_where_it_cannot_be_written(name: str, ending: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        write(name, tmp_path / "missing" / f"x{ending}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_a_full_disk_is_a_sentence_for_every_form(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"full{ending}"
    path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="the disk is full"):
        write(name, path)


@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_the_old_file_is_whole_where_the_disk_gives_up_at_the_end(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"old{ending}"
    path.write_text("old", encoding="utf-8")

    def give_up(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", give_up)
    with pytest.raises(OutputError, match="the disk is full"):
        write(name, path)
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [(path.name, "old")]


@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_the_old_file_is_whole_where_writing_is_cancelled(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"old{ending}"
    path.write_text("old", encoding="utf-8")
    told: list[float] = []

    def cancel(fraction: float) -> None:
        told.append(fraction)
        raise Cancelled

    try:
        write(name, path, cancel)
    except Cancelled:
        assert path.read_text(encoding="utf-8") == "old"
    assert told or path.read_bytes() != b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="folders are read-only to nobody here")
@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_a_read_only_folder_is_a_sentence(name: str, ending: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission is denied"):
            write(name, tmp_path / f"x{ending}")
    finally:
        tmp_path.chmod(0o700)


def test_the_file_that_is_read_is_no_target(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(FAITHFUL)
    for path in (FAITHFUL, link):
        with pytest.raises(InputError, match="is being read"):
            check_target(path, [FAITHFUL])


@pytest.mark.parametrize(
    ("name", "ending"),
    [("x.CSV", ".csv"), ("x.sklearn.py", ".sklearn.py"), ("sklearn.py", ".py"), ("/dev/stdout", ".csv"), ("r.r", ".R")],
)
def test_the_longest_ending_counts_and_capitals_do_not(name: str, ending: str) -> None:
    assert ending_of(name, (".csv", ".py", ".sklearn.py", ".R")) == ending


def test_an_ending_that_says_nothing_is_refused_where_there_are_several_and_taken_where_there_is_one() -> None:
    with pytest.raises(InputError, match=r"“x\.docx”.*\.csv or \.tex"):
        ending_of("x.docx", (".csv", ".tex"))
    assert ending_of("x.docx", (".json",)) == ".json"


def test_memberships_can_bring_the_other_columns_of_their_file(tmp_path: Path) -> None:
    write("all_columns", tmp_path / "rows.csv")
    lines = np.genfromtxt(tmp_path / "rows.csv", delimiter=",", names=True, deletechars="")
    np.testing.assert_array_equal(lines["waiting"], RESULT.data.column)
    np.testing.assert_array_equal(lines["eruptions"], read_table(FAITHFUL).named("eruptions").values)
