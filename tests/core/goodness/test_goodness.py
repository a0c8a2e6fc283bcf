"""How good a fit is: distances against SciPy, quantiles against the cdf, envelopes against order statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core import Data, FitOptions, Mixture, fit
from core.binning import Histogram
from core.errors import Cancelled, InputError
from core.families import make_family
from core.families.family import Setting
from core.families.poisson import Poisson
from core.goodness.classification import classification
from core.goodness.empirical import empirical, product_limit
from core.goodness.fitted import Fitted
from core.goodness.judgement import goodness, marginals
from core.goodness.measuring import measured, points_of
from core.goodness.points import drawn_envelope, envelope
from core.goodness.residuals import residuals
from core.goodness.statistics import cells_of_numbers, chi_square_p, distances
from core.models import MODELS
from core.prepare import prepared
from core.roles import Form, Roles
from core.seeing import as_seen
from core.table import Column, Table
from core.transforms import transformed
from tests.core.cases import column, data, drawn, mixture

MIXED = mixture([0.3, 0.5, 0.2], [-2.0, 0.8, 3.5], [0.8, 1.0, 0.6])
EVERY = [
    ("gaussian", {"mean": [0.0, 4.0], "sd": [1.0, 0.1]}),
    ("student_t", {"location": [0.0, 4.0], "scale": [1.0, 0.1], "degrees_of_freedom": [1.5, 30.0]}),
    ("lognormal", {"log_mean": [0.0, 3.0], "log_sd": [1.0, 0.1]}),
    ("gamma", {"shape": [0.3, 9.0], "scale": [1.0, 2.0]}),
    ("weibull", {"shape": [0.5, 3.0], "scale": [1.0, 20.0]}),
    ("exponential", {"rate": [1.0, 0.01]}),
    ("uniform", {"low": [0.0, 3.0], "high": [1.0, 5.0]}),
    ("poisson", {"rate": [2.0, 40.0]}),
]


def of_family(name: str, parameters: dict[str, list[float]], weights: tuple[float, ...] = (0.4, 0.6)) -> Mixture:
    return Mixture(
        make_family(name, Setting()), np.array(weights), {name: np.array(of) for name, of in parameters.items()}
    )


def measured_of(values: np.ndarray, of: Mixture, counts: np.ndarray | None = None) -> dict[str, float]:
    return measured(data(values, counts), of, 5, None).statistics


def anderson_darling(u: np.ndarray) -> float:
    """The sum of Anderson and Darling (1954)."""
    u, n = np.sort(u), len(u)
    at = np.arange(1, n + 1)
    return float(-n - ((2 * at - 1) * (np.log(u) + np.log1p(-u[::-1]))).mean())


def test_distances_of_values_are_those_of_scipy_and_of_the_formula() -> None:
    values = drawn(137, seed=3)
    found = measured_of(values, MIXED)
    assert found["kolmogorov_smirnov"] == pytest.approx(stats.kstest(values, MIXED.cdf).statistic, rel=1e-12)
    assert found["cramer_von_mises"] == pytest.approx(stats.cramervonmises(values, MIXED.cdf).statistic, rel=1e-12)
    assert found["anderson_darling"] == pytest.approx(anderson_darling(MIXED.cdf(values)), rel=1e-11)


def test_distances_are_the_integrals_that_they_are_named_for() -> None:
    values = drawn(9, seed=1)
    u = np.sort(MIXED.cdf(values))

    def away(x: float) -> float:
        return float((np.searchsorted(u, x, side="right") / 9 - x) ** 2)

    squared = integrate.quad(away, 0.0, 1.0, points=u, limit=200)[0]
    weighted = integrate.quad(lambda x: away(x) / (x * (1 - x)), 0.0, 1.0, points=u, limit=400)[0]
    found = measured_of(values, MIXED)
    assert found["cramer_von_mises"] == pytest.approx(9 * squared, rel=1e-7)
    assert found["anderson_darling"] == pytest.approx(9 * weighted, rel=1e-6)


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 4)), min_size=2, max_size=30))
def test_counted_rows_are_as_far_as_the_same_rows_one_by_one(rows: list[tuple[int, int]]) -> None:
    values, counts = np.array(rows, dtype=float).T
    together = measured_of(values / 10.0, MIXED, counts)
    apart = measured_of(np.repeat(values / 10.0, counts.astype(int)), MIXED)
    assert together == pytest.approx(apart, rel=1e-9)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_offset_and_unit_change_no_distance(offset: float, unit: float, seed: int) -> None:
    values = drawn(40, seed=seed)
    moved = mixture(MIXED.weights, offset + unit * MIXED.parameters["mean"], unit * MIXED.parameters["sd"])
    # Far from 0 a value has fewer digits for what is about it.
    lost = 1e-9 + 1e-12 * abs(offset) / unit
    assert measured_of(offset + unit * values, moved) == pytest.approx(measured_of(values, MIXED), rel=lost, abs=lost)


def test_a_value_far_out_in_the_upper_tail_counts_as_one_in_the_lower() -> None:
    normal = mixture([1.0], [0.0], [1.0])
    values = np.array([-0.5, 0.1, 0.4, 12.0])
    assert measured_of(values, normal)["anderson_darling"] == pytest.approx(
        measured_of(-values, normal)["anderson_darling"], rel=1e-12
    )
    heavy = of_family("gamma", {"shape": [1.0], "scale": [1.0]}, (1.0,))
    beyond = Fitted(heavy).tails(np.array([60.0]))[1][0]
    assert beyond == pytest.approx(np.exp(-60.0), rel=1e-9)


def test_distances_of_many_rows_are_summed_stretch_by_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    values = drawn(1000, seed=5)
    whole = measured_of(values, MIXED)
    monkeypatch.setattr("core.goodness.statistics.STRETCH", 64)
    assert measured_of(values, MIXED) == pytest.approx(whole, rel=1e-11)

    def refuse(done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        distances(Fitted(MIXED), empirical(data(values)), refuse)


@pytest.mark.parametrize(("name", "parameters"), EVERY, ids=[name for name, _ in EVERY])
def test_quantiles_are_the_smallest_numbers_that_reach_a_share(name: str, parameters: dict[str, list[float]]) -> None:
    fitted = Fitted(of_family(name, parameters))
    shares = np.concatenate([[1e-9, 1e-4], np.linspace(0.01, 0.99, 60), [1 - 1e-4, 1 - 1e-9]])
    found = fitted.quantiles(shares)
    assert (fitted.below(found) >= shares).all()
    before = np.nextafter(found, -np.inf)
    assert (fitted.below(before) < shares).all()


@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(0.05, 1.0)), min_size=1, max_size=4),
    st.floats(1e-6, 1 - 1e-6),
)
@settings(max_examples=60)
def test_quantiles_of_any_normal_mixture_lead_back(components: list[tuple[float, float, float]], share: float) -> None:
    means, sds, weights = np.array(components).T
    of = mixture(weights / weights.sum(), means, sds)
    at = Fitted(of).quantiles(np.array([share]))
    by_scipy = (weights / weights.sum() * stats.norm.cdf(at[0], means, sds)).sum()
    # A share moves by the density times a digit of the value.
    assert by_scipy == pytest.approx(share, abs=1e-9 + 1e-13 * abs(at[0]) / sds.min())


def test_truncated_values_are_compared_with_what_could_be_recorded() -> None:
    fitted = Fitted(MIXED, Form(truncate=(-1.0, 2.0)))
    low, high, at = (MIXED.cdf(np.array([x]))[0] for x in (-1.0, 2.0, 0.7))
    below, above = fitted.tails(np.array([0.7]))
    assert below[0] == pytest.approx((at - low) / (high - low), rel=1e-12)
    assert below[0] + above[0] == pytest.approx(1.0, rel=1e-12)
    assert fitted.below(np.array([-1.0, 2.0])) == pytest.approx([0.0, 1.0], abs=1e-15)
    assert fitted.quantiles(below)[0] == pytest.approx(0.7, rel=1e-12)
    far = Fitted(mixture([1.0], [0.0], [1.0]), Form(truncate=(9.0, np.inf)))
    expected = stats.norm.sf(9.1) / stats.norm.sf(9.0)
    assert far.tails(np.array([9.1]))[1][0] == pytest.approx(expected, rel=1e-9)


def test_of_censored_times_the_share_is_kaplan_and_meiers() -> None:
    """Remission times under 6-MP (Freireich et al. 1963), as Kalbfleisch and Prentice (2002) tabulate them."""
    seen = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23])
    censored = np.array([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
    times = np.concatenate([seen, censored]).astype(float)
    is_event = np.arange(len(times)) < len(seen)
    places, shares = product_limit(times, is_event, None)
    assert places.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert (1 - shares).round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]


def test_censored_values_are_compared_as_far_as_something_is_known_of_them() -> None:
    rng = np.random.default_rng(4)
    times, limits = rng.weibull(1.5, 400) * 10.0, rng.uniform(0.0, 25.0, 400)
    seen = np.minimum(times, limits)
    values = table(time=seen, seen=(times <= limits).astype(float))
    rows = prepared(values, Roles(("time",), observed="seen"))
    of = as_seen(rows, of_family("weibull", {"shape": [1.5], "scale": [10.0]}, (1.0,)))
    good = measured(rows, of, 2, None).statistics
    bad = measured(rows, as_seen(rows, of_family("weibull", {"shape": [1.5], "scale": [13.0]}, (1.0,))), 2, None)
    assert good["kolmogorov_smirnov"] < 0.08
    assert all(bad.statistics[name] > 3 * good[name] for name in good)
    assert points_of(rows, of).is_censored


def table(**columns: np.ndarray) -> Table:
    n = len(next(iter(columns.values())))
    return Table("test", "", "", n, tuple(Column(name, np.asarray(of, dtype=float)) for name, of in columns.items()))


def binned(values: np.ndarray, edges: list[float]) -> Data:
    """Values as the bins of a histogram, open at both ends."""
    ends = np.array([-np.inf, *edges, np.inf])
    counts = np.diff(np.array([(values <= end).sum() for end in ends]))
    return prepared(table(low=ends[:-1], high=ends[1:], n=counts), Roles(lower="low", upper="high", counts="n"))


def test_chi_square_of_bins_is_scipys_with_a_degree_for_each_cell_less_the_parameters() -> None:
    rows = binned(drawn(500, seed=2), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    found = measured(rows, as_seen(rows, MIXED), 2, None)
    expected = 500 * np.diff(np.concatenate([[0.0], MIXED.cdf(np.arange(-2.0, 4.0)), [1.0]]))
    observed = rows.counts
    assert found.statistics["chi_square"] == pytest.approx(stats.chisquare(observed, expected).statistic, rel=1e-12)
    likelihood_ratio = stats.power_divergence(observed, expected, lambda_="log-likelihood")
    assert found.statistics["g_squared"] == pytest.approx(likelihood_ratio.statistic, rel=1e-10)
    assert found.degrees_of_freedom == 7 - 1 - 2
    left = chi_square_p(found.statistics["chi_square"], 4)
    assert left == pytest.approx(stats.chi2.sf(found.statistics["chi_square"], 4), rel=1e-12)
    assert chi_square_p(1.0, 0) is None


def test_bins_in_which_few_rows_are_expected_are_put_together_with_their_neighbours() -> None:
    rows = binned(drawn(60, seed=2), [-6.0, -5.0, -4.0, -2.0, 0.0, 1.0, 3.0, 6.0, 7.0])
    found = measured(rows, as_seen(rows, MIXED), 2, None)
    assert found.expected is not None
    assert found.observed is not None
    assert found.expected.min() >= 5.0
    assert found.observed.sum() == found.expected.sum() == pytest.approx(60.0)


@pytest.mark.parametrize("n", [100, 272, 1000])
@pytest.mark.parametrize("rate", [1.0, 3.5, 30.0])
def test_of_whole_numbers_enough_rows_are_expected_in_each_cell(rate: float, n: int) -> None:
    fitted = Fitted(Mixture(Poisson(), np.ones(1), {"rate": np.array([rate])}))
    expected = cells_of_numbers(fitted, n).expected(fitted, n)
    assert len(expected) > 2
    assert expected.min() >= 5.0
    assert expected.sum() == pytest.approx(n)


def test_chi_square_of_whole_numbers_counts_each_that_is_expected_often_enough() -> None:
    deaths, days = column("deaths.csv", "deaths"), column("deaths.csv", "days")
    rows = Data(deaths, ("deaths",), counts=days)
    of = of_family("poisson", {"rate": [1.26, 2.66]}, (0.36, 0.64))
    found = measured(rows, of, 3, None)
    numbers = np.arange(7)
    chances = 0.36 * stats.poisson.pmf(numbers, 1.26) + 0.64 * stats.poisson.pmf(numbers, 2.66)
    expected = days.sum() * np.append(chances, 1.0 - chances.sum())
    observed = np.append(days[:7], days[7:].sum())
    assert found.cells is not None
    assert found.cells.high.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.inf]
    assert found.observed is not None
    assert found.observed.tolist() == observed.tolist()
    assert found.statistics["chi_square"] == pytest.approx(stats.chisquare(observed, expected).statistic, rel=1e-9)
    assert found.degrees_of_freedom == 8 - 1 - 3


def test_points_are_few_whatever_the_rows_and_lie_on_the_line_of_a_true_fit() -> None:
    rows = data(drawn(30_000, seed=1))
    found = points_of(rows, MIXED)
    assert len(found.p) <= 500
    assert found.p[0] == pytest.approx(0.5 / 30_000)
    assert np.abs(found.p - found.u).max() < 0.01
    assert np.interp(0.5, found.p, found.values) == pytest.approx(np.median(rows.column), abs=0.01)
    assert MIXED.cdf(found.quantiles) == pytest.approx(found.p, abs=1e-12)


def test_whole_numbers_count_half_of_themselves_on_either_side() -> None:
    of = of_family("poisson", {"rate": [3.0]}, (1.0,))
    found = points_of(data([0, 1, 1, 2, 3, 3, 3, 9]), of)
    assert found.p.tolist() == [0.0625, 0.25, 0.4375, 0.6875, 0.9375]
    middle = stats.poisson.cdf(found.values, 3.0) - 0.5 * stats.poisson.pmf(found.values, 3.0)
    assert found.u == pytest.approx(middle, rel=1e-12)


def test_the_envelope_at_a_point_is_that_of_an_order_statistic() -> None:
    found = points_of(data(drawn(99, seed=1)), MIXED)
    shades = drawn_envelope(found, np.random.default_rng(0))
    ranks = np.arange(1, 100)
    for side, share in ((0, 0.025), (1, 0.975)):
        assert shades.pointwise[side] == pytest.approx(stats.beta.ppf(share, ranks, 100 - ranks), abs=0.02)
    assert not shades.refitted


def test_the_envelope_at_all_points_holds_about_95_of_100_sets() -> None:
    at = points_of(data(drawn(50, seed=1)), MIXED)
    shades = drawn_envelope(at, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    within = [not shades.outside(replace(at, u=np.sort(rng.uniform(size=50)))).any() for _ in range(2000)]
    assert 0.925 < np.mean(within) < 0.97
    wider = envelope(rng.uniform(size=(200, 5)), refitted=True)
    assert (wider.simultaneous[0] <= wider.pointwise[0]).all()
    assert (wider.simultaneous[1] >= wider.pointwise[1]).all()


def test_residuals_are_of_the_rows_that_the_fit_expects_in_each_bar() -> None:
    edges = np.arange(-5.0, 7.0)
    values = drawn(400, seed=6)
    counts = np.histogram(values, edges)[0].astype(float)
    found = residuals(Fitted(MIXED), Histogram(edges, counts), is_binned=False)
    expected = counts.sum() * np.diff(MIXED.cdf(edges))
    assert found.expected == pytest.approx(expected, rel=1e-10)
    assert found.pearson == pytest.approx((counts - expected) / np.sqrt(expected), rel=1e-9)
    bottom, top = found.hanging
    assert top - bottom == pytest.approx(np.sqrt(counts))
    # Anscombe's are near Pearson's where a count is near what is expected, and 0 where it is just that.
    assert residuals(Fitted(MIXED), Histogram(edges, expected), False).anscombe == pytest.approx(
        np.zeros(len(expected)), abs=1e-3
    )


def test_sureness_is_what_the_posteriors_of_the_rows_say_one_by_one() -> None:
    values = drawn(300, seed=8)
    found = classification(data(values), MIXED)
    posterior = MIXED.responsibilities(values)
    member = posterior.argmax(axis=0)
    assert found.members.tolist() == [(member == k).sum() for k in range(3)]
    assert found.uncertainty == pytest.approx((1 - posterior.max(axis=0)).mean(), rel=1e-12)
    assert found.entropy == pytest.approx(stats.entropy(posterior).sum(), rel=1e-10)
    for k in range(3):
        assert found.average[k] == pytest.approx(posterior[:, member == k].mean(axis=1), rel=1e-12)
        assert found.missed[k] == pytest.approx(1 - posterior[k, member == k].sum() / posterior[k].sum(), rel=1e-10)
    assert found.counts.sum() == 300
    assert (found.counts.sum(axis=1) == found.members).all()


def test_components_that_coincide_leave_all_unsure_and_far_ones_none() -> None:
    values = drawn(200)
    alike = classification(data(values), mixture([0.5, 0.5], [0.0, 0.0], [1.0, 1.0]))
    assert alike.normalised_entropy == pytest.approx(1.0)
    assert alike.uncertainty == pytest.approx(0.5)
    apart = classification(data([0.0, 100.0]), mixture([0.5, 0.5], [0.0, 100.0], [1.0, 1.0]))
    assert apart.normalised_entropy == pytest.approx(0.0, abs=1e-12)
    assert classification(data(values), mixture([1.0], [0.0], [1.0])).normalised_entropy == 0.0


@given(st.lists(st.integers(1, 5), min_size=20, max_size=20))
@settings(max_examples=15)
def test_counted_rows_are_as_sure_as_the_same_rows_one_by_one(counts: list[int]) -> None:
    values = drawn(20, seed=9)
    together = classification(data(values, counts), MIXED)
    apart = classification(data(np.repeat(values, counts)), MIXED)
    assert together.uncertainty == pytest.approx(apart.uncertainty, rel=1e-12)
    assert together.members.tolist() == apart.members.tolist()


def test_of_several_columns_each_is_compared_with_what_the_mixture_says_of_it_alone() -> None:
    rng = np.random.default_rng(0)
    values = rng.multivariate_normal([0.0, 5.0], [[1.0, 0.8], [0.8, 4.0]], 200)
    rows = Data(values, ("a", "b"))
    fitted, _ = fit(rows, FitOptions(n_components=1))
    (_, first), (own, second) = marginals(rows, fitted.mixture)
    assert first.parameters["sd"][0] == pytest.approx(values[:, 0].std(), rel=1e-9)
    assert second.parameters["mean"][0] == pytest.approx(values[:, 1].mean(), rel=1e-9)
    found = goodness(rows, fitted.mixture, FitOptions(n_components=1), 5)
    assert [one.column for one in found] == ["a", "b"]
    by_scipy = stats.kstest(own.column, second.cdf).statistic
    assert found[1].measured.statistics["kolmogorov_smirnov"] == pytest.approx(by_scipy, rel=1e-10)
    assert "one column" in found[1].why_no_p


def test_transformed_values_are_compared_on_the_scale_of_the_fit() -> None:
    rows = Data(np.exp(drawn(80, seed=2)), ("x",))
    found = measured(transformed(rows, "log"), MIXED, 8, None).statistics
    assert found == pytest.approx(measured_of(drawn(80, seed=2), MIXED), rel=1e-9)


def test_values_with_errors_of_their_own_are_compared_each_with_its_own_distribution() -> None:
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.0, 3.0, 2000)
    values = rng.normal(0.0, 1.0, 2000) + errors * rng.standard_normal(2000)
    rows = prepared(table(x=values, e=errors), Roles(("x",), errors="e"))
    of = as_seen(rows, mixture([1.0], [0.0], [1.0]))
    found = measured(rows, of, 2, None).statistics
    by_scipy = stats.kstest(stats.norm.cdf(values / np.hypot(1.0, errors)), "uniform")
    assert found["kolmogorov_smirnov"] == pytest.approx(by_scipy.statistic, rel=1e-10)
    with pytest.raises(InputError, match="error of its own"):
        points_of(rows, of)


def test_what_cannot_be_had_is_said_in_a_sentence() -> None:
    overlapping = prepared(
        table(low=np.array([0.0, 1.0, 2.0]), high=np.array([3.0, 4.0, 2.0])), Roles(lower="low", upper="high")
    )
    with pytest.raises(InputError, match="overlap"):
        points_of(overlapping, as_seen(overlapping, MIXED))
    assert "overlap" in measured(overlapping, as_seen(overlapping, MIXED), 2, None).why_not
    linkage = MODELS["linkage"]()
    fitted, _ = fit(linkage, FitOptions(family="linkage", n_components=5, start="given"))
    assert "no mixture" in measured(linkage, fitted.mixture, 1, None).why_not
    weighted = prepared(table(x=np.array([1.0, 2, 3, 4]), w=np.array([1.0, 2, 1, 2])), Roles(("x",), weights="w"))
    assert "weights" in measured(weighted, of_family("poisson", {"rate": [3.0]}, (1.0,)), 1, None).why_not


def test_rows_of_unequal_weight_are_worth_fewer() -> None:
    rows = prepared(table(x=drawn(50), w=np.r_[np.ones(25), np.full(25, 3.0)]), Roles(("x",), weights="w"))
    assert empirical(rows).n == pytest.approx(100.0**2 / (25 + 25 * 9))
