"""Fast beside the road: whole numbers and few rows the whole way, a sample first where rows are many."""

from functools import cache

import numpy as np
import pytest
from cases import column, data, drawn, mixture, numbers

from core import Data, FitOptions, Mixture, Problem, fit
from core.algorithms.quasi_newton import SURE, Model
from core.algorithms.warm_start import FEW, LEAST_SAMPLED, TAKEN_OVER, Way, begun, sampled
from core.constraints import Constraints, parse
from core.curvature import curvature
from core.em import ended, resume, run
from core.expectation import State, expect
from core.families import FAMILIES, make_family
from core.families.family import Setting
from core.models import linkage
from core.options import like

MANY = FEW + 10_000
"""Rows of which a sample is taken first."""
NO_NOISE = [name for name in FAMILIES if name != "uniform"]


def held(*lines):
    """Constraints from lines such as "fix mean[1]=55"."""
    return Constraints(tuple(parse(*line.split(" ", 1)) for line in lines))


def rng(seed=0):
    return np.random.default_rng(seed)


@cache
def drawn_of(kind, n):
    """Rows of two components that make sense for a family, and a start some way off."""
    family = make_family(kind, Setting(trials=12))
    low, high, k = np.array(0.5), np.array(12.0), kind.count("+") + 1 if "+" in kind else 2
    weights, sds = np.array([0.4, 0.6, 0.3])[:k], np.linspace(1.0, 1.4, k)
    weights = weights / weights.sum()
    truth = Mixture(family, weights, family.resembling(weights, np.linspace(2.5, 9.0, k), sds, low, high))
    values = truth.sample(n, rng(4))[0]
    parameters = family.resembling(weights, np.linspace(3.5, 8.0, k), 1.3 * sds, values.min(), values.max())
    return data(values), Mixture(family, np.full(k, 1 / k), parameters)


