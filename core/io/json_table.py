"""JSON and JSON lines: objects or lists as rows, or lists as columns, at the top or one level below it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from core.errors import InputError, listed, shown
from core.io.arrays import SeveralTablesError
from core.io.json_rows import Rows, of_vectors, spelled
from core.io.json_text import Cursor, RepeatedKeyError, whole
from core.io.opening import fingerprinting, opened
from core.io.reader import Progress, Reader
from core.io.typed import Typed, table_of
from core.table import Dialect, Table

MOST_BYTES = 1 << 28
"""Size of a file that is one JSON value, which must stand in memory as text; JSON lines have no limit but a line's."""
MOST_LINE_BYTES = 1 << 26
REPORT_EVERY = 1 << 12
_BEGINNING = re.compile(r'\s*(\{\s*["}]|\[\s*([\[\]{"\d-]|(null|true|false|NaN|Infinity)\s*[,\]]))')
_MARK = b"\xef\xbb\xbf"


@dataclass
class _Found:
    """What an object at the top holds: tables of rows, lists, objects of lists, and what is none of these."""

    rows: dict[str, Rows] = field(default_factory=dict)
    vectors: dict[str, list[Any]] = field(default_factory=dict)
    nested: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)


def _recognises(head: bytes) -> bool:
    text = head.removeprefix(_MARK).decode(json.detect_encoding(head.removeprefix(_MARK)), "ignore")
    return _BEGINNING.match(text.removeprefix("\ufeff")) is not None


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        try:
            table = _lines_table(path, dialect, progress) if _is_lines(path) else _table(path, dialect, progress)
        except JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise InputError(f"{shown(path.name)} is no valid JSON: {_said(error)} ({where}).") from error
        except RecursionError as error:
            raise InputError(f"{shown(path.name)} is nested too deeply to be a table.") from error
        except RepeatedKeyError as error:
            raise InputError(
                f"{shown(path.name)} has the name “{shown(str(error))}” twice in one object, so it is not clear which "
                "value counts."
            ) from error
        return replace(table, sha256=digest())


READER = Reader("json", "JSON and JSON lines", (".json", ".jsonl", ".ndjson"), _recognises, _read)


def _is_lines(path: Path) -> bool:
    """Whether the first line is a value by itself and something follows it."""
    with opened(path) as stream:
        first = stream.readline(MOST_LINE_BYTES).removeprefix(_MARK)
        if not first.endswith(b"\n"):
            return False
        try:
            whole(first.decode("utf-8"))
        except (JSONDecodeError, UnicodeDecodeError, RepeatedKeyError, RecursionError):
            return False
        return any(line.strip() for line in iter(lambda: stream.readline(MOST_LINE_BYTES), b""))


def _lines_table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    rows = Rows(path, _values_of_lines(path, progress), dialect)
    return table_of(path, "json", _with_rows(path, rows.typed()), _told(dialect))


