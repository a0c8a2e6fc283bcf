"""The zip of a session: parts of JSON and arrays, stored as they are, each of which can be read without the others."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.io.reader import Progress
from core.session_codec import DTYPES, CodedError, Json

CHUNK = 1 << 22
LOCAL = struct.Struct("<4sHHHHHIIIHH")
LOCAL_SIGN, ENDS = b"PK\x03\x04", (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
LARGE = 0xFFFFFFFF
MEMBER = re.compile(r"[a-z0-9-]{1,40}(\.json|/[a-z0-9]{1,10}\.npy)")
MOST_MEMBERS, MOST_GAPS = 100_000, 100
LARGEST_JSON, MOST_VALUES = 64 << 20, 8_000_000
"""Bytes of a part's JSON, and values in it, at most: what Python makes of them takes many times the room."""
_DAMAGE = (ValueError, TypeError, EOFError, SyntaxError, TokenError, ArithmeticError, RecursionError, OSError)


@dataclass(frozen=True)
class Part:
    """A part as it is written: its name, its JSON, and for each kind of number the arrays that make up its pool."""

    name: str
    document: Json
    pools: Mapping[str, Sequence[NDArray[Any]]]

    @property
    def n_bytes(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for pool in self.pools.values() for array in pool)


@dataclass(frozen=True)
class Member:
    """A file in the zip: where its bytes begin, how many there are, and their checksum."""

    start: int
    size: int
    crc: int


def write(stream: BinaryIO, parts: Sequence[Part], progress: Progress) -> None:
    """Writes parts as a zip, uncompressed. progress is told the fraction done and may raise Cancelled.

    Raises CodedError where a part is too large to be read again.
    """
    of, done = max(1, sum(part.n_bytes for part in parts)), 0
    progress(0.0)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            archive.writestr(zipfile.ZipInfo(f"{part.name}.json"), _text(part))
            for dtype, pool in part.pools.items():
                size = sum(array.nbytes for array in pool)
                info = zipfile.ZipInfo(f"{part.name}/{dtype}.npy")
                with archive.open(info, "w", force_zip64=size >= 1 << 31) as member:
                    member.write(_npy_header(dtype, sum(array.size for array in pool)))
                    for array in pool:
                        for chunk in _chunks(array):
                            member.write(chunk)
                            done += len(chunk)
                            progress(min(done / of, 1.0))


