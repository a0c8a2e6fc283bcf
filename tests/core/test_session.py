"""A session opens to what it was, goes on to the same numbers, and never does harm."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from cases import data, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core import em
from core.algorithms import ALGORITHMS
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.data import Data, LeftOut, Levels
from core.errors import Cancelled, InputError
from core.history import SCALARS, History
from core.io import read_table
from core.models import MODELS
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from core.session import (
    Desk,
    Glance,
    SavedRun,
    Session,
    Source,
    completed,
    glance,
    is_session,
    open_session,
    save,
    source_of,
)
from core.session_codec import CodedError, Decoder, Encoder
from core.session_values import kinds
from core.table import Column, Dialect, Table

RNG = np.random.default_rng(5)
FAMILIES = {
    "gaussian": data(drawn(400, seed=3)),
    "student_t": data(drawn(150, seed=4)),
    "gamma": data(np.exp(drawn(150, seed=5) / 3)),
    "weibull": data(np.exp(drawn(150, seed=6) / 3)),
    "lognormal": data(np.exp(drawn(150, seed=6) / 3)),
    "exponential": data(np.exp(drawn(150, seed=6) / 3)),
    "poisson": data(RNG.poisson(np.where(RNG.random(200) < 0.4, 2, 9))),
    "binomial": data(RNG.binomial(20, np.where(RNG.random(200) < 0.4, 0.2, 0.6))),
    "gaussian+gaussian+uniform": data(drawn(200, seed=9)),
}


def options(algorithm="em", family="gaussian", **more):
    k = family.count("+") + 1 if "+" in family else 2
    trials = 20 if family == "binomial" else None
    settings = {"incremental": (("blocks", 7),), "stochastic": (("burn_in", 4), ("average", 4))}.get(algorithm, ())
    return FitOptions(
        n_components=k, family=family, trials=trials, algorithm=algorithm, settings=settings, tolerance=1e-12, **more
    )


def begun(of, chosen, iterations):
    """A run's history after so many iterations, by one iteration at a time."""
    start = em.start_of(of, chosen, np.random.default_rng(chosen.seed))
    history = History(em.tape(chosen))
    for iteration in islice(em.run(of, chosen, start), iterations + 1):
        history.append(iteration)
    return history


def gone_on(of, chosen, history, iterations):
    """The numbers of the iterations after the last of a history."""
    return [
        (one.log_likelihood, one.bound_after_m, one.bound_after_e, one.mixture, one.outcome)
        for one in islice(em.resume(of, chosen, history.last), iterations)
    ]


def session_of(of, chosen, history, **more):
    run = SavedRun(1, chosen, "k-means", history.tape(), outcome=history.outcome, **more)
    return Session(Desk(chosen, current=0, position=2), of, None, (run,))


