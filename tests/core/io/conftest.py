"""A way to write a file and read it back, for all tests of reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.io import read_table
from core.table import Dialect, Table

ReadBytes = Callable[..., Table]


@pytest.fixture
def read_bytes(tmp_path: Path) -> ReadBytes:
    """read_bytes(content, name="data.csv", **dialect): the table in a file of these bytes."""

    def read(content: bytes, name: str = "data.csv", **dialect: object) -> Table:
        path = tmp_path / name
        path.write_bytes(content)
        return read_table(path, Dialect(**dialect))  # type: ignore[arg-type]

    return read
