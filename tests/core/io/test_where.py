"""Filters: which rows a condition means, what it may be made of, and that nothing but the table can be reached."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import Levels
from core.errors import Cancelled, InputError
from core.io import read_table
from core.io.condition import FUNCTIONS, LONGEST
from core.io.where import selected
from core.prepare import prepared
from core.roles import Roles
from core.table import Column, Dialect, Table

ReadBytes = Callable[..., Table]

N = 12
X = np.arange(N, dtype=np.float64)
TABLE = Table(
    "birds.csv",
    "",
    "",
    N,
    (
        Column("year", 1990.0 + X),
        Column("mass", np.where(X % 4 == 3, nan, 10.0 * X)),
        Column("sex", None, levels=Levels(("F", "M"), np.array([0, 1, -1] * 4, dtype=np.int32))),
        Column("Body mass (g)", X),
        Column('the "q"', X),
        Column("a.b", X),
        Column("Größe", X),
        Column("rows_of_the_table", X),
        Column("name", None, texts=lambda: [None if i % 3 == 2 else f"n{i}" for i in range(N)]),
    ),
)


def rows(condition: str, table: Table = TABLE) -> list[int]:
    """The numbers of the rows that are meant, from 0."""
    return np.flatnonzero(selected(table, condition)).tolist()


# ---- what a condition means


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("year > 1999", [10, 11]),
        ("YEAR = 1990 or Year = 1991", [0, 1]),
        ("sex = 'M' and year < 1996", [1, 4]),
        ("sex = 'm' or sex is null", [2, 5, 8, 11]),
        ("lower(sex) = 'm'", [1, 4, 7, 10]),
        ("sex in ('F', 'X')", [0, 3, 6, 9]),
        ("not (year between 1991 and 2000)", [0, 11]),
        ("mass is null", [3, 7, 11]),
        ("mass > 80", [9, 10]),
        ("mass > 80 or mass is null", [3, 7, 9, 10, 11]),
        ("not mass > 10", [0, 1]),
        ('"Body mass (g)" = 4', [4]),
        ('"body mass (G)" = 4', [4]),
        ('"the ""q""" >= 11', [11]),
        ('"a.b" = 3', [3]),
        ("größe = 5 or GRÖSSE = 6 or Größe = 7", [5, 6, 7]),
        ("rows_of_the_table = 5", [5]),
        ("name = 'n4'", [4]),
        ("name like 'n1%'", [1, 10]),
        ("regexp_matches(name, '^n[13]$')", [1, 3]),
        ("name is null and year < 1996", [2, 5]),
        ("year % 5 = 0", [0, 5, 10]),
        ("sqrt(mass) = 2 * 5 - 10 and true", [0]),
        ("case when sex = 'M' then year > 1995 else false end", [7, 10]),
        ("try_cast(substr(name, 2) as double) > 8", [9, 10]),
        ("year::varchar like '%4.0'", [4]),
        ("coalesce(mass, -1) = -1", [3, 7, 11]),
        ("year > 2000 -- the last", [11]),
        ("year > 2000 /* the last */", [11]),
        ("sex || name = 'Mn1'", [1]),
        ("date '2020-01-01' + interval 1 day * 0 = date '2020-01-01' and year = 1990", [0]),
    ],
)
def test_a_condition_means_the_rows_for_which_it_is_true(condition: str, expected: list[int]) -> None:
    assert rows(condition) == expected


@settings(max_examples=25)
@given(
    values=st.lists(st.one_of(st.floats(-10, 10), st.just(nan)), min_size=1, max_size=40),
    low=st.floats(-10, 10),
    high=st.floats(-10, 10),
)
def test_it_agrees_with_numpy(values: list[float], low: float, high: float) -> None:
    x = np.array([*values, low])
    table = Table("x.csv", "", "", len(x), (Column("x", x),))
    expected = (x >= low) | (np.abs(x) < high)
    assert selected(table, f"x >= {low!r} or abs(x) < {high!r}").tolist() == expected.tolist()