def same_bits(one, other):
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def assert_same(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert same_bits(one[:3], other[:3])
        assert same_bits(one[3].weights, other[3].weights)
        assert all(same_bits(one[3].parameters[name], other[3].parameters[name]) for name in one[3].parameters)
        assert one[4] == other[4]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_goes_on_to_the_same_numbers_as_if_it_had_never_been_closed(algorithm, family, tmp_path):
    of, chosen = FAMILIES[family], options(algorithm, family)
    history = begun(of, chosen, 6)
    save(tmp_path / "a.emgui", session_of(of, chosen, history))
    opened = open_session(tmp_path / "a.emgui")
    assert opened.damage == ""
    assert opened.data is not None
    (run,) = opened.runs
    again = History.of(run.tape)
    assert len(again) == len(history)
    straight = gone_on(of, chosen, history, 5)
    if straight:
        assert_same(gone_on(opened.data, run.options, again, 5), straight)
    else:
        assert again.outcome == history.outcome


def seen(roles, **columns):
    """Data of columns of numbers, or of levels, as roles say."""
    made = [
        Column(name, None, why_not="words", levels=cells) if isinstance(cells, Levels) else Column(name, cells)
        for name, cells in columns.items()
    ]
    return prepared(Table("x.csv", "", "", 120, tuple(made)), roles)


X = drawn(120, seed=8)
HALF = Levels(("a", "b"), np.where(np.arange(120) % 3 == 0, (X > 0).astype(np.int32), -1).astype(np.int32))
THIRDS = Levels(("p", "q", "r"), (np.arange(120) % 3).astype(np.int32))
SEEN = {
    "intervals": seen(Roles(lower="low", upper="high"), low=np.floor(X), high=np.floor(X) + 1.0),
    "truncated": seen(Roles(("x",), truncate=(-9.0, 9.0)), x=X),
    "labelled": seen(Roles(("x",), labels="known"), x=X, known=HALF),
    "grouped": seen(Roles(("x",), group="of", share="components"), x=X, of=THIRDS),
    "with errors": seen(Roles(("x",), errors="e"), x=X, e=np.full(120, 0.1)),
}


@pytest.mark.parametrize("how", SEEN)
@pytest.mark.parametrize("algorithm", ["em", "sparse", "anderson", "incremental"])
def test_a_run_of_rows_that_say_more_or_less_than_a_value_goes_on_alike(how, algorithm, tmp_path):
    of, chosen = SEEN[how], options(algorithm)
    history = begun(of, chosen, 4)
    save(tmp_path / "a.emgui", session_of(of, chosen, history))
    opened = open_session(tmp_path / "a.emgui")
    assert opened.damage == ""
    assert opened.data is not None
    assert opened.data.form == of.form
    straight = gone_on(of, chosen, history, 3)
    assert_same(gone_on(opened.data, chosen, History.of(opened.runs[0].tape), 3), straight)


def test_a_run_of_several_columns_goes_on_alike(tmp_path):
    of = Data(np.column_stack([X, np.roll(X, 1) + 0.3 * X]), ("a", "b"))
    for algorithm in ("em", "sparse", "gradient"):
        chosen = replace(options(algorithm), covariance="tied" if algorithm == "sparse" else "full")
        history = begun(of, chosen, 4)
        save(tmp_path / "a.emgui", session_of(of, chosen, history))
        opened = open_session(tmp_path / "a.emgui")
        again = History.of(opened.runs[0].tape)
        assert_same(gone_on(opened.data, chosen, again, 3), gone_on(of, chosen, history, 3))


def test_a_run_under_constraints_and_a_model_that_is_no_mixture_go_on_alike(tmp_path):
    held = Constraints(
        tuple(parse(*line) for line in (("fix", "mean[1]=-2"), ("floor", "sd=0.1"), ("prior", "weight=2")))
    )
    linkage = MODELS["linkage"]()
    of_linkage = FitOptions(n_components=5, family="linkage", tolerance=0.0)
    for of, chosen in ((data(X), replace(options("squarem"), constraints=held)), (linkage, of_linkage)):
        history = begun(of, chosen, 4)
        save(tmp_path / "a.emgui", session_of(of, chosen, history))
        opened = open_session(tmp_path / "a.emgui")
        assert opened.runs[0].options == chosen
        again = History.of(opened.runs[0].tape)
        assert_same(gone_on(opened.data, chosen, again, 3), gone_on(of, chosen, history, 3))


# ---- what is in it


def a_session(folder, runs=2):
    of, chosen = FAMILIES["gaussian"], options("stochastic")
    saved = tuple(replace(session_of(of, chosen, begun(of, chosen, n)).runs[0], number=n) for n in range(1, runs + 1))
    path = folder / "a.emgui"
    save(path, Session(Desk(chosen, current=1, position=2, title="three groups"), of, None, saved))
    return path


def test_every_scalar_note_and_mixture_of_a_tape_comes_back(tmp_path):
    of, chosen = FAMILIES["poisson"], options("stochastic", "poisson")
    history = begun(of, chosen, 20)
    save(tmp_path / "a.emgui", session_of(of, chosen, history, optima=(), icl=(3, float("nan")), temperatures={2: 1.5}))
    (run,) = open_session(tmp_path / "a.emgui").runs
    again = History.of(run.tape)
    for name in SCALARS:
        assert same_bits(again.scalar(name), history.scalar(name))
    for number in range(len(history)):
        assert same_bits(again.parameters(number).weights, history.parameters(number).weights)
    assert again.notes == history.notes
    assert run.temperatures == {2: 1.5}
    assert run.icl is not None
    assert np.isnan(run.icl[1])


def test_a_tape_that_was_thinned_comes_back_thinned_and_goes_on(tmp_path):
    of, chosen = FAMILIES["gaussian"], replace(options(), tolerance=0.0)
    history = History(kept=8)
    start = em.start_of(of, chosen, np.random.default_rng(0))
    for iteration in islice(em.run(of, chosen, start), 40):
        history.append(iteration)
    save(tmp_path / "a.emgui", session_of(of, chosen, history))
    again = History.of(open_session(tmp_path / "a.emgui").runs[0].tape)
    assert [again.is_kept(n) for n in range(40)] == [history.is_kept(n) for n in range(40)]
    for iteration in islice(em.resume(of, chosen, history.last), 40):
        for tape in (history, again):
            tape.append(iteration)
    assert [again.is_kept(n) for n in range(80)] == [history.is_kept(n) for n in range(80)]


def test_data_with_everything_that_belongs_to_them_come_back(tmp_path):
    counts = np.array([1.0, 2.0, 3.0])
    left_out = (LeftOut(4, "x", "not a number", "abc\u202e"),)
    of = Data(
        np.array([1.5, np.nextafter(2.0, 3.0), -0.0]), ("x",), "a\nb.csv", "00", np.array([1, 2, 5]), counts,
        Roles(("x",), counts="n"), 1, left_out,
    )  # fmt: skip
    levels = Levels(("a", "b"), np.array([0, 1, -1, 0, 1], dtype=np.int32))
    cells = np.array([1.5, np.nan, 3.0, 4.0, np.inf])
    columns = (Column("x", cells, 1, left_out), Column("g", None, why_not="words", levels=levels))
    table = Table("a.csv", "/nowhere/a.csv", "00", 5, columns, Dialect(";", ",", missing=("-9",)), "delimited")
    save(tmp_path / "a.emgui", Session(Desk(FitOptions(), unit="m"), of, table, ()))
    again = open_session(tmp_path / "a.emgui")
    assert again.data is not None
    assert again.table is not None
    assert same_bits(again.data.values, of.values)
    assert same_bits(again.data.rows, of.rows)
    assert same_bits(again.data.counts, of.counts)
    assert (again.data.roles, again.data.left_out, again.data.source) == (of.roles, of.left_out, of.source)
    assert again.table.dialect == table.dialect
    assert same_bits(again.table.columns[0].values, cells)
    assert again.table.columns[1].levels is not None
    assert same_bits(again.table.columns[1].levels.codes, levels.codes)
    assert again.desk.unit == "m"


def test_a_glance_tells_what_a_session_holds(tmp_path):
    assert glance(a_session(tmp_path)) == Glance("three groups", 2)
    assert is_session(tmp_path / "a.emgui")
    assert not is_session(tmp_path / "none.emgui")


def test_any_unzip_finds_plain_json_and_npy_in_it(tmp_path):
    with zipfile.ZipFile(a_session(tmp_path)) as archive:
        assert archive.testzip() is None
        assert {Path(name).suffix for name in archive.namelist()} == {".json", ".npy"}
        assert json.loads(archive.read("session.json"))["format"] == "emgui-session"
        with archive.open("data/float64.npy") as stream:
            assert len(np.load(stream, allow_pickle=False)) == 400


# ---- data that stay in their file


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A session that only names the file of its data."""
    monkeypatch.setattr("core.session.EMBEDDED", 1000)
    file = tmp_path / "waiting.csv"
    values = drawn(500, seed=3)
    file.write_text("x,y\n" + "".join(f"{value!r},1\n" for value in values.tolist()), encoding="utf-8")
    table = read_table(file)
    of, chosen = table.data("x"), options("sparse")
    run = session_of(of, chosen, begun(of, chosen, 6)).runs[0]
    source = Source(table.path, "", table.sha256, table.dialect, of.roles)
    (tmp_path / "saved").mkdir()
    path = tmp_path / "saved" / "a.emgui"
    save(path, Session(Desk(chosen, current=0, source=source), of, table, (run,)))
    return path, file, of, run


def test_large_data_are_read_again_from_their_file_and_the_run_goes_on_alike(large):
    path, _, of, before = large
    assert path.stat().st_size < 60_000
    session = open_session(path)
    assert session.data is None
    session = completed(session, path.parent)
    assert same_bits(session.data.values, of.values)
    again = History.of(session.runs[0].tape)
    chosen = session.runs[0].options
    assert_same(gone_on(session.data, chosen, again, 5), gone_on(of, chosen, History.of(before.tape), 5))


def test_large_data_are_found_beside_the_session_when_both_were_moved(large, tmp_path):
    path, file, of, _ = large
    (tmp_path / "elsewhere" / "saved").mkdir(parents=True)
    path = path.rename(tmp_path / "elsewhere" / "saved" / "a.emgui")
    file.rename(tmp_path / "elsewhere" / file.name)
    session = completed(open_session(path), path.parent)
    assert same_bits(session.data.values, of.values)


def test_no_other_machine_is_looked_at_unasked(large):
    path, file, _, _ = large
    session = open_session(path)
    assert source_of(session, path.parent) is not None
    for elsewhere in (f"//{file}", f"\\\\host\\{file.name}"):
        source = replace(session.desk.source, path=elsewhere, relative="")
        assert source_of(replace(session, desk=replace(session.desk, source=source)), path.parent) is None


def test_large_data_that_moved_are_asked_for_and_others_are_refused(large, tmp_path):
    path, file, of, _ = large
    moved = file.rename(tmp_path / "moved.csv")
    session = open_session(path)
    assert source_of(session, path.parent) is None
    with pytest.raises(InputError, match=r"data are in waiting\.csv, which is not where it was"):
        completed(session, path.parent)
    assert same_bits(completed(session, path.parent, moved).data.values, of.values)
    moved.write_text(moved.read_text(encoding="utf-8").replace("-", "", 1), encoding="utf-8")
    with pytest.raises(InputError, match="content has changed"):
        completed(session, path.parent, moved)


# ---- damage


def test_a_newer_version_is_refused_by_a_sentence_that_names_both(tmp_path):
    path = a_session(tmp_path)
    content = path.read_bytes()
    old, new = b'"version":1,"emgui":"0.1.0"', b'"version":7,"emgui":"9.1.0"'
    assert old in content
    path.write_bytes(with_right_checksums(content.replace(old, new)))
    with pytest.raises(InputError, match=r"saved by emgui 9\.1\.0 in version 7 .* emgui 0\.1\.0, .* up to version 1"):
        open_session(path)


def with_right_checksums(content):
    """The zip with the checksums of its members made right, as whoever means harm would."""
    content, at = bytearray(content), 0
    while content[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(content):
        _, size, _, n_name, n_extra = struct.unpack_from("<IIIHH", content, at + 14)
        start = at + 30 + n_name + n_extra
        struct.pack_into("<I", content, at + 14, zlib.crc32(content[start : start + size]))
        at = start + size
    return bytes(content)


def test_a_damaged_run_is_left_out_and_the_sentence_says_which(tmp_path):
    path = a_session(tmp_path, runs=3)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("run-2/float64.npy").header_offset + 300
    content[place] ^= 0xFF
    path.write_bytes(content)
    session = open_session(path)
    assert session.damage == "a.emgui is damaged: the data and 2 of 3 runs could be read; run 2 is damaged."
    assert [run.number for run in session.runs] == [1, 3]
    assert session.desk.current == 1  # the one that was shown is gone: the last


def test_a_session_cut_short_opens_with_what_comes_before_the_cut(tmp_path):
    path = a_session(tmp_path, runs=3)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("run-3.json").header_offset
    path.write_bytes(content[: place + 100])
    session = open_session(path)
    assert session.damage == "a.emgui is damaged: the data and 2 of 3 runs could be read; run 3 is damaged."


def test_without_data_a_session_cannot_be_opened(tmp_path):
    path = a_session(tmp_path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("data/float64.npy").header_offset + 400
    content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"its data could not be read, and its runs mean nothing .* of three groups"):
        open_session(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a session, and where to write others."""
    folder = tmp_path_factory.mktemp("whole")
    return a_session(folder).read_bytes(), folder / "damaged.emgui"


def sentence_or_session(whole, changes, cut, mended):
    content, path = bytearray(whole[0]), whole[1]
    for place, byte in changes:
        content[int(place * (len(content) - 1))] = byte
    content = content[: int(cut * len(content)) or 1] if cut < 0.5 else content
    path.write_bytes(with_right_checksums(content) if mended else content)
    try:
        session = open_session(path)
    except InputError as error:
        return str(error)
    for run in session.runs:
        assert len(History.of(run.tape)) > 0
    return session.damage or "All of it."


WRONG = (st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), st.floats(0, 1), st.booleans())


