"""Pages that stand alone: report and replay say what the fit says, and nothing from a file is more than text."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import formatting
from core.data import Data, LeftOut, Levels
from core.errors import Cancelled
from core.fit import Fit, fit
from core.history import History
from core.io import read_table
from core.io.page import VOID, element, escaped, json_block, page
from core.io.replay import FRAMES, frames_of, replay_text, write_replay
from core.io.report import report_text, write_report
from core.models import MODELS
from core.options import FitOptions
from core.prepare import prepared
from core.roles import Roles
from core.samples import list_samples
from core.seeing import group_weights
from core.table import Column, Table

HOSTILE = '</script><script>alert("1")</script><!--"\'&<img src=x onerror=alert(2)>\u202egnp.exe\x1b[31m\u2028'
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page(HTMLParser):
    """A page as a browser takes it apart: its elements with attributes, the text of each kind, and what is wrong."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements are closed in order"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    @property
    def words(self) -> str:
        """All that is read."""
        parts = (text for tag, texts in self.texts.items() if tag not in ("script", "style") for text in texts)
        return " ".join(parts)


def silent(_: float) -> None:
    pass


@cache
def waiting() -> tuple[Fit, History]:
    data = read_table(list_samples()[0].path).data("waiting")
    return fit(data, FitOptions(restarts=3))


def tape(text: str) -> dict[str, Any]:
    """What a replay plays."""
    parsed = Page(text)
    found: dict[str, Any] = json.loads(parsed.texts["script"][0])
    return found


def hostile() -> tuple[Fit, History]:
    """A fit of data whose every name wants to be more than text."""
    data = Data(
        np.random.default_rng(0).normal(size=60), (HOSTILE,), HOSTILE, "0" * 64, n_left_out=1,
        left_out=(LeftOut(7, HOSTILE, "not a number", HOSTILE),),
    )  # fmt: skip
    return fit(data, FitOptions(max_iterations=5))


def check_alone(text: str, scripts: int) -> None:
    """A page that runs only its own script, and fetches nothing."""
    parsed = Page(text)
    assert parsed.open == [], "every element is closed"
    assert len([tag for tag, _ in parsed.elements if tag == "script"]) == scripts
    for tag, attributes in parsed.elements:
        assert tag not in ("img", "link", "iframe", "object", "base", "form")
        assert not any(name.startswith("on") or name in ("src", "href", "style") for name in attributes)
    policy = next(attributes["content"] for tag, attributes in parsed.elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not any(c in text for c in "\u202e\x1b\u2028"), "direction marks and control characters are spelled out"


# ---- parts


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_is_one_piece_of_text_in_a_page(text: str) -> None:
    parsed = Page(element("p", text, title=text).text)
    assert [tag for tag, _ in parsed.elements] == ["p"]
    printable = "".join(c for c in text if c.isprintable())
    assert all(c in "".join(parsed.texts.get("p", [])) for c in printable)


@settings(max_examples=30, deadline=None)
@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner)))
def test_numbers_and_texts_for_a_script_come_out_as_they_went_in(values: Any) -> None:
    block = json_block(values, "x").text
    inside = block.partition(">")[2].rpartition("</script>")[0]
    assert "<" not in inside
    assert json.loads(inside) == values


def test_control_characters_and_direction_marks_are_spelled_out() -> None:
    assert escaped("a\u202eb\x07") == "a\\u202eb\\x07"


def test_a_page_runs_its_own_script_and_no_other() -> None:
    text = page("x", ("pages/page.css",), script="pages/replay.js")
    assert "script-src 'sha256-" in text
    check_alone(text, 1)


# ---- the report


def test_a_report_says_what_the_fit_says() -> None:
    result, history = waiting()
    text = report_text(result, history, "min")
    check_alone(text, 0)
    words = Page(text).words
    for said in (
        "272 rows",
        "faithful.csv",
        "mean (min)",
        "54.61",
        "80.09",
        "−1034.002",
        "2096.03",
        result.data.sha256,
    ):
        assert said in words, said
    assert result.outcome.message in words
    assert "emgui fit faithful.csv" in words
    assert "Optima that the starts led to" in words


def test_hostile_names_are_text_in_a_report() -> None:
    text = report_text(*hostile())
    check_alone(text, 0)
    assert "<img" not in text
    assert "onerror=alert(2)" in Page(text).words


def test_a_report_of_a_fit_that_did_not_converge_says_so_first() -> None:
    data = read_table(list_samples()[0].path).data("waiting")
    result, history = fit(data, FitOptions(max_iterations=3))
    words = Page(report_text(result, history)).words
    assert "did not converge" in words
    assert words.index("did not converge") < words.index("Parameters")


