"""Long tables: what is written is read back to the last digit, as CSV and as Parquet, in whatever blocks it came."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, InputError
from core.io import rows
from core.io.rows import FORMULA_SIGNS, NUMBER, TEXT, WHOLE, Block, Heading, harmless, write_rows

HEADINGS = [Heading("row", WHOLE), Heading("x", NUMBER), Heading("text", TEXT)]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=5)
lines = st.lists(st.tuples(st.integers(1, 2**53), st.floats(allow_infinity=False), texts), min_size=1, max_size=12)


def blocks_of(told: list[tuple[int, float, str]], cuts: list[int]) -> list[Block]:
    edges = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
    parts = [told[first:last] for first, last in pairwise(edges)]
    return [Block([list(column) for column in zip(*part, strict=True)], 1.0) for part in parts]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=lines, cuts=st.lists(st.integers(1, 12), max_size=3), at_once=st.sampled_from([1, 3, 1000]))
def test_what_is_written_is_read_back(
    told: list[tuple[int, float, str]], cuts: list[int], at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr(rows, "ROWS_AT_ONCE", at_once)
    for ending in (".csv", ".parquet"):
        write_rows(tmp_path / f"t{ending}", HEADINGS, blocks_of(told, cuts))
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    table = pq.read_table(tmp_path / "t.parquet").to_pydict()
    assert head == list(table) == ["row", "x", "text"]
    expected = [(row, None if np.isnan(x) else x, text) for row, x, text in told]
    assert [(int(row), float(x) if x else None, text) for row, x, text in found] == [
        (row, x, harmless(text)) for row, x, text in expected
    ]
    assert list(zip(*table.values(), strict=True)) == expected


@given(text=texts)
def test_no_text_is_run_by_a_spreadsheet_and_numbers_stay_numbers(text: str) -> None:
    made = harmless(text)
    assert made in (text, f"'{text}")
    if made.startswith(FORMULA_SIGNS):
        float(made.replace(",", "."))
    assert harmless("-1.5") == "-1.5"
    assert harmless("+3,25") == "+3,25"
    assert harmless("-1+2") == "'-1+2"


def test_cancelling_leaves_the_old_file(tmp_path: Path) -> None:
    def cancel(fraction: float) -> None:
        raise Cancelled

    for ending in (".csv", ".parquet"):
        path = tmp_path / f"t{ending}"
        path.write_text("old", encoding="utf-8")
        with pytest.raises(Cancelled):
            write_rows(path, HEADINGS, blocks_of([(1, 2.0, "a")], []), cancel)
        assert path.read_text(encoding="utf-8") == "old"


def test_a_form_that_is_none_of_them_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_rows(tmp_path / "t.xls", HEADINGS, [])


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout here")
def test_a_parquet_file_goes_through_a_pipe(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    (tmp_path / "out.parquet").symlink_to("/dev/stdout")
    code = "from core.io.rows import *; write_rows('out.parquet', [Heading('x')], [Block([[1.5, 2.5]], 1.0)])"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True,
        check=True,
    )  # fmt: skip
    (tmp_path / "in.parquet").write_bytes(done.stdout)
    assert pq.read_table(tmp_path / "in.parquet").to_pydict() == {"x": [1.5, 2.5]}
