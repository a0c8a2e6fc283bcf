"""The bootstrap of the likelihood ratio: its p-values, what is treated alike, and what cannot be tested."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from scipy import stats

from core.collapse import rounding_unit
from core.data import Data
from core.errors import Cancelled, InputError
from core.expectation import Problem, log_likelihood
from core.families.gamma import Gamma
from core.families.gaussian import Gaussian
from core.families.multivariate_gaussian import MultivariateGaussian
from core.fit import Fit
from core.io import read_table
from core.mixture import Mixture
from core.options import FitOptions
from core.roles import Form
from core.samples import FOLDER
from core.selection.likelihood_ratio import LikelihoodRatio, likelihood_ratio, split, stepwise
from core.selection.proper import judged_fit


def outcome_of(data: Data, replicates: int, cores: int = 1, **given: object) -> LikelihoodRatio:
    options = FitOptions(**given)  # type: ignore[arg-type]
    return deque(likelihood_ratio(data, options, None, replicates, cores), maxlen=1)[0]


def drawn(n: int, seed: int) -> Data:
    return Data(np.random.default_rng(seed).normal(3.0, 2.0, n), ("x",))


@pytest.fixture(scope="module")
def waiting() -> Data:
    return read_table(FOLDER / "faithful.csv").data("waiting")


def test_one_component_is_too_few_for_old_faithful(waiting: Data) -> None:
    test = outcome_of(waiting, 19, n_components=1)
    # 2 (−1034.0017 + 1095.2888), of the certified optima
    assert test.statistic == pytest.approx(122.5741, abs=1e-4)
    assert (test.p_value, test.n_larger, len(test.ratios)) == (0.05, 0, 19)
    assert max(test.ratios) < 30.0


def test_a_ratio_is_never_below_zero_since_k_plus_one_holds_k() -> None:
    for k in (1, 2):
        test = outcome_of(drawn(40, k), 10, n_components=k, covariance="tied")
        assert min(test.ratios) >= 0.0


def test_p_values_count_the_data_among_the_simulated() -> None:
    test = LikelihoodRatio(1, "gaussian", "full", 2.0, 4, 0, (1.0, 2.0, 3.0, 0.5))
    assert (test.n_larger, test.p_value) == (2, 3 / 5)
    assert LikelihoodRatio(1, "gaussian", "full", 2.0, 4, 0).p_value == 1.0


def test_it_grows_one_simulated_set_at_a_time_and_can_be_given_up() -> None:
    steps = likelihood_ratio(drawn(50, 1), FitOptions(n_components=1, covariance="tied"), None, 9)
    assert [len(next(steps).ratios) for _ in range(4)] == [0, 1, 2, 3]
    steps.close()
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 30:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(likelihood_ratio(drawn(50, 1), FitOptions(n_components=1), None, 99, 1, check))


def test_the_ratios_are_the_same_on_two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cores.PATIENCE", 0.0)
    alone, shared = (outcome_of(drawn(50, 2), 4, cores, n_components=1, covariance="tied") for cores in (1, 2))
    assert alone == shared


def test_the_variant_that_was_asked_for_does_not_matter_for_a_maximum() -> None:
    by_em, by_gradient = (
        outcome_of(drawn(50, 2), 3, n_components=1, covariance="tied", algorithm=name) for name in ("em", "gradient")
    )
    assert by_em == by_gradient


def test_p_values_under_the_null_are_spread_evenly_in_small() -> None:
    p_values = [outcome_of(drawn(30, 100 + i), 9, n_components=1, covariance="tied", seed=i).p_value for i in range(20)]
    # Each of the ten values is as likely as any other, so their sum is 11 with an sd of 1.28.
    assert sum(p_values) == pytest.approx(11.0, abs=3.5)
    assert len(set(p_values)) > 5


def test_rounded_rows_and_the_sets_beside_them_are_judged_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[tuple[float, float]] = []

    def listening(data: Data, options: FitOptions, start: object, check: object, unit: float) -> tuple[Fit, str]:
        judged.append((rounding_unit(data), unit))
        return judged_fit(data, options, start, check, unit)  # type: ignore[arg-type]

    monkeypatch.setattr("core.selection.likelihood_ratio.judged_fit", listening)
    rounded = Data(np.rint(10.0 * drawn(60, 1).column) / 10.0, ("x",))
    outcome_of(rounded, 3, n_components=1)
    assert set(judged) == {(0.1, 0.1)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "covariance", "unit"), [(1, "full", 0.0), (1, "tied", 0.0), (2, "tied", 0.0), (1, "tied", 1.0)]
)
def test_p_values_under_the_null_are_uniform(k: int, covariance: str, unit: float) -> None:
    p_values = []
    for seed in range(100):
        rng = np.random.default_rng((seed, k))
        x = rng.normal(np.where(rng.random(100) < 0.5, 0.0, 5.0) if k == 2 else 0.0, 1.0, 100)
        x = np.rint(x / unit) * unit if unit else x
        p_values.append(outcome_of(Data(x, ("x",)), 19, n_components=k, covariance=covariance, seed=seed).p_value)
    counts = np.bincount(np.rint(np.array(p_values) * 20).astype(int) - 1, minlength=20).reshape(5, 4).sum(axis=1)
    assert stats.chisquare(counts).pvalue > 0.005


def test_counts_and_bins_are_tested_as_rows_are() -> None:
    deaths = read_table(FOLDER / "deaths.csv")
    from core.prepare import prepared
    from core.roles import Roles

    test = outcome_of(prepared(deaths, Roles(("deaths",), counts="days")), 19, n_components=1, family="poisson")
    # Hasselblad (1969): two components describe these, one does not
    assert test.p_value == 0.05


def test_where_a_family_is_named_for_each_component_there_is_no_more() -> None:
    with pytest.raises(InputError, match="no K \\+ 1"):
        outcome_of(drawn(50, 1), 3, family="gaussian+uniform")


def test_variants_that_do_not_lead_to_a_maximum_are_refused() -> None:
    with pytest.raises(InputError, match="to which hard does not lead"):
        outcome_of(drawn(50, 1), 3, algorithm="hard")


def test_a_fit_that_describes_no_data_is_refused() -> None:
    data = Data(np.concatenate([np.zeros(30), np.random.default_rng(0).normal(9.0, 1.0, 30)]), ("x",))
    with pytest.raises(InputError, match="2 components cannot be tested against one more: Component"):
        outcome_of(data, 3)


def test_rows_that_cannot_be_simulated_are_refused() -> None:
    ends = np.column_stack([np.arange(50.0), np.where(np.arange(50) % 3 == 0, np.inf, np.arange(50.0))])
    data = Data(ends[:, 0], ("x",), seen=ends, form=Form(intervals=True))
    with pytest.raises(InputError, match="censored at the same value"):
        outcome_of(data, 3, n_components=1)


@pytest.mark.slow
def test_numbers_of_components_are_tested_until_one_suffices() -> None:
    x = np.concatenate([np.random.default_rng(4).normal(mean, 1.0, 40) for mean in (0.0, 12.0)])
    data = Data(x, ("x",))
    from core.fit import fit

    fits = [
        (options, fit(data, options)[0].mixture)
        for options in (FitOptions(n_components=k, covariance="tied") for k in (4, 1, 3, 2))
    ]
    tests = list(stepwise(data, fits, 19))
    assert [one.n_components for one in tests] == [1, 2]
    assert tests[0].p_value <= 0.05 < tests[1].p_value


@pytest.mark.parametrize(
    "mixture",
    [
        Mixture(Gaussian(), np.array([0.3, 0.7]), {"mean": np.array([0.0, 5.0]), "sd": np.array([1.0, 2.0])}),
        Mixture(Gamma(), np.array([0.3, 0.7]), {"shape": np.array([3.0, 9.0]), "scale": np.array([1.0, 2.0])}),
        Mixture(
            MultivariateGaussian(),
            np.array([0.3, 0.7]),
            {"mean": np.array([[0.0, 1.0], [4.0, 9.0]]), "covariance": np.array([np.eye(2), 2.0 * np.eye(2)])},
        ),
    ],
)
def test_halves_lie_about_the_component_that_was_split(mixture: Mixture) -> None:
    made = split(mixture)
    assert len(made) == 4
    name = mixture.family.parameter_names[0]
    for place, one in enumerate(made):
        assert one.checked().n_components == 3
        assert one.weights.sum() == pytest.approx(1.0)
        component = place // 2
        other = 1 - component
        at = 0 if component else 2
        assert one.weights[at] == mixture.weights[other]
        assert np.array_equal(one.parameters[name][at], mixture.parameters[name][other])


def test_from_a_split_em_climbs_above_the_fit_of_k() -> None:
    x = np.concatenate([np.random.default_rng(4).normal(mean, 1.0, 60) for mean in (0.0, 3.0)])
    data = Data(x, ("x",))
    from core.fit import fit

    one = fit(data, FitOptions(n_components=1))[0]
    reached = [fit(data, FitOptions(start="given"), begin)[0].log_likelihood for begin in split(one.mixture)]
    assert max(reached) > one.log_likelihood + 1.0
    assert one.log_likelihood == pytest.approx(log_likelihood(Problem(data), one.mixture))
