"""The CSV files: a line per iteration, per row and per component, with every digit."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from core import Data, FitOptions, History, Mixture, fit
from core.data import Levels
from core.em import ended, replay, run
from core.errors import Cancelled, InputError
from core.io import memberships, read_table
from core.io.memberships import columns_beside, write_memberships
from core.io.parameters import write_parameters
from core.io.rows import header
from core.io.tables import write_half_steps, write_trace
from core.prepare import prepared
from core.roles import Roles


def drawn(columns: tuple[str, ...] = ("x",), rows: np.ndarray | None = None) -> Data:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(0.0, 1.0, 150), rng.normal(6.0, 2.0, 250)])
    return Data(values, columns, rows=rows)


DATA = drawn()
RESULT, HISTORY = fit(DATA, FitOptions(n_components=2))


def lines_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def numbers_of(path: Path) -> tuple[list[str], np.ndarray]:
    names, *lines = lines_of(path)
    return names, np.array([[float(cell) if cell else np.nan for cell in line] for line in lines])


def test_line_t_of_the_trace_is_iteration_t_of_the_tape(tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.csv", HISTORY)
    names, lines = numbers_of(tmp_path / "trace.csv")
    assert names == ["iteration", "n_passes", "log_likelihood", "lower_bound"] + [
        f"{name}[{i}]" for name in ("weight", "mean", "sd") for i in (1, 2)
    ]
    assert len(lines) == len(HISTORY)
    np.testing.assert_array_equal(lines[:, 0], np.arange(len(HISTORY)))
    np.testing.assert_array_equal(lines[:, 1], HISTORY.scalar("n_passes"))
    np.testing.assert_array_equal(lines[:, 2], HISTORY.scalar("log_likelihood"))
    np.testing.assert_array_equal(lines[:, 3], HISTORY.scalar("bound_after_m"))
    for number, line in enumerate(lines):
        mixture = HISTORY.parameters(number)
        np.testing.assert_array_equal(line[4:], np.concatenate([mixture.weights, *mixture.parameters.values()]))


def test_only_the_start_has_no_lower_bound(tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.csv", HISTORY)
    cells = [line[3] for line in lines_of(tmp_path / "trace.csv")[1:]]
    assert cells[0] == ""
    assert all(cells[1:])


def test_the_lower_bound_lies_between_the_log_likelihoods_before_and_after(tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.csv", HISTORY)
    _, lines = numbers_of(tmp_path / "trace.csv")
    assert (lines[1:, 3] <= lines[1:, 2] + 1e-9).all()
    assert (lines[1:, 3] >= lines[:-1, 2] - 1e-9).all()


def thinned() -> History:
    history = History(kept=8)
    for iteration in ended(run(DATA, RESULT.options, HISTORY.parameters(0))):
        history.append(iteration)
    return history


def test_parameters_that_were_thinned_away_are_empty_rather_than_those_of_another_iteration(tmp_path: Path) -> None:
    history = thinned()
    write_trace(tmp_path / "trace.csv", history)
    _, lines = numbers_of(tmp_path / "trace.csv")
    kept = np.array([history.is_kept(number) for number in range(len(history))])
    assert not kept.all()
    np.testing.assert_array_equal(np.isnan(lines[:, 4:]).all(axis=1), ~kept)
    np.testing.assert_array_equal(lines[:, 2], HISTORY.scalar("log_likelihood"))


def test_thinned_parameters_can_be_made_again(tmp_path: Path) -> None:
    def again(mixture: Mixture, steps: int) -> Mixture:
        *_, last = (made for _, made in zip(range(steps + 1), run(DATA, RESULT.options, mixture), strict=False))
        return last.mixture

    write_trace(tmp_path / "whole.csv", HISTORY)
    write_trace(tmp_path / "again.csv", thinned(), again)
    np.testing.assert_allclose(numbers_of(tmp_path / "again.csv")[1], numbers_of(tmp_path / "whole.csv")[1], rtol=1e-12)


def test_writing_the_trace_can_be_stopped_at_any_line(tmp_path: Path) -> None:
    seen: list[float] = []

    def stop(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_trace(tmp_path / "trace.csv", HISTORY, progress=stop)
    assert seen == [number / len(HISTORY) for number in (1, 2, 3)]
    assert list(tmp_path.iterdir()) == []


def test_parameters_after_an_escape_are_not_made_up(tmp_path: Path) -> None:
    history = thinned()
    noted = next(number for number in range(len(history)) if not history.is_kept(number))
    history.notes[noted] = "stepped off a saddle"
    write_trace(tmp_path / "trace.csv", history, lambda mixture, steps: mixture)
    _, lines = numbers_of(tmp_path / "trace.csv")
    assert np.isnan(lines[noted, 4:]).all()
    assert not np.isnan(lines[:noted, 4:]).any()


def test_memberships_add_up_and_name_the_likeliest(tmp_path: Path) -> None:
    write_memberships(tmp_path / "m.csv", DATA, RESULT.mixture)
    names, lines = numbers_of(tmp_path / "m.csv")
    assert names == ["row", "x", "component[1]", "component[2]", "component"]
    np.testing.assert_array_equal(lines[:, 0], np.arange(1, 401))
    np.testing.assert_array_equal(lines[:, 1], DATA.column)
    np.testing.assert_array_equal(lines[:, 2:4].T, RESULT.mixture.responsibilities(DATA.column))
    np.testing.assert_allclose(lines[:, 2:4].sum(axis=1), 1.0, atol=1e-15)
    np.testing.assert_array_equal(lines[:, 4], 1 + lines[:, 2:4].argmax(axis=1))


def test_row_numbers_are_those_of_the_file_where_rows_were_left_out(tmp_path: Path) -> None:
    rows = np.arange(1, 401) * 2
    write_memberships(tmp_path / "m.csv", drawn(rows=rows), RESULT.mixture)
    np.testing.assert_array_equal(numbers_of(tmp_path / "m.csv")[1][:, 0], rows)


def test_columns_bear_the_numbers_of_components_whatever_their_order(tmp_path: Path) -> None:
    swapped = Mixture(
        RESULT.mixture.family,
        RESULT.mixture.weights[::-1],
        {name: array[::-1] for name, array in RESULT.mixture.parameters.items()},
        ids=(2, 1),
    )
    write_memberships(tmp_path / "one.csv", DATA, RESULT.mixture)
    write_memberships(tmp_path / "other.csv", DATA, swapped)
    np.testing.assert_allclose(
        numbers_of(tmp_path / "one.csv")[1], numbers_of(tmp_path / "other.csv")[1], rtol=1e-12, atol=1e-300
    )


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_memberships(tmp_path / "one.csv", DATA, RESULT.mixture)
    monkeypatch.setattr(memberships, "block_size", lambda n_components: 7)
    fractions: list[float] = []
    write_memberships(tmp_path / "many.csv", DATA, RESULT.mixture, fractions.append)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_cancelling_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("old")

    def cancel(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_memberships(path, DATA, RESULT.mixture, cancel)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_value_beyond_every_density_gets_empty_cells_and_no_number_that_is_none(tmp_path: Path) -> None:
    write_memberships(tmp_path / "m.csv", Data(np.array([1.0, 1e300]), ("x",)), RESULT.mixture)
    assert lines_of(tmp_path / "m.csv")[2] == ["2", "1e+300", "", "", ""]


def test_the_value_column_keeps_its_name_but_never_that_of_another_column(tmp_path: Path) -> None:
    for name, written in {"waiting, min": "waiting, min", "row": "row (2)", "=cmd()": "'=cmd()"}.items():
        write_memberships(tmp_path / "m.csv", drawn((name,)), RESULT.mixture)
        assert lines_of(tmp_path / "m.csv")[0][1] == written


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(name: str) -> None:
    assert next(csv.reader([header(name)]))[0] == f"'{name}"


def test_negative_numbers_are_left_as_they_are(tmp_path: Path) -> None:
    write_memberships(tmp_path / "m.csv", Data(np.array([-1.5, -2.0]), ("x",)), RESULT.mixture)
    assert [line[1] for line in lines_of(tmp_path / "m.csv")[1:]] == ["-1.5", "-2"]


def test_parameters_are_a_line_per_component_sorted_by_mean(tmp_path: Path) -> None:
    mixture = RESULT.mixture
    write_parameters(tmp_path / "p.csv", RESULT)
    names, lines = numbers_of(tmp_path / "p.csv")
    assert names == ["id", "weight", "mean", "sd"]
    expected = [mixture.ids, mixture.weights, mixture.parameters["mean"], mixture.parameters["sd"]]
    np.testing.assert_array_equal(lines.T, expected)


def half_steps(history: History, path: Path) -> list[dict[str, str]]:
    write_half_steps(path, history)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_half_steps_are_the_start_its_e_step_then_m_and_e_of_each_iteration(tmp_path: Path) -> None:
    lines = half_steps(HISTORY, tmp_path / "h.csv")
    told = [(int(line["iteration"]), line["half_step"]) for line in lines]
    assert told[:4] == [(0, "start"), (0, "E"), (1, "M"), (1, "E")]
    assert len(told) == 2 * len(HISTORY)
    for place, line in enumerate(lines):
        mixture = HISTORY.parameters(place // 2)
        assert float(line["mean[1]"]) == mixture.parameters["mean"][0]
        assert float(line["log_likelihood"]) == HISTORY.scalar("log_likelihood")[place // 2]


def test_each_half_step_lifts_the_lower_bound_and_the_e_step_up_to_the_log_likelihood(tmp_path: Path) -> None:
    lines = half_steps(HISTORY, tmp_path / "h.csv")
    assert lines[0]["lower_bound"] == ""
    bounds = np.array([float(line["lower_bound"]) for line in lines[1:]])
    heights = np.array([float(line["log_likelihood"]) for line in lines[1:]])
    assert (np.diff(bounds) >= -1e-9).all()
    assert (bounds <= heights + 1e-9).all()
    np.testing.assert_allclose(bounds[::2], heights[::2], rtol=1e-12)
    assert [float(line["n_passes"]) for line in lines[:6]] == [0, 0, 0, 1, 1, 2]


def test_half_steps_of_a_thinned_tape_are_made_again_or_empty(tmp_path: Path) -> None:
    assert any(not line["mean[1]"] for line in half_steps(thinned(), tmp_path / "h.csv"))
    write_half_steps(tmp_path / "again.csv", thinned(), partial(replay, DATA, RESULT.options))
    with (tmp_path / "again.csv").open(encoding="utf-8", newline="") as file:
        assert all(line["mean[1]"] for line in csv.DictReader(file))


@pytest.mark.parametrize("write", [write_trace, write_half_steps, write_memberships])
def test_parquet_holds_what_csv_holds(write: Callable[..., None], tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    told = (DATA, RESULT.mixture) if write is write_memberships else (HISTORY,)
    write(tmp_path / "t.csv", *told)
    write(tmp_path / "t.parquet", *told)
    table = pq.read_table(tmp_path / "t.parquet")
    names, *lines = lines_of(tmp_path / "t.csv")
    assert table.column_names == names
    for name, cells in zip(names, zip(*lines, strict=True), strict=True):
        found = ["" if one is None else one for one in table[name].to_pylist()]
        assert [one if isinstance(one, str) else float(one) for one in found] == [
            cell if isinstance(one, str) else float(cell) for one, cell in zip(found, cells, strict=True)
        ]


ROWS = """x,from,to,seen,error,label,group
1.1,1,2,1,0.1,a,u
2.7,2,,1,0.2,,v
3.3,3,4,0,0.3,,u
NA,,,1,0.4,b,v
8.25,8,9,1,0.5,b,v
9.5,,10,1,0.6,,u
7.9,7,8,0,0.7,=b,v
1.9,1,2,1,0.8,,u
"""


@pytest.mark.parametrize(
    ("roles", "names", "first", "last"),
    [
        (Roles(lower="from", upper="to"), ["from", "to"], ["1", "2"], ["1", "2"]),
        (Roles(("x",), observed="seen"), ["x", "seen"], ["1.1", "1"], ["1.9", "1"]),
        (Roles(("x",), errors="error"), ["x", "error"], ["1.1", "0.1"], ["1.9", "0.8"]),
        (Roles(("x",), labels="group", labels_for="start"), ["x", "group"], ["1.1", "u"], ["1.9", "u"]),
        (Roles(("x",), group="group", share="components"), ["x", "group"], ["1.1", "u"], ["1.9", "u"]),
        (Roles(("x",), transform="reciprocal"), ["x", "1/x"], ["1.1", repr(1 / 1.1)], ["1.9", repr(1 / 1.9)]),
        (Roles(("x",), transform="log10"), ["x", "log10(x)"], ["1.1", repr(float(np.log10(1.1)))], ["1.9"]),
        (Roles(lower="from", upper="to", transform="log10"), ["from", "to"], ["1", "2"], ["1", "2"]),
    ],
    ids=str,
)
def test_memberships_say_what_each_row_says_in_the_unit_of_its_file(
    roles: Roles, names: list[str], first: list[str], last: list[str], tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    data = prepared(read_table(tmp_path / "rows.csv"), roles)
    one, _ = fit(data, FitOptions(n_components=2, max_iterations=2, start="quantiles"))
    write_memberships(tmp_path / "m.csv", data, one.mixture)
    head, *lines = lines_of(tmp_path / "m.csv")
    assert head[1 : 1 + len(names)] == names
    assert lines[0][1 : 1 + len(first)] == first
    assert lines[-1][1 : 1 + len(last)] == last
    assert [int(line[0]) for line in lines] == (data.rows if data.rows is not None else np.arange(1, 9)).tolist()


def test_the_other_columns_are_those_of_the_rows_that_were_used(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    table = read_table(tmp_path / "rows.csv")
    data = prepared(table, Roles(("x",)))
    one, _ = fit(data, FitOptions(n_components=1))
    write_memberships(tmp_path / "m.csv", data, one.mixture, beside=columns_beside(data, table))
    head, *lines = lines_of(tmp_path / "m.csv")
    assert head == ["row", "x", "component[1]", "component", "from", "to", "seen", "error", "label", "group"]
    assert lines[3] == ["5", "8.25", "1", "1", "8", "9", "1", "0.5", "b", "v"]
    assert [line[8] for line in lines] == ["a", "", "", "b", "", "'=b", ""]


def test_columns_of_many_texts_are_read_again_from_the_file(tmp_path: Path) -> None:
    cells = [f"{place * 1.5},name {place}" for place in range(1, 40)]
    (tmp_path / "rows.csv").write_text("\n".join(["x,name", *cells]) + "\n", encoding="utf-8")
    table = read_table(tmp_path / "rows.csv")
    data = prepared(table, Roles(("x",), where="x > 3"))
    ((heading, names),) = columns_beside(data, table)
    assert heading.name == "name"
    assert isinstance(names, Levels)
    assert [names.names[code] for code in names.codes[:2]] == ["name 3", "name 4"]


def test_columns_of_a_file_that_has_changed_are_not_put_beside(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    data = prepared(read_table(tmp_path / "rows.csv"), Roles(("x",)))
    (tmp_path / "rows.csv").write_text(ROWS.replace("9.5", "9.6"), encoding="utf-8")
    with pytest.raises(InputError, match="has changed since it was fitted"):
        columns_beside(data, read_table(tmp_path / "rows.csv"))