def test_a_million_rows_are_answered_in_their_order() -> None:
    x = np.random.default_rng(0).normal(size=1_000_000)
    codes = (np.arange(len(x)) % 3 - 1).astype(np.int32)
    columns = (Column("x", x), Column("sex", None, levels=Levels(("F", "M"), codes)))
    found = selected(Table("x.csv", "", "", len(x), columns), "x > 0 and sex = 'M'")
    assert found.dtype == np.bool_
    assert (found == ((x > 0) & (codes == 1))).all()


@pytest.mark.parametrize(
    "content",
    [
        b"id,x\n" + b"".join(b"k%d ,%d\n" % (i, i) for i in range(40)) + b"NA,40\n,41\n",
        b"# comment\nid;x\n" + b"".join(b'"k%d";%d,5\n' % (i, i) for i in range(40)) + b"n/a;40\n\n;41\n",
        "id\tx\n".encode("utf-16") + "".join(f"k{i}\t{i}\n" for i in range(40)).encode("utf-16-le")
        + "NA\t40\n\t41\n".encode("utf-16-le"),
    ],
    ids=["tidy", "untidy", "utf-16"],
)  # fmt: skip
def test_texts_that_nobody_kept_are_read_from_the_file_again(read_bytes: ReadBytes, content: bytes) -> None:
    table = read_bytes(content)
    assert table.columns[0].levels is None
    assert rows("id = 'k7' or id = 'k39'", table) == [7, 39]
    assert rows("id is null", table) == [40, 41]
    assert rows("x >= 39 and id is not null", table) == [39]


def test_a_word_for_missing_is_missing_in_texts_too(read_bytes: ReadBytes) -> None:
    content = b"id,x\n" + b"".join(b"k%d,%d\n" % (i, i) for i in range(40))
    assert rows("id is null", read_bytes(content, missing=("k3",))) == [3]


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"id,x\n" + b"".join(b"k%d,%d\n" % (i, i) for i in range(40)))
    table = read_table(path, Dialect())
    path.write_bytes(b"id,x\n" + b"".join(b"k%d,%d\n" % (i, i) for i in range(39)))
    with pytest.raises(InputError, match=r"data.csv changed after it was read: open it again"):
        selected(table, "id = 'k1'")
    path.unlink()
    with pytest.raises(InputError):
        selected(table, "id = 'k1'")
    assert selected(table, "x = 1").sum() == 1


def test_rows_that_are_not_meant_are_no_rows(read_bytes: ReadBytes) -> None:
    table = read_bytes(b"sex,x\nM,1\nF,2\nM,NA\nF,abc\nM,5\nM,6\nM,7\nM,8\n")
    data = prepared(table, Roles(("x",), where="sex = 'M'"))
    assert data.column.tolist() == [1, 5, 6, 7, 8]
    assert data.rows is not None
    assert data.rows.tolist() == [1, 5, 6, 7, 8]
    assert (data.n_filtered, data.n_left_out) == (2, 1)


# ---- what it may not


REFUSED = [
    "(select 1) = 1",
    "year in (select year from rows_of_the_table)",
    "exists(from 'secret.csv')",
    "exists(select * from read_csv('/etc/passwd'))",
    "year = (select count(*) from read_text('/etc/passwd'))",
    "year = (from secret select x)",
    "year > all (select 1)",
    "case when true then (select true) end",
    "true) from read_csv('/etc/passwd') where (true",
    "true) from read_text('/etc/passwd') --",
    "true) from rows_of_the_table where (true",
    "true), (false",
    "true); drop table rows_of_the_table; select (true",
    "true; attach 'x.db'",
    "true union select true",
    "true limit 3",
    "true order by 1",
    "read_csv('/etc/passwd') is null",
    "read_text('/etc/passwd') is null",
    "read_blob('/etc/passwd') is null",
    "glob('/*') is null",
    "getenv('HOME') = 'x'",
    "\"getenv\"('HOME') = 'x'",
    "system.main.getenv('HOME') = 'x'",
    "current_setting('memory_limit') = 'x'",
    "getvariable('x') = 1",
    "version() = 'x'",
    "current_database() = 'x'",
    "current_user = 'x'",
    "current_date > date '2000-01-01'",
    "random() > 0.5",
    "error('x') is null",
    "write_log('x') is null",
    "nextval('s') > 1",
    "sum(year) > 1",
    "count(*) > 1",
    "row_number() over () > 1",
    "lag(year) over (order by year) > 1",
    "unnest([true])",
    "generate_series(1, 1000000000000) is null",
    "repeat('x', 1000000000) = 'x'",
    "lpad('x', 1000000000, 'y') = 'x'",
    "replace(replace('x', 'x', 'xxxxxxxx'), 'x', 'xxxxxxxx') = 'x'",
    "list_filter([1], x -> x > 1) = [1]",
    "columns(*) > 1",
    "*",
    "#1 > 1",
    "year > ?",
    "year > $1",
    "year > $secret",
    "secret.x > 1",
    "rows_of_the_table.year > 1",
    "rowid > 1",
    "abs(x := year) > 1",
    "abs(year) filter (where true) > 1",
    "sex collate nocase = 'm'",
    "year::json is null",
    "year::integer[] is null",
    "year::main.integer > 1",
    "year = default",
    "install httpfs",
    "load httpfs",
    "attach 'x.db'",
    "copy rows_of_the_table to 'x.csv'",
    "set memory_limit = '1MB'",
    "pragma database_list",
    "call pragma_version()",
    "explain select 1",
    "describe rows_of_the_table",
]


