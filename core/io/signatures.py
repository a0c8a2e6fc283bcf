"""Formats that are no plain text and cannot be read, told by their first bytes so that a message can name them."""

from __future__ import annotations

import re

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x1f\x8b", "a gzip-compressed file (unpack it first)"),
    (b"BZh", "a bzip2-compressed file (unpack it first)"),
    (b"\xfd7zXZ", "an xz-compressed file (unpack it first)"),
    (b"\x28\xb5\x2f\xfd", "a zstd-compressed file (unpack it first)"),
    (b"7z\xbc\xaf", "a 7-Zip archive (unpack it first)"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"SIMPLE  =", "a FITS file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (save it as CSV)"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"RDX", "an R data file"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened"),
    (b"\x80\x05\x95", "a Python pickle, which is never opened"),
    (b"\x7fELF", "a program"),
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
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
    text = head.removeprefix(_BOM)
    if _JSON.match(text):
        return "JSON"
    return "an XML or HTML page" if _MARKUP.match(text) else ""


def _zip_format(head: bytes) -> str:
    if b"xl/" in head or b"[Content_Types].xml" in head:
        return "an Excel workbook (save the sheet as CSV)"
    if b".npy" in head:
        return "a NumPy .npz archive (save one array as .npy)"
    return "a zip archive (unpack it first)"
