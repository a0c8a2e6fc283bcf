"""Formats that are no plain text and cannot be read, told by their first bytes so that a message can name them."""

from __future__ import annotations

import re
import struct

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich-text document"),
    (b"7z\xbc\xaf", "a 7-Zip archive (unpack it first)"),
    (b"FEA1\0", "a Feather file of the first version (write it anew)"),
    (b"\xff\xff\xff\xff", "a stream of Arrow's (write it as a file)"),
    (b"\x04\x22\x4d\x18", "an LZ4-compressed file (unpack it first)"),
    (b"Rar!\x1a\x07", "a RAR archive (unpack it first)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"SIMPLE  =", "a FITS file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"RDX2\n", "an R data file"),
    (b"RDX3\n", "an R data file"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened"),
    (b"\x80\x05\x95", "a Python pickle, which is never opened"),
    (b"\x7fELF", "a program"),
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
SESSION = b"session.json"
"""The first name in a session, where it stands in a file of that kind."""
_ZIPPED = (
    (SESSION, "a session of emgui's (open it in the window)"),
    (b"word/", "a Word document"),
    (b"ppt/", "a presentation"),
    (b"application/vnd.oasis.opendocument.text", "a text document"),
    (b"application/epub", "an e-book"),
)
_TAR, _TAR_PLACE = b"ustar", 257
_JSON = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[\]{"\d-])')
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html)\b", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


def foreign_format(head: bytes) -> str:
    """What a file that starts with these bytes looks like, in words; "" where it may well be plain text."""
    if head.startswith(_ZIP):
        return _zip_format(head)
    for magic, words in _MAGIC:
        if head.startswith(magic):
            return words
    if head[_TAR_PLACE:].startswith(_TAR):
        return "a tar archive (unpack it first)"
    if _is_matlab_4(head):
        return "a MATLAB 4 file (save it as version 7)"
    text = head.removeprefix(_BOM)
    if _JSON.match(text):
        return "JSON"
    return "an XML or HTML page" if _MARKUP.match(text) else ""


def _is_matlab_4(head: bytes) -> bool:
    """Whether a file begins as one of MATLAB 4 does: five whole numbers, then the name of the first matrix."""
    if len(head) < 24:
        return False
    kind, rows, columns, is_complex, length = struct.unpack("<5i", head[:20])
    name = head[20 : 20 + length] if 1 < length < 64 else b""
    is_kind = 0 <= kind < 100 and kind % 10 < 3 and rows > 0 and columns > 0 and is_complex in (0, 1)
    return is_kind and name.endswith(b"\0") and name[:-1].isalnum()


def _zip_format(head: bytes) -> str:
    return next((words for sign, words in _ZIPPED if sign in head), "a zip archive (unpack it first)")
