"""Rows that say less, or more, than one value each: intervals, censoring, truncation, errors, labels and groups."""

from dataclasses import replace

import numpy as np
import pytest
from cases import SAMPLES, column
from scipy import stats

from core import Data, FitOptions, InputError, Problem, fit
from core.algorithms import ALGORITHMS
from core.constraints import Constraints, parse
from core.curvature import curvature
from core.data import Levels
from core.em import family_of, run
from core.expectation import expect, log_likelihood, lower_bound, maximize
from core.families import make_family
from core.families.family import Setting
from core.families.intervals import law, normal_law
from core.io import read_table
from core.mixture import Mixture
from core.prepare import prepared
from core.roles import Form, Roles
from core.seeing import as_seen, group_weights, weighted_in_groups
from core.table import Column, Table

INF = np.inf
TRUTHS = {
    "gaussian": {"mean": [3.0, 7.0], "sd": [1.0, 1.5]},
    "student_t": {"location": [3.0, 9.0], "scale": [1.0, 1.5], "degrees_of_freedom": [4.0, 9.0]},
    "lognormal": {"log_mean": [0.5, 1.8], "log_sd": [0.3, 0.4]},
    "gamma": {"shape": [2.0, 9.0], "scale": [1.0, 1.0]},
    "weibull": {"shape": [1.5, 4.0], "scale": [2.0, 9.0]},
    "exponential": {"rate": [0.2, 2.0]},
    "poisson": {"rate": [2.0, 9.0]},
    "binomial": {"probability": [0.2, 0.7]},
}
TRIALS = {"binomial": 12}
DISTRIBUTIONS = {
    "gaussian": stats.norm(3.0, 1.0),
    "student_t": stats.t(4.0, 3.0, 1.0),
    "lognormal": stats.lognorm(0.3, scale=np.exp(0.5)),
    "gamma": stats.gamma(2.0),
    "weibull": stats.weibull_min(1.5, scale=2.0),
    "exponential": stats.expon(scale=5.0),
    "poisson": stats.poisson(2.0),
    "binomial": stats.binom(12, 0.2),
}
FORMS = ("bins", "censored", "truncated", "labelled", "grouped", "censored, truncated, labelled and grouped")


MIXED = "lognormal+gamma"


def truth_of(name, n_components=2):
    if name == MIXED:
        family = make_family(name, Setting())
        nan = np.nan
        parameters = {"log_mean": [0.8, nan], "log_sd": [0.3, nan], "shape": [nan, 9.0], "scale": [nan, 0.9]}
        return Mixture(family, np.array([0.4, 0.6]), {key: np.array(of) for key, of in parameters.items()})
    family = make_family(name, Setting(trials=TRIALS.get(name)))
    parameters = {key: np.array(values)[:n_components] for key, values in TRUTHS[name].items()}
    weights = np.array([0.4, 0.6])[:n_components]
    return Mixture(family, weights / weights.sum(), parameters)


