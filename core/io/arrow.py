"""Columns from Arrow's arrays, read a batch of rows at a time, so that no column is ever held twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, Levels
from core.errors import InputError, shown
from core.io.columns import Kinds
from core.io.levels import MOST_LEVELS, sorted_levels
from core.io.numbers import BLANKS, Kind, number_pattern
from core.io.scan import TEXT_KEPT
from core.io.typed import PREVIEW_ROWS, Mask, Typed, n_rounded, of_array, of_kinds, text_of

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1 << 17
MOST_COLUMNS = 10_000
UNKNOWN = -2

Batches = Callable[[], "Iterator[pa.Array]"]
"""The arrays of one column, from its first row on; can be asked for again."""


@contextmanager
def damage_told(path: Path, what: str) -> Iterator[None]:
    """Whatever Arrow objects to in a file as one sentence; what: the kind of file, such as "Parquet file"."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowMemoryError, MemoryError) as error:
        raise InputError(f"{shown(path.name)} needs more memory than there is to be read.") from error
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError, OverflowError) as error:
        if isinstance(error, (InputError, FileNotFoundError, PermissionError)):
            raise
        reason = shown(str(error).splitlines()[0].rstrip(".")) if str(error) else type(error).__name__
        raise InputError(f"{shown(path.name)} is a damaged {what}, or one that cannot be read: {reason}.") from error


def of_batches(
    name: str, kind: pa.DataType, n_rows: int, batches: Batches, missing: frozenset[str], decimal: str = "."
) -> Typed:
    """A column of `n_rows` cells of one of Arrow's types. missing, decimal: as for `typed.of_objects`.

    Raises InputError where there are other than so many rows.
    """
    import pyarrow.types as types

    if types.is_dictionary(kind):
        kind, batches = kind.value_type, partial(_decoded, batches)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _of_numbers(name, n_rows, batches, missing)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _of_texts(name, n_rows, batches, missing, decimal)
    return _of_others(name, kind, n_rows, batches)


def _decoded(batches: Batches) -> Iterator[pa.Array]:
    return (batch.dictionary_decode() for batch in batches())


def _of_numbers(name: str, n_rows: int, batches: Batches, missing: frozenset[str]) -> Typed:
    values: Array = np.empty(n_rows)
    absent: Mask | None = None
    rounded = 0
    for first, batch in _placed(batches, n_rows):
        rows = slice(first, first + len(batch))
        cells = _numbers(batch)
        rounded += n_rounded(cells)
        values[rows] = cells
        if batch.null_count:
            absent = np.zeros(n_rows, dtype=np.bool_) if absent is None else absent
            absent[rows] = batch.is_null().to_numpy(zero_copy_only=False)
    typed = of_array(name, values, absent, missing)
    if not rounded:
        return typed
    return replace(typed, column=replace(typed.column, levels=None), n_rounded=rounded)


def _numbers(batch: pa.Array) -> NDArray[np.generic]:
    """The numbers of an array, 0 where there is none."""
    import pyarrow as pa
    import pyarrow.types as types

    if types.is_decimal(batch.type):
        batch = batch.cast(pa.string()).cast(pa.float64())  # straight on, the last digit is often wrong
    if batch.null_count:
        batch = batch.fill_null(np.float16(0) if types.is_float16(batch.type) else 0)
    cells: NDArray[np.generic] = batch.to_numpy(zero_copy_only=False)
    return cells


def _of_texts(name: str, n_rows: int, batches: Batches, missing: frozenset[str], decimal: str) -> Typed:
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(sorted(missing), pa.string())
    # A number may be a name for missing, such as -999.
    pattern = f"^(?:{number_pattern(decimal)})$"
    values, kinds = np.full(n_rows, np.nan), np.empty(n_rows, dtype=np.int8)
    known, labels = _Known(), _Labels(n_rows)
    for first, batch in _placed(batches, n_rows):
        cells = batch.cast(pa.large_string())
        trimmed = pc.utf8_trim(cells, BLANKS)
        gone = _mask(pc.is_in(pc.utf8_lower(trimmed), words.cast(pa.large_string()))) | _mask(cells.is_null())
        numbers = _mask(pc.match_substring_regex(cells, pattern).fill_null(False)) & ~gone
        places = np.flatnonzero(numbers)
        if len(places):
            texts = trimmed.take(pa.array(places)).to_pylist()
            values[first + places] = [float(text.replace(decimal, ".")) for text in texts]
        held = np.where(gone, Kind.MISSING, np.where(numbers, Kind.NUMBER, Kind.NOT_A_NUMBER)).astype(np.int8)
        held[numbers & np.isinf(values[first : first + len(batch)])] = Kind.TOO_LARGE
        kinds[first : first + len(batch)] = held
        known.note(first, held, batch)
        labels.note(first, gone, trimmed)
    values[kinds == Kind.TOO_LARGE] = np.nan
    typed = of_kinds(name, values, kinds, known.text, labels.levels())
    return replace(typed, column=replace(typed.column, texts=partial(_texts, batches, n_rows, missing)))


