"""A file is written whole or not at all, and the old one is never lost on the way."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from core.errors import InputError, OutputError
from core.io import atomic
from core.io.atomic import check_target, replacing, replacing_text, staged

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and devices are POSIX's")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    path.write_text("old")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_there_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    with replacing_text(path) as file:
        file.write("x\n1\n")
        assert not path.exists()
    assert path.read_bytes() == b"x\n1\n"
    assert names(tmp_path) == ["new.csv"]


def test_the_old_file_is_replaced_at_once(old: Path) -> None:
    with replacing(old) as file:
        file.write(b"new")
        assert old.read_text() == "old"
    assert old.read_text() == "new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_whatever_goes_wrong_the_old_file_is_whole_and_nothing_else_is_left(
    old: Path, error: type[BaseException]
) -> None:
    def half() -> None:
        with replacing(old) as file:
            file.write(b"half of")
            raise error

    with pytest.raises(error):
        half()
    assert old.read_text() == "old"
    assert names(old.parent) == [old.name]


def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(old: Path) -> None:
    with pytest.raises(OutputError, match=r"^result.json cannot be written: the disk is full\.$"), replacing(old):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert old.read_text() == "old"
    assert names(old.parent) == [old.name]


def test_a_disk_that_fills_up_only_at_the_end_leaves_the_old_file_too(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"), replacing(old) as file:
        file.write(b"new")
    assert old.read_text() == "old"
    assert names(old.parent) == [old.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_device_is_written_to_as_it_is_and_its_refusal_is_a_sentence() -> None:
    with pytest.raises(OutputError, match="disk is full"), replacing_text("/dev/full") as file:
        file.write("x" * 100_000)
    assert Path("/dev/full").is_char_device()


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null here")
def test_the_null_device_is_not_replaced_by_a_file() -> None:
    check_target("/dev/null")
    with replacing_text("/dev/null") as file:
        file.write("gone")
    assert Path("/dev/null").is_char_device()


@posix
def test_permissions_of_the_old_file_are_kept(old: Path) -> None:
    old.chmod(0o640)
    with replacing(old) as file:
        file.write(b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


@posix
def test_a_link_is_written_through_to_its_file(old: Path) -> None:
    link = old.with_name("link.json")
    link.symlink_to(old)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert old.read_text() == "new"


def test_the_temporary_file_has_the_ending_of_the_real_one(tmp_path: Path) -> None:
    with staged(tmp_path / "figure.svg") as temporary:
        assert temporary.suffix == ".svg"
        temporary.write_text("<svg/>")
    assert (tmp_path / "figure.svg").read_text() == "<svg/>"


def test_a_name_as_long_as_the_system_allows_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 120 + ".csv")
    with replacing_text(path) as file:
        file.write("x")
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "folder"), ("missing/x.csv", "there is no folder"), ("a\0b", "no possible name"), ("n" * 300, "too long")],
)
def test_a_target_that_cannot_be_is_found_before_the_work(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(OutputError, match=sentence) as caught:
        check_target(tmp_path / name)
    assert str(caught.value).endswith(".")
    assert names(tmp_path) == []


def test_a_read_only_folder_is_found_before_the_work(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*arguments: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(atomic.os, "open", denied)
    with pytest.raises(OutputError, match="permission is denied"):
        check_target(old.with_name("new.csv"))
    with pytest.raises(OutputError, match="permission is denied"), replacing(old):
        pytest.fail("there is nothing to write to")
    assert names(old.parent) == [old.name]


def test_a_write_protected_file_is_refused(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="write-protected"):
        check_target(old)


def test_a_good_target_is_left_as_it_was(old: Path) -> None:
    check_target(old)
    check_target(old.with_name("new.csv"))
    assert names(old.parent) == [old.name]
    assert old.read_text() == "old"


def test_the_file_that_is_read_is_not_written_to_not_even_through_links(old: Path) -> None:
    soft, hard = old.with_name("soft.json"), old.with_name("hard.json")
    soft.symlink_to(old)
    hard.hardlink_to(old)
    for target in (old, soft, hard, old.parent / "." / old.name):
        with pytest.raises(InputError, match="is being read"):
            check_target(target, [old])
    check_target(old.with_name("other.json"), [old, old.with_name("missing.csv")])