def drawn_as(form, name, n=300, seed=0):
    """Rows of a mixture of this family, seen so; and the mixture itself."""
    rng, truth = np.random.default_rng(seed), truth_of(name)
    values, components = truth.sample(n, rng)
    if "truncated" in form:
        inside = (values > 1.0) & (values < 10.0)
        values, components = values[inside], components[inside]
    columns, told = [], Form()
    if form == "bins":
        edges = np.array([-INF, *np.arange(0.0, 12.0, 1.0), INF])
        if name not in ("gaussian", "student_t"):
            edges = edges[1:] if name not in TRIALS and name != "poisson" else np.array([-1.0, *edges[2:]])
        place = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)
        bins = np.unique(place)
        counts = np.bincount(place, minlength=len(edges))[bins].astype(float)
        ends = np.stack([edges[bins], edges[bins + 1]], axis=1)
        middle = np.where(np.isfinite(ends).all(axis=1), ends.mean(axis=1, where=np.isfinite(ends)), 0.0)
        middle = np.where(np.isfinite(ends[:, 0]), np.where(np.isfinite(ends[:, 1]), middle, ends[:, 0]), ends[:, 1])
        return Data(middle, ("x",), counts=counts, seen=ends, form=Form(intervals=True, all_hidden=True)), truth
    if "censored" in form:
        limit = rng.uniform(2.0, 9.0, len(values)).round(1 if name not in ("poisson", "binomial") else 0)
        lost = values > limit
        values = np.where(lost, limit, values)
        high = 10.0 if "truncated" in form else INF
        columns += [values, np.where(lost, high, values)]
        told = replace(told, intervals=True)
    if "labelled" in form:
        known = rng.random(len(values)) < 0.3
        columns.append(np.where(known, components, -1).astype(float))
        told = replace(told, labels=("a", "b"))
    if "grouped" in form:
        codes = (rng.random(len(values)) < np.where(components == 0, 0.7, 0.2)).astype(float)
        columns.append(codes)
        told = replace(told, groups=("east", "west"), group_shares=(1.0 - codes.mean(), codes.mean()))
    if "truncated" in form:
        told = replace(told, truncate=(1.0, 10.0))
    return Data(values, ("x",), seen=np.stack(columns, axis=1) if columns else None, form=told), truth


def away(mixture, seed=1):
    """A mixture of the same kind not far away."""
    steps = 0.2 * np.random.default_rng(seed).standard_normal((mixture.family.n_local, mixture.n_components))
    return Mixture(
        mixture.family, np.array([0.5, 0.5]), mixture.family.displaced(mixture.parameters, steps), mixture.ids
    )


CASES = [(form, name) for form in FORMS for name in (*TRUTHS, MIXED)]


@pytest.mark.parametrize("name", TRUTHS)
def test_the_probability_of_an_interval_is_that_of_the_distribution_function(name):
    one = truth_of(name, 1)
    own, reference = one.parameters, DISTRIBUTIONS[name]
    low = np.array([0.0, 1.0, 2.5, 6.0, -INF, 1.99])
    high = np.array([1.0, 3.0, INF, 7.0, INF, 2.0])
    expected = np.where(low < 3.0, reference.cdf(high) - reference.cdf(low), reference.sf(low) - reference.sf(high))
    found = law(one.family, own, low, high)
    assert np.exp(found.log_mass) == pytest.approx(expected, rel=1e-10, abs=1e-300)
    held = found.log_mass > -INF
    assert found.shares[held].sum(axis=1) == pytest.approx(1.0, rel=1e-12)
    assert ((found.places >= low[:, np.newaxis] - 1e-9) & (found.places <= high[:, np.newaxis] + 1e-9))[
        found.shares > 0
    ].all()


def test_far_and_narrow_intervals_of_normal_values_keep_their_digits():
    low, high = np.array([30.0, 8.0, -INF, 1e5]), np.array([INF, 8.0 + 1e-9, -40.0, 1e5 + 1.0])
    found = normal_law(np.array([0.0]), np.array([1.0]), low, high)
    expected = [
        stats.norm.logsf(30.0),
        stats.norm.logpdf(8.0 + 5e-10) + np.log(high[1] - 8.0),
        stats.norm.logcdf(-40.0),
    ]
    assert found.log_mass[0, :3] == pytest.approx(expected, rel=1e-12)
    assert found.means[0, 0] == pytest.approx(stats.truncnorm.mean(30.0, INF), rel=1e-6)
    assert found.means[0, 3] == pytest.approx(1e5 + 1e-5, abs=1e-9)
    general = law(make_family("gaussian", Setting()), {"mean": np.zeros(1), "sd": np.ones(1)}, low, high)
    assert found.log_mass[0] == pytest.approx(general.log_mass, rel=1e-12)