def test_shared_components_have_their_weights_in_each_group_in_a_report() -> None:
    rng = np.random.default_rng(4)
    codes = np.repeat([0, 1], (120, 280)).astype(np.int32)
    values = np.where(rng.random(400) < np.array([0.8, 0.3])[codes], rng.normal(0, 1, 400), rng.normal(7, 1, 400))
    place = Column("place", None, levels=Levels(("<b>here", "there"), codes))
    table = Table("some.csv", "", "", 400, (Column("x", values), place))
    result, history = fit(prepared(table, Roles(("x",), group="place", share="components")), FitOptions())
    text = report_text(result, history)
    check_alone(text, 0)
    words = " ".join(Page(text).words.split())
    assert "Weights in each group of place" in words
    weights = group_weights(result.data, result.mixture.sorted())
    assert np.abs(weights[0] - weights[1]).min() > 0.3
    first, second = (formatting.column(one.tolist()) for one in weights.T)
    assert f"&lt;b&gt;here</bdi></th><td>{first[0]}</td><td>{second[0]}</td>" in text
    assert f"there</bdi></th><td>{first[1]}</td><td>{second[1]}</td>" in text
    together = prepared(table, Roles(("x",), group="place", share="all"))
    assert "Weights in each group" not in Page(report_text(*fit(together, FitOptions()))).words


def test_a_report_gives_no_mean_and_sd_of_values_that_are_known_by_their_ends_only() -> None:
    low = np.random.default_rng(4).normal(10, 2, 300).round()
    high = np.where(np.arange(300) < 100, low, np.where(np.arange(300) < 120, np.nan, low + 1.0))
    table = Table("some.csv", "", "", 300, (Column("low", low), Column("high", high)))
    result, history = fit(prepared(table, Roles(lower="low", upper="high")), FitOptions(n_components=1))
    words = " ".join(Page(report_text(result, history)).words.split())
    assert "lowest end highest end rows with their value rows with ends only" in words
    assert f" {formatting.digits(float(low.min()))} open 100 200 " in words
    assert "smallest" not in words
    assert "Mean and sd of the values are not known" in words
    whole = prepared(table, Roles(("low",)))
    assert "smallest largest mean sd" in " ".join(Page(report_text(*fit(whole, FitOptions()))).words.split())


def test_rows_that_a_filter_leaves_are_counted_in_a_report() -> None:
    table = read_table(list_samples()[0].path)
    data = prepared(table, Roles(("waiting",), where="eruptions > 2"))
    assert data.n_filtered > 0
    text = report_text(*fit(data, FitOptions()))
    assert f"; {data.n_filtered} were filtered out" in Page(text).words
    assert f"<dt>Filtered out</dt><dd>{data.n_filtered}</dd>" in text


def test_rows_left_out_are_listed_with_their_reasons() -> None:
    words = Page(report_text(*hostile())).words
    assert "Rows left out" in words
    assert "not a number" in words


# ---- the replay


def test_the_tape_of_a_replay_is_the_history() -> None:
    result, history = waiting()
    played = tape(replay_text(result, history, silent, "min"))
    assert played["numbers"] == list(range(len(history)))
    assert played["log_likelihood"] == history.scalar("log_likelihood").tolist()
    assert played["bound_after_m"][0] is None
    assert played["bound_after_m"][1:] == history.scalar("bound_after_m")[1:].tolist()
    assert [one["name"] for one in played["parameters"]] == ["weight", "mean", "sd"]
    assert [one["unit"] for one in played["parameters"]] == ["", "min", "min"]
    for number, values in enumerate(played["values"]):
        mixture = history.parameters(number)
        assert values == [mixture.weights.tolist(), *(array.tolist() for array in mixture.parameters.values())]
    assert played["halves"]


def test_a_page_calculates_the_curves_that_the_mixture_has() -> None:
    result, history = waiting()
    played = tape(replay_text(result, history, silent))
    column, values = played["columns"][0], played["values"][-1]
    places = np.linspace(0.0, 1.0, 50)
    x = (column["origin"] / 2 + places * column["half"]) * 2
    sds = np.array(values[column["sd"]])[:, np.newaxis]
    means = np.array(values[column["mean"]])[:, np.newaxis]
    z = (x - means) / sds
    drawn = np.array(values[0])[:, np.newaxis] * column["factors"][-1] * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    drawn /= sds / 2 / column["half"]
    width = (column["edges"][1] - column["edges"][0]) * 2 * column["half"]
    peak = 57.0  # rows in the fullest bin of 5 minutes
    np.testing.assert_allclose(drawn, result.mixture.densities(x) * 272 * width / peak, rtol=1e-9)


