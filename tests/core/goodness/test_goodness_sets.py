"""p-values by simulated sets, each fitted again: against published tables, and uniform where the model is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from test_goodness import binned, table

from core import Data, FitOptions, Mixture, fit
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.errors import InputError
from core.families import make_family
from core.families.family import Setting
from core.fit import Fit
from core.goodness.bootstrap import bootstrap_of, refitted_envelope, sets
from core.goodness.judgement import Goodness, goodness, with_goodness
from core.goodness.measuring import measured, points_of
from core.goodness.simulation import Simulator
from core.goodness.words import verdict
from core.prepare import prepared
from core.roles import Roles
from core.seeing import as_seen
from core.transforms import transformed
from tests.core.cases import column, data, drawn, mixture

NORMAL = stats.norm.ppf((np.arange(400) + 0.5) / 400)
ONE, TWO = FitOptions(n_components=1), FitOptions(n_components=2)


def fitted(rows: Data, options: FitOptions = TWO) -> Fit:
    return fit(rows, options)[0]


def judged(rows: Data, options: FitOptions, n_sets: int) -> Goodness:
    return goodness(rows, fitted(rows, options).mixture, options, n_sets)[0]


def statistics_of_sets(rows: Data, options: FitOptions, n_sets: int) -> dict[str, np.ndarray]:
    of = fitted(rows, options).mixture
    shared = bootstrap_of(rows, of, options, np.empty(0), measured(rows, of, 2, None))
    made = [one for one in sets(shared, n_sets, 0, cores=1) if one is not None]
    return {name: np.array([one.statistics[name] for one in made]) for name in made[0].statistics}


def test_critical_values_of_a_normal_with_estimated_parameters_are_the_tabulated_ones() -> None:
    """D'Agostino and Stephens (1986), table 4.7: D (√n − 0.01 + 0.85/√n), A² (1 + 0.75/n + 2.25/n²), W² (1 + 0.5/n)."""
    n = 50
    found = statistics_of_sets(data(np.random.default_rng(1).standard_normal(n)), ONE, 500)
    modified = {
        "kolmogorov_smirnov": (np.sqrt(n) - 0.01 + 0.85 / np.sqrt(n), {0.10: 0.819, 0.05: 0.895}),
        "anderson_darling": (1 + 0.75 / n + 2.25 / n**2, {0.10: 0.631, 0.05: 0.752}),
        "cramer_von_mises": (1 + 0.5 / n, {0.10: 0.104, 0.05: 0.126}),
    }
    for name, (factor, table_of) in modified.items():
        for level, value in table_of.items():
            share = float((factor * found[name] >= value).mean())
            assert share == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 500)), (name, level)


def test_p_values_are_uniform_where_the_model_is_true() -> None:
    rng = np.random.default_rng(7)
    found = [judged(data(rng.normal(3.0, 2.0, 25)), replace(ONE, seed=seed), 19) for seed in range(24)]
    p = [one.p_values["anderson_darling"] for one in found]
    assert set(np.round(np.array(p) * 20).astype(int)) <= set(range(1, 21))
    counts = np.histogram(20 * np.array(p), np.arange(0.5, 21.0, 5.0))[0]
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.slow
def test_p_values_of_a_mixture_are_uniform_where_it_is_true() -> None:
    of = mixture([0.4, 0.6], [0.0, 6.0], [1.0, 1.5])
    rng = np.random.default_rng(3)
    found = [judged(data(of.sample(80, rng)[0]), replace(TWO, seed=seed), 39) for seed in range(200)]
    for name in ("kolmogorov_smirnov", "anderson_darling", "cramer_von_mises"):
        # 1 to 40 fortieths, eight of them in each bin.
        counts = np.histogram([40 * one.p_values[name] for one in found], np.arange(0.5, 41.0, 8.0))[0]
        assert stats.chisquare(counts).pvalue > 1e-3, name


