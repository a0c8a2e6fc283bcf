"""What is asked of a reader, whatever the file: a table in which every row is accounted for, or one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import InputError
from core.io import READERS, read_table
from core.table import Table

OF_FORMAT = {"gzip": "compressed", "zstd": "compressed"}
HEAD_BYTES = 4096


def is_read_by(reader: str, content: bytes) -> bool:
    """Whether a file of this content is one of the reader's."""
    return READERS[OF_FORMAT.get(reader, reader)].recognises(content[:HEAD_BYTES])


def check(path: Path) -> Table | None:
    """Reads a file. Raises AssertionError, or whatever the reader raised, where it kept to neither way out."""
    try:
        table = read_table(path)
    except InputError as error:
        sentence = str(error)
        assert sentence.isprintable(), sentence
        assert sentence.endswith("."), sentence
        assert len(sentence) < 2_000, len(sentence)
        return None
    names = [column.name for column in table.columns]
    assert names
    assert len(set(names)) == len(names), names
    assert all(len(row) == len(names) for row in table.preview)
    assert all(note.isprintable() for note in table.notes), table.notes
    for column in table.columns:
        column.name.encode()
        assert 0 <= column.n_left_out <= table.n_rows
        assert all(1 <= cell.row <= table.n_rows for cell in column.left_out)
        if column.values is None:
            assert column.why_not
        else:
            assert column.values.shape == (table.n_rows,)
            assert column.values.dtype == np.float64
            assert not np.isinf(column.values).any()
            assert np.isfinite(column.values).sum() + column.n_left_out == table.n_rows
        if column.levels is not None:
            assert column.levels.codes.shape == (table.n_rows,)
            assert -1 <= column.levels.codes.min() <= column.levels.codes.max() < len(column.levels.names)
    return table