@pytest.mark.parametrize("family", ["gamma", "student_t", "poisson", "gaussian+uniform"])
def test_curves_of_other_families_are_kept_in_the_page(family: str) -> None:
    data = Data(np.random.default_rng(1).poisson(9.0, 200) + 1.0, ("n",))
    result, history = fit(data, FitOptions(family=family, max_iterations=6))
    played = tape(replay_text(result, history, silent))
    column, lines = played["columns"][0], played["lines"][0]
    assert len(lines) == len(played["numbers"])
    assert all(len(line) == len(column["x"]) for frame in lines for line in frame)
    assert max(map(max, lines[-1])) > 1000
    if family == "poisson":
        # Stairs add up to all rows, but for those out of view.
        tops = np.array(lines[-1]).sum(axis=0)[::2] / 10_000
        assert tops.sum() * max(np.unique(data.column, return_counts=True)[1]) == pytest.approx(200, rel=0.02)


def test_several_columns_have_a_histogram_each() -> None:
    table = read_table(list_samples()[0].path)
    data = table.data("eruptions", "waiting")
    result, history = fit(data, FitOptions(max_iterations=4))
    played = tape(replay_text(result, history, silent))
    assert [column["axis"] for column in played["columns"]] == ["eruptions", "waiting"]
    assert [one["name"] for one in played["parameters"]][:3] == ["weight", "mean of eruptions", "sd of eruptions"]
    mixture = history.parameters(4)
    np.testing.assert_array_equal(played["values"][4][3], mixture.parameters["mean"][:, 1])
    np.testing.assert_allclose(played["values"][4][4], np.sqrt(mixture.parameters["covariance"][:, 1, 1]), rtol=1e-15)
    check_alone(report_text(result, history), 0)


def test_a_model_that_is_no_mixture_has_pages_too() -> None:
    result, history = fit(MODELS["linkage"](), FitOptions(family="linkage", n_components=5))
    played = tape(replay_text(result, history, silent))
    assert played["columns"] == []
    assert played["values"][-1] == [[pytest.approx(0.6268, abs=1e-4)]]  # Dempster, Laird and Rubin 1977, section 1
    check_alone(report_text(result, history), 0)


def test_hostile_names_are_text_in_a_replay() -> None:
    text = replay_text(*hostile(), silent)
    check_alone(text, 2)
    assert tape(text)["columns"][0]["axis"].startswith("</script><script>alert")


class Kept:
    """A long tape, of which every so many iterations are kept."""

    def __init__(self, n: int, stride: int) -> None:
        self._n, self._stride = n, stride

    def __len__(self) -> int:
        return self._n

    def is_kept(self, number: int) -> bool:
        return number % self._stride == 0 or number == self._n - 1


@pytest.mark.parametrize(("n", "stride"), [(1, 1), (FRAMES, 1), (FRAMES + 1, 1), (400_000, 4)])
def test_a_replay_has_the_first_and_the_last_iteration_and_not_too_many(n: int, stride: int) -> None:
    tape_kept = Kept(n, stride)
    frames = frames_of(tape_kept, FRAMES)  # type: ignore[arg-type]
    assert (frames[0], frames[-1]) == (0, n - 1)
    assert len(frames) <= FRAMES
    assert (np.diff(frames) > 0).all()
    assert all(tape_kept.is_kept(int(frame)) for frame in frames)


def test_a_run_that_collapsed_has_pages_without_absurd_numbers() -> None:
    data = Data(np.array([1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.5]), ("x",))
    result, history = fit(data, FitOptions(n_components=2, start="random", seed=1))
    assert tape(replay_text(result, history, silent))["numbers"][-1] == len(history) - 1
    check_alone(report_text(result, history), 0)


def test_cancelling_leaves_the_old_page(tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise Cancelled

    for write in (write_report, write_replay):
        path = tmp_path / f"{write.__name__}.html"
        path.write_text("old", encoding="utf-8")
        with pytest.raises(Cancelled):
            write(path, *waiting(), stop)
        assert path.read_text(encoding="utf-8") == "old"


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
def test_a_browser_shows_both_pages_without_a_complaint(tmp_path: Path) -> None:
    result, history = waiting()
    write_report(tmp_path / "report.html", result, history, silent)
    write_replay(tmp_path / "replay.html", result, history, silent)
    write_replay(tmp_path / "hostile.html", *hostile(), silent)
    for name in ("report", "replay", "hostile"):
        shown = subprocess.run(
            [
                str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom",
                (tmp_path / f"{name}.html").as_uri(),
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "CONSOLE" not in shown.stderr, shown.stderr
        assert "</svg>" in shown.stdout
        if name == "replay":
            assert "Iteration 0 of" in shown.stdout
            assert 'class="playhead"' in shown.stdout


def test_data_of_another_file_leave_no_trace() -> None:
    result, history = waiting()
    renamed = replace(result, data=replace(result.data, source="other.csv"))
    assert "faithful" not in replay_text(renamed, history, silent)
