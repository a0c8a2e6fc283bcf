"""A mapped file: it takes no memory of ours, never changes, and whoever writes to it does not end us."""

from __future__ import annotations

import gc
import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data import Data
from core.io import mapping, read_table

VALUES = np.random.default_rng(1).normal(size=300_000)
WRITERS = {
    "overwritten": "open(path, 'r+b').write(bytes(2_000_000))",
    "cut": "os.truncate(path, 100)",
    "saved over": "np.save(path, np.zeros(3))",
    "lengthened": "open(path, 'ab').write(b'more')",
    "written to as mapped memory": "np.load(path, mmap_mode='r+')[:] = 7",
    "made anew and cut again": "open(path, 'wb').write(bytes(2_000_000)); os.truncate(path, 0)",
}
MOVERS = {
    "deleted": "os.unlink(path)",
    "replaced": "np.save(path + '.npy', np.zeros(3)); os.replace(path + '.npy', path)",
    "no longer readable": "os.chmod(path, 0)",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of VALUES, where files can be leased."""
    path = tmp_path / "a.npy"
    np.save(path, VALUES)
    if mapping.mapped(path) is None:
        pytest.skip("no leases here")
    return path


def _is_mapped(path: Path) -> bool:
    return str(path) in Path("/proc/self/maps").read_text(encoding="utf-8")


def _leases() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("lease")]


def _done_by_another(code: str, path: Path) -> None:
    program = f"import os, sys\nimport numpy as np\npath = sys.argv[1]\n{code}"
    subprocess.run([sys.executable, "-W", "ignore", "-c", program, str(path)], check=True, timeout=40)


def _soon(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def _summed_meanwhile(data: Data, work: Callable[[], None]) -> set[float]:
    """All sums that threads calculate while something is done."""
    ended, sums = threading.Event(), set()

    def add() -> None:
        while not ended.is_set():
            sums.add(float(data.column.sum()))

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    work()
    ended.set()
    for thread in threads:
        thread.join()
    return sums


@pytest.mark.parametrize("what", WRITERS)
def test_values_stay_when_the_file_is(what: str, path: Path) -> None:
    data = read_table(path).data()
    assert _is_mapped(path)
    sums = _summed_meanwhile(data, lambda: _done_by_another(WRITERS[what], path))
    assert sums == {float(VALUES.sum())}
    assert not _is_mapped(path)
    assert data.column.tobytes() == VALUES.tobytes()
    assert _soon(lambda: not _leases())


@pytest.mark.parametrize("what", MOVERS)
def test_values_stay_mapped_when_the_file_is(what: str, path: Path) -> None:
    data = read_table(path).data()
    sums = _summed_meanwhile(data, lambda: _done_by_another(MOVERS[what], path))
    assert sums == {float(VALUES.sum())}
    assert _is_mapped(path)


def test_this_program_may_write_to_the_file_as_well(path: Path) -> None:
    data = read_table(path).data()
    np.save(path, np.zeros(3))
    assert data.column.tobytes() == VALUES.tobytes()


def test_nothing_is_left_when_the_data_are_gone(path: Path) -> None:
    data = [read_table(path).data() for _ in range(3)]
    assert len(_leases()) == 3
    del data
    gc.collect()
    assert not _leases()
    assert not _is_mapped(path)
    assert path not in [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def test_a_column_is_not_copied_on_the_way_to_a_fit(path: Path) -> None:
    table = read_table(path)
    data = table.data()
    assert np.shares_memory(data.values, table.columns[0].values)
    assert not data.values.flags.writeable
    assert data.mean == pytest.approx(VALUES.mean())


def test_columns_that_lie_one_behind_the_other_are_mapped_and_rows_are_copied(path: Path) -> None:
    rows = VALUES.reshape(-1, 2)
    np.save(path, np.asfortranarray(rows))
    data = read_table(path).data("column 2")
    assert _is_mapped(path)
    assert data.column.tolist() == rows[:, 1].tolist()
    del data
    np.save(path, rows)
    data = read_table(path).data("column 2")
    assert not _is_mapped(path)
    assert not _leases()
    assert data.column.tolist() == rows[:, 1].tolist()


@pytest.mark.parametrize("values", [VALUES.astype(">f8"), VALUES.astype("f4"), np.append(VALUES, np.inf)])
def test_other_numbers_are_copied(values: np.ndarray, path: Path) -> None:
    np.save(path, values)
    table = read_table(path)
    assert not _is_mapped(path)
    assert len(table.data()) == np.isfinite(values).sum()


def test_a_file_that_is_open_for_writing_is_copied(path: Path) -> None:
    with path.open("r+b") as stream:
        data = read_table(path).data()
        assert not _is_mapped(path)
        stream.write(bytes(2_000_000))
    assert data.column.tobytes() == VALUES.tobytes()


def test_a_file_too_large_to_be_copied_in_time_is_not_mapped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "SLOWEST_DISK", 1000)
    assert mapping.mapped(path) is None


def test_without_a_lease_at_the_end_nobody_takes_the_bytes_for_numbers(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    memory = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    mapping._detach(memory, descriptor)  # what happens where the system could not wait any longer
    os.close(descriptor)
    assert not _is_mapped(path)
    assert np.isnan(np.frombuffer(memory)).all()