@given(*WRONG)
@settings(max_examples=60, deadline=None)
def test_whatever_bytes_are_wrong_a_sentence_comes_or_a_session(whole, changes, cut, mended):
    said = sentence_or_session(whole, changes, cut, mended)
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.slow
@given(*WRONG)
@settings(max_examples=3000, deadline=None)
def test_however_many_bytes_are_wrong_a_sentence_comes_or_a_session(whole, changes, cut, mended):
    assert sentence_or_session(whole, changes, cut, mended).endswith(".")


HOSTILE = [
    '{"is":"os.system","of":{}}',
    '{"is":"data","of":{"values":null,"columns":[]}}',
    '{"is":"data","of":{"__class__":1}}',
    '{"is":"data","of":{"values":{"array":["object",0,[1]]},"columns":["x"]}}',
    '{"is":"data","of":{"values":{"array":["float64",0,[1000000000000]]},"columns":["x"]}}',
    '{"is":"data","of":{"values":{"array":["float64",-1,[1,1]]},"columns":["x"]}}',
    '{"is":"data","of":{"values":{"array":["float64",0,[2,-1]]},"columns":["x"]}}',
    '{"float":"__import__"}',
    "[" * 100_000 + "]" * 100_000,
    "NaN",
    "1" * 10_000,
    '{"array":["float64",0,[0,0]],"map":[]}',
    '{"is":["data"],"of":{}}',
    '{"map":[[[],1],[{"map":[]},2]]}',
]


