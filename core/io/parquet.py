"""Parquet files: the columns one after the other, each a batch of rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError, shown
from core.io.arrow import BATCH_ROWS, MOST_COLUMNS, damage_told, of_batches
from core.io.dialects import unique_names
from core.io.numbers import missing_texts
from core.io.opening import fingerprinting
from core.io.reader import Progress, Reader
from core.io.typed import table_of
from core.table import Dialect, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_MAGIC = re.compile(rb"PAR[1E](?![\t\n\r -~])")
"""What a file begins with; a column of a text file may have this name as well."""
WHAT = "Parquet file"


def _recognises(head: bytes) -> bool:
    return _MAGIC.match(head) is not None


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest, damage_told(path, WHAT):
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader("parquet", "a Parquet file", (".parquet", ".pq"), _recognises, _read)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    with _opened(path) as file:
        return _of_file(path, file, dialect, progress)


def _of_file(path: Path, file: ParquetFile, dialect: Dialect, progress: Progress) -> Table:
    n_rows, schema = file.metadata.num_rows, file.schema_arrow
    if not len(schema) or not n_rows:
        raise InputError(f"{shown(path.name)} has no rows.")
    if len(schema) > MOST_COLUMNS:
        raise InputError(f"{shown(path.name)} has {len(schema):,} columns; turn it so that each sample is a row.")
    missing = missing_texts(dialect.missing)
    typed = []
    for i, name in enumerate(unique_names(schema.names)):

        def told(rows: float, before: int = i) -> None:
            progress((before + rows / n_rows) / len(schema))

        batches = partial(_batches, path, file, schema.names, i, told)
        typed.append(of_batches(name, schema.types[i], n_rows, batches, missing, dialect.decimal or "."))
    return table_of(path, "parquet", typed, Dialect(decimal=dialect.decimal, missing=dialect.missing))


def _opened(path: Path) -> ParquetFile:
    """The file; reading ahead is left out, since it would hold the whole of a column in memory."""
    import pyarrow.parquet as parquet

    return parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)


def _batches(path: Path, opened: ParquetFile, names: list[str], column: int, told: Progress) -> Iterator[pa.Array]:
    """The arrays of one column; where they are asked for once more, after the file was closed, it is opened anew."""
    name, rows = names[column], 0
    with damage_told(path, WHAT), _opened(path) if opened.closed else nullcontext(opened) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=[name], use_threads=False):
            # Equal names, or one like the path into another column, bring more than the one that was asked for.
            alike = [i for i, other in enumerate(batch.schema.names) if other == name]
            rows += len(batch)
            told(rows)
            yield batch.column(alike[names[:column].count(name)])
