"""Walking through a text file record by record, knowing the line each one stands in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from core.errors import InputError, shown

BARE = "\x1f"
"""Stands for "no delimiter" where a parser insists on one: ASCII's unit separator, which no number or name contains."""

# A spreadsheet's error values begin with "#" as comments do, but they are cells.
_COMMENT = re.compile(r"#(?!N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)")

Record = tuple[int, list[str]]
"""The line a record begins in, counted from 1, and its cells."""


class Records:
    """The records of a text file; comments and blank lines are passed over, and the comments counted.

    delimiter as in `Dialect`. start: the line to begin at, which holds names for certain, even behind "#"; 0 for the
    whole file. Quoted cells may hold anything, line ends too. Iterating raises InputError, which names the line, where
    a quote is not closed, bytes do not fit the encoding, or a NUL turns up.
    """

    def __init__(self, path: Path, encoding: str, delimiter: str, start: int = 0) -> None:
        self.path, self.encoding, self.delimiter, self.start = path, encoding, delimiter, start
        self.n_comments = 0
        self._line = 0
        self._first_line = 0
        self._between = True

    def __iter__(self) -> Iterator[Record]:
        with self.path.open(encoding=self.encoding) as stream:
            try:
                for cells in self._parsed(self._tracked(stream)):
                    self._between = True
                    yield self._first_line, cells
            except csv.Error as error:
                raise InputError(self._about(str(error))) from error
            except UnicodeError as error:
                raise InputError(
                    f"{shown(self.path.name)} is not {self.encoding} text after line {self._line}; "
                    "say --encoding to name the encoding it is in."
                ) from error

    def _parsed(self, lines: Iterable[str]) -> Iterator[list[str]]:
        if self.delimiter == " ":
            lines = (line.strip().replace("\t", " ") + "\n" for line in lines)
        # skipinitialspace also makes a run of blanks one delimiter.
        return csv.reader(lines, delimiter=self.delimiter or BARE, strict=True, skipinitialspace=True)

    def _tracked(self, stream: TextIO) -> Iterator[str]:
        # Where blanks separate cells, those of other scripts at the ends of a line are stripped as well.
        blank = {"\t": " \n\f\v", " ": None}.get(self.delimiter, " \t\n\f\v")
        for self._line, line in enumerate(stream, 1):
            if self._line < self.start:
                continue
            if self._line == self.start:
                line = line.lstrip().removeprefix("#")
            if self._between:
                stripped = line.strip(blank)
                if not stripped:
                    continue
                if stripped[0] == "#" and _COMMENT.match(stripped):
                    self.n_comments += 1
                    continue
                self._first_line, self._between = self._line, False
            if "\0" in line:
                raise InputError(f"{shown(self.path.name)} has a NUL character in line {self._line}, so it is damaged.")
            yield line

    def _about(self, complaint: str) -> str:
        name, line = shown(self.path.name), self._first_line
        if "end of data" in complaint:
            return f"{name} opens a quote in line {line} that is never closed."
        if "field limit" in complaint:
            most = csv.field_size_limit()
            return f"{name} has a cell of more than {most:,} characters in line {line}; perhaps a quote is open."
        return f"{name} has text after a closing quote in line {line}; a quote inside a quoted cell must be doubled."
