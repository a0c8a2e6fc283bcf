"""One pass over the bytes of a text file: its encoding, and how plain it is."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import InputError, shown
from core.io.compiled import is_worth_it
from core.io.opening import CHUNK_BYTES, chunks
from core.io.reader import Progress

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a")) + b"\x7f"
_UNDEFINED_IN_1252 = b"\x81\x8d\x8f\x90\x9d"


@dataclass(frozen=True)
class Survey:
    """What one pass over a file found.

    encoding: a name Python knows. plain: UTF-8 with one kind of line end, no line blank or beginning with a blank or
    "#". line_end: "\\n" or "\\r\\n" where plain. n_lines: counted where plain. note: what a person should know of it,
    or "".
    """

    encoding: str
    plain: bool
    line_end: str
    n_lines: int
    note: str = ""


@dataclass
class _Counts:
    """Running counts over chunks; `tail` is the last byte so far, so that pairs across a border are seen."""

    compiled: bool
    lf: int = 0
    cr: int = 0
    crlf: int = 0
    unusual: bool = False
    nul_line: int = 0
    tail: bytes = b"\n"
    utf8: bool = True
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def add(self, chunk: bytes) -> None:
        n_lines, oddly = (_compiled_lines if self.compiled else _lines)(self.tail, chunk)
        if not self.nul_line and b"\0" in chunk:
            self.nul_line = self.lf + chunk[: chunk.index(b"\0")].count(b"\n") + 1
        self.lf += n_lines
        if b"\r" in chunk or self.tail == b"\r":
            self.cr += chunk.count(b"\r")
            self.crlf += (self.tail + chunk).count(b"\r\n")
        self.unusual = self.unusual or oddly
        self.tail = chunk[-1:]
        self._decode(chunk)

    def _decode(self, chunk: bytes) -> None:
        if not self.utf8 or (chunk.isascii() and self.decoder.getstate()[0] == b""):
            return
        try:
            self.decoder.decode(chunk)
        except UnicodeDecodeError:
            self.utf8 = False

    def end(self) -> None:
        """To be called after the last chunk: a character cut in half is no UTF-8."""
        self.utf8 = self.utf8 and self.decoder.getstate()[0] == b""

    @property
    def line_end(self) -> str:
        if self.cr == 0:
            return "\n"
        return "\r\n" if self.cr == self.crlf == self.lf else ""


def survey(path: Path, encoding: str | None, progress: Progress, share: float) -> Survey:
    """Read a text file once, in pieces; see `Survey`. encoding overrides what would be detected.

    Raises InputError where the bytes are no text, contain NUL, or have a line too long to be one.
    """
    counts, bom = _Counts(is_worth_it(path.stat().st_size)), ""
    for number, chunk in enumerate(chunks(path, progress, share)):
        if number == 0:
            bom = next((name for mark, name in _BOMS if chunk.startswith(mark)), "")
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
        counts.add(chunk)
        _refuse_endless_line(path, chunk)
    counts.end()
    chosen, note = (_known(encoding), "") if encoding else _detected(path, counts, bom)
    chosen = "utf-8-sig" if chosen == "utf-8" and bom == "utf-8-sig" else chosen
    return Survey(
        encoding=chosen,
        plain=chosen.startswith("utf-8") and counts.utf8 and bool(counts.line_end) and not counts.unusual,
        line_end=counts.line_end,
        n_lines=counts.lf + (counts.tail != b"\n"),
        note=note,
    )


def _lines(tail: bytes, chunk: bytes) -> tuple[int, bool]:
    """Number of line ends, and whether a line is blank, or begins with a blank, a control character or "#".

    tail: the byte before the chunk.
    """
    codes = np.frombuffer(tail + chunk, dtype=np.uint8)
    after = codes[1:]
    oddly = (codes[:-1] == ord("\n")) & ((after <= ord(" ")) | (after == ord("#")))
    return chunk.count(b"\n"), bool(oddly.any())


def _compiled_lines(tail: bytes, chunk: bytes) -> tuple[int, bool]:
    from core.kernels.decimals import lines

    n, _, oddly = lines(np.frombuffer(chunk, dtype=np.uint8), len(chunk), tail == b"\n")
    return int(n), bool(oddly)


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise InputError(f"There is no text encoding called “{shown(encoding)}”.") from error


def _detected(path: Path, counts: _Counts, bom: str) -> tuple[str, str]:
    if bom.startswith(("utf-16", "utf-32")):
        return bom, f"Read as {bom.upper()}."
    if counts.nul_line:
        raise InputError(_about_nul(path, counts.nul_line))
    if counts.utf8:
        return bom or "utf-8", ""
    return _single_byte(path)


def _single_byte(path: Path) -> tuple[str, str]:
    """Latin-1 or its Windows kin, for a file that is no UTF-8; every byte is looked at once more."""
    windows, undefined = False, False
    for chunk in chunks(path, lambda fraction: None):
        if len(chunk.translate(None, _CONTROLS)) < len(chunk):
            raise InputError(f"{shown(path.name)} looks like a binary file, not like text with rows of numbers.")
        high = chunk.translate(None, bytes(set(range(256)) - set(range(0x80, 0xA0))))
        windows = windows or bool(high)
        undefined = undefined or any(byte in _UNDEFINED_IN_1252 for byte in set(high))
    if windows and not undefined:
        return "cp1252", "Read as Windows-1252, since it is no UTF-8."
    return "latin-1", "Read as Latin-1, since it is no UTF-8."


def _about_nul(path: Path, line: int) -> str:
    with path.open("rb") as stream:
        head = stream.read(1024)
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > 0.8 * len(head) / 2:
            return (
                f"{shown(path.name)} looks like UTF-16 without a byte order mark; say --encoding {name} to read it so."
            )
    return f"{shown(path.name)} has a NUL byte in line {line}, so it is damaged or no text file."


def _refuse_endless_line(path: Path, chunk: bytes) -> None:
    if len(chunk) == CHUNK_BYTES and b"\n" not in chunk and b"\r" not in chunk:
        raise InputError(
            f"{shown(path.name)} has a line of more than {CHUNK_BYTES:,} bytes, so it is no table of rows."
        )
