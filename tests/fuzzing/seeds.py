"""Small good files of each format, made by code, which a fuzzer begins with; and how content gets into a container."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.core.io.flow_files import assembled, fcs

X = np.array([1.5, -2.5, 3e30, np.nan])
LABELS = np.array(["a", "b", "a", "ü"])
TEXT = b"x,label\n1.5,a\n-2e3,b\n,c\n4,NA\n"


def npy() -> list[bytes]:
    """Arrays of several types, orders and dimensions."""
    every = [X, X.astype(">f4"), np.arange(4), np.asfortranarray(np.eye(3)), LABELS, np.array(2.5), X > 0]
    return [_saved(array) for array in every]


def npz() -> list[bytes]:
    """Archives, packed and not."""
    plain, packed = io.BytesIO(), io.BytesIO()
    np.savez(plain, x=X, label=LABELS, r=np.array([(1, 2.5)], dtype=[("n", "i4"), ("x", "f8")]))
    np.savez_compressed(packed, x=X, y=np.arange(4))
    return [plain.getvalue(), packed.getvalue()]


def workbook() -> list[bytes]:
    """A workbook with names, numbers, texts, dates and a second sheet."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("x", "label"), (1.5, "a"), (2.5, "b"), (True, "=1/0")]):
            sheet.write_row(row, 0, cells)
        book.add_worksheet("more").write_column(0, 0, [1, 2, 3])
    return [file.getvalue()]


def parquet() -> list[bytes]:
    """Tables of several types."""
    from pyarrow import parquet as pq

    packed, plain = io.BytesIO(), io.BytesIO()
    pq.write_table(_arrow(), packed)
    pq.write_table(_arrow(), plain, compression="none", use_dictionary=False)
    return [packed.getvalue(), plain.getvalue()]


def feather() -> list[bytes]:
    """Arrow's file, packed and not."""
    from pyarrow import feather as fe

    packed, plain = io.BytesIO(), io.BytesIO()
    fe.write_feather(_arrow(), packed)
    fe.write_feather(_arrow(), plain, compression="uncompressed")
    return [packed.getvalue(), plain.getvalue()]


def hdf5() -> list[bytes]:
    """Datasets of several types, packed and in pieces, and an attribute."""
    import h5py

    every = []
    for version in ("earliest", "latest"):
        file = io.BytesIO()
        with h5py.File(file, "w", libver=version) as content:
            content["x"] = X
            content["group/y"] = np.arange(4)
            content["group"].attrs["pandas_type"] = "frame"
            content.create_dataset("label", data=["a", "b", "a", "c"])
            content.create_dataset("z", data=X, compression="gzip", chunks=(2,))
            content["r"] = np.array([(1, 2.5)], dtype=[("n", "i4"), ("x", "f8")])
        every.append(file.getvalue())
    return every


def matlab() -> list[bytes]:
    """Vectors, a matrix, a structure and a text, packed and not."""
    from scipy.io import savemat

    every = []
    for packed in (False, True):
        file = io.BytesIO()
        savemat(
            file,
            {"x": X, "s": {"y": np.arange(4), "t": "text"}, "c": np.array([1, "a"], object)},
            do_compression=packed,
        )
        every.append(file.getvalue())
    return every


def flow_cytometry() -> list[bytes]:
    """Lists of events of every type of number."""
    small = np.array([1, 2, 200])
    every = [
        fcs({"FSC-A": small.astype(kind), "b": small.astype(kind)}, begin=400)
        for kind in ("f4", "f8", "u1", "u2", "u4")
    ]
    said = {"$DATATYPE": "I", "$PAR": "2", "$TOT": "2", "$BYTEORD": "4,3,2,1", "$P1B": "10", "$P2B": "24"}
    every.append(
        assembled(said | {"$P1N": "x", "$P2N": "y", "$P1R": "1024", "$P1E": "4,1"}, bytes(range(9)), begin=256)
    )
    every.append(
        fcs({"x": small.astype("f4")}, {"$P1S": "a/b", "$SPILLOVER": "1,x,1"}, offsets_in_text=True, begin=400)
    )
    return every


def json() -> list[bytes]:
    """JSON in every form that is read."""
    return [
        b'[{"x": 1.5, "s": "a"}, {"x": null, "s": "b", "n": [1]}, {"x": NaN, "b": true}]',
        b'{"x": [1, 2.5, "3"], "y": ["a", null, 1e999]}',
        b'[["x", "y"], [1, 2], [3, -4e5]]',
        b'{"about": {"who": "me"}, "data": {"u": [1, 2], "v": [3, 4]}}',
        b'{"x": 1}\n{"x": 2, "y": "\\u00fc\\ud800"}\n',
        b'{"x": {"0": 1, "1": null}, "y": {"0": "a", "1": 2}}',
        '["größe"]\n[1]\n[12345678901234567890]'.encode(),
        '[{"x": 1}]'.encode("utf-16"),
    ]


def compressed_gzip() -> list[bytes]:
    """Text packed by gzip, in one piece and in two."""
    return [gzip.compress(TEXT), gzip.compress(TEXT) + gzip.compress(b"5,d\n"), gzip.compress(json()[0])]


def compressed_zstd() -> list[bytes]:
    """Text packed by zstd, bzip2 and xz."""
    import pyarrow as pa

    return [bytes(pa.compress(TEXT, "zstd", asbytes=True)), bz2.compress(TEXT), lzma.compress(TEXT)]


def delimited() -> list[bytes]:
    """Text in several dialects."""
    return [
        TEXT,
        b"x;y\r\n1,5;10\r\n2,5;-\r\n",
        b"# about\n\nx\ty\n1\t2\n3\t4\n",
        b'name,x\n"a\n""b""",1\nc,2\n',
        b"  x   y\n 1.0  2\n33.0 -1e5\n",
        "größe\n1\n2\n3\n".encode("utf-16"),
        "größe|é\n1|2\n".encode("latin-1"),
        b"1\n2\n3\n",
        b"lower,upper,count\n,1,5\n1,2,7\n",
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    **{"npy": npy, "npz": npz, "workbook": workbook, "parquet": parquet, "feather": feather, "hdf5": hdf5},
    **{"matlab": matlab, "fcs": flow_cytometry, "json": json, "delimited": delimited},
    **{"gzip": compressed_gzip, "zstd": compressed_zstd},
}


def _in_npz(content: bytes) -> bytes:
    return _zipped({"x.npy": content, "y.npy": _saved(np.arange(4))})


def _in_workbook(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook()[0])) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    return _zipped(parts | {"xl/worksheets/sheet1.xml": content})


def _in_matlab(content: bytes) -> bytes:
    import struct
    import zlib

    packed = zlib.compress(content)
    return matlab()[0][:128] + struct.pack("<II", 15, len(packed)) + packed


WRAPPED: dict[str, tuple[Callable[[bytes], bytes], Callable[[], list[bytes]]]] = {
    # What a checksum guards, a fuzzer never gets past; so it may change what is inside, and the container is made anew.
    "npz": (_in_npz, npy),
    "gzip": (gzip.compress, delimited),
    "workbook": (
        _in_workbook,
        lambda: [b"<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData></worksheet>"],
    ),
    "matlab": (_in_matlab, lambda: [matlab()[0][128:]]),
}


def _saved(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _arrow() -> Any:
    import pyarrow as pa

    return pa.table(
        {
            "x": pa.array([1.5, None, float("nan"), 4]),
            "n": pa.array([1, 2, None, 2**60]),
            "s": pa.array(["a", "b", None, "a"]).dictionary_encode(),
            "l": pa.array([[1], [], None, [2, 3]]),
        }
    )