@pytest.mark.parametrize("condition", REFUSED)
def test_nothing_but_the_table_can_be_reached(condition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("x\n1\n", encoding="utf-8")
    secret = {"x": np.arange(3)}  # what a replacement scan would find
    with pytest.raises(InputError) as error:
        selected(TABLE, condition)
    assert "\n" not in str(error.value)
    assert "x" in secret
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv"]


def test_the_engine_itself_has_no_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Were a condition let through by mistake, it would still be refused: here all of them are.
    monkeypatch.setattr("core.io.where.columns_named", lambda connection, condition: [])
    path = tmp_path / "secret.csv"
    path.write_text("x\n1\n", encoding="utf-8")
    secret = {"x": np.arange(3)}
    for condition in (
        f"(select count(*) from '{path}') = 1",
        f"(select count(*) from read_text('{path}')) = 1",
        "(select count(*) from glob('/*')) > 0",
        "(select count(*) from secret) = 3",
    ):
        with pytest.raises(InputError, match="cannot be worked out"):
            selected(TABLE, condition)
    for statement in ("set enable_external_access = true", "attach 'x.db'", "install httpfs", "load httpfs"):
        with pytest.raises(InputError, match="cannot be worked out"):
            selected(TABLE, f"true) from rows_of_the_table; {statement}; select (true")
    assert len(secret) == 1


def test_every_function_that_may_be_called_is_one_of_the_engines_pure_ones() -> None:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        known = dict(connection.execute("SELECT function_name, bool_and(function_type IN ('scalar', 'macro') AND "
                                        "coalesce(stability, 'CONSISTENT') = 'CONSISTENT' AND NOT "
                                        "coalesce(has_side_effects, false)) FROM duckdb_functions() GROUP BY 1")
                     .fetchall())  # fmt: skip
    assert sorted(name for name in FUNCTIONS if not known.get(name)) == []


# ---- what is said


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("yeer > 1990", r"birds.csv has no column “yeer” that the filter names; there is year, … "),
        ('sex = "M"', r"no column “M” that the filter names; .*\(a text is written 'M'\)"),
        ("a.b = 3", r"“a.b” in the filter is no column; a name with a point in it stands in double quotes"),
        ("year >", r"The filter “year >” is not complete"),
        ("year > 1990 and (sex = 'M'", r"is not complete, or its parentheses do not match"),
        ("year > > 1990", r"The filter cannot be understood from character 8 on, “> 1990”"),
        ("größe = 'ü' or or year", r"from character 16 on, “or year”"),
        ("sex = 'M", r"In the filter “sex = 'M” a quotation or a comment is not closed"),
        ("year", r"The filter is no condition that is true or false of a row"),
        ("null", r"The filter is no condition"),
        ("  ", r"The filter is empty"),
        ("year < 1900", r"No row of birds.csv is meant by the filter “year < 1900”"),
        ("mass > 1e9 and mass is null", r"No row of birds.csv is meant"),
        ("sex > 5", r"The filter compares a text with a number; a text stands in single quotes, a number in none"),
        ("year > 'M'", r"The filter takes the text “M” for a number or a date, which it is not"),
        ("abs(sex) > 1", r"The filter applies abs to what it does not work on"),
        ("sex + 1 > 1", r"The filter applies \+ to what it does not work on"),
        ("lowr(sex) = 'm'", r"The filter uses lowr, which is no function that it may call; perhaps lower"),
        ("sum(year) > 1", r"The filter uses sum, which is no function that it may call; abs, log10"),
        ("(select 1) = 1", r"The filter may not ask a question within the question"),
        ("row_number() over () = 1", r"The filter may not look at other rows"),
        ("true), (true", r"The filter must be a single condition"),
        ("regexp_matches(name, '(')", r"The filter cannot be worked out: missing \)"),
        ("year > 1 or " * 2000 + "true", r"The filter has 24,004 characters; it may have 10,000"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(condition: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as error:
        selected(TABLE, condition)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 1000 + "true" + ")" * 1000,
        "(" * 4900 + "true" + ")" * 4900,
        "not " * 2400 + "true",
        "\ud800 > 1",
        "a\0b > 1",
    ],
    ids=["nested", "nested deeply", "negated", "surrogate", "nul"],
)
def test_a_monstrous_condition_gets_a_sentence(condition: str) -> None:
    assert len(condition) <= LONGEST
    with pytest.raises(InputError):
        selected(TABLE, condition)


def test_names_that_differ_in_capitals_alone_are_told_apart_where_that_is_clear() -> None:
    table = Table("x.csv", "", "", N, (Column("x", X), Column("X", -X), Column("y", X)))
    assert rows("x = 3", table) == [3]
    assert rows("X = -3", table) == [3]
    with pytest.raises(InputError, match="“x” and “X”, which are one name to SQL"):
        selected(table, "x = 3 or X = 3")
    other = Table("x.csv", "", "", N, (Column("Abc", X), Column("aBc", -X)))
    with pytest.raises(InputError, match="More than one column is called “abc”; write it as “Abc”"):
        selected(other, "abc = 3")


def test_infinite_ends_can_be_asked_for() -> None:
    table = Table("x.csv", "", "", 3, (Column("x", np.array([1.0, inf, -inf])),))
    assert rows("isinf(x)", table) == [1, 2]


def test_it_can_be_cancelled_while_it_works() -> None:
    x = np.random.default_rng(0).normal(size=1_000_000)
    table = Table("x.csv", "", "", len(x), (Column("x", x),))
    slow = " or ".join(f"x::varchar like '%{i}%{i}%{i}%{i}%'" for i in range(200))

    def cancel(done: float) -> None:
        assert 0.0 <= done <= 1.0
        raise Cancelled

    with pytest.raises(Cancelled):
        selected(table, slow, cancel)


def test_half_a_pair_of_surrogates_is_spelled_out() -> None:
    texts = Column("a", None, texts=lambda: ["\ud800", None, "x"])
    labels = Column("b", None, levels=Levels(("\ud800", "y"), np.array([0, 1, -1], dtype=np.int32)))
    table = Table("x.json", "", "", 3, (texts, labels))
    assert rows("a = 'x' or b = 'y'", table) == [1, 2]
    assert rows(r"a = '\ud800' and b = '\ud800'", table) == [0]


def test_texts_are_at_hand_in_compressed_and_columnar_files_too(tmp_path: Path) -> None:
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [None if i == 5 else f"k{i}" for i in range(40)]
    plain = "id,x\n" + "".join(f"{name or 'NA'},{i}\n" for i, name in enumerate(names))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(plain.encode()))
    pq.write_table(pa.table({"id": names, "x": np.arange(40.0)}), tmp_path / "a.parquet")
    records = ", ".join(f'{{"id": {"null" if name is None else chr(34) + name + chr(34)}, "x": {i}}}'
                        for i, name in enumerate(names))  # fmt: skip
    (tmp_path / "a.json").write_text(f"[{records}]", encoding="utf-8")
    for file in ("a.csv.gz", "a.parquet", "a.json"):
        table = read_table(tmp_path / file)
        assert rows("id is null or id = 'k7' or (id like 'k3_' and x > 38)", table) == [5, 7, 39], file