@pytest.mark.parametrize("written", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_gives_a_sentence(written, tmp_path):
    path = tmp_path / "hostile.emgui"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", '{"format":"emgui-session","version":1,"emgui":"0.1.0","runs":[]}')
        archive.writestr("data.json", f'{{"data":{written},"table":null}}')
    with pytest.raises(InputError, match="is damaged"):
        open_session(path)


def test_a_compressed_member_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.emgui"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "session.json", '{"format":"emgui-session","version":1,"emgui":"0.1.0","runs":[]}' + " " * 10**7
        )
        archive.writestr("data.json", "0" * 10**7)
    tracemalloc.start()
    with pytest.raises(InputError, match="no session"):
        open_session(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_many_values_in_little_text_are_refused_before_they_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr("core.session_archive.MOST_VALUES", 1000)
    path = tmp_path / "many.emgui"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", '{"format":"emgui-session","version":1,"emgui":"0.1.0","runs":[]}')
        archive.writestr("data.json", f'{{"data":[{"[]," * 1000}[]]}}')
    with pytest.raises(InputError, match="is damaged"):
        open_session(path)


def test_an_array_of_objects_is_never_unpickled(tmp_path):
    path = a_session(tmp_path)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    stream = BytesIO()
    np.save(stream, np.array([_Tripwire()] * 400, dtype=object), allow_pickle=True)
    held["data/float64.npy"] = stream.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="is damaged"):
        open_session(path)
    assert not _Tripwire.was_touched


