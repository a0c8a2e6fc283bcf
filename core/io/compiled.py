"""The numbers of a large tidy file by compiled code on all cores; what it cannot tell is asked elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from csv import reader
from dataclasses import dataclass, field
from threading import local

import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.data import Array
from core.engine import n_threads
from core.io.numbers import BLANKS, Kind, is_number
from core.io.reader import Progress
from core.io.scan import TEXT_KEPT, Layer

LEAST_BYTES = 1 << 23
"""Size of a file from which on it is worth loading compiled code."""
PIECE_BYTES = 1 << 19
"""Bytes that a thread works on at a time; half of what its cache holds."""
BEFORE, BEHIND = 16, 64
"""Bytes before and behind a text that compiled code may look at."""
CLEAR = 16
"""At most one cell in so many may be one that only Python can tell: an unusual word, or a number of 20 digits."""
PACKED = 8
"""Letters of a word that compiled code knows."""

Kinds = NDArray[np.int8]


@dataclass(frozen=True)
class Piece:
    """Whole lines of a file: where they begin and end, and which rows they are."""

    start: int
    stop: int
    first_row: int
    n_rows: int


@dataclass(frozen=True)
class Numbers:
    """By column its values, (n,), NaN where there is none and ±inf where too large; and each cell's Kind."""

    layer: Layer
    pieces: Sequence[Piece]
    values: dict[int, Array] = field(default_factory=dict)
    kinds: dict[int, Kinds] = field(default_factory=dict)

    def texts(self, column: int, kinds: tuple[Kind, ...], limit: int) -> list[str]:
        """The first `limit` cells of a column that are of one of these kinds, in the order of the rows."""
        found: list[str] = []
        for piece in self.pieces:
            held = self.kinds[column][piece.first_row : piece.first_row + piece.n_rows]
            rows = np.flatnonzero(np.isin(held, kinds))[: limit - len(found)] if held.any() else ()
            if len(rows):
                lines = _text(self.layer, piece)[BEFORE:-BEHIND].tobytes().decode().split("\n")
                cells = reader([lines[row].rstrip("\r") for row in rows], delimiter=self.layer.delimiter, strict=True)
                found += [row[column][:TEXT_KEPT] if row else "" for row in cells]
            if len(found) == limit:
                break
        return found


def is_worth_it(size: int) -> bool:
    """Whether a file of so many bytes is to be read by compiled code, and there is some."""
    return size >= LEAST_BYTES and kernels.ready(size)


def numbers(layer: Layer, n_rows: int, passed: Collection[int], progress: Progress) -> Numbers | None:
    """Every column of a file but those `passed` over as numbers, correctly rounded.

    None where it must be done another way: the file is small, or nothing is compiled; a number is a name for missing;
    cells hold line ends; many cells are words; or the file is not n_rows rows of layer.width cells.
    """
    size = layer.path.stat().st_size
    if len(passed) == layer.width or not is_worth_it(size):
        return None
    if any(is_number(text, layer.decimal) for text in layer.missing):
        return None
    with ThreadPoolExecutor(n_threads()) as executor:
        try:
            found = Numbers(layer, _pieces(layer, size, executor))
            if sum(piece.n_rows for piece in found.pieces) != n_rows:
                return None
            for column in set(range(layer.width)) - set(passed):
                found.values[column] = np.empty(n_rows)
                found.kinds[column] = np.zeros(n_rows, dtype=np.int8)
            for done, is_done in enumerate(executor.map(_filling(found), found.pieces), 1):
                if not is_done:
                    return None
                progress(done / len(found.pieces))
            return found
        finally:
            executor.shutdown(cancel_futures=True)


