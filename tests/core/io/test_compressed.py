"""Compressed text: read as what is inside, and no bomb goes off."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tempfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.errors import Cancelled, InputError
from core.io import compressed, read_table
from core.table import Dialect, Table

Packed = Callable[[bytes], bytes]


def _zstd(content: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


PACKERS: dict[str, Packed] = {"gzip": gzip.compress, "zstd": _zstd, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.fixture(params=PACKERS)
def packed(request: pytest.FixtureRequest) -> Packed:
    """Each of the ways to compress."""
    return PACKERS[request.param]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _read(tmp_path: Path, content: bytes, **dialect: object) -> Table:
    path = tmp_path / "some data.csv"
    path.write_bytes(content)
    return read_table(path, Dialect(**dialect))  # type: ignore[arg-type]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_come_back_to_the_last_digit(numbers: list[float], packed: Packed, tmp_path: Path) -> None:
    text = "x\n" + "".join(f"{number!r}\n" for number in numbers)
    assert _read(tmp_path, packed(text.encode())).data().column.tolist() == numbers


def test_the_table_is_that_of_the_text_but_the_file_is_itself(packed: Packed, tmp_path: Path, folder: Path) -> None:
    text = b"name;x\n" + b"".join(b"n%d;%d,5\n" % (i, i) for i in range(40)) + b"o;NA\n"
    table, plain = _read(tmp_path, packed(text)), _read(tmp_path, text)
    assert table.format == "compressed"
    assert table.dialect == plain.dialect
    assert table.notes == plain.notes
    assert table.columns[1].left_out == plain.columns[1].left_out
    assert table.data("x").column.tolist() == plain.data("x").column.tolist()
    (tmp_path / "some data.csv").write_bytes(packed(text))
    assert table.source == "some data.csv"
    assert table.path == str(tmp_path / "some data.csv")
    assert table.sha256 == hashlib.sha256((tmp_path / "some data.csv").read_bytes()).hexdigest()
    texts = table.columns[0].texts
    assert texts is not None
    assert texts()[38:] == ["n38", "n39", "o"]
    assert not list(folder.iterdir())


def test_what_a_person_says_holds_for_the_text_inside(packed: Packed, tmp_path: Path) -> None:
    table = _read(tmp_path, packed(b"x\n1,5\n2,5\n"), decimal=",")
    assert table.data().column.tolist() == [1.5, 2.5]


def test_json_inside_is_read_as_json(packed: Packed, tmp_path: Path) -> None:
    assert _read(tmp_path, packed(b'[{"x": 1.5}, {"x": 2.5}]')).data().column.tolist() == [1.5, 2.5]


def test_parts_one_after_the_other_are_one_text(packed: Packed, tmp_path: Path) -> None:
    assert _read(tmp_path, packed(b"x\n1\n") + packed(b"2\n3\n")).data().column.tolist() == [1, 2, 3]


def _parquet() -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"x": [1.0]}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty once it is unpacked"),
        (gzip.compress(b"x\n1\n"), "compressed twice"),
        (_parquet(), "a Parquet file, compressed; unpack it first"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image, compressed"),
        (b"\0" * (5 << 20), "line of more than"),
        (b"x,y\n1,2\n3\n", "Line 3"),
    ],
    ids=["nothing", "twice", "parquet", "image", "zeros", "short row"],
)
def test_what_is_no_table_inside_is_one_sentence(
    content: bytes, words: str, packed: Packed, tmp_path: Path, folder: Path
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        _read(tmp_path, packed(content))
    assert "some data.csv" in str(caught.value)
    assert not list(folder.iterdir())


def test_a_file_that_is_cut_off_is_damaged(packed: Packed, tmp_path: Path, folder: Path) -> None:
    content = packed("".join(f"{i}\n" for i in range(5000)).encode())
    for kept in (8, len(content) // 2, len(content) - 5):
        with pytest.raises(InputError, match="damaged"):
            _read(tmp_path, content[:kept])
    assert not list(folder.iterdir())


def test_a_bomb_is_refused_before_it_fills_the_disk(
    packed: Packed, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "SUSPICIOUS_BYTES", 1 << 18)
    with pytest.raises(InputError, match="more than 200 times its size"):
        _read(tmp_path, packed(b"1\n" * (2 << 20)))
    assert not list(folder.iterdir())


def test_a_disk_without_room_is_a_sentence(packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(1 << 40, 1 << 40, 1000))
    with pytest.raises(InputError, match="more room to be unpacked than the disk has"):
        _read(tmp_path, packed(b"1\n2\n" * 1000))


@pytest.mark.parametrize("when", [0.0, 0.2, 0.5])
def test_giving_up_leaves_nothing_behind(when: float, packed: Packed, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(packed("".join(f"{i}\n" for i in range(50_000)).encode()))

    def give_up(fraction: float) -> None:
        if fraction >= when:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_table(path, progress=give_up)
    assert not list(folder.iterdir())