class _Tripwire:
    was_touched = False

    def __reduce__(self):
        return (setattr, (_Tripwire, "was_touched", True))


@pytest.mark.parametrize("algorithm", ["hard", "sparse", "incremental", "online", "stochastic", "gradient", "annealed"])
def test_a_run_is_refused_that_does_not_belong_to_the_data(algorithm, tmp_path):
    of, chosen = FAMILIES["gaussian"], options(algorithm)
    run = session_of(of, chosen, begun(of, chosen, 3)).runs[0]
    other = replace(run, options=replace(chosen, algorithm="squarem", settings=()))
    save(tmp_path / "a.emgui", Session(Desk(chosen, current=0), of, None, (run, replace(other, number=2))))
    session = open_session(tmp_path / "a.emgui")
    assert [one.number for one in session.runs] == [1] if algorithm != "annealed" else [1, 2]


@pytest.mark.parametrize(
    "column",
    [Column("x", np.zeros(399)), Column("g", None, levels=Levels(("a",), np.ones(400, dtype=np.int32)))],
    ids=["too short", "no such label"],
)
def test_a_table_that_is_not_what_it_says_is_refused(column, tmp_path):
    table = Table("a.csv", "", "", 400, (column,))
    save(tmp_path / "a.emgui", Session(Desk(FitOptions()), FAMILIES["gaussian"], table, ()))
    with pytest.raises(InputError, match="its data could not be read"):
        open_session(tmp_path / "a.emgui")