def test_old_faithful_speaks_against_one_component_and_not_against_two() -> None:
    rows = data(column("faithful.csv", "waiting"))
    one, two = judged(rows, ONE, 39), judged(rows, TWO, 39)
    assert one.p_values["anderson_darling"] == pytest.approx(1 / 40)
    assert two.p_values["anderson_darling"] > 0.1
    assert verdict(one).startswith("The data depart from this model")
    assert verdict(two).startswith("Nothing here speaks against this model")
    assert one.n_sets + one.n_failed == 39


@pytest.mark.parametrize(
    ("values", "where"),
    [
        (np.r_[NORMAL, np.linspace(4, 60, 12)], "right tail"),
        (np.r_[NORMAL, -np.linspace(4, 60, 12)], "left tail"),
        (np.r_[np.full(150, -1.0), np.full(150, 1.0), np.linspace(-3, 3, 40)], "about"),
    ],
)
def test_the_verdict_says_where_the_rows_depart(values: np.ndarray, where: str) -> None:
    rows = data(values)
    found = goodness(rows, mixture([1.0], [0.0], [1.0]), ONE, 0)[0]
    told = replace(found, p_values={"anderson_darling": 0.01}, n_sets=99)
    assert where in verdict(told)


def test_the_same_seed_draws_the_same_sets_and_another_seed_others() -> None:
    rows = data(drawn(40))
    of = fitted(rows).mixture
    shared = bootstrap_of(rows, of, TWO, points_of(rows, of).p, measured(rows, of, 5, None))

    def statistics(seed: int) -> list[float]:
        made = sets(shared, 4, seed, cores=1)
        return [-1.0 if one is None else one.statistics["anderson_darling"] for one in made]

    assert statistics(0) == statistics(0)
    assert statistics(0) != statistics(1)


def test_refitted_sets_give_a_narrower_envelope_than_known_parameters() -> None:
    rows = data(np.random.default_rng(0).normal(size=60))
    of = fitted(rows, ONE).mixture
    at = points_of(rows, of)
    made = list(sets(bootstrap_of(rows, of, ONE, at.p, measured(rows, of, 2, None)), 150, 0, cores=1))
    shades = refitted_envelope(made)
    assert shades is not None
    assert shades.refitted
    middle = np.abs(at.p - 0.5).argmin()
    known = stats.beta.ppf([0.025, 0.975], 60 * at.p[middle] + 0.5, 60 * (1 - at.p[middle]) + 0.5)
    assert np.diff(shades.pointwise[:, middle])[0] < 0.8 * np.diff(known)[0]
    assert refitted_envelope(made[:10]) is None


def test_bins_are_tested_by_chi_square_of_sets_of_bins() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(0, 1, 300), np.random.default_rng(1).normal(5, 1, 300)])
    rows = binned(values, np.arange(-2.0, 8.0).tolist())
    right, wrong = judged(rows, TWO, 19), judged(rows, ONE, 19)
    assert set(right.p_values) == {"chi_square", "g_squared"}
    assert right.p_values["chi_square"] > 0.05
    assert wrong.p_values["chi_square"] == pytest.approx(0.05)
    assert "most of all" in verdict(wrong)


def test_sets_are_seen_as_the_rows_were() -> None:
    rng = np.random.default_rng(5)
    rounded = data(column("faithful.csv", "waiting"))
    made = Simulator(rounded, fitted(rounded).mixture).draw(rng)
    assert (made.column == np.rint(made.column)).all()
    assert len(made) == len(rounded)
    free = data(drawn(50))
    assert Simulator(free, fitted(free).mixture).draw(rng).column[0] % 1e-6 != 0.0

    weighted = prepared(table(x=drawn(40), w=rng.uniform(1, 3, 40)), Roles(("x",), weights="w"))
    assert Simulator(weighted, fitted(weighted).mixture).draw(rng).counts == pytest.approx(weighted.counts)

    truncated = prepared(table(x=np.clip(drawn(200), -1.9, 2.9)), Roles(("x",), truncate=(-2.0, 3.0)))
    within = Simulator(truncated, as_seen(truncated, mixture([1.0], [0.0], [2.0]))).draw(rng)
    assert -2.0 < within.minimum[0] <= within.maximum[0] < 3.0

    logs = transformed(data(np.round(np.exp(rng.normal(3, 1, 100)))), "log")
    back = np.exp(Simulator(logs, mixture([1.0], [3.0], [0.5])).draw(rng).column)
    assert back == pytest.approx(np.rint(back), rel=1e-12)


