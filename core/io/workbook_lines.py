"""What the program of `workbook_cells` says of a workbook, line by line, while it is at work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import InputError, listed, shown
from core.io import workbook_cells
from core.io.opening import opened
from core.io.reader import Progress

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What the files of old Excel begin with, and what a password has scrambled."""
MOST_CELLS = 30_000_000
SCRAMBLED_WITHIN = 1 << 26
"""Bytes that are searched for the mark of a scrambled workbook."""
POLL_SECONDS = 0.05

Row = list[Any]
"""The number of a row in its sheet, from 1, and the list of its cells."""


def _is_protected(path: Path) -> bool:
    """Whether it is the container of a workbook that a password has scrambled, which is no workbook to look at."""
    with opened(path) as stream:
        head = stream.read(SCRAMBLED_WITHIN)
    return head.startswith(COMPOUND) and "EncryptedPackage".encode("utf-16-le") in head


class Lines:
    """What the program of `workbook_cells` says of a file, line by line. Raises InputError where it complains."""

    def __init__(
        self, path: Path, process: subprocess.Popen[str], asker: ThreadPoolExecutor, sheet: str, progress: Progress
    ) -> None:
        self._path, self._process, self._asker, self._sheet = path, process, asker, sheet
        self._progress, self._done = progress, 0.0
        self._names: list[str] = []

    def next(self, key: str) -> Any:
        """The next line, which has this key: the names under "sheets", else the whole line."""
        line = self._line()
        if not isinstance(line, dict) or key not in line:
            raise InputError(self._complaint(line))
        if key == "sheets":
            self._names = line[key]
            return self._names
        return line

    def rows(self, height: int) -> Iterator[Row]:
        """The rows that are not blank; to be asked for after the sheet's name."""
        n_cells = 0
        for line in iter(self._line, None):
            if not isinstance(line, list):
                raise InputError(self._complaint(line))
            n_cells += sum(len(cells) for _, cells in line)
            if n_cells > MOST_CELLS:
                raise InputError(
                    f"{shown(self._path.name)} has more than {MOST_CELLS:,} cells; save the sheet as CSV or Parquet."
                )
            if line:
                self._done = line[-1][0] / max(height, line[-1][0])
                self._progress(self._done)
            yield from line
        if self._process.wait() != 0:
            raise InputError(self._complaint(None))

    def _line(self) -> Any:
        """What the next line says, None after the last; while it is waited for, progress may end the waiting."""
        assert self._process.stdout is not None
        answer = self._asker.submit(self._process.stdout.readline)
        while not answer.done():
            wait([answer], POLL_SECONDS)
            self._progress(self._done)
        line = answer.result()
        return _DECODER.decode(line) if line.endswith("\n") else None

    def _complaint(self, line: Any) -> str:
        name, kind = shown(self._path.name), line.get("error") if isinstance(line, dict) else ""
        if kind == "password" or (kind == "damaged" and _is_protected(self._path)):
            return f"{name} is protected by a password; save it without one."
        if kind == "sheet":
            return f"{name} has no sheet “{shown(self._sheet)}”; its sheets are: {listed(self._names)}."
        if kind == "blank":
            return f"{name} is a workbook without any cell that is filled."
        if kind == "damaged":
            return (
                f"{name} is a damaged workbook, or none that can be read; open it in its own program and save it anew."
            )
        return (
            f"{name} is damaged, or needs more memory than a workbook may have; delete what stands far from the data, "
            "or save the sheet as CSV."
        )


@contextmanager
def lines_of(path: Path, wanted: str, sheet: str, progress: Progress) -> Iterator[Lines]:
    """The program of `workbook_cells` at work on a file; it is ended on leaving."""
    program = [sys.executable, "-I", workbook_cells.__file__, _library(), str(path), wanted, sheet]
    with (
        subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process,
        ThreadPoolExecutor(1) as asker,
    ):
        try:
            yield Lines(path, process, asker, sheet, progress)
        finally:
            process.kill()


def _library() -> str:
    """The folder that the library lies in, which the program, apart from everything else, would not find."""
    found = find_spec("python_calamine")
    if found is None or found.origin is None:
        raise InputError("Workbooks are read by the package python-calamine, which is missing: install it with pip.")
    return str(Path(found.origin).parents[1])


def _untagged(found: dict[str, Any]) -> Any:
    """Cells that JSON has no word for, as Python knows them; anything else as it is."""
    if len(found) == 1:
        tag, value = next(iter(found.items()))
        if tag in _TAGGED:
            return _TAGGED[tag](value)
    return found


_TAGGED: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
    "other": str,
}
_DECODER = json.JSONDecoder(object_hook=_untagged)
