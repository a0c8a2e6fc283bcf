"""Turning the rows of a tidy text file into columns of numbers, inside the database engine that parses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.io.numbers import BLANKS, Kind, is_number, number_pattern
from core.io.reader import Progress

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Answer = TypeVar("Answer")

TEXT_KEPT = 200
"""How much of a cell is kept when it is reported."""

COLUMNS_AT_ONCE = 1000
"""Expressions in one query; the time to plan one grows with their square."""

ROWS_AT_ONCE = 250_000
"""Rows handed over at a time."""

FEW_COLUMNS = 32
"""Of so many columns at most the answer is kept as a table first; a wide table costs more than it saves."""

POLL_SECONDS = 0.05

UNKNOWN = -2
"""The code of a text that is not among the names asked for."""


class MisfitError(Exception):
    """The file is not as tidy as it seemed: rows of another width, or another number of them."""


@dataclass(frozen=True)
class Layer:
    """A tidy file to scan: UTF-8, `width` cells a row, `skip` lines before the first row; quoted cells are fine."""

    path: Path
    delimiter: str
    line_end: str
    skip: int
    width: int
    decimal: str
    missing: frozenset[str]


@contextmanager
def scanning(layer: Layer, progress: Progress) -> Iterator[Scan]:
    """A scan of the file, which may read this one file and nothing else; closed on leaving."""
    scan = Scan(layer, progress)
    try:
        yield scan
    finally:
        scan.close()


class Scan:
    """Questions to one file, each answered by one pass over it. The first one loads the engine.

    A question raises MisfitError where the file cannot be parsed.
    """

    def __init__(self, layer: Layer, progress: Progress) -> None:
        self._layer, self._progress = layer, progress
        self._opened: DuckDBPyConnection | None = None

    def close(self) -> None:
        """Lets go of the file."""
        if self._opened is not None:
            self._opened.close()

    def numbers(self, columns: Iterable[int]) -> tuple[dict[int, Array], dict[int, NDArray[np.int8]]]:
        """By column its values, (n,), NaN where there is none and ±inf where too large; and each cell's Kind."""
        values = self._select({i: self._value(i) for i in columns})
        kinds = {i: _kinds(column) for i, column in values.items()}
        # Missing cells are told from words only where there are any: most columns of most files have neither.
        unclear = [i for i in kinds if (kinds[i] == Kind.NOT_A_NUMBER).any()]
        for i, missing in self._select({i: self._is_missing(i) for i in unclear}).items():
            kinds[i][missing & (kinds[i] == Kind.NOT_A_NUMBER)] = Kind.MISSING
        return values, kinds

    def texts(self, column: int, kinds: tuple[Kind, ...], limit: int) -> list[str]:
        """The first `limit` cells of a column that are of one of these kinds, in the order of the rows."""
        wanted = ", ".join(str(int(kind)) for kind in kinds)
        inner = f"SELECT c{column}, {self._value(column)} AS v{column} FROM {self._source()}"
        cell = f"substr(coalesce(c{column}, ''), 1, {TEXT_KEPT})"
        rows = self._ask(f"SELECT {cell} FROM ({inner}) WHERE {self._kind(column)} IN ({wanted}) LIMIT {limit}", _rows)
        return [row[0] for row in rows]

    def distinct(self, column: int, limit: int) -> list[str]:
        """Up to `limit` distinct texts of a column, missing cells left out, in no order."""
        rows = self._ask(
            f"SELECT DISTINCT {self._trimmed(column)} FROM {self._source()} "
            f"WHERE NOT {self._is_missing(column)} LIMIT {limit}",
            _rows,
        )
        return [row[0] for row in rows]

    def codes(self, names: Mapping[int, tuple[str, ...]]) -> dict[int, NDArray[np.int32]]:
        """For the columns named, each row's position in the names of its column; −1 where missing, else `UNKNOWN`."""
        return self._select({i: self._code(i, known) for i, known in names.items()})

    def cells(self, columns: Iterable[int]) -> dict[int, Any]:
        """By column the text of each row's cell without blanks around it, missing cells null, as Arrow's arrays."""
        texts = {i: f"CASE WHEN NOT {self._is_missing(i)} THEN {self._trimmed(i)} END" for i in columns}
        wanted = ", ".join(f"{text} AS x{i}" for i, text in texts.items())
        query = f"SELECT {wanted} FROM {self._source()}"
        table = self._work(lambda connection: connection.sql(query).to_arrow_table())
        return {i: table.column(f"x{i}") for i in texts}

    def _select(self, expressions: Mapping[int, str]) -> dict[int, NDArray[Any]]:
        """One expression of a single column for each key, over all rows in their order; none asks nothing."""
        columns = list(expressions)
        found: dict[str, NDArray[Any]] = {}
        for first in range(0, len(columns), COLUMNS_AT_ONCE):
            wanted = ", ".join(f"{expressions[i]} AS x{i}" for i in columns[first : first + COLUMNS_AT_ONCE])
            query = f"SELECT {wanted} FROM {self._source()}"
            if len(columns) > FEW_COLUMNS:
                found |= self._ask(query, _all_at_once)
            else:
                found |= self._ask(f"CREATE TEMP TABLE found AS {query}", _in_parts)
        return {i: np.asarray(found[f"x{i}"]) for i in columns}

    def _ask(self, query: str, fetch: Callable[[DuckDBPyConnection], Any]) -> Any:
        return self._work(lambda connection: fetch(connection.execute(query)))

    def _work(self, work: Callable[[DuckDBPyConnection], Any]) -> Any:
        """What the engine gives. Raises MisfitError where the file cannot be parsed."""
        import duckdb

        connection = self._connection()
        try:
            return answered(connection, lambda: work(connection), self._progress)
        except duckdb.Error as error:
            raise MisfitError(str(error).splitlines()[0]) from error

    def _connection(self) -> DuckDBPyConnection:
        """The engine, which may read this one file and nothing else."""
        if self._opened is None:
            import duckdb

            settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
            self._opened = duckdb.connect(":memory:", config=settings)
            self._opened.execute(f"SET allowed_paths = [{_literal(str(self._layer.path))}]")
            self._opened.execute("SET enable_external_access = false")
            self._opened.execute("SET enable_progress_bar = true")
            self._opened.execute("SET enable_progress_bar_print = false")
            self._opened.execute("SET lock_configuration = true")
        return self._opened

    def _source(self) -> str:
        layer = self._layer
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(layer.width))
        # A line end of "\r\n" must not be named: the parser then takes the whole file for one row.
        line_end = "new_line = '\\n', " if layer.line_end == "\n" else ""
        return (
            f"read_csv({_literal(str(layer.path))}, auto_detect = false, header = false, skip = {layer.skip}, "
            f"delim = {_literal(layer.delimiter)}, quote = '\"', escape = '\"', comment = '', {line_end}"
            f"strict_mode = true, null_padding = false, compression = 'none', "
            f"hive_partitioning = false, columns = {{{columns}}})"
        )

    def _value(self, i: int) -> str:
        pattern = _literal(number_pattern(self._layer.decimal))
        number = f"replace(c{i}, ',', '.')" if self._layer.decimal == "," else f"c{i}"
        # A number may be a name for missing, such as -999; asking every cell costs time, so only where one is.
        coded = any(is_number(text, self._layer.decimal) for text in self._layer.missing)
        unless = f"NOT {self._is_missing(i)} AND " if coded else ""
        matches = f"{unless}regexp_full_match(c{i}, {pattern})"
        return f"CASE WHEN {matches} THEN CAST({number} AS DOUBLE) ELSE 'nan'::DOUBLE END"

    def _kind(self, i: int) -> str:
        return (
            f"CAST(CASE WHEN isfinite(v{i}) THEN {Kind.NUMBER:d} WHEN isinf(v{i}) THEN {Kind.TOO_LARGE:d} "
            f"WHEN {self._is_missing(i)} THEN {Kind.MISSING:d} ELSE {Kind.NOT_A_NUMBER:d} END AS TINYINT)"
        )

    def _is_missing(self, i: int) -> str:
        texts = ", ".join(map(_literal, sorted(self._layer.missing)))
        return f"(c{i} IS NULL OR lower({self._trimmed(i)}) IN ({texts}))"

    def _code(self, i: int, names: tuple[str, ...]) -> str:
        position = f"list_position([{', '.join(map(_literal, names))}]::VARCHAR[], {self._trimmed(i)})"
        code = f"coalesce({position} - 1, {UNKNOWN})"
        return f"CAST(CASE WHEN {self._is_missing(i)} THEN -1 ELSE {code} END AS INTEGER)"

    def _trimmed(self, i: int) -> str:
        return f"trim(c{i}, {_literal(BLANKS)})"


