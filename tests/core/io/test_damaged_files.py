"""Damaged, odd and hostile files: each either gives exactly these numbers or one sentence that says what is wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import InputError
from core.table import Table

ReadBytes = Callable[..., Table]

WAITING = [79.0, 54.0, 74.0, 62.0, 85.0, 55.0, 88.0, 85.0, 51.0, 85.0, 54.0, 84.0]
WAITING_TEXT = "waiting\n" + "".join(f"{value:.0f}\n" for value in WAITING)

# name: (content, the column to take, its numbers)
USABLE: dict[str, tuple[bytes, str | None, list[float]]] = {
    "all equal": (b"x\n" + b"7\n" * 50, "x", [7.0] * 50),
    "three values": (b"x\n1\n2\n3\n", "x", [1, 2, 3]),
    "NaN cells": (b"x\n1\nNaN\n3\nnan\n5\n", "x", [1, 3, 5]),
    "blank cells": (b"x,y\n1,10\n,20\n3,\n4,40\n", "x", [1, 3, 4]),
    "blanks around numbers": (b"x\n 1 \n\t2\n3   \n", "x", [1, 2, 3]),
    "sentinel": (b"x\n5.1\n4.9\n-999\n5.3\n-999\n", "x", [5.1, 4.9, -999, 5.3, -999]),
    "tabs": (b"x\ty\n1\t10\n2\t20\n3\t30\n", "y", [10, 20, 30]),
    "aligned columns": (b"     x       y\n  1.00   10.00\n  2.00   20.00\n 33.00   30.00\n", "y", [10, 20, 30]),
    "no header": (b"3.6,79\n1.8,54\n3.333,74\n", "column 1", [3.6, 1.8, 3.333]),
    "one line": (b"79,54,74,62,85,55,88\n", "column 7", [88]),
    "UTF-16 BE": (b"\xfe\xff" + WAITING_TEXT.encode("utf-16-be"), "waiting", WAITING),
    "UTF-16 LE": (b"\xff\xfe" + WAITING_TEXT.encode("utf-16-le"), "waiting", WAITING),
    "UTF-16 without names": ("1,5\n2,25\n".encode("utf-16"), "column 2", [5, 25]),
    "UTF-32": (WAITING_TEXT.encode("utf-32"), "waiting", WAITING),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + WAITING_TEXT.encode(), "waiting", WAITING),
    "Latin-1 header": (b"gr\xf6\xdfe\n170.5\n180.2\n165.0\n", "größe", [170.5, 180.2, 165.0]),
    "Windows-1252 header": (b"price \x80\n1\n2\n", "price €", [1, 2]),
    "emoji header": ("🦀 ratio\n0.58\n0.61\n0.64\n".encode(), "🦀 ratio", [0.58, 0.61, 0.64]),
    "CRLF": (WAITING_TEXT.replace("\n", "\r\n").encode(), "waiting", WAITING),
    "CR alone": (WAITING_TEXT.replace("\n", "\r").encode(), "waiting", WAITING),
    "mixed line ends": (b"x\r\n1\n2\r\n3\r4", "x", [1, 2, 3, 4]),
    "no final line end": (b"x\n1\n2\n3", "x", [1, 2, 3]),
    "no final CRLF": (b"x\r\n1\r\n2\r\n3", "x", [1, 2, 3]),
    "units row": (b"x,y\n(cm),(kg)\n1,10\n2,20\n3,30\n", "x", [1, 2, 3]),
    "empty name": (b",y\n1,10\n2,20\n3,30\n", "y", [10, 20, 30]),
    "empty name, by place": (b",y\n1,10\n2,20\n3,30\n", "column 1", [1, 2, 3]),
    "markup in a name": (b"<script>alert(1)</script>\n1\n2\n3\n", "<script>alert(1)</script>", [1, 2, 3]),
    "long name": (b"a" * 100_000 + b"\n1\n2\n3\n", None, [1, 2, 3]),
    "control characters in a name": (b"a\x07\x1b[31mb\n1\n2\n3\n", None, [1, 2, 3]),
    "formulas": (b"name,x\n=cmd|'/C calc'!A0,1\n+1+1,2\n@SUM(A1),3\n-2+3,4\n", "x", [1, 2, 3, 4]),
    "huge": (b"x\n1e+300\n1.1e+300\n2.2e+300\n", "x", [1e300, 1.1e300, 2.2e300]),
    "tiny": (b"x\n1e-200\n9.5e-200\n1e-400\n", "x", [1e-200, 9.5e-200, 0]),
    "beyond 64 bits": (b"x\n1" + b"0" * 30 + b"\n12345678901234567890123\n", "x", [1e30, 12345678901234567890123.0]),
    "more digits than a double": (b"x\n3.14159265358979323846264338327950288\n", "x", [3.141592653589793]),
    "outlier": (b"x\n1\n2\n1000000000000.0\n", "x", [1, 2, 1e12]),
    "negative": (b"x\n-1.0\n2.0\n+0.5\n", "x", [-1, 2, 0.5]),
    "floats that are integers": (b"x\n1.0\n2.0\n3.0\n0.0\n", "x", [1, 2, 3, 0]),
    "weights": (b"x,w\n1,0\n2,0\n3,0\n", "w", [0, 0, 0]),
    "bins": (b"lower,upper,freq\n2,0,5\n4,2,6\n", "upper", [0, 2]),
    "collinear": (b"x,y\n0,0\n1,2\n2,4\n", "y", [0, 2, 4]),
    "semicolons and decimal commas": (b"x;y\n1,5;10\n2,5;20\n", "x", [1.5, 2.5]),
    "tabs and decimal commas": (b"x\ty\n1,5\t10\n2,5\t20\n", "x", [1.5, 2.5]),
    "blanks and decimal commas": (b"x y\n1,5 10,25\n2,5 20,5\n", "y", [10.25, 20.5]),
    "quoted decimal commas": (b'x\n"1,5"\n"2,5"\n', "x", [1.5, 2.5]),
    "bars": (b"x|y\n1|2\n3|4\n", "y", [2, 4]),
    "delimiters at the ends": (b"x,y\n1,2,\n3,4,\n", "y", [2, 4]),
    "delimiters at the ends, names too": (b"x,y,\n1,2,\n3,4,\n", "x", [1, 3]),
    "quoted line ends": (b'name,x\n"a\n\nb",1\n"c ""d""",2\n', "x", [1, 2]),
    "quoted name over two lines": (b'"a\nb",x\n1,2\n', "x", [2]),
    "blank before a quote": (b'x, y\n1, "a, b"\n2, "c"\n', "x", [1, 2]),
    "inch sign": (b"size,x\n5'10\",1\n6'2\",2\n", "x", [1, 2]),
    "names with blanks": (b"waiting time\n79\n54\n", "waiting time", [79, 54]),
    "bracket in a name": (b"[Fe/H],x\n1,2\n", "[Fe/H]", [1]),
    "text above text, numbers above numbers": (b"alice,1\nbob,2\n", "column 2", [1, 2]),
    "a first cell that is missing": (b"NA\n1\n2\n", "column 1", [1, 2]),
    "a number that looks like a name": (b"2020\n1.5\n2.5\n", "column 1", [2020, 1.5, 2.5]),
    "a line of delimiters": (b"x\ty\n1\t2\n\t\n3\t4\n", "y", [2, 4]),
    "one number": (b"5\n", None, [5]),
    "JSON": (b'{"x":[1,2,3]}', "x", [1, 2, 3]),
    "a list in JSON": (b"[1, 2, 3]\n", "column 1", [1, 2, 3]),
}


