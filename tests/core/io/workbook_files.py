"""Small workbooks for tests, in each of the forms that are read."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

import xlsxwriter

Rows = Sequence[Sequence[object]]

_ODS = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    """An Excel workbook, blank cells for None."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(row, column, cell)
    return file.getvalue()


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """An OpenDocument spreadsheet of numbers and texts."""

    def written(cell: object) -> str:
        if cell is None:
            return "<table:table-cell/>"
        if isinstance(cell, float):
            return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'

    body = ""
    for name, rows in sheets.items():
        lines = "".join(f"<table:table-row>{''.join(map(written, cells))}</table:table-row>" for cells in rows)
        body += f'<table:table table:name="{name}">{lines}</table:table>'
    spaces = " ".join(f'xmlns:{name}="{_ODS}:{name}:1.0"' for name in ("office", "table", "text"))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{_ODS}:manifest:1.0"/>')
        content = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        archive.writestr("content.xml", f"<office:document-content {spaces}>{content}</office:document-content>")
    return file.getvalue()


def xls(name: str, rows: Rows) -> bytes:
    """An Excel 97 workbook of one sheet of numbers and texts: its records, in the one stream of a compound file."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def beginning(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))

    def cell(row: int, column: int, held: object) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(held, float):
            return record(0x203, place + struct.pack("<d", held))
        text = str(held).encode("ascii")
        return record(0x204, place + struct.pack("<HB", len(text), 0) + text)

    end = record(0x0A, b"")
    title = name.encode("ascii")
    first = len(beginning(5)) + 4 + 8 + len(title) + len(end)
    stream = beginning(5) + record(0x85, struct.pack("<IBBBB", first, 0, 0, len(title), 0) + title) + end
    stream += beginning(0x10)
    stream += b"".join(
        cell(row, column, held)
        for row, cells in enumerate(rows)
        for column, held in enumerate(cells)
        if held is not None
    )
    return compound((stream + end).ljust(4096, b"\0"), "Workbook")


def compound(stream: bytes, name: str) -> bytes:
    """A compound file of one stream: header, table of sectors, directory, and the stream."""
    free, last = 0xFFFFFFFF, 0xFFFFFFFE
    n = -(-len(stream) // 512)
    table = [0xFFFFFFFD, last, *(3 + i for i in range(n - 1)), last]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, last, 0, last, 0) + struct.pack("<109I", 0, *[free] * 108)

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        spelled = (name + "\0").encode("utf-16-le")
        content = spelled.ljust(64, b"\0") + struct.pack("<HBBIII", len(spelled), kind, 1, free, free, child)
        return content + bytes(36) + struct.pack("<IQ", start, size)

    unused = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, free, free, free) + bytes(48)
    directory = entry("Root Entry", 5, 1, last, 0) + entry(name, 2, free, 2, len(stream)) + 2 * unused
    sectors = struct.pack("<128I", *(table + [free] * (128 - len(table))))
    return header + sectors + directory + stream.ljust(512 * n, b"\0")