@pytest.mark.parametrize(("form", "name"), CASES)
def test_the_lower_bound_touches_after_the_e_step_and_never_falls(form, name):
    data, truth = drawn_as(form, name)
    problem, mixture = Problem(data), as_seen(data, away(truth))
    last = -INF
    for _ in range(4):
        statistics = expect(problem, mixture)
        here = log_likelihood(problem, mixture)
        assert statistics.log_likelihood == pytest.approx(here, rel=1e-12)
        assert lower_bound(mixture, statistics) == pytest.approx(here, rel=1e-9)
        assert here >= last - 1e-9 * abs(here)
        following = maximize(problem, mixture, statistics)
        assert lower_bound(following, statistics) >= here - 1e-9 * abs(here)
        mixture, last = following, here


@pytest.mark.parametrize(("form", "name"), CASES)
def test_slope_and_curvature_are_those_of_the_log_likelihood(form, name):
    data, truth = drawn_as(form, name, n=120)
    problem, mixture = Problem(data), as_seen(data, away(truth))
    family, k = mixture.family, 2
    statistics = expect(problem, mixture)
    scores = family.scores(mixture.parameters, statistics.counts, statistics.moments)

    def height(steps):
        moved = family.displaced(mixture.parameters, steps.reshape(family.n_local, k))
        return log_likelihood(problem, Mixture(family, mixture.weights, moved, mixture.ids))

    n, h = family.n_local * k, 1e-3
    unit = np.eye(n) * h
    slopes = np.array([(8 * (height(u) - height(-u)) - (height(2 * u) - height(-2 * u))) / (12 * h) for u in unit])
    assert scores.ravel() == pytest.approx(slopes, rel=1e-5, abs=1e-5)
    bend = curvature(problem, mixture)
    assert bend.is_known
    # Along a free direction the second difference of the log-likelihood is the Hessian's.
    direction = np.zeros(bend.spread.shape[1])
    direction[k:] = np.random.default_rng(2).standard_normal(len(direction) - k)
    steps = (bend.spread @ direction)[k:]
    second = (height(h * steps) + height(-h * steps) - 2 * height(0 * steps)) / h**2
    assert -(direction @ bend.negative_hessian @ direction) == pytest.approx(
        second, rel=1e-3, abs=1e-2 + 1e-6 * abs(second)
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", ["bins", "censored, truncated, labelled and grouped"])
def test_every_variant_fits_them(form, algorithm):
    data, truth = drawn_as(form, "gaussian")
    best, _ = fit(data, FitOptions(start="quantiles"), truth)
    options = FitOptions(algorithm=algorithm, max_iterations=3000)
    found, _ = fit(data, options, truth)
    wanders = not ALGORITHMS[algorithm].judged or ALGORITHMS[algorithm].draws
    assert found.log_likelihood == pytest.approx(best.log_likelihood, abs=15.0 if wanders else 1e-4)
    assert best.log_likelihood >= found.log_likelihood - 1e-4


def test_measurement_errors_are_taken_out_of_the_spread():
    rng = np.random.default_rng(5)
    true = np.concatenate([rng.normal(0.0, 1.0, 400), rng.normal(6.0, 0.5, 400)])
    errors = rng.uniform(0.0, 2.0, 800)
    errors[:50] = 0.0
    measured = true + errors * rng.standard_normal(800)
    form = Form(errors=True)
    found, _ = fit(Data(measured, ("x",), seen=errors[:, np.newaxis], form=form), FitOptions())
    assert found.mixture.parameters["sd"] == pytest.approx([1.0, 0.5], abs=0.15)
    means, sds, weights = (found.mixture.parameters["mean"], found.mixture.parameters["sd"], found.mixture.weights)
    densities = stats.norm.pdf(measured[:, None], means, np.hypot(sds, errors[:, None])) @ weights
    assert found.log_likelihood == pytest.approx(np.log(densities).sum(), rel=1e-12)
    naive, _ = fit(Data(measured, ("x",)), FitOptions())
    assert (naive.mixture.parameters["sd"] > found.mixture.parameters["sd"] + 0.2).all()


def test_errors_of_0_are_a_plain_fit():
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.normal(0, 1, 100), rng.normal(5, 1, 100)])
    plain, _ = fit(Data(x, ("x",)), FitOptions())
    seen, _ = fit(Data(x, ("x",), seen=np.zeros((200, 1)), form=Form(errors=True)), FitOptions())
    assert seen.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)