def _text(part: Part) -> bytes:
    text = json.dumps(part.document, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    if len(text) > LARGEST_JSON or _n_values(text) > MOST_VALUES:
        raise CodedError(f"{part.name} remembers more than a session can hold")
    return text


def _n_values(text: bytes) -> int:
    """No fewer than the values in a JSON text."""
    return sum(text.count(sign) for sign in (b",", b"[", b"{"))


def _npy_header(dtype: str, n: int) -> bytes:
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": (n,)})
    return header.getvalue()


def _chunks(array: NDArray[Any]) -> Iterator[memoryview]:
    raw = array.reshape(-1).view(np.uint8).data
    return (raw[first : first + CHUNK] for first in range(0, len(raw), CHUNK))


class Archive:
    """A zip of parts, open for reading. Looks at the files in it one after the other, so that one cut short is read
    as far as it goes: `is_whole` says whether it is. A file that is compressed in it is passed over as damage."""

    def __init__(self, stream: BinaryIO, progress: Progress) -> None:
        self._stream, self._progress = stream, progress
        self._length = stream.seek(0, 2)
        self._done = 0
        self.is_whole = False
        self.members: dict[str, Member] = {}
        self._survey()

    @property
    def names(self) -> list[str]:
        """The parts whose JSON is there, in the order of the file."""
        return [name.removesuffix(".json") for name in self.members if name.endswith(".json")]

    def read(self, name: str) -> tuple[Json, dict[str, NDArray[Any]]]:
        """A part's JSON and its pools. Raises CodedError where it is damaged."""
        document = self.document(name)
        pools = {}
        for dtype in DTYPES:
            if f"{name}/{dtype}.npy" in self.members:
                pools[dtype] = self._pool(f"{name}/{dtype}.npy", dtype)
        return document, pools

    def document(self, name: str) -> Json:
        """A part's JSON alone."""
        member = self.members.get(f"{name}.json")
        if member is None:
            raise CodedError(f"{name} is not there")
        if member.size > LARGEST_JSON:
            raise CodedError(f"{name} is too large")
        text = bytes(self._bytes(member, member.size))
        if _n_values(text) > MOST_VALUES:
            raise CodedError(f"{name} is too large")
        try:
            return json.loads(text, parse_constant=_refuse)
        except _DAMAGE as error:
            raise CodedError(f"{name} is no JSON") from error

    def _pool(self, name: str, dtype: str) -> NDArray[Any]:
        member = self.members[name]
        self._stream.seek(member.start)
        try:
            version = np.lib.format.read_magic(self._stream)
            shape, _, stored = np.lib.format.read_array_header_1_0(self._stream, max_header_size=10_000)
        except _DAMAGE as error:
            raise CodedError(f"{name} has no header") from error
        header = self._stream.tell() - member.start
        size = member.size - header
        if version != (1, 0) or stored.newbyteorder("=") != np.dtype(dtype) or len(shape) != 1 or size < 0:
            raise CodedError(f"{name} is no row of {dtype}")
        if shape[0] * stored.itemsize != size:
            raise CodedError(f"{name} has not as many numbers as it says")
        return self._bytes(member, size, header).view(stored).astype(dtype, copy=False)

    def _bytes(self, member: Member, size: int, header: int = 0) -> NDArray[np.uint8]:
        """The bytes of a member after its header. Raises CodedError where the checksum is another."""
        self._stream.seek(member.start)
        crc = zlib.crc32(self._stream.read(header))
        content = np.empty(size, dtype=np.uint8)
        for first in range(0, size, CHUNK):
            view = content[first : first + CHUNK].data
            if self._stream.readinto(view) != len(view):  # type: ignore[attr-defined]
                raise CodedError("the file ends too early")
            crc = zlib.crc32(view, crc)
            self._done += len(view)
            self._progress(min(self._done / max(1, self._length), 1.0))
        if crc != member.crc:
            raise CodedError("a checksum is wrong")
        return content

    # ---- what is there

    def _survey(self) -> None:
        at, gaps = 0, 0
        while len(self.members) < MOST_MEMBERS and gaps < MOST_GAPS:
            self._stream.seek(at)
            head = self._stream.read(LOCAL.size)
            if head[:4] in ENDS:
                self.is_whole = gaps == 0
                return
            found = self._member(head)
            if found is None:
                gaps += 1
                after = self._next_sign(at + 1)
                if after is None:
                    return
                at = after
                continue
            name, member = found
            self.members.setdefault(name, member)
            at = member.start + member.size

    def _member(self, head: bytes) -> tuple[str, Member] | None:
        """The file whose header this is; None where it is none of ours, or does not lie within the zip."""
        if len(head) < LOCAL.size or not head.startswith(LOCAL_SIGN):
            return None
        _, _, flags, method, _, _, crc, packed, size, n_name, n_extra = LOCAL.unpack(head)
        name = self._stream.read(n_name).decode("ascii", "replace")
        extra = self._stream.read(n_extra)
        if packed == size == LARGE and len(extra) >= 20 and extra[:2] == b"\x01\x00":
            size, packed = struct.unpack("<QQ", extra[4:20])
        start = self._stream.tell()
        # Only what is stored as it is: so nothing in a small file can be large.
        if flags & 0x9 or method != 0 or packed != size or start + size > self._length or not MEMBER.fullmatch(name):
            return None
        return name, Member(start, size, crc)

    def _next_sign(self, at: int) -> int | None:
        """Where the next file may begin."""
        while at < self._length:
            self._stream.seek(at)
            chunk = self._stream.read(CHUNK)
            places = [place for sign in (LOCAL_SIGN, ENDS[0]) if (place := chunk.find(sign)) >= 0]
            if places:
                return at + min(places)
            at += max(1, len(chunk) - 3)
        return None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number in a session")