@pytest.mark.parametrize("algorithm", ["hard", "sparse"])
def test_what_is_remembered_of_rows_must_be_of_as_many(algorithm, tmp_path):
    of, chosen = FAMILIES["gaussian"], options(algorithm)
    run = session_of(of, chosen, begun(of, chosen, 3)).runs[0]
    save(tmp_path / "a.emgui", Session(Desk(chosen, current=0), data(drawn(399)), None, (run,)))
    assert open_session(tmp_path / "a.emgui").runs == ()


def test_a_session_is_written_whole_or_not_at_all(tmp_path):
    path = a_session(tmp_path)
    before = path.read_bytes()

    def stop(fraction):
        if fraction > 0.0:
            raise Cancelled

    with pytest.raises(Cancelled):
        save(path, open_session(path), stop)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.emgui"]


# ---- the form


arrays = st.sampled_from(["float64", "int32", "bool"]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=3, max_side=4, min_side=0))
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_plain_values_come_back_as_they_were(value):
    encoder = Encoder(kinds())
    coded = json.loads(json.dumps(encoder.encode(value), allow_nan=False))
    assert Decoder(kinds(), {}).decode(coded) == value


@given(arrays, st.integers(0, 2))
def test_arrays_come_back_with_their_order_in_memory(array, turned):
    array = np.moveaxis(array, 0, turned % array.ndim)
    encoder = Encoder(kinds())
    coded = json.loads(json.dumps(encoder.encode(array)))
    pools = {name: np.concatenate(pool) for name, pool in encoder.pools.items()}
    again = Decoder(kinds(), pools).decode(coded)
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert again.tobytes() == array.tobytes()
    if array.size:
        assert again.flags.c_contiguous == array.flags.c_contiguous


def test_an_array_that_occurs_twice_is_written_once():
    row = np.arange(6.0)
    encoder = Encoder(kinds())
    encoder.encode((row, row.reshape(6, 1), row[:]))
    assert sum(array.size for array in encoder.pools["float64"]) == 6


def test_many_values_of_one_kind_are_written_as_columns_and_come_back(tmp_path):
    of, chosen = FAMILIES["gaussian"], replace(options("incremental"), settings=(("blocks", 400),))
    history = begun(of, chosen, 2)
    save(tmp_path / "a.emgui", session_of(of, chosen, history))
    assert (tmp_path / "a.emgui").stat().st_size < 60_000
    opened = open_session(tmp_path / "a.emgui")
    again = History.of(opened.runs[0].tape)
    assert_same(gone_on(opened.data, chosen, again, 3), gone_on(of, chosen, history, 3))


def test_columns_that_are_shorter_than_they_say_are_refused():
    pools = {"float64": np.zeros(4)}
    form = {"is": "watched", "of": {"gain": {"leaf": -1}, "look_again": {"leaf": -1}}}
    with pytest.raises(CodedError, match="not as long as they say"):
        Decoder(kinds(), pools).decode({"columns": [10**9, form, [["float64", 0, [4]]]]})
    with pytest.raises(CodedError):
        Decoder(kinds(), pools).decode({"columns": [4, form, [["float64", 0, [4]]]]})


def test_what_has_no_name_is_not_written():
    with pytest.raises(TypeError, match="no value that a session can hold"):
        Encoder(kinds()).encode(object())
