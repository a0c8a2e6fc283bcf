"""When kernels are compiled, and how it is known that they are."""

import sys

import pytest

from core.kernels import compiling

pytest.importorskip("numba")


@pytest.fixture
def unknown(monkeypatch, tmp_path):
    """Nothing is known of any kernel, and the stamp is looked for in an empty folder."""
    monkeypatch.setattr(compiling, "_known", [])
    stamp = compiling._stamp()
    monkeypatch.setattr(compiling, "_stamp", lambda: tmp_path / stamp.name)
    return tmp_path / stamp.name


def test_without_a_stamp_nothing_is_taken_for_compiled(unknown):
    assert not compiling.is_compiled()
    assert compiling.background() == [sys.executable, "-m", "core.kernels", "--background"]


def test_compiling_leaves_the_stamp_and_what_is_stamped_is_not_compiled_again(unknown):
    compiling.compile_all()
    assert unknown.exists()
    assert compiling.is_compiled()
    assert compiling.background() is None


def test_the_stamp_names_the_sources_so_that_a_change_is_seen(monkeypatch, tmp_path):
    before = compiling._stamp()
    for path in compiling.HERE.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiling, "HERE", tmp_path)
    assert compiling._stamp.__wrapped__().name != before.name


def test_where_no_stamp_can_be_left_what_is_compiled_is_used_all_the_same(unknown, monkeypatch):
    unknown.with_name("a file").touch()
    monkeypatch.setattr(compiling, "_stamp", lambda: unknown.with_name("a file") / "stamp")
    compiling.compile_all()
    assert compiling.is_compiled()


def test_an_old_stamp_goes_when_a_new_one_comes(unknown):
    old = unknown.with_name("emgui-kernels-0123456789abcdef")
    old.touch()
    compiling.compile_all()
    assert not old.exists()
    assert unknown.exists()
