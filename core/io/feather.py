"""Feather and Arrow files: the columns one after the other, each a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError, shown
from core.io.arrow import MOST_COLUMNS, damage_told, of_batches
from core.io.dialects import unique_names
from core.io.numbers import missing_texts
from core.io.opening import fingerprinting
from core.io.reader import Progress, Reader
from core.io.typed import table_of
from core.table import Dialect, Table

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"ARROW1\0\0"
WHAT = "Feather or Arrow file"


def _recognises(head: bytes) -> bool:
    return head.startswith(MAGIC)


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest, damage_told(path, WHAT):
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader("feather", "a Feather or Arrow file", (".feather", ".arrow", ".ipc"), _recognises, _read)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    with _opened(path) as file:
        schema = file.schema
    if not len(schema):
        raise InputError(f"{shown(path.name)} has no columns.")
    if len(schema) > MOST_COLUMNS:
        raise InputError(f"{shown(path.name)} has {len(schema):,} columns; turn it so that each sample is a row.")

    def told(fraction: float, before: int = 0) -> None:
        progress((before + fraction) / (len(schema) + 1))

    n_rows = sum(map(len, _batches(path, 0, told)))  # which no other place of the file says
    if not n_rows:
        raise InputError(f"{shown(path.name)} has no rows.")
    missing = missing_texts(dialect.missing)
    typed = []
    for i, name in enumerate(unique_names(schema.names)):
        batches = partial(_batches, path, i, partial(told, before=i + 1))
        typed.append(of_batches(name, schema.types[i], n_rows, batches, missing, dialect.decimal or "."))
    return table_of(path, "feather", typed, Dialect(decimal=dialect.decimal, missing=dialect.missing))


@contextmanager
def _opened(path: Path, column: int | None = None) -> Iterator[pa.RecordBatchFileReader]:
    """The file, or one column of it; read and not mapped, since a mapped file that is cut short ends the process."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=None if column is None else [column])
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source, options=options) as file:
        yield file


def _batches(path: Path, column: int, told: Progress) -> Iterator[pa.Array]:
    with damage_told(path, WHAT), _opened(path, column) as file:
        for i in range(file.num_record_batches):
            array = file.get_batch(i).column(0)
            array.validate(full=True)  # of a damaged file it may point outside of itself
            told((i + 1) / file.num_record_batches)
            yield array
