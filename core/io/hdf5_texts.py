"""Texts of any length in HDF5 files, which lie in heaps, each text behind the number of its bytes.

The format's own library trusts these numbers: where one is wrong it never ends, or asks for gigabytes. So texts are
looked up here. Everything raises ValueError where the content makes no sense.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.io.opening import opened

SIGNATURE = b"\x89HDF\r\n\x1a\n"
PLACES = (0, 512, 1024, 2048)
"""Where the signature may stand, of those within the first bytes that are looked at."""
_HEAP = b"GCOL\x01"
_HEADER_BYTES = 16
"""Of a heap, and of each object in it, where lengths have 8 bytes."""
_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])


def texts(path: Path, place: int, n: int, most: int) -> Iterator[str]:
    """The n texts that are referred to from a place in the file on.

    Raises OverflowError where more than `most` bytes would have to be read for them.
    """
    with opened(path) as stream:
        base = _base(stream.read(PLACES[-1] + _HEADER_BYTES))
        stream.seek(place)
        references = np.frombuffer(stream.read(n * _REFERENCE.itemsize), _REFERENCE)
        if len(references) < n:
            raise ValueError("texts beyond its end")
        heaps: dict[int, dict[int, bytes]] = {}
        for length, heap, index in references.tolist():
            if not length:
                yield ""
                continue
            if heap not in heaps:
                heaps[heap], read = _objects(stream, base + heap, path.stat().st_size)
                most -= read
            content = heaps[heap].get(index, b"")
            if len(content) < length:
                raise ValueError("a text that is longer than what it is in")
            most -= length
            if most < 0:
                raise OverflowError
            yield content[:length].partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _base(head: bytes) -> int:
    """Where addresses are counted from."""
    base = next((place for place in PLACES if head[place:].startswith(SIGNATURE)), 0)
    about = head[base + len(SIGNATURE) :]
    sizes = about[5:7] if about[:1] < b"\x02" else about[1:3]
    if sizes != b"\x08\x08":
        raise ValueError("addresses of another size than 8 bytes")
    return base


def _objects(stream: BinaryIO, place: int, size: int) -> tuple[dict[int, bytes], int]:
    """The objects of a heap by their numbers, and how many bytes it has."""
    if place >= size:
        raise ValueError("texts beyond its end")
    stream.seek(place)
    header = stream.read(_HEADER_BYTES)
    length = int.from_bytes(header[8:], "little")
    if not header.startswith(_HEAP) or not _HEADER_BYTES <= length <= size - place:
        raise ValueError("no texts where they should be")
    content, found, at = stream.read(length - _HEADER_BYTES), {}, 0
    while at + _HEADER_BYTES <= len(content):
        index = int.from_bytes(content[at : at + 2], "little")
        n_bytes = int.from_bytes(content[at + 8 : at + 16], "little")
        if index == 0:  # what is free, to the end
            break
        at += _HEADER_BYTES
        if n_bytes > len(content) - at:
            raise ValueError("a text that is longer than what it is in")
        found[index] = content[at : at + n_bytes]
        at += -(-n_bytes // 8) * 8
    return found, length
