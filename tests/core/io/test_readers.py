"""The contract of every reader, and of the one door to them."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import feather, parquet
from scipy.io import savemat

from core.errors import InputError
from core.io import READERS, read_table
from tests.core.io.flow_files import fcs


def _npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([1.5, 2.5, 3.5]))
    return file.getvalue()


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, x=np.array([1.5, 2.5, 3.5]))
    return file.getvalue()


def _xlsx() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.add_worksheet().write_column(0, 0, ["x", 1.5, 2.5, 3.5])
    return file.getvalue()


def _parquet() -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"x": [1.5, 2.5, 3.5]}), file)
    return file.getvalue()


def _feather() -> bytes:
    file = io.BytesIO()
    feather.write_feather(pa.table({"x": [1.5, 2.5, 3.5]}), file)
    return file.getvalue()


def _hdf5() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        content["x"] = np.array([1.5, 2.5, 3.5])
    return file.getvalue()


def _mat() -> bytes:
    file = io.BytesIO()
    savemat(file, {"x": np.array([1.5, 2.5, 3.5])})
    return file.getvalue()


SAMPLES = {
    "workbook": _xlsx(),
    "parquet": _parquet(),
    "feather": _feather(),
    "compressed": gzip.compress(b"x\n1.5\n2.5\n3.5\n"),
    "npy": _npy(),
    "npz": _npz(),
    "fcs": fcs({"x": np.array([1.5, 2.5, 3.5])}),
    "hdf5": _hdf5(),
    "matlab": _mat(),
    "json": b'{"x": [1.5, 2.5, 3.5]}',
    "delimited": b"x\n1.5\n2.5\n3.5\n",
}


def test_every_reader_has_a_sample() -> None:
    assert SAMPLES.keys() == READERS.keys()


@pytest.mark.parametrize("name", READERS)
def test_a_reader_recognises_its_own_and_no_other(name: str) -> None:
    assert READERS[name].recognises(SAMPLES[name])
    others = [SAMPLES[other] for other in READERS if other != name]
    assert not any(READERS[name].recognises(head) for head in others) or name == "delimited"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("extension", [".csv", ".npy", ""])
def test_the_content_decides_and_not_the_name(name: str, extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"data{extension}"
    path.write_bytes(SAMPLES[name])
    table = read_table(path)
    assert table.format == name
    assert table.data().column.tolist() == [1.5, 2.5, 3.5]


@pytest.mark.parametrize("name", ["PAR1", "PARE", "ARROW1", "BZh1", "FEA1", "RDX", "PK", "GIF8", "MATLAB"])
def test_a_column_may_be_called_like_the_mark_of_another_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"{name},y\n1.5,2\n2.5,3\n")
    assert read_table(path).data(name).column.tolist() == [1.5, 2.5]
    path.write_text(f"{name}\n1.5\n2.5\n")
    assert read_table(path).data(name).column.tolist() == [1.5, 2.5]


@pytest.mark.parametrize("name", READERS)
def test_damage_anywhere_is_an_input_error_or_is_accounted_for(name: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "damaged"
    for _ in range(10 if name == "hdf5" else 60):  # which is first gone through by a program of its own
        content = bytearray(SAMPLES[name])
        for place in random.integers(len(content), size=3):
            content[place] = random.integers(256)
        path.write_bytes(bytes(content[: random.integers(1, len(content) + 1)]))
        try:
            table = read_table(path)
        except InputError:
            continue
        for column in table.numeric:
            assert column.values is not None
            assert len(column.values) == table.n_rows
            assert np.isfinite(column.values).sum() + column.n_left_out == table.n_rows


@pytest.mark.parametrize(
    ("path", "words"), [("missing.csv", "no such file"), ("a\0b.csv", "file name"), (".", "folder"), ("", "folder")]
)
def test_a_path_that_leads_nowhere_is_a_sentence(path: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_table(tmp_path / path if path and "\0" not in path else path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="pipe"):
        read_table(tmp_path / "pipe.csv")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
def test_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="device"):
        read_table("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(b"x\n1\n")
    path.chmod(0)
    with pytest.raises(InputError, match="permission"):
        read_table(path)


def test_an_error_while_opening_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(b"x\n1\n")

    def refuse(*arguments: object, **settings: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"secret\.csv .* permission"):
        read_table(path)


def test_what_a_file_holds_cannot_reach_the_terminal_through_a_message(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m.csv"
    path.write_bytes(b"a\x1b[2Jb,c\n1,2\n3,4\n")
    with pytest.raises(InputError) as caught:
        read_table(path).data()
    assert "\x1b" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        read_table(path).data("\x1b]0;title\x07")
    assert str(caught.value).isprintable()


def test_a_long_name_is_cut_short_in_a_message(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"a" * 100_000 + b",b\nx,y\n")
    with pytest.raises(InputError) as caught:
        read_table(path).data()
    assert len(str(caught.value)) < 400


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "growing.csv"
    path.write_text("x\n" + "1.5\n" * 1000)

    def grow(fraction):
        if path.stat().st_size < 5_000:
            with path.open("a") as file:
                file.write("2.5\n" * 1000)

    with pytest.raises(InputError, match="changed while it was read"):
        read_table(path, progress=grow)


def test_an_array_that_is_overwritten_after_reading_leaves_the_values_as_they_were(tmp_path):
    path = tmp_path / "array.npy"
    np.save(path, np.arange(1000.0))
    values = read_table(path).data().column
    np.save(path, np.zeros(5))
    assert values[999] == 999.0


def test_a_session_and_a_file_of_matlab_4_are_named(tmp_path: Path) -> None:
    session = Path(__file__).parents[2] / "golden" / "session-0.1.0.emgui"
    with pytest.raises(InputError, match=r"session of emgui's \(open it in the window\)"):
        read_table(session)
    old = tmp_path / "old.mat"
    savemat(old, {"x": np.arange(50.0)}, format="4")
    with pytest.raises(InputError, match="MATLAB 4 file"):
        read_table(old)