def _of_others(name: str, kind: pa.DataType, n_rows: int, batches: Batches) -> Typed:
    """A column of what is neither a number nor a text."""
    import pyarrow.types as types

    kinds, known = np.empty(n_rows, dtype=np.int8), _Known()
    for first, batch in _placed(batches, n_rows):
        held = np.where(_mask(batch.is_null()), Kind.MISSING, Kind.NOT_A_NUMBER).astype(np.int8)
        kinds[first : first + len(batch)] = held
        known.note(first, held, batch)
    words = (
        (types.is_boolean, "booleans"),
        (types.is_time, "clock times"),
        (types.is_duration, "durations"),
        (types.is_interval, "durations"),
        (types.is_temporal, "dates"),
        (types.is_nested, "nested values"),
    )
    what = next((word for holds, word in words if holds(kind)), "bytes")
    values: Array = np.broadcast_to(np.float64(np.nan), n_rows)
    levels = None
    if types.is_boolean(kind):
        labels = _Labels(n_rows)
        for first, batch in _placed(batches, n_rows):
            labels.note(first, _mask(batch.is_null()), _spelled(batch))
        levels = labels.levels()
    typed = of_kinds(name, values, kinds, known.text, levels, what)
    spelled = not types.is_nested(kind) and what != "bytes"
    texts = partial(_texts, batches, n_rows, frozenset[str]()) if spelled else None
    return replace(typed, column=replace(typed.column, texts=texts))


class _Known:
    """The texts of the first cells, and of the first that are no numbers, by their place from 0."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._n_noted = dict.fromkeys(Kind, 0)

    def note(self, first: int, kinds: Kinds, batch: pa.Array) -> None:
        """To be told of every batch in its order: its place, its cells' Kinds and the cells."""
        places = list(range(min(PREVIEW_ROWS - first, len(batch)))) if first < PREVIEW_ROWS else []
        for kind in (Kind.MISSING, Kind.NOT_A_NUMBER, Kind.TOO_LARGE):
            more = LEFT_OUT_LISTED - self._n_noted[kind]
            if more > 0:
                found = np.flatnonzero(kinds == kind)[:more].tolist()
                self._n_noted[kind] += len(found)
                places += found
        for place in places:
            self._texts[first + place] = _text(batch[place])

    def text(self, place: int) -> str:
        """The text of a cell that was noted."""
        return self._texts[place]


class _Labels:
    """The labels of a column, batch by batch, until there are too many of them."""

    def __init__(self, n_rows: int) -> None:
        self._names: list[str] = []
        self._codes: NDArray[np.int32] | None = np.empty(n_rows, dtype=np.int32)

    def note(self, first: int, gone: Mask, texts: pa.Array) -> None:
        """To be told of every batch: its place, which cells are missing, and the texts of all."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._codes is None:
            return
        held = texts.filter(pa.array(~gone))
        new = [name for name in pc.unique(held).to_pylist() if name not in self._names]
        self._names += new
        if len(self._names) > MOST_LEVELS:
            self._codes = None
            return
        codes = pc.index_in(texts, pa.array(self._names, texts.type)).fill_null(-1).to_numpy(zero_copy_only=False)
        self._codes[first : first + len(texts)] = np.where(gone, -1, codes)

    def levels(self) -> Levels | None:
        """The labels, or None where there are too many or none."""
        return sorted_levels(self._names, self._codes) if self._names and self._codes is not None else None


def _placed(batches: Batches, n_rows: int) -> Iterator[tuple[int, pa.Array]]:
    """Each array and the place of its first row; an array of an extension's type as what it is stored as."""
    first = 0
    for batch in batches():
        if first + len(batch) > n_rows:
            break
        yield first, getattr(batch, "storage", batch)
        first += len(batch)
    else:
        if first == n_rows:
            return
    raise InputError(f"A column has not the {n_rows:,} rows that the file promises, so the file is damaged.")


def _texts(batches: Batches, n_rows: int, missing: frozenset[str]) -> list[str | None]:
    """Each row's text, None where missing."""
    cells = (text for _, batch in _placed(batches, n_rows) for text in _spelled(batch).to_pylist())
    trimmed = (None if text is None else text.strip(BLANKS) for text in cells)
    return [None if text is None or text.lower() in missing else text for text in trimmed]


def _spelled(batch: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(batch.type):
        return pc.if_else(batch, pa.scalar("True", pa.large_string()), "False")
    return batch.cast(pa.large_string())


def _text(cell: pa.Scalar) -> str:
    """A cell as text; of a moment finer than Python knows them, as Arrow spells it."""
    import pyarrow as pa

    try:
        return text_of(cell.as_py())[:TEXT_KEPT]
    except (ValueError, ImportError, OverflowError, NotImplementedError):
        return str(cell.cast(pa.string()).as_py()) if cell.is_valid else ""


def _mask(array: pa.Array) -> Mask:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)
