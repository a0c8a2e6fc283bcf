"""Standard input as a file, since readers go over their file more than once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.errors import InputError

STANDARD_INPUT = "-"


@contextmanager
def named_file(name: str) -> Iterator[str | Path]:
    """The file of that name; for "-" a temporary one with what comes from standard input, gone on leaving."""
    if name != STANDARD_INPUT:
        yield name
        return
    if sys.stdin is None:
        raise InputError("Standard input is closed, so nothing can be read from it.")
    with TemporaryDirectory(prefix="emgui-") as folder:
        path = Path(folder) / "standard input"  # the name that messages and the result give
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path