def _values_of_lines(path: Path, progress: Progress) -> Iterator[Any]:
    size, done = path.stat().st_size, 0
    with opened(path) as stream:
        for number, line in enumerate(iter(lambda: stream.readline(MOST_LINE_BYTES), b""), 1):
            done += len(line)
            if number % REPORT_EVERY == 0:
                progress(done / size)
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if not text.isspace():
                    yield whole(text)
            except UnicodeDecodeError as error:
                raise InputError(f"Line {number:,} of {shown(path.name)} is no UTF-8 text.") from error
            except JSONDecodeError as error:
                raise InputError(
                    f"Line {number:,} of {shown(path.name)} is no valid JSON: {_said(error)} (column {error.colno})."
                ) from error


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table in a file that is one value, without its fingerprint."""
    cursor = Cursor(_text(path))
    if cursor.sign() == "[":
        rows = Rows(path, _values(cursor, progress), dialect)
        cursor.end()
        return table_of(path, "json", _with_rows(path, rows.typed()), _told(dialect))
    found = _found(path, cursor, dialect, progress)
    cursor.end()
    if found.rows or found.vectors or found.nested:
        return _chosen(path, found, dialect)
    parts = found.rest
    if _are_labelled(parts) and not all(name.isdecimal() for name in parts):
        columns = of_vectors(path, [(name, list(cells.values())) for name, cells in parts.items()], dialect)
        return table_of(path, "json", _with_rows(path, columns), _told(dialect))
    # Numbers as names are those of rows.
    rows = Rows(path, parts.values() if _are_labelled(parts) else [parts] if parts else [], dialect)
    return table_of(path, "json", _with_rows(path, rows.typed()), _told(dialect))


def _are_labelled(parts: dict[str, Any]) -> bool:
    """Whether each name has an object of single values, under the same labels of rows, as pandas writes tables."""
    labels = [part.keys() if isinstance(part, dict) else None for part in parts.values()]
    return bool(labels) and bool(labels[0]) and all(keys == labels[0] for keys in labels)


def _text(path: Path) -> str:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(
            f"{shown(path.name)} is a single JSON value of {size / 1e6:,.0f} MB, more than can be read; save it as "
            "JSON lines, with a row on each line, or as CSV or Parquet."
        )
    with opened(path) as stream:
        content = stream.read()
    content = content.removeprefix(_MARK)
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path.name)} looks like JSON, but is no UTF-8 text.") from error


def _values(cursor: Cursor, progress: Progress) -> Iterator[Any]:
    """The elements of the list that begins here, one after the other."""
    for n, _ in enumerate(cursor.elements()):
        if n % REPORT_EVERY == 0:
            progress(cursor.at / len(cursor.text))
        yield cursor.value()


def _found(path: Path, cursor: Cursor, dialect: Dialect, progress: Progress) -> _Found:
    found = _Found()
    for name in map(spelled, cursor.members()):
        sign = cursor.sign()
        if sign == "[" and _BEGINNING_OF_ROWS.match(cursor.text, cursor.at):
            found.rows[name] = Rows(path, _values(cursor, progress), dialect)
            continue
        value = cursor.value()
        if isinstance(value, list):
            found.vectors[name] = value
        elif isinstance(value, dict) and value and all(isinstance(part, list) for part in value.values()):
            found.nested[name] = {spelled(key): part for key, part in value.items()}
        else:
            found.rest[name] = value
    return found


_BEGINNING_OF_ROWS = re.compile(r"\[[ \t\r\n]*[\[{]")


def _chosen(path: Path, found: _Found, dialect: Dialect) -> Table:
    """The one table there is, or the one that `dialect.sheet` names. Raises InputError that lists them."""
    tables = _tables(found)
    sheet = dialect.sheet
    if sheet is None:
        if len(tables) > 1:
            described = [" and ".join(shown(name) for name in names[:3]) for names in tables]
            raise SeveralTablesError(path, [names[0] for names in tables], described)
        sheet = tables[0][0]
    table = next((names for names in tables if sheet in names), ())
    if not table:
        every = listed(name for names in tables for name in names)
        raise InputError(f"{shown(path.name)} holds no table “{shown(sheet)}”; it holds: {every}.")
    if sheet in found.rows:
        columns = found.rows[sheet].typed()
    elif sheet in found.nested:
        columns = of_vectors(path, list(found.nested[sheet].items()), dialect)
    else:
        columns = of_vectors(path, [(name, found.vectors[name]) for name in table], dialect)
    passed = [shown(name) for name in (*found.rest, *(n for names in tables if sheet not in names for n in names))]
    notes = [f"Passed over in the file: {', '.join(passed[:5])}."] if passed else []
    return table_of(path, "json", _with_rows(path, columns), _told(dialect, sheet), notes)


def _tables(found: _Found) -> list[tuple[str, ...]]:
    """The names of the parts that make each table: lists of one length are the columns of one."""
    of_length: dict[int, list[str]] = {}
    for name, values in found.vectors.items():
        of_length.setdefault(len(values), []).append(name)
    return [*((name,) for name in (*found.rows, *found.nested)), *map(tuple, of_length.values())]


def _with_rows(path: Path, columns: list[Typed]) -> list[Typed]:
    if not columns or not sum(columns[0].counts.values()):
        raise InputError(f"{shown(path.name)} has no rows.")
    return columns


def _told(dialect: Dialect, sheet: str | None = None) -> Dialect:
    return Dialect(decimal=dialect.decimal, header=dialect.header, missing=dialect.missing, sheet=sheet)


def _said(error: JSONDecodeError) -> str:
    """What the parser objects to, as part of a sentence."""
    return shown(error.msg[:1].lower() + error.msg[1:])