def test_a_labelled_row_keeps_its_component_in_every_e_step():
    data, truth = drawn_as("labelled", "gaussian")
    family = family_of(FitOptions(), 1, data.form)
    codes = data.seen[:, 0].astype(int)
    for iteration, _ in zip(run(data, FitOptions(), truth), range(3), strict=False):
        shares = iteration.mixture.responsibilities(data.observations(slice(None)))
        known = codes >= 0
        assert (shares[codes[known], np.flatnonzero(known)] == 1.0).all()
    assert family.labelled == (0, 1)


def test_shared_components_have_the_likelihood_of_groups_with_weights_of_their_own():
    data, truth = drawn_as("grouped", "gaussian")
    found, _ = fit(data, FitOptions(), truth)
    weights = group_weights(data, found.mixture)
    codes = data.seen[:, 0].astype(int)
    means, sds = found.mixture.parameters["mean"], found.mixture.parameters["sd"]
    densities = (stats.norm.pdf(data.column[:, None], means, sds) * weights[codes]).sum(axis=1)
    assert found.log_likelihood == pytest.approx(np.log(densities).sum(), rel=1e-12)
    assert weights.sum(axis=1) == pytest.approx([1.0, 1.0])
    shares = np.bincount(codes) / len(codes)
    assert shares @ weights == pytest.approx(found.mixture.weights, rel=1e-9)
    assert found.options.constraints.n_parameters(found.mixture) == 4 + 2


def test_the_weights_of_truncated_groups_are_those_of_their_populations():
    data, truth = drawn_as("censored, truncated, labelled and grouped", "gaussian", n=600)
    found, _ = fit(data, FitOptions(), truth)
    weights, plain = group_weights(data, found.mixture), found.mixture.plain
    again = weighted_in_groups(data, plain, weights)
    assert again.weights == pytest.approx(found.mixture.weights, rel=1e-9)
    rows = data.observations(slice(None))
    assert again.responsibilities(rows) == pytest.approx(found.mixture.responsibilities(rows), abs=1e-9)


def test_groups_that_share_all_but_are_alike_gain_little():
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(0, 1, 200), rng.normal(6, 1, 200)])
    codes = rng.integers(0, 2, 400).astype(float)
    form = Form(groups=("a", "b"), group_shares=(1 - codes.mean(), codes.mean()))
    shared, _ = fit(Data(x, ("x",), seen=codes[:, np.newaxis], form=form), FitOptions())
    plain, _ = fit(Data(x, ("x",)), FitOptions())
    assert 0.0 <= shared.log_likelihood - plain.log_likelihood < 8.0


def test_a_truncated_fit_speaks_of_the_population():
    data, truth = drawn_as("truncated", "gaussian", n=4000)
    found, _ = fit(data, FitOptions(), truth)
    plain = found.mixture.plain
    assert plain.weights == pytest.approx(truth.weights, abs=0.06)
    means, sds = plain.parameters["mean"], plain.parameters["sd"]
    recorded = plain.weights @ (stats.norm.cdf(10.0, means, sds) - stats.norm.cdf(1.0, means, sds))
    by_hand = np.log(stats.norm.pdf(data.column[:, None], means, sds) @ plain.weights).sum() - len(data) * np.log(
        recorded
    )
    assert found.log_likelihood == pytest.approx(by_hand, rel=1e-12)
    again, _ = fit(data, FitOptions(max_iterations=0, start="given"), plain)
    assert again.log_likelihood == pytest.approx(found.log_likelihood, rel=1e-12)


