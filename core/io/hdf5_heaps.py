"""Where an HDF5 file keeps texts of any length, looked at before its library does: that never ends on damaged ones."""

from __future__ import annotations

from pathlib import Path

from core.io.opening import opened

SIGNATURE = b"\x89HDF\r\n\x1a\n"
PLACES = (0, 512, 1024, 2048)
"""Where the signature may stand, of those within the first bytes that are looked at."""
_HEAP = b"GCOL\x01"
_HEADER_BYTES = 16
"""Of a heap, and of each object in it, where lengths have 8 bytes."""
_WINDOW = 1 << 24


def are_sound(path: Path) -> bool:
    """Whether each object of each heap ends where one may, so that the next can be found."""
    with opened(path) as stream:
        head = stream.read(PLACES[-1] + len(SIGNATURE) + 8)
        if _length_bytes(head) != 8:
            return False
        size = path.stat().st_size
        for start in range(0, size, _WINDOW):
            stream.seek(start)
            window = stream.read(_WINDOW + len(_HEAP) - 1)
            place = window.find(_HEAP)
            while place >= 0:
                stream.seek(start + place)
                header = stream.read(_HEADER_BYTES)
                length = int.from_bytes(header[8:], "little")
                if length > size or not _ends_well(stream.read(max(length - _HEADER_BYTES, 0))):
                    return False
                place = window.find(_HEAP, place + 1)
    return True


def _length_bytes(head: bytes) -> int:
    """How many bytes the file writes lengths with."""
    place = next((place for place in PLACES if head[place:].startswith(SIGNATURE)), 0) + len(SIGNATURE)
    version = head[place] if place < len(head) else 0
    return head[place + (6 if version < 2 else 2)] if place + 6 < len(head) else 0


def _ends_well(objects: bytes) -> bool:
    place = 0
    while place + _HEADER_BYTES <= len(objects):
        length = int.from_bytes(objects[place + 8 : place + 16], "little")
        is_free = objects[place : place + 2] == b"\0\0"
        # What is free counts its own header; an object is followed by what fills it up to 8 bytes.
        step = length if is_free else _HEADER_BYTES + -(-length // 8) * 8
        if step == 0 or place + step > len(objects):
            return False
        place += step
    return True
