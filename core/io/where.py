"""Which rows of a table are meant: a condition in SQL over its columns, and over nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io import delimited
from core.io.condition import EXAMPLE, ROWS, columns_named, query
from core.io.opening import reason
from core.io.reader import Progress
from core.io.scan import answered
from core.table import Column, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "max_temp_directory_size": "0B",
}
"""What the engine begins with. A condition needs far less memory beside the table, which is not copied."""

_KINDS = {"VARCHAR": "a text", "STRING_LITERAL": "a text", "BOOLEAN": "true or false", "DATE": "a date"}


def selected(table: Table, sql: str, progress: Progress | None = None) -> NDArray[np.bool_]:
    """Which rows of a table are meant by a condition such as "sex = 'M' and year > 1990", (n_rows,).

    The condition is DuckDB's SQL over the columns of this table: numbers, and texts where a column is not one of
    numbers; a missing cell is NULL, and a row for which the condition is NULL is not meant. Nothing but the table can
    be reached from it: `core.io.condition` says of what it may be made, and the engine that works it out has no access
    to files, settings, extensions or variables. progress is told the fraction done, and may raise Cancelled. Raises
    InputError where the condition cannot be used, or no row is meant.
    """
    import duckdb

    progress = progress or _unwatched
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        _hand_over(connection, table, _columns(table, columns_named(connection, sql)), progress)
        try:
            kind = connection.execute(f"DESCRIBE {query(sql)}").fetchall()[0][1]
            if kind != "BOOLEAN":
                raise InputError(f"The filter is no condition that is true or false of a row, such as {EXAMPLE}.")
            found = answered(connection, lambda: connection.execute(query(sql)).fetchnumpy(), progress)
        except duckdb.Error as error:
            raise InputError(_in_words(str(error))) from error
    rows = np.ma.filled(next(iter(found.values())), False)
    if not rows.any():
        raise InputError(f"No row of {shown(table.source)} is meant by the filter “{shown(sql.strip())}”.")
    return np.asarray(rows)


def _columns(table: Table, names: list[str]) -> dict[str, int]:
    """The columns named → their places; the same one may be spelled in several ways."""
    found = {name: _place(table, name) for name in names}
    spelled: dict[str, str] = {}
    for name, place in found.items():
        other = spelled.setdefault(_folded(name), name)
        if found[other] != place:
            raise InputError(
                f"The filter names “{shown(other)}” and “{shown(name)}”, which are one name to SQL; "
                "rename one of these columns."
            )
    return {name: found[name] for name in spelled.values()}


def _folded(name: str) -> str:
    """The name as the engine compares it: it knows the capitals of ASCII alone."""
    return re.sub("[A-Z]", lambda capital: capital[0].lower(), name)


def _place(table: Table, name: str) -> int:
    """Where the column of this name is: of exactly this one, else of the one that differs in capitals only."""
    every = [column.name for column in table.columns]
    if name in every:
        return every.index(name)
    alike = [i for i, other in enumerate(every) if other.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise InputError(f"More than one column is called “{shown(name)}”; write it as “{shown(every[alike[0]])}”.")
    near = get_close_matches(name, every, 3) or every[:5]
    text = name.replace("'", "''")
    raise InputError(
        f"{shown(table.source)} has no column “{shown(name)}” that the filter names; there is "
        f"{', '.join(map(shown, near))}{', …' if len(every) > len(near) else ''} (a text is written '{shown(text)}')."
    )


def _hand_over(connection: DuckDBPyConnection, table: Table, columns: dict[str, int], progress: Progress) -> None:
    """Gives the engine the columns under the names that the condition has for them, and takes everything else away."""
    import pyarrow as pa

    unread = [i for i in columns.values() if _is_unread(table.columns[i])]
    read = _texts(table, unread, progress) if unread else {}
    arrays = {name: read[i] if i in read else _array(table.columns[i]) for name, i in columns.items()}
    if any(len(array) != table.n_rows for array in arrays.values()):
        raise InputError(f"{shown(table.source)} changed after it was read: open it again.")
    arrays = arrays or {"": pa.nulls(table.n_rows)}
    connection.register(ROWS, pa.table(arrays))
    for setting in ("python_enable_replacements", "enable_external_access", "enable_progress_bar_print"):
        connection.execute(f"SET {setting} = false")
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET lock_configuration = true")


def _is_unread(column: Column) -> bool:
    return column.values is None and column.levels is None and column.texts is None


def _array(column: Column) -> Any:
    """A column as one of Arrow's: numbers are not copied, levels stay codes."""
    import pyarrow as pa

    if column.values is not None:
        return pa.array(column.values, from_pandas=True)
    if column.levels is not None:
        codes = column.levels.codes
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), _of_texts(column.levels.names))
    assert column.texts is not None
    return _of_texts(column.texts())  # of the file as it is now


def _of_texts(texts: Sequence[str | None]) -> Any:
    """Texts as one of Arrow's arrays; what is no character, as half a pair of surrogates is none, is spelled out."""
    import pyarrow as pa

    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        spelled = [text and text.encode("utf-8", "backslashreplace").decode("utf-8") for text in texts]
        return pa.array(spelled, pa.large_string())


def _texts(table: Table, columns: list[int], progress: Progress) -> dict[int, Any]:
    """Columns of many texts, which nobody has kept. Raises InputError where they cannot be had again."""
    name = shown(table.columns[columns[0]].name)
    if table.format != delimited.READER.name:
        raise InputError(
            f"The filter names “{name}”, whose texts are not at hand in a file of this kind; save it as CSV."
        )
    try:
        return delimited.texts(table, columns, progress)
    except OSError as error:
        raise InputError(f"“{name}” cannot be read from {shown(table.source)} again: {reason(error)}.") from error


def _in_words(error: str) -> str:
    """What the engine says of a condition that it cannot work out, in a person's terms."""
    error = error.splitlines()[0]
    cell = re.search(r"(?:convert string|cast value|field format:|out of range:) (['\"])(.*?)\1", error)
    if cell:
        text = shown(cell[2])
        return f"The filter takes the text “{text}” for a number or a date, which it is not; compare texts with texts."
    kinds = re.search(
        r"Cannot (?:compare|combine|mix) (?:values|types) of (?:type )?(\w+).*? and (?:type )?(\w+)", error
    )
    if kinds:
        words = " with ".join(_KINDS.get(kind, "a number") for kind in kinds.groups())
        return f"The filter compares {words}; a text stands in single quotes, a number in none."
    call = re.search(r"(?:No function matches|best candidate function) .*[\"'](\S+?)\(", error)
    if call:
        return f"The filter applies {call[1]} to what it does not work on, such as a text instead of a number."
    if error.startswith("Out of Memory"):
        return "The filter needs more memory than it may have; make it simpler."
    said = shown(error.partition(": ")[2] or error).rstrip(".!…")
    return f"The filter cannot be worked out: {said}."


def _unwatched(done: float) -> None:
    pass