def test_zero_truncated_counts_are_fitted_without_their_zeros():
    rng = np.random.default_rng(8)
    x = rng.poisson(1.3, 6000).astype(float)
    data = Data(x[x > 0], ("x",), form=Form(truncate=(0.0, INF)))
    found, _ = fit(data, FitOptions(n_components=1, family="poisson"))
    assert found.mixture.parameters["rate"][0] == pytest.approx(1.3, abs=0.06)


def test_labels_for_the_start_only_leave_every_row_free():
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.normal(0, 1, 100), rng.normal(4, 1, 100)])
    codes = np.full(200, -1, dtype=np.int32)
    codes[:10], codes[100:110] = 0, 1
    data = Data(x, ("x",), labels=Levels(("low", "high"), codes), roles=Roles(("x",), labels="l", labels_for="start"))
    found, history = fit(data, FitOptions())
    plain, _ = fit(Data(x, ("x",)), FitOptions())
    assert found.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-5)
    assert history.parameters(0).parameters["mean"] == pytest.approx([x[:10].mean(), x[100:110].mean()])


@pytest.mark.parametrize(
    ("form", "options", "sentence"),
    [
        (Form(errors=True), {"family": "gamma"}, "Measurement errors .* Gaussian"),
        (Form(intervals=True), {"family": "uniform"}, "Intervals .* uniform component ends"),
        (Form(intervals=True), {"family": "gaussian+uniform"}, "uniform component ends"),
        (Form(truncate=(0.0, 9.0)), {"family": "uniform"}, "Truncated values .* uniform"),
        (
            Form(truncate=(0.0, 9.0)),
            {"constraints": Constraints((parse("fix", "weight[1]=0.4"),))},
            "truncated, weights",
        ),
        (Form(labels=("a", "b", "c")), {}, "3 labels but only 2 components"),
        (
            Form(groups=("a", "b"), group_shares=(0.5, 0.5)),
            {"constraints": Constraints((parse("tie", "weight"),))},
            "groups have weights of their own",
        ),
    ],
)
def test_what_no_component_can_tell_from_such_rows_is_said(form, options, sentence):
    x = np.linspace(1.0, 8.0, 40)
    extra = {
        "lower": x,
        "upper": x + 1.0,
        "errors": np.full(40, 0.1),
        "labels": np.zeros(40),
        "groups": np.arange(40) % 2,
    }
    seen = np.stack([extra[name] for name in form.columns], axis=1) if form.columns else None
    with pytest.raises(InputError, match=sentence):
        fit(Data(x, ("x",), seen=seen, form=form), FitOptions(**options))


def test_bins_are_fitted_as_well_as_by_a_general_optimizer():
    from scipy.optimize import minimize

    data, truth = drawn_as("bins", "gaussian", n=500, seed=4)
    found, _ = fit(data, FitOptions(), truth)
    low, high = data.seen.T

    def cost(free):
        weight = 1.0 / (1.0 + np.exp(-free[0]))
        parts = [
            stats.norm.cdf(high, free[i], np.exp(free[i + 1])) - stats.norm.cdf(low, free[i], np.exp(free[i + 1]))
            for i in (1, 3)
        ]
        return -(data.counts * np.log(np.maximum(weight * parts[0] + (1 - weight) * parts[1], 1e-300))).sum()

    (m1, m2), (s1, s2) = found.mixture.parameters["mean"], found.mixture.parameters["sd"]
    start = np.array([np.log(found.mixture.weights[0] / found.mixture.weights[1]), m1, np.log(s1), m2, np.log(s2)])
    best = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-10, "maxiter": 4000})
    assert found.log_likelihood == pytest.approx(-cost(start), rel=1e-12)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=2e-6)


