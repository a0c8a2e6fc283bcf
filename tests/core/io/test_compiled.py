"""Large files read by compiled code: the same tables as those of the other way, to the last bit."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, InputError
from core.io import compiled, read_table
from core.table import Table

pytest.importorskip("numba")

ReadBytes = Callable[..., Table]
BothWays = Callable[..., Table]
SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Has every file read by compiled code, in pieces of few lines; the list tells of each whether it could be."""
    told: list[bool] = []
    numbers = compiled.numbers

    def noted(*arguments: object) -> compiled.Numbers | None:
        found = numbers(*arguments)  # type: ignore[arg-type]
        told.append(found is not None)
        return found

    monkeypatch.setattr(compiled, "LEAST_BYTES", 0)
    monkeypatch.setattr(compiled, "PIECE_BYTES", 1 << 10)
    monkeypatch.setattr("core.kernels.ready", lambda cells: True)
    monkeypatch.setattr(compiled, "numbers", noted)
    return told


@pytest.fixture
def both_ways(at_once: list[bool], read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> BothWays:
    """both_ways(content, **dialect): the table, after both ways have been found to agree."""

    def read(content: bytes, **dialect: object) -> Table:
        table = read_bytes(content, **dialect)
        with monkeypatch.context() as context:
            context.setattr("core.kernels.ready", lambda cells: False)
            plain = read_bytes(content, **dialect)
        assert (table.n_rows, table.sha256, table.notes, table.dialect) == (
            plain.n_rows,
            plain.sha256,
            plain.notes,
            plain.dialect,
        )
        for one, other in zip(table.columns, plain.columns, strict=True):
            assert (one.name, one.n_left_out, one.left_out, one.why_not) == (
                other.name,
                other.n_left_out,
                other.left_out,
                other.why_not,
            )
            assert (one.values is None) == (other.values is None)
            if one.values is not None and other.values is not None:
                assert one.values.tobytes() == other.values.tobytes()
            assert (one.levels is None) == (other.levels is None)
            if one.levels is not None and other.levels is not None:
                assert one.levels.names == other.levels.names
                assert one.levels.codes.tolist() == other.levels.codes.tolist()
        return table

    return read


any_double = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("d", struct.pack("Q", bits))[0])
written = st.one_of(
    any_double.filter(np.isfinite).map(repr),
    st.floats(-1e6, 1e6).map(lambda value: f"{value:.4f}"),
    st.integers(-(10**25), 10**25).map(str),
    st.builds("{}e{}".format, st.integers(0, 2**64), st.integers(-420, 420)),
    st.builds(
        lambda half, power: f"{(2 * half + 1) * 5**power}e-{power}", st.integers(2**52, 2**53), st.integers(0, 6)
    ),
    st.from_regex(r"[ \t]?[+-]?[0-9]{0,22}[.]?[0-9]{0,22}([eE][+-]?[0-9]{0,5})?[ \t]?", fullmatch=True),
)
cells = st.one_of(
    *[written] * 6,
    st.sampled_from(["", "NA", "nan", "N/A", "-inf", "+Infinity", "∞", "-", ".", "1_000", "0x10", "1.2.3", "--1", "é"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=10),
)


@SLOWLY
@given(
    rows=st.lists(st.tuples(cells, cells, st.text("ab ", max_size=2)), min_size=1, max_size=60),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ended=st.booleans(),
)
def test_any_cells_become_the_same_table(
    rows: list[tuple[str, str, str]], delimiter: str, line_end: str, quoting: int, ended: bool, both_ways: BothWays
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([("x", "y", "w"), *rows])
    content = text.getvalue().encode()
    both_ways(content if ended else content.removesuffix(line_end.encode()), delimiter=delimiter, header=1)


@SLOWLY
@given(st.lists(written, min_size=1, max_size=200))
def test_any_number_is_the_nearest_double(both_ways: BothWays, written: list[str]) -> None:
    table = both_ways("\n".join(["x", *(cell.strip() + "0" for cell in written)]).encode(), header=1, delimiter=",")
    assert table.n_rows == len(written)


def test_every_cell_of_a_long_file_is_read_by_compiled_code(at_once: list[bool], read_bytes: ReadBytes) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(5000, 3)) * [1, 1e-9, 1e12]
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b", "c"), *values.tolist()])
    table = read_bytes(text.getvalue().encode())
    assert at_once == [True]
    np.testing.assert_array_equal(np.column_stack([column.values for column in table.columns]), values)


def test_missing_cells_are_listed_in_the_order_of_the_rows(at_once: list[bool], both_ways: BothWays) -> None:
    cells = [["NA", "", "null", "?"][row % 4] if row % 20 == 7 else str(row / 8) for row in range(9000)]
    table = both_ways("\n".join(["x,y", *(f"{cell},1.5" for cell in cells)]).encode())
    assert at_once[0]
    assert [cell.row for cell in table.columns[0].left_out[:3]] == [8, 28, 48]
    assert table.notes == ("450 missing in x.",)


def test_a_column_of_words_is_left_to_the_other_way(at_once: list[bool], both_ways: BothWays) -> None:
    table = both_ways(b"name,x\n" + b"".join(b'"%s, %d",%d.5\n' % (b"abc"[i % 3 :], i % 2, i) for i in range(3000)))
    assert at_once[0]
    assert table.columns[0].levels is not None
    assert table.data("x").column[-1] == 2999.5


@pytest.mark.parametrize(
    ("content", "can"),
    [
        (b"x\n" + b"1.5\n" * 3000 + b"word\n", True),
        (b"x\n" + b"1.5\n" * 3000 + b"word\n" * 2000, False),
        (b"x,y\n" + b"1,2\n" * 3000 + b'"1\n2",3\n', False),
        (b"# a comment\nx,y\n" + b"1,2\n" * 3000, True),
        (b"x\n" + b"1" * 5000 + b"\n1\n2\n", False),
        (b"x\n1\n", True),
        (b"1", True),
    ],
)
def test_what_compiled_code_cannot_tell_is_asked_elsewhere(
    content: bytes, can: bool, at_once: list[bool], both_ways: BothWays
) -> None:
    both_ways(content, header=0 if content == b"1" else None)
    assert at_once[0] is can


@pytest.mark.parametrize("tail", [b"1,2,3\n", b"1\n", b'"1,2\n'])
def test_a_damaged_row_far_down_is_refused_as_ever(tail: bytes, at_once: list[bool], read_bytes: ReadBytes) -> None:
    with pytest.raises(InputError, match="5002"):
        read_bytes(b"x,y\n" + b"1.5,2\n" * 5000 + tail + b"1.5,2\n" * 5000)


def test_reading_may_be_cancelled_anywhere(at_once: list[bool], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n" + b"0.25\n" * 5000)
    told: list[float] = []
    assert read_table(path, progress=told.append).n_rows == 5000
    assert told == sorted(told)
    for limit in (0.0, 0.3, 0.8, 1.0):

        def cancel(fraction: float, limit: float = limit) -> None:
            if fraction >= limit:
                raise Cancelled

        with pytest.raises(Cancelled):
            read_table(path, progress=cancel)