def _pieces(layer: Layer, size: int, executor: ThreadPoolExecutor) -> list[Piece]:
    """The lines of a file but those to skip, in pieces that end where a line does; none where a line is too long."""

    from core.kernels.decimals import lines

    def counted(start: int) -> tuple[int, int]:
        """Number of lines that end in a piece, and the place behind the last."""
        n = min(PIECE_BYTES, size - start)
        n_rows, behind, _ = lines(_bytes(layer, start, start + n), n, False)
        return n_rows, start + behind

    head = _bytes(layer, 0, min(PIECE_BYTES, size)).tobytes()
    start = sum(map(len, head.splitlines(keepends=True)[: layer.skip]))
    pieces: list[Piece] = []
    first_row, starts = 0, range(start, size, PIECE_BYTES)
    for place, (n_rows, stop) in zip(starts, executor.map(counted, starts), strict=True):
        if place == starts[-1] and (n_rows == 0 or stop < size):
            n_rows, stop = n_rows + 1, size
        elif n_rows == 0:
            return []
        pieces.append(Piece(start, stop, first_row, n_rows))
        start, first_row = stop, first_row + n_rows
    return pieces


def _filling(found: Numbers) -> Callable[[Piece], bool]:
    """What reads one piece of a file into the columns; whether it could."""
    from core.kernels.decimals import decimals

    layer = found.layer
    packed = {word.encode() for word in layer.missing if 0 < len(word.encode()) <= PACKED and word.isascii()}
    words = np.array([int.from_bytes(word, "little") for word in packed], dtype=np.uint64)
    passed = np.array([column not in found.values for column in range(layer.width)], dtype=np.uint8)

    most = max(piece.n_rows for piece in found.pieces) * layer.width
    held = local()

    def fill(piece: Piece) -> bool:
        text = _text(layer, piece)
        if not hasattr(held, "values"):  # once for each thread: memory that is used again need not be had again
            held.values, held.kinds = np.empty(most), np.empty(most, dtype=np.int8)
            held.unclear = np.empty((most // CLEAR + 1, 4), dtype=np.int64)
        n_cells, unclear = piece.n_rows * layer.width, held.unclear
        values = held.values[:n_cells].reshape(-1, layer.width)
        kinds = held.kinds[:n_cells].reshape(-1, layer.width)
        kinds[:] = 0
        n = len(text) - BEFORE - BEHIND
        n_unclear = decimals(
            text, n, ord(layer.delimiter), ord(layer.decimal), words, passed, values, kinds, unclear
        )  # fmt: skip
        if n_unclear < 0:
            return False
        for row, column, start, stop in unclear[:n_unclear].tolist():
            cell = text[start:stop].tobytes().decode()
            kinds[row, column], values[row, column] = _told(cell.replace('""', '"'), layer)
        rows = slice(piece.first_row, piece.first_row + piece.n_rows)
        whole = not kinds.any()
        for column, every in found.values.items():
            every[rows] = values[:, column]
            if not whole:
                found.kinds[column][rows] = kinds[:, column]
        return True

    return fill


def _told(cell: str, layer: Layer) -> tuple[Kind, float]:
    """What a cell is, and its value."""
    if is_number(cell, layer.decimal):
        value = float(cell.replace(layer.decimal, "."))
        return (Kind.NUMBER if np.isfinite(value) else Kind.TOO_LARGE), value
    return (Kind.MISSING if cell.strip(BLANKS).lower() in layer.missing else Kind.NOT_A_NUMBER), np.nan


def _text(layer: Layer, piece: Piece) -> NDArray[np.uint8]:
    """The bytes of a piece, the last line ended, and what compiled code may look at beside them."""
    read = _bytes(layer, piece.start, piece.stop, BEFORE, 1 + BEHIND)
    end = BEFORE + piece.stop - piece.start
    if read[end - 1] != ord("\n"):
        read[end] = ord("\n")
        end += 1
    return read[: end + BEHIND]


def _bytes(layer: Layer, start: int, stop: int, before: int = 0, behind: int = 0) -> NDArray[np.uint8]:
    """The bytes of a file from start to stop, with zeros about them, and where the file has become shorter."""
    held = np.empty(before + stop - start + behind, dtype=np.uint8)
    held[:before] = 0
    with layer.path.open("rb", buffering=0) as stream:
        stream.seek(start)
        n = stream.readinto(held[before : before + stop - start].data) or 0
    held[before + n :] = 0
    return held
