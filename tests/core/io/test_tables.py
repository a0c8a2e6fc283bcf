"""The CSV files: a line per iteration, per row and per component, with every digit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core import Data, FitOptions, History, Mixture, fit
from core.em import ended, run
from core.errors import Cancelled
from core.io import memberships
from core.io.memberships import write_memberships
from core.io.parameters import write_parameters
from core.io.rows import header
from core.io.tables import write_trace


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