@pytest.mark.parametrize("name", USABLE)
def test_the_numbers_are_exactly_those_in_the_file(name: str, read_bytes: ReadBytes) -> None:
    content, column, numbers = USABLE[name]
    table = read_bytes(content)
    data = table.data(column)
    assert data.column.tolist() == numbers
    assert len(data) + data.n_left_out == table.n_rows


def _zip(member: str, size: int = 10) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b"\0" * size)
    return file.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


# name: (content, words of the sentence)
UNUSABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "only line ends": (b"\n\n\n\n", "no rows"),
    "only a mark": (b"\xef\xbb\xbf", "no rows"),
    "only comments": (b"# a\n# b\n", "no rows"),
    "names without rows": (b"x,y\n", "no rows"),
    "NUL": (b"x\n1\n2\x003\n4\n", "NUL byte in line 3"),
    "NUL in UTF-16": ("x\n1\0\n".encode("utf-16"), "NUL character in line 2"),
    "UTF-16 without a mark": ("x\n1\n2\n".encode("utf-16-le"), "--encoding utf-16-le"),
    "words": (b"name\nalice\nbob\ncarol\n", "words: row 1 is “alice”"),
    "decimal commas in one column": (b"x\n1,5\n2,5\n3,5\n", "--decimal"),
    "some decimal commas in one column": (b"x\n1,5\n2\n3\n4\n", "--delimiter"),
    "apostrophes": (b"x\n1'234.5\n2'345.5\n", "thousands"),
    "quoted thousands": (b'x,y\n"1,234",a\n"2,345",b\n', "thousands"),
    "quoted thousands alone": (b'x\n"1,234"\n"2,345"\n', "--decimal"),
    "thousands or decimals": (b"x;y\n1,234;5\n", "--decimal"),
    "continental thousands": (b"x;y\n1.234,5;a\n2.345,6;b\n", "thousands"),
    "points between thousands": (b"x\n1.234.567\n2.345.678\n", "thousands"),
    "blanks between thousands": ("x\n1\u00a0234\n2\u00a0345\n".encode(), "thousands"),
    "row names without a header": (b'"x" "y"\n"1" 1.5 10\n"2" 2.5 20\n"3" 3.5 30\n', "row names"),
    "full-width digits": ("x\n１\n２\n３\n".encode(), "another script"),
    "unclosed quote": (b'note,x\n"open,1\nb,2\nc,3\n', "line 2 that is never closed"),
    "unclosed quote far down": (b"x,y\n" + b"1,2\n" * 2000 + b'"a,1\n', "line 2002"),
    "text after a quote": (b'x,y\n"a"b,1\n', "line 2"),
    "many quotes": (b'"' * 99_999 + b"\n1\n", "never closed"),
    "a cell without end": (b'x,y\n"' + b"a" * 200_000 + b"\n1,2\n", "line 2"),
    "a long row": (b"x,y\n1,10\n2,20,99\n3,30\n", "Line 3"),
    "a long row far down": (b"x,y\n" + b"1,2\n" * 2000 + b"1,5,6\n", "Line 2002"),
    "a short row": (b"x,y\n1,10\n2\n3,30\n", "Line 3"),
    "a file cut off": (b"x,y\n1,10\n2,20\n3", "cut off"),
    "a long row after comments": (b"# c\n\nx,y\n1,2\n# d\n1,2,3\n", "Line 6"),
    "a preamble": (b"Instrument,X\nrun 5\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", "--header 4"),
    "expressions": (b"x\n1+1\n2*3\n4/2\n", "expressions"),
    "percent": (b"x\n10%\n20%\n30%\n", "percentages"),
    "mangled dates": (b"x\nJan-05\n02-Mar\n5.1\n", "dates"),
    "dates": (b"x\n2020-01-01\n2020-01-02\n", "dates"),
    "dates with times": (b"x\n2020-01-01 10:00\n2020-01-02 11:00\n", "dates"),
    "times": (b"x\n10:30\n11:45\n", "clock times"),
    "booleans": (b"x\nTRUE\nFALSE\n", "booleans"),
    "hexadecimal": (b"x\n0x1F\n0x2A\n", "hexadecimal"),
    "dollars": (b"x\n$5\n$6\n", "money"),
    "euros": ("x\n5 €\n6 €\n".encode(), "money"),
    "units": (b"x\n5 kg\n6 kg\n", "units"),
    "fractions": (b"x\n1/2\n3/4\n", "fractions"),
    "underscores": (b"x\n1_000\n2_000\n", "underscores"),
    "typographic minus": ("x\n−1\n−2\n".encode(), "words"),
    "written numbers": (b"x\none\ntwo\nthree\n", "words"),
    "mostly words": (b"x\n1\na\nb\n", "words: row 2 is “a”"),
    "nothing but missing": (b"x\nNA\nnull\n", "only missing"),
    "workbook": (_zip("xl/workbook.xml"), "damaged workbook"),
    "half a workbook": (_zip("[Content_Types].xml")[:40] + b"xl/", "damaged workbook"),
    "npz": (_zip("x.npy", 1 << 20), ".npz"),
    "zip": (_zip("a.txt"), "zip"),
    "parquet": (b"PAR1" + b"\0" * 40 + b"PAR1", "damaged Parquet file"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "PNG"),
    "gzip": (b"\x1f\x8b\x08\0", "damaged gzip file"),
    "pdf": (b"%PDF-1.7\n", "PDF"),
    "hdf5": (b"\x89HDF\r\n\x1a\n", "HDF5"),
    "pickle": (b"\x80\x04\x95\x00", "never opened"),
    "half of JSON": (b'{"x":[1,2,', "JSON"),
    "html": (b"<!DOCTYPE html><html></html>", "HTML"),
    "any bytes": (bytes(range(1, 256)) * 10, "binary"),
    "one endless line": (b"1" * (5 << 20), "line of more than"),
    "three dimensions": (_npy(np.zeros((2, 2, 2))), "3 dimensions"),
    "no dimension": (_npy(np.array(1.0)), "0 dimensions"),
    "array of texts": (_npy(np.array(["a", "b"])), "texts"),
    "array of booleans": (_npy(np.array([True, False])), "true/false"),
    "array of complex numbers": (_npy(np.array([1j])), "complex"),
    "array of dates": (_npy(np.array(["2020-01-01"], dtype="datetime64[D]")), "dates"),
    "array of records": (_npy(np.zeros(2, dtype=[("a", "f8")])), "records"),
    "array without rows": (_npy(np.zeros(0)), "without rows"),
    "array cut off": (_npy(np.zeros(100))[:200], "damaged"),
    "array header cut off": (_npy(np.zeros(100))[:20], "damaged"),
    "array header of nonsense": (b"\x93NUMPY\x01\x00\x10\x00" + b"{'descr': import}", "damaged"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_damage_is_one_sentence_that_names_the_file(name: str, read_bytes: ReadBytes) -> None:
    content, words = UNUSABLE[name]
    with pytest.raises(InputError) as caught:
        read_bytes(content, "some data.csv").data()
    sentence = str(caught.value)
    assert words in sentence
    assert "some data.csv" in sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()