def test_times_of_censoring_are_drawn_as_they_were_seen() -> None:
    rng = np.random.default_rng(2)
    times, limits = rng.exponential(10.0, 1000), rng.uniform(0.0, 20.0, 1000)
    flags = (times <= limits).astype(float)
    rows = prepared(table(t=np.minimum(times, limits), seen=flags), Roles(("t",), observed="seen"))
    of = Mixture(make_family("exponential", Setting()), np.array([1.0]), {"rate": np.array([0.1])})
    made = Simulator(rows, as_seen(rows, of)).draw(rng)
    assert made.exact.mean() == pytest.approx(flags.mean(), abs=0.06)
    assert made.seen is not None
    assert stats.ks_2samp(made.column[~made.exact], rows.column[flags == 0.0]).pvalue > 1e-3
    assert np.isinf(made.seen[~made.exact, 1]).all()


def test_where_no_sets_can_be_drawn_a_sentence_says_why() -> None:
    rows = data(drawn(60))
    prior = FitOptions(n_components=2, constraints=Constraints((parse("prior", "sd=1:4"),)))
    of = fitted(rows, prior)
    assert "prior" in goodness(rows, of.mixture, prior, 5)[0].why_no_p
    labelled = Roles(("x",), group="g", share="components")
    assert labelled.share == "components"
    with pytest.raises(InputError, match="one column"):
        Simulator(Data(np.zeros((3, 2)), ("a", "b")), of.mixture)


def test_the_result_of_the_command_has_statistics_p_values_and_sureness(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import json

    import jsonschema

    from core.cli import main
    from core.samples import FOLDER

    target = tmp_path / "result.json"
    arguments = ["fit", str(FOLDER / "faithful.csv"), "--column", "waiting", "--output", str(target)]
    assert main([*arguments, "--goodness", "19"]) == 0
    result = json.loads(target.read_text(encoding="utf-8"))
    jsonschema.validate(result, json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8")))
    (of,) = result["goodness"]["columns"]
    assert of["n_simulated"] == 19
    rows = data(column("faithful.csv", "waiting"))
    by_scipy = stats.kstest(rows.column, fitted(rows).mixture.cdf).statistic
    assert of["kolmogorov_smirnov"]["statistic"] == pytest.approx(by_scipy, rel=1e-6)
    assert 0.05 <= of["anderson_darling"]["p_value"] <= 1.0
    assert [one["members"] for one in result["goodness"]["classification"]["components"]] == [99, 173]
    assert main([*arguments, "--goodness", "0"]) == 0
    (of,) = json.loads(target.read_text(encoding="utf-8"))["goodness"]["columns"]
    assert of["anderson_darling"]["p_value"] is None
    page = tmp_path / "report.html"
    assert main([*arguments, "--goodness", "19", "--report", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "19 simulated sets, each fitted again" in text
    assert "mean posterior" in text
    assert main([*arguments, "--goodness=-1"]) == 2
    assert "--goodness" in capsys.readouterr().err


def test_a_collapsed_fit_is_not_judged() -> None:
    rows = data([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    start = mixture([0.4, 0.6], [0.0, 3.0], [0.01, 1.5])
    ended = fit(rows, TWO, start)[0]
    assert ended.outcome.status == "degenerate"
    assert with_goodness(ended, 5).goodness is None