@pytest.mark.parametrize("text", ["cv", "sd"])
def test_bins_are_fitted_under_constraints(text):
    data, _ = drawn_as("bins", "gaussian", n=800, seed=3)
    options = FitOptions(constraints=Constraints((parse("tie", text),)))
    found, history = fit(data, options)
    means, sds = found.mixture.parameters["mean"], found.mixture.parameters["sd"]
    assert np.ptp(sds / means if text == "cv" else sds) < 1e-9
    assert found.outcome.status == "converged"
    assert (np.diff(history.scalar("log_likelihood")) > -1e-9).all()
    free, _ = fit(data, FitOptions(), found.mixture.plain)
    assert free.log_likelihood > found.log_likelihood - 1e-6


@pytest.mark.parametrize(
    ("covariance", "log_likelihood", "weight", "means"),
    [
        ("full", -805.285550912271, 0.356694027819358, [54.4903254200853, 80.3453314918435]),
        ("tied", -805.374453763283, 0.361808620555344, [54.6518832400596, 80.3160121633635]),
    ],
)
def test_the_certified_fit_of_right_censored_waits_is_found(covariance, log_likelihood, weight, means):
    waits = column("faithful.csv", "waiting")
    lost = waits >= 80
    values = np.where(lost, 80.0, waits)
    ends = np.stack([values, np.where(lost, INF, values)], axis=1)
    found, _ = fit(Data(values, ("waiting",), seen=ends, form=Form(intervals=True)), FitOptions(covariance=covariance))
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1.1e-6)
    assert found.mixture.weights[0] == pytest.approx(weight, abs=1e-3)
    assert found.mixture.parameters["mean"] == pytest.approx(means, abs=1e-2)


@pytest.mark.parametrize(
    ("covariance", "log_likelihood", "weight", "means"),
    [
        ("full", -827.926634355753, 0.385180312120216, [54.8350273316371, 79.8195203107316]),
        ("tied", -828.470465516471, 0.339624146514512, [55.7599402173807, 79.6951247688321]),
    ],
)
def test_the_certified_fit_of_truncated_waits_is_found(covariance, log_likelihood, weight, means):
    waits = column("faithful.csv", "waiting")
    waits = waits[(waits > 50) & (waits < 90)]
    data = Data(waits, ("waiting",), form=Form(truncate=(50.0, 90.0)))
    found, _ = fit(data, FitOptions(covariance=covariance))
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1.1e-6)
    plain = found.mixture.plain
    assert plain.weights[0] == pytest.approx(weight, abs=1e-3)
    assert plain.parameters["mean"] == pytest.approx(means, abs=1e-2)


@pytest.mark.parametrize(
    ("covariance", "log_likelihood", "means"),
    [
        ("full", -2548.62252327011, [63.9230618818142, 69.2937034961874]),
        ("tied", -2551.01821226998, [64.0612823714308, 69.4321645182386]),
    ],
)
def test_the_certified_fit_of_partly_labelled_heights_is_found(covariance, log_likelihood, means):
    table = read_table(SAMPLES / "galton.csv")
    known = np.arange(table.n_rows) % 5 == 0
    sex = next(one for one in table.columns if one.name == "sex")
    partly = replace(sex, levels=Levels(sex.levels.names, np.where(known, sex.levels.codes, -1).astype(np.int32)))
    table = replace(table, columns=(table.column("height"), partly))
    found, _ = fit(prepared(table, Roles(("height",), labels="sex")), FitOptions(covariance=covariance))
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1.1e-6)
    assert found.mixture.parameters["mean"] == pytest.approx(means, abs=1e-2)


@pytest.mark.parametrize(
    ("family", "trials"), [("gamma", None), ("lognormal", None), ("poisson", None), ("binomial", 4)]
)
def test_an_interval_in_which_a_family_has_no_value_is_named(family, trials):
    ends = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 4.0], [0.0, 3.0], [1.0, 4.0], [-5.0, -1.0]])
    data = Data(ends.mean(axis=1), ("x",), seen=ends, form=Form(intervals=True, all_hidden=True))
    with pytest.raises(InputError, match="row 6 reaches from -5 to -1"):
        fit(data, FitOptions(n_components=1, family=family, trials=trials))