def answered(connection: DuckDBPyConnection, ask: Callable[[], Answer], progress: Progress) -> Answer:
    """What a question to the engine gives: it is asked on a thread of its own, so that this one can report progress
    and give up."""
    with ThreadPoolExecutor(1) as executor:
        answer = executor.submit(ask)
        try:
            while True:
                try:
                    return answer.result(timeout=POLL_SECONDS)
                except TimeoutError:
                    if answer.done():
                        raise
                    progress(max(connection.query_progress(), 0.0) / 100)
        except BaseException:
            connection.interrupt()
            raise


def _kinds(values: Array) -> NDArray[np.int8]:
    """The Kind of each cell as far as its value tells: NaN is not a number, or missing."""
    kinds = np.full(len(values), Kind.NUMBER, dtype=np.int8)
    kinds[np.isinf(values)] = Kind.TOO_LARGE
    kinds[np.isnan(values)] = Kind.NOT_A_NUMBER
    return kinds


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _all_at_once(result: DuckDBPyConnection) -> Any:
    return result.fetchnumpy()


def _in_parts(result: DuckDBPyConnection) -> Any:
    """The table `found` as arrays, a part at a time: no part holds the interpreter's lock for long."""
    counted = result.execute("SELECT count(*) FROM found").fetchone()
    n_rows = int(counted[0]) if counted else 0
    arrays: dict[str, NDArray[Any]] = {}
    for first in range(0, max(n_rows, 1), ROWS_AT_ONCE):
        last = first + ROWS_AT_ONCE
        part = result.execute(f"SELECT * FROM found WHERE rowid >= {first} AND rowid < {last}").fetchnumpy()
        for name, values in part.items():
            if name not in arrays:
                arrays[name] = np.empty(n_rows, dtype=values.dtype)
            arrays[name][first : first + len(values)] = values
    result.execute("DROP TABLE found")
    return arrays


def _rows(result: DuckDBPyConnection) -> Any:
    return result.fetchall()
