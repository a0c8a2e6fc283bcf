"""Cross-validated log-likelihood: by hand where that can be done, and for every form of rows."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.data import Data, Levels
from core.errors import Cancelled, InputError
from core.fit import fit
from core.options import FitOptions
from core.roles import Form, Roles
from core.selection.cross_validation import CrossValidation, cross_validate, parts


def values(n: int = 60, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 0.4, rng.normal(0.0, 1.0, n), rng.normal(6.0, 1.5, n))


def validated(data: Data, folds: int = 5, **given: object) -> CrossValidation:
    options = FitOptions(**given)  # type: ignore[arg-type]
    ((_, found),) = cross_validate(data, [(options, fit(data, options)[0].mixture)], folds)
    return found


@given(st.integers(2, 60), st.integers(2, 12), st.integers(0, 99))
def test_every_row_is_held_out_once_and_folds_are_as_equal_as_can_be(n: int, folds: int, seed: int) -> None:
    folds = min(folds, n)
    data = Data(np.arange(float(n)), ("x",))
    held = [parts(data, folds, seed, fold) for fold in range(folds)]
    assert sorted(np.concatenate([out.column for _, out in held]).tolist()) == data.column.tolist()
    assert {len(fitted) + len(out) for fitted, out in held} == {n}
    sizes = [len(out) for _, out in held]
    assert max(sizes) - min(sizes) <= 1


def test_fractional_counts_are_weights_of_rows_and_those_are_dealt() -> None:
    few = Data(np.arange(1.0, 9.0), ("x",), counts=np.array([9.9, 16.5, 6.6, 8.25, 19.8, 13.2, 6.6, 3.3]))
    found = validated(few, 10, n_components=1)
    assert len(found.log_likelihoods) == 8
    assert sum(found.counts) == pytest.approx(few.n_samples)


def test_there_is_no_error_of_a_difference_between_other_folds() -> None:
    data = Data(values(), ("x",))
    five, ten = (validated(data, folds, n_components=1) for folds in (5, 10))
    assert isnan(five.error_of_difference(ten))
    assert five.error_of_difference(five) == 0.0


@given(st.lists(st.integers(0, 9), min_size=2, max_size=9).filter(lambda counts: sum(counts) > 4), st.integers(0, 99))
@settings(max_examples=50)
def test_frequencies_are_dealt_one_by_one(counts: list[int], seed: int) -> None:
    data = Data(np.arange(float(len(counts))), ("x",), counts=np.array(counts, dtype=float))
    total = np.zeros(len(counts))
    for fold in range(4):
        fitted, out = parts(data, 4, seed, fold)
        assert fitted.n_samples + out.n_samples == sum(counts)
        assert out.counts is not None
        np.add.at(total, out.column.astype(int), out.counts)
    assert total.tolist() == counts


def test_one_component_is_foretold_as_by_hand() -> None:
    data = Data(values(), ("x",))
    found = validated(data, n_components=1)
    by_hand = []
    for fold in range(5):
        fitted, out = parts(data, 5, 0, fold)
        by_hand.append(stats.norm.logpdf(out.column, fitted.column.mean(), fitted.column.std()).sum())
    assert found.log_likelihoods == pytest.approx(by_hand, rel=1e-10)
    assert found.log_likelihood == pytest.approx(sum(by_hand), rel=1e-10)
    means = np.array(by_hand) / 12
    assert found.standard_error == pytest.approx(60 * means.std(ddof=1) / sqrt(5), rel=1e-10)


def test_the_error_of_a_difference_is_that_of_the_folds_differences() -> None:
    one, other = (
        CrossValidation((-10.0, -12.0, -9.0), (4.0, 4.0, 4.0)),
        CrossValidation((-11.0, -13.0, -10.0), (4.0,) * 3),
    )
    assert one.standard_error > 0.5
    assert one.error_of_difference(other) == pytest.approx(0.0, abs=1e-12)


def test_two_components_foretell_two_groups_better_than_one_does() -> None:
    data = Data(values(), ("x",))
    assert validated(data).log_likelihood > validated(data, n_components=1).log_likelihood + 5.0


def test_as_many_folds_as_rows_leave_out_one_at_a_time() -> None:
    data = Data(values(12), ("x",))
    found = validated(data, 1000, n_components=1)
    assert found.counts == (1.0,) * 12
    x = data.column
    alone = [stats.norm.logpdf(x[i], np.delete(x, i).mean(), np.delete(x, i).std()) for i in range(12)]
    assert found.log_likelihood == pytest.approx(sum(alone), rel=1e-10)


def test_counted_rows_have_the_value_of_rows_of_their_own() -> None:
    x = np.round(values(200))
    numbers, times = np.unique(x, return_counts=True)
    counted = validated(Data(numbers, ("x",), counts=times.astype(float)), n_components=1)
    single = validated(Data(x, ("x",)), n_components=1)
    # Dealt otherwise, so they agree as far as folds do.
    assert counted.log_likelihood == pytest.approx(single.log_likelihood, abs=4 * single.standard_error)
    assert sum(counted.counts) == sum(single.counts) == 200


def test_reliabilities_weigh_what_is_held_out() -> None:
    x = values()
    weights = np.where(x > 3.0, 0.5, 1.0)
    weights *= len(x) / weights.sum()
    found = validated(Data(x, ("x",), counts=weights, roles=Roles(("x",), weights="w")), n_components=1)
    assert sum(found.counts) == pytest.approx(60.0)
    assert len(set(found.counts)) > 1


def test_intervals_labels_groups_and_errors_can_be_held_out() -> None:
    x = values(120)
    codes = np.where(np.arange(120) % 3 == 0, (x > 3.0).astype(int), -1)
    ends = np.column_stack([np.floor(x), np.floor(x) + 1.0])
    of_groups = np.arange(120) % 2
    forms = [
        Data(x, ("x",), seen=ends, form=Form(intervals=True, all_hidden=True)),
        Data(
            x,
            ("x",),
            seen=codes[:, np.newaxis].astype(float),
            form=Form(labels=("a", "b")),
            labels=Levels(("a", "b"), codes.astype(np.int32)),
        ),
        Data(
            x,
            ("x",),
            seen=of_groups[:, np.newaxis].astype(float),
            form=Form(groups=("g", "h"), group_shares=(0.5, 0.5)),
            groups=Levels(("g", "h"), of_groups.astype(np.int32)),
        ),
        Data(x, ("x",), seen=np.full((120, 1), 0.2), form=Form(errors=True, all_hidden=True)),
        Data(x, ("x",), form=Form(truncate=(-9.0, 20.0))),
    ]
    for data in forms:
        found = validated(data)
        assert found.reason == ""
        assert found.log_likelihood < fit(data, FitOptions())[0].log_likelihood


def test_a_fold_that_cannot_be_fitted_says_why_and_gives_no_number() -> None:
    data = Data(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 7.0]), ("x",))
    options = FitOptions(n_components=1)
    ((_, found),) = cross_validate(data, [(options, fit(data, options)[0].mixture)], 6)
    assert found.reason.startswith("Without fold")
    assert "no variation" in found.reason
    assert isnan(found.log_likelihood)
    assert isnan(found.standard_error)


def test_models_are_asked_about_the_same_folds_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cores.PATIENCE", 0.0)
    data = Data(values(), ("x",))
    fits = [(FitOptions(n_components=k), fit(data, FitOptions(n_components=k))[0].mixture) for k in (1, 2)]
    alone, shared = (dict(cross_validate(data, fits, 3, cores)) for cores in (1, 2))
    assert alone == shared


def test_it_can_be_given_up() -> None:
    def check() -> None:
        raise Cancelled

    data = Data(values(), ("x",))
    with pytest.raises(Cancelled):
        list(cross_validate(data, [(FitOptions(), fit(data, FitOptions())[0].mixture)], 3, 1, check))


def test_one_fold_is_refused() -> None:
    with pytest.raises(InputError, match="--folds must be from 2 to 1000, not 1"):
        list(cross_validate(Data(values(), ("x",)), [], 1))