def columns(n, covariance="full", d=2, seed=0):
    """Rows of several columns about two overlapping centres, and a start beside the truth."""
    draws = rng(seed)
    stretch = np.eye(d) + 0.3 * np.tri(d, d, -1)
    values = np.concatenate([draws.normal(size=(2 * n // 5, d)), draws.normal(size=(n - 2 * n // 5, d)) @ stretch + 2])
    family = make_family("gaussian", Setting(covariance, n_features=d))
    means, sds = np.stack([np.full(d, 0.3), np.full(d, 1.6)]), np.full((2, d), 1.2)
    weights = np.full(2, 0.5)
    start = Mixture(family, weights, family.resembling(weights, means, sds, None, None))
    return Data(draws.permutation(values), tuple("abcdefgh"[:d])), start


def gone(rows, start, **options):
    """A run of fast to its end."""
    asked = FitOptions(**like(start), algorithm="fast", **options)
    return list(ended(run(rows, asked, start)))


def assert_optimum(rows, start, made, constraints=None, abs_tolerance=2e-6):
    """The end is where accelerated EM on all rows ends too, by a much finer tolerance, and its certificate is true."""
    options = {} if constraints is None else {"constraints": constraints}
    last, problem = made[-1], Problem(rows, **options)
    assert last.outcome.status == "converged", last.outcome
    finer = FitOptions(**like(start), algorithm="anderson", tolerance=1e-9, **options)
    best, _ = fit(rows, finer, start)
    assert best.outcome.status == "converged"
    reached = last.log_likelihood + problem.constraints.log_prior(last.mixture)
    assert reached == pytest.approx(
        best.log_likelihood + problem.constraints.log_prior(best.mixture), abs=abs_tolerance, rel=1e-15
    )
    bend = curvature(problem, last.mixture)
    if bend.is_maximum:
        finest = 1e-14 * max(abs(last.log_likelihood), last.state.statistics.n)
        assert bend.remaining_gain <= 1.001 * (last.outcome.expected_gain or 1e-6) + finest


@pytest.mark.parametrize("name", NO_NOISE)
@pytest.mark.parametrize("n", [2_000, MANY])
def test_the_optimum_is_that_of_all_rows_whatever_the_family(name, n):
    rows, start = drawn_of(name, n)
    constraints = {"constraints": held("bound mean=-100:100")} if name == "gaussian" else {}
    assert_optimum(rows, start, gone(rows, start, **constraints))


@pytest.mark.parametrize("name", ["gaussian+gamma", "gaussian+gaussian+uniform", "student_t+lognormal"])
@pytest.mark.parametrize("n", [1_000, MANY])
def test_of_mixed_families_too(name, n):
    rows, start = drawn_of(name, n)
    assert_optimum(rows, start, gone(rows, start))


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize(("n", "d"), [(1_500, 3), (MANY, 2)])
def test_of_several_columns_with_any_covariance_too(covariance, n, d):
    rows, start = columns(n, covariance, d)
    made = gone(rows, start)
    assert_optimum(rows, start, made)
    assert made[-1].number <= 12


LINES = {
    "fixed": ["fix mean[2]=0.5", "fix weight[1]=0.25"],
    "tied": ["tie sd[1,3]", "tie weight"],
    "bounded": ["bound sd=0.9:1.1", "bound mean[3]=:1.5"],
    "ordered": ["order mean", "order sd"],
    "floored": ["floor sd=1.1"],
    "prior": ["prior sd=0.5:3", "prior weight=2"],
}


@pytest.mark.parametrize("name", list(LINES))
@pytest.mark.parametrize("step", [0.0, 0.1])
def test_of_constraints_of_each_kind_too(name, step):
    values = drawn(MANY)
    rows = data(values if step == 0.0 else step * np.round(values / step))
    constraints = held(*LINES[name])
    start = constraints.starting(mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0]))
    made = gone(rows, start, constraints=constraints)
    assert_optimum(rows, start, made, constraints)
    for one in made:
        kept = constraints.conforming(one.mixture)
        np.testing.assert_allclose(numbers(kept), numbers(one.mixture), rtol=1e-12)
    if step > 0.0:
        assert made[-1].n_passes < 2.0, "the rows are looked at only to be counted"


@pytest.mark.parametrize("n", [2_000, 200_000])
def test_whole_numbers_go_the_whole_way_in_one_step_for_a_pass_over_the_rows(n):
    rows, start = drawn_of("poisson", n)
    made = gone(rows, start)
    few = len(np.unique(rows.column))
    assert len(made) == 2
    assert f"{few} distinct values stand for all rows" in made[1].note
    looks = int(made[1].note.split("looked at ")[1].split()[0])
    assert made[1].n_passes == pytest.approx(1.0 + looks * few / n)


def test_the_sums_that_a_run_on_distinct_values_reports_are_those_of_all_rows():
    values, start = np.round(np.exp(rng(1).normal(1.5, 0.7, 5_000))) + 1.0, None
    rows, start = data(values), drawn_of("gamma", 2_000)[1]
    last = gone(rows, start)[-1]
    sums = expect(Problem(rows), last.mixture)
    assert last.log_likelihood == pytest.approx(sums.log_likelihood, rel=1e-13)
    np.testing.assert_allclose(last.state.statistics.counts, sums.counts, rtol=1e-12)


def test_passes_on_a_sample_count_by_its_share_of_the_rows():
    rows, start = columns(MANY)
    one, two = gone(rows, start)[1:3]
    assert one.note.startswith(f"warm start on {LEAST_SAMPLED:,} rows")
    looks = int(one.note.split("looked at ")[1].split()[0])
    assert one.n_passes == pytest.approx(1.0 + looks * LEAST_SAMPLED / MANY)
    assert two.n_passes - one.n_passes == 1.0
    assert not two.note


def test_frequencies_weigh_in_the_sample_too():
    rows, start = columns(MANY)
    counts = rng(3).integers(1, 6, MANY).astype(float)
    counts[::100] = 40.0
    weighted = Data(rows.values, rows.columns, counts=counts)
    made = gone(weighted, start)
    assert made[1].note.startswith("warm start")
    assert_optimum(weighted, start, made)


@pytest.mark.parametrize("order", [np.sort, lambda values: np.sort(values).reshape(50, -1).T.ravel()])
def test_neither_sorted_nor_periodic_rows_make_a_sample_that_differs(order):
    rows, start = drawn_of("gamma", MANY)
    few = sampled(data(order(rows.column)), LEAST_SAMPLED)
    assert few.n_samples == pytest.approx(MANY)
    assert few.mean[0] == pytest.approx(rows.mean[0], abs=4 * rows.sd[0] / np.sqrt(LEAST_SAMPLED))
    at = np.quantile(rows.column, [0.1, 0.5, 0.9])
    share = [(few.column <= value).mean() for value in at]
    assert share == pytest.approx([0.1, 0.5, 0.9], abs=0.03)
    made = gone(data(order(rows.column)), start)
    assert made[1].note.startswith("warm start")
    assert_optimum(rows, start, made)


def test_a_sample_of_repeated_counts_holds_rows_as_often_as_they_count():
    counts = np.where(np.arange(40_000) < 400, 990.0, 1.0)
    few = sampled(data(np.arange(40_000.0), counts), 8_000)
    assert few.n_samples == pytest.approx(counts.sum())
    assert (few.column < 400).mean() == pytest.approx(396_000 / counts.sum(), abs=1e-3)


@pytest.mark.parametrize("n", [3_000, MANY])
def test_a_collapse_is_named_and_the_iteration_before_it_is_no_fit(n):
    rows, _ = columns(n)
    values = rows.values.copy()
    values[: n // 50] = [0.5, 0.25]
    family = make_family("gaussian", Setting(n_features=2))
    spike = np.stack([np.eye(2), np.eye(2), 1e-4 * np.eye(2)])
    means = np.array([[0.3, 0.3], [1.6, 1.6], [0.5, 0.25]])
    start = Mixture(family, np.array([0.5, 0.47, 0.03]), {"mean": means, "covariance": spike})
    last = gone(Data(values, rows.columns), start)[-1]
    assert last.outcome.status == "degenerate"
    assert "Component 3 has collapsed" in last.outcome.message


def test_where_a_sample_leads_nowhere_accelerated_em_begins_at_the_start_and_says_so():
    values = rng(2).gamma(3.0, 1.0, MANY)
    values[rng(3).permutation(MANY)[:4]] = [60.0, 60.5, 61.0, 61.5]  # too rare for a sample
    family = make_family("gamma", Setting())
    start = Mixture(
        family, np.array([0.999, 0.001]), {"shape": np.array([3.0, 4000.0]), "scale": np.array([1.0, 0.015])}
    )
    rows = data(values)
    made = gone(rows, start)
    assert made[1].note.startswith(TAKEN_OVER)
    assert made[1].log_likelihood >= made[0].log_likelihood
    assert made[1].mixture.weights[1] == pytest.approx(4 / MANY, rel=0.05), "the rare component is still where it was"
    assert made[-1].outcome.status == "converged"
    assert_optimum(rows, start, made)


@pytest.mark.parametrize("kind", ["gamma", "student_t", "weibull"])
def test_the_log_likelihood_never_falls(kind):
    rows, start = drawn_of(kind, MANY)
    made = gone(rows, start, tolerance=1e-9)
    heights = [one.log_likelihood for one in made]
    assert (np.diff(heights) >= -1e-14 * abs(heights[-1])).all()


@pytest.mark.parametrize("stop_on", ["log-likelihood", "parameters"])
def test_a_paused_run_goes_on_to_the_last_bit(stop_on):
    rows, start = columns(MANY)
    options = FitOptions(2, algorithm="fast", stop_on=stop_on)
    straight = list(ended(run(rows, options, start)))
    assert straight[-1].outcome.status == "converged"
    for pause in range(len(straight) - 1):
        resumed = list(ended(resume(rows, options, straight[pause])))
        assert [one.log_likelihood for one in resumed] == [one.log_likelihood for one in straight[pause + 1 :]]
        assert resumed[-1].outcome == straight[-1].outcome


@pytest.mark.parametrize("most", [0, 1, 2])
def test_the_limit_of_iterations_holds(most):
    rows, start = columns(MANY)
    made = gone(rows, start, max_iterations=most)
    assert made[-1].number == most
    assert made[-1].outcome.status == "max-iterations"


def test_a_run_that_is_pulled_on_stays_at_the_optimum():
    rows, start = columns(MANY)
    iterations = run(rows, FitOptions(2, algorithm="fast"), start)
    made = [next(iterations) for _ in range(25)]
    assert made[-1].log_likelihood == pytest.approx(made[8].log_likelihood, abs=1e-6)


@pytest.mark.parametrize("n", [3_000, MANY])
def test_components_that_begin_alike_leave_the_saddle_as_em_does_and_say_so(n):
    rows, start = columns(n)
    alike = {name: np.repeat(values[:1], 2, axis=0) for name, values in start.parameters.items()}
    made = gone(rows, Mixture(start.family, start.weights, alike))
    assert "components 1 and 2 coincide" in made[1].note
    assert any("stepped off a saddle" in one.note for one in made)
    assert_optimum(rows, Mixture(start.family, start.weights, alike), made)


def test_few_rows_are_enough():
    waiting = column("faithful.csv", "waiting")
    rows = Data(np.column_stack([waiting, column("faithful.csv", "eruptions")]), ("waiting", "eruptions"))
    family = make_family("gaussian", Setting(n_features=2))
    means = np.array([[55.0, 2.0], [80.0, 4.3]])
    start = Mixture(family, np.full(2, 0.5), {"mean": means, "covariance": np.stack([np.diag([36.0, 0.2])] * 2)})
    made = gone(rows, start)
    assert len(made) == 2
    # mclust 6 (R), model VVV, two components of Old Faithful: log-likelihood −1130.264.
    assert made[-1].log_likelihood == pytest.approx(-1130.264, abs=1e-3)
    tiny = gone(
        data([1.0, 2.0, 3.0, 7.0, 8.5, 9.0]),
        Mixture(make_family("exponential", Setting()), np.full(2, 0.5), {"rate": np.array([0.1, 1.0])}),
    )
    assert tiny[-1].outcome.status == "converged"


def test_the_linkage_model_ends_where_dempster_laird_and_rubin_did():
    family = make_family("linkage", Setting())
    made = gone(linkage(), Mixture(family, *family.own_start()))
    assert made[-1].outcome.status == "converged"
    # Dempster, Laird and Rubin (1977), section 1: π = 0.626821498.
    assert made[-1].mixture.parameters["pi"][0] == pytest.approx(0.626821498, abs=1e-5)


def test_the_bound_on_what_is_left_is_not_below_what_all_rows_say():
    rows, start = columns(4 * MANY, d=3)
    problem = Problem(rows)
    state = State(start, expect(problem, start))
    first = begun(problem, state)
    assert isinstance(first.memory, Way)
    assert isinstance(first.memory.inner, Model)
    assert 0.0 < first.memory.inner.doubt <= SURE
    said, exact = first.bend, curvature(problem, first.mixture)
    assert said.is_sampled
    np.testing.assert_allclose(
        said.displaced(np.ones(len(said.spread)), 0.1).weights, exact.displaced(np.ones(len(exact.spread)), 0.1).weights
    )
    assert exact.remaining_gain <= said.remaining_gain <= 4.0 * exact.remaining_gain


def test_how_wrong_a_samples_curvature_is_its_parts_tell_within_a_factor():
    rows, start = columns(4 * MANY)
    problem = Problem(rows)
    first = begun(problem, State(start, expect(problem, start)))
    model, exact = first.memory.inner, curvature(problem, first.mixture)
    values, vectors = model.bend.eigen
    white = vectors / np.sqrt(values)
    wrong = np.abs(np.linalg.eigvalsh(white.T @ exact.negative_hessian @ white) - 1.0).max()
    assert 0.3 * wrong < model.doubt < 3.0 * wrong
