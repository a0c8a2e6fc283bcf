"""What MATLAB's files of version 5 to 7 are made of: variables within variables, each with its size before it.

Other programs' code for these trusts the sizes it is told, and ends its process where they are wrong; so they are taken
apart here. Everything raises ValueError where the content makes no sense.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from struct import unpack_from
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

Order = Literal["<", ">"]
HEADER_BYTES = 128
TEXT, STRUCTURE = 4, 2
CLASSES = {1: "cell", 3: "object", 5: "sparse", 16: "function", 17: "object"}
"""What a variable may be that is neither numbers, text nor a structure."""
_NUMBERS = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_ENCODED = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_MATRIX, _COMPRESSED = 14, 15
_IS_LOGICAL, _IS_COMPLEX = 0x200, 0x800


@dataclass(frozen=True)
class Element:
    """A piece of a file: the type of what it holds, and its bytes."""

    kind: int
    content: memoryview


@dataclass(frozen=True)
class Matrix:
    """A variable: its name, what it is, its shape, and the pieces that hold its values."""

    name: str
    flags: int
    shape: tuple[int, ...]
    parts: tuple[Element, ...]
    order: Order

    @property
    def kind(self) -> int:
        """MATLAB's number for what it is."""
        return self.flags & 0xFF

    @property
    def is_array(self) -> bool:
        """Whether it holds numbers or text."""
        return self.kind in _NUMBERS or self.kind == TEXT

    def array(self) -> NDArray[Any]:
        """Its numbers; of texts, one for each row."""
        if self.kind == TEXT:
            return self._texts()
        cells = self._numbers(0)
        if self.flags & _IS_COMPLEX:
            cells = cells + 1j * self._numbers(1)
        if self.flags & _IS_LOGICAL:
            cells = cells != 0
        return cells.reshape(self.shape, order="F")

    def fields(self) -> Iterator[tuple[str, list[Matrix]]]:
        """Of a structure, the name of each field and its value in each element."""
        if len(self.parts) < 2 or len(self.parts[0].content) != 4:
            raise ValueError("a structure without fields")
        (width,) = unpack_from(f"{self.order}i", self.parts[0].content)
        spelled = bytes(self.parts[1].content)
        if width <= 0 or len(spelled) % width:
            raise ValueError("names of fields of another length")
        names = [_name(spelled[place : place + width]) for place in range(0, len(spelled), width)]
        values = self.parts[2:]
        if len(values) != len(names) * prod(self.shape):
            raise ValueError("a structure with another number of values")
        for place, name in enumerate(names):
            yield name, [matrix(value, self.order) for value in values[place :: len(names)]]

    def _numbers(self, place: int) -> NDArray[Any]:
        if place >= len(self.parts) or self.parts[place].kind not in _STORED:
            raise ValueError("numbers of no known type")
        stored = np.dtype(_STORED[self.parts[place].kind]).newbyteorder(self.order)
        cells = np.frombuffer(self.parts[place].content, stored)
        if len(cells) != prod(self.shape):
            raise ValueError("another number of values than its shape says")
        with np.errstate(invalid="ignore", over="ignore"):
            return cells.astype(_NUMBERS[self.kind], copy=False)

    def _texts(self) -> NDArray[Any]:
        part = self.parts[0] if self.parts else Element(16, memoryview(b""))
        if part.kind not in _ENCODED:
            raise ValueError("text of no known encoding")
        encoding = _ENCODED[part.kind]
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self.order == "<" else "-be"
        text = bytes(part.content).decode(encoding, "replace")
        if len(self.shape) != 2 or len(text) != prod(self.shape) or not text:
            return np.array([text])  # signs of more than one unit: where its rows end is not known
        rows = np.array(list(text)).reshape(self.shape, order="F")
        return np.array(["".join(row).rstrip() for row in rows])


def variables(stream: BinaryIO, most: int) -> Iterator[Matrix]:
    """The variables of a file, one after the other. Raises OverflowError where more than `most` bytes are unpacked."""
    order: Order = "<" if stream.read(HEADER_BYTES)[126:128] == b"IM" else ">"
    while tag := stream.read(8):
        if len(tag) < 8:
            raise ValueError("the end in the middle of a variable")
        kind, length = unpack_from(f"{order}II", tag)
        content = stream.read(length)
        if len(content) < length:
            raise ValueError("the end in the middle of a variable")
        if kind != _COMPRESSED:
            yield matrix(Element(kind, memoryview(content)), order)
            continue
        content = _unpacked(content, most)
        most -= len(content)
        for element in elements(memoryview(content), order):
            yield matrix(element, order)


def elements(content: memoryview, order: Order) -> Iterator[Element]:
    """The pieces that follow each other in some bytes."""
    place = 0
    while place + 8 <= len(content):
        kind, length = unpack_from(f"{order}II", content, place)
        first, step = place + 8, 8 + -(-length // 8) * 8
        if kind >> 16:  # up to four bytes stand in the place of their number
            kind, length, first, step = kind & 0xFFFF, kind >> 16, place + 4, 8
        if length > len(content) - first or (step == 8 and length > 4):
            raise ValueError("a piece that is longer than what it is in")
        yield Element(kind, content[first : first + length])
        place += step


def matrix(element: Element, order: Order) -> Matrix:
    """A piece as a variable."""
    if element.kind != _MATRIX:
        raise ValueError("something else in the place of a variable")
    if not element.content:
        return Matrix("", 6, (0, 0), (Element(9, element.content),), order)
    about, *rest = elements(element.content, order)
    if len(about.content) != 8:
        raise ValueError("a variable of no kind")
    (flags,) = unpack_from(f"{order}I", about.content)
    if flags & 0xFF in CLASSES and flags & 0xFF > 15:  # these have no shape, and their name may stand elsewhere
        return Matrix(_name(bytes(rest[0].content)) if rest else "", flags, (), (), order)
    if len(rest) < 2 or len(rest[0].content) % 4:
        raise ValueError("a variable without a shape or a name")
    shape = tuple(np.frombuffer(rest[0].content, f"{order}i4").tolist())
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError("a shape that cannot be")
    return Matrix(_name(bytes(rest[1].content)), flags, shape, tuple(rest[2:]), order)


def _unpacked(content: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(content, most + 1)
    except zlib.error as error:
        raise ValueError("what cannot be unpacked") from error
    if len(unpacked) > most:
        raise OverflowError
    if not unpacking.eof:
        raise ValueError("the end in the middle of what is packed")
    return unpacked


def _name(content: bytes) -> str:
    return content.partition(b"\0")[0].decode("utf-8", "backslashreplace")
