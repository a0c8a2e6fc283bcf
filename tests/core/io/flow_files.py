"""FCS files made byte by byte, for the tests of reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

KINDS = {"f4": ("F", 32), "f8": ("D", 64), "u1": ("I", 8), "u2": ("I", 16), "u4": ("I", 32), "u8": ("I", 64)}


def fcs(
    columns: Mapping[str, NDArray[np.generic]],
    keywords: Mapping[str, str] | None = None,
    *,
    delimiter: str = "/",
    order: str = "<",
    version: str = "FCS3.1",
    offsets_in_text: bool = False,
    begin: int = 4096,
) -> bytes:
    """A data set of these columns, named by `$PnN`; further keywords, or others in their place, as given."""
    arrays = list(columns.values())
    kind, _ = KINDS[arrays[0].dtype.str[1:]]
    rows = np.empty(len(arrays[0]), [(f"p{i}", array.dtype.newbyteorder(order)) for i, array in enumerate(arrays)])
    said = {"$DATATYPE": kind, "$MODE": "L", "$PAR": str(len(arrays)), "$TOT": str(len(rows)), "$NEXTDATA": "0"}
    said["$BYTEORD"] = "1,2,3,4" if order == "<" else "4,3,2,1"
    for i, (name, array) in enumerate(columns.items(), 1):
        rows[f"p{i - 1}"] = array
        bits = 8 * array.dtype.itemsize
        said |= {f"$P{i}N": name, f"$P{i}B": str(bits), f"$P{i}E": "0,0", f"$P{i}R": str(2**bits)}
    return assembled(said | dict(keywords or {}), rows.tobytes(), delimiter, version, offsets_in_text, begin)


def assembled(
    keywords: Mapping[str, str],
    data: bytes,
    delimiter: str = "/",
    version: str = "FCS3.1",
    offsets_in_text: bool = False,
    begin: int = 4096,
) -> bytes:
    """HEADER, TEXT and DATA, which begins at byte `begin`; where it is may stand in TEXT alone."""
    said = dict(keywords)
    end = begin + len(data) - 1
    if offsets_in_text:
        said = {"$BEGINDATA": str(begin), "$ENDDATA": str(end)} | said
    text = written([part for pair in said.items() for part in pair], delimiter).encode()
    places = (58, 57 + len(text), 0 if offsets_in_text else begin, 0 if offsets_in_text else end, 0, 0)
    header = version.encode() + b"    " + b"".join(b"%8d" % place for place in places)
    return (header + text).ljust(begin) + data


def written(parts: Sequence[str], delimiter: str) -> str:
    """Keywords and values as TEXT, the delimiter doubled where it stands in one of them."""
    return "".join(delimiter + part.replace(delimiter, 2 * delimiter) for part in parts) + delimiter