def test_a_row_of_a_group_that_was_not_recorded_is_refused():
    table = _table(x=[40.0, 60.0, 100.0, 70.0], seen=[1.0, 1.0, 0.0, 1.0])
    with pytest.raises(InputError, match="Row 3 is above 90"):
        prepared(table, Roles(("x",), observed="seen", truncate=(30.0, 90.0)))


def test_what_is_not_meant_is_not_judged():
    table = _table(x=[1.0, 2.0, 3.0, 4.0], e=[0.1, -1.0, 0.1, 0.1], lo=[0.0, 5.0, 1.0, 2.0], hi=[1.0, 2.0, 2.0, 3.0])
    assert len(prepared(table, Roles(("x",), errors="e", where="e > 0"))) == 3
    assert len(prepared(table, Roles(lower="lo", upper="hi", where="lo < hi"))) == 3
    with pytest.raises(InputError, match="Row 2 reaches from 5 to 2"):
        prepared(table, Roles(lower="lo", upper="hi"))


def test_each_group_has_a_histogram_of_its_own():
    sites = Column("g", None, why_not="words", levels=Levels(("a", "b"), np.array([0, 0, 1, 1], dtype=np.int32)))
    table = _table(lo=[0.0, 1.0, 0.0, 1.0], hi=[1.0, 2.0, 1.0, 2.0], n=[3.0, 4.0, 5.0, 6.0])
    table = replace(table, columns=(*table.columns, sites))
    assert len(prepared(table, Roles(lower="lo", upper="hi", counts="n", group="g"))) == 4
    with pytest.raises(InputError, match="overlap"):
        prepared(table, Roles(lower="lo", upper="hi", counts="n"))


def test_the_ends_of_a_truncation_are_outside_for_whole_numbers_in_intervals_too():
    ends = np.array([[0.0, 4.0], [4.0, 10.0], [2.0, 2.0], [7.0, 7.0]])
    data = Data(np.array([2.0, 7.0, 2.0, 7.0]), ("x",), seen=ends, form=Form(intervals=True, truncate=(0.0, 10.0)))
    rate = 3.0
    mixture = as_seen(data, Mixture(make_family("poisson", Setting()), np.ones(1), {"rate": np.array([rate])}))
    one = stats.poisson(rate)
    inside = one.cdf(9) - one.cdf(0)
    by_hand = [one.cdf(4) - one.cdf(0), one.cdf(9) - one.cdf(4), one.pmf(2), one.pmf(7)]
    assert log_likelihood(Problem(data), mixture) == pytest.approx(np.log(np.array(by_hand) / inside).sum(), rel=1e-12)


def test_what_has_no_maximum_or_too_many_numbers_is_said():
    x = np.linspace(1.0, 8.0, 40)
    ends = np.stack([x, np.full(40, INF)], axis=1)
    with pytest.raises(InputError, match="No value was seen"):
        fit(Data(x, ("x",), seen=ends, form=Form(intervals=True, all_hidden=True)), FitOptions())
    with pytest.raises(InputError, match="whole numbers"):
        law(make_family("poisson", Setting()), {"rate": np.array([1e9])}, np.array([9e8]), np.array([1.1e9]))
    counts = Data(np.array([1.0, 2.0, 3.0, 5.0]), ("x",), form=Form(truncate=(1.0, INF)))
    with pytest.raises(InputError, match="Row 1 is 1, an end of --truncate"):
        fit(counts, FitOptions(n_components=1, family="poisson"))


def _table(**columns):
    made = tuple(Column(name, np.array(values)) for name, values in columns.items())
    return Table("rows.csv", "", "", len(made[0].values), made)
